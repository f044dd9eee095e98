"""Whether the texts of a story tell of one event or of two, and which go."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.kernel import chosen as kernel
from dedup.kernel.reference.arrays import SCALE
from dedup.kernel.reference.evidence import DAY, UNIT, Weights

from .texts import AT_ONCE, BODIES, KINDS, NO_BOUNDS, about


def test_two_clear_events_are_parted(made: Any) -> None:
    texts = made()
    for ordinal, event in enumerate([about(1, 2, 3, 4), about(5, 6, 7, 8), about(1, 2, 3, 9), about(5, 6, 7, 9)]):
        texts.add(ordinal, 1, 0, 0, event)
    parted = texts.part(1, about(1, 2, 3, 4), 4, 0, 0, BODIES, NO_BOUNDS)
    # Across, only texts 2 and 3 share a term, of 6 pairs.
    assert parted == (pytest.approx(-1 + 3 * 0.5 / 6 + AT_ONCE, abs=1e-4), [0, 2, 4], [1, 3])
    assert texts.part(1, about(5, 6, 7, 8), 4, 0, 0, BODIES, NO_BOUNDS)[1:] == ([0, 2], [1, 3, 4])
    # A limit below the evidence across keeps them together, and nothing has moved.
    assert texts.part(1, about(1, 2, 3, 4), 4, 0, 0, BODIES, (-math.inf, math.inf, -2.0, -2.0)) is None
    assert texts.texts_of(1) == [0, 1, 2, 3]


def test_what_was_looked_at_is_forgotten_with_its_texts(made: Any) -> None:
    """Other texts come to the places of those that are gone."""
    events = [about(1, 2, 3, 4), about(5, 6, 7, 8), about(1, 2, 3, 9), about(5, 6, 7, 9)]
    texts = made()
    for order in (events, events[::-1], [events[0], *events[:3]]):
        for ordinal, event in enumerate(order):
            texts.add(ordinal, 1, 0, 0, event)
        first, again = (texts.part(1, events[0], 4, 0, 0, BODIES, NO_BOUNDS) for _ in range(2))
        assert again == first
        parts = (
            ([0, 1, 3, 4], [2])
            if order[1] is events[0]
            else ([0, 2, 4], [1, 3])
            if order is events
            else ([0, 2], [1, 3, 4])
        )
        assert first[1:] == parts
        for ordinal in range(4):
            texts.discard(ordinal)
        texts.keep([])


TIMES = BODIES._replace(days=-1.5, pace=2.0)
# What is asked of a text, in any order, by any weights; it may then come as it was, come otherwise, or not at all.
STEPS = st.lists(
    st.tuples(
        st.lists(
            st.tuples(
                st.sampled_from("wpo"),
                st.sampled_from([BODIES, TIMES, TIMES._replace(pace=3.0), TIMES._replace(background=0.5)]),
            ),
            max_size=4,
        ),
        st.sampled_from(["comes", "comes", "comes", "differs", "stays away", "goes"]),
        st.lists(st.integers(1, 9), min_size=2, max_size=4, unique=True),
        st.integers(1, 2),
        st.sampled_from([True, True, False]),
    ),
    min_size=4,
    max_size=12,
)


@pytest.mark.skipif(not kernel.COMPILED, reason="the kernel was not built")
@settings(max_examples=150)
@given(steps=STEPS, last=st.integers(2, 4))
def test_what_is_kept_of_comparisons_decides_nothing(
    steps: list[tuple[list[tuple[str, Weights]], str, list[int], int, bool]], last: int
) -> None:
    """The kernel keeps what a text that is being decided, and then is one of others, has in common with them."""
    both: list[Any] = [kind(99 * DAY, 100, (1, last), (0, 1, 0)) for kind in KINDS]
    for ordinal, (asked, what, terms, story, dated) in enumerate(steps):
        vectors, there = about(*terms), [*range(ordinal)]
        place = ordinal, ordinal * DAY // 2 if dated else None, 900 * ordinal
        for ask, weights in asked:
            answers = []
            for texts in both:
                known = [number for number in there if number in texts]
                if ask == "w":
                    answers.append(texts.weigh(vectors, *place[:2], known, known, weights, (9, 9)))
                elif ask == "p":
                    answers.append(texts.part(story, vectors, *place, weights, NO_BOUNDS))
                else:
                    answers.append(texts.is_one((1, 2), vectors, *place, weights, NO_BOUNDS))
            assert answers[0] == answers[1]
        for texts in both:
            if what == "comes":
                texts.add(ordinal, story, *place[1:], vectors)
            elif what == "differs":
                texts.add(ordinal, story, *place[1:], about(*(10 - term for term in terms)))
            elif what == "goes" and ordinal - 1 in texts:
                texts.discard(ordinal - 1)
    for story in (1, 2):
        joining = story, about(1, 2, 9), len(steps), len(steps) * DAY // 2, 0
        for weights in (BODIES, TIMES):
            assert len({repr(texts.part(*joining, weights, NO_BOUNDS)) for texts in both}) == 1


def test_two_stories_are_one_where_they_would_not_be_parted(made: Any) -> None:
    texts = made(voices=(1, 3))
    for ordinal in range(9):
        texts.add(ordinal, ordinal % 3, 0, 0, about(1, 2, 3, 10 + ordinal) if ordinal % 3 else about(5, 6, 7, 8))
    last = about(1, 2, 3, 20), 9, 0, 0, BODIES, NO_BOUNDS
    assert texts.is_one((1, 2), *last) is texts.is_one((2, 1), *last) is True
    assert texts.is_one((1, 0), *last) is texts.is_one((0, 2), *last) is False
    assert texts.is_one((1, 1), *last) and texts.is_one((1, 77), *last) and texts.is_one((77, 2), *last)
    assert [texts.texts_of(story) for story in (0, 1, 2, 77)] == [[0, 3, 6], [1, 4, 7], [2, 5, 8], []]


def test_one_event_is_not_parted(made: Any) -> None:
    texts = made()
    for ordinal in range(3):
        texts.add(ordinal, 1, 0, 0, about(1, 2, 3, 10 + ordinal))
    assert texts.part(1, about(1, 2, 3, 20), 4, 0, 0, BODIES, NO_BOUNDS) is None


def test_two_texts_are_not_parted(made: Any) -> None:
    texts = made()
    texts.add(0, 1, 0, 0, about(1))
    assert texts.part(1, about(2), 4, 0, 0, BODIES, NO_BOUNDS) is None
    assert texts.part(2, about(2), 4, 0, 0, BODIES, NO_BOUNDS) is None


def test_a_story_told_without_a_pause_is_not_parted_by_its_age(made: Any) -> None:
    """Its first and last text are ten days apart, but where it is cut there is only one day between the parts."""
    steady, paused = made(), made()
    for ordinal, day in enumerate([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]):
        steady.add(ordinal, 1, day * DAY, 0, about(1))
    for ordinal, day in enumerate([0, 1, 10, 11]):
        paused.add(ordinal, 1, day * DAY, 0, about(1))
    assert steady.part(1, about(1), 20, 10 * DAY, 0, BODIES, NO_BOUNDS) is None
    assert paused.part(1, about(1), 20, 11 * DAY, 0, BODIES, NO_BOUNDS) == (2 - math.log1p(9), [0, 1], [2, 3, 20])


def test_texts_that_were_not_looked_at_follow_the_part_they_fit(made: Any) -> None:
    texts = made(voices=(1, 2), reach=DAY)
    one, other = about(1, 2), about(3, 4)
    for ordinal, event in enumerate([one, one, other, one, other]):
        texts.add(ordinal, 1, 0, 0, event)
    texts.add(5, 1, 9 * DAY, 0, one)
    # Looked at are 0, 4 and the one that joins; 5 cannot be compared and stays where it is.
    assert texts.part(1, other, 6, 0, 0, BODIES, NO_BOUNDS) == (-1.0 + AT_ONCE, [0, 1, 3], [2, 4, 6])
    # One that fits both equally well stays with the older part.
    texts.add(7, 1, 0, 0, about(9))
    texts.add(8, 1, 0, 0, other)
    assert texts.part(1, other, 9, 0, 0, BODIES, NO_BOUNDS) == (-1.0 + AT_ONCE, [0, 1, 3, 7], [2, 4, 8, 9])


def test_of_equally_bad_pairs_the_oldest_are_the_seeds(made: Any) -> None:
    texts = made()
    for ordinal in range(3):
        texts.add(ordinal, 1, 0, 0, about(ordinal))
    # All are strangers: 0 and 1 are the seeds; 2 leans to neither and stays with the older, as does the last.
    assert texts.part(1, about(7), 9, 0, 0, BODIES, NO_BOUNDS)[1:] == ([0, 2, 9], [1])


def test_the_evidence_of_a_pair_is_cut_to_the_bounds(made: Any) -> None:
    texts = made()
    terms = {1: about(1, 2, 3, 4), 2: about(1, 2, 3, 5), 3: about(6, 7, 8, 9)}
    for ordinal, event in enumerate([1, 2, 3]):
        texts.add(ordinal, 1, 0, 0, terms[event])
    joining = about(1, 7, 8, 9)
    assert texts.part(1, joining, 9, 0, 0, BODIES, (-9.0, 9.0, 9.0, 9.0))[1:] == ([0, 1], [2, 9])
    # Cut to nearly nothing, all pairs are equal, as if all were strangers.
    assert texts.part(1, joining, 9, 0, 0, BODIES, (-8.0, -8.0, 9.0, 9.0))[1:] == ([0, 2, 9], [1])


def test_a_single_text_leaves_for_better_reasons(made: Any) -> None:
    """Two parts of two texts are parted at the limit, one of them alone at its own."""
    texts = made()
    one, other = about(1, 2), about(2, 3)
    for ordinal in range(2):
        texts.add(ordinal, 1, 0, 0, one)
    across = -1.0 + 3.0 * math.sqrt(int(SCALE / math.sqrt(2)) ** 2 / UNIT) + AT_ONCE
    patient = NO_BOUNDS._replace(limit=across + 1, lone=across - 1)
    assert texts.part(1, other, 9, 0, 0, BODIES, patient) is None
    assert texts.part(1, other, 9, 0, 0, BODIES, patient._replace(lone=across + 1)) == (across, [0, 1], [9])
    texts.add(2, 1, 0, 0, other)
    assert texts.part(1, other, 9, 0, 0, BODIES, patient) == (across, [0, 1], [2, 9])
    assert texts.part(1, other, 9, 0, 0, BODIES, patient._replace(limit=across - 1, lone=across + 1)) is None
