"""The one writer of a database: it holds what decisions are made from, and records them a batch at a time, whole.

What it holds is a function of rows. It is dropped whenever something went wrong, and rebuilt when it is needed next.
"""

from __future__ import annotations

import dataclasses
import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import structlog
from sqlalchemy.engine import Connection

from dedup.config import Config
from dedup.decision.clusterer import Clusterer
from dedup.decision.memory import Memory, scheme_of
from dedup.decision.resigning import Resigning
from dedup.decision.rulebook import Rulebook
from dedup.store import Store
from dedup.store.operation.lock import WriterLock
from dedup.store.passes import changes, inbox, rules, runs
from dedup.store.passes.changes import Changes
from dedup.store.passes.rules import Settled, StoredRule
from dedup.store.passes.succession import Succession
from dedup.tally import Tally, tell_stories
from dedup.weak import weakly

log = structlog.get_logger()

# What happens to a story that has more articles afterwards.
GROWTH = ("joined", "merged")
# For Python's collector: what decisions are made from stays for days, and hardly anything is garbage in cycles. More
# than the objects of a batch, which would be looked through while all of them are needed.
THRESHOLDS = (200_000, 10, 10)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keeps Python's collector away while much is made of which nothing is garbage yet."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class _StopAsked(Exception):
    """The program is to end before all is loaded."""


class Writer:
    """Decides by `config` and records in `store`. The caller holds `lock`; one thread at a time."""

    def __init__(self, store: Store, config: Config, lock: WriterLock, clock: Callable[[], datetime]) -> None:
        self.store = store
        self.config = config
        self._lock = lock
        self._clock = clock
        self._clusterer: Clusterer | None = None
        self._resigning: Resigning | None = None
        self._succession: Succession | None = None
        self._progress: Callable[[str], None] = lambda _: None
        self._rebuilds = False
        self.rules: dict[int, StoredRule] = {}
        """The operator's rules by their numbers, as they were when the rulebook was made."""

    def load(self, progress: Callable[[str], None] | None = None) -> Clusterer:
        """The state that decisions are made from; rebuilt from the database unless it is there.

        `progress` is called with what takes long, now and later. Raises `DatabaseAway`, `LockLost`.
        """
        if progress is not None:
            self._progress = progress
        if self._clusterer is None:
            gc.set_threshold(*THRESHOLDS)
            gc.unfreeze()
            if self._rebuilds:
                gc.collect()  # what a failure left in cycles would be frozen with the rest
            self._rebuilds = True
            with _uncollected():
                self._build()
            # Looked at again and again, it would cost a twentieth of the time of a pass.
            gc.freeze()
        assert self._clusterer is not None
        return self._clusterer

    def load_until(self, stop: threading.Event, beat: Callable[[], None]) -> bool:
        """Loads, unless `stop` is set meanwhile; says whether all is there. Calls `beat` now and later."""
        begins = self._clusterer is None

        def tell(_: str) -> None:
            beat()
            if begins and stop.is_set():
                raise _StopAsked

        try:
            if begins and stop.is_set():
                raise _StopAsked
            self.load(tell)
        except _StopAsked:
            self.drop()
            return False
        finally:
            begins = False
        return True

    def _build(self) -> None:
        resigning = Resigning(self.store, self.config, scheme_of(self.config), self._lock, weakly(self._tell_signed))
        resigning.begin()
        memory = Memory(self.store, self.config, self._clock(), self._progress, resigning)
        with self.store.reading() as connection:
            rulebook = Rulebook.of(rules.read(connection))
        self._clusterer = Clusterer(memory, rulebook)
        self._resigning = resigning

    def begin(self) -> Clusterer:
        """What decides, at the start of a batch: the changes of the one before are written, or lost. Raises as `load`.

        The changes of its batch are to be handed to `write`.
        """
        self._sign_left()
        clusterer = self.load()
        clusterer.memory.begin(self._clock())
        return clusterer

    def awaits(self, source: str, uri: str) -> bool:
        """Whether a rule waits for this article, by the rules as they were read last. Raises as `load`."""
        return self.load().restrictions.rulebook.awaits(source, uri)

    def agrees(self) -> bool:
        """Whether the database is as the last batch left it: not where a backup was put back since, by its server or
        into its very file. Raises `DatabaseAway`."""
        if self._clusterer is None:
            return True
        with self.store.reading() as connection:
            return changes.read_counters(connection) == self._clusterer.batch.changes.counters

    def drop(self) -> None:
        """Forgets what is held in memory; it is rebuilt when it is needed next."""
        self._clusterer = self._resigning = self._succession = None
        self.rules = {}

    def sign_some(self, limit: int, goes_on: Callable[[], bool], progress: Callable[[str], None]) -> bool:
        """Signs about `limit` articles of another scheme, as long as it `goes_on`; True where more are left.

        Call between passes; what decides must be loaded, else nothing is done. Raises `DatabaseAway`, `LockLost`.
        """
        if self._resigning is None or self._resigning.is_done:
            return False
        self._progress = progress
        if self._sign_left():
            self.load()
        self._resigning.some(limit, goes_on)
        return not self._resigning.is_done

    def _sign_left(self) -> bool:
        """Signs what the last batch left to be signed; true where that was more than nothing, and memory is dropped."""
        if self._resigning is None or not self._resigning.sign_left():
            return False
        self.drop()
        return True

    def _tell_signed(self, articles: int) -> None:
        self._progress(f"signing articles anew after a change of scheme: {articles}")

    def ask_who_stands(self) -> None:
        """Forgets who stands for texts and stories, because other publishers are preferred now."""
        self._succession = None

    def reconfigure(self, config: Config) -> None:
        """Takes new settings. Call between batches."""
        if config.decisions() != self.config.decisions():
            self.drop()
        self.config = config

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction behind the fence, whole or not at all. Raises `DatabaseAway`, `LockLost`."""
        with self.store.writing() as connection:
            self._lock.hold(connection)
            yield connection

    def write(self, made: Changes, tally: Tally, settled: Settled | None = None) -> None:
        """Writes what a batch changed, and what became of a rule, whole or not at all. Raises as `writing`."""
        counts = made.counts
        with tally.stages["write"], self.writing() as connection:
            inbox.remove(connection, made.taken, self.config.ingest.max_bytes)
            if self._succession is None:
                self._succession = Succession(connection)
            with self._succession.following(connection, made):
                changes.write(connection, made)
            if settled is not None:
                rules.settle(connection, settled, made.counters.next_ordinal, made.at)
            runs.progress(connection, tally.run_id, counts)
        for rejected in made.rejected:
            log.debug("article.rejected", **dataclasses.asdict(rejected))
        tell_stories(made)
        tally.counts += counts
        tally.touched.update(row.story_id for row in made.history if row.event in GROWTH)
