"""A view as something that can be selected from."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import sqlalchemy as sa

from dedup.store.database.moments import UtcTime

TIME, TRUTH = UtcTime(), sa.Boolean()


def view(name: str, kind: type[Any], **types: sa.types.TypeEngine[Any]) -> sa.TableClause:
    """A view with the columns of a dataclass; times and truths need their `types`, since SQLite has none."""
    names = (field.name for field in fields(kind))
    return sa.table(name, *(sa.column(column, types.get(column, sa.types.NullType())) for column in names))
