"""Spans: unbroken runs of numbers, by their first and last. Used by all stages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def spans(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of each run without a gap of ascending `numbers`, of which none comes twice."""
    remaining = iter(numbers)
    if (first := next(remaining, None)) is None:
        return
    last = first
    for number in remaining:
        if number != last + 1:
            yield first, last
            first = number
        last = number
    yield first, last
