"""Folded words as people write them: what `tokens` folds beyond capitals, for whoever reads the evidence.

Folding makes "ss" of the German ß, one sigma of both of Greek's, and leaves out accents of Greek, the hamza of Arabic,
the nukta of Hindi, and the signs inside a number. A word that a text has in no such form is shown as the text has the
word that becomes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from dedup.kernel.compiled import KERNEL
from dedup.text.words.tokens import fold

_DOTTED = "i\u0307"  # what Python makes of the Turkish capital
_SEPARATOR = ", "
_SHARP = re.compile("[\u00df\u1e9e]")  # what is folded to "ss"
_WITHOUT_DIGITS = str.maketrans("", "", "0123456789")
_LETTER = r"[^\s!-/:-@\[-`{-~\u00a0-\u00bf\u060c\u061b\u061f\u0964\u0965\u2010-\u206f\u3000-\u303f]"
WORD = re.compile(rf"(?:{_LETTER}|(?<=\d)[.,](?=\d))+")
"""A word with its marks, in any script that writes spaces; a number with the signs inside it."""
_NUMBER = re.compile("[0-9][0-9]*+(?:[.,][0-9]++)++")  # an expression that begins with one class is found sooner
_DIGITS_AND_SIGNS = bytes(byte if chr(byte) in "0123456789.," else ord(" ") for byte in range(256))


def as_written(told: Sequence[str], title: str, body: str) -> list[str]:
    """Folded words, with ", " between them in each of `told`, as the text of `title` and `body` has them first.

    In small letters. Where all of them are found in the text as they are, they stay so.
    """
    if KERNEL is not None:
        written: list[str] | None = KERNEL.as_written(told, title, body)
        if written is not None:
            return written
    return _as_written(told, title, body)


def _as_written(told: Sequence[str], title: str, body: str) -> list[str]:
    """The definition; the compiled kernel finds numbers, which most of what is written otherwise are."""
    together = _SEPARATOR.join(told)
    # Of the characters of ASCII only capitals and the signs inside a number are folded away.
    plain = together.isascii() and not ("ss" in together and _SHARP.search(f"{title}\n{body}"))
    if plain and len(together.translate(_WITHOUT_DIGITS)) == len(together):
        return list(told)
    words: Iterable[str] = together.split(_SEPARATOR)
    if plain:
        others = {word for word in filter(str.isdigit, words) if word not in body and word not in title}
        text = f"{title}\n{body}" if others else ""
    else:
        text = f"{title}\n{body}".lower().replace(_DOTTED, "i")
        others = {word for word in words if word not in text}
    if not others:
        return list(told)
    # Most are numbers; to look at all words takes ten times as long.
    written = _numbers(text)
    if not others <= written.keys():
        written |= _written(text)
    groups = [group.split(_SEPARATOR) for group in told]
    return [_SEPARATOR.join(map(written.get, group, group)) for group in groups]


def _numbers(text: str) -> dict[str, str]:
    """Each number of `text` with signs inside it, by its digits alone."""
    # Without the letters, which take an expression ten times as long.
    numbers = b" ".join(text.encode(errors="replace").translate(_DIGITS_AND_SIGNS).split()).decode()
    return {number.replace(",", "").replace(".", ""): number for number in reversed(_NUMBER.findall(numbers))}


def _written(text: str) -> Mapping[str, str]:
    """Each word of `text`, in small letters, by what it becomes."""
    words = list(dict.fromkeys(WORD.findall(text)))
    if not words:
        return {}
    folded = fold("\n".join(words)).split("\n")
    return dict(reversed([*zip(folded, words, strict=True)]))
