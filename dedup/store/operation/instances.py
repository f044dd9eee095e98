"""The instances of the daemon that work on one database, each a row that it signs again and again: its heartbeat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup import __version__
from dedup.store.database.engine import this_instance
from dedup.store.selectable import TIME, TRUTH, view
from dedup.store.tables import UtcNow, instances

LEADER, STANDBY = "leader", "standby"


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What an instance says of itself: its role, what it does, and the seconds of silence after which it is dead."""

    role: str
    status: str
    silence_seconds: float


@dataclass(frozen=True, slots=True)
class Instance:
    """A row of ``v_instances``."""

    instance: str
    role: str
    alive: bool
    status: str
    version: str
    started_at: datetime
    beat_at: datetime
    silent_seconds: int


v_instances = view("v_instances", Instance, alive=TRUTH, started_at=TIME, beat_at=TIME)


def beat(connection: Connection, heartbeat: Heartbeat) -> None:
    """Signs the row of this process, by the database's clock."""
    signed = {
        "role": heartbeat.role,
        "status": heartbeat.status,
        "silence_seconds": heartbeat.silence_seconds,
        "beat_at": UtcNow(),
    }
    mine = instances.c.instance == this_instance()
    if connection.execute(sa.update(instances).where(mine).values(signed)).rowcount == 0:
        new = {"instance": this_instance(), "version": __version__, "started_at": UtcNow()}
        connection.execute(sa.insert(instances).values(new | signed))


def sign_off(connection: Connection) -> None:
    """Deletes the row of this process, which ends in order."""
    connection.execute(sa.delete(instances).where(instances.c.instance == this_instance()))


def forget_leaders(connection: Connection) -> None:
    """Deletes the rows of leaders before this one. Only who holds the writer's lock may say so."""
    gone = sa.and_(instances.c.role == LEADER, instances.c.instance != this_instance())
    connection.execute(sa.delete(instances).where(gone))


def forget_silent(connection: Connection, before: datetime) -> None:
    """Deletes the rows of standbys that were not signed since `before`."""
    connection.execute(sa.delete(instances).where(instances.c.beat_at < before))


def all_instances(connection: Connection) -> list[Instance]:
    """The rows of ``v_instances``, the leader first, then by name."""
    order = (v_instances.c.role, v_instances.c.instance)
    return [Instance(*row) for row in connection.execute(sa.select(v_instances).order_by(*order))]
