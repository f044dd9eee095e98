"""How common a term is: document frequencies of the recent stream over a start from general word frequencies.

``idf = log((articles + START + 1) / (articles with the term + START * p + 1))`` where p is the chance that an article
of `START_TOKENS` words holds the term at its frequency in general text (Robyn Speer's wordfreq). The article that asks
counts itself once. The stream is the last `STREAM` decisions, so "shutdown" weighs little in the week of a shutdown.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Collection
from functools import cache

import numpy as np
import wordfreq

from dedup.sketch.terms import Floats, Idf, terms_of
from dedup.text.tokens import tokens

STREAM = 65_536
START = 500
START_TOKENS = 300


class Frequencies:
    """Document frequencies by language of the texts among the last `STREAM` decisions. Deterministic in their order."""

    def __init__(self) -> None:
        self._stream: deque[tuple[int, str, bytes]] = deque()
        self._counts: dict[str, Counter[int]] = {}
        self._texts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._stream)

    def add(self, ordinal: int, language: str, terms: bytes) -> None:
        """Counts a text: its place in the order of decisions and its distinct term hashes, uint32."""
        self._stream.append((ordinal, language, terms))
        self._counts.setdefault(language, Counter()).update(np.frombuffer(terms, "<u4").tolist())
        self._texts[language] += 1

    def discard(self, ordinal: int) -> None:
        """Forgets a text that has a new version or is no longer a text of its own."""
        for place, (number, language, terms) in enumerate(self._stream):
            if number == ordinal:
                del self._stream[place]
                self._forget(language, terms)
                return

    def forget_before(self, ordinal: int) -> None:
        """Forgets the texts decided before `ordinal`."""
        while self._stream and self._stream[0][0] < ordinal:
            _, language, terms = self._stream.popleft()
            self._forget(language, terms)

    def idf(self, language: str) -> Idf:
        """The inverse document frequencies of now, for one language."""
        start = start_counts(language).get
        counts = self._counts.get(language, Counter()).get
        total = math.log(self._texts[language] + START + 1)

        def inverse(terms: Collection[str], hashes: Collection[int]) -> Floats:
            known = [counts(number, 0) + start(term, 1.0) for term, number in zip(terms, hashes, strict=True)]
            return np.maximum(0.0, total - np.log(known))

        return inverse

    def _forget(self, language: str, terms: bytes) -> None:
        counts = self._counts[language]
        counts.subtract(numbers := np.frombuffer(terms, "<u4").tolist())
        for number in numbers:
            if not counts[number]:
                del counts[number]
        self._texts[language] -= 1


@cache
def start_counts(language: str) -> dict[str, float]:
    """Of `START` articles of general text, how many hold each term, and one more; none for a language wordfreq lacks."""
    try:
        words = wordfreq.get_frequency_dict(language, "small")
    except LookupError:
        return {}
    frequencies: dict[str, float] = {}
    for word, frequency in words.items():
        for term in terms_of(tokens(word)):
            frequencies[term] = frequencies.get(term, 0.0) + frequency
    return {term: 1.0 + START * -math.expm1(-frequency * START_TOKENS) for term, frequency in frequencies.items()}
