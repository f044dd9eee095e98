"""Periods of which the database holds articles are read when one of them comes again; of others it is not asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dedup.config import Config
from dedup.index import segments
from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.store.passes import stream

from .conftest import NOW, picture, put, rows, run
from .news import FLOOD, STRIKE, article
from .ruling import withdrawn
from .statements import statements

WEEK = 7 * 24
APART = [article(f"{number}", f"{FLOOD} {number}", hours=-number * 5 * WEEK) for number in range(40)]


def asked_for_periods(made: dict[str, object]) -> list[str]:
    return [text for text in made if "articles.period =" in text]


def test_an_archive_of_many_years_asks_for_no_period_of_which_nothing_is_there(store: Store) -> None:
    put(store, APART)
    with statements(store) as made:
        assert run(store, batch_size=8).accepted == len(APART)
    assert asked_for_periods(made) == []
    put(store, [article("late", STRIKE, hours=1 - 5 * WEEK)])
    with statements(store) as made:
        run(store)
    assert len(asked_for_periods(made)) > 0


def test_the_periods_that_are_there_are_found(store: Store) -> None:
    put(store, [*APART, replace(article("undated", STRIKE), published_at=None)])
    run(store)
    put(store, [withdrawn(APART[3])])
    run(store)
    with store.reading() as connection:
        found = stream.periods(connection)
    assert found == {period for (period,) in rows(store, "SELECT DISTINCT period FROM articles") if period is not None}
    assert len(found) == len(APART)


def test_an_empty_database_has_none(store: Store) -> None:
    with store.reading() as connection:
        assert stream.periods(connection) == set()


@pytest.mark.parametrize("moved", [False, True])
def test_what_one_program_stored_is_read_again_when_it_was_dropped(
    store: Store, second_fresh: Store, monkeypatch: pytest.MonkeyPatch, moved: bool
) -> None:
    """Also where an article came to a period by a new version."""
    first = APART[0]
    arriving = [[first], APART[1:4], *([one] for one in APART[4:8])]
    if moved:
        arriving.insert(1, [replace(first, published_at=APART[20].published_at, title="Corrected")])
    again = replace(first, uri="copy", published_at=APART[20].published_at if moved else first.published_at)
    put(store, [*(one for part in arriving for one in part), again])
    run(store)
    monkeypatch.setattr(segments, "IDLE", 1)
    with second_fresh.writer_lock() as lock:
        pipeline = Pipeline(second_fresh, Config(), lock, clock=lambda: NOW)
        for part in (*arriving, [again]):
            put(second_fresh, part)
            pipeline.run_pass()
    assert rows(store, "SELECT count(*) FROM articles WHERE uri IN ('0', 'copy') AND duplicate_group_id = 1") == [(2,)]
    assert picture(store) == picture(second_fresh)
