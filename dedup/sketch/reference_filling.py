"""The articles of a segment as the database holds them, put into all structures at once.

A part of the definition in `dedup.sketch.reference`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import NamedTuple

from dedup.sketch.reference import BandIndex, band_keys
from dedup.sketch.reference_articles import Articles
from dedup.sketch.reference_postings import Postings, key_terms
from dedup.sketch.reference_texts import Texts, Vector

FIELDS = 4
_HEAD = struct.Struct("<6H")


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
    they are; a text comes to the story that its group is in. Raises `ValueError` for a row that is not as it must be;
    those before it are added by then.
    """
    for values in rows:
        row = Stored(*values)  # type: ignore[arg-type]
        moment = row.published if dated and row.published is not None else row.ordinal
        if row.article_id not in articles:
            articles.add(
                row.article_id, row.ordinal, row.published, row.group_id, row.story_id, row.text,
                (row.publisher, row.words), row.version,
            )  # fmt: skip
        told, background, vectors = unpack(row.terms) if texts is not None and row.text else (0, 0, ())
        if texts is not None and row.text:
            story_id = articles.story_of(articles.groups_of([row.ordinal])[0])
            if not told:
                articles.know_less(story_id)
            elif row.ordinal not in texts:
                skeleton = row.publisher, row.words
                texts.add(row.ordinal, story_id, row.published, background, vectors, skeleton)
        if signatures is not None:
            signatures.add(band_keys(row.signature, *bands), row.ordinal, moment)
        if terms is not None and told:
            found, _ = key_terms(*vectors[0], limit, row.salt)
            if found:
                terms.add(found, row.ordinal, moment)


def unpack(stored: bytes) -> tuple[int, int, tuple[Vector, ...]]:
    """How many terms a text has, its background and its vectors, of what `dedup.sketch.terms` stores of it."""
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
        start = end
    return terms, background, tuple(vectors)
