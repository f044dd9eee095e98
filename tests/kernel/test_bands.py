"""Bands of signatures: the compiled index and the reference are one plain model."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.kernel import reference

from .compiled import built, compiled, outcome, pack
from .spans import chosen, moment


@built
@given(values=st.binary(max_size=128), bands=st.integers(-1, 12), rows=st.integers(-1, 12))
def test_band_keys(values: bytes, bands: int, rows: int) -> None:
    assert outcome(compiled.band_keys, values, bands, rows) == outcome(reference.band_keys, values, bands, rows)


# Few different keys, so that chains are long, and all of 32 bits now and then.
key = st.integers(0, 3) | st.integers(0, 40) | st.integers(0, 2**32 - 1)


def operations(bands: int) -> st.SearchStrategy[list[tuple[str, Any]]]:
    row = st.lists(key, min_size=bands, max_size=bands)
    number = st.integers(0, 12) | st.just(10**6)
    which = st.integers(0, 1)
    spans = st.lists(st.tuples(st.lists(which, max_size=3), moment, moment), max_size=4)
    return st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.tuples(which, row.map(pack), st.integers(-1, 6), moment)),
            st.tuples(st.just("discard"), st.tuples(which, st.integers(-1, 90))),
            st.tuples(st.just("search"), st.tuples(spans, row.map(pack), number, number)),
        ),
        max_size=80,
    )


class Model:
    """The index in its plainest form: a list of rows, looked through from the newest."""

    def __init__(self, bands: int) -> None:
        self.bands = bands
        self.rows: dict[int, tuple[bytes, int]] = {}
        self.last = -1

    def hits(self, keys: bytes, newest: int, low: int, high: int) -> list[tuple[int, int]]:
        hits: dict[int, int] = {}
        for place in range(0, 4 * self.bands, 4):
            same = [rank for rank, (row, _) in self.rows.items() if row[place : place + 4] == keys[place : place + 4]]
            for rank in sorted(same, reverse=True)[:newest]:
                hits[rank] = hits.get(rank, 0) + 1
        return [(count, rank) for rank, count in hits.items() if low <= self.rows[rank][1] <= high]


def indexes() -> list[Any]:
    return [reference.BandIndex] if compiled is reference else [reference.BandIndex, compiled.BandIndex]


@pytest.mark.parametrize("kind", indexes(), ids=lambda kind: kind.__module__)
@settings(max_examples=200)
@given(data=st.data(), bands=st.integers(1, 4))
def test_band_index_is_its_model(kind: Any, data: st.DataObject, bands: int) -> None:
    made, models = [kind(bands), kind(bands)], [Model(bands), Model(bands)]
    for name, argument in data.draw(operations(bands)):
        if name == "add":
            which, row, step, when = argument
            rank = models[which].last + step
            if rank < 0 or step < 1:
                assert outcome(made[which].add, row, rank, when) is ValueError
            else:
                made[which].add(row, rank, when)
                models[which].rows[rank] = row, when
                models[which].last = rank
        elif name == "discard":
            which, rank = argument
            made[which].discard(rank)
            models[which].rows.pop(rank, None)
        else:
            spans, keys, newest, limit = argument
            one_by_one = [(models[which], low, high) for several, low, high in spans for which in several]
            expected = sorted(
                (hit for model, low, high in one_by_one for hit in model.hits(keys, newest, low, high)), reverse=True
            )
            found = kind.search(chosen(made, spans), keys, newest, limit)
            assert found == [(rank, count) for count, rank in expected[:limit]]
        assert list(map(len, made)) == [len(model.rows) for model in models]


@pytest.mark.parametrize("kind", indexes(), ids=lambda kind: kind.__module__)
def test_band_index_finds_all_its_keys_and_no_others_as_it_grows(kind: Any) -> None:
    made, texts = kind(2), 500
    for rank in range(texts):
        made.add(pack([rank // 2, 7 * rank]), rank, rank)
    assert kind.search([((made,), 0, texts)], pack([texts, 1]), 10, 10) == []
    for rank in range(texts):
        found = kind.search([((made,), 0, texts)], pack([rank // 2, 7 * rank]), 10, 10)
        assert found == [(rank, 2), (rank ^ 1, 1)]
