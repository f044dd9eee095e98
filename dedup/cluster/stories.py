"""Which story does a text belong to? Decided by its fit to the story's distinct texts, all of them and the nearest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dedup.cluster.model import Model

# Of a long story these texts speak for it: the ones that opened it and the newest.
FIRST_VOICES = 4
NEWEST_VOICES = 12
# The time between two texts of which one is undated counts as this many days.
NEUTRAL_DAYS = 1.0
NEAR_MISSES = 2
# A near miss is worth a row of evidence when its probability is at least this share of the threshold.
NEAR = 0.2
# Stories whose nearest candidates are most like the text are looked at whole; so many are enough.
WEIGHED_STORIES = 10

@dataclass(frozen=True, slots=True)
class Voice:
    """The text compared with one text of a story: cosines of the weighted terms, each 0 to 1."""

    article_id: int
    body: float
    title: float
    lead: float


@dataclass(frozen=True, slots=True)
class StoryComparison:
    """The text against a story. `days` lie between it and the story's nearest text, None when that is not known."""

    story_id: int
    voices: tuple[Voice, ...]
    days: float | None

    @property
    def nearest(self) -> Voice:
        """The text of the story that is most like it; of equals the first."""
        return max(self.voices, key=lambda voice: (voice.body, -voice.article_id))


@dataclass(frozen=True, slots=True)
class Scored:
    """A comparison and the probability, 0 to 1, that the text belongs to the story."""

    comparison: StoryComparison
    probability: float


@dataclass(frozen=True, slots=True)
class StoryDecision:
    """`story` is the one to join, or None to open a new one; `near` are the best of the others, likeliest first."""

    story: Scored | None
    near: tuple[Scored, ...]


def features(comparison: StoryComparison) -> tuple[float, ...]:
    """What the model weighs, in the order of `dedup.cluster.model.FEATURES`.

    Of body, lead and title the mean of the average and the best cosine over the voices, as its square root; and the
    time between as ``log(1 + days)``.
    """
    days = NEUTRAL_DAYS if comparison.days is None else comparison.days
    return (
        _fit([voice.body for voice in comparison.voices]),
        _fit([voice.lead for voice in comparison.voices]),
        _fit([voice.title for voice in comparison.voices]),
        math.log1p(days),
    )


def decide(candidates: Sequence[StoryComparison], model: Model, threshold: float) -> StoryDecision:
    """The likeliest story if its probability reaches `threshold`; of equally likely ones the oldest."""
    scored = [Scored(candidate, model.probability(features(candidate))) for candidate in candidates]
    scored.sort(key=lambda s: (-s.probability, s.comparison.story_id))
    story = scored[0] if scored and scored[0].probability >= threshold else None
    near = [s for s in scored if s is not story and s.probability >= NEAR * threshold]
    return StoryDecision(story, tuple(near[:NEAR_MISSES]))


def _fit(cosines: Sequence[float]) -> float:
    return math.sqrt((sum(cosines) / len(cosines) + max(cosines)) / 2)
