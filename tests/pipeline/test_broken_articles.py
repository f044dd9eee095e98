"""Articles that break dedup itself: which are set aside, which lose nothing, and when a pass fails."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import groupby
from operator import attrgetter
from typing import Any

import pytest
import sqlalchemy as sa

import dedup
from dedup.config import Config
from dedup.decision.clusterer import Clusterer
from dedup.decision.revision import revise
from dedup.errors import DatabaseAway
from dedup.intake.article import Article
from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.text.clean import clean

from .conftest import picture, put, run
from .faults import broken_for_all
from .news import FLOOD, FLOOD_OTHER_WORDS, STRIKE, article

WORDS = pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("too deep", "too deep"),
        ("half a \udcff and a \x00", r"half a \udcff and a \x00"),
        ("postgresql://news:geheim@db.example/news", "postgresql://news:***@db.example/news"),
    ],
    ids=["plain", "words that no database takes", "a password"],
)


@WORDS
def test_one_article_that_breaks_the_cleaning_stops_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch, words: str, shown: str
) -> None:
    def fragile(item: Article, *rest: Any) -> Any:
        if item.uri == "poison":
            raise RecursionError(words)
        return clean(item, *rest)

    monkeypatch.setattr("dedup.preparation.preparation.clean", fragile)
    put(store, [article("a", FLOOD), article("poison", STRIKE), article("b", FLOOD_OTHER_WORDS)])
    report = run(store)
    assert (report.accepted, report.rejected, report.pending) == (2, 1, 0)
    with store.reading() as connection:
        rejected = connection.execute(sa.text("SELECT uri, reason, detail FROM v_rejections")).one()
    assert rejected == ("poison", "internal", f"cleaning it failed with RecursionError: {shown}")


def broken_for(*uris: str, words: str = "a bug") -> Callable[..., None]:
    accept = Clusterer.accept

    def fragile(self: Clusterer, item: Any) -> None:
        if item.uri in uris:
            raise ZeroDivisionError(words)
        accept(self, item)

    return fragile


@WORDS
def test_one_article_that_breaks_the_decision_is_set_aside(
    store: Store, monkeypatch: pytest.MonkeyPatch, words: str, shown: str
) -> None:
    monkeypatch.setattr(Clusterer, "accept", broken_for("poison", words=words))
    put(store, [article("a", FLOOD), article("poison", STRIKE), article("b", FLOOD_OTHER_WORDS)])
    report = run(store)
    assert (report.taken, report.accepted, report.rejected, report.pending) == (3, 2, 1, 0)
    with store.reading() as connection:
        rejected = connection.execute(sa.text("SELECT uri, reason, detail FROM v_rejections")).one()
        assert rejected == ("poison", "internal", f"deciding it failed with ZeroDivisionError: {shown}")
    assert store.check(full=True) == []


STEPS = ("decision.clusterer.Clusterer.accept", "preparation.preparation.clean", "preparation.preparation.leave_out")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("given", [("a",), ("a", "b"), ("a", "empty", "b")])
def test_a_fault_that_every_article_meets_loses_none(
    store: Store, monkeypatch: pytest.MonkeyPatch, step: str, given: tuple[str, ...]
) -> None:
    texts = {"a": FLOOD, "b": STRIKE, "empty": ""}
    put(store, [article(uri, texts[uri]) for uri in given])
    with monkeypatch.context() as patch:
        patch.setattr(f"dedup.{step}", broken_for_all)
        with pytest.raises(ZeroDivisionError):
            run(store)
    run(store)
    assert [row[1] for row in picture(store)["rejections"]] == [uri for uri in given if uri == "empty"]
    assert len(picture(store)["articles"]) == sum(uri != "empty" for uri in given)


@pytest.mark.parametrize("step", STEPS)
def test_an_article_alone_that_breaks_is_set_aside_when_another_is_decided(
    store: Store, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    put(store, [article("poison", STRIKE)])
    with monkeypatch.context() as patch:
        patch.setattr(f"dedup.{step}", broken_for_all)
        with pytest.raises(ZeroDivisionError):
            run(store)
    monkeypatch.setattr(Clusterer, "accept", broken_for("poison"))
    put(store, [article("a", FLOOD)])
    report = run(store)
    assert (report.accepted, report.rejected, report.pending) == (1, 1, 0)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("behind", [("a",), ("empty", "a"), ()])
def test_an_article_that_breaks_stops_nothing_where_one_is_taken_at_a_time(
    store: Store, monkeypatch: pytest.MonkeyPatch, step: str, behind: tuple[str, ...]
) -> None:
    """As the long ones are, whatever the batch size is."""
    function = attrgetter(step)(dedup)

    def fragile(*given: Any) -> Any:
        if any(getattr(one, "uri", None) == "poison" for one in given):
            raise ZeroDivisionError("a bug")
        return function(*given)

    monkeypatch.setattr(f"dedup.{step}", fragile)
    texts = {"a": FLOOD, "empty": ""}
    put(store, [article("poison", STRIKE), *(article(uri, texts[uri]) for uri in behind)])
    if behind:
        assert run(store, batch_size=1).accepted == 1
        assert ("wire", "poison", "internal") in picture(store)["rejections"]
    else:
        with pytest.raises(ZeroDivisionError):
            run(store, batch_size=1)


@pytest.mark.parametrize("batch_size", [1, 2, 256])
def test_articles_in_a_row_that_break_are_set_aside_when_one_behind_them_is_decided(
    store: Store, monkeypatch: pytest.MonkeyPatch, batch_size: int
) -> None:
    """Where each is taken alone, and where all of a batch break: one that is cut off by a new version behind it."""
    put(store, [article("known", STRIKE)])
    run(store)
    monkeypatch.setattr(Clusterer, "accept", broken_for("poison", "poison too"))
    put(store, [article("poison", FLOOD), article("poison too", FLOOD_OTHER_WORDS)])
    with pytest.raises(ZeroDivisionError):
        run(store, batch_size=batch_size)
    put(store, [article("known", f"{STRIKE} It was called off."), article("a", FLOOD)])
    report = run(store, batch_size=batch_size)
    assert (report.accepted, report.updated, report.rejected, report.pending) == (1, 1, 2, 0)
    assert store.check(full=True) == []


@pytest.mark.parametrize("batch_size", [1, 256])
def test_a_fault_that_every_article_meets_ends_a_pass_soon(
    store: Store, monkeypatch: pytest.MonkeyPatch, batch_size: int
) -> None:
    """All that is in memory is read again after each that was tried, first in its batch and then by itself."""
    monkeypatch.setattr("dedup.pipeline.TRIED_APART", 3)
    put(store, [article(str(number), f"{STRIKE} Number {number}.") for number in range(5)])
    tried: list[str] = []

    def breaks(_: Clusterer, item: Any) -> None:
        tried.append(item.uri)
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Clusterer, "accept", breaks)
    with pytest.raises(ZeroDivisionError):
        run(store, batch_size=batch_size)
    assert len(tried) == (2 * 3 if batch_size == 1 else 1 + 5)


def test_a_stop_is_heard_and_life_is_signed_while_articles_are_tried_by_themselves(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each that breaks costs seconds where much is in memory, so a batch of them may take longer than a stop may."""
    fragile, stop, seen = broken_for("b", "c", "e"), threading.Event(), list[str]()

    def tried(self: Clusterer, item: Any) -> None:
        seen.append(item.uri)
        if item.uri == "c":
            stop.set()
        fragile(self, item)

    monkeypatch.setattr(Clusterer, "accept", tried)
    put(store, [article(uri, f"{FLOOD} Seen by {uri}.") for uri in "abcde"])
    with store.writer_lock() as lock:
        report = Pipeline(store, Config(), lock).run_pass(stop, lambda: seen.append("beat"))
    by_themselves = seen[seen.index("b") + 1 :]
    assert [one for one, _ in groupby(by_themselves)][1:-1] == ["a", "beat", "b", "beat", "c"]
    assert (report.outcome, report.accepted, report.rejected, report.pending) == ("stopped", 1, 2, 2)
    stop.clear()
    assert (run(store).pending, {row[1] for row in picture(store)["rejections"]}) == (0, {*"bce"})


@pytest.mark.parametrize(
    ("step", "fault"), [*((step, MemoryError("no more")) for step in STEPS), (STEPS[0], DatabaseAway("it went away"))]
)
def test_no_article_is_to_blame_for_what_may_pass(
    store: Store, monkeypatch: pytest.MonkeyPatch, step: str, fault: Exception
) -> None:
    """Neither in its batch nor where it is tried by itself, since another one in the batch breaks."""
    put(store, [article("a", FLOOD), article("poison", STRIKE), article("b", FLOOD_OTHER_WORDS)])
    faults = iter([ZeroDivisionError("a bug"), fault])

    def breaks(*_: Any) -> None:
        raise next(faults)

    with monkeypatch.context() as patch:
        patch.setattr(f"dedup.{step}", breaks)
        with pytest.raises(type(fault)):
            run(store)
    report = run(store)
    assert (report.accepted, report.rejected) == (3, 0)


def broken_version(clusterer: Clusterer, item: Any, before: Any) -> None:
    if item.uri == "poison":
        raise ZeroDivisionError("a bug")
    revise(clusterer, item, before)


@pytest.mark.parametrize("behind", [True, False])
def test_a_version_that_breaks_the_decision_is_set_aside(
    store: Store, monkeypatch: pytest.MonkeyPatch, behind: bool
) -> None:
    """It is a batch of its own: what is decided before or behind it shows that it alone is to blame."""
    put(store, [article("poison", STRIKE)])
    run(store)
    monkeypatch.setattr("dedup.pipeline.revise", broken_version)
    waiting = [article("poison", FLOOD_OTHER_WORDS), article("a", FLOOD)]
    put(store, waiting if behind else waiting[::-1])
    report = run(store)
    assert (report.taken, report.accepted, report.rejected, report.pending) == (2, 1, 1, 0)
    with store.reading() as connection:
        rejected = connection.execute(sa.text("SELECT uri, reason, detail FROM v_rejections")).one()
        assert rejected == ("poison", "internal", "deciding it failed with ZeroDivisionError: a bug")
        assert connection.scalar(sa.text("SELECT version FROM v_articles WHERE uri = 'poison'")) == 1
    assert store.check(full=True) == []


def test_versions_that_all_break_lose_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, [article("a", FLOOD), article("b", STRIKE)])
    run(store)
    # The last one takes the first one back, and must not be taken before it.
    put(store, [article("a", STRIKE), article("b", FLOOD), article("a", FLOOD)])
    with monkeypatch.context() as patch:
        patch.setattr("dedup.pipeline.revise", broken_for_all)
        with pytest.raises(ZeroDivisionError):
            run(store)
    report = run(store)
    assert (report.taken, report.updated, report.rejected) == (3, 3, 0)
