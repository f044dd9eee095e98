"""Forgetting what operators no longer want to keep. Articles, groups, stories and their history stay.

Kind after kind, a page of rows in a transaction: whoever writes meanwhile waits for no more than a page.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.config.sections import RetentionSettings
from dedup.store.operation import instances
from dedup.store.passes.verdicts import PASSING
from dedup.store.tables import matches, rejections, runs

PAGE = 20_000
"""Rows looked at in one transaction; of texts there are fewer (`dedup.store.operation.forgetting`)."""
RUNS, REJECTIONS, NEAR_MISSES, TEXTS = "runs", "rejections", "near_misses", "texts"
KINDS = (RUNS, REJECTIONS, NEAR_MISSES, TEXTS)
"""What is forgotten, in this order."""
# Their numbers, of which several rows may have one, and when they were written.
_ROWS = {
    RUNS: (runs.c.run_id, runs.c.started_at),
    REJECTIONS: (rejections.c.rejection_id, rejections.c.at),
    NEAR_MISSES: (matches.c.article_id, matches.c.decided_at),
}


class Place(NamedTuple):
    """Where forgetting has come to: rows of a `kind` up to a `number`, and all kinds before it, were looked at."""

    kind: str
    number: int


def begin(connection: Connection, now: datetime) -> None:
    """Forgets the standbys that ended without a word a day ago."""
    instances.forget_silent(connection, now - timedelta(days=1))


def first(settings: RetentionSettings) -> Place | None:
    """Where forgetting begins; None where nothing is ever forgotten."""
    return _next(KINDS, settings)


def forget_page(
    connection: Connection, settings: RetentionSettings, now: datetime, place: Place
) -> tuple[int, Place | None]:
    """Forgets what `settings` no longer keep of a page of rows behind `place`; returns how many, and where to go on.

    None where nothing is left. Rows are looked at in the order of their numbers, up to the first page of which nothing
    is old: a row with a time from before those that came earlier waits until these are old as well.
    """
    following = _next(KINDS[KINDS.index(place.kind) + 1 :], settings)
    days = _days(settings, place.kind)
    if days == 0:  # the settings may have changed since the place was noted
        return 0, following
    before = now - timedelta(days=days)
    if place.kind == TEXTS:
        from dedup.store.operation import forgetting  # noqa: PLC0415 - only this needs the sketching

        forgotten, last = forgetting.forget_older(connection, before, place.number)
    else:
        forgotten, last = _forget(connection, place, before)
    return forgotten, Place(place.kind, last) if last is not None else following


def _forget(connection: Connection, place: Place, before: datetime) -> tuple[int, int | None]:
    key, written = _ROWS[place.kind]
    page = sa.select(key.label("key"), written.label("written")).where(key > place.number).order_by(key).limit(PAGE)
    rows = page.subquery()
    last, is_old = connection.execute(sa.select(sa.func.max(rows.c.key), sa.func.min(rows.c.written) < before)).one()
    if not is_old:
        return 0, None
    old = sa.delete(key.table).where(key > place.number, key <= last, written < before, *_which(connection, place.kind))
    return connection.execute(old).rowcount, last


def _which(connection: Connection, kind: str) -> list[sa.ColumnElement[bool]]:
    """Of old rows those that go. The newest run stays, and the newest that went well: health is read from them."""
    if kind == NEAR_MISSES:
        return [matches.c.verdict.in_(PASSING)]
    if kind == RUNS:
        well = sa.case((runs.c.outcome.in_(("ok", "stopped")), runs.c.run_id))
        kept: Any = connection.execute(sa.select(sa.func.max(runs.c.run_id), sa.func.max(well))).one()
        return [runs.c.run_id.not_in([run_id for run_id in kept if run_id is not None])]
    return []


def _days(settings: RetentionSettings, kind: str) -> int:
    days: int = getattr(settings, f"{kind}_days")
    return days


def _next(kinds: tuple[str, ...], settings: RetentionSettings) -> Place | None:
    """The beginning of the first of these kinds of which something is forgotten."""
    return next((Place(kind, 0) for kind in kinds if _days(settings, kind)), None)
