"""Articles of a plan that are not decided again, since their texts, or others of their story, were forgotten.

At their turn they are put where they are now, by what their rows still hold, so that later articles meet them.
"""

from __future__ import annotations

from sqlalchemy.engine import RowMapping

from dedup.decision.batch import Batch
from dedup.decision.memory import Memory
from dedup.index.segments import Entry
from dedup.index.window import seconds
from dedup.sketch.skeleton import skeleton_of_title
from dedup.sketch.terms import TermSketch
from dedup.store.passes.changes import ArticleRow
from dedup.store.plans import basis


def stay(memory: Memory, row: RowMapping) -> None:
    """Puts an article of the live database into the group and the story that it has there, or what became of it here.

    `row` is as in `dedup.store.plans.basis.Written`; the article has the scheme in force.
    """
    changes = memory.batch.changes
    changes.counters.next_ordinal = row["ordinal"] + 1
    article_id, group_id = row["article_id"], row["duplicate_group_id"]
    is_text = row["original_article_id"] == article_id
    story_id, begins = _story(memory.batch, row, is_text=is_text)
    if begins:
        changes.new_stories[story_id] = {"story_id": story_id, "representative_article_id": article_id}
    if is_text:
        changes.open_group(group_id, story_id, article_id, row["score"])
        memory.window.set_extent(group_id, article_id, article_id, row["word_count"])
    else:
        memory.window.lengthen(group_id, article_id, row["word_count"])
    changes.add_article(ArticleRow(**{name: row[name] for name in ArticleRow._fields}))
    memory.note_terms(article_id, row["terms"])
    terms, published = TermSketch.from_bytes(row["terms"]), seconds(row["published_at"])
    skeleton = skeleton_of_title(row["publisher"] or row["source"], row["title"])
    place = article_id, row["ordinal"], published, row["language"], group_id, is_text
    entry = Entry(*place, terms.background, skeleton, row["version"])
    keys = memory.keys_of(row["signature"], terms, row["language"])
    memory.enter(entry, keys, terms, story_id, begins=begins)


def _story(batch: Batch, row: RowMapping, *, is_text: bool) -> tuple[int, bool]:
    """The story that an article is put into: that of its group, else its own; and whether this begins it."""
    changes = batch.changes
    if is_text:
        with batch.reading() as connection:
            story_id = basis.living(connection, row["story_id"])
        if story_id is not None:
            return changes.resolve(story_id), False
        return changes.resolve(row["story_id"]), row["story_id"] not in changes.new_stories
    group_id = row["duplicate_group_id"]
    noted = changes.new_groups.get(group_id) or changes.updated_groups.get(group_id, {})
    if "story_id" not in noted:
        with batch.reading() as connection:
            noted = {"story_id": basis.story_of(connection, group_id)}
    return changes.resolve(noted["story_id"]), False
