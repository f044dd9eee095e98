"""Reading for people: why articles are where they are, and what happened to a story, out of the views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.cluster.paths import shortest_path
from dedup.store.database.bulk import pages
from dedup.store.passes.verdicts import AGAINST
from dedup.store.selectable import TIME, view
from dedup.store.tables import ID


@dataclass(frozen=True, slots=True)
class Evidence:
    """A row of ``v_why``."""

    article_id: int
    version: int
    matched_article_id: int | None
    tier: str
    verdict: str
    score: float | None
    jaccard: float | None
    containment: float | None
    shared_terms: str | None
    threshold: float
    config_version: int
    decided_at: datetime

    @property
    def articles(self) -> set[int]:
        """The article, and the other one that it names, if any."""
        return {self.article_id} if self.matched_article_id is None else {self.article_id, self.matched_article_id}


@dataclass(frozen=True, slots=True)
class Event:
    """A row of ``v_story_history``."""

    at: datetime
    event: str
    article_id: int | None
    other_story_id: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A row of ``v_suspect_stories``."""

    reason: str
    detail: str


v_why = view("v_why", Evidence, decided_at=TIME)
v_history = sa.table(
    "v_story_history", sa.column("history_id"), sa.column("story_id", ID), sa.column("at", TIME), sa.column("event"),
    sa.column("article_id"), sa.column("other_story_id"), sa.column("reason"),
)  # fmt: skip
# Who stands is told after what brought it about, with which it shares the number.
_IN_ORDER = (v_history.c.history_id, v_history.c.event == "represented", v_history.c.at)
v_suspects = sa.table("v_suspect_stories", sa.column("story_id", ID), sa.column("reason"), sa.column("detail"))
_members = sa.table("v_story_articles", sa.column("article_id", ID), sa.column("story_id", ID))


def evidence(connection: Connection, article_id: int) -> list[Evidence]:
    """Why an article, in the version decided last, is where it is: what it joined, then what it came near to.

    Of a version that was decided anew by a changed configuration only the last decision counts.
    """
    newest = sa.select(sa.func.max(v_why.c.version)).where(v_why.c.article_id == article_id).scalar_subquery()
    rows = _evidence(connection, sa.and_(v_why.c.article_id == article_id, v_why.c.version == newest))
    ruled = [row for row in rows if row.tier == "rule"]
    last = _decided_last(ruled) + _decided_last([row for row in rows if row.tier != "rule"])
    return sorted(last, key=lambda row: (row.tier, row.verdict in AGAINST))


def _decided_last(rows: list[Evidence]) -> list[Evidence]:
    """`rows` without those of former configurations, of which another one has decided since."""
    decided = [row for row in rows if row.verdict in ("joined", "opened")]
    if not decided:
        return rows
    last = max(decided, key=_moment)
    former = [_moment(row) for row in decided if row.config_version != last.config_version]
    return [row for row in rows if _moment(row) > max(former)] if former else rows


def _moment(row: Evidence) -> tuple[datetime, int]:
    """When a row was decided. A configuration that is in force again has the number that it had before."""
    return row.decided_at, row.config_version


def evidence_between(connection: Connection, one: int, other: int) -> list[Evidence]:
    """Every comparison of two articles that was noted."""
    way = (v_why.c.article_id, v_why.c.matched_article_id)
    pair = sa.or_(sa.and_(way[0] == one, way[1] == other), sa.and_(way[0] == other, way[1] == one))
    return _evidence(connection, pair)


def evidence_of_story(connection: Connection, story_id: int) -> list[Evidence]:
    """What joined the articles of a story to one another."""
    inside = v_why.c.article_id.in_(sa.select(_members.c.article_id).where(_members.c.story_id == story_id))
    return _evidence(connection, sa.and_(inside, v_why.c.verdict == "joined", v_why.c.matched_article_id.is_not(None)))


def evidence_of(connection: Connection, article_ids: Sequence[int]) -> dict[int, list[Evidence]]:
    """All evidence of some articles, by article."""
    found: dict[int, list[Evidence]] = {}
    for page in pages(article_ids):
        for row in _evidence(connection, v_why.c.article_id.in_(page)):
            found.setdefault(row.article_id, []).append(row)
    return found


def path(joined: Sequence[Evidence], start: int, end: int) -> list[Evidence]:
    """The fewest rows of `joined` that lead from one article to another, in order; none where no way is.

    Of two articles that were compared several times the last comparison.
    """
    last: dict[tuple[int, int], Evidence] = {}
    for row in joined:
        if row.matched_article_id is not None:
            before = last.setdefault((row.article_id, row.matched_article_id), row)
            if (row.version, *_moment(row)) > (before.version, *_moment(before)):
                last[row.article_id, row.matched_article_id] = row
    edges: dict[int, list[tuple[int, Evidence]]] = {}
    for (one, other), row in last.items():
        edges.setdefault(one, []).append((other, row))
        edges.setdefault(other, []).append((one, row))
    return list(shortest_path(lambda article_id: edges.get(article_id, ()), start, end))


def _evidence(connection: Connection, condition: sa.ColumnElement[bool]) -> list[Evidence]:
    query = sa.select(v_why).where(condition).order_by(v_why.c.article_id, v_why.c.version)
    return [Evidence(*row) for row in connection.execute(query)]


def history(connection: Connection, story_id: int) -> list[Event]:
    """What happened to a story, in order."""
    return histories(connection, [story_id]).get(story_id, [])


def histories(connection: Connection, story_ids: Sequence[int]) -> dict[int, list[Event]]:
    """What happened to each of some stories, in order; without those of which nothing is known."""
    columns = [v_history.c[name] for name in Event.__slots__]
    query = sa.select(v_history.c.story_id, *columns).where(v_history.c.story_id.in_(story_ids))
    found: dict[int, list[Event]] = {}
    for story_id, *event in connection.execute(query.order_by(*_IN_ORDER)):
        found.setdefault(story_id, []).append(Event(*event))
    return found


def suspicions(connection: Connection, story_id: int) -> list[Suspicion]:
    """What looks wrong with a story."""
    query = sa.select(v_suspects.c.reason, v_suspects.c.detail).where(v_suspects.c.story_id == story_id)
    return [Suspicion(*row) for row in connection.execute(query)]
