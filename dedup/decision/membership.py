"""Changes of groups and stories: opened, joined, merged, divided. Each is noted in the batch.

Nothing is decided here; `dedup.decision.clusterer` and `dedup.decision.revision` say what is to be done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from typing import NamedTuple

from dedup.cluster.duplicates import GroupComparison
from dedup.cluster.stories import Parting, StoryDecision
from dedup.decision.batch import Batch
from dedup.decision.newcomer import Newcomer
from dedup.decision.roster import Roster
from dedup.index.segments import Entry
from dedup.index.window import Window
from dedup.kernel.reference.articles import Member
from dedup.store.passes.evidence import Evidence

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


class Membership:
    """The steps that change groups and stories, in `batch` and in the `window` alike."""

    def __init__(self, batch: Batch, window: Window, roster: Roster) -> None:
        self._batch = batch
        self._window = window
        self._roster = roster

    def join_group(self, newcomer: Newcomer, group: GroupComparison) -> None:
        """Makes an article a copy in `group`."""
        item, entry = newcomer.item, newcomer.entry
        entry.group_id = group.group_id
        self._window.lengthen(group.group_id, entry.article_id, item.document.word_count)

    def open_group(self, newcomer: Newcomer, story_id: int, decision: StoryDecision, vacant: int | None = None) -> None:
        """Makes an article the original of a new group in a story, or of the group `vacant` that it left empty."""
        changes = self._batch.changes
        item, entry = newcomer.item, newcomer.entry
        score = 1.0 if decision.story is None else decision.story.probability
        if vacant is None:
            group_id = changes.counters.take_group_id()
            changes.open_group(group_id, story_id, entry.article_id, score)
        else:
            group_id = vacant
            changes.updated_groups[group_id] = {
                "story_id": story_id,
                "original_article_id": entry.article_id,
                "standing_article_id": entry.article_id,
                "score": score,
            }
        entry.group_id, entry.text = group_id, True
        self._window.set_extent(group_id, entry.article_id, entry.article_id, item.document.word_count)

    def open_story(self, article_id: int, reason: str, other: int | None = None) -> int:
        """Makes a story for an article and returns its id."""
        story_id = self.hide_story(article_id)
        self._batch.changes.log(story_id, "opened", reason, article_id, other)
        return story_id

    def hide_story(self, article_id: int) -> int:
        """Makes a story for an article that is withdrawn and returns its id; it is opened once readers can see it."""
        changes = self._batch.changes
        story_id = changes.counters.take_story_id()
        changes.new_stories[story_id] = {"story_id": story_id, "representative_article_id": article_id}
        return story_id

    def join_story(self, story_id: int, article_id: int, reason: str) -> None:
        """Notes that an article came to a story."""
        self._batch.changes.log(story_id, "joined", reason, article_id)

    def merge(self, one: int, other: int, reason: str, article_id: int | None = None) -> int:
        """Makes two stories one; the older id lives on and is returned. `article_id` is the one that connects them."""
        old, young = sorted((one, other))
        self._batch.changes.log(old, "merged", reason, article_id, young)
        self.redirect(young, old, reason, article_id)
        return old

    def redirect(self, young: int, old: int, reason: str, article_id: int | None) -> None:
        """Lets the number of a story that ends lead to an older one, which takes what is in it."""
        changes = self._batch.changes
        changes.merged[young] = old
        changes.log(young, "merged_into", reason, article_id, old)
        self._window.merge_stories(young, old)

    def divide(self, story_id: int, parting: Parting, newcomer: Entry) -> int:
        """Moves what leaves a story, copies with their originals, into a new one; returns its id.

        `newcomer` is the text that caused it; it is in no group yet, and the caller places it.
        """
        leaving = set(parting.leave) - {newcomer.ordinal}
        members = self._roster.members(story_id, newcomer)
        groups = {member.group_id for member in members if member.text and member.ordinal in leaving}
        reason = f"{PARTED}: that both parts are one event has probability {parting.probability:.2f}"

        def explain(evidence: Evidence) -> None:
            evidence.parted(newcomer.article_id, parting.probability, parting.threshold)

        return self.part_off(story_id, groups, members, Cause(reason, PARTED, newcomer.article_id, explain))

    def part_off(self, story_id: int, groups: Set[int], members: Sequence[Member], cause: Cause) -> int:
        """Moves groups of a story of these `members` into a new one; returns its id."""
        changes = self._batch.changes
        moved = [member for member in members if member.group_id in groups]
        new = self.open_story(moved[0].article_id, f"it was part of story {story_id}; {cause.reason}", story_id)
        changes.log(story_id, "split", cause.reason, cause.newcomer, new)
        for member in moved:
            changes.log(story_id, "left", cause.short, member.article_id, new)
            if member.text:
                cause.explain(self._batch.more_evidence(member.article_id, member.version))
        for group_id in sorted(groups):
            changes.move_group(group_id, new)
        self._window.move(groups, [member.ordinal for member in moved if member.text], new)
        changes.divided[story_id, new] = len(moved)
        return new
