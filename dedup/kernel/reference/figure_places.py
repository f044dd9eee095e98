"""Figures of a text and those of another at the same places. A part of the definition in `dedup.kernel.reference`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import xxhash

from dedup.kernel.reference.arrays import ascending
from dedup.kernel.reference.signatures import separate
from dedup.spans import spans


def figures(tokens: str, shingles: bytes, words: int) -> tuple[int, int]:
    """``(places, another)``: at how many places two texts both have a figure, and at how many of these it is another.

    `tokens` are those of one text with one space between two, `shingles` the set of the other's, of so many `words`.
    Tokens in a row that begin with a digit are one figure. One of the text is in the other where each token of it is in
    a shingle that both have; it is another one where not each is, while one is or the shingle just before it or just
    behind it is in both. Between figures that are nearer to each other than a shingle is long, what stands before the
    first and behind the last of them tells of all.

    Raises `UnicodeEncodeError` for a lone surrogate and `ValueError` for `words` below 1 or shingles that are no set.
    """
    if words < 1:
        raise ValueError(f"a shingle has at least one word, not {words}")
    rows, hashed = _figures(tokens, words)
    known = set(ascending(shingles))
    shared = {at for at, number in hashed.items() if number in known}
    places = another = 0
    for row in rows:
        beside = row[0][0] - words in shared or row[-1][1] in shared
        for begin, end in row:
            parts = [any(at in shared for at in range(part - words + 1, part + 1)) for part in range(begin, end)]
            if beside or any(parts):
                places += 1
                another += not all(parts)
    return places, another


@lru_cache(maxsize=4)
def _figures(tokens: str, words: int) -> tuple[Sequence[Sequence[tuple[int, int]]], dict[int, int]]:
    """The figures of a text in `_rows`, and the hashes of the shingles that tell of them by their places.

    The same text is compared with several others.
    """
    given = [token.encode() for token in separate(tokens)]
    last = len(given) - words
    # Of the characters that a token may begin with, only the digits come before the colon.
    runs = [(begin, end + 1) for begin, end in spans(at for at, token in enumerate(given) if token < b":")]
    # The shingle just before a figure, those that hold a part of it, the one just behind it.
    starts = {at for begin, end in runs for at in range(max(begin - words, 0), min(end, last) + 1)}
    hashed = {at: xxhash.xxh32_intdigest(b" ".join(given[at : at + words])) for at in starts}
    return [*_rows(runs, words)], hashed


def _rows(runs: Sequence[tuple[int, int]], words: int) -> Iterator[Sequence[tuple[int, int]]]:
    """Figures between which there is no room for a shingle, together."""
    row: list[tuple[int, int]] = []
    for run in runs:
        if row and run[0] - row[-1][1] >= words:
            yield row
            row = []
        row.append(run)
    if row:
        yield row
