"""Writing a plan: the stories of the scratch database take the place of the live ones, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from dedup.cluster.overlap import Changed, Difference, Place
from dedup.store.database.bulk import pages
from dedup.store.passes import representation, standing
from dedup.store.passes.changes import Changes, read_counters, write_history
from dedup.store.tables import articles, duplicate_groups, matches, state, stories, story_redirects, texts

_DECIDED = ("jaccard", "containment", "signature", "terms")


@dataclass(frozen=True, slots=True)
class Replacement:
    """What is to be written: the places of the articles compared, now and to be, and their difference.

    `anew` are the articles that were decided anew, in the order of their numbers; `scheme_id` and `config_version` are
    the live numbers of what they were decided with. `cause` is told in the history.
    """

    live: Mapping[int, Place]
    planned: Mapping[int, Place]
    difference: Difference
    anew: Sequence[int]
    scheme_id: int
    config_version: int
    cause: str
    at: datetime


def write(connection: Connection, scratch: Connection, new: Replacement, beat: Callable[[], None]) -> Changes:
    """Brings the live database to what `scratch` decided; returns what that changed, for the log. The caller holds the
    writer lock and commits.

    `beat` is called after each page of what is written; what it raises ends it.
    """
    changes = Changes(new.at, read_counters(connection))
    ids = _ids(new.difference.changed, changes)
    groups = {
        group: changes.counters.take_group_id() if carries is None else carries
        for group, carries in new.difference.groups.items()
    }
    opened = [story for story in new.difference.changed if story.carries is None]
    _many(
        connection,
        sa.insert(stories),
        [{"story_id": ids[s.story], "representative_article_id": s.articles[0]} for s in opened],
    )
    _write_groups(connection, scratch, new, groups, ids)
    beat()
    anew = frozenset(new.anew)
    for page in pages([article for story in new.difference.changed for article in story.articles]):
        _write_articles(connection, scratch, new, page, anew, groups)
        beat()
    for page in pages(new.anew):
        _settle_issues(connection, scratch, new, page)
        _settle_terms(connection, scratch, new, page)
        beat()
    _drop_groups(connection, new, groups)
    beat()
    merged = {old: ids[story] for old, story in new.difference.merged.items()}
    _log(changes, new, ids, groups, merged)
    for old, heir in merged.items():
        _merge(connection, old, heir)
        beat()
    successors = standing.settle(connection, groups.values(), ids.values(), beat)
    write_history(connection, changes)
    beat()
    counters = changes.counters
    connection.execute(
        sa.update(state).values(
            next_story_id=counters.next_story_id,
            next_group_id=counters.next_group_id,
            next_history_id=counters.next_history_id,
        )
    )
    made = {ids[story.story] for story in opened}
    places = {name: place for place, name in enumerate(standing.preferred(connection))}
    newest = {row.story_id: row.history_id for row in changes.history}
    representation.note(connection, [one for one in successors if one.story_id not in made], new.at, places, newest)
    return changes


def is_any_forgotten(connection: Connection, article_ids: Sequence[int], scheme_id: int) -> bool:
    """Whether a text of these articles was forgotten that has another scheme than this, as what is left of it has."""
    query = sa.select(articles.c.article_id).outerjoin(texts).where(texts.c.article_id.is_(None)).limit(1)
    query = query.where(articles.c.scheme_id != scheme_id)
    return any(connection.execute(query.where(articles.c.article_id.in_(page))).first() for page in pages(article_ids))


def _ids(changed: Sequence[Changed], changes: Changes) -> dict[int, int]:
    return {
        story.story: changes.counters.take_story_id() if story.carries is None else story.carries for story in changed
    }


def _write_groups(
    connection: Connection, scratch: Connection, new: Replacement, groups: Mapping[int, int], ids: Mapping[int, int]
) -> None:
    made: list[dict[str, Any]] = []
    kept: list[dict[str, Any]] = []
    for page in pages(list(groups)):
        query = sa.select(duplicate_groups).where(duplicate_groups.c.duplicate_group_id.in_(page))
        for row in scratch.execute(query).mappings():
            number = row["duplicate_group_id"]
            values = {
                "number": groups[number],
                "story": ids[row["story_id"]],
                "original": row["original_article_id"],
                "likely": row["score"],
            }
            (made if new.difference.groups[number] is None else kept).append(values)
    columns: dict[str, Any] = {
        "story_id": sa.bindparam("story"),
        "original_article_id": sa.bindparam("original"),
        "standing_article_id": sa.bindparam("original"),
        "score": sa.bindparam("likely"),
    }
    _many(
        connection,
        sa.insert(duplicate_groups).values(duplicate_group_id=sa.bindparam("number"), **columns),
        made,
    )
    which = duplicate_groups.c.duplicate_group_id == sa.bindparam("number")
    _many(connection, sa.update(duplicate_groups).where(which).values(columns), kept)


def _write_articles(
    connection: Connection, scratch: Connection, new: Replacement, page: Sequence[int], all_anew: frozenset[int],
    groups: Mapping[int, int],
) -> None:  # fmt: skip
    """The places of articles, what follows from their decision, and its evidence behind what is there."""
    query = sa.select(articles).where(articles.c.article_id.in_(sorted(all_anew.intersection(page))))
    anew = scratch.execute(query).mappings().all()
    update = sa.update(articles).where(articles.c.article_id == sa.bindparam("which"))
    values: dict[str, Any] = {
        name: sa.bindparam(f"new_{name}") for name in (*_DECIDED, "duplicate_group_id", "scheme_id")
    }
    _many(
        connection,
        update.values(values),
        [
            {f"new_{name}": row[name] for name in _DECIDED}
            | {
                "which": row["article_id"],
                "new_duplicate_group_id": groups[row["duplicate_group_id"]],
                "new_scheme_id": new.scheme_id,
            }
            for row in anew
        ],
    )
    # Of the others a group may have got another number: its own went to the copies that left it.
    number_of = {one: groups[new.planned[one].group] for one in set(page) - {row["article_id"] for row in anew}}
    renumbered = [{"which": one, "number": to} for one, to in number_of.items() if to != new.live[one].group]
    _many(connection, update.values(duplicate_group_id=sa.bindparam("number")), renumbered)
    told = scratch.execute(
        sa.select(matches).where(matches.c.article_id.in_(page)).order_by(matches.c.article_id, matches.c.place)
    ).mappings()
    _write_evidence(connection, new, list(told))


def _settle_issues(connection: Connection, scratch: Connection, new: Replacement, page: Sequence[int]) -> None:
    """Of some articles decided anew, which are issues of which, as later decisions ask, also where no story changes.

    What was found before and no longer is becomes a near miss.
    """
    query = sa.select(matches).where(matches.c.article_id.in_(page), matches.c.verdict == "series")
    query = query.order_by(matches.c.article_id, matches.c.place)
    found = {_pair(row): row for row in scratch.execute(query).mappings()}
    known = [(_pair(row), row) for row in connection.execute(query).mappings()]
    outdated = [
        {"which": row["article_id"], "of": row["version"], "at": row["place"]}
        for pair, row in known
        if pair not in found
    ]
    if outdated:
        connection.execute(_OUTDATED, outdated)
    there = {pair for pair, _ in known}
    _write_evidence(connection, new, [row for pair, row in found.items() if pair not in there])


def _settle_terms(connection: Connection, scratch: Connection, new: Replacement, page: Sequence[int]) -> None:
    """Of some articles decided anew, what their terms weigh and how near they were to stories that are not their own,
    as later decisions ask, also where no story changes. Those whose text was forgotten since keep another scheme.
    """
    query = sa.select(articles.c.article_id, articles.c.terms).where(articles.c.article_id.in_(page))
    signed = connection.execute(query.where(articles.c.scheme_id == new.scheme_id))
    known, found = {one: terms for one, terms in signed}, scratch.execute(query)
    values = [{"which": one, "weighed": terms} for one, terms in found if one in known and terms != known[one]]
    _many(connection, _WEIGHED, values)


_WEIGHED = (
    sa.update(articles).where(articles.c.article_id == sa.bindparam("which")).values(terms=sa.bindparam("weighed"))
)


def _pair(row: RowMapping) -> tuple[int, int]:
    return row["article_id"], row["matched_article_id"]


_OUTDATED = (
    sa.update(matches)
    .where(
        matches.c.article_id == sa.bindparam("which"),
        matches.c.version == sa.bindparam("of"),
        matches.c.place == sa.bindparam("at"),
    )
    .values(verdict="near_miss")
)


def _write_evidence(connection: Connection, new: Replacement, told: Sequence[RowMapping]) -> None:
    """Writes rows of the scratch database, those of an article one after another, behind what is there."""
    if not told:
        return
    places = _evidence_places(connection, list({row["article_id"] for row in told}))
    written: defaultdict[int, int] = defaultdict(int)
    evidence = []
    for row in told:
        article_id = row["article_id"]
        version, place = places[article_id]
        evidence.append(
            {
                **row,
                "version": version,
                "place": place + written[article_id],
                "config_version": new.config_version,
                "decided_at": new.at,
            }
        )
        written[article_id] += 1
    _many(connection, sa.insert(matches), evidence)


def _evidence_places(connection: Connection, page: Sequence[int]) -> dict[int, tuple[int, int]]:
    """The version of each article and the place of its next row of evidence."""
    following = sa.func.coalesce(sa.func.max(matches.c.place) + 1, 0)
    query = (
        sa.select(articles.c.article_id, articles.c.version, following)
        .outerjoin(
            matches, sa.and_(matches.c.article_id == articles.c.article_id, matches.c.version == articles.c.version)
        )
        .where(articles.c.article_id.in_(page))
        .group_by(articles.c.article_id, articles.c.version)
    )
    return {article_id: (version, place) for article_id, version, place in connection.execute(query)}


def _drop_groups(connection: Connection, new: Replacement, groups: Mapping[int, int]) -> None:
    former = {new.live[article].group for story in new.difference.changed for article in story.articles}
    for page in pages(sorted(former.difference(groups.values()))):
        connection.execute(sa.delete(duplicate_groups).where(duplicate_groups.c.duplicate_group_id.in_(page)))


def _log(
    changes: Changes,
    new: Replacement,
    ids: Mapping[int, int],
    groups: Mapping[int, int],
    merged: Mapping[int, int],
) -> None:
    """The history: stories that are new, articles that go elsewhere or to another text, stories that become one."""
    for story in new.difference.changed:
        story_id = ids[story.story]
        if story.carries is None:
            sources = sorted(story.sources, key=lambda old: (-story.sources[old], old))
            changes.log(story_id, "opened", new.cause, story.articles[0], sources[0])
            for old in sources:
                changes.log(old, "split", new.cause, other=story_id)
                changes.divided[old, story_id] = story.sources[old]
        for article_id in story.articles:
            left = new.difference.moved.get(article_id)
            if left is not None:
                changes.log(left, "left", new.cause, article_id, story_id)
                if story.carries is not None:
                    changes.log(story_id, "moved", new.cause, article_id, left)
            elif story.carries is not None and groups[new.planned[article_id].group] != new.live[article_id].group:
                changes.log(story_id, "updated", new.cause, article_id)
    for old, heir in sorted(merged.items()):
        changes.log(heir, "merged", new.cause, other=old)
        changes.log(old, "merged_into", new.cause, other=heir)


def _merge(connection: Connection, young: int, old: int) -> None:
    """Lets a story that ends lead to another one, with the duplicate groups that were not compared."""
    groups, leads = duplicate_groups.c.story_id, story_redirects.c.story_id
    connection.execute(sa.update(duplicate_groups).where(groups == young).values(story_id=old))
    connection.execute(sa.update(story_redirects).where(leads == young).values(story_id=old))
    connection.execute(sa.insert(story_redirects).values(old_story_id=young, story_id=old))
    connection.execute(sa.delete(stories).where(stories.c.story_id == young))


def _many(connection: Connection, statement: sa.Insert | sa.Update, parameters: Sequence[Mapping[str, Any]]) -> None:
    if parameters:
        connection.execute(statement, parameters)
