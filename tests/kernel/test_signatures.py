"""Shingles, signatures and sets: the compiled kernel gives what the reference gives, in one thread and in several."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.kernel import reference
from dedup.kernel.reference.arrays import SCALE
from dedup.sketch.scheme import coefficients

from .compiled import built, compiled, outcome, pack
from .words import A, B, hash_sets, joined


@built
@given(title=joined, body=joined, size=st.integers(0, 9))
def test_sign(title: str, body: str, size: int) -> None:
    assert outcome(compiled.sign, title, body, size, A, B) == outcome(reference.sign, title, body, size, A, B)


@built
@given(texts=st.lists(st.tuples(joined, joined), max_size=6), size=st.integers(1, 5))
def test_sign_many(texts: list[tuple[str, str]], size: int) -> None:
    assert compiled.sign_many(texts, size, A, B) == reference.sign_many(texts, size, A, B)


@built
def test_sign_many_in_several_flushes() -> None:
    """More text than is worked off at once, some of it longer than that alone."""
    texts = [(f"title{i}", " ".join(f"word{i * k % 7919}-{'x' * (k % 40)}" for k in range(3_000))) for i in range(20)]
    texts.insert(7, ("", "y" * 1_500_000 + " z"))
    texts.extend((" " * size, "") for size in (15, 16, 17, 1_023, 1_024, 1_025, 70_000))
    a, b = coefficients(4, 1)
    assert compiled.sign_many(texts, 3, a, b) == reference.sign_many(texts, 3, a, b)
    assert compiled.sign_many(iter(texts), 3, a, b) == [compiled.sign(*text, 3, a, b) for text in texts]


@built
@given(
    data=st.binary(max_size=300).filter(lambda data: len(data) % 4 == 0) | st.binary(max_size=300),
    permutations=st.integers(0, 70),
)
def test_minhash(data: bytes, permutations: int) -> None:
    a, b = A[: 4 * permutations], B[: 4 * permutations]
    assert outcome(compiled.minhash, data, a, b) == outcome(reference.minhash, data, a, b)
    unaligned = memoryview(b"x" + data)[1:]
    assert outcome(compiled.minhash, unaligned, a, b) == outcome(reference.minhash, data, a, b)


@built
@given(one=hash_sets, other=hash_sets)
def test_overlap(one: list[int], other: list[int]) -> None:
    assert compiled.overlap(pack(one), pack(other)) == reference.overlap(pack(one), pack(other))
    assert compiled.overlap(pack(one), pack(one)) == (*[len(one)] * 3, *[float(bool(one))] * 2)


@built
@given(one=st.sets(st.integers(0, 60)), other=st.sets(st.integers(0, 60)))
def test_overlap_of_sets_that_have_much_in_common(one: set[int], other: set[int]) -> None:
    assert compiled.overlap(pack(sorted(one)), pack(sorted(other)))[:3] == (len(one & other), len(one), len(other))


@built
@given(hashes=st.lists(st.integers(0, 90) | st.just(2**32 - 1)), terms=st.sets(st.integers(0, 90) | st.just(2**32 - 1)))
def test_among(hashes: list[int], terms: set[int]) -> None:
    found = compiled.among(pack(hashes), pack(sorted(terms)))
    assert [*found] == [one in terms for one in hashes]
    assert found == reference.among(pack(hashes), pack(sorted(terms)))


weights = st.dictionaries(st.integers(0, 60), st.integers(0, SCALE), max_size=40)


@built
@given(one=weights, other=weights)
def test_dot(one: dict[int, int], other: dict[int, int]) -> None:
    vectors = [part for it in (one, other) for part in (pack(sorted(it)), pack([it[k] for k in sorted(it)], "H"))]
    assert compiled.dot(*vectors) == reference.dot(*vectors) == sum(w * other.get(k, 0) for k, w in one.items())


@built
@given(data=st.binary(max_size=400))
def test_sets(data: bytes) -> None:
    assert outcome(compiled.distinct, data) == outcome(reference.distinct, data)


NOT_TOKENS: list[Any] = [None, 7, b"bytes", ["a", "list"], "\ud800", "a b\udfffc"]


@built
@pytest.mark.parametrize("given_tokens", NOT_TOKENS, ids=ascii)
def test_refuses_alike_what_is_no_text(given_tokens: Any) -> None:
    for module in (compiled, reference):
        for arguments in ((given_tokens, "body"), ("title", given_tokens)):
            with pytest.raises((TypeError, UnicodeEncodeError)):
                module.sign(*arguments, 3, A, B)
            with pytest.raises((TypeError, UnicodeEncodeError)):
                module.sign_many([("fine", "text"), arguments], 3, A, B)


@built
def test_signs_in_several_threads() -> None:
    texts: list[Any] = [("", " ".join(f"word{i}-{k}" for k in range(600))) for i in range(40)]
    expected = compiled.sign_many(texts, 3, A, B)
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(compiled.sign_many(texts, 3, A, B))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4
