"""What a publisher's recurring report keeps from day to day: its headline without the numbers.

"Exchange close: index up 0.8 percent at 4,812" and the same a day later are a *series*: two events, however alike the
words. A text that comes back with other numbers under the same headline on another day is an issue of its own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from dedup.compiled import KERNEL
from dedup.sketch import kernel
from dedup.text.tokens import Tokens, folding, joined, separate


class Skeleton(NamedTuple):
    """Who published a text, as a hash, and its headline's words that hold no digit, as ascending uint32 hashes."""

    publisher: bytes
    words: bytes


UNKNOWN = Skeleton(b"", b"")


def skeleton(publisher: str, title_tokens: Tokens) -> Skeleton:
    """The skeleton of a text by its publisher (or source) and the tokens of its title."""
    words = kernel.without_digits(title_tokens)
    if words is None:
        named = [token for token in separate(title_tokens) if not any(map(str.isdigit, token))]
        words = kernel.distinct(kernel.hash_terms(named))
    return Skeleton(_hash(publisher), words)


def skeleton_of_title(publisher: str, title: str) -> Skeleton:
    """The same by the title as the database has it."""
    words: bytes | None = None if KERNEL is None else KERNEL.headline(title, folding())
    return skeleton(publisher, joined(title)) if words is None else Skeleton(_hash(publisher), words)


@lru_cache(maxsize=4096)
def _hash(publisher: str) -> bytes:
    return kernel.hash_terms([publisher])


def alike(one: Skeleton, other: Skeleton) -> bool:
    """True when both could be issues of one series: the same publisher and nearly the same words in the headline."""
    return one.publisher == other.publisher and kernel.alike(one.words, other.words)
