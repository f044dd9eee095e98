"""The running text of a page: the same from its tree and from what a parser meets."""

from __future__ import annotations

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
