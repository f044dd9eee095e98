"""The band index: which slots are found, in which order, and what a hot band costs."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import xxhash

from dedup.kernel import chosen as kernel
from dedup.kernel.chosen import BandIndex, band_keys

compiled = pytest.mark.skipif(not kernel.COMPILED, reason="the compiled kernel is not built or not in use")


def keys(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}I", *values)


EVER = -(2**63), 2**63 - 1


def filled(bands: int, *rows: tuple[int, ...]) -> BandIndex:
    index = BandIndex(bands)
    for rank, row in enumerate(rows):
        index.add(keys(*row), rank, 0)
    return index


def search(index: BandIndex, wanted: bytes, chain: int, limit: int) -> list[tuple[int, int]]:
    return BandIndex.search([((index,), *EVER)], wanted, chain, limit)


def test_ranked_by_hits_then_newest_first() -> None:
    index = filled(3, (1, 2, 3), (1, 9, 3), (8, 8, 8), (1, 2, 7), (1, 9, 3))
    assert search(index, keys(1, 2, 3), 10, 10) == [(0, 3), (4, 2), (3, 2), (1, 2)]
    assert search(index, keys(1, 2, 3), 10, 2) == [(0, 3), (4, 2)]
    assert search(index, keys(5, 5, 5), 10, 10) == []
    assert search(index, keys(1, 2, 3), 10, 0) == search(index, keys(1, 2, 3), 0, 5) == []


def test_a_key_belongs_to_its_band() -> None:
    assert search(filled(2, (1, 2)), keys(2, 1), 5, 5) == []


def test_several_indexes_are_searched_as_one() -> None:
    even, odd = BandIndex(2), BandIndex(2)
    for rank in range(8):
        (odd if rank % 2 else even).add(keys(7, rank // 4), rank, 100 * rank)
    expected = [(7, 2), (6, 2), (5, 2), (4, 2), (3, 1)]
    assert BandIndex.search([((even, odd), 0, 700)], keys(7, 1), 9, 5) == expected
    assert BandIndex.search([((even,), 0, 700), ((odd,), 0, 700)], keys(7, 1), 9, 5) == expected
    assert BandIndex.search([((even,), 200, 400), ((odd,), 500, 500)], keys(7, 1), 9, 9) == [(5, 2), (4, 2), (2, 1)]
    assert BandIndex.search([], keys(7, 1), 9, 9) == BandIndex.search([((), *EVER)], keys(7, 1), 9, 9) == []


def test_only_the_newest_of_a_chain_count() -> None:
    index = filled(1, *[(7,)] * 6)
    assert search(index, keys(7), 2, 10) == [(5, 1), (4, 1)]
    for rank in (4, 5, 5, 99, -1):
        index.discard(rank)
    assert search(index, keys(7), 2, 10) == [(3, 1), (2, 1)]
    assert len(index) == 4
    index.add(keys(7), 60, 0)
    assert search(index, keys(7), 2, 10) == [(60, 1), (3, 1)]


def test_a_moment_outside_counts_towards_the_chain() -> None:
    """So that the work is bounded whatever the moments are."""
    index = BandIndex(1)
    for rank in range(6):
        index.add(keys(7), rank, rank)
    assert BandIndex.search([((index,), 0, 3)], keys(7), 4, 10) == [(3, 1), (2, 1)]


def test_discarding_all_and_starting_again() -> None:
    index = filled(1, *[(7,)] * 4)
    for rank in range(4):
        index.discard(rank)
    assert search(index, keys(7), 9, 9) == []
    index.add(keys(7), 4, 0)
    assert search(index, keys(7), 9, 9) == [(4, 1)]


def test_grows_past_every_table_size() -> None:
    index = filled(2, *((i, i // 2) for i in range(3_000)))
    assert search(index, keys(1_234, 617), 5, 5) == [(1234, 2), (1235, 1)]
    assert all(search(index, keys(i, 2**32 - 1), 5, 5) == [(i, 1)] for i in range(0, 3_000, 7))


def test_a_hot_key_hides_no_other() -> None:
    """Thousands of entries of one key, others among them: all are found, and the dead are walked over once at most."""
    hot = 50_000 if kernel.COMPILED else 2_000
    others = [(i,) for i in range(1_000)]
    index = filled(1, *others, *[(10**6,)] * hot, *others)
    for rank in range(1_000, 1_000 + hot - 3):
        index.discard(rank)
    newest = 1_000 + hot
    for _ in range(2_000):
        assert search(index, keys(10**6), 5, 5) == [(newest - 1, 1), (newest - 2, 1), (newest - 3, 1)]
    assert all(search(index, keys(i), 5, 5) == [(newest + i, 1), (i, 1)] for i in range(1_000))


@compiled
def test_takes_little_memory() -> None:
    index = BandIndex(25)
    rows = np.random.default_rng(1).integers(0, 2**32, (20_000, 25), dtype=np.uint32).astype("<u4")
    for rank, row in enumerate(rows):
        index.add(row.tobytes(), rank, rank)
    assert index.nbytes / rows.size < 14


@compiled
def test_what_is_reserved_spares_growing() -> None:
    index = BandIndex(25)
    index.reserve(5_000)
    reserved = index.nbytes
    rows = np.random.default_rng(1).integers(0, 2**32, (5_000, 25), dtype=np.uint32).astype("<u4")
    for rank, row in enumerate(rows):
        index.add(row.tobytes(), rank, rank)
    assert index.nbytes == reserved
    index.add(rows[0].tobytes(), 5_000, 0)
    assert search(index, rows[0].tobytes(), 9, 9) == [(5_000, 25), (0, 25)]


def test_reserving_changes_no_answer() -> None:
    index = filled(2, (1, 2), (1, 3))
    index.reserve(0)
    index.reserve(100)
    assert search(index, keys(1, 3), 9, 9) == [(1, 2), (0, 1)]
    with pytest.raises(ValueError, match="negative"):
        index.reserve(-1)
    for wrong in (None, "1", 1.5):
        with pytest.raises(TypeError):
            index.reserve(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("bands", [0, -1, 1_025])
def test_refuses_band_numbers(bands: int) -> None:
    with pytest.raises(ValueError, match="1 to 1024 bands"):
        BandIndex(bands)


def test_refuses_wrong_arguments() -> None:
    index = BandIndex(2)
    for call in (lambda given: index.add(given, 0, 0), lambda given: search(index, given, 1, 1)):
        with pytest.raises(ValueError, match="keys must be 8 bytes, not 4"):
            call(keys(1))
    for chain, limit in ((-1, 1), (1, -1)):
        with pytest.raises(ValueError, match="must not be negative"):
            search(index, keys(1, 2), chain, limit)
    index.add(keys(1, 2), 5, 0)
    for rank in (5, 4, -1, 2**48):
        with pytest.raises(ValueError, match="higher than all before"):
            index.add(keys(1, 2), rank, 0)
    assert (len(index), index.bands) == (1, 2)


def test_band_keys_hash_their_rows() -> None:
    values = np.arange(128, dtype="<u4").tobytes()
    found = struct.unpack("<25I", band_keys(values, 25, 5))
    assert found == tuple(xxhash.xxh32_intdigest(values[20 * i : 20 * i + 20]) for i in range(25))
    for bands, rows in ((26, 5), (0, 1), (1, 0), (1, 129), (2**62, 4)):
        with pytest.raises(ValueError, match="do not fit a signature of 128 values"):
            band_keys(values, bands, rows)
