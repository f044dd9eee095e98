"""Which row is the present state of an article, where one look at a table gives several revisions of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dedup.store.operation.sources import SeenRow

MOST_CHARACTERS = 8_000_000
"""Of rows that wait; further ones count at once."""

Row = Mapping[str, Any]


class Waiting:
    """Rows that have another content than the one that was taken of their uri, and a cursor that is no later.

    If the look meets the one that was taken, they are older revisions of it. If it comes past the place of that one and
    has not met it, that row was edited and its cursor stayed or went back: then they count.
    """

    def __init__(self) -> None:
        self._there: set[bytes] = set()
        self._rows: dict[bytes, tuple[Row, int]] = {}
        self._characters = 0

    def holds(self, row: Row, mark: SeenRow, taken: SeenRow | None) -> bool:
        """Whether `row`, known by `mark`, does not count now; `taken` is what was taken of its uri."""
        if taken is None:
            return False
        if mark.digest == taken.digest or mark.position > taken.position:
            self._drop(mark.key)
            self._there.add(mark.key)
            return False
        if mark.key in self._there:
            return True
        self._drop(mark.key)
        if self._characters > MOST_CHARACTERS:
            return False
        self._rows[mark.key] = row, taken.position
        self._characters += characters(row)
        return True

    def passed(self, position: int | None) -> list[Row]:
        """Takes out the rows of which the one that was taken lay before `position`; all of them where that is None."""
        over = {key: row for key, (row, taken) in self._rows.items() if position is None or taken < position}
        for key in over:
            self._drop(key)
        return [*over.values()]

    def _drop(self, key: bytes) -> None:
        if key in self._rows:
            row, _ = self._rows.pop(key)
            self._characters -= characters(row)


def characters(row: Row) -> int:
    """About how much memory the texts of `row` take."""
    return sum(len(value) for value in row.values() if isinstance(value, str | bytes))
