"""The values that a column of articles has, each once."""

from __future__ import annotations


def each(column: str) -> str:
    """SQL that begins a query: the table `there` has each `value` of an indexed column once, and NULL behind them.

    From one to the next by the index: to look at each article would take seconds.
    """
    return f"""
    WITH RECURSIVE there(value) AS (
        SELECT min({column}) FROM articles
        UNION ALL
        SELECT (SELECT min(a.{column}) FROM articles a WHERE a.{column} > there.value) FROM there
        WHERE there.value IS NOT NULL
    )"""  # noqa: S608 - names of our own
