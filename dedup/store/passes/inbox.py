"""The inbox: where articles wait. Anybody may insert; only the writer takes rows out, once it has recorded them.

Anybody may also change a row that waits, even while a pass works on it: such a row is not taken out but read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from dedup.config.sections import SOURCE_BYTES
from dedup.intake.article import URI_BYTES, Article, holds_nul, octets_of
from dedup.intake.dates import YEARS, parse_moment
from dedup.named import make
from dedup.printable import printable
from dedup.spans import spans
from dedup.store.database.bulk import Row, insert, select
from dedup.store.database.glimpse import Glimpse, glimpse
from dedup.store.database.lenient import shown
from dedup.store.database.moments import iso
from dedup.store.database.numbers import HIGHEST
from dedup.store.tables import inbox, rejections

# Bodies taken at once, in bytes: bounds the memory that a batch of long articles needs.
BATCH_BYTES = 16 * 2**20
_TEXTS = ("source", "uri", "url", "publisher", "title", "body", "content_type", "language", "authors")
# The texts in the order of the fields of an article, then its date.
_COLUMNS = (
    "uri", "body", "source", "url", "publisher", "title", "content_type", "language", "authors", "published_at",
)  # fmt: skip
# A row as it is read: its id, these columns, and how many octets its body has.
_READ = ("id", *_COLUMNS, "octets")
_BODY, _PUBLISHED, _OCTETS = (_READ.index(name) for name in ("body", "published_at", "octets"))
BEFORE_ALL = -(2**63) - 1
"""Less than the id of any row."""
_NO_LIMIT = -1
_LENGTH = "length(CAST(body AS BLOB))"  # of a text, length() alone counts characters
_SHORT = f"CASE WHEN ? IS NULL OR {_LENGTH} <= ? THEN body END"


def _reading(kind: str) -> str:
    """SQL for rows of SQLite, each column by way of `kind`; `_bound` gives its parameters.

    None of them has a number: Python 3.12.0 to 3.12.3 warns of each such parameter at each call.
    """
    columns = [kind.format(_SHORT if name == "body" else name) for name in _COLUMNS]
    return (
        f"SELECT id, {', '.join(columns)}, {_LENGTH} FROM inbox "  # noqa: S608 - names of our own
        "WHERE id >= ? AND id <= ? ORDER BY id LIMIT ?"
    )


_AS_TEXT, _AS_BYTES = _reading("{}"), _reading("CAST({} AS BLOB)")
_SPAN = inbox.c.id.between(sa.bindparam("first"), sa.bindparam("last"))
_REMOVAL = "DELETE FROM inbox WHERE id BETWEEN ? AND ?"
# Each row of PostgreSQL names the transaction that wrote it; a row that is just being changed is waited for.
_REMOVAL_OF_UNCHANGED = sa.text(
    "DELETE FROM inbox USING unnest(CAST(:ids AS bigint[]), CAST(:revisions AS bigint[])) AS taken (id, revision) "
    "WHERE inbox.id BETWEEN :first AND :last AND inbox.id = taken.id "
    "AND inbox.xmin = CAST(CAST(taken.revision AS text) AS xid)"
)


@dataclass(frozen=True, slots=True)
class Rejected:
    """An input that was not taken: why, in one of the fixed words of `InputRejected`, and in a sentence."""

    source: str
    uri: str
    reason: str
    detail: str


class Waiting(NamedTuple):
    """A row of the inbox, in the order of arrival: the article, or why the row cannot be one.

    `revision` is another one once the row was changed: on SQLite the row itself, else a number. `seen` means something
    to this process alone: on SQLite the moment at which the row was read.
    """

    inbox_id: int
    item: Article | Rejected
    revision: Row | int
    seen: Glimpse | None = None


def put(connection: Connection, articles: Iterable[Article]) -> list[Rejected]:
    """Adds `articles` to the inbox in their order; returns those that no database can hold."""
    rows: list[Row] = []
    refused = []
    for one in articles:
        short = (one.source, one.url, one.publisher, one.title, one.content_type, one.language, one.authors)
        whole = "".join(filter(None, (one.uri, *short)))
        if not (whole.isascii() and one.body.isascii()) or "\x00" in whole or "\x00" in one.body:
            problem = _unstorable(one)
            if problem is not None:
                refused.append(problem)
                continue
        published = None if one.published_at is None else iso(one.published_at)
        rows.append((one.uri, one.body, *short, published))
    insert(connection, inbox, _COLUMNS, rows)
    return refused


def reject(connection: Connection, refused: Iterable[Rejected], at: datetime) -> None:
    """Adds rows to the rejections."""
    rows = [
        {
            "source": printable(r.source)[:SOURCE_BYTES],
            "uri": printable(r.uri)[:URI_BYTES],
            "reason": r.reason,
            "detail": printable(r.detail),
            "at": at,
        }
        for r in refused
    ]
    if rows:
        connection.execute(sa.insert(rejections), rows)


def take(
    connection: Connection, limit: int, behind: int = BEFORE_ALL, *, source: str, max_bytes: int | None = None
) -> list[Waiting]:
    """The oldest rows, at most `limit`, oldest first; they stay in the inbox until the writer removes them.

    They are those `behind` the row of this id. There are fewer where the bodies together are longer than `BATCH_BYTES`,
    but always one if any waits. `source` is the name of articles that give none. A row that cannot be an article comes
    back as rejected and does not keep the others from being read: SQLite lets in what is not UTF-8. A body of more than
    `max_bytes` is not even loaded.
    """
    first = behind + 1
    if first > HIGHEST:
        return []
    if connection.dialect.name == "postgresql":
        span = _span(connection, first, limit, max_bytes)
        found = connection.execute(_query(max_bytes), span) if span is not None else ()
        return [Waiting(row[0], _item(row, source, max_bytes), row[-1]) for row in found]
    seen = glimpse(connection)
    waiting: list[Waiting] = []
    octets = 0
    for row in _read(connection, max_bytes, first, HIGHEST, limit):
        octets += 0 if row[_BODY] is None else row[_OCTETS]
        if waiting and octets > BATCH_BYTES:
            break
        waiting.append(make(Waiting, (row[0], _item(row, source, max_bytes), row, seen)))
    return waiting


def remove(connection: Connection, taken: Sequence[Waiting], max_bytes: int | None = None) -> None:
    """Deletes the rows that are still as they were taken, under the same `max_bytes`; one that was changed waits on.

    On SQLite it is cheaper as the first thing that a transaction does: where nobody has written since, not the
    transaction itself either, no row need be looked at.
    """
    if not taken:
        return
    ids = [row.inbox_id for row in taken]
    first, last = min(ids), max(ids)
    if connection.dialect.name == "postgresql":
        revisions = [row.revision for row in taken]
        span = {"first": first, "last": last}
        connection.execute(_REMOVAL_OF_UNCHANGED, {"ids": ids, "revisions": revisions, **span})
        return
    now = glimpse(connection)
    if any(row.seen != now for row in taken):
        before = {row.inbox_id: row.revision for row in taken}
        # All of them: rows may have come in between, which must not push out one that was taken.
        there = _read(connection, max_bytes, first, last, _NO_LIMIT)
        ids = [row[0] for row in there if before.get(row[0]) == row]
    if ids:
        # Without a gap: a row that nobody has read must not be in one.
        connection.exec_driver_sql(_REMOVAL, list(spans(sorted(ids))))


def count(connection: Connection) -> int:
    """Rows that wait."""
    return connection.scalar(sa.select(sa.func.count()).select_from(inbox)) or 0


def _unstorable(article: Article) -> Rejected | None:
    for name in _TEXTS:
        value = getattr(article, name)
        if value is None:
            continue
        known = octets_of(value)
        if holds_nul(value) if known is None else known[1]:
            return _refuse(article, "binary", f"the {name} holds NUL characters")
        if known is None:
            return _refuse(article, "encoding", f"the {name} holds half a character (a lone surrogate)")
    return None


def _refuse(article: Article, reason: str, detail: str) -> Rejected:
    return Rejected(article.source or "", article.uri, reason, detail)


def _span(connection: Connection, first: int, limit: int, max_bytes: int | None) -> dict[str, int] | None:
    """The ids of the first and the last row to take from PostgreSQL, which sends all that it is asked for."""
    query = sa.select(inbox.c.id, sa.func.octet_length(inbox.c.body)).where(inbox.c.id >= first)
    query = query.order_by(inbox.c.id).limit(limit)
    ids: list[int] = []
    total = 0
    for number, octets in connection.execute(query):
        total += octets if max_bytes is None or octets <= max_bytes else 0
        if ids and total > BATCH_BYTES:
            break
        ids.append(number)
    return {"first": ids[0], "last": ids[-1]} if ids else None


@lru_cache(maxsize=8)
def _query(max_bytes: int | None) -> sa.Select[Any]:
    """The rows of PostgreSQL from id `first` to `last`, with their revision."""
    octets = sa.func.octet_length(inbox.c.body)
    columns: dict[str, sa.ColumnElement[Any]] = {name: inbox.c[name] for name in _COLUMNS}
    if max_bytes is not None:
        columns["body"] = sa.case((octets <= max_bytes, inbox.c.body))
    # Python has no infinity among its dates, nor years of five digits. Without its zone a day would begin where the
    # session is.
    believed = sa.text(f"published_at >= '{YEARS.start}-01-01Z' AND published_at < '{YEARS.stop}-01-01Z'")
    revision: sa.ColumnElement[Any] = sa.literal_column("CAST(CAST(inbox.xmin AS text) AS bigint)")
    columns |= {"published_at": sa.case((believed, inbox.c.published_at)), "octets": octets, "revision": revision}
    labelled = [column.label(name) for name, column in columns.items()]
    return sa.select(inbox.c.id, *labelled).where(_SPAN).order_by(inbox.c.id)


def _read(connection: Connection, max_bytes: int | None, first: int, last: int, limit: int) -> Iterator[Row]:
    """Rows of SQLite with the ids from `first` up to `last`, whatever is in them: what is not UTF-8 stays bytes."""
    count = 0
    try:
        for row in select(connection, _AS_TEXT, _bound(max_bytes, first, last, limit)):
            first, count = row[0] + 1, count + 1
            yield row
    except DBAPIError as error:
        # The driver reads texts faster than we do, but ends at the first that is not UTF-8; no code of SQLite's then.
        if getattr(error.orig, "sqlite_errorcode", None) is not None:
            raise
        for row in select(connection, _AS_BYTES, _bound(max_bytes, first, last, limit - count)):
            yield tuple(map(_decoded, row))


def _bound(max_bytes: int | None, first: int, last: int, limit: int) -> tuple[int | None, ...]:
    """Parameters of `_reading`: the longest body, the first and last id, how many rows at most (below 0 all)."""
    return max_bytes, max_bytes, first, last, limit


def _decoded(value: Any) -> Any:
    try:
        return value.decode() if type(value) is bytes else value
    except UnicodeDecodeError:
        return value


def _item(row: Sequence[Any], source: str, max_bytes: int | None) -> Article | Rejected:
    """The article in a row, or why it is none."""
    uri, body, *others = row[1:_PUBLISHED]
    if type(body) is not str:
        return _checked(row, source, max_bytes)
    try:
        short = "".join(filter(None, (uri, *others)))
    except TypeError:  # bytes are among them
        return _checked(row, source, max_bytes)
    name, url, publisher, title, content_type, language, authors = others
    named = uri is not None and 0 < 4 * len(uri) <= SOURCE_BYTES >= 4 * len(name or "") and not uri.isspace()
    if not named or holds_nul(short) or holds_nul(body):
        return _checked(row, source, max_bytes)
    published = _moment(row[_PUBLISHED])
    return Article(uri, body, name or source, url, publisher, title, content_type, language, published, authors)


def _checked(given: Sequence[Any], source: str, max_bytes: int | None) -> Article | Rejected:
    """The article in a row with something out of the ordinary, or why it is none."""
    row = dict(zip(_READ, given, strict=False))
    shown_source, uri = (printable(row[name] or "") for name in ("source", "uri"))
    name = shown_source or source
    for column, text, most in (("source", name, SOURCE_BYTES), ("uri", uri, URI_BYTES)):
        if len(text.encode()) > most:
            return Rejected(
                name[:SOURCE_BYTES],
                uri[:200],
                "too_large",
                f"the {column} is longer than {most:,} bytes: {text[:60]}...",
            )
    values: dict[str, Any] = {}
    for column in _TEXTS:
        value = row[column]
        if column == "body" and value is None:
            return Rejected(name, uri, "too_large", f"the body has {row['octets']:,} bytes, more than {max_bytes:,}")
        if isinstance(value, bytes):
            try:
                value = value.decode("utf-8")
            except UnicodeDecodeError as error:
                return Rejected(
                    name, uri, "encoding", f"the {column} is not UTF-8: {error.reason} at byte {error.start}"
                )
        if value is not None and "\x00" in value:
            return Rejected(name, uri, "binary", f"the {column} holds NUL characters")
        values[column] = value
    if not uri.strip():
        return Rejected(name, uri, "missing_field", "the uri is empty")
    return Article(**values | {"source": name, "published_at": _moment(row["published_at"])})


def _moment(published: Any) -> datetime | None:
    if isinstance(published, datetime):
        return published
    return parse_moment(shown(published))
