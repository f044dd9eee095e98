"""The compiled kernel where it was built; without it the definitions in Python do the same work, slowly.

``DEDUP_PURE_PYTHON=1`` does without it. Used by all stages, since parts of each are compiled.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from types import ModuleType

_NAME = "dedup.kernel._kernel"


def load(environment: Mapping[str, str]) -> tuple[ModuleType | None, str]:
    """The compiled kernel, or None and the reason for the operator."""
    if environment.get("DEDUP_PURE_PYTHON", "") not in ("", "0"):
        return None, "DEDUP_PURE_PYTHON is set"
    try:
        return importlib.import_module(_NAME), ""
    except ImportError as error:
        return None, f"the compiled kernel cannot be loaded ({error}); install again with a C compiler"


KERNEL, FALLBACK_REASON = load(os.environ)
