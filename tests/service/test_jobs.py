"""The jobs of the daemon: what each does, what it tells, and when it is tried again."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dedup.config import Config
from dedup.config.sections import ServiceSettings
from dedup.errors import AlreadyRunning, ConfigError, DatabaseAway, DedupError, LockLost, SchemaError
from dedup.service.condition import LONGEST_DELAY, delay
from dedup.service.jobs import SIGNED_AT_ONCE, TURN_SECONDS, Jobs, Surroundings
from dedup.service.retention import BREAK, REST_SECONDS, TRUSTED
from dedup.store.operation.retention import Place

from .world import NOON, WELL, Report, World, captured, last_status


def test_a_pass_is_one_line_with_the_columns_of_v_runs_and_one_sentence(jobs: Jobs, manager: socket.socket) -> None:
    with captured() as lines:
        assert jobs.cluster() is None
    assert lines == [
        {
            "event": "pass.finished",
            "log_level": "info",
            "run_id": 7,
            "started_at": NOON - timedelta(seconds=0.4),
            "finished_at": NOON,
            "outcome": "ok",
            "taken": 12,
            "accepted": 11,
            "updated": 0,
            "unchanged": 0,
            "rejected": 1,
            "new_stories": 2,
            "merged_stories": 0,
            "pending": 0,
            "seconds": 0.41,
            "stages": {"sketch": 0.2},
            "error": None,
        }
    ]
    assert last_status(manager) == "idle: last pass 12:03:04Z took 0.4 s: 12 articles, 2 new stories; 0 waiting"


def test_one_article_and_one_story_are_singular(jobs: Jobs, world: World, manager: socket.socket) -> None:
    world.passes = [Report(taken=1, new_stories=1, pending=5)]
    jobs.cluster()
    assert last_status(manager) == "idle: last pass 12:03:04Z took 0.4 s: 1 article, 1 new story; 5 waiting"


def test_what_the_first_article_would_wait_for_is_done_once_behind_a_pass(jobs: Jobs, world: World) -> None:
    world.passes = [DatabaseAway("away")]
    assert jobs.cluster() is not None
    assert world.warmed == 0
    assert [jobs.cluster(), jobs.cluster()] == [None, None]
    assert world.warmed == 1


def test_a_service_that_stops_gets_nothing_ready(around: Surroundings, world: World) -> None:
    around.stop.set()
    assert Jobs(around, Config()).cluster() is None
    assert world.warmed == 0


@pytest.mark.parametrize("error", [OSError("no model"), ConfigError("damaged")], ids=["bug", "damaged"])
def test_what_cannot_be_got_ready_is_told_once_and_costs_nothing_else(
    around: Surroundings, world: World, manager: socket.socket, tmp_path: Path, error: Exception
) -> None:
    path = tmp_path / "dedup.prom"
    jobs = Jobs(around, Config(service=ServiceSettings(metrics_file=str(path))))
    world.warmings = [error]
    with captured() as lines:
        assert [jobs.cluster(), jobs.cluster()] == [None, None]
    assert world.warmed == 1
    told = [line for line in lines if line["event"] != "pass.finished"]
    assert [(line["event"], line["log_level"]) for line in told] == [("warming.failed", "warning")]
    assert str(error) in told[0]["error"]
    assert last_status(manager).startswith("idle: last pass")
    jobs.check()
    assert "dedup_healthy 1\n" in path.read_text(encoding="utf-8")


def test_no_line_after_a_pass_carries_its_run_id(jobs: Jobs) -> None:
    with captured() as lines:
        jobs.cluster()
        jobs.forget()
    assert [line.get("run_id") for line in lines] == [7, None]


def test_an_outage_is_degraded_once_and_recovered_once(
    around: Surroundings, world: World, manager: socket.socket
) -> None:
    world.passes = [DatabaseAway("database away") for _ in range(4)]
    clock, tries = [NOON], []
    jobs = Jobs(replace(around, now=lambda: clock[0]), Config())
    with captured() as lines:
        for _ in range(4):
            tries.append(jobs.cluster() or NOON)
            clock[0] = tries[-1]
        assert last_status(manager) == "degraded: database away, since 12:03:04Z; trying again in 8 s"
        assert jobs.cluster() is None
    assert tries == [NOON + timedelta(seconds=seconds) for seconds in (1, 3, 7, 15)]
    assert [line["event"] for line in lines] == [
        "pass.failed",
        "service.degraded",
        "pass.failed",
        "pass.failed",
        "pass.failed",
        "pass.finished",
        "service.recovered",
    ]
    assert len(world.troubles) > 1
    assert world.troubles == ["database away"] * (len(world.troubles) - 1) + [""]
    first, degraded = lines[:2]
    assert (first["error"], first["retry_seconds"], first["run_id"]) == ("database away", 1.0, 7)
    assert first["log_level"] == "warning"
    assert first["exc_info"] is None
    assert degraded["cause"] == "database away"
    assert lines[-1]["degraded_since"] == NOON
    assert last_status(manager).startswith("idle: last pass")


def test_delays_double_up_to_a_bound_and_start_again_after_a_success(jobs: Jobs, world: World) -> None:
    assert [delay(n) for n in (1, 2, 3, 7, 1000)] == [1.0, 2.0, 4.0, LONGEST_DELAY, LONGEST_DELAY]
    away = DatabaseAway("away")
    world.passes = [away, away, Report(), away]
    tries = [jobs.cluster() for _ in range(4)]
    assert tries == [NOON + timedelta(seconds=1), NOON + timedelta(seconds=2), None, NOON + timedelta(seconds=1)]


@pytest.mark.parametrize("error", [SystemExit(3), MemoryError("no memory"), KeyError("x"), RecursionError("deep")])
def test_a_bug_in_a_pass_is_told_with_its_stack_and_tried_again(jobs: Jobs, world: World, error: BaseException) -> None:
    world.passes = [error]
    with captured() as lines:
        assert jobs.cluster() == NOON + timedelta(seconds=1)
        assert jobs.cluster() is None
    failed = lines[0]
    assert (failed["event"], failed["log_level"], failed["exc_info"]) == ("pass.failed", "error", error)
    assert failed["error"].startswith(type(error).__name__)
    assert [line["event"] for line in lines[1:]] == ["service.degraded", "pass.finished", "service.recovered"]


@pytest.mark.parametrize("error", [SchemaError("there is no table runs; see:", "db check"), ConfigError("damaged")])
def test_what_a_person_must_repair_is_an_error_and_no_bug(jobs: Jobs, world: World, error: DedupError) -> None:
    world.passes = [error]
    with captured() as lines:
        assert jobs.cluster() == NOON + timedelta(seconds=1)
    failed = lines[0]
    assert (failed["event"], failed["log_level"], failed["exc_info"]) == ("pass.failed", "error", None)
    assert failed["error"] == str(error)


@pytest.mark.parametrize("error", [LockLost("taken over"), DatabaseAway("restarted")])
def test_a_lock_that_may_be_lost_is_taken_again_before_the_next_pass(
    jobs: Jobs, world: World, error: BaseException
) -> None:
    world.passes = [error]
    world.locks = [AlreadyRunning("another dedup is writing")]
    with captured() as lines:
        jobs.cluster()
        assert jobs.cluster() == NOON + timedelta(seconds=2)
        assert jobs.cluster() is None
        jobs.cluster()
    assert world.done == ["acquire", "drop", "acquire", "drop"]
    assert [line["error"] for line in lines if line["event"] == "pass.failed"] == [
        str(error),
        "another dedup is writing",
    ]


def test_a_bug_keeps_the_lock(jobs: Jobs, world: World) -> None:
    world.passes = [ValueError("bug")]
    jobs.cluster()
    jobs.cluster()
    assert world.done == []


def test_a_backlog_that_is_too_old_degrades_until_it_is_gone(jobs: Jobs, world: World, manager: socket.socket) -> None:
    stale = replace(WELL, ok=False, reasons=("the oldest article has waited 1,200 s", "no pass has ended well"))
    world.healths = [stale, stale, WELL]
    with captured() as lines:
        assert jobs.check() is None
        assert jobs.check() is None
        cause = "the oldest article has waited 1,200 s; no pass has ended well"
        assert last_status(manager) == f"degraded: {cause}, since 12:03:04Z"
        jobs.check()
    assert [(line["event"], line.get("cause")) for line in lines] == [
        ("service.degraded", cause),
        ("service.recovered", None),
    ]


def test_a_pass_that_cures_what_the_health_check_saw_recovers_at_once(jobs: Jobs, world: World) -> None:
    away = DatabaseAway("away")
    world.passes, world.healths = [away], [away, away]
    with captured() as lines:
        jobs.cluster()
        jobs.check()
        jobs.check()
        jobs.cluster()
    assert [line["event"] for line in lines] == [
        "pass.failed",
        "service.degraded",
        "health.failed",
        "pass.finished",
        "service.recovered",
    ]


def forgotten(**numbers: int) -> dict[str, Any]:
    """The line of the log that tells it: each kind has its number, also where none of it was forgotten."""
    none = {"runs": 0, "rejections": 0, "near_misses": 0, "texts": 0}
    return {"event": "retention.finished", "log_level": "info"} | none | numbers


def test_retention_tells_what_it_removed(jobs: Jobs, world: World) -> None:
    with captured() as lines:
        assert [jobs.forget(), jobs.forget()] == [None, None]
    assert lines == [forgotten(runs=3)] * 2
    assert world.done == [(90, NOON, None)] * 2


def test_retention_gives_signs_of_life_until_the_service_stops(around: Surroundings, world: World) -> None:
    """Years of texts take minutes to be forgotten, after which the watchdog and a standby believe in a hang."""
    beats: list[str] = []
    jobs = Jobs(replace(around, beat=lambda: beats.append("beat")), Config())
    jobs.forget()
    around.stop.set()
    jobs.forget()
    assert (world.went_on, beats) == ([True, False], ["beat"] * 2)
    world.keeps = [LockLost("another dedup has taken over")]
    with captured() as lines:
        jobs.forget()
    assert [line["event"] for line in lines] == ["retention.failed", "service.degraded"]


def test_passes_come_in_between_where_much_is_to_be_forgotten(around: Surroundings, world: World) -> None:
    """The texts of an archive of millions take hours, and no article was decided meanwhile."""
    clock = [NOON]

    def beat() -> None:
        clock[0] += timedelta(seconds=TURN_SECONDS)

    world.removals = [({"runs": 3, "texts": 9_000}, Place("texts", 9_500)), ({"texts": 70}, None)]
    jobs = Jobs(replace(around, now=lambda: clock[0], beat=beat), Config())
    with captured() as lines:
        assert jobs.forget() == clock[0] + timedelta(seconds=REST_SECONDS)
        assert lines == []
        assert jobs.forget() is None
    assert lines == [forgotten(runs=3, texts=9_070)]
    assert world.went_on == [False, False]
    assert [after for _, _, after in world.done] == [None, Place("texts", 9_500)]


def test_a_turn_ends_where_the_clock_is_set_back_in_it(around: Surroundings, world: World) -> None:
    """It lasted as long as the clock took to come again to where it was, and no article was decided meanwhile."""
    clock = [NOON]

    def beat() -> None:
        clock[0] -= timedelta(hours=1)

    world.removals, world.signings = [({"texts": 9_000}, Place("texts", 9_500))], [True]
    jobs = Jobs(replace(around, now=lambda: clock[0], beat=beat), Config())
    assert jobs.forget() == clock[0] + timedelta(seconds=REST_SECONDS)
    assert jobs.resign() == clock[0] + timedelta(seconds=REST_SECONDS)
    assert world.went_on == [False, False]


def test_retention_waits_while_no_pass_says_that_the_clock_is_right(jobs: Jobs, world: World) -> None:
    """A clock that was set years ahead made everything old at once, and the texts were gone for good."""
    years_ago = NOON - timedelta(days=3_650)
    world.passed = [years_ago, years_ago, NOON - TRUSTED - BREAK, None, years_ago]
    with captured() as lines:
        for _ in range(2):
            assert jobs.forget() == NOON + TRUSTED
            assert world.done == []
            assert [(line["event"], line["last_pass"]) for line in lines] == [("retention.postponed", years_ago)]
        assert [jobs.forget(), jobs.forget(), jobs.forget()] == [None, None, NOON + TRUSTED]
    events = [line["event"].removeprefix("retention.") for line in lines]
    assert events == ["postponed", "finished", "finished", "postponed"]
    assert len(world.done) == 2


def test_retention_waits_for_an_hour_of_passes_by_a_clock_that_jumped(
    around: Surroundings, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Passes by the new clock come at once, and do not say that it is right."""
    clock, passes = [NOON], [NOON - timedelta(days=3_650), NOON - timedelta(minutes=1), NOON]
    monkeypatch.setattr(world, "last_pass_before", lambda moment: max(one for one in passes if one < moment))
    jobs = Jobs(replace(around, now=lambda: clock[0]), Config())
    assert jobs.forget() == NOON + TRUSTED
    clock[0] += TRUSTED
    assert jobs.forget() is None


def test_a_clock_that_jumps_while_much_is_forgotten_ends_that(jobs: Jobs, world: World) -> None:
    world.removals = [({"texts": 9_000}, Place("texts", 9_500)), ({"texts": 70}, None)]
    world.passed = [NOON - TRUSTED, NOON - TRUSTED - BREAK - timedelta(seconds=1), NOON - TRUSTED]
    with captured() as lines:
        assert jobs.forget() == NOON + timedelta(seconds=REST_SECONDS)
        assert jobs.forget() == NOON + TRUSTED
        assert jobs.forget() is None
    assert [after for _, _, after in world.done] == [None, Place("texts", 9_500)]
    assert lines[-1] == forgotten(texts=9_070)


def test_retention_that_fails_is_tried_again(jobs: Jobs, world: World) -> None:
    world.removals = [DatabaseAway("away")]
    with captured() as lines:
        assert jobs.forget() == NOON + timedelta(seconds=1)
        assert jobs.forget() is None
    events = [line["event"] for line in lines]
    assert events == ["retention.failed", "service.degraded", "retention.finished", "service.recovered"]


def test_articles_are_signed_anew_some_at_a_time_while_there_are_more(jobs: Jobs, world: World) -> None:
    world.signings = [True, True]
    again = NOON + timedelta(seconds=REST_SECONDS)
    assert [jobs.resign(), jobs.resign(), jobs.resign()] == [again, again, None]
    assert world.done == [f"sign {SIGNED_AT_ONCE}"] * 3


def test_passes_come_in_between_where_much_is_to_be_looked_through(around: Surroundings, world: World) -> None:
    """Where texts were forgotten nothing is signed for long: the archive is looked through for the rest."""
    clock = [NOON]

    def beat() -> None:
        clock[0] += timedelta(seconds=TURN_SECONDS)

    jobs = Jobs(replace(around, now=lambda: clock[0], beat=beat), Config())
    world.signings = [True]
    assert jobs.resign() == clock[0] + timedelta(seconds=REST_SECONDS)
    around.stop.set()
    Jobs(around, Config()).resign()
    assert world.went_on == [False, False]


def test_signing_anew_that_fails_is_tried_again_and_the_lock_taken_first(jobs: Jobs, world: World) -> None:
    world.signings = [LockLost("another dedup has taken over"), True]
    with captured() as lines:
        assert jobs.resign() == NOON + timedelta(seconds=1)
        jobs.cluster()
        assert jobs.resign() == NOON + timedelta(seconds=REST_SECONDS)
    assert [line["event"] for line in lines] == [
        "scheme.failed",
        "service.degraded",
        "pass.finished",
        "service.recovered",
    ]
    assert world.done[1:3] == ["acquire", "drop"]
