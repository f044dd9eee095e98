"""Are two texts of nearly the same wording two issues made from one template, rather than a text and its copy?

An automated desk fills in the same sentences each day, or for each company: what is the same are the sentences, what
differs are the names and figures in them. An edited copy is the other way round.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from dedup.sketch.reference_arrays import unpack32, vector_of
from dedup.sketch.reference_evidence import UNIT, dot_of
from dedup.sketch.shingles import Overlap
from dedup.sketch.terms import BODY, NUMBERS, TermSketch, hash_terms
from dedup.text.document import Document
from dedup.text.names import names_in

# Issues of one template are about as long: the shorter has at least this part of the shingles of the longer.
LENGTHS = 0.7
# Terms weigh what is rare, so that those of copies are more alike than their sentences: the cosine of texts that are no
# issues of one template is above a line, given at Jaccard 0 and 1,
COSINE = (0.35, 0.95)
# or so large a part of the names and figures of the newcomer is in the other, where it has so many at least: names are
# looked for in so many words.
SHARE, LEAST_PARTICULARS, NAME_WORDS = 0.7, 4, 400
# Where there are so many figures in both these come first: up to one part of those of either in the other they are of
# two issues, from another part on of copies.
ISSUE_FIGURES, COPY_FIGURES, LEAST_FIGURES = 0.34, 0.8, 4


def is_template(common: Overlap, document: Document, own: TermSketch, other: TermSketch) -> bool:
    """True when a document and another text, which have so much in `common`, are made from one template.

    `own` are the weighted terms of the document, `other` those of the other text.
    """
    if min(common.size_a, common.size_b) < LENGTHS * max(common.size_a, common.size_b):
        return False
    terms, others = {*unpack32(own.terms)}, {*unpack32(other.terms)}
    figures, other_figures = _figures(own), _figures(other)
    shared = max(_share(figures, others), _share(other_figures, terms))
    if min(len(figures), len(other_figures)) >= LEAST_FIGURES and not ISSUE_FIGURES < shared < COPY_FIGURES:
        return shared < COPY_FIGURES
    bodies = vector_of(*own.vectors[BODY]), vector_of(*other.vectors[BODY])
    low, high = COSINE
    if not all(bodies) or dot_of(*bodies) / UNIT >= low + (high - low) * common.jaccard:
        return False
    names = {*unpack32(hash_terms(names_in(document.body, NAME_WORDS), document.language))}
    return len(figures | names) < LEAST_PARTICULARS or _share(figures | names, others) < SHARE


def _figures(sketch: TermSketch) -> set[int]:
    return {*unpack32(sketch.vectors[NUMBERS][0])}


def _share(part: AbstractSet[int], terms: AbstractSet[int]) -> float:
    """The share of a part of a text that is among the terms of another, 0 to 1."""
    return len(part & terms) / len(part) if part else 0.0
