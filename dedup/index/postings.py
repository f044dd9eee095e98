"""Candidates by shared terms: an inverted index over the strongest terms of each text.

Reports of one event in other words share few of their strongest terms, far too few for bands of several rows. Bands of
one row only sample the terms; their postings themselves are a third of the memory, and the right story is among the
first candidates more often.
"""

from __future__ import annotations

from dedup.sketch.kernel import Postings, key_terms

__all__ = ["Postings", "key_terms"]
