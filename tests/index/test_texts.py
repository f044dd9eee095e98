"""The texts of the window: their stories, who speaks for one, and the evidence that texts report one event."""

from __future__ import annotations

import math
import struct
from typing import Any

import pytest

from dedup.kernel.reference.arrays import SCALE
from dedup.kernel.reference.evidence import DAY, UNIT, Likeness, StoryFit, Weights

from .texts import AT_ONCE, BODIES, EMPTY, about, alike, vector


def test_texts_are_in_stories(made: Any) -> None:
    texts = made()
    for ordinal, story in ((5, 1), (7, 1), (3, 1), (4, 2)):
        texts.add(ordinal, story, None, 0, about(1))
    assert texts.texts_of(1) == [3, 5, 7]
    assert (texts.story_of(4), len(texts), 4 in texts, 6 in texts) == (2, 4, True, False)
    texts.move([4, 3], 8)
    assert (texts.texts_of(8), texts.texts_of(1), texts.texts_of(2)) == ([3, 4], [5, 7], [])
    texts.discard(5)
    texts.discard(5)
    texts.keep([3, 7, 3])
    assert [texts.texts_of(story) for story in (1, 2, 8)] == [[7], [], [3]]
    with pytest.raises(KeyError):
        texts.move([7, 4], 9)
    texts.keep([7, 3, 4])
    assert (texts.texts_of(1), len(texts)) == ([7], 2)
    with pytest.raises(ValueError, match="must be new"):
        texts.add(7, 1, None, 0, about(1))
    texts.add(4, 1, None, 0, about(1))
    assert texts.texts_of(1) == [4, 7]


def test_the_first_and_the_newest_texts_speak_for_a_story(made: Any) -> None:
    texts = made(voices=(2, 3))
    for ordinal in range(5):
        texts.add(ordinal, 1, 0, 0, about(1))
    assert texts.voices(1, 9, 0) == [0, 1, 2, 3, 4]
    texts.add(5, 1, 0, 0, about(1))
    assert texts.voices(1, 9, 0) == [0, 1, 3, 4, 5]
    assert texts.voices(2, 9, 0) == []


def test_dated_texts_compare_by_date_and_others_by_the_order_of_decisions(made: Any) -> None:
    texts = made(reach=3 * DAY, arrivals=10)
    for ordinal, published in ((0, 0), (1, 5 * DAY), (20, 6 * DAY), (30, None), (31, 9 * DAY)):
        texts.add(ordinal, 1, published, 0, about(1))
    assert texts.voices(1, 35, 3 * DAY) == [0, 1, 20, 30]
    assert texts.voices(1, 999, 3 * DAY) == [0, 1, 20]
    assert texts.voices(1, 11, None) == [1, 20]
    assert texts.voices(1, 40, None) == [30, 31]


def test_likeness_of_two_texts(made: Any) -> None:
    texts = made()
    texts.add(0, 1, 0, SCALE, [vector({1: SCALE}), vector({2: SCALE // 2, 3: 9}), vector({4: SCALE}), vector({6: 1})])
    query = [
        vector({1: SCALE // 4, 2: SCALE}),
        vector({2: SCALE, 1: SCALE // 2}),
        vector({4: SCALE // 9, 1: 5}),
        vector({5: SCALE}),
    ]
    weights = Weights(1.0, 2.0, 3.0, 4.0, 5.0, -0.5, 0.0, 0.3, math.inf)
    fit = StoryFit(*texts.fit(query, 1, 0, 0, [0], weights))
    body, title, cross, numbers, weekday = fit.likeness
    # Both texts have a background, of 0 and 1: half of it on average, of which 0.3 are taken off.
    assert body == pytest.approx(math.sqrt(1 / 4) - 0.3 * 0.5, abs=1e-4)
    assert title == pytest.approx(math.sqrt(1 / 2), abs=1e-4)
    # The other title with this body 1/2, this title with the other body 1/2.
    assert cross == pytest.approx(math.sqrt((1 / 2 + 1 / 2) / 2), abs=1e-4)
    assert numbers == pytest.approx(1 / 3, abs=1e-4)
    assert weekday == 1.0
    assert fit.log_odds == pytest.approx(1 + 2 * body + 3 * title + 4 * cross + 5 * numbers - 0.5 * weekday)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((), (), 0),
        ((1,), (), 0),
        ((), (4,), 0),
        ((1,), (1,), 0),
        ((1,), (4,), 1),
        ((0, 4), (1, 4), 0),
        ((0, 5), (3,), 1),
    ],
)
def test_weekdays_count_where_both_name_some_and_none_in_common(
    made: Any, one: tuple[int, ...], other: tuple[int, ...], expected: int
) -> None:
    # The numbers of days are as good as terms of other fields, which must not be taken for them.
    many = vector(dict.fromkeys(range(7), 9))
    texts = made()
    texts.add(0, 1, 0, 0, [many, many, many, vector(dict.fromkeys(one, 0))])
    fit = StoryFit(*texts.fit([many, many, many, vector(dict.fromkeys(other, SCALE))], 1, 0, 0, [0], BODIES))
    assert Likeness(*fit.likeness).weekday == expected


def test_an_issue_is_told_by_publisher_headline_and_day(made: Any) -> None:
    texts = made(voices=(1, 2))
    levels = struct.pack("<I", 7), struct.pack("<5I", 1, 2, 3, 4, 5)
    texts.add(0, 1, 5 * DAY, 0, about(1), levels)
    assert texts.is_issue(1, 9, 6 * DAY, levels)
    assert texts.is_issue(1, 9, 5 * DAY - 1, levels)
    assert not texts.is_issue(1, 9, 6 * DAY - 1, levels), "the same day"
    assert not texts.is_issue(1, 9, None, levels), "without dates nothing tells two issues apart"
    assert not texts.is_issue(2, 9, 6 * DAY, levels), "a story of which nothing is here"
    for words, same in (((1, 2, 3), True), ((1, 2), False), ((1, 2, 3, 8), False), ((1, 2, 3, 4, 5, 6, 7, 8), True)):
        assert texts.is_issue(1, 9, 6 * DAY, (levels[0], struct.pack(f"<{len(words)}I", *words))) is same
    assert not texts.is_issue(1, 9, 6 * DAY, (struct.pack("<I", 8), levels[1])), "another publisher"
    assert not texts.is_issue(1, 9, 6 * DAY, (b"", levels[1]))
    # Whoever does not speak for the story is not asked.
    for ordinal in (1, 2, 3):
        texts.add(ordinal, 1, 6 * DAY, 0, about(1), levels if ordinal == 1 else (b"", b""))
    assert not texts.is_issue(1, 9, 5 * DAY, levels)
    texts.discard(3)
    assert texts.is_issue(1, 9, 5 * DAY, levels)
    texts.move([0, 1], 2)
    texts.keep([0, 1, 2])
    assert [texts.is_issue(story, 9, 5 * DAY, levels) for story in (1, 2)] == [False, True]


def test_a_cosine_is_at_most_1(made: Any) -> None:
    """Even of 70,000 terms, all as heavy as can be, the products of which exceed 32 bits, and their sum 2**48."""
    texts = made()
    many = vector(dict.fromkeys(range(70_000), SCALE))
    texts.add(0, 1, 0, 0, [many, many, many, many])
    assert texts.fit([many, many, many, many], 1, 0, 0, [0], BODIES)[2] == (1.0, 1.0, 1.0, 1.0, 0.0)


def test_terms_that_meet_in_a_hash_table(made: Any) -> None:
    """Hashes that are equal in their low bits, in their high bits, and in a row."""
    terms = {h: h % 97 + 1 for h in [*range(60), *(i << 22 for i in range(1, 60)), *(i << 16 for i in range(1, 60))]}
    expected = math.sqrt(sum(weight * weight for weight in terms.values()) / UNIT)
    texts = made()
    for ordinal in range(2):
        texts.add(ordinal, 1, 0, 0, [vector(terms), EMPTY, EMPTY, EMPTY])
    fit = StoryFit(*texts.fit([vector(terms), EMPTY, EMPTY, EMPTY], 9, 0, 0, [0], BODIES))
    assert Likeness(*fit.likeness).body == expected
    parted = texts.part(1, [vector(terms), EMPTY, EMPTY, EMPTY], 9, 0, 0, BODIES, (-9.0, 9.0, 99.0, 99.0))
    assert parted[0] == pytest.approx(-1.0 + 3.0 * expected + AT_ONCE)


def test_terms_are_found_wherever_they_stand_in_a_long_text(made: Any) -> None:
    texts = made()
    terms = [number * 2_654_435_761 % 2**32 for number in range(1, 1_101)]
    texts.add(0, 1, 0, 0, about(*terms))
    for shared in ([terms[0]], [terms[1_099]], terms[250:260], terms[510:770], terms):
        query = about(*shared, 7, 8, 9)
        body = StoryFit(*texts.fit(query, 1, 0, 0, [0], BODIES)).likeness[0]
        cosine = len(shared) / math.sqrt(len(terms) * (len(shared) + 3))
        assert body == pytest.approx(math.sqrt(cosine), rel=0.02)


def test_a_story_fits_by_its_mean_and_its_best_voice(made: Any) -> None:
    texts = made()
    texts.add(0, 7, 0, 0, alike(0.0))
    texts.add(1, 7, 2 * DAY, 0, alike(1.0))
    texts.add(2, 7, 5 * DAY, 0, alike(1.0))
    fit = StoryFit(*texts.fit(alike(1.0), 9, 4 * DAY, 0, [0, 2, 1], BODIES))
    assert fit.story == 7
    assert Likeness(*fit.likeness).body == pytest.approx((2 / 3 + 1) / 2)
    # Two are equally near in content: the first one given. The nearest in time is another matter.
    assert (fit.nearest, fit.days, fit.dated) == (2, 1.0, True)
    assert fit.log_odds == pytest.approx(-1 + 3 * (2 / 3 + 1) / 2 - math.log(2))


def test_the_gap_to_a_text_without_a_date_is_guessed(made: Any) -> None:
    texts = made()
    texts.add(10, 7, None, 0, alike(1.0))
    texts.add(60, 7, 9 * DAY, 0, alike(1.0))
    pace = BODIES._replace(pace=50.0)

    def gap(ordinal: int, published: int | None, others: list[int], weights: Weights) -> tuple[float, bool]:
        fit = StoryFit(*texts.fit(alike(1.0), ordinal, published, 0, others, weights))
        return fit.days, fit.dated

    assert gap(60, 0, [10], pace) == (2.0, False)
    assert gap(60, 0, [10], BODIES) == (1.0, False)
    assert gap(60, None, [10, 60], pace) == (1.0, False)
    # A known gap counts before any guess, however large it is.
    assert gap(60, 0, [10, 60], pace) == (9.0, True)
    # Patience is the most that a guess counts, even less than a day, and nothing to a known gap.
    for patience, expected in ((9.0, 2.0), (1.5, 1.5), (0.25, 0.25), (0.0, 0.0)):
        patient = pace._replace(patience=patience)
        assert gap(60, 0, [10], patient) == (expected, False)
        assert gap(60, 0, [10, 60], patient) == (9.0, True)


def test_texts_of_one_day_are_half_a_day_apart(made: Any) -> None:
    texts = made()
    texts.add(0, 7, 5 * DAY, 0, alike(1.0))
    half = DAY // 2
    for apart, days in ((0, 0.5), (1, 0.5), (half, 0.5), (half + DAY // 10, 0.6), (DAY, 1.0)):
        for published in (5 * DAY - apart, 5 * DAY + apart):
            fit = StoryFit(*texts.fit(alike(1.0), 9, published, 0, [0], BODIES))
            assert (fit.days, fit.dated) == (days, True)
            assert fit.log_odds == pytest.approx(2 - math.log1p(days))


def test_the_terms_that_add_most_come_first(made: Any) -> None:
    texts = made()
    texts.add(0, 1, 0, 0, [vector({1: 2, 5: 3}), vector({5: 1, 6: 2, 9: 3, 12: 6}), EMPTY, EMPTY])
    query = vector({1: 9, 5: 6, 9: 2, 12: 1})
    assert texts.shared(query, 0, 1, 9) == struct.pack("<3I", 5, 9, 12)
    assert texts.shared(query, 0, 0, 1) == struct.pack("<I", 1)
    assert texts.shared(EMPTY, 0, 1, 9) == texts.shared(query, 0, 1, 0) == texts.shared(query, 0, 2, 9) == b""
    with pytest.raises(IndexError, match="there is no field 4"):
        texts.shared(query, 0, 4, 1)
    with pytest.raises(KeyError):
        texts.shared(query, 1, 3, 1)
    with pytest.raises(ValueError, match="must not be negative"):
        texts.shared(query, 0, 0, -1)


def test_what_two_texts_have_in_common(made: Any) -> None:
    texts = made()
    texts.add(0, 1, 0, 0, [vector({1: 2, 2: 3, 3: 5, 4: 9}), vector({2: 7, 3: 4}), EMPTY, EMPTY])
    mine = [vector({1: 10, 2: 10, 3: 10}), vector({3: 100, 8: 9}), vector({3: 1, 8: 1}), EMPTY]
    # The number 3 adds most to the bodies and all that my headline shares with the other body.
    assert tuple(texts.common(mine, 0, b"")) == (20 + 30 + 50, 20 + 30, 70, 20 + 30, 20, 70, 3)
    # The names of days are left out as the numbers are, where both bodies have them.
    days = struct.pack("<3I", 2, 4, 8)
    assert tuple(texts.common(mine, 0, days)) == (100, 50, 70, 20, 0, 0, 3)
    # No numbers: without its first word the bodies have as much in common as without the term that adds most.
    assert tuple(texts.common([*mine[:2], EMPTY, EMPTY], 0, b"")) == (100, 50, 70, 100, 50, 500 + 70 + 40, 3)
    # Of terms that add the same the lowest is the one that adds most.
    even = [vector({1: 3, 2: 2}), vector({1: 1}), EMPTY, EMPTY]
    assert tuple(texts.common(even, 0, b"")) == (12, 6, 2 * 7, 12, 6, 2 * 1 + 2 * 7, 2)
    assert tuple(texts.common([EMPTY] * 4, 0, b"")) == (0,) * 7
    heavy = vector(dict.fromkeys(range(1000), 65535))
    texts.add(1, 1, 0, 0, [heavy, heavy, EMPTY, EMPTY])
    most = 65_535**2
    expected = 1000 * most, 999 * most, 2 * 999 * most, 1000 * most, 999 * most, 2000 * most, 1000
    assert tuple(texts.common([heavy, heavy, EMPTY, EMPTY], 1, b"")) == expected
    with pytest.raises(KeyError):
        texts.common(mine, 2, b"")
    with pytest.raises(ValueError, match="a text has 4 vectors"):
        texts.common(mine[:3], 0, b"")
    with pytest.raises(ValueError, match="sorted and unique"):
        texts.common(mine, 0, days[4:] + days[:4])
    with pytest.raises(ValueError, match="no vector"):
        texts.common([(b"1234", b""), *mine[1:]], 0, b"")


def test_refuses_what_is_no_text(made: Any) -> None:
    texts = made()
    two = struct.pack("<2I", 1, 2)
    for wrong, why in (
        ((two, b"12"), "make no vector"),
        ((two, b"123"), "whole number of 2-byte items"),
        ((struct.pack("<2I", 2, 1), b"1234"), "sorted and unique"),
        ((struct.pack("<2I", 1, 1), b"1234"), "sorted and unique"),
    ):
        with pytest.raises(ValueError, match=why):
            texts.add(0, 1, 0, 0, [EMPTY, wrong, EMPTY, EMPTY])
    for count in (3, 5):
        with pytest.raises(ValueError, match="a text has 4 vectors"):
            texts.add(0, 1, 0, 0, [EMPTY] * count)
    for arguments, why in (
        ((-1, 1, 0, 0), "ordinal must be below"),
        ((2**48, 1, 0, 0), "ordinal must be below"),
        ((0, 2**63, 0, 0), "story must be above"),
        ((0, 1, 2**53, 0), "published must be"),
        ((0, 1, 0, SCALE + 1), "background must lie"),
    ):
        with pytest.raises(ValueError, match=why):
            texts.add(*arguments, [EMPTY] * 4)
    assert len(texts) == 0


def test_refuses_rules_and_weights_that_make_no_sense(made: Any) -> None:
    for voices in ((0, 2), (1, 1), (32, 33)):
        with pytest.raises(ValueError, match="1 first and 2 newest voices"):
            made(voices=voices)
    for rule in (
        {"reach": -1},
        {"arrivals": -1},
        {"background": (-1, 1, 0)},
        {"background": (0, 0, 0)},
        {"background": (0, 1, UNIT + 1)},
    ):
        with pytest.raises(ValueError, match="out of range"):
            made(**rule)
    texts = made()
    texts.add(0, 1, 0, 0, about(1))
    wrong: dict[str, tuple[float, ...]] = {
        "body": (math.nan,), "days": (math.inf,), "pace": (0.0, -1.0, math.nan), "patience": (-1.0, math.nan, math.inf)
    }  # fmt: skip
    for name, values in wrong.items():
        for value in values:
            with pytest.raises(ValueError, match="weights must lie between"):
                texts.fit(about(1), 1, 0, 0, [0], BODIES._replace(**{name: value}))
    for others in ([], [0] * 65):
        with pytest.raises(ValueError, match="there must be 1 to 64 others"):
            texts.fit(about(1), 1, 0, 0, others, BODIES)
    with pytest.raises(ValueError, match="limits must not be negative"):
        texts.weigh(about(1), 1, 0, [0], [0], BODIES, (1, -1))
    with pytest.raises(ValueError, match="bounds must be numbers"):
        texts.part(1, about(1), 1, 0, 0, BODIES, (math.nan, 0.0, 0.0, 0.0))


@pytest.mark.parametrize("gone", [0, 1, 4, 5, 20, 40])
def test_few_that_go_are_as_gone_as_many(made: Any, gone: int) -> None:
    texts = made(voices=(40, 24))
    for ordinal in range(40):
        texts.add(ordinal, ordinal % 3, None, 0, about(ordinal, 99))
    before = texts.nbytes
    kept = [ordinal for ordinal in range(40) if ordinal >= gone]
    for _ in range(2):
        texts.keep(kept)
        assert [ordinal for ordinal in range(40) if ordinal in texts] == kept
        assert len(texts) == len(kept)
        for story in range(3):
            assert texts.texts_of(story) == [ordinal for ordinal in kept if ordinal % 3 == story]
            assert texts.voices(story, 50, None) == texts.texts_of(story)
        assert [texts.shared(vector({99: 1}), ordinal, 0, 9) for ordinal in kept] == [vector({99: 1})[0]] * len(kept)
    if gone > 5:
        assert texts.nbytes < before
    for ordinal in range(gone):
        texts.add(ordinal, 7, None, 0, about(ordinal))
    assert texts.texts_of(7) == list(range(gone))
