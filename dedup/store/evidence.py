"""Evidence: the rows of ``v_why`` that say why an article is where it is, and what it only came near to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dedup.cluster.duplicates import Comparison, DuplicateDecision
from dedup.cluster.stories import Scored, StoryDecision
from dedup.store.changes import Changes, EvidenceRow


@dataclass(slots=True)
class Evidence:
    """Adds rows for one version of one article to `changes`, in the order in which they were found."""

    changes: Changes
    article_id: int
    version: int
    config_version: int
    place: int = 0

    def of_duplicates(self, decision: DuplicateDecision, threshold: float) -> None:
        """The group that the article joined, if any, and those that it came near to."""
        if decision.group is not None:
            self._copy("joined", decision.group.original, threshold)
        if decision.issue is not None:
            self._copy("series", decision.issue.original, threshold)
        for group in decision.near:
            self._copy("near_miss", group.original, threshold)

    def of_story(self, decision: StoryDecision, threshold: float, words: Mapping[bytes, str]) -> None:
        """The story that the text joined or that it opened one, and those that it came near to.

        `words` spells the terms in common.
        """
        if decision.opens:
            self._row(None, "story", "opened", threshold)
        if decision.story is not None:
            self._text("joined", decision.story, threshold, words)
        if decision.other is not None:
            self._text("joined", decision.other, threshold, words)
        if decision.issue is not None:
            self._text("series", decision.issue, threshold, words)
        if decision.chance is not None:
            self._text("one_term", decision.chance, threshold, words)
        near, refused = decision.near, decision.refused
        if refused is not None:
            self._text("near_miss", near[0]._replace(probability=refused.probability), refused.threshold, words)
            near = near[1:]
        for miss in near:
            self._text("near_miss", miss, threshold, words)

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

    def _copy(self, verdict: str, comparison: Comparison, threshold: float) -> None:
        overlap = comparison.overlap
        self._row(comparison.article_id, "duplicate", verdict, threshold, None, overlap.jaccard, overlap.containment)

    def _text(self, verdict: str, scored: Scored, threshold: float, words: Mapping[bytes, str]) -> None:
        _, probability, article_id, shared = scored
        self._row(article_id, "story", verdict, threshold, probability, None, None, words[shared])

    def _row(self, *values: Any) -> None:
        """Adds a row; `values` are those of `EvidenceRow` from `matched_article_id` on."""
        changes, place = self.changes, self.place
        row = EvidenceRow(self.article_id, self.version, place, self.config_version, changes.moment, *values)
        changes.evidence.append(row)
        changes.places[self.article_id, self.version] = self.place = place + 1
