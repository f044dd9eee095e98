"""Which stories a text is weighed against: the most alike first, less what unrelated stories have in common."""

from __future__ import annotations

import math
from typing import Any

import pytest

from dedup.kernel.reference.arrays import SCALE
from dedup.kernel.reference.evidence import DAY, UNIT, Likeness, StoryFit, Vector

from .texts import BODIES, alike


def weighed(texts: Any, body: list[Vector], found: list[int], limits: tuple[int, int]) -> list[int]:
    """The stories that are weighed, best first."""
    return [StoryFit(*fit).story for fit in texts.weigh(body, 99, 0, found, [], BODIES, limits)[1]]


def test_the_stories_of_the_most_alike_candidates_are_weighed(made: Any) -> None:
    texts = made()
    for ordinal, (story, cosine) in enumerate([(30, 0.2), (20, 0.5), (10, 0.9), (20, 0.8), (40, 0.3)]):
        texts.add(ordinal, story, 0, 0, alike(cosine))
    assert weighed(texts, alike(1.0), [0, 1, 2, 4], (9, 9)) == [10, 20, 40, 30]
    assert weighed(texts, alike(1.0), [0, 1, 2, 4], (9, 2)) == [10, 20]
    # Looked at until a third story would be needed, so the last one, of a story that is known, is not.
    assert weighed(texts, alike(1.0), [1, 0, 2, 3], (2, 9)) == [20, 30]
    # The second text of story 20 raises it above story 10 where candidates are compared by their greatest dot product.
    texts.add(5, 20, 0, 0, alike(1.0))
    assert weighed(texts, alike(1.0), [1, 2, 5], (9, 1)) == [20]
    assert weighed(texts, alike(1.0), [0, 1], (0, 9)) == weighed(texts, alike(1.0), [], (9, 9)) == []
    with pytest.raises(KeyError):
        weighed(texts, alike(1.0), [1, 77], (9, 9))
    # The candidate that is not there lies behind the end of the search.
    assert weighed(texts, alike(1.0), [1, 0, 77], (1, 9)) == [20]


def test_fits_of_too_small_log_odds_are_left_out(made: Any) -> None:
    texts = made()
    for ordinal, cosine in enumerate([0.5, 0.9, 0.1]):
        texts.add(ordinal, ordinal, 0, 0, alike(cosine))
    asked = alike(1.0), 9, 0, [0, 1, 2], [0, 1, 2], BODIES, (9, 9)
    shade, fits = texts.weigh(*asked)
    assert [StoryFit(*fit).story for fit in fits] == [1, 0, 2]
    for kept, fit in enumerate(fits, 1):
        least = StoryFit(*fit).log_odds
        assert texts.weigh(*asked, least) == (shade, fits[:kept])
        assert texts.weigh(*asked, math.nextafter(least, math.inf)) == (shade, fits[: kept - 1])
    assert texts.weigh(*asked, -math.inf) == (shade, fits)


def test_a_story_is_weighed_with_all_its_voices(made: Any) -> None:
    texts = made()
    for ordinal, cosine in enumerate([0.25, 1.0, 0.25]):
        texts.add(ordinal, 1, ordinal * DAY, 0, alike(cosine))
    _, fits = texts.weigh(alike(1.0), 9, 0, [0], [], BODIES, (9, 9))
    assert fits == [texts.fit(alike(1.0), 9, 0, 0, [0, 1, 2], BODIES)]


def test_a_story_without_comparable_texts_is_not_weighed(made: Any) -> None:
    texts = made(reach=DAY)
    texts.add(0, 1, 0, 0, alike(1.0))
    texts.add(1, 2, 5 * DAY, 0, alike(0.5))
    _, fits = texts.weigh(alike(1.0), 9, 5 * DAY, [0, 1], [], BODIES, (9, 9))
    assert [StoryFit(*fit).story for fit in fits] == [2]


def test_of_equally_good_stories_the_lowest_number_comes_first(made: Any) -> None:
    texts = made()
    for ordinal, story in enumerate([5, -3, 9, 2]):
        texts.add(ordinal, story, 0, 0, alike(0.5))
    assert weighed(texts, alike(1.0), [0, 2, 3, 1], (9, 9)) == [-3, 2, 5, 9]
    assert weighed(texts, alike(1.0), [0, 2, 3, 1], (9, 2)) == [-3, 2]


def test_background_is_how_alike_unrelated_stories_are(made: Any) -> None:
    def background(rule: tuple[int, int, int], *cosines: float) -> float:
        texts = made(background=rule)
        for ordinal, cosine in enumerate(cosines):
            texts.add(ordinal, ordinal, 0, 0, alike(cosine))
        return float(texts.weigh(alike(1.0), 99, 0, [], range(len(cosines)), BODIES, (99, 1))[0] / SCALE)

    least = UNIT // 4
    # In an empty database, as later, none is less alike than `least`.
    assert background((1, 2, least)) == pytest.approx(0.5, abs=1e-4)
    assert background((1, 2, 0)) == 0.0
    # The likeliest is passed over, then the mean of two counts.
    assert background((1, 2, 0), 0.16, 1.0, 0.64, 0.1) == pytest.approx(math.sqrt(0.4), abs=1e-4)
    assert background((1, 2, least), 0.16, 1.0, 0.64) == pytest.approx(math.sqrt((0.64 + 0.25) / 2), abs=1e-4)
    assert background((1, 2, 0), 1.0, 0.64) == pytest.approx(math.sqrt(0.32), abs=1e-4)
    assert background((0, 1, UNIT)) == 1.0


def test_background_is_taken_off_the_fits(made: Any) -> None:
    texts = made(background=(0, 1, 0))
    texts.add(0, 1, 0, 0, alike(1.0))
    shade, fits = texts.weigh(alike(1.0), 9, 0, [0], [0], BODIES._replace(background=0.5), (9, 9))
    assert (shade, Likeness(*fits[0][2]).body) == (SCALE, 1 - 0.5 * (1 + 0) / 2)
    shade, fits = texts.weigh(alike(1.0), 9, 0, [0], [], BODIES._replace(background=0.5), (9, 9))
    assert (shade, Likeness(*fits[0][2]).body) == (0, 1.0)


def test_background_is_told_by_other_texts_than_the_fits(made: Any) -> None:
    """By those around, whether they may be compared or not, by the nearest of each story, and by no more stories."""
    texts = made(reach=DAY, background=(0, 2, 0))
    for ordinal, (story, day, cosine) in enumerate([(1, 0, 1.0), (2, 50, 0.25), (2, 50, 0.64), (3, 50, 0.16)]):
        texts.add(ordinal, story, day * DAY, 0, alike(cosine))

    def told(found: list[int], around: list[int], most: int = 9) -> Any:
        shade, fits = texts.weigh(alike(1.0), 9, 0, found, around, BODIES, (most, 9))
        return shade / SCALE, [StoryFit(*fit).story for fit in fits]

    assert told([0], []) == (0.0, [1])
    assert told([], [1, 2, 3]) == (pytest.approx(math.sqrt(0.4), abs=1e-4), [])
    assert told([0, 2], [3, 2, 1]) == (pytest.approx(math.sqrt(0.4), abs=1e-4), [1])
    # The third would be of a second story, where the search ends.
    assert told([0], [1, 2, 3, 99], most=1) == (pytest.approx(math.sqrt(0.32), abs=1e-4), [1])
    assert told([0, 3, 99], [3], most=1) == told([0], [3], most=1)
    for found, around in (([0], [1, 99]), ([0, 99], [1])):
        with pytest.raises(KeyError):
            told(found, around)
