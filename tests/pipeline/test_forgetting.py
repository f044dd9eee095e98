"""Texts that were forgotten: whatever comes later is decided as if they were there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from dedup.config import Config
from dedup.config.sections import RetentionSettings
from dedup.intake.article import WITHDRAWN, Article
from dedup.store import Store
from dedup.store.operation import forgetting
from dedup.store.plans import basis

from . import blocks
from .conftest import NOW, picture, put, rows, run, stories
from .news import DAY, FLOOD, STRIKE, article
from .planned import ALL_APART, APART, LONG_AGO, apply, placed, plan
from .schemes import WIDER, schemes
from .statements import steps
from .test_recurrence import MARKET, ONE, THREE, told

LATER = NOW + timedelta(days=400)


def forget(store: Store) -> int:
    removed, last = store.apply_retention(RetentionSettings(0, 0, 0, texts_days=30), LATER)
    assert last is None
    return removed["texts"]


def texts(store: Store) -> dict[str, str | None]:
    return {uri: body for uri, body in rows(store, "SELECT uri, body_text FROM v_articles")}


def test_decisions_are_the_same_whether_texts_were_forgotten_or_not(
    store: Store,
    second_fresh: Store,
    examples: list[Article],
) -> None:
    """Also those about new versions of articles whose text was forgotten."""
    edited = [
        replace(one, body=f"{one.body} The council meets again on Friday, a clerk said.") for one in examples[:30:3]
    ]
    for part in (examples[:40], examples[40:], edited):
        for kept in (store, second_fresh):
            put(kept, part)
            run(kept)
        assert forget(store) > 0
        assert not any(texts(store).values())
        assert store.check(full=True) == []
    assert picture(store) == picture(second_fresh)
    assert all(texts(second_fresh).values())


def test_a_text_stays_while_copies_of_it_come(store: Store) -> None:
    put(store, [article("a", FLOOD, source="a"), article("b", STRIKE, source="b")])
    run(store)
    with store.writing() as connection:
        connection.execute(
            sa.text("UPDATE articles SET first_seen = :old, last_seen = :old"), {"old": "2025-01-01T00:00:00Z"}
        )
    put(store, [article("c", FLOOD, source="c")])
    run(store)
    settings = RetentionSettings(texts_days=30)
    assert store.apply_retention(settings, NOW)[0]["texts"] == 1
    assert {uri for uri, body in texts(store).items() if body is None} == {"b"}
    assert store.apply_retention(settings, LATER)[0]["texts"] == 2
    assert store.check(full=True) == []


def test_what_it_costs_to_forget_a_text_does_not_grow_with_its_copies(
    sqlite_url: str, second_fresh: Store, open_store: Any
) -> None:
    """All copies were asked for each of them whether one came lately."""
    found = []
    for store, count in ((second_fresh, 20), (open_store(sqlite_url), 320)):
        put(store, [article(str(number), FLOOD, hours=number) for number in range(count)])
        run(store)
        with steps(store) as taken:
            assert forget(store) == count
        found.append(taken[0] / count)
    few, many = found
    assert many < 1.5 * few


def test_texts_are_forgotten_page_by_page_for_as_long_as_that_goes_on(
    store: Store, examples: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dedup.store.operation.forgetting.PAGE", 7)
    put(store, examples[:23])
    run(store)
    left = len(placed(store))
    assert left > 14
    pages = iter([True, False])
    settings = RetentionSettings(0, 0, 0, texts_days=30)
    removed, last = store.apply_retention(settings, LATER, goes_on=lambda: next(pages))
    assert (removed["texts"], last) == (14, ("texts", sorted(placed(store))[13]))
    assert store.apply_retention(settings, LATER, after=last) == ({"texts": left - 14}, None)
    assert forget(store) == 0


def test_what_was_sent_before_is_unchanged_and_what_is_sent_anew_has_its_text(store: Store) -> None:
    put(store, [article("a", FLOOD), article("b", STRIKE)])
    run(store)
    forget(store)
    put(store, [article("a", FLOOD), replace(article("b", STRIKE), publisher="Montelle Post")])
    done = run(store)
    assert (done.unchanged, done.updated) == (1, 1)
    assert {uri: body is None for uri, body in texts(store).items()} == {"a": True, "b": False}
    assert store.check(full=True) == []


def test_groups_of_forgotten_texts_keep_their_scheme(store: Store) -> None:
    """Nothing can be signed anew, and nothing is compared across schemes."""
    put(store, [article("a", FLOOD, source="a"), article("b", STRIKE, source="b")])
    run(store)
    forget(store)
    put(store, [article("c", FLOOD, source="c")])
    run(store)
    run(store, WIDER)
    assert schemes(store) == {"w3-xxh32-affine32-128-s1-n2-t4": 3}
    assert store.apply_retention(RetentionSettings(texts_days=30), LATER)[0]["texts"] == 0
    put(store, [article("d", STRIKE, source="d")])
    run(store, WIDER)
    assert schemes(store) == {"w3-xxh32-affine32-128-s1-n2-t4": 3, "w4-xxh32-affine32-128-s1-n2-t4": 1}
    assert store.check(full=True) == []


@pytest.mark.usefixtures("own_model")
def test_what_was_forgotten_goes_along_where_its_story_becomes_one_with_another(store: Store) -> None:
    """A text of another scheme is compared with nothing, and in no plan; its story ends all the same."""
    strict, loose = (replace(blocks.CONFIG, stories=replace(Config().stories, threshold=t)) for t in (0.9, 0.1))
    one, *other = blocks.told("one", "ABC"), blocks.told("two", "DEF"), blocks.told("three", "DEF")
    put(store, [one, *other, blocks.told("both", "ABCDEF")])
    run(store, strict)
    assert stories(store) == {"one": 1, "two": 2, "three": 2, "both": 1}
    with store.writing() as connection:
        assert forgetting.forget(connection, [2]) == 1
        connection.execute(sa.text("INSERT INTO schemes (scheme_id, name) VALUES (99, 'w3-xxh32-affine32-128-s1-n1')"))
        connection.execute(sa.text("UPDATE articles SET scheme_id = 99 WHERE uri = 'two'"))
    made = apply(store, loose)
    assert made.scope.absent == {2}
    assert stories(store) == {"one": 1, "two": 1, "three": 1, "both": 1}
    assert rows(store, "SELECT old_story_id, story_id FROM v_story_redirects") == [(2, 1)]
    assert store.check(full=True) == []


def test_a_plan_leaves_what_was_forgotten_where_it_is(store: Store, examples: list[Article]) -> None:
    put(store, examples[:40])
    run(store)
    forget(store)
    put(store, examples[40:])
    run(store)
    assert plan(store, Config()).difference.cases == ()
    made: Any = plan(store, APART, LONG_AGO)
    assert 0 < made.articles < len(placed(store))
    assert made.scope.pinned


@pytest.mark.usefixtures("own_model")
def test_a_plan_leaves_what_is_in_one_story_with_what_was_forgotten(store: Store) -> None:
    """Decided anew without it, the other came to a story that it fits less, and took the forgotten one along."""
    less, forgotten, other = blocks.told("less", "CDEF"), blocks.told("forgotten", "ABMN"), blocks.told("other", "ABC")
    blocks.deliver(store, less, forgotten, other)
    before = stories(store)
    assert before["forgotten"] == before["other"] != before["less"]
    with store.writing() as connection:
        assert forgetting.forget(connection, [2]) == 1
    made = apply(store, blocks.CONFIG)
    assert (made.difference.cases, made.scope.pinned) == ((), {2, 3})
    assert stories(store) == before
    assert store.check(full=True) == []


@pytest.mark.usefixtures("own_model")
def test_a_plan_decides_in_the_sight_of_what_was_forgotten(store: Store) -> None:
    """Decided without the story of the forgotten text, the last one made one story of the first two."""
    texts = "ABC", "DEF", "STV", "ASTU", "ABCDEF"
    blocks.deliver(
        store, *(blocks.told(f"u{number}", text) for number, text in zip((2, 3, 4, 6, 7), texts, strict=True))
    )
    before = stories(store)
    with store.writing() as connection:
        assert forgetting.forget(connection, [3]) == 1
    made = apply(store, blocks.CONFIG)
    assert (made.difference.cases, made.articles, made.scope.pinned) == ((), 3, {3, 4})
    assert stories(store) == before
    assert store.check(full=True) == []


@pytest.mark.usefixtures("own_model")
@pytest.mark.parametrize("page", [1, 500])
@pytest.mark.parametrize(
    ("texts", "forgotten"),
    [
        pytest.param(("BEG", "FGS", "ADE", "BDF"), 3, id="one left"),
        pytest.param(("DFG", "BDS", "AFS", "CDG"), 1, id="two left"),
        pytest.param(("BCE", "BDF", "ACDG", "ACS"), 4, id="the last shows it"),
        pytest.param(("CDS", "BFS", "BFGS", "AFGS", "ACE"), 1, id="the last leaves with the first"),
    ],
)
def test_a_plan_has_articles_where_they_came_to_although_their_story_fell_into_two(
    store: Store, monkeypatch: pytest.MonkeyPatch, texts: tuple[str, ...], forgotten: int, page: int
) -> None:
    """What came before it fell into two met one story; decided anew it met the two, and came to the other."""
    monkeypatch.setattr(basis, "PAGE", page)
    blocks.deliver(store, *(blocks.told(f"u{number}", text) for number, text in enumerate(texts, 1)))
    before = stories(store)
    assert "split" in [event for (event,) in rows(store, "SELECT event FROM v_story_history")]
    with store.writing() as connection:
        assert forgetting.forget(connection, [forgotten]) == 1
    for config in (blocks.CONFIG, replace(blocks.CONFIG, stories=replace(blocks.CONFIG.stories, threshold=0.999))):
        made = apply(store, config)
        assert (made.difference.cases, made.articles) == ((), 0)
        assert stories(store) == before
        assert store.check(full=True) == []


@pytest.mark.usefixtures("own_model")
def test_a_plan_leaves_a_story_with_a_forgotten_text_as_it_is_where_a_new_version_left_it(store: Store) -> None:
    """Where the article was before is no more in its row."""
    one, two, three = blocks.ONE, blocks.TWO, blocks.THREE
    blocks.deliver(store, one, two, three)
    blocks.deliver(store, replace(two, body=blocks.OTHER.body))
    before = stories(store)
    assert before["one"] == before["three"] != before["two"]
    with store.writing() as connection:
        assert forgetting.forget(connection, [1]) == 1
    made = apply(store, blocks.CONFIG)
    assert (made.difference.cases, made.articles, made.scope.pinned, made.scope.turns) == ((), 1, {1, 3}, {})
    assert stories(store) == before
    assert store.check(full=True) == []


@pytest.mark.usefixtures("own_model")
def test_a_plan_of_late_articles_has_those_that_stay_where_they_are_now_if_their_story_began_before(
    store: Store,
) -> None:
    """So are those that came before, whatever has become of their story since."""
    early, *late = (blocks.told(f"u{number}", text) for number, text in enumerate(("BEG", "FGS", "ADE"), 1))
    blocks.deliver(store, early, *(replace(one, published_at=DAY + timedelta(days=2)) for one in late))
    assert stories(store) == {"u1": 1, "u2": 2, "u3": 1}
    with store.writing() as connection:
        assert forgetting.forget(connection, [3]) == 1
    everything = plan(store, blocks.CONFIG)
    assert (everything.difference.cases, everything.scope.turns.keys()) == ((), {1, 2, 3})
    made = apply(store, blocks.CONFIG, DAY + timedelta(days=1))
    assert (made.scope.first, made.scope.pinned, made.scope.turns) == (2, {3}, {})
    assert made.planned[3].story == made.planned[1].story
    assert store.check(full=True) == []


def any_news(random: Random) -> list[Article]:
    """Texts of two events and what lies between, copies among them: stories are opened, parted and merged."""
    made: list[Article] = []
    for number in range(40):
        words = random.choice(("ABC DEF AEG", "HIJ KLM HLN"))
        one = random.choice(words.split())
        texts = [random.choice(words.replace(" ", "")) if random.random() < 0.4 else block for block in one]
        days = random.choice([0, 0, random.randint(-3, 8), None])
        made.append(blocks.told(f"u{number}", "".join(dict.fromkeys(texts)), days=days))
        if random.random() < 0.15:
            made[-1] = blocks.copy_of(random.choice(made), f"copy{number}")
    return [replace(one, published_at=DAY) for one in made[:4]] + made[4:]


@pytest.mark.usefixtures("own_model")
@pytest.mark.parametrize("seed", [13, 25, 29, 49, 59, 65])
def test_whatever_came_a_plan_with_the_same_settings_is_empty_although_texts_were_forgotten(
    store: Store, seed: int
) -> None:
    random = Random(seed)
    put(store, any_news(random))
    run(store, blocks.CONFIG)
    told = [event for (event,) in rows(store, "SELECT event FROM v_story_history")]
    assert {"split", "merged"} <= {*told}
    with store.writing() as connection:
        assert forgetting.forget(connection, random.sample(range(1, 41), 2)) == 2
    made = plan(store, blocks.CONFIG)
    assert (made.difference.cases, made.scope.first) == ((), 1)
    assert 0 < made.articles < len(placed(store)) == 40


@pytest.mark.usefixtures("own_model")
@pytest.mark.parametrize("page", [1, 500])
def test_a_plan_of_late_articles_leaves_what_was_forgotten_in_a_story_that_began_before(
    store: Store, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    """The forgotten text, its late copy, and a text that is merely in one story with them."""
    monkeypatch.setattr(basis, "PAGE", page)
    early, beside = blocks.told("early", "ABC"), blocks.told("beside", "ABE", days=2)
    forgotten = blocks.told("forgotten", "ABD", days=2)
    copy = replace(blocks.copy_of(forgotten, "copy"), published_at=DAY + timedelta(days=3))
    apart = blocks.told("apart", "STU", days=3)
    blocks.deliver(store, early, forgotten, beside, copy, apart)
    before = stories(store)
    assert before == {"early": 1, "forgotten": 1, "beside": 1, "copy": 1, "apart": 2}
    with store.writing() as connection:
        assert forgetting.forget(connection, [2]) == 1
    for config in (blocks.CONFIG, replace(blocks.CONFIG, stories=replace(blocks.CONFIG.stories, threshold=0.999))):
        made = apply(store, config, DAY + timedelta(days=1))
        assert (made.difference.cases, made.articles, made.scope.first, made.scope.pinned) == ((), 1, 2, {2, 3})
        assert stories(store) == before
        assert store.check(full=True) == []


@pytest.mark.usefixtures("own_model")
def test_a_plan_leaves_a_forgotten_copy_that_came_before_its_original(store: Store) -> None:
    """Of three copies the second has a new version, decided after the third, and became the original."""
    first = blocks.told("first", "ABC")
    second, third = blocks.copy_of(first, "second"), blocks.copy_of(first, "third")
    blocks.deliver(store, first, second, third)
    blocks.deliver(store, replace(second, body=f"{second.body} more"))
    blocks.deliver(store, replace(first, body="", content_type=WITHDRAWN))
    query = "SELECT article_id, is_original FROM v_duplicates ORDER BY article_id"
    assert [(number, bool(is_original)) for number, is_original in rows(store, query)] == [(2, True), (3, False)]
    with store.writing() as connection:
        assert forgetting.forget(connection, [3]) == 1
    made = apply(store, blocks.CONFIG)
    assert (made.difference.cases, made.articles, made.scope.pinned) == ((), 0, made.scope.absent)
    assert store.check(full=True) == []


@pytest.mark.usefixtures("own_model")
def test_what_is_decided_anew_comes_to_a_forgotten_text_at_its_turn(store: Store) -> None:
    """As its copy, in its group. What the database has of the forgotten one does not change."""
    strict = replace(blocks.CONFIG, duplicates=APART.duplicates, stories=ALL_APART.stories)
    forgotten = blocks.told("forgotten", "ABC")
    other = replace(forgotten, uri="other", body=forgotten.body.rsplit(" ", 2)[0] + " and more")
    put(store, [forgotten, other])
    run(store, strict)
    assert stories(store) == {"forgotten": 1, "other": 2}
    with store.writing() as connection:
        assert forgetting.forget(connection, [1]) == 1
    known = rows(store, "SELECT * FROM articles WHERE article_id = 1")
    made = apply(store, blocks.CONFIG)
    assert (list(made.difference.merged), made.scope.pinned, made.articles) == ([2], {1}, 1)
    query = "SELECT article_id, duplicate_group_id, story_id, is_original FROM v_duplicates ORDER BY article_id"
    assert [(*row[:3], bool(row[3])) for row in rows(store, query)] == [(1, 1, 1, True), (2, 1, 1, False)]
    assert rows(store, "SELECT * FROM articles WHERE article_id = 1") == known
    assert plan(store, blocks.CONFIG).difference.cases == ()
    assert store.check(full=True) == []


def test_two_issues_of_one_day_are_told_apart_also_where_their_texts_were_forgotten(store: Store) -> None:
    """Only the names in one that are not in the other say that they are two."""
    norland = MARKET.format(**THREE | {"need": "needs", "mean": "6.38", "first": "6-1/8"})
    sunder = (
        "They said that the bank has no need to add reserves and would not even do so indirectly, by way of "
        "customer repurchase agreements of any size. The Sunder Bank is expected to add reserves in the money "
        "market, economists said. Tax payments have yet to drain the accounts of the Treasury. Overnight money, "
        "which averaged 6.12 percent on Friday, opened at 6-1/16 percent and stayed there in early trading. "
        "Overnight money, which averaged 6.31 percent on Monday, opened at 6-3/8 percent and rose in early "
        "trading. On Thursday it averaged 6.04 percent. The Treasury's accounts at the bank have fallen since the"
        " tax date, they said, so that there is no longer a need to add reserves. Economists do not look for the "
        "Sunder Bank in the money market this morning."
    )
    connecting = MARKET.format(
        **ONE | {"mean": "6.08", "before": "Monday", "first": "6-5/16", "later": "slipped a little"}
    )
    put(store, [told("norland", "Norland Bank not expected to add reserves", norland, 0.5)])
    put(store, [told("sunder", "Norland Bank not expected to act in market", sunder, 0.21)])
    run(store)
    assert forget(store) == 2
    put(store, [told("connecting", "Norland Bank drains reserves", connecting, 0.28)])
    run(store)
    assert len({*placed(store).values()}) == 2
