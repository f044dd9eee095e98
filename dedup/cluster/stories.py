"""Which story does a text belong to? Decided by its fit to the story's distinct texts, all of them and the nearest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from dedup.cluster.model import Model
from dedup.index.window import Entry

# Of a long story these texts speak for it: the ones that opened it and the newest.
FIRST_VOICES = 4
NEWEST_VOICES = 12
# The time between two texts of which one is undated counts as this many days.
NEUTRAL_DAYS = 1.0
NEAR_MISSES = 2
# A near miss is worth a row of evidence when its probability is at least this share of the threshold.
NEAR = 0.2
# Stories whose nearest candidates are most like the text are looked at whole; so many are enough.
WEIGHED_STORIES = 5


class Fit(Protocol):
    """How a text fits a story.

    `means` and `bests` are the average and the greatest cosine over the voices of each of `dedup.sketch.terms.FIELDS`,
    0 to 1. `days` lie between the text and the voice nearest in time, None when that is not known.
    """

    @property
    def means(self) -> tuple[float, ...]:
        """Average cosine of each field."""

    @property
    def bests(self) -> tuple[float, ...]:
        """Greatest cosine of each field."""

    @property
    def days(self) -> float | None:
        """Days to the voice nearest in time."""


class StoryFit(NamedTuple):
    """A text's `Fit` to a story; `nearest` is the voice with the greatest cosine of the body, of equals the oldest."""

    story_id: int
    means: tuple[float, ...]
    bests: tuple[float, ...]
    nearest: Entry
    days: float | None


class Voice(NamedTuple):
    """The text compared with one text of a story: cosines of the weighted terms, each 0 to 1."""

    article_id: int
    body: float
    title: float
    lead: float


class StoryComparison(NamedTuple):
    """A text's `Fit` to a story of a few voices, given one by one."""

    story_id: int
    voices: tuple[Voice, ...]
    days: float | None

    @property
    def means(self) -> tuple[float, ...]:
        """Average cosine of each field."""
        return tuple(sum(cosines) / len(cosines) for cosines in self._cosines())

    @property
    def bests(self) -> tuple[float, ...]:
        """Greatest cosine of each field."""
        return tuple(map(max, self._cosines()))

    def _cosines(self) -> list[tuple[float, ...]]:
        return list(zip(*((voice.body, voice.title, voice.lead) for voice in self.voices), strict=True))


class Scored(NamedTuple):
    """A comparison and the probability, 0 to 1, that the text belongs to the story."""

    comparison: StoryFit
    probability: float


@dataclass(frozen=True, slots=True)
class StoryDecision:
    """`story` is the one to join, or None to open a new one; `near` are the best of the others, likeliest first."""

    story: Scored | None
    near: tuple[Scored, ...]


def features(fit: Fit) -> tuple[float, ...]:
    """What the model weighs, in the order of `dedup.cluster.model.FEATURES`.

    Of body, lead and title the mean of the average and the best cosine over the voices, as its square root; and the
    time between as ``log(1 + days)``.
    """
    (body, title, lead), (best_body, best_title, best_lead) = fit.means, fit.bests
    days = NEUTRAL_DAYS if fit.days is None else fit.days
    return (
        math.sqrt((body + best_body) / 2),
        math.sqrt((lead + best_lead) / 2),
        math.sqrt((title + best_title) / 2),
        math.log1p(days),
    )


def decide(candidates: Sequence[StoryFit], model: Model, threshold: float) -> StoryDecision:
    """The likeliest story if its probability reaches `threshold`; of equally likely ones the oldest."""
    scored = [Scored(candidate, model.probability(features(candidate))) for candidate in candidates]
    scored.sort(key=lambda s: (-s.probability, s.comparison.story_id))
    story = scored[0] if scored and scored[0].probability >= threshold else None
    near = [s for s in scored if s is not story and s.probability >= NEAR * threshold]
    return StoryDecision(story, tuple(near[:NEAR_MISSES]))
