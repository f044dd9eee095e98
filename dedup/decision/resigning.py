"""Signing articles of another scheme again from their stored text, so that they can be compared again.

What a newcomer may be compared with comes first: before anything is decided the last decisions and what was published
near the newest article, any other segment before it is loaded, a group before its articles are decided again. All else
follows between the passes, in the order of decisions. A duplicate group is signed in one transaction, so a crash
anywhere loses nothing and mixes nothing, and the next start goes on with the rest. What was decided stays decided.

The order of signing changes nothing: the terms of a text are weighed by the texts of the `STREAM` decisions before it,
and those that still have another scheme are read for that; copies are weighed right after their original. Texts that
have changed since, or were withdrawn or forgotten, no longer count.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge

import structlog
from sqlalchemy.engine import Connection

from dedup.cluster.stories import NO_BACKGROUND
from dedup.config import Config
from dedup.index.segments import ARRIVALS, BLOCK, DATED, PERIOD_DAYS, RECENT, SegmentKey
from dedup.index.window import period_of, seconds
from dedup.sketch.frequencies import STREAM, Frequencies
from dedup.sketch.minhash import sign
from dedup.sketch.recurring import series_key
from dedup.sketch.scheme import Scheme
from dedup.sketch.terms import TermSketch, sketch
from dedup.store import Store
from dedup.store.database.bulk import pages
from dedup.store.operation.lock import WriterLock
from dedup.store.passes import sketches
from dedup.store.passes.changes import read_counters
from dedup.store.passes.configurations import scheme_number
from dedup.store.passes.rows import Remembered
from dedup.store.passes.sketches import Outdated, Signed, Sketched, Text
from dedup.store.passes.stream import recent_dates
from dedup.text.document import Document, stored_document

log = structlog.get_logger()

# Groups that are signed in one transaction.
BATCH = 500
# Blocks of decisions that an undated newcomer may be compared with, and the one in which it comes.
BLOCKS = ARRIVALS // BLOCK
NO_SPAN = 1, 0

# Called with how many articles were signed so far, after each batch and each so many texts that were read for it.
Progress = Callable[[int], None]


@dataclass(slots=True)
class _Stream:
    """The frequencies of terms at a place in the order of decisions, `following`, before which all texts are counted.

    It goes forward only.
    """

    frequencies: Frequencies
    following: int = 0


class Resigning:
    """Signs the articles of one database with `scheme`. The caller holds `lock`; one thread at a time.

    `is_done` once no article is left that can be signed. Every method that signs raises `DatabaseAway` and `LockLost`,
    and what `progress` raises; what was signed in batches before that stays signed.
    """

    def __init__(self, store: Store, config: Config, scheme: Scheme, lock: WriterLock, progress: Progress) -> None:
        self.progress = progress
        self._store = store
        self._scheme = scheme
        self._lock = lock
        self._max_words = config.text.max_words
        self._reach = max(config.duplicates.window_days, config.stories.window_days) // PERIOD_DAYS + 1
        self._signed = 0
        # Where the background is: behind the original of this ordinal.
        self._reached = -1
        self._stream: _Stream | None = None
        # Groups of another scheme that have lost articles or are new, and with these perhaps a text that was forgotten.
        self._left: set[int] = set()
        with store.writing() as connection:
            lock.hold(connection)
            self._scheme_id = scheme_number(connection, scheme.name)
            self._is_walked = sketches.is_all_signed(connection, self._scheme_id)
            if not self._is_walked:
                sketches.note_all_signed(connection, None)

    @property
    def is_done(self) -> bool:
        """True once no article is left that can be signed."""
        return self._is_walked and not self._left

    def begin(self) -> int:
        """Signs what the next article may be compared with if it is as new as the newest; returns how many articles."""
        if self.is_done:
            return 0
        with self._store.reading() as connection:
            following = read_counters(connection).next_ordinal
            dates = recent_dates(connection, 1)
            near = self._near(period_of(seconds(dates[0][1])) if dates else None)
            first = max(0, (following // BLOCK - BLOCKS) * BLOCK)
            found = sketches.outdated_in(connection, self._scheme_id, near, (first, following))
        return self._sign_all(found)

    def segment(self, key: SegmentKey) -> int:
        """Signs the articles of a segment that is about to be loaded; returns how many.

        Of a dated one also those of the following that an article beside it may be compared with, since one after the
        other would take the stream before each.
        """
        if self.is_done:
            return 0
        kind, number = key
        periods = (number, number + 2 * self._reach) if kind in DATED else NO_SPAN
        with self._store.reading() as connection:
            found = sketches.outdated_in(connection, self._scheme_id, periods, _span_of(key))
        return self._sign_all(found)

    def groups(self, group_ids: Sequence[int]) -> int:
        """Signs the articles of these duplicate groups, which are about to be decided anew; returns how many."""
        return 0 if self.is_done else self._sign_groups(group_ids)

    def some(self, limit: int, goes_on: Callable[[], bool] = lambda: True) -> int:
        """Signs the next articles of all that are left, about `limit`, as long as it `goes_on`; returns how many."""
        before, start = self._signed, time.perf_counter()
        # What is half counted when something fails is not used again.
        stream, self._stream = self._stream or _Stream(Frequencies()), None
        while not self._is_walked and self._signed - before < limit and goes_on():
            self._walk(stream)
        self._stream = None if self._is_walked else stream
        return self._told(before, start)

    def discard(self, old: Remembered) -> None:
        """An article has a new version or is withdrawn: as it was it counts for no other any more."""
        if self._stream is not None:
            self._stream.frequencies.discard(old.ordinal)

    def leave(self, group_id: int) -> None:
        """Leaves a group of another scheme, which has lost articles or is new, to `sign_left`, to be called once that
        is in the database: a text that was forgotten may no longer be in it."""
        self._left.add(group_id)

    def sign_left(self) -> int:
        """Signs the groups that were left to it; returns how many articles.

        Where there are any, what was loaded without them is to be loaded anew.
        """
        if not self._left:
            return 0
        left, self._left = sorted(self._left), set()
        signed = self._sign_groups(left)
        if self._is_walked:
            self._finish()
        return signed

    def _walk(self, stream: _Stream) -> None:
        """Signs the next groups that can be signed, or looks through a page of articles in which there are none."""
        with self._store.reading() as connection:
            end = sketches.end_of_page(connection, self._reached)
            found = [] if end is None else sketches.outdated(connection, self._scheme_id, self._reached, end, BATCH)
        for batch in _batches(found):
            self._sign(batch, stream)
            self._reached = batch[-1].ordinal
        if end is None:
            self._finish()
        elif not found:
            self._reached = end
            self.progress(self._signed)

    def _near(self, period: int | None) -> tuple[int, int]:
        return NO_SPAN if period is None else (period - self._reach, period + self._reach)

    def _finish(self) -> None:
        with self._store.writing() as connection:
            self._lock.hold(connection)
            sketches.note_all_signed(connection, self._scheme_id)
        self._is_walked = True

    def _sign_groups(self, group_ids: Sequence[int]) -> int:
        with self._store.reading() as connection:
            found = [
                one for page in pages(group_ids) for one in sketches.outdated_of(connection, self._scheme_id, page)
            ]
        return self._sign_all(sorted(found))

    def _sign_all(self, found: Sequence[Outdated]) -> int:
        if not found:
            return 0
        before, start = self._signed, time.perf_counter()
        stream = _Stream(Frequencies())
        for batch in _batches(found):
            self._sign(batch, stream)
        return self._told(before, start)

    def _told(self, before: int, start: float) -> int:
        articles, seconds = self._signed - before, time.perf_counter() - start
        if articles or self.is_done:
            log.info("scheme.resigned", articles=articles, seconds=round(seconds, 3), done=self.is_done)
        return articles

    def _sign(self, batch: Sequence[Outdated], stream: _Stream) -> None:
        """Signs the groups of `batch` in a transaction, but for those of which a text was forgotten meanwhile."""
        with self._store.reading() as connection:
            made = self._sketched(connection, batch, stream)
        with self._store.writing() as connection:
            self._lock.hold(connection)
            kept = sketches.kept_of(connection, list(made))
            written = [row for group_id, found in made.items() if group_id not in kept for row in found]
            sketches.write(connection, self._scheme_id, written)
        self._signed += len(written)
        self.progress(self._signed)

    def _sketched(
        self, connection: Connection, batch: Sequence[Outdated], stream: _Stream
    ) -> dict[int, Sequence[Sketched]]:
        members = sketches.members(connection, [group.group_id for group in batch])
        first, last = batch[0].ordinal - 1 - STREAM, batch[-1].ordinal
        between = sketches.texts_between(connection, self._scheme_id, max(first, stream.following), last)
        others = (text for text in between if text.group_id not in members)
        ordered: Iterator[Outdated | Text] = merge(others, batch, key=_ordinal)
        made: dict[int, Sequence[Sketched]] = {}
        for number, one in enumerate(ordered, 1):
            stream.frequencies.forget_before(one.ordinal - 1 - STREAM)
            if isinstance(one, Outdated):
                made[one.group_id] = self._sketch_group(members.get(one.group_id, ()), stream.frequencies)
            else:
                stream.frequencies.add(one.ordinal, one.language, self._terms(one, stream.frequencies))
            if number % BATCH == 0:
                self.progress(self._signed)
        stream.following = last + 1
        return made

    def _sketch_group(self, members: Sequence[Signed], frequencies: Frequencies) -> list[Sketched]:
        made = []
        for one in members:
            document = self._document(one, one.body)
            terms = sketch(document, frequencies.of(one.language))
            signature = sign(document.title_tokens, document.body_tokens, self._scheme).values
            series = series_key(one.publisher or one.source, one.title)
            made.append(Sketched(one.article_id, signature, terms.to_bytes(NO_BACKGROUND), series))
            if one.ordinal is not None:
                frequencies.add(one.ordinal, one.language, terms.terms)
        return made

    def _terms(self, text: Text, frequencies: Frequencies) -> bytes:
        """The distinct terms of a text, uint32; what each weighs is of no importance."""
        if text.terms is not None:
            return TermSketch.from_bytes(text.terms).terms
        return sketch(self._document(text, text.body or ""), frequencies.of(text.language)).terms

    def _document(self, text: Signed | Text, body: str) -> Document:
        return stored_document(text.title, body, text.language, text.publisher, None, max_words=self._max_words)


def resign(store: Store, config: Config, scheme: Scheme, lock: WriterLock, progress: Progress) -> int:
    """Signs all articles of other schemes whose text is there; returns how many. Raises as `Resigning`."""
    resigning, signed = Resigning(store, config, scheme, lock, progress), 0
    while not resigning.is_done:
        signed += resigning.some(BATCH)
    return signed


def _span_of(key: SegmentKey) -> tuple[int, int]:
    """First and last ordinal of a segment of decisions; `NO_SPAN` of a dated one."""
    kind, number = key
    if kind in DATED:
        return NO_SPAN
    size = RECENT if kind == "recent" else BLOCK
    return number * size, number * size + size - 1


def _ordinal(one: Outdated | Text) -> int:
    return one.ordinal


def _batches(groups: Sequence[Outdated]) -> Iterator[Sequence[Outdated]]:
    """At most `BATCH` at a time, none farther than `STREAM` from the one before: what lies between is not read."""
    start = 0
    for place in range(1, len(groups) + 1):
        if place == len(groups) or place - start == BATCH or groups[place].ordinal - groups[place - 1].ordinal > STREAM:
            yield groups[start:place]
            start = place
