"""Reading for people: what the database holds, what was done last, what was rejected, out of the views."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.store.answers import queries
from dedup.store.passes import sketches
from dedup.store.passes.runs import Counts
from dedup.store.passes.suspects import suspects
from dedup.store.selectable import TIME, view
from dedup.store.tables import articles, duplicate_groups, inbox, rejections, state, stories, story_history


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row of ``v_rejections``."""

    source: str
    uri: str
    reason: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(Counts):
    """A row of ``v_runs``."""

    run_id: int
    started_at: datetime
    finished_at: datetime | None
    outcome: str
    seconds: float | None
    error: str | None


v_runs = view("v_runs", Run, started_at=TIME, finished_at=TIME)
v_rejections = sa.table(
    "v_rejections", sa.column("rejection_id"), sa.column("source"), sa.column("uri"), sa.column("reason"),
    sa.column("detail"), sa.column("at", TIME),
)  # fmt: skip
v_withdrawn = sa.table(
    "v_withdrawn", sa.column("article_id"), sa.column("source"), sa.column("uri"), sa.column("withdrawn_at", TIME)
)
RECENT_EVENTS = 16_384
"""How many of the last events of stories, some 1.4 an article, `suspect_count` looks at the stories of."""


def totals(connection: Connection) -> dict[str, int]:
    """Rows of each kind that the database holds. Withdrawn articles, each in a story of its own, are counted apart.

    `to_resign` of the articles have signatures of another scheme than the one in force.
    """
    tables = {
        "articles": articles, "texts": duplicate_groups, "stories": stories, "rejections": rejections, "waiting": inbox,
    }  # fmt: skip
    counted = {
        name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for name, table in tables.items()
    }
    gone = sa.select(sa.func.count()).select_from(articles).where(articles.c.withdrawn_at.is_not(None))
    withdrawn = connection.scalar(gone) or 0
    held = {name: counted[name] - withdrawn for name in ("articles", "texts", "stories")}
    return counted | held | {"withdrawn": withdrawn, "to_resign": sketches.waiting(connection)}


def last_runs(connection: Connection, limit: int) -> list[Run]:
    """The newest runs, newest first."""
    query = sa.select(v_runs).order_by(v_runs.c.run_id.desc()).limit(limit)
    return [Run(**row) for row in connection.execute(query).mappings()]


def is_waiting(connection: Connection, uri: str, source: str | None) -> bool:
    """Whether the inbox holds an article of this uri, of a `source` where one is given. One that names none may be of
    any."""
    of_source = [] if source is None else [sa.func.coalesce(inbox.c.source, "").in_(("", source))]
    query = sa.select(sa.literal(1)).where(inbox.c.uri == uri, *of_source)
    return connection.scalar(query.limit(1)) is not None


def withdrawn_at(connection: Connection, name: str, source: str | None) -> datetime | None:
    """When the article of this uri or number, of a `source` where one is given, was withdrawn; None where none was.

    The last time of several.
    """
    number = queries.number_of(name)
    meant = v_withdrawn.c.uri == name
    if number is not None:
        meant |= v_withdrawn.c.article_id == number
    found: datetime | None = connection.scalar(
        sa.select(sa.func.max(v_withdrawn.c.withdrawn_at, type_=TIME)).where(meant, *_of(v_withdrawn.c.source, source))
    )
    return found


def rejection(connection: Connection, uri: str, source: str | None) -> Rejection | None:
    """The newest rejection of this uri, of a `source` where one is given; None where there is none."""
    columns = [v_rejections.c[name] for name in Rejection.__slots__]
    meant = v_rejections.c.uri == uri, *_of(v_rejections.c.source, source)
    query = sa.select(*columns).where(*meant).order_by(v_rejections.c.rejection_id.desc())
    row = connection.execute(query.limit(1)).first()
    return None if row is None else Rejection(*row)


def _of(column: sa.ColumnElement[str], source: str | None) -> list[sa.ColumnElement[bool]]:
    return [] if source is None else [column == source]


def newest_rejection(connection: Connection) -> int:
    """The number of the newest rejection; 0 where there is none."""
    return connection.scalar(sa.select(sa.func.max(v_rejections.c.rejection_id))) or 0


def rejections_after(connection: Connection, number: int, limit: int) -> list[Rejection]:
    """The first rejections behind the one of this number, at most `limit`."""
    columns = [v_rejections.c[name] for name in Rejection.__slots__]
    query = sa.select(*columns).where(v_rejections.c.rejection_id > number).order_by(v_rejections.c.rejection_id)
    return [Rejection(*row) for row in connection.execute(query.limit(limit))]


def suspect_count(connection: Connection) -> int:
    """Stories that look wrong, of those that had one of the last `RECENT_EVENTS`, so that it takes no longer in a large
    database. The view tells of all."""
    return len({suspect.story_id for suspect in suspects(connection, set(connection.scalars(_lately())))})


def _lately() -> sa.Select[Any]:
    """The stories of the last events, one for each: asked for each once, SQLite would read the index of all stories."""
    event = story_history.c
    newest = sa.select(state.c.next_history_id).scalar_subquery()
    return sa.select(event.story_id).where(event.history_id >= newest - RECENT_EVENTS)
