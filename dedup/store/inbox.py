"""The inbox: where articles wait. Anybody may insert; only the writer takes rows out, when it records what became of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.intake.article import Article
from dedup.intake.dates import parse_date
from dedup.store.tables import inbox, rejections

# A unique index of PostgreSQL holds at most some 2,700 bytes a row.
URI_BYTES = 2_000
_COLUMNS = ("source", "uri", "url", "publisher", "title", "body", "content_type", "language", "published_at")


@dataclass(frozen=True, slots=True)
class Rejected:
    """An input that was not taken: why, in one of the fixed words of `InputRejected`, and in a sentence."""

    source: str
    uri: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row of the inbox, in the order of arrival: the article, or why the row cannot be one."""

    inbox_id: int
    item: Article | Rejected


def put(connection: Connection, articles: Iterable[Article]) -> list[Rejected]:
    """Adds `articles` to the inbox in their order; returns those that no database can hold."""
    rows, refused = [], []
    for article in articles:
        problem = _unstorable(article)
        if problem is None:
            rows.append({name: getattr(article, name) for name in _COLUMNS})
        else:
            refused.append(problem)
    if rows:
        connection.execute(sa.insert(inbox), rows)
    return refused


def reject(connection: Connection, refused: Iterable[Rejected], at: datetime) -> None:
    """Adds rows to the rejections."""
    rows = [
        {"source": printable(r.source), "uri": printable(r.uri), "reason": r.reason, "detail": printable(r.detail), "at": at}
        for r in refused
    ]
    if rows:
        connection.execute(sa.insert(rejections), rows)


def waiting_ids(connection: Connection, limit: int) -> list[int]:
    """The ids of the oldest rows, at most `limit`, oldest first."""
    return list(connection.scalars(sa.select(inbox.c.id).order_by(inbox.c.id).limit(limit)))


def take(connection: Connection, limit: int, *, source: str) -> list[Waiting]:
    """The oldest rows, at most `limit`, oldest first; they stay in the inbox until the writer deletes them.

    `source` is the name of articles that give none. A row whose text is not UTF-8, which SQLite lets in, comes back
    as rejected and does not keep the others from being read.
    """
    query = sa.select(inbox).order_by(inbox.c.id).limit(limit)
    try:
        rows = [row._asdict() for row in connection.execute(query)]
    except (sa.exc.OperationalError, UnicodeDecodeError):
        if connection.dialect.name != "sqlite":
            raise
        rows = _rows_of_bytes(connection, limit)
    return [Waiting(row["id"], _item(row, source)) for row in rows]


def count(connection: Connection) -> int:
    """Rows that wait."""
    return connection.scalar(sa.select(sa.func.count()).select_from(inbox)) or 0


def printable(text: str) -> str:
    """`text` without what databases and terminals cannot take: NUL and lone surrogates are shown as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\x00", "\\x00")


def _unstorable(article: Article) -> Rejected | None:
    for name in _COLUMNS:
        value = getattr(article, name)
        if not isinstance(value, str):
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


def _item(row: dict[str, Any], source: str) -> Article | Rejected:
    values: dict[str, Any] = {"source": row["source"] or source}
    name = str(values["source"])
    uri = row["uri"]
    if not isinstance(uri, str):
        return Rejected(name, printable(repr(uri)), "encoding", "the uri is not text")
    if not uri.strip():
        return Rejected(name, uri, "missing_field", "the uri is empty")
    if len(uri.encode("utf-8", "surrogatepass")) > URI_BYTES or len(name) > URI_BYTES // 4:
        return Rejected(name, uri[:200], "too_large", f"uri or source is longer than {URI_BYTES} bytes")
    for column in _COLUMNS[1:-1]:
        value = row[column]
        if isinstance(value, bytes):
            try:
                value = value.decode("utf-8")
            except UnicodeDecodeError as error:
                return Rejected(name, uri, "encoding", f"the {column} is not UTF-8: {error.reason} at byte {error.start}")
        elif value is not None and not isinstance(value, str):
            value = str(value)
        if value is not None and "\x00" in value:
            return Rejected(name, printable(uri), "binary", f"the {column} holds NUL characters")
        values[column] = value
    values["published_at"] = row["published_at"]
    return Article(**values)


def _rows_of_bytes(connection: Connection, limit: int) -> list[dict[str, Any]]:
    raw: Any = connection.connection.driver_connection
    columns = [column.name for column in inbox.columns]
    cursor = sqlite3.Cursor(raw)
    before, raw.text_factory = raw.text_factory, bytes
    try:
        found = cursor.execute(f"SELECT {', '.join(columns)} FROM inbox ORDER BY id LIMIT ?", (limit,)).fetchall()
    finally:
        raw.text_factory = before
        cursor.close()
    rows = [dict(zip(columns, row, strict=True)) for row in found]
    for row in rows:
        for name in ("source", "uri", "published_at"):
            if isinstance(row[name], bytes):
                row[name] = row[name].decode("utf-8", "backslashreplace")
        row["published_at"] = parse_date(row["published_at"])
    return rows
