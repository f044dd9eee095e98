"""One pass: every article that waits in the inbox is cleaned, signed, decided and recorded, a micro-batch at a time.

    collect -> obey -> take -> clean -> sign -> decide, one by one -> write and empty the inbox, in one transaction

What the configured sources have goes into the inbox first. Before each batch the operator's new rules are obeyed, each
in a transaction of its own.
This is the only module that knows the order. A batch is in the database whole or not at all; whatever fails, the next
pass begins where the last committed batch ended.
"""

from __future__ import annotations

import dataclasses
import gc
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

import structlog
from sqlalchemy.engine import Connection, RowMapping

from dedup import logs
from dedup.clusterer import Clusterer
from dedup.config import Config
from dedup.errors import DedupError
from dedup.intake.article import Article
from dedup.intake.dates import utc_now
from dedup.memory import Prepared, scheme_of
from dedup.planning import take_up
from dedup.preparation import digest, prepare
from dedup.resigning import resign
from dedup.revision import revise, withdraw
from dedup.rulebook import Rulebook
from dedup.rules import obey
from dedup.sources.collector import Collector
from dedup.store import Store, changes, inbox, publishers, rows, rules, runs
from dedup.store.changes import Changes
from dedup.store.inbox import Rejected, Waiting
from dedup.store.lock import WriterLock
from dedup.store.rules import Settled, StoredRule
from dedup.store.suspects import suspects
from dedup.tally import PassReport, Tally

log = structlog.get_logger()


# What happens to a story that has more articles afterwards.
GROWTH = ("joined", "merged")
# For Python's collector: what decisions are made from stays for days, and hardly anything is garbage in cycles.
THRESHOLDS = (50_000, 10, 10)


class Pipeline:
    """The passes over one database. The caller holds `lock`; one thread at a time.

    With `collect` each pass begins with a look at the configured sources.
    """

    def __init__(
        self, store: Store, config: Config, lock: WriterLock, clock: Callable[[], datetime] = utc_now,
        *, collect: bool = False,
    ) -> None:  # fmt: skip
        self._store = store
        self._config = config
        self._scheme = scheme_of(config)
        self._lock = lock
        self._clock = clock
        self._clusterer: Clusterer | None = None
        self._rules_seen: tuple[int, int, int] | None = None
        self._suspected: set[tuple[int, str]] = set()
        self._collector = Collector(store, config, lock, clock) if collect else None

    def load(self, progress: Callable[[str], None] = lambda _: None) -> None:
        """Rebuilds what is held in memory from the database, unless it is there. Raises `DatabaseAway`."""
        if self._clusterer is None:
            gc.set_threshold(*THRESHOLDS)
            gc.unfreeze()
            resign(self._store, self._config, self._lock, progress)
            self._clusterer = Clusterer(self._store, self._config, self._clock(), progress)
            # Looked at again and again, it would cost a twentieth of the time of a pass.
            gc.freeze()
            self._rules_seen = None

    def reconfigure(self, config: Config) -> None:
        """Takes new settings for the next pass. Call between passes."""
        if config.decisions() != self._config.decisions():
            self._clusterer = None
        if self._collector is not None and config != self._config:
            self._collector.reconfigure(config)
        self._config = config
        self._scheme = scheme_of(config)

    def drop(self) -> None:
        """Forgets what is held in memory: another writer may have been at the database. The next pass rebuilds it."""
        self._clusterer = None

    def run_pass(self, stop: threading.Event | None = None, beat: Callable[[], None] = lambda: None) -> PassReport:
        """Works until the inbox is empty or, at the end of a batch, `stop` is set; calls `beat` after each batch.

        Raises what went wrong: `DatabaseAway` and `LockLost` may pass, anything else is a bug. By then the run is
        recorded as failed, if the database let that be done, and what was held in memory is dropped.
        """
        until = stop or threading.Event()
        return self._run(lambda run_id, tally: self._collect_and_work(run_id, tally, until, beat), until, beat)

    def obey_rules(self) -> PassReport:
        """A pass that obeys the operator's rules and leaves the inbox alone. Raises as `run_pass`."""

        def work(run_id: int, tally: Tally) -> str:
            self._obey(run_id, tally)
            return "ok"

        return self._run(work, threading.Event(), lambda: None)

    def _run(self, work: Callable[[int, Tally], str], stop: threading.Event, beat: Callable[[], None]) -> PassReport:
        started_at, start = self._clock(), time.perf_counter()
        with self._store.writing() as connection:
            self._lock.hold(connection)
            run_id = runs.start(connection, started_at)
        logs.enter_run(run_id)
        tally = Tally()
        try:
            with tally.stages["load"]:
                self._apply_configuration(stop, beat)
                self.load(lambda _: beat())
            outcome = work(run_id, tally)
            self._tell_suspects(tally)
            seconds = time.perf_counter() - start
            finished_at = self._clock()
            with self._store.writing() as connection:
                self._lock.hold(connection)
                runs.finish(connection, run_id, finished_at, outcome, seconds, None, tally.sources)
                pending = inbox.count(connection)
        except BaseException as error:
            self._clusterer = None
            self._record_failure(run_id, time.perf_counter() - start, error, tally)
            raise
        return PassReport(
            run_id=run_id,
            started_at=started_at,
            finished_at=finished_at,
            outcome=outcome,
            **tally.counts,
            pending=pending,
            seconds=round(seconds, 3),
            stages={name: round(spent.seconds, 4) for name, spent in tally.stages.items()},
            sources=tally.sources,
        )

    def _tell_suspects(self, tally: Tally) -> None:
        """Tells of each story that grew into one that looks wrong, once as long as this program runs."""
        if not tally.touched:
            return
        with self._store.reading() as connection:
            found = suspects(connection, tally.touched)
        for suspect in found:
            if suspect[:2] not in self._suspected:
                self._suspected.add(suspect[:2])
                log.info("story.suspect", **suspect._asdict())

    def _apply_configuration(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Decides articles anew where an operator asked for it; see `dedup.planning`. When `stop` is set it waits."""

        def goes_on(*_: int) -> bool:
            beat()
            return not stop.is_set()

        if take_up(self._store, self._config, self._lock, self._clock, goes_on) is not None:
            self._clusterer = None

    def _collect_and_work(self, run_id: int, tally: Tally, stop: threading.Event, beat: Callable[[], None]) -> str:
        """Brings in what the sources have and decides all that waits, by turns until there is no more of either."""
        while True:
            more = False
            if self._collector is not None:
                with tally.stages["collect"]:
                    more = self._collector.collect(tally.gave, stop, beat)
            outcome = self._work(run_id, tally, stop, beat)
            if not more or outcome != "ok":
                return outcome

    def _work(self, run_id: int, tally: Tally, stop: threading.Event, beat: Callable[[], None]) -> str:
        self._keep_publishers()
        while not stop.is_set():
            awaits = self._obey(run_id, tally)
            with tally.stages["take"], self._store.reading() as connection:
                waiting = inbox.take(
                    connection,
                    self._config.service.batch_size,
                    source=self._config.ingest.source,
                    max_bytes=self._config.ingest.max_bytes,
                )
                known = self._known(connection, waiting)
            if not waiting:
                return "ok"
            for batch in _batches(waiting, known, awaits):
                self._decide_apart(run_id, batch, known if batch[0] is waiting[0] else None, tally)
                if awaits(*_key(batch[0].item)):
                    awaits = self._obey(run_id, tally, _key(batch[0].item))
                beat()
                if stop.is_set():
                    break
        return "stopped"

    def _keep_publishers(self) -> None:
        """Lets the views count publishers as configured."""
        owners = self._config.publishers.owners()
        with self._store.reading() as connection:
            if publishers.read(connection) == owners:
                return
        with self._store.writing() as connection:
            self._lock.hold(connection)
            publishers.keep(connection, owners)

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
                known = self._known(connection, batch)
        there = known
        fresh = [
            row for row in batch if isinstance(row.item, Article) and _says_more(row.item, there.get(row.inbox_id))
        ]
        articles = [row.item for row in fresh if isinstance(row.item, Article)]
        prepared = prepare(articles, self._config, self._scheme, tally.stages)
        ready = {row.inbox_id: item for row, item in zip(fresh, prepared, strict=True)}
        with tally.stages["decide"], self._clusterer.deciding():
            for row in batch:
                self._decide_one(self._clusterer, row.item, ready.get(row.inbox_id), there.get(row.inbox_id))
        self._write(run_id, made, tally)

    def _obey(self, run_id: int, tally: Tally, arrived: tuple[str, str] | None = None) -> Callable[[str, str], bool]:
        """Obeys the rules that are new, and those that waited for the article `arrived`, in the order of their numbers.

        Returns who tells whether a rule waits for an article, by its source and uri.
        """
        self.load()
        assert self._clusterer is not None
        book = self._clusterer.rulebook
        with self._store.reading() as connection:
            if arrived is None and self._rules_seen == rules.fingerprint(connection):
                return book.awaits
            stored = {rule.rule_id: rule for rule in rules.read(connection)}
        # What waited when this program was not there may have come since.
        waited = {rule.rule_id for rule in book.awaiting(*arrived)} if arrived else stored.keys()
        again = waited if arrived or self._rules_seen is None else set()
        self._clusterer.rulebook = Rulebook.of(stored.values())
        for rule in stored.values():
            if rule.state == rules.NEW or (rule.state == rules.WAITING and rule.rule_id in again):
                self._obey_one(run_id, rule, stored, tally)
        self.load()
        with self._store.reading() as connection:
            left = rules.read(connection)
            came = any(rule.state == rules.NEW for rule in left)
            self._rules_seen = None if came else rules.fingerprint(connection)
        self._clusterer.rulebook = Rulebook.of(left)
        return self._clusterer.rulebook.awaits

    def _obey_one(self, run_id: int, rule: StoredRule, known: Mapping[int, StoredRule], tally: Tally) -> None:
        """Obeys a rule, in as many steps as it takes."""
        settled = None
        while settled is None:
            settled = self._step(rule, known, tally)
            assert self._clusterer is not None
            if settled is None or (settled.state, settled.reason) != (rule.state, rule.reason):
                self._write(run_id, self._clusterer.changes, tally, settled)
        if settled.state != rule.state:
            fields = {"kind": rule.kind, "state": settled.state, "reason": settled.reason}
            log.info("rule.settled", rule_id=rule.rule_id, **fields)

    def _step(self, rule: StoredRule, known: Mapping[int, StoredRule], tally: Tally) -> Settled | None:
        """A step towards obeying a rule. One that breaks on a fault of dedup's own twice is refused; others go on."""
        reason = ""
        for _ in range(2):
            self.load()
            assert self._clusterer is not None
            self._clusterer.begin(self._clock())
            try:
                with tally.stages["decide"], self._clusterer.deciding():
                    return obey(self._clusterer, rule, known)
            except (DedupError, MemoryError):
                raise
            except Exception as error:
                log.exception("rule.failed", rule_id=rule.rule_id)
                self._clusterer = None
                reason = f"obeying it failed with {type(error).__name__}: {error}"
        self.load()
        return Settled(rule.rule_id, rules.REFUSED, reason, None, None)

    def _write(self, run_id: int, made: Changes, tally: Tally, settled: Settled | None = None) -> None:
        """Writes what a batch changed, and what became of a rule, whole or not at all."""
        counts = {
            "taken": len(made.taken),
            "accepted": made.accepted,
            "updated": made.updated,
            "unchanged": made.unchanged,
            "rejected": len(made.rejected),
            "new_stories": len(made.new_stories),
            "merged_stories": len(made.merged),
        }
        with tally.stages["write"], self._store.writing() as connection:
            self._lock.hold(connection)
            changes.write(connection, made)
            if settled is not None:
                rules.settle(connection, settled, made.counters.next_ordinal, made.at)
            runs.progress(connection, run_id, counts)
        for rejected in made.rejected:
            log.debug("article.rejected", **dataclasses.asdict(rejected))
        for young, old in made.merged.items():
            log.info("story.merged", story_id=old, merged_story_id=young)
        for story_id, new, articles in made.divided:
            log.info("story.split", story_id=story_id, new_story_id=new, articles=articles)
        tally.add(counts)
        tally.touched.update(row.story_id for row in made.history if row.event in GROWTH)

    def _known(self, connection: Connection, batch: Sequence[Waiting]) -> rows.Known:
        if not batch:
            return {}
        return rows.known(connection, batch[0].inbox_id, batch[-1].inbox_id, self._config.ingest.source)

    def _decide_one(
        self,
        clusterer: Clusterer,
        given: Article | Rejected,
        ready: Prepared | Rejected | None,
        before: RowMapping | None,
    ) -> None:
        """Decides what was `given`, `ready` for it unless it says nothing new; `before` is what is known of it."""
        refused = ready if isinstance(ready, Rejected) else given if isinstance(given, Rejected) else None
        if refused is not None:
            clusterer.changes.rejected.append(refused)
        elif isinstance(ready, Prepared):
            if before is None:
                clusterer.accept(ready)
            else:
                revise(clusterer, ready, before)
        elif isinstance(given, Article) and given.is_withdrawal and (before is None or before["withdrawn_at"] is None):
            self._withdraw(clusterer, given, before)
        else:
            clusterer.changes.unchanged += 1

    def _withdraw(self, clusterer: Clusterer, article: Article, before: RowMapping | None) -> None:
        if before is None:
            detail = "it is to be withdrawn, and no article of this source and uri is there"
            clusterer.changes.rejected.append(Rejected(article.source or "", article.uri, "not_there", detail))
        else:
            withdraw(clusterer, before)

    def _record_failure(self, run_id: int, seconds: float, error: BaseException, tally: Tally) -> None:
        told = logs.masked(f"{type(error).__name__}: {error}")
        try:
            with self._store.writing() as connection:
                self._lock.hold(connection)
                runs.finish(connection, run_id, self._clock(), "failed", seconds, told, tally.sources)
        except DedupError as second:
            # The database is what failed; the next run that starts closes this one as aborted.
            log.warning("run.unrecorded", run_id=run_id, error=str(second))


def _says_more(article: Article, before: RowMapping | None) -> bool:
    """True for an article that is new, or has other content than what is known of it."""
    return not article.is_withdrawal and (before is None or before["digest"] != digest(article))


def _key(item: Article | Rejected) -> tuple[str, str]:
    return item.source or "", item.uri


def _batches(
    waiting: Sequence[Waiting], known: rows.Known, awaits: Callable[[str, str], bool]
) -> Iterator[Sequence[Waiting]]:
    """`waiting` in its order, cut so that a new version, or an article that a rule waits for, is a batch of its own.

    Its decision then sees everything that came before it in the database.
    """
    start = 0
    seen: set[tuple[str, str]] = set()
    for place, row in enumerate(waiting):
        key = _key(row.item)
        before = known.get(row.inbox_id)
        changed = before is not None and isinstance(row.item, Article) and before["digest"] != digest(row.item)
        if changed or key in seen or awaits(*key):
            if place > start:
                yield waiting[start:place]
            yield waiting[place : place + 1]
            start = place + 1
        seen.add(key)
    if start < len(waiting):
        yield waiting[start:]
