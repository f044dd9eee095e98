"""Texts that anybody may have written: SQLite lets in what is not UTF-8, over which its driver would stumble."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


def as_it_is(column: sa.ColumnElement[Any], dialect: str) -> sa.ColumnElement[Any]:
    """A column of texts, on SQLite as the bytes that are there."""
    if dialect == "postgresql":
        return column
    return sa.type_coerce(sa.cast(column, sa.BLOB), sa.types.NullType())


def shown(value: str | bytes | None) -> str | None:
    """The text of a value of such a column; what is none is U+FFFD."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
