"""Where an article belongs: a copy in which group, part of which story. Asked here, and nothing is changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

from dedup.cluster import duplicates, model, stories
from dedup.cluster.duplicates import Comparison, DuplicateDecision, GroupComparison
from dedup.cluster.pairs import has_same_figures
from dedup.cluster.stories import StoryDecision
from dedup.decision.memory import Memory
from dedup.decision.newcomer import Newcomer
from dedup.decision.recurrence import Recurrence
from dedup.decision.restrictions import Restrictions
from dedup.decision.roster import Roster
from dedup.decision.rulebook import FREE
from dedup.index.segments import Entry
from dedup.index.window import CHAIN, TERM_CHAIN, ordinals_of
from dedup.kernel.reference.articles import Compared
from dedup.kernel.reference.evidence import Bounds, Weights
from dedup.kernel.reference.meeting import Search, Weighed
from dedup.named import make
from dedup.sketch import figures
from dedup.sketch.shingles import Overlap, overlap

# Candidates by signature and by terms. Two of these are compared as copies, too: a cut copy shares few bands.
SEARCH = Search(CHAIN, 32, TERM_CHAIN, stories.CANDIDATES, 2)


class Matcher:
    """Compares articles with what is in `memory`."""

    def __init__(self, memory: Memory, roster: Roster, restrictions: Restrictions, recurrence: Recurrence) -> None:
        settings = memory.config
        self.memory = memory
        self._window = memory.window
        self._sets = memory.sets
        self._pace = memory.clock.pace
        self._roster = roster
        self._restrictions = restrictions
        self._recurrence = recurrence
        self._settings = settings.duplicates
        self._threshold = settings.stories.threshold
        self._model = model.published()
        self._weights = self._model.weights
        self._limits = settings.duplicates.threshold / 2, duplicates.CONTAINED_SHINGLES
        self._bounds = self._model.bounds(self._threshold)

    def find_group(self, newcomer: Newcomer) -> tuple[DuplicateDecision, Sequence[int]]:
        """Compares an article with the groups of its candidates, of those stories that its bonds admit.

        Also returns the texts that may report the same event, by their ordinals, the most promising first.
        """
        shingles = newcomer.item.signature.shingles
        candidates, related, found, unknown, missing = self._window.meet(
            newcomer.entry, newcomer.keys, shingles, self._sets.at_hand, SEARCH, self._limits
        )
        if unknown or missing or (newcomer.bonds is not FREE and candidates):
            found = self._read_and_compare(newcomer, ordinals_of(candidates), unknown, missing)
        compared = self._compared(newcomer, found) if found else ()
        decision = duplicates.decide(compared, self._settings) if compared else duplicates.NOBODY
        return decision, ordinals_of(related)

    def _read_and_compare(
        self, newcomer: Newcomer, candidates: Sequence[int], unknown: Sequence[int], missing: Sequence[int]
    ) -> Sequence[Compared]:
        """Compares an article with the groups of `candidates` that its bonds admit.

        Of the groups `unknown` it is first read what they are, and of the articles `missing` their shingles.
        """
        window, sets, bonds = self._window, self._sets, newcomer.bonds
        barred: Sequence[int] = ()
        if bonds is not FREE:
            groups, admits = window.groups_of(candidates), self._restrictions.admits
            barred = [group_id for group_id in groups if not admits(bonds, window.story_of(group_id))]
        self.memory.load_extents(unknown)
        sets.get([*missing, *window.originals_of(unknown)])
        # A text that is nowhere any more is not at hand now either.
        shingles = newcomer.item.signature.shingles
        found, _, _ = window.compare(newcomer.entry, shingles, candidates, sets.at_hand, *self._limits, barred)
        return found

    def _compared(self, newcomer: Newcomer, found: Sequence[Compared]) -> list[GroupComparison]:
        """Exact comparisons with the original and the longest text of each group that is not out of the question."""
        settings, recurrence = self._settings, self._recurrence
        compared = []
        for group_id, first, last, same_headline, *sizes in found:
            common = make(Overlap, sizes)
            if not duplicates.matters(common, settings):
                continue
            original = make(Comparison, (first, common))
            longest = original if last == first else self._compared_with(newcomer, last) or original
            may_be, sent_again = duplicates.may_be_template(common, settings), duplicates.is_sent_again(common)
            asked = may_be or (same_headline and not sent_again)
            figured = recurrence.figures(newcomer, first) if asked else figures.NOWHERE
            series = same_headline and (sent_again or not has_same_figures(figured))
            template = may_be and recurrence.is_template(newcomer, common, figured, self.memory.publication_of(first))
            compared.append(make(GroupComparison, (group_id, original, longest, series, template)))
        return compared

    def _compared_with(self, newcomer: Newcomer, other: int) -> Comparison | None:
        """An exact comparison with article `other`; None where that is nowhere any more."""
        shingles = self._sets.get([other]).get(other)
        if shingles is None:
            return None
        return Comparison(other, overlap(newcomer.item.signature.shingles, shingles))

    def find_story(self, newcomer: Newcomer, related: Sequence[int], templates: Collection[int]) -> StoryDecision:
        """Compares a text with the likeliest stories of its candidates; notes its background in its entry.

        `templates` are the articles that are made from one template with it, which are of other events.
        """
        entry, bonds = newcomer.entry, newcomer.bonds
        bound = stories.ALONE if bonds.story is None else stories.ALONE._replace(bound=bonds.story)
        if not newcomer.keys.terms:
            return bound
        weights = self.weights_at(entry)
        known, dated = len(self.memory.frequencies.of(entry.language)), entry.published is not None
        reserve = self._model.reserve(known, self._window.rivals(entry), dated=dated)
        cautious = (weights.intercept - reserve, *weights[1:])
        all_of_them = bool(bonds.barred or templates)
        weighed = self._weigh_up(newcomer, related, cautious, all_of_them=all_of_them)
        if bonds.story is not None or not weighed:
            return bound
        decision = self._decide(newcomer, weighed, templates)
        if decision.story is None and decision.issues and not all_of_them:
            # Behind the issues of its template that were told of may be the story that it belongs to.
            weighed = self._weigh_up(newcomer, related, cautious, all_of_them=True)
            decision = self._decide(newcomer, weighed, templates)
        return decision if decision.story is None else self._joined(newcomer, decision, weights, reserve)

    def _weigh_up(
        self, newcomer: Newcomer, related: Sequence[int], weights: Sequence[float], *, all_of_them: bool
    ) -> list[Weighed]:
        """The fit of a text to the likeliest stories of the texts `related` that no rule bars, best first."""
        entry, barred = newcomer.entry, newcomer.bonds.barred
        measures = stories.measures(self._threshold, entry.language, barred=all_of_them)
        weighed = self._window.weigh_up(entry, newcomer.keys, related, weights, measures)
        return [one for one in weighed if one[0] not in barred] if barred else weighed

    def _decide(self, newcomer: Newcomer, weighed: Sequence[Weighed], templates: Collection[int]) -> StoryDecision:
        """The likeliest story of those that hold no other issue of the report that a text is an issue of."""
        decide = partial(stories.decide, weighed, self._threshold, partial(self._is_one_page, newcomer.entry))
        return self._recurrence.but_for_issues(newcomer, templates, decide)

    def _joined(self, newcomer: Newcomer, decision: StoryDecision, weights: Weights, reserve: float) -> StoryDecision:
        """The decision to join a story, with what becomes of that story: two fall apart, two become one, or neither."""
        assert decision.story is not None
        entry = newcomer.entry
        floor, ceiling, limit, lone = self._bounds
        bounds = make(Bounds, (floor, ceiling, limit, lone + reserve))
        parts = self._window.part(decision.story.story_id, entry, newcomer.terms.vectors, weights, bounds)
        if parts is None:
            return self._merged(newcomer, decision, bounds)
        return self._parted(entry, decision, bounds, *parts)

    def _parted(
        self, entry: Entry, decision: StoryDecision, bounds: Bounds,
        likely: float, one: Sequence[int], other: Sequence[int],
    ) -> StoryDecision:  # fmt: skip
        """The decision where the story falls into two parts; to open one where the text alone would leave."""
        assert decision.story is not None
        story_id = decision.story.story_id
        needed = bounds.lone if min(len(one), len(other)) == 1 else bounds.limit
        unseen = partial(self._roster.unseen_texts, story_id, entry, (*one, *other))
        found = stories.part(one, other, unseen, likely, needed)
        parting = self._restrictions.kept_together(story_id, found, entry)
        if parting is not None and parting.leave == (entry.ordinal,):
            near = (decision.story, *decision.near[:1])
            return StoryDecision(None, near, refused=parting, issues=decision.issues, chance=decision.chance)
        return decision if parting is None else decision._replace(parting=parting)

    def _is_one_page(self, entry: Entry, other: int) -> bool:
        """Whether what a text shares with that of article `other` are the lines of a page."""
        sets = self._sets.get([entry.article_id, other])
        return len(sets) == 2 and duplicates.is_page_mate(overlap(*sets.values()))

    def weights_at(self, entry: Entry) -> Weights:
        """What evidence weighs, at the pace of the stream around `entry`."""
        if self._weights.pace != (pace := self._pace.at(entry.ordinal)):
            self._weights = self._weights._replace(pace=pace)
        return self._weights

    def _merged(self, newcomer: Newcomer, decision: StoryDecision, bounds: Bounds) -> StoryDecision:
        """The decision, with the second story that the text fits as well if both together hold as one."""
        assert decision.story is not None
        if not decision.near or decision.near[0].probability < self._threshold:
            return decision
        if decision.issues:
            return decision  # what comes again tells of many things, and of another one each time
        entry, terms = newcomer.entry, newcomer.terms
        other, *near = decision.near
        pair = decision.story.story_id, other.story_id
        floor, ceiling, limit, lone = bounds
        stricter = make(Bounds, (floor, ceiling, limit + stories.MERGE_MARGIN, lone + stories.MERGE_MARGIN))
        if self._restrictions.forbids(*pair):
            return decision
        if not self._window.are_one(pair, entry, terms.vectors, self._weights, stricter):
            return decision
        if self._recurrence.hold_two_issues(*pair, entry):
            return decision
        return decision._replace(near=tuple(near), other=other)
