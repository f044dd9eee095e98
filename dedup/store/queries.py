"""Reading for people: stories, articles and the evidence for where they are, out of the views."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.store.tables import ID, UtcTime, articles, duplicate_groups, inbox, rejections, stories
from dedup.text.tokens import fold

# Values of an IN list; SQLite takes some 32,000 at most.
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Story:
    """A row of ``v_stories``."""

    story_id: int
    headline: str
    representative_article_id: int
    article_count: int
    text_count: int
    publisher_count: int
    language: str
    first_published: datetime | None
    last_published: datetime | None
    first_seen: datetime
    last_seen: datetime
    status: str


@dataclass(frozen=True, slots=True)
class Placed:
    """An article and its place: columns of ``v_articles``, ``v_story_articles`` and ``v_duplicates``."""

    article_id: int
    story_id: int
    duplicate_group_id: int
    source: str
    publisher: str | None
    uri: str
    url: str | None
    title: str
    language: str
    published_at: datetime | None
    first_seen: datetime
    version: int
    word_count: int
    is_representative: bool
    is_original: bool
    score: float
    jaccard: float
    containment: float


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


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row of ``v_rejections``."""

    source: str
    uri: str
    reason: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """A row of ``v_runs``."""

    run_id: int
    started_at: datetime
    finished_at: datetime | None
    outcome: str
    taken: int
    accepted: int
    updated: int
    unchanged: int
    rejected: int
    new_stories: int
    merged_stories: int
    seconds: float | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which stories to list. `search` are words that the title of one article must hold, in any case."""

    since: datetime | None = None
    min_articles: int = 1
    language: str | None = None
    publisher: str | None = None
    search: str | None = None
    biggest: bool = False


def _view(name: str, kind: type[Any], **types: sa.types.TypeEngine[Any]) -> sa.TableClause:
    """A view with the columns of a dataclass; times and truths need their `types`, since SQLite has none."""
    return sa.table(name, *(sa.column(field, types.get(field, sa.types.NullType())) for field in kind.__slots__))


_TIME, _TRUTH = UtcTime(), sa.Boolean()
_SEEN = {"first_seen": _TIME, "last_seen": _TIME, "first_published": _TIME, "last_published": _TIME}
v_stories = _view("v_stories", Story, **_SEEN)
v_why = _view("v_why", Evidence, decided_at=_TIME)
v_runs = _view("v_runs", Run, started_at=_TIME, finished_at=_TIME)
v_history = sa.table(
    "v_story_history", sa.column("history_id"), sa.column("story_id", ID), sa.column("at", _TIME), sa.column("event"),
    sa.column("article_id"), sa.column("other_story_id"), sa.column("reason"),
)  # fmt: skip
v_redirects = sa.table("v_story_redirects", sa.column("old_story_id", ID), sa.column("story_id", ID))
v_suspects = sa.table("v_suspect_stories", sa.column("story_id", ID), sa.column("reason"), sa.column("detail"))
v_rejections = sa.table(
    "v_rejections", sa.column("rejection_id"), sa.column("source"), sa.column("uri"), sa.column("reason"),
    sa.column("detail"), sa.column("at", _TIME),
)  # fmt: skip
_a = sa.table(
    "v_articles", sa.column("article_id", ID), sa.column("version"), sa.column("word_count"), sa.column("uri"),
    sa.column("url"), sa.column("source"), sa.column("title"), sa.column("body_text"),
)  # fmt: skip
_s = sa.table(
    "v_story_articles", sa.column("article_id", ID), sa.column("story_id", ID), sa.column("duplicate_group_id"),
    sa.column("source"), sa.column("publisher"), sa.column("uri"), sa.column("url"), sa.column("title"),
    sa.column("language"), sa.column("published_at", _TIME), sa.column("first_seen", _TIME),
    sa.column("is_representative", _TRUTH), sa.column("score"),
)  # fmt: skip
_d = sa.table(
    "v_duplicates", sa.column("article_id", ID), sa.column("is_original", _TRUTH), sa.column("jaccard"),
    sa.column("containment"),
)  # fmt: skip


def is_new(connection: Connection) -> bool:
    """Whether this is a SQLite database without any table."""
    if connection.dialect.name != "sqlite":
        return False
    return connection.execute(sa.text("SELECT 1 FROM sqlite_master LIMIT 1")).first() is None


def totals(connection: Connection) -> dict[str, int]:
    """Rows of each kind that the database holds."""
    tables = {
        "articles": articles, "texts": duplicate_groups, "stories": stories, "rejections": rejections, "waiting": inbox,
    }  # fmt: skip
    return {
        name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for name, table in tables.items()
    }


def last_runs(connection: Connection, limit: int) -> list[Run]:
    """The newest runs, newest first."""
    return [Run(*row) for row in connection.execute(sa.select(v_runs).order_by(v_runs.c.run_id.desc()).limit(limit))]


def story_ids(connection: Connection, wanted: Wanted) -> list[int]:
    """The stories that are `wanted`, in order: newest (or biggest) first."""
    story = v_stories.c
    newest = sa.func.coalesce(story.last_published, story.last_seen, type_=_TIME)
    conditions: list[sa.ColumnElement[bool]] = [story.article_count >= wanted.min_articles]
    if wanted.since is not None:
        conditions.append(newest >= wanted.since)
    if wanted.language is not None:
        conditions.append(story.language == wanted.language.lower())
    if wanted.publisher is not None:
        name = sa.func.coalesce(_s.c.publisher, _s.c.source)
        same = sa.or_(name == wanted.publisher, sa.func.lower(name) == wanted.publisher.lower())
        conditions.append(story.story_id.in_(sa.select(_s.c.story_id).where(same)))
    order = [newest.desc(), story.article_count.desc(), story.story_id.desc()]
    if wanted.biggest:
        order = [story.article_count.desc(), newest.desc(), story.story_id.desc()]
    ids = connection.scalars(sa.select(story.story_id).where(*conditions).order_by(*order)).all()
    if wanted.search is None:
        return list(ids)
    titled = _titled(connection, wanted.search)
    return [story_id for story_id in ids if story_id in titled]


def _titled(connection: Connection, search: str) -> set[int]:
    """Stories with an article whose title holds every word of `search`.

    Compared here, since SQLite knows upper and lower case of ASCII alone.
    """
    words = fold(search).split()
    rows = connection.execution_options(yield_per=1_000).execute(sa.select(_s.c.story_id, _s.c.title))
    return {story_id for story_id, title in rows if all(word in fold(title) for word in words)}


def some_stories(connection: Connection, ids: Sequence[int]) -> Iterator[Story]:
    """The stories of these ids that are there, in the order of `ids`."""
    for start in range(0, len(ids), _CHUNK):
        part = ids[start : start + _CHUNK]
        rows = connection.execute(sa.select(v_stories).where(v_stories.c.story_id.in_(part)))
        found = {row.story_id: Story(*row) for row in rows}
        yield from (found[story_id] for story_id in part if story_id in found)


def story(connection: Connection, story_id: int) -> Story | None:
    """One story; None where there is none of this id now."""
    return next(some_stories(connection, [story_id]), None)


def redirect(connection: Connection, story_id: int) -> int | None:
    """The story that `story_id` was merged into; None where it was not."""
    return connection.scalar(sa.select(v_redirects.c.story_id).where(v_redirects.c.old_story_id == story_id))


def merged_into(connection: Connection, story_id: int) -> list[int]:
    """The former stories that lead to `story_id`."""
    query = sa.select(v_redirects.c.old_story_id).where(v_redirects.c.story_id == story_id)
    return list(connection.scalars(query.order_by(v_redirects.c.old_story_id)))


def members(connection: Connection, story_id: int) -> list[Placed]:
    """The articles of a story, first come first."""
    return _placed(connection, _s.c.story_id == story_id)


def some_articles(connection: Connection, ids: Sequence[int]) -> dict[int, Placed]:
    """The articles of these ids, by id."""
    found: dict[int, Placed] = {}
    for start in range(0, len(ids), _CHUNK):
        part = _placed(connection, _s.c.article_id.in_(ids[start : start + _CHUNK]))
        found |= {article.article_id: article for article in part}
    return found


def named(connection: Connection, name: str, source: str | None) -> list[Placed]:
    """The articles that `name` may mean: by uri, else by url, else by number."""
    ways: list[sa.ColumnElement[bool]] = [_a.c.uri == name, _a.c.url == name]
    if name.isascii() and name.isdecimal() and len(name) < 19:
        ways.append(_a.c.article_id == int(name))
    for way in ways:
        condition = way if source is None else sa.and_(way, _a.c.source == source)
        if found := _placed(connection, condition):
            return found
    return []


def _placed(connection: Connection, condition: sa.ColumnElement[bool]) -> list[Placed]:
    columns = {
        **{column.name: column for view in (_d, _s) for column in view.c},
        "version": _a.c.version,
        "word_count": _a.c.word_count,
    }
    query = (
        sa.select(*(columns[name] for name in Placed.__slots__))
        .join_from(_s, _d, _d.c.article_id == _s.c.article_id)
        .join(_a, _a.c.article_id == _s.c.article_id)
        .where(condition)
        .order_by(_s.c.article_id)
    )
    return [Placed(*row) for row in connection.execute(query)]


def uris(connection: Connection, limit: int) -> list[str]:
    """The uris of the `limit` articles that came last."""
    return list(connection.scalars(sa.select(_a.c.uri).order_by(_a.c.article_id.desc()).limit(limit)))


def is_waiting(connection: Connection, uri: str) -> bool:
    """Whether the inbox holds an article of this uri."""
    return connection.scalar(sa.select(sa.literal(1)).where(inbox.c.uri == uri).limit(1)) is not None


def rejection(connection: Connection, uri: str) -> Rejection | None:
    """The newest rejection of this uri, if there is one."""
    columns = [v_rejections.c[name] for name in Rejection.__slots__]
    query = sa.select(*columns).where(v_rejections.c.uri == uri).order_by(v_rejections.c.rejection_id.desc())
    row = connection.execute(query.limit(1)).first()
    return None if row is None else Rejection(*row)


def evidence(connection: Connection, article_id: int) -> list[Evidence]:
    """Why an article, in the version decided last, is where it is: what it joined, then what it came near to."""
    newest = sa.select(sa.func.max(v_why.c.version)).where(v_why.c.article_id == article_id).scalar_subquery()
    rows = _evidence(connection, sa.and_(v_why.c.article_id == article_id, v_why.c.version == newest))
    return sorted(rows, key=lambda row: (row.tier, row.verdict == "near_miss"))


def evidence_between(connection: Connection, one: int, other: int) -> list[Evidence]:
    """Every comparison of two articles that was noted."""
    way = (v_why.c.article_id, v_why.c.matched_article_id)
    pair = sa.or_(sa.and_(way[0] == one, way[1] == other), sa.and_(way[0] == other, way[1] == one))
    return _evidence(connection, pair)


def evidence_of_story(connection: Connection, story_id: int) -> list[Evidence]:
    """What joined the articles of a story to one another."""
    inside = v_why.c.article_id.in_(sa.select(_s.c.article_id).where(_s.c.story_id == story_id))
    return _evidence(connection, sa.and_(inside, v_why.c.verdict == "joined", v_why.c.matched_article_id.is_not(None)))


def path(joined: Sequence[Evidence], start: int, end: int) -> list[Evidence]:
    """The fewest rows of `joined` that lead from one article to another, in order; none where no way is."""
    edges: dict[int, list[tuple[int, Evidence]]] = {}
    for row in joined:
        if row.matched_article_id is not None:
            edges.setdefault(row.article_id, []).append((row.matched_article_id, row))
            edges.setdefault(row.matched_article_id, []).append((row.article_id, row))
    before: dict[int, tuple[int, Evidence]] = {}
    waiting = deque([start])
    while waiting and end not in before:
        here = waiting.popleft()
        for there, row in edges.get(here, ()):
            if there not in before and there != start:
                before[there] = here, row
                waiting.append(there)
    rows: list[Evidence] = []
    while end in before:
        end, row = before[end]
        rows.append(row)
    return rows[::-1]


def _evidence(connection: Connection, condition: sa.ColumnElement[bool]) -> list[Evidence]:
    query = sa.select(v_why).where(condition).order_by(v_why.c.article_id, v_why.c.version)
    return [Evidence(*row) for row in connection.execute(query)]


def history(connection: Connection, story_id: int) -> list[Event]:
    """What happened to a story, in order."""
    columns = [v_history.c[name] for name in Event.__slots__]
    query = sa.select(*columns).where(v_history.c.story_id == story_id).order_by(v_history.c.history_id)
    return [Event(*row) for row in connection.execute(query)]


def suspicions(connection: Connection, story_id: int) -> list[Suspicion]:
    """What looks wrong with a story."""
    query = sa.select(v_suspects.c.reason, v_suspects.c.detail).where(v_suspects.c.story_id == story_id)
    return [Suspicion(*row) for row in connection.execute(query)]


def suspect_count(connection: Connection) -> int:
    """Stories that look wrong."""
    return connection.scalar(sa.select(sa.func.count(sa.distinct(v_suspects.c.story_id)))) or 0


def clusters(connection: Connection) -> tuple[dict[str, int], dict[str, int]]:
    """Story and duplicate group of each article, by its uri."""
    rows = connection.execute(sa.select(_s.c.uri, _s.c.story_id, _s.c.duplicate_group_id)).all()
    return {uri: story_id for uri, story_id, _ in rows}, {uri: group_id for uri, _, group_id in rows}


def compared(connection: Connection, article_id: int) -> tuple[str, str, bytes]:
    """What a comparison of an article needs: its clean title and body, and its weighted terms."""
    query = (
        sa.select(_a.c.title, _a.c.body_text, articles.c.terms)
        .join_from(_a, articles, articles.c.article_id == _a.c.article_id)
        .where(_a.c.article_id == article_id)
    )
    title, body, terms = connection.execute(query).one()
    return title, body, terms
