"""Which texts share bands of their signatures: an LSH index. A part of the definition in `dedup.kernel.reference`."""

from __future__ import annotations

import operator
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import xxhash

from dedup.kernel.reference.arrays import pack32, unpack32

MAX_BANDS = 1024
RANK_BITS = 48

Index = TypeVar("Index")


def band_keys(values: bytes, bands: int, rows: int) -> bytes:
    """The key of each band: xxh32 (seed 0) over the 4 * rows bytes of its rows. Left-over values are not used."""
    count = len(unpack32(values))
    if not 1 <= bands <= MAX_BANDS or rows < 1 or bands * rows > count:
        raise ValueError(f"{bands} bands of {rows} rows do not fit a signature of {count} values")
    return pack32([xxhash.xxh32_intdigest(values[4 * rows * i : 4 * rows * (i + 1)]) for i in range(bands)])


class BandIndex:
    """Which entries share a band's key with a query: an LSH index of `bands` bands, 1 to 1,024.

    An entry is known by its `rank`, 0 to 2**48 - 1 and higher than all before, so the same insertions give an equal
    index; `moment`, 64 bits, is what a search may be limited to. A discarded entry is never found again; its memory
    comes back only with a new index. The length is the number of entries not discarded. Not for several threads.
    """

    def __init__(self, bands: int) -> None:
        if not 1 <= bands <= MAX_BANDS:
            raise ValueError(f"an index has 1 to {MAX_BANDS} bands, not {bands}")
        self._chains: list[dict[int, dict[int, None]]] = [{} for _ in range(bands)]
        self._entries: dict[int, tuple[tuple[int, ...], int]] = {}
        self._last = -1

    def add(self, keys: bytes, rank: int, moment: int) -> None:
        """Adds an entry with ``(bands,)`` uint32 keys."""
        if len(keys) != 4 * len(self._chains):
            raise ValueError(f"keys must be {4 * len(self._chains)} bytes, not {len(keys)}")
        if not self._last < rank < 1 << RANK_BITS:
            raise ValueError(f"rank must be below 2**48 and higher than all before, not {rank}")
        own = unpack32(keys)
        for chains, key in zip(self._chains, own, strict=True):
            chains.setdefault(key, {})[rank] = None
        self._entries[rank] = own, moment
        self._last = rank

    def reserve(self, entries: int) -> None:
        """Takes memory for so many more entries at once, which spares growing; they may be fewer or more.

        Raises `ValueError` where `entries` is negative.
        """
        if operator.index(entries) < 0:
            raise ValueError("entries must not be negative")

    def discard(self, rank: int) -> None:
        """Takes an entry out; no error where there is none."""
        own, _ = self._entries.pop(rank, ((), 0))
        for chains, key in zip(self._chains, own, strict=False):
            del chains[key][rank]
            if not chains[key]:
                del chains[key]

    @classmethod
    def search(
        cls, spans: Iterable[tuple[tuple[BandIndex, ...], int, int]], keys: bytes, chain: int, limit: int
    ) -> list[tuple[int, int]]:
        """The `limit` entries that share most bands with `keys`, as ``(rank, hits)``: most hits, then newest, first.

        A span is indexes and the first and last moment of the entries that may be found in them. In each band of an
        index only the newest `chain` entries of the key count, of whatever moment, so a key that everyone shares costs
        no more than any other.
        """
        if chain < 0 or limit < 0:
            raise ValueError("chain and limit must not be negative")
        wanted, found = unpack32(keys), []
        for index, low, high in each_index(spans):
            if len(wanted) != index.bands:
                raise ValueError(f"keys must be {4 * index.bands} bytes, not {len(keys)}")
            hits: Counter[int] = Counter()
            for chains, key in zip(index._chains, wanted, strict=True):
                hits.update(islice(reversed(chains.get(key, {})), chain))
            found += [(count, rank) for rank, count in hits.items() if low <= index._entries[rank][1] <= high]
        found.sort(reverse=True)
        return [(rank, count) for count, rank in found[:limit]]

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def bands(self) -> int:
        """Keys an entry."""
        return len(self._chains)

    @property
    def nbytes(self) -> int:
        """Memory taken, in bytes; here an estimate."""
        entries = sum(sys.getsizeof(ranks) for chains in self._chains for ranks in chains.values())
        return entries + sum(map(sys.getsizeof, self._chains)) + sum(map(sys.getsizeof, self._entries.values()))


def each_index(spans: Iterable[tuple[tuple[Index, ...], int, int]]) -> Iterator[tuple[Index, int, int]]:
    """Each index of each span, with the first and last moment that an entry found in it may have."""
    for indexes, low, high in spans:
        for index in indexes:
            yield index, low, high
