"""The compiled kernel gives what the reference gives: every function, every sequence of operations, every refusal."""

from __future__ import annotations

import gc
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from itertools import chain, count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.sketch import kernel, reference
from dedup.sketch.scheme import coefficients

compiled: Any
compiled, reason = kernel.choose({})
built = pytest.mark.skipif(compiled is reference, reason=reason or "the compiled kernel is not built")

SCRIPTS = [("A", "ſ"), ("Ѐ", "ӿ"), ("ء", "ي"), ("ऄ", "ह"), ("一", "鿿"), ("가", "힣"), ("̀", "ͯ"), ("😀", "🙏")]
words = st.one_of(
    st.text(st.characters(min_codepoint=ord(low), max_codepoint=ord(high)), max_size=9) for low, high in SCRIPTS
)
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
tokens = st.lists(words | anything, max_size=80)
hash_sets = st.lists(st.integers(0, 2**32 - 1) | st.integers(0, 60), unique=True, max_size=90).map(sorted)
A, B = coefficients(128, 1)


def pack(values: list[int], form: str = "I") -> bytes:
    return struct.pack(f"<{len(values)}{form}", *values)


def outcome(call: Callable[..., Any], *args: Any) -> Any:
    """What a call gives, or which kind of error."""
    try:
        return call(*args)
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        return type(error)


@built
@given(title=tokens, body=tokens, size=st.integers(0, 9))
def test_sign(title: list[str], body: list[str], size: int) -> None:
    assert outcome(compiled.sign, title, body, size, A, B) == outcome(reference.sign, title, body, size, A, B)


@built
@given(texts=st.lists(st.tuples(tokens, tokens), max_size=6), size=st.integers(1, 5))
def test_sign_many(texts: list[tuple[list[str], list[str]]], size: int) -> None:
    assert compiled.sign_many(texts, size, A, B) == reference.sign_many(texts, size, A, B)


@built
def test_sign_many_in_several_flushes() -> None:
    """More text than is worked off at once, some of it longer than that alone."""
    texts = [([f"title{i}"], [f"word{i * k % 7919}-{'x' * (k % 40)}" for k in range(3_000)]) for i in range(20)]
    texts.insert(7, ([], ["y" * 1_500_000, "z"]))
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
    assert compiled.overlap(pack(one), pack(one)) == (len(one), len(one), len(one))


@built
@given(values=st.binary(max_size=128), bands=st.integers(-1, 12), rows=st.integers(-1, 12))
def test_band_keys(values: bytes, bands: int, rows: int) -> None:
    assert outcome(compiled.band_keys, values, bands, rows) == outcome(reference.band_keys, values, bands, rows)


@built
@given(terms=tokens)
def test_hash_terms(terms: list[str]) -> None:
    assert compiled.hash_terms(terms) == compiled.hash_terms(tuple(terms)) == reference.hash_terms(terms)


@built
@given(data=st.binary(max_size=400), limit=st.integers(-1, 40))
def test_sets_and_orders(data: bytes, limit: int) -> None:
    assert outcome(compiled.distinct, data) == outcome(reference.distinct, data)
    hashes = reference.distinct(data[: len(data) // 4 * 4])
    weights = data[: len(hashes) // 2] if limit % 2 else bytes(len(hashes) // 2)
    arguments = hashes, weights, limit
    assert outcome(compiled.strongest, *arguments) == outcome(reference.strongest, *arguments)


# Few different keys, so that chains are long, and all of 32 bits now and then.
key = st.integers(0, 3) | st.integers(0, 40) | st.integers(0, 2**32 - 1)
moment = st.integers(-5, 5) | st.integers(-(2**63), 2**63 - 1)


def operations(bands: int) -> st.SearchStrategy[list[tuple[str, Any]]]:
    row = st.lists(key, min_size=bands, max_size=bands)
    number = st.integers(0, 12) | st.just(10**6)
    which = st.integers(0, 1)
    spans = st.lists(st.tuples(which, moment, moment), max_size=4)
    return st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.tuples(which, row.map(pack), st.integers(-1, 6), moment)),
            st.tuples(st.just("discard"), st.tuples(which, st.integers(-1, 90))),
            st.tuples(st.just("search"), st.tuples(spans, row.map(pack), number, number)),
        ),
        max_size=80,
    )


class Model:
    """The index in its plainest form: a list of rows, looked through from the newest."""

    def __init__(self, bands: int) -> None:
        self.bands = bands
        self.rows: dict[int, tuple[bytes, int]] = {}
        self.last = -1

    def hits(self, keys: bytes, newest: int, low: int, high: int) -> list[tuple[int, int]]:
        hits: dict[int, int] = {}
        for place in range(0, 4 * self.bands, 4):
            same = [rank for rank, (row, _) in self.rows.items() if row[place : place + 4] == keys[place : place + 4]]
            for rank in sorted(same, reverse=True)[:newest]:
                hits[rank] = hits.get(rank, 0) + 1
        return [(count, rank) for rank, count in hits.items() if low <= self.rows[rank][1] <= high]


def indexes() -> list[Any]:
    return [reference.BandIndex] if compiled is reference else [reference.BandIndex, compiled.BandIndex]


@pytest.mark.parametrize("kind", indexes(), ids=lambda kind: kind.__module__)
@settings(max_examples=200)
@given(data=st.data(), bands=st.integers(1, 4))
def test_band_index_is_its_model(kind: Any, data: st.DataObject, bands: int) -> None:
    made, models = [kind(bands), kind(bands)], [Model(bands), Model(bands)]
    for name, argument in data.draw(operations(bands)):
        if name == "add":
            which, row, step, when = argument
            rank = models[which].last + step
            if rank < 0 or step < 1:
                assert outcome(made[which].add, row, rank, when) is ValueError
            else:
                made[which].add(row, rank, when)
                models[which].rows[rank] = row, when
                models[which].last = rank
        elif name == "discard":
            which, rank = argument
            made[which].discard(rank)
            models[which].rows.pop(rank, None)
        else:
            spans, keys, newest, limit = argument
            expected = sorted(
                (hit for which, low, high in spans for hit in models[which].hits(keys, newest, low, high)), reverse=True
            )
            found = kind.search([(made[which], low, high) for which, low, high in spans], keys, newest, limit)
            assert found == [(rank, count) for count, rank in expected[:limit]]
        assert list(map(len, made)) == [len(model.rows) for model in models]


def vectors(fields: int) -> st.SearchStrategy[list[tuple[bytes, bytes]]]:
    def weighted(hashes: list[int]) -> st.SearchStrategy[tuple[bytes, bytes]]:
        weights = st.lists(st.integers(0, 65_535), min_size=len(hashes), max_size=len(hashes))
        return weights.map(lambda given: (pack(hashes), pack(given, "H")))

    return st.lists(hash_sets.flatmap(weighted), min_size=fields, max_size=fields)


@built
@given(data=st.data(), fields=st.integers(1, 3))
def test_sparse_store(data: st.DataObject, fields: int) -> None:
    stored = data.draw(st.lists(vectors(fields), max_size=5))
    query = data.draw(vectors(fields))
    one, other = compiled.SparseStore(fields), reference.SparseStore(fields)
    assert [one.add(given) for given in stored] == [other.add(given) for given in stored] == list(range(len(stored)))
    slots = list(range(len(stored)))
    for field in range(fields):
        assert one.dots(query[field], slots, field) == other.dots(query[field], slots, field)
        assert [one.get(slot, field) for slot in slots] == [given[field] for given in stored]
        for limit in (0, 2, 99):
            given = [(query[field], slot, field, limit) for slot in slots]
            assert [one.shared(*each) for each in given] == [other.shared(*each) for each in given]
    groups = data.draw(
        st.lists(st.lists(st.sampled_from(slots), min_size=1, max_size=4), max_size=4) if slots else st.just([])
    )
    members, sizes = list(chain(*groups)), list(map(len, groups))
    assert one.fits(query, members, sizes) == other.fits(query, members, sizes)
    assert len(one) == len(other)


@built
@given(
    hashes=st.binary(max_size=16),
    weights=st.binary(max_size=8),
    slot=st.integers(-2, 2),
    field=st.integers(-1, 2),
    sizes=st.lists(st.integers(-1, 3), max_size=3),
)
def test_sparse_store_refuses_alike(hashes: bytes, weights: bytes, slot: int, field: int, sizes: list[int]) -> None:
    stores = [compiled.SparseStore(2), reference.SparseStore(2)]
    for store in stores:
        store.add([(pack([1, 2]), pack([3, 4], "H")), (b"", b"")])
    vector = hashes, weights
    calls = [
        ("add", [vector]),
        ("add", [vector, vector]),
        ("get", slot, field),
        ("dots", vector, [slot], field),
        ("shared", vector, slot, field, slot),
        ("fits", [vector, (b"", b"")], [slot, 0], sizes),
    ]
    for name, *arguments in calls:
        one, other = (outcome(getattr(store, name), *arguments) for store in stores)
        assert one == other


@built
@given(data=st.data(), start=hash_sets, texts=st.floats(0, 1e6))
def test_term_counts(data: st.DataObject, start: list[int], texts: float) -> None:
    starts = data.draw(st.lists(st.floats(1, 1e6), min_size=len(start), max_size=len(start)))
    made = [
        module.TermCounts(pack(start), struct.pack(f"<{len(starts)}d", *starts), texts)
        for module in (compiled, reference)
    ]
    term = st.integers(0, 60) | (st.sampled_from(start) if start else st.nothing())
    counted: list[list[int]] = []
    for _ in range(data.draw(st.integers(0, 8))):
        if counted and data.draw(st.booleans()):
            gone = counted.pop(data.draw(st.integers(0, len(counted) - 1)))
            for counts in made:
                counts.discard(pack(gone))
        else:
            counted.append(sorted(data.draw(st.sets(term, max_size=60))))
            for counts in made:
                counts.add(pack(counted[-1]))
    words = pack(data.draw(st.lists(term, max_size=150)))
    cap = data.draw(st.integers(0, 40) | st.just(10**6))
    assert made[0].idf(words) == made[1].idf(words)
    assert made[0].weigh(words, cap) == made[1].weigh(words, cap)
    assert len(made[0]) == len(made[1]) == len(counted)


@built
@given(data=st.binary(max_size=24), counts=st.lists(st.floats(), max_size=6), texts=st.floats(), cap=st.integers(-1, 3))
def test_term_counts_refuse_alike(data: bytes, counts: list[float], texts: float, cap: int) -> None:
    packed = struct.pack(f"<{len(counts)}d", *counts)
    one, other = (outcome(module.TermCounts, data, packed, texts) for module in (compiled, reference))
    assert isinstance(one, type) == isinstance(other, type)
    for name, arguments in (("add", (data,)), ("discard", (data,)), ("idf", (data,)), ("weigh", (data, cap))):
        one, other = (
            outcome(getattr(module.TermCounts(b"", b"", 1.0), name), *arguments) for module in (compiled, reference)
        )
        assert one == other


@built
def test_term_counts_forget_what_no_text_holds() -> None:
    """Terms that come and go do not make the table grow for ever, and none is lost when it is made anew."""
    counts, plain = compiled.TermCounts(b"", b"", 0.0), reference.TermCounts(b"", b"", 0.0)
    for k in range(400):
        text = pack(list(range(100 * k, 100 * k + 150)))
        for each in (counts, plain):
            each.add(text)
            if k >= 5:
                each.discard(pack(list(range(100 * (k - 5), 100 * (k - 5) + 150))))
    assert counts.nbytes < 16 * 16_384
    everything = pack(list(range(40_100)))
    assert counts.idf(everything) == plain.idf(everything)


NOT_TOKENS: list[Any] = [None, 7, [b"bytes"], [None], ["fine", 3], ["\ud800"], ["a", "b\udfffc"]]


@built
@pytest.mark.parametrize("given_tokens", NOT_TOKENS, ids=ascii)
def test_refuses_alike_what_is_no_text(given_tokens: Any) -> None:
    for module in (compiled, reference):
        for arguments in ((given_tokens, ["body"]), (["title"], given_tokens)):
            with pytest.raises((TypeError, UnicodeEncodeError)):
                module.sign(*arguments, 3, A, B)
            with pytest.raises((TypeError, UnicodeEncodeError)):
                module.sign_many([(["fine"], ["text"]), arguments], 3, A, B)


@built
def test_refuses_wrong_types() -> None:
    index, store = compiled.BandIndex(2), compiled.SparseStore(1)
    for call in (
        lambda: compiled.sign(["a"], ["b"], 3, A, B[4:]),
        lambda: compiled.sign(["a"], ["b"], 3, b"", b""),
        lambda: compiled.sign_many([(["a"],)], 3, A, B),
        lambda: compiled.sign_many([(["a"], [], [])], 3, A, B),
        lambda: compiled.minhash(b"", bytes(4 * 1_025), bytes(4 * 1_025)),
    ):
        with pytest.raises(ValueError, match=r"\w"):
            call()
    for call in (
        lambda: compiled.overlap("text", b""),
        lambda: compiled.sign_many(None, 3, A, B),
        compiled.BandIndex,
        lambda: compiled.BandIndex("2"),
        compiled.SparseStore,
        compiled.TermCounts,
        lambda: compiled.hash_terms([b"bytes"]),
        lambda: compiled.distinct("text"),
        lambda: index.add(None, 1, 1),
        lambda: index.add(b"12345678", "1", 1),
        lambda: index.discard("0"),
        lambda: index.search([(index, 0, 1)], b"12345678", 1),
        lambda: index.search([(store, 0, 1)], b"12345678", 1, 1),
        lambda: index.search([[index, 0, 1]], b"12345678", 1, 1),
        lambda: store.dots((b"", b""), 5, 0),
        lambda: store.dots((b"", b""), ["0"], 0),
        lambda: store.dots([b"", b""], [], 0),
        lambda: store.fits([(b"", b"")], [], None),
        lambda: store.get(None, 0),
    ):
        with pytest.raises(TypeError):
            call()


@built
def test_finalizers_may_use_the_index_that_makes_their_results() -> None:
    """Python may collect garbage while a result list is made; what runs then can grow and query the same object."""
    index, store = compiled.BandIndex(1), compiled.SparseStore(1)
    for rank in range(400):
        index.add(pack([7]), rank, 0)
    slots = [store.add([(pack([1, 2]), pack([3, 4], "H"))]) for _ in range(400)]
    ranks = count(400)

    class Meddler:
        def __init__(self) -> None:
            self.ring = self

        def __del__(self) -> None:
            for _ in range(50):
                index.add(pack([8]), next(ranks), 0)
                store.add([(pack(list(range(50))), pack([1] * 50, "H"))])
            index.search([(index, 0, 0)], pack([7]), 9, 9)

    before = gc.get_threshold()
    gc.set_threshold(1)
    try:
        for _ in range(20):
            Meddler()
            found = index.search([(index, 0, 0)], pack([7]), 400, 400)
            assert found == [(rank, 1) for rank in range(399, -1, -1)]
            Meddler()
            query = pack([2]), pack([5], "H")
            assert store.dots(query, slots, 0) == [20] * 400
            Meddler()
            assert store.fits([query], slots, [1] * 400) == [((20,), (20,), place) for place in range(400)]
    finally:
        gc.set_threshold(*before)


@built
def test_signs_in_several_threads() -> None:
    texts = [([], [f"word{i}-{k}" for k in range(600)]) for i in range(40)]
    expected = compiled.sign_many(texts, 3, A, B)
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(compiled.sign_many(texts, 3, A, B))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


@pytest.mark.parametrize(("value", "forced"), [("1", True), ("0", False), ("", False)])
def test_the_environment_can_force_the_reference(value: str, forced: bool) -> None:
    module, why = kernel.choose({"DEDUP_PURE_PYTHON": value})
    assert (module is reference) == (forced or compiled is reference)
    assert bool(why) == (module is reference)


def test_the_facade_offers_the_reference_when_forced() -> None:
    code = "from dedup.sketch import kernel, reference; assert kernel.sign is reference.sign and not kernel.COMPILED"
    subprocess.run([sys.executable, "-c", code], env={"DEDUP_PURE_PYTHON": "1"}, check=True)
