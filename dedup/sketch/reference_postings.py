"""Which texts share terms with a query: an inverted index. A part of the definition in `dedup.sketch.reference`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from itertools import islice

from dedup.sketch.reference import RANK_BITS, ascending

MOST_TERMS = 4_096


class Postings:
    """The texts of each term, newest first.

    A text is known by its `rank`, 0 to 2**48 - 1 and higher than all before, so the same insertions give an equal
    index; `moment`, 64 bits, is what a search may be limited to. A discarded text is never found again; its memory
    comes back only with a new index. The length is the number of texts not discarded. Not for several threads.
    """

    def __init__(self) -> None:
        self._chains: dict[int, dict[int, None]] = {}
        self._texts: dict[int, tuple[tuple[int, ...], int]] = {}
        self._last = -1

    def add(self, terms: bytes, rank: int, moment: int) -> None:
        """Adds a text by its terms, ascending distinct uint32 hashes, at most `MOST_TERMS`."""
        if not -(1 << 63) <= moment < 1 << 63:
            raise OverflowError(f"moment must fit into 64 bits, not {moment}")
        own = _terms(terms)
        if not self._last < rank < 1 << RANK_BITS:
            raise ValueError(f"rank must be below 2**48 and higher than all before, not {rank}")
        for term in own:
            self._chains.setdefault(term, {})[rank] = None
        self._texts[rank] = own, moment
        self._last = rank

    def discard(self, rank: int) -> None:
        """Takes a text out; no error where there is none."""
        own, _ = self._texts.pop(rank, ((), 0))
        for term in own:
            del self._chains[term][rank]
            if not self._chains[term]:
                del self._chains[term]

    @classmethod
    def search(
        cls, spans: Iterable[tuple[Postings, int, int]], terms: bytes, chain: int, limit: int
    ) -> list[tuple[int, int]]:
        """The `limit` texts that share most of `terms`, as ``(rank, shared)``: most shared, then newest, first.

        A span is an index and the first and last moment of the texts that may be found in it. Of each term in an index
        only the newest `chain` texts count, of whatever moment, so a term that everyone shares costs no more than any
        other.
        """
        if chain < 0 or limit < 0:
            raise ValueError("chain and limit must not be negative")
        wanted, found = _terms(terms), []
        for index, low, high in spans:
            shared: Counter[int] = Counter()
            most = min(chain, len(index))
            for term in wanted:
                shared.update(islice(reversed(index._chains.get(term, {})), most))
            found += [(count, rank) for rank, count in shared.items() if low <= index._texts[rank][1] <= high]
        found.sort(reverse=True)
        return [(rank, count) for count, rank in found[:limit]]

    def __len__(self) -> int:
        return len(self._texts)

    @property
    def nbytes(self) -> int:
        """Memory taken, in bytes; here an estimate."""
        chains = sum(sys.getsizeof(ranks) for ranks in self._chains.values())
        return sys.getsizeof(self._chains) + chains + sum(map(sys.getsizeof, self._texts.values()))


def _terms(terms: bytes) -> tuple[int, ...]:
    given = ascending(terms)
    if len(given) > MOST_TERMS:
        raise ValueError(f"at most {MOST_TERMS} terms, not {len(given)}")
    return given
