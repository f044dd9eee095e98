"""The terms of a text: their hashes, and what they weigh. A part of the definition in `dedup.kernel.reference`."""

from __future__ import annotations

import math
import struct
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby, islice, pairwise
from typing import Protocol

import xxhash

from dedup.kernel.reference.arrays import SCALE, ascending, pack32, unpack32
from dedup.kernel.reference.scripts import is_syllable
from dedup.kernel.reference.signatures import distinct, separate

MOST_NAMES = 256
MOST_STEMS = 1 << 17


class Weigher(Protocol):
    """The weights that terms have at one moment; see `TermCounts`."""

    def weigh_all(self, parts: Sequence[bytes], caps: Sequence[int]) -> tuple[tuple[tuple[bytes, bytes], ...], bytes]:
        """Of each part, uint32 terms in any order, the vector of its heaviest; the distinct terms of the first."""


def hash_terms(terms: Sequence[str]) -> bytes:
    """xxh32 (seed 0) of each term in UTF-8: uint32. Raises `UnicodeEncodeError` for a lone surrogate."""
    return pack32([xxhash.xxh32_intdigest(term.encode()) for term in terms])


class Stems:
    """The hashes of terms by their stems.

    `hashed` gives them for any list of terms, uint32 in their order, and always the same for the same term. What it
    gave is remembered; the length is the number of terms of which that is so.
    """

    def __init__(self, hashed: Callable[[list[str]], bytes]) -> None:
        self._hashed = hashed
        self._known: dict[str, int] = {}

    def hashes(self, terms: Sequence[str]) -> bytes:
        """The hash of each term, as `hash_terms` gives it."""
        if len(self._known) > MOST_STEMS:
            self._known.clear()
        unknown = [term for term in terms if term not in self._known]
        if unknown:
            self._known.update(zip(unknown, unpack32(self._hashed(unknown)), strict=True))
        return pack32([self._known[term] for term in terms])

    def __len__(self) -> int:
        return len(self._known)


def terms_of(tokens: Sequence[str], most: int) -> list[str]:
    """Words as they are; runs of syllables of scripts without spaces as overlapping pairs.

    Of a long text only the first so many distinct terms, each as often as it occurs.
    """
    terms: list[str] = []
    for syllabic, run in groupby(tokens, lambda token: is_syllable(token[:1])):
        words = [*run]
        terms += map("".join, pairwise(words)) if syllabic and len(words) > 1 else words
    if len(terms) <= most:
        return terms
    kept = set(islice(dict.fromkeys(terms), most))
    return [term for term in terms if term in kept]


def term_hashes(title: str, body: str, name: str, most: int, stems: Stems | None) -> tuple[bytes, bytes, bytes, bool]:
    """The terms of a text by their hashes: ``(title, body, numbers, syllabic)``.

    Title, body and name are tokens with one space between two. Each `name` is left out, and the title where the body
    begins with it. Of title and body `terms_of` are taken, `most` at most, and hashed by their `stems` if there are
    any. A number begins with a digit of ASCII, which tokens have for every decimal digit, and has more than one
    character.
    `syllabic` tells whether the body begins with a syllable.

    The compiled kernel gives None for a text that it leaves to this definition.
    """
    parts = [terms_of(_without(separate(part), separate(name)), most) for part in (title, body)]
    hashed = stems.hashes if stems is not None else hash_terms
    head, text = map(hashed, parts)
    syllabic = is_syllable(parts[1][0][:1]) if parts[1] else False
    repeated = len(parts[0]) if text.startswith(head) else 0
    numbers = [term for term in (*parts[0], *parts[1][repeated:]) if len(term) > 1 and term < ":"]
    return head, text[4 * repeated :], hashed(numbers), syllabic


def without_digits(tokens: str) -> bytes | None:
    """The distinct hashes, ascending, of those of the `tokens`, joined by spaces, that hold no digit.

    None for tokens with a character from U+0640 on, or a superscript digit, where others than 0 to 9 may be digits.
    """
    words = separate(tokens)
    if any(character >= "\u0640" or character in "²³¹" for character in tokens):
        return None
    return distinct(hash_terms([word for word in words if not any(map(str.isdigit, word))]))


def first_of(terms: bytes, names: Sequence[bytes]) -> int:
    """Which of `names`, each one or more terms in a row, comes first among `terms`: its number, -1 where none does.

    Where several names begin at one place, the first of them. Terms are uint32.
    """
    if len(names) > MOST_NAMES:
        raise ValueError(f"at most {MOST_NAMES} names, not {len(names)}")
    given, wanted = unpack32(terms), [unpack32(name) for name in names]
    if not all(wanted):
        raise ValueError("a name must have a term")
    for place in range(len(given)):
        for number, name in enumerate(wanted):
            if given[place : place + len(name)] == name:
                return number
    return -1


def spell(title: str, body: str, name: str, groups: Iterable[bytes], stems: Stems | None) -> list[str | None]:
    """The terms with the hashes of each group: the first of title and body with each hash, with ", " between.

    The parameters are those of `term_hashes`. None for a group with a hash that no term has. The compiled kernel gives
    None for a text that it leaves to this definition.
    """
    terms = [term for part in (title, body) for term in terms_of(_without(separate(part), separate(name)), sys.maxsize)]
    hashes = unpack32(stems.hashes(terms) if stems is not None else hash_terms(terms))
    spelled = dict(zip(reversed(hashes), reversed(terms), strict=True))
    return [_listed([spelled.get(number) for number in unpack32(group)]) for group in groups]


def _listed(words: list[str | None]) -> str | None:
    known = [word for word in words if word is not None]
    return ", ".join(known) if len(known) == len(words) else None


def _without(tokens: list[str], name: list[str]) -> list[str]:
    kept, place = [], 0
    while place < len(tokens):
        if name and tokens[place : place + len(name)] == name:
            place += len(name)
        else:
            kept.append(tokens[place])
            place += 1
    return kept


class TermCounts:
    """In how many of the counted texts a term is, in addition to a start of `texts` texts of which `counts` hold each
    term.

    `hashes` are the terms of the start, ascending uint32, `counts` float64, 1 or more: one more than the texts that
    hold the term. The length is the number of texts counted.
    """

    def __init__(self, hashes: bytes, counts: bytes, texts: float) -> None:
        terms, starts = ascending(hashes), _doubles(counts)
        if len(terms) != len(starts):
            raise ValueError(f"{len(terms)} hashes and {len(starts)} counts")
        if not 0.0 <= texts < math.inf:
            raise ValueError("texts must be 0 or more")
        if not all(1.0 <= count < math.inf for count in starts):
            raise ValueError("counts must be 1 or more")
        self._start = dict(zip(terms, starts, strict=True))
        self._start_texts = float(texts)
        self._texts = 0
        self._counts: Counter[int] = Counter()

    def add(self, terms: bytes) -> None:
        """Counts a text: its distinct terms, ascending uint32."""
        self._counts.update(ascending(terms))
        self._texts += 1

    def discard(self, terms: bytes) -> None:
        """Takes back that a text was counted. Raises `ValueError` where that cannot have been."""
        distinct = ascending(terms)
        if not self._texts or not all(self._counts[term] > 0 for term in distinct):
            raise ValueError("a text that was not counted cannot be discarded")
        self._counts.subtract(distinct)
        self._texts -= 1

    def idf(self, terms: bytes) -> bytes:
        """For each term ``log((texts + start + 1) / count)``, at least 0: float64.

        The text that asks counts as one that holds the term.
        """
        idf = [self._idf(term) for term in unpack32(terms)]
        return struct.pack(f"<{len(idf)}d", *idf)

    def weigh(self, terms: bytes, cap: int) -> tuple[bytes, bytes]:
        """The vector of a text, given its terms in any order and as often as they occur: ``(hashes, weights)``.

        The weight of a term is ``(1 + log tf) * idf``; of more than `cap` terms the heaviest are kept, of equally heavy
        ones the lowest; then the vector is scaled to length 1. Weights are uint16 in units of 1 / `SCALE`, rounded;
        those that round to 0 are left out.
        """
        if cap < 0:
            raise ValueError("cap must not be negative")
        raw = {}
        for term, frequency in sorted(Counter(unpack32(terms)).items()):
            weight = (math.log(frequency) + 1.0) * self._idf(term)
            if weight > 0.0:
                raw[term] = weight
        kept = sorted(sorted(raw, key=lambda term: (-raw[term], term))[:cap])
        squares = 0.0
        for term in kept:
            squares += raw[term] * raw[term]
        factor = SCALE / math.sqrt(squares) if kept else 0.0
        rounded = {term: int(raw[term] * factor + 0.5) for term in kept}
        weights = {term: weight for term, weight in rounded.items() if weight > 0}
        return pack32(weights), struct.pack(f"<{len(weights)}H", *weights.values())

    def weigh_all(self, parts: Sequence[bytes], caps: Sequence[int]) -> tuple[tuple[tuple[bytes, bytes], ...], bytes]:
        """The vectors of parts of a text, each as `weigh` makes it, and the distinct terms of the first part."""
        if len(parts) != len(caps) or not parts:
            raise ValueError(f"{len(parts)} parts and {len(caps)} caps")
        return tuple(map(self.weigh, parts, caps)), distinct(parts[0])

    def weigh_text(
        self,
        title: str,
        body: str,
        name: str,
        weekdays: Sequence[bytes],
        shape: tuple[int, int, int, int, int],
        caps: tuple[int, int, int],
        stems: Stems | None,
    ) -> tuple[tuple[tuple[bytes, bytes], ...], bytes, int] | None:
        """The vectors of a text: of all of its terms, of those of its title, of its numbers.

        Also its distinct terms, and which of `weekdays` comes first, by `first_of`. `title`, `body`, `name` and `stems`
        are those of `term_hashes`; the compiled kernel gives None where that does. `shape` is how many terms a part may
        have, how many terms of the body are its lead, how many times lead and title count once more, in how many terms
        of the body a day is looked for, and how many stand in for a missing title. In a text that begins with a
        syllable twice as many make the lead, and are looked at for a day: a pair is about half a word.
        """
        if min(*shape[1:], *caps) < 0:
            raise ValueError("no part of the shape and no cap must be negative")
        return weigh_text(self, title, body, name, weekdays, shape, caps, stems)

    def _idf(self, term: int) -> float:
        total = math.log(self._texts + self._start_texts + 1.0)
        return max(0.0, total - math.log(self._counts[term] + self._start.get(term, 1.0)))

    def __len__(self) -> int:
        return self._texts

    @property
    def nbytes(self) -> int:
        """Memory taken, in bytes; here an estimate."""
        return sys.getsizeof(self._start) + sys.getsizeof(self._counts)


def weigh_text(
    weigher: Weigher,
    title: str,
    body: str,
    name: str,
    weekdays: Sequence[bytes],
    shape: tuple[int, int, int, int, int],
    caps: tuple[int, int, int],
    stems: Stems | None,
) -> tuple[tuple[tuple[bytes, bytes], ...], bytes, int]:
    """`TermCounts.weigh_text` by any `weigher`, for any text."""
    most, lead, emphasis, looked_at, fallback = shape
    head, text, numbers, syllabic = term_hashes(title, body, name, most, stems)
    if syllabic:
        lead, looked_at = 2 * lead, 2 * looked_at
    day = first_of(head + text[: 4 * looked_at], weekdays)
    whole, head = text + head, head or text[: 4 * fallback]
    parts = whole + emphasis * (text[: 4 * lead] + head), head, numbers
    return *weigher.weigh_all(parts, caps), day


def _doubles(data: bytes) -> tuple[float, ...]:
    if len(data) % 8:
        raise ValueError(f"counts must be a whole number of 8-byte items, not {len(data)} bytes")
    return struct.unpack(f"<{len(data) // 8}d", data)
