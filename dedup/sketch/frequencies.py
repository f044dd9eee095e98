"""How common a term is: document frequencies of the recent stream over a start from general word frequencies.

``idf = log((articles + START + 1) / (articles with the term + START * p + 1))`` where p is the chance that an article
of `START_TOKENS` words holds the term at its frequency in general text (Robyn Speer's wordfreq). The article that asks
counts itself once. The stream is the last `STREAM` decisions, so "shutdown" weighs little in the week of a shutdown.
"""

from __future__ import annotations

import math
import struct
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import product

import wordfreq

from dedup.sketch.kernel import TermCounts
from dedup.sketch.terms import hash_terms, terms_of
from dedup.text.tokens import fold, is_syllable, tokens

STREAM = 65_536
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
        """Counts a text: its place in the order of decisions and its distinct term hashes, ascending uint32."""
        self._stream.append((ordinal, language, terms))
        self.of(language).add(terms)

    def discard(self, ordinal: int) -> None:
        """Forgets a text that has a new version or is no longer a text of its own."""
        for place, (number, language, terms) in enumerate(self._stream):
            if number == ordinal:
                del self._stream[place]
                self._counts[language].discard(terms)
                return

    def forget_before(self, ordinal: int) -> None:
        """Forgets the texts decided before `ordinal`."""
        while self._stream and self._stream[0][0] < ordinal:
            _, language, terms = self._stream.popleft()
            self._counts[language].discard(terms)

    def of(self, language: str) -> TermCounts:
        """The frequencies of one language, and the weights that follow. They change with each text."""
        counts = self._counts.get(language)
        if counts is None:
            counts = self._counts[language] = TermCounts(*start_counts(language), START)
        return counts


@cache
def start_counts(language: str) -> tuple[bytes, bytes]:
    """Of `START` articles of general text, how many hold each term, and one more.

    Terms as ascending uint32 hashes, counts as float64; none for a language wordfreq lacks.
    """
    try:
        words = wordfreq.get_frequency_dict(language, "small")
    except LookupError:
        return b"", b""
    frequencies: defaultdict[str, float] = defaultdict(float)
    for terms, frequency in zip(_terms(words), words.values(), strict=True):
        for term in terms:
            frequencies[term] += frequency
    for pair, frequency in _chance_pairs(words):
        if frequency > frequencies.get(pair, 0.0):
            frequencies[pair] = frequency
    # The endings of one stem are one term.
    stems: defaultdict[int, float] = defaultdict(float)
    hashes = struct.unpack(f"<{len(frequencies)}I", hash_terms(tuple(frequencies), language))
    for term, frequency in zip(hashes, frequencies.values(), strict=True):
        stems[term] += frequency
    counts = {term: 1.0 + START * -math.expm1(-frequency * START_TOKENS) for term, frequency in stems.items()}
    ordered = sorted(counts)
    size = len(ordered)
    return struct.pack(f"<{size}I", *ordered), struct.pack(f"<{size}d", *map(counts.__getitem__, ordered))


def _terms(words: Iterable[str]) -> Iterator[Sequence[str]]:
    """`terms_of` the tokens of each of `words`, in which there are no line breaks.

    All are folded at once, and most are a token each, or a run of syllables, when that is done.
    """
    text = fold("\n".join(words))
    syllables = set(filter(is_syllable, set(text)))
    for word, folded in zip(words, text.split("\n"), strict=True):
        if folded.isalnum() and syllables.isdisjoint(folded):
            yield (folded,)
        elif folded.isalnum() and syllables.issuperset(folded):
            yield terms_of(list(folded))
        else:
            yield terms_of(tokens(word))


def _chance_pairs(words: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """Pairs of characters that meet across words as often as chance has it, by their frequency among words.

    wordfreq knows pairs inside words only; without this "の" beside "は" would count as rare, and weigh as a name does.
    """
    syllables = {character for character in set().union(*words) if is_syllable(character)}
    characters: defaultdict[str, float] = defaultdict(float)
    for word, frequency in words.items() if syllables else ():
        for character in word:
            if character in syllables:
                characters[character] += frequency
    total = sum(characters.values())
    most_common = sorted(characters.items(), key=lambda item: (-item[1], item[0]))[:COMMON_CHARACTERS]
    common = [(character, frequency / total) for character, frequency in most_common]
    for (first, one), (second, other) in product(common, repeat=2):
        yield first + second, one * other * total
