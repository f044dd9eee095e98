"""Changed configurations that operators asked to apply, and what became of each; rows of ``v_applications``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.store.tables import applications, runs

WAITING, DONE, REFUSED = "waiting", "done", "refused"


@dataclass(frozen=True, slots=True)
class Asked:
    """A wish to apply the configuration with this `digest` to what was published `since` then; see `dedup.planning`.

    `plan` names the plan that was seen; where it is None, whatever the plan is by then is applied.
    `detail` says why it still waits. Without an `application_id` it is not noted before it is done.
    """

    application_id: int | None
    digest: str
    since: datetime | None
    plan: str | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """What an application did: articles decided anew, stories merged and opened, articles that changed their story."""

    articles: int
    merged_stories: int
    new_stories: int
    moved_articles: int


def ask(connection: Connection, digest: str, since: datetime | None, plan: str | None, at: datetime) -> int:
    """Notes the wish and returns its number. One that still waits is refused in favour of it."""
    connection.execute(
        sa.update(applications)
        .where(applications.c.state == WAITING)
        .values(state=REFUSED, detail="another application was asked for after it", finished_at=at)
    )
    asked = {"asked_at": at, "digest": digest, "since": since, "plan": plan, "state": WAITING, "detail": ""}
    made = sa.insert(applications).values(asked).returning(applications.c.application_id)
    application_id: int = connection.execute(made).scalar_one()
    return application_id


def waiting(connection: Connection) -> Asked | None:
    """The wish that waits, if there is one."""
    columns = applications.c
    query = sa.select(columns.application_id, columns.digest, columns.since, columns.plan, columns.detail)
    row = connection.execute(query.where(columns.state == WAITING).order_by(columns.application_id)).first()
    return None if row is None else Asked(*row)


@dataclass(frozen=True, slots=True)
class Wish:
    """What became of a wish to apply a configuration, and when; `finished_at` is None while it waits."""

    application_id: int
    asked_at: datetime
    state: str
    detail: str
    finished_at: datetime | None


def last(connection: Connection) -> Wish | None:
    """The wish that was made last, if there was one."""
    columns = applications.c
    query = sa.select(*(columns[name] for name in Wish.__slots__)).order_by(columns.application_id.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else Wish(*row)


def remark(connection: Connection, asked: Asked, detail: str) -> None:
    """Notes why an application still waits."""
    connection.execute(
        sa.update(applications).where(applications.c.application_id == asked.application_id).values(detail=detail)
    )


def refuse(connection: Connection, asked: Asked, detail: str, at: datetime) -> None:
    """Notes that an application is not done, and why."""
    connection.execute(
        sa.update(applications)
        .where(applications.c.application_id == asked.application_id)
        .values(state=REFUSED, detail=detail, finished_at=at)
    )


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an application by which configuration, and when; `run_id` is the open run that it is noted as.

    Without one it is noted as a run of its own.
    """

    config_version: int
    counts: Counts
    begun: datetime
    ended: datetime
    seconds: float
    run_id: int | None = None


def finish(connection: Connection, asked: Asked, done: Done) -> int:
    """Notes in the transaction that writes an application that it is done, and returns its number.

    It is a run, too, that took nothing.
    """
    numbers = {name: getattr(done.counts, name) for name in Counts.__slots__}
    values = {"state": DONE, "detail": "", "finished_at": done.ended, "config_version": done.config_version, **numbers}
    application_id = asked.application_id
    if application_id is None:
        wish = {"asked_at": done.begun, "digest": asked.digest, "since": asked.since, "plan": asked.plan}
        made = sa.insert(applications).values(wish | values).returning(applications.c.application_id)
        application_id = int(connection.execute(made).scalar_one())
    else:
        known = applications.c.application_id == application_id
        connection.execute(sa.update(applications).where(known).values(values))
    ended = {
        "finished_at": done.ended,
        "outcome": "ok",
        "new_stories": done.counts.new_stories,
        "merged_stories": done.counts.merged_stories,
        "seconds": done.seconds,
    }
    if done.run_id is None:
        connection.execute(sa.insert(runs).values(started_at=done.begun, **ended))
    else:
        connection.execute(sa.update(runs).where(runs.c.run_id == done.run_id).values(ended))
    return application_id
