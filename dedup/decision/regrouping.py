"""Copies whose original has changed, or is taken from them: they get a new one, or groups of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dedup.cluster.duplicates import Comparison, is_copy
from dedup.decision.memory import Memory
from dedup.decision.stored import entry_of
from dedup.index.window import seconds
from dedup.sketch.shingles import overlap
from dedup.sketch.terms import TermSketch
from dedup.store.passes import rows
from dedup.store.passes.rows import Remembered


def regroup(memory: Memory, old: Remembered, members: Mapping[int, int], vacant: int | None = None) -> None:
    """Gives the copies of `old` a new original, the first that came; what is no copy of it gets a group of its own.

    `members` are the numbers of words of the copies, first come first. Their group is `vacant`, or a new one in the
    same story.
    """
    sets = memory.sets.get(list(members))
    groups: dict[int, dict[int, int]] = {}
    for member, words in members.items():
        for group_id, inside in groups.items():
            original = next(iter(inside))
            compared = overlap(sets.get(member, b""), sets.get(original, b""))
            if is_copy(compared, memory.config.duplicates):
                _keep(memory, member, group_id, old, Comparison(original, compared))
                inside[member] = words
                break
        else:
            group_id, vacant = vacant or memory.batch.changes.counters.take_group_id(), None
            _promote(memory, member, group_id, old)
            groups[group_id] = {member: words}
    for group_id, inside in groups.items():
        memory.set_extent(group_id, next(iter(inside)), inside)


def _promote(memory: Memory, article_id: int, group_id: int, old: Remembered) -> None:
    """Makes a copy of `old` the original of its group, or of a new group beside it in the same story."""
    batch, changes = memory.batch, memory.batch.changes
    with batch.reading() as connection:
        member = rows.article(connection, article_id)
        score = rows.group_score(connection, old.group_id)
        needed = rows.needed_for_story(connection, old.article_id) or memory.config.stories.threshold
    memory.leave_to_sign(group_id, member.scheme_id)
    ordinal = changes.counters.take_ordinal()
    if group_id == old.group_id:
        changes.updated_groups[group_id] = {"original_article_id": article_id}
    else:
        changes.open_group(group_id, old.story_id, article_id, score)
    changes.updated_articles[article_id] = {
        "ordinal": ordinal,
        "duplicate_group_id": group_id,
        "jaccard": 1.0,
        "containment": 1.0,
    }
    batch.more_evidence(article_id, member.version).inherited(old.article_id, score, needed)
    memory.window.discard(article_id)
    memory.clock.move(member.ordinal, ordinal, seconds(member.published_at))
    if member.scheme_id == batch.scheme_id:
        terms = TermSketch.from_bytes(member.terms)
        entry = replace(entry_of(member, terms), ordinal=ordinal, group_id=group_id, text=True)
        keys = memory.keys_of(member.signature, terms, member.language)
        memory.window.add(entry, keys, old.story_id, begins=False)
        memory.frequencies.add(ordinal, member.language, terms.terms)


def _keep(memory: Memory, article_id: int, group_id: int, old: Remembered, comparison: Comparison) -> None:
    """Leaves a copy of `old` a copy, now of the original of `group_id`."""
    batch = memory.batch
    batch.changes.updated_articles[article_id] = {
        "duplicate_group_id": group_id,
        "jaccard": comparison.overlap.jaccard,
        "containment": comparison.overlap.containment,
    }
    with batch.reading() as connection:
        member = rows.article(connection, article_id)
    batch.more_evidence(article_id, member.version).reverified(comparison, memory.config.duplicates.threshold)
    memory.window.regroup(article_id, group_id, old.story_id)
