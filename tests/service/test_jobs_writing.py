"""A write that takes long gives signs of life inside its transaction, in which nothing else may write."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dedup.config import Config
from dedup.config.sections import DatabaseSettings, PublisherSettings
from dedup.pipeline import Pipeline
from dedup.service.jobs import Jobs, Surroundings
from dedup.service.notify import Notifier
from dedup.store import Store
from dedup.store.plans import applications

from ..pipeline.conftest import put, rows
from ..pipeline.planned import ALL_APART, LONG_AGO, stream_of_events
from .world import captured

SERVICE = replace(Config().service, health_seconds=0.05)
"""Each sign of life is later than the last health check by more: it is time for another one."""


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    settings = DatabaseSettings(url=database_url, timeout_seconds=0.1, query_seconds=1.0)
    with closing(Store.open(settings)) as opened:
        yield opened


def test_a_write_that_takes_long_is_no_trouble(store: Store) -> None:
    """Each sign of life in it waited in vain for its own lock, and the service was told to be degraded."""
    moment = [datetime(2026, 3, 9, 12, tzinfo=UTC)]
    beats: list[datetime] = []

    def now() -> datetime:
        moment[0] += timedelta(seconds=0.25)
        return moment[0]

    put(store, stream_of_events())
    with store.writer_lock() as lock, captured() as lines:
        config = Config(service=SERVICE)
        pipeline, stop = Pipeline(store, config, lock, clock=now), threading.Event()
        jobs = Jobs(Surroundings(store, lock, pipeline, Notifier(None), now, stop, lambda: beats.append(now())), config)
        assert jobs.cluster() is None
        changed = replace(ALL_APART, service=SERVICE, publishers=PublisherSettings(preferred="e"))
        with store.writing() as connection:
            applications.ask(connection, changed.digest(), LONG_AGO, None, now())
        jobs.reconfigure(changed)
        assert jobs.cluster() is None
    assert rows(store, "SELECT state FROM v_applications") == [("done",)]
    assert rows(store, "SELECT publisher FROM preferred_publishers") == [("e",)]
    assert not {"health.failed", "service.degraded"} & {line["event"] for line in lines}
    assert len(rows(store, "SELECT instance FROM v_instances")) == 1
    assert len(beats) > 10
