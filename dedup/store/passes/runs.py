"""The record of each pass."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass, fields
from datetime import datetime
from operator import add
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.store.tables import runs


@dataclass(frozen=True, slots=True)
class Counts:
    """What is counted of a batch and of a run; each is a column of ``v_runs``."""

    taken: int = 0
    accepted: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    new_stories: int = 0
    merged_stories: int = 0

    def __add__(self, more: Counts) -> Counts:
        return Counts(*map(add, astuple(self), astuple(more)))

    @property
    def decided(self) -> int:
        """Articles that were decided, new ones and versions."""
        return self.accepted + self.updated


def start(connection: Connection, at: datetime) -> int:
    """Opens a run and returns its id. A run that a crash left open is closed as ``aborted``; only the newest can be."""
    newest = sa.select(sa.func.max(runs.c.run_id)).scalar_subquery()
    connection.execute(
        sa.update(runs)
        .where(runs.c.run_id == newest, runs.c.outcome == "running")
        .values(outcome="aborted", finished_at=at, error="the program ended before the pass did")
    )
    opened = sa.insert(runs).values(started_at=at, outcome="running").returning(runs.c.run_id)
    run_id: int = connection.execute(opened).scalar_one()
    return run_id


# Made once: making a statement takes longer than running it.
_PROGRESS = (
    sa.update(runs)
    .where(runs.c.run_id == sa.bindparam("run"))
    .values({count.name: runs.c[count.name] + sa.bindparam(f"more_{count.name}") for count in fields(Counts)})
)


def progress(connection: Connection, run_id: int, counts: Counts) -> None:
    """Adds the counts of a batch, in the transaction that writes the batch."""
    if counts != Counts():
        more = {f"more_{name}": number for name, number in asdict(counts).items()}
        connection.execute(_PROGRESS, {"run": run_id} | more)


def last_before(connection: Connection, moment: datetime) -> datetime | None:
    """When the newest pass began of those that began before this `moment`; None where there is none.

    The newest by its number: a clock that was ahead for a while leaves passes with times that are yet to come.
    """
    query = sa.select(runs.c.started_at).where(runs.c.started_at < moment).order_by(runs.c.run_id.desc()).limit(1)
    found: datetime | None = connection.scalar(query)
    return found


def finish(
    connection: Connection, run_id: int, at: datetime, outcome: str, seconds: float, *,
    error: str | None = None, sources: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Closes a run as ``ok``, ``stopped`` or ``failed``; `sources` is what each configured source gave."""
    given = json.dumps(sources, ensure_ascii=False) if sources else None
    connection.execute(
        sa.update(runs)
        .where(runs.c.run_id == run_id)
        .values(finished_at=at, outcome=outcome, seconds=round(seconds, 3), error=error, sources=given)
    )
