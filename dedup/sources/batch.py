"""What a source gives, and what a source is."""

from __future__ import annotations

import threading
from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from dedup.errors import TemporaryError
from dedup.intake.article import Article
from dedup.intake.given import Unreadable
from dedup.store.operation.sources import SeenRow, SourceState

LEAST_KEPT = 10_000
"""Rows of a source, those that were forgotten among them, that are kept in memory in any case."""


class SourceFault(TemporaryError):
    """A source cannot be read now. The message says why and what helps; the other sources are read all the same."""


class PartFault(SourceFault):
    """A part of a source cannot be read now; the rest was, so the next look is no later than any other."""


class SourceBug(SourceFault):
    """Reading a source met a fault of dedup's own, the cause of this."""


def unreachable(what: str, error: OSError) -> SourceFault:
    """The fault of a file or folder that this user may not even look for."""
    return SourceFault(
        f"the {what} cannot be reached: {error.strerror}; check the owners and modes of the folders that it is in"
    )


@dataclass(frozen=True, slots=True)
class Batch:
    """Articles, and what cannot be one, to put into the inbox in one transaction.

    `read` counts what was looked at. `rows`, `cursor` (with its kind) and `forget_before` are to be kept with them.
    """

    items: tuple[Article | Unreadable, ...]
    read: int
    rows: tuple[SeenRow, ...] = ()
    cursor: tuple[str, str] | None = None
    forget_before: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a source when it is read: its state and the rows that were taken lately, by key.

    Rows that the database has forgotten are forgotten here when there are more than `most`.
    """

    state: SourceState
    seen: dict[bytes, SeenRow]
    most: int = LEAST_KEPT

    def after(self, batch: Batch) -> Kept:
        """What is known once `batch` is in the database; the rows are changed in place."""
        seen, most = self.seen, self.most
        seen.update((row.key, row) for row in batch.rows)
        if batch.forget_before is not None and len(seen) > most:
            for key in [key for key, row in seen.items() if row.position < batch.forget_before]:
                del seen[key]
            # Looked through anew only when they have doubled, so that each row is looked at a few times in all.
            most = max(LEAST_KEPT, 2 * len(seen))
        cursor, kind = batch.cursor or (self.state.cursor, self.state.cursor_kind)
        return Kept(replace(self.state, cursor=cursor, cursor_kind=kind), seen, most)


class Source(Protocol):
    """One configured source."""

    def batches(self, kept: Kept, stop: threading.Event, now: datetime) -> Generator[Batch]:
        """What is new, a transaction's worth at a time; the next is asked for when the one before is committed.

        Ends early, at a place from which the next look can go on, when `stop` is set or much was read; `more` says so
        then. Raises `SourceFault`.
        """

    @property
    def more(self) -> bool:
        """Whether the last look ended before all was read."""
