"""Weighted terms: what an article is about, as evidence that it reports the same event as another.

A term is a word, or in scripts without spaces two characters that stand together. Its weight is ``(1 + log tf) * idf``
(Salton and Buckley 1988) in a vector scaled to length 1. idf comes from the recent stream over a start from general
word frequencies (`dedup.sketch.frequencies`) and is frozen when the article arrives. Weights are stored as whole
numbers, so every later comparison is exact integer arithmetic and depends on no order.
"""

from __future__ import annotations

import math
import struct
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

import numpy as np
import xxhash

from dedup.text.document import Document
from dedup.text.tokens import is_syllable

# A cosine of 1 as an integer is SCALE * SCALE: weights are 16-bit fixed point.
SCALE = 65_535
FIELDS = ("body", "title", "lead")
BODY, TITLE, LEAD = range(3)
_CAPS = (128, 32, 64)
LEAD_TOKENS = 50
# Words of the body that stand in for a title that is not there.
TITLE_FALLBACK = 12
# Strongest terms of the body by which related texts are found.
KEY_TERMS = 20
# Distinct terms of one text that are looked at; what a longer text has beyond them is a word list.
MOST_TERMS = 20_000

Hashes = np.ndarray[tuple[int], np.dtype[np.uint32]]
Floats = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class SparseVector:
    """A vector of length 1: `hashes` (n,) uint32 ascending, `weights` (n,) uint16 in units of 1 / `SCALE`."""

    hashes: bytes
    weights: bytes


@dataclass(frozen=True, slots=True)
class TermSketch:
    """The terms of one text. `vectors` follow `FIELDS`; `terms` are all its distinct term hashes, ascending uint32.

    `words` gives the spelling of a hash, for people; it is known only while the article is being decided.
    """

    vectors: tuple[SparseVector, ...]
    terms: bytes
    words: Mapping[int, str] = field(default_factory=dict, compare=False)

    @property
    def strongest(self) -> bytes:
        """Hashes of the `KEY_TERMS` heaviest terms of the body, uint32; of equally heavy ones the lowest."""
        body = self.vectors[BODY]
        weights = np.frombuffer(body.weights, "<u2").astype(np.int32)
        order = np.argsort(-weights, kind="stable")[:KEY_TERMS]
        return np.frombuffer(body.hashes, "<u4")[order].tobytes()

    def to_bytes(self) -> bytes:
        """What is stored: four lengths, all terms, then hashes and weights of each vector; little-endian."""
        lengths = struct.pack("<4H", len(self.terms) // 4, *(len(v.hashes) // 4 for v in self.vectors))
        return b"".join((lengths, self.terms, *(part for v in self.vectors for part in (v.hashes, v.weights))))

    @classmethod
    def from_bytes(cls, stored: bytes) -> TermSketch:
        """The inverse of `to_bytes`, without the words."""
        terms, *lengths = struct.unpack_from("<4H", stored)
        start = 8 + 4 * terms
        vectors = []
        for length in lengths:
            middle, end = start + 4 * length, start + 6 * length
            vectors.append(SparseVector(stored[start:middle], stored[middle:end]))
            start = end
        return cls(tuple(vectors), stored[8 : 8 + 4 * terms])


class Idf(Protocol):
    """Inverse document frequencies of one language at one moment."""

    def __call__(self, terms: Collection[str], hashes: Collection[int]) -> Floats:
        """idf of each term, 0 or more."""


def sketch(document: Document, idf: Idf) -> TermSketch:
    """The weighted terms of a document. Title and lead count twice in the whole; see `FIELDS`."""
    head, text = terms_of(document.title_tokens), terms_of(document.body_tokens)
    if head and text[: len(head)] == head:
        text = text[len(head) :]
    lead = text[:LEAD_TOKENS]
    counts = Counter(text)
    if head:
        counts.update(head)
    else:
        head = text[:TITLE_FALLBACK]
    opening = lead + head
    counts.update(opening)
    numbers = {xxhash.xxh32_intdigest(term.encode()): term for term in islice(counts, MOST_TERMS)}
    hashes = np.fromiter(numbers, "<u4", len(numbers))
    order = np.argsort(hashes)
    hashes, names = hashes[order], list(numbers.values())
    weights = np.asarray(idf(names, numbers))[order]
    vectors = []
    for part, cap in zip((counts, Counter(head), Counter(opening)), _CAPS, strict=True):
        tf = np.fromiter((part.get(name, 0) for name in names), np.float64, len(names))[order]
        vectors.append(_vector(hashes, tf, weights, cap))
    return TermSketch(tuple(vectors), hashes.tobytes(), numbers)


def terms_of(tokens: Sequence[str]) -> list[str]:
    """Words as they are; runs of single characters of scripts without spaces as overlapping pairs."""
    if "".join(tokens).isascii():
        return list(tokens)
    terms: list[str] = []
    run: list[str] = []
    for token in tokens:
        if is_syllable(token[0]):
            run.append(token)
            continue
        if run:
            terms.extend(_pairs(run))
            run = []
        terms.append(token)
    terms.extend(_pairs(run))
    return terms


def _pairs(run: list[str]) -> Iterable[str]:
    return run if len(run) < 2 else map("".join, zip(run, run[1:], strict=False))


def _vector(hashes: Hashes, tf: Floats, idf: Floats, cap: int) -> SparseVector:
    raw = np.log(tf, out=np.full_like(tf, -1.0), where=tf > 0)
    raw += 1.0
    raw *= idf
    kept = np.flatnonzero(raw)
    if len(kept) > cap:
        # The heaviest; of equally heavy ones those with the lowest hash, which come first.
        kept = np.sort(kept[np.argsort(-raw[kept], kind="stable")[:cap]])
    weights = raw[kept]
    length = math.sqrt(float(weights @ weights)) if len(kept) else 1.0
    fixed = (weights * (SCALE / length) + 0.5).astype("<u2")
    return SparseVector(hashes[kept][fixed > 0].tobytes(), fixed[fixed > 0].tobytes())
