"""A glance at a text: which of its lines and words can matter, so that only those are looked at closely.

In doubt a line or word is looked at. The compiled kernel glances (``csrc/lines.c``); without it every line and word is
looked at, with the same result.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import product
from typing import NamedTuple

import xxhash

from dedup.kernel.compiled import KERNEL
from dedup.text.furniture import LABELS, SENTENCE_WORDS
from dedup.text.words.tokens import folding

_LEADING = 4
_FIRST = 8  # bytes by which a word is told
_MIXED = 0x9E3779B97F4A7C15
_SPREAD = (0x9E3779B1, 0x85EBCA77)


class Glance(NamedTuple):
    """What a look at the lines of a text in normal form shows: the numbers of those that can be furniture by
    themselves, whether one is printed twice in a row, blank ones between or not, and the numbers of those in which a
    site can speak to its readers: short ones with a copyright sign or one of `furniture.SENTENCE_WORDS`."""

    suspects: Sequence[int]
    may_repeat: bool
    addressed: Sequence[int]


def glance_at(text: str) -> Glance:
    """What is to be looked at in `text`, which is in normal form."""
    return Glance(*lines_to_look_at(text), notes(text))


def lines_to_look_at(text: str) -> tuple[Sequence[int], bool]:
    """The first two of `Glance`."""
    if KERNEL is None:
        return range(text.count("\n") + 1), True
    found: tuple[list[int], bool] = KERNEL.lines_to_look_at(text, phrases(), longest())
    return found


def notes(text: str) -> Sequence[int]:
    """The last of `Glance`."""
    if KERNEL is None:
        return range(text.count("\n") + 1)
    found: list[int] = KERNEL.notes(text, folding(), first_bytes())
    return found


@cache
def longest() -> int:
    """Bytes of the longest phrase of furniture."""
    return max(len(phrase.encode()) for phrase in LABELS)


@cache
def phrases() -> bytes:
    """The phrases of furniture, and the first bytes of each, by which a line that is not all ASCII is recognised."""
    encoded = [phrase.encode() for phrase in LABELS]
    leading = (phrase[:_LEADING] for phrase in encoded)
    return bloom([
        *map(xxhash.xxh32_intdigest, encoded),
        *(int.from_bytes(first, "little") for first in leading if first.isascii() and len(first) == _LEADING),
    ])  # fmt: skip


@cache
def first_bytes() -> bytes:
    """The first bytes of each of `furniture.SENTENCE_WORDS`, by which a token that may be one is recognised."""
    first = (int.from_bytes(word.encode()[:_FIRST], "little") for word in SENTENCE_WORDS)
    return bloom((number * _MIXED & (1 << 64) - 1) >> 32 for number in first)


def bloom(values: Iterable[int]) -> bytes:
    """A Bloom filter of 65,536 bits, two for each of `values`, which are 32 bits wide."""
    bits = bytearray(1 << 13)
    for value, factor in product(values, _SPREAD):
        bit = (value * factor & 0xFFFFFFFF) >> 16
        bits[bit >> 3] |= 1 << (bit & 7)
    return bytes(bits)
