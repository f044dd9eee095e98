"""The operator's rules: obeyed at once, in every later decision, and refused with the chain that contradicts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Event

import pytest

from dedup.cluster.constraints import CANNOT, MUST
from dedup.pipeline import Pipeline
from dedup.rules import obey_rules
from dedup.store import Store
from dedup.store.passes import rules
from dedup.tally import Tally
from dedup.writer import Writer

from .blocks import (
    CONFIG,
    ONE,
    OTHER,
    THREE,
    TWO,
    copy_of,
    deliver,
    told,
)
from .conftest import NOW, picture, put, rows, run, stories
from .ruling import rule, state, withdrawn

pytestmark = pytest.mark.usefixtures("own_model")
# The bridge fits both events.
LEFT, RIGHT, BRIDGE = told("left", "ABC"), told("right", "DEF"), told("bridge", "ABDE")


def groups(store: Store) -> dict[str, int]:
    return {uri: group for uri, group in rows(store, "SELECT uri, duplicate_group_id FROM v_duplicates")}


def test_a_must_link_makes_two_stories_one_and_the_older_lives_on(store: Store) -> None:
    deliver(store, ONE, OTHER)
    made = rule(store, MUST, "one", "other")
    assert state(store, made) == ("new", "")
    deliver(store)
    assert state(store, made) == ("obeyed", "story 2 was merged into story 1")
    assert stories(store) == {"one": 1, "other": 1}
    assert rows(store, "SELECT old_story_id, story_id FROM v_story_redirects") == [(2, 1)]
    assert rows(store, "SELECT story_id, event, reason FROM v_story_history ORDER BY history_id DESC LIMIT 2") == [
        (2, "merged_into", "rule 1 says that they are one event"),
        (1, "merged", "rule 1 says that they are one event"),
    ]
    assert rows(store, "SELECT article_id, matched_article_id, verdict FROM v_why WHERE tier = 'rule'") == [
        (2, 1, "joined")
    ]
    assert rows(store, "SELECT outcome, taken, merged_stories FROM v_runs WHERE run_id = 2") == [("ok", 0, 1)]


def test_a_cannot_link_parts_a_story_and_each_text_goes_where_it_fits_better(store: Store) -> None:
    near_one = told("near one", "ABCF")
    deliver(store, ONE, TWO, THREE, near_one)
    assert set(stories(store).values()) == {1}
    made = rule(store, CANNOT, "three", "one")
    deliver(store)
    assert state(store, made) == ("obeyed", "1 article left story 1 for story 2")
    assert stories(store) == {"one": 1, "near one": 1, "two": 1, "three": 2}
    assert rows(store, "SELECT article_id, matched_article_id, verdict FROM v_why WHERE tier = 'rule'") == [
        (3, 1, "parted")
    ]
    # What comes later joins either, and never makes them one.
    deliver(store, told("later", "ABCE"))
    after = stories(store)
    assert after["one"] != after["three"]


def test_the_larger_part_keeps_the_id_whoever_stands_for_the_story(store: Store) -> None:
    deliver(store, ONE, told("near two", "ABDF"), TWO)
    assert set(stories(store).values()) == {1}
    rule(store, CANNOT, "one", "two")
    deliver(store)
    assert stories(store) == {"near two": 1, "two": 1, "one": 2}
    assert rows(store, "SELECT story_id, representative_article_id FROM v_stories ORDER BY story_id") == [
        (1, 2),
        (2, 1),
    ]


def test_a_cannot_link_between_copies_takes_one_out_of_the_group(store: Store) -> None:
    deliver(store, ONE, copy_of(ONE, "copy"), copy_of(ONE, "third"))
    assert len(set(groups(store).values())) == 1
    rule(store, CANNOT, "copy", "one")
    deliver(store)
    after = stories(store)
    assert after == {"one": 1, "third": 1, "copy": 2}
    assert len(set(groups(store).values())) == 2
    # Of equally near groups the older is joined.
    deliver(store, copy_of(ONE, "fourth"))
    assert stories(store)["fourth"] == 1
    # A new version of the copy that says the same as the original does not come back to it.
    deliver(store, replace(copy_of(ONE, "copy"), body=ONE.body + " more"))
    assert stories(store)["copy"] == 2 and groups(store)["copy"] != groups(store)["one"]


@pytest.mark.parametrize("batch_size", [1, 256])
def test_a_rule_waits_for_its_article_and_is_obeyed_when_that_comes(store: Store, batch_size: int) -> None:
    deliver(store, ONE, OTHER)
    apart, together = rule(store, CANNOT, "two", "one"), rule(store, MUST, "other", "three", "wire")
    deliver(store)
    assert state(store, apart) == ("waiting", "not there yet: two")
    assert state(store, together) == ("waiting", "not there yet: three (wire)")
    deliver(store, TWO, THREE, batch_size=batch_size)
    assert stories(store) == {"one": 1, "other": 2, "two": 3, "three": 2}
    assert state(store, apart)[0] == state(store, together)[0] == "obeyed"
    reasons = rows(store, "SELECT reason FROM v_story_history WHERE article_id = 4")
    assert reasons == [("a rule says that it belongs with another article of the story",)]


def test_a_rule_that_comes_in_the_middle_of_a_pass_is_obeyed_when_its_article_comes_in_the_same(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The articles that were taken together were cut into batches by the rules of before, and it waited for ever."""
    deliver(store, ONE)
    rule(store, MUST, "late", "one")
    made: list[int] = []

    def given_late(
        writer: Writer, tally: Tally, stop: Event, beat: Callable[[], None], arrived: tuple[str, str] | None = None
    ) -> None:
        if arrived == ("wire", "late"):
            made.append(rule(store, MUST, "later", "one"))
        obey_rules(writer, tally, stop, beat, arrived)

    monkeypatch.setattr("dedup.pipeline.obey_rules", given_late)
    deliver(store, told("late", "GHI"), told("between", "JKL"), told("later", "MNO"), OTHER)
    assert [state(store, one)[0] for one in made] == ["obeyed"]
    assert stories(store) == {"one": 1, "late": 1, "between": 2, "later": 1, "other": 3}


def test_a_rule_waits_for_both_again_where_the_one_that_was_there_is_withdrawn(store: Store) -> None:
    """Also in a program that goes on: what the other is tied to is no place for the article that comes."""
    with store.writer_lock() as lock:
        pipeline = Pipeline(store, CONFIG, lock, clock=lambda: NOW)
        put(store, [ONE, OTHER])
        rule(store, MUST, "one", "other")
        pipeline.run_pass()
        late = rule(store, MUST, "late", "one")
        pipeline.run_pass()
        put(store, [withdrawn(ONE)])
        pipeline.run_pass()
        assert state(store, late) == ("waiting", "not there yet: late and one")
        put(store, [told("late", "GHI")])
        pipeline.run_pass()
    assert stories(store) == {"other": 1, "late": 3}
    assert state(store, late) == ("waiting", "not there yet: one")
    deliver(store, replace(ONE, title="It is back"))
    assert len(set(stories(store).values())) == 1
    assert state(store, late)[0] == "obeyed"


def test_a_copy_that_a_rule_ties_elsewhere_brings_its_group_along(store: Store) -> None:
    deliver(store, OTHER, ONE)
    rule(store, MUST, "copy", "other")
    deliver(store, copy_of(ONE, "copy"))
    assert stories(store) == {"other": 1, "one": 1, "copy": 1}
    assert groups(store)["copy"] == groups(store)["one"]


def test_a_merge_that_a_rule_forbids_is_not_taken(store: Store) -> None:
    deliver(store, LEFT, RIGHT)
    assert len(set(stories(store).values())) == 2
    rule(store, CANNOT, "left", "right")
    deliver(store, BRIDGE)
    after = stories(store)
    assert after["left"] != after["right"]


def test_what_must_be_together_is_not_parted(store: Store) -> None:
    first, bridge, newcomer = told("first", "ABC"), told("bridge", "ASTU"), told("newcomer", "BCD")
    deliver(store, first, bridge)
    assert set(stories(store).values()) == {1}
    rule(store, MUST, "first", "bridge")
    deliver(store, newcomer)
    assert set(stories(store).values()) == {1}


@pytest.mark.parametrize(("tied", "far"), [("bridge", "far"), ("copy", "far"), ("copy", "far copy")])
def test_what_must_be_with_a_text_too_far_away_to_be_compared_is_not_parted(store: Store, tied: str, far: str) -> None:
    """The larger part stays, and with it whatever was not compared: that counts as much as what was."""
    first, bridge, newcomer = told("first", "ABC"), told("bridge", "ASTU"), told("newcomer", "BCD")
    distant = told("far", "XYZ", days=-30)
    deliver(store, first, bridge, copy_of(bridge, "copy"), distant, copy_of(distant, "far copy"))
    made = rule(store, MUST, tied, far)
    deliver(store, newcomer)
    assert state(store, made)[0] == "obeyed"
    assert set(stories(store).values()) == {1}


def test_who_is_tied_to_a_text_that_was_not_compared_stays_and_the_others_of_the_part_leave(store: Store) -> None:
    deliver(store, told("one", "ABC"), told("two", "ABD"), told("three", "ABE"), told("goes", "ASTU"))
    deliver(store, told("tied", "ASTW"), told("far", "XYZ", days=-30))
    before = stories(store)
    assert before == {"one": 1, "two": 1, "three": 1, "goes": 1, "tied": 1, "far": 2}
    rule(store, MUST, "tied", "far")
    deliver(store, told("shows", "STUV"))
    assert stories(store) == {"one": 1, "two": 1, "three": 1, "tied": 1, "far": 1, "goes": 3, "shows": 3}


def test_a_new_version_follows_its_rules(store: Store) -> None:
    deliver(store, ONE, TWO, OTHER)
    rule(store, MUST, "one", "two")
    rule(store, CANNOT, "two", "other")
    deliver(store, replace(told("two", "STV"), source="wire"))
    after = stories(store)
    assert after["one"] == after["two"] != after["other"]
    why = "SELECT matched_article_id, tier, verdict FROM v_why WHERE article_id = 2 AND version = 2 AND tier = 'rule'"
    assert rows(store, why) == [(1, "rule", "joined")]
    # As a copy of the other it is a text of its own all the same.
    deliver(store, replace(OTHER, uri="two"))
    after = stories(store)
    assert after["one"] == after["two"] != after["other"]
    assert groups(store)["two"] != groups(store)["other"]


def test_a_chain_that_contradicts_is_shown(store: Store) -> None:
    deliver(store, ONE, TWO, OTHER)
    rule(store, MUST, "one", "two")
    rule(store, MUST, "two", "other")
    third = rule(store, CANNOT, "one", "other")
    again = rule(store, CANNOT, "two", "one")
    deliver(store)
    assert state(store, third) == (
        "refused",
        "it contradicts what is obeyed (rule 1: one must be with two; rule 2: two must be with other). "
        "To take one of them back: dedup rules --remove ID",
    )
    assert state(store, again) == (
        "refused",
        "it contradicts what is obeyed (rule 1: one must be with two). To take it back: dedup rules --remove 1",
    )
    assert set(stories(store).values()) == {1}


def test_rules_that_cannot_be_meant_are_refused(store: Store) -> None:
    deliver(store, ONE, TWO, replace(ONE, source="second wire"), OTHER, told("gone", "VWX"))
    hidden = stories(store)["gone"]
    deliver(store, withdrawn(told("gone", "VWX")))
    told_apart = rule(store, MUST, "one", "other", "wire")
    cases = {
        rule(store, MUST, "one", "two"): "several sources have one; name the source as well",
        rule(store, MUST, "two", "two"): "both are article 2; a rule is about two",
        rule(store, CANNOT, "one", " "): "a uri is empty, and no article has such a one",
        rule(store, CANNOT, 1, 99): "there is no story 99, or all of it was withdrawn",
        rule(store, MUST, hidden, 1): f"there is no story {hidden}, or all of it was withdrawn",
        rule(store, CANNOT, 1, hidden): f"there is no story {hidden}, or all of it was withdrawn",
    }
    deliver(store)
    assert state(store, told_apart)[0] == "obeyed"
    assert {number: state(store, number) for number in cases} == {n: ("refused", why) for n, why in cases.items()}


def test_a_story_is_who_stands_for_it_and_an_old_number_leads_there(store: Store) -> None:
    fourth = told("fourth", "VWX")
    deliver(store, ONE, OTHER, fourth)
    rule(store, MUST, 1, 2)
    apart = rule(store, CANNOT, 2, 3)
    deliver(store)
    assert stories(store) == {"one": 1, "other": 1, "fourth": 3}
    assert rows(store, f"SELECT a_article_id, b_article_id, state FROM v_rules WHERE rule_id = {apart}") == [
        (1, 3, "obeyed")
    ]


@pytest.mark.parametrize("restarts", [False, True])
def test_a_rule_waits_with_a_story_that_is_hidden_meanwhile(store: Store, restarts: bool) -> None:
    """Whether the program goes on or begins anew: what it holds in memory is a function of rows."""
    with store.writer_lock() as lock:
        pipeline = Pipeline(store, CONFIG, lock, clock=lambda: NOW)
        put(store, [ONE, OTHER])
        pipeline.run_pass()
        made = rule(store, MUST, "late", 1)
        lost = rule(store, MUST, "later", 2)
        for articles in ([], [withdrawn(ONE), withdrawn(OTHER)], [], [replace(ONE, title="It is back")]):
            if restarts:
                pipeline = Pipeline(store, CONFIG, lock, clock=lambda: NOW)
            put(store, articles)
            pipeline.run_pass()
            assert state(store, made) == ("waiting", "not there yet: late")
            assert state(store, lost) == ("waiting", "not there yet: later")
        put(store, [told("late", "GHI"), told("later", "STV")])
        pipeline.run_pass()
    assert stories(store) == {"one": 1, "late": 1, "later": 3}
    assert state(store, made) == ("obeyed", "they were in one story, 1")
    assert state(store, lost) == ("refused", "there is no story 2, or all of it was withdrawn")


def test_a_rule_that_waited_means_who_stands_for_the_story_when_the_article_comes(store: Store) -> None:
    """Not who did when it began to wait, who may be in another story by now; and not the article that comes."""
    deliver(store, ONE, TWO, OTHER)
    made = rule(store, MUST, "late", 1)
    deliver(store)
    assert rows(store, "SELECT a_article_id, b_article_id FROM v_rules") == [(None, None)]
    deliver(store, replace(ONE, body=told("one", "VWX").body))
    assert stories(store) == {"one": 3, "two": 1, "other": 2}
    deliver(store, told("late", "GHI", days=-1))
    assert stories(store) == {"one": 3, "two": 1, "other": 2, "late": 1}
    assert state(store, made) == ("obeyed", "they were in one story, 1")
    assert rows(store, "SELECT a_article_id, b_article_id FROM v_rules") == [(4, 2)]
    assert rows(store, "SELECT representative_article_id FROM v_stories WHERE story_id = 1") == [(4,)]
    assert rows(store, "SELECT event, reason FROM v_story_history WHERE article_id = 4 AND event <> 'represented'") == [
        ("joined", "a rule says that it belongs with another article of the story")
    ]


@pytest.mark.parametrize("renamed", [False, True])
def test_a_rule_under_other_settings_does_not_tell_how_a_copy_was_compared(store: Store, renamed: bool) -> None:
    """The full check computes a similarity as it was computed, whatever was said of the article since."""
    edited = replace(copy_of(ONE, "edited"), body=f"{ONE.body} more")
    deliver(store, ONE, edited, OTHER)
    if renamed:  # without another word: a version that is compared with nothing
        deliver(store, replace(edited, title="!"))
    assert groups(store)["edited"] == groups(store)["one"]
    longer = replace(CONFIG, duplicates=replace(CONFIG.duplicates, shingle_words=4))
    made = rule(store, MUST, "other", "edited")
    run(store, longer)
    assert state(store, made)[0] == "obeyed"
    assert store.check(full=True) == []


def test_only_what_is_tied_is_moved_where_another_rule_stands_in_the_way(store: Store) -> None:
    """One and other must be together, but two, in the story of one, must not be with fourth, in that of other."""
    fourth = told("fourth", "STV")
    deliver(store, ONE, TWO, OTHER, fourth)
    assert stories(store) == {"one": 1, "two": 1, "other": 2, "fourth": 2}
    rule(store, CANNOT, "two", "fourth")
    rule(store, MUST, "one", "other")
    deliver(store)
    after = stories(store)
    assert after["one"] == after["other"] and after["two"] != after["fourth"]
    assert after["two"] == 1, "the other text of the younger story was not the one that had to go"


def test_a_rule_that_was_removed_binds_no_more_and_nothing_moves(store: Store) -> None:
    deliver(store, ONE, TWO)
    made = rule(store, CANNOT, "one", "two")
    deliver(store)
    before = stories(store)
    with store.writing() as connection:
        assert rules.remove(connection, [made, 99]) == [made]
    deliver(store)
    assert stories(store) == before
    rule(store, MUST, "one", "two")
    deliver(store)
    assert set(stories(store).values()) == {1}


def test_a_pass_without_news_writes_but_its_run(store: Store) -> None:
    deliver(store, ONE, OTHER)
    for kind, a, b in ((MUST, "one", "other"), (CANNOT, "one", "absent"), (MUST, "one", 7)):
        rule(store, kind, a, b)
    deliver(store)
    before = picture(store), rows(store, "SELECT * FROM rules ORDER BY rule_id"), rows(store, "SELECT * FROM state")
    deliver(store)
    after = picture(store), rows(store, "SELECT * FROM rules ORDER BY rule_id"), rows(store, "SELECT * FROM state")
    # The number of the writer is raised by each that takes the lock.
    assert (before[0], before[1], before[2][0][2:]) == (after[0], after[1], after[2][0][2:])


def test_rules_come_first_in_a_running_daemon_too(store: Store) -> None:
    """One program through many passes, and a rule between two of them."""
    with store.writer_lock() as lock:
        pipeline = Pipeline(store, CONFIG, lock, clock=lambda: NOW)
        put(store, [ONE, OTHER])
        pipeline.run_pass()
        rule(store, CANNOT, "two", "one")
        put(store, [TWO])
        pipeline.run_pass()
        assert stories(store) == {"one": 1, "other": 2, "two": 3}
        rule(store, MUST, "two", "other")
        report = pipeline.obey_rules()
        assert (report.taken, report.merged_stories) == (0, 1)
    assert stories(store) == {"one": 1, "other": 2, "two": 2}
