"""Names are words with a capital that does not begin a sentence, in any script that has capitals."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.text.words.names import ENDS, names_in
from dedup.text.words.tokens import tokens

signs = st.sampled_from([*sorted(ENDS), *" ,()'’-–_/", "\x00", "\xa0", "\u2028", "\u0301", "\xad"])
words = st.sampled_from(
    [
        "A",
        "Ab",
        "a",
        "to",
        "U.S.",
        "ПРО",
        "Москва",
        "речь",
        "Éire",
        "ß",
        "İs",
        "Ⅰx",
        "A²",
        "日本",
        "Aمی",
        "𝐀b",
        "1A",
        "A1",
    ]
)


def defined(text: str, most: int) -> Iterator[str]:
    """What the module says, word for word."""
    begins, left = True, most
    for found in re.finditer(rf"[^\W_]+|[{re.escape(''.join(ENDS))}]", text):
        if found[0] in ENDS:
            begins = True
            continue
        if left == 0:
            return
        left -= 1
        if not begins and len(found[0]) > 1 and found[0][0].isupper():
            yield from tokens(found[0])
        begins = False


@given(
    text=st.lists(words | signs | st.text(max_size=3), max_size=40).map("".join)
    | st.lists(words | signs, max_size=40).map(" ".join),
    most=st.sampled_from([0, 1, 2, 5, 400]),
)
def test_names_are_what_they_are_defined_as(text: str, most: int) -> None:
    assert names_in(text, most) == [*defined(text, most)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The mayor of Porto met Ana O'Neill. Talks in I. ended.", ["porto", "ana", "neill"]),
        ("“We wait,” said Ana – in the port of Öland’s Borgholm", ["ana", "öland", "borgholm"]),
        ("Вчера в Москве выпал снег", ["москве"]),
        ("日本語の文章 and 4.5 mln", []),
        ("", []),
    ],
)
def test_names_in(text: str, names: list[str]) -> None:
    assert names_in(text, 400) == names


def test_so_many_words_are_looked_at() -> None:
    for word in ("Porto", "Москва"):
        text = f"in {word} " * 300
        assert len(names_in(text, 400)) == 200
        assert len(names_in(text, 401)) == 200
        assert len(names_in(text, 402)) == 201
