"""The parameters that make two articles comparable."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from dedup.config import NORMALISER_VERSION

PERMUTATIONS = "affine32"
HASH = "xxh32"
# What datasketch answers for the shipped configuration: to ask it takes half a second of a start, since it imports
# scipy and integrates. Bands and rows, by the threshold of an index and the number of permutations.
KNOWN_BANDS = {(0.35, 128): (32, 4)}


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a text became a signature and weighted terms. Its `name` is stored with both; others are never compared.

    A shingle is `shingle_words` consecutive tokens (see `dedup.sketch.shingles`), hashed by `hash` with seed 0; the
    `num_perm` permutations are those of ``datasketch.MinHash(num_perm, seed, scheme=permutations)``. `normaliser` is
    the version of the text stage's normalising and tokens: another version gives other tokens, hence other signatures;
    `terms` is the version of the weighted terms, see `dedup.sketch.terms`.

    Raises `ValueError` for a scheme that cannot be computed here.
    """

    shingle_words: int
    num_perm: int = 128
    seed: int = 1
    permutations: str = PERMUTATIONS
    hash: str = HASH
    normaliser: int = NORMALISER_VERSION
    terms: int = 4

    def __post_init__(self) -> None:
        if self.shingle_words < 1:
            raise ValueError(f"shingle_words must be at least 1, not {self.shingle_words}")
        if not 1 <= self.num_perm <= 1024:
            raise ValueError(f"num_perm must lie between 1 and 1024, not {self.num_perm}")
        if (self.permutations, self.hash) != (PERMUTATIONS, HASH):
            raise ValueError(f"only {PERMUTATIONS} over {HASH} is computed, not {self.permutations} over {self.hash}")

    @property
    def name(self) -> str:
        """For example ``w3-xxh32-affine32-128-s1-n2-t4``."""
        signature = f"w{self.shingle_words}-{self.hash}-{self.permutations}-{self.num_perm}-s{self.seed}"
        return f"{signature}-n{self.normaliser}-t{self.terms}"

    def coefficients(self) -> tuple[bytes, bytes]:
        """`a` and `b` of the permutations ``h -> a * h + b mod 2**32``, each ``num_perm`` little-endian uint32."""
        return coefficients(self.num_perm, self.seed)

    def bands(self, threshold: float) -> tuple[int, int]:
        """``(bands, rows)`` of an LSH index for this Jaccard `threshold`, 0 to 1, as datasketch's `MinHashLSH` chooses.

        It weighs false positives and false negatives alike: 0.5 and 128 permutations give 25 bands of 5 rows. Two texts
        of similarity s share a band with probability ``1 - (1 - s ** rows) ** bands``.
        """
        return _bands(threshold, self.num_perm)


@lru_cache(maxsize=8)
def coefficients(num_perm: int, seed: int) -> tuple[bytes, bytes]:
    """`a` and `b` of ``datasketch.MinHash(num_perm, seed, scheme="affine32")``, little-endian uint32; `a` is odd."""
    generator = np.random.RandomState(seed)
    a = generator.randint(0, 1 << 31, num_perm, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    b = generator.randint(0, 1 << 32, num_perm, dtype=np.uint32)
    return a.astype("<u4").tobytes(), b.astype("<u4").tobytes()


@lru_cache(maxsize=32)
def _bands(threshold: float, num_perm: int) -> tuple[int, int]:
    known = KNOWN_BANDS.get((round(threshold, 9), num_perm))
    if known is not None:
        return known
    from datasketch import MinHashLSH  # noqa: PLC0415 - see above

    index = MinHashLSH(threshold=threshold, num_perm=num_perm)
    return int(index.b), int(index.r)
