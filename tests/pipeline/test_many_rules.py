"""Thousands of rules: what each costs, and that the service shows signs of life and can be stopped meanwhile."""

from __future__ import annotations

import string
import sys
import threading
from collections.abc import Collection
from itertools import combinations, islice

import pytest
import sqlalchemy as sa

from dedup.cluster.constraints import CANNOT, Constraints, Rule
from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.store.passes import rules
from dedup.store.passes.rules import StoredRule

from .blocks import CONFIG, ONE, OTHER, TWO, deliver, told
from .conftest import NOW, put
from .ruling import rule, state

pytestmark = pytest.mark.usefixtures("own_model")


def test_many_rules_are_obeyed_with_signs_of_life_until_the_service_stops(store: Store) -> None:
    """Each is a transaction; the watchdog took some thousands of them for a hang, and a stop waited for all of them."""
    deliver(store, ONE, OTHER, told("fourth", "VWX"))
    made = [rule(store, CANNOT, a, b) for a, b in (("one", "other"), ("one", "fourth"), ("other", "fourth"))]
    stop = threading.Event()

    def beat() -> None:
        if state(store, made[1])[0] == "obeyed":
            stop.set()

    with store.writer_lock() as lock:
        pipeline = Pipeline(store, CONFIG, lock, clock=lambda: NOW)
        put(store, [TWO])
        done = pipeline.run_pass(stop, beat)
        assert (done.outcome, done.taken) == ("stopped", 0), "no article is decided before all rules are obeyed"
        assert [state(store, one)[0] for one in made] == ["obeyed", "obeyed", "new"]
        assert pipeline.run_pass().taken == 1
    assert [state(store, one)[0] for one in made] == ["obeyed"] * 3


def test_a_rule_costs_the_same_however_many_are_obeyed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each one took all before it once more: twenty thousand took ten minutes for that alone."""
    deliver(store, ONE, OTHER, told("fourth", "VWX"), told("fifth", "GHI"))
    taken: list[int] = []
    add = Constraints.add

    def noted(constraints: Constraints, one: Rule) -> tuple[Rule, ...]:
        taken.append(one.rule_id)
        return add(constraints, one)

    for a, b in combinations(("one", "other", "fourth", "fifth"), 2):
        rule(store, CANNOT, a, b)
    with store.writer_lock() as lock:
        pipeline = Pipeline(store, CONFIG, lock, clock=lambda: NOW)
        pipeline.load()
        monkeypatch.setattr(Constraints, "add", noted)
        pipeline.run_pass()
    assert taken == [*range(1, 7)]


def test_an_article_that_is_awaited_has_only_its_own_rules_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """All were read twice: with ten thousand that wait, an article took most of a second for that alone."""
    deliver(store, ONE)
    made = [rule(store, CANNOT, "one", uri) for uri in ("two", "other", "never")]
    looked_at: list[int] = []
    read = rules.read

    def noted(connection: sa.Connection, *asked: Collection[int]) -> list[StoredRule]:
        found = read(connection, *asked)
        looked_at.append(len(found))
        return found

    with store.writer_lock() as lock:
        pipeline = Pipeline(store, CONFIG, lock, clock=lambda: NOW)
        pipeline.run_pass()
        monkeypatch.setattr(rules, "read", noted)
        put(store, [TWO, told("fourth", "VWX"), OTHER])
        pipeline.run_pass()
        assert looked_at == [1, 1]
        added = rule(store, CANNOT, "fourth", "one")
        pipeline.run_pass()
        assert looked_at == [1, 1, 4]
    assert [state(store, one)[0] for one in (*made, added)] == ["obeyed", "obeyed", "waiting", "obeyed"]


@pytest.mark.parametrize("obeyed", [False, True], ids=["waiting", "obeyed"])
def test_an_article_that_is_awaited_costs_the_same_however_many_rules_there_are(store: Store, obeyed: bool) -> None:
    """Of all of them a book was made anew for each such article, and a second one of those that are obeyed."""
    uris = string.ascii_lowercase[:20]
    deliver(store, ONE, OTHER, *(told(uri, f"{uri}Y") for uri in uris))
    pairs = iter([*combinations(uris, 2)] if obeyed else [("one", f"never {number}") for number in range(190)])
    calls: list[int] = []

    def count_calls(_: object, event: str, __: object) -> None:
        calls[-1] += event == "call"

    with store.writer_lock() as lock:
        pipeline = Pipeline(store, CONFIG, lock, clock=lambda: NOW)
        for turn, more in enumerate((4, 4, 180)):
            for pair in islice(pairs, more):
                rule(store, CANNOT, *pair)
            awaiting = rule(store, CANNOT, "other", f"late {turn}")
            pipeline.run_pass()
            put(store, [told(f"late {turn}", "VWX")])
            calls.append(0)
            sys.setprofile(count_calls)
            pipeline.run_pass()
            sys.setprofile(None)
            assert state(store, awaiting)[0] == "obeyed"
    _, few, many = calls
    assert many < few + 90
