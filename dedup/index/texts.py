"""The texts of the window with their stories, and exact evidence that a text belongs to a story.

See `dedup.sketch.reference_texts`, which defines what the compiled kernel computes. Dot products are whole numbers, so
a result does not depend on the order of terms, the machine or the kernel in use.
"""

from __future__ import annotations

from dedup.sketch.kernel import Texts
from dedup.sketch.reference_evidence import UNIT, Bounds, Likeness, StoryFit, Weights

__all__ = ["UNIT", "Bounds", "Likeness", "StoryFit", "Texts", "Weights"]
