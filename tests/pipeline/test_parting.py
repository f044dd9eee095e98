"""A story falls into two when one more article shows that it told of two events."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import structlog

from dedup import planning
from dedup.store import Store

from .blocks import (
    ALONE,
    BRIDGE,
    CONFIG,
    FIRST,
    GOES,
    LATEST,
    MIDDLE,
    NEWCOMER,
    OLD,
    PAIR,
    SHOWS,
    copy_of,
    deliver,
    told,
)
from .conftest import NOW, put, rows, run, stories
from .model import SPLIT, THRESHOLD
from .news import DAY

pytestmark = pytest.mark.usefixtures("own_model")


def standing(store: Store) -> dict[int, str]:
    """Who stands for each story."""
    query = "SELECT s.story_id, a.uri FROM v_story_articles s JOIN v_articles a USING (article_id)"
    return {story_id: uri for story_id, uri in rows(store, f"{query} WHERE s.is_representative")}


def history(store: Store) -> list[tuple[Any, ...]]:
    """Story, event, article and other story."""
    query = (
        "SELECT h.story_id, h.event, a.uri, h.other_story_id FROM v_story_history h "
        "LEFT JOIN v_articles a ON a.article_id = h.article_id ORDER BY h.history_id"
    )
    return rows(store, query)


def why(store: Store, uri: str) -> list[tuple[Any, ...]]:
    """Verdict, other article, probability and threshold of what decided the story of an article, in its order."""
    query = (
        "SELECT m.verdict, o.uri, m.score, m.threshold FROM matches m JOIN articles a ON a.article_id = m.article_id "
        "LEFT JOIN articles o ON o.article_id = m.matched_article_id "
        "WHERE a.uri = :uri AND m.tier = 'story' ORDER BY m.version, m.place"
    )
    return rows(store, query, uri=uri)


def test_the_smaller_part_leaves_with_its_copies(store: Store) -> None:
    copies = copy_of(BRIDGE, "copy"), copy_of(FIRST, "double")
    deliver(store, FIRST, BRIDGE, *copies)
    groups = rows(store, "SELECT uri, duplicate_group_id, is_original FROM v_duplicates ORDER BY uri")
    assert set(stories(store).values()) == {1}
    deliver(store, NEWCOMER)
    assert stories(store) == {"first": 1, "double": 1, "newcomer": 1, "bridge": 2, "copy": 2}
    assert standing(store) == {1: "first", 2: "bridge"}
    after = rows(
        store, "SELECT uri, duplicate_group_id, is_original FROM v_duplicates WHERE uri <> 'newcomer' ORDER BY uri"
    )
    assert after == groups, "copies stay copies"
    assert rows(store, "SELECT story_id, article_count, text_count FROM v_stories ORDER BY story_id") == [
        (1, 3, 2),
        (2, 2, 1),
    ]


def test_the_history_tells_who_left_and_who_showed_it(store: Store) -> None:
    deliver(store, FIRST, BRIDGE, copy_of(BRIDGE, "copy"))
    before = history(store)
    deliver(store, NEWCOMER)
    assert history(store)[len(before) :] == [
        (2, "opened", "bridge", 1),
        (1, "split", "newcomer", 2),
        (1, "left", "bridge", 2),
        (1, "left", "copy", 2),
        (1, "joined", "newcomer", None),
    ]
    opened, split = (
        rows(
            store,
            "SELECT reason FROM v_story_history WHERE story_id = :story AND event = :event",
            story=story,
            event=event,
        )
        for story, event in ((2, "opened"), (1, "split"))
    )
    assert opened[0][0].startswith("it was part of story 1")
    assert "both parts are one event has probability 0." in split[0][0]


def test_the_evidence_tells_that_a_text_was_parted_and_by_whom(store: Store) -> None:
    deliver(store, FIRST, BRIDGE, copy_of(BRIDGE, "copy"))
    before = why(store, "bridge")
    deliver(store, NEWCOMER)
    assert [verdict for verdict, *_ in before] == ["joined"]
    verdict, other, score, threshold = why(store, "bridge")[-1]
    assert why(store, "bridge")[:-1] == before
    assert (verdict, other) == ("parted", "newcomer")
    assert 0 < score < threshold == pytest.approx(SPLIT)
    assert why(store, "copy") == [], "a copy is where its original is"
    assert [verdict for verdict, *_ in why(store, "newcomer")] == ["joined"]
    assert [verdict for verdict, *_ in why(store, "first")] == ["opened"]


def test_a_story_keeps_its_id_where_more_of_it_stays_and_who_left_stands_for_itself(store: Store) -> None:
    deliver(store, replace(OLD, title="Caphet"), replace(MIDDLE, title="Dorun"))
    assert standing(store) == {1: "old"}
    deliver(store, LATEST)
    assert stories(store) == {"old": 2, "middle": 1, "latest": 1}
    assert standing(store) == {1: "middle", 2: "old"}
    assert rows(store, "SELECT story_id, headline FROM v_stories ORDER BY story_id") == [(1, "Dorun"), (2, "Caphet")]


def test_of_equally_large_parts_the_older_stays_and_the_newcomer_may_leave(store: Store) -> None:
    deliver(store, *PAIR, GOES)
    assert set(stories(store).values()) == {1}
    before = history(store)
    deliver(store, SHOWS)
    assert stories(store) == {"one": 1, "two": 1, "goes": 2, "shows": 2}
    assert standing(store) == {1: "one", 2: "goes"}
    assert history(store)[len(before) :] == [
        (2, "opened", "goes", 1),
        (1, "split", "shows", 2),
        (1, "left", "goes", 2),
        (2, "joined", "shows", None),
    ]


@pytest.mark.parametrize("batch_size", [1, 256])
def test_a_headline_is_not_lost_to_the_newcomer(store: Store, batch_size: int) -> None:
    """Whoever has a title and stands for the part that the newcomer goes with goes on standing for it."""
    pair = (replace(PAIR[0], title="Abul"), PAIR[1])
    deliver(store, *pair, replace(GOES, title="Sabul"), replace(SHOWS, title="Tabul"), batch_size=batch_size)
    assert standing(store) == {1: "one", 2: "goes"}


@pytest.mark.parametrize("batch_size", [1, 256])
def test_the_newcomer_stands_for_a_part_in_which_nothing_has_a_title(store: Store, batch_size: int) -> None:
    deliver(store, replace(PAIR[0], title="Abul"), PAIR[1], GOES, replace(SHOWS, title="Tabul"), batch_size=batch_size)
    assert standing(store) == {1: "one", 2: "shows"}
    deliver(store, told("later", "STUV", title="Later"), batch_size=batch_size)
    assert (stories(store)["later"], standing(store)[2]) == (2, "shows")


@pytest.mark.parametrize("batch_size", [1, 256])
def test_a_newcomer_that_would_be_alone_opens_a_story_and_the_near_miss_says_so(store: Store, batch_size: int) -> None:
    deliver(store, *PAIR, ALONE, batch_size=batch_size)
    assert stories(store) == {"one": 1, "two": 1, "alone": 2}
    opened, refused = why(store, "alone")
    assert opened == ("opened", None, None, THRESHOLD)
    verdict, other, score, threshold = refused
    assert (verdict, other) == ("near_miss", "one")
    assert 0 < score < threshold == pytest.approx(SPLIT)
    assert not [event for _, event, *_ in history(store) if event in ("split", "left")]


def test_a_parting_is_logged(store: Store) -> None:
    put(store, [FIRST, BRIDGE, copy_of(BRIDGE, "copy"), NEWCOMER])
    with structlog.testing.capture_logs() as lines:
        run(store, CONFIG)
    (line,) = [line for line in lines if line["event"] == "story.split"]
    assert (line["log_level"], line["story_id"], line["new_story_id"], line["articles"]) == ("info", 1, 2, 2)


def test_stories_that_part_and_become_one_again_in_one_batch_are_logged_in_that_order(store: Store) -> None:
    """Who follows the log must not believe that the part that came back is still a story."""
    put(store, [FIRST, BRIDGE, NEWCOMER, told("both", "ABCDSU"), told("again", "ACSU")])
    with structlog.testing.capture_logs() as lines:
        run(store, CONFIG)
    logged = [(line["event"], line["story_id"]) for line in lines if line["event"] in ("story.split", "story.merged")]
    assert logged == [("story.split", 1), ("story.merged", 1)]
    assert [event for _, event, *_ in history(store) if event in ("split", "merged")] == ["split", "merged"]


def test_a_stricter_threshold_parts_where_a_looser_one_does_not(store: Store) -> None:
    loose = replace(CONFIG, stories=replace(CONFIG.stories, threshold=0.05))
    put(store, [FIRST, BRIDGE, NEWCOMER])
    run(store, loose)
    assert set(stories(store).values()) == {1}


# Texts too far away in time to be compared with what shows that the story fell into two.

CHAIN = [told(f"chain{days}", "ABC", days=days) for days in range(-45, 0, 9)]
OTHERS = [told(f"m{i}", "CDE") for i in range(6)]
LAST = [told(f"l{i}", "DEF", days=1) for i in range(2)]


def test_texts_far_away_count_and_stay_with_the_oldest(store: Store) -> None:
    """Without the first, as above, the part of the latest would be the larger one."""
    deliver(store, told("first", "ABC", days=-9), OLD, MIDDLE, replace(LATEST, published_at=DAY + timedelta(days=2)))
    assert stories(store) == {"first": 1, "old": 1, "middle": 2, "latest": 2}


@pytest.mark.parametrize("batch_size", [1, 256])
def test_texts_far_away_leave_with_the_oldest_and_are_found_there(store: Store, batch_size: int) -> None:
    """They are not in memory when the story falls into two; what comes next in the same batch is like them."""
    deliver(store, *CHAIN, told("near", "ABC"), *OTHERS, LAST[0])
    assert set(stories(store).values()) == {1}
    deliver(store, LAST[1], told("before", "ABC", days=-50), batch_size=batch_size)
    moved = {article.uri for article in CHAIN} | {"near", "before"}
    assert {uri for uri, story_id in stories(store).items() if story_id == 2} == moved
    assert {story_id for uri, story_id in stories(store).items() if uri not in moved} == {1}
    assert standing(store) == {1: "m0", 2: "before"}


def test_a_new_version_of_a_copy_parts_its_story(store: Store) -> None:
    deliver(store, FIRST, BRIDGE, copy_of(FIRST, "turns"))
    deliver(store, replace(NEWCOMER, uri="turns", source="source of turns"))
    assert stories(store) == {"first": 1, "turns": 1, "bridge": 2}
    assert [verdict for verdict, *_ in why(store, "bridge")] == ["joined", "parted"]
    assert why(store, "bridge")[-1][1] == "turns"


def test_a_new_version_of_the_original_parts_the_story_of_its_copy(store: Store) -> None:
    deliver(store, FIRST, copy_of(FIRST, "copy"), BRIDGE, copy_of(BRIDGE, "other copy"))
    deliver(store, replace(NEWCOMER, uri="first"))
    assert stories(store) == {"first": 1, "copy": 1, "bridge": 2, "other copy": 2}


@pytest.mark.parametrize("first", [0, 3])
def test_a_new_version_that_comes_from_a_story_of_its_own_brings_that_along(store: Store, first: int) -> None:
    """Its story is merged with the part that it goes with; the older id lives on."""
    deliveries = [*PAIR, GOES]
    deliveries.insert(first, told("turns", "XYZ"))
    deliver(store, *deliveries)
    before = stories(store)
    deliver(store, replace(SHOWS, uri="turns"))
    after = stories(store)
    assert after["one"] == after["two"] == before["one"]
    assert after["goes"] == after["turns"] == before["turns"]
    assert rows(store, "SELECT old_story_id, story_id FROM v_story_redirects") == [(3, before["turns"])]
    deliver(store, told("later", "STUV"))
    assert stories(store)["later"] == before["turns"]


@pytest.mark.parametrize("first", [0, 2])
def test_a_new_version_may_stay_with_what_stays(store: Store, first: int) -> None:
    deliveries = [FIRST, BRIDGE]
    deliveries.insert(first, told("turns", "XYZ"))
    deliver(store, *deliveries)
    deliver(store, replace(NEWCOMER, uri="turns"))
    assert stories(store) == {"first": 1, "turns": 1, "bridge": 3}
    assert rows(store, "SELECT old_story_id, story_id FROM v_story_redirects") == [(2, 1)]


def test_a_new_version_that_goes_with_who_leaves_joins_them(store: Store) -> None:
    deliver(store, *PAIR, GOES, told("stays", "XYZ"), told("turns", "XYW"))
    assert stories(store)["stays"] == stories(store)["turns"] == 2
    deliver(store, replace(SHOWS, uri="turns", title="Tabul"))
    assert stories(store) == {"one": 1, "two": 1, "stays": 2, "goes": 3, "turns": 3}
    assert history(store)[-2:] == [(2, "left", "turns", 3), (3, "joined", "turns", None)]
    assert standing(store)[3] == "turns", "the only one of them that has a title"


def test_a_plan_meets_an_earlier_story_as_it_is_now_and_is_empty_where_nothing_is_earlier(store: Store) -> None:
    """The one between joined the whole story and stayed with the first text; of the parts it fits the other better."""
    between = told("between", "BDST", days=0.2)
    deliver(store, FIRST, BRIDGE, between, told("next", "BD", days=0.3), told("last", "BD", days=0.4))
    assert stories(store) == {"first": 1, "between": 1, "next": 1, "last": 1, "bridge": 2}
    with planning.planned(store, CONFIG, DAY, NOW) as everything:
        assert (everything.articles, everything.difference.changed) == (5, ())
    with planning.planned(store, CONFIG, between.published_at, NOW) as newer:
        assert (newer.articles, newer.difference.moved) == (3, {3: 1})
