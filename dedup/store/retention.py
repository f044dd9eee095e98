"""Forgetting what operators no longer want to keep. Articles, groups, stories and their history stay."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.config import RetentionSettings
from dedup.store.tables import matches, rejections, runs


def apply(connection: Connection, settings: RetentionSettings, now: datetime) -> dict[str, int]:
    """Deletes runs, rejections and near misses older than `settings` say; returns the rows deleted, by kind.

    The newest run always stays, since health is read from it.
    """
    newest = connection.scalar(sa.select(sa.func.max(runs.c.run_id)))
    rules = {
        "runs": (settings.runs_days, runs, sa.and_(runs.c.started_at < sa.bindparam("before"), runs.c.run_id != newest)),
        "rejections": (settings.rejections_days, rejections, rejections.c.at < sa.bindparam("before")),
        "near_misses": (
            settings.near_misses_days,
            matches,
            sa.and_(matches.c.decided_at < sa.bindparam("before"), matches.c.verdict == "near_miss"),
        ),
    }
    return {
        kind: connection.execute(sa.delete(table).where(condition), {"before": now - timedelta(days=days)}).rowcount
        for kind, (days, table, condition) in rules.items()
        if days > 0
    }
