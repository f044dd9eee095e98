"""One parser under many inputs, and what came of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings

from .parsers import Parser

SLOWEST = 10.0
"""Seconds of CPU that one input may take; what takes longer counts as an escape."""


@dataclass(slots=True)
class Outcome:
    """What was tried and seen: `slowest` seconds of CPU on `slowest_on`; `escaped`, the shortest that gave `error`."""

    inputs: int = 0
    found: int = 0
    slowest: float = 0.0
    slowest_on: Any = None
    escaped: Any = None
    error: Exception | None = None


def fuzz(parser: Parser, inputs: int, seed: int | None = None) -> Outcome:
    """Gives a parser so many inputs, made from `seed`; without one they are the same each time."""
    outcome = Outcome()

    def parse(data: Any) -> None:
        outcome.inputs += 1
        start = time.process_time()
        try:
            outcome.found += bool(parser.parse(data))
            spent = time.process_time() - start
            assert spent < SLOWEST, f"this took {spent:.1f} s"
        except Exception as error:
            # The last that is tried is the shortest.
            outcome.escaped, outcome.error = data, error
            raise
        if spent > outcome.slowest:
            outcome.slowest, outcome.slowest_on = spent, data

    test = settings(
        max_examples=inputs, derandomize=seed is None, deadline=None, database=None, print_blob=False,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink),
    )(given(parser.inputs)(parse))  # fmt: skip
    try:
        (test if seed is None else hypothesis.seed(seed)(test))()
    except BaseException:
        if outcome.error is None:
            raise
    return outcome
