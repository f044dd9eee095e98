"""Signatures, and the sets of shingles that they are made from."""

from __future__ import annotations

from collections.abc import Iterable

import xxhash

from dedup.kernel.reference.arrays import pack32, unpack32

MAX_PERMUTATIONS = 1024
MOST_PARTS = 16
_MASK = 0xFFFFFFFF


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
    tokens = separate(joined)
    words = min(words, len(tokens))
    count = len(tokens) - words + 1 if tokens else 0
    return [xxhash.xxh32_intdigest(" ".join(tokens[i : i + words]).encode()) for i in range(count)]


def give_back() -> None:
    """Returns freed memory to the system, where the C library keeps it for later."""


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


def overlap(one: bytes, other: bytes) -> tuple[int, int, int, float, float]:
    """``(common, size of one, size of other, Jaccard similarity, containment)`` of two ascending sets of hashes.

    The shares are that of the union and that of the smaller set, 0 to 1, and 0 of nothing.
    """
    left, right = unpack32(one), unpack32(other)
    common = len(set(left) & set(right))
    return common, len(left), len(right), *shares(common, len(left), len(right))


def shares(common: int, size_one: int, size_other: int) -> tuple[float, float]:
    """The Jaccard similarity and the containment of two sets of these sizes, as `overlap` has them."""
    union, smaller = size_one + size_other - common, min(size_one, size_other)
    return common / union if union else 0.0, common / smaller if smaller else 0.0


def among(hashes: bytes, terms: bytes) -> bytes:
    """For each of `hashes` a byte, 1 where it is in the ascending set `terms`, else 0."""
    there = set(unpack32(terms))
    return bytes(one in there for one in unpack32(hashes))


def framed(parts: Iterable[str | None]) -> bytes:
    """`parts`, 16 at most, one after the other, such that each part, and an empty one, is recognised.

    Each is its length, 8 bytes little-endian, then ``-`` for None or ``+`` and its UTF-8, lone surrogates as well.
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


def separate(joined: str) -> list[str]:
    """The tokens of a part of a text, which have one space between two."""
    if not isinstance(joined, str):
        raise TypeError("tokens must be str")
    return joined.split(" ") if joined else []


def distinct(hashes: bytes) -> bytes:
    """The set of `hashes`, ascending."""
    return pack32(sorted(set(unpack32(hashes))))


def fmix32(h: int) -> int:
    """The finalizer of MurmurHash3, a bijection on 32 bits."""
    h ^= h >> 16
    h = h * 0x85EBCA6B & _MASK
    h ^= h >> 13
    h = h * 0xC2B2AE35 & _MASK
    return h ^ h >> 16
