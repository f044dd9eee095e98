"""What a micro-batch decided, collected in memory, then written in one transaction: all of it or nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.index.sites import Passages
from dedup.intake.article import Article
from dedup.named import make
from dedup.store.database.bulk import Row, insert
from dedup.store.database.moments import iso
from dedup.store.passes import passages
from dedup.store.passes.inbox import Rejected, Waiting, put, reject
from dedup.store.passes.runs import Counts
from dedup.store.tables import (
    articles,
    duplicate_groups,
    matches,
    rules,
    shingles,
    state,
    stories,
    story_history,
    story_redirects,
    texts,
)

COUNTERS = ("next_article_id", "next_ordinal", "next_group_id", "next_story_id", "next_history_id")


@dataclass(slots=True)
class Counters:
    """The next free number of each kind. Given out in the order of decisions, so a lost batch leaves no gap."""

    next_article_id: int
    next_ordinal: int
    next_group_id: int
    next_story_id: int
    next_history_id: int

    def take_article_id(self) -> int:
        """The id of the next article."""
        self.next_article_id = (number := self.next_article_id) + 1
        return number

    def take_ordinal(self) -> int:
        """The next place in the order of decisions."""
        self.next_ordinal = (number := self.next_ordinal) + 1
        return number

    def take_group_id(self) -> int:
        """The id of the next duplicate group."""
        self.next_group_id = (number := self.next_group_id) + 1
        return number

    def take_story_id(self) -> int:
        """The id of the next story."""
        self.next_story_id = (number := self.next_story_id) + 1
        return number

    def take_history_id(self) -> int:
        """The id of the next row of a story's history."""
        self.next_history_id = (number := self.next_history_id) + 1
        return number


class ArticleRow(NamedTuple):
    """A new article, or what a new version of one changes; the moment of the batch is added when it is written."""

    article_id: int
    ordinal: int
    source: str
    uri: str
    url: str | None
    publisher: str | None
    title: str
    language: str
    period: int | None
    version: int
    word_count: int
    duplicate_group_id: int
    jaccard: float
    containment: float
    scheme_id: int
    digest: bytes
    signature: bytes
    terms: bytes
    origin: str | None
    series_key: int | None
    authors: str | None
    published_at: datetime | None


class EvidenceRow(NamedTuple):
    """A row of ``v_why``; `decided_at` is the moment of the batch, as text."""

    article_id: int
    version: int
    place: int
    config_version: int
    decided_at: str
    matched_article_id: int | None
    tier: str
    verdict: str
    threshold: float
    score: float | None = None
    jaccard: float | None = None
    containment: float | None = None
    shared_terms: str | None = None


class HistoryRow(NamedTuple):
    """A row of ``v_story_history``; `at` is the moment of the batch, as text."""

    history_id: int
    story_id: int
    at: str
    event: str
    article_id: int | None
    other_story_id: int | None
    reason: str


_EVENT = attrgetter("event")


@dataclass(slots=True)
class Changes:
    """Rows to write, by what must happen to them.

    New groups and stories may change again within the batch: they are dicts with the names of the table's columns, as
    are the columns that change of rows that are there. `at` is the moment of all that the batch decides.
    """

    at: datetime
    counters: Counters
    # Where the next row of evidence goes, by article and version, as far as that is known.
    places: dict[tuple[int, int], int] = field(default_factory=dict)
    taken: list[Waiting] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    # Other articles on pages of this batch, for the inbox.
    others: list[Article] = field(default_factory=list)
    new_articles: dict[int, ArticleRow] = field(default_factory=dict)
    updated_articles: dict[int, dict[str, Any]] = field(default_factory=dict)
    bodies: dict[int, str] = field(default_factory=dict)
    # What was left out of these bodies, where anything was.
    left_out: dict[int, str] = field(default_factory=dict)
    passages: dict[int, Passages] = field(default_factory=dict)
    new_groups: dict[int, dict[str, Any]] = field(default_factory=dict)
    updated_groups: dict[int, dict[str, Any]] = field(default_factory=dict)
    deleted_groups: list[int] = field(default_factory=list)
    new_stories: dict[int, dict[str, Any]] = field(default_factory=dict)
    updated_stories: dict[int, dict[str, Any]] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)
    # How many articles left a story for a new one.
    divided: dict[tuple[int, int], int] = field(default_factory=dict)
    history: list[HistoryRow] = field(default_factory=list)
    # Plain tuples of what `EvidenceRow` names.
    evidence: list[Row] = field(default_factory=list)
    # Of an article those of which it is another issue, as the evidence says.
    issues: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    # The two articles that a rule means which waited, or is not obeyed yet in one step, by its number: another article
    # may stand for a story once that is written.
    meant: dict[int, tuple[int | None, int | None]] = field(default_factory=dict)
    active_since: datetime | None = None
    # Whether articles of another scheme can be signed now that a forgotten text is in their group no more.
    left_unsigned: bool = False
    accepted: int = 0
    updated: int = 0
    unchanged: int = 0
    # `at` as it is written.
    moment: str = field(init=False)
    # The new groups that were put into each story, some of which may have left it, and the new articles of each group.
    _placed: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list), init=False, repr=False)
    _inside: defaultdict[int, list[ArticleRow]] = field(
        default_factory=lambda: defaultdict(list), init=False, repr=False
    )

    def __post_init__(self) -> None:
        self.moment = iso(self.at)

    @property
    def counts(self) -> Counts:
        """What a run counts of this batch; of stories what their histories tell, since nobody sees a hidden one."""
        events = Counter(map(_EVENT, self.history))
        return Counts(
            taken=len(self.taken),
            accepted=self.accepted,
            updated=self.updated,
            unchanged=self.unchanged,
            rejected=len(self.rejected),
            new_stories=events["opened"],
            merged_stories=events["merged"],
        )

    @property
    def periods(self) -> set[int]:
        """The periods, as articles have them, of what is new and of what has changed."""
        found = {row.period for row in self.new_articles.values()}
        found.update(row["period"] for row in self.updated_articles.values() if "period" in row)
        return {period for period in found if period is not None}

    def open_group(self, group_id: int, story_id: int, article_id: int, score: float = 1.0) -> None:
        """Adds a duplicate group with its original to a story, to which it came with a probability of `score`."""
        self.new_groups[group_id] = {
            "duplicate_group_id": group_id,
            "story_id": story_id,
            "original_article_id": article_id,
            "standing_article_id": article_id,
            "score": score,
        }
        self._placed[story_id].append(group_id)

    def move_group(self, group_id: int, story_id: int) -> None:
        """Puts a group, new or not, into another story."""
        row = self.new_groups.get(group_id)
        if row is None:
            self.updated_groups.setdefault(group_id, {})["story_id"] = story_id
        else:
            row["story_id"] = story_id
            self._placed[story_id].append(group_id)

    def add_article(self, row: ArticleRow) -> None:
        """Adds a new article."""
        self.new_articles[row.article_id] = row
        self._inside[row.duplicate_group_id].append(row)

    def new_groups_in(self, story_ids: Iterable[int]) -> dict[int, int]:
        """The new groups that are in these stories, and the original of each."""
        return {
            group_id: self.new_groups[group_id]["original_article_id"]
            for story_id in story_ids
            for group_id in self._placed.get(story_id, ())
            if self.new_groups[group_id]["story_id"] == story_id
        }

    def new_articles_in(self, group_ids: Iterable[int]) -> Iterator[ArticleRow]:
        """The new articles of these groups."""
        return chain.from_iterable(self._inside.get(group_id, ()) for group_id in group_ids)

    def log(
        self, story_id: int, event: str, reason: str, article_id: int | None = None, other: int | None = None
    ) -> None:
        """Adds a row to the history of a story."""
        number = self.counters.take_history_id()
        row = make(HistoryRow, (number, story_id, self.moment, event, article_id, other, reason))
        self.history.append(row)

    def resolve(self, story_id: int) -> int:
        """The story that `story_id` was merged into in this batch, or itself."""
        while story_id in self.merged:
            story_id = self.merged[story_id]
        return story_id


def read_counters(connection: Connection) -> Counters:
    """The counters as the last committed batch left them."""
    row = connection.execute(sa.select(*(state.c[name] for name in COUNTERS))).one()
    return Counters(*row)


# Made once: making a statement takes longer than running it.
_YOUNG: sa.BindParameter[int] = sa.bindparam("young")
_OLD: sa.BindParameter[int] = sa.bindparam("old")
_MERGING = (
    sa.update(duplicate_groups).where(duplicate_groups.c.story_id == _YOUNG).values(story_id=_OLD),
    sa.update(story_redirects).where(story_redirects.c.story_id == _YOUNG).values(story_id=_OLD),
    sa.insert(story_redirects).values(old_story_id=_YOUNG, story_id=_OLD),
    sa.delete(stories).where(stories.c.story_id == _YOUNG),
)


def write(connection: Connection, changes: Changes) -> None:
    """Writes everything, in an order that no foreign key minds, but leaves what was taken in the inbox."""
    at = changes.moment
    _insert(connection, stories, changes.new_stories.values())
    _insert(connection, duplicate_groups, changes.new_groups.values())
    _update(connection, stories.c.story_id, changes.updated_stories)
    _update(connection, duplicate_groups.c.duplicate_group_id, changes.updated_groups)
    new = [(*row[:-1], row.published_at and iso(row.published_at), at, at) for row in changes.new_articles.values()]
    insert(connection, articles, (*ArticleRow._fields, "first_seen", "last_seen"), new)
    _update(connection, articles.c.article_id, changes.updated_articles)
    _write_bodies(connection, changes)
    passages.write(connection, changes.passages, changes.counters.next_article_id)
    insert(connection, matches, EvidenceRow._fields, changes.evidence)
    _merge_stories(connection, changes.merged)
    if changes.deleted_groups:
        group_id = duplicate_groups.c.duplicate_group_id
        connection.execute(sa.delete(duplicate_groups).where(group_id.in_(changes.deleted_groups)))
    write_history(connection, changes)
    _update(connection, rules.c.rule_id, {rule: _ends(meant) for rule, meant in changes.meant.items()})
    reject(connection, [*changes.rejected, *put(connection, changes.others)], changes.at)
    values: dict[str, Any] = {name: getattr(changes.counters, name) for name in COUNTERS}
    if changes.active_since is not None:
        values["active_since"] = changes.active_since
    if changes.left_unsigned:
        values["signed_scheme_id"] = None
    connection.execute(sa.update(state).values(values))


def write_history(connection: Connection, changes: Changes) -> None:
    """Writes what is in the histories of stories."""
    insert(connection, story_history, HistoryRow._fields, [row[:] for row in changes.history])


def _ends(meant: tuple[int | None, int | None]) -> dict[str, Any]:
    return dict(zip(("a_article_id", "b_article_id"), meant, strict=True))


def _insert(connection: Connection, table: sa.Table, rows: Iterable[dict[str, Any]]) -> None:
    columns = tuple(table.columns.keys())
    insert(connection, table, columns, [*map(itemgetter(*columns), rows)])


def _update(connection: Connection, key: sa.Column[int], rows: Mapping[int, dict[str, Any]]) -> None:
    """Rows that change in the same columns are changed by one statement: making it takes longer than running it."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for identity, values in rows.items():
        alike.setdefault(tuple(values), []).append({"identity": identity, **values})
    for parameters in alike.values():
        connection.execute(sa.update(key.table).where(key == sa.bindparam("identity")), parameters)


def _write_bodies(connection: Connection, changes: Changes) -> None:
    new: list[Row] = []
    for article_id, body in changes.bodies.items():
        if article_id in changes.new_articles:
            new.append((article_id, body, changes.left_out.get(article_id)))
            continue
        # The former text may be there, or have been forgotten and only its shingles be there.
        for table in (texts, shingles):
            connection.execute(sa.delete(table).where(table.c.article_id == article_id))
        left_out = changes.left_out.get(article_id)
        connection.execute(sa.insert(texts).values(article_id=article_id, body_text=body, left_out=left_out))
    insert(connection, texts, ("article_id", "body_text", "left_out"), new)


def _merge_stories(connection: Connection, merged: dict[int, int]) -> None:
    for young, old in merged.items():
        for statement in _MERGING:
            connection.execute(statement, {"young": young, "old": old})
