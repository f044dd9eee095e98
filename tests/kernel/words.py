"""Tokens, texts and sets of hashes for the kernel, few and alike enough to meet, and now and then odd."""

from __future__ import annotations

from hypothesis import strategies as st

from dedup.kernel.reference.evidence import Vector, Weights
from dedup.sketch.scheme import coefficients

from .compiled import pack

SCRIPTS = [("A", "ſ"), ("Ѐ", "ӿ"), ("ء", "ي"), ("ऄ", "ह"), ("一", "鿿"), ("가", "힣"), ("̀", "ͯ"), ("😀", "🙏")]
words = st.one_of(
    [st.text(st.characters(min_codepoint=ord(low), max_codepoint=ord(high)), max_size=9) for low, high in SCRIPTS]
)
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
tokens = st.lists(words | anything, max_size=80)
joined = tokens.map(" ".join) | anything
hash_sets = st.lists(st.integers(0, 2**32 - 1) | st.integers(0, 60), unique=True, max_size=90).map(sorted)
A, B = coefficients(128, 1)
NUMBERS = (-1, 0, 1, 2**48 - 1, 2**48, 2**52 + 1, 2**63 - 1, 2**63, -(2**63), 2**80)
NO_VECTORS: tuple[list[Vector], ...] = ([], [(b"", b"")] * 3, [(b"", b"")] * 5, [(b"1", b""), *[(b"", b"")] * 3])
NO_VECTOR = [(pack([1, 2]), b"12"), (pack([2, 1]), b"1234"), (pack([1, 1]), b"1234"), (b"1234", b"123")]
PLAIN = Weights(-1.0, 1.0, 1.0, 1.0, 1.0, -1.0, -1.0, 0.5, 50.0, 3.0)
# Few different words, so that names and repeated titles are met; numbers; letters on both sides of the border of plain
# tokens; words and syllables, with marks, of scripts with and without spaces.
term = st.sampled_from([
    *("a", "harbour", "wire", "7", "1987", "14th", "é", "\u05d0", "\u063f", "\u0640", "\u0660", "ế", "हिंदी", "가"),
    *("中", "国", "京", "\u0e01\u0e34", "\u0dff", "\u1000", "\u10a0", "\U00020000", "\U0003ffff", "\U00040000"),
])  # fmt: skip
terms = st.lists(term, max_size=12).map(" ".join)
