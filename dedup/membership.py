"""What happens to groups and stories: opened, joined, represented, merged, divided. Each is noted in `changes`.

Nothing is decided here; `dedup.clusterer` and `dedup.revision` say what is to be done.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dedup.cluster.duplicates import GroupComparison
from dedup.cluster.stories import Parting, StoryDecision
from dedup.index.window import Entry
from dedup.memory import Extent, Memory
from dedup.store import rows
from dedup.store.evidence import Evidence
from dedup.text.document import Document

PARTED = "the story fell into two"


class Member(NamedTuple):
    """An article of a story; `text` is true for the original of its group.

    `evidence` is the place of the next row of evidence for its version, as the database has it.
    """

    article_id: int
    version: int
    ordinal: int
    title: str
    group_id: int
    text: bool
    evidence: int


class Membership(Memory):
    """The memory, and the steps that change who is where."""

    def join_group(self, entry: Entry, group: GroupComparison, document: Document) -> None:
        """Makes an article a copy in `group`."""
        entry.group_id = group.group_id
        extent = self.extents[group.group_id]
        if document.word_count > extent.words:
            extent.longest, extent.words = entry.article_id, document.word_count

    def open_group(
        self, entry: Entry, story_id: int, decision: StoryDecision, document: Document, vacant: int | None = None
    ) -> None:
        """Makes an article the original of a new group in a story, or of the group `vacant` that it left empty."""
        group_id = self.changes.counters.take("group_id") if vacant is None else vacant
        groups = self.changes.new_groups if vacant is None else self.changes.updated_groups
        groups[group_id] = {
            "duplicate_group_id": group_id,
            "story_id": story_id,
            "original_article_id": entry.article_id,
            "score": 1.0 if decision.story is None else decision.story.probability,
        }
        entry.group_id, entry.text = group_id, True
        self.extents[group_id] = Extent(entry.article_id, entry.article_id, document.word_count)

    def open_story(self, article_id: int, reason: str, other: int | None = None) -> int:
        """Makes a story for an article and returns its id."""
        story_id = self.changes.counters.take("story_id")
        self.changes.new_stories[story_id] = {"story_id": story_id, "representative_article_id": article_id}
        self.changes.log(story_id, "opened", reason, article_id, other)
        return story_id

    def join_story(self, story_id: int, entry: Entry, document: Document, reason: str) -> None:
        """Notes that an article came to a story; the first that has a title stands for the story."""
        self.changes.log(story_id, "joined", reason, entry.article_id)
        if document.title and not self.is_titled(story_id):
            self.represent(story_id, entry.article_id)
            self.titled.add(story_id)

    def represent(self, story_id: int, article_id: int) -> None:
        """Lets an article stand for its story."""
        new = self.changes.new_stories.get(story_id)
        row = new if new is not None else self.changes.updated_stories.setdefault(story_id, {})
        row["representative_article_id"] = article_id

    def merge(self, one: int, other: int, reason: str, article_id: int | None = None) -> int:
        """Makes two stories one; the older id lives on and is returned. `article_id` is who showed that they are."""
        old, young = sorted((one, other))
        self.changes.merged[young] = old
        self.changes.log(old, "merged", reason, article_id, young)
        self.changes.log(young, "merged_into", reason, article_id, old)
        self.window.merge_stories(young, old)
        return old

    def unseen_texts(self, story_id: int, entry: Entry, seen: Iterable[int]) -> list[int]:
        """The texts of a story, without `entry`, too far away in time to be among those `seen`; by their ordinals."""
        compared = set(seen)
        if self.window.is_whole(story_id):
            return [ordinal for ordinal in self.window.texts_of(story_id) if ordinal not in compared]
        members = self._members(story_id, entry, self._known(story_id))
        return [member.ordinal for member in members if member.text and member.ordinal not in compared]

    def divide(self, story_id: int, parting: Parting, newcomer: Entry) -> int:
        """Moves what leaves a story, copies with their originals, into a new one; returns its id.

        `newcomer` is the text that showed it; it is in no group yet, and its place is left to the caller.
        """
        leaving = set(parting.leave) - {newcomer.ordinal}
        known = self._known(story_id)
        members = self._members(story_id, newcomer, known)
        groups = {member.group_id for member in members if member.text and member.ordinal in leaving}
        moved = [member for member in members if member.group_id in groups]
        staying = [member for member in members if member.group_id not in groups]
        reason = f"{PARTED}: that both parts are one event has probability {parting.probability:.2f}"
        new = self.open_story(_standing(moved), f"it was part of story {story_id}; {reason}", story_id)
        self.changes.log(story_id, "split", reason, newcomer.article_id, new)
        for member in moved:
            self.changes.log(story_id, "left", PARTED, member.article_id, new)
            if member.text:
                place = member.evidence + self.changes.noted[member.article_id, member.version]
                evidence = Evidence(self.changes, member.article_id, member.version, self.config_version, place)
                evidence.parted(newcomer.article_id, parting.probability, parting.threshold)
        for group_id in sorted(groups):
            row = self.changes.new_groups.get(group_id)
            (row if row is not None else self.changes.updated_groups.setdefault(group_id, {}))["story_id"] = new
        standing = self._standing(story_id, known)
        if standing in {member.article_id for member in moved}:
            standing = _standing(staying) if staying else newcomer.article_id
            self.represent(story_id, standing)
        self.titled -= {story_id, new}
        for story, stands, inside in ((story_id, standing, staying), (new, _standing(moved), moved)):
            if any(member.title for member in inside if member.article_id == stands):
                self.titled.add(story)
        self.window.move(groups, leaving, new)
        self.changes.divided.append((story_id, new, len(moved)))
        return new

    def _known(self, story_id: int) -> list[rows.Member]:
        """The articles of a story as the last batch left them, and those that came to it with their group since."""
        changes = self.changes
        ids = [story_id, *(young for young in changes.merged if changes.resolve(young) == story_id)]
        arrived = [
            group
            for group, row in changes.updated_groups.items()
            if changes.resolve(row.get("story_id", -1)) == story_id
        ]
        with self.reading() as connection:
            return rows.members(connection, ids, arrived)

    def _members(self, story_id: int, without: Entry, known: Sequence[rows.Member]) -> list[Member]:
        """The articles of a story but one, first come first, as the present batch has it."""
        changes = self.changes
        groups = {
            row.duplicate_group_id: {"story_id": changes.resolve(row.story_id), "original_article_id": row.original}
            | changes.updated_groups.get(row.duplicate_group_id, {})
            for row in known
        }
        groups |= changes.new_groups
        originals = {
            group_id: group["original_article_id"]
            for group_id, group in groups.items()
            if changes.resolve(group["story_id"]) == story_id
        }
        articles = {row.article_id: row._asdict() | changes.updated_articles.get(row.article_id, {}) for row in known}
        articles |= changes.new_articles
        inside = [
            (article_id, row, row["duplicate_group_id"])
            for article_id, row in articles.items()
            if row["duplicate_group_id"] in originals and article_id != without.article_id
        ]
        return [
            Member(
                article_id,
                row["version"],
                row["ordinal"],
                row["title"],
                group_id,
                text=originals[group_id] == article_id,
                evidence=row.get("evidence", 0),
            )
            for article_id, row, group_id in sorted(inside, key=lambda found: found[0])
        ]

    def _standing(self, story_id: int, known: Sequence[rows.Member]) -> int:
        """Who stands for a story now."""
        for stories in (self.changes.new_stories, self.changes.updated_stories):
            if story_id in stories:
                return int(stories[story_id]["representative_article_id"])
        return next(row.representative for row in known if row.story_id == story_id)

    def place_of_evidence(self, article_id: int, version: int) -> int:
        """The place of the next row of evidence for a version of an article, behind those of the present batch."""
        with self.reading() as connection:
            written = rows.evidence_places(connection, article_id, version)
        return written + self.changes.noted[article_id, version]


def _standing(members: Iterable[Member]) -> int:
    """Who stands for a story: the first that has a title, else the first."""
    return min(members, key=lambda member: (not member.title, member.article_id)).article_id
