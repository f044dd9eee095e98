"""What a publisher's recurring report keeps from day to day: its headline without the numbers.

"Exchange close: index up 0.8 percent at 4,812" and the same a day later are a *series*: two events, however alike the
words. A text that comes back with other numbers under the same headline on another day is an issue of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dedup.sketch import kernel

# Fewer common words say nothing: a section name, a "Live:".
SHARED_WORDS = 3
LIKENESS = 0.6


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Who published a text, as a hash, and its headline's words that hold no digit, as ascending uint32 hashes."""

    publisher: bytes
    words: bytes


UNKNOWN = Skeleton(b"", b"")


def skeleton(publisher: str, title_tokens: Iterable[str]) -> Skeleton:
    """The skeleton of a text by its publisher (or source) and the tokens of its title."""
    words = [token for token in title_tokens if not any(map(str.isdigit, token))]
    return Skeleton(kernel.hash_terms([publisher]), kernel.distinct(kernel.hash_terms(words)))


def alike(one: Skeleton, other: Skeleton) -> bool:
    """True when both could be issues of one series: the same publisher and nearly the same words in the headline."""
    if one.publisher != other.publisher:
        return False
    mine, theirs = len(one.words), len(other.words)
    if mine < 4 * SHARED_WORDS or theirs < 4 * SHARED_WORDS or mine < LIKENESS * theirs or theirs < LIKENESS * mine:
        return False
    common, mine, theirs = kernel.overlap(one.words, other.words)
    return common >= SHARED_WORDS and common >= LIKENESS * (mine + theirs - common)
