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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import islice, pairwise
from typing import NamedTuple, Protocol, cast

import Stemmer
from babel import Locale, UnknownLocaleError

from dedup.kernel import chosen as kernel
from dedup.kernel.reference.arrays import SCALE, unpack32
from dedup.kernel.reference.evidence import BODY, NUMBERS, TITLE, WEEKDAY
from dedup.named import make
from dedup.text.document import Document
from dedup.text.language import UNDETERMINED
from dedup.text.tokens import Tokens, is_syllable, joined, separate, tokens
from dedup.text.written import as_written

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
    "sketch",
    "terms_of",
    "weekday_terms",
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
# Distinct terms of a title or a body that are looked at; what a longer one has beyond them is a word list.
MOST_TERMS = 20_000
# Snowball stemmers by language. English is not among them: there stemming did not pay on the labelled sets.
STEMMERS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "es": "spanish", "eu": "basque",
    "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch",
    "nn": "norwegian", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip


_REMEMBERED = 10_000
"""Stems that a stemmer remembers; for more terms at once that costs three times what it saves."""
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
            vectors.append(SparseVector(stored[start:middle], stored[middle:end]))
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


class Weigher(Protocol):
    """The weights that terms have at one moment; see `dedup.kernel.reference.terms.TermCounts`."""

    def weigh_all(self, parts: Sequence[bytes], caps: Sequence[int]) -> tuple[tuple[tuple[bytes, bytes], ...], bytes]:
        """Of each part, uint32 terms in any order, the vector of its heaviest; the distinct terms of the first."""

    def weigh_text(
        self, title: str, body: str, name: str, weekdays: Sequence[bytes], shape: _Shape, caps: tuple[int, int, int]
    ) -> tuple[tuple[tuple[bytes, bytes], ...], bytes, int] | None:
        """The vectors, the distinct terms and the weekday of tokens that are terms; None where they may not be."""


def sketch(document: Document, weigher: Weigher) -> TermSketch:
    """The weighted terms of a document; see `FIELDS`."""
    language, name = document.language, _name(document.publisher or "")
    days, names = _weekdays(language)
    weighed = None
    if language not in STEMMERS:
        weighed = weigher.weigh_text(document.title_tokens, document.body_tokens, name, names, _SHAPE, _CAPS)
    if weighed is None:
        weighed = _weighed(document, name, weigher)
    (first, second, third), terms, day = weighed
    weekday = _DAYS[days[day]] if day >= 0 else _NO_DAY
    return TermSketch((first, second, third, weekday), terms, 0, make(Spelling, (document, name)))


def _weighed(document: Document, name: Tokens, weigher: Weigher) -> tuple[tuple[tuple[bytes, bytes], ...], bytes, int]:
    """As `Weigher.weigh_text`, for any text."""
    head, text, numbers, lead = _hashes(document, name)
    whole = text + head
    _, names = _weekdays(document.language)
    day = kernel.first_of(head + text[: 4 * WEEKDAY_LEADS * lead], names)
    if not head:
        head = text[: 4 * TITLE_FALLBACK]
    return *weigher.weigh_all((whole + EMPHASIS * (text[: 4 * lead] + head), head, numbers), _CAPS), day


class Spelling(NamedTuple):
    """What the terms of a document were before they were hashes; `name` is that of its publisher, left out."""

    document: Document
    name: Tokens

    def of(self, groups: Sequence[bytes]) -> list[str]:
        """The terms of each group of hashes, folded, as the text has them first; see `TermSketch.spelled`."""
        document = self.document
        if document.language not in STEMMERS:
            found = kernel.spell(document.title_tokens, document.body_tokens, groups)
            if None not in found:
                return cast(list[str], found)
        title, body = self.terms()
        known = hash_terms([*title, *body], document.language)
        pairs = zip(struct.unpack(f"<{len(known) // 4}I", known), (*title, *body), strict=True)
        spelled = dict(reversed([*pairs]))
        return [", ".join(spelled[number] for number in struct.unpack(f"<{len(one) // 4}I", one)) for one in groups]

    def terms(self) -> tuple[Sequence[str], Sequence[str]]:
        """The terms of title and body."""
        title, body = (
            terms_of(without(separate(part), separate(self.name)))
            for part in (self.document.title_tokens, self.document.body_tokens)
        )
        return title, body


@lru_cache(maxsize=4096)
def _name(publisher: str) -> Tokens:
    """The tokens of a publisher's name; none of one of a single word: "Time" is a word of other meanings, too."""
    name = joined(publisher)
    return name if " " in name else Tokens("")


def _hashes(document: Document, name: Tokens) -> tuple[bytes, bytes, bytes, int]:
    """The terms of title and body, their numbers, each uint32, and how many terms of the body are its lead.

    A body that begins with the title says it once.
    """
    if document.language not in STEMMERS:
        plain = kernel.term_hashes(document.title_tokens, document.body_tokens, name, MOST_TERMS)
        if plain is not None:
            return *plain, LEAD_TOKENS
    title, body = Spelling(document, name).terms()
    head, text = hash_terms(title, document.language), hash_terms(body, document.language)
    repeated = len(title) if head and text.startswith(head) else 0
    numbers = hash_terms([*numbers_of(title), *numbers_of(body[repeated:])], document.language)
    lead = 2 * LEAD_TOKENS if body and is_syllable(body[0][0]) else LEAD_TOKENS
    return head, text[4 * repeated :], numbers, lead


def without(words: Sequence[str], name: Sequence[str]) -> Sequence[str]:
    """`words` but for each run of them that is the `name` of who published them, which says nothing of the event."""
    if not name or name[0] not in words:
        return words
    kept: list[str] = []
    place = 0
    while place < len(words):
        if words[place] == name[0] and list(words[place : place + len(name)]) == list(name):
            place += len(name)
        else:
            kept.append(words[place])
            place += 1
    return kept


def numbers_of(terms: Sequence[str]) -> list[str]:
    """The terms that begin with a digit and have more than one character: "7.8", "2024", "14th"."""
    if "".join(terms).isascii():
        # Of the characters that a token may begin with, only the digits come before the colon.
        return [term for term in terms if term < ":" and len(term) > 1]
    return [term for term in terms if term[0].isdigit() and len(term) > 1]


@cache
def _weekdays(language: str) -> tuple[tuple[int, ...], tuple[bytes, ...]]:
    """Days of the week, Monday 0, and the terms of their names in Unicode's CLDR; none for a language that it lacks."""
    try:
        days = Locale.parse(language).days if language != UNDETERMINED else {}
    except (UnknownLocaleError, ValueError):
        return (), ()
    told = {(day, name) for style in days.values() for day, name in style["wide"].items()}
    hashed = {(day, hash_terms(terms_of(tokens(name)), language)) for day, name in told}
    found = sorted((day, terms) for day, terms in hashed if terms)
    return tuple(day for day, _ in found), tuple(terms for _, terms in found)


@cache
def weekday_terms(language: str) -> frozenset[int]:
    """The hashes of the terms in the names of the days of the week; none for a language that CLDR lacks."""
    return frozenset(unpack32(b"".join(_weekdays(language)[1])))


def hash_terms(terms: Sequence[str], language: str) -> bytes:
    """The hash of each term, uint32, by its stem where the language has endings and a stemmer: `STEMMERS`."""
    name = STEMMERS.get(language)
    if name is None:
        return kernel.hash_terms(terms)
    stemmer = _stemmer(name) if len(terms) <= _REMEMBERED else Stemmer.Stemmer(name, 0)
    words = [_with_marbuta(term) for term in terms] if language == "ar" else list(terms)
    return kernel.hash_terms(stemmer.stemWords(words))


def _with_marbuta(term: str) -> str:
    """An Arabic `term` with the feminine ending that tokens have as heh and the stemmer takes away."""
    return f"{term[:-1]}\u0629" if term.endswith("\u0647") else term


@cache
def _stemmer(name: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(name, _REMEMBERED)


def terms_of(tokens: Sequence[str]) -> Sequence[str]:
    """Words as they are; runs of single characters of scripts without spaces as overlapping pairs.

    Of a long text only the first `MOST_TERMS` distinct terms, each as often as it occurs.
    """
    terms = tokens if "".join(tokens).isascii() else _with_pairs(tokens)
    if len(terms) <= MOST_TERMS:
        return terms
    kept = set(islice(dict.fromkeys(terms), MOST_TERMS))
    return [term for term in terms if term in kept]


def _with_pairs(tokens: Sequence[str]) -> list[str]:
    terms: list[str] = []
    run: list[str] = []
    for token in tokens:
        if is_syllable(token[0]):
            run.append(token)
            continue
        if run:
            terms.extend(_pairs(run))
            run = []
        terms.append(token)
    terms.extend(_pairs(run))
    return terms


def _pairs(run: list[str]) -> Iterable[str]:
    return run if len(run) < 2 else map("".join, pairwise(run))
