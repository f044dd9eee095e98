"""Which texts share terms with a query: an inverted index. A part of the definition in `dedup.kernel.reference`."""

from __future__ import annotations

import struct
import sys
from collections import Counter
from collections.abc import Iterable
from itertools import islice

from dedup.kernel.reference.arrays import ascending, pack32, pack64, vector_of
from dedup.kernel.reference.bands import RANK_BITS, each_index

MOST_TERMS = 4_096
SCORE_SHIFT = 17
# All scores of a query together stay below this.
MOST_SCORE = 65_535


def key_terms(hashes: bytes, weights: bytes, limit: int, salt: int) -> tuple[bytes, bytes]:
    """What a text with this vector is found by: its `limit` heaviest terms, and what each says in a search, its score.

    Terms are uint32, XORed with the 32-bit `salt` and then ascending; scores are uint16: the square of the weight, so
    that the scores of two texts' common terms add up to about their cosine. Of equally heavy terms the lowest hashes.
    """
    if not 0 <= limit <= MOST_TERMS or not 0 <= salt < 1 << 32:
        raise ValueError(f"limit must lie between 0 and {MOST_TERMS}, salt be a number of 32 bits")
    vector = vector_of(hashes, weights)
    heaviest = sorted(vector, key=lambda term: (-vector[term], term))[:limit]
    chosen = sorted((term ^ salt, max(1, vector[term] ** 2 >> SCORE_SHIFT)) for term in heaviest)
    return pack32([term for term, _ in chosen]), struct.pack(f"<{len(chosen)}H", *(score for _, score in chosen))


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
        cls, spans: Iterable[tuple[tuple[Postings, ...], int, int]], terms: bytes, scores: bytes, chain: int, limit: int
    ) -> bytes:
        """The `limit` texts whose common terms score most, then newest, first: their ranks, int64 of this machine.

        `terms` are those wanted, as in `add`; `scores` says what each adds: uint16, 1 or more, below `MOST_SCORE` in
        all.

        A span is indexes and the first and last moment of the texts that may be found in them. Of each term in an index
        only the newest `chain` texts count, of whatever moment, so a term that everyone shares costs no more than any
        other.
        """
        if chain < 0 or limit < 0:
            raise ValueError("chain and limit must not be negative")
        wanted, found = _wanted(terms, scores), []
        for index, low, high in each_index(spans):
            shared: Counter[int] = Counter()
            most = min(chain, len(index))
            for term, score in wanted:
                for rank in islice(reversed(index._chains.get(term, {})), most):
                    shared[rank] += score
            found += [(count, rank) for rank, count in shared.items() if low <= index._texts[rank][1] <= high]
        found.sort(reverse=True)
        return pack64(rank for _, rank in found[:limit])

    def __len__(self) -> int:
        return len(self._texts)

    @property
    def nbytes(self) -> int:
        """Memory taken, in bytes; here an estimate."""
        chains = sum(sys.getsizeof(ranks) for ranks in self._chains.values())
        return sys.getsizeof(self._chains) + chains + sum(map(sys.getsizeof, self._texts.values()))


def _wanted(terms: bytes, scores: bytes) -> list[tuple[int, int]]:
    own = _terms(terms)
    if len(scores) % 2:
        raise ValueError(f"scores must be a whole number of 2-byte values, not {len(scores)} bytes")
    given = struct.unpack(f"<{len(scores) // 2}H", scores)
    if len(given) != len(own) or 0 in given or sum(given) >= MOST_SCORE:
        raise ValueError(f"each term needs a score of 1 or more, all together below {MOST_SCORE}")
    return list(zip(own, given, strict=True))


def _terms(terms: bytes) -> tuple[int, ...]:
    given = ascending(terms)
    if len(given) > MOST_TERMS:
        raise ValueError(f"at most {MOST_TERMS} terms, not {len(given)}")
    return given
