"""Do two texts of one publisher say of themselves that they are two issues of something that comes again?

Each may tell a day, its own: "on Tuesday, 5 March" and "on Wednesday, 6 March". A text that is sent again, or told
anew, keeps the day of its event. Or the headline of each names what the other text never mentions: "Weather in Turin"
and "Weather in Bari". A correction, or a toll that rises, is of the same place. Headlines of one event have words that
are in both texts, however they are put.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from dedup.kernel.reference.arrays import unpack32, vector_of
from dedup.kernel.reference.evidence import DAY
from dedup.sketch.recurring import heading_of
from dedup.sketch.terms import NUMBERS, TITLE, WEEKDAY, TermSketch, hash_terms, weekday_terms
from dedup.text.document import Document
from dedup.text.shown_day import in_digits
from dedup.text.tokens import joined, separate

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


def tell_their_days(own: TermSketch, other: TermSketch, published: int, before: int) -> bool:
    """True when each of two texts tells a day, and these lie as far apart as the texts.

    They were `published` at seconds since 1970. The first days of the week that they name tell it, or the days of the
    month: a column may name the same day of the week each day.
    """
    days = round((published - before) / DAY)
    one, two = own.vectors[WEEKDAY][0], other.vectors[WEEKDAY][0]
    if one and two and days % 7 and (unpack32(one)[0] - unpack32(two)[0]) % 7 == days % 7:
        return True
    mine, theirs = _terms(own.terms), _terms(other.terms)
    for shift in SHIFTS:
        day, former = (_day_of_month((at + shift * DAY) // DAY) for at in (published, before))
        if day != former and mine & day and theirs & former and not mine & former and not theirs & day:
            return True
    return False


def are_of_one_form(document: Document, own: TermSketch, other: TermSketch) -> bool:
    """True when two headlines are the same but for some words, or the heading of `document` is in the other's."""
    mine, theirs = _headline(own).keys(), _headline(other).keys()
    common = len(mine & theirs)
    if common < LEAST_TERMS:
        return False
    if common >= FORM * len(mine | theirs):
        return True
    heading = heading_of(document.title)
    if heading is None:
        return False
    terms = mine & {*unpack32(hash_terms(separate(joined(heading)), document.language))}
    return len(terms & theirs) >= max(LEAST_TERMS, HEADING * len(terms))


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
    words = _words_of(document.body)
    return any(_is_named(word, words) and mine & _hashed(word, document.language) for word in _words_of(document.title))


def speak_of_two_things(own: TermSketch, other: TermSketch) -> bool:
    """True when hardly a word of either headline is in the other text."""
    # The newcomer's terms are at hand, and mostly have enough of the other's headline.
    return _is_lost(_headline(other), _terms(own.terms)) and _is_lost(_headline(own), _terms(other.terms))


def _is_lost(headline: Mapping[int, int], text: frozenset[int]) -> bool:
    whole = lost = 0
    for term, weight in headline.items():
        square = weight * weight
        whole += square
        if term not in text:
            lost += square
    return lost >= LOST * whole > 0


def _strange(sketch: TermSketch, other: TermSketch) -> set[int]:
    """The terms of a headline that weigh much and are nowhere in another text."""
    headline, text = _headline(sketch), _terms(other.terms)
    least = HEAVY * sum(headline.values()) / max(len(headline), 1)
    return {term for term, weight in headline.items() if weight >= least and term not in text}


def _headline(sketch: TermSketch) -> Mapping[int, int]:
    """The weights of the terms of a headline, without its numbers."""
    return _words(*sketch.vectors[TITLE], sketch.vectors[NUMBERS][0])


@lru_cache(maxsize=8)
def _words(hashes: bytes, weights: bytes, numbers: bytes) -> Mapping[int, int]:
    words = vector_of(hashes, weights)
    for number in words.keys() & {*unpack32(numbers)}:
        del words[number]
    return words


@lru_cache(maxsize=8)
def _terms(terms: bytes) -> frozenset[int]:
    """All terms of a text: the same text is asked about several times."""
    return frozenset(unpack32(terms))


@lru_cache(maxsize=8)
def _words_of(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text))


def _is_named(word: str, words: frozenset[str]) -> bool:
    """True when a word of a headline is among the `words` of a text, and not in small letters, if it has others."""
    small = word.lower()
    if small[0].islower() and small in words:
        return False
    return not words.isdisjoint((word, small, small.capitalize(), small.upper()))


def _hashed(word: str, language: str) -> set[int]:
    return {*unpack32(hash_terms(separate(joined(word)), language))}


@lru_cache(maxsize=64)
def _day_of_month(day: int) -> frozenset[int]:
    """The terms that tell a day since 1970."""
    return frozenset(unpack32(hash_terms(in_digits(day), "")))
