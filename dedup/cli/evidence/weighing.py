"""Two texts as the story model sees them: what each kind of evidence weighs, and what would have been needed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dedup.cluster import model, stories
from dedup.index.window import seconds
from dedup.kernel.chosen import Texts
from dedup.kernel.reference.arrays import vector_of
from dedup.kernel.reference.evidence import StoryFit, Weights
from dedup.sketch.terms import BODY, NUMBERS, SCALE, TITLE, TermSketch

SHOWN_TERMS = 12
# More days than anybody asks for, as an exponent.
_FOREVER = 20.0


@dataclass(frozen=True, slots=True)
class Sketched:
    """A text with its place in the order of decisions."""

    ordinal: int
    published_at: datetime | None
    terms: TermSketch


@dataclass(frozen=True, slots=True)
class SharedTerm:
    """A term that two texts share: its hash, and its share of the likeness, 0 to 1."""

    number: int
    share: float


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of evidence.

    `value` is a likeness, 0 to 1, for ``weekday`` 1 where each text names another, for ``days`` how many lie between;
    `contribution` is what it adds to the log-odds.
    `at_threshold` is the value at which, all else the same, the two would just reach the threshold, or just still do;
    None where there is none. `terms` are those that weigh most in it, strongest first.
    """

    name: str
    value: float
    contribution: float
    at_threshold: float | None
    terms: tuple[SharedTerm, ...] = ()


@dataclass(frozen=True, slots=True)
class Weighing:
    """Two texts weighed as if the one were all of a story that the other might join.

    `log_odds` are `start` and the contributions of the `kinds` added up; `probability` and `threshold` lie between 0
    and 1. Where not `dated`, the days are a guess.
    """

    kinds: tuple[Kind, ...]
    start: float
    log_odds: float
    probability: float
    threshold: float
    dated: bool

    @property
    def fits(self) -> bool:
        """True for one event."""
        return self.probability >= self.threshold

    def __getitem__(self, name: str) -> Kind:
        """The kind of this name. Raises `KeyError`."""
        return {kind.name: kind for kind in self.kinds}[name]


def weigh(one: Sketched, other: Sketched, threshold: float, weights: Weights) -> Weighing:
    """Weighs two texts. Which comes first makes no difference."""
    texts = Texts(0, 0, stories.VOICES, stories.BACKGROUND)
    texts.add(other.ordinal, 0, seconds(other.published_at), other.terms.background, other.terms.vectors)
    mine = one.terms
    fit = StoryFit(
        *texts.fit(mine.vectors, one.ordinal, seconds(one.published_at), mine.background, [other.ordinal], weights)
    )
    return Weighing(
        kinds=tuple(_kinds(fit, one.terms, other.terms, weights, model.log_odds(threshold) - fit.log_odds)),
        start=weights.intercept,
        log_odds=fit.log_odds,
        probability=model.probability(fit.log_odds),
        threshold=threshold,
        dated=fit.dated,
    )


def vectors_of(sketch: TermSketch) -> list[dict[int, int]]:
    """The weights of each field by term."""
    return [vector_of(*vector) for vector in sketch.vectors]


def _kinds(fit: StoryFit, one: TermSketch, other: TermSketch, weights: Weights, lacking: float) -> Iterator[Kind]:
    """`lacking` are the log-odds to the threshold, negative where it is passed."""
    background = (one.background + other.background) / (2 * SCALE)
    body, title, cross, numbers, weekday = fit.likeness
    whole = body + weights.background * background
    mine, theirs = map(vectors_of, (one, other))
    both = [_products(mine[field], theirs[field]) for field in (BODY, TITLE, NUMBERS)]
    crossed = _added(_products(mine[TITLE], theirs[BODY]), _products(theirs[TITLE], mine[BODY]))
    for name, value, weight, products in (
        ("body", whole, weights.body, both[0]),
        ("title", title, weights.title, both[1]),
        ("cross", cross, weights.cross, crossed),
        ("numbers", numbers, weights.numbers, both[2]),
    ):
        yield Kind(name, value, weight * value, _needed(value, weight, lacking, 0.0, 1.0), _strongest(products))
    yield Kind("weekday", weekday, weights.weekday * weekday, None)
    weight, grown = weights.days, math.log1p(fit.days)
    needed = _needed(grown, weight, lacking, 0.0, _FOREVER)
    yield Kind("days", fit.days, weight * grown, None if needed is None else math.expm1(needed))
    weight = -weights.body * weights.background
    least = stories.NO_BACKGROUND / SCALE
    needed = _needed(background, weight, lacking, min(least, background), 1.0)
    yield Kind("background", background, weight * background, needed)


def _needed(value: float, weight: float, lacking: float, low: float, high: float) -> float | None:
    """The value from `low` to `high` that makes up for the log-odds `lacking`; None where none does."""
    if not weight:
        return None
    needed = value + lacking / weight
    return needed if low <= needed <= high else None


def _products(one: Mapping[int, int], other: Mapping[int, int]) -> dict[int, int]:
    """What each term adds to the dot product of two vectors."""
    return {number: weight * other[number] for number, weight in one.items() if number in other}


def _added(one: Mapping[int, int], other: Mapping[int, int]) -> dict[int, int]:
    return {number: one.get(number, 0) + other.get(number, 0) for number in {**one, **other}}


def _strongest(products: Mapping[int, int]) -> tuple[SharedTerm, ...]:
    total = sum(products.values())
    ranked: Sequence[int] = sorted(products, key=lambda number: (-products[number], number))
    return tuple(SharedTerm(number, products[number] / total) for number in ranked[:SHOWN_TERMS] if total)


def numbers_of(kinds: Iterable[Kind]) -> set[int]:
    """The hashes of all terms of `kinds`."""
    return {term.number for kind in kinds for term in kind.terms}
