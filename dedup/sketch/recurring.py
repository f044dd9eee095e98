"""What a publisher's recurring reports, columns and round-ups have in common: their headline, or its heading.

"River levels at 9 o'clock, 2 March" comes again with other numbers. "Morning briefing: Ferry aground, rates held" comes
again with other news; what stays are the words before the colon or bar. Both are identified by a number made of the
publisher and the words that stay, so that an index finds all issues, however many there are and whatever was decided.
Nothing is decided by it: `dedup.sketch.skeleton` says which issues are kept apart.
"""

from __future__ import annotations

import re
from functools import lru_cache

import xxhash

from dedup.sketch.skeleton import Skeleton, skeleton_of_title
from dedup.text.words.tokens import joined, separate

# Words without a digit that a heading, or a whole headline, must have: one or two say nothing.
HEADING_WORDS, HEADLINE_WORDS = 2, 3

_WORD_BYTES = 4
_END_OF_HEADING = re.compile(r":\s|\s[|｜]\s|[：｜]")


def series_key(publisher: str, title: str, whole: Skeleton | None = None) -> int | None:
    """What the issues of a series of this publisher (or source) have in common, 64 bits; None for no possible series.

    Negative where it is the heading alone, else the whole headline, whose skeleton is `whole` where that is known. A
    heading that only names the publisher is none.
    """
    if (heading := heading_of(title)) is not None:
        words = skeleton_of_title(publisher, heading).words
        if len(words) >= HEADING_WORDS * _WORD_BYTES and not _names(publisher, heading):
            return ~_number(publisher, words)
    words = (whole or skeleton_of_title(publisher, title)).words
    return _number(publisher, words) if len(words) >= HEADLINE_WORDS * _WORD_BYTES else None


def heading_of(title: str) -> str | None:
    """What stands before the first colon or bar, where something follows it."""
    if title.isascii() and ":" not in title and "|" not in title:
        return None  # as most are; the expression looks at each character
    found = _END_OF_HEADING.search(title)
    if found is None or not title[found.end() :].strip():
        return None
    return title[: found.start()]


def _names(publisher: str, heading: str) -> bool:
    return set(separate(joined(heading))) <= _words(publisher)


@lru_cache(maxsize=4096)
def _words(publisher: str) -> frozenset[str]:
    return frozenset(separate(joined(publisher)))


def _number(publisher: str, words: bytes) -> int:
    return xxhash.xxh64_intdigest(publisher.encode("utf-8", "surrogatepass") + b"\0" + words) >> 1
