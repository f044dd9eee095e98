"""The articles that are signed with another scheme than the one in force, and what it takes to sign them anew.

A duplicate group has one scheme, so groups are signed whole. One of which a text was forgotten stays as it is.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.store.passes.configurations import settings_in_force
from dedup.store.tables import articles, duplicate_groups, schemes, state, texts

PAGE = 500
WALKED = 20_000
"""Articles that are looked through at once for groups of another scheme."""
# Beside a join by the group, which lets either database begin with the articles.
_IS_TEXT = articles.c.article_id == duplicate_groups.c.original_article_id


class Outdated(NamedTuple):
    """A duplicate group to sign anew; `ordinal` is the place of its original in the order of decisions."""

    ordinal: int
    group_id: int


class Signed(NamedTuple):
    """An article with its clean text; `ordinal` is None where it is not the original of its group, or is withdrawn."""

    article_id: int
    ordinal: int | None
    language: str
    publisher: str | None
    source: str
    title: str
    body: str


class Text(NamedTuple):
    """The original of a group: its terms as they are stored where its scheme is in force, else its clean text."""

    ordinal: int
    group_id: int
    language: str
    publisher: str | None
    title: str
    terms: bytes | None
    body: str | None


class Sketched(NamedTuple):
    """The signature and the weighted terms of an article, as they are stored, and the key of its series."""

    article_id: int
    signature: bytes
    terms: bytes
    series_key: int | None


def is_all_signed(connection: Connection, scheme_id: int) -> bool:
    """True when no article is left to be signed anew with this scheme."""
    if list(connection.scalars(sa.select(schemes.c.scheme_id))) == [scheme_id]:
        return True
    return bool(connection.scalar(sa.select(state.c.signed_scheme_id)) == scheme_id)


def note_all_signed(connection: Connection, scheme_id: int | None) -> None:
    """Notes that no article is left to be signed anew with this scheme, the others staying as they are.

    None notes that there are some.
    """
    connection.execute(sa.update(state).values(signed_scheme_id=scheme_id))


def waiting(connection: Connection) -> int:
    """How many articles are to be signed anew with the scheme of the configuration in force."""
    names = {name: number for number, name in connection.execute(sa.select(schemes.c.scheme_id, schemes.c.name))}
    if len(names) < 2:
        return 0
    from dedup.sketch.scheme import Scheme  # noqa: PLC0415 - it imports numpy, which a quick look need not pay for

    settings: dict[str, Any] = json.loads(settings_in_force(connection)[1])
    if not settings:
        return 0
    name = Scheme(settings["duplicates"]["shingle_words"]).name
    if connection.scalar(sa.select(state.c.signed_scheme_id)) == names.get(name, 0):
        return 0
    query = (
        sa.select(sa.func.count())
        .select_from(articles)
        .where(articles.c.scheme_id != names.get(name, 0), articles.c.duplicate_group_id.not_in(_kept()))
    )
    return connection.scalar(query) or 0


def _kept() -> sa.Select[Any]:
    """The groups of which a text was forgotten."""
    return sa.select(articles.c.duplicate_group_id).outerjoin(texts).where(texts.c.article_id.is_(None))


def _is_kept() -> sa.ColumnElement[bool]:
    """Whether a text of the group of an article was forgotten, asked of one group after another."""
    member = articles.alias("member")
    text = sa.exists().where(texts.c.article_id == member.c.article_id).correlate(member)
    return sa.exists().where(member.c.duplicate_group_id == articles.c.duplicate_group_id, ~text).correlate(articles)


def _outdated(scheme_id: int) -> sa.Select[Any]:
    return (
        sa.select(articles.c.ordinal, articles.c.duplicate_group_id)
        .join(duplicate_groups)
        .where(_IS_TEXT, articles.c.scheme_id != scheme_id, ~_is_kept())
        .order_by(articles.c.ordinal)
    )


def end_of_page(connection: Connection, after: int) -> int | None:
    """The ordinal of the last of the next `WALKED` articles behind ordinal `after`; None where there is no more."""
    page = sa.select(articles.c.ordinal).where(articles.c.ordinal > after).order_by(articles.c.ordinal).limit(WALKED)
    last: int | None = connection.scalar(sa.select(sa.func.max(page.subquery().c.ordinal)))
    return last


def outdated(connection: Connection, scheme_id: int, after: int, last: int, limit: int) -> list[Outdated]:
    """The first groups of another scheme whose original was decided behind ordinal `after` up to `last`, in order."""
    query = _outdated(scheme_id).where(articles.c.ordinal > after, articles.c.ordinal <= last).limit(limit)
    return [Outdated(*row) for row in connection.execute(query)]


def outdated_of(connection: Connection, scheme_id: int, group_ids: Sequence[int]) -> list[Outdated]:
    """Which of these groups are of another scheme, in the order of their originals."""
    query = _outdated(scheme_id).where(articles.c.duplicate_group_id.in_(group_ids))
    return [Outdated(*row) for row in connection.execute(query)]


def outdated_in(
    connection: Connection, scheme_id: int, periods: tuple[int, int], ordinals: tuple[int, int]
) -> list[Outdated]:
    """The groups of another scheme with an article published in these periods or decided at these ordinals.

    Both are first and last; none where the first is greater. In the order of their originals.
    """
    member = articles.alias("inside")
    found: set[Outdated] = set()
    for column, span in ((member.c.period, periods), (member.c.ordinal, ordinals)):
        inside = sa.select(member.c.duplicate_group_id).where(column.between(*span), member.c.scheme_id != scheme_id)
        query = _outdated(scheme_id).where(articles.c.duplicate_group_id.in_(inside))
        found.update(Outdated(*row) for row in connection.execute(query))
    return sorted(found)


def members(connection: Connection, group_ids: Sequence[int]) -> Mapping[int, Sequence[Signed]]:
    """The articles of groups, with their texts, the original of each group first."""
    query = (
        sa.select(
            articles.c.duplicate_group_id,
            articles.c.article_id,
            sa.case((sa.and_(_IS_TEXT, articles.c.withdrawn_at.is_(None)), articles.c.ordinal)),
            articles.c.language,
            articles.c.publisher,
            articles.c.source,
            articles.c.title,
            texts.c.body_text,
        )
        .join(texts)
        .join(duplicate_groups)
        .where(articles.c.duplicate_group_id.in_(group_ids))
        .order_by(sa.not_(_IS_TEXT), articles.c.article_id)
    )
    found: defaultdict[int, list[Signed]] = defaultdict(list)
    for group_id, *values in connection.execute(query):
        found[group_id].append(Signed(*values))
    return found


def texts_between(connection: Connection, scheme_id: int, first: int, last: int) -> Iterator[Text]:
    """The originals of groups that were decided from ordinal `first` to `last`, in that order.

    Withdrawn ones are left out, and those of another scheme that stay as they are.
    """
    current = articles.c.scheme_id == scheme_id
    query = (
        sa.select(
            articles.c.ordinal,
            articles.c.duplicate_group_id,
            articles.c.language,
            articles.c.publisher,
            articles.c.title,
            sa.case((current, articles.c.terms)),
            texts.c.body_text,
        )
        .join(duplicate_groups)
        .outerjoin(texts, sa.and_(texts.c.article_id == articles.c.article_id, sa.not_(current)))
        .where(_IS_TEXT, articles.c.ordinal.between(first, last), articles.c.withdrawn_at.is_(None))
        .where(sa.or_(current, ~_is_kept()))
        .order_by(articles.c.ordinal)
    )
    for row in connection.execute(query.execution_options(yield_per=PAGE)):
        yield Text(*row)


def kept_of(connection: Connection, group_ids: Sequence[int]) -> set[int]:
    """The groups, of these, that stay as they are, since a text of theirs was forgotten."""
    return set(connection.scalars(_kept().where(articles.c.duplicate_group_id.in_(group_ids))))


def write(connection: Connection, scheme_id: int, made: Sequence[Sketched]) -> None:
    """Gives articles the signatures, terms and keys of series of a scheme."""
    if not made:
        return
    statement = (
        sa.update(articles)
        .where(articles.c.article_id == sa.bindparam("which"))
        .values(
            scheme_id=scheme_id,
            signature=sa.bindparam("values"),
            terms=sa.bindparam("weighed"),
            series_key=sa.bindparam("series"),
        )
    )
    parameters = [
        {"which": row.article_id, "values": row.signature, "weighed": row.terms, "series": row.series_key}
        for row in made
    ]
    connection.execute(statement, parameters)
