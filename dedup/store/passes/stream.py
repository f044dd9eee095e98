"""Reading back the stream: the segments of the window, the terms and the dates of what was decided lately."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.index.segments import BLOCK, RECENT, SegmentKey
from dedup.store.database.bulk import read
from dedup.store.database.distinct import each
from dedup.store.database.moments import in_seconds
from dedup.store.tables import articles, duplicate_groups

# Articles of a segment read at once.
PAGE = 1_024
# Withdrawn articles are not compared with any other.
_HELD = articles.c.withdrawn_at.is_(None)
# Where the title is in a row of `segment`.
TITLE = 8
# The clock of the stream is the median date of so many articles: one wrong date does not move it.
CLOCK_ARTICLES = 31


def segment(
    connection: Connection, key: SegmentKey, scheme_id: int, *, signed: bool, told: bool
) -> Iterator[Sequence[Any]]:
    """The articles of a segment in the order of decisions, `PAGE` at a time.

    Withdrawn ones and those of other schemes are left out. A row is: article, ordinal, publication in seconds since
    1970, group, story, whether it is the original of its group, version, publisher or source, title, language,
    signature, terms. The last two are NULL unless asked for: the one where `signed`, the other, which only texts have,
    where `told`.
    """
    parameters = {"number": key[1], "scheme": scheme_id}
    statement = _segment(connection.dialect.name, key[0], signed, told)
    if connection.dialect.name == "sqlite":
        yield from _batched(read(connection, statement, parameters), PAGE)
    else:
        streamed = {"stream_results": True}
        yield from connection.execute(statement, parameters, execution_options=streamed).partitions(PAGE)


def segment_size(connection: Connection, key: SegmentKey) -> int:
    """How many articles a segment may have; 0 for one that never has many."""
    kind, number = key
    if kind != "day":
        return 0
    counted: int = connection.execute(_IN_PERIOD, {"number": number}).scalar_one()
    return counted


def periods(connection: Connection) -> set[int]:
    """The periods in which articles were published, withdrawn ones too."""
    return {number for (number,) in connection.execute(_PERIODS)}


_PERIODS = sa.text(f"{each('period')} SELECT value FROM there WHERE value IS NOT NULL")  # noqa: S608 - names of our own
_IN_PERIOD = sa.select(sa.func.count()).select_from(articles).where(articles.c.period == sa.bindparam("number"))


def _batched(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """The rows in lists of `size`, the last perhaps shorter."""
    ahead = iter(rows)
    while page := list(islice(ahead, size)):
        yield page


@cache
def _segment(dialect: str, kind: str, signed: bool, told: bool) -> sa.Select[Any]:
    number: sa.BindParameter[int] = sa.bindparam("number", type_=sa.BigInteger)
    ordinal, period = articles.c.ordinal, articles.c.period
    block = ordinal.between(number * BLOCK, number * BLOCK + BLOCK - 1)
    is_text = articles.c.article_id == duplicate_groups.c.original_article_id
    conditions = {
        "day": period == number,
        "told": sa.and_(period == number, is_text),
        "all": block,
        "undated": sa.and_(block, period.is_(None)),
        "recent": sa.and_(ordinal.between(number * RECENT, number * RECENT + RECENT - 1), is_text),
    }
    return (
        sa.select(
            articles.c.article_id,
            ordinal,
            in_seconds("published_at", dialect),
            articles.c.duplicate_group_id,
            duplicate_groups.c.story_id,
            is_text,
            articles.c.version,
            sa.func.coalesce(articles.c.publisher, articles.c.source),
            articles.c.title,
            articles.c.language,
            articles.c.signature if signed else sa.null(),
            sa.case((is_text, articles.c.terms)) if told else sa.null(),
        )
        .join(duplicate_groups)
        .where(conditions[kind], articles.c.scheme_id == sa.bindparam("scheme"), _HELD)
        .order_by(ordinal)
    )


_RECENT = (
    sa.select(articles.c.ordinal, articles.c.language, articles.c.terms)
    .join(duplicate_groups)
    .where(
        articles.c.ordinal >= sa.bindparam("since"),
        articles.c.scheme_id == sa.bindparam("scheme"),
        duplicate_groups.c.original_article_id == articles.c.article_id,
        _HELD,
    )
    .order_by(articles.c.ordinal)
)


def recent_terms(connection: Connection, scheme_id: int, since: int) -> Iterable[tuple[int, str, bytes]]:
    """Ordinal, language and terms of the texts of a scheme decided from ordinal `since` on, in that order."""
    return read(connection, _RECENT, {"since": since, "scheme": scheme_id})


def recent_dates(connection: Connection, limit: int, but: int = 0) -> list[tuple[int, datetime]]:
    """Ordinal and date of publication of the `limit` dated articles decided last, newest decision first.

    The one with the ordinal `but` is left out.
    """
    query = (
        sa.select(articles.c.ordinal, articles.c.published_at)
        .where(articles.c.published_at.is_not(None), articles.c.ordinal != but, _HELD)
        .order_by(articles.c.ordinal.desc())
        .limit(limit)
    )
    return [(ordinal, date) for ordinal, date in connection.execute(query)]


def dates_between(connection: Connection, first: int, last: int) -> list[tuple[int, datetime]]:
    """Ordinal and date of publication of the dated articles with ordinals from `first` to `last`, in their order."""
    query = sa.select(articles.c.ordinal, articles.c.published_at).where(
        articles.c.ordinal.between(first, last), articles.c.published_at.is_not(None), _HELD
    )
    return [(place, date) for place, date in connection.execute(query.order_by(articles.c.ordinal))]


def holds_undated(connection: Connection, first: int, last: int) -> bool:
    """Whether an article without a date is among those with ordinals from `first` to `last`."""
    found = sa.exists().where(articles.c.ordinal.between(first, last), articles.c.published_at.is_(None))
    return bool(connection.execute(sa.select(found)).scalar())
