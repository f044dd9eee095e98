"""Are two texts of nearly the same wording two issues made from one template, rather than a text and its copy?

An automated desk fills in the same sentences each day, or for each company: what is the same are the sentences, what
differs are the names and figures in them. An edited copy is the other way round. The report of one event that grows
within hours has other figures in the same sentences, too, but not in most of them.
"""

from __future__ import annotations

from dedup.cluster.issues import tell_apart
from dedup.cluster.pairs import PUNCTUAL, Pair, Publication, are_of_two_days, share
from dedup.kernel.chosen import distinct, dot
from dedup.kernel.reference.evidence import UNIT
from dedup.sketch.terms import BODY, NUMBERS, TermSketch, names_of

# Issues of one template are about as long: the shorter has at least this part of the shingles of the longer. Where
# figures decide it may be shorter: what a site repeats is left out of its later issues alone.
LENGTHS, FIGURE_LENGTHS = 0.7, 0.25

# By figures. Two issues have another figure at this share of the places, whatever else is so: reports of one event that
# are told anew within hours have other figures, too, but not at so many.
ANEW = 0.85
# Less is enough for issues that are further apart than such reports,
LATER = 0.8
# for texts of which fewer than `SHARE` of the names are the same,
MOST = 0.5
# and for a desk's daily report, of one publisher, a whole number of days apart. For this the Jaccard similarity must be
# so high, and not as high as that of a text sent again; else it is `MOST`.
DAILY, DAILY_JACCARD = 0.25, 0.2
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


def is_template(pair: Pair) -> bool:
    """True when two texts are made from one template."""
    by_figures = pair.has_figures and pair.is_about_as_long(FIGURE_LENGTHS)
    by_terms = pair.common.jaccard >= LEAST_JACCARD and not pair.is_sent_again and pair.is_about_as_long(LENGTHS)
    if by_figures and pair.figures.share >= ANEW:
        return True
    if tell_apart(pair) is not None:
        return True
    if not by_terms and not (by_figures and pair.figures.share >= DAILY):
        return False  # whatever the names are, which take longer to be found than all the rest
    names = names_of(pair.document.body, pair.document.language)
    if by_figures:
        # Where no letter tells names, the terms may still tell that it speaks of something else.
        named = share(names, pair.other.terms.terms) if names else SHARE
        is_issue = pair.figures.share >= _needed(pair, same_names=named >= SHARE)
        if is_issue or named >= SAME_NAMES:
            return is_issue
    return by_terms and _differ(pair.common.jaccard, names, pair.own.terms, pair.other.terms)


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
    return names != b"" and share(names, other.terms.terms) < SHARE


def _needed(pair: Pair, *, same_names: bool) -> float:
    """The share of the places at which two issues have another figure."""
    if pair.is_of_one_publisher and pair.is_at_one_hour(PUNCTUAL):
        return MOST if pair.is_sent_again or pair.common.jaccard < DAILY_JACCARD else DAILY
    if not same_names:
        return MOST
    return LATER if pair.is_of_two_days else ANEW


def _differ(jaccard: float, names: bytes, own: TermSketch, other: TermSketch) -> bool:
    """True when the terms of two texts tell that figures and names differ more than their sentences do."""
    numbers, other_numbers = own.vectors[NUMBERS][0], other.vectors[NUMBERS][0]
    shared = max(share(numbers, other.terms), share(other_numbers, own.terms))
    if min(len(numbers), len(other_numbers)) >= 4 * LEAST_FIGURES and not ISSUE_FIGURES < shared < COPY_FIGURES:
        return shared < COPY_FIGURES
    mine, theirs = own.vectors[BODY], other.vectors[BODY]
    low, high = COSINE
    if not mine[0] or not theirs[0] or dot(*mine, *theirs) / UNIT >= low + (high - low) * jaccard:
        return False
    particulars = distinct(numbers + names)
    return len(particulars) // 4 < LEAST_PARTICULARS or share(particulars, other.terms) < SHARE
