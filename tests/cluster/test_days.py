"""Which days two texts of one publisher tell."""

from __future__ import annotations

import pytest

from dedup.cluster.days import have_one_headline, name_two_days, tell_their_days

from .texts import DAY, TUESDAY, made


@pytest.mark.parametrize(
    ("one", "other", "apart", "told"),
    [
        ("The count on Tuesday is high.", "The count on Wednesday is high.", DAY, True),
        ("The count on Tuesday is high.", "The count on Wednesday is high.", DAY + 7200, True),
        ("The count on Tuesday is high.", "The count on Wednesday is high.", 2 * DAY, False),
        ("The count on Tuesday is high.", "The count on Tuesday is high.", DAY, False),
        ("The count of 3 March is high.", "The count of 4 March is high.", DAY, True),
        ("The count of 03.03. is high.", "The count of 04.03. is high.", DAY, True),
        ("The count of 3.3.2026 is high.", "The count of 4.3.2026 is high.", DAY, True),
        ("The count for 4 March is high.", "The count for 5 March is high.", DAY, True),  # for the day after
        ("The count of 3 March is high.", "The count of 4 March, not 3, is high.", DAY, False),
        ("The count is high.", "The count is high.", DAY, False),
        (
            "Your lucky day in May is Sunday. This is 3 May.",
            "Your lucky day in May is Sunday. This is 4 May.",
            DAY,
            True,
        ),
        ("The count of Tuesday, 3 March is high.", "The count of Tuesday, 10 March is high.", 7 * DAY, True),
    ],
)
def test_two_texts_tell_their_days(one: str, other: str, apart: int, *, told: bool) -> None:
    (_, former), (_, newcomer) = made("Count", one), made("Count", other)
    assert tell_their_days(newcomer, former, TUESDAY + apart, TUESDAY) is told


@pytest.mark.parametrize(
    ("one", "other", "language", "two"),
    [
        ("Pollen count for Tuesday", "Pollen count for Wednesday", "en", True),
        ("Pollen count for Tuesday", "Pollen count for Tuesday", "en", False),
        ("Pollen count for Tuesday", "Pollen count", "en", False),
        ("Pollen count of 3 March", "Pollen count of 4 March", "en", True),
        ("Blast of 3 March: 12 dead", "Blast of 3 March: 14 dead", "en", False),
        ("Blast at Vikmyr: 12 dead", "Blast at Vikmyr: 14 dead", "en", False),  # numbers, and no month
        ("Météo du lundi 2 mars", "Météo du mardi 3 mars", "fr", True),
        ("Погода на 3 марта", "Погода на 4 марта", "ru", True),
        ("星期二天气预报", "星期三天气预报", "zh", True),
        ("Count for Tuesday", "Count for Wednesday", "und", False),  # nobody knows what a Tuesday is called
    ],
)
def test_two_headlines_name_two_days(one: str, other: str, language: str, *, two: bool) -> None:
    (_, former), (_, newcomer) = made(one, "It is so.", language), made(other, "It is so.", language)
    assert name_two_days(language, newcomer, former) is two


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Air quality in Oban", "Air quality in Oban!", True),
        ("Air quality in Oban", "Air quality in Leith", False),
        ("Air quality in Oban at 3", "Air quality in Oban at 4", False),
        ("Briefs today", "Briefs today", False),  # two words may be chance
    ],
)
def test_two_texts_have_one_headline(one: str, other: str, *, same: bool) -> None:
    (_, former), (_, newcomer) = made(one, "It is so."), made(other, "It is so.")
    assert have_one_headline(newcomer, former) is same
