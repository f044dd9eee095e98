"""The kernel in use: the compiled one where it was built, else the reference in Python. Both give the same bits.

``DEDUP_PURE_PYTHON=1`` forces the reference. It is some hundred times slower and decides nothing differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING

from dedup import compiled
from dedup.sketch import (
    reference,
    reference_articles,
    reference_bands,
    reference_evidence,
    reference_figures,
    reference_filling,
    reference_meeting,
    reference_passages,
    reference_postings,
    reference_terms,
    reference_texts,
)


def choose(environment: Mapping[str, str]) -> tuple[ModuleType, str]:
    """The kernel to use and, where it is not the compiled one, the reason for the operator, else ``""``."""
    kernel, reason = compiled.load(environment)
    return kernel or reference, reason


_chosen, FALLBACK_REASON = compiled.KERNEL or reference, compiled.FALLBACK_REASON
COMPILED = _chosen is not reference

if TYPE_CHECKING:
    from dedup.sketch.reference import distinct, framed, give_back, minhash, overlap, sign, sign_many
    from dedup.sketch.reference_articles import Articles
    from dedup.sketch.reference_bands import BandIndex, band_keys
    from dedup.sketch.reference_evidence import alike
    from dedup.sketch.reference_figures import figures
    from dedup.sketch.reference_filling import fill
    from dedup.sketch.reference_meeting import enter, meet, weigh_up
    from dedup.sketch.reference_passages import passages
    from dedup.sketch.reference_postings import Postings, key_terms
    from dedup.sketch.reference_terms import TermCounts, first_of, hash_terms, spell, term_hashes, without_digits
    from dedup.sketch.reference_texts import Texts
else:
    _bands, _terms = (_chosen, _chosen) if COMPILED else (reference_bands, reference_terms)
    BandIndex, TermCounts = _bands.BandIndex, _terms.TermCounts
    Articles = _chosen.Articles if COMPILED else reference_articles.Articles
    Texts = _chosen.Texts if COMPILED else reference_texts.Texts
    Postings = _chosen.Postings if COMPILED else reference_postings.Postings
    fill = _chosen.fill if COMPILED else reference_filling.fill
    meet = _chosen.meet if COMPILED else reference_meeting.meet
    weigh_up = _chosen.weigh_up if COMPILED else reference_meeting.weigh_up
    enter = _chosen.enter if COMPILED else reference_meeting.enter
    alike = _chosen.alike if COMPILED else reference_evidence.alike
    figures = _chosen.figures if COMPILED else reference_figures.figures
    passages = _chosen.passages if COMPILED else reference_passages.passages
    key_terms = _chosen.key_terms if COMPILED else reference_postings.key_terms
    sign, sign_many = _chosen.sign, _chosen.sign_many
    minhash, overlap, band_keys = _chosen.minhash, _chosen.overlap, _bands.band_keys
    hash_terms, term_hashes, spell = _terms.hash_terms, _terms.term_hashes, _terms.spell
    without_digits, first_of = _terms.without_digits, _terms.first_of
    distinct, framed, give_back = _chosen.distinct, _chosen.framed, _chosen.give_back

__all__ = [
    "COMPILED",
    "FALLBACK_REASON",
    "Articles",
    "BandIndex",
    "Postings",
    "TermCounts",
    "Texts",
    "alike",
    "band_keys",
    "choose",
    "distinct",
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
