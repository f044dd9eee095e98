"""Rules about articles that a plan does not decide anew: it keeps to them all the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dedup import planning
from dedup.cluster.constraints import CANNOT, MUST
from dedup.intake.article import Article
from dedup.store import Store
from dedup.store.operation import forgetting
from dedup.store.passes import rules

from .blocks import CONFIG, ONE, OTHER, THREE, TWO, deliver, told
from .conftest import put, rows, run, stories
from .news import DAY
from .planned import LONG_AGO, apply
from .ruling import rule

pytestmark = pytest.mark.usefixtures("own_model")

CHANGED = replace(CONFIG, duplicates=replace(CONFIG.duplicates, threshold=0.9))
LATER = 100


def forget_first(store: Store, _monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The text of the first article is forgotten, so that it is not decided anew; all others are."""
    with store.writing() as connection:
        assert forgetting.forget(connection, [1]) == 1
    return LONG_AGO


def leave_behind(_store: Store, monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The first article came long before the others, and what is decided anew is compared with none so old."""
    for reach in ("STREAM", "RECENT", "ARRIVALS"):
        monkeypatch.setattr(planning, reach, 0)
    return DAY + timedelta(days=LATER - 1)


OUT_OF_REACH = pytest.mark.parametrize("put_out_of_reach", [forget_first, leave_behind])
PutOutOfReach = Callable[[Store, pytest.MonkeyPatch], datetime]


def later(article: Article) -> Article:
    return replace(article, published_at=DAY + timedelta(days=LATER))


def deliver_with(store: Store, *news: Article) -> None:
    """Delivers `news`; a rule that is taken back then has brought the second one to the first."""
    brought = rule(store, MUST, "one", "two")
    deliver(store, *news)
    assert rows(store, "SELECT DISTINCT state FROM v_rules") == [("obeyed",)]
    with store.writing() as connection:
        assert rules.remove(connection, [brought]) == [brought]


def applied(store: Store, since: datetime) -> dict[str, int]:
    apply(store, CHANGED, since)
    assert rows(store, "SELECT state FROM v_applications") == [("done",)]
    assert store.check() == []
    return stories(store)


@OUT_OF_REACH
def test_what_a_rule_ties_to_an_article_that_is_not_decided_anew_stays_with_it(
    store: Store, monkeypatch: pytest.MonkeyPatch, put_out_of_reach: PutOutOfReach
) -> None:
    two, other = later(told("two", "DEF")), later(OTHER)
    rule(store, MUST, "one", "other")
    deliver_with(store, ONE, two, other)
    assert len(set(stories(store).values())) == 1
    where = applied(store, put_out_of_reach(store, monkeypatch))
    assert where["one"] == where["other"]


@OUT_OF_REACH
def test_what_a_rule_keeps_from_an_article_that_is_not_decided_anew_stays_apart_from_it(
    store: Store, monkeypatch: pytest.MonkeyPatch, put_out_of_reach: PutOutOfReach
) -> None:
    two, three = later(TWO), later(THREE)
    rule(store, CANNOT, "one", "three")
    deliver_with(store, ONE, two, three)
    where = stories(store)
    assert where["one"] == where["two"] != where["three"]
    where = applied(store, put_out_of_reach(store, monkeypatch))
    assert where["one"] != where["three"]


def test_what_is_decided_anew_does_not_come_to_a_story_in_which_a_later_article_stays_that_a_rule_keeps_from_it(
    store: Store,
) -> None:
    """When its turn came only the forgotten one was there, which it fits; the later one then stayed with that."""
    strict = replace(CONFIG, stories=replace(CONFIG.stories, threshold=0.999))
    brought = rule(store, MUST, "one", "three")
    rule(store, CANNOT, "two", "three")
    put(store, [ONE, TWO, THREE])
    run(store, strict)
    assert stories(store) == {"one": 1, "two": 2, "three": 1}
    with store.writing() as connection:
        assert rules.remove(connection, [brought]) == [brought]
        assert forgetting.forget(connection, [1]) == 1
    assert applied(store, LONG_AGO) == {"one": 1, "two": 2, "three": 1}


def test_what_left_a_story_when_another_article_came_to_it_leaves_it_once(store: Store) -> None:
    """Without its rules the third shows that the first is about something else, before the last does, which stays."""
    texts = "SBF", "FGA", "EAC", "CEFDA", "AECFD", "CGA"
    keeping = [rule(store, CANNOT, "u3", f"u{other}") for other in (1, 2, 4, 5, 6)]
    deliver(store, *(told(f"u{number}", text) for number, text in enumerate(texts, 1)))
    assert stories(store) == {"u1": 3, "u2": 1, "u3": 2, "u4": 1, "u5": 1, "u6": 1}
    with store.writing() as connection:
        assert rules.remove(connection, keeping) == keeping
        assert forgetting.forget(connection, [6]) == 1
    assert apply(store, CONFIG).anew == {3}
    assert stories(store) == {"u1": 3, "u2": 1, "u3": 1, "u4": 1, "u5": 1, "u6": 1}
    assert store.check(full=True) == []


def test_what_led_to_a_story_that_an_application_ends_leads_on_and_nothing_else_does(store: Store) -> None:
    strict = replace(CONFIG, stories=replace(CONFIG.stories, threshold=0.999))
    put(store, [OTHER, told("fourth", "STV"), ONE, TWO, told("fifth", "XYZ")])
    run(store, strict)
    rule(store, MUST, "other", "fourth")
    rule(store, MUST, "two", "fifth")
    run(store, strict)
    redirects = "SELECT old_story_id, story_id FROM v_story_redirects ORDER BY old_story_id"
    assert rows(store, redirects) == [(2, 1), (5, 4)]
    apply(store, CONFIG)
    assert rows(store, redirects) == [(2, 1), (4, 3), (5, 3)]
    assert stories(store) == {"other": 1, "fourth": 1, "one": 3, "two": 3, "fifth": 3}
    assert store.check(full=True) == []
