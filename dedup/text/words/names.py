"""Names, as far as letters tell: words that begin with a capital although they do not begin a sentence.

That says little where nouns are written so, and nothing where a script has no capitals.
"""

from __future__ import annotations

import re
from functools import cache

from dedup.text.words.tokens import joined, separate

ENDS = frozenset('.!?:;…"“”„«»‘\n')
"""Behind one of these a capital may be that of a sentence, a quotation or a line."""

_BEYOND_ASCII = "".join(sorted(end for end in ENDS if not end.isascii()))
_PARTING = "’–—"  # the other signs that English adds to ASCII
# What becomes of each byte of ASCII: the end of a sentence is that of a line, whatever else parts words a space.
_PARTS = bytes(
    ord("\n") if chr(byte) in ENDS else byte if chr(byte).isalnum() else ord(" ") for byte in range(128)
) + bytes(128)  # fmt: skip
# An expression that begins with one sign, or with one class, is found many times as fast as any other.
_NAME_OF_ASCII = re.compile(r" (?<=\w.) *+([A-Z]\w+)")
_SIGN = rf"[^\w{re.escape(''.join(sorted(ENDS)))}]"
_NAME = re.compile(rf"{_SIGN}(?<=\w.){_SIGN}*+((?![a-z0-9])\w\w+)")


def names_in(text: str, words: int) -> list[str]:
    """The tokens of the names among the first so many `words` of `text`, runs of letters and digits, in their order.

    A name has two characters at least. Some 5 microseconds for 100 words of ASCII, 15 for others.
    """
    if not text.isascii():
        text = _with_signs_of_ascii(text)
    if text.isascii():
        text = text.encode().translate(_PARTS).decode()
        behind = text.split(None, words)[words:]
        first = text[: -len(behind[0])] if behind else text
        return [name.lower() for name in _NAME_OF_ASCII.findall(first)]
    names = _NAME.findall(_first(text.replace("_", " "), words))
    return [token for name in names if name[0].isupper() for token in separate(joined(name))]


def _with_signs_of_ascii(text: str) -> str:
    """English text is mostly outside ASCII for a few of its signs, others of which part words as well."""
    for end in _BEYOND_ASCII:
        text = text.replace(end, "\n")
    for sign in _PARTING:
        text = text.replace(sign, " ")
    return text


def _first(text: str, words: int) -> str:
    """The beginning of `text`: so many words, each with what stands before it."""
    if len(text) < 2 * words:
        return text
    found = _words(words).match(text)
    return found[0] if found else ""


@cache
def _words(most: int) -> re.Pattern[str]:
    return re.compile(rf"(?:\W*+\w++){{0,{most}}}+")
