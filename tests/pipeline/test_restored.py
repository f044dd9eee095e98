"""A backup that is put back into the very file, or by the very server, that a program has open."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import structlog

from dedup.pipeline import Pipeline
from dedup.store import Store

from .blocks import CONFIG, OTHER, THREE, TWO, told
from .conftest import NOW, picture, put, run

pytestmark = pytest.mark.usefixtures("own_model")
OpenStore = Callable[..., Store]


def test_a_database_that_was_put_back_in_place_is_read_anew(
    sqlite_url: str, open_store: OpenStore, second_fresh: Store, tmp_path: Path
) -> None:
    """As ``.restore`` of the sqlite3 shell does. Else articles would join stories that are there no more."""
    store, backup = open_store(sqlite_url), tmp_path / "backup.db"
    with store.writer_lock() as lock:
        program = Pipeline(store, CONFIG, lock, clock=lambda: NOW)
        put(store, [TWO])
        program.run_pass()
        store.backup(backup)
        put(store, [OTHER, told("later", "STV")])
        program.run_pass()
        with (
            closing(sqlite3.connect(backup)) as kept,
            closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as live,
        ):
            kept.backup(live)
        put(store, [THREE, told("last", "STU")])
        with structlog.testing.capture_logs() as lines:
            assert program.run_pass().outcome == "ok"
    assert [line["event"] for line in lines] == ["database.restored"]
    assert store.check(full=True) == []
    put(second_fresh, [TWO, THREE, told("last", "STU")])
    run(second_fresh, CONFIG)
    assert picture(store) == picture(second_fresh)
