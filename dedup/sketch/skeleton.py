"""What a publisher's recurring report keeps from day to day: its headline without the numbers.

"Exchange close: index up 0.8 percent at 4,812" and the same a day later are a *series*: two events, however alike the
words. A text that comes back with other numbers under the same headline on another day is an issue of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from dedup.kernel import chosen as kernel
from dedup.kernel.compiled import KERNEL
from dedup.named import make
from dedup.text.words.tokens import Tokens, folding, joined, separate


class Skeleton(NamedTuple):
    """Who published a text, as a hash, and its headline's words that hold no digit, as ascending uint32 hashes."""

    publisher: bytes
    words: bytes


UNKNOWN = Skeleton(b"", b"")


def skeleton(publisher: str, title_tokens: Tokens) -> Skeleton:
    """The skeleton of a text by its publisher (or source) and the tokens of its title."""
    return make(Skeleton, (hash_of(publisher), _words(title_tokens)))


def skeleton_of_title(publisher: str, title: str) -> Skeleton:
    """The skeleton of a text by its publisher (or source) and its title as the database has it."""
    (words,) = words_of([title])
    return Skeleton(hash_of(publisher), words)


def words_of(titles: Sequence[str]) -> list[bytes]:
    """The `words` of the skeleton of each title; titles are as the database has them."""
    plain: list[bytes | None] = [None] * len(titles) if KERNEL is None else KERNEL.headlines(titles, folding())
    return [_words(joined(title)) if words is None else words for title, words in zip(titles, plain, strict=True)]


@lru_cache(maxsize=4096)
def hash_of(publisher: str) -> bytes:
    """The `publisher` of a skeleton."""
    return kernel.hash_terms([publisher])


def _words(title_tokens: Tokens) -> bytes:
    words = kernel.without_digits(title_tokens)
    if words is None:
        named = [token for token in separate(title_tokens) if not any(map(str.isdigit, token))]
        words = kernel.distinct(kernel.hash_terms(named))
    return words


def alike(one: Skeleton, other: Skeleton) -> bool:
    """True when both could be issues of one series: the same publisher and nearly the same words in the headline."""
    return one.publisher == other.publisher and kernel.alike(one.words, other.words)
