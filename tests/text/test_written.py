"""Folded words are shown as their text has them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup.text.words import written
from dedup.text.words.tokens import tokens
from dedup.text.words.written import as_written

BODY = "Net loss of 1,500.3 mln after 15 mln; the STRASSE in Straßburg closed on 12.5.1987, 15 cars lost."


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ([], []),
        (["net, of", "mln"], ["net, of", "mln"]),
        (["net, loss, closed"], ["net, loss, closed"]),
        (["net, 15", "mln"], ["net, 15", "mln"]),
        (["net, 15003", "1251987, mln"], ["net, 1,500.3", "12.5.1987, mln"]),
        (["loss, 15003, 15"], ["loss, 1,500.3, 15"]),
        (["strassburg, net"], ["straßburg, net"]),
        (["strasse, loss"], ["strasse, loss"]),
    ],
)
def test_words_as_the_text_has_them(told: list[str], shown: list[str]) -> None:
    assert as_written(told, "Results", BODY) == shown


def test_numbers_that_the_text_has_with_signs_alone() -> None:
    assert as_written(["loss, 15mln"], "", "A loss of 1.5mln") == ["loss, 15mln"]
    assert as_written(["15"], "Up 1.5", "in 15 towns") == ["15"]
    assert as_written(["15, 25"], "Up 1.5", "in 15 towns by 2.5") == ["1.5, 2.5"]


def test_a_lone_surrogate_parts_numbers_as_any_other_sign() -> None:
    assert as_written(["15, 225"], "", "1\ud8005, by 22.5") == ["15, 22.5"]


@given(told=st.lists(st.text(min_size=1), max_size=3), title=st.text(), body=st.text())
@example(told=["é"], title="", body="")
@example(told=["15, straße"], title="...", body=" \n, !")
def test_a_word_that_no_text_has_is_shown_as_it_was_told(told: list[str], title: str, body: str) -> None:
    shown = as_written(told, title, body)
    assert [one.count(", ") for one in shown] == [one.count(", ") for one in told]


@given(
    words=st.lists(st.sampled_from(["loss", "Loss", "the", "1.5", "1,500", "15", "a1.5b", "ß", "Σας", "Éire", "日本"])),
    groups=st.lists(st.lists(st.integers(0, 99), max_size=4), max_size=3),
)
def test_what_is_shown_becomes_what_was_told(words: list[str], groups: list[list[int]]) -> None:
    text = " ".join(words)
    known = tokens(text)
    told = [", ".join(known[at % len(known)] for at in group) for group in groups if known]
    shown = as_written(told, "", text)
    assert [tokens(one.replace(", ", " ; ")) for one in shown] == [tokens(one.replace(", ", " ; ")) for one in told]


@given(
    words=st.lists(
        st.sampled_from(
            [
                "loss",
                "1.5",
                "1,500",
                "1,5",
                "15",
                "315",
                "1.5.0,0",
                "1..5",
                "a1.5b",
                "15mln",
                "\u0661",
                "Straße",
                "STRAẞE",
            ]
        )
        | st.text("0159.,s é\n", max_size=6)
    ),
    told=st.lists(
        st.lists(
            st.sampled_from(["loss", "15", "150", "1500", "5", "15mln", "boat", "straße", "strasse", ""]), max_size=4
        ).map(", ".join),
        max_size=3,
    ),
    title=st.sampled_from(["", "Up 1.5", "15", "é"]),
)
@example(words=["15", "1.5"], told=["15, 15"], title="")
@example(words=["1." + "1" * 69], told=["1" * 70], title="")
@example(words=["1.5"], told=["15, loss"], title="")
@example(words=["x" * 70, "1.5"], told=["15", "15", "loss"], title="")
def test_the_compiled_kernel_shows_what_the_definition_does(words: list[str], told: list[str], title: str) -> None:
    body = " ".join(words)
    assert as_written(told, title, body) == written._as_written(told, title, body)
