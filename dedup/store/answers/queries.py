"""Reading for people: stories and the articles in them, out of the views."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.intake.web import WEB
from dedup.store.database.bulk import pages
from dedup.store.passes.uris import called
from dedup.store.selectable import TIME, TRUTH, view
from dedup.store.tables import ID, articles, schemes, shingles


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


_SEEN = {"first_seen": TIME, "last_seen": TIME, "first_published": TIME, "last_published": TIME}
v_stories = view("v_stories", Story, **_SEEN)
# What fits into the databases' integers of 64 bits.
_NUMBER = re.compile(r"(?P<only>article:)?(?P<number>[0-9]{1,18})")
v_redirects = sa.table("v_story_redirects", sa.column("old_story_id", ID), sa.column("story_id", ID))
v_articles = sa.table(
    "v_articles", sa.column("article_id", ID), sa.column("version"), sa.column("word_count"), sa.column("uri"),
    sa.column("url"), sa.column("source"), sa.column("title"), sa.column("body_text"),
    sa.column("left_out"), sa.column("authors"),
)  # fmt: skip
v_story_articles = sa.table(
    "v_story_articles", sa.column("article_id", ID), sa.column("story_id", ID), sa.column("duplicate_group_id"),
    sa.column("source"), sa.column("publisher"), sa.column("uri"), sa.column("url"), sa.column("title"),
    sa.column("language"), sa.column("published_at", TIME), sa.column("first_seen", TIME),
    sa.column("is_representative", TRUTH), sa.column("score"),
)  # fmt: skip
v_duplicates = sa.table(
    "v_duplicates", sa.column("article_id", ID), sa.column("is_original", TRUTH), sa.column("jaccard"),
    sa.column("containment"), sa.column("compared_article_id"),
)  # fmt: skip


def some_stories(connection: Connection, ids: Sequence[int]) -> Iterator[Story]:
    """The stories of these ids that are there, in the order of `ids`."""
    for part in pages(ids):
        rows = connection.execute(sa.select(v_stories).where(v_stories.c.story_id.in_(part)))
        found = {row.story_id: Story(*row) for row in rows}
        yield from (found[story_id] for story_id in part if story_id in found)


def story(connection: Connection, story_id: int) -> Story | None:
    """One story; None where there is none of this id now."""
    return next(some_stories(connection, [story_id]), None)


def resolve(connection: Connection, story_id: int) -> int:
    """The story that `story_id` was merged into, or itself."""
    target = connection.scalar(sa.select(v_redirects.c.story_id).where(v_redirects.c.old_story_id == story_id))
    return story_id if target is None else target


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
    return _placed(connection, v_story_articles.c.story_id == story_id)


def members_of(connection: Connection, story_ids: Sequence[int]) -> dict[int, list[Placed]]:
    """The articles of each of some stories, first come first."""
    found: dict[int, list[Placed]] = {story_id: [] for story_id in story_ids}
    for part in pages(story_ids):
        for article in _placed(connection, v_story_articles.c.story_id.in_(part)):
            found[article.story_id].append(article)
    return found


def some_articles(connection: Connection, ids: Sequence[int]) -> dict[int, Placed]:
    """The articles of these ids, by id."""
    found: dict[int, Placed] = {}
    for part in pages(ids):
        placed = _placed(connection, v_story_articles.c.article_id.in_(part))
        found |= {article.article_id: article for article in placed}
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
    way = v_articles.c.url == name if number is None else v_articles.c.article_id == int(number["number"])
    return _placed(connection, way if source is None else sa.and_(way, v_articles.c.source == source))


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
        **{column.name: column for table in (v_duplicates, v_story_articles) for column in table.c},
        "version": v_articles.c.version,
        "word_count": v_articles.c.word_count,
        "authors": v_articles.c.authors,
    }
    query = (
        sa.select(*(columns[name] for name in Placed.__slots__))
        .join_from(v_story_articles, v_duplicates, v_duplicates.c.article_id == v_story_articles.c.article_id)
        .join(v_articles, v_articles.c.article_id == v_story_articles.c.article_id)
        .where(condition)
        .order_by(v_story_articles.c.article_id)
    )
    return [Placed(*row) for row in connection.execute(query)]


def uris(connection: Connection, limit: int) -> list[str]:
    """The uris of the `limit` articles that came last."""
    return list(connection.scalars(sa.select(v_articles.c.uri).order_by(v_articles.c.article_id.desc()).limit(limit)))


def clusters(connection: Connection) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], int]]:
    """Story and duplicate group of each article, by its source and uri."""
    columns = [v_story_articles.c[name] for name in ("source", "uri", "story_id", "duplicate_group_id")]
    rows = connection.execute(sa.select(*columns)).all()
    stories = {(source, uri): story_id for source, uri, story_id, _ in rows}
    return stories, {(source, uri): group_id for source, uri, _, group_id in rows}


def left_out(connection: Connection, article_id: int) -> list[str]:
    """The lines and sentences that were left out of the text of an article since its site repeats them."""
    found = connection.scalar(sa.select(v_articles.c.left_out).where(v_articles.c.article_id == article_id))
    return found.split("\n") if found else []


def content(connection: Connection, article_id: int) -> Content:
    """What a comparison of an article needs."""
    query = (
        sa.select(
            v_articles.c.title,
            sa.func.coalesce(v_articles.c.body_text, ""),
            articles.c.ordinal,
            schemes.c.name,
            articles.c.terms,
            sa.case((v_articles.c.body_text.is_(None), shingles.c.hashes)),
        )
        .join_from(v_articles, articles, articles.c.article_id == v_articles.c.article_id)
        .join(schemes, schemes.c.scheme_id == articles.c.scheme_id)
        .outerjoin(shingles, shingles.c.article_id == articles.c.article_id)
        .where(v_articles.c.article_id == article_id)
    )
    return Content(*connection.execute(query).one())
