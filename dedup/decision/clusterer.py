"""Decides one article after another: a copy of what, part of which story.

The result depends on the articles and their order alone: all that a decision uses is in `dedup.decision.memory`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from dedup.cluster import duplicates, model, stories
from dedup.cluster.duplicates import Comparison, DuplicateDecision, GroupComparison
from dedup.cluster.stories import StoryDecision
from dedup.cluster.templates import has_same_figures
from dedup.config import Config
from dedup.decision.constrained import FREE, LINKED, Bonds
from dedup.decision.issues import Live
from dedup.decision.memory import Prepared
from dedup.decision.recurrence import Recurrence
from dedup.decision.resigning import Resigning
from dedup.decision.stored import entry_of
from dedup.index.segments import Entry, Keys
from dedup.index.window import CHAIN, TERM_CHAIN, ordinals_of, period_of, seconds
from dedup.kernel.reference.articles import Compared
from dedup.kernel.reference.evidence import Bounds, Weights
from dedup.kernel.reference.meeting import Search
from dedup.named import make
from dedup.sketch import figures
from dedup.sketch.recurring import series_key
from dedup.sketch.shingles import Overlap, overlap
from dedup.sketch.terms import TermSketch
from dedup.store import Store, rows
from dedup.store.changes import ArticleRow
from dedup.store.evidence import Evidence
from dedup.store.rows import Remembered

# Candidates by signature and by terms. Two of these are compared as copies, too: a cut copy shares few bands.
SEARCH = Search(CHAIN, 32, TERM_CHAIN, stories.CANDIDATES, 2)

COPY = "a copy of one of its texts"
FITS = "its terms fit the story"
ONE_EVENT = "an article that fits both shows that they are one event"


class Clusterer(Recurrence):
    """The decisions. The pipeline writes `changes` after each batch and calls `begin` for the next."""

    def __init__(
        self, store: Store, config: Config, at: datetime, progress: Callable[[str], None],
        resigning: Resigning | None = None, live: Live | None = None, evidence: type[Evidence] = Evidence,
    ) -> None:  # fmt: skip
        super().__init__(store, config, at, progress, resigning, live, evidence)
        self._model = model.published()
        self._weights = self._model.weights
        self._limits = config.duplicates.threshold / 2, duplicates.CONTAINED_SHINGLES
        self._bounds = self._model.bounds(config.stories.threshold)
        self._measures = stories.measures(config.stories.threshold)
        self._measures_of_all = stories.measures(config.stories.threshold, barred=True)

    def accept(self, item: Prepared) -> None:
        """Decides a new article."""
        counters = self.batch.changes.counters
        entry = self.entry(counters.take_article_id(), item)
        terms, keys = self.keys(item)
        self.sets.add(entry.article_id, item.signature.shingles)
        evidence = self.batch.evidence(entry.article_id, 1)
        bonds = self.bonds(entry.article_id, item.source, item.uri)
        copy, related = self.find_group(entry, keys, terms, item, bonds)
        evidence.of_duplicates(copy, self.config.duplicates.threshold)
        if copy.group is not None:
            story_id = self.window.story_of(copy.group.group_id)
            self.join_group(entry, copy.group, item.document)
            self.join_story(story_id, entry, COPY)
            story_id = self.bind(story_id, bonds, entry.article_id)
        else:
            decision = self.find_story(entry, keys, terms, related, item, copy.templates, bonds)
            evidence.of_story(decision, self.config.stories.threshold, terms.spelled)
            story_id = self.place(entry, decision, "no story was near enough")
            if not decision.opens:
                self.join_story(story_id, entry, FITS if decision.bound is None else LINKED)
            self.open_group(entry, story_id, decision, item.document)
        if bonds.story is not None:
            evidence.linked(bonds.partner, self.config.stories.threshold)
        self.add(self.row(item, entry, 1, terms, copy), entry, item)
        self.remember(entry, keys, terms, story_id, begins=bonds.story is None)

    # What follows are the steps of a decision, shared with `dedup.decision.revision`.

    def find_group(
        self, entry: Entry, keys: Keys, terms: TermSketch, item: Prepared, bonds: Bonds = FREE
    ) -> tuple[DuplicateDecision, Sequence[int]]:
        """Compares an article with the groups of its candidates, of those stories that its bonds admit.

        Also returns the texts that may report the same event, by their ordinals, the most promising first.
        """
        sets, window, limits, shingles = self.sets, self.window, self._limits, item.signature.shingles
        ordinals, related, found, unknown, missing = window.meet(entry, keys, shingles, sets.at_hand, SEARCH, limits)
        if unknown or missing or (bonds is not FREE and ordinals):
            candidates = ordinals_of(ordinals)
            barred: Sequence[int] = ()
            if bonds is not FREE:
                groups = window.groups_of(candidates)
                barred = [group_id for group_id in groups if not self.admits(bonds, window.story_of(group_id))]
            self.load_extents(unknown)
            sets.get([*missing, *window.originals_of(unknown)])
            # A text that is nowhere any more is not at hand now either.
            found, _, _ = window.compare(entry, shingles, candidates, sets.at_hand, *limits, barred)
        compared = self._compared(entry, terms, item, found) if found else ()
        decision = duplicates.decide(compared, self.config.duplicates) if compared else duplicates.NOBODY
        return decision, ordinals_of(related)

    def _compared(
        self, entry: Entry, terms: TermSketch, item: Prepared, found: Sequence[Compared]
    ) -> list[GroupComparison]:
        """Exact comparisons with the original and the longest text of each group that is not out of the question."""
        settings, sets = self.config.duplicates, self.sets
        compared = []
        for group_id, first, last, same_headline, *sizes in found:
            common = make(Overlap, sizes)
            if not duplicates.matters(common, settings):
                continue
            original = longest = make(Comparison, (first, common))
            if last != first:
                for article_id, other in sets.get([last]).items():
                    longest = Comparison(article_id, overlap(item.signature.shingles, other))
            may_be, sent_again = duplicates.may_be_template(common, settings), duplicates.is_sent_again(common)
            asked = may_be or (same_headline and not sent_again)
            figured = self.figures(item, first) if asked else figures.NOWHERE
            series = same_headline and (sent_again or not has_same_figures(figured))
            template = may_be and self.is_template(entry, terms, item, common, figured, self.told_by(first))
            compared.append(make(GroupComparison, (group_id, original, longest, series, template)))
        return compared

    def find_story(
        self, entry: Entry, keys: Keys, terms: TermSketch, related: Sequence[int], item: Prepared,
        templates: Collection[int] = (), bonds: Bonds = FREE,
    ) -> StoryDecision:  # fmt: skip
        """Compares a text with the likeliest stories of its candidates; notes its background in `entry`.

        `templates` are the articles that are made from one template with it, which are of other events.
        """
        if not keys.terms:
            return stories.ALONE if bonds.story is None else stories.ALONE._replace(bound=bonds.story)
        weights = self.weights_at(entry)
        threshold = self.config.stories.threshold
        known, dated = len(self.frequencies.of(entry.language)), entry.published is not None
        reserve = self._model.reserve(known, self.window.rivals(entry), dated=dated)
        cautious = (weights.intercept - reserve, *weights[1:])
        measures = self._measures_of_all if bonds.barred or templates else self._measures
        weighed = self.window.weigh_up(entry, keys, related, cautious, measures)
        if bonds is not FREE:
            if bonds.story is not None:
                return StoryDecision(None, (), bound=bonds.story)
            weighed = [one for one in weighed if one[0] not in bonds.barred]
        if not weighed:
            return stories.ALONE
        is_one_page = partial(self._is_one_page, entry)
        decide = partial(stories.decide, weighed, threshold, is_one_page)
        decision = self.but_for_issues(entry, terms, item, templates, decide)
        if decision.story is None and decision.issues and measures is self._measures:
            # Behind the issues of its template that were told of may be the story that it belongs to.
            weighed = self.window.weigh_up(entry, keys, related, cautious, self._measures_of_all)
            decide = partial(stories.decide, weighed, threshold, is_one_page)
            decision = self.but_for_issues(entry, terms, item, templates, decide)
        if decision.story is None:
            return decision
        floor, ceiling, limit, lone = self._bounds
        bounds = make(Bounds, (floor, ceiling, limit, lone + reserve))
        parts = self.window.part(decision.story.story_id, entry, terms.vectors, weights, bounds)
        if parts is None:
            return self._merged(entry, terms, decision, bounds)
        return self._parted(entry, decision, bounds, *parts)

    def _parted(
        self, entry: Entry, decision: StoryDecision, bounds: Bounds,
        likely: float, one: Sequence[int], other: Sequence[int],
    ) -> StoryDecision:  # fmt: skip
        """The decision where the story falls into two parts; to open one where the text alone would leave."""
        assert decision.story is not None
        story_id = decision.story.story_id
        needed = bounds.lone if min(len(one), len(other)) == 1 else bounds.limit
        found = stories.part(one, other, lambda: self.unseen_texts(story_id, entry, (*one, *other)), likely, needed)
        parting = self.kept_together(story_id, found, entry)
        if parting is not None and parting.leave == (entry.ordinal,):
            near = (decision.story, *decision.near[:1])
            return StoryDecision(None, near, refused=parting, issues=decision.issues, chance=decision.chance)
        return decision if parting is None else decision._replace(parting=parting)

    def _is_one_page(self, entry: Entry, other: int) -> bool:
        """Whether what a text shares with that of article `other` are the lines of a page."""
        sets = self.sets.get([entry.article_id, other])
        return len(sets) == 2 and duplicates.is_page_mate(overlap(*sets.values()))

    def weights_at(self, entry: Entry) -> Weights:
        """What evidence weighs, at the pace of the stream around `entry`."""
        if self._weights.pace != (pace := self.clock.pace.at(entry.ordinal)):
            self._weights = self._weights._replace(pace=pace)
        return self._weights

    def _merged(self, entry: Entry, terms: TermSketch, decision: StoryDecision, bounds: Bounds) -> StoryDecision:
        """The decision, with the second story that the text fits as well if both together hold as one."""
        assert decision.story is not None
        if not decision.near or decision.near[0].probability < self.config.stories.threshold:
            return decision
        if decision.issues:
            return decision  # what comes again tells of many things, and of another one each time
        other, *near = decision.near
        pair = decision.story.story_id, other.story_id
        floor, ceiling, limit, lone = bounds
        stricter = make(Bounds, (floor, ceiling, limit + stories.MERGE_MARGIN, lone + stories.MERGE_MARGIN))
        if self.forbids(*pair) or not self.window.are_one(pair, entry, terms.vectors, self._weights, stricter):
            return decision
        if self.hold_two_issues(*pair, entry):
            return decision
        return decision._replace(near=tuple(near), other=other)

    def place(self, entry: Entry, decision: StoryDecision, reason: str) -> int:
        """Puts a text into the story that was decided, or into a new one; returns its id."""
        if decision.bound is not None:
            return decision.bound
        if decision.story is None:
            return self.open_story(entry.article_id, reason)
        story_id = decision.story.story_id
        if decision.other is not None:
            return self.merge(story_id, decision.other.story_id, ONE_EVENT, entry.article_id)
        if decision.parting is not None:
            new = self.divide(story_id, decision.parting, entry)
            if entry.ordinal in decision.parting.leave:
                story_id = new
        return story_id

    def row(self, item: Prepared, entry: Entry, version: int, terms: TermSketch, copy: DuplicateDecision) -> ArticleRow:
        """The row of an article, or of a new version of it."""
        document, common = item.document, copy.group.original.overlap if copy.group else None
        jaccard, containment = (1.0, 1.0) if common is None else (common.jaccard, common.containment)
        recurring = series_key(document.publisher or item.source, document.title, entry.skeleton)
        given = (
            entry.article_id, entry.ordinal, item.source, item.uri, document.url, document.publisher, document.title,
            document.language, period_of(entry.published), version, document.word_count, entry.group_id,
            jaccard, containment, self.batch.scheme_id, item.digest, item.signature.values,
            terms.to_bytes(entry.background), document.origin, recurring, document.authors, document.published_at,
        )  # fmt: skip
        return make(ArticleRow, given)

    # Steps that only a new version of an article needs.

    def promote(self, article_id: int, group_id: int, old: Remembered) -> None:
        """Makes a copy of `old` the original of its group, or of a new group beside it in the same story."""
        with self.batch.reading() as connection:
            member = rows.article(connection, article_id)
            score = rows.group_score(connection, old.group_id)
            needed = rows.needed_for_story(connection, old.article_id) or self.config.stories.threshold
        ordinal = self.batch.changes.counters.take_ordinal()
        if group_id == old.group_id:
            self.batch.changes.updated_groups[group_id] = {"original_article_id": article_id}
        else:
            self.batch.changes.open_group(group_id, old.story_id, article_id, score)
        self.batch.changes.updated_articles[article_id] = {
            "ordinal": ordinal,
            "duplicate_group_id": group_id,
            "jaccard": 1.0,
            "containment": 1.0,
        }
        self.batch.more_evidence(article_id, member.version).inherited(old.article_id, score, needed)
        self.window.discard(article_id)
        self.clock.move(member.ordinal, ordinal, seconds(member.published_at))
        if member.scheme_id == self.batch.scheme_id:
            terms = TermSketch.from_bytes(member.terms)
            entry = replace(entry_of(member, terms), ordinal=ordinal, group_id=group_id, text=True)
            keys = self.keys_of(member.signature, terms, member.language)
            self.window.add(entry, keys, old.story_id, begins=False)
            self.frequencies.add(ordinal, member.language, terms.terms)

    def regroup(self, article_id: int, group_id: int, old: Remembered, comparison: Comparison) -> None:
        """Leaves a copy of `old` a copy, now of the original of `group_id`."""
        self.batch.changes.updated_articles[article_id] = {
            "duplicate_group_id": group_id,
            "jaccard": comparison.overlap.jaccard,
            "containment": comparison.overlap.containment,
        }
        with self.batch.reading() as connection:
            member = rows.article(connection, article_id)
        self.batch.more_evidence(article_id, member.version).reverified(comparison, self.config.duplicates.threshold)
        self.window.regroup(article_id, group_id, old.story_id)
