"""Rows of one look at a table that gives several revisions of an article: which of them is its present state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dedup.store.sources import SeenRow

MOST_CHARACTERS = 8_000_000
"""Of rows that wait; further ones count at once."""

Row = Mapping[str, Any]


class Waiting:
    """Rows that differ from what was taken of their uri, and whose cursor is not behind that of it.

    Where what was taken is still there they are older revisions. Else the row was edited and its cursor did not grow,
    or went back, which is known at the end of the look.
    """

    def __init__(self) -> None:
        self._there: set[bytes] = set()
        self._rows: dict[bytes, Row] = {}
        self._characters = 0

    def holds(self, row: Row, mark: SeenRow, taken: SeenRow | None) -> bool:
        """Whether `row`, known by `mark`, does not count now; `taken` is what was taken of its uri."""
        if taken is None:
            return False
        if mark.digest == taken.digest or mark.position > taken.position:
            self._rows.pop(mark.key, None)
            self._there.add(mark.key)
            return False
        if mark.key in self._there:
            return True
        if self._characters > MOST_CHARACTERS:
            return False
        self._rows[mark.key] = row
        self._characters += characters(row)
        return True

    def rest(self) -> list[Row]:
        """The rows of which there is no newer one, in their order."""
        return [*self._rows.values()]


def characters(row: Row) -> int:
    """About how much memory the texts of `row` take."""
    return sum(len(value) for value in row.values() if isinstance(value, str | bytes))
