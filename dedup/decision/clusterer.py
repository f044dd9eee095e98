"""Decides one article after another: a copy of what, part of which story.

The result depends on the articles and their order alone: all that a decision uses is in `dedup.decision.memory`.
"""

from __future__ import annotations

from dedup.cluster.duplicates import DuplicateDecision
from dedup.cluster.stories import StoryDecision
from dedup.decision.matching import Matcher
from dedup.decision.membership import Membership
from dedup.decision.memory import Memory
from dedup.decision.newcomer import Newcomer, Prepared
from dedup.decision.recurrence import Recurrence
from dedup.decision.reshaping import Reshaping
from dedup.decision.restrictions import LINKED, Restrictions
from dedup.decision.roster import Roster
from dedup.decision.rulebook import Rulebook
from dedup.index.window import period_of
from dedup.named import make
from dedup.sketch.recurring import series_key
from dedup.store.passes.changes import ArticleRow

COPY = "a copy of one of its texts"
FITS = "its terms fit the story"
ONE_EVENT = "an article that fits both shows that they are one event"


class Clusterer:
    """The decisions, from what is in `memory`, under the rules in `rulebook`.

    It makes the parts and gives each those that it uses: who is in a story (`roster`), the steps that change groups and
    stories (`membership`), what rules leave open (`restrictions`), where an article belongs (`matcher`), and what a
    rule changes (`reshaping`). The pipeline writes the changes of `batch`, and then lets `memory` begin the next one.
    """

    def __init__(self, memory: Memory, rulebook: Rulebook) -> None:
        batch, window = memory.batch, memory.window
        self.roster = roster = Roster(batch, window)
        self.memory = memory
        self.batch = batch
        self.membership = Membership(batch, window, roster)
        self.restrictions = Restrictions(batch, roster, rulebook)
        self.matcher = Matcher(memory, roster, self.restrictions, Recurrence(memory, roster))
        self.reshaping = Reshaping(memory, roster, self.membership, self.restrictions)
        self._settings = memory.config

    def accept(self, item: Prepared) -> None:
        """Decides a new article."""
        memory, matcher, membership, settings = self.memory, self.matcher, self.membership, self._settings
        newcomer = self.newcomer(self.batch.changes.counters.take_article_id(), item)
        article_id, terms, bonds = newcomer.entry.article_id, newcomer.terms, newcomer.bonds
        evidence = self.batch.evidence(article_id, 1)
        copy, related = matcher.find_group(newcomer)
        evidence.of_duplicates(copy, settings.duplicates.threshold)
        if copy.group is not None:
            story_id = memory.window.story_of(copy.group.group_id)
            membership.join_group(newcomer, copy.group)
            membership.join_story(story_id, article_id, COPY)
            story_id = self.bind(story_id, newcomer)
        else:
            decision = matcher.find_story(newcomer, related, copy.templates)
            evidence.of_story(decision, settings.stories.threshold, terms.spelled)
            story_id = self.place(newcomer, decision, "no story was near enough")
            if not decision.opens:
                membership.join_story(story_id, article_id, FITS if decision.bound is None else LINKED)
            membership.open_group(newcomer, story_id, decision)
        if bonds.story is not None:
            evidence.linked(bonds.partner, settings.stories.threshold)
        memory.add(self.row(newcomer, copy), item)
        memory.remember(newcomer, story_id)

    # What follows are steps that it shares with `dedup.decision.revision`.

    def newcomer(self, article_id: int, item: Prepared, version: int = 1) -> Newcomer:
        """An article at its turn to be decided; its place in the order of decisions is taken."""
        memory = self.memory
        entry = memory.entry(article_id, item, version)
        terms, keys = memory.keys(item)
        memory.sets.add(article_id, item.signature.shingles)
        bonds = self.restrictions.bonds(article_id, item.source, item.uri)
        return Newcomer(item, entry, terms, keys, bonds)

    def bind(self, story_id: int, newcomer: Newcomer) -> int:
        """Makes the story that an article came to as a copy one with the story that it must be in; returns its id."""
        bound = newcomer.bonds.story
        if bound is None or bound == story_id:
            return story_id
        return self.membership.merge(story_id, bound, LINKED, newcomer.entry.article_id)

    def place(self, newcomer: Newcomer, decision: StoryDecision, reason: str) -> int:
        """Puts a text into the story that was decided, or into a new one; returns its id."""
        entry = newcomer.entry
        if decision.bound is not None:
            return decision.bound
        if decision.story is None:
            return self.membership.open_story(entry.article_id, reason)
        story_id = decision.story.story_id
        if decision.other is not None:
            return self.membership.merge(story_id, decision.other.story_id, ONE_EVENT, entry.article_id)
        if decision.parting is not None:
            new = self.membership.divide(story_id, decision.parting, entry)
            if entry.ordinal in decision.parting.leave:
                story_id = new
        return story_id

    def row(self, newcomer: Newcomer, copy: DuplicateDecision) -> ArticleRow:
        """The row of an article, or of a new version of it."""
        item, entry, terms = newcomer.item, newcomer.entry, newcomer.terms
        document, common = item.document, copy.group.original.overlap if copy.group else None
        jaccard, containment = (1.0, 1.0) if common is None else (common.jaccard, common.containment)
        recurring = series_key(document.publisher or item.source, document.title, entry.skeleton)
        given = (
            entry.article_id, entry.ordinal, item.source, item.uri, document.url, document.publisher, document.title,
            document.language, period_of(entry.published), entry.version, document.word_count, entry.group_id,
            jaccard, containment, self.batch.scheme_id, item.digest, item.signature.values,
            terms.to_bytes(entry.background), document.origin, recurring, document.authors, document.published_at,
        )  # fmt: skip
        return make(ArticleRow, given)
