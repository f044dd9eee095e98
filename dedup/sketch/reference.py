"""The kernel in plain Python: the definition that the compiled one (``csrc/``) matches bit for bit.

Arrays are bytes of little-endian numbers, uint32 for hashes and uint16 for weights. Every function raises `ValueError`
for bytes that are not a whole number of items and `TypeError` for the wrong type.
"""

from __future__ import annotations

import struct
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice, pairwise

import xxhash

MAX_BANDS = 1024
MAX_PERMUTATIONS = 1024
_MASK = 0xFFFFFFFF


def sign(title: Sequence[str], body: Sequence[str], words: int, a: bytes, b: bytes) -> tuple[bytes, bytes]:
    """``(values, shingles)`` of one text: the minima of `minhash` over the set of its shingles, and that set.

    Raises `UnicodeEncodeError` for a lone surrogate and `ValueError` for `words` below 1.
    """
    if words < 1:
        raise ValueError(f"a shingle has at least one word, not {words}")
    shingles = pack32(sorted(set(_shingle_hashes(title, words)) | set(_shingle_hashes(body, words))))
    return minhash(shingles, a, b), shingles


def sign_many(
    texts: Iterable[tuple[Sequence[str], Sequence[str]]], words: int, a: bytes, b: bytes
) -> list[tuple[bytes, bytes]]:
    """`sign` for every pair of title and body, in order."""
    return [sign(title, body, words, a, b) for title, body in texts]


def _shingle_hashes(tokens: Sequence[str], words: int) -> list[int]:
    tokens = tuple(tokens)
    words = min(words, len(tokens))
    count = len(tokens) - words + 1 if tokens else 0
    return [xxhash.xxh32_intdigest(" ".join(tokens[i : i + words]).encode()) for i in range(count)]


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


def band_keys(values: bytes, bands: int, rows: int) -> bytes:
    """The key of each band: xxh32 (seed 0) over the 4 * rows bytes of its rows. Left-over values are not used."""
    count = len(unpack32(values))
    if not 1 <= bands <= MAX_BANDS or rows < 1 or bands * rows > count:
        raise ValueError(f"{bands} bands of {rows} rows do not fit a signature of {count} values")
    return pack32([xxhash.xxh32_intdigest(values[4 * rows * i : 4 * rows * (i + 1)]) for i in range(bands)])


class BandIndex:
    """Which slots share a band's key with a query: an LSH index of `bands` bands, 1 to 1,024.

    Slots are 0, 1, 2, ... in the order of insertion, so the same insertions give an equal index. A dead slot is never
    returned and its number never given out again; its memory comes back only with a new index. The length is the
    number of live slots. Not for several threads at once.
    """

    def __init__(self, bands: int) -> None:
        if not 1 <= bands <= MAX_BANDS:
            raise ValueError(f"an index has 1 to {MAX_BANDS} bands, not {bands}")
        # One dict a band, from key to its live slots, oldest first (a dict serves as an ordered set).
        self._chains: list[dict[int, dict[int, None]]] = [{} for _ in range(bands)]
        self._keys: list[tuple[int, ...] | None] = []
        self._live = 0

    def add(self, keys: bytes) -> int:
        """Adds a slot with its `bands` keys, uint32; returns its number."""
        own = self._own(keys)
        slot = len(self._keys)
        for chains, key in zip(self._chains, own, strict=True):
            chains.setdefault(key, {})[slot] = None
        self._keys.append(own)
        self._live += 1
        return slot

    def add_many(self, keys: bytes) -> int:
        """Adds slots, ``(n, bands)`` uint32; returns the number of the first, whatever n is."""
        width = 4 * len(self._chains)
        if len(keys) % width:
            raise ValueError(f"keys must be a whole number of {width}-byte items, not {len(keys)} bytes")
        first = len(self._keys)
        for start in range(0, len(keys), width):
            self.add(keys[start : start + width])
        return first

    def discard(self, slot: int) -> None:
        """Makes a slot dead; again is no error. Raises `IndexError` for one never given out."""
        if not 0 <= slot < len(self._keys):
            raise IndexError(f"there is no slot {slot}; there are {len(self._keys)}")
        own = self._keys[slot]
        if own is None:
            return
        for chains, key in zip(self._chains, own, strict=True):
            del chains[key][slot]
            if not chains[key]:
                del chains[key]
        self._keys[slot] = None
        self._live -= 1

    def query(self, keys: bytes, chain: int, limit: int, exclude_slot: int = -1) -> list[tuple[int, int]]:
        """The `limit` live slots that share most bands with `keys`, as ``(slot, hits)``: most hits, then newest, first.

        In each band only the newest `chain` live slots of the key count, so a key that everyone shares costs no more
        than any other. `exclude_slot` is left out and does not count towards `chain`; -1 excludes none.
        """
        if chain < 0 or limit < 0:
            raise ValueError("chain and limit must not be negative")
        hits: Counter[int] = Counter()
        for chains, key in zip(self._chains, self._own(keys), strict=True):
            hits.update(islice((slot for slot in reversed(chains.get(key, {})) if slot != exclude_slot), chain))
        return sorted(hits.items(), key=lambda found: (-found[1], -found[0]))[:limit]

    def _own(self, keys: bytes) -> tuple[int, ...]:
        if len(keys) != 4 * len(self._chains):
            raise ValueError(f"keys must be {4 * len(self._chains)} bytes, not {len(keys)}")
        return unpack32(keys)

    def __len__(self) -> int:
        return self._live

    @property
    def bands(self) -> int:
        """Keys a slot."""
        return len(self._chains)

    @property
    def slots(self) -> int:
        """Slots ever given out, dead ones too; the number of the next one."""
        return len(self._keys)

    @property
    def nbytes(self) -> int:
        """Memory taken, in bytes; here an estimate."""
        entries = sum(sys.getsizeof(slots) for chains in self._chains for slots in chains.values())
        return entries + sum(map(sys.getsizeof, self._chains)) + sum(map(sys.getsizeof, self._keys))


class SparseStore:
    """Sparse vectors, hash to weight, with exact dot products. Append-only: slots are 0, 1, 2, ..."""

    def __init__(self) -> None:
        self._vectors: list[dict[int, int]] = []

    def add(self, hashes: bytes, weights: bytes) -> int:
        """Adds a vector, ascending distinct uint32 and as many uint16; returns its slot."""
        self._vectors.append(_vector(hashes, weights))
        return len(self._vectors) - 1

    def get(self, slot: int) -> tuple[bytes, bytes]:
        """``(hashes, weights)`` as they were added. Raises `IndexError`."""
        vector = self._vector(slot)
        return pack32(vector), struct.pack(f"<{len(vector)}H", *vector.values())

    def dots(self, hashes: bytes, weights: bytes, slots: Sequence[int]) -> list[tuple[int, int]]:
        """``(dot product, shared terms)`` of a vector with that of each slot. Raises `IndexError`.

        Exact, 0 to 2**64 - 1: a vector has fewer than 2**30 terms and a product of two weights is below 2**32.
        """
        query = _vector(hashes, weights)
        products = []
        for slot in slots:
            found = [(query[h], weight) for h, weight in self._vector(slot).items() if h in query]
            products.append((sum(x * y for x, y in found), len(found)))
        return products

    def shared(self, hashes: bytes, slot: int) -> bytes:
        """The hashes, ascending, that `hashes` and the vector in `slot` have in common. Raises `IndexError`."""
        vector = self._vector(slot)
        return pack32([h for h in _ascending(hashes) if h in vector])

    def _vector(self, slot: int) -> dict[int, int]:
        if not 0 <= slot < len(self._vectors):
            raise IndexError(f"there is no slot {slot}; there are {len(self._vectors)}")
        return self._vectors[slot]

    def __len__(self) -> int:
        return len(self._vectors)

    @property
    def nbytes(self) -> int:
        """Memory taken, in bytes; here an estimate."""
        return sys.getsizeof(self._vectors) + sum(map(sys.getsizeof, self._vectors))


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


def pack32(values: Iterable[int]) -> bytes:
    """An array of uint32."""
    given = tuple(values)
    return struct.pack(f"<{len(given)}I", *given)


def _ascending(hashes: bytes) -> tuple[int, ...]:
    given = unpack32(hashes)
    if any(x >= y for x, y in pairwise(given)):
        raise ValueError("hashes must be sorted and unique")
    return given


def _vector(hashes: bytes, weights: bytes) -> dict[int, int]:
    if len(weights) % 2:
        raise ValueError(f"weights must be a whole number of 2-byte items, not {len(weights)} bytes")
    if len(hashes) != 2 * len(weights):
        raise ValueError(f"{len(hashes) // 4} hashes and {len(weights) // 2} weights make no vector")
    return dict(zip(_ascending(hashes), struct.unpack(f"<{len(weights) // 2}H", weights), strict=True))
