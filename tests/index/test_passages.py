"""Passages: what they are, which of them are left out, and that the compiled kernel finds the same."""

from __future__ import annotations

import struct
from typing import Any

import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from dedup.kernel import chosen as kernel
from dedup.kernel import reference
from dedup.kernel.reference.site_passages import EDGE, find

compiled: Any
compiled, reason = kernel.choose({})

SENTENCE = "The harbour board met on Tuesday and put off its vote once more."
SAID = '"Nobody knows why the cranes stood still," said the clerk of the board.'
WRAPPED = "The council voted late on Friday to close"
LONG = f"{SENTENCE} {SAID} {SENTENCE[:-1]}! Then it rained."


def found(text: str) -> list[str]:
    data = text.encode()
    return [data[start:end].decode() for start, end in find(data)]


def hashes(*passages: str) -> bytes:
    return struct.pack(f"<{len(passages)}I", *(xxhash.xxh32_intdigest(one.encode()) for one in passages))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("Home\nSport\n\nWeather", ["Home", "Sport", "Weather"]),
        ("12:30\n***\nKeep", ["Keep"]),
        (f"{WRAPPED}\nthe bridge.\nand so on", [WRAPPED, "and so on"]),
        ("home\nsport", ["home", "sport"]),
        (LONG, [SENTENCE, SAID, f"{SENTENCE[:-1]}!", "Then it rained."]),
        ("港" * 30 + "。" + "船" * 40 + "。", ["港" * 30 + "。", "船" * 40 + "。"]),
    ],
)  # fmt: skip
def test_passages_are_lines_and_the_sentences_of_long_ones(text: str, expected: list[str]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize("passages", [kernel.passages, reference.passages])
def test_what_others_have_is_left_out(passages: Any) -> None:
    text = f"Home\nSport\n\nA ferry sank.\nAll were saved.\n\nRead more\n\n{LONG}\nHome"
    others = [hashes("Home", "Sport", SENTENCE, "Then it rained."), hashes("Home", "Sport", "Read more", SENTENCE)]
    shared, novel, total, once, kept, repeated = passages(text, others, 2)
    assert len(shared) == 4 * len(set(found(text)))
    assert total == sum(len(one.encode()) for one in set(found(text)))
    assert novel == len("A ferry sank.All were saved.") + len(found(LONG)[1]) + len(found(LONG)[2])
    assert kept == f"A ferry sank.\nAll were saved.\n\nRead more\n\n{LONG[len(SENTENCE) + 1 :]}"
    assert repeated == f"Home\nSport\n{SENTENCE}\nHome"
    assert once is True  # "Read more"
    assert passages(f"Home\nSport\nA ferry sank.\n\n{SENTENCE}", others, 2)[3] is False
    assert passages(text, others, 3)[4:] == (None, None)
    assert passages(text, others, 0)[4:] == (None, None)
    assert passages("Home\nSport\n\nHome\nSport", others, 2)[4:] == ("", "Home\nSport\nHome\nSport")
    assert passages("Home\n\nSport", others, 2)[4:] == (None, None)


def test_of_a_long_text_the_beginning_and_the_end_are_looked_at() -> None:
    lines = [f"Line number {number}" for number in range(5 * EDGE)]
    shared, _, _, _, kept, repeated = kernel.passages("\n".join(lines), [hashes(*lines)], 1)
    assert shared == hashes(*lines[:EDGE], *lines[-EDGE:])
    assert kept == "\n".join(lines[EDGE:-EDGE])
    assert repeated == "\n".join(lines[:EDGE] + lines[-EDGE:])


@pytest.mark.parametrize("passages", [kernel.passages, reference.passages])
def test_refusals(passages: Any) -> None:
    with pytest.raises(ValueError, match="least must not be negative"):
        passages("Text", [], -1)
    with pytest.raises(ValueError, match="bytes"):
        passages("Text", [b"12345"], 1)


lines = st.sampled_from(
    [
        "Home",
        "Home ",
        " Sport",
        "a b",
        "",
        "",
        SENTENCE,
        SENTENCE[:45],
        LONG,
        LONG * 2,
        "。！" * 40,
        "é. " * 70,
        "x. y " * 60,
    ]
)
texts = st.lists(lines | st.text(max_size=90), max_size=12).map("\n".join) | st.lists(lines, max_size=200).map(
    "\n".join
)


@pytest.mark.skipif(compiled is reference, reason=reason or "the compiled kernel is not built")
@given(text=texts, others=st.lists(texts, max_size=4), least=st.integers(0, 4))
def test_the_compiled_kernel_finds_the_same(text: str, others: list[str], least: int) -> None:
    given_hashes = [reference.passages(other, [], 0)[0] for other in others]
    wanted = reference.passages(text, given_hashes, least)
    assert compiled.passages(text, given_hashes, least) == wanted
