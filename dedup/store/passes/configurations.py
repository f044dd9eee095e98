"""What decisions are made with: signature schemes and configurations, each a row that is made once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.store.tables import config_versions, schemes, state


def _number_of(connection: Connection, table: sa.Table, key: str, values: dict[str, Any]) -> int:
    """The number of the scheme or configuration version whose `key` is ``values[key]``; made when it is not there."""
    number = table.primary_key.columns[0]
    found = connection.scalar(sa.select(number).where(table.c[key] == values[key]))
    if found is not None:
        return int(found)
    following = int(connection.scalar(sa.select(sa.func.coalesce(sa.func.max(number), 0) + 1)) or 1)
    connection.execute(sa.insert(table).values({number.name: following, **values}))
    return following


def scheme_number(connection: Connection, name: str) -> int:
    """The number of a signature scheme."""
    return _number_of(connection, schemes, "name", {"name": name})


def config_number(connection: Connection, digest: str, settings: str, stale_seconds: float, at: datetime) -> int:
    """The version of a configuration; noted in `state` as the one in force."""
    number = _number_of(
        connection, config_versions, "digest", {"digest": digest, "settings": settings, "created_at": at}
    )
    in_force = {"config_version": number, "stale_seconds": stale_seconds}
    if connection.execute(sa.select(state.c.config_version, state.c.stale_seconds)).one()._asdict() != in_force:
        connection.execute(sa.update(state).values(in_force))
    return number


def settings_in_force(connection: Connection) -> tuple[int | None, str]:
    """Number and settings, a JSON object, of the configuration that the last pass had; None and ``{}`` before it."""
    query = sa.select(config_versions.c.config_version, config_versions.c.settings)
    row = connection.execute(query.join(state, state.c.config_version == config_versions.c.config_version)).first()
    return (None, "{}") if row is None else (row[0], row[1])
