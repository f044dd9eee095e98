from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo

import pytest
import structlog
from apscheduler.events import EVENT_JOB_EXECUTED, EVENT_JOB_MAX_INSTANCES

from dedup.service.schedule import ClockWatch, Every, Job, Schedule
from dedup.service.watchdog import Watchdog

LONG = 20.0
"""Seconds after which a test gives up; no test that passes waits for them."""


class Turn:
    """A job's work: each run waits to be let through, and how many ran can be waited for."""

    def __init__(self, again: Callable[[], datetime | None] = lambda: None) -> None:
        self.started = threading.Semaphore(0)
        self.allowed = threading.Semaphore(0)
        self.again = again
        self.runs = 0

    def __call__(self) -> datetime | None:
        self.started.release()
        assert self.allowed.acquire(timeout=LONG)
        self.runs += 1
        return self.again()

    def begun(self) -> bool:
        return self.started.acquire(timeout=LONG)

    def pass_through(self) -> None:
        assert self.begun()
        self.allowed.release()


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def started(jobs: list[Job], stop: threading.Event, watchdog: Watchdog | None = None) -> Schedule:
    schedule = Schedule(jobs, watchdog or Watchdog(LONG), stop)
    schedule.start()
    return schedule


def test_every_job_runs_at_once_in_the_order_given_and_never_beside_another(stop: threading.Event) -> None:
    order: list[str] = []
    finished = threading.Event()

    def work(name: str) -> Callable[[], None]:
        def run() -> None:
            order.append(name)
            if name == "a":
                finished.set()

        return run

    schedule = started([Job(name, 3600, work(name)) for name in ("z", "m", "a")], stop)
    assert finished.wait(LONG)
    stop.set()
    assert schedule.finish(LONG)
    assert order == ["z", "m", "a"]


def test_a_job_runs_again_after_its_interval(stop: threading.Event) -> None:
    turn = Turn()
    schedule = started([Job("pass", 0.05, turn)], stop)
    for _ in range(3):
        turn.pass_through()
    stop.set()
    turn.allowed.release()
    assert schedule.finish(LONG)


def test_runs_that_pile_up_behind_a_long_one_become_one(stop: threading.Event) -> None:
    slow, skipped = Turn(), threading.Semaphore(0)
    with structlog.testing.capture_logs() as lines:
        schedule = Schedule([Job("pass", 0.01, slow)], Watchdog(LONG), stop)
        schedule._scheduler.add_listener(lambda _: skipped.release(), EVENT_JOB_MAX_INSTANCES)
        schedule.start()
        assert slow.begun()
        for _ in range(5):
            assert skipped.acquire(timeout=LONG)
        slow.allowed.release()
        assert slow.begun()
        assert slow.runs == 1
        stop.set()
        slow.allowed.release()
        assert schedule.finish(LONG)
    assert {line["event"] for line in lines} == {"job.skipped"}


def test_a_job_can_ask_to_be_tried_again_sooner(stop: threading.Event) -> None:
    turn = Turn(lambda: datetime.now(UTC) + timedelta(seconds=0.5))
    schedule = started([Job("pass", 3600, turn)], stop)
    turn.pass_through()
    turn.pass_through()
    stop.set()
    turn.allowed.release()
    assert schedule.finish(LONG)


def test_a_job_can_ask_to_be_tried_again_later_than_its_interval(stop: threading.Event) -> None:
    late = datetime.now(UTC) + timedelta(hours=1)
    turn, ended = Turn(lambda: late), Turn()
    schedule = started([Job("pass", 0.01, turn), Job("health", 0.01, ended)], stop)
    turn.pass_through()
    for _ in range(3):
        ended.pass_through()
    assert turn.runs == 1
    job = schedule._scheduler.get_job("pass")
    assert job.next_run_time == late
    stop.set()
    ended.allowed.release()
    assert schedule.finish(LONG)


def test_stopping_waits_for_the_job_that_runs_and_starts_no_other(stop: threading.Event) -> None:
    running, queued = Turn(lambda: datetime.now(UTC)), Turn()
    with structlog.testing.capture_logs() as lines:
        schedule = started([Job("pass", 3600, running), Job("health", 3600, queued)], stop)
        assert running.begun()
        stop.set()
        assert not schedule.finish(0.0)
        running.allowed.release()
        assert schedule.finish(LONG)
        assert schedule.finish(LONG)
    assert (running.runs, queued.runs) == (1, 0)
    assert lines == [], "that it wanted another try is no fault"


def test_finishing_before_the_start_is_harmless(stop: threading.Event) -> None:
    stop.set()
    assert Schedule([Job("pass", 1, lambda: None)], Watchdog(LONG), stop).finish(0.0)


@pytest.mark.parametrize("error", [SystemExit(3), MemoryError("no memory"), ValueError("wrong")])
def test_an_exception_that_leaves_a_job_is_told_and_the_job_runs_again(
    stop: threading.Event, error: BaseException
) -> None:
    calls = threading.Semaphore(0)

    def work() -> None:
        calls.release()
        raise error

    with structlog.testing.capture_logs() as lines:
        schedule = started([Job("pass", 0.01, work)], stop)
        for _ in range(3):
            assert calls.acquire(timeout=LONG)
        stop.set()
        assert schedule.finish(LONG)
    told = [line for line in lines if line["event"] == "job.lost"]
    assert told
    assert told[0]["log_level"] == "critical"
    assert type(error).__name__ in told[0]["error"]


def test_all_jobs_run_now_after_the_clock_was_set_back(stop: threading.Event) -> None:
    turn, over = Turn(), threading.Event()
    schedule = Schedule([Job("pass", 3600, turn)], Watchdog(LONG), stop)
    schedule._scheduler.add_listener(lambda _: over.set(), EVENT_JOB_EXECUTED)
    schedule.start()
    turn.pass_through()
    assert over.wait(LONG)
    schedule._scheduler.modify_job("pass", next_run_time=datetime.now(UTC) + timedelta(days=1))
    schedule.run_all_now()
    turn.pass_through()
    stop.set()
    assert schedule.finish(LONG)


class JumpingClock(datetime):
    """The clock of APScheduler, set on by `ahead`."""

    ahead = timedelta()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + cls.ahead


def test_a_clock_that_was_set_on_by_years_leaves_one_run_to_do(
    stop: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apscheduler.schedulers.base.datetime", JumpingClock)
    turn, over = Turn(), threading.Semaphore(0)
    schedule = Schedule([Job("pass", 3600, turn)], Watchdog(LONG), stop)
    schedule._scheduler.add_listener(lambda _: over.release(), EVENT_JOB_EXECUTED)
    schedule.start()
    turn.pass_through()
    assert over.acquire(timeout=LONG)
    job = schedule._scheduler.get_job("pass")
    due, later = job.next_run_time, datetime.now(UTC) + timedelta(days=400)
    # What APScheduler does with its lock held: a list of all missed runs would have 9,600 here.
    assert job._get_run_times(later) == [due]
    monkeypatch.setattr(JumpingClock, "ahead", timedelta(days=400))
    schedule._scheduler.wakeup()
    turn.pass_through()
    assert over.acquire(timeout=LONG)
    until = schedule._scheduler.get_job("pass").next_run_time - later
    assert timedelta() < until <= timedelta(hours=1, minutes=1)
    stop.set()
    assert schedule.finish(LONG)


def test_runs_that_were_missed_leave_the_others_when_they_were_due() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    every = Every(0.5)
    assert every.get_next_fire_time(None, noon) == noon + timedelta(seconds=0.5)
    for late, wanted in ((0.0, 0.5), (0.4, 0.5), (0.5, 1.0), (1.7, 2.0), (86_400 * 20_000.0, 86_400 * 20_000 + 0.5)):
        after = every.get_next_fire_time(noon, noon + timedelta(seconds=late))
        assert after == noon + timedelta(seconds=wanted)


def test_new_intervals_apply_at_once(stop: threading.Event) -> None:
    quick, same = Turn(), Turn()
    schedule = started([Job("pass", 3600, quick), Job("health", 3600, same)], stop)
    quick.pass_through()
    same.pass_through()
    due = schedule._scheduler.get_job("health").next_run_time
    schedule.set_intervals({"pass": 0.01, "health": 3600})
    quick.pass_through()
    assert schedule._scheduler.get_job("health").next_run_time == due
    stop.set()
    quick.allowed.release()
    assert schedule.finish(LONG)


def test_a_longer_interval_puts_off_no_run_that_is_due(stop: threading.Event) -> None:
    """A retry after an outage, or the pass that was to take the settings, waited for as long as the new interval."""
    retry = datetime.now(UTC) + timedelta(seconds=500)
    waits, goes_on = Turn(lambda: retry), Turn()
    schedule = started([Job("pass", 1000, waits), Job("health", 1000, goes_on)], stop)
    waits.pass_through()
    goes_on.pass_through()
    before = datetime.now(UTC)
    schedule.set_intervals({"pass": 3600, "health": 100})
    assert schedule._scheduler.get_job("pass").next_run_time == retry
    sooner = schedule._scheduler.get_job("health").next_run_time
    assert before <= sooner - timedelta(seconds=100) <= datetime.now(UTC)
    stop.set()
    assert schedule.finish(LONG)


def test_an_interval_that_is_changed_back_applies_as_well(stop: threading.Event) -> None:
    waits = Turn()
    schedule = started([Job("pass", 3600, waits)], stop)
    waits.pass_through()
    schedule.set_intervals({"pass": 100})
    schedule.set_intervals({"pass": 3600})
    now = datetime.now(UTC)
    assert schedule._scheduler.get_job("pass").trigger.get_next_fire_time(None, now) == now + timedelta(hours=1)
    stop.set()
    assert schedule.finish(LONG)


def test_the_watchdog_is_content_while_a_job_beats_and_not_when_it_is_silent() -> None:
    now = [100.0]
    watchdog = Watchdog(10.0, lambda: now[0])
    now[0] += 1000
    assert watchdog.alive()
    with watchdog.job():
        assert not watchdog.wait_idle(0.0)
        now[0] += 10
        assert watchdog.alive()
        now[0] += 1
        assert not watchdog.alive()
        watchdog.beat()
        assert watchdog.alive()
        now[0] += 11
        assert not watchdog.alive()
    assert watchdog.alive()
    assert watchdog.wait_idle(0.0)


@pytest.mark.parametrize("seconds", [-3600.0, 3600.0])
def test_a_clock_that_jumps_is_noticed_once(seconds: float) -> None:
    wall, steady = [1000.0], [5.0]
    clock = ClockWatch(lambda: wall[0], lambda: steady[0])
    wall[0] += 5
    steady[0] += 5
    assert clock.jump() == 0.0
    wall[0] += seconds + 5
    steady[0] += 5
    assert clock.jump() == seconds
    wall[0] += 5
    steady[0] += 4
    assert clock.jump() == 0.0
