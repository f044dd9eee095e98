"""Dates as publishers write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime

from dateutil import parser, tz

YEARS = range(1900, 2101)
"""Years that are believed; anything else counts as undated."""

_LONGEST = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"[+-]?\d{9,19}(\.\d+)?")
_JAVASCRIPT = re.compile(r"\b(?:GMT|UTC)(?=[+-]\d\d:?\d\d\b)|\s*\([^()]*\)$")
_DAY_FIRST = re.compile(r"\d{1,2}\.\s?\d{1,2}\.\s?\d{2,4}")
_HOURS = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip
# What is missing in a date is filled in from these two; where that makes a difference, the day was not given.
_FILLINGS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2003, 2, 2, tzinfo=UTC))


def utc_now() -> datetime:
    """The moment, in UTC and whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def parse_date(value: object) -> datetime | None:
    """The moment that `value` names, in UTC and whole seconds, or None where none can be told. Never raises.

    Read are ISO 8601, RFC 2822, dates in English words, `datetime` and `date` objects, and numbers: seconds, milli-,
    micro- or nanoseconds since 1970 by their size, from March 1973 on, and eight digits as ``YYYYMMDD``. A time
    without a zone is UTC, a date without a time is midnight. ``05/06/2025`` has the month first, ``05.06.2025`` the
    day. A date that lacks its day, or lies outside `YEARS`, is None.
    """
    try:
        if isinstance(value, str):
            moment = _from_text(value)
        elif isinstance(value, datetime):
            moment = value
        elif isinstance(value, date):
            moment = datetime(value.year, value.month, value.day, tzinfo=UTC)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            moment = _from_number(value)
        else:
            return None
        if moment is None:
            return None
        if moment.tzinfo is not UTC:
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if moment.year not in YEARS:
        return None
    return moment.replace(microsecond=0) if moment.microsecond else moment


def _from_text(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    if _NUMBER.fullmatch(text):
        return _from_number(float(text))
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    text = _JAVASCRIPT.sub("", text)  # dateutil would take GMT+0200 for two hours west
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        pass
    return _from_words(text)


def _from_words(text: str) -> datetime | None:
    day_first = _DAY_FIRST.match(text) is not None
    try:
        first, second = (
            parser.parse(text, default=filling, dayfirst=day_first, tzinfos=_zone) for filling in _FILLINGS
        )
    except (ValueError, OverflowError, TypeError, AttributeError, IndexError, ArithmeticError):
        # dateutil promises ParserError and OverflowError; on odd input its internals raise the others.
        return None
    return first if first == second else None


def _zone(name: str | None, offset: int | None) -> tzinfo | None:
    # dateutil would take this machine's own zone for the names it knows; the result must not depend on the machine.
    if offset is not None:
        return tz.tzoffset(name, offset)
    hours = _HOURS.get(name) if name else None
    return None if hours is None else tz.tzoffset(name, hours * 3600)


def _from_number(number: float) -> datetime | None:
    if number == int(number) and 19_000_101 <= number <= 21_001_231:
        try:
            return datetime.strptime(f"{int(number)}+0000", "%Y%m%d%z")
        except ValueError:
            return None
    for unit in (1, 1e3, 1e6, 1e9):
        if 1e8 <= abs(number / unit) < 1e11:
            return _EPOCH + timedelta(seconds=number // unit)
    return None
