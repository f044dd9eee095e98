"""Sets of shingles: what a shingle is, and how much two sets have in common.

A shingle is `shingle_words` consecutive tokens joined by one space. Title and body are two sequences and no shingle
crosses from one to the other, so a new headline over the same text changes the title's own shingles only. A sequence
that is shorter than a shingle but not empty is one shingle of all its tokens; an empty one has none.

A set of shingles is bytes: the distinct xxh32 hashes (seed 0) of the shingles' UTF-8, ascending, each a little-endian
uint32. With 32 bits two different shingles of a 600-word pair are taken for one with probability about 1e-4.
"""

from __future__ import annotations

from typing import NamedTuple

from dedup.kernel import chosen as kernel
from dedup.named import make


class Overlap(NamedTuple):
    """What two sets have in common: `common`, and the sizes of both, in distinct shingles.

    `jaccard` is the share of the union, 0 to 1, `containment` that of the smaller set: 1 for a cut copy. Two empty sets
    share nothing: 0.
    """

    common: int
    size_a: int
    size_b: int
    jaccard: float
    containment: float


def overlap(shingles_a: bytes, shingles_b: bytes) -> Overlap:
    """Compares two sets exactly. Raises `ValueError` where one is not a whole number of uint32."""
    return make(Overlap, kernel.overlap(shingles_a, shingles_b))
