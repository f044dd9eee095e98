"""The characters that the compiled walk (``csrc/walk.c``) knows, in tables filled from Python's own `unicodedata`.

They are those of `BLOCKS`. What most of them become does not depend on their neighbours: no normal form joins one with
the one before it. Of combining marks the tables tell the class, by which normal forms put them into order, and whether
one may become one character with a letter before it; where it may, the text is left to Python.

Of `UNCHANGED`, thousands of letters that no form changes, the walk knows all without a table.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import cache
from itertools import chain
from typing import NamedTuple

BLOCKS = (
    (0, 0x10FF),  # Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic, scripts of India, Thai to Burmese, Georgian
    (0x1200, 0x137F),  # Ethiopic
    (0x1780, 0x17FF),  # Khmer
    (0x1E00, 0x2BFF),  # Vietnamese and other Latin, Greek of old, punctuation, currency signs, symbols
    (0x3000, 0x30FF),  # punctuation of Chinese and Japanese, kana
    (0xFE00, 0xFFFF),  # variation selectors, other forms of Arabic, Latin and kana
    (0x1F100, 0x1FAFF),  # letters in frames, of which flags are made, and pictures
)
"""First and last code points that the tables have entries of."""
WALKED = tuple(map(chr, chain.from_iterable(range(first, last + 1) for first, last in BLOCKS)))
"""Characters in the order of the tables' entries."""
UNCHANGED = ((0x4E00, 0x9FFF), (0xAC00, 0xD7A3))
"""First and last code points of the Han characters, of which each is a token, and of the syllables of Hangul, which are
letters as any other."""


def each(form: Callable[[str], str]) -> list[str]:
    """What each of `WALKED` becomes by a `form` that changes one at a time but where they join with a neighbour."""
    return form(_BETWEEN.join(WALKED)).split(_BETWEEN)


class Pairs(NamedTuple):
    """Decomposed characters that become one with another: a letter with a mark behind it, whether other marks stand
    between or not, and such marks."""

    first: frozenset[str]
    second: frozenset[str]


@cache
def pairs() -> Pairs:
    """The pairs that normal forms compose. Of Hangul in pieces only the second are told."""
    canonical = (
        (one, parts.split()) for one in WALKED if (parts := unicodedata.decomposition(one)) and parts[0] != "<"
    )
    found = [parts for one, parts in canonical if len(parts) == 2 and unicodedata.is_normalized("NFC", one)]
    first, second = ({chr(int(parts[place], 16)) for parts in found} for place in (0, 1))
    return Pairs(frozenset(first), frozenset(second | _PIECES))


_BETWEEN = "\ue000"  # a character of private use, which no form changes and no table has
_PIECES = frozenset(map(chr, range(0x1161, 0x11C3)))  # of Hangul: what may join with a piece before it
