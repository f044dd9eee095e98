"""A rule that meets a fault, a crash or an odd text is obeyed whole, refused, or waits."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from dedup.cluster.constraints import CANNOT, MUST, Rule
from dedup.decision.reshaping import Reshaping
from dedup.errors import DatabaseAway, DedupError
from dedup.store import Store

from .blocks import (
    CONFIG,
    ONE,
    OTHER,
    TWO,
    copy_of,
    deliver,
    told,
)
from .conftest import picture, put, rows, run, stories
from .faults import failing, lose_the_database
from .ruling import rule, state, withdrawn

pytestmark = pytest.mark.usefixtures("own_model")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("a fault of our own", "a fault of our own"),
        ("half a \udcff and a \x00", r"half a \udcff and a \x00"),
        ("postgresql://news:geheim@db.example/news", "postgresql://news:***@db.example/news"),
    ],
    ids=["plain", "words that no database takes", "a password"],
)
def test_a_rule_that_breaks_is_refused_and_stops_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch, words: str, shown: str
) -> None:
    deliver(store, ONE, OTHER)
    broken, well = rule(store, MUST, "one", "other"), rule(store, CANNOT, "one", "other")

    def fault(*_: object) -> str:
        raise ZeroDivisionError(words)

    monkeypatch.setattr("dedup.decision.reshaping.Reshaping.link", fault)
    deliver(store, TWO)
    assert state(store, broken) == ("refused", f"obeying it failed with ZeroDivisionError: {shown}")
    assert state(store, well)[0] == "obeyed"
    assert stories(store) == {"one": 1, "two": 1, "other": 2}


def test_a_crash_in_the_middle_of_a_rule_changes_nothing(sqlite_url: str, open_store: Any, tmp_path: Path) -> None:
    """The database goes away before one statement or commit after another, while rules are obeyed in several steps."""
    began = tmp_path / "began.db"
    first = open_store(sqlite_url)
    deliver(first, ONE, copy_of(ONE, "copy"), TWO, OTHER, told("fourth", "STV"))
    rule(first, CANNOT, "copy", "one")
    rule(first, CANNOT, "two", "fourth")
    rule(first, MUST, "other", "one")
    rule(first, CANNOT, "late", "two")
    put(first, [told("late", "ABF"), withdrawn(TWO)])
    first.backup(began)
    deliver(first)
    undisturbed = picture(first), rows(first, "SELECT rule_id, state, reason, ordinal FROM v_rules")
    assert [row[1] for row in undisturbed[1]] == ["obeyed"] * 4
    number, steps = 1, number_of_steps(open_store, began, tmp_path)
    while number <= steps:
        store = restored(open_store, began, tmp_path / f"{number}.db")
        with failing(store, number, lose_the_database), suppress(DedupError, sa.exc.OperationalError):
            run(store, CONFIG)
        deliver(store)
        again = picture(store), rows(store, "SELECT rule_id, state, reason, ordinal FROM v_rules")
        assert again == undisturbed, f"after a failure at step {number} of {steps}"
        number += 29


@pytest.mark.parametrize("ends_between", [False, True])
def test_a_rule_about_a_story_means_the_same_article_in_all_its_steps(
    store: Store, monkeypatch: pytest.MonkeyPatch, ends_between: bool
) -> None:
    """The first step takes the one that stands for the story out of it, and leaves another one standing for it."""
    deliver(store, ONE, TWO, told("shown", "STU"), told("fourth", "STV"), told("fifth", "STW"))
    rule(store, CANNOT, "two", "fourth")
    made = rule(store, MUST, 1, 2)
    if ends_between:
        steps, link = iter([False, True]), Reshaping.link

        def once(reshaping: Reshaping, one: Rule) -> str | None:
            if next(steps):
                raise DatabaseAway("the database is away")
            return link(reshaping, one)

        monkeypatch.setattr(Reshaping, "link", once)
        with pytest.raises(DatabaseAway):
            run(store, CONFIG)
        monkeypatch.undo()
    deliver(store)
    assert state(store, made) == ("obeyed", "story 3 was merged into story 1")
    assert stories(store) == {"one": 1, "two": 1, "shown": 1, "fourth": 2, "fifth": 2}
    assert rows(store, "SELECT a_article_id, b_article_id FROM v_rules WHERE rule_id = 2") == [(1, 3)]


def number_of_steps(open_store: Any, began: Path, folder: Path) -> int:
    store = restored(open_store, began, folder / "counted.db")
    with failing(store, 0, lose_the_database) as count:
        run(store, CONFIG)
    return count[0]


def restored(open_store: Any, began: Path, path: Path) -> Store:
    shutil.copyfile(began, path)
    store: Store = open_store(f"sqlite:///{path}")
    return store


def test_a_rule_that_is_no_text_waits_like_any_other(sqlite_url: str, open_store: Any) -> None:
    store = open_store(sqlite_url)
    deliver(store, ONE)
    with store.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO rules (kind, a_uri, b_uri) VALUES ('must-link', 'one', CAST(x'ff41' AS TEXT))"
        )
    deliver(store)
    assert state(store, 1) == ("waiting", "not there yet: \\xffA")
