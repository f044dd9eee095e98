"""What a publisher's recurring report keeps from day to day: its headline without the numbers.

"Exchange close: index up 0.8 percent at 4,812" and the same a day later are a *series*: two events, however alike the
words. A text that comes back with other numbers under the same headline on another day is an issue of its own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from dedup.sketch import kernel
from dedup.sketch.reference_texts import LIKENESS, SHARED_WORDS
from dedup.text.tokens import Tokens, separate


class Skeleton(NamedTuple):
    """Who published a text, as a hash, and its headline's words that hold no digit, as ascending uint32 hashes."""

    publisher: bytes
    words: bytes


UNKNOWN = Skeleton(b"", b"")


def skeleton(publisher: str, title_tokens: Tokens) -> Skeleton:
    """The skeleton of a text by its publisher (or source) and the tokens of its title."""
    words = separate(title_tokens)
    if any(map(str.isdigit, title_tokens)):
        words = [token for token in words if not any(map(str.isdigit, token))]
    return Skeleton(_hash(publisher), kernel.distinct(kernel.hash_terms(words)))


@lru_cache(maxsize=4096)
def _hash(publisher: str) -> bytes:
    return kernel.hash_terms([publisher])


def alike(one: Skeleton, other: Skeleton) -> bool:
    """True when both could be issues of one series: the same publisher and nearly the same words in the headline."""
    if one.publisher != other.publisher:
        return False
    mine, theirs = len(one.words), len(other.words)
    if mine < 4 * SHARED_WORDS or theirs < 4 * SHARED_WORDS or mine < LIKENESS * theirs or theirs < LIKENESS * mine:
        return False
    common, mine, theirs = kernel.overlap(one.words, other.words)
    return common >= SHARED_WORDS and common >= LIKENESS * (mine + theirs - common)
