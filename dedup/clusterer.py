"""Decides one article after another: a copy of what, part of which story.

The result depends on the articles and their order alone: all that a decision uses is in `dedup.memory`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from dedup.cluster import duplicates, model, stories
from dedup.cluster.duplicates import Comparison, DuplicateDecision, GroupComparison
from dedup.cluster.model import log_odds, probability
from dedup.cluster.stories import Scored, StoryDecision
from dedup.config import Config
from dedup.constrained import FREE, LINKED, Bonds, Constrained
from dedup.index.segments import Entry, Keys
from dedup.index.texts import Bounds, StoryFit, Weights
from dedup.index.window import period_of, seconds
from dedup.memory import Prepared, entry_of
from dedup.resigning import Resigning
from dedup.sketch.recurring import series_key
from dedup.sketch.shingles import Overlap, overlap
from dedup.sketch.terms import BODY, TITLE, TermSketch
from dedup.store import Store, rows
from dedup.store.changes import ArticleRow
from dedup.store.evidence import Evidence
from dedup.store.rows import Remembered

COPY_CANDIDATES = 32
# Of the texts found by their terms so many are compared as copies too: a cut copy shares few bands of the signature.
TERM_COPY_CANDIDATES = 2
SHOWN_TERMS = 12
# So many terms of the headlines are in the other text where two texts speak of one thing.
SPOKEN_OF = 2

COPY = "a copy of one of its texts"
FITS = "its terms fit the story"
ONE_EVENT = "an article that fits both shows that they are one event"


class Clusterer(Constrained):
    """The decisions. The pipeline writes `changes` after each batch and calls `begin` for the next."""

    def __init__(
        self, store: Store, config: Config, at: datetime, progress: Callable[[str], None],
        resigning: Resigning | None = None,
    ) -> None:  # fmt: skip
        super().__init__(store, config, at, progress, resigning)
        self._model = model.published()
        self._weights = self._model.weights
        self._bounds = self._model.bounds(config.stories.threshold)
        self._joining = log_odds(config.stories.threshold)

    def accept(self, item: Prepared) -> None:
        """Decides a new article."""
        counters = self.changes.counters
        entry = self.entry(counters.take("article_id"), item)
        terms, keys = self.keys(item)
        self.sets.add(entry.article_id, item.signature.shingles)
        evidence = Evidence(self.changes, entry.article_id, 1, self.config_version)
        bonds = self.bonds(entry.article_id, item.source, item.uri)
        related = self.related(entry, keys)
        copy = self.find_group(entry, keys, item.signature.shingles, related, bonds)
        evidence.of_duplicates(copy, self.config.duplicates.threshold)
        if copy.group is not None:
            story_id = self.window.story_of(copy.group.group_id)
            self.join_group(entry, copy.group, item.document)
            self.join_story(story_id, entry, COPY)
            story_id = self.bind(story_id, bonds, entry.article_id)
        else:
            decision = self.find_story(entry, keys, terms, related, bonds)
            self.explain(evidence, decision, terms)
            story_id = self.place(entry, decision, "no story was near enough")
            if not decision.opens:
                self.join_story(story_id, entry, FITS if decision.bound is None else LINKED)
            self.open_group(entry, story_id, decision, item.document)
        if bonds.story is not None:
            evidence.linked(bonds.partner, self.config.stories.threshold)
        self.changes.new_articles[entry.article_id] = self.row(item, entry, 1, terms, copy)
        self.changes.bodies[entry.article_id] = item.document.body
        if item.document.left_out:
            self.changes.left_out[entry.article_id] = item.document.left_out
        if item.passages is not None:
            self.changes.passages[entry.article_id] = item.passages
        self.remember(entry, keys, terms, story_id, begins=bonds.story is None)
        self.changes.accepted += 1

    # What follows are the steps of a decision, shared with `dedup.revision`.

    def find_group(
        self, entry: Entry, keys: Keys, shingles: bytes, related: Sequence[int], bonds: Bonds = FREE
    ) -> DuplicateDecision:
        """Compares an article with the groups of its candidates, of those stories that its bonds admit."""
        window = self.window
        ordinals = [*window.similar(entry, keys, COPY_CANDIDATES), *related[:TERM_COPY_CANDIDATES]]
        if not ordinals:
            return duplicates.NOBODY
        barred: Sequence[int] = ()
        if bonds is not FREE:
            groups = window.groups_of(ordinals)
            barred = [group_id for group_id in groups if not self.admits(bonds, window.story_of(group_id))]
        compared = self._compare_groups(entry, shingles, ordinals, barred)
        return duplicates.decide(compared, self.config.duplicates) if compared else duplicates.NOBODY

    def _compare_groups(
        self, entry: Entry, shingles: bytes, ordinals: Sequence[int], barred: Sequence[int]
    ) -> list[GroupComparison]:
        """Exact comparisons with the original and the longest text of each group that is not out of the question.

        `ordinals` are the candidates; the groups `barred` are left out.
        """
        settings, sets = self.config.duplicates, self.sets
        limits = settings.threshold / 2, duplicates.CONTAINED_SHINGLES
        found, unknown, missing = self.window.compare(entry, shingles, ordinals, sets.at_hand, *limits, barred)
        if unknown or missing:
            self.load_extents(unknown)
            sets.get([*missing, *self.window.originals_of(unknown)])
            # A text that is nowhere any more is not at hand now either.
            found, _, _ = self.window.compare(entry, shingles, ordinals, sets.at_hand, *limits, barred)
        compared = []
        for group_id, first, last, series, *sizes in found:
            common = Overlap(*sizes)
            if not duplicates.matters(common, settings):
                continue
            original = longest = Comparison(first, common)
            if last != first:
                for article_id, other in sets.get([last]).items():
                    longest = Comparison(article_id, overlap(shingles, other))
            compared.append(GroupComparison(group_id, original, longest, series))
        return compared

    def related(self, entry: Entry, keys: Keys) -> Sequence[int]:
        """The texts that may report the same event, by their ordinals, the most promising first."""
        return self.window.related(entry, keys, stories.CANDIDATES) if keys.terms else ()

    def find_story(
        self, entry: Entry, keys: Keys, terms: TermSketch, related: Sequence[int], bonds: Bonds = FREE
    ) -> StoryDecision:
        """Compares a text with the likeliest stories of its candidates; notes its background in `entry`."""
        if not keys.terms:
            return stories.ALONE._replace(bound=bonds.story)
        weights = self.weights_at(entry)
        around = self.window.around(entry, keys, stories.AROUND)
        limits = stories.STORIES_SEEN, stories.STORIES_WEIGHED
        threshold = self.config.stories.threshold
        cautious = self._cautious(weights, entry.language)
        least = stories.least_log_odds(threshold)
        entry.background, fits = self.window.weigh(entry, terms.vectors, related, around, cautious, limits, least)
        if bonds is not FREE:
            if bonds.story is not None:
                return StoryDecision(None, (), bound=bonds.story)
            fits = [fit for fit in fits if fit[0] not in bonds.barred]
        issues: list[StoryFit] = []
        chances: list[StoryFit] = []
        decision = stories.decide(fits, threshold, lambda fit: self._is_apart(fit, entry, terms, issues, chances))
        if issues or chances:
            issue, chance = (next(map(_scored, kept), None) for kept in (issues, chances))
            decision = decision._replace(issue=issue, chance=chance)
        if decision.story is None:
            return decision
        story_id, bounds = decision.story.fit.story, self._bounds
        parts = self.window.part(story_id, entry, terms.vectors, weights, bounds)
        if parts is None:
            return self._merged(entry, terms, decision, bounds)
        likely, one, other = parts
        needed = bounds.lone if min(len(one), len(other)) == 1 else bounds.limit
        found = stories.part(one, other, lambda: self.unseen_texts(story_id, entry, (*one, *other)), likely, needed)
        parting = self.kept_together(story_id, found, entry)
        if parting is not None and parting.leave == (entry.ordinal,):
            near = (decision.story, *decision.near[:1])
            return StoryDecision(None, near, refused=parting, issue=decision.issue, chance=decision.chance)
        return decision._replace(parting=parting)

    def _is_apart(
        self, fit: StoryFit, entry: Entry, terms: TermSketch, issues: list[StoryFit], chances: list[StoryFit]
    ) -> bool:
        """Whether a text is but another issue of a series that a story tells of, noted in `issues`, or has but one term
        in common with what it would join, noted in `chances`, or the lines of a page."""
        if self.window.is_issue(fit.story, entry):
            issues.append(fit)
            return True
        if fit.log_odds < self._joining:
            return False
        if self._share_one_term(terms, fit.nearest):
            chances.append(fit)
            return True
        if self._speak_of_one_thing(terms, fit.nearest):
            return False
        sets = self.sets.get([entry.article_id, self.window.article_of(fit.nearest)])
        return len(sets) == 2 and duplicates.is_page_mate(overlap(*sets.values()))

    def _share_one_term(self, terms: TermSketch, other: int) -> bool:
        """Whether a text has hardly more than one term in common with another."""
        return stories.is_one_term(self.window.rest(terms.vectors[BODY], other, BODY))

    def _speak_of_one_thing(self, terms: TermSketch, other: int) -> bool:
        """Whether the headlines speak of something that the other text speaks of; a single term may be chance."""
        mine = self.window.shared(terms.vectors[TITLE], other, BODY, SPOKEN_OF)
        if len(mine) >= 4 * SPOKEN_OF:
            return True
        theirs = self.window.shared(terms.vectors[BODY], other, TITLE, SPOKEN_OF)
        return len({*memoryview(mine).cast("I"), *memoryview(theirs).cast("I")}) >= SPOKEN_OF

    def weights_at(self, entry: Entry) -> Weights:
        """What evidence weighs, at the pace of the stream around `entry`."""
        if self._weights.pace != (pace := self.pace.at(entry.ordinal)):
            self._weights = self._weights._replace(pace=pace)
        return self._weights

    def _cautious(self, weights: Weights, language: str) -> Weights:
        """The same with less for a join, while few texts of a language are known."""
        reserve = self._model.reserve(len(self.frequencies.of(language)))
        return Weights(weights.intercept - reserve, *weights[1:])

    def _merged(self, entry: Entry, terms: TermSketch, decision: StoryDecision, bounds: Bounds) -> StoryDecision:
        """The decision, with the second story that the text fits as well if both together hold as one."""
        assert decision.story is not None
        if not decision.near or decision.near[0].probability < self.config.stories.threshold:
            return decision
        other, *near = decision.near
        pair = decision.story.fit.story, other.fit.story
        margin = stories.MERGE_MARGIN
        stricter = bounds._replace(limit=bounds.limit + margin, lone=bounds.lone + margin)
        if self.forbids(*pair) or not self.window.are_one(pair, entry, terms.vectors, self._weights, stricter):
            return decision
        return decision._replace(near=tuple(near), other=other)

    def place(self, entry: Entry, decision: StoryDecision, reason: str) -> int:
        """Puts a text into the story that was decided, or into a new one; returns its id."""
        if decision.bound is not None:
            return decision.bound
        if decision.story is None:
            return self.open_story(entry.article_id, reason)
        story_id = decision.story.fit.story
        if decision.other is not None:
            return self.merge(story_id, decision.other.fit.story, ONE_EVENT, entry.article_id)
        if decision.parting is not None:
            new = self.divide(story_id, decision.parting, entry)
            if entry.ordinal in decision.parting.leave:
                story_id = new
        return story_id

    def explain(self, evidence: Evidence, decision: StoryDecision, terms: TermSketch) -> None:
        """Writes down why a text joined a story or opened one."""
        given = (decision.story, decision.other, decision.issue, decision.chance, *decision.near)
        shown = [scored for scored in given if scored is not None]
        others = [scored.fit.nearest for scored in shown]
        shared = {
            other: (self.window.article_of(other), ", ".join(words))
            for other, words in zip(others, self._shared_words(terms, others), strict=True)
        }
        evidence.of_story(decision, self.config.stories.threshold, shared)

    def row(self, item: Prepared, entry: Entry, version: int, terms: TermSketch, copy: DuplicateDecision) -> ArticleRow:
        """The row of an article, or of a new version of it."""
        document, common = item.document, copy.group.original.overlap if copy.group else None
        jaccard, containment = (1.0, 1.0) if common is None else (common.jaccard, common.containment)
        recurring = series_key(document.publisher or item.source, document.title, entry.skeleton)
        # Without names: it takes half the time.
        return ArticleRow(
            *(entry.article_id, entry.ordinal, item.source, item.uri, document.url, document.publisher, document.title),
            *(document.language, period_of(entry.published), version, document.word_count, entry.group_id),
            *(jaccard, containment, self.scheme_id, item.digest, item.signature.values),
            *(terms.to_bytes(entry.background), document.origin, recurring, document.published_at),
        )

    def _shared_words(self, terms: TermSketch, others: Sequence[int]) -> Iterator[Sequence[str]]:
        """The terms that weigh most in the likeness to each of other texts, strongest first, for a person."""
        shared = [self.window.shared(terms.vectors[BODY], other, BODY, SHOWN_TERMS) for other in others]
        words = terms.words(b"".join(shared)) if others else ()
        start = 0
        for hashes in shared:
            end = start + len(hashes) // 4
            yield words[start:end]
            start = end

    # Steps that only a new version of an article needs.

    def promote(self, article_id: int, group_id: int, old: Remembered) -> None:
        """Makes a copy of `old` the original of its group, or of a new group beside it in the same story."""
        with self.reading() as connection:
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
                "standing_article_id": article_id,
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
        self.pace.discard(member.ordinal)
        self.pace.add(ordinal, seconds(member.published_at))
        if member.scheme_id == self.scheme_id:
            terms = TermSketch.from_bytes(member.terms)
            entry = replace(entry_of(member, terms), ordinal=ordinal, group_id=group_id, text=True)
            keys = self.keys_of(member.signature, terms, member.language)
            self.window.add(entry, keys, old.story_id, begins=False)
            self.frequencies.add(ordinal, member.language, terms.terms)

    def regroup(self, article_id: int, group_id: int, old: Remembered, comparison: Comparison) -> None:
        """Leaves a copy of `old` a copy, now of the original of `group_id`."""
        self.changes.updated_articles[article_id] = {
            "duplicate_group_id": group_id,
            "jaccard": comparison.overlap.jaccard,
            "containment": comparison.overlap.containment,
        }
        with self.reading() as connection:
            member = rows.article(connection, article_id)
        self._more_evidence(member).reverified(comparison, self.config.duplicates.threshold)
        self.window.regroup(article_id, group_id, old.story_id)

    def _more_evidence(self, member: Remembered) -> Evidence:
        place = self.place_of_evidence(member.article_id, member.version)
        return Evidence(self.changes, member.article_id, member.version, self.config_version, place)


def _scored(fit: StoryFit) -> Scored:
    """A fit with its probability."""
    return Scored(fit, probability(fit.log_odds))
