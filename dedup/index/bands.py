"""Candidates by shared bands: the keys that make two texts meet, and the index of them.

Two tiers use it. Copies meet in bands of several rows of their signatures (`band_keys`, of a
`dedup.sketch.minhash.Signature`); reports of one event meet in one-row bands over their strongest terms
(`term_band_keys`). An index holds keys of one kind and of one scheme only.
"""

from __future__ import annotations

from dedup.sketch import kernel
from dedup.sketch.kernel import BandIndex, band_keys
from dedup.sketch.scheme import coefficients

TERM_BANDS = 64

__all__ = ["TERM_BANDS", "BandIndex", "band_keys", "salted", "term_band_keys"]


def salted(term_hashes: bytes, salt: int) -> bytes:
    """`term_hashes`, each XORed with the 32-bit `salt`: the same words under two salts do not meet."""
    turned = int.from_bytes(salt.to_bytes(4, "little") * (len(term_hashes) // 4), "little")
    return (int.from_bytes(term_hashes, "little") ^ turned).to_bytes(len(term_hashes), "little")


def term_band_keys(term_hashes: bytes) -> bytes:
    """The keys of 64 bands of one row over a set of term hashes, uint32: ``(64,)`` uint32.

    A row is the minimum under a permutation of ``datasketch.MinHash(num_perm=64, seed=1, scheme="affine32")``: two sets
    of Jaccard similarity s share a given band with probability s. Without terms every key is 2**32 - 1, so that all
    such texts would meet each other: leave them out of the index.
    """
    a, b = coefficients(TERM_BANDS, 1)
    return kernel.minhash(term_hashes, a, b)
