"""The characters that the compiled walk (``csrc/walk.c``) knows, in tables filled from Python's own `unicodedata`.

They are those up to U+07FF (Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic and their like) and U+2000..U+20CF
(punctuation, currency signs), and of these only such as every normal form takes one by one: no combining marks. In text
of these alone what a character becomes does not depend on its neighbours; any other text is left to Python.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

WALKED = (*range(0x800), *range(0x2000, 0x20D0))
"""Code points in the order of the tables' entries."""


def table(entry: Callable[[str], bytes], unknown: bytes) -> bytes:
    """The `entry` of each of `WALKED`, and `unknown` for a character that joins with the one before it."""
    return b"".join(entry(chr(point)) if _stands_alone(chr(point)) else unknown for point in WALKED)


def _stands_alone(character: str) -> bool:
    first = unicodedata.normalize("NFKD", character)[0]
    return unicodedata.category(character)[0] != "M" and not unicodedata.combining(first)
