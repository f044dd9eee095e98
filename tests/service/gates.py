"""Daemons that stop at a gate, at a place in a pass that a test names, until it is opened."""

from __future__ import annotations

GATED = """
import sys
import structlog
from dedup.config.loading import load
from dedup.pipeline import Pipeline
from dedup.service import daemon

class Gated(Pipeline):
    def {method}(self, *arguments):
        {before}
        structlog.get_logger().info("gate.reached")
        sys.stdin.read()
        return super().{method}(*arguments)

daemon.Pipeline = Gated
sys.exit(daemon.run(load))
"""


def gated(method: str, before: str = "pass") -> str:
    """A daemon whose pipeline stops in `method` until standard input is closed, which it never is by itself."""
    return GATED.format(method=method, before=before)
