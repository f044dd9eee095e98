"""The characters that the compiled walk (``csrc/walk.c``) knows, in tables filled from Python's own `unicodedata`.

They are those up to U+07FF (Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic and their like) and U+2000..U+20CF
(punctuation, currency signs), and of these only such as every normal form takes one by one: no combining marks, but for
such as are left out wherever they stand. In text of these alone what a character becomes does not depend on its
neighbours; any other text is left to Python.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Set

WALKED = (*range(0x800), *range(0x2000, 0x20D0))
"""Code points in the order of the tables' entries."""


def table(entry: Callable[[str], bytes], unknown: bytes, left_out: Set[str] = frozenset()) -> bytes:
    """The `entry` of each of `WALKED`, and `unknown` for a character that joins with the one before it.

    The combining marks `left_out` join with none.
    """
    letters = map(chr, WALKED)
    return b"".join(entry(one) if one in left_out or _stands_alone(one) else unknown for one in letters)


def _stands_alone(character: str) -> bool:
    first = unicodedata.normalize("NFKD", character)[0]
    return unicodedata.category(character)[0] != "M" and not unicodedata.combining(first)
