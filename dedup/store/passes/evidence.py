"""Evidence: the rows of ``v_why`` that say why an article is where it is, and what it only came near to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from dedup.cluster.duplicates import Comparison, DuplicateDecision
from dedup.cluster.stories import Scored, StoryDecision
from dedup.store.passes.changes import Changes, EvidenceRow

ISSUE = "series"
"""The verdict on another issue of what comes again."""
Found = tuple[int | None, str, str, float, float | None, float | None, float | None, str | None]
"""The fields of an `EvidenceRow` from `matched_article_id` on."""
_VERDICT = EvidenceRow._fields.index("verdict") - EvidenceRow._fields.index("matched_article_id")


class Evidence(NamedTuple):
    """Adds rows for one version of one article to `changes`, in the order in which they were found.

    Where the database has rows of it already, `changes.places` must tell where the next one goes.
    """

    changes: Changes
    article_id: int
    version: int
    config_version: int

    def of_duplicates(self, decision: DuplicateDecision, threshold: float) -> None:
        """The group that the article joined, if any, and those that it came near to."""
        if decision.group is not None:
            self._copy("joined", decision.group.original, threshold)
        if decision.issue is not None:
            self._copy(ISSUE, decision.issue.original, threshold)
            self._note_issue(decision.issue.original.article_id)
        for group in decision.near:
            self._copy("near_miss", group.original, threshold)

    def of_story(
        self, decision: StoryDecision, threshold: float, spelled: Callable[[Sequence[bytes]], Sequence[str]]
    ) -> None:
        """The story that the text joined or that it opened one, and those that it came near to.

        `spelled` tells the terms in common with each story, given their hashes.
        """
        found: list[Found] = [(None, "story", "opened", threshold, None, None, None, None)] if decision.opens else []
        for passed_over in decision.issues:
            self._note_issue(passed_over.article_id)
        told = _told(decision, threshold)
        if told:
            words = spelled([scored.shared for _, scored, _ in told])
            found += [
                (article_id, "story", verdict, needed, probability, None, None, shared)
                for (verdict, (_, probability, article_id, _), needed), shared in zip(told, words, strict=True)
            ]
        self._add(found)

    def parted(self, newcomer: int, probability: float, threshold: float) -> None:
        """The text left its story with others when that fell into two, which the article `newcomer` showed."""
        self._row(newcomer, "story", "parted", threshold, probability)

    def linked(self, partner: int, threshold: float) -> None:
        """A rule of the operator says that the article belongs with `partner`."""
        self._row(partner, "rule", "joined", threshold)

    def barred(self, other: int, threshold: float) -> None:
        """A rule of the operator says that the article, or one that it went with, does not belong with `other`."""
        self._row(other, "rule", "parted", threshold)

    def alone(self, threshold: float) -> None:
        """The text is in a story of its own because the article was withdrawn."""
        self._row(None, "story", "opened", threshold)

    def reverified(self, comparison: Comparison, threshold: float) -> None:
        """The article stays in its group, compared with the group's new original."""
        self._copy("joined", comparison, threshold)

    def inherited(self, from_article: int, score: float, threshold: float) -> None:
        """The text stays in the story that it came to as a copy of an article whose text has changed."""
        self._row(from_article, "story", "joined", threshold, score)

    def _note_issue(self, older: int) -> None:
        self.changes.issues[self.article_id].append(older)

    def _copy(self, verdict: str, comparison: Comparison, threshold: float) -> None:
        overlap = comparison.overlap
        self._row(comparison.article_id, "duplicate", verdict, threshold, None, overlap.jaccard, overlap.containment)

    def _row(
        self, matched: int | None, tier: str, verdict: str, threshold: float, score: float | None = None,
        jaccard: float | None = None, containment: float | None = None,
    ) -> None:  # fmt: skip
        self._add([(matched, tier, verdict, threshold, score, jaccard, containment, None)])

    def _add(self, found: Sequence[Found]) -> None:
        changes, article_id, version, config_version = self
        first, moment = changes.places.get((article_id, version), 0), changes.moment
        changes.evidence += [
            (article_id, version, place, config_version, moment, *one) for place, one in enumerate(found, first)
        ]
        changes.places[article_id, version] = first + len(found)


class IssuesAlone(Evidence):
    """Evidence of which only that remains which later decisions ask for: of which others an article is another issue.

    For who shows it to nobody; the terms in common are left out.
    """

    __slots__ = ()

    def of_story(
        self, decision: StoryDecision, threshold: float, spelled: Callable[[Sequence[bytes]], Sequence[str]]
    ) -> None:
        """The stories that the text was kept from since it is another issue of what they hold."""
        for passed_over in decision.issues:
            self._note_issue(passed_over.article_id)
            self._row(passed_over.article_id, "story", ISSUE, threshold, passed_over.probability)

    def _add(self, found: Sequence[Found]) -> None:
        issues = [one for one in found if one[_VERDICT] == ISSUE]
        if issues:
            super()._add(issues)


def _told(decision: StoryDecision, threshold: float) -> list[tuple[str, Scored, float]]:
    """What became of each story that the text was compared with, and the probability that would have been needed."""
    story, near, other, _, refused, _, issues, chance = decision
    told = [("joined", one, threshold) for one in (story, other) if one is not None]
    told += [("series", one, threshold) for one in issues]
    if chance is not None:
        told.append(("one_term", chance, threshold))
    if refused is not None:
        told.append(("near_miss", near[0]._replace(probability=refused.probability), refused.threshold))
        near = near[1:]
    return told + [("near_miss", miss, threshold) for miss in near]
