"""Candidates by shared terms: an inverted index over the strongest terms of each text.

Reports of one event in different words share few of their strongest terms, far too few for bands of several rows, and
bands of one row only sample the terms. Postings take a third of the memory, and find the right story among the first
candidates more often.
"""

from __future__ import annotations

from dedup.sketch.kernel import Postings, key_terms

__all__ = ["Postings", "key_terms"]
