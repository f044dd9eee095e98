"""A changed configuration: what it would do, and doing it, whole or not at all."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from dedup import planning
from dedup.cluster.constraints import CANNOT, MUST
from dedup.config import Config
from dedup.errors import DedupError
from dedup.intake.article import WITHDRAWN, Article
from dedup.planning import PlanChanged
from dedup.store import Store
from dedup.store.invariants.check import check
from dedup.store.passes import rules
from dedup.store.passes.rules import End
from dedup.store.plans import applications
from dedup.store.plans.applications import Counts

from . import blocks
from .conftest import NOW, picture, put, rows, run, stories
from .faults import failing, lose_the_database
from .news import DAY, FLOOD, STRIKE, article
from .planned import (
    ALL_APART,
    APART,
    LONG_AGO,
    apply,
    named,
    partition,
    placed,
    plan,
    stream_of_events,
    take_up,
    with_duplicates,
    with_stories,
)

STRICT, LOOSE = with_stories(threshold=0.75), with_stories(threshold=0.05)
WIDER = with_duplicates(shingle_words=6, threshold=0.9, containment=0.97)
CONFIGS = {"strict": STRICT, "apart": APART, "wider": WIDER, "alone": with_stories(enabled=False)}


def replayed(store: Store) -> dict[int, int]:
    """The story of each article as the history tells it."""
    stories: dict[int, set[int]] = {}
    with store.reading() as connection:
        query = "SELECT story_id, event, article_id, other_story_id FROM v_story_history ORDER BY history_id"
        for story, event, article, other in connection.execute(sa.text(query)):
            inside = stories.setdefault(story, set())
            if (event == "opened" and other is None) or event == "joined":
                inside.add(article)
            elif event == "left":
                inside.discard(article)
                stories.setdefault(other, set()).add(article)
            elif event == "merged":
                inside |= stories.pop(other)
    return {article: story for story, inside in stories.items() for article in inside}


@pytest.fixture(scope="module")
def stream(examples: list[Article]) -> list[Article]:
    """The examples, each in one version, in the order of publication."""
    once = {(article.source, article.uri): article for article in examples}.values()
    return sorted(once, key=lambda article: article.published_at or NOW)


@pytest.mark.parametrize("since", [LONG_AGO, None, datetime(2026, 3, 5, tzinfo=UTC)])
def test_an_unchanged_configuration_changes_nothing(store: Store, stream: list[Article], since: Any) -> None:
    put(store, stream)
    run(store)
    made = plan(store, Config(), since)
    assert made.difference.cases == ()
    assert made.difference.changed == ()
    assert 0 < made.articles <= len(stream)


def texts_of_stories(store: Store) -> dict[int, dict[int, int]]:
    """The duplicate group of each article, by story."""
    found: dict[int, dict[int, int]] = {}
    query = "SELECT story_id, article_id, duplicate_group_id FROM v_story_articles"
    for story, article_id, group in rows(store, query):
        found.setdefault(story, {})[article_id] = group
    return found


@pytest.mark.parametrize("config", [*CONFIGS.values(), with_duplicates(threshold=0.95, containment=0.99)])
def test_no_story_changes_without_an_event(store: Store, config: Config) -> None:
    put(store, stream_of_events())
    run(store)
    before = texts_of_stories(store)
    with store.reading() as connection:
        seen = connection.scalar(sa.text("SELECT MAX(history_id) FROM v_story_history"))
    apply(store, config)
    after = texts_of_stories(store)
    with store.reading() as connection:
        query = sa.text("SELECT DISTINCT story_id FROM v_story_history WHERE history_id > :seen")
        told = set(connection.scalars(query, {"seen": seen}))
    assert told == {story for story in before.keys() | after.keys() if before.get(story) != after.get(story)}


@pytest.mark.parametrize("name", CONFIGS)
def test_what_is_planned_is_what_a_fresh_database_decides(
    store: Store, stream: list[Article], second_fresh: Store, name: str
) -> None:
    put(store, stream)
    run(store)
    before = partition(store)
    made = plan(store, CONFIGS[name])
    put(second_fresh, stream)
    run(second_fresh, CONFIGS[name])
    assert named(dict(made.planned)) == partition(second_fresh) != before
    assert partition(store) == before
    done = apply(store, CONFIGS[name], name=made.name)
    assert done.name == made.name
    assert partition(store) == partition(second_fresh)
    assert replayed(store) == placed(store)
    assert store.check(full=True) == []
    assert plan(store, CONFIGS[name]).difference.cases == ()


def test_only_what_was_published_since_is_decided_anew(store: Store, stream: list[Article]) -> None:
    put(store, stream)
    run(store)
    before = placed(store)
    since = stream[len(stream) // 4].published_at
    made = apply(store, STRICT, since)
    assert 0 < made.articles < len(stream)
    assert made.counts.new_stories > 0
    after = placed(store)
    older = {article for article in before if article < min(a for a in before if made.planned[a] != made.live[a])}
    assert {article: after[article] for article in older} == {article: before[article] for article in older}
    assert replayed(store) == after
    assert store.check(full=True) == []


def test_an_original_before_the_scope_stays_the_one_of_its_group_where_most_of_its_copies_are_none_any_more(
    store: Store,
) -> None:
    """The number of the group goes to the copies: the original was left in it, and a group of its own was empty."""
    edited = FLOOD.rpartition("The railway")[0] + "The ferries did not leave the harbour either, and nobody was hurt."
    copies = [article(name, edited, title="Flood", source=name, hours=48) for name in ("b", "c", "d")]
    put(store, [article("a", FLOOD, title="Flood"), *copies])
    run(store)
    assert partition(store) == {1: (1, 1), 2: (1, 1), 3: (1, 1), 4: (1, 1)}
    made = apply(store, APART, DAY + timedelta(hours=24))
    assert (made.articles, made.difference.regrouped) == (3, 1)
    assert partition(store) == {1: (1, 1), 2: (2, 2), 3: (2, 2), 4: (2, 2)}
    assert replayed(store) == placed(store)
    assert store.check(full=True) == []


@pytest.mark.usefixtures("own_model")
def test_a_story_that_began_before_the_scope_is_compared_whole(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """By narrower windows its newest article is not compared with the others, and took them along to another story."""
    for reach in ("STREAM", "RECENT", "ARRIVALS"):
        monkeypatch.setattr(planning, reach, 0)
    wide, narrow = (replace(blocks.CONFIG.stories, window_days=days) for days in (60, 2))
    old, new = blocks.told("old", "ABMN"), blocks.told("new", "ABC", days=50)
    put(store, [old, blocks.told("other", "CDEF", days=50), new])
    run(store, replace(blocks.CONFIG, stories=wide))
    before = stories(store)
    assert before["old"] == before["new"] != before["other"]
    apply(store, replace(with_duplicates(window_days=2), stories=narrow), DAY + timedelta(days=49))
    assert stories(store) == before | {"new": before["other"]}
    assert replayed(store) == placed(store)
    assert store.check(full=True) == []


def test_back_and_forth(store: Store, stream: list[Article]) -> None:
    """The ids that were merged away stay known, and those that come back are new ones."""
    put(store, stream)
    run(store)
    before = partition(store)
    seen = set(placed(store).values())
    for config in (LOOSE, APART, STRICT, Config()):
        apply(store, config)
        seen |= set(placed(store).values())
        assert replayed(store) == placed(store)
        with store.reading() as connection:
            assert check(connection, full=True) == []
            redirects = dict(connection.execute(sa.text("SELECT old_story_id, story_id FROM story_redirects")).all())
            following = connection.scalar(sa.text("SELECT next_story_id FROM state"))
        assert {redirects.get(story, story) for story in seen} == set(placed(store).values())
        assert following == max(seen) + 1
    assert partition(store) == before


def test_articles_that_come_later_are_decided_as_if_it_had_always_been_so(
    store: Store, stream: list[Article], second_fresh: Store
) -> None:
    half = len(stream) // 2
    put(store, stream[:half])
    run(store)
    apply(store, STRICT)
    put(store, stream[half:])
    run(store, STRICT)
    put(second_fresh, stream)
    run(second_fresh, STRICT)
    assert partition(store) == partition(second_fresh)


def test_versions_of_articles_are_planned_as_they_are_now(store: Store, examples: list[Article]) -> None:
    put(store, examples)
    run(store)
    edited = [
        replace(article, body=article.body + " The council meets again on Friday, a clerk said.")
        for article in examples[::7]
    ]
    put(store, edited)
    run(store)
    for since, config in ((LONG_AGO, LOOSE), (None, APART), (LONG_AGO, Config())):
        apply(store, config, since)
        assert replayed(store) == placed(store)
        assert store.check(full=True) == []


def test_a_group_whose_original_came_later_than_the_scope_stays_as_it_is(store: Store) -> None:
    put(store, [article("a", FLOOD, title="Flood"), article("b", FLOOD, title="Flood", source="b", hours=1)])
    put(store, [article("c", FLOOD, title="Flood", source="c", hours=2), article("x", STRIKE, hours=3)])
    run(store)
    put(store, [article("a", STRIKE, title="Bakers on strike", hours=4)])
    run(store)
    made = plan(store, APART, DAY + timedelta(hours=3))
    assert made.scope.pinned == {1}
    assert set(made.planned) == {1, 4}
    apply(store, APART, DAY + timedelta(hours=3))
    assert store.check(full=True) == []


def test_a_plan_that_is_no_longer_what_was_seen_is_refused(store: Store, stream: list[Article]) -> None:
    put(store, stream[:-6])
    run(store)
    seen = plan(store, STRICT)
    assert apply(store, STRICT, name=seen.name).name == seen.name
    put(store, stream[-6:])
    run(store)
    before = picture(store)
    with pytest.raises(PlanChanged, match=f"no longer {seen.name}"):
        apply(store, LOOSE, name=seen.name)
    assert picture(store) == before


@pytest.mark.parametrize(
    ("live", "wanted", "counts"),
    [
        pytest.param(with_stories(threshold=0.99), Config(), Counts(5, 1, 0, 0), id="merge"),
        pytest.param(Config(), ALL_APART, Counts(5, 0, 3, 3), id="split"),
    ],
)
def test_an_application_is_whole_or_absent(
    store: Store, monkeypatch: pytest.MonkeyPatch, live: Config, wanted: Config, counts: Counts
) -> None:
    """Fails at the first statement or commit of the live database, at the second, until one goes through."""
    put(store, stream_of_events())
    run(store, live)
    with store.writing() as connection:
        applications.ask(connection, wanted.digest(), LONG_AGO, None, NOW)
    before, number, done = picture(store), 0, False
    with planning.planned(store, wanted, LONG_AGO, NOW, evidence=True) as made:
        monkeypatch.setattr(planning, "planned", lambda *_, **__: nullcontext(made))
        while not done:
            number += 1
            with failing(store, number, lose_the_database) as count:
                try:
                    take_up(store, wanted)
                except (DedupError, sa.exc.OperationalError) as error:
                    assert "went away" in f"{error} {error.__cause__}"
            with store.reading() as connection:
                done = applications.waiting(connection) is None
                assert check(connection) == [], f"after a failure at step {number}"
            assert done or count[0] >= number
            assert done or picture(store) == before, f"after a failure at step {number}"
    assert number > 25
    assert made.counts == counts
    assert partition(store) == named(dict(made.planned))
    assert replayed(store) == placed(store)
    assert store.check(full=True) == []


def test_passes_go_on_while_a_plan_is_made(store: Store, second_store: Store, stream: list[Article]) -> None:
    put(store, stream[:-5])
    run(store)
    reports = []

    def meanwhile(*_: int) -> bool:
        put(second_store, stream[-5:])
        reports.append(run(second_store))
        return True

    with planning.planned(store, STRICT, LONG_AGO, NOW, meanwhile) as made:
        assert [report.accepted for report in reports] == [5, 0]
        assert made.articles == len(made.planned) == len(stream) - 5


def test_rules_and_withdrawals_hold_whatever_the_configuration(store: Store) -> None:
    """What an operator ruled outlives a change of settings; what was withdrawn is not decided again."""
    put(store, stream_of_events())
    run(store)
    with store.writing() as connection:
        rules.insert(connection, CANNOT, End("a", None), End("c", None), None)
        rules.insert(connection, MUST, End("c", None), End("d", None), None)
    put(store, [Article("e", "", source="e", content_type=WITHDRAWN)])
    run(store)
    for config in (LOOSE, STRICT, with_stories(enabled=False), Config()):
        before = apply(store, config)
        assert store.check(full=True) == []
        found = stories(store)
        assert set(found) == {"a", "b", "c", "d"}
        assert found["a"] != found["c"] == found["d"]
        assert plan(store, config).difference.changed == (), before.name
