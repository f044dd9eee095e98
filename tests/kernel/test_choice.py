"""Whether the compiled kernel or the reference is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dedup.kernel import chosen as kernel
from dedup.kernel import reference

from .compiled import compiled


@pytest.mark.parametrize(("value", "forced"), [("1", True), ("0", False), ("", False)])
def test_the_environment_can_force_the_reference(value: str, forced: bool) -> None:
    module, why = kernel.choose({"DEDUP_PURE_PYTHON": value})
    assert (module is reference) == (forced or compiled is reference)
    assert bool(why) == (module is reference)


def test_the_facade_offers_the_reference_when_forced() -> None:
    code = "from dedup.kernel import chosen, reference; assert chosen.sign is reference.sign and not chosen.COMPILED"
    subprocess.run([sys.executable, "-c", code], env={"DEDUP_PURE_PYTHON": "1"}, check=True)
