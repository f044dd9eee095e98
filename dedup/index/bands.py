"""Candidates by shared bands: the keys that make two texts meet, and the index of them.

Copies meet in bands of several rows of their signatures (`band_keys`, of a `dedup.sketch.minhash.Signature`). An index
holds keys of one scheme only.
"""

from __future__ import annotations

from dedup.sketch.kernel import BandIndex, band_keys

__all__ = ["BandIndex", "band_keys"]
