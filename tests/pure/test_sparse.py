"""The sparse store: exact products, fits to groups, and what it refuses."""

from __future__ import annotations

import struct

import pytest

from dedup.index.sparse import SparseStore

Vector = tuple[bytes, bytes]


def vector(terms: dict[int, int]) -> Vector:
    hashes = sorted(terms)
    return struct.pack(f"<{len(hashes)}I", *hashes), struct.pack(f"<{len(hashes)}H", *(terms[h] for h in hashes))


def filled(*vectors: dict[int, int]) -> SparseStore:
    store = SparseStore(1)
    for expected, terms in enumerate(vectors):
        assert store.add([vector(terms)]) == expected
    return store


def test_dot_products() -> None:
    store = filled({1: 2, 5: 3}, {}, {5: 65_535, 2**32 - 1: 7}, {8: 1})
    query = vector({0: 9, 5: 65_535, 2**32 - 1: 0})
    assert store.dots(query, [0, 1, 2, 3], 0) == [3 * 65_535, 0, 65_535**2, 0]
    assert store.dots(query, (2, 2), 0) == [65_535**2] * 2
    assert store.dots(query, range(0), 0) == []
    assert store.dots((b"", b""), [0, 2], 0) == [0, 0]


def test_products_beyond_32_bits() -> None:
    many = dict.fromkeys(range(70_000), 65_535)
    assert filled(many).dots(vector(many), [0], 0) == [70_000 * 65_535**2]


def test_terms_that_meet_in_a_hash_table() -> None:
    """Hashes that are equal in their low bits, in their high bits, and in a row."""
    terms = {h: h % 97 + 1 for h in [*range(60), *(i << 22 for i in range(1, 60)), *(i << 16 for i in range(1, 60))]}
    assert filled(terms).dots(vector(terms), [0], 0) == [sum(w * w for w in terms.values())]


def test_fits_of_several_fields() -> None:
    store = SparseStore(2)
    for body, title in (({1: 2}, {9: 1}), ({1: 5}, {}), ({1: 5, 2: 1}, {9: 4}), ({3: 1}, {9: 3})):
        store.add([vector(body), vector(title)])
    query = [vector({1: 10, 2: 1}), vector({9: 100})]
    # Sums and greatest by field, and the place of the greatest of the first field.
    assert store.fits(query, [0, 2, 3, 1], [3, 1]) == [((71, 800), (51, 400), 1), ((50, 0), (50, 0), 3)]
    assert store.fits(query, [], []) == []


def test_the_first_of_equally_near_ones_is_the_nearest() -> None:
    store = filled({1: 3}, {1: 3}, {2: 1})
    assert store.fits([vector({1: 1})], [2, 1, 0], [3]) == [((6,), (3,), 1)]
    assert store.fits([vector({7: 1})], [2, 1, 0], [3]) == [((0,), (0,), 0)]


def test_the_terms_that_add_most_come_first() -> None:
    store = filled({1: 2, 5: 3}, {5: 1, 6: 2, 9: 3, 12: 6})
    query = vector({1: 9, 5: 6, 9: 2, 12: 1})
    assert store.shared(query, 1, 0, 9) == struct.pack("<3I", 5, 9, 12)
    assert store.shared(query, 0, 0, 1) == struct.pack("<I", 1)
    assert store.shared((b"", b""), 1, 0, 9) == store.shared(query, 1, 0, 0) == b""
    assert store.get(1, 0) == vector({5: 1, 6: 2, 9: 3, 12: 6})


def test_grows() -> None:
    store = SparseStore(1)
    before = store.nbytes
    for i in range(500):
        store.add([vector({i: 1, i + 1: 2, i + 1_000: 3})])
    assert len(store) == 500
    assert store.nbytes > before
    assert store.get(321, 0) == vector({321: 1, 322: 2, 1_321: 3})
    assert store.dots(vector({322: 10}), range(500), 0)[320:323] == [0, 20, 10]


@pytest.mark.parametrize("slot", [-1, 1, 2**40])
def test_refuses_slots_that_are_not_there(slot: int) -> None:
    store = filled({1: 1})
    nothing = b"", b""
    for call in (
        lambda given: store.get(given, 0),
        lambda given: store.shared(nothing, given, 0, 1),
        lambda given: store.dots(nothing, [0, given], 0),
        lambda given: store.fits([nothing], [0, given], [2]),
    ):
        with pytest.raises(IndexError, match="there is no slot"):
            call(slot)
    with pytest.raises(IndexError, match="there is no field"):
        store.get(0, slot)


def test_refuses_what_is_no_vector() -> None:
    store = SparseStore(1)
    two = struct.pack("<2I", 1, 2)
    for call in (lambda given: store.add([given]), lambda given: store.dots(given, [], 0)):
        with pytest.raises(ValueError, match="make no vector"):
            call((two, b"12"))
        with pytest.raises(ValueError, match="whole number of 2-byte items"):
            call((two, b"123"))
        for unsorted in ((2, 1), (1, 1)):
            with pytest.raises(ValueError, match="sorted and unique"):
                call((struct.pack("<2I", *unsorted), b"1234"))
    assert len(store) == 0


def test_refuses_groups_that_do_not_fit() -> None:
    store = filled({1: 1}, {2: 1})
    for sizes in ([1], [0, 2], [3], [-1, 3], []):
        with pytest.raises(ValueError, match="sizes must be positive and add up"):
            store.fits([vector({1: 1})], [0, 1], sizes)
    with pytest.raises(ValueError, match="a slot holds 1 vectors, not 2"):
        store.fits([vector({1: 1}), vector({1: 1})], [0], [1])
    for fields in (0, -1, 17):
        with pytest.raises(ValueError, match="1 to 16 fields"):
            SparseStore(fields)
