"""A withdrawn article leaves its story, is not counted, stays known, and comes back with its next version."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dedup.cluster.constraints import MUST
from dedup.intake.article import Article
from dedup.store import Store

from .blocks import CONFIG, ONE, OTHER, TWO, copy_of, deliver, told
from .conftest import picture, put, rows, run, stories
from .ruling import rule, state, withdrawn

pytestmark = pytest.mark.usefixtures("own_model")


def test_it_leaves_its_story_and_no_view_counts_it(store: Store) -> None:
    deliver(store, ONE, TWO, OTHER)
    deliver(store, withdrawn(ONE))
    assert stories(store) == {"two": 1, "other": 2}
    counted = "SELECT story_id, article_count, representative_article_id FROM v_stories ORDER BY story_id"
    assert rows(store, counted) == [(1, 1, 2), (2, 1, 3)]
    assert rows(store, "SELECT uri FROM v_articles ORDER BY uri") == [("other",), ("two",)]
    assert rows(store, "SELECT uri FROM v_duplicates ORDER BY uri") == [("other",), ("two",)]
    assert rows(store, "SELECT uri, version FROM v_withdrawn") == [("one", 1)]
    left = "SELECT story_id, event, article_id, other_story_id, reason FROM v_story_history WHERE event = 'left'"
    assert rows(store, left) == [(1, "left", 1, 3, "it was withdrawn")]
    # It is nobody's original any more, and no evidence.
    deliver(store, copy_of(ONE, "copy"))
    assert stories(store)["copy"] == 1
    assert rows(store, "SELECT is_original FROM v_duplicates WHERE uri = 'copy'") in ([(1,)], [(True,)])


def test_it_keeps_the_signature_that_it_had_under_other_settings(store: Store) -> None:
    """Where fewer words are compared from now on nothing that was signed before is damaged."""
    long = replace(ONE, body=" ".join(f"{ONE.body} {number}" for number in range(40)))
    deliver(store, long, copy_of(long, "copy"), OTHER)
    put(store, [withdrawn(OTHER), withdrawn(copy_of(long, "copy"))])
    run(store, replace(CONFIG, text=replace(CONFIG.text, max_words=100)))
    assert store.check(full=True) == []


def test_its_copies_stay(store: Store) -> None:
    deliver(store, ONE, copy_of(ONE, "copy"), copy_of(ONE, "second"))
    deliver(store, withdrawn(ONE))
    found = rows(store, "SELECT uri, is_original FROM v_duplicates ORDER BY uri")
    assert [(uri, bool(original)) for uri, original in found] == [("copy", True), ("second", False)]
    assert rows(store, "SELECT story_id, article_count, text_count FROM v_stories") == [(1, 2, 1)]


def test_a_copy_that_is_withdrawn_leaves_the_group(store: Store) -> None:
    deliver(store, ONE, copy_of(ONE, "copy"))
    deliver(store, withdrawn(copy_of(ONE, "copy")))
    assert stories(store) == {"one": 1}


def test_it_stays_known_and_comes_back_with_a_new_version(store: Store) -> None:
    deliver(store, ONE, TWO)
    deliver(store, withdrawn(ONE))
    before = picture(store)
    deliver(store, ONE, withdrawn(ONE))
    assert picture(store) == before
    assert rows(store, "SELECT unchanged, updated, accepted FROM v_runs ORDER BY run_id DESC LIMIT 1") == [(2, 0, 0)]
    deliver(store, replace(ONE, title="Corrected"))
    assert stories(store) == {"one": 1, "two": 1}
    assert rows(store, "SELECT article_id, version FROM v_articles ORDER BY article_id") == [(1, 2), (2, 1)]
    assert rows(store, "SELECT old_story_id, story_id FROM v_story_redirects") == [(2, 1)]
    assert rows(store, "SELECT uri FROM v_withdrawn") == []


def test_the_only_article_of_a_story_takes_its_story_along_and_brings_it_back(store: Store) -> None:
    deliver(store, ONE)
    deliver(store, withdrawn(ONE))
    assert rows(store, "SELECT story_id FROM v_stories") == []
    assert rows(store, "SELECT event FROM v_story_history ORDER BY history_id") == [("opened",), ("withdrawn",)]
    deliver(store, OTHER, replace(told("one", "ABD"), title="Anew"))
    assert stories(store) == {"one": 1, "other": 2}


@pytest.mark.parametrize("batch_size", [1, 256])
def test_all_in_one_pass_gives_the_same_as_passes_of_their_own(
    store: Store, second_store: Store, batch_size: int
) -> None:
    deliver(store, ONE, withdrawn(ONE), TWO, replace(ONE, title="Anew"), withdrawn(TWO), OTHER, batch_size=batch_size)
    assert stories(second_store) == {"one": 1, "other": 4}
    assert rows(store, "SELECT taken, accepted, updated FROM v_runs") == [(6, 3, 3)]


def test_what_is_not_there_cannot_be_withdrawn(store: Store) -> None:
    deliver(store, withdrawn(ONE))
    assert rows(store, "SELECT source, uri, reason FROM v_rejections") == [("wire", "one", "not_there")]


def test_rules_rest_while_an_article_is_withdrawn(store: Store) -> None:
    deliver(store, ONE, OTHER, TWO)
    linked = rule(store, MUST, "one", "other")
    deliver(store, withdrawn(ONE))
    late = rule(store, MUST, "one", "two")
    deliver(store)
    assert (state(store, linked)[0], state(store, late)) == ("obeyed", ("waiting", "not there yet: one"))
    deliver(store, replace(told("one", "XYZ"), source="wire"))
    assert len(set(stories(store).values())) == 1 and state(store, late)[0] == "obeyed"


COUNTED = "SELECT new_stories, merged_stories FROM v_runs ORDER BY run_id DESC LIMIT 1"
EVENTS = "SELECT story_id, event, article_id, other_story_id FROM v_story_history WHERE event <> 'represented' "
LATEST = EVENTS + "ORDER BY history_id DESC LIMIT 3"


def test_the_story_that_hides_an_article_is_no_new_story(store: Store) -> None:
    """A story that nobody can see was counted as a new one, and its end as a merger."""
    deliver(store, ONE, TWO, OTHER)
    deliver(store, withdrawn(TWO))
    assert rows(store, COUNTED) == [(0, 0)]
    assert rows(store, LATEST)[:2] == [(1, "left", 2, 3), (3, "withdrawn", 2, 1)]
    deliver(store, replace(TWO, title="Corrected"))
    assert rows(store, COUNTED) == [(0, 0)]
    assert rows(store, LATEST) == [(3, "merged_into", 2, 1), (1, "joined", 2, None), (3, "left", 2, 1)]
    assert rows(store, "SELECT old_story_id, story_id FROM v_story_redirects") == [(3, 1)]


def test_a_hidden_story_that_comes_to_light_is_new_then_and_only_once(store: Store) -> None:
    deliver(store, ONE, TWO)
    deliver(store, withdrawn(TWO))
    elsewhere = told("two", "VWX")
    deliver(store, elsewhere)
    assert stories(store) == {"one": 1, "two": 2}
    assert rows(store, COUNTED) == [(1, 0)]
    assert rows(store, LATEST)[0] == (2, "opened", 2, None)
    deliver(store, withdrawn(elsewhere))
    deliver(store, replace(elsewhere, title="It is back"))
    assert rows(store, COUNTED) == [(0, 0)]
    assert stories(store) == {"one": 1, "two": 2}


def test_a_story_that_lives_on_under_a_hidden_number_is_one_that_was_merged(store: Store) -> None:
    """The older number lives on, also where nobody has seen its story: that is new, and the other leads to it."""
    deliver(store, ONE, TWO)
    deliver(store, withdrawn(TWO))
    deliver(store, OTHER)
    deliver(store, told("two", "STU"))
    assert stories(store) == {"one": 1, "two": 2, "other": 2}
    assert rows(store, COUNTED) == [(1, 1)]
    assert rows(store, LATEST) == [(3, "merged_into", None, 2), (2, "merged", None, 3), (2, "opened", 2, None)]


@pytest.mark.parametrize("again", [replace(TWO, title="Corrected"), told("two", "STU"), told("two", "VWX")])
def test_stories_that_were_new_less_those_merged_are_those_that_are_there(store: Store, again: Article) -> None:
    for batch in ([ONE, TWO], [withdrawn(TWO)], [OTHER], [again], [withdrawn(again)], [TWO]):
        deliver(store, *batch)
        counted = rows(store, "SELECT SUM(new_stories) - SUM(merged_stories) FROM v_runs")
        hidden = "SELECT COUNT(DISTINCT h.story_id) FROM v_story_history h LEFT JOIN v_story_redirects r "
        hidden += "ON r.old_story_id = h.story_id WHERE h.event = 'opened' AND r.story_id IS NULL "
        hidden += "AND h.story_id NOT IN (SELECT story_id FROM v_stories)"
        assert counted == rows(store, f"SELECT (SELECT COUNT(*) FROM v_stories) + ({hidden})")
