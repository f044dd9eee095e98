"""A changed configuration is used from the next pass on, or refused and said."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from dedup.config import Config
from dedup.config.sections import RetentionSettings, ServiceSettings
from dedup.errors import AlreadyRunning, ConfigError, DatabaseAway
from dedup.service.jobs import Jobs

from .world import NOON, World, captured


def test_a_new_configuration_is_used_from_the_next_pass_on_and_once(jobs: Jobs, world: World) -> None:
    first, second = Config(service=ServiceSettings(batch_size=1)), Config(service=ServiceSettings(batch_size=2))
    jobs.reconfigure(first)
    jobs.reconfigure(second)
    assert world.done == []
    jobs.cluster()
    jobs.cluster()
    assert world.done == [second]


def test_a_configuration_that_the_pipeline_refuses_is_said_and_the_old_one_works_on(jobs: Jobs, world: World) -> None:
    world.configs = [ConfigError("no")]
    jobs.reconfigure(Config(retention=RetentionSettings(runs_days=1)))
    with captured() as lines:
        assert jobs.cluster() is None
        jobs.forget()
    assert [line["event"] for line in lines] == ["config.rejected", "pass.finished", "retention.finished"]
    assert world.done == [(90, NOON, None)]


def test_another_file_of_metrics_that_cannot_be_written_is_told_as_well(jobs: Jobs, tmp_path: Path) -> None:
    """Else whoever corrects the path hears nothing, and believes that it is written now."""
    with captured() as lines:
        for name in ("gone", "misspelt"):
            file = str(tmp_path / name / "dedup.prom")
            jobs.reconfigure(Config(service=ServiceSettings(metrics_file=file)))
            jobs.cluster()
            jobs.check()
            jobs.check()
    told = [line["file"] for line in lines if line["event"] == "metrics.failed"]
    assert told == [str(tmp_path / "gone" / "dedup.prom"), str(tmp_path / "misspelt" / "dedup.prom")]


def test_a_configuration_met_by_an_outage_is_not_forgotten(jobs: Jobs, world: World) -> None:
    wanted = Config(retention=RetentionSettings(runs_days=1))
    world.configs = [DatabaseAway("away")]
    jobs.reconfigure(wanted)
    assert jobs.cluster() is not None
    assert jobs.cluster() is None
    jobs.forget()
    assert world.done == [wanted, "acquire", "drop", (1, NOON, None)]


def test_who_is_told_to_stand_by_does_while_another_instance_leads(jobs: Jobs, world: World) -> None:
    """The reload was said to be done, and the service went on as degraded until the other one had ended."""
    taken = AlreadyRunning("another dedup is writing")
    world.locks = [taken, taken]
    world.passes = [DatabaseAway("the session was ended")]
    with captured() as lines:
        jobs.cluster()
        jobs.cluster()
        jobs.reconfigure(Config(service=ServiceSettings(standby=True)))
        assert jobs.cluster() == NOON + timedelta(seconds=1)
    events = [line["event"] for line in lines]
    assert events == ["pass.failed", "service.degraded", "service.standby", "pass.failed", "service.recovered"]


def test_nothing_is_forgotten_by_settings_that_were_replaced(jobs: Jobs, world: World) -> None:
    """Who wanted to keep more, and had reloaded that, lost it where the day's turn came before the next pass."""
    wanted = Config(retention=RetentionSettings(runs_days=365))
    jobs.reconfigure(wanted)
    jobs.forget()
    assert world.done == [wanted, (365, NOON, None)]
