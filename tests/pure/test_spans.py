"""Unbroken runs of numbers."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dedup.spans import spans


@given(st.sets(st.integers(min_value=-30, max_value=30)))
def test_spans_hold_the_numbers_and_have_gaps_between_them(numbers: set[int]) -> None:
    found = [*spans(sorted(numbers))]
    assert [number for first, last in found for number in range(first, last + 1)] == sorted(numbers)
    assert all(last + 1 < first for (_, last), (first, _) in pairwise(found))
