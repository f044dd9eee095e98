"""Figures at the same places of two texts, of which one is known by its shingles alone."""

from __future__ import annotations

import pytest

from dedup.config import NORMALISER_VERSION
from dedup.kernel import reference
from dedup.sketch import figures
from dedup.sketch.figures import FigurePlaces
from dedup.sketch.minhash import sign
from dedup.sketch.scheme import Scheme
from dedup.text.words.tokens import joined

RATE = "By noon the euro rose to $1.0842 in Milan, and 12,450 lots had changed hands."


def compare(text: str, other: str, width: int = 3) -> FigurePlaces:
    scheme = Scheme(shingle_words=width, normaliser=NORMALISER_VERSION)
    tokens, shingles = joined(text), sign(joined(""), joined(other), scheme).shingles
    found = figures.compare(tokens, shingles, width)
    assert found == reference.figures(tokens, shingles, width)
    return found


@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_the_same_text_has_the_same_figures(width: int) -> None:
    assert compare(RATE, RATE, width) == FigurePlaces(places=2, another=0)


@pytest.mark.parametrize("width", [2, 3, 5])
def test_a_figure_is_another_one_where_any_part_of_it_is(width: int) -> None:
    other = "Others say that by noon the euro rose to $1.0851 in Milan, and 12,450 lots had changed hands, too."
    assert compare(RATE, other, width) == FigurePlaces(places=2, another=1)
    assert compare(RATE, other, width).share == 0.5


def test_sentences_that_the_other_text_does_not_have_have_no_places_in_it() -> None:
    assert compare(RATE, "Some 12,450 lots had changed hands, dealers in Paris said.") == FigurePlaces(
        places=1, another=0
    )
    assert compare(RATE, "It rains in 17 of 23 towns.") == FigurePlaces(places=0, another=0)


def test_figures_in_a_row_are_one() -> None:
    assert compare("The draw: 12 14 15 18 27 39.", "The draw: 12 14 16 18 27 39.") == FigurePlaces(places=1, another=1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("日経平均株価は前日比210円高の39120円で取引を終えた。", "日経平均株価は前日比95円高の39215円で取引を終えた。"),
        ("تراجع السهم اليوم إلى ٤٢٫١ ريال عند الإغلاق", "تراجع السهم اليوم إلى ٤١٫٨ ريال عند الإغلاق"),
    ],
)
def test_places_are_told_in_every_script(one: str, other: str) -> None:
    found = compare(one, other)
    assert found.places >= 1
    assert found.another == found.places


def test_figures_at_the_ends_of_a_text_have_places_there() -> None:
    assert compare("4 ships left port", "5 ships left port") == FigurePlaces(places=1, another=1)
    assert compare("ships in port: 4", "ships in port: 5") == FigurePlaces(places=1, another=1)
    assert compare("4", "5") == FigurePlaces(places=0, another=0)


def test_between_figures_near_each_other_what_stands_at_the_ends_tells_of_all() -> None:
    one = "At the close gold was at 412 against 409 and silver at 7 in London and in Zurich."
    other = "At the close gold was at 413 against 410 and silver at 7 in London and in Zurich."
    assert compare(one, other) == FigurePlaces(places=3, another=2)
    assert compare(one, "Gold was at 399 against 398 and copper at 8.") == FigurePlaces(places=2, another=2)


def test_what_is_no_set_of_shingles_is_refused() -> None:
    for shingles in (b"\2\0\0\0\1\0\0\0", b"\1\0\0\0\1\0\0\0", b"\1\0"):
        with pytest.raises(ValueError, match=r"sorted and unique|whole number"):
            figures.compare(joined(RATE), shingles, 3)
    with pytest.raises(ValueError, match="at least one word, not 0"):
        figures.compare(joined(RATE), b"", 0)


def test_a_text_without_figures_or_without_anything_has_no_places() -> None:
    for text in ("", "Nothing here.", "x² and ½", "7"):
        assert compare(text, RATE) == FigurePlaces(0, 0)
    assert compare(RATE, "") == FigurePlaces(0, 0)
    assert FigurePlaces(0, 0).share == 0.0
