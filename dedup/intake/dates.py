"""Dates as publishers write them."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime

from dateutil import parser, tz

from dedup.intake.months import months_named

YEARS = range(1900, 2101)
"""Years that are believed; anything else counts as undated."""

THAI_YEARS = range(2543, 2644)
"""Years that are of no other calendar: 2000 to 2100."""
BEFORE_CHRIST = 543
"""The Thai year in which the common era begins."""

_LONGEST = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"[+-]?\d{9,19}(\.\d+)?")
# What stands beside an offset: GMT or UTC before it, which dateutil would take for the other direction, the name of the
# zone behind it. A place as the name of a zone, as Europe/Berlin, says nothing without tables of this machine.
_BESIDE_OFFSET = re.compile(
    r"\b(?:GMT|UTC)(?=[+-]\d{1,2}(?::?\d\d)?\b)|(?:(?<=\d [+-]\d{4})|(?<=\d[+-]\d\d:\d\d)) [A-Z]{3,5}$"
    r"|(?<=[\dMm]) [A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_-]+)+$"
)
# A zone in brackets, which counts where no offset stands before it.
_IN_BRACKETS = re.compile(r"\s*(?:\(([^()]*)\)|\[[^\[\]]*\])$")
_OFFSET = re.compile(r"(?:[+-]\d{1,2}(?::?\d\d)?|Z)$")
_ZONE = re.compile(r"(?:GMT|UTC)?[+-]\d{1,2}(?::?\d\d)?|[A-Z]{1,5}")
# Marks of direction that browsers put into dates, the sign of minus, and spaces that do not break.
_SIGNS = str.maketrans({"\u200e": None, "\u200f": None, "\ufeff": None, "\u2212": "-", "\xa0": " ", "\u202f": " "})
_END_OF_DAY = re.compile(r"(?<![\d:])24(?=:00(?::00)?(?![\d:]))")
# A pm that the hour says already, as programs write it that take the wrong sign for hours.
_AFTERNOON = re.compile(r"(\b(?:1[3-9]|2[0-3]):\d\d(?::\d\d)?)\s?p\.?m\b\.?", re.IGNORECASE)
_LEAP_SECOND = re.compile(r"(?<=\d:\d\d):60(?!\d)")
# RFC 2822 with all that its reader knows; what it does not know it drops without a word, as am and pm.
_MAIL = re.compile(
    r"(?:\w+\.?,\s*)?\d{1,2}\s+[a-z]{3}\s+(?:\d\d)?\d\d\s+\d{1,2}:\d\d(?::\d\d)?"
    r"(?:\s+(?:[+-]\d{4}|GMT|UTC?|Z|[ACEMP][SD]T))?",
    re.IGNORECASE,
)
# Of ISO 8601: the day of a year; a week without a day of it, which Python takes for its Monday; a stretch of days.
_DAY_OF_YEAR = re.compile(r"(\d{4})-?(\d{3})(?=[Tt ]|$)", re.ASCII)
_WEEK_ALONE = re.compile(r"\s*\d{4}-?W\d\d(?!-?\d)", re.ASCII)
_TWO_DAYS = re.compile(
    r"\d{4}-\d\d-\d\d.*\d{4}-\d\d-\d\d"
    r"|(?:[a-z]+,?\s)?\d{1,2}\.?\s?-\s?\d{1,2}\.?\s[a-z]{3}|[a-z]{3,9}\.?\s\d{1,2}\s?-\s?\d{1,2},?\s\d{4}",
    re.ASCII | re.IGNORECASE,
)
_FOREIGN_WORDS = re.compile(
    r"(?:[^\W\d_]+\.?,?\s)?(?P<day>\d{1,2})\.?\s(?:de\s)?(?P<month>[^\W\d_]{3,12})\.?,?\s(?:del?\s)?(?P<year>\d{4})"
    r"(?:,?(?P<time>\s\d{1,2}:\d\d.*))?",
    re.IGNORECASE,
)
_SIX_DIGITS = re.compile(r"\d{6}")  # a year and a month, or a day in one of three orders
_DAY_FIRST = re.compile(r"\d{1,2}\.\s?\d{1,2}\.\s?\d{2,4}|\d{1,2}([/-])\d{1,2}\1(?:25[4-9]|26[0-4])\d")
_YEAR_OF_NONE = re.compile(
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[.,]?\s+-?0\d{3}(?!\d)", re.IGNORECASE
)
"""The first year, or the one before, as programs write a time that was never set; it is read as 2001."""
_HOURS = {
    "UTC": 0, "UT": 0, "GMT": 0, "Z": 0, "WET": 0, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2, "EET": 2, "EEST": 3,
    "MSK": 3, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
    "AST": -4, "ADT": -3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip
_CALENDAR = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
# YYYYMMDDHHMM in Iran's calendar, which would be milliseconds of 1974 and after.
_SOLAR_HIJRI = re.compile(r"1[34]\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d")
# What is missing in a date is filled in from these two; where that makes a difference, the day was not given.
_FILLINGS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2003, 2, 2, tzinfo=UTC))


def utc_now() -> datetime:
    """The moment, in UTC and whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def parse_date(value: object) -> datetime | None:
    """The moment that `value` names, in UTC and whole seconds, or None where none can be told. Never raises.

    Read are ISO 8601 (also the days of a year and of a week), RFC 2822, dates in English words, also with the month in
    another language, `datetime` and `date` objects, and numbers: seconds, milli-, micro- or nanoseconds since 1970 by
    their size, from March 1973 on, and ``YYYYMMDD``, also with ``HHMM`` or ``HHMMSS`` behind it, where that is a date
    within `YEARS`: as milliseconds it would lie in 1976 or after 2500.

    A time without a zone, or with one that is not known, is UTC, a date without a time is midnight. ``05/06/2025`` has
    the month first, ``05.06.2025`` the day. ``24:00`` is the end of its day, ``:60`` the beginning of the next minute.
    Thai years are read as such: 2569 is 2026. A date that lacks its day, or lies outside `YEARS`, is None, and so is
    the first moment of 1970, which is what programs write for a time that was never set.
    """
    moment = _read(value)
    if moment is None:
        return None
    if moment.year in THAI_YEARS and not (isinstance(value, int | float) or _NUMBER.fullmatch(str(value).strip())):
        with suppress(ValueError):  # 29 February of a year that has none here
            return moment.replace(year=moment.year - BEFORE_CHRIST)
    if moment == _EPOCH and (isinstance(value, datetime) or ":" in str(value)):  # else it is that day
        return None
    return moment if moment.year in YEARS else None


def parse_moment(value: object) -> datetime | None:
    """The moment that a database keeps as `value`, read as by `parse_date`; any within `YEARS` is meant as it is."""
    moment = _read(value)
    return moment if moment is not None and moment.year in YEARS else None


def _read(value: object) -> datetime | None:
    """The moment that `value` names, in UTC and whole seconds, in any year."""
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
    if moment.year not in YEARS and isinstance(value, str) and value.isdecimal():
        # Milliseconds may look like a date without its signs: 1712121600000 like one of 1712.
        return _read(float(value))
    return moment.replace(microsecond=0) if moment.microsecond else moment


def _from_text(text: str) -> datetime | None:
    if "W" in text and _WEEK_ALONE.match(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    if _NUMBER.fullmatch(text):
        return _from_number(float(text))
    if _SIX_DIGITS.fullmatch(text) or _YEAR_OF_NONE.search(text):
        return None
    text = _BESIDE_OFFSET.sub("", _unbracketed(text if text.isascii() else text.translate(_SIGNS).strip()))
    text = _AFTERNOON.sub(r"\1", text)
    text, days = _END_OF_DAY.subn("00", text, 1)
    text, seconds = _LEAP_SECOND.subn(":59", text, 1)
    moment = _from_notation(text) or _from_foreign_words(text)
    return moment + timedelta(days, seconds) if moment else None


def _unbracketed(text: str) -> str:
    found = _IN_BRACKETS.search(text)
    if found is None:
        return text
    before, zone = text[: found.start()], found[1] or ""
    return f"{before} {zone}" if _ZONE.fullmatch(zone) and not _OFFSET.search(before) else before


def _from_notation(text: str) -> datetime | None:
    if counted := _DAY_OF_YEAR.match(text):
        day = datetime.strptime(f"{counted[1]}-{counted[2]}+0000", "%Y-%j%z").date()
        if day.year != int(counted[1]):
            return None
        text = f"{day}{text[counted.end() :]}"
    elif _TWO_DAYS.match(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(text) if _MAIL.fullmatch(text) else _from_words(text)
    except ValueError:
        return None


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


def _from_foreign_words(text: str) -> datetime | None:
    """The moment in ``sam. 7 mars 2026 21:10 +0100``, with the month in any of many languages."""
    found = _FOREIGN_WORDS.fullmatch(text)
    months = months_named(found["month"]) if found else ()
    if not found or len(months) != 1:
        return None
    (month,) = months
    return _from_notation(f"{found['year']}-{month:02}-{int(found['day']):02}{found['time'] or ''}")


def _zone(name: str | None, offset: int | None) -> tzinfo | None:
    # dateutil would take this machine's own zone for the names it knows; the result must not depend on the machine.
    if offset is not None:
        return tz.tzoffset(name, offset)
    hours = _HOURS.get(name) if name else None
    return None if hours is None else tz.tzoffset(name, hours * 3600)


def _from_number(number: float) -> datetime | None:
    digits = str(int(number))
    if number == int(number) and (form := _CALENDAR.get(len(digits))):
        with suppress(ValueError):
            moment = datetime.strptime(f"{digits}+0000", f"{form}%z")
            if moment.year in YEARS:
                return moment
    if _SOLAR_HIJRI.fullmatch(digits):
        return None
    for unit in (1, 1e3, 1e6, 1e9):
        if 1e8 <= abs(number / unit) < 1e11:
            return _EPOCH + timedelta(seconds=number // unit)
    return None
