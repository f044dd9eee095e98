"""Weighted terms: what an article is about, as evidence that it reports the same event as another.

A text has four vectors: of all its terms, title and lead counted three times; of its title; of the numbers in both
(a casualty figure, a sum, a year, a result); and the day of the week that it names first, which two reports of one
event seldom tell differently. A term is a word, or in scripts without spaces two characters that stand
together. Its weight is ``(1 + log tf) * idf``
(Salton and Buckley 1988) in a vector scaled to length 1. idf comes from the recent stream over a start from general
word frequencies (`dedup.sketch.frequencies`) and is frozen when the article arrives. Weights are stored as whole
numbers, so every later comparison is exact integer arithmetic and depends on no order.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from typing import Literal, NamedTuple, Protocol, cast

import Stemmer
from babel import Locale, UnknownLocaleError

from dedup.kernel import chosen as kernel
from dedup.kernel.reference import terms as reference
from dedup.kernel.reference.arrays import SCALE, unpack32
from dedup.kernel.reference.evidence import BODY, NUMBERS, TITLE, WEEKDAY
from dedup.named import make
from dedup.text.document import Document
from dedup.text.language import UNDETERMINED
from dedup.text.words.names import names_in
from dedup.text.words.tokens import Tokens, joined, tokens
from dedup.text.words.written import as_written

__all__ = [
    "BODY",
    "FIELDS",
    "NUMBERS",
    "SCALE",
    "TITLE",
    "WEEKDAY",
    "SparseVector",
    "TermSketch",
    "Weigher",
    "hash_terms",
    "months_in",
    "names_of",
    "sketch",
    "terms_of",
    "weekday_terms",
    "weekdays_in",
]

FIELDS = ("body", "title", "numbers", "weekday")
_CAPS = (96, 32, 32)
# Title and lead count so many times more than the rest of the body.
EMPHASIS = 2
# Words of the lead; a pair of characters is about half a word.
LEAD_TOKENS = 50
# The day of the week is looked for in the title and so many times the lead.
WEEKDAY_LEADS = 3
# Words of the body that stand in for a title that is not there.
TITLE_FALLBACK = 12
# Strongest terms of the body by which related texts are found.
KEY_TERMS = 30
# Names are looked for in so many words of a body.
NAME_WORDS = 400
# Distinct terms of a title or a body that are looked at; what a longer one has beyond them is a word list.
MOST_TERMS = 20_000
# Snowball stemmers by language. English is not among them: there stemming did not pay on the labelled sets.
STEMMERS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "eo": "esperanto",
    "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish", "fr": "french", "ga": "irish",
    "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian",
    "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian", "no": "norwegian", "pl": "polish",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "st": "sesotho", "sv": "swedish",
    "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip


_HEAD = struct.Struct("<6H")


class SparseVector(NamedTuple):
    """A vector of length 1: `hashes` (n,) uint32 ascending, `weights` (n,) uint16 in units of 1 / `SCALE`."""

    hashes: bytes
    weights: bytes


@dataclass(slots=True)
class TermSketch:
    """The terms of one text. `vectors` follow `FIELDS`; `terms` are all its distinct term hashes, ascending uint32.

    `background`, 0 to `SCALE`, is how near the text is to stories that are not its own; known once it is decided.
    `spelling` is for people, and known only while the article is being decided.
    """

    vectors: tuple[tuple[bytes, bytes], ...]
    terms: bytes
    background: int = 0
    spelling: Spelling | None = field(default=None, compare=False, repr=False)

    def spelled(self, groups: Sequence[bytes]) -> list[str]:
        """The terms with the hashes, uint32, of each group, as people write them, one text with ", " between them.

        Raises `LookupError` for a sketch that was stored.
        """
        if self.spelling is None:
            raise LookupError("the spelling of terms is known only while their article is decided")
        document = self.spelling.document
        return as_written(self.spelling.of(groups), document.title, document.body)

    def to_bytes(self, background: int) -> bytes:
        """What is stored: five lengths and the background, all terms, then hashes and weights of each vector.

        Little-endian.
        """
        terms, body, title, numbers, weekday = self.terms, *self.vectors
        lengths = len(terms) // 4, len(body[1]) // 2, len(title[1]) // 2, len(numbers[1]) // 2, len(weekday[1]) // 2
        return b"".join((_HEAD.pack(*lengths, background), terms, *body, *title, *numbers, *weekday))

    @classmethod
    def from_bytes(cls, stored: bytes) -> TermSketch:
        """The inverse of `to_bytes`, without the spelling."""
        terms, *lengths, background = _HEAD.unpack_from(stored)
        start = _HEAD.size + 4 * terms
        vectors = []
        for length in lengths:
            middle, end = start + 4 * length, start + 6 * length
            vectors.append(make(SparseVector, (stored[start:middle], stored[middle:end])))
            start = end
        return cls(tuple(vectors), stored[_HEAD.size : _HEAD.size + 4 * terms], background)


def terms_in(stored: bytes) -> bytes:
    """The `terms` of a `TermSketch` that `to_bytes` made."""
    count = _HEAD.unpack_from(stored)[0]
    return stored[_HEAD.size : _HEAD.size + 4 * count]


_NO_DAY = SparseVector(b"", b"")
# A day of the week as a vector of one term, its number, Monday 0.
_DAYS = tuple(SparseVector(struct.pack("<I", day), struct.pack("<H", SCALE)) for day in range(7))
_Shape = tuple[int, int, int, int, int]
_SHAPE: _Shape = (MOST_TERMS, LEAD_TOKENS, EMPHASIS, WEEKDAY_LEADS * LEAD_TOKENS, TITLE_FALLBACK)


class Weigher(reference.Weigher, Protocol):
    """The weights that terms have at one moment; see `dedup.kernel.reference.terms.TermCounts`."""

    def weigh_text(
        self, title: str, body: str, name: str, weekdays: Sequence[bytes], shape: _Shape, caps: tuple[int, int, int],
        stems: reference.Stems | None,
    ) -> tuple[tuple[tuple[bytes, bytes], ...], bytes, int] | None:  # fmt: skip
        """The vectors, the distinct terms and the weekday of a text; None where that is left to the definition."""


def sketch(document: Document, weigher: Weigher) -> TermSketch:
    """The weighted terms of a document; see `FIELDS`."""
    language, name = document.language, _name(document.publisher or "")
    days, names = _weekdays(language)
    given = document.title_tokens, document.body_tokens, name, names, _SHAPE, _CAPS, stems_of(language)
    weighed = weigher.weigh_text(*given) or reference.weigh_text(weigher, *given)
    (first, second, third), terms, day = weighed
    weekday = _DAYS[days[day]] if day >= 0 else _NO_DAY
    return TermSketch((first, second, third, weekday), terms, 0, make(Spelling, (document, name)))


class Spelling(NamedTuple):
    """What the terms of a document were before they were hashes; `name` is that of its publisher, left out."""

    document: Document
    name: Tokens

    def of(self, groups: Sequence[bytes]) -> list[str]:
        """The terms of each group of hashes, folded, as the text has them first; see `TermSketch.spelled`."""
        document = self.document
        given = document.title_tokens, document.body_tokens, self.name, groups, stems_of(document.language)
        return cast(list[str], kernel.spell(*given) or reference.spell(*given))


@lru_cache(maxsize=4096)
def _name(publisher: str) -> Tokens:
    """The tokens of a publisher's name; none of one of a single word: "Time" is a word of other meanings, too."""
    name = joined(publisher)
    return name if " " in name else Tokens("")


@cache
def _weekdays(language: str) -> tuple[tuple[int, ...], tuple[bytes, ...]]:
    """Days of the week, Monday 0, and the terms of their names in Unicode's CLDR; none for a language that it lacks."""
    return _names_of_time(language, "days")


@cache
def _months(language: str) -> tuple[tuple[int, ...], tuple[bytes, ...]]:
    """Months, January 1, and the terms of their names in Unicode's CLDR; none for a language that it lacks."""
    return _names_of_time(language, "months")


def _names_of_time(language: str, kind: Literal["days", "months"]) -> tuple[tuple[int, ...], tuple[bytes, ...]]:
    try:
        styles = getattr(Locale.parse(language), kind) if language != UNDETERMINED else {}
    except (UnknownLocaleError, ValueError):
        return (), ()
    told = {(number, name) for style in styles.values() for number, name in style["wide"].items()}
    hashed = {(number, hash_terms(terms_of(tokens(name)), language)) for number, name in told}
    found = sorted((number, terms) for number, terms in hashed if terms)
    return tuple(number for number, _ in found), tuple(terms for _, terms in found)


@cache
def weekday_terms(language: str) -> frozenset[int]:
    """The hashes of the terms in the names of the days of the week; none for a language that CLDR lacks."""
    return frozenset(unpack32(b"".join(_weekdays(language)[1])))


@cache
def calendar_terms(language: str) -> bytes:
    """The hashes of the terms in the names of the days of the week and of the months, uint32 ascending."""
    return kernel.distinct(b"".join((*_weekdays(language)[1], *_months(language)[1])))


def weekdays_in(terms: Set[int], language: str) -> set[int]:
    """The days of the week, Monday 0, of which all of a name is among some terms."""
    return {day for day, name in zip(*_weekdays(language), strict=True) if terms >= {*unpack32(name)}}


def months_in(terms: Set[int], language: str) -> set[int]:
    """The months, January 1, of which all of a name is among some terms."""
    return {month for month, name in zip(*_months(language), strict=True) if terms >= {*unpack32(name)}}


def terms_of(tokens: Sequence[str]) -> list[str]:
    """Words, and pairs of syllables: `dedup.kernel.reference.terms.terms_of`."""
    return reference.terms_of(tokens, MOST_TERMS)


def hash_terms(terms: Sequence[str], language: str) -> bytes:
    """The hash of each term, uint32, by its stem where the language has endings and a stemmer: `STEMMERS`."""
    stems = stems_of(language)
    return kernel.hash_terms(terms) if stems is None else stems.hashes(terms)


@lru_cache(maxsize=4)
def names_of(body: str, language: str) -> bytes:
    """The terms of the names in a text, uint32 ascending: the same text is compared with several others."""
    return kernel.distinct(hash_terms(names_in(body, NAME_WORDS), language))


@cache
def stems_of(language: str) -> reference.Stems | None:
    """The hashes of the stems of a language; None where terms are hashed as they are."""
    name = STEMMERS.get(language)
    return None if name is None else kernel.Stems(partial(_hash_stems, Stemmer.Stemmer(name, 0), language))


def _hash_stems(stemmer: Stemmer.Stemmer, language: str, terms: list[str]) -> bytes:
    words = [_with_marbuta(term) for term in terms] if language == "ar" else terms
    return kernel.hash_terms(stemmer.stemWords(words))


def _with_marbuta(term: str) -> str:
    """An Arabic `term` with the feminine ending that tokens have as heh and the stemmer takes away."""
    return f"{term[:-1]}\u0629" if term.endswith("\u0647") else term
