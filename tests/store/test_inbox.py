"""The inbox: what is put in comes out in order, and whatever somebody inserts by hand never stops the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from dedup.intake.article import URI_BYTES, Article
from dedup.store import Store
from dedup.store.passes import inbox
from dedup.store.passes.inbox import Rejected
from dedup.store.tables import rejections

from ..asked import told
from .sample import AT

OpenStore = Callable[..., Store]
COLUMNS = (
    "source", "uri", "url", "publisher", "title", "body", "content_type", "language", "authors", "published_at",
)  # fmt: skip
WHOLE = Article(
    uri="urn:1",
    body="Text with ümlauts, 漢字 and \U0001f600.\nSecond line.",
    source="wire",
    url="https://herald.example/1",
    publisher="Herald",
    title="A headline",
    content_type="text/plain",
    language="de",
    authors="Jane Doe; Zoë Roe",
    published_at=datetime(2025, 5, 20, 10, 30, tzinfo=UTC),
)


def taken(store: Store, **options: int) -> list[Article | Rejected]:
    with store.reading() as connection:
        return [row.item for row in inbox.take(connection, 1000, source="ingest", **options)]


def insert(store: Store, columns: str, values: str) -> None:
    with store.writing() as connection:
        connection.exec_driver_sql(f"INSERT INTO inbox ({columns}) VALUES {values}")


def only(store: Store, **options: int) -> Article | Rejected:
    (item,) = taken(store, **options)
    return item


def test_an_article_comes_out_as_it_went_in(store: Store) -> None:
    with store.writing() as connection:
        assert inbox.put(connection, [WHOLE]) == []
    assert taken(store) == [WHOLE]


def test_what_is_not_given_is_none_and_the_source_has_a_default(store: Store) -> None:
    insert(store, "uri, body", "('urn:1', 'text')")
    assert taken(store) == [Article(uri="urn:1", body="text", source="ingest")]


def test_the_order_of_arrival_is_the_order_of_ids(store: Store, second_store: Store) -> None:
    for start, own in ((0, store), (300, second_store), (600, store)):
        with own.writing() as connection:
            inbox.put(connection, (Article(uri=f"urn:{n}", body="text") for n in range(start, start + 300)))
    assert [item.uri for item in taken(store)] == [f"urn:{n}" for n in range(900)]
    with store.reading() as connection:
        assert [row.item.uri for row in inbox.take(connection, 10, source="s")] == [f"urn:{n}" for n in range(10)]
        assert inbox.count(connection) == 900


def test_ids_of_the_inbox_are_never_used_again(store: Store) -> None:
    insert(store, "uri, body", "('urn:1', 'x'), ('urn:2', 'x')")
    with store.writing() as connection:
        last = max(row.inbox_id for row in inbox.take(connection, 10, source="s"))
        connection.exec_driver_sql("DELETE FROM inbox")
    insert(store, "uri, body", "('urn:3', 'x')")
    with store.reading() as connection:
        assert inbox.take(connection, 10, source="s")[0].inbox_id > last


@pytest.mark.parametrize(
    "given", [WHOLE, replace(WHOLE, body="a body that is too long " * 9)], ids=["taken", "refused"]
)
def test_a_row_that_is_no_longer_what_was_taken_stays(store: Store, given: Article) -> None:
    for column in COLUMNS:
        with store.writing() as connection:
            inbox.put(connection, [given, given, given])
        with store.reading() as connection:
            rows = inbox.take(connection, 10, source="s", max_bytes=100)
        with store.writing() as connection:
            new = "'2026-03-01T00:00:00Z'" if column == "published_at" else f"{column} || 'x'"
            connection.exec_driver_sql(f"UPDATE inbox SET {column} = {new} WHERE id = {rows[1].inbox_id}")
        with store.writing() as connection:
            inbox.remove(connection, rows, max_bytes=100)
        with store.reading() as connection:
            (left,) = inbox.take(connection, 10, source="s", max_bytes=100)
        assert left.inbox_id == rows[1].inbox_id, column
        with store.writing() as connection:
            inbox.remove(connection, [left], max_bytes=100)
            assert inbox.count(connection) == 0


@pytest.mark.parametrize("writer", ["nobody", "another connection", "this connection"])
def test_rows_of_sqlite_are_read_again_where_somebody_wrote_since(
    sqlite_url: str, open_store: OpenStore, writer: str
) -> None:
    store = open_store(sqlite_url)
    insert(store, "uri, body", "('urn:1', 'x'), ('urn:2', 'x')")
    with store.reading() as connection:
        rows = inbox.take(connection, 10, source="s")
    if writer != "nobody":
        insert(store if writer == "this connection" else open_store(sqlite_url), "uri, body", "('urn:3', 'x')")
    statements: list[str] = []
    with told(store, lambda _, text, __: statements.append(text)), store.writing() as connection:
        inbox.remove(connection, rows)
    assert any("FROM inbox WHERE id >" in text for text in statements) == (writer != "nobody")
    assert [item.uri for item in taken(store)] == ([] if writer == "nobody" else ["urn:3"])


def test_what_is_not_utf8_does_not_hide_a_change_of_another_row(sqlite_url: str, open_store: OpenStore) -> None:
    store = open_store(sqlite_url)
    insert(
        store, "uri, body", "('urn:1', 'für alle'), ('urn:2', CAST(x'74ff65' AS TEXT)), ('urn:3', 'x'), ('urn:4', 'x')"
    )
    with store.reading() as connection:
        rows = inbox.take(connection, 10, source="s")
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE inbox SET body = 'y' WHERE uri = 'urn:3'")
    with store.writing() as connection:
        inbox.remove(connection, rows)
    assert [item.uri for item in taken(store)] == ["urn:3"]


def test_only_rows_that_were_taken_are_removed(store: Store) -> None:
    insert(store, "uri, body", "('urn:1', 'x'), ('urn:2', 'x'), ('urn:3', 'x')")
    with store.writing() as connection:
        rows = inbox.take(connection, 10, source="s")
        inbox.remove(connection, [])
        inbox.remove(connection, [rows[0], rows[2]])
        assert [row.item.uri for row in inbox.take(connection, 10, source="s")] == ["urn:2"]


@pytest.mark.parametrize("broken", [False, True], ids=["alone", "before what is not UTF-8"])
def test_rows_of_any_id_are_taken_and_removed(store: Store, second_store: Store, *, broken: bool) -> None:
    ids = [-(2**63), -1, 0, 1, 2**63 - 1]
    insert(store, "id, uri, body", ", ".join(f"({number}, 'urn:{number}', 'text')" for number in ids))
    if broken and store.engine.dialect.name == "sqlite":
        insert(store, "id, uri, body", "(2, 'urn:2', CAST(x'FF' AS TEXT))")
        ids.insert(-1, 2)
    with store.reading() as connection:
        taken = inbox.take(connection, 1000, source="ingest")
    assert [row.inbox_id for row in taken] == ids
    insert(second_store, "id, uri, body", "(3, 'urn:late', 'text')")  # so that what was taken is read again
    with store.writing() as connection:
        inbox.remove(connection, taken)
    assert only(store) == Article(uri="urn:late", body="text", source="ingest")


@pytest.mark.parametrize("name", ["uri", "body", "source", "title", "url", "publisher", "language", "content_type"])
@pytest.mark.parametrize(("value", "reason"), [("a\x00b", "binary"), ("a\ud800b", "encoding")])
def test_what_no_database_holds_is_refused_and_the_rest_is_taken(
    sqlite_url: str, open_store: OpenStore, name: str, value: str, reason: str
) -> None:
    store = open_store(sqlite_url)
    given = {"uri": "urn:poison", "body": "text", "source": "wire"} | {name: value}
    with store.writing() as connection:
        (refused,) = inbox.put(connection, [WHOLE, Article(**given), WHOLE])
        inbox.reject(connection, [refused], AT)
    assert refused.reason == reason
    assert name in refused.detail
    assert taken(store) == [WHOLE, WHOLE]
    with store.reading() as connection:
        row = connection.execute(sa.select(rejections)).one()
    assert row.reason == reason
    assert "\\" in row.uri or name != "uri"


def test_rejections_of_any_text_can_be_written(store: Store) -> None:
    poison = Rejected("s\x00" * 1000, "\ud800" * 5000, "encoding", "detail \x00\udfff")
    with store.writing() as connection:
        inbox.reject(connection, [poison], AT)
        inbox.reject(connection, [], AT)
        row = connection.execute(sa.text("SELECT * FROM v_rejections")).one()
    assert row.detail == "detail \\x00\\udfff"
    assert row.uri.startswith("\\ud800")
    assert len(row.uri) <= URI_BYTES


@pytest.mark.parametrize(
    ("columns", "values", "reason", "words"),
    [
        (
            "uri, body",
            "('urn:p', CAST(x'74ff65' AS TEXT))",
            "encoding",
            "the body is not UTF-8: invalid start byte at byte 1",
        ),
        ("uri, body", "('urn:p', x'ff00fe')", "encoding", "the body is not UTF-8"),
        ("uri, body", "('urn:p', CAST(x'eda080' AS TEXT))", "encoding", "the body is not UTF-8"),
        ("uri, body", "('urn:p', 'a' || char(0) || 'b')", "binary", "the body holds NUL characters"),
        ("uri, body, title", "('urn:p', 'x', CAST(x'ff' AS TEXT))", "encoding", "the title is not UTF-8"),
        ("uri, body, source", "('urn:p', 'x', CAST(x'ff' AS TEXT))", "encoding", "the source is not UTF-8"),
        ("uri, body, source", "('urn:p', 'x', 'a' || char(0))", "binary", "the source holds NUL characters"),
        ("uri, body", "('urn:' || char(0), 'x')", "binary", "the uri holds NUL characters"),
        ("uri, body", "(CAST(x'75ff' AS TEXT), 'x')", "encoding", "the uri is not UTF-8"),
        ("uri, body", "('', 'x')", "missing_field", "the uri is empty"),
        ("uri, body", "('  ', 'x')", "missing_field", "the uri is empty"),
        ("uri, body", f"('{'u' * 2001}', 'x')", "too_large", "the uri is longer than 2,000 bytes"),
        ("uri, body, source", f"('urn:p', 'x', '{'s' * 501}')", "too_large", "the source is longer than 500 bytes"),
    ],
)
def test_poison_in_sqlite_is_a_rejection_and_stops_nothing(
    sqlite_url: str, open_store: OpenStore, columns: str, values: str, reason: str, words: str
) -> None:
    store = open_store(sqlite_url)
    insert(store, "uri, body", "('urn:before', 'text')")
    insert(store, columns, values)
    insert(store, "uri, body", "('urn:after', 'text')")
    before, poison, after = taken(store)
    assert (before.uri, after.uri) == ("urn:before", "urn:after")
    assert isinstance(poison, Rejected)
    assert poison.reason == reason
    assert words in poison.detail
    with store.writing() as connection:
        inbox.reject(connection, [poison], AT)


@pytest.mark.parametrize(
    ("columns", "values", "reason"),
    [
        ("uri, body", "('', 'x')", "missing_field"),
        ("uri, body", f"('{'ü' * 1001}', 'x')", "too_large"),
        ("uri, body, source", f"('urn:p', 'x', '{'ü' * 251}')", "too_large"),
    ],
)
def test_poison_on_both_databases(store: Store, columns: str, values: str, reason: str) -> None:
    insert(store, columns, values)
    insert(store, "uri, body", "('urn:after', 'text')")
    poison, after = taken(store)
    assert isinstance(poison, Rejected)
    assert poison.reason == reason
    assert after.uri == "urn:after"


def test_a_body_given_as_bytes_is_text_where_it_is_utf8(sqlite_url: str, open_store: OpenStore) -> None:
    store = open_store(sqlite_url)
    insert(store, "uri, body, source", "('urn:1', CAST('für alle' AS BLOB), x'77697265')")
    assert taken(store) == [Article(uri="urn:1", body="für alle", source="wire")]


def test_numbers_in_place_of_texts_are_texts(sqlite_url: str, open_store: OpenStore) -> None:
    store = open_store(sqlite_url)
    insert(store, "uri, body, title", "(17, 18.5, 19)")
    assert taken(store) == [Article(uri="17", body="18.5", title="19", source="ingest")]


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("'2025-05-21T12:00:00Z'", AT),
        ("'2025-05-21 14:00:00+02:00'", AT),
        ("'Wed, 21 May 2025 12:00:00 GMT'", AT),
        ("'21 May 2025 12:00 UTC'", AT),
        ("1747828800", AT),
        ("1747828800.25", AT),
        ("1747828800000", AT),
        ("x'323032352d30352d32315431323a30303a30305a'", AT),
        ("'soon'", None),
        ("x'ff'", None),
        ("''", None),
        ("'0000-00-00'", None),
        ("'2569-03-07T12:00:00Z'", None),
        ("'1970-01-01T00:00:00Z'", datetime(1970, 1, 1, tzinfo=UTC)),
        ("NULL", None),
    ],
)
def test_dates_of_every_kind_in_sqlite(
    sqlite_url: str, open_store: OpenStore, given: str, read: datetime | None
) -> None:
    store = open_store(sqlite_url)
    insert(store, "uri, body, published_at", f"('urn:1', 'text', {given})")
    item = only(store)
    assert isinstance(item, Article)
    assert item.published_at == read


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("2025-05-21 14:00:00.9+02", AT),
        ("infinity", None),
        ("-infinity", None),
        ("0044-03-15 BC", None),
        ("294000-01-01", None),
        ("1899-12-31", None),
        ("1899-12-31T23:59:59Z", None),
        ("1900-01-01T00:00:00Z", datetime(1900, 1, 1, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("2569-03-07T12:00:00Z", None),
        ("2100-12-31T23:59:59Z", datetime(2100, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2101-01-01T00:00:00Z", None),
        ("2101-06-01", None),
    ],
)
def test_dates_of_every_kind_in_postgresql(
    postgresql_url: str, open_store: OpenStore, given: str, read: datetime | None
) -> None:
    store = open_store(postgresql_url)
    insert(store, "uri, body, published_at, received_at", f"('urn:1', 'text', '{given}', '{given}')")
    item = only(store)
    assert isinstance(item, Article)
    assert item.published_at == read
    assert store.health().pending == 1


def test_a_body_over_the_limit_is_not_loaded(store: Store) -> None:
    insert(store, "uri, body", f"('urn:1', '{'ü' * 50}'), ('urn:2', '{'ü' * 51}'), ('urn:3', '')")
    fits, large, empty = taken(store, max_bytes=100)
    assert isinstance(fits, Article)
    assert isinstance(large, Rejected)
    assert (large.uri, large.reason) == ("urn:2", "too_large")
    assert "102 bytes, more than 100" in large.detail
    assert empty == Article(uri="urn:3", body="", source="ingest")


def test_long_bodies_are_taken_a_few_at_a_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "BATCH_BYTES", 100)
    lengths = (60, 60, 101, 40, 40, 40)
    values = ", ".join(f"('urn:{place}', '{'x' * length}')" for place, length in enumerate(lengths))
    insert(store, "uri, body", values)
    batches = []
    while items := taken(store):
        batches.append([item.uri for item in items])
        with store.writing() as connection:
            for uri in batches[-1]:
                connection.execute(sa.text("DELETE FROM inbox WHERE uri = :uri"), {"uri": uri})
    assert batches == [["urn:0"], ["urn:1"], ["urn:2"], ["urn:3", "urn:4"], ["urn:5"]]


def test_too_long_bodies_do_not_make_a_batch_shorter(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "BATCH_BYTES", 100)
    insert(store, "uri, body", f"('urn:1', '{'x' * 500}'), ('urn:2', '{'x' * 500}'), ('urn:3', 'text')")
    assert len(taken(store, max_bytes=50)) == 3


def test_an_empty_inbox(store: Store) -> None:
    assert taken(store) == []
    with store.reading() as connection:
        assert inbox.count(connection) == 0
