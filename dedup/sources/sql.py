"""Articles out of another program's database: a query, followed by a cursor column that grows with each change.

Rows may commit later than their cursor says, so each look begins an overlap before the newest row seen. What was taken
is known by digests of uri and content: reading a row again changes nothing, reading it edited gives a new version.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Container, Generator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.config.sources import SqlSettings
from dedup.config.urls import masked_url
from dedup.intake.article import Article
from dedup.intake.given import Given, Unreadable
from dedup.intake.json_article import URI_KEYS, read_record
from dedup.sources import foreign
from dedup.sources.batch import Batch, Kept, PartFault, SourceFault
from dedup.sources.cursor import NUMBER, TIME, WRITTEN_TIME, Cursor, is_before_all, is_behind_all, whole_number
from dedup.sources.revisions import Row, Waiting, characters
from dedup.store.database.moments import OutsideCalendar
from dedup.store.operation.sources import SeenRow

PAGE_ROWS = 500
PAGE_CHARACTERS = 8_000_000
LOOK_ROWS = 20_000
"""Rows after which a look ends, so that what was read is decided before more is."""

SHOWN_ROWS = 3
"""Of rows that are passed over, how many are named."""

KEPT_OVERLAPS = 24
"""For how many overlaps the digest of a row is kept: readers touch an entry for as long as it stands in its feed."""

# A semicolon behind which only blanks and comments are. A quote behind it may end a text that it stands in.
_END = re.compile(r""";(?:[;\s]|--[^\n'"`$\]]*+|/\*[^*'"`$\]]*+\*/)*\Z""")

_FORMS = ((TIME, OutsideCalendar), (WRITTEN_TIME, str))
_CONTENT_TYPES = {"text/html": "body_html", "application/xhtml+xml": "body_html", "text/plain": "body_text"}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page begins: at a cursor, and among rows that share it, at the one of this uri; both included."""

    cursor: Cursor
    uri: Any = None


class SqlSource:
    """A query on another database. Keep it from look to look: one that ended early goes on where it was."""

    def __init__(self, settings: SqlSettings, given: Given) -> None:
        self._settings = settings
        self._given = given
        self._unfinished: _Place | None = None
        self._waiting = Waiting()

    @property
    def more(self) -> bool:
        """Whether the last look ended before all was read."""
        return self._unfinished is not None

    def batches(self, kept: Kept, stop: threading.Event, now: datetime) -> Generator[Batch]:
        """The rows that are new or changed, a page at a time.

        Raises `SourceFault`, and `PartFault` once all others were read where some have a cursor that is in no order.
        """
        place, self._unfinished = self._unfinished, None
        if place is None:
            self._waiting = Waiting()
        newest = _newest(kept)
        # A database that was restored or emptied gives new rows numbers that it gave before; times only go on.
        counts_on = place is None and newest is not None and newest.kind == NUMBER
        if place is None and newest is not None:
            place = _Place(newest.before(self._settings.overlap))
        seen = dict(kept.seen)
        engine = foreign.engine(self._settings.url, self._settings.timeout_seconds)
        with foreign.reading(engine, masked_url(self._settings.url)) as connection:
            query = self._query(connection)
            if place is None:
                self._refuse_null(connection, query)
            read = 0
            while not stop.is_set():
                rows, whole = self._placed(connection, query, place, alone=newest is None)
                if counts_on and not rows and self._is_anew(connection, query):
                    place, newest, counts_on = None, None, False
                    continue
                read += len(rows)
                cursors = self._cursors(rows)
                self._refuse_two_forms([*cursors, *([newest] if newest else [])])
                if cursors and (newest is None or cursors[-1].position > newest.position):
                    newest = cursors[-1]
                reached = newest and newest.not_after(now)
                yield self._batch(rows, cursors, seen, reached, kept, at_end=whole)
                if whole:
                    self._tell_passed_over(connection, query, reached)
                    return
                place = self._next(place, _Place(cursors[-1], rows[-1][_uri_name(rows[-1])]))
                if read >= LOOK_ROWS:
                    self._unfinished = place
                    return

    def _placed(
        self, connection: Connection, query: sa.Subquery, place: _Place | None, *, alone: bool
    ) -> tuple[list[Row], bool]:
        """What `_page` gives, without rows whose cursor is before or behind all that has a place on its scale.

        Raises `SourceFault` where there are only such rows, if they are `alone`, or where they are among the others.
        """
        name = self._settings.cursor
        rows, whole = self._page(connection, query, place)
        strange = [row[name] for row in rows[:1] if place is None and is_before_all(row[name])]
        if strange:
            kind = next((kind for kind, form in _FORMS if isinstance(strange[0], form)), NUMBER)
            rows, whole = self._page(connection, query, _Place(Cursor.ends(kind)[0]))
        found = [row for row in rows if not is_behind_all(row[name])]
        strange += [row[name] for row in rows if is_behind_all(row[name])]
        if strange and ((alone and not found) or found != rows[: len(found)]):
            Cursor.of(strange[0], name)
        return found, whole or len(found) < len(rows)

    def _cursors(self, rows: Sequence[Row]) -> list[Cursor]:
        return [Cursor.of(row[self._settings.cursor], self._settings.cursor) for row in rows]

    def _next(self, place: _Place | None, last: _Place) -> _Place:
        if last == place:
            raise SourceFault(
                f"{PAGE_ROWS:,} rows have the same {self._settings.cursor}, {last.cursor.text}, and no uri tells them "
                "apart; the query must give each row a uri of its own"
            )
        return last

    def _query(self, connection: Connection) -> sa.Subquery:
        """The query as something to select from. Raises `SourceFault` where it lacks a column."""
        # It goes into parentheses: a comment that ends it must not take the closing one along.
        text = _END.sub("", self._settings.query).replace(":", r"\:") + "\n"
        place = sa.text(f"({text}) AS q")
        probe: sa.Select[Any] = sa.select(sa.literal_column("*")).select_from(place).where(sa.literal(1) == 0)
        names = list(connection.execute(probe).keys())
        connection.rollback()
        lacking = [] if self._settings.cursor in names else [f"the cursor {self._settings.cursor!r}"]
        lacking += [] if set(names) & set(URI_KEYS) else [f"one of {', '.join(URI_KEYS)}"]
        if lacking:
            raise SourceFault(f"the query gives {', '.join(names)}, but not {' nor '.join(lacking)}; add it")
        return sa.text(text).columns(*(sa.column(name) for name in names)).subquery("q")

    def _refuse_null(self, connection: Connection, query: sa.Subquery) -> None:
        cursor = query.c[self._settings.cursor]
        if connection.execute(sa.select(sa.literal(1)).where(cursor.is_(None)).limit(1)).first() is not None:
            raise SourceFault(
                f"the cursor {self._settings.cursor} is NULL in some rows, which would never be found; "
                f"write COALESCE({self._settings.cursor}, ...) in the query"
            )
        connection.rollback()

    def _is_anew(self, connection: Connection, query: sa.Subquery) -> bool:
        """Whether there are rows at all, where none is from the last place on."""
        cursor = query.c[self._settings.cursor]
        found = connection.execute(sa.select(sa.literal(1)).where(cursor.is_not(None)).limit(1)).first()
        connection.rollback()
        return found is not None

    def _refuse_two_forms(self, cursors: Sequence[Cursor]) -> None:
        forms = {cursor.form: cursor.text for cursor in cursors}
        if len(forms) > 1:
            told = " and ".join(sorted(forms.values()))
            column = self._settings.cursor
            way = _one_form(column) if any(one.kind == NUMBER for one in cursors) else f"datetime({column})"
            raise SourceFault(
                f"the cursor {column} is written in several ways, {told}, whose order is not that of time; "
                f"make them one, for example with {way}"
            )

    def _tell_passed_over(self, connection: Connection, query: sa.Subquery, newest: Cursor | None) -> None:
        """Raises `PartFault` where rows came, since the first look, whose cursor no comparison with a place finds.

        `newest` is the place that the look came to.
        """
        if newest is None:
            return
        cursor, uri = query.c[self._settings.cursor], query.c[_uri_name(query.c.keys())]
        strange = sa.or_(*_never_found(cursor, newest))
        found = connection.execute(sa.select(uri, cursor).where(strange).limit(SHOWN_ROWS + 1)).all()
        connection.rollback()
        if found:
            rows = sorted(f"{name!s:.200} ({_shown(value)})" for name, value in found[:SHOWN_ROWS])
            more = " and others" if len(found) > SHOWN_ROWS else ""
            ways = [f"COALESCE({cursor.name}, ...)"] if any(value is None for _, value in found) else []
            written = found if newest.kind == WRITTEN_TIME else []
            ways += [_one_form(cursor.name)] if any(isinstance(value, int | float) for _, value in written) else []
            ways += [f"datetime({cursor.name})"] if any(_is_blank_between(value) for _, value in written) else []
            raise PartFault(
                f"rows whose {cursor.name} is in no order with the others are passed over: {', '.join(rows)}{more}; "
                "all others are read; mend these there, or convert them in the query"
                + (f", for example with {' and '.join(ways)}" if ways else "")
            )

    def _page(self, connection: Connection, query: sa.Subquery, place: _Place | None) -> tuple[list[Row], bool]:
        """The next rows from `place` on, and whether there are no more.

        Each page is a transaction of its own: a reader that keeps one open would hold up SQLite's writer.
        """
        cursor, uri = query.c[self._settings.cursor], query.c[_uri_name(query.c.keys())]
        wanted = sa.select(query).order_by(cursor, uri).limit(PAGE_ROWS)
        if place is not None:
            wanted = wanted.where(cursor >= place.cursor.value)
            if place.uri is not None:
                wanted = wanted.where(sa.or_(cursor > place.cursor.value, uri >= place.uri, uri.is_(None)))
        rows: list[Row] = []
        size = 0
        with connection.execute(wanted, execution_options={"stream_results": True, "max_row_buffer": 50}) as result:
            for row in result.mappings():
                rows.append(dict(row))
                size += characters(rows[-1])
                if size >= PAGE_CHARACTERS and len(rows) > 1:  # the first may be the last of the page before
                    break
            else:
                size = 0
        connection.rollback()
        return rows, len(rows) < PAGE_ROWS and not size

    def _batch(
        self, rows: Sequence[Row], cursors: Sequence[Cursor], seen: dict[bytes, SeenRow], newest: Cursor | None,
        kept: Kept, *, at_end: bool,
    ) -> Batch:  # fmt: skip
        """What of a page is new, and what must be noted of it. No row waits longer than to the page at the end."""
        items: dict[bytes, Article | Unreadable] = {}
        noted: dict[bytes, SeenRow] = {}

        def take(row: Row, cursor: Cursor, *, waited: bool) -> None:
            content = {key: value for key, value in row.items() if key != self._settings.cursor}
            mark = _mark(content, cursor.position)
            before = seen.get(mark.key)
            if not waited and self._waiting.holds(row, mark, before):
                return
            if before is None or before.digest != mark.digest:
                items[mark.key] = read_record(_record(content), self._given, f"{self._given.name} at {cursor.text}")
            if before != mark:
                noted[mark.key] = seen[mark.key] = mark

        for row, cursor in zip(rows, cursors, strict=True):
            take(row, cursor, waited=False)
        late = self._waiting.passed(None if at_end else cursors[-1].position)
        for row, cursor in zip(late, self._cursors(late), strict=True):
            take(row, cursor, waited=True)
        moved = newest is not None and (newest.text, newest.kind) != (kept.state.cursor, kept.state.cursor_kind)
        if not noted and not moved:
            return Batch((), len(rows))
        return Batch(
            items=tuple(items.values()),
            read=len(rows),
            rows=tuple(noted.values()),
            cursor=(newest.text, newest.kind) if newest is not None else None,
            forget_before=newest.before(KEPT_OVERLAPS * self._settings.overlap).position if newest else None,
        )


def _never_found(cursor: sa.ColumnElement[Any], newest: Cursor) -> list[sa.ColumnElement[bool]]:
    """What the column says in rows that no comparison with a place like `newest` finds, each by an index of it.

    Among texts these are numbers, which SQLite keeps in any column and has before all texts; texts in other forms, of
    which those behind the year 2000 are read and refused; and, since a blank is before a T, times with a blank on the
    days that were read last. Others are what lies beyond the ends of their scale.
    """
    strange: list[sa.ColumnElement[bool]] = [cursor.is_(None)]
    if newest.kind == WRITTEN_TIME:
        strange += [cursor < "1000-", sa.and_(cursor < "2000-", cursor.not_like("____-__-__%"))]
    else:
        first, last = Cursor.ends(newest.kind)
        strange += [cursor < first.value, cursor > last.value]
    if newest.form == "T":
        day = newest.before(86_400).written[:10]
        strange += [sa.and_(cursor >= day, cursor < newest.written, sa.func.substr(cursor, 11, 1) == " ")]
    return strange


def _is_blank_between(value: object) -> bool:
    """Whether a blank is between day and hour of a time that a column has as a text."""
    return str(value)[10:11] == " " and not is_before_all(value)


def _shown(value: object) -> str:
    return "NULL" if value is None else f"{value!r:.50}"


def _one_form(cursor: str) -> str:
    """An expression of SQLite that brings times as texts and as seconds since 1970 into one form."""
    return f"CASE typeof({cursor}) WHEN 'text' THEN datetime({cursor}) ELSE datetime({cursor}, 'unixepoch') END"


def _newest(kept: Kept) -> Cursor | None:
    """The newest place that was seen; None before the first look."""
    if kept.state.cursor is None or kept.state.cursor_kind is None:
        return None
    return Cursor.kept(kept.state.cursor, kept.state.cursor_kind)


def _uri_name(names: Container[str]) -> str:
    """The column that is the uri, of those that a query gives."""
    return next(name for name in URI_KEYS if name in names)


def _mark(content: Row, position: int) -> SeenRow:
    uri = next((content[name] for name in URI_KEYS if content.get(name) is not None), None)
    whole = repr(sorted(content.items())).encode("utf-8", "surrogatepass")
    named = whole if uri is None else str(uri).encode("utf-8", "surrogatepass")
    return SeenRow(_digest(named), _digest(whole), position)


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


def _record(content: Row) -> dict[str, Any]:
    """A row with values that a JSON article may have; its content type as the key of its body."""
    record = {name: _plain(value) for name, value in content.items()}
    key = _CONTENT_TYPES.get(str(record.pop("content_type", "") or "").partition(";")[0].strip().lower())
    if key is not None and "body" in record:
        record[key] = record.pop("body")
    return record


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    if value is None or isinstance(value, str | int | float | bool | datetime):
        return value
    whole = whole_number(value)
    return str(value) if whole is None else whole
