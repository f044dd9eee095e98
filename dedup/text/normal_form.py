"""Display text: one Unicode form, one kind of line end, one kind of space, and nothing invisible.

The text a person reads in a view. Comparison uses `dedup.text.words.tokens`, which folds further.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from dedup.kernel.compiled import KERNEL
from dedup.text.characters import WALKED, pairs

# Invisible characters that carry no meaning in running text: soft hyphen, zero-width space, word joiner, byte order
# mark, bidirectional controls, and all other control, unassigned and private characters. Two are kept because words
# of Persian, Hindi and others are spelled with them, and emoji joined by them: ZERO WIDTH NON-JOINER and JOINER.
_KEPT = frozenset("\u200c\u200d")
REPLACEMENT = "\ufffd"
"""What stands for bytes that could not be decoded."""
_MOST_MARKS = 30  # as in the Stream-Safe Text Format of UAX #15: putting a longer run into order takes quadratic time


@cache
def _too_many_marks(last: int) -> re.Pattern[str]:
    """`re` looks the class up in a table where all of it is in the BMP; code points beyond it are compared."""
    marks = "".join(chr(point) for point in range(0x300, last + 1) if unicodedata.combining(chr(point)))
    mark = f"[{re.escape(marks)}{''.join(_KEPT)}]"
    return re.compile(f"(?:{mark}{{{_MOST_MARKS}}}){mark}+")


_BEYOND_BMP = re.compile("[\U00010000-\U0010ffff]")


def normal_form(text: str) -> str:
    """`text` as it is stored and shown; applying it twice changes nothing more. Linear in the length of `text`.

    NFC; every line end of Unicode becomes ``\\n``; runs of white space inside a line (tabs and no-break spaces too)
    become one space, ends of lines are bare; any number of blank lines becomes one blank line, none at either end.
    Line breaks stay line breaks: the paragraphs of the source, whether it parts them by ``\\n`` or a blank line, are
    those of the result. Invisible characters are dropped and no letter carries more than 30 combining marks.
    """
    if KERNEL is not None:
        form: str | None = KERNEL.normal_form(text, kinds())
        if form is not None:
            return form
    return by_lines(text)


def one_line(text: str) -> str:
    """`text` in normal form on a single line: for titles and names."""
    return " ".join(normal_form(text).split())


def by_lines(text: str) -> str:
    """The normal form of `text`, line by line: the definition."""
    if not text.isascii():
        too_many = _too_many_marks(0x1EFFF if _BEYOND_BMP.search(text) else 0xFFFF)
        text = unicodedata.normalize("NFC", too_many.sub(lambda run: run[0][:_MOST_MARKS], text))
    lines: list[str] = []
    for raw in text.splitlines():
        line = " ".join(raw.split())
        if line and not line.isprintable():
            line = " ".join("".join(filter(_visible, line)).split())
            line = unicodedata.normalize("NFC", line)
        if line or (lines and lines[-1]):
            lines.append(line)
    if lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines)


def _visible(character: str) -> bool:
    return character.isprintable() or character in _KEPT


@cache
def kinds() -> bytes:
    """What becomes of each character in the compiled walk: see ``csrc/normalise.c``."""
    classes = sorted(set(map(unicodedata.combining, WALKED)))
    replaced: list[bytes] = []
    made = bytes(_kind(one, classes, replaced) for one in WALKED)
    return made + b"".join(replaced).ljust(_MOST_REPLACED * _REPLACED_BYTES, b"\0")


def _kind(character: str, classes: Sequence[int], replaced: list[bytes]) -> int:
    """The kind of a `character`; where it becomes another, that is added to those `replaced`."""
    form, parts = unicodedata.normalize("NFC", character), unicodedata.normalize("NFD", character)
    first, seconds = pairs()
    second = parts[0] in seconds
    joins = second or unicodedata.combining(parts[0]) > 0
    if character == REPLACEMENT or (joins and form != character):
        return _UNKNOWN  # a text with the first is looked at, which may be broken (`dedup.text.clean`)
    if joins or character in _KEPT:
        return _MARK + 2 * classes.index(unicodedata.combining(character)) + second
    if form.isprintable() and form != " ":
        if form != character:
            return _replaced(character, form, replaced)
        return _AS_IT_IS if first.isdisjoint(parts) else _FIRST
    if len(f"a{form}a".splitlines()) > 1:
        return _LINE_END
    return _SPACE if form.isspace() else _DROPPED


def _replaced(character: str, form: str, replaced: list[bytes]) -> int:
    encoded = form.encode()
    fits = len(replaced) < _MOST_REPLACED and len(encoded) <= min(2 * len(character.encode()), _REPLACED_BYTES - 1)
    if not fits or not _KNOWN.issuperset(form):
        return _UNKNOWN
    replaced.append(bytes((len(encoded),)) + encoded.ljust(_REPLACED_BYTES - 1, b"\0"))
    return _REPLACED + len(replaced) - 1


_AS_IT_IS, _SPACE, _LINE_END, _DROPPED, _FIRST, _MARK, _REPLACED, _UNKNOWN = 0, 1, 2, 3, 4, 8, 128, 255
_MOST_REPLACED, _REPLACED_BYTES = _UNKNOWN - _REPLACED, 8
_KNOWN = frozenset(WALKED)
