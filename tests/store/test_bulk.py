"""Many rows at once: what comes out is what went in, and an error means what it means elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from dedup.errors import DatabaseAway
from dedup.store import Store
from dedup.store.database.bulk import insert
from dedup.store.database.moments import UtcTime, iso
from dedup.store.tables import schemes, stories

OpenStore = Callable[..., Store]

CARRIER = sa.table(
    "carrier",
    sa.column("number", sa.BigInteger),
    sa.column("share", sa.Float),
    sa.column("text", sa.Text),
    sa.column("bytes", sa.LargeBinary),
    sa.column("at", UtcTime),
)
COLUMNS = ("number", "share", "text", "bytes", "at")
AT = datetime(2025, 3, 30, 1, 59, 58, tzinfo=UTC)
ROWS = [
    (1, 0.1, "", b"", AT),
    (2**62, 1e-300, "\t\\N\n\r\\. 'quoted' \"twice\"", bytes(range(256)), AT - timedelta(days=30_000)),
    (-1, 2 / 3, "Überschwemmung 洪水 🌊", b"\\x00\n", None),
    (None, None, None, None, None),
    (0, 0.0, "\\N", b"\x00", datetime(2025, 3, 30, 3, 59, 58, tzinfo=timezone(timedelta(hours=2)))),
]


def test_what_comes_out_is_what_went_in(store: Store) -> None:
    blob, number = ("bytea", "double precision") if store.engine.dialect.name == "postgresql" else ("BLOB", "FLOAT")
    moment = "timestamptz" if store.engine.dialect.name == "postgresql" else "TEXT"
    with store.writing() as connection:
        connection.exec_driver_sql(
            f'CREATE TABLE carrier (number bigint, share {number}, "text" text, "bytes" {blob}, "at" {moment})'
        )
        rows = [(*row[:-1], row[-1] and iso(row[-1])) for row in ROWS]
        insert(connection, CARRIER, COLUMNS, rows)
        found = connection.execute(sa.select(CARRIER)).all()
    assert sorted(map(repr, map(tuple, found))) == sorted(
        repr((*row[:-1], row[-1] and row[-1].astimezone(UTC))) for row in ROWS
    )


def test_no_rows_are_no_statement(store: Store) -> None:
    given: list[str] = []
    with store.reading() as connection:
        sa.event.listen(connection, "before_cursor_execute", lambda *call: given.append(call[2]))
        insert(connection, stories, ("story_id", "representative_article_id"), [])
    assert given == []


def test_a_row_that_is_there_undoes_all(store: Store) -> None:
    with pytest.raises(sa.exc.IntegrityError), store.writing() as connection:
        insert(connection, schemes, ("scheme_id", "name"), [(7, "one"), (8, "two"), (7, "three")])
    with store.reading() as connection:
        assert connection.execute(sa.select(schemes)).all() == []


@pytest.mark.postgresql
def test_a_server_that_goes_away_may_come_back(postgresql_url: str, open_store: OpenStore) -> None:
    store, other = open_store(postgresql_url), open_store(postgresql_url)
    with pytest.raises(DatabaseAway, match="try again"), store.writing() as connection:
        server = {"pid": connection.scalar(sa.text("SELECT pg_backend_pid()"))}
        with other.writing() as second:
            second.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), server)
        insert(connection, schemes, ("scheme_id", "name"), [(7, "one")])
    with store.writing() as connection:
        insert(connection, schemes, ("scheme_id", "name"), [(7, "one")])


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(1987, 2, 26, 15, 1, 1, 790_000, tzinfo=UTC), "1987-02-26T15:01:01Z"),
        (datetime(2025, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=5, minutes=30))), "2024-12-31T19:00:00Z"),
        (datetime(1900, 1, 1, tzinfo=UTC), "1900-01-01T00:00:00Z"),
    ],
)
def test_a_moment_is_written_to_the_second_in_utc(moment: datetime, text: str) -> None:
    assert iso(moment) == text
