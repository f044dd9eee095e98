"""Where reading a table has come to: a time or a whole number, as a place on one scale and as text to keep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from dedup.sources.batch import SourceFault

NUMBER, TIME, LOCAL_TIME = "number", "time", "local time"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Cursor:
    """A value of a cursor column. `position` is the number itself, or microseconds since 1970.

    `kind` is `NUMBER`, `TIME`, or `LOCAL_TIME` for a time whose column has no zone; it is counted as if in UTC.
    """

    kind: str
    position: int

    @classmethod
    def of(cls, value: object, column: str) -> Cursor:
        """The cursor of a value from a database. Raises `SourceFault`."""
        if isinstance(value, datetime):
            kind = LOCAL_TIME if value.tzinfo is None else TIME
            aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value
            return cls(kind, (aware - _EPOCH) // _MICROSECOND)
        if isinstance(value, Decimal | float) and value == value.__trunc__():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST:
            return cls(NUMBER, value)
        raise SourceFault(
            f"the cursor {column} is {value!r}; it must be a time or a whole number, never NULL: "
            "convert it in the query, for example with CAST(strftime('%s', changed) AS INTEGER)"
        )

    @classmethod
    def kept(cls, text: str, kind: str) -> Cursor:
        """The cursor that `text` and `kind` were made from."""
        if kind == NUMBER:
            return cls(kind, int(text))
        return cls(kind, (datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND)

    @property
    def text(self) -> str:
        """The number, or ISO 8601; with a Z where the column has a zone."""
        if self.kind == NUMBER:
            return str(self.position)
        moment = _EPOCH + self.position * _MICROSECOND
        return moment.replace(tzinfo=None).isoformat() + ("Z" if self.kind == TIME else "")

    @property
    def value(self) -> Any:
        """What the column is compared with."""
        if self.kind == NUMBER:
            return self.position
        moment = _EPOCH + self.position * _MICROSECOND
        return moment if self.kind == TIME else moment.replace(tzinfo=None)

    def before(self, overlap: float) -> Cursor:
        """The cursor `overlap` seconds, or units of a number, earlier."""
        units = overlap if self.kind == NUMBER else overlap * 1_000_000
        return Cursor(self.kind, max(self.position - int(units), -_LARGEST))

    def not_after(self, now: datetime) -> Cursor:
        """The earlier of this and `now`: a row from the future must not hide those that come before its time."""
        if self.kind == NUMBER:
            return self
        return Cursor(self.kind, min(self.position, (now - _EPOCH) // _MICROSECOND))
