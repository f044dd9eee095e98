from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.intake.dates import parse_date

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


@settings(deadline=None)
@given(st.one_of(st.text(max_size=120), st.floats(), st.integers(), st.datetimes(timezones=st.timezones())))
def test_nothing_raises(value):
    moment = parse_date(value)
    assert moment is None or (moment.tzinfo is UTC and not moment.microsecond and 1900 <= moment.year <= 2100)


@settings(deadline=None)
@given(st.text(alphabet="0123456789 :-/.,+TZamp()JunMonGMT", max_size=30))
def test_nothing_that_looks_like_a_date_raises(text):
    parse_date(text)
