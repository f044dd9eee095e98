"""Series: which articles are issues of one publisher's recurring report, told when a decision kept them apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.store.selectable import TIME, view
from dedup.store.tables import series_issues


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


v_series = view("v_series", Series, first_published=TIME, last_published=TIME)
_OF = sa.select(series_issues.c.series_id).where(series_issues.c.article_id == sa.bindparam("article"))
_LEAVE = sa.delete(series_issues).where(series_issues.c.article_id == sa.bindparam("article"))


def of(connection: Connection, article_id: int) -> int | None:
    """The series of an article; None where it is an issue of none."""
    return connection.scalar(_OF, {"article": article_id})


def write(connection: Connection, issues: Mapping[int, int | None]) -> None:
    """Puts each article into its series, and those of None into none."""
    if issues:
        connection.execute(_LEAVE, [{"article": article_id} for article_id in issues])
        joined = [
            {"article_id": article_id, "series_id": series_id}
            for article_id, series_id in issues.items()
            if series_id is not None
        ]
        if joined:
            connection.execute(sa.insert(series_issues), joined)


def largest(connection: Connection, limit: int | None) -> list[Series]:
    """The series with most issues first, at most `limit`."""
    query = sa.select(v_series).order_by(v_series.c.issue_count.desc(), v_series.c.series_id).limit(limit)
    return [Series(*row) for row in connection.execute(query)]
