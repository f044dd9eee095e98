"""Two articles compared on the spot, with the measures of the service, for a person who asks why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import xxhash

from dedup.cluster import duplicates, model, stories
from dedup.cluster.stories import StoryComparison, Voice
from dedup.config import Config
from dedup.memory import scheme_of
from dedup.sketch.minhash import sign
from dedup.sketch.shingles import Overlap, overlap
from dedup.sketch.terms import BODY, LEAD, SCALE, TITLE, SparseVector, TermSketch, terms_of
from dedup.text.tokens import tokens

SHOWN_TERMS = 12
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Compared:
    """An article as the database holds it: clean title and body, its weighted terms, when it was published."""

    title: str
    body: str
    terms: bytes
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class Resemblance:
    """How alike two texts are. Similarities, cosines and `probability` lie between 0 and 1.

    `probability` is the story model's, as if the one were the only text of a story that the other might join; `days`
    lie between them, None where one is undated. `shared_terms` are those that weigh most, strongest first.
    """

    overlap: Overlap
    is_copy: bool
    body: float
    title: float
    lead: float
    days: float | None
    probability: float
    shared_terms: tuple[str, ...]


def compare(one: Compared, other: Compared, config: Config) -> Resemblance:
    """Compares two texts with the settings of `config` and the terms' weights as they were when each was decided."""
    common = overlap(_shingles(one, config), _shingles(other, config))
    mine, theirs = TermSketch.from_bytes(one.terms), TermSketch.from_bytes(other.terms)
    body, title, lead = (cosine(mine.vectors[part], theirs.vectors[part]) for part in (BODY, TITLE, LEAD))
    days = None
    if one.published_at is not None and other.published_at is not None:
        days = abs((one.published_at - other.published_at).total_seconds()) / DAY
    alone = StoryComparison(0, (Voice(0, body, title, lead),), days)
    return Resemblance(
        overlap=common,
        is_copy=duplicates.is_copy(common, config.duplicates),
        body=body,
        title=title,
        lead=lead,
        days=days,
        probability=model.published().probability(stories.features(alone)),
        shared_terms=_shared(one, mine.vectors[BODY], theirs.vectors[BODY]),
    )


def cosine(one: SparseVector, other: SparseVector) -> float:
    """The cosine of two vectors of length 1, 0 to 1."""
    return float(_products(one, other)[1].sum()) / (SCALE * SCALE)


def _products(one: SparseVector, other: SparseVector) -> tuple[list[int], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """The hashes that two vectors have in common and the products of their weights."""
    hashes, here, there = np.intersect1d(
        np.frombuffer(one.hashes, "<u4"), np.frombuffer(other.hashes, "<u4"), assume_unique=True, return_indices=True
    )
    weights = np.frombuffer(one.weights, "<u2")[here].astype(np.int64) * np.frombuffer(other.weights, "<u2")[there]
    return hashes.tolist(), weights


def _shared(article: Compared, one: SparseVector, other: SparseVector) -> tuple[str, ...]:
    hashes, weights = _products(one, other)
    terms = terms_of(tokens(f"{article.title}\n{article.body}"))
    spelled = {xxhash.xxh32_intdigest(term.encode()): term for term in terms}
    strongest = np.argsort(-weights, kind="stable")[:SHOWN_TERMS].tolist()
    return tuple(spelled[hashes[place]] for place in strongest if hashes[place] in spelled)


def _shingles(article: Compared, config: Config) -> bytes:
    limit = config.text.max_words
    return sign(tokens(article.title, limit), tokens(article.body, limit), scheme_of(config)).shingles
