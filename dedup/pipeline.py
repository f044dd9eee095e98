"""One pass: every article that waits in the inbox is cleaned, signed, decided and recorded, a batch at a time.

    collect -> obey -> take -> clean -> sign -> decide, one by one -> write and empty the inbox, in one transaction

First the inbox gets what the configured sources have. Before each batch the operators' new rules are obeyed, each in a
transaction of its own. This is the only module that knows the order. A batch is in the database whole or not at all;
whatever fails, the next pass begins where the last committed batch ended.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

import structlog
from sqlalchemy.engine import RowMapping

from dedup import logs
from dedup.config import Config
from dedup.decision.clusterer import Clusterer
from dedup.decision.memory import scheme_of
from dedup.decision.newcomer import Prepared
from dedup.decision.revision import keep_away, revise, withdraw
from dedup.errors import DedupError
from dedup.intake.article import WITH_ITS_PAGE, Article
from dedup.intake.dates import utc_now
from dedup.planning import take_up
from dedup.preparation import parts
from dedup.preparation.arrival import believed
from dedup.preparation.batches import cut, key_of, says_more
from dedup.preparation.page_workers import PageWorkers
from dedup.preparation.pages_ahead import PagesAhead
from dedup.preparation.preparation import prepare
from dedup.preparation.warming import warm_up
from dedup.rules import obey_rules
from dedup.sources.collector import Collector
from dedup.store import Store
from dedup.store.database.bulk import pages
from dedup.store.operation import health
from dedup.store.operation.lock import WriterLock
from dedup.store.passes import behind, inbox, publishers, rows, runs, standing
from dedup.store.passes.inbox import Rejected, Waiting
from dedup.store.passes.runs import Counts
from dedup.store.passes.suspects import suspects
from dedup.tally import NO_RUN, PassReport, Tally
from dedup.text.markup.html import is_html
from dedup.text.publisher import shown_name
from dedup.writer import Writer

log = structlog.get_logger()
# After so many articles that break one after another, or those of a batch, no more is tried in a pass.
TRIED_APART = 16


class _Fault(NamedTuple):
    """An article that was decided by itself, and the fault of dedup itself that it met."""

    row: Waiting
    error: Exception


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
        self._writer = Writer(store, config, lock, clock)
        self._suspected: set[tuple[int, str]] = set()
        self._recorded = Counts()
        self._tally: Tally | None = None
        self._collector = Collector(store, config, lock, clock) if collect else None
        self._workers = PagesAhead(PageWorkers(config.service.workers, config.service.page_seconds))
        # Of the pass that runs.
        self._stop = threading.Event()
        self._beat: Callable[[], None] = lambda: None

    def load(self, progress: Callable[[str], None] = lambda _: None) -> None:
        """Rebuilds the state in memory from the database, unless it is there. Raises `DatabaseAway`."""
        self._writer.load(progress)

    def warm_up(self) -> None:
        """Does what the first article would wait for. Call after a pass; raises as that does."""
        self._writer.load().memory.frequencies.warm_up()
        warm_up(self._scheme)

    def sign_some(self, limit: int, goes_on: Callable[[], bool], beat: Callable[[], None]) -> bool:
        """Between passes, as `Writer.sign_some`: signs about `limit` articles of another scheme; True if there is more.

        Asks before each batch, and each page of articles to find some in, whether it `goes_on`; `beat` comes behind.
        """
        return self._writer.sign_some(limit, goes_on, lambda _: beat())

    def reconfigure(self, config: Config) -> None:
        """Takes new settings for the next pass. Call between passes."""
        self._writer.reconfigure(config)
        if self._collector is not None and config != self._config:
            self._collector.reconfigure(config)
        if config.service != self._config.service:
            self._workers.close()
            self._workers = PagesAhead(PageWorkers(config.service.workers, config.service.page_seconds))
        self._config = config
        self._scheme = scheme_of(config)

    def drop(self) -> None:
        """Forgets the state in memory: another writer may have changed the database. The next pass rebuilds it."""
        self._writer.drop()
        if self._collector is not None:
            self._collector.drop()

    @property
    def recorded(self) -> Counts:
        """What all passes recorded and applied, those that failed as well, and the batches of the one that runs."""
        return self._recorded if self._tally is None else self._recorded + self._tally.counts

    def run_pass(self, stop: threading.Event | None = None, beat: Callable[[], None] = lambda: None) -> PassReport:
        """Works until the inbox is empty or, at the end of a batch, `stop` is set.

        `beat` is called after each batch, and every second while pages of HTML are cleaned.

        Raises what went wrong: `DatabaseAway` and `LockLost` may pass, anything else is a bug. By then the run is
        recorded as failed, if the database allowed that, and the state in memory is dropped.
        """
        return self._run(self._collect_and_work, stop or threading.Event(), beat)

    def obey_rules(self) -> PassReport:
        """A pass that obeys the operator's rules and leaves the inbox alone. Raises as `run_pass`."""

        def work(tally: Tally) -> str:
            obey_rules(self._writer, tally, self._stop, self._beat)
            return "ok"

        return self._run(work, threading.Event(), self._lock.keep)

    def _run(self, work: Callable[[Tally], str], stop: threading.Event, beat: Callable[[], None]) -> PassReport:
        self._stop, self._beat = stop, beat
        self._tally = tally = Tally(*self._open_run())
        try:
            if not self._writer.agrees():
                log.warning("database.restored", meaning="a backup was put back; all is read anew")
                self.drop()
            self._apply_configuration(tally)
            with tally.stages["load"]:
                is_loaded = self._writer.load_until(stop, beat)
            outcome = work(tally) if is_loaded else "stopped"
            self._workers.rest()
            self._tell_suspects(tally)
            seconds, finished_at = tally.seconds, self._clock()
            with self._writer.writing() as connection:
                runs.finish(connection, tally.run_id, finished_at, outcome, seconds, sources=tally.sources)
                pending = inbox.count(connection)
        except BaseException as error:
            self._workers.abandon()
            self.drop()
            self._record_failure(tally, error)
            raise
        finally:
            self._recorded, self._tally = self.recorded, None
        return tally.report(outcome, finished_at, seconds, pending)

    def _goes_on(self) -> bool:
        """Says that the pass has come a step further; whether it is to take another one."""
        self._beat()
        return not self._stop.is_set()

    def _open_run(self) -> tuple[int, datetime]:
        """Opens a run; returns its number and when it began."""
        at = self._clock()
        with self._writer.writing() as connection:
            run_id = runs.start(connection, at)
            health.keep_stale_seconds(connection, self._config.service.stale_seconds)
        logs.enter_run(run_id)
        return run_id, at

    def _tell_suspects(self, tally: Tally) -> None:
        """Logs each story that grew into one that looks wrong, once for as long as this program runs."""
        for page in pages(sorted(tally.touched)):
            with self._store.reading() as connection:
                found = [suspect for suspect in suspects(connection, page) if suspect[:2] not in self._suspected]
            self._beat()
            for suspect in found:
                self._suspected.add(suspect[:2])
                log.info("story.suspect", **suspect._asdict())

    def _apply_configuration(self, tally: Tally) -> None:
        """Applies a changed configuration to earlier articles where an operator asked for it (`dedup.planning`).

        The run is that of the application then, and the pass goes on as the next. A pass that is to stop leaves it.
        """
        plan = take_up(self._store, self._config, self._lock, self._clock, lambda *_: self._goes_on(), tally.run_id)
        if plan is not None:
            self._writer.drop()
            done = plan.counts
            self._recorded += Counts(new_stories=done.new_stories, merged_stories=done.merged_stories)
            tally.run_id = NO_RUN
            tally.begin_anew(*self._open_run())

    def _collect_and_work(self, tally: Tally) -> str:
        """Collects from the sources and decides all that waits, in turns, until there is no more of either."""
        while True:
            more = False
            if self._collector is not None:
                with tally.stages["collect"]:
                    more = self._collector.collect(tally.gave, self._stop, self._beat)
            outcome = self._work(tally)
            if not more or outcome != "ok":
                return outcome

    def _work(self, tally: Tally) -> str:
        self._keep_publishers()
        faults, before, behind = list[_Fault](), 0, inbox.BEFORE_ALL
        while not self._stop.is_set():
            obey_rules(self._writer, tally, self._stop, self._beat)
            if self._stop.is_set():
                break
            with tally.stages["take"], self._store.reading() as connection:
                size, ingest = self._config.service.batch_size, self._config.ingest
                waiting = inbox.take(connection, size, behind, source=ingest.source, max_bytes=ingest.max_bytes)
                known = rows.known(connection, [key_of(row.item) for row in waiting])
            if faults and (len(faults) >= TRIED_APART or not waiting):  # nothing else was decided: who is to blame?
                raise faults[0].error
            if not waiting:
                return "ok"
            self._read_pages(waiting, known, tally)
            before = before if faults else tally.counts.decided
            for batch in cut(waiting, known, self._writer.awaits):
                if any(key_of(fault.row.item) == key_of(batch[0].item) for fault in faults):
                    continue  # what was delivered behind it waits for what becomes of it
                faults += self._decide_apart(batch, known if batch[0] is waiting[0] else None, tally)
                if faults and tally.counts.decided > before:
                    self._refuse(faults, tally)
                    faults.clear()
                if self._writer.awaits(*key_of(batch[0].item)):
                    obey_rules(self._writer, tally, self._stop, self._beat, key_of(batch[0].item))
                if not self._goes_on():
                    return "stopped"
            behind = waiting[-1].inbox_id if faults else inbox.BEFORE_ALL
        return "stopped"

    def _read_pages(self, waiting: Sequence[Waiting], known: rows.Known, tally: Tally) -> None:
        """Has the HTML pages among `waiting` read, and begins with those behind them in the inbox."""
        items = [row.item for row in waiting if isinstance(row.item, Article)]
        pages = [
            item.body
            for item in items
            if is_html(item.body, item.content_type) and says_more(item, known.get(key_of(item)))
        ]
        if not pages:
            return
        size, ingest, last = self._config.service.batch_size, self._config.ingest, waiting[-1].inbox_id
        # While the workers are still at the pages of this batch.
        with tally.stages["take"], self._store.reading() as connection:
            bodies = behind.bodies(connection, last, size, source=ingest.source, max_bytes=ingest.max_bytes)
        with tally.stages["text"]:
            self._workers.settle(pages, self._beat)
        self._workers.begin([body for body, content_type in bodies if is_html(body, content_type)])

    def _keep_publishers(self) -> None:
        """Puts the configured groups and preferences of publishers in force for the views, by the names shown there."""
        configured = self._config.publishers
        owners = {shown_name(name): shown_name(owner) for name, owner in configured.owners().items()}
        names = tuple(dict.fromkeys(map(shown_name, configured.preferences())))
        with self._store.reading() as connection:
            if publishers.read(connection) == owners and standing.preferred(connection) == names:
                return
        with self._writer.writing() as connection:
            publishers.keep(connection, owners)
            standing.prefer(connection, names, self._clock(), self._beat)
        self._writer.ask_who_stands()

    def _decide_apart(self, batch: Sequence[Waiting], known: rows.Known | None, tally: Tally) -> list[_Fault]:
        """Decides a batch; after a fault of dedup itself one by one, rejecting those that fail alone.

        Where none is decided nothing tells yet that they are to blame, and their faults are returned. What is left once
        the pass is to stop waits for the next one.
        """
        before = tally.counts.decided
        try:
            self._decide(batch, known, tally)
            return []
        except (DedupError, MemoryError):
            raise
        except Exception:
            log.exception("batch.failed", articles=len(batch))
        self._writer.drop()
        faults: list[_Fault] = []
        for row in batch:
            if not self._goes_on():  # all that is in memory is read again after each that fails
                break
            try:
                self._decide([row], None, tally)
            except (DedupError, MemoryError):
                raise
            except Exception as error:
                log.exception("article.failed", source=row.item.source, uri=row.item.uri)
                # Its traceback, which is in the log, would hold on to all that was in memory.
                faults.append(_Fault(row, error.with_traceback(None)))
                self._writer.drop()
        if tally.counts.decided > before:
            self._refuse(faults, tally)
            faults.clear()
        return faults

    def _refuse(self, faults: Sequence[_Fault], tally: Tally) -> None:
        for row, error in faults:
            reason = f"deciding it failed with {logs.told(error)}"
            refused = Rejected(row.item.source or "", row.item.uri, "internal", reason)
            self._decide([row._replace(item=refused)], None, tally)

    def _decide(self, batch: Sequence[Waiting], known: rows.Known | None, tally: Tally) -> None:
        """Decides a batch in the order of arrival and writes it, whole or not at all.

        `known` are the rows that the database has of its articles now; None to look them up.
        """
        clusterer = self._writer.begin()
        made = clusterer.batch.changes
        made.taken.extend(batch)
        if known is None:
            with self._store.reading() as connection:
                known = rows.known(connection, [key_of(row.item) for row in batch])
        before = [known.get(key_of(row.item)) for row in batch] if known else [None] * len(batch)
        fresh = [
            row.item if isinstance(row.item, Article) and says_more(row.item, there) else None
            for row, there in zip(batch, before, strict=True)
        ]
        articles = [article for article in fresh if article is not None]
        workers, sites = self._workers, clusterer.memory.sites
        prepared = iter(prepare(articles, self._config, self._scheme, tally.stages, workers, sites, self._beat))
        with tally.stages["decide"], clusterer.memory.deciding():
            for row, there, article in zip(batch, before, fresh, strict=True):
                self._decide_one(clusterer, row.item, None if article is None else next(prepared), there)
        self._writer.write(made, tally)

    def _decide_one(
        self,
        clusterer: Clusterer,
        given: Article | Rejected,
        ready: Prepared | Rejected | None,
        before: RowMapping | None,
    ) -> None:
        """Decides one article as it was `given`; `ready` is what was prepared of it, None where it says nothing new.

        `before` is its row in the database, None for a new article.
        """
        refused = ready if isinstance(ready, Rejected) else given if isinstance(given, Rejected) else None
        if refused is not None:
            clusterer.batch.changes.rejected.append(refused)
        elif isinstance(given, Article) and isinstance(ready, Prepared):
            ready = believed(ready, clusterer.batch.changes.at)
            if ready.document.others:
                clusterer.batch.changes.others += parts.taken_from(given, ready.document)
            if before is None:
                clusterer.accept(ready)
            else:
                revise(clusterer, ready, before)
        elif isinstance(given, Article) and given.is_withdrawal:
            self._withdraw(clusterer, given, before)
        else:
            clusterer.batch.changes.unchanged += 1

    def _withdraw(self, clusterer: Clusterer, article: Article, before: RowMapping | None) -> None:
        with_its_page = article.content_type == WITH_ITS_PAGE
        if before is not None and before["withdrawn_at"] is not None:
            if not with_its_page:
                keep_away(clusterer.batch, before)
            clusterer.batch.changes.unchanged += 1
            return
        if before is not None:
            withdraw(clusterer.memory, clusterer.membership, before, with_its_page=with_its_page)
        elif with_its_page:
            clusterer.batch.changes.unchanged += 1  # it was taken from its page, and then rejected
        else:
            detail = "it is to be withdrawn, and no article of this source and uri is there"
            clusterer.batch.changes.rejected.append(Rejected(article.source or "", article.uri, "not_there", detail))
        if before is not None and self._config.text.split_pages:
            with self._store.reading() as connection:
                gone = parts.withdrawals(connection, article, unnamed=self._config.ingest.source)
            clusterer.batch.changes.others += gone

    def _record_failure(self, tally: Tally, error: BaseException) -> None:
        try:
            with self._writer.writing() as connection:
                at, seconds, sources = self._clock(), tally.seconds, tally.sources
                runs.finish(connection, tally.run_id, at, "failed", seconds, error=logs.told(error), sources=sources)
        except DedupError as second:
            # The database is what failed; the next run that starts closes this one as aborted.
            log.warning("run.unrecorded", run_id=tally.run_id, error=str(second))
