"""What an instance writes of itself while it lives: its row in v_instances and the file of metrics."""

from __future__ import annotations

import itertools
import shutil
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from dedup.config import Config
from dedup.config.sections import ServiceSettings
from dedup.errors import ConfigError, DatabaseAway, SchemaError
from dedup.service.jobs import Jobs, Surroundings

from .world import NOON, WELL, Report, World, captured, last_status


def test_the_heartbeat_is_signed_before_health_is_asked_and_again_when_it_changes(jobs: Jobs, world: World) -> None:
    world.healths = [replace(WELL, ok=False, reasons=("an article has waited 1200 s",))]
    jobs.check()
    degraded = "degraded: an article has waited 1200 s, since 12:03:04Z"
    assert world.beats == [("leader", "idle: no pass yet", True), ("leader", degraded, True)]


def test_an_instance_is_dead_when_it_missed_two_checks_and_a_lease(around: Surroundings, world: World) -> None:
    Jobs(around, Config(service=ServiceSettings(health_seconds=40, lease_seconds=15))).check()
    assert world.silences == [2 * 40 + 15]


@pytest.mark.parametrize("kind", [DatabaseAway, SchemaError])
def test_a_heartbeat_that_cannot_be_taken_back_is_told(
    jobs: Jobs, world: World, kind: type[DatabaseAway | SchemaError]
) -> None:
    world.beats = [kind("away")]
    with captured() as lines:
        jobs.sign_off()
    assert [(line["event"], line["error"]) for line in lines] == [("instance.unsigned", "away")]


def test_metrics_are_written_at_each_check_and_tell_of_an_outage(
    around: Surroundings, world: World, tmp_path: Path
) -> None:
    path = tmp_path / "dedup.prom"
    jobs = Jobs(around, Config(service=ServiceSettings(metrics_file=str(path))))
    jobs.cluster()
    jobs.check()
    text = path.read_text(encoding="utf-8")
    assert 'dedup_articles_total{outcome="accepted"} 11\n' in text
    assert "dedup_healthy 1\n" in text
    assert "dedup_largest_story_articles 41\n" in text
    world.passes = [DatabaseAway("away")]
    jobs.cluster()
    text = path.read_text(encoding="utf-8")
    assert "dedup_healthy 0\n" in text
    assert 'dedup_passes_total{outcome="failed"} 1\n' in text


def test_the_last_pass_is_counted_at_the_end(around: Surroundings, world: World, tmp_path: Path) -> None:
    path = tmp_path / "dedup.prom"
    jobs = Jobs(around, Config(service=ServiceSettings(metrics_file=str(path))))
    jobs.check()
    jobs.cluster()
    text = path.read_text(encoding="utf-8")
    assert 'dedup_passes_total{outcome="ok"} 0\n' in text
    assert "dedup_leader 1\n" in text
    jobs.sign_off()
    text = path.read_text(encoding="utf-8")
    assert 'dedup_passes_total{outcome="ok"} 1\n' in text
    assert "dedup_largest_story_articles 41\n" in text
    assert "dedup_leader 0\n" in text


@pytest.mark.parametrize("at", ["beats", "healths"])
def test_at_the_end_nobody_leads_whatever_the_database_answers(
    around: Surroundings, world: World, tmp_path: Path, at: str
) -> None:
    path = tmp_path / "dedup.prom"
    jobs = Jobs(around, Config(service=ServiceSettings(metrics_file=str(path))))
    setattr(world, at, [DatabaseAway("away")])
    jobs.sign_off()
    assert "dedup_leader 0\n" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("error", [ConfigError("damaged"), RuntimeError("a bug")], ids=["damaged", "bug"])
def test_numbers_that_cannot_be_asked_for_at_the_end_do_not_keep_the_heartbeat(
    around: Surroundings, world: World, tmp_path: Path, error: Exception
) -> None:
    jobs = Jobs(around, Config(service=ServiceSettings(metrics_file=str(tmp_path / "dedup.prom"))))
    world.healths = [error]
    with captured() as lines:
        jobs.sign_off()
    assert world.done == ["sign off"]
    assert [line["event"] for line in lines] == ["metrics.failed"]
    assert str(error) in lines[0]["error"]


def test_a_database_that_is_away_at_the_end_is_waited_for_once(
    around: Surroundings, world: World, tmp_path: Path
) -> None:
    jobs = Jobs(around, Config(service=ServiceSettings(metrics_file=str(tmp_path / "dedup.prom"))))
    world.beats = [DatabaseAway("away")]
    world.healths = [DatabaseAway("away")]
    with captured() as lines:
        jobs.sign_off()
    assert [line["event"] for line in lines] == ["instance.unsigned"]
    assert len(world.beats) + len(world.healths) == 1


def test_a_long_pass_signs_and_writes_metrics_while_it_works(
    around: Surroundings, world: World, manager: socket.socket, tmp_path: Path
) -> None:
    path = tmp_path / "dedup.prom"
    times = itertools.count()
    around = replace(around, now=lambda: NOON + timedelta(minutes=next(times)))
    jobs = Jobs(around, Config(service=ServiceSettings(metrics_file=str(path))))
    world.passes = [MemoryError("the pass ends here")]
    jobs.cluster()
    assert world.beats == [("leader", "working: a pass has begun", True)]
    assert 'dedup_passes_total{outcome="failed"} 1\n' in path.read_text(encoding="utf-8")
    assert jobs.cluster() is None
    assert world.beats[1] == ("leader", "working: a pass has begun", True)
    assert "dedup_largest_story_articles 41\n" in path.read_text(encoding="utf-8")


def test_metrics_that_cannot_be_written_are_told_once_and_touch_nothing(around: Surroundings, tmp_path: Path) -> None:
    """And once more when they could be written meanwhile."""
    folder = tmp_path / "gone"
    jobs = Jobs(around, Config(service=ServiceSettings(metrics_file=str(folder / "dedup.prom"))))
    for _ in range(2):
        with captured() as lines:
            assert [jobs.check(), jobs.check()] == [None, None]
        assert [line["event"] for line in lines] == ["metrics.failed"]
        folder.mkdir()
        with captured() as lines:
            assert jobs.check() is None
        assert lines == []
        shutil.rmtree(folder)


def test_a_cause_that_no_database_takes_is_escaped_in_status_heartbeat_and_note(
    jobs: Jobs, world: World, manager: socket.socket
) -> None:
    world.passes = [ValueError("half a \udcff and a \x00")]
    jobs.cluster()
    degraded = r"degraded: ValueError: half a \udcff and a \x00, since 12:03:04Z"
    assert last_status(manager) == f"{degraded}; trying again in 1 s"
    jobs.check()
    assert world.beats[-1][1].startswith(degraded)
    assert world.troubles == [r"ValueError: half a \udcff and a \x00"] * len(world.troubles)


def test_no_password_reaches_the_status_or_the_heartbeat(jobs: Jobs, world: World, manager: socket.socket) -> None:
    world.passes = [ValueError("cannot reach postgresql://news:geheim@db.example/news")]
    jobs.cluster()
    status = last_status(manager)
    assert "news:***@db.example" in status
    jobs.check()
    assert "geheim" not in status + repr(world.beats)


def test_a_long_pass_after_an_outage_is_well_once_it_gets_on_and_not_at_its_end(
    around: Surroundings, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The backlog is largest after an outage, and so is the pass."""
    times = itertools.count()
    jobs = Jobs(replace(around, now=lambda: NOON + timedelta(seconds=40 * next(times))), Config())
    away = DatabaseAway("away")
    world.passes, world.keeps, world.healths = [away], [away], [away]
    jobs.cluster()
    jobs.keep()
    jobs.check()

    def long_pass(_: object, beat: Callable[[], None]) -> Report:
        beat()
        assert lines == []
        monkeypatch.setattr(world, "recorded", replace(world.recorded, taken=1))
        beat()
        assert [line["event"] for line in lines] == ["service.recovered"]
        return Report()

    monkeypatch.setattr(world, "run_pass", long_pass)
    with captured() as lines:
        assert jobs.cluster() is None
    assert [line["event"] for line in lines] == ["service.recovered", "pass.finished"]
    assert world.beats[-1] == ("leader", "working: a pass has begun", True)
