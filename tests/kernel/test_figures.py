"""Figures of two texts, compared: the compiled kernel gives what the reference gives."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.kernel import reference

from .compiled import built, compiled, outcome, pack
from .words import A, B, joined, words

FIGURES = ["7", "10", "1842", "9th", "5" * 17, "٣", "²", "", "/", "\0"]
told = st.lists(st.sampled_from([*FIGURES, "a", "the", "rose", "x" * 40, "ürün", "日"]) | words, max_size=60)


@built
@settings(max_examples=300)
@given(one=told, edits=st.lists(st.tuples(st.integers(0, 60), told), max_size=4), size=st.integers(1, 5))
def test_figures(one: list[str], edits: list[tuple[int, list[str]]], size: int) -> None:
    """Of a text and another that shares much with it: some of its tokens are left out, or replaced by others."""
    other = list(one)
    for at, instead in edits:
        other[at : at + 2] = instead[:3]
    _, shingles = reference.sign("", " ".join(other), size, A, B)
    for given_tokens in (one, other, []):
        text = " ".join(given_tokens)
        assert compiled.figures(text, shingles, size) == reference.figures(text, shingles, size)


@built
@given(
    text=joined, hashes=st.lists(st.integers(0, 60), max_size=9), more=st.binary(max_size=3), size=st.integers(-1, 9)
)
def test_figures_refuse_alike(text: str, hashes: list[int], more: bytes, size: int) -> None:
    """Also hashes that are out of order or there twice, and arrays that end in the middle of one."""
    arguments = text, pack(hashes) + more, size
    assert outcome(compiled.figures, *arguments) == outcome(reference.figures, *arguments)


@built
def test_figures_of_a_long_text() -> None:
    """Prices in a row, and one in each sentence, in texts that are longer than is looked at together."""
    row = " ".join(f"{number} {number % 97}" for number in range(4_000))
    sentences = " ".join(f"at noon share{number} rose to {number % 89} in the port of" for number in range(4_000))
    for text in (row, sentences, f"closing prices {row} {sentences} 7"):
        _, shingles = reference.sign("", text.replace(" 13 ", " 14 "), 3, A, B)
        assert compiled.figures(text, shingles, 3) == reference.figures(text, shingles, 3)


@built
@pytest.mark.parametrize("given_tokens", [None, 3, b"text", "\ud800"], ids=ascii)
def test_figures_refuse_alike_what_is_no_text(given_tokens: Any) -> None:
    for figures in (compiled.figures, reference.figures):
        with pytest.raises((TypeError, UnicodeEncodeError)):
            figures(given_tokens, b"", 3)
