"""How numbers are packed into bytes, and what weights stand for. A part of the definition in `dedup.kernel.reference`.

Arrays are bytes of little-endian numbers, uint32 for hashes and uint16 for weights.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from itertools import pairwise

# A cosine of 1 is a dot product of SCALE * SCALE: weights are 16-bit fixed point.
SCALE = 65_535


def unpack32(data: bytes) -> tuple[int, ...]:
    """The numbers of an array of uint32."""
    if len(data) % 4:
        raise ValueError(f"an array must be a whole number of 4-byte items, not {len(data)} bytes")
    return struct.unpack(f"<{len(data) // 4}I", data)


def unpack16(data: bytes) -> tuple[int, ...]:
    """The numbers of an array of uint16."""
    if len(data) % 2:
        raise ValueError(f"weights must be a whole number of 2-byte items, not {len(data)} bytes")
    return struct.unpack(f"<{len(data) // 2}H", data)


def pack32(values: Iterable[int]) -> bytes:
    """An array of uint32."""
    given = tuple(values)
    return struct.pack(f"<{len(given)}I", *given)


def pack64(values: Iterable[int]) -> bytes:
    """An array of int64 of this machine."""
    given = tuple(values)
    return struct.pack(f"{len(given)}q", *given)


def ascending(hashes: bytes) -> tuple[int, ...]:
    """A set of hashes. Raises `ValueError` where they are not sorted and unique."""
    given = unpack32(hashes)
    if any(x >= y for x, y in pairwise(given)):
        raise ValueError("hashes must be sorted and unique")
    return given


def vector_of(hashes: bytes, weights: bytes) -> dict[int, int]:
    """A sparse vector: ascending distinct uint32 hashes, and as many uint16 weights."""
    values = unpack16(weights)
    if len(hashes) != 4 * len(values):
        raise ValueError(f"{len(hashes) // 4} hashes and {len(values)} weights make no vector")
    return dict(zip(ascending(hashes), values, strict=True))
