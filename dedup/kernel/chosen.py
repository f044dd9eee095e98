"""The kernel in use: the compiled one where it was built, else the reference in Python. Both give the same bits.

``DEDUP_PURE_PYTHON=1`` forces the reference. It is some hundred times slower and decides nothing differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING

from dedup.kernel import compiled, reference


def choose(environment: Mapping[str, str]) -> tuple[ModuleType, str]:
    """The kernel to use and, where it is not the compiled one, the reason for the operator, else ``""``."""
    kernel, reason = compiled.load(environment)
    return kernel or reference, reason


_chosen, FALLBACK_REASON = compiled.KERNEL or reference, compiled.FALLBACK_REASON
COMPILED = _chosen is not reference

__all__ = ["COMPILED", "FALLBACK_REASON", "choose"]
__all__ += reference.__all__

if TYPE_CHECKING:
    from dedup.kernel.reference import *  # noqa: F403
else:
    globals().update({name: getattr(_chosen, name) for name in reference.__all__})
