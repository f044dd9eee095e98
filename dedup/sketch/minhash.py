"""Signatures: the MinHash of a text's shingles, exactly as datasketch 2 defines it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from dedup.errors import InputRejected
from dedup.kernel import chosen as kernel
from dedup.named import make
from dedup.sketch.scheme import Scheme
from dedup.text.words.tokens import Tokens, joined


class Signature(NamedTuple):
    """The sketch of one text for the search for its copies.

    `values` is (num_perm,) little-endian uint32, 512 bytes for 128 permutations; anyone can load it with
    ``datasketch.MinHash(seed=1, scheme="affine32", hashvalues=numpy.frombuffer(values, "<u4"))``. `shingles` is the
    exact set, see `dedup.sketch.shingles`. A text without tokens has no shingles and every value is 2**32 - 1.
    """

    values: bytes
    shingles: bytes


def sign(title_tokens: Tokens, body_tokens: Tokens, scheme: Scheme) -> Signature:
    """Signs one text. Raises `InputRejected` (``encoding``) where a token holds a lone surrogate."""
    a, b = scheme.coefficients()
    try:
        return Signature(*kernel.sign(title_tokens, body_tokens, scheme.shingle_words, a, b))
    except UnicodeEncodeError as error:
        raise _no_text(error) from error


def sign_text(title: str, body: str, scheme: Scheme, max_words: int) -> Signature:
    """Signs a clean text as the database has it, by the first `max_words` tokens of its body. Raises as `sign`."""
    return sign(joined(title), joined(body, max_words), scheme)


def sign_many(texts: Iterable[tuple[Tokens, Tokens]], scheme: Scheme) -> list[Signature]:
    """Signs pairs of title tokens and body tokens, in order; other threads run meanwhile.

    Raises `InputRejected` (``encoding``) where any token holds a lone surrogate; then nothing is signed.
    """
    a, b = scheme.coefficients()
    try:
        signed = kernel.sign_many(texts, scheme.shingle_words, a, b)
    except UnicodeEncodeError as error:
        raise _no_text(error) from error
    return [make(Signature, one) for one in signed]


def _no_text(error: UnicodeEncodeError) -> InputRejected:
    code = ord(error.object[error.start])
    return InputRejected("encoding", f"the text holds U+{code:04X}, half of a surrogate pair, which is not a character")
