"""A must-link between stories that another rule keeps apart: it is obeyed in steps, and no more leaves than has to."""

from __future__ import annotations

import pytest

from dedup.cluster.constraints import CANNOT, MUST
from dedup.store import Store

from .blocks import ONE, OTHER, TWO, copy_of, deliver
from .conftest import rows, stories
from .ruling import rule, state

pytestmark = pytest.mark.usefixtures("own_model")


def test_what_may_not_be_with_the_younger_leaves_the_older_story(store: Store) -> None:
    """All of the younger story is tied, so it is the older one that falls into two."""
    deliver(store, ONE, TWO, OTHER)
    assert stories(store) == {"one": 1, "two": 1, "other": 2}
    rule(store, CANNOT, "other", "two")
    made = rule(store, MUST, "one", "other")
    deliver(store)
    assert state(store, made) == ("obeyed", "story 2 was merged into story 1")
    assert stories(store) == {"one": 1, "other": 1, "two": 3}
    assert rows(store, "SELECT reason FROM v_story_history WHERE event = 'split'") == [
        ("rule 2 ties it to another story",)
    ]


@pytest.mark.parametrize(("tied", "barred"), [("other", "copy"), ("copy", "other")])
def test_a_copy_that_may_not_come_along_leaves_its_group(store: Store, tied: str, barred: str) -> None:
    deliver(store, ONE, TWO, OTHER, copy_of(OTHER, "copy"))
    rule(store, CANNOT, barred, "two")
    made = rule(store, MUST, "one", tied)
    deliver(store)
    assert state(store, made)[0] == "obeyed"
    after = stories(store)
    assert after == {"one": 1, "two": 1, tied: 1, barred: after[barred]}
    assert after[barred] != 1


def test_a_copy_that_may_not_be_with_the_younger_leaves_its_group_and_the_older_story(store: Store) -> None:
    deliver(store, ONE, copy_of(ONE, "copy"), OTHER)
    rule(store, CANNOT, "copy", "other")
    made = rule(store, MUST, "one", "other")
    deliver(store)
    assert state(store, made)[0] == "obeyed"
    assert stories(store) == {"one": 1, "other": 1, "copy": 3}


@pytest.mark.parametrize("kind", [CANNOT, MUST])
def test_a_rule_whose_two_come_as_one_article_keeps_it_from_nothing(store: Store, kind: str) -> None:
    deliver(store, ONE)
    made = rule(store, kind, "two", "two", source="wire")
    deliver(store)
    assert state(store, made)[0] == "waiting"
    deliver(store, TWO)
    assert stories(store) == {"one": 1, "two": 1}
    assert state(store, made) == ("refused", "both are article 2; a rule is about two")
