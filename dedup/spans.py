"""Spans: unbroken runs of numbers, by their first and last. Used by all stages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby


def spans(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of each run without a gap of ascending `numbers`, of which none comes twice."""
    for _, run in groupby(enumerate(numbers), lambda numbered: numbered[1] - numbered[0]):
        members = [number for _, number in run]
        yield members[0], members[-1]
