"""Moments as both databases keep them: in UTC and whole seconds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from dedup.intake.dates import parse_moment

_TWO_DIGITS = tuple(f"{number:02}" for number in range(60))


def iso(moment: datetime) -> str:
    """An aware moment as text: ``YYYY-MM-DDTHH:MM:SSZ``. SQLite stores it, PostgreSQL reads it."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    # `datetime.isoformat` takes five times as long, which shows in a stream.
    hour, minute, second = _TWO_DIGITS[utc.hour], _TWO_DIGITS[utc.minute], _TWO_DIGITS[utc.second]
    return f"{_day(utc.toordinal())}T{hour}:{minute}:{second}Z"


@lru_cache(maxsize=1024)
def _day(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()


class OutsideCalendar(str):
    """A moment for which Python has no value, as PostgreSQL writes it: infinity, a year before the first or of five
    digits."""

    @property
    def is_early(self) -> bool:
        """Whether it is before all others, and not behind them."""
        return self.startswith("-") or self.endswith(" BC")


class UtcTime(sa.types.TypeDecorator[datetime]):
    """A moment in UTC and whole seconds: ``YYYY-MM-DDTHH:MM:SSZ`` on SQLite, ``timestamptz`` on PostgreSQL.

    Reading is lenient, since operators write the inbox by hand: what cannot be understood reads as None.
    """

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        """The type of the column on this database."""
        return dialect.type_descriptor(sa.DateTime(timezone=True) if dialect.name == "postgresql" else sa.Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Aware datetime to the database."""
        if value is None:
            return None
        return value.replace(microsecond=0) if dialect.name == "postgresql" else iso(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From the database to an aware datetime in UTC."""
        return None if value is None else parse_moment(value)


def in_seconds(column: str, dialect: str) -> sa.ColumnElement[int]:
    """A column of moments in seconds since 1970, as a query without the types of its columns reads it."""
    moment = f"strftime('%s', {column})" if dialect == "sqlite" else f"EXTRACT(EPOCH FROM {column})"
    return sa.literal_column(f"CAST({moment} AS BIGINT)")
