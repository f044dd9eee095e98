"""The inverted index of terms: which texts are found, in which order, and what a term that everyone shares costs."""

from __future__ import annotations

import struct
import time
from typing import Any

import numpy as np
import pytest

from dedup.kernel import chosen as kernel
from dedup.kernel import reference

KINDS: list[Any] = [reference.Postings, *([kernel.Postings] if kernel.COMPILED else [])]
compiled = pytest.mark.skipif(not kernel.COMPILED, reason="the compiled kernel is not built or not in use")
EVER = -(2**63), 2**63 - 1


def pack(*terms: int) -> bytes:
    return struct.pack(f"<{len(terms)}I", *terms)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__module__)
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


def filled(kind: Any, *texts: tuple[int, ...]) -> Any:
    index = kind()
    for rank, terms in enumerate(texts):
        index.add(pack(*terms), rank, 0)
    return index


def among(kind: Any, spans: Any, terms: bytes, chain: int, limit: int, scores: bytes | None = None) -> list[int]:
    """The ranks found, where each term counts alike unless `scores` are given."""
    alike = struct.pack(f"<{len(terms) // 4}H", *[1] * (len(terms) // 4))
    found = kind.search(spans, terms, alike if scores is None else scores, chain, limit)
    return list(struct.unpack(f"{len(found) // 8}q", found))


def search(index: Any, terms: bytes, chain: int, limit: int, scores: bytes | None = None) -> list[int]:
    return among(type(index), [((index,), *EVER)], terms, chain, limit, scores)


def test_ranked_by_shared_terms_then_newest_first(kind: Any) -> None:
    index = filled(kind, (1, 2, 3), (1, 3, 9), (8,), (1, 2, 7), (1, 3, 9), ())
    assert search(index, pack(1, 2, 3), 10, 10) == [0, 4, 3, 1]
    assert search(index, pack(1, 2, 3), 10, 2) == [0, 4]
    assert search(index, pack(5, 6), 10, 10) == search(index, b"", 10, 10) == []
    assert search(index, pack(1, 2, 3), 10, 0) == search(index, pack(1, 2, 3), 0, 5) == []
    assert search(kind(), pack(1), 10, 10) == []
    assert len(index) == 6


def test_a_term_counts_by_its_score(kind: Any) -> None:
    index = filled(kind, (1, 2), (3,), (2, 3), ())
    assert search(index, pack(1, 2, 3), 10, 10, struct.pack("<3H", 1, 2, 9)) == [2, 1, 0]
    assert search(index, pack(1, 2, 3), 10, 10, struct.pack("<3H", 60_000, 1, 5_000)) == [0, 2, 1]
    for scores in (b"", b"1", struct.pack("<3H", 1, 0, 1), struct.pack("<3H", 60_000, 5_000, 535), bytes(8)):
        with pytest.raises(ValueError, match=r"score"):
            kind.search([], pack(1, 2, 3), scores, 10, 10)


def vector(weights: dict[int, int]) -> tuple[bytes, bytes]:
    return pack(*sorted(weights)), struct.pack(f"<{len(weights)}H", *(weights[term] for term in sorted(weights)))


@pytest.mark.parametrize("key_terms", [reference.key_terms, kernel.key_terms])
def test_key_terms_are_the_heaviest_with_the_square_of_their_weight(key_terms: Any) -> None:
    weights = {7: 50_000, 9: 20_000, 11: 20_000, 13: 100, 2**32 - 1: 36_000}
    terms, scores = key_terms(*vector(weights), 3, 0)
    assert terms == pack(7, 9, 2**32 - 1), "of two equally heavy ones the lower"
    assert struct.unpack("<3H", scores) == tuple(weights[term] ** 2 >> 17 for term in (7, 9, 2**32 - 1))
    terms, scores = key_terms(*vector(weights), 9, 0)
    assert struct.unpack("<5H", scores)[3] == 1, "a light term counts, too"
    salted, turned = key_terms(*vector(weights), 9, 0xF0000001)
    assert salted == pack(*sorted(term ^ 0xF0000001 for term in weights)), "the same words of two salts do not meet"
    assert sorted(turned) == sorted(scores)
    assert key_terms(*vector(weights), 0, 0) == key_terms(b"", b"", 9, 1) == (b"", b"")
    for limit, salt in ((-1, 0), (4_097, 0), (1, -1), (1, 2**32)):
        with pytest.raises(ValueError, match="limit"):
            key_terms(b"", b"", limit, salt)


def test_several_indexes_are_searched_as_one(kind: Any) -> None:
    even, odd = kind(), kind()
    for rank in range(8):
        (odd if rank % 2 else even).add(pack(rank // 4, 7), rank, 100 * rank)
    assert among(kind, [((even, odd), 0, 700)], pack(1, 7), 9, 5) == [7, 6, 5, 4, 3]
    assert among(kind, [((even,), 0, 700), ((odd,), 0, 700)], pack(1, 7), 9, 5) == [7, 6, 5, 4, 3]
    assert among(kind, [((even,), 200, 400), ((odd,), 500, 500)], pack(1, 7), 9, 9) == [5, 4, 2]
    assert among(kind, iter([((even,), 0, 0), ((even,), 0, 0)]), pack(7), 9, 9) == [0, 0]
    assert among(kind, [], pack(1, 7), 9, 9) == among(kind, [((), *EVER)], pack(1, 7), 9, 9) == []


def test_only_the_newest_of_a_term_count(kind: Any) -> None:
    index = filled(kind, *[(7,)] * 6)
    assert search(index, pack(7), 2, 10) == [5, 4]
    for rank in (4, 5, 5, 99, -1):
        index.discard(rank)
    assert search(index, pack(7), 2, 10) == [3, 2]
    assert len(index) == 4
    index.add(pack(7), 60, 0)
    assert search(index, pack(7), 2, 10) == [60, 3]


def test_a_moment_outside_counts_towards_the_chain(kind: Any) -> None:
    """So that the work is bounded whatever the moments are."""
    index = kind()
    for rank in range(6):
        index.add(pack(7), rank, rank)
    assert among(kind, [((index,), 0, 3)], pack(7), 4, 10) == [3, 2]
    assert among(kind, [((index,), 3, 0)], pack(7), 4, 10) == []


def test_a_term_rare_or_common_keeps_its_order(kind: Any) -> None:
    """However many texts a term is in, they come newest first, all of them."""
    index, sizes = kind(), (*range(1, 70), 130, 300)
    rank = 0
    for turn in range(max(sizes)):
        for size in sizes:
            if turn < size:
                index.add(pack(size), rank, size)
                rank += 1
    for size in sizes:
        ranks = search(index, pack(size), 1_000, 1_000)
        assert len(ranks) == size
        assert ranks == sorted(ranks, reverse=True)
        assert search(index, pack(size), 20, 1_000) == ranks[:20]


@pytest.mark.parametrize("chain", [1, 3, 64, 1_000])
def test_the_discarded_are_passed_over(kind: Any, chain: int) -> None:
    """Whichever go, newest, oldest or between, the others stay in order, and later ones come before them."""
    for gone in (range(150, 200), range(50), range(0, 200, 2), range(3, 197), range(200)):
        index = filled(kind, *[(7,)] * 200)
        for rank in gone:
            index.discard(rank)
        left = [rank for rank in range(199, -1, -1) if rank not in gone]
        for _ in range(2):
            assert search(index, pack(7), chain, 1_000) == left[:chain]
        for rank in range(200, 240):
            index.add(pack(7), rank, 0)
            left.insert(0, rank)
            assert search(index, pack(7), chain, 1_000) == left[:chain]


def test_many_terms(kind: Any) -> None:
    index = filled(kind, tuple(range(4_096)), tuple(range(0, 8_192, 2)))
    assert search(index, pack(*range(4_096)), 1, 5) == [1, 0]
    assert search(index, pack(*range(4_096)), 2, 5) == [0, 1]


def test_a_hot_term_hides_no_other(kind: Any) -> None:
    """Thousands of texts of one term, others among them: all are found, and the dead are walked over once at most."""
    hot = 50_000 if kind is not reference.Postings else 2_000
    others = [(i,) for i in range(1_000)]
    index = filled(kind, *others, *[(10**6,)] * hot, *others)
    for rank in range(1_003, 1_000 + hot):
        index.discard(rank)
    start = time.thread_time()
    for _ in range(2_000):
        assert search(index, pack(10**6), 5, 5) == [1_002, 1_001, 1_000]
    assert time.thread_time() - start < 5
    assert all(search(index, pack(i), 5, 5) == [1_000 + hot + i, i] for i in range(1_000))


@compiled
def test_takes_little_memory() -> None:
    """30 terms a text, few of them common."""
    draws = np.random.default_rng(1).zipf(1.1, (10_000, 30)) % 2**22
    index = kernel.Postings()
    for rank, row in enumerate(draws):
        index.add(np.unique(row).astype("<u4").tobytes(), rank, rank)
    assert index.nbytes / len(index) < 400


def test_refuses_wrong_arguments(kind: Any) -> None:
    index = kind()
    for call in (lambda given: index.add(given, 0, 0), lambda given: search(index, given, 1, 1)):
        with pytest.raises(ValueError, match="whole number of 4-byte items"):
            call(b"12345")
        with pytest.raises(ValueError, match="sorted and unique"):
            call(pack(2, 1))
        with pytest.raises(ValueError, match="at most 4096 terms, not 4097"):
            call(pack(*range(4_097)))
    for chain, limit in ((-1, 1), (1, -1)):
        with pytest.raises(ValueError, match="must not be negative"):
            search(index, pack(1), chain, limit)
    index.add(pack(1, 2), 5, 0)
    for rank in (5, 4, -1, 2**48):
        with pytest.raises(ValueError, match="higher than all before"):
            index.add(pack(1, 2), rank, 0)
    assert len(index) == 1
    assert index.nbytes > 0
