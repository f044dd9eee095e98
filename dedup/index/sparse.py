"""Weighted terms of the texts in the index, and their exact dot products with a new text.

Weights are whole numbers, so a sum does not depend on the order of its terms, the machine or the kernel in use.
"""

from __future__ import annotations

from dedup.sketch.kernel import SparseStore

__all__ = ["SparseStore"]
