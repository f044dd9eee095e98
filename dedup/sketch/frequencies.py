"""How common a term is: document frequencies of the recent stream over a start from general word frequencies.

``idf = log((articles + START + 1) / (articles with the term + START * p + 1))`` where p is the chance that an article
of `START_TOKENS` words holds the term at its frequency in general text (Robyn Speer's wordfreq). The article that asks
counts itself once. The stream is the last `STREAM` decisions, so "shutdown" weighs little in the week of a shutdown.
"""

from __future__ import annotations

import math
import struct
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from functools import cache
from itertools import islice
from operator import add, itemgetter

import numpy as np

from dedup.errors import ConfigError
from dedup.kernel.chosen import TermCounts
from dedup.kernel.reference.scripts import is_syllable
from dedup.sketch.terms import hash_terms, terms_of
from dedup.text.words.tokens import joined, separate

STREAM = 65_536
# So many languages of so many of the last texts are counted before one of them comes again.
LATEST, LANGUAGES = 1_024, 4
START = 500
START_TOKENS = 300
# Of a script without spaces, the characters whose pairs across words are common enough to be looked at.
COMMON_CHARACTERS = 300


class Frequencies:
    """Document frequencies by language of the texts among the last `STREAM` decisions. Deterministic in their order."""

    def __init__(self) -> None:
        self._stream: deque[tuple[int, str, bytes]] = deque()
        self._counts: dict[str, TermCounts] = {}

    def __len__(self) -> int:
        return len(self._stream)

    def add(self, ordinal: int, language: str, terms: bytes) -> None:
        """Counts a text, the last so far: its place in the order of decisions, its distinct term hashes, uint32
        ascending."""
        self._stream.append((ordinal, language, terms))
        if (counts := self._counts.get(language)) is not None:
            counts.add(terms)

    def discard(self, ordinal: int) -> None:
        """Forgets a text that has a new version or is no longer a text of its own."""
        place = bisect_left(self._stream, ordinal, key=itemgetter(0))
        if place < len(self._stream) and self._stream[place][0] == ordinal:
            _, language, terms = self._stream[place]
            del self._stream[place]
            self._take_back(language, terms)

    def forget_before(self, ordinal: int) -> None:
        """Forgets the texts decided before `ordinal`."""
        while self._stream and self._stream[0][0] < ordinal:
            _, language, terms = self._stream.popleft()
            self._take_back(language, terms)

    def _take_back(self, language: str, terms: bytes) -> None:
        if (counts := self._counts.get(language)) is not None:
            counts.discard(terms)

    def of(self, language: str) -> TermCounts:
        """The frequencies of one language, and the weights that follow. They change with each text.

        They are counted when they are first asked for: a start takes a tenth of a second for each language. Raises
        `ConfigError` where a text was added whose terms are none, which is damage to what was stored.
        """
        counts = self._counts.get(language)
        if counts is None:
            counts = TermCounts(*start_counts(language), START)
            for ordinal, other, terms in self._stream:
                if other == language:
                    _count(counts, ordinal, terms)
            self._counts[language] = counts
        return counts

    def warm_up(self) -> None:
        """Counts the languages of the last texts, which the next ones are likely to have."""
        newest = islice(reversed(self._stream), LATEST)
        for language, _ in Counter(language for _, language, _ in newest).most_common(LANGUAGES):
            self.of(language)


def _count(counts: TermCounts, ordinal: int, terms: bytes) -> None:
    try:
        counts.add(terms)
    except ValueError as error:
        raise ConfigError(
            f"the database is damaged (articles.terms at ordinal {ordinal}: {error}); stop the service and restore a "
            "backup"
        ) from error


@cache
def start_counts(language: str) -> tuple[bytes, bytes]:
    """Of `START` articles of general text, how many hold each term, and one more.

    Terms as ascending uint32 hashes, counts as float64. For a language that wordfreq lacks they are those of the
    nearest one it has (langcodes), and none where there is no such language.
    """
    import wordfreq  # noqa: PLC0415 - a quarter of a second of every start, which finds nothing to do as often as not

    try:
        words = wordfreq.get_frequency_dict(language, "small")
    except LookupError:
        return b"", b""
    # wordfreq keeps its lists, some 6 MB a language, for a next time that does not come.
    wordfreq.get_frequency_dict.cache_clear()
    wordfreq.get_frequency_list.cache_clear()
    syllables = set(filter(is_syllable, set().union(*words)))
    terms, frequencies = _terms(words, syllables)
    pairs, chances = _chance_pairs(words, syllables) if syllables else ([], [])
    hashes = np.frombuffer(hash_terms([*terms, *pairs], language), "<u4")
    ordered, places = np.unique(hashes, return_inverse=True)
    # The endings of one stem are one term.
    expected = np.bincount(places[: len(terms)], frequencies, len(ordered))
    np.maximum.at(expected, places[len(terms) :], chances)
    # Python's logarithms and exponentials are the same on every machine; those of numpy are not.
    counts = [1.0 + START * -math.expm1(-frequency * START_TOKENS) for frequency in expected.tolist()]
    return ordered.tobytes(), struct.pack(f"<{len(counts)}d", *counts)


def _terms(words: Mapping[str, float], syllables: set[str]) -> tuple[list[str], list[float]]:
    """The terms of each of `words`, one after another; and how frequent its word is. `syllables` are those in it."""
    terms: list[str] = []
    frequencies: list[float] = []
    for word, frequency in words.items():
        token = joined(word)
        if " " in token:
            parts = separate(token)
            made = [*map(add, parts, parts[1:])] if syllables.issuperset(parts) else terms_of(parts)
            terms += made
            frequencies += [frequency] * len(made)
        elif token:  # as nearly all are
            terms.append(token)
            frequencies.append(frequency)
    return terms, frequencies


def _chance_pairs(words: Mapping[str, float], syllables: set[str]) -> tuple[list[str], list[float]]:
    """Pairs of characters that meet across words as often as chance has it, and their frequency among words.

    wordfreq knows pairs inside words only; without this "の" beside "は" would count as rare, and weigh as a name does.
    """
    characters: defaultdict[str, float] = defaultdict(float)
    for word, frequency in words.items():
        for character in word:
            if character in syllables:
                characters[character] += frequency
    total = sum(characters.values())
    most_common = sorted(characters.items(), key=lambda item: (-item[1], item[0]))[:COMMON_CHARACTERS]
    common = [(character, frequency / total) for character, frequency in most_common]
    pairs = [first + second for first, _ in common for second, _ in common]
    return pairs, [one * other * total for _, one in common for _, other in common]
