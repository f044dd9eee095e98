"""A story that grows into one that looks wrong is told of in the log, once."""

from __future__ import annotations

from functools import partial

import pytest
import structlog

from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.store.database.bulk import pages
from dedup.store.passes.suspects import LEAST_TEXTS, Suspect, suspects

from .blocks import CONFIG, told
from .conftest import NOW, put

pytestmark = pytest.mark.usefixtures("own_model")


def test_a_suspect_story_is_told_once(store: Store) -> None:
    """Twelve reports of one event by one publisher: a template, or a live page."""
    reports = [told(f"report {number}", "ABC", days=number / 10) for number in range(12)]
    others = [told("other", "STU"), told("another", "STV")]
    with store.writer_lock() as lock, structlog.testing.capture_logs() as lines:
        pipeline = Pipeline(store, CONFIG, lock, clock=lambda: NOW)
        for arrivals in (reports[: LEAST_TEXTS + 1], others, reports[LEAST_TEXTS + 1 : -1], reports[-1:]):
            put(store, arrivals)
            pipeline.run_pass()
    told_of = [line for line in lines if line["event"] == "story.suspect"]
    assert [(line["story_id"], line["reason"], line["log_level"]) for line in told_of] == [(1, "one_publisher", "info")]
    with store.reading() as connection:
        found = suspects(connection, range(1, 2_000))
        assert found == [Suspect(1, "one_publisher", "all 12 texts come from one publisher")]
        assert suspects(connection, []) == suspects(connection, [2]) == []


def test_the_stories_of_a_long_pass_are_looked_at_with_signs_of_life(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of some millions of articles took minutes, after which the watchdog believed in a hang."""
    pairs = [("first", "ABC"), ("second", "STU"), ("third", "XYZ")]
    put(store, [told(f"{name} {number}", letters) for name, letters in pairs for number in range(2)])
    done: list[object] = []
    monkeypatch.setattr("dedup.pipeline.suspects", lambda _, page: done.append([*page]) or [])
    monkeypatch.setattr("dedup.pipeline.pages", partial(pages, size=2))
    with store.writer_lock() as lock:
        Pipeline(store, CONFIG, lock, clock=lambda: NOW).run_pass(beat=lambda: done.append("beat"))
    assert done[-5:] == ["beat", [1, 2], "beat", [3], "beat"]
