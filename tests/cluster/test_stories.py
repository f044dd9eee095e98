"""Stories: the likeliest one, ties, near misses, and which part leaves when a story falls into two."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup.cluster.model import log_odds, probability, published
from dedup.cluster.stories import (
    ALONE,
    BACKGROUND,
    ISSUES,
    LEAST_LIKENESS,
    NEAR,
    NEAR_MISSES,
    NO_BACKGROUND,
    ONE_TERM,
    STORIES_SEEN,
    VOICES,
    Parting,
    StoryDecision,
    decide,
    least_log_odds,
    measures,
    part,
)
from dedup.kernel.chosen import Texts
from dedup.kernel.reference.chance import Common
from dedup.kernel.reference.evidence import UNIT
from dedup.kernel.reference.meeting import CHANCE, ISSUE, SILENT, Weighed
from dedup.kernel.reference.meeting import NEAR as NO_REASON
from dedup.sketch.terms import SCALE

THRESHOLD = 0.4
SURE, LIKELY = log_odds(0.9), log_odds(0.6)
ALMOST, FAR = log_odds(0.3), log_odds(0.01)


def weighed(story: int, log_odds: float, apart: int = NO_REASON) -> Weighed:
    return Weighed(story, log_odds, 1.0, 10 * story, apart, 100 + story, bytes([story, 0, 0, 0]))


def fits(*log_odds: float, apart: Mapping[int, int] | None = None) -> list[Weighed]:
    """Fits to the stories 0, 1, 2, ..., of which some are `apart`."""
    return [weighed(story, value, (apart or {}).get(story, NO_REASON)) for story, value in enumerate(log_odds)]


def near(decision: StoryDecision) -> list[int]:
    return [scored.story_id for scored in decision.near]


def test_the_likeliest_story_is_joined() -> None:
    decision = decide(fits(SURE, LIKELY, FAR), THRESHOLD)
    assert decision.story is not None
    assert decision.story.story_id == 0
    assert decision.story.probability == probability(SURE)
    assert (decision.story.article_id, decision.story.shared) == (100, bytes(4))
    assert near(decision) == [1]
    assert decision.near[0].probability == probability(LIKELY)
    assert decision.parting is decision.refused is None


def test_of_equally_likely_stories_the_first_is_joined() -> None:
    decision = decide([weighed(number, SURE) for number in (3, 5, 7)], THRESHOLD)
    assert decision.story is not None
    assert decision.story.story_id == 3
    assert near(decision) == [5, 7]


def test_nothing_near_opens_a_story() -> None:
    assert decide(fits(FAR, FAR), THRESHOLD) == ALONE
    assert decide([], THRESHOLD) == ALONE


def test_near_misses_are_few() -> None:
    opened = decide(fits(*[ALMOST] * 6), THRESHOLD)
    assert opened.story is None
    assert near(opened) == list(range(NEAR_MISSES))
    joined = decide(fits(LIKELY, *[ALMOST] * 6), THRESHOLD)
    assert joined.story is not None
    assert near(joined) == list(range(1, 1 + NEAR_MISSES))


def test_a_near_miss_has_its_share_of_the_threshold() -> None:
    least = log_odds(NEAR * THRESHOLD)
    assert near(decide(fits(least, math.nextafter(least, -math.inf)), THRESHOLD)) == [0]
    assert near(decide(fits(LIKELY, least, math.nextafter(least, -math.inf)), THRESHOLD)) == [1]


def test_the_threshold_is_reached_not_passed() -> None:
    at = probability(LIKELY)
    assert decide(fits(LIKELY), at).story is not None
    missed = decide(fits(LIKELY), math.nextafter(at, 1))
    assert missed.story is None
    assert near(missed) == [0]


@pytest.mark.parametrize("why", [ISSUE, CHANCE])
def test_what_is_apart_neither_joins_nor_comes_near(why: int) -> None:
    decision = decide(fits(SURE, LIKELY, LIKELY, ALMOST, ALMOST, apart={0: why, 2: why}), THRESHOLD)
    assert decision.story is not None
    assert decision.story.story_id == 1
    assert near(decision) == [3, 4]
    kept = [(0, probability(SURE), 100), (2, probability(LIKELY), 102)]
    issues = [passed_over[:3] for passed_over in decision.issues]
    assert issues == (kept if why == ISSUE else [])
    # Of those with a single term in common the likeliest is told.
    assert (decision.chance and decision.chance[:3]) == (kept[0] if why == CHANCE else None)
    alone = decide(fits(SURE, apart={0: why}), THRESHOLD)
    assert alone == ALONE._replace(issues=alone.issues, chance=alone.chance)
    assert near(decide(fits(SURE, ALMOST, apart={0: why}), THRESHOLD)) == [1]


def test_no_more_than_some_issues_are_told_of() -> None:
    decision = decide(fits(*[SURE] * 5, apart=dict.fromkeys(range(5), ISSUE)), THRESHOLD)
    assert [passed_over.story_id for passed_over in decision.issues] == [*range(ISSUES)]


def test_where_headlines_say_nothing_of_each_other_it_is_asked_for_the_lines_of_a_page() -> None:
    asked: list[int] = []

    def is_one_page(article_id: int) -> bool:
        asked.append(article_id)
        return article_id == 100

    given_fits = fits(SURE, LIKELY, LIKELY, ALMOST, apart={0: SILENT, 2: SILENT})
    decision = decide(given_fits, THRESHOLD, is_one_page)
    assert decision.story is not None
    assert decision.story.story_id == 1
    assert near(decision) == [2, 3]
    assert asked == [100, 102]
    assert (decision.issues, decision.chance) == ((), None)


def test_only_stories_that_could_be_shown_are_asked_for() -> None:
    asked: list[int] = []

    def is_one_page(article_id: int) -> bool:
        asked.append(article_id)
        return False

    silent = dict.fromkeys(range(6), SILENT)
    decide(fits(SURE, LIKELY, ALMOST, ALMOST, ALMOST, FAR, apart=silent), THRESHOLD, is_one_page)
    assert asked == list(range(100, 101 + NEAR_MISSES))


def test_fits_may_be_plain_tuples_as_the_compiled_kernel_gives_them() -> None:
    given = fits(SURE, LIKELY, ALMOST, FAR)
    decision = decide([tuple(one) for one in given], THRESHOLD)  # type: ignore[misc]
    assert decision == decide(given, THRESHOLD)
    assert decision.story is not None


@given(
    values=st.lists(st.floats(-9, 9), max_size=12),
    threshold=st.floats(0.01, 0.99),
    series=st.sets(st.integers(0, 11)),
)
@example(values=[0.0, 0.0, 0.0, 0.0], threshold=0.75, series={0, 3})
def test_a_decision_is_of_the_best_that_are_no_series(values: list[float], threshold: float, series: set[int]) -> None:
    given_fits = fits(*sorted(values, reverse=True), apart=dict.fromkeys(series, ISSUE))
    decision = decide(given_fits, threshold)
    events = [found for found in given_fits if found.story_id not in series]
    joins = bool(events) and probability(events[0].log_odds) >= threshold
    assert (decision.story is not None) == joins
    shown = [*([decision.story] if decision.story else []), *decision.near]
    told = [(event.story_id, probability(event.log_odds)) for event in events[: len(shown)]]
    assert [(scored.story_id, scored.probability) for scored in shown] == told
    assert len(decision.near) <= NEAR_MISSES
    assert all(event.log_odds >= least_log_odds(threshold) for event in events[: len(shown)])
    # What is less likely than that need not be given.
    likely = [found for found in given_fits if found.log_odds >= least_log_odds(threshold)]
    assert decide(likely, threshold) == decision
    # Nor what comes behind as many that are no series as are told of, besides the one that is joined.
    enough = measures(threshold, "en").enough + joins
    if len(events) >= enough:
        assert decide(given_fits[: given_fits.index(events[enough - 1]) + 1], threshold) == decision


@pytest.mark.parametrize(
    ("whole", "rest", "headlines", "terms", "one"),
    [
        (0.05, 0.02, 0.5, 50, True),
        (0.05, 0.02, 0.5, 5, True),
        (0.05, 0.03, 0.5, 50, False),
        (0.5, 0.19, 0.5, 50, True),
        (0.5, 0.19, 0.5, 5, False),
        (0.5, 0.21, 0.5, 50, False),
        (0.2, 0.09, 0.01, 50, True),
        (0.2, 0.09, 0.01, 5, False),
        (0.2, 0.09, 0.03, 50, False),
        (0.2, 0.11, 0.0, 50, False),
        (0.0, 0.0, 0.0, 0, True),
    ],
)
def test_all_that_is_in_common_may_be_one_term(
    whole: float, rest: float, headlines: float, terms: int, one: bool
) -> None:
    """Of dated texts; where nobody knows the days between, only what is left without the term counts."""
    in_bodies, across = [int(number * UNIT) for number in (whole, rest)], int(headlines * UNIT)
    common = Common(*in_bodies, across, in_bodies[0], in_bodies[1], UNIT, terms)
    assert ONE_TERM.is_all(common, dated=True) is one
    assert ONE_TERM.is_all(common, dated=False) is (rest < 0.028)


@pytest.mark.parametrize(
    ("words", "other_words", "named", "terms", "chance"),
    [
        (0.13, 0.05, 0.15, 50, True),
        (0.14, 0.05, 0.15, 50, False),
        (0.13, 0.05, 0.17, 50, False),
        (0.13, 0.02, 0.17, 50, True),
        (0.13, 0.02, 0.0, 5, False),
    ],
)
def test_all_that_is_in_common_may_be_numbers(
    words: float, other_words: float, named: float, terms: int, chance: bool
) -> None:
    bodies, rest, *others = (int(number * UNIT) for number in (0.2, 0.15, words, other_words, named))
    for dated in (True, False):
        assert ONE_TERM.is_all(Common(bodies, rest, UNIT, *others, terms), dated=dated) is chance


def parting_of(one: list[int], other: list[int], unseen: list[int] | None = None) -> tuple[set[int], set[int]]:
    """Who stays and who leaves, the unseen among them; without `unseen` nobody may ask for them."""
    asked: list[int] = []

    def ask() -> list[int]:
        assert unseen is not None
        asked.extend(unseen)
        return unseen

    parting = part(one, other, ask, -1.0, 0.5)
    stay, leave = set(parting.stay), set(parting.leave)
    assert len(parting.stay) == len(stay)
    assert len(parting.leave) == len(leave)
    assert stay | leave == {*one, *other, *asked}
    return stay | (set(unseen or ()) - leave), leave


def test_the_larger_part_stays() -> None:
    larger, younger = [1, 2, 7], [3, 4]
    assert parting_of(larger, younger) == parting_of(younger, larger) == ({1, 2, 7}, {3, 4})
    older, larger = [1, 2], [3, 4, 5]
    assert parting_of(older, larger, []) == parting_of(larger, older, []) == ({3, 4, 5}, {1, 2})


def test_of_equally_large_parts_the_older_stays() -> None:
    older, younger = [2, 9], [3, 4]
    assert parting_of(older, younger) == parting_of(younger, older) == ({2, 9}, {3, 4})


def test_unseen_texts_count_and_stay_with_the_oldest() -> None:
    younger, older = [10, 11, 12], [5, 20]
    assert parting_of(younger, older, []) == ({10, 11, 12}, {5, 20})
    assert parting_of(younger, older, [1]) == ({1, 5, 20}, {10, 11, 12})
    assert parting_of([*younger, 13], older, [1]) == ({10, 11, 12, 13}, {1, 5, 20})


def test_a_parting_tells_what_was_likely_and_what_was_needed() -> None:
    parting = part([1, 2], [3], list, log_odds(0.25), log_odds(0.6))
    assert parting.probability == pytest.approx(0.25)
    assert parting.threshold == pytest.approx(0.6)


@given(
    one=st.sets(st.integers(0, 49).map(lambda half: 2 * half), min_size=1),
    other=st.sets(st.integers(0, 49).map(lambda half: 2 * half + 1), min_size=1),
    unseen=st.sets(st.integers(100, 199)),
)
def test_a_parting_loses_nobody_whoever_is_named_first(one: set[int], other: set[int], unseen: set[int]) -> None:
    first, second, far = sorted(one), sorted(other), sorted(unseen)
    stay, leave = parting_of(first, second, far)
    assert parting_of(second, first, far) == (stay, leave)
    assert stay | leave == one | other | unseen
    assert len(stay) >= len(leave) > 0
    with_the_oldest = unseen | min(one, other, key=min)
    assert with_the_oldest in (stay, leave)


def test_the_rules_are_ones_that_texts_can_be_made_with() -> None:
    assert len(Texts(86_400, 10, VOICES, BACKGROUND)) == 0
    assert BACKGROUND[0] + BACKGROUND[1] <= STORIES_SEEN
    assert round(math.sqrt(LEAST_LIKENESS) * SCALE) == NO_BACKGROUND
    nothing, weights = [(b"", b"")] * 4, published().weights
    assert Texts(86_400, 10, VOICES, BACKGROUND).weigh(nothing, 1, 0, [], [], weights, (50, 8)) == (NO_BACKGROUND, [])
    assert part([1], [2, 3], list, 0.0, 0.0) == Parting((2, 3), (1,), 0.5, 0.5)
