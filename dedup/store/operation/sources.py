"""Configured sources: where reading each has come to, how it is, and which of its rows were taken lately."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.store.tables import source_rows, sources

CHANGED = "its settings have changed since it failed, and it was not read since"
"""The error of a failing source with other settings, until it is looked at."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is kept of a source. `cursor` is None before anything was read; `error` while nothing is wrong."""

    name: str
    kind: str
    identity: str
    active: bool
    cursor: str | None = None
    cursor_kind: str | None = None
    failing_since: datetime | None = None
    error: str | None = None
    taken: int = 0
    rejected: int = 0
    last_taken_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SeenRow:
    """A row of another database: 16 bytes of its uri, 16 of its content, and its place by the cursor."""

    key: bytes
    digest: bytes
    position: int


def states(connection: Connection) -> dict[str, SourceState]:
    """All sources that were ever configured, by name."""
    query = sa.select(*(sources.c[name] for name in SourceState.__slots__)).order_by(sources.c.name)
    return {row.name: SourceState(*row) for row in connection.execute(query)}


def adopt(connection: Connection, configured: Mapping[str, tuple[str, str]]) -> None:
    """Makes the sources `configured`, kind and identity by name, those in force; writes nothing where they are.

    A source that is no longer configured keeps its cursor. One that now reads something else begins anew, and fails
    until it could be read.
    """
    known = states(connection)
    for name, (kind, identity) in configured.items():
        state = known.get(name)
        if state is None:
            values = {"name": name, "kind": kind, "identity": identity, "active": True}
            connection.execute(sa.insert(sources).values(values))
        elif state.identity != identity:
            connection.execute(sa.delete(source_rows).where(source_rows.c.source_name == name))
            _update(
                connection, name, kind=kind, identity=identity, active=True, cursor=None, cursor_kind=None,
                error=None if state.failing_since is None else CHANGED,
            )  # fmt: skip
        elif not state.active:
            _update(connection, name, active=True)
    for name, state in known.items():
        if state.active and name not in configured:
            _update(connection, name, active=False, failing_since=None, error=None)


def seen(connection: Connection, name: str) -> dict[bytes, SeenRow]:
    """The rows of a source that were taken lately, by key."""
    columns = [source_rows.c[column] for column in SeenRow.__slots__]
    query = sa.select(*columns).where(source_rows.c.source_name == name)
    return {row.key: SeenRow(*row) for row in connection.execute(query)}


def advance(
    connection: Connection, name: str, *, taken: int, rejected: int, at: datetime, rows: Iterable[SeenRow] = (),
    cursor: tuple[str, str] | None = None, forget_before: int | None = None,
) -> None:  # fmt: skip
    """Notes a batch in the transaction that puts it into the inbox: rows, how many, and the `cursor` with its kind."""
    values = [{"source_name": name, "key": row.key, "digest": row.digest, "position": row.position} for row in rows]
    if values:
        same = sa.and_(source_rows.c.source_name == name, source_rows.c.key == sa.bindparam("old"))
        connection.execute(sa.delete(source_rows).where(same), [{"old": value["key"]} for value in values])
        connection.execute(sa.insert(source_rows), values)
    if forget_before is not None:
        old = sa.and_(source_rows.c.source_name == name, source_rows.c.position < forget_before)
        connection.execute(sa.delete(source_rows).where(old))
    changes: dict[str, object] = {}
    if taken or rejected:
        changes |= {"taken": sources.c.taken + taken, "rejected": sources.c.rejected + rejected, "last_taken_at": at}
    if cursor is not None:
        changes |= {"cursor": cursor[0], "cursor_kind": cursor[1]}
    if changes:
        _update(connection, name, **changes)


def failing(connection: Connection, name: str, since: datetime, error: str) -> None:
    """Notes that a source cannot be read, since when, and why."""
    _update(connection, name, failing_since=since, error=error)


def recovered(connection: Connection, name: str) -> None:
    """Notes that a source can be read again."""
    _update(connection, name, failing_since=None, error=None)


def _update(connection: Connection, name: str, **values: object) -> None:
    connection.execute(sa.update(sources).where(sources.c.name == name).values(values))
