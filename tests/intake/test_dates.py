from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.intake.dates import parse_date, parse_moment

TEN = datetime(2025, 5, 21, 10, 0, 0, tzinfo=UTC)
DAY = datetime(2025, 5, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2025-05-21T10:00:00Z",
        "2025-05-21T12:00:00+02:00",
        "2025-05-21T10:00:00+0000",
        "20250521T100000Z",
        "2025-05-21 10:00:00",
        " 2025-05-21T10:00:00.987654321Z\n",
        "Wed, 21 May 2025 10:00:00 GMT",
        "Wed, 21 May 2025 12:00:00 +0200 (CEST)",
        "Wed, 21 May 2025 06:00:00 EDT",
        "Wed May 21 2025 12:00:00 GMT+0200 (Central European Summer Time)",
        "2025-05-21 12:00 CEST",
        "May 21, 2025 10:00 AM",
        "21.05.2025 10:00",
        "2025-05-21T10:00:00 Europe/Berlin",
        "May 21, 2025 10:00 AM America/Argentina/Buenos_Aires",
        "2025-05-21T12:00:00+02:00 Europe/Berlin",
        "\u200e2025\u200e-\u200e05\u200e-\u200e21 10:00",
        "2025-05-21T06:00:00\u221204:00",
        "21\xa0May\xa02025 10:00",
        1747821600,
        1747821600.9,
        1747821600000,
        1747821600000000,
        1747821600000000000,
        "1747821600",
        datetime(2025, 5, 21, 10, 0, 0, 999),  # noqa: DTZ001
        datetime(2025, 5, 21, 12, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_a_moment_is_read_in_every_notation(value):
    assert parse_date(value) == TEN
    assert parse_date(value).tzinfo is UTC


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2025-141", DAY),
        ("2025141", DAY),
        ("2025-141T10:00:00Z", TEN),
        ("2025-141 12:00+02:00", TEN),
        ("2025141T100000Z", TEN),
        ("2024-366", datetime(2024, 12, 31, tzinfo=UTC)),
        ("2025-366", None),
        ("2025-000", None),
        ("2025-999", None),
        ("1712-141", None),
        ("2025-W21-3", DAY),
        ("2025W213", DAY),
        ("2025-W21-3T10:00:00Z", TEN),
        ("2025-W21", None),
        ("2025W21", None),
        ("2025-W21T10:00:00Z", None),
        ("2025-05-21/2025-06-01", None),
        ("2025-05-21 - 2025-06-01", None),
        ("2025-05-21T10:00:00Z/2025-06-01T10:00:00Z", None),
    ],
)
def test_days_of_the_year_and_of_the_week_as_iso_8601_has_them(value, moment):
    assert parse_date(value) == moment


EVENING = datetime(2026, 3, 7, 21, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "hours"),
    [
        ("March 7, 2026 9:10 PM", 0),
        ("March 7, 2026 9:10 p.m.", 0),
        ("3/7/2026, 9:10:00\u202fPM", 0),
        ("Sat, 7 Mar 2026 9:10 PM", 0),
        ("Sat, 7 Mar 2026 9:10 AM", 12),
        ("Sat, 7 Mar 2026 12:10 AM", 21),
        ("Sat, 7 Mar 2026 21:10:00 PM", 0),
        ("3/7/2026 21:10 p.m. EST", -5),
        ("March 7, 2026 9:10 PM EST", -5),
        ("Sat, 7 Mar 2026 9:10 PM +0100", 1),
        ("Sat, 07 Mar 2026 21:10:00 CET", 1),
        ("Sat, 07 Mar 2026 21:10:00 CEST", 2),
        ("Sat, 07 Mar 2026 21:10:00 MSK", 3),
        ("Sat, 07 Mar 2026 21:10:00 JST", 9),
        ("Sat, 07 Mar 2026 21:10:00 AEDT", 11),
        ("Sat, 07 Mar 2026 21:10:00 AST", -4),
        ("Mar 7, 2026 21:10 CET", 1),
        ("Mar 7, 2026 21:10 ADT", -3),
        ("Sat Mar 7 21:10:00 CET 2026", 1),
        ("Sat, 07 Mar 2026 21:10:00 +01:00", 1),
        ("Sat, 07 Mar 2026 21:10:00 GMT+01:00", 1),
        ("Sat, 07 Mar 2026 21:10:00 GMT+1", 1),
        ("Sat, 07 Mar 2026 21:10:00 UTC-3", -3),
        ("Sat, 07 Mar 2026 21:10:00 +0100 CET", 1),
        ("Samstag, 7 Mar 26 21:10 +0100", 1),
        ("2026-03-07T21:10:00+01:00[Europe/Berlin]", 1),
        ("2026-03-07T21:10Z[UTC]", 0),
        ("2026-03-07 21:10 (CET)", 1),
        ("07 Mar 2026, 21:10 (GMT+7)", 7),
        ("2026-03-07 21:10 (UTC+01:00)", 1),
        ("2026-03-07 21:10 (+0530)", 5.5),
        ("2026-03-07 21:10 (local time)", 0),
        ("2026-03-07T21:10[Europe/Berlin]", 0),
        ("2026-03-07T21:10:00Z (CET)", 0),
        ("2026-03-07T21:10:00-05:00 EST", -5),
        ("2026-03-07 21:10:00 +0000 UTC", 0),
        ("2026-03-07 21:10:00.5 -0800 PST", -8),
    ],
)
def test_halves_of_the_day_and_zones_count(value, hours):
    assert parse_date(value) == EVENING - timedelta(hours=hours)


def test_a_year_before_a_zone_is_no_offset():
    assert parse_date("21:10 03-07-2026 CET") == EVENING - timedelta(hours=1)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-03-07T24:00:00Z", datetime(2026, 3, 8, tzinfo=UTC)),
        ("2026-03-07T24:00:00.000+01:00", datetime(2026, 3, 7, 23, tzinfo=UTC)),
        ("7 Mar 2026 24:00", datetime(2026, 3, 8, tzinfo=UTC)),
        ("2026-03-07T21:10:60Z", datetime(2026, 3, 7, 21, 11, tzinfo=UTC)),
        ("Sat, 31 Dec 2016 23:59:60 GMT", datetime(2017, 1, 1, tzinfo=UTC)),
    ],
)
def test_the_end_of_a_day_and_a_leap_second(value, moment):
    assert parse_date(value) == moment


@pytest.mark.parametrize(
    "value", ["2026-03-07T24:01:00Z", "2026-03-07T24:00:01Z", "2026-03-07T21:10:61Z", "3/7/2026 21:10 AM"]
)
def test_times_that_no_day_has(value):
    assert parse_date(value) is None


@pytest.mark.parametrize("kind", [int, float, str])
def test_digits_are_a_date_where_they_would_be_milliseconds_of_1976(kind):
    assert parse_date(kind(202603072110)) == EVENING
    assert parse_date(kind(20260307211005)) == EVENING + timedelta(seconds=5)
    assert parse_date(kind(202613072110)) == datetime(1976, 6, 3, 1, 24, 32, tzinfo=UTC)  # there is no month 13
    assert parse_date(kind(170003072110)) == datetime(1975, 5, 22, 15, 4, 32, tzinfo=UTC)  # nor that year


def test_milliseconds_that_look_like_a_date_of_long_ago():
    assert parse_date("1712121600000") == parse_date(1712121600000) == datetime(2024, 4, 3, 5, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", ["2025-05-21", "20250521", 20250521, "21 May 2025", "May 21st, 2025", "21-05-2025", date(2025, 5, 21)]
)
def test_a_day_is_its_midnight(value):
    assert parse_date(value) == DAY


def test_slashes_have_the_month_first_and_dots_the_day():
    assert parse_date("05/06/2025") == datetime(2025, 5, 6, tzinfo=UTC)
    assert parse_date("05.06.2025") == datetime(2025, 6, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "202505",
        "251112",
        "21-22 May 2025",
        "21 - 22 May 2025",
        "May 21-22, 2025",
        "21-22. Mai 2025",
        None,
        True,
        [],
        {},
        b"2025-05-21",
        "",
        " ",
        "now",
        "Monday",
        "10:00",
        "May 2025",
        "2025",
        2025,
        0,
        -1,
        99999999,
        "0000-00-00",
        "2025-02-30",
        20251399,
        "yesterday at noon",
        "x" * 10_000,
        float("nan"),
        float("inf"),
        10**400,
        1e300,
    ],
)
def test_what_is_no_date_is_undated(value):
    assert parse_date(value) is None


@pytest.mark.parametrize(
    "value", ["1899-12-31", "2101-01-01", "0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00"]
)
def test_years_out_of_bounds_are_undated(value):
    assert parse_date(value) is None


def test_years_at_the_bounds_are_kept():
    assert parse_date("1900-01-01") == datetime(1900, 1, 1, tzinfo=UTC)
    assert parse_date("2100-12-31T23:59:59.9Z") == datetime(2100, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_the_zone_of_the_machine_does_not_matter():
    program = (
        "from dedup.intake.dates import parse_date as p; print(p('21 May 2025 10:00 IST'), p('May 21 2025 10:00'))"
    )
    environment = {**os.environ, "TZ": "Asia/Kolkata"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{TEN} {TEN}"


def is_sane(moment):
    """None, or a moment as it is stored: in UTC, in whole seconds, in a year that is believed."""
    return moment is None or (moment.tzinfo is UTC and not moment.microsecond and 1900 <= moment.year <= 2100)


@given(st.one_of(st.text(max_size=120), st.floats(), st.integers(), st.datetimes(timezones=st.timezones())))
def test_nothing_raises(value):
    moment = parse_date(value)
    assert is_sane(moment)


@given(st.text(alphabet="0123456789 :-/.,+TZamp()JunMonGMT", max_size=30))
def test_what_looks_like_a_date_is_one_or_none(text):
    assert is_sane(parse_date(text))


@pytest.mark.parametrize(
    "value",
    [
        "Mon, 01 Jan 0001 00:00:00 GMT", "Wed, 30 Nov -0001 00:00:00 +0000", "0001-01-01T00:00:00Z",
        "0000-00-00 00:00:00", "Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T01:00:00+01:00", "1970-01-01 00:00:00",
        datetime(1970, 1, 1, tzinfo=UTC),
    ],
)  # fmt: skip
def test_a_time_that_was_never_set_is_no_date(value: object) -> None:
    assert parse_date(value) is None


@pytest.mark.parametrize("value", ["1970-01-01", date(1970, 1, 1), "1 January 1970"])
def test_the_first_day_of_1970_is_a_day(value: object) -> None:
    assert parse_date(value) == datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "Wed, 21 May 2568 17:00:00 +0700", "2568-05-21T10:00:00Z", "21/5/2568 10:00", "21.5.2568 10:00",
        datetime(2568, 5, 21, 10),  # noqa: DTZ001
    ],
)  # fmt: skip
def test_a_thai_year_is_read_as_such(value: object) -> None:
    assert parse_date(value) == TEN


def test_the_day_stands_first_before_a_thai_year() -> None:
    assert parse_date("05/06/2568") == datetime(2025, 6, 5, tzinfo=UTC)
    assert parse_date("05/06/2025") == datetime(2025, 5, 6, tzinfo=UTC)
    assert parse_date("2500-01-01") is None
    assert parse_date("18906048000") is None  # seconds up to a year 2569, which is none of Thailand
    assert parse_date(18906048000) is None


def test_what_a_database_keeps_is_meant() -> None:
    assert parse_moment("1970-01-01T00:00:00Z") == datetime(1970, 1, 1, tzinfo=UTC)
    assert parse_moment("2568-05-21T10:00:00Z") is None
    assert parse_moment("2025-05-21T10:00:00Z") == TEN


@pytest.mark.parametrize(
    "value",
    [
        "1405/03/21", "21/03/1405", "1405-03-21T10:00:00+03:30", "۱۴۰۵/۰۳/۲۱", "21 Khordad 1405",
        "۲۱ خرداد ۱۴۰۵ - ۱۰:۲۰", "14050321", "140503211000", 140502311000, "14050321100000",
    ],
)  # fmt: skip
def test_a_day_of_the_solar_hijri_calendar_is_none_of_ours(value):
    assert parse_date(value) is None


@pytest.mark.parametrize(
    "value",
    [
        "Sáb, 07 Mar 2026 21:10:00 GMT", "Sa, 07 Mär 2026 21:10:00 +0000", "sam. 7 mars 2026 22:10:00 +0100",
        "Sábado, 7 de marzo de 2026, 21:10", "sobota 7. března 2026 21:10", "7 Μαρτίου 2026 21:10",
        "сб, 7 мар. 2026 21:10 UTC",
    ],
)  # fmt: skip
def test_the_month_may_be_named_in_another_language(value):
    assert parse_date(value) == EVENING


@pytest.mark.parametrize(
    "value", ["7 listopad 2026 21:10", "31 juin 2026", "7 ferry 2026", "mars 2026", "7 mars", "7 mars 2026 ferry"]
)
def test_words_that_name_no_day(value):
    assert parse_date(value) is None
