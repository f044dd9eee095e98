"""One pass: every article that waits in the inbox is cleaned, signed, decided and recorded, a micro-batch at a time.

    take -> clean -> sign -> decide, one after another -> write and empty the inbox, in one transaction

This is the only module that knows the order. A batch is in the database whole or not at all; whatever fails, the next
pass begins where the last committed batch ended.
"""

from __future__ import annotations

import dataclasses
import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy.engine import RowMapping

from dedup import logs
from dedup.clusterer import Clusterer
from dedup.config import Config
from dedup.errors import DedupError, InputRejected
from dedup.intake.article import Article
from dedup.intake.dates import utc_now
from dedup.memory import Prepared, scheme_of
from dedup.resigning import resign
from dedup.revision import revise
from dedup.sketch.minhash import sign
from dedup.store import Store, changes, inbox, rows, runs
from dedup.store.inbox import Rejected, Waiting
from dedup.store.lock import WriterLock
from dedup.text.clean import clean

log = structlog.get_logger()


COUNTS = ("taken", "accepted", "updated", "unchanged", "rejected", "new_stories", "merged_stories")
STAGES = ("load", "take", "text", "sketch", "decide", "write")


@dataclass(frozen=True, slots=True)
class PassReport:
    """What a pass did: the numbers of its row in ``v_runs``, what still waits, and the seconds of each stage.

    `outcome` is ``ok`` when the inbox was empty at the end, ``stopped`` when the pass was asked to end earlier.
    """

    run_id: int
    started_at: datetime
    finished_at: datetime
    outcome: str
    taken: int
    accepted: int
    updated: int
    unchanged: int
    rejected: int
    new_stories: int
    merged_stories: int
    pending: int
    seconds: float
    stages: dict[str, float]


@dataclass(slots=True)
class Tally:
    """The numbers of a pass while it runs."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    stages: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Adds the time of the block to a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.stages[name] += time.perf_counter() - start

    def add(self, batch: dict[str, int]) -> None:
        """Adds the counts of a committed batch."""
        for name, number in batch.items():
            self.counts[name] += number


class Pipeline:
    """The passes over one database. The caller holds `lock`; one thread at a time."""

    def __init__(self, store: Store, config: Config, lock: WriterLock, clock: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._config = config
        self._lock = lock
        self._clock = clock
        self._clusterer: Clusterer | None = None

    def load(self, progress: Callable[[str], None] = lambda _: None) -> None:
        """Rebuilds what is held in memory from the database, unless it is there. Raises `DatabaseAway`."""
        if self._clusterer is None:
            resign(self._store, self._config, self._lock, progress)
            self._clusterer = Clusterer(self._store, self._config, self._clock(), progress)

    def reconfigure(self, config: Config) -> None:
        """Takes new settings for the next pass. Call between passes."""
        if config.decisions() != self._config.decisions():
            self._clusterer = None
        self._config = config

    def drop(self) -> None:
        """Forgets what is held in memory: another writer may have been at the database. The next pass rebuilds it."""
        self._clusterer = None

    def run_pass(self, stop: threading.Event | None = None, beat: Callable[[], None] = lambda: None) -> PassReport:
        """Works until the inbox is empty or, at the end of a batch, `stop` is set; calls `beat` after each batch.

        Raises what went wrong: `DatabaseAway` and `LockLost` may pass, anything else is a bug. By then the run is
        recorded as failed, if the database let that be done, and what was held in memory is dropped.
        """
        started_at, start = self._clock(), time.perf_counter()
        with self._store.writing() as connection:
            self._lock.hold(connection)
            run_id = runs.start(connection, started_at)
        logs.enter_run(run_id)
        tally = Tally()
        try:
            with tally.stage("load"):
                self.load(lambda _: beat())
            outcome = self._work(run_id, tally, stop or threading.Event(), beat)
            seconds = time.perf_counter() - start
            finished_at = self._clock()
            with self._store.writing() as connection:
                self._lock.hold(connection)
                runs.finish(connection, run_id, finished_at, outcome, seconds, None)
                pending = inbox.count(connection)
        except BaseException as error:
            self._clusterer = None
            self._record_failure(run_id, time.perf_counter() - start, error)
            raise
        return PassReport(
            run_id=run_id,
            started_at=started_at,
            finished_at=finished_at,
            outcome=outcome,
            **tally.counts,
            pending=pending,
            seconds=round(seconds, 3),
            stages={name: round(spent, 4) for name, spent in tally.stages.items()},
        )

    def _work(self, run_id: int, tally: Tally, stop: threading.Event, beat: Callable[[], None]) -> str:
        while not stop.is_set():
            with tally.stage("take"), self._store.reading() as connection:
                waiting = inbox.take(
                    connection,
                    self._config.service.batch_size,
                    source=self._config.ingest.source,
                    max_bytes=self._config.ingest.max_bytes,
                )
                known = rows.known(connection, {_key(row.item) for row in waiting})
            if not waiting:
                return "ok"
            for batch in _batches(waiting, known):
                self._decide_apart(run_id, batch, known if batch[0] is waiting[0] else None, tally)
                beat()
                if stop.is_set():
                    break
        return "stopped"

    def _decide_apart(self, run_id: int, batch: Sequence[Waiting], known: rows.Known | None, tally: Tally) -> None:
        """Decides a batch; when that breaks on a fault of dedup's own, one by one, and sets aside what breaks alone.

        Raises the fault when every article breaks: then it is not the articles.
        """
        try:
            self._decide(run_id, batch, known, tally)
            return
        except (DedupError, MemoryError):
            raise
        except Exception:
            if len(batch) == 1:
                raise
            log.exception("batch.failed", articles=len(batch))
        self._clusterer = None
        faults: list[tuple[Waiting, Exception]] = []
        for row in batch:
            try:
                self._decide(run_id, [row], None, tally)
            except (DedupError, MemoryError):
                raise
            except Exception as error:
                log.exception("article.failed", source=row.item.source, uri=row.item.uri)
                faults.append((row, error))
                self._clusterer = None
        if len(faults) == len(batch):
            raise faults[0][1]
        for row, fault in faults:
            reason = f"deciding it failed with {type(fault).__name__}: {fault}"
            refused = Rejected(row.item.source or "", row.item.uri, "internal", reason)
            self._decide(run_id, [Waiting(row.inbox_id, refused)], None, tally)

    def _decide(self, run_id: int, batch: Sequence[Waiting], known: rows.Known | None, tally: Tally) -> None:
        """Decides a batch in the order of arrival and writes it, whole or not at all.

        `known` are the articles of the batch that the database has now; None asks it.
        """
        self.load()
        assert self._clusterer is not None
        self._clusterer.begin(self._clock())
        made = self._clusterer.changes
        made.taken.extend(row.inbox_id for row in batch)
        if known is None:
            with self._store.reading() as connection:
                known = rows.known(connection, {_key(row.item) for row in batch})
        with self._clusterer.deciding():
            for row in batch:
                before = known.get(_key(row.item))
                if isinstance(row.item, Rejected):
                    made.rejected.append(row.item)
                elif before is not None and before["digest"] == _digest(row.item):
                    made.unchanged += 1
                else:
                    self._decide_one(row.item, before, tally)
        counts = {
            "taken": len(made.taken),
            "accepted": made.accepted,
            "updated": made.updated,
            "unchanged": made.unchanged,
            "rejected": len(made.rejected),
            "new_stories": len(made.new_stories),
            "merged_stories": len(made.merged),
        }
        with tally.stage("write"), self._store.writing() as connection:
            self._lock.hold(connection)
            changes.write(connection, made)
            runs.progress(connection, run_id, counts)
        for rejected in made.rejected:
            log.debug("article.rejected", **dataclasses.asdict(rejected))
        for young, old in made.merged.items():
            log.info("story.merged", story_id=old, merged_story_id=young)
        for story_id, new, articles in made.divided:
            log.info("story.split", story_id=story_id, new_story_id=new, articles=articles)
        tally.add(counts)

    def _decide_one(self, article: Article, before: RowMapping | None, tally: Tally) -> None:
        clusterer = self._clusterer
        assert clusterer is not None
        source = article.source or self._config.ingest.source
        try:
            prepared = self._prepare(article, source, tally)
        except InputRejected as error:
            clusterer.changes.rejected.append(Rejected(source, article.uri, error.reason, error.detail))
            return
        with tally.stage("decide"):
            if before is None:
                clusterer.accept(prepared)
            else:
                revise(clusterer, prepared, before)

    def _prepare(self, article: Article, source: str, tally: Tally) -> Prepared:
        """Cleans and signs. Raises `InputRejected`, also for an article that breaks the cleaning itself."""
        scheme = scheme_of(self._config)
        try:
            with tally.stage("text"):
                document = clean(article, self._config.text, self._config.ingest.max_bytes)
            with tally.stage("sketch"):
                signature = sign(document.title_tokens, document.body_tokens, scheme)
        except InputRejected:
            raise
        except Exception as error:
            # One poison article must not stop the others: it is set aside with the error, loudly.
            log.exception("article.failed", source=source, uri=article.uri)
            raise InputRejected("internal", f"cleaning it failed with {type(error).__name__}: {error}") from error
        return Prepared(source, article.uri, document, signature, _digest(article))

    def _record_failure(self, run_id: int, seconds: float, error: BaseException) -> None:
        try:
            with self._store.writing() as connection:
                self._lock.hold(connection)
                told = logs.masked(f"{type(error).__name__}: {error}")
                runs.finish(connection, run_id, self._clock(), "failed", seconds, told)
        except DedupError as second:
            # The database is what failed; the next run that starts closes this one as aborted.
            log.warning("run.unrecorded", run_id=run_id, error=str(second))


def _key(item: Article | Rejected) -> tuple[str, str]:
    return item.source or "", item.uri


def _batches(waiting: Sequence[Waiting], known: rows.Known) -> Iterator[Sequence[Waiting]]:
    """`waiting` in its order, cut so that a new version of an article is a batch of its own.

    Its decision then sees everything that came before it in the database.
    """
    start = 0
    seen: set[tuple[str, str]] = set()
    for place, row in enumerate(waiting):
        key = _key(row.item)
        before = known.get(key)
        changed = before is not None and isinstance(row.item, Article) and before["digest"] != _digest(row.item)
        if changed or key in seen:
            if place > start:
                yield waiting[start:place]
            yield waiting[place : place + 1]
            start = place + 1
        seen.add(key)
    if start < len(waiting):
        yield waiting[start:]


def _digest(article: Article) -> bytes:
    """16 bytes that differ when anything that the source gave differs."""
    given = (
        article.title,
        article.body,
        article.url,
        article.publisher,
        article.language,
        article.content_type,
        article.published_at.isoformat() if article.published_at else None,
    )
    digest = hashlib.blake2b(digest_size=16)
    for part in given:
        encoded = b"-" if part is None else b"+" + part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "little") + encoded)
    return digest.digest()
