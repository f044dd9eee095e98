"""Respelling: what newsrooms, keyboards and encodings write in several ways is written in one.

Copies of one text differ in these throughout. One desk types the hamza of Arabic where another leaves it out, the yeh
and kaf of a Persian keyboard are characters of their own, digits are those of the script or those of ASCII. What
becomes one is what search engines make one (Lucene's normalizers of Arabic, Persian, Sorani and Hindi, its lower case
of Greek, its filter of decimal digits), as far as that needs no knowledge of the language and joins no two letters that
newsrooms distinguish: the long and short vowels of Hindi, the two forms of yeh and heh of Urdu, the accents of Latin
letters and the Turkish i without a dot stay as they are.
"""

from __future__ import annotations

import re
import unicodedata

_LETTERS = {
    # Arabic script. A hamza or madda above or below a letter is a mark, and goes with the marks.
    "\u0671": "\u0627",  # alef wasla: alef
    "\u0649": "\u064a", "\u06cc": "\u064a",  # alef maksura, Farsi yeh: yeh
    "\u06a9": "\u0643",  # keheh: kaf
    "\u0629": "\u0647", "\u06c1": "\u0647", "\u06c3": "\u0647", "\u06d5": "\u0647",  # teh marbuta, heh goal, ae: heh
    "\u0640": "",  # tatweel
    # Hebrew letters of Yiddish that stand for two.
    "\u05f0": "\u05d5\u05d5", "\u05f1": "\u05d5\u05d9", "\u05f2": "\u05d9\u05d9",
    "\u0901": "\u0902",  # Devanagari: candrabindu as anusvara
    # Malayalam: consonants without a vowel, which are letters of their own since Unicode 5.1.
    "\u0d7a": "\u0d23\u0d4d", "\u0d7b": "\u0d28\u0d4d", "\u0d7c": "\u0d30\u0d4d", "\u0d7d": "\u0d32\u0d4d",
    "\u0d7e": "\u0d33\u0d4d", "\u0d7f": "\u0d15\u0d4d",
    # Apostrophes that count as letters, of Ukrainian, Uzbek and Hawaiian: as others, which do not.
    "\u02bb": "'", "\u02bc": "'", "\u02bd": "'",
}  # fmt: skip
_MARKED = (
    (0x591, 0x5C7), (0x610, 0x61A), (0x64B, 0x65F), (0x670, 0x670), (0x6D6, 0x6ED), (0x897, 0x8FF), (0x93C, 0x93C)
)  # fmt: skip
"""First and last code points among which marks are left out: vowels, signs and accents of Hebrew and Arabic, and the
nukta of Devanagari, by which letters stand for sounds of other languages."""

_STRESS: dict[int, int | None] = {0x300: None, 0x301: None}
_MARKS_OF: dict[str, dict[int, int | None]] = {
    **dict.fromkeys("аеиоуыэюяєіѣѵ", _STRESS),  # as dictionaries and textbooks print them
    "е": _STRESS | {0x308: None},  # most of the press writes no ё
    "i": {0x307: None},  # a capital of Turkish in small letters
    "s": {0x326: 0x327}, "t": {0x326: 0x327},  # Romanian has a comma below, and fonts had none
}  # fmt: skip
"""What becomes of marks behind a letter; of Greek none is left, as in capitals."""
_MARKS = re.compile("([ist\u0370-\u03ffаеиоуыэюяєіѣѵ])([\u0300-\u036f]+)")
VIRAMA, ANUSVARA = "\u094d", "\u0902"
_STOPS = {"\u0919": "कखगघ", "\u091e": "चछजझ", "\u0923": "टठडढ", "\u0928": "तथदध", "\u092e": "पफबभ"}
NASALS = {stop: nasal for nasal, stops in _STOPS.items() for stop in stops}
"""For each stop of Devanagari the nasal of its own place in the mouth: before the stop, the anusvara may stand for the
nasal and its virama."""
_NASAL = re.compile("|".join(f"{nasal}{VIRAMA}(?=[{stops}])" for nasal, stops in _STOPS.items()))
_DIGIT = re.compile(r"(?![0-9])\d")
_BEYOND_LATIN = re.compile("[^\x00-\u0218\u2010-\u206f]")
"""All that is looked for below, and more: letters of Latin and the punctuation of newspapers are found to be none of it
in a tenth of the time."""
_AFFECTED = re.compile(
    "[\u0219\u021b\u02bb-\u02bd\u0300-\u036f\u0390\u03ac-\u03b0\u03ca-\u03ce\u0450\u0451\u045d\u0591-\u05c7"
    "\u05f0-\u05f2\u0610-\u06ff\u0897-\u08ff\u0900-\u097f\u0d7a-\u0d7f\u1f00-\u1fff]|(?![0-9])\\d"
)
"""What any of it can change, in text of which the normal form NFKC was taken."""

LEFT_OUT = frozenset(
    chr(point)
    for first, last in _MARKED
    for point in range(first, last + 1)
    if unicodedata.category(chr(point))[0] == "M"
)
"""Marks that are left out wherever they stand, whatever they stand behind."""
_TABLE = str.maketrans(_LETTERS | dict.fromkeys(LEFT_OUT, ""))


def respelled(text: str) -> str:
    """`text`, which is in small letters (`str.casefold`) and in NFKC, in one spelling, and in NFKC again.

    What is told in `_LETTERS` and `_MARKED`, every decimal digit as that of ASCII, the marks of Greek, Cyrillic and a
    few Latin letters as `_MARKS_OF` has it, and a nasal before a stop as anusvara. Doing it twice changes nothing more.
    """
    if _BEYOND_LATIN.search(text) is None or _AFFECTED.search(text) is None:
        return text
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).translate(_TABLE))
    text = _NASAL.sub(ANUSVARA, _MARKS.sub(_with_fewer_marks, text))
    text = _DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), text)
    return unicodedata.normalize("NFC", text)


def _with_fewer_marks(found: re.Match[str]) -> str:
    letter, marks = found.groups()
    kept = _MARKS_OF.get(letter)
    return letter if kept is None else letter + marks.translate(kept)
