"""Candidates by shared terms: an inverted index over the strongest terms of each text.

Reports of one event in other words share few of their strongest terms, far too few for bands of several rows. Bands of
one row only sample the terms; their postings themselves are a third of the memory, and the right story is among the
first candidates more often.
"""

from __future__ import annotations

from dedup.sketch import kernel
from dedup.sketch.kernel import Postings

__all__ = ["Postings", "salted"]


def salted(term_hashes: bytes, salt: int) -> bytes:
    """The set of `term_hashes`, each XORed with the 32-bit `salt`: the same words of two salts do not meet."""
    turned = int.from_bytes(salt.to_bytes(4, "little") * (len(term_hashes) // 4), "little")
    mixed = int.from_bytes(term_hashes, "little") ^ turned
    return kernel.distinct(mixed.to_bytes(len(term_hashes), "little"))
