"""Reading back what was decided: articles, texts, groups and stories, by key."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import starmap
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from dedup.sketch.terms import names_of
from dedup.store.database.bulk import pages, read
from dedup.store.database.moments import in_seconds
from dedup.store.tables import (
    articles,
    duplicate_groups,
    matches,
    schemes,
    shingles,
    story_history,
    texts,
)

Key = tuple[str, str]
"""Source and uri, by which an article is known."""
Known = dict[Key, RowMapping]
"""See `known`."""


class Member(NamedTuple):
    """An article and the group and story that hold it; `original` is that of its group.

    `evidence` is the place of the next row of evidence of its version.
    """

    article_id: int
    version: int
    ordinal: int
    duplicate_group_id: int
    story_id: int
    original: int
    evidence: int


@dataclass(frozen=True, slots=True)
class Remembered:
    """An article of the window as the database holds it; `text` is true for the original of its group.

    `publisher` is the source where no publisher is known.
    """

    article_id: int
    ordinal: int
    version: int
    published_at: datetime | None
    language: str
    publisher: str
    title: str
    word_count: int
    group_id: int
    story_id: int
    text: bool
    scheme_id: int
    signature: bytes
    terms: bytes


def _by_ids(connection: Connection, made: Callable[[str], sa.Select[Any]], ids: Iterable[int]) -> Iterable[Any]:
    """The rows of the query that is `made` once for a dialect, see `_among`."""
    dialect, wanted = connection.dialect.name, list(ids)
    return read(connection, made(dialect), {"ids": json.dumps(wanted) if dialect == "sqlite" else wanted})


def _among(column: sa.Column[int], dialect: str) -> sa.ColumnElement[bool]:
    """Whether a column is among the parameter ``ids``, whose number the statement does not tell."""
    if dialect == "sqlite":
        return column.in_(sa.select(sa.column("value")).select_from(sa.func.json_each(sa.bindparam("ids"))))
    return column == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger)))


def article(connection: Connection, article_id: int) -> Remembered:
    """One article."""
    return next(_remembered(connection, articles.c.article_id == article_id))


def told_by(connection: Connection, article_id: int) -> tuple[str, int | None]:
    """Who published an article, or its source, and when, in seconds since 1970."""
    ((publisher, published),) = read(connection, _told_by(connection.dialect.name), {"article_id": article_id})
    return publisher, published


def terms_of(connection: Connection, article_id: int) -> bytes:
    """The weighted terms of an article as `TermSketch.to_bytes` made them."""
    ((terms,),) = read(connection, _TERMS, {"article_id": article_id})
    return bytes(terms)


def names_in(connection: Connection, article_id: int) -> bytes:
    """The terms of the names in an article, uint32 ascending, also of a text that was forgotten.

    Empty where that was before names were kept.
    """
    body, language, names = connection.execute(_NAMES, {"article_id": article_id}).one()
    return names_of(body, language) if body is not None else names or b""


_NAMES = (
    sa.select(texts.c.body_text, articles.c.language, shingles.c.names)
    .select_from(articles)
    .outerjoin(texts, texts.c.article_id == articles.c.article_id)
    .outerjoin(shingles, shingles.c.article_id == articles.c.article_id)
    .where(articles.c.article_id == sa.bindparam("article_id"))
)


@cache
def _told_by(dialect: str) -> sa.Select[Any, int]:
    publisher = sa.func.coalesce(articles.c.publisher, articles.c.source)
    query = sa.select(publisher, in_seconds("published_at", dialect))
    return query.where(articles.c.article_id == sa.bindparam("article_id"))


_TERMS = sa.select(articles.c.terms).where(articles.c.article_id == sa.bindparam("article_id"))


def _remembered(connection: Connection, *conditions: sa.ColumnElement[bool]) -> Iterator[Remembered]:
    query = (
        sa.select(
            articles.c.article_id,
            articles.c.ordinal,
            articles.c.version,
            articles.c.published_at,
            articles.c.language,
            sa.func.coalesce(articles.c.publisher, articles.c.source),
            articles.c.title,
            articles.c.word_count,
            articles.c.duplicate_group_id,
            duplicate_groups.c.story_id,
            articles.c.article_id == duplicate_groups.c.original_article_id,
            articles.c.scheme_id,
            articles.c.signature,
            articles.c.terms,
        )
        .join(duplicate_groups)
        .where(*conditions)
        .order_by(articles.c.ordinal)
    )
    return (Remembered(*tuple(row)) for row in connection.execute(query))


_KNOWN = ("source", "uri", "article_id", "version", "digest", "withdrawn_at")
_FACTS = ", ".join(f"a.{name}" for name in _KNOWN)
# On either database the keys come first, each a look into the index: SQLite keeps the order of a CROSS JOIN, and
# PostgreSQL does not look into a LATERAL with a limit.
_SAME = {
    "sqlite": f"SELECT {_FACTS} FROM json_each(:keys) s CROSS JOIN json_each(s.value) u "  # noqa: S608 - names of our own
    "CROSS JOIN articles a WHERE a.source = s.key AND a.uri = u.value",
    "postgresql": f"SELECT {_FACTS} FROM json_each(CAST(:keys AS json)) s "  # noqa: S608 - names of our own
    "CROSS JOIN json_array_elements_text(s.value) u "
    f"CROSS JOIN LATERAL (SELECT {', '.join(_KNOWN)} FROM articles "
    "WHERE source = s.key AND uri = u.value LIMIT 1) a",
}


@cache
def _same(dialect: str) -> sa.TextClause | sa.TextualSelect:
    return sa.text(_SAME[dialect]).columns(*(articles.c[name] for name in _KNOWN))


def known(connection: Connection, keys: Iterable[Key]) -> Known:
    """The articles that are there of those named: id, version, digest, withdrawal."""
    uris: defaultdict[str, list[str]] = defaultdict(list)
    for source, uri in keys:
        uris[source].append(uri)
    named = {"keys": json.dumps(uris, ensure_ascii=False)}
    found = connection.execute(_same(connection.dialect.name), named).mappings()
    return {(row["source"], row["uri"]): row for row in found}


@cache
def _clean_texts(dialect: str) -> sa.Select[Any]:
    query = sa.select(articles.c.article_id, articles.c.title, texts.c.body_text).join(texts)
    return query.where(_among(articles.c.article_id, dialect))


def clean_texts(connection: Connection, article_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Clean title and body of articles."""
    found = _by_ids(connection, _clean_texts, article_ids)
    return {article_id: (title, body) for article_id, title, body in found}


def forgotten_shingles(connection: Connection, article_ids: Sequence[int], scheme: str) -> dict[int, bytes]:
    """The shingles of those articles whose text was forgotten and that have the signature scheme of this name."""
    query = (
        sa.select(shingles.c.article_id, shingles.c.hashes)
        .join(articles, articles.c.article_id == shingles.c.article_id)
        .join(schemes, schemes.c.scheme_id == articles.c.scheme_id)
        .where(shingles.c.article_id.in_(article_ids), schemes.c.name == scheme)
    )
    return {article_id: hashes for article_id, hashes in connection.execute(query)}


def group_members(connection: Connection, group_id: int) -> dict[int, int]:
    """The words of each article of a duplicate group, first come first."""
    query = (
        sa.select(articles.c.article_id, articles.c.word_count)
        .where(articles.c.duplicate_group_id == group_id)
        .order_by(articles.c.article_id)
    )
    return {article_id: words for article_id, words in connection.execute(query)}


def holds_another_copy(connection: Connection, group_id: int, article_id: int) -> bool:
    """Whether a duplicate group has an article besides this one."""
    others = articles.c.duplicate_group_id == group_id, articles.c.article_id != article_id
    return connection.execute(sa.select(articles.c.article_id).where(*others).limit(1)).first() is not None


def group_score(connection: Connection, group_id: int) -> float:
    """The probability with which the text of a group came to its story."""
    column = duplicate_groups.c.score
    query = sa.select(column).where(duplicate_groups.c.duplicate_group_id == group_id)
    return float(connection.execute(query).scalar_one())


def needed_for_story(connection: Connection, article_id: int) -> float | None:
    """The probability that a text needed when it was decided last where it belongs; None where that is not known."""
    query = (
        sa.select(matches.c.threshold)
        .where(
            matches.c.article_id == article_id,
            matches.c.tier == "story",
            matches.c.verdict.in_(("joined", "opened")),
        )
        .order_by(matches.c.version.desc(), matches.c.place.desc())
        .limit(1)
    )
    return connection.scalar(query)


@cache
def _group_extents(dialect: str) -> sa.Select[Any]:
    original, words = duplicate_groups.c.original_article_id, articles.c.word_count
    return (
        sa.select(articles.c.duplicate_group_id, original, articles.c.article_id, words)
        .join(duplicate_groups)
        .where(_among(articles.c.duplicate_group_id, dialect))
        .order_by(words, articles.c.article_id.desc())
    )


def group_extents(connection: Connection, group_ids: Sequence[int]) -> dict[int, tuple[int, int, int]]:
    """Original, longest article and its words of each duplicate group; of equally long ones the one that came first."""
    found = _by_ids(connection, _group_extents, group_ids)
    return {group: (original, longest, words) for group, original, longest, words in found}


def extent_without(connection: Connection, group_id: int, article_id: int) -> tuple[int, int, int]:
    """Original, longest article and its words of a duplicate group as it is without one of its copies."""
    words = articles.c.word_count
    query = (
        sa.select(duplicate_groups.c.original_article_id, articles.c.article_id, words)
        .join(duplicate_groups)
        .where(articles.c.duplicate_group_id == group_id, articles.c.article_id != article_id)
        .order_by(words.desc(), articles.c.article_id)
        .limit(1)
    )
    original, longest, most = connection.execute(query).one()
    return original, longest, most


def holds_another(connection: Connection, story_id: int, article_id: int) -> bool:
    """Whether a story has an article besides this one."""
    query = (
        sa.select(articles.c.article_id)
        .join(duplicate_groups)
        .where(duplicate_groups.c.story_id == story_id, articles.c.article_id != article_id)
        .limit(1)
    )
    return connection.execute(query).first() is not None


def was_opened(connection: Connection, story_id: int) -> bool:
    """False for a story that was made for a withdrawn article and that no reader has seen since."""
    opened = story_history.c.story_id == story_id, story_history.c.event == "opened"
    return connection.execute(sa.select(story_history.c.history_id).where(*opened).limit(1)).first() is not None


def members(connection: Connection, story_ids: Sequence[int], group_ids: Sequence[int]) -> list[Member]:
    """The articles of these stories and of these groups."""
    if len(story_ids) == 1 and not group_ids:
        return [*starmap(Member, read(connection, _OF_STORY, {"story": story_ids[0]}))]
    return [Member(*row) for row in connection.execute(_MEMBERS, {"stories": story_ids, "groups": group_ids})]


def issues(connection: Connection, article_ids: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs: each of these articles with every one of which any of its versions was found to be another issue."""
    found: list[tuple[int, int]] = []
    for page in pages(article_ids):
        found += [(newer, older) for newer, older in connection.execute(_ISSUES, {"ids": page})]
    return found


_ISSUES = sa.select(matches.c.article_id, matches.c.matched_article_id).where(
    matches.c.article_id.in_(sa.bindparam("ids", expanding=True)), matches.c.verdict == "series"
)
# Not their number: those of near misses are deleted after a while.
_NEXT_PLACE = sa.func.coalesce(sa.func.max(matches.c.place) + 1, 0)
# Made once: making a statement takes longer than running it.
_PLACE = sa.select(_NEXT_PLACE).where(
    matches.c.article_id == sa.bindparam("article"), matches.c.version == sa.bindparam("decided")
)
_MEMBER = (
    sa.select(
        articles.c.article_id,
        articles.c.version,
        articles.c.ordinal,
        articles.c.duplicate_group_id,
        duplicate_groups.c.story_id,
        duplicate_groups.c.original_article_id,
        sa.select(_NEXT_PLACE)
        .where(matches.c.article_id == articles.c.article_id, matches.c.version == articles.c.version)
        .scalar_subquery(),
    )
    .select_from(articles)
    .join(duplicate_groups, duplicate_groups.c.duplicate_group_id == articles.c.duplicate_group_id)
)
_OF_STORY = _MEMBER.where(duplicate_groups.c.story_id == sa.bindparam("story"))
_MEMBERS = _MEMBER.where(
    sa.or_(
        duplicate_groups.c.story_id.in_(sa.bindparam("stories", expanding=True)),
        duplicate_groups.c.duplicate_group_id.in_(sa.bindparam("groups", expanding=True)),
    )
)


def next_place(connection: Connection, article_id: int, version: int) -> int:
    """Where the next row of evidence of a version of an article goes."""
    ((place,),) = read(connection, _PLACE, {"article": article_id, "decided": version})
    return int(place)
