"""The characters that the compiled walk (``csrc/walk.c``) knows, in tables filled from Python's own `unicodedata`.

They are those of `BLOCKS`, and of these only such as every normal form takes one by one: no combining marks, but for
such as are left out wherever they stand, and no Hangul in pieces. In text of these alone what a character becomes does
not depend on its neighbours; any other text is left to Python.

Of `UNCHANGED`, thousands of letters that no form changes, the walk knows all without a table.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Set
from functools import partial
from itertools import chain

BLOCKS = (
    (0, 0x7FF),  # Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic and their like
    (0x10A0, 0x10FF),  # Georgian
    (0x1200, 0x137F),  # Ethiopic
    (0x1E00, 0x2BFF),  # Vietnamese and other Latin, Greek of old, punctuation, currency signs, symbols
    (0x3000, 0x30FF),  # punctuation of Chinese and Japanese, kana
    (0xFE00, 0xFFFF),  # variation selectors, other forms of Arabic, Latin and kana
    (0x1F300, 0x1FAFF),  # pictures
)
"""First and last code points that the tables have entries of."""
WALKED = tuple(chain.from_iterable(range(first, last + 1) for first, last in BLOCKS))
"""Code points in the order of the tables' entries."""
UNCHANGED = ((0x4E00, 0x9FFF), (0xAC00, 0xD7A3))
"""First and last code points of the Han characters, of which each is a token, and of the syllables of Hangul, which are
letters as any other."""


def each(form: Callable[[str], str]) -> list[str]:
    """What each of `WALKED` becomes by a `form` that changes one at a time but where they join with a neighbour."""
    return form(_BETWEEN.join(map(chr, WALKED))).split(_BETWEEN)


def table(entries: Iterable[bytes], unknown: bytes, left_out: Set[str] = frozenset()) -> bytes:
    """The `entries` of `WALKED`, and `unknown` for a character that joins with the one before it.

    The combining marks `left_out` join with none.
    """
    first = (parts[0] for parts in each(partial(unicodedata.normalize, "NFKD")))
    walked = zip(map(chr, WALKED), first, entries, strict=True)
    return b"".join(e if one in left_out or _stands_alone(one, begins) else unknown for one, begins, e in walked)


def _stands_alone(character: str, begins: str) -> bool:
    joins = unicodedata.combining(begins) or _VOWEL <= begins <= _LAST_CONSONANT
    return not joins and unicodedata.category(character)[0] != "M"


_BETWEEN = "\ue000"  # a character of private use, which no form changes and no table has
_VOWEL, _LAST_CONSONANT = "\u1161", "\u11c2"  # of Hangul in pieces: what may join with a piece before it
