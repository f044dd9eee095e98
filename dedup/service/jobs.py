"""What the daemon does again and again: the clustering pass, the health check, retention; and what failures mean.

No exception leaves a job, not even SystemExit or MemoryError: it is logged, the service is degraded, and the job is
tried again after a growing delay, until it works.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from dedup import logs
from dedup.config import Config, RetentionSettings
from dedup.errors import ConfigError, TemporaryError
from dedup.service import report
from dedup.service.condition import Condition
from dedup.service.notify import Notifier
from dedup.store.health import Health

if TYPE_CHECKING:
    from dedup.pipeline import PassReport

log = logs.get("dedup.service.jobs")


class Clustering(Protocol):
    """The part of `dedup.pipeline.Pipeline` that jobs use."""

    def run_pass(self, stop: threading.Event, beat: Callable[[], None]) -> PassReport:
        """All that waits, in batches; calls `beat` after each and ends after the current one when `stop` is set."""

    def reconfigure(self, config: Config) -> None:
        """Use `config` from the next pass on. Raises `ConfigError`."""


class Database(Protocol):
    """The part of `dedup.store.Store` that jobs use."""

    def health(self) -> Health:
        """What ``v_health`` says now."""

    def apply_retention(self, settings: RetentionSettings, now: datetime) -> dict[str, int]:
        """Rows forgotten, by kind."""


class Lock(Protocol):
    """The part of `dedup.store.lock.WriterLock` that jobs use."""

    def acquire(self) -> None:
        """Raises `AlreadyRunning`, `DatabaseAway`."""

    def release(self) -> None:
        """Harmless when the lock is not held."""


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


class Jobs:
    """The jobs. `cluster`, `check` and `forget` run in the worker thread, `reconfigure` in any other."""

    def __init__(self, around: Surroundings, config: Config) -> None:
        self._around = around
        self._config = config
        self._offered: Config | None = None
        self._offer = threading.Lock()
        self._condition = Condition()
        self._lock_doubtful = False
        self._idle = "idle: no pass yet"

    def reconfigure(self, config: Config) -> None:
        """Use `config` from the next pass on; never changes the pass that runs."""
        with self._offer:
            self._offered = config

    def cluster(self) -> datetime | None:
        """One pass over all that waits. Returns when to try again if it failed."""
        try:
            return self._guarded("pass", self._cluster)
        finally:
            logs.leave_run()

    def check(self) -> datetime | None:
        """Asks the database how the service is. Returns when to try again if it did not answer."""
        return self._guarded("health", self._check)

    def forget(self) -> datetime | None:
        """Deletes what retention says. Returns when to try again if it failed."""
        return self._guarded("retention", self._forget)

    def _cluster(self) -> None:
        if self._lock_doubtful:
            self._around.lock.release()
            self._around.lock.acquire()
            self._lock_doubtful = False
        self._take_config()
        self._around.notifier.status("working: a pass has begun")
        done = self._around.pipeline.run_pass(self._around.stop, self._around.beat)
        log.info("pass.finished", **report.fields(done))
        self._idle = f"idle: {report.sentence(done)}"
        self._well("pass")
        if "health" in self._condition.troubles:
            self.check()

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
            self._config = offered

    def _check(self) -> None:
        health = self._around.store.health()
        if health.ok:
            self._well("health")
        else:
            self._unwell("health", "; ".join(health.reasons))

    def _forget(self) -> None:
        removed = self._around.store.apply_retention(self._config.retention, self._around.now())
        log.info("retention.finished", **removed)
        self._well("retention")

    def _guarded(self, job: str, work: Callable[[], None]) -> datetime | None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - APScheduler would swallow SystemExit; `_failed` tells of all
            return self._failed(job, error)
        return None

    def _failed(self, job: str, error: BaseException) -> datetime:
        passing = isinstance(error, TemporaryError)
        cause = str(error) if passing else f"{type(error).__name__}: {error}"
        # A lock of PostgreSQL is gone with its session, so whatever ended the session may have ended the lock.
        self._lock_doubtful |= passing
        fresh = self._condition.failed(job, cause, self._around.now())
        again = self._condition.retry_at(job, self._around.now())
        wait = self._condition.delay(job)
        if job == "pass" or self._condition.failures[job] == 1:
            write = log.warning if passing else log.error
            write(f"{job}.failed", error=cause, retry_seconds=wait, exc_info=None if passing else error)
        if fresh:
            log.warning("service.degraded", cause=cause, job=job)
        self._say_status(f"; trying again in {wait:.0f} s")
        return again

    def _unwell(self, job: str, cause: str) -> None:
        if self._condition.failed(job, cause, self._around.now()):
            log.warning("service.degraded", cause=cause, job=job)
        self._say_status("")

    def _well(self, job: str) -> None:
        since = self._condition.since
        if self._condition.succeeded(job) and since is not None:
            log.info("service.recovered", job=job, degraded_since=report.utc(since))
        self._say_status("")

    def _say_status(self, outlook: str) -> None:
        condition = self._condition
        if condition.degraded and condition.since is not None:
            since = report.clock(condition.since)
            self._around.notifier.status(f"degraded: {condition.cause}, since {since}{outlook}")
        else:
            self._around.notifier.status(self._idle)
