"""The compiled kernel gives what the reference gives: every function, every sequence of operations, every refusal."""

from __future__ import annotations

import gc
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from itertools import chain
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


# Few different keys, so that chains are long, and all of 32 bits now and then.
key = st.integers(0, 3) | st.integers(0, 40) | st.integers(0, 2**32 - 1)


def operations(bands: int) -> st.SearchStrategy[list[tuple[str, Any]]]:
    row = st.lists(key, min_size=bands, max_size=bands)
    number = st.integers(0, 12) | st.just(10**6)
    return st.lists(
        st.one_of(
            st.tuples(st.just("add"), row.map(pack)),
            st.tuples(st.just("add_many"), st.lists(row, max_size=12).map(lambda rows: pack(list(chain(*rows))))),
            st.tuples(st.just("discard"), st.integers(-1, 90)),
            st.tuples(st.just("query"), st.tuples(row.map(pack), number, number, st.integers(-1, 60))),
        ),
        max_size=80,
    )


class Model:
    """The index in its plainest form: a list of rows, looked through from the newest."""

    def __init__(self, bands: int) -> None:
        self.bands = bands
        self.rows: list[bytes] = []
        self.dead: set[int] = set()

    def query(self, keys: bytes, newest: int, limit: int, exclude_slot: int) -> list[tuple[int, int]]:
        hits: dict[int, int] = {}
        for place in range(0, 4 * self.bands, 4):
            left = newest
            for slot in range(len(self.rows) - 1, -1, -1):
                if self.rows[slot][place : place + 4] != keys[place : place + 4] or slot in self.dead:
                    continue
                if slot == exclude_slot or left == 0:
                    continue
                hits[slot] = hits.get(slot, 0) + 1
                left -= 1
        return sorted(hits.items(), key=lambda found: (found[1], found[0]), reverse=True)[:limit]


def indexes() -> list[Any]:
    return [reference.BandIndex] if compiled is reference else [reference.BandIndex, compiled.BandIndex]


@pytest.mark.parametrize("kind", indexes(), ids=lambda kind: kind.__module__)
@settings(max_examples=200)
@given(data=st.data(), bands=st.integers(1, 4))
def test_band_index_is_its_model(kind: Any, data: st.DataObject, bands: int) -> None:
    index, model = kind(bands), Model(bands)
    for name, argument in data.draw(operations(bands)):
        if name == "add":
            assert index.add(argument) == len(model.rows)
            model.rows.append(argument)
        elif name == "add_many":
            assert index.add_many(argument) == len(model.rows)
            model.rows += [argument[i : i + 4 * bands] for i in range(0, len(argument), 4 * bands)]
        elif name == "query":
            assert index.query(*argument) == model.query(*argument)
        elif 0 <= argument < len(model.rows):
            index.discard(argument)
            model.dead.add(argument)
        else:
            assert outcome(index.discard, argument) is IndexError
        assert (len(index), index.slots) == (len(model.rows) - len(model.dead), len(model.rows))


def vectors() -> st.SearchStrategy[tuple[bytes, bytes]]:
    def weighted(hashes: list[int]) -> st.SearchStrategy[tuple[bytes, bytes]]:
        weights = st.lists(st.integers(0, 65_535), min_size=len(hashes), max_size=len(hashes))
        return weights.map(lambda given: (pack(hashes), pack(given, "H")))

    return hash_sets.flatmap(weighted)


@built
@given(stored=st.lists(vectors(), max_size=8), query=vectors())
def test_sparse_store(stored: list[tuple[bytes, bytes]], query: tuple[bytes, bytes]) -> None:
    one, other = compiled.SparseStore(), reference.SparseStore()
    assert [one.add(*given) for given in stored] == [other.add(*given) for given in stored]
    slots = list(range(len(stored)))
    assert one.dots(*query, slots) == other.dots(*query, slots)
    assert [one.get(slot) for slot in slots] == stored
    assert [one.shared(query[0], slot) for slot in slots] == [other.shared(query[0], slot) for slot in slots]
    assert len(one) == len(other)


@built
@given(hashes=st.binary(max_size=16), weights=st.binary(max_size=8), slot=st.integers(-2, 2))
def test_sparse_store_refuses_alike(hashes: bytes, weights: bytes, slot: int) -> None:
    stores = [compiled.SparseStore(), reference.SparseStore()]
    for store in stores:
        store.add(pack([1, 2]), pack([3, 4], "H"))
    for call in ("add", "get", "shared", "dots"):
        arguments = {
            "add": (hashes, weights),
            "get": (slot,),
            "shared": (hashes, slot),
            "dots": (hashes, weights, [slot]),
        }
        one, other = (outcome(getattr(store, call), *arguments[call]) for store in stores)
        assert one == other


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
    index, store = compiled.BandIndex(2), compiled.SparseStore()
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
        lambda: compiled.SparseStore(1),
        lambda: index.add(None),
        lambda: index.discard("0"),
        lambda: index.query(b"12345678", 1),
        lambda: store.dots(b"", b"", 5),
        lambda: store.dots(b"", b"", ["0"]),
        lambda: store.get(None),
    ):
        with pytest.raises(TypeError):
            call()


@built
def test_finalizers_may_use_the_index_that_makes_their_results() -> None:
    """Python may collect garbage while a result list is made; what runs then can grow and query the same object."""
    index, store = compiled.BandIndex(1), compiled.SparseStore()
    index.add_many(pack([7] * 400))
    slots = [store.add(pack([1, 2]), pack([3, 4], "H")) for _ in range(400)]

    class Meddler:
        def __init__(self) -> None:
            self.ring = self

        def __del__(self) -> None:
            for _ in range(50):
                index.add(pack([8]))
                store.add(pack(list(range(50))), pack([1] * 50, "H"))
            index.query(pack([7]), 9, 9)

    before = gc.get_threshold()
    gc.set_threshold(1)
    try:
        for _ in range(20):
            Meddler()
            assert index.query(pack([7]), 400, 400) == [(slot, 1) for slot in range(399, -1, -1)]
            Meddler()
            assert store.dots(pack([2]), pack([5], "H"), slots) == [(20, 1)] * 400
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
