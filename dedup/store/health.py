"""How the service is, from the one place that all watchers read: the view ``v_health``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.intake.dates import parse_date


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
        last_success_at=parse_date(row.last_success_at),
        pending=row.pending,
        oldest_pending_seconds=int(row.oldest_pending_seconds),
        schema_version=row.schema_version,
        config_version=row.config_version,
    )
