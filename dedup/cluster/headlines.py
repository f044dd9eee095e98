"""What do the headlines of two texts of one publisher have in common, and what does each say that the other text lacks?

The headline of each may name what the other text never mentions: "Weather in Turin" and "Weather in Bari". A
correction, or a toll that rises, is of the same place. Headlines of one event have words that are in both texts,
however they are put.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from functools import lru_cache
from itertools import compress, pairwise
from typing import NamedTuple

from dedup.kernel.chosen import among
from dedup.kernel.reference.arrays import pack32, unpack16, unpack32
from dedup.kernel.reference.scripts import is_syllable
from dedup.sketch.recurring import heading_of
from dedup.sketch.terms import NUMBERS, TITLE, TermSketch, hash_terms, terms_of, weekday_terms
from dedup.text.document import Document
from dedup.text.words.tokens import joined, separate

# Two headlines are of one form where both have this share of the terms of either, and two at least; or where so many of
# the terms of one's heading are in the other.
FORM, HEADING, LEAST_TERMS = 0.4, 0.6, 2
# A name in a headline weighs at least this much of the mean of its terms.
HEAVY = 0.8
# Two headlines speak of two things where so much of the weight of each is not in the other text.
LOST = 0.72

_WORD = re.compile(r"[^\W\d_]{2,}")


class Headline(NamedTuple):
    """The terms of a headline without its numbers: as bytes, and each with its weight, in the same order."""

    terms: bytes
    weights: Mapping[int, int]

    @staticmethod
    def of(text: TermSketch) -> Headline:
        """That of a text with these weighted terms."""
        return _headline(*text.vectors[TITLE], text.vectors[NUMBERS][0])

    def is_lost(self, text: bytes) -> bool:
        """True when hardly a word of it is among the terms of another text."""
        squares = [weight * weight for weight in self.weights.values()]
        whole = sum(squares)
        return whole - sum(compress(squares, among(self.terms, text))) >= LOST * whole > 0

    def strange_to(self, text: bytes) -> set[int]:
        """The terms that weigh much in it and are not among those of another text."""
        least = HEAVY * sum(self.weights.values()) / max(len(self.weights), 1)
        there = among(self.terms, text)
        terms = zip(self.weights.items(), there, strict=True)
        return {term for (term, weight), found in terms if weight >= least and not found}


class Headlines(NamedTuple):
    """The headlines of a newcomer and of another text, and the terms of both texts, uint32 ascending.

    `document` is the newcomer, whose words are at hand.
    """

    document: Document
    own: Headline
    other: Headline
    own_text: bytes
    other_text: bytes

    @staticmethod
    def of(document: Document, own: TermSketch, other: TermSketch) -> Headlines:
        """Those of two texts with these weighted terms."""
        return Headlines(document, Headline.of(own), Headline.of(other), own.terms, other.terms)

    def are_of_one_form(self) -> bool:
        """True when they are the same but for some words, or the heading of the newcomer is in the other's."""
        mine, theirs = self.own.weights.keys(), self.other.weights.keys()
        common = len(mine & theirs)
        if common < LEAST_TERMS:
            return False
        if common >= FORM * len(mine | theirs):
            return True
        heading = heading_of(self.document.title)
        if heading is None:
            return False
        terms = mine & self._hashed(heading)
        return len(terms & theirs) >= max(LEAST_TERMS, HEADING * len(terms))

    def are_headed_alike(self) -> bool:
        """True when the heading of the newcomer is in the other's headline but for a name that the other text lacks.

        As in "Weather Turin: some showers" and "Weather Bari: clear skies". Only where each of two headlines names
        something of its own that says that they are two things.
        """
        heading = heading_of(self.document.title)
        if heading is None:
            return False
        terms = self.own.weights.keys() & self._hashed(heading)
        lacking = terms - self.other.weights.keys()
        if len(lacking) != 1 or len(terms) < LEAST_TERMS or not lacking <= self.own.strange_to(self.other_text):
            return False
        return self._names_any(heading, lacking)

    def name_two_things(self) -> bool:
        """True when each names something, other than a day, that the other text does not mention.

        That of the newcomer does with a word that its body always writes with a capital, where its script has any;
        that of the other with one that weighs as much as names do.
        """
        days = weekday_terms(self.document.language)
        if not self.other.strange_to(self.own_text) - days:
            return False
        mine = self.own.strange_to(self.other_text) - days
        return bool(mine) and self._names_any(self.document.title, mine)

    def speak_of_two_things(self) -> bool:
        """True when hardly a word of either headline is in the other text."""
        return self.other.is_lost(self.own_text) and self.own.is_lost(self.other_text)

    def _names_any(self, headline: str, terms: Set[int]) -> bool:
        """True when a word of a headline of the newcomer that is a name in its body is any of the `terms`."""
        words = _words_of(self.document.body)
        return any(_is_named(word, words) and terms & self._hashed(word) for word in _words_of(headline))

    def _hashed(self, text: str) -> set[int]:
        return {*unpack32(hash_terms(terms_of(separate(joined(text))), self.document.language))}


@lru_cache(maxsize=8)
def _headline(hashes: bytes, weights: bytes, numbers: bytes) -> Headline:
    """Kept, since a newcomer is compared with several texts."""
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
