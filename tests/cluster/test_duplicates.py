"""Copies: cut, edited, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.cluster.duplicates import (
    CONTAINED_SHINGLES,
    NEAR_MISSES,
    Comparison,
    GroupComparison,
    decide,
    is_copy,
    is_stranger,
    matters,
    may_be_issue,
)
from dedup.config.sections import DuplicateSettings
from dedup.kernel.chosen import distinct, hash_terms
from dedup.kernel.reference.signatures import shares
from dedup.sketch.shingles import Overlap, overlap
from dedup.text.words.tokens import joined

SETTINGS = DuplicateSettings()


def words(topic: str, count: int, start: int = 0) -> list[str]:
    return [f"{topic}{i}" for i in range(start, start + count)]


def shingles(text: list[str]) -> bytes:
    return distinct(hash_terms([" ".join(text[i : i + 3]) for i in range(len(text) - 2)]))


def compared(one: list[str], other: list[str]) -> Overlap:
    return overlap(shingles(one), shingles(other))


def group(number: int, original: Overlap, longest: Overlap | None = None) -> GroupComparison:
    return GroupComparison(number, Comparison(10 * number, original), Comparison(10 * number + 1, longest or original))


def counted(common: int, size_a: int, size_b: int) -> Overlap:
    return Overlap(common, size_a, size_b, *shares(common, size_a, size_b))


def of(jaccard: float, containment: float | None = None) -> Overlap:
    """An overlap of two texts of 1,000 shingles together, equally long or the first so far contained in the second."""
    common = round(1_000 * jaccard)
    shorter = (1_000 + common) // 2 if containment is None else round(common / containment)
    return counted(common, shorter, 1_000 - shorter + common)


def test_a_cut_copy_is_a_copy() -> None:
    story = words("story", 400)
    assert is_copy(compared(story, story[:90]), SETTINGS)
    assert compared(story, story[:90]).jaccard < SETTINGS.threshold


def test_an_edited_copy_is_a_copy() -> None:
    story = words("story", 300)
    edited = [*words("intro", 20), *story[:140], *words("added", 10), *story[150:], *words("credit", 8)]
    assert is_copy(compared(story, edited), SETTINGS)


def test_a_quotation_is_no_copy() -> None:
    quote = words("quote", 40)
    one, other = [*words("one", 200), *quote], [*quote, *words("other", 220)]
    assert not is_copy(compared(one, other), SETTINGS)
    assert is_stranger(compared(one, other))


def test_a_few_words_that_are_contained_say_nothing() -> None:
    story = words("story", 300)
    assert not is_copy(compared(story, story[: CONTAINED_SHINGLES + 1]), SETTINGS)
    assert is_copy(compared(story, story[: CONTAINED_SHINGLES + 2]), SETTINGS)


def test_a_brief_in_two_long_articles_does_not_tie_them() -> None:
    """The brief opened the group and one long article joined it: the other long one is a stranger to that."""
    brief = words("brief", 60)
    one, other = [*brief, *words("one", 500)], [*brief, *words("other", 500)]
    assert decide([group(1, compared(one, brief))], SETTINGS).group is not None
    decision = decide([group(1, compared(other, brief), compared(other, one))], SETTINGS)
    assert decision.group is None
    # The longer cut of the same long article belongs to both.
    longer = one[:400]
    assert decide([group(1, compared(longer, brief), compared(longer, one))], SETTINGS).group is not None


def test_the_closest_group_is_joined() -> None:
    near, far = group(1, of(0.6)), group(2, of(0.9))
    for candidates in ([near, far], [far, near]):
        decision = decide(candidates, SETTINGS)
        assert decision.group is far
        assert decision.near == (near,)


def test_of_equally_similar_groups_the_more_contained_then_the_oldest() -> None:
    assert decide([group(1, of(0.6, 0.8)), group(2, of(0.6, 0.9))], SETTINGS).group == group(2, of(0.6, 0.9))
    for order in ([3, 1, 2], [2, 3, 1]):
        decision = decide([group(number, of(0.7)) for number in order], SETTINGS)
        assert decision.group is not None
        assert decision.group.group_id == 1
        assert [near.group_id for near in decision.near] == [2, 3]


def test_near_misses_are_few_and_near() -> None:
    candidates = [group(number, of(jaccard)) for number, jaccard in enumerate((0.4, 0.24, 0.45, 0.3, 0.0), 1)]
    decision = decide(candidates, SETTINGS)
    assert decision.group is None
    assert [near.group_id for near in decision.near] == [3, 1][:NEAR_MISSES]
    assert decide([], SETTINGS).near == ()


@pytest.mark.parametrize("threshold", [0.3, 0.7])
def test_the_threshold_is_reached_not_passed(threshold: float) -> None:
    settings = DuplicateSettings(threshold=threshold, containment=1.0)
    assert is_copy(of(threshold, 0.9), settings)
    assert not is_copy(of(threshold - 0.002, 0.9), settings)


def overlaps() -> st.SearchStrategy[Overlap]:
    """Of two short texts, or of long ones; sometimes of empty ones, sometimes with all in common."""
    sizes = st.tuples(*[st.integers(0, 60) | st.integers(0, 2_000)] * 2)
    return sizes.flatmap(
        lambda pair: st.builds(
            counted, st.integers(0, min(pair)) | st.integers(0, min(25, *pair)), st.just(pair[0]), st.just(pair[1])
        )
    )


# Half of it times any number of shingles is exact.
thresholds = st.integers(7, 64).map(lambda share: share / 64)


@given(
    compared=st.lists(st.tuples(overlaps(), overlaps(), st.booleans()), max_size=8),
    threshold=thresholds,
    containment=st.floats(0.3, 1.0),
)
def test_what_does_not_matter_decides_nothing(
    compared: list[tuple[Overlap, Overlap, bool]], threshold: float, containment: float
) -> None:
    settings = DuplicateSettings(threshold=threshold, containment=containment)
    candidates = [
        group(number, original, longest)._replace(series=series)
        for number, (original, longest, series) in enumerate(compared)
    ]
    left = [candidate for candidate in candidates if matters(candidate.original.overlap, settings)]
    assert decide(left, settings) == decide(candidates, settings)


@given(found=overlaps(), threshold=thresholds, containment=st.floats(0.3, 1.0))
def test_what_matters_is_a_copy_or_near(found: Overlap, threshold: float, containment: float) -> None:
    settings = DuplicateSettings(threshold=threshold, containment=containment)
    assert matters(found, settings) == (is_copy(found, settings) or found.jaccard >= threshold / 2)


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_what_is_as_near_as_can_be_matters(share: float) -> None:
    settings = DuplicateSettings(threshold=2 * share)
    common = int(16 * share)
    assert matters(counted(common, 16, common), settings)
    assert not matters(counted(common, 17, common), settings)
    assert not matters(counted(0, 0, 0), settings)


@pytest.mark.parametrize(
    ("jaccard", "text", "asked"),
    [
        (0.13, "the river rose by three metres and flooded the old town", True),
        (0.13, "河水一夜之间上涨三米淹没了老城，8人获救", False),
        (0.17, "河水一夜之间上涨三米淹没了老城，8人获救", True),
        (0.13, "アレル川が一晩で三メートル上昇し、旧市街が浸水", False),
        (0.07, "the river rose by three metres and flooded the old town", False),
        (0.8, "the river rose by three metres and flooded the old town", False),
    ],
)
def test_texts_of_one_publisher_are_asked_about_where_their_script_makes_their_wording_common(
    jaccard: float, text: str, *, asked: bool
) -> None:
    assert may_be_issue(of(jaccard), joined(text), "und") is asked


@pytest.mark.parametrize(("jaccard", "asked"), [(0.13, False), (0.17, True)])
def test_three_syllables_of_vietnamese_are_hardly_more_than_a_word(jaccard: float, *, asked: bool) -> None:
    text = joined("nước sông dâng cao ba mét và tràn vào khu phố cổ")
    assert may_be_issue(of(jaccard), text, "vi") is asked
