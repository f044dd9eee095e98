"""What comes again: which texts are issues of one report, and which stories that keeps apart.

A report of a day may share little with that of the day before and much with an older one. So what was found of one pair
(`dedup.decision.issues`) holds for others: two texts that are issues of the same third one are two issues, on different
days; and a headline that has the form of one known to come again is of another issue, on another day.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from dedup.cluster import duplicates
from dedup.cluster.pairs import Pair, Publication, are_of_two_days
from dedup.cluster.stories import StoryDecision
from dedup.cluster.templates import are_two_issues, is_template
from dedup.decision.memory import Memory
from dedup.decision.newcomer import Newcomer
from dedup.decision.roster import Roster
from dedup.index.segments import Entry
from dedup.named import make
from dedup.sketch import figures
from dedup.sketch.shingles import Overlap, overlap

Decide = Callable[[Callable[[int], bool]], StoryDecision]


class Recurrence:
    """What is asked about issues before a text comes to a story, or two stories become one."""

    def __init__(self, memory: Memory, roster: Roster) -> None:
        self._memory = memory
        self._issues = memory.issues
        self._roster = roster
        self._sets = memory.sets

    def but_for_issues(self, newcomer: Newcomer, templates: Collection[int], decide: Decide) -> StoryDecision:
        """What is to be decided of a text that comes to no story which holds another issue of its report.

        `templates` are the articles that share a template with it; `decide` is told how to ask whether an article is
        another issue.
        """
        issues = templates
        while True:
            decision = decide(partial(self._is_issue, newcomer, issues))
            if decision.issues:
                issues = {*issues, *(passed_over.article_id for passed_over in decision.issues)}
            if decision.story is None or not issues:
                return decision
            if not self._holds_issue(decision.story.story_id, newcomer, issues):
                return decision
            issues = {*issues, decision.story.article_id}

    def is_template(
        self, newcomer: Newcomer, common: Overlap, figured: figures.FigurePlaces, other: Publication
    ) -> bool:
        """Whether an article and another one were made from one template; `figured` compares their figures."""
        return is_template(_pair(newcomer, common, figured, other))

    def figures(self, newcomer: Newcomer, other: int) -> figures.FigurePlaces:
        """The figures of a text and those of article `other` at the same places."""
        tokens = newcomer.item.document.body_tokens
        return figures.compare(tokens, self._sets.of(other), self._memory.scheme.shingle_words)

    def hold_two_issues(self, one: int, other: int, entry: Entry) -> bool:
        """Whether two stories, without `entry`, were kept apart since texts of them are surely two issues of what comes
        again.
        """
        members = [self._roster.members(story, entry) for story in (one, other)]
        sides = [{member.article_id: member.group_id for member in side} for side in members]
        group_of = sides[0] | sides[1]
        pairs = [
            (newer, older)
            for newer, older in self._issues.of(group_of)
            if older in group_of and (newer in sides[0]) != (older in sides[0])
        ]
        # They may be far from all that is signed.
        memory = self._memory
        memory.sign_groups(sorted({group_of[article_id] for pair in pairs for article_id in pair}))
        return any(
            are_two_issues(memory.names_in(newer), memory.publication_of(newer), memory.publication_of(older))
            for newer, older in pairs
        )

    def _is_issue(self, newcomer: Newcomer, issues: Collection[int], other: int) -> bool:
        """Whether a text and that of article `other` are two issues: known to be, or of one publisher."""
        if other in issues:
            return True
        # Who published the other is told in a twentieth of the time that their wording takes.
        publisher, published = self._memory.published(other)
        if publisher != newcomer.entry.skeleton.publisher:
            return False
        item = newcomer.item
        common = overlap(item.signature.shingles, self._sets.of(other))
        if duplicates.is_sent_again(common):
            return False
        may_be = duplicates.may_be_issue(common, item.document.body_tokens, newcomer.entry.language)
        may_hold = self._issues.may_hold(other)
        if not (may_be or may_hold):
            return False
        figured = self.figures(newcomer, other) if may_be else figures.NOWHERE
        pair = _pair(newcomer, common, figured, self._memory.publication(other, publisher, published))
        if may_be and is_template(pair):
            return True
        return (
            may_hold
            and pair.is_of_two_days
            and pair.headlines.are_of_one_form()
            and any(True for _ in self._issues.of([other]))
        )

    def _holds_issue(self, story_id: int, newcomer: Newcomer, issues: Collection[int]) -> bool:
        """Whether a story has a text of another day that is an issue of what a text and its `issues` are issues of."""
        entry = newcomer.entry
        if entry.published is None:
            return False
        inside = {member.article_id for member in self._roster.members(story_id, entry)}
        report = {*issues, *(older for _, older in self._issues.of(issues))}
        found = {newer for newer, older in self._issues.of(inside) if older in report}
        own = _publication(newcomer)
        return any(are_of_two_days(own, self._memory.publication_of(one)) for one in found | (report & inside))


def _pair(newcomer: Newcomer, common: Overlap, figured: figures.FigurePlaces, other: Publication) -> Pair:
    return make(Pair, (common, figured, newcomer.item.document, _publication(newcomer), other))


def _publication(newcomer: Newcomer) -> Publication:
    entry, terms = newcomer.entry, newcomer.terms
    return Publication(entry.skeleton.publisher, entry.published, lambda: terms)
