"""The kernel in plain Python: the definition that the compiled one (``csrc/``) matches bit for bit.

Arrays are bytes of little-endian numbers, uint32 for hashes and uint16 for weights. Every function raises `ValueError`
for bytes that are not a whole number of items and `TypeError` for the wrong type.
"""

from __future__ import annotations

import math
import operator
import struct
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import TypeVar

import xxhash

MAX_BANDS = 1024
MAX_PERMUTATIONS = 1024
MOST_NAMES = 256
MOST_PARTS = 16
RANK_BITS = 48
# A cosine of 1 is a dot product of SCALE * SCALE: weights are 16-bit fixed point.
SCALE = 65_535
_MASK = 0xFFFFFFFF

Index = TypeVar("Index")


def sign(title: str, body: str, words: int, a: bytes, b: bytes) -> tuple[bytes, bytes]:
    """``(values, shingles)`` of one text: the minima of `minhash` over the set of its shingles, and that set.

    Title and body are tokens with one space between two.
    Raises `UnicodeEncodeError` for a lone surrogate and `ValueError` for `words` below 1.
    """
    if words < 1:
        raise ValueError(f"a shingle has at least one word, not {words}")
    shingles = pack32(sorted(set(_shingle_hashes(title, words)) | set(_shingle_hashes(body, words))))
    return minhash(shingles, a, b), shingles


def sign_many(texts: Iterable[tuple[str, str]], words: int, a: bytes, b: bytes) -> list[tuple[bytes, bytes]]:
    """`sign` for every pair of title and body, in order."""
    return [sign(title, body, words, a, b) for title, body in texts]


def _shingle_hashes(joined: str, words: int) -> list[int]:
    tokens = _separate(joined)
    words = min(words, len(tokens))
    count = len(tokens) - words + 1 if tokens else 0
    return [xxhash.xxh32_intdigest(" ".join(tokens[i : i + words]).encode()) for i in range(count)]


def give_back() -> None:
    """Memory that was freed goes back to the system, where the library keeps it for the next one who asks."""


def minhash(hashes: bytes, a: bytes, b: bytes) -> bytes:
    """For each permutation k the least ``a[k] * fmix32(h) + b[k] mod 2**32`` over all hashes h; 2**32 - 1 without any.

    datasketch 2's ``affine32`` scheme. At most 1,024 permutations.
    """
    factors, summands = unpack32(a), unpack32(b)
    if len(factors) != len(summands) or not 1 <= len(factors) <= MAX_PERMUTATIONS:
        raise ValueError(
            f"a and b must have the same number of coefficients, 1 to {MAX_PERMUTATIONS}, "
            f"not {len(factors)} and {len(summands)}"
        )
    mixed = [fmix32(h) for h in unpack32(hashes)]
    return pack32(
        [min(((x * h + y) & _MASK for h in mixed), default=_MASK) for x, y in zip(factors, summands, strict=True)]
    )


def overlap(one: bytes, other: bytes) -> tuple[int, int, int]:
    """``(common, size of one, size of other)`` of two ascending sets of hashes."""
    left, right = unpack32(one), unpack32(other)
    return len(set(left) & set(right)), len(left), len(right)


def hash_terms(terms: Sequence[str]) -> bytes:
    """xxh32 (seed 0) of each term in UTF-8: uint32. Raises `UnicodeEncodeError` for a lone surrogate."""
    return pack32([xxhash.xxh32_intdigest(term.encode()) for term in terms])


def term_hashes(title: str, body: str, name: str, most: int) -> tuple[bytes, bytes, bytes] | None:
    """The terms of a text whose tokens are its terms, as `hash_terms` gives them: ``(title, body, numbers)``.

    Title, body and name are tokens with one space between two. Each `name` is left out, and the title where the body
    begins with it. A number begins with a digit and has more than one character. None for a text with a character from
    U+0640 on, where terms or numbers may be others, or with more than `most` tokens in one part.
    """
    if max(f"{title} {body} {name}") >= "\u0640" or max(len(_separate(title)), len(_separate(body))) > most:
        return None
    head, text = (_without(_separate(part), _separate(name)) for part in (title, body))
    if hash_terms(text).startswith(hash_terms(head)):
        del text[: len(head)]
    numbers = [term for term in (*head, *text) if len(term) > 1 and term < ":"]
    return hash_terms(head), hash_terms(text), hash_terms(numbers)


def without_digits(tokens: str) -> bytes | None:
    """The distinct hashes, ascending, of those of the `tokens`, joined by spaces, that hold no digit.

    None for tokens with a character from U+0640 on, or a superscript digit, where others than 0 to 9 may be digits.
    """
    words = _separate(tokens)
    if any(character >= "\u0640" or character in "²³¹" for character in tokens):
        return None
    return distinct(hash_terms([word for word in words if not any(map(str.isdigit, word))]))


def framed(parts: Iterable[str | None]) -> bytes:
    """`parts`, 16 at most, one behind the other, each told from its neighbours and from an empty one.

    Of each the length, 8 bytes little-endian, then ``-`` for None or ``+`` and its UTF-8, lone surrogates as well.
    """
    given = tuple(parts)
    if len(given) > MOST_PARTS:
        raise ValueError(f"at most {MOST_PARTS} parts, not {len(given)}")
    framed: list[bytes] = []
    for part in given:
        if not isinstance(part, str | None):
            raise TypeError("text must be str")
        encoded = b"-" if part is None else b"+" + part.encode("utf-8", "surrogatepass")
        framed += len(encoded).to_bytes(8, "little"), encoded
    return b"".join(framed)


def spell(title: str, body: str, groups: Iterable[bytes]) -> list[str | None]:
    """The terms with the hashes of each group, as the first token of title and body with that hash, with ", " between.

    Tokens are joined as for `term_hashes`. None for a group with a hash that no token has.
    """
    words: dict[int, str] = {}
    for word in (*_separate(title), *_separate(body)):
        words.setdefault(xxhash.xxh32_intdigest(word.encode()), word)
    return [_listed([words.get(number) for number in unpack32(hashes)]) for hashes in groups]


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


def _separate(joined: str) -> list[str]:
    if not isinstance(joined, str):
        raise TypeError("tokens must be str")
    return joined.split(" ") if joined else []


def distinct(hashes: bytes) -> bytes:
    """The set of `hashes`, ascending."""
    return pack32(sorted(set(unpack32(hashes))))


def first_of(terms: bytes, names: Sequence[bytes]) -> int:
    """Which of `names`, each one or more terms in a row, comes first among `terms`: its number, -1 where none does.

    Of names that begin at one place the first. Terms are uint32.
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


def band_keys(values: bytes, bands: int, rows: int) -> bytes:
    """The key of each band: xxh32 (seed 0) over the 4 * rows bytes of its rows. Left-over values are not used."""
    count = len(unpack32(values))
    if not 1 <= bands <= MAX_BANDS or rows < 1 or bands * rows > count:
        raise ValueError(f"{bands} bands of {rows} rows do not fit a signature of {count} values")
    return pack32([xxhash.xxh32_intdigest(values[4 * rows * i : 4 * rows * (i + 1)]) for i in range(bands)])


class BandIndex:
    """Which entries share a band's key with a query: an LSH index of `bands` bands, 1 to 1,024.

    An entry is known by its `rank`, 0 to 2**48 - 1 and higher than all before, so the same insertions give an equal
    index; `moment`, 64 bits, is what a search may be limited to. A discarded entry is never found again; its memory
    comes back only with a new index. The length is the number of entries not discarded. Not for several threads.
    """

    def __init__(self, bands: int) -> None:
        if not 1 <= bands <= MAX_BANDS:
            raise ValueError(f"an index has 1 to {MAX_BANDS} bands, not {bands}")
        self._chains: list[dict[int, dict[int, None]]] = [{} for _ in range(bands)]
        self._entries: dict[int, tuple[tuple[int, ...], int]] = {}
        self._last = -1

    def add(self, keys: bytes, rank: int, moment: int) -> None:
        """Adds an entry with ``(bands,)`` uint32 keys."""
        if len(keys) != 4 * len(self._chains):
            raise ValueError(f"keys must be {4 * len(self._chains)} bytes, not {len(keys)}")
        if not self._last < rank < 1 << RANK_BITS:
            raise ValueError(f"rank must be below 2**48 and higher than all before, not {rank}")
        own = unpack32(keys)
        for chains, key in zip(self._chains, own, strict=True):
            chains.setdefault(key, {})[rank] = None
        self._entries[rank] = own, moment
        self._last = rank

    def reserve(self, entries: int) -> None:
        """Takes memory for so many more entries at once, which spares growing; they may be fewer or more.

        Raises `ValueError` where `entries` is negative.
        """
        if operator.index(entries) < 0:
            raise ValueError("entries must not be negative")

    def discard(self, rank: int) -> None:
        """Takes an entry out; no error where there is none."""
        own, _ = self._entries.pop(rank, ((), 0))
        for chains, key in zip(self._chains, own, strict=False):
            del chains[key][rank]
            if not chains[key]:
                del chains[key]

    @classmethod
    def search(
        cls, spans: Iterable[tuple[tuple[BandIndex, ...], int, int]], keys: bytes, chain: int, limit: int
    ) -> list[tuple[int, int]]:
        """The `limit` entries that share most bands with `keys`, as ``(rank, hits)``: most hits, then newest, first.

        A span is indexes and the first and last moment of the entries that may be found in them. In each band of an
        index only the newest `chain` entries of the key count, of whatever moment, so a key that everyone shares costs
        no more than any other.
        """
        if chain < 0 or limit < 0:
            raise ValueError("chain and limit must not be negative")
        wanted, found = unpack32(keys), []
        for index, low, high in each_index(spans):
            if len(wanted) != index.bands:
                raise ValueError(f"keys must be {4 * index.bands} bytes, not {len(keys)}")
            hits: Counter[int] = Counter()
            for chains, key in zip(index._chains, wanted, strict=True):
                hits.update(islice(reversed(chains.get(key, {})), chain))
            found += [(count, rank) for rank, count in hits.items() if low <= index._entries[rank][1] <= high]
        found.sort(reverse=True)
        return [(rank, count) for count, rank in found[:limit]]

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def bands(self) -> int:
        """Keys an entry."""
        return len(self._chains)

    @property
    def nbytes(self) -> int:
        """Memory taken, in bytes; here an estimate."""
        entries = sum(sys.getsizeof(ranks) for chains in self._chains for ranks in chains.values())
        return entries + sum(map(sys.getsizeof, self._chains)) + sum(map(sys.getsizeof, self._entries.values()))


class TermCounts:
    """In how many of the texts counted a term is, over a start of so many `texts` of which `counts` hold each term.

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
    ) -> tuple[tuple[tuple[bytes, bytes], ...], bytes, int] | None:
        """The vectors of a text whose tokens are its terms: of all of them, of its title, of its numbers.

        Beside them its distinct terms, and which of `weekdays` comes first as `first_of` tells. `title`, `body` and
        `name` are those of `term_hashes`, and None is given as there. `shape` is how many tokens a part may have, how
        many terms of the body are its lead, how many times lead and title count once more, in how many terms of the
        body a day is looked for, and how many stand in for a title that is not there.
        """
        most, lead, emphasis, looked_at, fallback = shape
        if min(lead, emphasis, looked_at, fallback, *caps) < 0:
            raise ValueError("no part of the shape and no cap must be negative")
        hashed = term_hashes(title, body, name, most)
        if hashed is None:
            return None
        head, text, numbers = hashed
        day = first_of(head + text[: 4 * looked_at], weekdays)
        whole, head = text + head, head or text[: 4 * fallback]
        parts = whole + emphasis * (text[: 4 * lead] + head), head, numbers
        return *self.weigh_all(parts, caps), day

    def _idf(self, term: int) -> float:
        total = math.log(self._texts + self._start_texts + 1.0)
        return max(0.0, total - math.log(self._counts[term] + self._start.get(term, 1.0)))

    def __len__(self) -> int:
        return self._texts

    @property
    def nbytes(self) -> int:
        """Memory taken, in bytes; here an estimate."""
        return sys.getsizeof(self._start) + sys.getsizeof(self._counts)


def fmix32(h: int) -> int:
    """The finalizer of MurmurHash3, a bijection on 32 bits."""
    h ^= h >> 16
    h = h * 0x85EBCA6B & _MASK
    h ^= h >> 13
    h = h * 0xC2B2AE35 & _MASK
    return h ^ h >> 16


def unpack32(data: bytes) -> tuple[int, ...]:
    """The numbers of an array of uint32."""
    if len(data) % 4:
        raise ValueError(f"an array must be a whole number of 4-byte items, not {len(data)} bytes")
    return struct.unpack(f"<{len(data) // 4}I", data)


def each_index(spans: Iterable[tuple[tuple[Index, ...], int, int]]) -> Iterator[tuple[Index, int, int]]:
    """Each index of each span, with the first and last moment of what may be found in it."""
    for indexes, low, high in spans:
        for index in indexes:
            yield index, low, high


def pack32(values: Iterable[int]) -> bytes:
    """An array of uint32."""
    given = tuple(values)
    return struct.pack(f"<{len(given)}I", *given)


def pack64(values: Iterable[int]) -> bytes:
    """An array of int64 of this machine."""
    given = tuple(values)
    return struct.pack(f"{len(given)}q", *given)


def ascending(hashes: bytes) -> tuple[int, ...]:
    """A set of hashes. Raises `ValueError` where they are not sorted and unique."""
    given = unpack32(hashes)
    if any(x >= y for x, y in pairwise(given)):
        raise ValueError("hashes must be sorted and unique")
    return given


def vector_of(hashes: bytes, weights: bytes) -> dict[int, int]:
    """A sparse vector: ascending distinct uint32 hashes, and as many uint16 weights."""
    if len(weights) % 2:
        raise ValueError(f"weights must be a whole number of 2-byte items, not {len(weights)} bytes")
    if len(hashes) != 2 * len(weights):
        raise ValueError(f"{len(hashes) // 4} hashes and {len(weights) // 2} weights make no vector")
    return dict(zip(ascending(hashes), struct.unpack(f"<{len(weights) // 2}H", weights), strict=True))


def _doubles(data: bytes) -> tuple[float, ...]:
    if len(data) % 8:
        raise ValueError(f"counts must be a whole number of 8-byte items, not {len(data)} bytes")
    return struct.unpack(f"<{len(data) // 8}d", data)
