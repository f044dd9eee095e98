"""Reading for people: stories and the articles in them, out of the views."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.intake.web import WEB
from dedup.store.database.bulk import pages
from dedup.store.passes.uris import called
from dedup.store.selectable import TIME, TRUTH, view
from dedup.store.tables import ID, articles, duplicate_groups, schemes, shingles
from dedup.text.words.tokens import fold


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
    """An article and its place: columns of ``v_articles``, ``v_story_articles`` and ``v_duplicates``.

    `compared_article_id` is the article of its text that `jaccard` and `containment` compare it with, `authors` the
    names of who wrote it, joined by "; ".
    """

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
    compared_article_id: int
    authors: str | None

    @property
    def at(self) -> datetime:
        """When it was published; of one without a date when it came."""
        return self.published_at or self.first_seen

    @property
    def outlet(self) -> str:
        """Its publisher, or its source where no publisher is known."""
        return self.publisher or self.source

    @property
    def names(self) -> list[str]:
        """The names of its authors."""
        return self.authors.split("; ") if self.authors else []

    @property
    def is_measure(self) -> bool:
        """Whether its copies were compared with it."""
        return self.compared_article_id == self.article_id


@dataclass(frozen=True, slots=True)
class Content:
    """An article for a comparison: clean title and body, place in the order of decisions, and its weighted terms, which
    can be read where `scheme` is the program's. Of a text that was forgotten the body is empty and `shingles` is there.
    """

    title: str
    body: str
    ordinal: int
    scheme: str
    terms: bytes
    shingles: bytes | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which stories to list. `language` is a code as stories have it; `publisher` is that of one article, in any case;
    `search` are words that the title of one must hold, `text` words that the body of one must hold, in any case."""

    since: datetime | None = None
    min_articles: int = 1
    language: str | None = None
    publisher: str | None = None
    search: str | None = None
    text: str | None = None
    biggest: bool = False


Advance = Callable[[float, float | None], None]
"""Told how much is done, and of how much."""

_SEEN = {"first_seen": TIME, "last_seen": TIME, "first_published": TIME, "last_published": TIME}
v_stories = view("v_stories", Story, **_SEEN)
story_moment = sa.func.coalesce(v_stories.c.last_published, v_stories.c.last_seen, type_=TIME)
article_moment = sa.func.coalesce(articles.c.published_at, articles.c.first_seen, type_=TIME)
# Articles among which the newest stories are looked for, and stories among which the biggest are, which have many
# articles each; more where these are too few.
_NEWEST = (1_000, 8_000, 64_000)
_BIGGEST = (100, 1_000, 8_000)
# What fits into the databases' integers of 64 bits.
_NUMBER = re.compile(r"(?P<only>article:)?(?P<number>[0-9]{1,18})")
v_redirects = sa.table("v_story_redirects", sa.column("old_story_id", ID), sa.column("story_id", ID))
_a = sa.table(
    "v_articles", sa.column("article_id", ID), sa.column("version"), sa.column("word_count"), sa.column("uri"),
    sa.column("url"), sa.column("source"), sa.column("title"), sa.column("body_text"),
    sa.column("left_out"), sa.column("authors"),
)  # fmt: skip
_s = sa.table(
    "v_story_articles", sa.column("article_id", ID), sa.column("story_id", ID), sa.column("duplicate_group_id"),
    sa.column("source"), sa.column("publisher"), sa.column("uri"), sa.column("url"), sa.column("title"),
    sa.column("language"), sa.column("published_at", TIME), sa.column("first_seen", TIME),
    sa.column("is_representative", TRUTH), sa.column("score"),
)  # fmt: skip
_d = sa.table(
    "v_duplicates", sa.column("article_id", ID), sa.column("is_original", TRUTH), sa.column("jaccard"),
    sa.column("containment"), sa.column("compared_article_id"),
)  # fmt: skip


def story_ids(
    connection: Connection, wanted: Wanted, limit: int | None = None, advance: Advance | None = None
) -> list[int]:
    """The stories that are `wanted`, in order: newest (or biggest) first; the first `limit` of them.

    Where titles or texts are looked through, `advance` is told in how many of how many stories so far. For the first
    few, and for those since a moment, only the newest articles, or the biggest stories, are looked at, where these are
    enough.
    """
    if limit is not None or (wanted.since is not None and not wanted.biggest):
        ids = _foremost(connection, wanted, limit, advance)
        if ids is not None:
            return ids
    story = v_stories.c
    conditions = _conditions(connection, wanted)
    query = sa.select(story.story_id).where(*conditions).order_by(*(one.desc() for one in _order(wanted)))
    return list(islice(_searched(connection, wanted, list(connection.scalars(query)), advance), limit))


def story_count(connection: Connection, least: int) -> int:
    """How many stories have `least` articles or more, 2 at least; out of indexes alone."""
    return connection.scalar(sa.select(sa.func.count()).select_from(_sizes(least).subquery())) or 0


def _sizes(least: int) -> sa.Select[Any]:
    """How many articles each story has, of those with `least` or more, out of indexes alone.

    A withdrawn article counts; it is alone in a story that no view shows.
    """
    size = sa.func.count()
    inside = articles.c.duplicate_group_id == duplicate_groups.c.duplicate_group_id
    query = sa.select(size.label("rank"), duplicate_groups.c.story_id).join_from(duplicate_groups, articles, inside)
    return query.group_by(duplicate_groups.c.story_id).having(size >= least)


def _order(wanted: Wanted) -> list[sa.ColumnElement[Any]]:
    """By what the stories are ordered, the highest first."""
    story = v_stories.c
    if wanted.biggest:
        return [story.article_count, story_moment, story.story_id]
    return [story_moment, story.article_count, story.story_id]


def _conditions(
    connection: Connection, wanted: Wanted, among: Sequence[int] | None = None
) -> list[sa.ColumnElement[bool]]:
    """What a row of ``v_stories`` must be like; where it is one of few, `among` are these."""
    story = v_stories.c
    conditions: list[sa.ColumnElement[bool]] = [story.article_count >= wanted.min_articles]
    if wanted.since is not None:
        conditions.append(story_moment >= wanted.since)
    if wanted.language is not None:
        conditions.append(story.language == wanted.language)
    if wanted.publisher is not None:
        name = sa.func.coalesce(_s.c.publisher, _s.c.source)
        inside = [] if among is None else [_s.c.story_id.in_(among)]
        # Compared here, as in `_holding`.
        names = connection.scalars(sa.select(name).where(*inside).distinct())
        meant = [one for one in names if fold(one) == fold(wanted.publisher)]
        conditions.append(story.story_id.in_(sa.select(_s.c.story_id).where(name.in_(meant), *inside)))
    return conditions


def _foremost(connection: Connection, wanted: Wanted, limit: int | None, advance: Advance | None) -> list[int] | None:
    """What `story_ids` gives, found among the newest articles or biggest stories; None where these are not enough."""
    ranked = _sizes(wanted.min_articles).order_by(sa.desc("rank")) if wanted.biggest else _recent(wanted.since)
    for looked_at in _BIGGEST if wanted.biggest else _NEWEST:
        rows = connection.execute(ranked.limit(looked_at)).all()
        # Stories of as low a rank as the last of these may be among those that were not looked at.
        complete_from = rows[-1].rank if len(rows) == looked_at else None
        found: list[tuple[Any, ...]] = []
        for part in pages(list({row.story_id for row in rows})):
            conditions = [v_stories.c.story_id.in_(part), *_conditions(connection, wanted, part)]
            query = sa.select(*_order(wanted)).where(*conditions)
            found += map(tuple, connection.execute(query))
        known = [row for row in found if complete_from is None or row[0] > complete_from]
        foremost = [story_id for _, _, story_id in sorted(known, reverse=True)]
        ids = list(islice(_searched(connection, wanted, foremost, advance), limit))
        if complete_from is None or (limit is not None and len(ids) >= limit):
            return ids
    return None


def _recent(since: datetime | None) -> sa.Select[Any]:
    """The newest articles, and their stories; ordered as an index has them."""
    query = sa.select(article_moment.label("rank"), duplicate_groups.c.story_id).join_from(
        articles, duplicate_groups, duplicate_groups.c.duplicate_group_id == articles.c.duplicate_group_id
    )
    if since is not None:
        query = query.where(article_moment >= since)
    return query.order_by(article_moment.desc())


def _searched(connection: Connection, wanted: Wanted, ids: Sequence[int], advance: Advance | None) -> Iterator[int]:
    """The stories, of `ids`, that hold the words that are `wanted`, in their order, a page at a time."""
    asked = ((wanted.search, _s.c.title), (wanted.text, _a.c.body_text))
    looked_at = 0
    for part in pages(ids) if wanted.search or wanted.text else [ids]:
        holding = [_holding(connection, words, written, part) for words, written in asked if words]
        yield from (story_id for story_id in part if all(story_id in held for held in holding))
        looked_at += len(part)
        if advance:
            advance(looked_at, len(ids))


def _holding(connection: Connection, search: str, written: sa.ColumnElement[Any], ids: Sequence[int]) -> set[int]:
    """The stories, of `ids`, with an article that has every word of `search` in what is `written`: its title or body.

    Compared here, since SQLite knows upper and lower case of ASCII alone.
    """
    words = fold(search).split()
    query = sa.select(_s.c.story_id, written).join_from(_s, _a, _a.c.article_id == _s.c.article_id)
    query = query.where(_s.c.story_id.in_(ids), written.is_not(None))
    found: set[int] = set()
    for story_id, text in connection.execute(query.execution_options(yield_per=1_000)):
        if story_id not in found:
            folded = fold(text)
            if all(word in folded for word in words):
                found.add(story_id)
    return found


def some_stories(connection: Connection, ids: Sequence[int]) -> Iterator[Story]:
    """The stories of these ids that are there, in the order of `ids`."""
    for part in pages(ids):
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
    return merged_into_each(connection, [story_id]).get(story_id, [])


def merged_into_each(connection: Connection, story_ids: Sequence[int]) -> dict[int, list[int]]:
    """The former stories that lead to each of some stories; without those to which none does."""
    query = sa.select(v_redirects.c.story_id, v_redirects.c.old_story_id).where(v_redirects.c.story_id.in_(story_ids))
    found: dict[int, list[int]] = {}
    for story_id, old in connection.execute(query.order_by(v_redirects.c.old_story_id)):
        found.setdefault(story_id, []).append(old)
    return found


def members(connection: Connection, story_id: int) -> list[Placed]:
    """The articles of a story, first come first."""
    return _placed(connection, _s.c.story_id == story_id)


def members_of(connection: Connection, story_ids: Sequence[int]) -> dict[int, list[Placed]]:
    """The articles of each of some stories, first come first."""
    found: dict[int, list[Placed]] = {story_id: [] for story_id in story_ids}
    for part in pages(story_ids):
        for article in _placed(connection, _s.c.story_id.in_(part)):
            found[article.story_id].append(article)
    return found


def some_articles(connection: Connection, ids: Sequence[int]) -> dict[int, Placed]:
    """The articles of these ids, by id."""
    found: dict[int, Placed] = {}
    for part in pages(ids):
        found |= {article.article_id: article for article in _placed(connection, _s.c.article_id.in_(part))}
    return found


def named(connection: Connection, name: str, source: str | None) -> list[Placed]:
    """The articles that `name` may mean: by uri, else by number, or by url, which a number is none of.

    An address is also looked for as the uri that it would be. ``article:12`` is a number alone, whatever uris there
    are. Only a url that is no uri is looked for in all articles.
    """
    number = _NUMBER.fullmatch(name)
    if number is None or not number["only"]:
        for uri in _uris_of(name):
            if found := some_articles(connection, called(connection, uri, source)):
                return list(found.values())
    way = _a.c.url == name if number is None else _a.c.article_id == int(number["number"])
    return _placed(connection, way if source is None else sa.and_(way, _a.c.source == source))


def number_of(name: str) -> int | None:
    """The number of the article that `name` may mean, ``12`` or ``article:12``; None for any other text."""
    number = _NUMBER.fullmatch(name)
    return None if number is None else int(number["number"])


def _uris_of(name: str) -> list[str]:
    """The uris by which an article may be known that is called `name`. Behind a # is another article of the page."""
    if "#" in name or not name.startswith(WEB):
        return [name]
    from dedup.intake.canonical import canonical  # noqa: PLC0415 - only addresses need what it imports

    return list(dict.fromkeys((name, canonical(name))))


def _placed(connection: Connection, condition: sa.ColumnElement[bool]) -> list[Placed]:
    columns = {
        **{column.name: column for view in (_d, _s) for column in view.c},
        "version": _a.c.version,
        "word_count": _a.c.word_count,
        "authors": _a.c.authors,
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


def clusters(connection: Connection) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], int]]:
    """Story and duplicate group of each article, by its source and uri."""
    rows = connection.execute(sa.select(_s.c.source, _s.c.uri, _s.c.story_id, _s.c.duplicate_group_id)).all()
    stories = {(source, uri): story_id for source, uri, story_id, _ in rows}
    return stories, {(source, uri): group_id for source, uri, _, group_id in rows}


def left_out(connection: Connection, article_id: int) -> list[str]:
    """The lines and sentences that were left out of the text of an article since its site repeats them."""
    found = connection.scalar(sa.select(_a.c.left_out).where(_a.c.article_id == article_id))
    return found.split("\n") if found else []


def content(connection: Connection, article_id: int) -> Content:
    """What a comparison of an article needs."""
    query = (
        sa.select(
            _a.c.title,
            sa.func.coalesce(_a.c.body_text, ""),
            articles.c.ordinal,
            schemes.c.name,
            articles.c.terms,
            sa.case((_a.c.body_text.is_(None), shingles.c.hashes)),
        )
        .join_from(_a, articles, articles.c.article_id == _a.c.article_id)
        .join(schemes, schemes.c.scheme_id == articles.c.scheme_id)
        .outerjoin(shingles, shingles.c.article_id == articles.c.article_id)
        .where(_a.c.article_id == article_id)
    )
    return Content(*connection.execute(query).one())
