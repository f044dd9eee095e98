"""A glance overlooks nothing: every line and word that matters is among those to look at."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup.text.furniture import LABELS, SENTENCE_WORDS, TIME_AGO
from dedup.text.glance import lines_to_look_at, notes
from dedup.text.normal_form import normal_form
from dedup.text.page import _to_readers, furniture_of
from dedup.text.words.tokens import tokens

EDGES = st.text(" .,:!?'\"“”‘’»•▶()[]-–—_0123456789|/#&…", max_size=4)
PHRASES = st.sampled_from(sorted(LABELS))
AGO = st.sampled_from([
    "3 hours ago", "an hour ago", "5h", "a day", "Time: 12 mins ago", "vor zwei Stunden", "il y a 3 heures", "as",
    "hace 2 horas", "tre ore fa", "2 giorni fa", "5 минут назад", "3小时前", "منذ 5 ساعات", "14 hrſ", "one week",
])  # fmt: skip
CASES = st.sampled_from(
    [str, str.upper, str.title, str.swapcase, lambda line: line.replace("s", "ſ").replace("k", "K")]
)
LINES = st.one_of(
    st.builds(lambda case, phrase, a, b: a + case(phrase) + b, CASES, PHRASES | AGO, EDGES, EDGES),
    st.builds(lambda phrase, sign, rest: phrase + sign + rest, PHRASES, st.sampled_from(":|："), st.text(max_size=30)),
    st.text(st.sampled_from("a1 on:meé|s"), max_size=32),
    st.text(max_size=20),
)


def checked(text: str) -> None:
    suspects, may_repeat = lines_to_look_at(text)
    lines = text.split("\n")
    assert {at for at, line in enumerate(lines) if line and furniture_of(line) is not None} <= set(suspects)
    visible = [line for line in lines if line]
    assert may_repeat or all(one != other for one, other in pairwise(visible))


@given(st.lists(LINES, max_size=6))
@example(["More:", "", "More:"])
def test_no_line_of_furniture_is_overlooked(lines: list[str]) -> None:
    checked(normal_form("\n".join(lines)))


def test_every_phrase_is_seen_as_it_is_and_before_a_headline() -> None:
    for phrase in LABELS:
        for line in (phrase, phrase.upper(), f"» {phrase.title()} (12)", f"{phrase}: a headline", f"“{phrase} | x"):
            checked(line)


def test_every_number_and_unit_is_seen() -> None:
    longer = ("sec", "min", "mins", "minute", "minutes", "hour", "hours", "hr", "hrs", "day", "days", "week", "months")
    for amount in ("1", "59", "a", "An", "ONE"):
        for unit in ("s", "m", "h", "d", "w", "weeks", "month", *longer):
            for line in (f"{amount} {unit} ago", f"({amount}{unit})", f"time - {amount} {unit}"):
                assert TIME_AGO.search(line)
                checked(line)


def test_an_ordinary_text_is_passed_over() -> None:
    text = """\
The harbour of Linnford was closed to all traffic on Monday after divers found cracks in two piers of the bridge.
Engineers need three weeks to examine the foundations, the county said in a statement on Tuesday."""
    if lines_to_look_at("A line of its own.")[0]:
        pytest.skip("the reference looks at every line")
    assert lines_to_look_at(text) == ([], False)
    assert notes(text) == []


WORDS = st.sampled_from(sorted(SENTENCE_WORDS))
ADDRESSED = st.sampled_from([
    "Sign up for our newsletter", "Subscribe to The Morning Mail newsletter", "© 2026 The Linnford Mail",
    "Copyright The Mail",
    "We use cookies on this site", "By clicking you agree to our terms", "Download our app", "All rights reserved",
    "Please enable JavaScript", "Alle Rechte vorbehalten", "Подписывайтесь на наш канал",
    "اشترك في نشرتنا", "اشترك الآن في النشرة البريدية", "Bültenimize abone olun", "Tilaa uutiskirjeemme",
    "뉴스레터 구독하기", "ニュースレターに登録する",
])  # fmt: skip


@given(st.lists(WORDS | EDGES | st.text(max_size=6), max_size=20), st.integers(0, 2))
def test_no_line_with_a_word_of_the_sites_own_sentences_is_overlooked(words: list[str], breaks: int) -> None:
    text = normal_form(" \n"[breaks > 0].join(words[:9]) + "\n" + " ".join(words[9:]))
    seen = set(notes(text))
    for at, line in enumerate(text.split("\n")):
        if line and ("©" in line or SENTENCE_WORDS.intersection(tokens(line))):
            assert at in seen or len(line) > 320


@given(
    st.lists(st.builds("{1}{0}{1}".format, ADDRESSED, EDGES) | st.text(max_size=9), min_size=1, max_size=9),
    st.booleans(),
)
@example(["0뉴스레터 구독하기0"], False)
def test_no_sentence_of_the_site_is_overlooked(lines: list[str], clutter: bool) -> None:
    if clutter:
        lines = [line.replace("s", "ſ").upper() for line in lines]
    text = normal_form("\n".join(lines))
    seen = set(notes(text))
    for at, line in enumerate(text.split("\n")):
        assert at in seen or not line or not _to_readers(line)


def test_a_long_line_is_no_note() -> None:
    if len(notes("A line of its own.")):
        pytest.skip("the reference looks at every line")
    short = "é" * 300 + " sign up "
    assert list(notes(f"{short}\n{'é' * 311} sign up\n{'é' * 313} sign up\n\n© {'n' * 319}")) == [0, 1]
