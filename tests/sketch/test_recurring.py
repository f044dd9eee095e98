"""Series are known by a publisher's headline without its numbers, or by the heading above it."""

from __future__ import annotations

import pytest

from dedup.sketch.recurring import series_key
from dedup.sketch.skeleton import skeleton
from dedup.text.words.tokens import joined

PAPER = "Kestrel Courier"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("River levels at 9 o'clock, 2 March", "River levels at 10 o'clock, 13 March"),
        ("Letters to the editor", "LETTERS to the Editor"),
        ("Morning briefing: Ferry aground, rates held", "Morning briefing: Fog over Oban"),
        ("Morning briefing | Ferry aground", "Morning briefing: Fog over Oban"),
        ("Exchange close, day 12: shares up", "Exchange close, day 13: shares down"),
        ("朝刊の要点：選挙", "朝刊の要点：台風"),
        ("Live: Norden votes in 2026", "Live: Norden votes in 2027"),
    ],
)
def test_of_one_series(one: str, other: str) -> None:
    assert series_key(PAPER, one) == series_key(PAPER, other) is not None
    assert series_key("Ledger & Tide", other) != series_key(PAPER, one), "another publisher has series of its own"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Live: Norden votes in spring", "Live: Calder votes in spring"),  # a word is no heading
        ("Kestrel Courier: ferry aground off Oban", "Kestrel Courier: fog over the harbour"),
        ("Ferry aground off Oban | Kestrel Courier", "Fog over the harbour | Kestrel Courier"),
        ("Train leaves at 10:30 for Oban", "Train leaves at 10:30 for Norden"),
        ("Letters to the editor", "Letters to the editors"),
    ],
)
def test_not_of_one_series(one: str, other: str) -> None:
    assert series_key(PAPER, one) != series_key(PAPER, other)


@pytest.mark.parametrize("title", ["", "12", "Weather", "Live: 12", "Morning briefing:", "Weather 2 March"])
def test_few_words_say_nothing(title: str) -> None:
    assert series_key(PAPER, title) is None


def test_a_number_tells_what_it_is_known_by_and_fits_a_column() -> None:
    whole, heading = series_key(PAPER, "Letters to the editor"), series_key(PAPER, "Morning briefing: fog over Oban")
    assert whole is not None and heading is not None
    assert 0 <= whole < 2**63
    assert -(2**63) <= heading < 0


def test_the_skeleton_may_be_given() -> None:
    title = "River levels at 9 o'clock, 2 March"
    assert series_key(PAPER, title, skeleton(PAPER, joined(title))) == series_key(PAPER, title)
