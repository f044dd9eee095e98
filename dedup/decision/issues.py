"""Which articles were found to be issues of what comes again, and of which others.

It is all in the evidence of earlier decisions. What was found since the start is kept at hand; the database can always
give it again.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import NamedTuple

from sqlalchemy.engine import Connection

from dedup.decision.batch import Batch
from dedup.store.passes import rows

# Articles of which it is kept at hand between batches that they are issues.
KEPT = 50_000


class Live(NamedTuple):
    """The database that a scratch database was made from: it has all texts, and the evidence of those `before`, the
    articles that were copied.
    """

    connection: Connection
    before: Container[int]


class Issues:
    """The pairs of articles that are two issues; in a scratch database also those that the `live` one tells of."""

    def __init__(self, batch: Batch, live: Live | None = None) -> None:
        self._batch = batch
        self._live = live
        # Of the articles from a number on, those that are issues of what comes again, and of which others.
        self._found: dict[int, list[int]] = {}
        self._since = batch.changes.counters.next_article_id

    def settle(self) -> None:
        """Keeps what the batch found, which was committed, at hand."""
        for newer, older in self._batch.changes.issues.items():
            self._found.setdefault(newer, []).extend(older)
        if len(self._found) > KEPT:
            self._since = max(self._since, sorted(self._found)[KEPT // 2])
            self._found = {newer: older for newer, older in self._found.items() if newer >= self._since}

    def may_hold(self, article_id: int) -> bool:
        """Whether an article may have been found to be an issue of what comes again; where False it surely was not."""
        at_hand = article_id >= self._since
        return not at_hand or article_id in self._found or article_id in self._batch.changes.issues

    def of(self, article_ids: Iterable[int]) -> Iterator[tuple[int, int]]:
        """Pairs: each of these articles with every one of which any of its versions was found to be another issue."""
        asked = sorted({*article_ids})
        stored = [article_id for article_id in asked if article_id < self._since]
        if stored:
            with self._batch.reading() as connection:
                yield from rows.issues(connection, stored)
        for known in (self._found, self._batch.changes.issues):
            for newer in filter(known.__contains__, asked):
                for older in known[newer]:
                    yield newer, older
        if self._live is not None:
            yield from rows.issues(self._live.connection, [one for one in asked if one in self._live.before])
