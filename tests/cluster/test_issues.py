"""What two texts of one publisher say of themselves: their days, what their headlines name and speak of."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dedup.cluster.issues import (
    are_headed_alike,
    are_of_one_form,
    have_one_headline,
    name_two_days,
    name_two_things,
    speak_of_two_things,
    tell_their_days,
)
from dedup.cluster.templates import Publication, are_two_issues
from dedup.sketch.frequencies import Frequencies
from dedup.sketch.terms import TermSketch, names_of, sketch
from dedup.text.document import Document, stored_document

DAY = 86_400
TUESDAY = int(datetime(2026, 3, 3, 7, 0, tzinfo=UTC).timestamp())


def made(title: str, body: str, language: str = "en") -> tuple[Document, TermSketch]:
    document = stored_document(title, body, language, None, None, max_words=1000)
    return document, sketch(document, Frequencies().of(language))


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
    assert are_of_one_form(document, newcomer, former) is of_one_form


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
    assert are_headed_alike(document, newcomer, former) is alike


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
    assert name_two_things(document, newcomer, former) is named


def test_headlines_speak_of_two_things_where_hardly_a_word_is_in_the_other_text() -> None:
    notes = "Yields of ten-year notes were 4.28 percent, and the bank meets in May."
    _, rand = made("Rand at a peak", f"The rand was at a peak. {notes}")
    _, zinc = made("Zinc slides again", f"Zinc fell. {notes}")
    _, both = made("Zinc slides again", f"Zinc fell, and the rand is at its peak. {notes}")
    assert speak_of_two_things(zinc, rand)
    assert not speak_of_two_things(both, rand)


@pytest.mark.parametrize(
    ("body", "hours", "publisher", "surely"),
    [
        ("The count at Brackwell and Ostrey is high.", 30, b"desk", True),
        ("The count at Brackwell and Ostrey is high.", 3, b"desk", False),
        ("The count at Vikmyr and Bodvik is high.", 3, b"desk", True),
        ("The count at Vikmyr and Bodvik is high.", 3, b"else", False),
        ("The count is high.", 3, b"desk", False),
        ("The count at Vikmyr and Bodvik is high.", None, b"desk", False),
    ],
)
def test_issues_that_are_surely_of_two_events(body: str, hours: int | None, publisher: bytes, *, surely: bool) -> None:
    _, former = made("Count", "The count at Brackwell and Ostrey is low.")
    _, newcomer = made("Count", body)
    at = None if hours is None else TUESDAY + hours * 3_600
    told = Publication(publisher, at, lambda: newcomer), Publication(b"desk", TUESDAY, lambda: former)
    assert are_two_issues(names_of(body, "en"), *told) is surely


LUOYANG = "洛阳天气预报：晴", "洛阳今天晴间多云，最高气温22度。"


def test_headlines_without_spaces_have_headings_and_name_things() -> None:
    (_, former), (document, newcomer) = made(*LUOYANG, "zh"), made("遵义天气预报：小雨", "遵义今天有小雨。", "zh")
    assert are_of_one_form(document, newcomer, former)
    assert name_two_things(document, newcomer, former)


def test_a_headline_without_spaces_names_nothing_that_is_not_in_its_text() -> None:
    (_, former), (document, newcomer) = made(*LUOYANG, "zh"), made("遵义天气预报：小雨", "今天最高气温10度。", "zh")
    assert not name_two_things(document, newcomer, former)
