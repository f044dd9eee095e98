"""How the service is, from the one place that all watchers read: the view ``v_health``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.intake.dates import parse_moment
from dedup.store.database.bulk import pages
from dedup.store.tables import articles, duplicate_groups, state

RECENT = 4096
"""Decisions among which the largest story is looked for: counting every story would cost a pass over all articles."""


@dataclass(frozen=True, slots=True)
class Health:
    """`ok` unless there are `reasons`, each a phrase for a person. Times in UTC; ages in whole seconds."""

    ok: bool
    reasons: tuple[str, ...]
    last_success_at: datetime | None
    pending: int
    oldest_pending_seconds: int
    schema_version: str
    config_version: int | None


def read_health(connection: Connection) -> Health:
    """The row of ``v_health``."""
    row = connection.execute(sa.text("SELECT * FROM v_health")).one()
    return Health(
        ok=bool(row.ok),
        reasons=tuple(reason for reason in row.reasons.split("; ") if reason),
        last_success_at=parse_moment(row.last_success_at),
        pending=row.pending,
        oldest_pending_seconds=int(row.oldest_pending_seconds),
        schema_version=row.schema_version,
        config_version=row.config_version,
    )


def keep_stale_seconds(connection: Connection, seconds: float) -> None:
    """Sets the age of the oldest waiting article at which the service is not well; writes nothing where it is that."""
    connection.execute(sa.update(state).where(state.c.stale_seconds != seconds).values(stale_seconds=seconds))


def largest_recent_story(connection: Connection) -> int:
    """Articles of the largest story that the last `RECENT` decisions touched; 0 where there is none."""
    group = duplicate_groups.c.duplicate_group_id == articles.c.duplicate_group_id
    following: int = connection.execute(sa.select(state.c.next_ordinal)).scalar_one()
    # One after the other: PostgreSQL, which knows none of these numbers beforehand, would count the articles of all.
    touched = (
        sa.select(duplicate_groups.c.story_id).join(articles, group).where(articles.c.ordinal >= following - RECENT)
    )
    sizes = (
        sa.select(sa.func.count())
        .select_from(sa.join(duplicate_groups, articles, group))
        .where(duplicate_groups.c.story_id.in_(page))
        .group_by(duplicate_groups.c.story_id)
        for page in pages(sorted(set(connection.scalars(touched))))
    )
    return max((size for query in sizes for size in connection.scalars(query)), default=0)
