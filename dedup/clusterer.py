"""Decides one article after another: a copy of what, part of which story.

The result depends on the articles and their order alone: all that a decision uses is in `dedup.memory`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from dedup.cluster import duplicates, model, stories
from dedup.cluster.duplicates import Comparison, DuplicateDecision, GroupComparison
from dedup.cluster.stories import StoryDecision, StoryFit
from dedup.config import Config
from dedup.index.window import DAY, Entry, Keys, is_series, period_of
from dedup.memory import Extent, Memory, Prepared, entry_of
from dedup.sketch.shingles import overlap
from dedup.sketch.terms import BODY, SCALE, TermSketch
from dedup.store import Store, rows
from dedup.store.evidence import Evidence
from dedup.store.rows import Remembered
from dedup.text.document import Document

COPY_CANDIDATES = 32
STORY_CANDIDATES = 50
# Of the texts found by their terms so many are compared as copies too: a cut copy shares few bands of the signature.
TERM_COPY_CANDIDATES = 3
SHOWN_TERMS = 12
# The dot product of two equal vectors.
UNIT = SCALE * SCALE

COPY = "a copy of one of its texts"
FITS = "its terms fit the story"


class Clusterer(Memory):
    """The decisions. The pipeline writes `changes` after each batch and calls `begin` for the next."""

    def __init__(self, store: Store, config: Config, at: datetime, progress: Callable[[str], None]) -> None:
        super().__init__(store, config, at, progress)
        self._model = model.published()

    def accept(self, item: Prepared) -> None:
        """Decides a new article."""
        counters = self.changes.counters
        entry = self.entry(counters.take("article_id"), item)
        terms, keys = self.keys(item)
        self.sets.add(entry.article_id, item.signature.shingles)
        evidence = Evidence(self.changes, entry.article_id, 1, self.config_version)
        related = self.related(entry, keys)
        copy = self.find_group(entry, keys, item.signature.shingles, related)
        evidence.of_duplicates(copy, self.config.duplicates.threshold)
        if copy.group is not None:
            story_id = self.window.story_of(copy.group.group_id)
            self.join_group(entry, copy.group, item.document)
            self.join_story(story_id, entry, item.document, COPY)
        else:
            decision = self.find_story(entry, terms, related)
            self.explain(evidence, decision, terms)
            if decision.story is None:
                story_id = self.open_story(entry, "no story was near enough")
                if item.document.title:
                    self.titled.add(story_id)
            else:
                story_id = decision.story.comparison.story_id
                self.join_story(story_id, entry, item.document, FITS)
            self.open_group(entry, story_id, decision, item.document)
        self.changes.new_articles[entry.article_id] = {
            "source": item.source,
            "uri": item.uri,
            "first_seen": self.changes.at,
            "version": 1,
            **self.row(item, entry, terms, copy),
        }
        self.changes.bodies[entry.article_id] = item.document.body
        self.remember(entry, keys, terms, story_id)
        self.changes.accepted += 1

    # What follows are the steps of a decision, shared with `dedup.revision`.

    def find_group(
        self, entry: Entry, keys: Keys, shingles: bytes, related: Sequence[tuple[Entry, int]]
    ) -> DuplicateDecision:
        """Compares an article with the groups of its candidates."""
        candidates = [found for found, _ in self.window.similar(entry, keys, COPY_CANDIDATES)]
        candidates += [found for found, _ in related[:TERM_COPY_CANDIDATES]]
        groups = dict.fromkeys((found.group_id for found in candidates), False)
        for found in candidates:
            groups[found.group_id] |= is_series(entry, found)
        if not groups:
            return DuplicateDecision(None, ())
        return duplicates.decide(self._compare_groups(shingles, groups), self.config.duplicates)

    def _compare_groups(self, shingles: bytes, groups: Mapping[int, bool]) -> list[GroupComparison]:
        """Exact comparisons with the original and the longest text of each group; `groups` tells which are series."""
        extents = self.extents_of(list(groups))
        wanted = {article for extent in extents.values() for article in (extent.original, extent.longest)}
        sets = self.sets.get(sorted(wanted))
        overlaps = {article: Comparison(article, overlap(shingles, other)) for article, other in sets.items()}
        return [
            GroupComparison(
                group_id,
                overlaps[extent.original],
                overlaps.get(extent.longest, overlaps[extent.original]),
                groups[group_id],
            )
            for group_id, extent in extents.items()
            if extent.original in overlaps
        ]

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

    def related(self, entry: Entry, keys: Keys) -> list[tuple[Entry, int]]:
        """The texts that may report the same event, with the bands they share."""
        return self.window.related(entry, keys, STORY_CANDIDATES) if keys.terms else []

    def find_story(self, entry: Entry, terms: TermSketch, related: Sequence[tuple[Entry, int]]) -> StoryDecision:
        """Compares a text with the likeliest stories of its candidates."""
        if not related:
            return StoryDecision(None, ())
        candidates = [text for text, _ in related]
        nearest: dict[int, int] = {}
        products = self.window.dots(terms.vectors[BODY], candidates, BODY)
        for story_id, product in zip(self.window.stories_of(candidates), products, strict=True):
            if product >= nearest.get(story_id, 0):
                nearest[story_id] = product
        likeliest = sorted(nearest, key=lambda story_id: (-nearest[story_id], story_id))[: stories.WEIGHED_STORIES]
        comparisons = self._compare_stories(entry, terms, likeliest)
        return stories.decide(comparisons, self._model, self.config.stories.threshold)

    def _compare_stories(self, entry: Entry, terms: TermSketch, story_ids: Sequence[int]) -> list[StoryFit]:
        first, newest = stories.FIRST_VOICES, stories.NEWEST_VOICES
        told = [
            (
                story_id,
                [text for text in self.window.voices_of(story_id, entry, first, newest) if not is_series(entry, text)],
            )
            for story_id in story_ids
        ]
        told = [(story_id, texts) for story_id, texts in told if texts]
        voices = [texts for _, texts in told]
        everyone = [text for texts in voices for text in texts]
        return [
            StoryFit(
                story_id,
                tuple([total / (len(texts) * UNIT) for total in sums]),
                tuple([best / UNIT for best in bests]),
                everyone[nearest],
                _days(entry, texts),
            )
            for (story_id, texts), (sums, bests, nearest) in zip(
                told, self.window.fits(terms.vectors, voices), strict=True
            )
        ]

    def explain(self, evidence: Evidence, decision: StoryDecision, terms: TermSketch) -> None:
        """Writes down why a text joined a story or opened one."""
        shown = [*((decision.story,) if decision.story else ()), *decision.near]
        words = terms.words() if shown else {}
        nearest = {scored.comparison.nearest.article_id: scored.comparison.nearest for scored in shown}
        shared = {article_id: self._shared_words(terms, words, other) for article_id, other in nearest.items()}
        evidence.of_story(decision, self.config.stories.threshold, shared)

    def open_story(self, entry: Entry, reason: str) -> int:
        """Makes a story for an article and returns its id."""
        story_id = self.changes.counters.take("story_id")
        self.changes.new_stories[story_id] = {"story_id": story_id, "representative_article_id": entry.article_id}
        self.changes.log(story_id, "opened", reason, entry.article_id)
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

    def row(self, item: Prepared, entry: Entry, terms: TermSketch, copy: DuplicateDecision) -> dict[str, Any]:
        """The columns of an article's row that follow from its content and the decision."""
        document = item.document
        overlap_with_original = copy.group.original.overlap if copy.group else None
        return {
            "article_id": entry.article_id,
            "ordinal": entry.ordinal,
            "url": document.url,
            "publisher": document.publisher,
            "title": document.title,
            "language": document.language,
            "published_at": document.published_at,
            "period": period_of(entry.published),
            "last_seen": self.changes.at,
            "word_count": document.word_count,
            "duplicate_group_id": entry.group_id,
            "jaccard": overlap_with_original.jaccard if overlap_with_original else 1.0,
            "containment": overlap_with_original.containment if overlap_with_original else 1.0,
            "scheme_id": self.scheme_id,
            "digest": item.digest,
            "signature": item.signature.values,
            "terms": terms.to_bytes(),
        }

    def _shared_words(self, terms: TermSketch, words: Mapping[int, str], other: Entry) -> str:
        """The terms that weigh most in the likeness to another text, strongest first, for a person."""
        shared = self.window.shared(terms.vectors[BODY], other, BODY, SHOWN_TERMS)
        return ", ".join([words[number] for number in struct.unpack(f"<{len(shared) // 4}I", shared)])

    # Steps that only a new version of an article needs.

    def promote(self, article_id: int, group_id: int, old: Remembered) -> None:
        """Makes a copy of `old` the original of its group, or of a new group beside it in the same story."""
        with self.store.reading() as connection:
            member = rows.article(connection, article_id)
            score = rows.group_score(connection, old.group_id)
        ordinal = self.changes.counters.take("ordinal")
        if group_id == old.group_id:
            self.changes.updated_groups[group_id] = {"original_article_id": article_id}
        else:
            self.changes.new_groups[group_id] = {
                "duplicate_group_id": group_id,
                "story_id": old.story_id,
                "original_article_id": article_id,
                "score": score,
            }
        self.changes.updated_articles[article_id] = {
            "ordinal": ordinal,
            "duplicate_group_id": group_id,
            "jaccard": 1.0,
            "containment": 1.0,
        }
        self._more_evidence(member).inherited(old.article_id, score, self.config.stories.threshold)
        self.window.discard(article_id)
        if member.scheme_id == self.scheme_id:
            terms = TermSketch.from_bytes(member.terms)
            entry = replace(entry_of(member), ordinal=ordinal, group_id=group_id, text=True)
            self.window.add(entry, self.keys_of(member.signature, terms, member.language), old.story_id)
            self.frequencies.add(ordinal, member.language, terms.terms)

    def regroup(self, article_id: int, group_id: int, old: Remembered, comparison: Comparison) -> None:
        """Leaves a copy of `old` a copy, now of the original of `group_id`."""
        self.changes.updated_articles[article_id] = {
            "duplicate_group_id": group_id,
            "jaccard": comparison.overlap.jaccard,
            "containment": comparison.overlap.containment,
        }
        with self.store.reading() as connection:
            member = rows.article(connection, article_id)
        self._more_evidence(member).reverified(comparison, self.config.duplicates.threshold)
        self.window.regroup(article_id, group_id, old.story_id)

    def merge(self, one: int, other: int, reason: str) -> int:
        """Makes two stories one; the older id lives on and is returned."""
        old, young = sorted((one, other))
        self.changes.merged[young] = old
        self.changes.log(old, "merged", reason, other=young)
        self.changes.log(young, "merged_into", reason, other=old)
        self.window.merge_stories(young, old)
        return old

    def _more_evidence(self, member: Remembered) -> Evidence:
        with self.store.reading() as connection:
            place = rows.evidence_places(connection, member.article_id, member.version)
        return Evidence(self.changes, member.article_id, member.version, self.config_version, place)


def _days(entry: Entry, members: Sequence[Entry]) -> float | None:
    if entry.published is None:
        return None
    moment = entry.published
    gaps = [abs(moment - member.published) for member in members if member.published is not None]
    return min(gaps) / DAY if gaps else None
