"""What is asked of a line before a slow expression is: no more is passed over than that expression would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.text import furniture
from dedup.text.furniture import credit_in, is_trail

PIECES = st.sampled_from([
    "Photo", "photographs by", "Credit", "fotografía", "写真", "©", ":", "/", "：", "Getty Images", "GETTY IMAGES", " ",
    "Mara Lind", "a boat at the pier that nobody has seen since Monday morning at about ten", ".", "!", "。", "-", "”",
    ">", "|", "Home", "News",
])  # fmt: skip
LINES = st.lists(PIECES, max_size=9).map(" ".join) | st.lists(PIECES, max_size=9).map("".join)


@pytest.mark.parametrize(
    ("caption", "credit"),
    [
        ("A boat below the pier. Photo: Mara Lind", "Photo: Mara Lind"),
        ("A boat below the pier (© Linnford County)", "© Linnford County)"),
        ("A boat below the pier Mara Lind/GETTY IMAGES", "GETTY IMAGES"),
        ("Photo: a boat. It lay below the pier until the divers came back on Monday.", None),
        ("The county asked: who pays for the piers?", None),
    ],
)
def test_the_credit_at_the_end_of_a_caption(caption: str, credit: str | None) -> None:
    found = credit_in(caption)
    assert (found and found[0]) == credit


@given(LINES)
def test_no_credit_is_passed_over(caption: str) -> None:
    found, expected = credit_in(caption), furniture._CREDIT.search(caption)
    assert (found and found.span()) == (expected and expected.span())


@given(LINES)
def test_no_bread_crumbs_are_passed_over(line: str) -> None:
    assert is_trail(line) == (furniture._TRAIL.fullmatch(line) is not None)
