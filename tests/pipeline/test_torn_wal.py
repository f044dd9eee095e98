"""A write-ahead log that lost its end, as a disk or copy may leave it: what is whole stays, the rest is done again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from dedup.intake.article import Article
from dedup.store import Store
from dedup.store.invariants.check import check

from .conftest import picture, put, run

OpenStore = Callable[..., Store]


@pytest.mark.parametrize("left", [0.0, 0.3, 0.7, 0.999])
def test_a_truncated_wal_is_read_to_its_last_whole_commit(
    sqlite_url: str, open_store: OpenStore, tmp_path: Path, examples: list[Article], left: float
) -> None:
    store = open_store(sqlite_url)
    put(store, examples)
    with store.engine.connect() as connection:
        connection.execution_options(dedup_begin="").exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    holder = store.engine.connect()  # the last connection that closes would empty the log
    run(store, batch_size=16)
    database = Path(sa.make_url(sqlite_url).database or "")
    copy = tmp_path / "copy.db"
    shutil.copyfile(database, copy)
    log = database.with_name(f"{database.name}-wal").read_bytes()
    copy.with_name("copy.db-wal").write_bytes(log[: int(len(log) * left)])
    holder.close()
    torn = open_store(f"sqlite:///{copy}")
    with torn.reading() as connection:
        assert check(connection, full=True) == []
        waiting = connection.scalar(sa.text("SELECT count(*) FROM inbox"))
    assert (waiting or 0) > 0 or left > 0.9
    assert run(torn).taken == waiting
    assert picture(torn) == picture(store)
