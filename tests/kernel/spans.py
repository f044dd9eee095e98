"""Spans of indexes, and the moments that a search is limited to."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

moment = st.integers(-5, 5) | st.integers(-(2**63), 2**63 - 1)


def chosen(made: list[Any], spans: list[tuple[list[int], int, int]]) -> list[tuple[tuple[Any, ...], int, int]]:
    """Spans of indexes by their places among those that are made."""
    return [(tuple(made[which] for which in several), low, high) for several, low, high in spans]
