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
# Made once: making a statement takes longer than running it.
_IDS: sa.BindParameter[list[int]] = sa.bindparam("ids", expanding=True)
_KNOWN = sa.select(series_issues.c.article_id, series_issues.c.series_id).where(series_issues.c.article_id.in_(_IDS))
_LEAVE = sa.delete(series_issues).where(series_issues.c.article_id.in_(_IDS))


def write(connection: Connection, issues: Mapping[int, int | None]) -> None:
    """Puts each article, in their order, into the series of the article that it maps to, and those of None into none.

    The first issue known gives its number to the series.
    """
    if not issues:
        return
    others = sorted({other for other in issues.values() if other is not None})
    known = {article_id: series_id for article_id, series_id in connection.execute(_KNOWN, {"ids": others})}
    joined: dict[int, int] = {}
    for article_id, other in issues.items():
        if other is not None:
            series_id = known.setdefault(other, other)
            joined[other] = joined[article_id] = known[article_id] = series_id
    connection.execute(_LEAVE, {"ids": sorted({*issues, *joined})})
    if joined:
        rows = [{"article_id": article_id, "series_id": series_id} for article_id, series_id in joined.items()]
        connection.execute(sa.insert(series_issues), rows)


def largest(connection: Connection, limit: int | None) -> list[Series]:
    """The series with most issues first, at most `limit`."""
    query = sa.select(v_series).order_by(v_series.c.issue_count.desc(), v_series.c.series_id).limit(limit)
    return [Series(*row) for row in connection.execute(query)]
