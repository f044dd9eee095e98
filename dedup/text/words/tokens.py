"""Tokens: what the words of a text are when texts are compared.

`tokens` is the definition that every faster walk must reproduce token for token. A change of anything below that
changes a token of any text needs a new `dedup.config.NORMALISER_VERSION`: signatures of different versions are never
compared.

Definition, version 2. Properties are those of Python's `unicodedata`.

1. Drop the ignorable characters: U+00AD, U+034F, U+061C, U+115F, U+1160, U+17B4, U+17B5, U+180B..U+180F,
   U+200B..U+200F, U+202A..U+202E, U+2060..U+206F, U+3164, U+FE00..U+FE0F, U+FEFF, U+FFA0, U+E0000..U+E0FFF.
   (Soft hyphens, zero-width characters, direction marks, variation selectors.)
2. Fold: NFKC, then `str.casefold`, then NFKC.
3. Spell in one way what is written in several (`dedup.text.words.respelling`): Arabic without vowels, hamza and tatweel
and    with one yeh, kaf and heh, Hebrew without points, Greek without accents, every digit as that of ASCII, and so on.
4. Drop each full stop, comma, U+066B and U+066C that stands between two digits of ASCII: "2,300" and "4.5" are one
   token each, in every way of writing them.
5. A *letter* is a character for which `str.isalnum` holds, a *mark* one of the general categories Mn, Mc, Me.
   A *syllable* is a letter of a script that writes no spaces between words, by code point:
   Thai, Lao, Tibetan U+0E00..U+0FFF; Myanmar U+1000..U+109F, U+A9E0..U+A9FF, U+AA60..U+AA7F; Khmer U+1780..U+17FF;
   Kana, Bopomofo, Han U+3005..U+3007, U+3021..U+3029, U+3031..U+3035, U+3038..U+303C, U+3040..U+312F,
   U+31A0..U+31BF, U+31F0..U+31FF, U+3400..U+4DBF, U+4E00..U+9FFF, U+F900..U+FAFF, U+1AFF0..U+1B16F,
   U+20000..U+3FFFF; Yi U+A000..U+A48F.
6. From left to right: a syllable with the marks that follow it is a token; any other letter with all letters that
   are not syllables and all marks that follow it is a token; everything else parts tokens.
7. Join affixes of Persian to their words (`dedup.text.words.affixes`).

So an apostrophe, straight or curly, parts a word like any other sign ("Dar's" is ``dar``, ``s``; "l'Ukraine" is
``l``, ``ukraine``), which makes the possessive and the elided article leave the name as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from itertools import chain, islice
from typing import NewType

from dedup.kernel.compiled import KERNEL
from dedup.kernel.reference.scripts import SYLLABIC, is_syllable
from dedup.spans import spans
from dedup.text.characters import WALKED, each, pairs
from dedup.text.words.affixes import may_have_affixes, with_affixes
from dedup.text.words.respelling import LEFT_OUT, NASALS, respelled

Tokens = NewType("Tokens", str)
"""Tokens in their order, one space between two; no token holds a space. The form that is hashed where it stands."""

IGNORABLE = (
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""First and last code points that step 1 drops."""


def tokens(text: str, limit: int | None = None) -> list[str]:
    """The tokens of `text` in order, as the module defines them; the first `limit` of them if given."""
    if text.isascii():
        text = _INSIDE_NUMBERS.sub("", text)
        # A table and a split give the same as the general walk, several times as fast.
        words = text.translate(_ASCII).split(None, -1 if limit is None else limit)
        return words if limit is None else words[:limit]
    # English text outside ASCII is mostly so for its quotation marks and dashes.
    plain = _PUNCTUATION.sub(" ", text)
    if plain.isascii():
        return tokens(plain, limit)
    folded = fold(text)
    walk = _walk(0x10FFFF if _BEYOND_BMP.search(folded) else 0xFFFF)
    if may_have_affixes(folded):
        return with_affixes(walk.findall(folded))[:limit]
    if limit is None or len(folded) <= limit:
        return walk.findall(folded)
    return [match[0] for match in islice(walk.finditer(folded), limit)]


def joined(text: str, limit: int | None = None) -> Tokens:
    """`tokens`, joined by spaces: by the compiled walk where it knows every character of `text`."""
    if KERNEL is not None:
        walked: Tokens | None = KERNEL.walk(text, folding(), len(text) * _MOST_TOKENS if limit is None else limit)
        if walked is not None:
            return walked
    return Tokens(" ".join(tokens(text, limit)))


def count(joined_tokens: Tokens) -> int:
    """How many tokens there are."""
    if KERNEL is not None:
        counted: int | None = KERNEL.tokens_in(joined_tokens)
        if counted is not None:
            return counted
    return joined_tokens.count(" ") + 1 if joined_tokens else 0


def are_characters(joined_tokens: Tokens) -> bool:
    """Whether tokens are mostly single characters, as those of scripts that write no spaces between words."""
    return len(joined_tokens) < _AS_CHARACTERS * count(joined_tokens)


def separate(joined_tokens: Tokens) -> list[str]:
    """The tokens one by one."""
    return joined_tokens.split(" ") if joined_tokens else []


def fold(text: str) -> str:
    """Steps 1 to 4 of the definition."""
    text = unicodedata.normalize("NFKC", _IGNORED.sub("", text))
    return _INSIDE_NUMBERS.sub("", respelled(unicodedata.normalize("NFKC", text.casefold())))


def _marks(last: int) -> Iterator[tuple[int, int]]:
    """First and last code points of the unbroken runs of marks up to `last`; plane 14 has only ignorable ones."""
    points = (point for point in range(0x300, min(last, 0x1FFFF) + 1) if unicodedata.category(chr(point))[0] == "M")
    return spans(points)


@cache
def folding() -> bytes:
    """What each character becomes for the compiled walk: see ``csrc/walk.c``."""
    folded, parts = each(fold), each(partial(unicodedata.normalize, "NFKD"))
    folds = dict(zip(WALKED, folded, strict=True))
    return b"".join(_entry(*one, folds) for one in zip(WALKED, parts, folded, strict=True))


def _entry(character: str, parts: str, folded: str, folds: Mapping[str, str]) -> bytes:
    """The entry of a character with the compatibility decomposition `parts`. One that joins with what stands before it
    is unknown, but for marks that are left out wherever they stand, and for those of the scripts of `_JOINING`."""
    if character in _LEFT_OUT:
        return _made("")
    if character in _JOINING and folded and all(part in _JOINING and _joins(part) for part in folded):
        return _joining(parts, folded, folds)
    if unicodedata.combining(parts[0]) or parts[0] in pairs().second or _is_mark(character):
        return _UNKNOWN
    return _of_one(folded) if len(folded) == 1 else _of_some(folded)


def _of_one(folded: str) -> bytes:
    if folded.isalnum():
        return _made(_alone(folded))
    if folded in _SIGNS:
        return _made(".")
    return _UNKNOWN if _is_mark(folded) else _PARTING


def _of_some(folded: str) -> bytes:
    if any(map(_is_mark, folded)) or _BESIDE_NUMBER.search(folded):
        return _UNKNOWN
    return _made("".join(map(_alone, folded)))


def _joining(parts: str, folded: str, folds: Mapping[str, str]) -> bytes:
    """The entry of a letter or mark of the scripts of `_JOINING`, or of one that becomes some of them."""
    made = unicodedata.normalize("NFKD", folded)
    encoded, behind = folded.encode(), b""
    order, second = unicodedata.combining(made[0]), made[0] in pairs().second
    known = order == unicodedata.combining(parts[0]) and second == (parts[0] in pairs().second)
    head = _JOINS
    if len(folded) > 1:
        known = known and not order and not second and all(folds[part] == part for part in folded)
    else:
        known = known and (_is_mark(folded) or not (order or second))
        head |= _MARK * _is_mark(folded) | _SYLLABLE * is_syllable(folded)
        head |= _FIRST * (not pairs().first.isdisjoint(parts + made)) | _SECOND * second
        behind = NASALS.get(folded, "").encode()
    if not known or len(encoded) + len(behind) >= _FOLDED_BYTES:
        return _UNKNOWN
    return bytes((head | len(encoded),)) + (encoded + behind).ljust(_FOLDED_BYTES - 1, b"\0") + bytes((order,))


def _joins(character: str) -> bool:
    return character.isalnum() or _is_mark(character)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


def _made(text: str) -> bytes:
    parts = text.encode()
    return bytes((len(parts),)) + parts.ljust(_FOLDED_BYTES, b"\0") if len(parts) <= _FOLDED_BYTES else _UNKNOWN


def _alone(character: str) -> str:
    """A folded character with what parts it from its neighbours."""
    if not character.isalnum():
        return " "
    return f" {character} " if is_syllable(character) else character


def _class(pairs: Iterable[tuple[int, int]], last: int = 0x10FFFF) -> str:
    """The code points up to `last` as the inside of a character class."""
    return "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in pairs if low <= last)


@cache
def _walk(last: int) -> re.Pattern[str]:
    """Step 6 as a pattern, right for code points up to `last`. ``\\w`` is `str.isalnum` and the underscore.

    `re` looks a class up in a table where all of it is in the BMP; code points beyond it are compared one by one.
    """
    syllable, mark = _class(SYLLABIC, last), _class(_marks(last))
    letter = rf"[^\W_{syllable}]"
    return re.compile(rf"{letter}+(?:[{mark}]+{letter}*)*|(?!\W)[{syllable}][{mark}]*")


_AS_CHARACTERS = 3  # per token, with the space behind it: some 2.2 of Chinese and Japanese, 5 and more of others
_SIGNS = (".", ",", "\u066b", "\u066c")
_SIGN = f"[{''.join(_SIGNS)}]"
_BESIDE_NUMBER = re.compile(f"[0-9]{_SIGN}|{_SIGN}[0-9]")
_INSIDE_NUMBERS = re.compile(f"{_SIGN}(?<=[0-9]{_SIGN})(?=[0-9])")  # beginning with one class, it is found sooner
_FOLDED_BYTES = 7
_UNKNOWN = b"\xff" + bytes(_FOLDED_BYTES)
_PARTING = _made(" ")
_MOST_TOKENS = _FOLDED_BYTES  # that one character can become
_ASCII = {point: chr(point).lower() if chr(point).isalnum() else " " for point in range(128)}
_IGNORED = re.compile(f"[{_class(IGNORABLE)}]+")
_LEFT_OUT = LEFT_OUT | frozenset(chr(point) for first, last in IGNORABLE for point in range(first, last + 1))
_JOINING = frozenset(
    map(chr, chain(range(0x700, 0x750), range(0x780, 0x860), range(0x900, 0x10A0), range(0x1780, 0x1800)))
)
"""The scripts whose marks join with letters: Syriac to Mandaic, those of India to Burma, Khmer."""
_JOINS, _MARK, _SYLLABLE, _FIRST, _SECOND = 8, 16, 32, 64, 128  # beside the number of bytes
_PUNCTUATION = re.compile("[\u00a0\u2010-\u2015\u2018-\u201f\u2026]+")  # what English adds to ASCII; all of it parts
_BEYOND_BMP = re.compile("[\U00010000-\U0010ffff]")
