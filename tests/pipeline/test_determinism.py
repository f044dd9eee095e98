"""The same articles in the same order give the same groups, stories, evidence and ids, however they were worked on."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dedup.config import Config
from dedup.config.sections import DatabaseSettings, ServiceSettings
from dedup.intake.article import Article
from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.store.passes import stream

from .blocks import ENDINGS
from .conftest import NOW, empty, picture, put, rows, run
from .news import DAY, FLOOD, FLOOD_OTHER_WORDS, article
from .ruling import withdrawn

LIMITS = (
    "decision.batch.KEPT_PLACES", "decision.issues.KEPT", "decision.memory.FEW_ARTICLES", "decision.memory.KEPT_TERMS",
    "decision.memory.SHINGLE_BYTES", "store.passes.succession.KEPT",
)  # fmt: skip
"""How much of what the database has is kept in memory."""


@pytest.fixture(scope="module")
def undisturbed(examples: list[Article], tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Any, ...]]]:
    path = tmp_path_factory.mktemp("undisturbed") / "dedup.db"
    store = Store.open(DatabaseSettings(url=f"sqlite:///{path}"), create=True)
    store.upgrade()
    put(store, examples)
    assert run(store).outcome == "ok"
    result = picture(store)
    store.close()
    return result


@pytest.mark.parametrize("batch_size", [1, 7, 50, 10_000])
def test_any_batch_size_gives_the_same(
    store: Store, examples: list[Article], undisturbed: dict[str, Any], batch_size: int
) -> None:
    put(store, examples)
    report = run(store, batch_size=batch_size)
    assert report.taken == len(examples)
    assert picture(store) == undisturbed


@pytest.mark.parametrize("size", [1, 29])
def test_any_restart_gives_the_same(
    store: Store, examples: list[Article], undisturbed: dict[str, Any], size: int
) -> None:
    for start in range(0, len(examples), size):
        put(store, examples[start : start + size])
        run(store, batch_size=10)
    assert picture(store) == undisturbed


def test_a_long_load_tells_how_far_it_is(
    store: Store, examples: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service manager ends a start that says nothing for long."""
    put(store, examples)
    run(store)
    monkeypatch.setattr(stream, "PAGE", 20)
    told: list[str] = []
    with store.writer_lock() as lock:
        Pipeline(store, Config(), lock, clock=lambda: NOW).load(told.append)
    loaded = [int(one.split()[-2]) for one in told if one.startswith("loading the index")]
    assert len(loaded) > 3
    assert loaded == sorted(loaded)


def test_a_stop_while_all_is_loaded_ends_the_pass_at_once(
    store: Store, examples: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever takes over, or goes on after an outage, loads all in a pass: a stop waited for the end of that."""
    *first, last = examples
    put(store, first)
    run(store)
    put(store, [last])
    monkeypatch.setattr(stream, "PAGE", 20)
    stop = threading.Event()
    beats: list[bool] = []

    def beat() -> None:
        beats.append(stop.is_set())
        stop.set()

    with store.writer_lock() as lock:
        pipeline = Pipeline(store, Config(), lock, clock=lambda: NOW)
        for signs in ([False], [False]):
            done = pipeline.run_pass(stop, beat)
            assert (done.outcome, done.taken, done.pending, beats) == ("stopped", 0, 1, signs)
        assert pipeline.run_pass().taken == 1


def test_one_program_and_many_passes_give_the_same(
    store: Store, examples: list[Article], undisturbed: dict[str, Any]
) -> None:
    with store.writer_lock() as lock:
        pipeline = Pipeline(store, Config(), lock, clock=lambda: NOW)
        for start in range(0, len(examples), 13):
            put(store, examples[start : start + 13])
            pipeline.run_pass()
    assert picture(store) == undisturbed


def test_what_is_forgotten_in_memory_is_read_again(
    store: Store, examples: list[Article], undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in LIMITS:
        monkeypatch.setattr(f"dedup.{limit}", 0)
    for start in range(0, len(examples), 40):
        put(store, examples[start : start + 40])
        run(store, batch_size=7)
    assert picture(store) == undisturbed


def test_a_restart_closes_and_opens_no_story(store: Store) -> None:
    """Stories close by the dates of the articles decided last: by those of their last versions, of none withdrawn."""
    early, late = [unlike(number, days=-20) for number in range(16)], [unlike(number) for number in range(16, 31)]
    put_off = [replace(article, published_at=DAY) for article in early[:2]]
    with store.writer_lock() as lock:
        pipeline = Pipeline(store, Config(), lock, clock=lambda: NOW)
        for delivered, are_active in (
            ([*early, *late], 31),
            (put_off, 17),
            (early[:2], 31),
            ([withdrawn(article) for article in early[:2]], 15),
        ):
            put(store, delivered)
            pipeline.run_pass()
            assert active(store) == are_active
            put(store, late)  # once more, which changes nothing
            Pipeline(store, Config(), lock, clock=lambda: NOW).run_pass()
            assert active(store) == are_active


def test_a_restart_closes_no_story_where_a_copy_became_an_original(store: Store) -> None:
    """A copy whose original was withdrawn is decided anew, and so among the last whose dates count."""
    first, *early = [unlike(number, days=-20) for number in range(16)]
    late = [unlike(number) for number in range(16, 32)]
    with store.writer_lock() as lock:
        pipeline = Pipeline(store, Config(), lock, clock=lambda: NOW)
        put(store, [first, replace(first, uri="copy", source="another wire"), *late, *early])
        pipeline.run_pass()
        assert active(store) == 16
        put(store, [withdrawn(first)])
        pipeline.run_pass()
        assert active(store) == 32
        put(store, late)  # once more, which changes nothing
        Pipeline(store, Config(), lock, clock=lambda: NOW).run_pass()
        assert active(store) == 32


def test_a_restart_weighs_words_alike_where_a_copy_became_an_original(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It took a place in the order of decisions: the oldest text whose words count is another one from there on."""
    monkeypatch.setattr("dedup.decision.memory.STREAM", 8)
    first = article("first", FLOOD)
    delivered = (
        [first, article("copy", FLOOD, source="another wire"), *map(unlike, range(12))],
        [withdrawn(first)],
        [article("other words", FLOOD_OTHER_WORDS, hours=2)],
    )
    found = []
    for restarts in (False, True):
        empty(store)
        with store.writer_lock() as lock:
            pipeline = Pipeline(store, Config(), lock, clock=lambda: NOW)
            for articles in delivered:
                put(store, articles)
                if restarts:
                    pipeline.drop()
                pipeline.run_pass()
        found.append(picture(store))
    assert len({story for story, *_ in found[0]["stories"]}) == 13, "what tells of the flood is one story"
    assert found[0] == found[1]


def unlike(number: int, days: int = 0) -> Article:
    """An article that has no word in common with those of other numbers."""
    first = "abcdefghij"[number // 10] + "abcdefghij"[number % 10]
    body = " ".join(f"{first}{ending}" for ending in ENDINGS)
    return Article(f"unlike-{number}", body, source="wire", language="en", published_at=DAY + timedelta(days=days))


def active(store: Store) -> int:
    """How many stories are active."""
    return len(rows(store, "SELECT story_id FROM v_stories WHERE status = 'active'"))


def test_the_reference_kernel_and_another_hash_seed_give_the_same(
    examples: list[Article], undisturbed: dict[str, Any], tmp_path: Any, open_store: Any
) -> None:
    url = f"sqlite:///{tmp_path / 'pure.db'}"
    store = open_store(url, create=True)
    store.upgrade()
    put(store, examples)
    program = (
        "from dedup.config.loading import load\n"
        "from dedup.pipeline import Pipeline\n"
        "from dedup.kernel.chosen import COMPILED\n"
        "from dedup.store import Store\n"
        "assert not COMPILED\n"
        "config = load()\n"
        "store = Store.open(config.database)\n"
        "with store.writer_lock() as lock:\n"
        "    Pipeline(store, config, lock).run_pass()\n"
    )
    environment = {**os.environ, "DEDUP_DATABASE_URL": url, "DEDUP_PURE_PYTHON": "1", "PYTHONHASHSEED": "12345"}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)
    assert picture(store) == undisturbed


def test_a_second_delivery_changes_nothing(store: Store, examples: list[Article], undisturbed: dict[str, Any]) -> None:
    put(store, examples)
    run(store)
    # The corrected article came in two versions; a feed that is read again delivers the last of them.
    last = {(article.source, article.uri): article for article in examples}
    put(store, list(last.values()))
    report = run(store)
    assert (report.taken, report.unchanged, report.accepted, report.updated) == (len(last), len(last), 0, 0)
    assert picture(store) == undisturbed


def test_a_pass_with_nothing_to_do_writes_its_run_and_nothing_else(store: Store, examples: list[Article]) -> None:
    put(store, examples[:20])
    run(store)
    before = picture(store)
    with store.reading() as connection:
        state = connection.exec_driver_sql("SELECT * FROM state").mappings().one()
    report = run(store)
    assert report.taken == 0
    with store.reading() as connection:
        after = connection.exec_driver_sql("SELECT * FROM state").mappings().one()
    assert picture(store) == before
    assert {**after, "writer": 0} == {**state, "writer": 0}


def test_what_a_pass_recorded_is_known_while_it_runs(store: Store, examples: list[Article]) -> None:
    """So that a long pass after an outage is not taken for the outage, and counters do not stand still for hours."""
    put(store, examples)
    seen: list[int] = []
    with store.writer_lock() as lock:
        pipeline = Pipeline(store, Config(service=ServiceSettings(batch_size=20)), lock, clock=lambda: NOW)
        pipeline.run_pass(beat=lambda: seen.append(pipeline.recorded.taken))
        assert pipeline.recorded.taken == len(examples)
    assert seen == sorted(seen) and {20, 40, len(examples)} <= set(seen)
