"""A session of PostgreSQL is as dedup needs it, whatever its database is set to."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from dedup.errors import ConfigError, DatabaseAway
from dedup.store import Store
from dedup.store.database.bulk import insert
from dedup.store.operation.held import Sessions, sessions
from dedup.store.tables import inbox

from ..postgres import Server
from .sample import AT

OpenStore = Callable[..., Store]

made = sa.Table(
    "made", sa.MetaData(),
    sa.Column("digest", sa.LargeBinary), sa.Column("text", sa.Text), sa.Column("at", sa.DateTime(timezone=True)),
    sa.Column("score", sa.Double),
    prefixes=["TEMPORARY"],
)  # fmt: skip


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("client_encoding", "LATIN1"),
        ("standard_conforming_strings", "off"),
        ("datestyle", "German"),
        ("extra_float_digits", "-15"),
        ("default_transaction_isolation", "serializable"),
    ],
)
def test_values_come_back_as_they_were(
    postgresql_server: Server, postgresql_url: str, open_store: OpenStore, name: str, value: str
) -> None:
    database = make_url(postgresql_url).database
    postgresql_server.execute(f"ALTER DATABASE {database} SET {name} = '{value}'")
    given = (bytes(range(256)), "智利北部地震", AT, 0.1 + 0.2)
    with open_store(postgresql_url).writing() as connection:
        assert connection.scalar(sa.text("SELECT current_setting('transaction_isolation')")) == "read committed"
        made.create(connection)
        connection.execute(sa.insert(made), dict(zip(made.c.keys(), given, strict=True)))
        insert(connection, made, tuple(made.c.keys()), [given])
        assert [tuple(row) for row in connection.execute(sa.select(made))] == [given, given]


@pytest.mark.postgresql
@pytest.mark.parametrize("name", ["idle_in_transaction_session_timeout", "idle_session_timeout"])
def test_a_session_that_says_nothing_for_long_is_not_ended(
    postgresql_server: Server, postgresql_url: str, open_store: OpenStore, name: str
) -> None:
    database = make_url(postgresql_url).database
    postgresql_server.execute(f"ALTER DATABASE {database} SET {name} = '60s'")
    with psycopg.connect(postgresql_url) as other:
        assert other.execute(f"SHOW {name}".encode()).fetchone() == ("1min",)
    with open_store(postgresql_url).reading() as connection:
        assert connection.scalar(sa.text(f"SHOW {name}")) == "0"


@pytest.mark.postgresql
def test_a_database_that_is_set_to_be_read_is_not_written_until_it_may_be(
    postgresql_server: Server, postgresql_url: str, open_store: OpenStore
) -> None:
    database = make_url(postgresql_url).database
    postgresql_server.execute(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    store = open_store(postgresql_url)
    for _ in range(2):
        with store.reading() as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(inbox)) == 0
        with pytest.raises(DatabaseAway, match="read-only transaction"), store.writing() as connection:
            connection.execute(sa.insert(inbox).values(uri="u", body="b"))
    postgresql_server.execute(f"ALTER DATABASE {database} RESET default_transaction_read_only")
    with store.writing() as connection:
        connection.execute(sa.insert(inbox).values(uri="u", body="b"))


@pytest.mark.postgresql
@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_hold_every_text_is_refused(
    postgresql_server: Server, open_store: OpenStore, encoding: str
) -> None:
    with (
        postgresql_server.database(encoding=encoding) as name,
        pytest.raises(ConfigError, match=f"{name} has the encoding {encoding}.*createdb --owner=USER --encoding=UTF8"),
    ):
        open_store(postgresql_server.url(name))


@pytest.mark.postgresql
def test_who_is_connected_and_what_may_be_written(
    postgresql_server: Server, postgresql_url: str, open_store: OpenStore
) -> None:
    database = make_url(postgresql_url).database
    store = open_store(postgresql_url)
    assert sessions(store.engine) == Sessions(frozenset())
    with psycopg.connect(postgresql_url, application_name="dedup alpha/9/0b0b0b"):
        assert sessions(store.engine) == Sessions(frozenset({"alpha/9/0b0b0b"}))
    postgresql_server.execute(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    assert sessions(open_store(postgresql_url).engine).read_only
    postgresql_server.execute(f"ALTER DATABASE {database} RESET default_transaction_read_only")
    reads = f"{postgresql_url}?options=-cdefault_transaction_read_only%3Don"
    assert not sessions(open_store(reads).engine).read_only


def test_sqlite_does_not_say_who_is_connected(sqlite_url: str, open_store: OpenStore) -> None:
    assert sessions(open_store(sqlite_url).engine) == Sessions(None)
