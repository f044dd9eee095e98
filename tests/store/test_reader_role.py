"""The role for readers on PostgreSQL: it reads every view, and nothing else works."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from dedup.store import Store
from dedup.store.tables import metadata
from dedup.store.views import VIEWS

from ..postgres import Server
from .sample import fill

SCRIPT = Path(__file__).resolve().parents[2] / "config" / "reader-role.sql"
pytestmark = pytest.mark.postgresql


@pytest.fixture
def reader(postgresql_server: Server, postgresql_url: str, open_store: Any) -> Iterator[psycopg.Connection[Any]]:
    store: Store = open_store(postgresql_url)
    fill(store)
    name = make_url(postgresql_url).database
    assert name is not None
    with postgresql_server.admin(name) as admin:
        for _ in range(2):
            admin.execute(SCRIPT.read_bytes())
        admin.execute("CREATE USER alice IN ROLE dedup_reader")
        with psycopg.connect(
            host="127.0.0.1", port=postgresql_server.port, user="alice", dbname=name, autocommit=True
        ) as connection:
            yield connection
        admin.execute("DROP OWNED BY dedup_reader")
        admin.execute("DROP ROLE alice, dedup_reader")


def test_a_reader_reads_every_view_also_after_an_upgrade(
    reader: psycopg.Connection[Any], postgresql_url: str, open_store: Any
) -> None:
    store: Store = open_store(postgresql_url)
    with store.writing() as connection:
        connection.exec_driver_sql("COMMENT ON VIEW v_health IS 'made by another version'")
    store.upgrade()
    for view in VIEWS:
        reader.execute(f"SELECT * FROM {view}".encode())
    assert reader.execute("SELECT count(*) FROM v_articles").fetchone() == (5,)


def test_a_reader_sees_no_table_and_changes_nothing(reader: psycopg.Connection[Any]) -> None:
    for table in metadata.tables:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute(f"SELECT * FROM {table}".encode())
    for statement in (
        "INSERT INTO inbox (uri, body) VALUES ('a', 'b')",
        "CREATE TABLE mine (n integer)",
        "UPDATE state SET writer = 0",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute(statement.encode())
    for statement in ("DELETE FROM v_story_redirects", "UPDATE v_runs SET outcome = 'ok'"):
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="v_"):
            reader.execute(statement.encode())
