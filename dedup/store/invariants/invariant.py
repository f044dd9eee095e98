"""One thing that must hold, and the query that finds what breaks it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """`name` for scripts, `meaning` for a person: what a row that `query` finds says about the database."""

    name: str
    meaning: str
    query: str
