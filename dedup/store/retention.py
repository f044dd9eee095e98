"""Forgetting what operators no longer want to keep. Articles, groups, stories and their history stay."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.config.sections import RetentionSettings
from dedup.store import instances
from dedup.store.tables import matches, rejections, runs
from dedup.store.verdicts import PASSING


def apply(connection: Connection, settings: RetentionSettings, now: datetime) -> dict[str, int]:
    """Deletes runs, rejections and near misses older than `settings` say; returns the rows deleted, by kind.

    The newest run and the newest that went well always stay, since health is read from them.
    Standbys that ended without a word are forgotten after a day.
    """
    well = sa.case((runs.c.outcome.in_(("ok", "stopped")), runs.c.run_id))
    kept = connection.execute(sa.select(sa.func.max(runs.c.run_id), sa.func.max(well))).one()
    rules = {
        "runs": (
            settings.runs_days,
            runs,
            sa.and_(
                runs.c.started_at < sa.bindparam("before"),
                runs.c.run_id.not_in([run_id for run_id in kept if run_id is not None]),
            ),
        ),
        "rejections": (settings.rejections_days, rejections, rejections.c.at < sa.bindparam("before")),
        "near_misses": (
            settings.near_misses_days,
            matches,
            sa.and_(matches.c.decided_at < sa.bindparam("before"), matches.c.verdict.in_(PASSING)),
        ),
    }
    instances.forget_silent(connection, now - timedelta(days=1))
    return {
        kind: connection.execute(sa.delete(table).where(condition), {"before": now - timedelta(days=days)}).rowcount
        for kind, (days, table, condition) in rules.items()
        if days > 0
    }
