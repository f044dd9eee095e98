"""Do two texts of one publisher say of themselves that they are two issues of something that comes again?

Each may tell a day, its own: "on Tuesday, 5 March" and "on Wednesday, 6 March". A text that is sent again, or told
anew, keeps the day of its event. Or the headline of each names what the other text never mentions: "Weather in Turin"
and "Weather in Bari". A correction, or a toll that rises, is of the same place. Headlines of one event have words that
are in both texts, however they are put.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from functools import cache, lru_cache
from itertools import compress, pairwise
from typing import NamedTuple

from dedup.kernel.chosen import among, distinct
from dedup.kernel.reference.arrays import pack32, unpack16, unpack32
from dedup.kernel.reference.evidence import DAY
from dedup.kernel.reference.scripts import is_syllable
from dedup.sketch.recurring import HEADLINE_WORDS, heading_of
from dedup.sketch.terms import (
    NUMBERS,
    TITLE,
    WEEKDAY,
    TermSketch,
    hash_terms,
    months_in,
    terms_of,
    weekday_terms,
    weekdays_in,
)
from dedup.text.document import Document
from dedup.text.markup.shown_day import in_digits
from dedup.text.words.tokens import joined, separate

# Two headlines are of one form where both have this share of the terms of either, and two at least; or where so many of
# the terms of one's heading are in the other.
FORM, HEADING, LEAST_TERMS = 0.4, 0.6, 2
# A name in a headline weighs at least this much of the mean of its terms.
HEAVY = 0.8
# Two headlines speak of two things where so much of the weight of each is not in the other text.
LOST = 0.72
# Reports are written for the day, for the one after or before it, and on another continent that day has another date.
SHIFTS = (0, 1, -1)

_WORD = re.compile(r"[^\W\d_]{2,}")


class Headline(NamedTuple):
    """The terms of a headline without its numbers: as bytes, and each with its weight, in the same order."""

    terms: bytes
    weights: Mapping[int, int]


def tell_their_days(own: TermSketch, other: TermSketch, published: int, before: int) -> bool:
    """True when each of two texts tells a day, and these lie as far apart as the texts.

    They were `published` at seconds since 1970. The first days of the week that they name tell it, or the days of the
    month: a column may name the same day of the week each day.
    """
    days = round((published - before) / DAY)
    one, two = own.vectors[WEEKDAY][0], other.vectors[WEEKDAY][0]
    if one and two and days % 7 and (unpack32(one)[0] - unpack32(two)[0]) % 7 == days % 7:
        return True
    for shift in SHIFTS:
        day, former = (_day_of_month((at + shift * DAY) // DAY) for at in (published, before))
        tells = any(among(day, own.terms)) and any(among(former, other.terms))
        if day != former and tells and not any(among(former, own.terms)) and not any(among(day, other.terms)):
            return True
    return False


def name_two_days(language: str, own: TermSketch, other: TermSketch) -> bool:
    """True when two headlines name two days, of the week or of a month.

    For texts of which nobody knows how far apart they are.
    """
    mine, theirs = ({*unpack32(text.vectors[TITLE][0])} for text in (own, other))
    one, two = weekdays_in(mine, language), weekdays_in(theirs, language)
    if one and two:
        return one.isdisjoint(two)
    if months_in(mine, language) and months_in(theirs, language):
        days, others = mine & _days_of_months(), theirs & _days_of_months()
        return bool(days) and bool(others) and days.isdisjoint(others)
    return False


def have_one_headline(own: TermSketch, other: TermSketch) -> bool:
    """True when two headlines have the same words, enough of them to be no chance."""
    mine = own.vectors[TITLE][0]
    return mine == other.vectors[TITLE][0] and len(mine) >= 4 * HEADLINE_WORDS


def are_of_one_form(document: Document, own: TermSketch, other: TermSketch) -> bool:
    """True when two headlines are the same but for some words, or the heading of `document` is in the other's."""
    mine, theirs = _headline(own).weights.keys(), _headline(other).weights.keys()
    common = len(mine & theirs)
    if common < LEAST_TERMS:
        return False
    if common >= FORM * len(mine | theirs):
        return True
    heading = heading_of(document.title)
    if heading is None:
        return False
    terms = mine & _hashed(heading, document.language)
    return len(terms & theirs) >= max(LEAST_TERMS, HEADING * len(terms))


def are_headed_alike(document: Document, own: TermSketch, other: TermSketch) -> bool:
    """True when the heading of `document` is in the other's headline but for a name that the other text lacks.

    As in "Weather Turin: some showers" and "Weather Bari: clear skies". Only where each of two headlines names
    something of its own that says that they are two things.
    """
    heading = heading_of(document.title)
    if heading is None:
        return False
    terms = _headline(own).weights.keys() & _hashed(heading, document.language)
    lacking = terms - _headline(other).weights.keys()
    if len(lacking) != 1 or len(terms) < LEAST_TERMS or not lacking <= _strange(own, other):
        return False
    return _names_any(heading, lacking, document)


def name_two_things(document: Document, own: TermSketch, other: TermSketch) -> bool:
    """True when each of two headlines names something, other than a day, that the other text does not mention.

    That of `document` does with a word that its body always writes with a capital, where its script has any; that of
    the other with one that weighs as much as names do.
    """
    days = weekday_terms(document.language)
    if not _strange(other, own) - days:
        return False
    mine = _strange(own, other) - days
    if not mine:
        return False
    return _names_any(document.title, mine, document)


def speak_of_two_things(own: TermSketch, other: TermSketch) -> bool:
    """True when hardly a word of either headline is in the other text."""
    # The newcomer's terms are at hand, and mostly have enough of the other's headline.
    return _is_lost(_headline(other), own.terms) and _is_lost(_headline(own), other.terms)


def _is_lost(headline: Headline, text: bytes) -> bool:
    squares = [weight * weight for weight in headline.weights.values()]
    whole = sum(squares)
    return whole - sum(compress(squares, among(headline.terms, text))) >= LOST * whole > 0


def _strange(sketch: TermSketch, other: TermSketch) -> set[int]:
    """The terms of a headline that weigh much and are nowhere in another text."""
    headline = _headline(sketch)
    least = HEAVY * sum(headline.weights.values()) / max(len(headline.weights), 1)
    there = among(headline.terms, other.terms)
    terms = zip(headline.weights.items(), there, strict=True)
    return {term for (term, weight), found in terms if weight >= least and not found}


def _headline(sketch: TermSketch) -> Headline:
    return _words(*sketch.vectors[TITLE], sketch.vectors[NUMBERS][0])


@lru_cache(maxsize=8)
def _words(hashes: bytes, weights: bytes, numbers: bytes) -> Headline:
    """Kept, since the same text is asked about several times."""
    words = dict(zip(unpack32(hashes), unpack16(weights), strict=True))
    if any(found := among(hashes, numbers)):
        words = {term: weight for (term, weight), number in zip(words.items(), found, strict=True) if not number}
        hashes = pack32(words)
    return Headline(hashes, words)


@lru_cache(maxsize=8)
def _words_of(text: str) -> frozenset[str]:
    """The words of a text, and of what is written without spaces each two characters that stand together."""
    words = frozenset(_WORD.findall(text))
    runs = [word for word in words if is_syllable(word[0]) or is_syllable(word[-1])]
    return words.union(first + second for run in runs for first, second in pairwise(run)) if runs else words


def _is_named(word: str, words: frozenset[str]) -> bool:
    """True when a word of a headline is among the `words` of a text, and not in small letters, if it has others."""
    small = word.lower()
    if small[0].islower() and small in words:
        return False
    return not words.isdisjoint((word, small, small.capitalize(), small.upper()))


def _names_any(headline: str, terms: Set[int], document: Document) -> bool:
    """True when a word of a headline of `document` that is a name in its body is any of the `terms`."""
    words = _words_of(document.body)
    return any(_is_named(word, words) and terms & _hashed(word, document.language) for word in _words_of(headline))


def _hashed(text: str, language: str) -> set[int]:
    return {*unpack32(hash_terms(terms_of(separate(joined(text))), language))}


@cache
def _days_of_months() -> frozenset[int]:
    """The terms of the numbers that days of a month have."""
    return frozenset(unpack32(hash_terms([f"{day:{width}}" for day in range(1, 32) for width in ("", "02")], "")))


@lru_cache(maxsize=64)
def _day_of_month(day: int) -> bytes:
    """The terms that tell a day since 1970, ascending."""
    return distinct(hash_terms(in_digits(day), ""))
