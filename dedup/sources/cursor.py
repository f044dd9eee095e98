"""Where reading a table has come to: a time or a whole number, as a place on one scale and as text to keep."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from dedup.sources.batch import SourceFault
from dedup.store.database.moments import OutsideCalendar

NUMBER, TIME, LOCAL_TIME, WRITTEN_TIME = "number", "time", "local time", "written time"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LARGEST = 2**63 - 1
# The first and the last moment of Python's calendar.
_FIRST = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
# The first moment of the year 1000: before it years have fewer digits in texts.
_EARLIEST = (datetime(1000, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_NO_DATE = "0000-00-00"
"""How dates begin that MySQL keeps for none, there and where they were copied to."""
# A time as SQLite, which has no type for it, and many a program write it. In the order of such texts, where all have
# one sign between day and hour and one zone, is the order of their moments.
_WRITTEN = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?P<sign>[T ])(?P<time>\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(?:Z|\+00(?::?00)?| UTC)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A value of a cursor column. `position` is the number itself, or microseconds since 1970.

    `kind` is `NUMBER`, `TIME`, `LOCAL_TIME` for a time whose column has no zone, or `WRITTEN_TIME` for one that is a
    text, `written`, in the column; without a zone it is counted as if in UTC.
    """

    kind: str
    position: int
    written: str = ""

    @classmethod
    def of(cls, value: object, column: str) -> Cursor:
        """The cursor of a value from a database. Raises `SourceFault`."""
        if isinstance(value, datetime):
            kind = LOCAL_TIME if value.tzinfo is None else TIME
            aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value
            return cls(kind, (aware - _EPOCH) // _MICROSECOND)
        if isinstance(value, str) and (moment := _moment(value)) is not None:
            return cls(WRITTEN_TIME, moment, value)
        if (whole := whole_number(value)) is not None:
            return cls(NUMBER, whole)
        raise SourceFault(
            f"the cursor {column} is {value!r:.100}; it must be a time, also as 2026-03-07 21:10:00, or a whole "
            "number, never NULL: convert it in the query, for example with CAST(strftime('%s', changed) AS INTEGER)"
        )

    @classmethod
    def kept(cls, text: str, kind: str) -> Cursor:
        """The cursor that `text` and `kind` were made from."""
        if kind == NUMBER:
            return cls(kind, int(text))
        if kind == WRITTEN_TIME:
            return cls.of(text, "")
        return cls(kind, (datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND)

    @classmethod
    def ends(cls, kind: str) -> tuple[Cursor, Cursor]:
        """The first and the last place on the scale of a number or a time."""
        if kind == WRITTEN_TIME:
            return cls(kind, _EARLIEST, "1000-01-01"), cls(kind, _LAST, "9999-12-31")
        first, last = (-_LARGEST, _LARGEST) if kind == NUMBER else (_FIRST, _LAST)
        return cls(kind, first), cls(kind, last)

    @property
    def text(self) -> str:
        """The number, or ISO 8601; with a Z where the column has a zone."""
        if self.kind == NUMBER:
            return str(self.position)
        if self.kind == WRITTEN_TIME:
            return self.written
        moment = _EPOCH + self.position * _MICROSECOND
        return moment.replace(tzinfo=None).isoformat() + ("Z" if self.kind == TIME else "")

    @property
    def value(self) -> Any:
        """What the column is compared with."""
        if self.kind == NUMBER:
            return self.position
        if self.kind == WRITTEN_TIME:
            return self.written
        moment = _EPOCH + self.position * _MICROSECOND
        return moment if self.kind == TIME else moment.replace(tzinfo=None)

    @property
    def form(self) -> str:
        """What the texts of a column must have in common to be in order: empty for others."""
        return self.written[10:11]

    def before(self, overlap: float) -> Cursor:
        """The cursor `overlap` seconds, or units of a number, earlier."""
        units = overlap if self.kind == NUMBER else overlap * 1_000_000
        return self._at(max(self.position - int(units), -_LARGEST))

    def not_after(self, now: datetime) -> Cursor:
        """The earlier of this and `now`: a row from the future must not hide those that come before its time."""
        if self.kind == NUMBER:
            return self
        present = (now - _EPOCH) // _MICROSECOND
        return self if self.position <= present else self._at(present)

    def _at(self, position: int) -> Cursor:
        """Another place on the same scale; as a text that of its minute, which comes before all texts of that."""
        if self.kind != WRITTEN_TIME:
            return Cursor(self.kind, position)
        moment = _EPOCH + max(position, _EARLIEST) * _MICROSECOND
        return Cursor(self.kind, position, f"{moment:%Y-%m-%d}{self.form}{moment:%H:%M}")


def is_before_all(value: object) -> bool:
    """Whether a column has this before all that has a place: infinity below zero, a time before the first year, or the
    date that is none."""
    if isinstance(value, OutsideCalendar):
        return value.is_early
    return value.startswith(_NO_DATE) if isinstance(value, str) else value == -math.inf


def is_behind_all(value: object) -> bool:
    """Whether a column has this behind all that has a place: infinity, what is no number, a year of five digits."""
    if isinstance(value, Decimal | float):
        return math.isnan(value) or value == math.inf
    return isinstance(value, OutsideCalendar) and not value.is_early


def whole_number(value: object) -> int | None:
    """`value` as an integer, where it is a whole number of 64 bits at most in any type."""
    if isinstance(value, Decimal | float) and math.isfinite(value) and value == int(value):
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST else None


def _moment(written: str) -> int | None:
    """Microseconds since 1970 of a time as a text; None where it is none that can be put in order."""
    found = _WRITTEN.fullmatch(written)
    if found is None:
        return None
    try:
        moment = datetime.fromisoformat(f"{found['day']}T{found['time'][:15]}")
    except ValueError:  # 31 February
        return None
    return (moment.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
