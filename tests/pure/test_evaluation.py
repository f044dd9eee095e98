"""Scores against values worked out by hand and against definitions written out pair by pair."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.evaluation import score

CLUSTERINGS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30)


def as_maps(pairs: list[tuple[int, int]]) -> tuple[dict[str, int], dict[str, int]]:
    return {str(i): a for i, (a, _) in enumerate(pairs)}, {str(i): b for i, (_, b) in enumerate(pairs)}


def test_by_hand() -> None:
    gold = {"a": 1, "b": 1, "c": 1, "d": 2, "e": 2}
    found = {"a": "x", "b": "x", "c": "y", "d": "y", "e": "y"}
    scores = score(gold, found)
    assert (scores.items, scores.gold, scores.found, scores.missing) == (5, 2, 2, 0)
    assert scores.bcubed_precision == pytest.approx((1 + 1 + 1 / 3 + 2 / 3 + 2 / 3) / 5)
    assert scores.bcubed_recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1) / 5)
    assert (scores.pair_precision, scores.pair_recall, scores.pair_f1) == (0.5, 0.5, 0.5)
    # Of ten pairs four share a cluster and four a label, two both: (2 - 1.6) / (4 - 1.6).
    assert scores.adjusted_rand == pytest.approx(1 / 6)


def test_perfect_and_trivial() -> None:
    gold = {"a": 1, "b": 1, "c": 2}
    perfect = score(gold, {"a": 7, "b": 7, "c": 8})
    assert perfect.bcubed_f1 == perfect.pair_f1 == perfect.adjusted_rand == 1.0
    alone = score(gold, {"a": 1, "b": 2, "c": 3})
    assert (alone.bcubed_precision, alone.pair_precision, alone.pair_recall, alone.pair_f1) == (1.0, 1.0, 0.0, 0.0)
    assert alone.bcubed_recall == pytest.approx(2 / 3)
    one = score({"a": 1}, {"a": 1})
    assert one.bcubed_f1 == one.adjusted_rand == 1.0


def test_what_was_not_found_is_a_cluster_of_its_own() -> None:
    gold = {"a": 1, "b": 1, "c": 1}
    scores = score(gold, {"a": 1, "b": 1})
    assert (scores.missing, scores.found) == (1, 2)
    assert scores.bcubed_recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3) / 3)
    assert score(gold, {"a": "c", "b": "c"}) == scores


def test_what_is_not_labelled_does_not_count() -> None:
    assert score({"a": 1, "b": 2}, {"a": 1, "b": 2, "z": 1}) == score({"a": 1, "b": 2}, {"a": 1, "b": 2})


def test_without_labels_there_is_no_score() -> None:
    with pytest.raises(ValueError, match="no labels"):
        score({}, {"a": 1})


@given(CLUSTERINGS)
def test_the_definitions_written_out(pairs: list[tuple[int, int]]) -> None:
    gold, found = as_maps(pairs)
    scores = score(gold, found)
    cluster = {i: {j for j in gold if found[j] == found[i]} for i in gold}
    label = {i: {j for j in gold if gold[j] == gold[i]} for i in gold}
    assert scores.bcubed_precision == pytest.approx(
        sum(len(cluster[i] & label[i]) / len(cluster[i]) for i in gold) / len(gold)
    )
    assert scores.bcubed_recall == pytest.approx(
        sum(len(cluster[i] & label[i]) / len(label[i]) for i in gold) / len(gold)
    )
    together = {(i, j) for i, j in combinations(gold, 2) if found[i] == found[j]}
    same = {(i, j) for i, j in combinations(gold, 2) if gold[i] == gold[j]}
    assert scores.pair_precision == pytest.approx(len(together & same) / len(together) if together else 1.0)
    assert scores.pair_recall == pytest.approx(len(together & same) / len(same) if same else 1.0)


@given(CLUSTERINGS)
def test_exchanging_labels_and_clusters_exchanges_precision_and_recall(pairs: list[tuple[int, int]]) -> None:
    gold, found = as_maps(pairs)
    one, other = score(gold, found), score(found, gold)
    assert (one.bcubed_precision, one.bcubed_f1) == pytest.approx((other.bcubed_recall, other.bcubed_f1))
    assert (one.pair_precision, one.adjusted_rand) == pytest.approx((other.pair_recall, other.adjusted_rand))
    assert -0.5 - 1e-9 <= one.adjusted_rand <= 1.0 + 1e-9


@given(CLUSTERINGS)
def test_the_index_is_that_of_the_contingency_table(pairs: list[tuple[int, int]]) -> None:
    gold, found = as_maps(pairs)
    count = {(a, b): 0 for a in (False, True) for b in (False, True)}
    for i, j in combinations(gold, 2):
        count[gold[i] == gold[j], found[i] == found[j]] += 1
    both, neither = count[True, True], count[False, False]
    split, lumped = count[True, False], count[False, True]
    below = (both + split) * (split + neither) + (both + lumped) * (lumped + neither)
    expected = 2 * (both * neither - split * lumped) / below if below else 1.0
    assert score(gold, found).adjusted_rand == pytest.approx(expected)
