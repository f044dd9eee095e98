"""Structures of the window, each as the kernel has it and as the reference has it."""

from __future__ import annotations

from typing import Any

import pytest

from dedup.kernel.reference.evidence import DAY

from . import texts
from .articles import BLOCK, KINDS, PERIOD, RECENT


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__module__)
def articles(request: pytest.FixtureRequest) -> Any:
    """No articles yet: stretches of a week, of 100 decisions and of the last 10."""
    return request.param((PERIOD, BLOCK, RECENT))


@pytest.fixture(params=texts.KINDS, ids=lambda kind: kind.__module__)
def made(request: pytest.FixtureRequest) -> Any:
    """Makes an empty window: all dates may be compared, decisions up to 100 apart, no background."""

    def make(
        reach: int = 99 * DAY,
        arrivals: int = 100,
        voices: tuple[int, int] = (4, 12),
        background: tuple[int, int, int] = (0, 1, 0),
    ) -> Any:
        return request.param(reach, arrivals, voices, background)

    return make
