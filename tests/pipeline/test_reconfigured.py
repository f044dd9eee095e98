"""Settings that a running program takes from one pass to the next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from dedup.config import Config
from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.store.tables import inbox

from .conftest import NOW, put, rows
from .news import FLOOD, STRIKE, article


def test_what_counts_as_stale_is_in_force_from_the_next_pass_on(store: Store) -> None:
    with store.writer_lock() as lock:
        program = Pipeline(store, Config(), lock, clock=lambda: NOW)
        put(store, [article("a", FLOOD)])
        program.run_pass()
        program.reconfigure(replace(Config(), service=replace(Config().service, stale_seconds=5)))
        program.run_pass()
    put(store, [article("b", STRIKE)])
    with store.writing() as connection:
        connection.execute(sa.update(inbox).values(received_at=datetime.now(UTC) - timedelta(minutes=1)))
    ((ok, reasons),) = rows(store, "SELECT ok, reasons FROM v_health")
    assert not ok
    assert reasons.startswith("an article has waited 6")
