"""The band index: which slots are found, in which order, and what a hot band costs."""

from __future__ import annotations

import struct

import datasketch
import numpy as np
import pytest
import xxhash

from dedup.index.bands import TERM_BANDS, BandIndex, band_keys, term_band_keys
from dedup.sketch import kernel

compiled = pytest.mark.skipif(not kernel.COMPILED, reason="the compiled kernel is not built or not in use")


def keys(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}I", *values)


def test_ranked_by_hits_then_newest_first() -> None:
    index = BandIndex(3)
    slots = [index.add(keys(*row)) for row in ((1, 2, 3), (1, 9, 3), (8, 8, 8), (1, 2, 7), (1, 9, 3))]
    assert slots == [0, 1, 2, 3, 4]
    assert index.query(keys(1, 2, 3), chain=10, limit=10) == [(0, 3), (4, 2), (3, 2), (1, 2)]
    assert index.query(keys(1, 2, 3), chain=10, limit=2) == [(0, 3), (4, 2)]
    assert index.query(keys(1, 2, 3), chain=10, limit=10, exclude_slot=4) == [(0, 3), (3, 2), (1, 2)]
    assert index.query(keys(5, 5, 5), chain=10, limit=10) == []
    assert index.query(keys(1, 2, 3), chain=10, limit=0) == index.query(keys(1, 2, 3), chain=0, limit=5) == []


def test_a_key_belongs_to_its_band() -> None:
    index = BandIndex(2)
    index.add(keys(1, 2))
    assert index.query(keys(2, 1), chain=5, limit=5) == []


def test_only_the_newest_of_a_chain_count() -> None:
    index = BandIndex(1)
    for _ in range(6):
        index.add(keys(7))
    assert index.query(keys(7), chain=2, limit=10) == [(5, 1), (4, 1)]
    assert index.query(keys(7), chain=2, limit=10, exclude_slot=5) == [(4, 1), (3, 1)]
    for slot in (4, 5, 5):
        index.discard(slot)
    assert index.query(keys(7), chain=2, limit=10) == [(3, 1), (2, 1)]
    assert (len(index), index.slots) == (4, 6)
    assert index.add(keys(7)) == 6
    assert index.query(keys(7), chain=2, limit=10) == [(6, 1), (3, 1)]


def test_discarding_all_and_starting_again() -> None:
    index = BandIndex(1)
    for _ in range(4):
        index.add(keys(7))
    for slot in range(4):
        index.discard(slot)
    assert index.query(keys(7), chain=9, limit=9) == []
    index.add(keys(7))
    assert index.query(keys(7), chain=9, limit=9) == [(4, 1)]


def test_add_many_is_add_in_order() -> None:
    rows = [(i % 3, i % 5) for i in range(40)]
    one, many = BandIndex(2), BandIndex(2)
    for row in rows:
        one.add(keys(*row))
    assert many.add_many(b"") == 0
    assert many.add_many(keys(*(value for row in rows[:25] for value in row))) == 0
    assert many.add_many(keys(*(value for row in rows[25:] for value in row))) == 25
    for row in rows:
        assert one.query(keys(*row), 7, 20) == many.query(keys(*row), 7, 20)


def test_grows_past_every_table_size() -> None:
    index = BandIndex(2)
    for i in range(3_000):
        index.add(keys(i, i // 2))
    assert index.query(keys(1_234, 617), chain=5, limit=5) == [(1234, 2), (1235, 1)]
    assert all(index.query(keys(i, 2**32 - 1), 5, 5) == [(i, 1)] for i in range(0, 3_000, 7))


def test_a_hot_key_hides_no_other() -> None:
    """100,000 slots of one key, others among them: all are found, and the dead are walked over once at most."""
    index = BandIndex(1)
    hot = 50_000 if kernel.COMPILED else 2_000
    index.add_many(keys(*range(1_000)))
    index.add_many(keys(*[10**6] * hot))
    index.add_many(keys(*range(1_000)))
    for slot in range(1_000, 1_000 + hot - 3):
        index.discard(slot)
    newest = 1_000 + hot
    for _ in range(2_000):
        assert index.query(keys(10**6), 5, 5) == [(newest - 1, 1), (newest - 2, 1), (newest - 3, 1)]
    assert all(index.query(keys(i), 5, 5) == [(newest + i, 1), (i, 1)] for i in range(1_000))


@compiled
def test_takes_little_memory() -> None:
    index = BandIndex(25)
    rows = np.random.default_rng(1).integers(0, 2**32, (20_000, 25), dtype=np.uint32)
    index.add_many(rows.astype("<u4").tobytes())
    assert index.nbytes / rows.size < 12.5


@pytest.mark.parametrize("bands", [0, -1, 1_025])
def test_refuses_band_numbers(bands: int) -> None:
    with pytest.raises(ValueError, match="1 to 1024 bands"):
        BandIndex(bands)


def test_refuses_wrong_arguments() -> None:
    index = BandIndex(2)
    for call in (index.add, lambda given: index.query(given, 1, 1)):
        with pytest.raises(ValueError, match="keys must be 8 bytes, not 4"):
            call(keys(1))
    with pytest.raises(ValueError, match="whole number of 8-byte items"):
        index.add_many(keys(1, 2, 3))
    with pytest.raises(ValueError, match="must not be negative"):
        index.query(keys(1, 2), chain=-1, limit=1)
    for slot in (-1, 0, 10**9):
        with pytest.raises(IndexError, match="there is no slot"):
            index.discard(slot)
    assert (len(index), index.slots, index.bands) == (0, 0, 2)


def test_band_keys_hash_their_rows() -> None:
    values = np.arange(128, dtype="<u4").tobytes()
    found = struct.unpack("<25I", band_keys(values, 25, 5))
    assert found == tuple(xxhash.xxh32_intdigest(values[20 * i : 20 * i + 20]) for i in range(25))
    for bands, rows in ((26, 5), (0, 1), (1, 0), (1, 129), (2**62, 4)):
        with pytest.raises(ValueError, match="do not fit a signature of 128 values"):
            band_keys(values, bands, rows)


def test_term_keys_are_datasketchs_of_64_permutations() -> None:
    terms = np.array([3, 99, 2**31, 2**32 - 1], dtype="<u4")
    expected = datasketch.MinHash(num_perm=64, seed=1, scheme="affine32", hashfunc=int)
    expected.update_batch(terms.tolist())
    assert np.frombuffer(term_band_keys(terms.tobytes()), dtype="<u4").tolist() == expected.hashvalues.tolist()
    assert term_band_keys(b"") == b"\xff" * 4 * TERM_BANDS
