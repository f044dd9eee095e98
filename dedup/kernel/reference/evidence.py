"""The evidence that two texts report one event: what they have in common, and what that counts for.

A part of the definition in `dedup.kernel.reference`: the compiled kernel matches it bit for bit. Dot products and sums
of them are whole numbers; everything after them is IEEE 754 double arithmetic in the order written here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dedup.kernel.reference.arrays import SCALE, ascending, vector_of

FIELDS = 4
BODY, TITLE, NUMBERS, WEEKDAY = range(FIELDS)
# The dot product of two equal vectors.
UNIT = SCALE * SCALE
DAY = 86_400
# Hours within a day tell nothing about events, and many dates are but days.
LEAST_DAYS = 0.5
# Differences of moments are exact as float; no evidence is infinite or no number.
MOST_MOMENT = 1 << 52
MOST_WEIGHT = 1e9
LEAST_PACE = 1e-9

# Of two headlines of a series: fewer common words say nothing (a section name, a "Live:"); and the share of all their
# words that is common.
SHARED_WORDS = 3
LIKENESS = 0.6

# Terms with their weights, as bytes: ascending distinct uint32 hashes, and as many uint16.
Vector = tuple[bytes, bytes]
# Who published a text, a hash of 4 bytes or none, and the words of its headline, ascending distinct uint32 hashes.
Skeleton = tuple[bytes, bytes]
UNKNOWN: Skeleton = (b"", b"")


class Weights(NamedTuple):
    """What each kind of evidence counts for, in log-odds.

    `body`, `title`, `cross` and `numbers` weigh square roots of cosines, `weekday` weighs 1 where each text names
    another day of the week, `days` weighs ``log(1 + days)``. `background` is the share of the mean background of two
    texts that is taken off their likeness, 0 to 1. Where a date is missing, a day and one more for each `pace`
    decisions between count, at most `patience` days. `Texts` raises `ValueError` for a weight beyond `MOST_WEIGHT`, a
    negative `patience` and a `pace` below `LEAST_PACE`.
    """

    intercept: float
    body: float
    title: float
    cross: float
    numbers: float
    weekday: float
    days: float
    background: float
    pace: float
    patience: float = MOST_WEIGHT


class Bounds(NamedTuple):
    """The limits of a parting, in log-odds; see `Texts.part`.

    The evidence of a pair is cut to `floor` and `ceiling`. Parts with less than `limit` across are two events; where
    one of them is a single text, with less than `lone`.
    """

    floor: float
    ceiling: float
    limit: float
    lone: float


class Likeness(NamedTuple):
    """What two texts, or a text and a story, have in common: what `Weights` weighs.

    `body` is the square root of the cosine of all terms less the background; `title` and `numbers` are square roots of
    cosines, `cross` is that of the mean of both titles against the other's body. `weekday` is 1 where both texts name
    days of the week and have none in common, else 0.
    """

    body: float
    title: float
    cross: float
    numbers: float
    weekday: float


class StoryFit(NamedTuple):
    """How a text fits a story: `likeness` is half the mean over the story's voices and half the best voice's.

    `log_odds` that it belongs; `days` to the voice nearest in time, which are a guess from the order of decisions where
    `dated` is false; `nearest` is the ordinal of the best voice.
    """

    story: int
    log_odds: float
    likeness: Likeness
    days: float
    dated: bool
    nearest: int


@dataclass(slots=True)
class Text:
    """A text, its vectors as weights by hash; `story` is -1 for one that is in none."""

    ordinal: int
    story: int
    published: int | None
    background: int
    vectors: tuple[dict[int, int], ...]
    skeleton: Skeleton = UNKNOWN


def alike(one: bytes, other: bytes) -> bool:
    """True when two headlines, ascending hashes of their words, could be those of two issues of a series."""
    mine, theirs = set(ascending(one)), set(ascending(other))
    fewer, more = sorted((len(mine), len(theirs)))
    if fewer < SHARED_WORDS or fewer < LIKENESS * more:
        return False
    common = len(mine & theirs)
    return common >= SHARED_WORDS and common >= LIKENESS * (len(mine) + len(theirs) - common)


def checked_skeleton(given: Skeleton) -> Skeleton:
    """A publisher and a headline. Raises `ValueError` for what is none."""
    publisher, words = given
    if len(publisher) not in (0, 4):
        raise ValueError(f"a publisher is a hash of 4 bytes, not {len(publisher)}")
    ascending(words)
    return bytes(publisher), bytes(words)


def text_of(ordinal: int, story: int, published: int | None, background: int, vectors: Sequence[Vector]) -> Text:
    """A text out of its vectors. Raises `ValueError` for what is none."""
    if len(vectors) != FIELDS:
        raise ValueError(f"a text has {FIELDS} vectors, not {len(vectors)}")
    if not 0 <= background <= SCALE:
        raise ValueError(f"background must lie between 0 and {SCALE}, not {background}")
    check_place(ordinal, published)
    return Text(ordinal, story, published, background, tuple(vector_of(*vector) for vector in vectors))


def check_place(ordinal: int, published: int | None) -> None:
    """Raises `ValueError` for a place in the order of decisions, or a date, that is out of range."""
    if not 0 <= ordinal < 1 << 48:
        raise ValueError(f"ordinal must be below 2**48, not {ordinal}")
    if published is not None and abs(published) > MOST_MOMENT:
        raise ValueError(f"published must be at most 2**52, not {published}")


def check_weights(weights: Weights) -> None:
    """Raises `ValueError` for weights that are out of range."""
    *others, pace, patience = weights
    if not (all(abs(w) <= MOST_WEIGHT for w in others) and pace >= LEAST_PACE and 0.0 <= patience <= MOST_WEIGHT):
        raise ValueError("weights must lie between -1e9 and 1e9, pace at 1e-9 or above, patience at 0 or above")


def dot_of(one: dict[int, int], other: dict[int, int]) -> int:
    """The dot product of two sparse vectors. Their length is 1 or less, so that it is hardly above `UNIT`."""
    return sum(weight * other[h] for h, weight in one.items() if h in other)


def dot(hashes: bytes, weights: bytes, other_hashes: bytes, other_weights: bytes) -> int:
    """The dot product of two vectors in bytes. Raises `ValueError` for what is none."""
    return dot_of(vector_of(hashes, weights), vector_of(other_hashes, other_weights))


def likeness_of(one: Text, other: Text, weights: Weights) -> Likeness:
    """What two texts have in common; `story` and `skeleton` do not matter."""
    mine, theirs = one.vectors, other.vectors
    cross = dot_of(mine[TITLE], theirs[BODY]) + dot_of(theirs[TITLE], mine[BODY])
    background = (one.background + other.background) / (2 * SCALE)
    return Likeness(
        _root(dot_of(mine[BODY], theirs[BODY]), UNIT) - weights.background * background,
        _root(dot_of(mine[TITLE], theirs[TITLE]), UNIT),
        _root(cross, 2 * UNIT),
        _root(dot_of(mine[NUMBERS], theirs[NUMBERS]), UNIT),
        float(bool(mine[WEEKDAY] and theirs[WEEKDAY]) and mine[WEEKDAY].keys().isdisjoint(theirs[WEEKDAY])),
    )


def _root(dot: int, unit: int) -> float:
    return math.sqrt(min(1.0, dot / unit))


def content_of(likeness: Likeness, weights: Weights) -> float:
    """The log-odds of a likeness, without time."""
    return (
        weights.intercept
        + weights.body * likeness.body
        + weights.title * likeness.title
        + weights.cross * likeness.cross
        + weights.numbers * likeness.numbers
        + weights.weekday * likeness.weekday
    )


def gap_of(one: Text, other: Text, weights: Weights) -> tuple[bool, float]:
    """``(unknown, days apart)``; unknown gaps sort after all known ones."""
    if one.published is None or other.published is None:
        return True, min(weights.patience, 1.0 + abs(one.ordinal - other.ordinal) / weights.pace)
    return False, max(LEAST_DAYS, abs(one.published - other.published) / DAY)


def mean_of(values: Sequence[float]) -> float:
    """The mean, added up in order and rounded at each step, which Python's own `sum` no longer does; 0 for none."""
    total = 0.0
    for value in values:
        total += value
    return total / max(1, len(values))
