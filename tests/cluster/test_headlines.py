"""What the headlines of two texts name and speak of."""

from __future__ import annotations

import pytest

from dedup.cluster.headlines import Headlines

from .texts import made


@pytest.mark.parametrize(
    ("one", "other", "of_one_form"),
    [
        ("Brackwell weather: 51 degrees on Tuesday", "Ostrey weather: 49 degrees on Tuesday", True),
        ("Morning notes, 3 March: ferry aground", "Morning notes, 4 March: a jury is picked in Oban", True),
        ("Plant at Vikmyr to close", "Minister to meet owners of the plant", False),
        ("Weather", "Weather", False),
    ],
)
def test_two_headlines_are_of_one_form(one: str, other: str, *, of_one_form: bool) -> None:
    (_, former), (document, newcomer) = made(one, "It is so."), made(other, "It is so.")
    assert Headlines.of(document, newcomer, former).are_of_one_form() is of_one_form


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (("Weather Oban: some showers", "Oban is wet."), ("Weather Leith: clear skies", "Leith is dry."), True),
        (("Showers for the weather in Oban", "Oban is wet."), ("Weather Leith: clear skies", "Leith is dry."), True),
        (("Weather Oban: some showers", "Oban is wet."), ("Weather: clear skies", "Leith is dry."), False),
        (("Weather Oban: some showers", "Oban is wet."), ("Harvest Leith: clear skies", "Leith is dry."), False),
        (("Weather Oban: some showers", "Wetter than Leith."), ("Weather Leith: clear skies", "Leith is dry."), False),
        # Not named: the text has it in small letters.
        (("Weather Oban: some showers", "Oban is wet."), ("Weather inland: clear skies", "It is dry inland."), False),
        (("Weather Oban some showers", "Oban is wet."), ("Weather Leith clear skies", "Leith is dry."), False),
    ],
)
def test_headings_are_alike_but_for_a_name(one: tuple[str, str], other: tuple[str, str], *, alike: bool) -> None:
    (_, former), (document, newcomer) = made(*one), made(*other)
    assert Headlines.of(document, newcomer, former).are_headed_alike() is alike


@pytest.mark.parametrize(
    ("one", "other", "named"),
    [
        (("Brackwell weather", "Brackwell is dry."), ("Ostrey weather", "Ostrey is dry."), True),
        (("Brackwell weather", "Brackwell is dry, not Ostrey."), ("Ostrey weather", "Ostrey is dry."), False),
        # A word that the text has in small letters is no name, and a day of the week is none either.
        (("Gunman hunted", "Police hunt a man."), ("Gunman arrested", "A gunman was arrested."), False),
        (("Tuesday weather", "On Tuesday it is dry."), ("Friday weather", "On Friday it is dry."), False),
    ],
)
def test_each_of_two_headlines_names_another_thing(
    one: tuple[str, str], other: tuple[str, str], *, named: bool
) -> None:
    (_, former), (document, newcomer) = made(*one), made(*other)
    assert Headlines.of(document, newcomer, former).name_two_things() is named


def test_headlines_speak_of_two_things_where_hardly_a_word_is_in_the_other_text() -> None:
    notes = "Yields of ten-year notes were 4.28 percent, and the bank meets in May."
    _, rand = made("Rand at a peak", f"The rand was at a peak. {notes}")
    document, zinc = made("Zinc slides again", f"Zinc fell. {notes}")
    again, both = made("Zinc slides again", f"Zinc fell, and the rand is at its peak. {notes}")
    assert Headlines.of(document, zinc, rand).speak_of_two_things()
    assert not Headlines.of(again, both, rand).speak_of_two_things()


LUOYANG = "洛阳天气预报：晴", "洛阳今天晴间多云，最高气温22度。"


def test_headlines_without_spaces_have_headings_and_name_things() -> None:
    (_, former), (document, newcomer) = made(*LUOYANG, "zh"), made("遵义天气预报：小雨", "遵义今天有小雨。", "zh")
    assert Headlines.of(document, newcomer, former).are_of_one_form()
    assert Headlines.of(document, newcomer, former).name_two_things()


def test_a_headline_without_spaces_names_nothing_that_is_not_in_its_text() -> None:
    (_, former), (document, newcomer) = made(*LUOYANG, "zh"), made("遵义天气预报：小雨", "今天最高气温10度。", "zh")
    assert not Headlines.of(document, newcomer, former).name_two_things()
