"""The life of ``dedup run``, read from top to bottom.

The main thread waits for signals between two beats of the watchdog, so nothing is done about one at an arbitrary
point. Exit codes: 0 after SIGTERM or SIGINT; 75 when the database is away at the start, or another instance runs and
this one is no standby, and where SQLite's write-ahead log was removed under it, with which only another process can go
on; 78 for configuration and schema; 1 when a job did not end within ``stop_seconds`` of the signal.
While running, a database that is away does not end the daemon: it is degraded and goes on trying.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime

import structlog
from sqlalchemy.engine import make_url

from dedup import logs
from dedup.config import Config
from dedup.config.special import is_pipe
from dedup.config.urls import masked_url
from dedup.errors import AlreadyRunning, ConfigError, DedupError
from dedup.pipeline import Pipeline
from dedup.service.jobs import Jobs, Surroundings
from dedup.service.notify import Notifier, watchdog_interval
from dedup.service.schedule import ClockWatch, Job, Schedule
from dedup.service.signals import DAEMON, STOP, Signals
from dedup.service.watchdog import Watchdog
from dedup.store import Store
from dedup.store.operation.lock import WriterLock

PATIENCE = 120.0
"""Seconds of silence after which a job counts as hung where no watchdog says otherwise."""
LOADING_STEP = 60.0
"""Seconds that loading may take from one sign of progress to the next."""

log = structlog.get_logger()


class StopAsked(Exception):
    """A signal to stop came while the service was starting."""


def run(
    load: Callable[[], Config], environment: Mapping[str, str] = os.environ, *, signals: Signals | None = None
) -> int:
    """Be the daemon until a signal says stop; returns the exit code.

    `load` reads the configuration, at the start and on each SIGHUP. `signals` have been taken over before, or are now.
    Raises `DedupError` when starting fails.
    """
    signals = signals or Signals(DAEMON)
    if sys.stderr is not None:
        faulthandler.enable()  # a watchdog's SIGABRT leaves the stack of every thread in the journal
    config = load()
    logs.configure(config.log, sys.stdout, environment=environment)
    notifier = Notifier.from_environment(environment)
    where = str(config.path) if config.path else None
    log.info("service.starting", pid=os.getpid(), config=where, database=masked_url(config.database.url))
    try:
        if signals.arrived(STOP):
            raise StopAsked
        with closing(Store.open(config.database, create=True)) as store:
            if (version := store.begin()) is not None:
                log.info("database.made", schema=version)
            store.check_schema()
            with closing(store.writer_lock()) as lock:
                leading = _take(lock, config)
                pipeline = Pipeline(store, config, lock, collect=True)
                if leading:
                    pipeline.load(_progress(notifier, signals, lock))
                watchdog = Watchdog(_patience(config, environment))
                around = Surroundings(
                    store=store,
                    lock=lock,
                    pipeline=pipeline,
                    notifier=notifier,
                    now=lambda: datetime.now(UTC),
                    stop=threading.Event(),
                    beat=watchdog.beat,
                )
                _Service(config, load, around, watchdog, leading=leading).live(signals, environment)
    except StopAsked:
        notifier.stopping("stopping before the start was complete")
        log.info("service.stopping", outcome="stopped while starting")
    except Exception as error:
        code = error.exit_code if isinstance(error, DedupError) else 1
        log.error("service.failed", error=str(error), exit_code=code, exc_info=error if code == 1 else None)
        raise
    return 0


class _Service:
    """The running service: everything between READY and the release of the lock."""

    def __init__(
        self, config: Config, load: Callable[[], Config], around: Surroundings, watchdog: Watchdog, *, leading: bool
    ) -> None:
        self._config = config
        self._load = load
        self._notifier = around.notifier
        self._stop = around.stop
        self._watchdog = watchdog
        self._jobs = Jobs(around, config, leading=leading)
        self._leading = leading
        work = {
            "pass": self._jobs.cluster,
            "lease": self._jobs.keep,
            "health": self._jobs.check,
            "retention": self._jobs.forget,
            "scheme": self._jobs.resign,
        }
        seconds = _intervals(config)
        self._schedule = Schedule([Job(name, seconds[name], work[name]) for name in work], watchdog, around.stop)
        self._hung = False

    def live(self, signals: Signals, environment: Mapping[str, str]) -> None:
        """Work until a signal to stop."""
        clock = ClockWatch()
        self._schedule.start()
        self._notifier.ready(f"ready: {'the first pass begins' if self._leading else 'standing by'}")
        log.info("service.ready")
        while True:
            arrived = signals.wait(self._beat(environment))
            if stopping := arrived & STOP:
                return self._end(signal.Signals(min(stopping)).name)
            if signal.SIGHUP in arrived:
                self._reload()
            self._tell_watchdog()
            if jump := clock.jump():
                log.warning("clock.jumped", seconds=round(jump, 3), meaning="every job runs now")
                self._schedule.run_all_now()

    def _beat(self, environment: Mapping[str, str]) -> float:
        # A clock set back is noticed within one interval, so that the next pass comes within one interval.
        longest = (watchdog_interval(environment) or PATIENCE) / 4
        return max(0.1, min(longest, self._config.service.interval_seconds / 2, 5.0))

    def _tell_watchdog(self) -> None:
        alive = self._watchdog.alive()
        if alive:
            self._notifier.watchdog()
        elif not self._hung:
            log.critical(
                "service.hung",
                silent_seconds=self._watchdog.patience,
                meaning="a job makes no progress; under systemd the watchdog now ends the service and starts it again",
            )
        self._hung = not alive

    def _reload(self) -> None:
        self._notifier.reloading()
        try:
            if self._config.path is not None and is_pipe(self._config.path):
                raise ConfigError(
                    f"the configuration came through a pipe, which is read only once ({self._config.path}); start the "
                    "daemon with a file, which can be read again"
                )
            config = self._load()
            # A file that is gone for a moment must not put the defaults in force, which know of no source.
            if self._config.path is not None and config.path != self._config.path:
                raise ConfigError(
                    f"the settings would come from {config.path or 'the defaults'} and no longer from "
                    f"{self._config.path}; put that file back, or run systemctl restart dedup"
                )
            if config.database != self._config.database:
                raise ConfigError("[database] changed; it is read at the start only: run systemctl restart dedup")
            logs.configure(config.log, sys.stdout)
        except ConfigError as error:
            log.error("config.rejected", error=str(error), meaning="the configuration before it stays in force")
            self._notifier.ready("the new configuration was rejected; the one before it stays in force")
            return
        changed = _changes(self._config, config)
        self._config = config
        self._jobs.reconfigure(config)
        self._schedule.set_intervals(_intervals(config))
        log.info("config.reloaded", changed=changed)
        self._notifier.ready("the configuration was read again")

    def _end(self, name: str) -> None:
        seconds = self._config.service.stop_seconds
        self._notifier.stopping("stopping: the running batch is finished first")
        self._notifier.extend_timeout(seconds + 5)
        log.info("service.stopping", signal=name)
        self._stop.set()
        if self._schedule.finish(seconds):
            return self._jobs.sign_off()
        # Leaving through Python would wait for the worker for ever. The batch is one transaction: it is absent.
        log.critical("service.abandoned", waited_seconds=seconds, meaning="the running batch did not end and is undone")
        if sys.stderr is not None:
            faulthandler.dump_traceback()
        os._exit(1)


def _take(lock: WriterLock, config: Config) -> bool:
    """Takes the lock; False where another instance has it and this one is a standby. Raises as `WriterLock.acquire`."""
    try:
        lock.acquire()
    except AlreadyRunning:
        if not config.service.standby:
            raise
        return False
    return True


def _progress(notifier: Notifier, signals: Signals, lock: WriterLock) -> Callable[[str], None]:
    """Tells systemd and the standbys that loading goes on; raises `StopAsked` when a signal to stop has come."""

    def tell(text: str) -> None:
        if signals.arrived(STOP):
            raise StopAsked
        lock.keep()
        notifier.status(text)
        notifier.extend_timeout(LOADING_STEP)

    return tell


def _patience(config: Config, environment: Mapping[str, str]) -> float:
    # Waiting for a locked or silent database is no hang: the wait has an end of its own, after which a job fails.
    database = config.database
    longest = database.timeout_seconds
    if make_url(database.url).get_backend_name() == "postgresql":
        longest = max(longest, database.query_seconds)
    return max(watchdog_interval(environment) or PATIENCE, 2 * longest)


def _intervals(config: Config) -> dict[str, float]:
    service = config.service
    return {
        "pass": service.interval_seconds,
        "lease": service.lease_seconds / 4,
        "health": service.health_seconds,
        "retention": service.retention_seconds,
        "scheme": service.interval_seconds,
    }


def _changes(old: Config, new: Config) -> list[str]:
    """The keys whose values differ, as ``section.key``; not the values, which may be secret."""
    before, after = old.shown(), new.shown()
    return [
        f"{name}.{key}"
        for name in {**before, **after}
        for key in {**before.get(name, {}), **after.get(name, {})}
        if before.get(name, {}).get(key) != after.get(name, {}).get(key)
    ]
