"""Tokens: the fast walk against the definition, character by character."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup.text.characters import WALKED
from dedup.text.tokens import IGNORABLE, NORMALISER_VERSION, SYLLABIC, count, joined, separate, tokens

# Letters and marks of many scripts, signs, invisible characters; surrogates never reach this stage.
TEXTS = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=80),
    st.text(alphabet=st.characters(max_codepoint=0x7FF) | st.characters(min_codepoint=0x2000, max_codepoint=0x20CF)),
    st.text(alphabet=st.sampled_from("aZé'’ -_.9½ﬁßİ\u00ad\u200d\u0301中国กำह्िکﻻ한가ﾊﾞガー🜚😀❤\ufe0f𝐀𠀀"), max_size=60),
    # Longer than what is walked at once.
    st.lists(
        st.sampled_from(["Harbour ", "w" * 29, "9" * 64, " ", ", ", "'s ", "\n", "é", "\u2019", "東", "ﬁ"]), max_size=40
    ).map("".join),
)


def within(point: int, spans: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= point <= last for first, last in spans)


def by_definition(text: str) -> list[str]:
    """The four steps of the module's docstring, one after another."""
    text = "".join(c for c in text if not within(ord(c), IGNORABLE))
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    found: list[str] = []
    open_kind = ""
    for character in text:
        if character.isalnum():
            kind = "syllable" if within(ord(character), SYLLABIC) else "word"
            if kind == open_kind == "word":
                found[-1] += character
            else:
                found.append(character)
            open_kind = kind
        elif unicodedata.category(character).startswith("M") and open_kind:
            found[-1] += character
        else:
            open_kind = ""
    return found


@given(TEXTS)
@example("a\u200db 中\u0301\u0301 \u0301a ก็ x_y")
def test_tokens_are_as_defined(text: str) -> None:
    assert tokens(text) == by_definition(text)


@given(TEXTS, st.integers(min_value=0, max_value=12))
def test_a_limit_gives_the_first_tokens(text: str, limit: int) -> None:
    assert tokens(text, limit) == tokens(text)[:limit]


@given(TEXTS, st.integers(min_value=0, max_value=12) | st.none())
@example("½ \u00ad’a¼b ", 3)
@example("a\ud800b c", None)
def test_joined_tokens_are_the_tokens(text: str, limit: int | None) -> None:
    assert joined(text, limit) == " ".join(tokens(text, limit))
    assert separate(joined(text, limit)) == tokens(text, limit)
    assert count(joined(text, limit)) == len(tokens(text, limit))


@given(TEXTS)
def test_tokens_of_tokens_are_the_same(text: str) -> None:
    once = tokens(text)
    assert tokens(" ".join(once)) == once


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=80))
def test_ascii_is_walked_as_anything_else(text: str) -> None:
    # A letter outside ASCII at the end sends the same text down the general path.
    assert [*tokens(text), "é"] == tokens(f"{text} é")


def test_every_character_alone_and_inside_a_word() -> None:
    for point in (*range(0xD800), *range(0xE000, 0x20000), 0x20000, 0x2A6DF, 0xE0001, 0xE01EF, 0x10FFFF):
        text = f"a{chr(point)}b {chr(point)}"
        assert tokens(text) == by_definition(text) == separate(joined(text)), hex(point)


def test_what_is_walked_by_table_joins_with_no_neighbour() -> None:
    """No character of the tables is the second of two that a normal form makes one."""
    seconds = {
        parts[1]
        for parts in (unicodedata.decomposition(chr(point)).split() for point in range(0x110000))
        if len(parts) == 2 and not parts[0].startswith("<")
    }
    assert not [p for p in WALKED if f"{p:04X}" in seconds and not unicodedata.combining(chr(p))]


def test_no_number_below_the_border_of_plain_terms_has_other_digits() -> None:
    folded = {c for point in range(0x640) for c in "".join(tokens(chr(point)))}
    assert {c for c in folded if c.isdigit()} == set("0123456789")
    assert max(SYLLABIC)[0] > min(SYLLABIC)[0] > 0x640


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pakistan's Foreign Minister", ["pakistan", "s", "foreign", "minister"]),
        ("Pakistan’s Foreign Minister", ["pakistan", "s", "foreign", "minister"]),
        ("l'Ukraine, l’Ukraine", ["l", "ukraine", "l", "ukraine"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("co\u00adoperation zero\u200bwidth", ["cooperation", "zerowidth"]),
        ("Café cafe\u0301", ["café", "café"]),
        ("ﬁnance ＡＢＣ ①②", ["finance", "abc", "12"]),
        ("3.5 mln, 1,200", ["3", "5", "mln", "1", "200"]),
        ("snake_case", ["snake", "case"]),
        ("विदेश मंत्री", ["विदेश", "मंत्री"]),
        ("مُحَمَّد بن", ["مُحَمَّد", "بن"]),
        ("می‌خواهم", ["میخواهم"]),
        ("외교부 장관", ["외교부", "장관"]),
        ("中国外长", ["中", "国", "外", "长"]),
        ("王毅met达尔", ["王", "毅", "met", "达", "尔"]),
        ("ガンダム ｶﾞ", ["ガ", "ン", "ダ", "ム", "ガ"]),
        ("ที่นี่", ["ที่", "นี่"]),
        ("❤️ 😀👍🏽 — … !", []),
        ("", []),
    ],
)
def test_examples(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_the_version_is_the_one_that_these_tests_describe() -> None:
    assert NORMALISER_VERSION == 1
