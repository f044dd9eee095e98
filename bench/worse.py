"""Worse input: a set of articles without its dates, with wrong ones, in another order, or cut short.

All that is random comes from `SEED`.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from datetime import timedelta

from dedup.intake.article import Article

SEED = 1
WORDS = 100
DAY = 86_400

Change = Callable[[Sequence[Article]], list[Article]]


def undated(given: Sequence[Article]) -> list[Article]:
    """The articles without their dates."""
    return [replace(one, published_at=None) for one in given]


def shifted(given: Sequence[Article]) -> list[Article]:
    """Each date up to a day earlier or later; the order of arrival stays."""
    rng = random.Random(SEED)
    shifts = [timedelta(seconds=rng.randint(-DAY, DAY)) for _ in given]
    return [
        replace(one, published_at=one.published_at + shift) if one.published_at else one
        for one, shift in zip(given, shifts, strict=True)
    ]


def shuffled(given: Sequence[Article]) -> list[Article]:
    """The articles of one day (UTC) change places among each other; undated ones keep theirs."""
    rng = random.Random(SEED)
    days: dict[Hashable, list[int]] = defaultdict(list)
    for place, one in enumerate(given):
        if one.published_at is not None:
            days[one.published_at.date()].append(place)
    changed = list(given)
    for places in days.values():
        for place, other in zip(places, rng.sample(places, len(places)), strict=True):
            changed[place] = given[other]
    return changed


def shortened(given: Sequence[Article]) -> list[Article]:
    """The first `WORDS` words of each body, with the lines they stand in."""
    words = re.compile(rf"\s*(?:\S+\s+){{0,{WORDS - 1}}}\S*")
    return [replace(one, body=kept[0]) for one in given if (kept := words.match(one.body))]
