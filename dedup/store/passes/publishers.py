"""Which publishers count as one, as configured, where the views can count them."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.store.tables import publisher_groups


def read(connection: Connection) -> dict[str, str]:
    """The owner of each publisher that is in a group."""
    query = sa.select(publisher_groups.c.publisher, publisher_groups.c.owner)
    return {publisher: owner for publisher, owner in connection.execute(query)}


def keep(connection: Connection, owners: Mapping[str, str]) -> None:
    """Replaces the groups by these."""
    connection.execute(sa.delete(publisher_groups))
    if owners:
        rows = [{"publisher": publisher, "owner": owner} for publisher, owner in owners.items()]
        connection.execute(sa.insert(publisher_groups), rows)
