"""A publisher's recurring report is told by its headline without the numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.index.segments import DAY, Entry, is_series
from dedup.kernel import chosen as kernel
from dedup.kernel import reference
from dedup.kernel.reference.arrays import pack32
from dedup.sketch.skeleton import UNKNOWN, Skeleton, alike, skeleton, skeleton_of_title
from dedup.text.words.tokens import joined

MONDAY = 1_772_438_400


def of(title: str, publisher: str = "Ledger & Tide") -> Skeleton:
    return skeleton(publisher, joined(title))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Exchange close: CX-40 up 0.8 percent at 4,812", "Exchange close: CX-40 down 1.3 percent at 4,749", True),
        ("River levels at 9 o'clock, 2 March", "River levels at 9 o'clock, 3 March", True),
        ("Ferry aground off Oban, 73 rescued", "Fog blamed for grounding of Oban ferry", False),
        ("Live: 12", "Live: 13", False),
        ("", "", False),
    ],
)
def test_headlines_are_compared_without_their_numbers(one: str, other: str, same: bool) -> None:
    assert alike(of(one), of(other)) is alike(of(other), of(one)) is same


@given(st.text() | st.text(st.sampled_from("aB1² ٣é-の"), max_size=20))
def test_a_title_has_the_skeleton_of_its_tokens(title: str) -> None:
    assert skeleton_of_title("Ledger & Tide", title) == of(title)


def test_another_publisher_has_another_series() -> None:
    title = "Exchange close: CX-40 up 0.8 percent at 4,812"
    assert not alike(of(title), of(title, "Kestrel Courier"))


def entry(title: str, published: int | None, ordinal: int = 1) -> Entry:
    return Entry(ordinal, ordinal, published, "en", ordinal, text=True, skeleton=of(title))


def test_a_series_has_its_issues_on_different_days() -> None:
    first = entry("Exchange close: CX-40 up 0.8 percent at 4,812", MONDAY)
    second = entry("Exchange close: CX-40 down 1.3 percent at 4,749", MONDAY + DAY, 2)
    assert is_series(first, second) and is_series(second, first)
    assert not is_series(first, replace(second, published=MONDAY + 3600)), "a correction on the same day is none"
    assert not is_series(first, replace(second, published=None)), "without dates nothing tells two issues apart"


# Of few publishers and few words, so that some are alike.
skeletons = st.just(UNKNOWN) | st.builds(
    Skeleton,
    st.sampled_from([pack32([7]), pack32([8])]),
    st.sets(st.integers(0, 6), max_size=7).map(lambda words: pack32(sorted(words))),
)
moments = st.none() | st.integers(-9, 9).map(lambda quarter: quarter * DAY // 4) | st.integers(DAY - 2, DAY + 2)


@pytest.mark.parametrize("kind", dict.fromkeys([reference.Texts, kernel.Texts]), ids=lambda kind: kind.__module__)
@given(told=st.lists(st.tuples(moments, skeletons), max_size=9), asked=st.tuples(moments, skeletons))
def test_the_texts_tell_an_issue_as_their_entries_do(
    kind: type[kernel.Texts], told: list[tuple[int | None, Skeleton]], asked: tuple[int | None, Skeleton]
) -> None:
    texts, known = kind(3 * DAY, 20, (2, 4), (0, 1, 0)), {}
    newcomer = Entry(99, 20, asked[0], "en", 99, text=True, skeleton=asked[1])
    for ordinal, (published, own) in enumerate(told):
        texts.add(ordinal, 1, published, 0, [(b"", b"")] * 4, own)
        known[ordinal] = Entry(ordinal, ordinal, published, "en", ordinal, text=True, skeleton=own)
    voices = [known[ordinal] for ordinal in texts.voices(1, newcomer.ordinal, newcomer.published)]
    expected = any(is_series(newcomer, voice) for voice in voices)
    assert texts.is_issue(1, newcomer.ordinal, newcomer.published, newcomer.skeleton) is expected
