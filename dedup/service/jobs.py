"""What the daemon does again and again: pass, sign of life, health check, retention, signing anew; what failures mean.

An instance is the leader, which holds the writer's lock and decides, or a standby, which tries for the lock every
`STANDBY_SECONDS` and decides nothing until it has it. A leader that lost its lock becomes a standby where
``[service] standby`` says so, and is degraded otherwise.

No exception leaves a job, not even SystemExit or MemoryError: it is logged, the service is degraded, and the job is
tried again after a growing delay, until it works.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import structlog

from dedup import logs
from dedup.config import Config
from dedup.ending import leave
from dedup.errors import ConfigError, DedupError, FilesLost, SchemaError, TemporaryError
from dedup.printable import printable
from dedup.service import metrics, report
from dedup.service.condition import Condition
from dedup.service.leadership import Leadership, Lock
from dedup.service.notify import Notifier
from dedup.service.retention import REST_SECONDS, Archive, Retention
from dedup.store.operation.health import Health
from dedup.store.operation.instances import LEADER, Heartbeat
from dedup.store.operation.sources import SourceState
from dedup.store.passes.runs import Counts

if TYPE_CHECKING:
    from dedup.tally import PassReport

STANDBY_SECONDS = 1.0
"""Seconds from one try of a standby to the next."""
SIGNED_AT_ONCE = 2_000
"""Articles of another signature scheme that are signed before a pass may come in between."""
TURN_SECONDS = 10.0
"""Seconds after which a pass may come in between where much is to be forgotten, or looked through for some to sign."""

log = structlog.get_logger()


class Clustering(Protocol):
    """The part of `dedup.pipeline.Pipeline` that jobs use."""

    @property
    def recorded(self) -> Counts:
        """What all passes recorded, those that failed as well, and the batches of the one that runs."""

    def run_pass(self, stop: threading.Event, beat: Callable[[], None]) -> PassReport:
        """All that waits, in batches; calls `beat` after each and ends after the current one when `stop` is set."""

    def warm_up(self) -> None:
        """Does what the first article would wait for."""

    def sign_some(self, limit: int, goes_on: Callable[[], bool], beat: Callable[[], None]) -> bool:
        """Signs about `limit` articles of another scheme as long as it `goes_on`; True where there is more."""

    def reconfigure(self, config: Config) -> None:
        """Use `config` from the next pass on. Raises `ConfigError`."""

    def drop(self) -> None:
        """Forget what was read from the database: another may have written to it."""


class Database(Archive, Protocol):
    """The part of `dedup.store.Store` that jobs use."""

    def health(self) -> Health:
        """What ``v_health`` says now."""

    def largest_recent_story(self) -> int:
        """Articles of the largest story of late."""

    def active_sources(self) -> Sequence[SourceState]:
        """The sources that are configured."""

    def check_schema(self) -> None:
        """Raises `SchemaError`."""

    def beat(self, heartbeat: Heartbeat, fence: Lock | None) -> None:
        """Signs the row of this instance; that of a leader behind the `fence`. Raises `LockLost`."""

    def sign_off(self) -> None:
        """Takes back the row of this instance."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What jobs work with: the database and its lock, the pipeline, who is told, the clock, the signal to stop."""

    store: Database
    lock: Lock
    pipeline: Clustering
    notifier: Notifier
    now: Callable[[], datetime]
    stop: threading.Event
    beat: Callable[[], None]
    leave: Callable[[int], object] = leave
    """Ends the process at once."""


class Jobs:
    """The jobs. All of them run in the worker thread; `reconfigure` may be called in any other."""

    def __init__(self, around: Surroundings, config: Config, *, leading: bool = True) -> None:
        self._around = around
        self._config = config
        self._offered: Config | None = None
        self._offer = threading.Lock()
        self._condition = Condition()
        self._leadership = Leadership(
            around.lock, leading=leading, check_schema=around.store.check_schema, drop=around.pipeline.drop
        )
        self._idle = "idle: no pass yet"
        self._said = self._idle
        self._noted = ""
        self._signed_role = LEADER if leading else ""  # as the first health check signs it, which comes at once
        self._signed_at = around.now()
        self._recorded = around.pipeline.recorded  # when a job failed last
        self._counters = metrics.Counters()
        self._metrics_lost = False
        self._warm = False
        self._retention = Retention(around.store, around.lock, around.now)

    def reconfigure(self, config: Config) -> None:
        """Use `config` from the next pass or turn of retention on; never changes the one that runs."""
        with self._offer:
            self._offered = config

    def cluster(self) -> datetime | None:
        """One pass over all that waits. Returns when to try again if it failed, or if another instance leads."""
        try:
            return self._guarded("pass", self._cluster)
        finally:
            logs.leave_run()

    def keep(self) -> datetime | None:
        """Tells the standbys that this leader lives. Returns when to try again if the lock is gone."""
        return self._guarded("lease", self._keep)

    def check(self) -> datetime | None:
        """Asks the database how the service is. Returns when to try again if it did not answer."""
        return self._guarded("health", self._check)

    def forget(self) -> datetime | None:
        """Deletes what retention says. Returns when to go on with the rest, or to try again if it failed."""
        return self._guarded("retention", self._forget)

    def resign(self) -> datetime | None:
        """Signs some articles that still have another scheme. Returns when to go on, or to try again if it failed."""
        return self._guarded("scheme", self._resign)

    def sign_off(self) -> None:
        """At the end: takes back the heartbeat, counts the last pass in the metrics, and says there that nobody leads.

        A database that is away then, or another one, is told, no more; so is any fault of what the metrics ask for.
        """
        self._leadership.end()
        try:
            self._around.store.sign_off()
        except (TemporaryError, SchemaError) as error:
            log.warning("instance.unsigned", error=str(error), meaning="the next instance that leads forgets this one")
            self._export()
            return
        try:
            self._measure(self._around.store.health)
        except Exception as error:  # noqa: BLE001 - the metrics of a service that ends are no reason to end badly
            log.warning("metrics.failed", file=self._config.service.metrics_file, error=_told(error))
            self._export()

    def _cluster(self) -> datetime | None:
        self._take_config()  # it may say that this instance is to stand by
        if not self._leadership.claim(self._config.service):
            return self._stand_by()
        self._idle = "working: a pass has begun"
        self._say(self._idle)
        self._sign_role()
        done = self._around.pipeline.run_pass(self._around.stop, self._progress)
        log.info("pass.finished", **report.fields(done))
        self._counters.ended(done)
        self._idle = f"idle: {report.sentence(done)}"
        self._well("pass")
        if "health" in self._condition.troubles:
            self.check()
        if not (self._warm or self._around.stop.is_set()):
            self._warm = True
            self._warm_up()
        return None

    def _warm_up(self) -> None:
        """What fails here may never be needed; if it is, the article that needs it tells."""
        try:
            self._around.pipeline.warm_up()
        except Exception as error:  # noqa: BLE001 - whatever it is, the pass before it went well
            log.warning("warming.failed", error=_told(error))

    def _stand_by(self) -> datetime:
        """Another instance leads, as it must be: nothing is wrong here. Returns when to try for the lock again."""
        self._idle = "standby: another instance writes; this one takes over when that one ends or falls silent"
        for job in ("pass", "lease", "retention", "scheme"):  # all that a leader alone does
            self._well(job)
        self._sign_role()
        return self._around.now() + timedelta(seconds=STANDBY_SECONDS)

    def _keep(self) -> None:
        if self._leadership.role != LEADER:
            return
        if self._leadership.claim(self._config.service):
            self._leadership.keep()
            self._well("lease")
            self._sign_role()
        else:
            self._stand_by()

    def _progress(self) -> None:
        """Work that may take long has come a step further: everybody who watches is to know."""
        self._around.beat()
        self._leadership.keep()
        if self._around.lock.is_writing:  # the heartbeat would wait for what goes on only behind it
            return
        if abs(self._around.now() - self._signed_at) < timedelta(seconds=self._config.service.health_seconds):
            return
        # The turns of the other jobs come only when the pass is over, which may take hours after an outage.
        if self._condition.degraded and self._around.pipeline.recorded != self._recorded:
            self._well("lease")
            self._well("pass")
        self.check()

    def _sign_role(self) -> None:
        """Signs the row of this instance where that names another role, or may be gone: who takes over deletes it."""
        if self._signed_role != self._leadership.role:
            self._sign()

    def _sign(self) -> None:
        service = self._config.service
        heartbeat = Heartbeat(self._leadership.role, self._said, 2 * service.health_seconds + service.lease_seconds)
        self._around.store.beat(heartbeat, self._around.lock if heartbeat.role == LEADER else None)
        self._signed_role, self._signed_at = heartbeat.role, self._around.now()

    def _take_config(self) -> None:
        with self._offer:
            offered, self._offered = self._offered, None
        if offered is None:
            return
        try:
            self._around.pipeline.reconfigure(offered)
        except ConfigError as error:
            log.error("config.rejected", error=str(error), meaning="the configuration before it stays in force")
        except BaseException:
            with self._offer:
                self._offered = self._offered or offered
            raise
        else:
            if offered.service.metrics_file != self._config.service.metrics_file:
                self._metrics_lost = False
            self._config = offered

    def _check(self) -> None:
        self._sign()
        said = self._said
        health = self._around.store.health()
        if health.ok:
            self._well("health")
        else:
            self._unwell("health", "; ".join(health.reasons))
        if self._said != said:
            self._sign()
        self._measure(lambda: health)

    def _measure(self, health: Callable[[], Health]) -> None:
        """Asks what the metrics tell beside what this process knows, and writes them, where they are wanted."""
        if self._config.service.metrics_file:
            store = self._around.store
            self._export(health(), store.largest_recent_story(), store.active_sources())

    def _export(
        self, health: Health | None = None, largest_story: int | None = None, sources: Sequence[SourceState] = ()
    ) -> None:
        """Writes the metrics, where they are wanted. What becomes of the file never touches the service."""
        service = self._config.service
        if not service.metrics_file:
            return
        seen = metrics.Observation(
            self._around.now(), not self._condition.degraded, self._leadership.role == LEADER, service.interval_seconds,
            self._around.pipeline.recorded, health, largest_story, sources,
        )  # fmt: skip
        try:
            metrics.write(Path(service.metrics_file), metrics.exposition(seen, self._counters))
            self._metrics_lost = False
        except OSError as error:
            if not self._metrics_lost:
                log.warning("metrics.failed", file=service.metrics_file, error=str(error))
            self._metrics_lost = True

    def _forget(self) -> datetime | None:
        if self._leadership.role != LEADER:
            return None
        self._take_config()  # by other settings nothing is forgotten any more, since it does not come back
        is_its_turn = self._turn()

        def goes_on() -> bool:
            self._progress()
            return is_its_turn()

        again = self._retention.turn(self._config.retention, goes_on)
        self._well("retention")
        return again

    def _resign(self) -> datetime | None:
        if self._leadership.role != LEADER:
            return None
        more = self._around.pipeline.sign_some(SIGNED_AT_ONCE, self._turn(), self._progress)
        self._well("scheme")
        return self._around.now() + timedelta(seconds=REST_SECONDS) if more else None

    def _turn(self) -> Callable[[], bool]:
        """What tells whether a job that began now goes on, or lets a pass come in between."""
        around, begun, longest = self._around, self._around.now(), timedelta(seconds=TURN_SECONDS)
        # Also where the clock is set back meanwhile.
        return lambda: abs(around.now() - begun) < longest and not around.stop.is_set()

    def _guarded(self, job: str, work: Callable[[], datetime | None]) -> datetime | None:
        try:
            return work()
        except BaseException as error:  # noqa: BLE001 - APScheduler would swallow SystemExit; `_failed` tells of all
            return self._failed(job, error)

    def _failed(self, job: str, error: BaseException) -> datetime:
        self._recorded = self._around.pipeline.recorded
        passing, known = isinstance(error, TemporaryError), isinstance(error, DedupError)
        cause = _told(error)
        if passing:
            self._leadership.doubt()
            self._signed_role = ""
        fresh = self._condition.failed(job, cause, self._around.now())
        again = self._condition.retry_at(job, self._around.now())
        wait = self._condition.delay(job)
        if job == "pass" or self._condition.failures[job] == 1:
            write = log.warning if passing else log.error
            write(f"{job}.failed", error=cause, retry_seconds=wait, exc_info=None if known else error)
        if fresh:
            log.warning("service.degraded", cause=cause, job=job)
        lost = isinstance(error, FilesLost)
        self._say_status("; the service ends" if lost else f"; trying again in {wait:.0f} s")
        if job == "pass":
            self._counters.failed()
        self._export()
        if lost:
            # Not in order: what is closed on the way out could undo what others have written since.
            log.critical("service.failed", error=cause, exit_code=FilesLost.exit_code)
            self._around.leave(FilesLost.exit_code)
        return again

    def _unwell(self, job: str, cause: str) -> None:
        if self._condition.failed(job, cause, self._around.now()):
            log.warning("service.degraded", cause=cause, job=job)
        self._say_status("")

    def _well(self, job: str) -> None:
        since = self._condition.since
        if self._condition.succeeded(job) and since is not None:
            log.info("service.recovered", job=job, degraded_since=since)
        self._say_status("")

    def _say_status(self, outlook: str) -> None:
        condition = self._condition
        if condition.cause or self._noted:
            self._noted = logs.masked(condition.cause)
            self._around.lock.note(self._noted)
        if condition.degraded and condition.since is not None:
            since = report.clock(condition.since)
            self._say(f"degraded: {condition.cause}, since {since}{outlook}")
        else:
            self._say(self._idle)

    def _say(self, text: str) -> None:
        # The cause of a fault may be any text, and everybody may read the status.
        self._said = logs.masked(text)
        self._around.notifier.status(self._said)


def _told(error: BaseException) -> str:
    """An error in words that everything takes: those of its own where dedup raised it, else with its kind."""
    return printable(str(error) if isinstance(error, DedupError) else f"{type(error).__name__}: {error}")
