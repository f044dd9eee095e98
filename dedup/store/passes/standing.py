"""Who stands for each text and each story, by the rule of `dedup.cluster.standing` asked of all that are there, in SQL.

It is kept in their rows. What a batch changes of it is in `dedup.store.passes.succession`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.cluster.standing import COMPLETE, NOT_PREFERRED
from dedup.store.database.bulk import pages
from dedup.store.passes.representation import Successor, note
from dedup.store.tables import duplicate_groups, preferred_publishers, stories

# The rule is asked of so many texts, or stories, at once where it is asked of all: a second's work.
AT_ONCE = 50_000

# Whole seconds, as SQLite keeps them. A date without a time of day is the last moment of its day: see
# `dedup.cluster.standing.moment`.
WORDS = {
    "sqlite": {
        "moment": "CASE WHEN substr(m.published_at, 12) = '00:00:00Z' "
        "THEN substr(m.published_at, 1, 11) || '23:59:59Z' ELSE m.published_at END"
    },
    "postgresql": {
        "moment": "CASE WHEN date_trunc('second', m.published_at) = date_trunc('day', m.published_at, 'UTC') "
        "THEN date_trunc('day', m.published_at, 'UTC') + INTERVAL '86399 seconds' "
        "ELSE date_trunc('second', m.published_at) END"
    },
}
_CUT = f"CASE WHEN {COMPLETE[1]} * m.word_count < {COMPLETE[0]} * m.longest THEN 1 ELSE 0 END"
_UNTITLED = "CASE WHEN m.title = '' THEN 1 ELSE 0 END"
_CLAIM = (
    f"COALESCE(p.place, {NOT_PREFERRED}), CASE WHEN m.published_at IS NULL THEN 1 ELSE 0 END, {{moment}}, m.article_id"
)
_PREFERRED = "LEFT JOIN preferred_publishers p ON p.publisher = COALESCE(m.publisher, m.source)"


def originals(which: str = "1 = 1") -> str:
    """SQL for who is to stand for each duplicate group, as columns `duplicate_group_id` and `article_id`.

    `which` is a condition on the articles `a` that leaves groups whole; ``{moment}`` is left to `WORDS`.
    """
    return f"""
        SELECT r.duplicate_group_id, r.article_id FROM (
            SELECT m.duplicate_group_id, m.article_id,
                   ROW_NUMBER() OVER (PARTITION BY m.duplicate_group_id
                                      ORDER BY {_UNTITLED}, {_CUT}, {_CLAIM}) AS number
            FROM (SELECT a.duplicate_group_id, a.article_id, a.source, a.publisher, a.title, a.word_count,
                         a.published_at,
                         MAX(a.word_count) OVER (PARTITION BY a.duplicate_group_id, a.title = '') AS longest
                  FROM articles a WHERE {which}) m {_PREFERRED}
        ) r WHERE r.number = 1"""  # noqa: S608 - constants


def representatives(which: str = "1 = 1") -> str:
    """SQL for who is to stand for each story, as `story_id` and `article_id`; the groups have their originals.

    `which` is a condition on the groups `g` that leaves stories whole; ``{moment}`` is left to `WORDS`.
    """
    return f"""
        SELECT r.story_id, r.article_id FROM (
            SELECT g.story_id, m.article_id,
                   ROW_NUMBER() OVER (PARTITION BY g.story_id ORDER BY {_UNTITLED}, {_CLAIM}) AS number
            FROM duplicate_groups g JOIN articles m ON m.article_id = g.standing_article_id {_PREFERRED}
            WHERE {which}
        ) r WHERE r.number = 1"""  # noqa: S608 - constants


def _update(table: str, key: str, column: str, chosen: str) -> str:
    return (
        f"UPDATE {table} SET {column} = c.article_id FROM ({chosen}) AS c "  # noqa: S608 - constants
        f"WHERE c.{key} = {table}.{key} AND {table}.{column} <> c.article_id"
    )


def _statements(groups: str, of_stories: str) -> dict[str, tuple[sa.TextClause, sa.TextClause]]:
    """What puts the rule in force for texts, and what tells the stories where it is not, by the kind of database."""
    texts = _update("duplicate_groups", "duplicate_group_id", "standing_article_id", originals(groups))
    told = (
        f"SELECT s.story_id, c.article_id, s.representative_article_id FROM ({representatives(of_stories)}) c "  # noqa: S608 - constants
        "JOIN stories s ON s.story_id = c.story_id WHERE s.representative_article_id <> c.article_id"
    )
    return {kind: (sa.text(texts.format(**words)), sa.text(told.format(**words))) for kind, words in WORDS.items()}


_RANGE = _statements("a.duplicate_group_id BETWEEN :low AND :high", "g.story_id BETWEEN :low AND :high")
_IDS: sa.BindParameter[list[int]] = sa.bindparam("ids", expanding=True)
_SOME = {
    kind: (texts.bindparams(_IDS), told.bindparams(_IDS))
    for kind, (texts, told) in _statements("a.duplicate_group_id IN :ids", "g.story_id IN :ids").items()
}


def preferred(connection: Connection) -> tuple[str, ...]:
    """The preferred publishers as they are in force, the most preferred first."""
    query = sa.select(preferred_publishers.c.publisher).order_by(preferred_publishers.c.place)
    return tuple(connection.scalars(query))


def prefer(connection: Connection, names: Sequence[str], at: datetime, beat: Callable[[], None]) -> None:
    """Puts other preferred publishers in force, for every text and story that is there; `at` is told in the history.

    `beat` is called after each `AT_ONCE` of them.
    """
    connection.execute(sa.delete(preferred_publishers))
    if names:
        rows = [{"publisher": name, "place": place} for place, name in enumerate(names)]
        connection.execute(sa.insert(preferred_publishers), rows)
    places = {name: place for place, name in enumerate(names)}
    texts, told = _RANGE[connection.dialect.name]
    for some in _ranges(connection, duplicate_groups.c.duplicate_group_id):
        connection.execute(texts, some)
        beat()
    for some in _ranges(connection, stories.c.story_id):
        note(connection, _succeed(connection, connection.execute(told, some)), at, places, {})
        beat()


def _ranges(connection: Connection, key: sa.Column[int]) -> Iterator[dict[str, int]]:
    """The numbers of a table, a stretch at a time: the lowest and the highest of each."""
    first, last = connection.execute(sa.select(sa.func.min(key), sa.func.max(key))).one()
    if first is not None:
        for low in range(first, last + 1, AT_ONCE):
            yield {"low": low, "high": low + AT_ONCE - 1}


def settle(
    connection: Connection, groups: Collection[int], story_ids: Collection[int],
    beat: Callable[[], None] = lambda: None,
) -> list[Successor]:  # fmt: skip
    """Asks the rule of all articles of these groups, then of all groups of their stories and of these.

    Returns who stands for a story in the place of another one. `beat` is called after each page.
    """
    again = set(story_ids)
    of_groups, of_stories = _SOME[connection.dialect.name]
    group = duplicate_groups.c.duplicate_group_id
    for page in pages(sorted(groups)):
        connection.execute(of_groups, {"ids": page})
        again.update(connection.scalars(sa.select(duplicate_groups.c.story_id).where(group.in_(page))))
        beat()
    successors = []
    for page in pages(sorted(again)):
        successors += _succeed(connection, connection.execute(of_stories, {"ids": page}))
        beat()
    return successors


def _succeed(connection: Connection, told: Iterable[Any]) -> list[Successor]:
    """Lets those stand for their stories whom the rule tells."""
    successors = [Successor(*row) for row in told]
    if successors:
        parameters = [{"which": one.story_id, "article": one.article_id} for one in successors]
        connection.execute(_SUCCEED, parameters)
    return successors


# Made once: making a statement takes longer than running it.
_SUCCEED = (
    sa.update(stories)
    .where(stories.c.story_id == sa.bindparam("which"))
    .values(representative_article_id=sa.bindparam("article"))
)
