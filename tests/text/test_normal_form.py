"""Display text: one form, nothing invisible, paragraphs kept."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.kernel.compiled import KERNEL
from dedup.text.normal_form import by_lines, kinds, normal_form, one_line

TEXTS = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=80),
    st.text(
        alphabet=st.sampled_from("aé \t\r\n\u00a0\u00ad\u200b\u200d\u2028\u0301\u0316\u0e48\x00\x85z"), max_size=120
    ),
    st.text(alphabet=st.sampled_from("a東ガガヤ。서가각Ａ①é 😀\ufe0f\ufe20\u200d\u3099\u0316\n"), max_size=60),
    # Marks in order or not, behind letters that they join with or not, and what is no normal form.
    st.text(
        alphabet=st.sampled_from(
            "aeиשاوक\u093c\u094dन\u0958ক\u09df\u09c7\u09be\u0651\u064e\u0654\u05bc\u05b8\u0301\u0323\u0302"
            "\u103a\u1037\u212b\u2126\u200b\u200c\u200d \n\x07\ufe0f"
        ),
        max_size=80,
    ),
    # Longer than what is walked at once, most of it left as it is.
    st.lists(
        st.sampled_from(
            ["a word ", "x" * 29, "x" * 64, " ", "  ", "\n", " \r\n ", "é", "\u2019", "\x00", "\x7f", "\u00a0"]
        ),
        max_size=40,
    ).map("".join),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\r\ntwo\rthree\nfour", "one\ntwo\nthree\nfour"),
        ("one\u2028two\u2029three\x0bfour\x85five", "one\ntwo\nthree\nfour\nfive"),
        ("\n\none\n\n\n\n two \n \t \nthree\n\n", "one\n\ntwo\n\nthree"),
        ("a\u00a0 b\tc\u2009d\u3000e", "a b c d e"),
        ("cafe\u0301", "café"),
        ("soft\u00adhyphen zero\u200bwidth \ufeffbom", "softhyphen zerowidth bom"),
        ("\u202eoverride\u202c \u2066isolate\u2069", "override isolate"),
        ("bell\x07 escape\x1b[0m null\x00", "bell escape[0m null"),
        ("می‌خواهم", "می‌خواهم"),
        ("Ａ ﬁ ½", "Ａ ﬁ ½"),
        ("a \u200b b", "a b"),
        ("", ""),
        (" \n\t ", ""),
    ],
)  # fmt: skip
def test_examples(text: str, expected: str) -> None:
    assert normal_form(text) == expected


@given(TEXTS)
def test_the_walk_gives_what_is_defined(text: str) -> None:
    assert normal_form(text) == by_lines(text)


def test_every_character_at_the_ends_of_a_line_and_inside() -> None:
    for point in range(0x20000):
        c = chr(point)
        text = f"a{c}b{c}\n{c} c\r{c}\n"
        assert normal_form(text) == by_lines(text), hex(point)


@pytest.mark.skipif(KERNEL is None, reason="the compiled kernel is not in use")
@pytest.mark.parametrize(
    "text",
    [
        "हिन्दी में पढ़ें", "नु\u0958सान", "ঢাকা\u09df কোনো", "நாடு", "กำลังจะไป น้ำท่วม", "ขวัญ\u0e48\u0e38",
        "ပြောကြားခ\u103a\u1037", "שָׁלוֹם", "שׁ\u05bc\u05b8", "شُكْرًا محم\u0651\u064eد", "می\u200cخواهم", "q\u0308\u0323",
        "\u212b \u2126", "\u093f a\u200b\u094d",
    ],
)  # fmt: skip
def test_marks_that_nothing_composes_are_walked(text: str) -> None:
    assert KERNEL.normal_form(text, kinds()) == by_lines(text)


@pytest.mark.skipif(KERNEL is None, reason="the compiled kernel is not in use")
@pytest.mark.parametrize(
    "text", ["e\u0301", "न\u093c", "ক\u09c7\u09be", "か\u3099", "a\u0323\u0302", "a" + "\u094d" * 31]
)
def test_marks_that_may_be_composed_or_are_too_many_are_left_to_the_definition(text: str) -> None:
    assert KERNEL.normal_form(text, kinds()) is None


@given(TEXTS)
def test_once_is_enough(text: str) -> None:
    once = normal_form(text)
    assert normal_form(once) == once
    assert unicodedata.is_normalized("NFC", once)


@given(TEXTS)
def test_lines_are_bare_and_visible(text: str) -> None:
    once = normal_form(text)
    assert "\n\n\n" not in once
    assert once == once.strip()
    for line in once.split("\n"):
        assert line == " ".join(line.split())
        assert all(c.isprintable() or c in "\u200c\u200d" for c in line)


@given(TEXTS)
def test_a_title_has_one_line(text: str) -> None:
    assert "\n" not in one_line(text)
    assert one_line(text) == one_line(one_line(text))


@pytest.mark.parametrize("marks", ["\u0301", "\u0316\u0301", "\u0e48\u0e38", "\u0301\u200d"])
def test_a_letter_carries_no_more_than_thirty_marks(marks: str) -> None:
    text = normal_form("a" + marks * 100_000 + "b")
    assert text[-1] == "b"
    assert len(text) <= 32
