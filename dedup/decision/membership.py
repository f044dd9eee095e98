"""Changes of groups and stories: opened, joined, merged, divided. Each is noted in `changes`.

Nothing is decided here; `dedup.decision.clusterer` and `dedup.decision.revision` say what is to be done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from typing import NamedTuple

from dedup.cluster.duplicates import GroupComparison
from dedup.cluster.stories import Parting, StoryDecision
from dedup.decision.memory import Memory
from dedup.index.segments import Entry
from dedup.kernel.reference.articles import Member
from dedup.store import rows
from dedup.store.evidence import Evidence
from dedup.text.document import Document

PARTED = "the story fell into two"


class Cause(NamedTuple):
    """Why a part leaves a story: in words for the story and for each article that goes; which newcomer showed it, if
    any.

    `explain` records the evidence for a text that goes.
    """

    reason: str
    short: str
    newcomer: int | None
    explain: Callable[[Evidence], None]


class Membership(Memory):
    """The memory, and the steps that change groups and stories."""

    def join_group(self, entry: Entry, group: GroupComparison, document: Document) -> None:
        """Makes an article a copy in `group`."""
        entry.group_id = group.group_id
        self.window.lengthen(group.group_id, entry.article_id, document.word_count)

    def open_group(
        self, entry: Entry, story_id: int, decision: StoryDecision, document: Document, vacant: int | None = None
    ) -> None:
        """Makes an article the original of a new group in a story, or of the group `vacant` that it left empty."""
        score = 1.0 if decision.story is None else decision.story.probability
        if vacant is None:
            group_id = self.batch.changes.counters.take_group_id()
            self.batch.changes.open_group(group_id, story_id, entry.article_id, score)
        else:
            group_id = vacant
            self.batch.changes.updated_groups[group_id] = {
                "story_id": story_id,
                "original_article_id": entry.article_id,
                "standing_article_id": entry.article_id,
                "score": score,
            }
        entry.group_id, entry.text = group_id, True
        self.window.set_extent(group_id, entry.article_id, entry.article_id, document.word_count)

    def open_story(self, article_id: int, reason: str, other: int | None = None) -> int:
        """Makes a story for an article and returns its id."""
        story_id = self.batch.changes.counters.take_story_id()
        self.batch.changes.new_stories[story_id] = {"story_id": story_id, "representative_article_id": article_id}
        self.batch.changes.log(story_id, "opened", reason, article_id, other)
        return story_id

    def join_story(self, story_id: int, entry: Entry, reason: str) -> None:
        """Notes that an article came to a story."""
        self.batch.changes.log(story_id, "joined", reason, entry.article_id)

    def merge(self, one: int, other: int, reason: str, article_id: int | None = None) -> int:
        """Makes two stories one; the older id lives on and is returned. `article_id` is the one that connects them."""
        old, young = sorted((one, other))
        self.batch.changes.merged[young] = old
        self.batch.changes.log(old, "merged", reason, article_id, young)
        self.batch.changes.log(young, "merged_into", reason, article_id, old)
        self.window.merge_stories(young, old)
        return old

    def unseen_texts(self, story_id: int, entry: Entry, seen: Iterable[int]) -> list[int]:
        """The texts of a story, without `entry`, too far away in time to be among those `seen`; by their ordinals."""
        compared = set(seen)
        if self.window.is_whole(story_id):
            return [ordinal for ordinal in self.window.texts_of(story_id) if ordinal not in compared]
        return [m.ordinal for m in self.members(story_id, entry) if m.text and m.ordinal not in compared]

    def divide(self, story_id: int, parting: Parting, newcomer: Entry) -> int:
        """Moves what leaves a story, copies with their originals, into a new one; returns its id.

        `newcomer` is the text that caused it; it is in no group yet, and the caller places it.
        """
        leaving = set(parting.leave) - {newcomer.ordinal}
        members = self.members(story_id, newcomer)
        groups = {member.group_id for member in members if member.text and member.ordinal in leaving}
        reason = f"{PARTED}: that both parts are one event has probability {parting.probability:.2f}"

        def explain(evidence: Evidence) -> None:
            evidence.parted(newcomer.article_id, parting.probability, parting.threshold)

        return self.part_off(story_id, groups, members, Cause(reason, PARTED, newcomer.article_id, explain))

    def part_off(self, story_id: int, groups: Set[int], members: Sequence[Member], cause: Cause) -> int:
        """Moves groups of a story of these `members` into a new one; returns its id."""
        moved = [member for member in members if member.group_id in groups]
        new = self.open_story(moved[0].article_id, f"it was part of story {story_id}; {cause.reason}", story_id)
        self.batch.changes.log(story_id, "split", cause.reason, cause.newcomer, new)
        for member in moved:
            self.batch.changes.log(story_id, "left", cause.short, member.article_id, new)
            if member.text:
                cause.explain(self.batch.more_evidence(member.article_id, member.version))
        for group_id in sorted(groups):
            self.batch.changes.move_group(group_id, new)
        self.window.move(groups, [member.ordinal for member in moved if member.text], new)
        self.batch.changes.divided[new] = len(moved)
        return new

    def members(self, story_id: int, without: Entry | None = None) -> list[Member]:
        """The articles of a story but one, first come first, as the present batch has it."""
        missing = 0 if without is None else without.article_id
        if not self.window.is_whole(story_id):
            return self._stored_members(story_id, missing, self._known(story_id))
        return [member for member in self.window.members_of(story_id) if member.article_id != missing]

    def _known(self, story_id: int) -> list[rows.Member]:
        """The articles of a story as the last batch left them, and those whose group has moved to it since."""
        ids = self._merged_into(story_id)
        groups = self.batch.changes.updated_groups.items()
        with self.batch.reading() as connection:
            return rows.members(connection, ids, [group for group, row in groups if row.get("story_id") in ids])

    def _merged_into(self, story_id: int) -> list[int]:
        """A story and those that were merged into it in this batch."""
        merged, resolve = self.batch.changes.merged, self.batch.changes.resolve
        return [story_id, *(young for young in merged if resolve(young) == story_id)]

    def _stored_members(self, story_id: int, without: int, known: Sequence[rows.Member]) -> list[Member]:
        """The same out of the database and the present batch, where not all of the story is in memory."""
        changes, ids = self.batch.changes, self._merged_into(story_id)
        originals = {}
        for row in known:
            changes.places.setdefault((row.article_id, row.version), row.evidence)
            moved = changes.updated_groups.get(row.duplicate_group_id, {})
            if moved.get("story_id", row.story_id) in ids:
                originals[row.duplicate_group_id] = moved.get("original_article_id", row.original)
        originals |= changes.new_groups_in(ids)
        inside = []
        for row in known:
            if row.article_id in changes.new_articles:
                continue
            now = changes.updated_articles.get(row.article_id, {})
            place = now.get("version", row.version), now.get("ordinal", row.ordinal)
            inside.append((row.article_id, *place, now.get("duplicate_group_id", row.duplicate_group_id)))
        inside += [
            (row.article_id, row.version, row.ordinal, row.duplicate_group_id)
            for row in changes.new_articles_in(originals)
        ]
        return [
            Member(*article, text=originals[article[3]] == article[0])
            for article in sorted(inside)
            if article[3] in originals and article[0] != without
        ]
