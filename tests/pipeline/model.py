"""A model of stories of the tests' own, so that what they decide does not depend on the coefficients of the day."""

from __future__ import annotations

from dedup.cluster.model import Model
from dedup.kernel.reference.evidence import Weights

THRESHOLD, SPLIT = 0.5, 0.6
MODEL = Model(
    Weights(-3.0, 8.0, 0.0, 0.0, 0.0, 0.0, -0.1, 0.0, 100.0), THRESHOLD, SPLIT, lone=SPLIT, floor=-6.0, ceiling=6.0
)
