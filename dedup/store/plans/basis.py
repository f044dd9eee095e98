"""What a plan is computed from: which articles are decided anew, and what was there before them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from statistics import median_low
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from dedup.cluster.overlap import Place
from dedup.index.segments import PERIOD
from dedup.index.window import period_of, seconds
from dedup.store.database.bulk import pages
from dedup.store.passes import rows, rules, stream
from dedup.store.passes.changes import read_counters
from dedup.store.plans.turns import Turn, turns
from dedup.store.tables import articles, duplicate_groups, schemes, state, stories, story_redirects, texts

PAGE = 500
# A date later than the clock of the stream by more is wrong and says nothing about when an article came.
_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Scope:
    """The articles that are decided anew: those from `first` on in the order of decisions.

    `pinned` are the duplicate groups that stay as they are all the same: they began before, and their original came
    later, or the text of one of their articles was forgotten; and those of which an article came since then to a story
    of such a group: nobody can decide whether it would have come there. Where a rule is about an article of one of
    these, all of its story stays: nothing could be decided anew under that rule. Of what was in one story with these
    and is no more, all stays that `turns` tells of: where it was when it came, by its number.

    What is decided anew meets the articles of pinned groups in their turn, but for those of `absent` ones: of which a
    copy came before the original, in a story with such a rule, or with an article of another scheme.
    """

    first: int
    pinned: frozenset[int]
    absent: frozenset[int]
    turns: Mapping[int, Turn]


class Written(NamedTuple):
    """An article to decide anew; or one that `stays`: its row, with ``story_id`` and ``score`` of its group and its
    ``original_article_id``. `turn` is as in `Scope`. `body` is None where the text was forgotten.
    """

    article_id: int
    ordinal: int
    source: str
    uri: str
    publisher: str | None
    title: str
    body: str | None
    language: str
    published_at: datetime | None
    group_id: int
    story_id: int
    stays: RowMapping | None = None
    turn: Turn | None = None

    @property
    def place(self) -> Place:
        """Where it is now."""
        return Place(self.group_id, self.story_id)


def active_since(connection: Connection) -> datetime | None:
    """The moment of the stream from which stories count as active; None where no article has a date."""
    return connection.scalar(sa.select(state.c.active_since))


def scope(connection: Connection, since: datetime | None, scheme: str) -> Scope:
    """The articles decided from the first one on that was published `since` then, or came then without a date.

    All of them where `since` is None. `scheme` is the name of that with which they are decided.
    """
    first = _first_ordinal(connection, since)
    original = articles.alias("original")
    begun = (
        sa.select(duplicate_groups.c.duplicate_group_id)
        .join(original, original.c.article_id == duplicate_groups.c.original_article_id)
        .join(articles, articles.c.duplicate_group_id == duplicate_groups.c.duplicate_group_id)
        .where(original.c.ordinal >= first, articles.c.ordinal < first)
    )
    forgotten = (
        sa.select(articles.c.duplicate_group_id)
        .outerjoin(texts)
        .where(articles.c.ordinal >= first, texts.c.article_id.is_(None))
    )
    group = duplicate_groups.c.duplicate_group_id
    kept = sa.select(duplicate_groups.c.story_id).where(group.in_(sa.union(begun, forgotten)))
    told = turns(connection, connection.scalars(kept), first, scheme)
    beside = sa.select(group).join(articles, articles.c.duplicate_group_id == group)
    beside = beside.where(articles.c.ordinal >= first, duplicate_groups.c.story_id.in_(kept))
    pinned = frozenset(connection.scalars(beside)).union(turn.group_id for turn in told.values())
    bound = _bound(connection, pinned)
    return Scope(first, pinned | bound, bound | _unmet(connection, pinned, first, scheme), told)


def _unmet(connection: Connection, pinned: Set[int], first: int, scheme: str) -> set[int]:
    """The `pinned` groups that nothing meets in a scope from `first` on.

    Their original came in it, behind a copy, or they have an article of another scheme.
    """
    original = articles.alias("original")
    later = sa.and_(original.c.ordinal >= first, original.c.ordinal > articles.c.ordinal)
    query = (
        sa.select(articles.c.duplicate_group_id)
        .join(duplicate_groups, duplicate_groups.c.duplicate_group_id == articles.c.duplicate_group_id)
        .join(original, original.c.article_id == duplicate_groups.c.original_article_id)
        .join(schemes, schemes.c.scheme_id == articles.c.scheme_id)
        .where(sa.or_(later, schemes.c.name != scheme))
    )
    found: set[int] = set()
    for page in pages(sorted(pinned)):
        found.update(connection.scalars(query.where(articles.c.duplicate_group_id.in_(page))))
    return found


def _bound(connection: Connection, pinned: Set[int]) -> frozenset[int]:
    """The groups of all stories in which a rule is about an article of a group that is `pinned`."""
    group = duplicate_groups.c.duplicate_group_id
    query = (
        sa.select(group, duplicate_groups.c.story_id).join(articles).where(articles.c.article_id.in_(rules.in_force()))
    )
    story_ids = {story_id for group_id, story_id in connection.execute(query) if group_id in pinned}
    found: set[int] = set()
    for page in pages(sorted(story_ids)):
        found.update(connection.scalars(sa.select(group).where(duplicate_groups.c.story_id.in_(page))))
    return frozenset(found)


def _first_ordinal(connection: Connection, since: datetime | None) -> int:
    earliest = sa.select(sa.func.min(articles.c.ordinal))
    if since is None:
        found = [connection.scalar(earliest)]
    else:
        clock = stream.recent_dates(connection, stream.CLOCK_ARTICLES)
        latest = median_low(date for _, date in clock) + _AHEAD if clock else since
        dated = (articles.c.period >= period_of(seconds(since)), articles.c.published_at.between(since, latest))
        undated = (articles.c.period.is_(None), articles.c.first_seen >= since)
        found = [connection.scalar(earliest.where(*dated)), connection.scalar(earliest.where(*undated))]
    following: int = connection.execute(sa.select(state.c.next_ordinal)).scalar_one()
    return min((ordinal for ordinal in found if ordinal is not None), default=following)


def size(connection: Connection, scope: Scope) -> int:
    """How many articles there are from the first of `scope` on."""
    query = (
        sa.select(sa.func.count())
        .select_from(articles)
        .where(articles.c.ordinal >= scope.first, articles.c.withdrawn_at.is_(None))
    )
    return connection.scalar(query) or 0


def undated(connection: Connection, scope: Scope) -> int:
    """How many of them have no date."""
    query = sa.select(sa.func.count()).where(
        articles.c.ordinal >= scope.first, articles.c.withdrawn_at.is_(None), articles.c.published_at.is_(None)
    )
    return connection.scalar(query) or 0


def written(connection: Connection, scope: Scope) -> Iterator[list[Written]]:
    """The articles of `scope` in the order of decisions, in pages of at most `PAGE`.

    Withdrawn ones and those of absent groups are left out.
    """
    query = (
        sa.select(
            articles.c.article_id,
            articles.c.ordinal,
            articles.c.source,
            articles.c.uri,
            articles.c.publisher,
            articles.c.title,
            texts.c.body_text,
            articles.c.language,
            articles.c.published_at,
            articles.c.duplicate_group_id,
            duplicate_groups.c.story_id,
        )
        .outerjoin(texts)
        .join(duplicate_groups)
        .where(articles.c.ordinal >= sa.bindparam("from"), articles.c.withdrawn_at.is_(None))
        .order_by(articles.c.ordinal)
        .limit(PAGE)
    )
    start, staying = scope.first, scope.pinned - scope.absent
    while found := [Written(*row) for row in connection.execute(query, {"from": start})]:
        whole = _whole(connection, [row.article_id for row in found if row.group_id in staying])
        yield [
            row._replace(stays=whole.get(row.article_id), turn=scope.turns.get(row.article_id))
            for row in found
            if row.group_id not in scope.absent
        ]
        start = found[-1].ordinal + 1


def _whole(connection: Connection, article_ids: Sequence[int]) -> dict[int, RowMapping]:
    if not article_ids:
        return {}
    group = duplicate_groups.c
    query = (
        sa.select(articles, group.story_id, group.original_article_id, group.score)
        .join(duplicate_groups, group.duplicate_group_id == articles.c.duplicate_group_id)
        .where(articles.c.article_id.in_(article_ids))
    )
    return {row["article_id"]: row for row in connection.execute(query).mappings()}


def copy_before(
    live: Connection, scratch: Connection, scope: Scope, *, decisions: int, days: int, scheme: str,
    beat: Callable[[], None],
) -> dict[int, Place]:  # fmt: skip
    """Writes into an empty database what came before `scope`, as `live` has it now; returns where each article is.

    Of the articles before the scope those are copied that are in a story with one of it, or that its decisions look at,
    with all of their stories: the last so many `decisions`, those published within so many `days` of one of the scope,
    and those that rules are about.
    Texts are copied only where the signature is of another scheme than `scheme`, to be made anew. Who stands for a
    story there may be decided anew, and is of no importance. `beat` is called after each page of them.
    """
    counters = replace(read_counters(live), next_ordinal=scope.first)
    signed = live.scalar(sa.select(state.c.signed_scheme_id))
    scratch.execute(sa.update(state).values({**asdict(counters), "signed_scheme_id": signed}))
    names = dict(live.execute(sa.select(schemes.c.scheme_id, schemes.c.name)).all())
    if names:
        scratch.execute(sa.insert(schemes), [{"scheme_id": number, "name": name} for number, name in names.items()])
    copied: dict[int, Place] = {}
    groups: set[int] = set()
    told: set[int] = set()
    before = _before(live, scope, decisions, days).execution_options(yield_per=PAGE)
    for page in live.execute(before).mappings().partitions():
        found = [row for row in page if row["duplicate_group_id"] not in scope.absent]
        _insert(scratch, stories, {row["story_id"]: row for row in found if row["story_id"] not in told})
        _insert(scratch, duplicate_groups, {g: row for row in found if (g := row["duplicate_group_id"]) not in groups})
        _insert(scratch, articles, {row["article_id"]: row for row in found})
        _copy_texts(live, scratch, [row["article_id"] for row in found if names[row["scheme_id"]] != scheme])
        for row in found:
            copied[row["article_id"]] = Place(row["duplicate_group_id"], row["story_id"])
            groups.add(row["duplicate_group_id"])
            told.add(row["story_id"])
        beat()
    return copied


def _insert(scratch: Connection, table: sa.Table, found: Mapping[int, RowMapping]) -> None:
    """Inserts rows of `found`, by their ids, of which the columns of `table` are taken."""
    if found:
        names = [column.name for column in table.c]
        scratch.execute(sa.insert(table), [{name: row[name] for name in names} for row in found.values()])


def _copy_texts(live: Connection, scratch: Connection, article_ids: Sequence[int]) -> None:
    found = rows.clean_texts(live, article_ids) if article_ids else {}
    if found:
        bodies = [{"article_id": article_id, "body_text": body} for article_id, (_, body) in found.items()]
        scratch.execute(sa.insert(texts), bodies)


def _before(live: Connection, scope: Scope, decisions: int, days: int) -> sa.Select[Any]:
    reach = days * 86_400 // PERIOD + 1
    inside = sa.select(articles.c.period).where(articles.c.ordinal >= scope.first, articles.c.period.is_not(None))
    near = {period + step for period in live.scalars(inside.distinct()) for step in range(-reach, reach + 1)}
    earlier = articles.c.ordinal < scope.first
    looked_at = (
        sa.select(duplicate_groups.c.story_id)
        .join(articles)
        .where(
            sa.or_(
                articles.c.ordinal >= scope.first - decisions,
                articles.c.period.in_(near),
                articles.c.article_id.in_(rules.in_force()),
            ),
        )
    )
    return (
        sa.select(
            articles,
            stories,
            duplicate_groups.c.original_article_id,
            duplicate_groups.c.standing_article_id,
            duplicate_groups.c.score,
        )
        .join(duplicate_groups, duplicate_groups.c.duplicate_group_id == articles.c.duplicate_group_id)
        .join(stories)
        .where(earlier, duplicate_groups.c.story_id.in_(looked_at))
        .order_by(articles.c.ordinal)
    )


def living(connection: Connection, story_id: int) -> int | None:
    """The story itself or the one that it was merged into; None where there is none of this number."""
    leads = sa.select(story_redirects.c.story_id).where(story_redirects.c.old_story_id == story_id)
    itself = sa.select(stories.c.story_id).where(stories.c.story_id == story_id)
    found: int | None = connection.scalar(sa.union_all(leads, itself))
    return found


def story_of(connection: Connection, group_id: int) -> int:
    """The story that a duplicate group is in."""
    query = sa.select(duplicate_groups.c.story_id).where(duplicate_groups.c.duplicate_group_id == group_id)
    story_id: int = connection.execute(query).scalar_one()
    return story_id


def places(connection: Connection) -> dict[int, Place]:
    """Where each article is."""
    query = sa.select(articles.c.article_id, articles.c.duplicate_group_id, duplicate_groups.c.story_id).join(
        duplicate_groups
    )
    return {article_id: Place(group, story) for article_id, group, story in connection.execute(query)}
