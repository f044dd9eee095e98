"""A withdrawn article leaves its story, is not counted, stays known, and comes back with its next version."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dedup.cluster.constraints import MUST
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
