"""Articles, versions, withdrawals, rules, restarts, other settings in any order, against a plain model.

A twin database gets the same in other batches and with a restart at each pass: it must decide the same.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from dedup import planning
from dedup.cluster.constraints import CANNOT, MUST
from dedup.intake.article import Article
from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.store.invariants.check import check
from dedup.store.passes import rules
from dedup.store.passes.rules import End
from dedup.store.plans.applications import Asked

from .. import postgres
from .blocks import CONFIG, told
from .conftest import NOW, empty, picture, put
from .planned import LONG_AGO
from .ruling import withdrawn

pytestmark = pytest.mark.usefixtures("own_model")

URIS = "pqrstuv"
TEXTS = ("ABC", "ABD", "ABE", "ABDE", "DEF", "CDE", "ASTU", "STU", "STV")
THRESHOLDS = (CONFIG.stories.threshold, 0.2, 0.8)


@dataclass
class Told:
    """What the model knows of a rule."""

    kind: str
    a: str
    b: str
    state: str = "new"


class Model:
    """Which rules are obeyed: those that do not contradict the ones obeyed before, once both articles are there."""

    def __init__(self) -> None:
        self.rules: dict[int, Told] = {}
        self.there: set[str] = set()
        # What was delivered last, also of those that are withdrawn.
        self.known: dict[str, Article] = {}

    def take(self, article: Article) -> None:
        """What is there after an article, or its withdrawal, was taken out of the inbox."""
        if article.is_withdrawal:
            self.there.discard(article.uri)
        elif self.known.get(article.uri) != article:
            self.known[article.uri] = article
            self.there.add(article.uri)
            self.settle(("waiting",), article.uri)

    def settle(self, wanted: tuple[str, ...], about: str | None = None) -> None:
        for _, one in sorted(self.rules.items()):
            if one.state in wanted and (about is None or about in (one.a, one.b)):
                ends = {one.a, one.b}
                one.state = "waiting" if ends - self.there else "refused" if self.contradicts(one) else "obeyed"

    def contradicts(self, new: Told) -> bool:
        obeyed = [one for one in self.rules.values() if one.state == "obeyed"]
        of = {uri: uri for uri in URIS}
        for one in [*obeyed, new]:
            if one.kind == MUST:
                of = {uri: of[one.a] if root == of[one.b] else root for uri, root in of.items()}
        return any(of[one.a] == of[one.b] for one in [*obeyed, new] if one.kind == CANNOT)


class Machine(RuleBasedStateMachine):
    """One run. `stores` are the database and its twin, empty."""

    stores: ClassVar[tuple[Store, Store]]

    @initialize()
    def begin(self) -> None:
        self.model = Model()
        self.waiting: list[Article] = []
        self.seen: set[int] = set()
        self.config = CONFIG
        # Whether nothing was decided since the plan was applied, so that there is nothing left to do.
        self.applied = False
        for store in self.stores:
            empty(store)
        self.lock = self.stores[0].writer_lock()
        self.lock.acquire()
        self.pipeline = self.program()

    def program(self) -> Pipeline:
        return Pipeline(self.stores[0], self.config, self.lock, clock=lambda: NOW)

    @rule(
        uri=st.sampled_from(URIS),
        text=st.sampled_from(TEXTS),
        copy=st.booleans(),
        days=st.sampled_from([0, 1, 2, 30]),
        publisher=st.sampled_from([None, "Portside Daily", "Kestrel Courier"]),
    )
    def arrive(self, uri: str, text: str, copy: bool, days: int, publisher: str | None) -> None:
        body = told("the same" if copy else uri, text).body
        self.put(replace(told(uri, text, days=days), body=body, publisher=publisher))

    @rule(uri=st.sampled_from(URIS))
    def withdraw(self, uri: str) -> None:
        self.put(withdrawn(told(uri, "ABC")))

    def put(self, article: Article) -> None:
        for store in self.stores:
            put(store, [article])
        self.waiting.append(article)

    @rule(kind=st.sampled_from([MUST, CANNOT]), a=st.sampled_from(URIS), b=st.sampled_from(URIS))
    def say(self, kind: str, a: str, b: str) -> None:
        if a == b:
            return
        for store in self.stores:
            with store.writing() as connection:
                number = rules.insert(connection, kind, End(a), End(b, "wire"), None)
        self.model.rules[number] = Told(kind, a, b)
        self.work(1)

    @rule(chosen=st.integers(0, 20))
    def take_back(self, chosen: int) -> None:
        if not self.model.rules:
            return
        number = sorted(self.model.rules)[chosen % len(self.model.rules)]
        del self.model.rules[number]
        for store in self.stores:
            with store.writing() as connection:
                assert rules.remove(connection, [number]) == [number]

    @rule()
    def restart(self) -> None:
        self.pipeline = self.program()

    @rule(batch_size=st.sampled_from([1, 2, 256]))
    def work(self, batch_size: int) -> None:
        service = replace(self.config.service, batch_size=batch_size)
        self.pipeline.reconfigure(replace(self.config, service=service))
        self.applied = (
            self.applied and not self.waiting and not any(one.state == "new" for one in self.model.rules.values())
        )
        self.pipeline.run_pass()
        with self.stores[1].writer_lock() as lock:
            Pipeline(self.stores[1], self.config, lock, clock=lambda: NOW).run_pass()
        self.model.settle(("new",))
        for article in self.waiting:
            self.model.take(article)
        self.waiting.clear()
        self.look()

    @rule(words=st.sampled_from([3, 2]))
    def change_scheme(self, words: int) -> None:
        """What is there is signed anew and stays where it is."""
        self.config = replace(self.config, duplicates=replace(self.config.duplicates, shingle_words=words))
        self.applied = False
        self.work(256)

    @rule(threshold=st.sampled_from(THRESHOLDS), words=st.sampled_from([3, 2]))
    def apply(self, threshold: float, words: int) -> None:
        """Other settings, or another scheme: what one database was seen to do the other must do as well."""
        self.work(256)
        self.config = replace(
            CONFIG,
            stories=replace(CONFIG.stories, threshold=threshold),
            duplicates=replace(CONFIG.duplicates, shingle_words=words),
        )
        seen: str | None = None
        with self.stores[1].writer_lock() as lock:
            for store, held in zip(self.stores, (self.lock, lock), strict=True):
                asked = Asked(None, self.config.digest(), LONG_AGO, seen)
                seen = planning.apply(store, self.config, held, asked, lambda: NOW).name
        self.pipeline = self.program()
        self.applied = True
        self.look()

    def look(self) -> None:
        store = self.stores[0]
        with store.reading() as connection:
            assert check(connection) == []
            states = {one.rule_id: one.state for one in rules.read(connection)}
            ask = {
                "where": "SELECT uri, story_id FROM v_story_articles",
                "sizes": "SELECT story_id, article_count, text_count, publisher_count FROM v_stories",
                "counted": "SELECT story_id, COUNT(*), COUNT(DISTINCT duplicate_group_id), "
                "COUNT(DISTINCT COALESCE(publisher, source)) FROM v_story_articles GROUP BY story_id",
                "redirects": "SELECT old_story_id, story_id FROM v_story_redirects",
                "history": "SELECT event, story_id, article_id, other_story_id FROM v_story_history "
                "ORDER BY history_id",
                "numbers": "SELECT article_id, story_id FROM v_story_articles",
                "stories": "SELECT story_id FROM stories",
                "stands": "SELECT story_id, representative_article_id FROM stories",
            }
            found: dict[str, list[Any]] = {
                name: [tuple(row) for row in connection.execute(sa.text(query))] for name, query in ask.items()
            }
        assert states == {number: one.state for number, one in self.model.rules.items()}
        where = dict(found["where"])
        assert set(where) == self.model.there
        for one in self.model.rules.values():
            if one.state == "obeyed" and {one.a, one.b} <= self.model.there:
                assert (where[one.a] == where[one.b]) is (one.kind == MUST), one
        assert sorted(found["sizes"]) == sorted(found["counted"])
        redirects = dict(found["redirects"])
        self.seen |= set(where.values())
        assert all((redirects.get(story, story),) in found["stories"] for story in self.seen)
        told_by_history = replayed(found["history"])
        assert {number: told_by_history[number] for number, _ in found["numbers"]} == dict(found["numbers"])
        who = {story: article for event, story, article, _ in found["history"] if event == "represented"}
        stands = dict(found["stands"])
        assert {story: stands[story] for story in who.keys() & stands.keys()} == {
            story: article for story, article in who.items() if story in stands
        }
        assert picture(self.stores[1]) == picture(store)

    @invariant()
    def nothing(self) -> None:
        """Checks are made after each pass."""

    def teardown(self) -> None:
        self.work(256)
        if self.applied:
            with planning.planned(self.stores[0], self.config, LONG_AGO, NOW) as plan:
                assert plan.difference.cases == ()
        self.lock.release()


def replayed(history: list[Any]) -> dict[int, int]:
    """Where each article is, by the history of the stories alone."""
    where: dict[int, int] = {}
    for event, story, article, other in history:
        if event in ("opened", "joined", "moved"):
            where[article] = story
        elif event == "left":
            where[article] = other
        elif event == "merged":
            where = {number: story if place == other else place for number, place in where.items()}
    return where


def machine(one: Store, other: Store, examples: int) -> None:
    made = type("Made", (Machine,), {"stores": (one, other)})
    run_state_machine_as_test(
        made,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
            derandomize=True,
        ),
    )


def test_rules_on_sqlite(sqlite_url: str, open_store: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        twin = Path(folder) / "twin.db"
        shutil.copyfile(sqlite_url.removeprefix("sqlite:///"), twin)
        machine(open_store(sqlite_url), open_store(f"sqlite:///{twin}"), 8)


@pytest.mark.postgresql
def test_rules_on_postgresql(
    postgresql_server: postgres.Server, _postgresql_template: str, sqlite_url: str, open_store: Any
) -> None:
    with postgresql_server.database(_postgresql_template) as name:
        machine(open_store(postgresql_server.url(name)), open_store(sqlite_url), 4)
