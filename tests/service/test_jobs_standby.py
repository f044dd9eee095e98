"""A standby waits and takes over; a leader that lost its lock stands by."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest

from dedup.config import Config
from dedup.config.sections import ServiceSettings
from dedup.errors import AlreadyRunning, DatabaseAway, DedupError, LockLost, SchemaError
from dedup.service.jobs import Jobs, Surroundings

from .world import NOON, World, captured, last_status

TAKEN = AlreadyRunning("another dedup is writing")
WAITING = "standby: another instance writes; this one takes over when that one ends or falls silent"


def test_a_standby_waits_tries_every_second_and_takes_over(standby: Jobs, world: World, manager: socket.socket) -> None:
    world.locks = [TAKEN, TAKEN]
    with captured() as lines:
        assert [standby.cluster(), standby.cluster()] == [NOON + timedelta(seconds=1)] * 2
        assert last_status(manager) == WAITING
        assert standby.keep() is None
        assert standby.forget() is None
        assert world.beats == [("standby", WAITING, False)]
        assert standby.cluster() is None
    assert [line["event"] for line in lines] == ["service.standby", "service.leading", "pass.finished"]
    assert world.done == ["take over"] * 3 + ["drop"]
    assert world.beats[1:] == [("leader", "working: a pass has begun", True)]


def test_a_leader_that_lost_its_lock_becomes_a_standby_and_is_well(around: Surroundings, world: World) -> None:
    jobs = Jobs(around, Config(service=ServiceSettings(standby=True)))
    world.keeps, world.locks = [DatabaseAway("the session was ended")], [TAKEN, TAKEN]
    with captured() as lines:
        assert jobs.keep() == NOON + timedelta(seconds=1)
        assert jobs.keep() is None
        assert jobs.cluster() == NOON + timedelta(seconds=1)
    events = [line["event"] for line in lines]
    assert events == ["lease.failed", "service.degraded", "service.standby", "service.recovered"]
    assert world.done == ["take over", "drop", "take over"]  # what it would decide from is outdated when it leads again


def test_a_leader_that_notices_between_passes_that_another_one_leads_says_so_at_once(
    around: Surroundings, world: World
) -> None:
    """Who took over deleted its row, and the next pass may be an hour away."""
    jobs = Jobs(around, Config(service=ServiceSettings(standby=True)))
    jobs.check()
    world.beats.clear()
    world.keeps, world.locks = [DatabaseAway("the session was ended")], [TAKEN, TAKEN]
    jobs.keep()
    jobs.keep()
    assert world.beats == [("standby", WAITING, False)]
    jobs.cluster()
    assert len(world.beats) == 1


def test_a_role_that_could_not_be_signed_is_signed_at_the_next_try(standby: Jobs, world: World) -> None:
    world.locks, world.signs = [TAKEN, TAKEN], [DatabaseAway("away")]
    standby.cluster()
    assert world.beats == []
    standby.cluster()
    assert world.beats == [("standby", WAITING, False)]


def test_a_leader_that_could_not_say_that_it_lives_is_well_once_it_can(
    around: Surroundings, world: World, manager: socket.socket
) -> None:
    """Between two passes, which may be an hour apart."""
    jobs = Jobs(around, Config())
    world.keeps = [DatabaseAway("the session was ended")]
    with captured() as lines:
        assert jobs.keep() == NOON + timedelta(seconds=1)
        assert last_status(manager).startswith("degraded: the session was ended")
        assert jobs.keep() is None
    assert [line["event"] for line in lines] == ["lease.failed", "service.degraded", "service.recovered"]
    assert last_status(manager) == "idle: no pass yet"
    assert world.done == ["acquire", "drop"]  # somebody else may have led meanwhile,
    assert world.beats == [("leader", "idle: no pass yet", True)]  # and have deleted its row


@pytest.mark.parametrize("error", [LockLost("another dedup has taken over"), DatabaseAway("the session was ended")])
@pytest.mark.parametrize("job", ["retention", "scheme"])
def test_what_failed_as_the_lock_was_lost_is_no_trouble_of_a_standby(
    around: Surroundings, world: World, manager: socket.socket, job: str, error: DedupError
) -> None:
    """It said that it was degraded for as long as the other one led, though it had nothing to do."""
    jobs = Jobs(around, Config(service=ServiceSettings(standby=True)))
    world.removals, world.signings, world.locks = [error], [error], [TAKEN]
    with captured() as lines:
        assert (jobs.forget if job == "retention" else jobs.resign)() == NOON + timedelta(seconds=1)
        assert jobs.cluster() == NOON + timedelta(seconds=1)
    events = [line["event"] for line in lines]
    assert events == [f"{job}.failed", "service.degraded", "service.standby", "service.recovered"]
    assert last_status(manager) == WAITING
    assert world.beats == [("standby", WAITING, False)]


def test_a_newer_schema_keeps_a_standby_from_leading(standby: Jobs, world: World, manager: socket.socket) -> None:
    world.schemas = [SchemaError("a newer dedup has upgraded it")]
    with captured() as lines:
        assert standby.cluster() == NOON + timedelta(seconds=1)
    assert world.done == ["take over", "release"]
    assert [line["event"] for line in lines] == ["pass.failed", "service.degraded"]
    assert "newer dedup" in last_status(manager)


def test_a_standby_signs_nothing(standby: Jobs, world: World) -> None:
    world.locks = [TAKEN]
    standby.cluster()
    assert standby.resign() is None
    assert not [done for done in world.done if str(done).startswith("sign")]
