"""Articles of a plan that are not decided anew, and are there at their turn all the same: what comes later meets them.

Their texts were forgotten, or those of others in their story. What is left of them is in their rows, and in the history
of their stories.
"""

from __future__ import annotations

from sqlalchemy.engine import RowMapping

from dedup.decision.clusterer import Clusterer
from dedup.decision.membership import Cause
from dedup.index.segments import Entry
from dedup.index.window import seconds
from dedup.sketch.skeleton import skeleton_of_title
from dedup.sketch.terms import TermSketch
from dedup.store.passes.changes import ArticleRow
from dedup.store.plans import basis
from dedup.store.plans.turns import Turn

_AS_TOLD = Cause("as its history tells", "as its history tells", None, lambda _: None)


class Staying:
    """Puts articles of the live database into the groups and stories that they came to there, or what became of these
    here.
    """

    def __init__(self, clusterer: Clusterer) -> None:
        self._memory = clusterer.memory
        self._membership = clusterer.membership
        self._restrictions = clusterer.restrictions
        self._roster = clusterer.roster
        # The stories here that began as stories there, by their numbers there. Those from before have the same number.
        self._stories: dict[int, int] = {}

    def stay(self, row: RowMapping, turn: Turn | None) -> None:
        """Puts an article where it came to; where it is now if there is no `turn` that tells.

        `row` is as in `dedup.store.plans.basis.Written`; the article has the scheme in force.
        """
        memory = self._memory
        changes = memory.batch.changes
        changes.counters.next_ordinal = row["ordinal"] + 1
        if turn is not None:
            self._go_through(turn)
        article_id, group_id = row["article_id"], row["duplicate_group_id"]
        is_text = row["original_article_id"] == article_id
        begins = False
        if is_text:
            came_to = row["story_id"] if turn is None else turn.story_id
            found = self._living(came_to)
            begins = found is None
            story_id = self._membership.hide_story(article_id) if found is None else found
            self._stories[came_to] = story_id
            changes.open_group(group_id, story_id, article_id, row["score"])
            memory.window.set_extent(group_id, article_id, article_id, row["word_count"])
        else:
            story_id = self._story_of(group_id)
            memory.window.lengthen(group_id, article_id, row["word_count"])
        changes.add_article(ArticleRow(**{name: row[name] for name in ArticleRow._fields}))
        memory.note_terms(article_id, row["terms"])
        terms, published = TermSketch.from_bytes(row["terms"]), seconds(row["published_at"])
        skeleton = skeleton_of_title(row["publisher"] or row["source"], row["title"])
        place = article_id, row["ordinal"], published, row["language"], group_id, is_text
        entry = Entry(*place, terms.background, skeleton, row["version"])
        keys = memory.keys_of(row["signature"], terms, row["language"])
        memory.enter(entry, keys, terms, story_id, begins=begins)

    def _go_through(self, turn: Turn) -> None:
        """Takes the steps again that an article led to, before it is put into its story."""
        for old, young in turn.merged:
            one, other = self._living(old), self._living(young)
            if one is not None and other is not None and one != other and not self._restrictions.forbids(one, other):
                self._membership.merge(one, other, _AS_TOLD.reason)
        for (old, new), groups in turn.parted.items():
            story_id = self._living(old)
            members = [] if story_id is None else self._roster.members(story_id)
            leaving = groups & {member.group_id for member in members}
            if story_id is not None and leaving and any(member.group_id not in groups for member in members):
                self._stories[new] = self._membership.part_off(story_id, leaving, members, _AS_TOLD)

    def _living(self, story_id: int) -> int | None:
        """What a story of the live database is here; None where it has not begun."""
        batch = self._memory.batch
        here = batch.changes.resolve(self._stories.get(story_id, story_id))
        if here in batch.changes.new_stories:
            return here
        with batch.reading() as connection:
            found = basis.living(connection, here)
        return None if found is None else batch.changes.resolve(found)

    def _story_of(self, group_id: int) -> int:
        changes = self._memory.batch.changes
        noted = changes.new_groups.get(group_id) or changes.updated_groups.get(group_id, {})
        if "story_id" not in noted:
            with self._memory.batch.reading() as connection:
                noted = {"story_id": basis.story_of(connection, group_id)}
        return changes.resolve(noted["story_id"])
