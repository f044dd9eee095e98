"""After a change of scheme only what is compared now is signed anew first; all else follows, and nothing differs.

In the database of these tests some articles came in four parts, with many decisions between them, as after years.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from dedup import planning
from dedup.cluster.constraints import CANNOT
from dedup.config import Config
from dedup.decision import resigning
from dedup.intake.article import WITHDRAWN, Article
from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.store.answers import overview
from dedup.store.invariants.check import check
from dedup.store.operation import forgetting
from dedup.store.operation.lock import WriterLock
from dedup.store.passes import sketches
from dedup.store.plans.applications import Asked
from dedup.text.markup.html import is_html

from ..conftest import OpenStore
from .conftest import NOW, picture, places, put, run, stories
from .news import FLOOD, FLOOD_OTHER_WORDS, STRIKE, article
from .ruling import rule
from .schemes import make_older, schemes, sign_all
from .schemes import sketches as stored
from .statements import read_whole, statements

NEW, OLD = "w3-xxh32-affine32-128-s1-n2-t4", "w3-xxh32-affine32-128-s1-n1"
# Where the parts begin in the order of decisions, and how many days earlier than stated they were published. A newcomer
# at 100,000 looks at the last 65,536 decisions, in whole blocks: those from 32,768 on. What was decided at 33,000 was
# weighed by the part at 20,000, which nobody looks at any more.
PARTS = (0, 900), (20_000, 400), (33_000, 0), (100_000, 0)


@pytest.fixture
def stream(examples: list[Article]) -> list[Article]:
    """Articles of several languages with copies among them, each in one version, none a page to be read first."""
    plain = {(one.source, one.uri): one for one in reversed(examples) if not is_html(one.body, one.content_type)}
    return list(plain.values())[::-1][:32]


def move_to(store: Store, ordinal: int) -> None:
    """Makes it look as if so many articles had been decided."""
    with store.writing() as connection:
        connection.execute(sa.text("UPDATE state SET next_ordinal = :next"), {"next": ordinal})


def earlier(item: Article, days: int) -> Article:
    published = item.published_at
    return item if published is None else replace(item, published_at=published - timedelta(days=days))


def fill(store: Store, stream: Sequence[Article], more: Sequence[tuple[int, Article]] = ()) -> None:
    """Decides the parts, each with those of `more` that are numbered so, and makes all of them look older."""
    size = len(stream) // len(PARTS)
    for number, (ordinal, days) in enumerate(PARTS):
        items = [*stream[number * size : (number + 1) * size], *(item for part, item in more if part == number)]
        put(store, [earlier(item, days) for item in items])
        move_to(store, ordinal)
        run(store)
    make_older(store)


def ordinals(store: Store, scheme: str) -> list[int]:
    """Where the articles of a scheme are in the order of decisions."""
    query = "SELECT ordinal FROM articles JOIN schemes USING (scheme_id) WHERE name = :name ORDER BY ordinal"
    with store.reading() as connection:
        return list(connection.scalars(sa.text(query), {"name": scheme}))


def left(store: Store) -> int:
    with store.reading() as connection:
        return overview.totals(connection)["to_resign"]


def pipeline(store: Store, lock: WriterLock) -> Pipeline:
    return Pipeline(store, Config(), lock, clock=lambda: NOW)


def sign_rest(store: Store, limit: int = 7, starts: int = 1, config: Config | None = None) -> list[int]:
    """Has a service that was just started sign what is left; returns how many were left before each step.

    After each step it ends and starts again, as long as `starts` allow that.
    """
    steps = []
    more = True
    while more:
        starts -= 1
        with store.writer_lock() as lock:
            service = Pipeline(store, config or Config(), lock, clock=lambda: NOW)
            service.run_pass()
            while more:
                steps.append(left(store))
                more = service.sign_some(limit, lambda: True, lambda: None)
                if starts > 0:
                    break
    return steps


@pytest.fixture
def other(tmp_path_factory: pytest.TempPathFactory, open_store: OpenStore) -> Store:
    """A second database."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('other') / 'other.db'}", create=True)
    store.upgrade()
    return store


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resigning, "BATCH", 4)


def test_before_the_first_pass_only_what_a_newcomer_meets_is_signed(store: Store, stream: list[Article]) -> None:
    fill(store, stream)
    decided = picture(store)
    run(store)
    size = len(stream) // 4
    assert min(ordinals(store, NEW)) == 33_000
    assert len(ordinals(store, OLD)) == left(store) == 2 * size
    assert picture(store) == decided, "what was decided stays decided"
    assert store.check(full=True) == []


def test_the_rest_is_signed_between_passes_oldest_first(store: Store, stream: list[Article]) -> None:
    fill(store, stream)
    decided = picture(store)
    steps = sign_rest(store)
    size = len(stream) // 4
    assert steps[0] == 2 * size
    assert steps == sorted(steps, reverse=True)
    assert len(steps) >= 3
    assert left(store) == 0
    assert schemes(store) == {NEW: 4 * size}
    assert picture(store) == decided
    assert store.check(full=True) == []


def test_in_whatever_order_it_is_signed_it_comes_to_the_same(store: Store, stream: list[Article]) -> None:
    fill(store, stream)
    sign_all(store)
    at_once = stored(store)
    make_older(store)
    sign_rest(store, starts=5)
    assert stored(store) == at_once
    make_older(store)
    run(store)
    late = earlier(article("late", STRIKE, title="Strike"), 400)
    put(store, [late])
    run(store)
    assert len(ordinals(store, OLD)) == len(stream) // 4, "the part beside the late one was signed"
    sign_rest(store)
    assert stored(store)[:-1] == at_once


def test_a_late_article_meets_articles_that_the_background_has_not_come_to(store: Store, stream: list[Article]) -> None:
    known = article("known", FLOOD, title="Flood in Verlingen")
    fill(store, stream, [(0, known)])
    run(store)
    assert not [place for place in ordinals(store, NEW) if place < 33_000]
    copy = article("copy", FLOOD, title="Flood in Verlingen", source="other")
    report = article("report", FLOOD_OTHER_WORDS, title="Verlingen under water")
    put(store, [earlier(copy, 900), earlier(report, 900)])
    run(store)
    found = places(store)
    assert found["copy"] == found["known"]
    assert found["report"][1] == found["known"][1]
    assert {place // 20_000 for place in ordinals(store, OLD)} == {1}, "another old part is still as it was"
    assert store.check(full=True) == []


def late_changes() -> list[tuple[int, Article]]:
    """Articles for the first part: an original with two copies, three reports of one event, and one for itself."""
    return [
        (0, article("flood", FLOOD, title="Flood in Verlingen")),
        (0, article("copy1", FLOOD, title="Flood in Verlingen", source="paper1")),
        (0, article("copy2", FLOOD, title="Flood in Verlingen", source="paper2")),
        (0, article("report", FLOOD_OTHER_WORDS, title="Verlingen under water")),
        (0, article("strike", STRIKE, title="Bakers walk out in Montelle")),
    ]


def revised(store: Store) -> None:
    put(store, [earlier(article("flood", STRIKE, title="Bakers walk out in Montelle"), 900)])


def retouched(store: Store) -> None:
    put(store, [earlier(article("flood", FLOOD.replace(". ", ".  "), title="Flood in Verlingen!"), 900)])


def withdrawn(store: Store) -> None:
    put(store, [Article("flood", "", source="wire", content_type=WITHDRAWN)])


def unlinked(store: Store) -> None:
    rule(store, CANNOT, "flood", "report")


def taken_out(store: Store) -> None:
    rule(store, CANNOT, "flood", "copy1")


@pytest.mark.parametrize("change", [revised, retouched, withdrawn, unlinked, taken_out], ids=lambda do: do.__name__)
def test_what_is_decided_anew_is_as_if_all_had_been_signed_at_once(
    store: Store, other: Store, stream: list[Article], change: Callable[[Store], None]
) -> None:
    pictures = []
    for database in (store, other):
        fill(database, stream, late_changes())
        if database is other:
            sign_all(database)
        change(database)
        run(database)
        put(database, [earlier(article("copy3", FLOOD, title="Flood in Verlingen", source="paper3"), 900)])
        run(database)
        pictures.append(picture(database))
        assert database.check(full=True) == []
    assert left(store) > 0
    assert pictures[0] == pictures[1]


def test_a_version_between_two_steps(store: Store, other: Store, stream: list[Article]) -> None:
    """It is as one behind a restart: what it said before counts for no text that is signed after it."""
    for database in (store, other):
        fill(database, stream, late_changes())
        with database.writer_lock() as lock:
            service = pipeline(database, lock)
            service.run_pass()
            assert service.sign_some(9, lambda: True, lambda: None)
            revised(database)
            if database is store:
                service.run_pass()
                service.sign_some(1_000, lambda: True, lambda: None)
        sign_rest(database)
    assert stored(store) == stored(other)


def test_what_is_retouched_stays_where_it_is_and_costs_nothing(store: Store, stream: list[Article]) -> None:
    fill(store, stream, late_changes())
    run(store)
    before, places = ordinals(store, OLD), picture(store)["groups"]
    retouched(store)
    run(store)
    assert ordinals(store, OLD) == before
    assert picture(store)["groups"] == places
    with store.reading() as connection:
        assert connection.scalar(sa.text("SELECT version FROM v_articles WHERE uri = 'flood'")) == 2


@pytest.mark.parametrize("done", [0, 1, 3, 6])
def test_signing_goes_on_where_it_was_interrupted(
    store: Store, stream: list[Article], monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    fill(store, stream)
    sign_all(store)
    at_once = stored(store)
    make_older(store)
    written = sketches.write
    batches = 0

    def interrupted(*arguments: Any) -> None:
        nonlocal batches
        written(*arguments)
        if batches == done:
            raise KeyboardInterrupt
        batches += 1

    with monkeypatch.context() as patched:
        patched.setattr(sketches, "write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            sign_rest(store)
    assert 4 * done <= len(ordinals(store, NEW)) < len(at_once)
    assert store.check(full=True) == []
    sign_rest(store)
    assert stored(store) == at_once


def test_a_group_of_which_a_text_is_forgotten_in_the_middle_stays_as_it_is(
    store: Store, stream: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its shingles are those of the scheme that it has: to sign the rest of it would compare across schemes."""
    fill(store, stream, late_changes())
    run(store)
    written = sketches.kept_of

    def forgotten(connection: Any, group_ids: Sequence[int]) -> set[int]:
        query = sa.text("DELETE FROM texts WHERE article_id = (SELECT article_id FROM articles WHERE uri = 'copy1')")
        connection.execute(query)
        return written(connection, group_ids)

    monkeypatch.setattr(sketches, "kept_of", forgotten)
    sign_rest(store)
    with store.reading() as connection:
        query = "SELECT uri FROM articles JOIN schemes USING (scheme_id) WHERE name = :old ORDER BY article_id"
        assert connection.scalars(sa.text(query), {"old": OLD}).all() == ["flood", "copy1", "copy2"]
        assert "mixed_schemes" not in {finding.name for finding in check(connection)}
    assert left(store) == 0, "what cannot be signed is not waited for"


def test_a_writer_that_lost_its_lock_signs_nothing_more(store: Store, stream: list[Article]) -> None:
    fill(store, stream)
    with store.writer_lock() as lock:
        service = pipeline(store, lock)
        service.run_pass()
        before = ordinals(store, OLD)
        with store.writing() as connection:
            connection.execute(sa.text("UPDATE state SET writer = writer + 1"))
        with pytest.raises(Exception, match="another dedup has taken over"):
            service.sign_some(7, lambda: True, lambda: None)
    assert ordinals(store, OLD) == before


def test_terms_of_a_forgotten_text_are_not_compared_when_a_story_is_parted(store: Store, stream: list[Article]) -> None:
    fill(store, stream, late_changes())
    with store.writing() as connection:
        connection.execute(sa.text("UPDATE schemes SET name = :name"), {"name": NEW})
        forgetting.forget(connection, members_of(connection, "flood"))
    make_older(store)
    unlinked(store)
    run(store)
    where = stories(store)
    assert store.check() == []
    assert where["flood"] == where["copy1"] != where["report"]


def members_of(connection: sa.Connection, uri: str) -> list[int]:
    """The articles of the duplicate group of one."""
    query = (
        "SELECT article_id FROM articles WHERE duplicate_group_id = "
        "(SELECT duplicate_group_id FROM articles WHERE uri = :uri)"
    )
    return list(connection.scalars(sa.text(query), {"uri": uri}))


@pytest.mark.parametrize("signed", [False, True], ids=["older", "signed"])
def test_what_a_plan_changes_is_signed_before_it_is_written(store: Store, stream: list[Article], signed: bool) -> None:
    """And only that; the plan is the same by name whether it was made before the first pass or behind it."""
    fill(store, stream, late_changes())
    config = replace(Config(), stories=replace(Config().stories, threshold=0.99))
    since = datetime(2024, 7, 1, tzinfo=UTC)
    with planning.planned(store, config, since, NOW) as seen:
        assert seen.counts.moved_articles > 0
    if signed:
        sign_all(store)
    with store.writer_lock() as lock:
        asked = Asked(None, config.digest(), since, seen.name)
        assert planning.apply(store, config, lock, asked, lambda: NOW).name == seen.name
    assert signed or ordinals(store, OLD) != []
    assert store.check(full=True) == []
    run(store, config)
    sign_rest(store, config=config)
    assert left(store) == 0
    assert store.check(full=True) == []


def test_no_statement_reads_all_of_a_table_that_grows(
    sqlite_url: str, open_store: OpenStore, stream: list[Article]
) -> None:
    store = open_store(sqlite_url)
    fill(store, stream, late_changes())
    run(store)
    with statements(store) as made, store.writer_lock() as lock:
        revised(store)
        service = pipeline(store, lock)
        service.run_pass()
        assert not service.sign_some(1_000, lambda: True, lambda: None)
    grown = {"articles", "texts", "duplicate_groups", "stories", "matches"}
    with store.reading() as connection:
        assert read_whole(connection, made) & grown == set()


def test_a_stop_ends_it_at_once(store: Store, stream: list[Article]) -> None:
    fill(store, stream)
    stop = threading.Event()
    with store.writer_lock() as lock:
        service = pipeline(store, lock)
        service.run_pass()
        before = left(store)
        assert service.sign_some(1_000, lambda: not stop.is_set(), stop.set)
    assert 4 <= before - left(store) < before
