"""The sparse store: exact products and what it refuses."""

from __future__ import annotations

import struct

import pytest

from dedup.index.sparse import SparseStore


def vector(terms: dict[int, int]) -> tuple[bytes, bytes]:
    hashes = sorted(terms)
    return struct.pack(f"<{len(hashes)}I", *hashes), struct.pack(f"<{len(hashes)}H", *(terms[h] for h in hashes))


def filled(*vectors: dict[int, int]) -> SparseStore:
    store = SparseStore()
    for expected, terms in enumerate(vectors):
        assert store.add(*vector(terms)) == expected
    return store


def test_dot_products() -> None:
    store = filled({1: 2, 5: 3}, {}, {5: 65_535, 2**32 - 1: 7}, {8: 1})
    query = vector({0: 9, 5: 65_535, 2**32 - 1: 0})
    assert store.dots(*query, [0, 1, 2, 3]) == [(3 * 65_535, 1), (0, 0), (65_535**2, 2), (0, 0)]
    assert store.dots(*query, (2, 2)) == [(65_535**2, 2)] * 2
    assert store.dots(*query, range(0)) == []
    assert store.dots(b"", b"", [0, 2]) == [(0, 0), (0, 0)]


def test_products_beyond_32_bits() -> None:
    many = dict.fromkeys(range(70_000), 65_535)
    store = filled(many)
    assert store.dots(*vector(many), [0]) == [(70_000 * 65_535**2, 70_000)]


def test_terms_that_meet_in_a_hash_table() -> None:
    """Hashes that are equal in their low bits, in their high bits, and in a row."""
    terms = {h: h % 97 + 1 for h in [*range(60), *(i << 22 for i in range(1, 60)), *(i << 16 for i in range(1, 60))]}
    store = filled(terms)
    assert store.dots(*vector(terms), [0]) == [(sum(w * w for w in terms.values()), len(terms))]


def test_get_and_shared() -> None:
    store = filled({1: 2, 5: 3}, {5: 1, 6: 2, 9: 3})
    assert store.get(0) == vector({1: 2, 5: 3})
    assert store.get(1) == vector({5: 1, 6: 2, 9: 3})
    assert store.shared(vector({1: 0, 5: 0, 9: 0})[0], 1) == struct.pack("<2I", 5, 9)
    assert store.shared(b"", 1) == b""


def test_grows() -> None:
    store = SparseStore()
    before = store.nbytes
    for i in range(500):
        store.add(*vector({i: 1, i + 1: 2, i + 1_000: 3}))
    assert len(store) == 500
    assert store.nbytes > before
    assert store.get(321) == vector({321: 1, 322: 2, 1_321: 3})
    assert store.dots(*vector({322: 10}), range(500))[320:323] == [(0, 0), (20, 1), (10, 1)]


@pytest.mark.parametrize("slot", [-1, 1, 2**40])
def test_refuses_slots_that_are_not_there(slot: int) -> None:
    store = filled({1: 1})
    for call in (store.get, lambda given: store.shared(b"", given), lambda given: store.dots(b"", b"", [0, given])):
        with pytest.raises(IndexError, match="there is no slot"):
            call(slot)


def test_refuses_what_is_no_vector() -> None:
    store = SparseStore()
    two = struct.pack("<2I", 1, 2)
    for call in (store.add, lambda hashes, weights: store.dots(hashes, weights, [])):
        with pytest.raises(ValueError, match="make no vector"):
            call(two, b"12")
        with pytest.raises(ValueError, match="whole number of 2-byte items"):
            call(two, b"123")
        for unsorted in ((2, 1), (1, 1)):
            with pytest.raises(ValueError, match="sorted and unique"):
                call(struct.pack("<2I", *unsorted), b"1234")
    assert len(store) == 0
