"""A date that is still to come is none: the day of arrival stands for it, and the log says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from dedup.config import Config
from dedup.intake.article import Article
from dedup.pipeline import Pipeline
from dedup.preparation.arrival import RELEASED
from dedup.store import Store
from dedup.tally import PassReport

from .conftest import put, rows

NOW = datetime(2027, 3, 9, 12, 30, tzinfo=UTC)
TODAY = datetime(2027, 3, 9, tzinfo=UTC)
TEXT = "The road bridge over the harbour at Linnford was closed to all traffic on Monday."


def dated(published: datetime | None) -> Article:
    return Article("a", TEXT, "wire", title="Bridge closed", published_at=published)


def run_at(store: Store, now: datetime) -> PassReport:
    with store.writer_lock() as lock:
        return Pipeline(store, Config(), lock, clock=lambda: now).run_pass()


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        (datetime(2099, 1, 1, tzinfo=UTC), TODAY),
        (NOW + timedelta(days=1, seconds=1), TODAY),
        (NOW + timedelta(days=1), NOW + timedelta(days=1)),
        (NOW, NOW),
        (datetime(1999, 5, 1, tzinfo=UTC), datetime(1999, 5, 1, tzinfo=UTC)),
        (None, None),
    ],
)
def test_a_date_that_is_still_to_come(store: Store, stated: datetime | None, kept: datetime | None) -> None:
    put(store, [dated(stated)])
    with capture_logs() as logged:
        assert run_at(store, NOW).accepted == 1
    ((found,),) = rows(store, "SELECT published_at FROM v_articles")
    as_text = None if kept is None else kept.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert found in (kept, as_text)
    notes = [line for line in logged if line["event"] == "article.redated"]
    assert len(notes) == (kept != stated)
    # It is the same article when it comes again, whatever day it is then.
    put(store, [dated(stated)])
    assert run_at(store, NOW + timedelta(days=9)).unchanged == 1


def test_a_clock_that_is_wrong_makes_no_date_wrong(store: Store) -> None:
    put(store, [replace(dated(RELEASED), uri="a"), replace(dated(RELEASED + timedelta(days=3)), uri="b")])
    run_at(store, datetime(1970, 1, 1, tzinfo=UTC))
    found = [value for (value,) in rows(store, "SELECT published_at FROM v_articles ORDER BY uri")]
    assert found in ([RELEASED] * 2, ["2026-11-01T00:00:00Z"] * 2)
