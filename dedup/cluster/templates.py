"""Are two texts of nearly the same wording two issues made from one template, rather than a text and its copy?

An automated desk fills in the same sentences each day, or for each company: what is the same are the sentences, what
differs are the names and figures in them. An edited copy is the other way round. The report of one event that grows
within hours has other figures in the same sentences, too, but not in most of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dedup.cluster import issues
from dedup.cluster.duplicates import is_sent_again
from dedup.kernel.chosen import distinct, dot, overlap
from dedup.kernel.reference.evidence import DAY, UNIT
from dedup.sketch.figures import FigurePlaces
from dedup.sketch.shingles import Overlap
from dedup.sketch.terms import BODY, NUMBERS, TermSketch, names_of
from dedup.text.document import Document

# Issues of one template are about as long: the shorter has at least this part of the shingles of the longer. Where
# figures decide it may be shorter: what a site repeats is left out of its later issues alone.
LENGTHS, FIGURE_LENGTHS = 0.7, 0.25

# By figures. Both texts have one at so many of the same places at least, and at a share of these places it is another
# one.
LEAST_PLACES = 4
# Two issues have another figure at this share of the places, whatever else is so: reports of one event that are told
# anew within hours have other figures, too, but not at so many.
ANEW = 0.85
# Less is enough for issues that are further apart than such reports, by so many seconds at least,
HOURS, LATER = 50_400, 0.8
# for texts of which fewer than `SHARE` of the names are the same,
MOST = 0.5
# and for a desk's daily report: of one publisher, a whole number of days apart, give or take so many seconds. For this
# the Jaccard similarity must be so high, and not as high as that of a text sent again; else it is `MOST`.
PUNCTUAL, DAILY, DAILY_JACCARD = 5_400, 0.25, 0.2
# Up to this share a text is the other one, corrected.
CORRECTED = 0.1
# Where so many of the names are the same, and figures do not make the two issues, nothing else does.
SAME_NAMES = 0.85

# By terms, of sentences that have so much in common, a Jaccard similarity, at least. The figures of both come first,
# where there are so many: where up to the one part of either's are in the other text they make two issues, from the
# other on not.
LEAST_JACCARD = 0.12
ISSUE_FIGURES, COPY_FIGURES, LEAST_FIGURES = 0.34, 0.8, 4
# Else it takes a cosine below a line, given at Jaccard 0 and 1: terms weigh what is rare, so those of copies are more
# alike than their sentences are. And of the newcomer's names and figures less than a share is in the other text, if
# there are as many as this.
COSINE = (0.35, 0.95)
SHARE, LEAST_PARTICULARS = 0.7, 4

# By what two texts of one publisher say of themselves. A column comes at its hour, give or take so many seconds, is
# about as long each time, and has some of its sentences again.
CLOCKWORK, COLUMN_LENGTHS, COLUMN_JACCARD = 1_800, 0.8, 0.12
# A text that grows keeps more of itself than this, by Jaccard similarity and containment.
KEPT = 0.5
# Texts with the same figures under headlines about two things are issues from this Jaccard similarity on, since it is
# the paragraphs with these figures that a desk repeats; those of a column are issues below it.
REPEATED = 0.3
TWO_THINGS = "the same publisher, and hardly a word of either headline is in the other text"
TWO_NAMES = "the same publisher and form of headline, and each names what the other text does not mention"
ONE_HOUR = "the same publisher at the same hour of two days, about as long, and some sentences are the same"
ONE_HEADLINE = "the same publisher and headline over another text, and no date tells that it is of one day"
TWO_DAYS = "the same publisher and form of headline, and each tells its own day"


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


def is_template(
    common: Overlap, figures: FigurePlaces, document: Document, own: Publication, other: Publication
) -> bool:
    """True when a newcomer and another text, which have so much in `common`, are made from one template.

    `document` and `own` are of the newcomer, `figures` its figures and the other's at the same places.
    """
    shorter, longer = sorted((common.size_a, common.size_b))
    by_figures = figures.places >= LEAST_PLACES and shorter >= FIGURE_LENGTHS * longer
    by_terms = not is_sent_again(common) and shorter >= LENGTHS * longer and common.jaccard >= LEAST_JACCARD
    if by_figures and figures.share >= ANEW:
        return True
    if tell_apart(common, figures, document, own, other) is not None:
        return True
    if not by_terms and not (by_figures and figures.share >= DAILY):
        return False  # whatever the names are, which take longer to be found than all the rest
    names = names_of(document.body, document.language)
    if by_figures:
        # Where no letter tells names, the terms may still tell that it speaks of something else.
        named = _share(names, other.terms.terms) if names else SHARE
        is_issue = figures.share >= _needed(common, own, other, named >= SHARE)
        if is_issue or named >= SAME_NAMES:
            return is_issue
    return by_terms and _differ(common, names, own.terms, other.terms)


def tell_apart(
    common: Overlap, figures: FigurePlaces, document: Document, own: Publication, other: Publication
) -> str | None:
    """Why two texts are two issues by what they say of themselves, for people; None where they do not say so.

    The parameters are those of `is_template`. Only texts of one publisher are asked.
    """
    if own.publisher != other.publisher:
        return None
    two_things = not is_sent_again(common) and issues.speak_of_two_things(own.terms, other.terms)
    if two_things and (common.jaccard >= REPEATED or not has_same_figures(figures)):
        return TWO_THINGS
    if _is_column(common, own, other) and (common.jaccard < REPEATED or not has_same_figures(figures)):
        return ONE_HOUR
    if not issues.are_of_one_form(document, own.terms, other.terms):
        alike = figures.share > CORRECTED and issues.are_headed_alike(document, own.terms, other.terms)
        return TWO_NAMES if alike and issues.name_two_things(document, own.terms, other.terms) else None
    if (days := _tell_days(common, figures, document, own, other)) is not None:
        return days
    # What is told anew within hours may name more in its headline.
    is_anew = has_same_figures(figures) if are_of_two_days(own, other) else figures.share <= CORRECTED
    return TWO_NAMES if not is_anew and issues.name_two_things(document, own.terms, other.terms) else None


def _tell_days(
    common: Overlap, figures: FigurePlaces, document: Document, own: Publication, other: Publication
) -> str | None:
    """Why two texts with headlines of one form are issues of two days; None where nothing says so."""
    if own.published is None or other.published is None:
        return _tell_undated_days(common, figures, document, own, other)
    apart = abs(own.published - other.published)
    if apart < HOURS or (has_same_figures(figures) and not _is_at_one_hour(apart, PUNCTUAL)):
        return None
    return TWO_DAYS if issues.tell_their_days(own.terms, other.terms, own.published, other.published) else None


def _tell_undated_days(
    common: Overlap, figures: FigurePlaces, document: Document, own: Publication, other: Publication
) -> str | None:
    """Why two such texts are issues of two days where nobody knows how far apart they are, or None."""
    if not document.title:
        return None  # the first words of a text are no headline under which it comes again
    if issues.name_two_days(document.language, own.terms, other.terms):
        return TWO_DAYS
    filled_anew = _is_filled_anew(common, figures)
    return ONE_HEADLINE if filled_anew and issues.have_one_headline(own.terms, other.terms) else None


def are_two_issues(names: bytes, own: Publication, other: Publication) -> bool:
    """True when two texts that were found to be made from one template are surely of two events.

    They are of two days, or one publisher tells the same of others. `names` are those of the newer one, as
    `sketch.terms.names_of` has them, `own` and `other` say who told the two and when. The report of one event that
    grows within hours, or is told anew, may have other figures at all places, but not other names.
    """
    if are_of_two_days(own, other):
        return True
    if own.published is None or other.published is None or own.publisher != other.publisher:
        return False
    return names != b"" and _share(names, other.terms.terms) < SHARE


def are_of_two_days(own: Publication, other: Publication) -> bool:
    """True when two texts are further apart than the reports of one event that grows within hours."""
    return _apart(own, other) >= HOURS


def _is_filled_anew(common: Overlap, figures: FigurePlaces) -> bool:
    """True when two texts have other figures in the same sentences, or hardly a sentence of either is in the other."""
    if figures.places >= LEAST_PLACES:
        return figures.share >= MOST
    return common.jaccard < KEPT and common.containment < KEPT


def _is_at_one_hour(apart: int, leeway: int) -> bool:
    """True where two texts are a whole number of days apart, give or take so many seconds, and not of one day."""
    return apart >= HOURS and min(apart % DAY, -apart % DAY) <= leeway


def _is_column(common: Overlap, own: Publication, other: Publication) -> bool:
    """True where one publisher has two texts at one hour of two days that are nearly as long and share some sentences.

    A date without an hour tells none: it is midnight somewhere, a whole or half hour.
    """
    shorter, longer = sorted((common.size_a, common.size_b))
    if common.jaccard < COLUMN_JACCARD or shorter < COLUMN_LENGTHS * longer or is_sent_again(common):
        return False
    apart = _apart(own, other)
    if apart % DAY == 0 and (own.published or 0) % (DAY // 48) == 0:
        return False
    return _is_at_one_hour(apart, CLOCKWORK)


def has_same_figures(figures: FigurePlaces) -> bool:
    """True when two texts have hardly another figure, and enough of them: no issues of a recurring report then."""
    return figures.places >= LEAST_PLACES and figures.share <= CORRECTED


def _differ(common: Overlap, names: bytes, own: TermSketch, other: TermSketch) -> bool:
    """True when the terms of two texts tell that figures and names differ more than their sentences do."""
    numbers, other_numbers = own.vectors[NUMBERS][0], other.vectors[NUMBERS][0]
    shared = max(_share(numbers, other.terms), _share(other_numbers, own.terms))
    if min(len(numbers), len(other_numbers)) >= 4 * LEAST_FIGURES and not ISSUE_FIGURES < shared < COPY_FIGURES:
        return shared < COPY_FIGURES
    mine, theirs = own.vectors[BODY], other.vectors[BODY]
    low, high = COSINE
    if not mine[0] or not theirs[0] or dot(*mine, *theirs) / UNIT >= low + (high - low) * common.jaccard:
        return False
    particulars = distinct(numbers + names)
    return len(particulars) // 4 < LEAST_PARTICULARS or _share(particulars, other.terms) < SHARE


def _needed(common: Overlap, own: Publication, other: Publication, same_names: bool) -> float:
    """The share of the places at which two issues have another figure."""
    apart = _apart(own, other)
    if own.publisher == other.publisher and _is_at_one_hour(apart, PUNCTUAL):
        return MOST if is_sent_again(common) or common.jaccard < DAILY_JACCARD else DAILY
    if not same_names:
        return MOST
    return LATER if apart >= HOURS else ANEW


def _apart(own: Publication, other: Publication) -> int:
    """Seconds between two texts; 0 where either has no date."""
    return 0 if own.published is None or other.published is None else abs(own.published - other.published)


def _share(part: bytes, terms: bytes) -> float:
    """The share of a part of a text that is among the terms of another, 0 to 1; both ascending sets."""
    common, size, *_ = overlap(part, terms)
    return common / size if size else 0.0
