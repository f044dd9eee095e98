"""The exact shingle sets of articles seen lately; what is not in memory is made again from the text."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

# Makes the shingle sets of articles from their stored texts; leaves out those whose text is not there.
Make = Callable[[Sequence[int]], dict[int, bytes]]
OVERHEAD = 200
"""Bytes that Python takes for a set besides its hashes."""


class ShingleSets:
    """A least-recently-used cache of at most `limit` bytes, and what one decision reads.

    Nothing is dropped in a decision: what is at hand when it begins is so when it is made.
    """

    def __init__(self, make: Make, limit: int) -> None:
        self._make = make
        self._limit = limit
        self._bytes = 0
        self._sets: OrderedDict[int, bytes] = OrderedDict()
        self._pending: dict[int, bytes] = {}
        self.at_hand: tuple[Mapping[int, bytes], Mapping[int, bytes]] = self._pending, self._sets
        """The sets that are in memory, by article: those of the present batch, and others."""

    def add(self, article_id: int, shingles: bytes) -> None:
        """Notes the set of the article that is decided now, whose text is not in the database yet."""
        self._make_room()
        self._pending[article_id] = shingles

    def get(self, article_ids: Sequence[int]) -> dict[int, bytes]:
        """The sets of articles; those whose text is nowhere are left out."""
        found: dict[int, bytes] = {}
        missing = []
        for article_id in article_ids:
            shingles = self._pending.get(article_id) or self._sets.get(article_id)
            if shingles is None:
                missing.append(article_id)
            else:
                found[article_id] = shingles
                if article_id in self._sets:
                    self._sets.move_to_end(article_id)
        if missing:
            made = self._make(missing)
            found |= made
            self._put(made)
        return found

    def of(self, article_id: int) -> bytes:
        """The set of one article, empty where its text is nowhere."""
        if (pending := self._pending.get(article_id)) is not None:
            return pending
        if (known := self._sets.get(article_id)) is not None:
            self._sets.move_to_end(article_id)
            return known
        return self.get([article_id]).get(article_id, b"")

    def forget(self, article_id: int) -> None:
        """Drops the set of an article that has a new version."""
        self._drop(article_id)
        self._pending.pop(article_id, None)

    def committed(self) -> None:
        """The present batch is in the database now, so its sets may be dropped."""
        self._put(self._pending)
        self._pending.clear()
        self._make_room()

    def _make_room(self) -> None:
        while self._bytes > self._limit:
            self._drop(next(iter(self._sets)))

    def _put(self, made: Mapping[int, bytes]) -> None:
        for article_id in made.keys() & self._sets.keys():
            self._drop(article_id)
        self._sets.update(made)
        self._bytes += sum(map(len, made.values())) + OVERHEAD * len(made)

    def _drop(self, article_id: int) -> None:
        if (dropped := self._sets.pop(article_id, None)) is not None:
            self._bytes -= len(dropped) + OVERHEAD
