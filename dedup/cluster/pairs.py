"""Two texts of much the same wording, a newcomer and another: what they have in common, and how far apart they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from dedup.cluster import duplicates
from dedup.cluster.headlines import Headlines
from dedup.kernel.chosen import overlap
from dedup.kernel.reference.evidence import DAY
from dedup.sketch.figures import FigurePlaces
from dedup.sketch.shingles import Overlap
from dedup.sketch.terms import TermSketch
from dedup.text.document import Document

# Figures tell something where both texts have one at so many of the same places at least; where they differ at up to
# this share of them, a text is the other one, corrected.
LEAST_PLACES, CORRECTED = 4, 0.1
# The reports of one event that grows within hours are less than so many seconds apart.
HOURS = 50_400
# A desk's daily report comes a whole number of days later, give or take so many seconds.
PUNCTUAL = 5_400


@dataclass(slots=True)
class Publication:
    """Who published a text, or its source, as a skeleton has it; when, in seconds since 1970, None when undated; and
    its weighted terms. These are what `read` gives, which is asked only where they are needed.
    """

    publisher: bytes
    published: int | None
    read: Callable[[], TermSketch]
    _terms: TermSketch | None = None

    @property
    def terms(self) -> TermSketch:
        """Its weighted terms."""
        if self._terms is None:
            self._terms = self.read()
        return self._terms


class Pair(NamedTuple):
    """A newcomer and another text, which have so much in `common`.

    `figures` are those of the newcomer and the other's at the same places; `document` and `own` are the newcomer's.
    """

    common: Overlap
    figures: FigurePlaces
    document: Document
    own: Publication
    other: Publication

    @property
    def is_of_one_publisher(self) -> bool:
        """Whether one publisher has both."""
        return self.own.publisher == self.other.publisher

    @property
    def is_sent_again(self) -> bool:
        """Whether so much is the same that one text was sent again, unless its figures show that it was not."""
        return duplicates.is_sent_again(self.common)

    def is_about_as_long(self, part: float) -> bool:
        """Whether the shorter text has at least this part of the shingles of the longer one."""
        shorter, longer = sorted((self.common.size_a, self.common.size_b))
        return shorter >= part * longer

    @property
    def has_figures(self) -> bool:
        """Whether both have a figure at enough of the same places."""
        return self.figures.places >= LEAST_PLACES

    @property
    def has_same_figures(self) -> bool:
        """Whether both have enough figures, and hardly another one."""
        return has_same_figures(self.figures)

    @property
    def headlines(self) -> Headlines:
        """What the two headlines say."""
        return Headlines.of(self.document, self.own.terms, self.other.terms)

    @property
    def is_dated(self) -> bool:
        """Whether both have a date."""
        return self.own.published is not None and self.other.published is not None

    @property
    def apart(self) -> int:
        """Seconds between them; 0 where either has no date."""
        return _apart(self.own, self.other)

    @property
    def is_of_two_days(self) -> bool:
        """Whether they are further apart than the reports of one event that grows within hours."""
        return self.apart >= HOURS

    def is_at_one_hour(self, leeway: int) -> bool:
        """Whether they are a whole number of days apart, give or take so many seconds, and not of one day."""
        apart = self.apart
        return apart >= HOURS and min(apart % DAY, -apart % DAY) <= leeway


def are_of_two_days(own: Publication, other: Publication) -> bool:
    """True when two texts are further apart than the reports of one event that grows within hours."""
    return _apart(own, other) >= HOURS


def has_same_figures(figures: FigurePlaces) -> bool:
    """True when two texts have hardly another figure, and enough of them: no issues of a recurring report then."""
    return figures.places >= LEAST_PLACES and figures.share <= CORRECTED


def share(part: bytes, terms: bytes) -> float:
    """The share of a part of a text that is among the terms of another, 0 to 1; both ascending sets of uint32."""
    common, size, *_ = overlap(part, terms)
    return common / size if size else 0.0


def _apart(own: Publication, other: Publication) -> int:
    return 0 if own.published is None or other.published is None else abs(own.published - other.published)
