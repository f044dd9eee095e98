"""The running text of a page: the same from its tree and from what a parser meets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.text.markup import html
from dedup.text.markup.html import is_html, read_html
from dedup.text.markup.whole_text import whole_text, whole_text_of

PIECES = (
    "<div>", "</div>", "<p>", "<b>", "</b>", "<nav>", "</nav>", "<br>", "<td>", "<li>", "a ", "\n b", "<!-- c -->",
    "<input>", "<svg>", "</svg>", "&amp;", "<figure>", "</figure>", "<table>", "</table>",
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
        (
            "One<figure class='wp-block-table'><table><tr><td>Oban<td>3<figure>No</figure></table>No"
            "<table><tr><td>4</table><figcaption>No</figcaption></figure>Two<figure>No</figure><nav><table><tr><td>No</table></nav>",
            ["One", "Oban 3", "4", "Two"],
        ),
    ],
)
def test_cells_and_boxes_are_apart_as_they_are_seen(markup: str, lines: list[str]) -> None:
    page = f"<html><body>{markup}</body></html>".encode()
    for text in (whole_text(html._tree(page)), whole_text_of(page)):
        assert [" ".join(line.split()) for line in text.split("\n") if line.strip()] == lines


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (
            "&lt;p&gt;Two ran aground.&lt;/p&gt;&lt;p&gt;Jane &amp;amp; John.&lt;/p&gt;",
            ["Two ran aground.", "Jane & John."],
        ),
        ("Two ran aground.&lt;br /&gt;&lt;br /&gt;\nJane &amp; John.", ["Two ran aground.", "Jane & John."]),
        ("&lt;DIV class=&quot;a&quot;&gt;Two&lt;/DIV&gt;", ["Two"]),
    ],
)
@pytest.mark.parametrize("content_type", [None, "text/html"])
def test_markup_that_was_escaped_once_more_is_read_as_markup(
    body: str, lines: list[str], content_type: str | None
) -> None:
    assert is_html(body, content_type)
    for markup in (body, body.encode()):
        assert [line.strip() for line in read_html(markup).body.split("\n") if line.strip()] == lines


@pytest.mark.parametrize(
    "body",
    ["a &lt; b, and b &gt; c", "She wrote &lt;sigh&gt;", "&lt;b&gt; is no end", "<p>The tag &lt;/p&gt; ends it.</p>"],
)
def test_what_is_escaped_beside_markup_or_is_none_is_text(body: str) -> None:
    assert is_html(body, None) is body.startswith("<")
    assert not is_html(body, "text/plain")
    assert "&" not in body or read_html(f"<p>{body}</p>").body.count("<") == body.count("&lt;")
