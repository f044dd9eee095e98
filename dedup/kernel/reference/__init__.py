"""The kernel in plain Python: the definition that the compiled one (``csrc/``) matches bit for bit.

`arrays` says what an array is. Every function raises `ValueError` for bytes that are not a whole number of items and
`TypeError` for the wrong type.
"""

from __future__ import annotations

from dedup.kernel.reference.articles import Articles
from dedup.kernel.reference.bands import BandIndex, band_keys
from dedup.kernel.reference.evidence import alike, dot
from dedup.kernel.reference.figure_places import figures
from dedup.kernel.reference.filling import fill
from dedup.kernel.reference.meeting import enter, meet, weigh_up
from dedup.kernel.reference.postings import Postings, key_terms
from dedup.kernel.reference.signatures import among, distinct, framed, give_back, minhash, overlap, sign, sign_many
from dedup.kernel.reference.site_passages import passages
from dedup.kernel.reference.terms import Stems, TermCounts, first_of, hash_terms, spell, term_hashes, without_digits
from dedup.kernel.reference.texts import Texts

__all__ = [
    "Articles",
    "BandIndex",
    "Postings",
    "Stems",
    "TermCounts",
    "Texts",
    "alike",
    "among",
    "band_keys",
    "distinct",
    "dot",
    "enter",
    "figures",
    "fill",
    "first_of",
    "framed",
    "give_back",
    "hash_terms",
    "key_terms",
    "meet",
    "minhash",
    "overlap",
    "passages",
    "sign",
    "sign_many",
    "spell",
    "term_hashes",
    "weigh_up",
    "without_digits",
]
