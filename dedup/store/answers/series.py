"""Series: a publisher's recurring reports and columns, as `v_series` shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.store.selectable import TIME, view


@dataclass(frozen=True, slots=True)
class Series:
    """A row of ``v_series``."""

    series_id: int
    publisher: str
    title: str
    issue_count: int
    story_count: int
    first_published: datetime | None
    last_published: datetime | None
    known_by: str


v_series = view("v_series", Series, first_published=TIME, last_published=TIME)


def largest(connection: Connection, limit: int | None) -> list[Series]:
    """The series with most issues first, at most `limit`."""
    query = sa.select(v_series).order_by(v_series.c.issue_count.desc(), v_series.c.series_id).limit(limit)
    return [Series(*row) for row in connection.execute(query)]
