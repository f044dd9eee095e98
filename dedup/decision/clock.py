"""The time of the stream: when its last articles were published, and how many come a day."""

from __future__ import annotations

from collections import deque
from statistics import median_low

from dedup.decision.batch import Batch
from dedup.index.pace import DECISIONS, STEP, Pace
from dedup.index.window import seconds
from dedup.store.passes import stream
from dedup.store.passes.stream import CLOCK_ARTICLES


class Clock:
    """What the dated articles decided lately tell of the time. A function of rows: the wall clock has no part in it."""

    def __init__(self, batch: Batch, undated_per_day: float) -> None:
        self.pace = Pace(undated_per_day)
        self._batch = batch
        # Ordinals and dates, in seconds since 1970, of the dated articles decided last, in the order of decisions.
        self._dated: deque[tuple[int, int]] = deque(maxlen=CLOCK_ARTICLES)
        following = batch.changes.counters.next_ordinal
        with batch.reading() as connection:
            for ordinal, date in stream.dates_between(connection, following - DECISIONS - STEP, following):
                self.pace.add(ordinal, seconds(date))
        self._read()

    @property
    def now(self) -> int | None:
        """The moment that the stream has come to, in seconds since 1970; None where no article has a date."""
        return median_low(published for _, published in self._dated) if self._dated else None

    @property
    def last(self) -> int | None:
        """When the last article that has a date was published, in seconds since 1970; None where there is none."""
        return self._dated[-1][1] if self._dated else None

    def add(self, ordinal: int, published: int | None) -> None:
        """Notes the article just decided."""
        self.pace.add(ordinal, published)
        if published is not None:
            self._dated.append((ordinal, published))

    def move(self, before: int, ordinal: int, published: int | None) -> None:
        """Notes that an article has the place `ordinal` in the order of decisions, and no longer the place `before`."""
        self.pace.discard(before)
        if published is not None and (before, published) in self._dated:
            self._dated.remove((before, published))
        self.add(ordinal, published)

    def discard(self, ordinal: int) -> None:
        """Forgets the article that had this place, as the next batch will not find it there."""
        self.pace.discard(ordinal)
        if any(dated == ordinal for dated, _ in self._dated):
            self._read(but=ordinal)

    def _read(self, but: int = 0) -> None:
        """Reads what the clock goes by, leaving out the article with the ordinal `but`."""
        with self._batch.reading() as connection:
            dates = stream.recent_dates(connection, CLOCK_ARTICLES, but)
        self._dated.clear()
        self._dated.extend((ordinal, int(date.timestamp())) for ordinal, date in reversed(dates))
