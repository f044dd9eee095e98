"""The inbox: where articles wait. Anybody may insert; only the writer takes rows out, once it has recorded them.

Anybody may also change a row that waits, even while a pass works on it: such a row is not taken out but read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row, RowMapping

from dedup.intake.article import Article
from dedup.intake.dates import YEARS, parse_date
from dedup.store.tables import UtcTime, inbox, rejections

# A row of a unique index of PostgreSQL holds at most some 2,700 bytes: source and uri must fit in one.
URI_BYTES = 2_000
SOURCE_BYTES = 500
# Bodies taken at once, in bytes: bounds the memory that a batch of long articles needs.
BATCH_BYTES = 16 * 2**20
_TEXTS = ("source", "uri", "url", "publisher", "title", "body", "content_type", "language")
_COLUMNS = (*_TEXTS, "published_at")
_DATES = UtcTime()
_values = attrgetter(*_COLUMNS)
_IN_SPAN = inbox.c.id.between(sa.bindparam("first"), sa.bindparam("last"))
_REMOVAL = sa.delete(inbox).where(_IN_SPAN)
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


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row of the inbox, in the order of arrival: the article, or why the row cannot be one.

    `revision` is another number once the row was changed. It means something to this process alone.
    """

    inbox_id: int
    item: Article | Rejected
    revision: int


def put(connection: Connection, articles: Iterable[Article]) -> list[Rejected]:
    """Adds `articles` to the inbox in their order; returns those that no database can hold."""
    statement = sa.insert(inbox).compile(dialect=connection.dialect, column_keys=_COLUMNS)
    rows: list[Any] = []
    refused = []
    for article in articles:
        *texts, published = _values(article)
        if not all(text is None or (text.isascii() and "\x00" not in text) for text in texts):
            problem = _unstorable(article)
            if problem is not None:
                refused.append(problem)
                continue
        rows.append((*texts, _DATES.process_bind_param(published, connection.dialect)))
    if rows:
        if not statement.positional:
            rows = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
        # One statement for all rows; what Core would do to each of them costs more than the database does.
        connection.exec_driver_sql(str(statement), rows)
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


def take(connection: Connection, limit: int, *, source: str, max_bytes: int | None = None) -> list[Waiting]:
    """The oldest rows, at most `limit`, oldest first; they stay in the inbox until the writer removes them.

    There are fewer where the bodies together are longer than `BATCH_BYTES`, but always one if any waits. `source` is
    the name of articles that give none. A row that cannot be an article comes back as rejected and does not keep the
    others from being read: SQLite lets in what is not UTF-8. A body of more than `max_bytes` is not even loaded.
    """
    span = _span(connection, limit, max_bytes)
    if span is None:
        return []
    rows = connection.execute(_query(connection.dialect.name, max_bytes), span)
    return [Waiting(row[0], _item(row, source, max_bytes), _revision(row)) for row in rows]


def remove(connection: Connection, taken: Sequence[Waiting], max_bytes: int | None = None) -> None:
    """Deletes the rows that are still as they were taken, under the same `max_bytes`; one that was changed waits on."""
    if not taken:
        return
    ids = [row.inbox_id for row in taken]
    span = {"first": min(ids), "last": max(ids)}
    if connection.dialect.name == "postgresql":
        revisions = [row.revision for row in taken]
        connection.execute(_REMOVAL_OF_UNCHANGED, {"ids": ids, "revisions": revisions, **span})
        return
    there = {row[0]: _revision(row) for row in connection.execute(_query(connection.dialect.name, max_bytes), span)}
    unchanged = [row.inbox_id for row in taken if there.get(row.inbox_id) == row.revision]
    if unchanged:
        connection.execute(_REMOVAL, [{"first": first, "last": last} for first, last in _runs(unchanged)])


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of each run of numbers without a gap: a row that nobody has read must not be in one."""
    ordered = sorted(numbers)
    start = 0
    for place in range(1, len(ordered) + 1):
        if place == len(ordered) or ordered[place] != ordered[place - 1] + 1:
            yield ordered[start], ordered[place - 1]
            start = place


def count(connection: Connection) -> int:
    """Rows that wait."""
    return connection.scalar(sa.select(sa.func.count()).select_from(inbox)) or 0


def printable(text: str) -> str:
    """`text` without what databases and terminals cannot take: NUL and lone surrogates are shown as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\x00", "\\x00")


def _unstorable(article: Article) -> Rejected | None:
    for name in _TEXTS:
        value = getattr(article, name)
        if value is None:
            continue
        if "\x00" in value:
            return _refuse(article, "binary", f"the {name} holds NUL characters")
        if not value.isascii():
            try:
                value.encode("utf-8")
            except UnicodeEncodeError:
                return _refuse(article, "encoding", f"the {name} holds half a character (a lone surrogate)")
    return None


def _refuse(article: Article, reason: str, detail: str) -> Rejected:
    return Rejected(article.source or "", article.uri, reason, detail)


def _octets(dialect: str, column: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    if dialect == "postgresql":
        return sa.func.octet_length(column)
    return sa.func.length(sa.cast(column, sa.BLOB))  # of a text, length() alone counts characters


def _span(connection: Connection, limit: int, max_bytes: int | None) -> dict[str, int] | None:
    """The ids of the first and the last row to take."""
    query = sa.select(inbox.c.id, _octets(connection.dialect.name, inbox.c.body)).order_by(inbox.c.id).limit(limit)
    span: dict[str, int] | None = None
    total = 0
    for inbox_id, octets in connection.execute(query):
        if max_bytes is None or octets <= max_bytes:
            total += octets
        if span is None:
            span = {"first": inbox_id, "last": inbox_id}
        elif total > BATCH_BYTES:
            break
        span["last"] = inbox_id
    return span


@lru_cache(maxsize=8)
def _query(dialect: str, max_bytes: int | None) -> sa.Select[Any]:
    """The rows from id `first` to `last`, selected so that none, whatever is in it, can make the reading fail."""
    octets = _octets(dialect, inbox.c.body)
    texts: dict[str, sa.ColumnElement[Any]] = {name: inbox.c[name] for name in _TEXTS}
    if max_bytes is not None:
        texts["body"] = sa.case((octets <= max_bytes, inbox.c.body))
    date = inbox.c.published_at
    if dialect == "postgresql":
        # Python has no infinity among its dates, nor years of five digits.
        believed = sa.text(f"published_at >= '{YEARS.start}-01-01' AND published_at < '{YEARS.stop}-01-02'")
        dated: sa.ColumnElement[Any] = sa.case((believed, date))
        revision: sa.ColumnElement[Any] = sa.literal_column("CAST(CAST(inbox.xmin AS text) AS bigint)")
    else:
        # The driver's bytes as they are: of a type that has nothing done to its values.
        texts = {name: sa.type_coerce(sa.cast(column, sa.BLOB), sa.types.NullType()) for name, column in texts.items()}
        dated = sa.type_coerce(sa.cast(date, sa.BLOB), sa.types.NullType())
        revision = sa.null()
    named = {**texts, "published_at": dated, "octets": octets, "revision": revision}
    columns = [column.label(name) for name, column in named.items()]
    return sa.select(inbox.c.id, *columns).where(_IN_SPAN).order_by(inbox.c.id)


def _revision(row: Row[Any]) -> int:
    """The revision of a row of `_query`. SQLite keeps none, so there all that is in the row has to tell."""
    given: int | None = row[-1]
    return hash(row) if given is None else given


def _item(row: Row[Any], source: str, max_bytes: int | None) -> Article | Rejected:
    """The article in a row of `_query`, or why it is none."""
    try:
        texts = [value.decode() if type(value) is bytes else value for value in row[1 : len(_TEXTS) + 1]]
    except UnicodeDecodeError:
        return _checked(row._mapping, source, max_bytes)
    name, uri, url, publisher, title, body, content_type, language = texts
    short = uri is not None and 4 * len(uri) <= SOURCE_BYTES >= 4 * len(name or "")
    if body is None or not short or uri.isspace() or not uri or any(text and "\x00" in text for text in texts):
        return _checked(row._mapping, source, max_bytes)
    published = _moment(row[len(_TEXTS) + 1])
    return Article(uri, body, name or source, url, publisher, title, content_type, language, published)


def _checked(row: RowMapping, source: str, max_bytes: int | None) -> Article | Rejected:
    """As `_item`, for a row with something out of the ordinary."""
    shown = {name: _shown(row[name]) for name in ("source", "uri")}
    name, uri = shown["source"] or source, shown["uri"]
    if len(name.encode()) > SOURCE_BYTES or len(uri.encode()) > URI_BYTES:
        detail = f"the source is longer than {SOURCE_BYTES} bytes or the uri longer than {URI_BYTES}"
        return Rejected(name[:SOURCE_BYTES], uri[:200], "too_large", detail)
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
    if isinstance(published, bytes):
        return parse_date(published.decode("utf-8", "replace"))
    return published  # type: ignore[no-any-return]


def _shown(value: str | bytes | None) -> str:
    if value is None:
        return ""
    return printable(value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value)
