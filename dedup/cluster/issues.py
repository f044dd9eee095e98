"""Do two texts of one publisher say of themselves that they are two issues of something that comes again?

Their headlines may speak of two things, or have one form over two names; each may tell its own day; or they came at the
same hour of two days, as a column does.
"""

from __future__ import annotations

from dedup.cluster import days
from dedup.cluster.pairs import CORRECTED, PUNCTUAL, Pair
from dedup.kernel.reference.evidence import DAY

# A column comes at its hour, give or take so many seconds, is about as long each time, and has some of its sentences
# again.
CLOCKWORK, COLUMN_LENGTHS, COLUMN_JACCARD = 1_800, 0.8, 0.12
# Texts with the same figures under headlines about two things are issues from this Jaccard similarity on, since it is
# the paragraphs with these figures that a desk repeats; those of a column are issues below it.
REPEATED = 0.3
# A text that grows keeps more of itself than this, by Jaccard similarity and containment, and more of its figures.
KEPT = 0.5
TWO_THINGS = "the same publisher, and hardly a word of either headline is in the other text"
TWO_NAMES = "the same publisher and form of headline, and each names what the other text does not mention"
ONE_HOUR = "the same publisher at the same hour of two days, about as long, and some sentences are the same"
ONE_HEADLINE = "the same publisher and headline over another text, and no date tells that it is of one day"
TWO_DAYS = "the same publisher and form of headline, and each tells its own day"


def tell_apart(pair: Pair) -> str | None:
    """Why two texts are two issues by what they say of themselves, for people; None where they do not say so.

    Only texts of one publisher are asked.
    """
    if not pair.is_of_one_publisher:
        return None
    headlines = pair.headlines
    two_things = not pair.is_sent_again and headlines.speak_of_two_things()
    if two_things and (pair.common.jaccard >= REPEATED or not pair.has_same_figures):
        return TWO_THINGS
    if _is_column(pair) and (pair.common.jaccard < REPEATED or not pair.has_same_figures):
        return ONE_HOUR
    if not headlines.are_of_one_form():
        alike = pair.figures.share > CORRECTED and headlines.are_headed_alike()
        return TWO_NAMES if alike and headlines.name_two_things() else None
    if (told := _tell_days(pair) if pair.is_dated else _tell_undated_days(pair)) is not None:
        return told
    # What is told anew within hours may name more in its headline.
    is_anew = pair.has_same_figures if pair.is_of_two_days else pair.figures.share <= CORRECTED
    return TWO_NAMES if not is_anew and headlines.name_two_things() else None


def _is_column(pair: Pair) -> bool:
    """True where one publisher has two texts at one hour of two days that are nearly as long and share some sentences.

    A date without an hour tells none: it is midnight somewhere, a whole or half hour.
    """
    if pair.common.jaccard < COLUMN_JACCARD or not pair.is_about_as_long(COLUMN_LENGTHS) or pair.is_sent_again:
        return False
    if pair.apart % DAY == 0 and (pair.own.published or 0) % (DAY // 48) == 0:
        return False
    return pair.is_at_one_hour(CLOCKWORK)


def _tell_days(pair: Pair) -> str | None:
    """Why two dated texts with headlines of one form are issues of two days; None where nothing says so."""
    if not pair.is_of_two_days or (pair.has_same_figures and not pair.is_at_one_hour(PUNCTUAL)):
        return None
    own, other = pair.own, pair.other
    assert own.published is not None
    assert other.published is not None
    return TWO_DAYS if days.tell_their_days(own.terms, other.terms, own.published, other.published) else None


def _tell_undated_days(pair: Pair) -> str | None:
    """Why two such texts are issues of two days where nobody knows how far apart they are, or None."""
    if not pair.document.title:
        return None  # the first words of a text are no headline under which it comes again
    own, other = pair.own.terms, pair.other.terms
    if days.name_two_days(pair.document.language, own, other):
        return TWO_DAYS
    return ONE_HEADLINE if _is_filled_anew(pair) and days.have_one_headline(own, other) else None


def _is_filled_anew(pair: Pair) -> bool:
    """True when two texts have other figures in the same sentences, or hardly a sentence of either is in the other."""
    if pair.has_figures:
        return pair.figures.share >= KEPT
    return pair.common.jaccard < KEPT and pair.common.containment < KEPT
