"""Who is in a story, as the present batch has it: known in memory where all of the story is there, else asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dedup.decision.batch import Batch
from dedup.index.segments import Entry
from dedup.index.window import Window
from dedup.kernel.reference.articles import Member
from dedup.store.passes import rows


class Roster:
    """The articles of each story."""

    def __init__(self, batch: Batch, window: Window) -> None:
        self._batch = batch
        self._window = window

    def members(self, story_id: int, without: Entry | None = None) -> list[Member]:
        """The articles of a story, first come first, as the present batch has them, but for that of `without`."""
        missing = 0 if without is None else without.article_id
        if not self._window.is_whole(story_id):
            return self._stored_members(story_id, missing, self._known(story_id))
        return [member for member in self._window.members_of(story_id) if member.article_id != missing]

    def unseen_texts(self, story_id: int, entry: Entry, seen: Iterable[int]) -> list[int]:
        """The texts of a story, without `entry`, too far away in time to be among those `seen`; by their ordinals."""
        compared = set(seen)
        if self._window.is_whole(story_id):
            return [ordinal for ordinal in self._window.texts_of(story_id) if ordinal not in compared]
        return [m.ordinal for m in self.members(story_id, entry) if m.text and m.ordinal not in compared]

    def _known(self, story_id: int) -> list[rows.Member]:
        """The articles of a story as the last batch left them, and those whose group has moved to it since."""
        ids = self._merged_into(story_id)
        groups = self._batch.changes.updated_groups.items()
        with self._batch.reading() as connection:
            return rows.members(connection, ids, [group for group, row in groups if row.get("story_id") in ids])

    def _merged_into(self, story_id: int) -> list[int]:
        """A story and those that were merged into it in this batch."""
        merged, resolve = self._batch.changes.merged, self._batch.changes.resolve
        return [story_id, *(young for young in merged if resolve(young) == story_id)]

    def _stored_members(self, story_id: int, without: int, known: Sequence[rows.Member]) -> list[Member]:
        """The articles of a story that is not all in memory: those `known` to the database, as the batch has them."""
        changes, ids = self._batch.changes, self._merged_into(story_id)
        originals = {}
        for row in known:
            changes.places.setdefault((row.article_id, row.version), row.evidence)
            moved = changes.updated_groups.get(row.duplicate_group_id, {})
            if moved.get("story_id", row.story_id) in ids:
                originals[row.duplicate_group_id] = moved.get("original_article_id", row.original)
        originals |= changes.new_groups_in(ids)
        inside = []
        for row in known:
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
