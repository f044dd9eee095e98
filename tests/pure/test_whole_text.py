"""The running text of a page: the same from its tree and from what a parser meets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.text import html
from dedup.text.whole_text import whole_text, whole_text_of

PIECES = (
    "<div>", "</div>", "<p>", "<b>", "</b>", "<nav>", "</nav>", "<br>", "<td>", "<li>", "a ", "\n b", "<!-- c -->",
    "<input>", "<svg>", "</svg>", "&amp;", "<figure>",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_the_text_of_a_page_is_the_same_with_a_tree_and_without(parts: list[str]) -> None:
    markup = ("<html><body>" + "".join(parts)).encode()
    texts = (whole_text(html._tree(markup)), whole_text_of(markup))
    assert len({" ".join(text.split(" ")).replace("  ", " ") for text in texts}) == 1


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        (
            "<table><tr><th>Team</th><th>Points</th></tr><tr><td>Oban</td><td>3</td></tr></table>",
            ["Team Points", "Oban 3"],
        ),
        ("<table><tr><td>Oban<td><b>3</b><td>of 4</table>", ["Oban 3 of 4"]),
        (
            "<details><summary>The background</summary>Two ran aground.</details>",
            ["The background", "Two ran aground."],
        ),
        (
            "<p>Oban</p><hgroup>One</hgroup>Two<table><caption>Three</caption><tr><td>4</table>",
            ["Oban", "One", "Two", "Three", "4"],
        ),
        ("<p>Un<b>bro</b>ken<sup>2</sup></p>", ["Unbroken2"]),
    ],
)
def test_cells_and_boxes_are_apart_as_they_are_seen(markup: str, lines: list[str]) -> None:
    page = f"<html><body>{markup}</body></html>".encode()
    for text in (whole_text(html._tree(page)), whole_text_of(page)):
        assert [" ".join(line.split()) for line in text.split("\n") if line.strip()] == lines
