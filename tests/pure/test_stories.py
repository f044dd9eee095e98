"""Stories: the likeliest one, ties, days, and that more evidence never counts against."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.cluster.model import FEATURES, Model, published
from dedup.cluster.stories import NEAR_MISSES, NEUTRAL_DAYS, StoryComparison, StoryFit, Voice, decide, features
from dedup.index.window import Entry
from dedup.sketch.terms import FIELDS

THRESHOLD = 0.33
MODEL = published()


def story(
    number: int, means: tuple[float, ...], bests: tuple[float, ...] | None = None, days: float | None = 0.0
) -> StoryFit:
    text = Entry(10 * number, number, None, "en", number, True)
    return StoryFit(number, means, bests or means, text, days)


ALIKE, UNLIKE = (0.6, 0.5, 0.4), (0.01, 0.0, 0.0)


def probability(comparison: StoryFit) -> float:
    return MODEL.probability(features(comparison))


def test_the_features_are_those_of_the_model() -> None:
    made = features(story(1, (0.1, 0.2, 0.3), (0.5, 0.6, 0.7), 3.0))
    assert FEATURES[:4] == ("body", "lead", "title", "days")
    assert made[:4] == pytest.approx((math.sqrt(0.3), math.sqrt(0.5), math.sqrt(0.4), math.log(4)))
    assert len(made) == len(FEATURES) == len(MODEL.coefficients)
    assert FIELDS == ("body", "title", "lead")


def test_voices_one_by_one_fit_as_they_do_together() -> None:
    voices = (Voice(1, 0.2, 0.4, 0.6), Voice(2, 0.4, 0.0, 0.1))
    together = story(1, (0.3, 0.2, 0.35), (0.4, 0.4, 0.6), 2.0)
    assert features(StoryComparison(1, voices, 2.0)) == pytest.approx(features(together))


def test_the_likeliest_story_is_joined() -> None:
    far, near = story(1, (0.3, 0.2, 0.2)), story(2, ALIKE)
    for candidates in ([far, near], [near, far]):
        decision = decide(candidates, MODEL, THRESHOLD)
        assert decision.story is not None
        assert decision.story.comparison is near
        assert decision.story.probability == probability(near)
        assert [scored.comparison for scored in decision.near] == [far]


def test_of_equally_likely_stories_the_oldest() -> None:
    for order in ([7, 3, 5], [3, 5, 7]):
        decision = decide([story(number, ALIKE) for number in order], MODEL, THRESHOLD)
        assert decision.story is not None
        assert decision.story.comparison.story_id == 3
        assert [scored.comparison.story_id for scored in decision.near] == [5, 7]


def test_nothing_near_opens_a_story() -> None:
    decision = decide([story(number, UNLIKE) for number in range(5)], MODEL, THRESHOLD)
    assert decision.story is None
    assert decision.near == ()
    assert decide([], MODEL, THRESHOLD).story is None


def test_near_misses_are_few() -> None:
    almost = [story(number, (0.1, 0.1, 0.1)) for number in range(6)]
    assert 0.2 * THRESHOLD < probability(almost[0]) < THRESHOLD
    decision = decide(almost, MODEL, THRESHOLD)
    assert decision.story is None
    assert [scored.comparison.story_id for scored in decision.near] == list(range(NEAR_MISSES))


def test_the_threshold_is_reached_not_passed() -> None:
    at = probability(story(1, (0.2, 0.2, 0.2)))
    assert decide([story(1, (0.2, 0.2, 0.2))], MODEL, at).story is not None
    assert decide([story(1, (0.2, 0.2, 0.2))], MODEL, math.nextafter(at, 1)).story is None


def test_unknown_days_are_neutral() -> None:
    unknown = story(1, ALIKE, days=None)
    assert features(unknown) == features(story(1, ALIKE, days=NEUTRAL_DAYS))
    assert probability(story(1, ALIKE, days=0.0)) > probability(unknown) > probability(story(1, ALIKE, days=9.0))


cosines = st.tuples(*[st.floats(0, 1)] * len(FIELDS))


@given(means=cosines, bests=cosines, field=st.integers(0, len(FIELDS) - 1), more=st.floats(0, 1), days=st.floats(0, 30))
def test_more_shared_evidence_never_lowers_the_probability(
    means: tuple[float, ...], bests: tuple[float, ...], field: int, more: float, days: float
) -> None:
    before = probability(story(1, means, bests, days))
    for changed in (means, bests):
        raised = tuple(max(value, more) if place == field else value for place, value in enumerate(changed))
        pair = (raised, bests) if changed is means else (means, raised)
        assert probability(story(1, *pair, days)) >= before


@given(means=cosines, days=st.floats(0, 30), longer=st.floats(0, 30))
def test_more_days_never_raise_the_probability(means: tuple[float, ...], days: float, longer: float) -> None:
    assert probability(story(1, means, days=days + longer)) <= probability(story(1, means, days=days))


def test_a_probability_has_bounds() -> None:
    assert replace(MODEL, intercept=1e9).probability([0.0] * len(FEATURES)) == pytest.approx(1.0)
    assert 0 <= Model(-1e9, MODEL.coefficients).probability([1.0] * len(FEATURES)) < 1e-9
