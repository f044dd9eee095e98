"""Whatever fails and whenever: nothing is lost, nothing is counted twice, and the end is that of an undisturbed run."""

from __future__ import annotations

import gc
import os
import weakref
from contextlib import nullcontext
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest
import sqlalchemy as sa

from dedup.config import Config
from dedup.decision.clusterer import Clusterer
from dedup.errors import DedupError, LockLost
from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.store.invariants.check import check

from ..forked import Trunk
from .conftest import NOW, picture, put, run
from .faults import broken_for_all, deliveries, failing, lose_the_database
from .news import FLOOD, article

CONFIG = replace(Config(), service=replace(Config().service, batch_size=3))


def test_an_error_at_any_statement_or_commit(store: Store, undisturbed: dict[str, Any]) -> None:
    put(store, deliveries())
    with store.reading() as connection:
        tables = [t for t in sa.inspect(connection).get_table_names() if t != "alembic_version"]
        saved = {t: [dict(r) for r in connection.execute(sa.text(f"SELECT * FROM {t}")).mappings()] for t in tables}
    number = 0
    while True:
        number += 1
        with failing(store, number, lose_the_database) as count:
            try:
                run(store, CONFIG, batch_size=3)
            except (DedupError, sa.exc.OperationalError) as error:
                assert "went away" in f"{error} {error.__cause__}"
        if count[0] < number:
            break
        run(store, CONFIG, batch_size=3)
        assert picture(store) == undisturbed, f"after a failure at step {number}"
        with store.reading() as connection:
            assert check(connection, full=False) == []
        _restore(store, saved)
        if number % 50 == 0:  # a fault leaves its frames in cycles, which the next program freezes
            gc.unfreeze()
            gc.collect()
    assert number > 20


def _restore(store: Store, saved: dict[str, list[dict[str, Any]]]) -> None:
    from dedup.store.tables import metadata

    with store.writing() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(sa.text(f"DELETE FROM {table.name}"))
        for table in metadata.sorted_tables:
            for row in saved[table.name]:
                names = ", ".join(row)
                values = ", ".join(f":{name}" for name in row)
                connection.execute(sa.text(f"INSERT INTO {table.name} ({names}) VALUES ({values})"), row)


KILLED = """
import os, sys
from sqlalchemy import event
from dedup.config.loading import load
from dedup.pipeline import Pipeline
from dedup.store import Store
from tests.asked import told

config = load()
store = Store.open(config.database)
left = int(sys.argv[1])

def step(*_):
    global left
    left -= 1
    if left == 0:
        os._exit(9)

event.listen(store.engine, "commit", step)
with told(store, step), store.writer_lock() as lock:
    Pipeline(store, config, lock).run_pass()
"""


def test_a_kill_at_some_statements(database_url: str, store: Store, undisturbed: dict[str, Any], trunk: Trunk) -> None:
    """One database is killed again and again, each time a little later, until a run gets through."""
    put(store, deliveries())
    environment = {**os.environ, "DEDUP_DATABASE_URL": database_url, "DEDUP_SERVICE_BATCH_SIZE": "1"}
    killed, step = 0, 12
    while True:
        code = trunk.start(KILLED, str(step), env=environment).wait()
        if code == 0:
            break
        assert code == 9
        killed, step = killed + 1, step * 4 // 3
        with store.reading() as connection:
            assert [f for f in check(connection, full=False) if f.name != "runs_disagree"] == []
    assert killed >= 3
    assert picture(store) == undisturbed


def test_memory_that_is_dropped_is_free_at_once(store: Store) -> None:
    """Not when Python's collector comes: a window of a gigabyte would be there twice after each fault."""
    put(store, deliveries())
    held: list[weakref.ref[Any]] = []

    class Watched(Clusterer):
        def accept(self, item: Any) -> None:
            memory = self.memory
            parts = self, self.matcher, self.restrictions, memory, memory.window, memory.sets, memory.frequencies
            held[:] = [weakref.ref(part) for part in parts]
            super().accept(item)

    with store.writer_lock() as lock, mock.patch("dedup.writer.Clusterer", Watched):
        pipeline = Pipeline(store, CONFIG, lock, clock=lambda: NOW)
        pipeline.run_pass()
        assert all(part() is not None for part in held)
        gc.disable()
        try:
            pipeline.drop()
            assert [part() for part in held] == [None] * 7
        finally:
            gc.enable()


def test_a_fault_of_many_articles_holds_on_to_no_memory(store: Store) -> None:
    held: list[weakref.ref[Clusterer]] = []

    class Broken(Clusterer):
        def accept(self, item: Any) -> None:
            assert sum(one() is not None for one in held) <= 1
            held.append(weakref.ref(self))
            raise ZeroDivisionError("a bug")

    put(store, [article(f"a{number}", FLOOD) for number in range(4)])
    gc.disable()
    try:
        with mock.patch("dedup.writer.Clusterer", Broken), pytest.raises(ZeroDivisionError):
            run(store)
    finally:
        gc.enable()
    assert len(held) == 5, "the batch, then each article by itself"


def test_what_a_failure_left_in_cycles_is_not_kept_for_ever(store: Store) -> None:
    class Frame:
        me: Frame

    with store.writer_lock() as lock:
        pipeline = Pipeline(store, CONFIG, lock, clock=lambda: NOW)
        pipeline.run_pass()
        left = Frame()
        left.me = left
        kept = weakref.ref(left)
        del left
        pipeline.drop()
        pipeline.run_pass()
        gc.collect()  # looks at nothing that is frozen
    assert kept() is None


@pytest.mark.parametrize("fails", [False, True])
def test_garbage_is_collected_once_all_is_loaded(store: Store, monkeypatch: pytest.MonkeyPatch, fails: bool) -> None:
    """Also where it could not be loaded: a service that collects nothing grows for as long as it runs."""
    put(store, [article("a", FLOOD)])
    with monkeypatch.context() as patch:
        if fails:
            patch.setattr("dedup.writer.Memory", broken_for_all)
        with pytest.raises(ZeroDivisionError) if fails else nullcontext():
            run(store)
    assert gc.isenabled()


def test_a_writer_that_lost_its_lock_writes_nothing_more(store: Store, second_store: Store) -> None:
    put(store, [article("a", FLOOD)])
    with store.writer_lock() as lock:
        pipeline = Pipeline(store, Config(), lock, clock=lambda: NOW)
        with second_store.writing() as connection:
            connection.execute(sa.text("UPDATE state SET writer = writer + 1"))
        with pytest.raises(LockLost):
            pipeline.run_pass()
    assert picture(store)["articles"] == []


@pytest.mark.parametrize(
    ("words", "recorded"),
    [
        ("no more", "MemoryError: no more"),
        ("for half a \udcff and a \x00", r"MemoryError: for half a \udcff and a \x00"),  # which no database takes
        ("postgresql://news:geheim@db.example/news", "MemoryError: postgresql://news:***@db.example/news"),
    ],
)
def test_a_failed_pass_is_in_the_runs_with_its_error(
    store: Store, monkeypatch: pytest.MonkeyPatch, words: str, recorded: str
) -> None:
    put(store, [article("a", FLOOD)])

    def broken(*_: Any) -> None:
        raise MemoryError(words)

    with store.writer_lock() as lock:
        pipeline = Pipeline(store, Config(), lock, clock=lambda: NOW)
        with monkeypatch.context() as patch:
            patch.setattr("dedup.decision.clusterer.Clusterer.accept", broken)
            with pytest.raises(MemoryError):
                pipeline.run_pass()
        assert pipeline.run_pass().accepted == 1
    with store.reading() as connection:
        runs = connection.execute(sa.text("SELECT outcome, error, accepted FROM v_runs ORDER BY run_id")).all()
    assert runs == [("failed", recorded, 0), ("ok", None, 1)]
