"""When each job runs: APScheduler with one worker thread, so that jobs never run beside each other."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    JobEvent,
)
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from dedup.service.watchdog import Watchdog

CLOCK_TOLERANCE = 2.0
"""Seconds that the wall clock may move against the monotonic one between two looks: NTP slews, it does not jump."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Job:
    """Work to repeat every `seconds`. `work` returns when it wants to be tried again, or None for the usual time."""

    name: str
    seconds: float
    work: Callable[[], datetime | None]


class Every(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Every `seconds` from one run on; those that the clock has passed by are left out at once.

    APScheduler asks for one run after another up to now, with its lock held, and keeps them all. A clock that was set
    on by a year would have its own trigger hold up the service for as long as it takes to list them.
    """

    def __init__(self, seconds: float) -> None:
        self._interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The first run after `now`, however long ago the previous one was due."""
        previous = previous_fire_time or now
        return previous + self._interval * ((now - previous) // self._interval + 1)


class Schedule:
    """Runs `jobs`, each at once and then in its interval, until `stop` is set.

    A run that comes late is done late, never dropped; runs that pile up become one. Jobs due at the same time run in
    the order given.
    """

    def __init__(self, jobs: Sequence[Job], watchdog: Watchdog, stop: threading.Event) -> None:
        self._jobs = {job.name: job for job in jobs}
        self._watchdog = watchdog
        self._stop = stop
        # Its warnings, one for each interval that a long pass outlasts, say what `_listen` says better.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._worker = ThreadPoolExecutor(1)
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": self._worker},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        heard = EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES
        self._scheduler.add_listener(self._listen, heard)

    def start(self) -> None:
        """Begin; every job is due now."""
        for job, due in zip(self._jobs.values(), self._due_now(), strict=True):
            self._scheduler.add_job(self._run, Every(job.seconds), args=[job], id=job.name, next_run_time=due)
        self._scheduler.start()

    def finish(self, seconds: float) -> bool:
        """Start no more jobs and wait up to `seconds` for the one that runs; whether it has ended.

        Set `stop` first. Harmless when called twice or before `start`.
        """
        if self._scheduler.running:
            # Waiting inside shutdown() holds the lock that a job needs to set its next try: both would wait for ever.
            self._scheduler.shutdown(wait=False)
        if not self._watchdog.wait_idle(seconds):
            return False
        self._worker.shutdown(wait=True)  # what is left of it ends at once: every job looks at `stop` first
        return True

    def set_intervals(self, seconds: dict[str, float]) -> None:
        """New intervals by job name; a job whose interval stays is left alone, and so is a run that is due sooner."""
        for name, job in self._jobs.items():
            if seconds[name] != job.seconds:
                self._jobs[name] = Job(name, seconds[name], job.work)
                due, every = self._scheduler.get_job(name).next_run_time, Every(seconds[name])
                sooner = min(due, every.get_next_fire_time(None, datetime.now(UTC)))
                self._scheduler.modify_job(name, trigger=every, next_run_time=sooner)

    def run_all_now(self) -> None:
        """Make every job due now. After the clock was set back, APScheduler alone would wait for the old time."""
        for name, due in zip(self._jobs, self._due_now(), strict=True):
            self._scheduler.modify_job(name, next_run_time=due)

    def _due_now(self) -> list[datetime]:
        now = datetime.now(UTC)
        return [now + timedelta(microseconds=rank) for rank in range(len(self._jobs))]

    def _run(self, job: Job) -> None:
        with self._watchdog.job():
            if self._stop.is_set():
                return
            again = job.work()
            if again is not None:
                self._try_again(job.name, again)

    def _try_again(self, name: str, due: datetime) -> None:
        # Inside the job, not in a listener: a job that ends before APScheduler has noted its next regular run would
        # have that noted over `due`; here the scheduler's lock makes this come second.
        try:
            self._scheduler.modify_job(name, next_run_time=due)
        except JobLookupError:
            if not self._stop.is_set():
                raise

    def _listen(self, event: JobEvent) -> None:
        if event.code == EVENT_JOB_MAX_INSTANCES:
            log.debug("job.skipped", job=event.job_id, meaning="the previous run still works")
        else:
            log.critical("job.lost", job=event.job_id, error=repr(getattr(event, "exception", None)))


class ClockWatch:
    """Notices that the wall clock was set, or that the machine slept."""

    def __init__(self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._offset = wall() - monotonic()

    def jump(self) -> float:
        """Seconds that the wall clock jumped since the last call, negative for back; 0.0 within `CLOCK_TOLERANCE`."""
        offset = self._wall() - self._monotonic()
        moved, self._offset = offset - self._offset, offset
        return moved if abs(moved) > CLOCK_TOLERANCE else 0.0
