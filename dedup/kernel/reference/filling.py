"""The articles of a segment as the database holds them, put into all structures at once.

A part of the definition in `dedup.kernel.reference`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import NamedTuple

from dedup.kernel.reference.arrays import vector_of
from dedup.kernel.reference.articles import Articles, check_ids, check_small, skeleton_of
from dedup.kernel.reference.bands import MAX_BANDS, BandIndex, band_keys
from dedup.kernel.reference.evidence import Vector, check_place, checked_skeleton
from dedup.kernel.reference.postings import MOST_TERMS, Postings, key_terms
from dedup.kernel.reference.signatures import MAX_PERMUTATIONS
from dedup.kernel.reference.texts import Texts

FIELDS = 4
_HEAD = struct.Struct("<6H")
_BYTES = {"publisher", "words", "signature", "terms"}


class Stored(NamedTuple):
    """A row of an article. `publisher` and `words` are its skeleton, see `dedup.sketch.skeleton`; `salt` is that of its
    language, `signature` and `terms` are as they are stored; each may be empty where `fill` has no use for it."""

    article_id: int
    ordinal: int
    published: int | None
    group_id: int
    story_id: int
    text: bool
    version: int
    publisher: bytes
    words: bytes
    salt: int
    signature: bytes
    terms: bytes


def fill(
    rows: Iterable[tuple[object, ...]],
    dated: bool,
    articles: Articles,
    texts: Texts | None,
    signatures: BandIndex | None,
    terms: Postings | None,
    bands: tuple[int, int],
    limit: int,
) -> None:
    """Adds rows, as `Stored`, in the order of decisions, to those of the structures that are there.

    `dated` says that the moment of an article is when it was published, where that is known, and not its ordinal.
    `bands` are how many of how many rows; a text is found by `limit` terms. Articles and texts that are there stay as
    they are; a text has the skeleton of its article and comes to the story that its group is in. The compiled kernel
    gives up the interpreter's lock meanwhile, and no other thread may use the structures. Raises `ValueError` for a row
    that is not as it must be, or not in this order; those before it are added by then.
    """
    count, each = bands
    sound = 1 <= count <= MAX_BANDS and 1 <= each <= MAX_PERMUTATIONS and 0 <= limit <= MOST_TERMS
    if not sound or (signatures is not None and signatures.bands != count):
        raise ValueError("bands, rows or key_terms are out of range")
    for values in tuple(rows):
        row = _checked(values)
        moment = row.published if dated and row.published is not None else row.ordinal
        told, background, vectors = unpack(row.terms) if texts is not None and row.text else (0, 0, ())
        keys = b"" if signatures is None else band_keys(row.signature, *bands)
        if (row.article_id in articles) != _is_decided(articles, row):
            raise ValueError("a row is not as it must be: its ordinal is that of another article, or it has another")
        if row.article_id not in articles:
            articles.add(
                row.article_id, row.ordinal, row.published, row.group_id, row.story_id, row.text,
                (row.publisher, row.words), row.version,
            )  # fmt: skip
        if texts is not None and row.text:
            story_id = articles.story_of(articles.groups_of([row.ordinal])[0])
            if not told:
                articles.know_less(story_id)
            elif row.ordinal not in texts:
                skeleton = skeleton_of(articles, row.article_id)
                texts.add(row.ordinal, story_id, row.published, background, vectors, skeleton)
        if signatures is not None:
            signatures.add(keys, row.ordinal, moment)
        if terms is not None and told:
            found, _ = key_terms(*vectors[0], limit, row.salt)
            if found:
                terms.add(found, row.ordinal, moment)


def unpack(stored: bytes) -> tuple[int, int, tuple[Vector, ...]]:
    """The number of terms of a text, its background and its vectors, from what `dedup.sketch.terms` stores of it."""
    if len(stored) < _HEAD.size:
        raise ValueError("a row is not as it must be: its terms")
    terms, *lengths, background = _HEAD.unpack_from(stored)
    start = _HEAD.size + 4 * terms
    if len(stored) != start + 6 * sum(lengths):
        raise ValueError("a row is not as it must be: its terms")
    vectors = []
    for length in lengths:
        middle, end = start + 4 * length, start + 6 * length
        vectors.append((stored[start:middle], stored[middle:end]))
        vector_of(*vectors[-1])
        start = end
    return terms, background, tuple(vectors)


def _checked(values: tuple[object, ...]) -> Stored:
    """A row in which every column but the last two is as it must be."""
    if not isinstance(values, tuple) or len(values) != len(Stored._fields):
        raise ValueError("a row is not as it must be: its columns")
    row = Stored(*values)  # type: ignore[arg-type]
    for name, value in zip(Stored._fields, values, strict=True):
        is_there = type(value) is bytes if name in _BYTES else isinstance(value, int)
        if not is_there and (name != "published" or value is not None):
            raise ValueError(f"a row is not as it must be: {name}")
    check_ids(row.article_id, row.group_id, row.story_id)
    check_place(row.ordinal, row.published)
    check_small(row.version)
    check_small(row.salt)
    checked_skeleton((row.publisher, row.words))
    return row._replace(text=bool(row.text))


def _is_decided(articles: Articles, row: Stored) -> bool:
    """Whether the ordinal of a row is that of its article. Raises `ValueError` where it is that of another."""
    try:
        found = articles.article_of(row.ordinal)
    except KeyError:
        return False
    if found != row.article_id:
        raise ValueError("a row is not as it must be: its ordinal is that of another article")
    return True
