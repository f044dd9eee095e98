"""Texts for the window: made of few terms, alike as far as a test wants."""

from __future__ import annotations

import math
import struct
from typing import Any

from dedup.kernel import chosen as kernel
from dedup.kernel import reference
from dedup.kernel.reference.arrays import SCALE
from dedup.kernel.reference.evidence import LEAST_DAYS, Bounds, Vector, Weights

KINDS: list[Any] = [reference.Texts, *([kernel.Texts] if kernel.COMPILED else [])]
EMPTY: Vector = b"", b""
# Only bodies count, and a day apart costs log(2).
BODIES = Weights(-1.0, 3.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, math.inf)
NO_BOUNDS = Bounds(-math.inf, math.inf, limit=0.0, lone=0.0)
# What texts of one moment lose by their days.
AT_ONCE = -math.log1p(LEAST_DAYS)


def vector(terms: dict[int, int]) -> Vector:
    hashes = sorted(terms)
    return struct.pack(f"<{len(hashes)}I", *hashes), struct.pack(f"<{len(hashes)}H", *(terms[h] for h in hashes))


def alike(cosine: float) -> list[Vector]:
    """A text without title and numbers whose body has this cosine with `alike(1.0)`."""
    return [vector({1: round(cosine * SCALE)}), EMPTY, EMPTY, EMPTY]


def about(*terms: int) -> list[Vector]:
    """A text whose body is of these terms, all equally heavy."""
    return [vector(dict.fromkeys(terms, int(SCALE / math.sqrt(len(terms))))), EMPTY, EMPTY, EMPTY]
