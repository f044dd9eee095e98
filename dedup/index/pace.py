"""How many decisions make a day of the stream: an estimate of the time between two texts when one has no date."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from statistics import median_low

DAY = 86_400
# The dated articles among so many decisions tell the pace, which is found anew after so many.
DECISIONS = 4_096
STEP = 512
# Fewer dated ones tell nothing.
LEAST_DATED = 64
# Dates are let go of when so many are kept, whether or not the pace is asked for: that takes as long as finding it.
MOST_KEPT = DECISIONS + 2 * STEP
# No smaller share of undated articles counts: of a few the places in the order of decisions tell the time well.
LEAST_UNDATED = 0.05


class Pace:
    """The pace of the stream. A function of the dated articles decided lately and of nothing else."""

    def __init__(self, slowest: float) -> None:
        """`slowest` is the least pace of the undated articles and that of a stream without dates, in articles a day."""
        self._slowest = slowest
        # In the order of decisions, each at the place of its ordinal.
        self._ordinals: list[int] = []
        self._dates: list[int] = []
        self._known: tuple[int, float] | None = None

    def __len__(self) -> int:
        """How many dates are kept."""
        return len(self._dates)

    def add(self, ordinal: int, published: int | None) -> None:
        """Notes an article, the last so far: its place in the order of decisions, its date in seconds since 1970."""
        if published is not None:
            self._ordinals.append(ordinal)
            self._dates.append(published)
            if len(self._dates) > MOST_KEPT:
                old = bisect_left(self._ordinals, ordinal // STEP * STEP - DECISIONS)
                del self._ordinals[:old], self._dates[:old]

    def discard(self, ordinal: int) -> None:
        """Forgets an article that has a new version."""
        place = bisect_left(self._ordinals, ordinal)
        if self._ordinals[place : place + 1] == [ordinal]:
            del self._ordinals[place], self._dates[place]
            self._known = None

    def at(self, ordinal: int) -> float:
        """Decisions a day around this place, by the decisions before it; not lower than at its last step."""
        step = ordinal // STEP
        if self._known is None or self._known[0] != step:
            last = step * STEP
            start, end = (bisect_left(self._ordinals, edge) for edge in (last - DECISIONS, last))
            ordinals, dates = self._ordinals[start:end], self._dates[start:end]
            self._known = step, pace_of(ordinals, dates, least_pace(self._slowest, len(dates), min(last, DECISIONS)))
        return self._known[1]


def least_pace(undated: float, dated: int, decisions: int) -> float:
    """Decisions a day at least, where so many of so many `decisions` are dated and `undated` articles come a day.

    What comes between two undated articles and has a date does not take them further apart.
    """
    share = 1.0 - dated / decisions if decisions else 1.0
    return undated / max(share, LEAST_UNDATED)


def pace_of(ordinals: Sequence[int], dates: Sequence[int], slowest: float) -> float:
    """Decisions a day, between the middle of the first half of the articles and the middle of the second.

    `ordinals` ascend, `dates` are those of the articles there.
    """
    if len(dates) < LEAST_DATED:
        return slowest
    half = len(dates) // 2
    passed = median_low(ordinals[half:]) - median_low(ordinals[:half])
    days = abs(median_low(dates[half:]) - median_low(dates[:half])) / DAY
    # No more than a decision a second, so that a stream of one moment has a pace, too.
    return max(slowest, passed / max(days, passed / DAY))
