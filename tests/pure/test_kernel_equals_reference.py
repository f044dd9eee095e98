"""The compiled kernel gives what the reference gives: every function, every sequence of operations, every refusal."""

from __future__ import annotations

import gc
import itertools
import math
import struct
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.sketch import (
    kernel,
    reference,
    reference_bands,
    reference_evidence,
    reference_postings,
    reference_terms,
    reference_texts,
)
from dedup.sketch.reference_evidence import Vector, Weights
from dedup.sketch.scheme import coefficients
from dedup.text.tokens import folding
from dedup.text.tokens import tokens as tokens_of

compiled: Any
compiled, reason = kernel.choose({})
built = pytest.mark.skipif(compiled is reference, reason=reason or "the compiled kernel is not built")

SCRIPTS = [("A", "ſ"), ("Ѐ", "ӿ"), ("ء", "ي"), ("ऄ", "ह"), ("一", "鿿"), ("가", "힣"), ("̀", "ͯ"), ("😀", "🙏")]
words = st.one_of(
    [st.text(st.characters(min_codepoint=ord(low), max_codepoint=ord(high)), max_size=9) for low, high in SCRIPTS]
)
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
tokens = st.lists(words | anything, max_size=80)
joined = tokens.map(" ".join) | anything
hash_sets = st.lists(st.integers(0, 2**32 - 1) | st.integers(0, 60), unique=True, max_size=90).map(sorted)
A, B = coefficients(128, 1)


def pack(values: list[int], form: str = "I") -> bytes:
    return struct.pack(f"<{len(values)}{form}", *values)


NUMBERS = (-1, 0, 1, 2**48 - 1, 2**48, 2**52 + 1, 2**63 - 1, 2**63, -(2**63), 2**80)
NO_VECTORS: tuple[list[Vector], ...] = ([], [(b"", b"")] * 3, [(b"", b"")] * 5, [(b"1", b""), *[(b"", b"")] * 3])
NO_VECTOR = [(pack([1, 2]), b"12"), (pack([2, 1]), b"1234"), (pack([1, 1]), b"1234"), (b"1234", b"123")]
PLAIN = Weights(-1.0, 1.0, 1.0, 1.0, 1.0, -1.0, -1.0, 0.5, 50.0, 3.0)


def outcome(call: Callable[..., Any], *args: Any) -> Any:
    """What a call gives, or which kind of error."""
    try:
        return call(*args)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        return type(error)


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
    assert compiled.overlap(pack(one), pack(one)) == (len(one), len(one), len(one))


@built
@given(values=st.binary(max_size=128), bands=st.integers(-1, 12), rows=st.integers(-1, 12))
def test_band_keys(values: bytes, bands: int, rows: int) -> None:
    assert outcome(compiled.band_keys, values, bands, rows) == outcome(reference_bands.band_keys, values, bands, rows)


@built
@given(terms=tokens)
def test_hash_terms(terms: list[str]) -> None:
    assert compiled.hash_terms(terms) == compiled.hash_terms(tuple(terms)) == reference_terms.hash_terms(terms)


# Few different words, so that names and repeated titles are met; numbers; letters on both sides of the border.
term = st.sampled_from(["a", "harbour", "wire", "7", "1987", "14th", "é", "\u05d0", "\u063f", "\u0640", "\u0660", "中"])
terms = st.lists(term, max_size=12).map(" ".join)


@built
@given(title=terms | joined, body=terms | joined, name=terms, most=st.integers(0, 30), repeats=st.booleans())
def test_term_hashes(title: str, body: str, name: str, most: int, repeats: bool) -> None:
    body = f"{title} {body}".strip(" ") if repeats else body
    expected = reference_terms.term_hashes(title, body, name, most)
    assert compiled.term_hashes(title, body, name, most) == expected


@built
@given(longest=st.integers(1_000, 1_060) | st.integers(2_030, 2_080), repeats=st.integers(0, 99), name=terms)
def test_tokens_of_a_long_text(longest: int, repeats: int, name: str) -> None:
    """Tokens are hashed some at a time: one that is longer than these, and names on both sides of a border."""
    few = f"wire {name} 1987 a  é harbourmaster{'s' * 20} " * repeats
    body = f"{few}{'y' * longest} {few}{name}"
    assert compiled.term_hashes("wire", body, name, 9_999) == reference_terms.term_hashes("wire", body, name, 9_999)
    assert compiled.without_digits(body) == reference_terms.without_digits(body)
    words = reference_terms.hash_terms(body.split(" "))
    assert compiled.spell("a wire", body, [words, words[-8:]]) == reference_terms.spell(
        "a wire", body, [words, words[-8:]]
    )


@built
@given(terms | joined | st.text(st.sampled_from("a19² ٣é"), max_size=12))
def test_without_digits(title: str) -> None:
    assert compiled.without_digits(title) == reference_terms.without_digits(title)


@built
@given(st.text() | st.text(st.sampled_from("aZ19² ٣éß-'\u0301の\ud800"), max_size=12))
def test_a_headline(title: str) -> None:
    (found,) = compiled.headlines([title], folding())
    assert found == reference_terms.without_digits(" ".join(tokens_of(title))) or (
        found is None and not title.isascii()
    )


@built
@given(st.lists(st.none() | st.text(max_size=40) | st.text(max_size=9).map(lambda part: part * 99), max_size=17))
def test_framed(parts: list[str | None]) -> None:
    assert outcome(compiled.framed, parts) == outcome(reference.framed, parts)


@built
@settings(max_examples=200)
@given(
    start=hash_sets, texts=st.lists(terms, max_size=4), title=terms | joined, body=terms | joined, name=terms,
    repeats=st.booleans(), days=st.lists(terms.filter(bool), max_size=3),
    shape=st.tuples(st.integers(0, 60), *[st.integers(-1, 9)] * 4), caps=st.tuples(*[st.integers(-1, 20)] * 3),
)  # fmt: skip
def test_weigh_text(
    start: list[int], texts: list[str], title: str, body: str, name: str, repeats: bool, days: list[str],
    shape: tuple[int, int, int, int, int], caps: tuple[int, int, int],
) -> None:  # fmt: skip
    body = f"{title} {body}".strip(" ") if repeats else body
    made = [
        module.TermCounts(pack(start), pack([2.5] * len(start), "d"), 9.0) for module in (compiled, reference_terms)
    ]
    for counts in made:
        for text in texts:
            counts.add(reference.distinct(reference_terms.hash_terms(text.split(" "))))
    names = [reference_terms.hash_terms(day.split(" ")) for day in days]
    one, other = (outcome(counts.weigh_text, title, body, name, names, shape, caps) for counts in made)
    assert one == other


@built
@given(title=terms | joined, body=terms | joined, others=st.binary(max_size=8), sizes=st.lists(st.integers(0, 5)))
def test_spell(title: str, body: str, others: bytes, sizes: list[int]) -> None:
    words = f"{body} {title}".split(" ")
    hashes = reference_terms.hash_terms(words) + others[: len(others) // 4 * 4]
    groups = [hashes[4 * start : 4 * (start + size)] for start, size in enumerate(sizes)]
    expected = reference_terms.spell(title, body, [hashes, *groups])
    assert compiled.spell(title, body, [hashes, *groups]) == expected
    if not others and all(words):
        assert all(isinstance(group, str) for group in expected)
    assert (
        outcome(compiled.spell, title, body, [b"1"])
        is outcome(reference_terms.spell, title, body, [b"1"])
        is ValueError
    )
    assert outcome(compiled.spell, title, body, 5) is outcome(reference_terms.spell, title, body, 5) is TypeError
    assert (
        outcome(compiled.spell, title, body, ["abcd"])
        is outcome(reference_terms.spell, title, body, ["abcd"])
        is TypeError
    )


@built
@given(one=st.sets(st.integers(0, 12)), other=st.sets(st.integers(0, 12)), damaged=st.binary(max_size=4))
def test_alike(one: set[int], other: set[int], damaged: bytes) -> None:
    headlines = pack(sorted(one)), pack(sorted(other))
    assert compiled.alike(*headlines) is reference_evidence.alike(*headlines)
    for pair in ((headlines[0] + damaged, headlines[1]), (headlines[1], headlines[0] + damaged)):
        assert outcome(compiled.alike, *pair) == outcome(reference_evidence.alike, *pair)


@built
@given(data=st.binary(max_size=400))
def test_sets(data: bytes) -> None:
    assert outcome(compiled.distinct, data) == outcome(reference.distinct, data)


@built
@given(
    terms=st.lists(st.integers(0, 9), max_size=60),
    names=st.lists(st.lists(st.integers(0, 9) | st.integers(0, 2**32 - 1), min_size=1, max_size=3), max_size=9),
    damaged=st.binary(max_size=3),
)
def test_first_of(terms: list[int], names: list[list[int]], damaged: bytes) -> None:
    given, wanted = pack(terms), [pack(name) for name in names]
    found = compiled.first_of(given, wanted)
    assert found == reference_terms.first_of(given, wanted)
    places = [[at for at in range(len(terms)) if terms[at : at + len(name)] == name] for name in names]
    first = min(((min(at), number) for number, at in enumerate(places) if at), default=(0, -1))
    assert found == first[1]
    for arguments in ((given + damaged, wanted), (given, [*wanted, damaged]), (given, wanted * 40)):
        assert outcome(compiled.first_of, *arguments) == outcome(reference_terms.first_of, *arguments)


# Few different keys, so that chains are long, and all of 32 bits now and then.
key = st.integers(0, 3) | st.integers(0, 40) | st.integers(0, 2**32 - 1)
moment = st.integers(-5, 5) | st.integers(-(2**63), 2**63 - 1)


def operations(bands: int) -> st.SearchStrategy[list[tuple[str, Any]]]:
    row = st.lists(key, min_size=bands, max_size=bands)
    number = st.integers(0, 12) | st.just(10**6)
    which = st.integers(0, 1)
    spans = st.lists(st.tuples(st.lists(which, max_size=3), moment, moment), max_size=4)
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


def chosen(made: list[Any], spans: list[tuple[list[int], int, int]]) -> list[tuple[tuple[Any, ...], int, int]]:
    """Spans of indexes by their places among those that are made."""
    return [(tuple(made[which] for which in several), low, high) for several, low, high in spans]


def indexes() -> list[Any]:
    return [reference_bands.BandIndex] if compiled is reference else [reference_bands.BandIndex, compiled.BandIndex]


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
            one_by_one = [(models[which], low, high) for several, low, high in spans for which in several]
            expected = sorted(
                (hit for model, low, high in one_by_one for hit in model.hits(keys, newest, low, high)), reverse=True
            )
            found = kind.search(chosen(made, spans), keys, newest, limit)
            assert found == [(rank, count) for count, rank in expected[:limit]]
        assert list(map(len, made)) == [len(model.rows) for model in models]


# Few terms, some in nearly all texts, so that their chains are of several blocks; few moments; and many dead.
few_terms = st.lists(st.integers(0, 4) | st.integers(0, 40) | st.just(2**32 - 1), unique=True, max_size=9).map(
    lambda terms: pack(sorted(terms))
)
narrow = st.integers(-3, 3) | moment


def posting_operations() -> st.SearchStrategy[list[tuple[str, Any]]]:
    which, number = st.integers(0, 1), st.integers(0, 70) | st.sampled_from([-1, 2**63 - 1, 2**80])
    scores = st.lists(st.integers(0, 3) | st.integers(1, 2**16 - 1), min_size=9, max_size=9)
    spans = st.lists(st.tuples(st.lists(which, max_size=3), narrow, narrow | st.just(2**70)), max_size=4)
    rows = st.lists(few_terms, min_size=1, max_size=5)
    place = st.integers(0, 400)
    return st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.tuples(which, rows, st.integers(1, 60), st.integers(-1, 3), narrow)),
            st.tuples(st.just("discard"), st.tuples(which, place, place | st.integers(0, 3), st.integers(1, 3))),
            st.tuples(st.just("search"), st.tuples(spans, few_terms, scores, number, number)),
        ),
        min_size=1,
        max_size=25,
    )


@built
@settings(max_examples=300)
@given(todo=posting_operations())
def test_postings(todo: list[tuple[str, Any]]) -> None:
    kinds = compiled.Postings, reference_postings.Postings
    made = [[kind(), kind()] for kind in kinds]
    last = [-1, -1]

    def both(which: int, name: str, *arguments: Any) -> None:
        one, other = (outcome(getattr(each[which], name), *arguments) for each in made)
        assert one == other, (name, arguments)

    def search(spans: list[tuple[list[int], int, int]], *arguments: Any) -> None:
        one, other = (
            outcome(kind.search, chosen(each, spans), *arguments) for kind, each in zip(kinds, made, strict=True)
        )
        assert one == other, (spans, arguments)

    for name, argument in todo:
        if name == "add":
            which, rows, times, step, when = argument
            for k in range(times):
                rank = last[which] + step
                both(which, "add", rows[k % len(rows)], rank, when)
                last[which] = max(last[which], rank)
        elif name == "discard":
            which, start, length, step = argument
            for rank in range(start, start + length, step):
                both(which, "discard", rank)
        else:
            spans, terms, scores, *numbers = argument
            search(spans, terms, pack(scores[: len(terms) // 4], "H"), *numbers)
        assert list(map(len, made[0])) == list(map(len, made[1]))
    everything = pack([*range(41), 2**32 - 1])
    for chain in (1, 64, 1_000):
        for which in range(2):
            search([([which], -(2**63), 2**63 - 1)], everything, pack(range(1, 43), "H"), chain, 1_000)


@built
def test_postings_refuse_alike() -> None:
    kinds = compiled.Postings, reference_postings.Postings
    seen: set[Any] = set()

    def alike(one: Any, other: Any) -> None:
        assert one == other
        if isinstance(one, type):
            seen.add(one)

    many = [pack(list(range(size))) for size in (4_096, 4_097)]
    for terms in (b"", b"1", pack([2, 1]), pack([1, 1]), pack([1, 2]), *many, bytearray(pack([7]))):
        for number in NUMBERS:
            made = [kind() for kind in kinds]
            alike(*(outcome(each.add, terms, number, 0) for each in made))
            alike(*(outcome(each.add, terms, number, 0) for each in made))
            alike(*(outcome(each.add, terms, 2**48 - 1, number) for each in made))
            alike(*(outcome(each.discard, number) for each in made))
            ever, scores = (-(2**63), 2**63 - 1), pack([1] * (len(terms) // 4), "H")
            for chain, limit in ((number, 5), (5, number)):
                alike(*(outcome(each.search, [((each,), *ever)], terms, scores, chain, limit) for each in made))
            for low, high in ((number, 2**63 - 1), (-(2**63), number), (number, number)):
                alike(*(outcome(each.search, [((each,), low, high)], terms, scores, 5, 5) for each in made))
            for bad in (b"", b"1", scores[2:], scores + b"\1\0", bytes(len(scores)), b"\xff\xff" + scores[2:]):
                alike(*(outcome(each.search, [((each,), *ever)], terms, bad, 5, 5) for each in made))
            alike(*(len(each) for each in made))
    assert seen == {ValueError, OverflowError}


@built
def test_postings_leak_nothing() -> None:
    index = compiled.Postings()
    for rank in range(300):
        index.add(pack([rank % 3, 10 + rank]), rank, rank)
    terms, scores, ranks = pack([0, 1, 2, 20, 30]), pack([1] * 5, "H"), count(300)

    def everything() -> None:
        spans = [((index,), 0, 500), ((index, index), 100, 200)]
        for wanted, *numbers in ((terms, 64, 20), (terms, 0, 0), (b"1", 5, 5), (terms, -1, 1)):
            outcome(compiled.Postings.search, spans, wanted, scores, *numbers)
        outcome(compiled.Postings.search, spans, terms, b"1", 5, 5)
        outcome(compiled.Postings.search, [*spans, (1, 2, 3)], terms, scores, 5, 5)
        outcome(compiled.Postings.search, [*spans, ((index, 7), 2, 3)], terms, scores, 5, 5)
        outcome(compiled.Postings.search, [*spans, ((index,), 2, "3")], terms, scores, 5, 5)
        outcome(compiled.Postings.search, [*spans, 7], terms, scores, 5, 5)
        outcome(compiled.Postings.search, 7, terms, scores, 5, 5)
        outcome(compiled.key_terms, terms, scores, 3, 7)
        outcome(compiled.key_terms, terms, scores, -3, 7)
        outcome(compiled.key_terms, terms, scores[2:], 3, 7)
        outcome(index.add, terms, 5, 5)
        outcome(index.add, b"1", next(ranks), 5)
        outcome(index.discard, "1")
        outcome(compiled.Postings, 1)
        fresh = compiled.Postings()
        for rank in range(100):
            fresh.add(terms, rank, 0)
        for rank in range(90):
            fresh.discard(99 - rank)
        assert fresh.search([((fresh,), 0, 0)], terms, scores, 5, 1) == struct.pack("q", 9)
        assert fresh.nbytes > 0

    everything()
    tracemalloc.start()
    try:
        everything()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(50):
            everything()
        assert tracemalloc.get_traced_memory()[0] - before < 5_000
        before = tracemalloc.get_traced_memory()[0]
        index = compiled.Postings()
        for rank in range(3_000):
            index.add(pack([rank % 7, 10 + rank // 2]), rank, rank)
        index.search([((index,), 0, 0)], terms, scores, 64, 20)
        taken = tracemalloc.get_traced_memory()[0] - before
        assert abs(taken - index.nbytes) < 1_000, "nbytes is what was taken"
    finally:
        tracemalloc.stop()


@built
def test_postings_live_on_without_memory() -> None:
    """Wherever memory runs out nothing is lost, and the same call succeeds when there is some again."""
    testcapi = pytest.importorskip("_testcapi")
    index, plain = compiled.Postings(), reference_postings.Postings()
    failed = 0
    everything = pack(list(range(40))), pack(range(1, 41), "H")

    def until_it_works(call: Callable[[], Any]) -> tuple[Any, int]:
        for nth in range(60):
            testcapi.set_nomemory(nth, nth + 1)
            try:
                return call(), nth
            except MemoryError:
                pass
            finally:
                testcapi.remove_mem_hooks()
        raise AssertionError("no end of failures")

    for rank in range(150):
        row = pack(sorted({rank % 2, 2 + rank % 5, 7 + rank % 33}))
        plain.add(row, rank, rank)
        failed += until_it_works(partial(index.add, row, rank, rank))[1]
        if rank % 9 == 0:
            index.discard(rank // 2)
            plain.discard(rank // 2)
            found, times = until_it_works(lambda: index.search([((index,), 5, 140)] * 3, *everything, 64, 30))
            assert found == plain.search([((plain,), 5, 140)] * 3, *everything, 64, 30)
            failed += times
    assert failed > 50
    assert until_it_works(compiled.Postings)[1] > 0


# Weights of which no sum is so large, and of which most are equal; as many of them as hashes, but now and then.
heavy = st.sampled_from([0, 1, 362, 363, 65_535]) | st.integers(0, 65_535)


@built
@given(data=st.data(), hashes=hash_sets, limit=st.integers(-1, 95) | st.sampled_from(NUMBERS))
def test_key_terms(data: st.DataObject, hashes: list[int], limit: int) -> None:
    size = len(hashes) + data.draw(st.sampled_from([0] * 9 + [1]))
    weights = pack(data.draw(st.lists(heavy, min_size=size, max_size=size)), "H")
    salt = data.draw(st.integers(0, 2**32 - 1) | st.sampled_from(NUMBERS))
    arguments = pack(hashes), weights, limit, salt
    assert outcome(compiled.key_terms, *arguments) == outcome(reference_postings.key_terms, *arguments)


@built
def test_key_terms_refuse_alike() -> None:
    seen = set()
    for number in NUMBERS:
        for wrong in (*NO_VECTOR, (b"", b"")):
            for limit, salt in ((number, 0), (4_096, number), (4_097, 0)):
                arguments = *wrong, limit, salt
                given = outcome(compiled.key_terms, *arguments)
                assert given == outcome(reference_postings.key_terms, *arguments), arguments
                seen.add(given)
    assert seen == {ValueError, (b"", b"")}


# Few terms, weights, dates and stories, so that texts share terms, evidence is equal, and stories are long.
weight = st.sampled_from([0, 1, 9_000, 30_000, 65_535]) | st.integers(0, 65_535)
term = st.integers(0, 9) | st.sampled_from([2**31, 2**32 - 1])
vector = st.dictionaries(term, weight, max_size=6).map(
    lambda terms: (pack(sorted(terms)), pack([terms[h] for h in sorted(terms)], "H"))
)
pool = st.lists(st.lists(vector, min_size=4, max_size=4), min_size=1, max_size=5)
ordinal = st.integers(0, 50)
ordinals = st.lists(ordinal, max_size=30)
# Some as near to each other as makes no difference, or just more than that.
published = st.none() | st.integers(-3, 12).map(lambda half: half * 43_200) | st.integers(43_190, 43_210)
story = st.integers(0, 2) | st.integers(-3, 12)
shade = st.integers(0, 3) | st.integers(0, 65_535)
coefficient = st.sampled_from([0.0, 1.0, -1.0, 2.5]) | st.floats(-20, 20)
weights = st.builds(
    Weights,
    *[coefficient] * 7,
    st.floats(0, 1),
    st.sampled_from([math.inf, 50.0, 1.0]) | st.floats(1e-9, 1e9),
    st.sampled_from([0.0, 3.0, 1e9]) | st.floats(0, 20),
)
publisher = st.sampled_from([b"", pack([0]), pack([7])])
# Headlines of few words, so that some are alike: nearly all of five words, or but enough of them, or one too few.
headline = st.sets(st.integers(0, 5) | st.just(2**32 - 1), max_size=7).map(lambda words: pack(sorted(words)))
skeleton = st.tuples(publisher, headline)
bound = st.sampled_from([-math.inf, math.inf, 0.0]) | st.floats(-30, 30)
rules = st.tuples(
    st.sampled_from([0, 86_400, 4 * 86_400, 2**70]),
    st.sampled_from([0, 3, 20, 2**70]),
    st.sampled_from([(1, 2), (2, 3), (4, 12), (1, 63)]),
    st.tuples(st.integers(0, 3), st.integers(1, 4), st.sampled_from([0, 10**6, 10**9, 65_535**2])),
)


def as_array(numbers: list[int]) -> memoryview:
    """As `Postings.search` gives them."""
    return memoryview(pack(numbers, "q")).cast("q")


def steps(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, tuple[Any, ...]]]:
    return st.tuples(st.just(name), st.tuples(*arguments))


def requests(texts: list[list[tuple[bytes, bytes]]]) -> st.SearchStrategy[tuple[str, tuple[Any, ...]]]:
    vectors = st.sampled_from(texts)
    one = vectors.flatmap(st.sampled_from)
    limits = st.tuples(st.integers(0, 6), st.integers(0, 5)) | st.just((2**70, 2**70))
    return st.one_of(
        steps("add", ordinal, story, published, shade, vectors),
        steps("add", ordinal, story, published, shade, vectors, skeleton),
        steps("discard", ordinal),
        steps("rename", ordinal, skeleton),
        steps("move", st.lists(ordinal, max_size=3), story),
        steps("story_of", ordinal),
        steps("texts_of", story | st.just(2**70)),
        steps("voices", story, ordinal, published),
        steps("is_issue", story, ordinal, published, skeleton),
        steps("weigh", vectors, ordinal, published, ordinals, ordinals, weights, limits),
        steps("weigh", vectors, ordinal, published, ordinals, ordinals, weights, limits, bound),
        steps("fit", vectors, ordinal, published, shade, st.lists(ordinal, max_size=3), weights),
        steps("part", story, vectors, ordinal, published, shade, weights, st.tuples(bound, bound, bound, bound)),
        steps("is_one", st.tuples(story, story), vectors, ordinal, published, shade, weights, st.tuples(*[bound] * 4)),
        steps("shared", one, ordinal, st.integers(-1, 4), st.integers(-1, 9)),
        steps("rest", one, ordinal, st.integers(-1, 4)),
    )


@built
@settings(max_examples=150)
@given(data=st.data(), rule=rules, texts=pool)
def test_texts(data: st.DataObject, rule: Any, texts: list[list[tuple[bytes, bytes]]]) -> None:
    made = [compiled.Texts(*rule), reference_texts.Texts(*rule)]
    there: set[int] = set()

    def both(name: str, *arguments: Any) -> None:
        one, other = (outcome(getattr(each, name), *arguments) for each in made)
        assert one == other, (name, arguments)

    start = st.tuples(story, published, shade, st.sampled_from(texts), skeleton)
    for number in data.draw(st.permutations(range(data.draw(st.integers(0, 45))))):
        both("add", number, *data.draw(start))
    for _ in range(data.draw(st.integers(1, 15))):
        name, arguments = data.draw(requests(texts))
        both(name, *arguments)
        there = {number for number in range(51) if number in made[1]}
        assert there == {number for number in range(51) if number in made[0]}
        if name in ("weigh", "fit") and there:
            known = st.lists(st.sampled_from(sorted(there)), min_size=1, max_size=50)
            if name == "weigh":
                vectors, place, when, missing, _, *rest = arguments
                some, around = data.draw(known | st.just([])), data.draw(known | st.just([]))
                both(name, vectors, place, when, some, around, *rest)
                both(name, vectors, place, when, some, missing, *rest)
                both(name, vectors, place, when, missing, around, *rest)
                # One that was met is not looked at again, as a candidate or for the background.
                both(name, vectors, place, when, [*some, *some], [*some, *around], *rest)
                both(name, vectors, place, when, *(as_array(numbers) for numbers in (some, around)), *rest)
            else:
                vectors, place, when, dark, _, model = arguments
                both(name, vectors, place, when, dark, data.draw(known), model)
        if name in ("part", "is_issue"):
            for number in range(-3, 13):
                both(name, number, *arguments[1:])
        if name == "is_one":
            for pair in ((1, 2), (2, 0), (3, 3)):
                both(name, pair, *arguments[1:])
        if name == "discard":
            kept = data.draw(st.lists(st.sampled_from(sorted(there)), max_size=60) if there else st.just([]))
            both("keep", kept)
            both("keep", [*kept, 51])
    for number in range(-3, 13):
        both("texts_of", number)
        both("voices", number, 60, None)
        both("voices", number, 25, 86_400)
        both("is_issue", number, 25, 5 * 86_400, (b"", pack([0, 1, 2, 3])))
    assert len(made[0]) == len(made[1])


@built
@given(query=vector, texts=st.lists(st.tuples(vector, vector, vector, vector), min_size=1, max_size=5))
def test_the_rest_of_a_dot_product(query: Any, texts: list[Any]) -> None:
    """Of every field of every text, and of texts with themselves."""
    made = [module.Texts(100, 100, (1, 2), (0, 1, 0)) for module in (compiled, reference_texts)]
    for number, vectors in enumerate(texts):
        for each in made:
            each.add(number, 1, None, 0, vectors)
    for number, field in itertools.product(range(-1, len(texts) + 1), range(-1, 5)):
        for one in (query, *(vectors[0] for vectors in texts)):
            rest, expected = (outcome(each.rest, one, number, field) for each in made)
            assert rest == expected
            assert isinstance(rest, type) == (not (0 <= number < len(texts) and 0 <= field < 4))


@built
def test_texts_refuse_alike() -> None:
    nothing = [(b"", b"")] * 4
    bad = [*NO_VECTORS, *([wrong, *[(b"", b"")] * 3] for wrong in NO_VECTOR)]
    kinds: set[Any] = set()

    def both(name: str, *arguments: Any) -> None:
        one, other = (outcome(getattr(each, name), *arguments) for each in made)
        assert one == other, (name, arguments)
        if isinstance(one, type):
            kinds.add(one)

    for number in NUMBERS:
        made = [module.Texts(100, 100, (1, 2), (0, 1, 0)) for module in (compiled, reference_texts)]
        for arguments in ((number, 1, None, 0), (1, number, None, 0), (2, 1, number, 0), (3, 1, -number, 0)):
            both("add", *arguments, nothing)
            both("add", *arguments, nothing)
        both("add", 4, 1, None, number, nothing)
        for name in ("discard", "story_of", "texts_of", "__contains__"):
            both(name, number)
        both("move", [number], 7)
        both("move", [1], number)
        both("voices", number, 5, None)
        both("voices", 1, number, None)
        both("voices", 1, 5, number)
        both("is_issue", number, 5, 0, (b"", b""))
        both("is_issue", 1, number, 0, (b"", b""))
        both("is_issue", 1, 5, number, (b"", b""))
        both("weigh", nothing, number, None, [1, 2], [1], PLAIN, (5, 5))
        both("weigh", nothing, 9, number, [1, 2], [1], PLAIN, (5, 5))
        both("weigh", nothing, 9, None, [1, number], [1], PLAIN, (5, 5))
        both("weigh", nothing, 9, None, [1], [1, number], PLAIN, (5, 5))
        both("weigh", nothing, 9, None, [], [number], PLAIN, (0, 5))
        both("weigh", nothing, 9, None, [1, 2], [1], PLAIN, (number, 5))
        both("weigh", nothing, 9, None, [1, 2], [1], PLAIN, (5, number))
        both("fit", nothing, number, None, 0, [1], PLAIN)
        both("fit", nothing, 9, number, 0, [1], PLAIN)
        both("fit", nothing, 9, None, number, [1], PLAIN)
        both("fit", nothing, 9, None, 0, [number], PLAIN)
        both("part", number, nothing, 9, None, 0, PLAIN, (-1.0, 1.0, 0.0, 0.0))
        both("part", 1, nothing, number, None, 0, PLAIN, (-1.0, 1.0, 0.0, 0.0))
        both("part", 1, nothing, 9, number, 0, PLAIN, (-1.0, 1.0, 0.0, 0.0))
        both("part", 1, nothing, 9, None, number, PLAIN, (-1.0, 1.0, 0.0, 0.0))
        both("shared", (b"", b""), number, 0, 1)
        both("shared", (b"", b""), 1, number, 1)
        both("shared", (b"", b""), 1, 0, number)
        both("rest", (b"", b""), number, 0)
        both("rest", (b"", b""), 1, number)
        both("keep", [number])
        both("keep", [1, 1])
        for place in range(2):
            both("weigh", nothing, 9, None, [], [], PLAIN, (5, 5, 5)[: 3 - 2 * place])
            both("part", 1, nothing, 9, None, 0, PLAIN, (0.0,) * (5 - 2 * place))
        rules: list[tuple[Any, ...]] = [
            (number, 1, (1, 2), (0, 1, 0)),
            (1, number, (1, 2), (0, 1, 0)),
            (1, 1, (number, 2), (0, 1, 0)),
            (1, 1, (1, number), (0, 1, 0)),
            (1, 1, (1, 2), (number, 1, 0)),
            (1, 1, (1, 2), (0, number, 0)),
            (1, 1, (1, 2), (0, 1, number)),
            (1, 1, (1, 2, number), (0, 1, 0)),
            (1, 1, (1, 2), (0, number)),
        ]
        for rule in rules:
            one, other = (outcome(module.Texts, *rule) for module in (compiled, reference_texts))
            assert isinstance(one, type) == isinstance(other, type)
            assert one == other or not isinstance(one, type)
    for vectors in bad:
        both("add", 9, 1, None, 0, vectors)
        both("weigh", vectors, 9, None, [], [], PLAIN, (5, 5))
        both("weigh", vectors, 9, None, [77], [], PLAIN, (5, 5))
        both("weigh", vectors, 9, None, [], [77], PLAIN, (5, 5))
        both("fit", vectors, 9, None, 0, [77], PLAIN)
        both("part", 1, vectors, 9, None, 0, PLAIN, (-1.0, 1.0, 0.0, 0.0))
    for odd in ((b"1", b""), (b"12345", b""), (b"", b"12345"), (b"", pack([2, 1])), (b"", pack([1, 1]))):
        both("add", 9, 1, None, 0, nothing, odd)
        both("add", 1, 1, None, 0, nothing, odd)
        both("is_issue", 1, 5, 0, odd)
        both("is_issue", 1, 5, None, odd)
        both("is_issue", 77, -5, 0, odd)
        both("__contains__", 9)
    for least in (math.nan, math.inf, -math.inf, 2**80):
        both("weigh", nothing, 9, None, [1], [1], PLAIN, (5, 5), least)
    for wrong in NO_VECTOR:
        both("shared", wrong, 1, 0, 1)
        both("shared", wrong, 77, 9, 1)
        both("rest", wrong, 1, 0)
        both("rest", wrong, 77, 9)
    for others in ([], [1] * 64, [1] * 65, [1, 77]):
        both("fit", nothing, 9, None, 0, others, PLAIN)
    for field in PLAIN._fields:
        for value in (math.nan, math.inf, -math.inf, 0.0, -0.0, -1.0, 1e9, 2e9):
            changed = PLAIN._replace(**{field: value})
            both("weigh", nothing, 9, None, [], [], changed, (5, 5))
            both("fit", nothing, 9, None, 0, [1], changed)
            both("part", 1, nothing, 9, None, 0, changed, (-1.0, 1.0, 0.0, 0.0))
    for place in range(4):
        bounds = [0.0] * 4
        bounds[place] = math.nan
        both("part", 1, nothing, 9, None, 0, PLAIN, bounds)
        both("is_one", (1, 2), nothing, 9, None, 0, PLAIN, bounds)
    assert kinds == {ValueError, KeyError, IndexError}


@built
def test_ordinals_may_come_in_any_kind_of_array() -> None:
    """Those of another layout are taken one by one, as the numbers of any iterable are."""
    texts = compiled.Texts(100, 100, (1, 2), (0, 2, 0))
    vectors = [(pack([1, 2]), pack([40_000, 30_000], "H"))] * 4
    for number in range(9):
        texts.add(number, number, 0, 0, vectors)
    for numbers in ([8, 3, 5, 3], [], [7]):
        expected = texts.weigh(vectors, 99, 0, numbers, numbers, PLAIN, (9, 9))
        whole = as_array([other for number in numbers for other in (number, 0)])
        arrays = as_array(numbers), whole[::2], memoryview(pack(numbers)).cast("I"), memoryview(bytes(numbers))
        for array in arrays:
            assert list(array) == numbers
            assert texts.weigh(vectors, 99, 0, array, array, PLAIN, (9, 9)) == expected
    texts.keep(as_array([5, 2]))
    assert [number for number in range(9) if number in texts] == [2, 5]
    with pytest.raises(KeyError):
        texts.move(as_array([5, 3]), 7)


@built
def test_headlines_leave_with_their_texts() -> None:
    texts, vectors = compiled.Texts(10**6, 100, (1, 2), (0, 1, 0)), [(b"", b"")] * 4
    skeleton = pack([7]), pack(list(range(500)))
    for number in range(300):
        texts.add(number, number, 0, 0, vectors, skeleton)
    full = texts.nbytes
    assert full > 300 * 500 * 4
    texts.keep(range(0, 300, 100))
    assert texts.nbytes < full / 50
    assert [number for number in range(300) if texts.is_issue(number, 301, 90_000, skeleton)] == [0, 100, 200]


@built
def test_texts_give_memory_back() -> None:
    texts = compiled.Texts(100, 100, (1, 2), (0, 1, 0))
    empty = texts.nbytes
    vectors = [(pack(list(range(50))), pack([9] * 50, "H"))] * 4
    for number in range(2_000):
        texts.add(number, number, None, 0, vectors)
    full = texts.nbytes
    assert full > 2_000 * 150 * 6
    for number in range(2_000):
        if number % 10:
            texts.discard(number)
    texts.keep(range(0, 2_000, 10))
    assert len(texts) == 200
    assert texts.nbytes < full / 8
    assert [texts.texts_of(number) for number in (10, 11)] == [[10], []]
    texts.keep([])
    assert texts.nbytes == empty
    for number in range(9_000):
        texts.add(number, number % 7, None, 0, [(b"", b"")] * 4)
        texts.discard(number)
    assert texts.texts_of(3) == []


@built
def test_texts_leak_nothing() -> None:
    texts = compiled.Texts(10**6, 100, (2, 3), (0, 2, 5))
    vectors = [(pack(list(range(20))), pack([9_000] * 20, "H"))] * 4
    told = pack([7]), pack([1, 2, 3])
    for number in range(40):
        texts.add(number, number % 3, number, 0, vectors, told)

    def everything() -> None:
        for arguments in ((vectors, 50, 7), (vectors[:3], 50, 7), ([*vectors[:3], (b"", b"1")], 50, 7)):
            outcome(texts.weigh, *arguments, range(40), range(30), PLAIN, (9, 9))
            outcome(texts.weigh, *arguments, range(50), range(30), PLAIN, (9, 9))
            outcome(texts.weigh, *arguments, range(30), range(50), PLAIN, (9, 9))
            outcome(texts.weigh, *arguments, range(40), None, PLAIN, (9, 9))
            outcome(texts.weigh, *arguments, range(40), ["1"], PLAIN, (9, 9))
            outcome(texts.weigh, *arguments, range(40), range(30), PLAIN[:3], (9, 9))
            outcome(texts.weigh, *arguments, range(40), range(30), PLAIN, (9, -1))
            outcome(texts.fit, *arguments, 0, range(40), PLAIN)
            outcome(texts.fit, *arguments, 0, range(70), PLAIN)
            outcome(texts.part, 1, *arguments, 0, PLAIN, (-9.0, 9.0, 99.0, 99.0))
            outcome(texts.part, 1, *arguments, 0, PLAIN, (-9.0, 9.0, -99.0, -99.0))
            outcome(texts.is_one, (1, 2), *arguments, 0, PLAIN, (-9.0, 9.0, 99.0, 99.0))
            outcome(texts.add, 1, 1, 1, 1, arguments[0])
        outcome(texts.shared, vectors[0], 1, 0, 5)
        outcome(texts.shared, vectors[0], 99, 0, 5)
        for skeleton in (told, (b"1", b""), (b"", b"1"), (b"", 1), None):
            outcome(texts.add, 1, 1, 1, 1, vectors, skeleton)
            outcome(texts.is_issue, 1, 50, 200_000, skeleton)
        assert texts.is_issue(1, 50, 200_000, told)
        everybody, wide = as_array([*range(40)] * 2), memoryview(bytes(8)).cast("i")
        for numbers in (everybody, everybody[::2], everybody[:0], wide):
            outcome(texts.weigh, vectors, 50, 7, numbers, numbers, PLAIN, (9, 9))
        outcome(texts.move, range(50), 1)
        outcome(texts.keep, range(50))
        texts.move(range(40), 5)
        for number in range(40):
            texts.move([number], number % 3)
        texts.keep(range(40))
        assert texts.voices(1, 50, 7)
        assert texts.texts_of(1)
        outcome(compiled.Texts, 1, 1, (0, 1), (0, 1, 0))
        compiled.Texts(1, 1, (1, 2), (0, 1, 0)).add(1, 1, None, 0, vectors, told)

    everything()
    tracemalloc.start()
    try:
        everything()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(50):
            everything()
        assert tracemalloc.get_traced_memory()[0] - before < 5_000
    finally:
        tracemalloc.stop()


@built
@given(data=st.data(), start=hash_sets, texts=st.floats(0, 1e6))
def test_term_counts(data: st.DataObject, start: list[int], texts: float) -> None:
    starts = data.draw(st.lists(st.floats(1, 1e6), min_size=len(start), max_size=len(start)))
    made = [
        module.TermCounts(pack(start), struct.pack(f"<{len(starts)}d", *starts), texts)
        for module in (compiled, reference_terms)
    ]
    term = st.integers(0, 60) | (st.sampled_from(start) if start else st.nothing())
    counted: list[list[int]] = []
    for _ in range(data.draw(st.integers(0, 8))):
        removes = data.draw(st.booleans())
        if counted and removes:
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
    parts, caps = data.draw(st.lists(st.sampled_from([words, words[:40], b"", b"1"]), max_size=3)), [cap, 2, 10**6]
    for most in (caps[: len(parts)], caps[:2]):
        assert outcome(made[0].weigh_all, parts, most) == outcome(made[1].weigh_all, parts, most)
    assert len(made[0]) == len(made[1]) == len(counted)


@built
@given(data=st.binary(max_size=24), counts=st.lists(st.floats(), max_size=6), texts=st.floats(), cap=st.integers(-1, 3))
def test_term_counts_refuse_alike(data: bytes, counts: list[float], texts: float, cap: int) -> None:
    packed = struct.pack(f"<{len(counts)}d", *counts)
    one, other = (outcome(module.TermCounts, data, packed, texts) for module in (compiled, reference_terms))
    assert isinstance(one, type) == isinstance(other, type)
    for name, arguments in (("add", (data,)), ("discard", (data,)), ("idf", (data,)), ("weigh", (data, cap))):
        one, other = (
            outcome(getattr(module.TermCounts(b"", b"", 1.0), name), *arguments)
            for module in (compiled, reference_terms)
        )
        assert one == other


@built
def test_term_counts_forget_what_no_text_holds() -> None:
    """Terms that come and go do not make the table grow for ever, and none is lost when it is made anew."""
    counts, plain = compiled.TermCounts(b"", b"", 0.0), reference_terms.TermCounts(b"", b"", 0.0)
    for k in range(400):
        text = pack(list(range(100 * k, 100 * k + 150)))
        for each in (counts, plain):
            each.add(text)
            if k >= 5:
                each.discard(pack(list(range(100 * (k - 5), 100 * (k - 5) + 150))))
    assert counts.nbytes < 16 * 16_384
    everything = pack(list(range(40_100)))
    assert counts.idf(everything) == plain.idf(everything)


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
def test_refuses_wrong_types() -> None:
    index, texts = compiled.BandIndex(2), compiled.Texts(1, 1, (1, 2), (0, 1, 0))
    nothing = [(b"", b"")] * 4
    texts.add(1, 1, None, 0, nothing)
    postings = compiled.Postings()
    call: Any
    for call in (
        lambda: compiled.sign("a", "b", 3, A, B[4:]),
        lambda: compiled.sign("a", "b", 3, b"", b""),
        lambda: compiled.sign_many([("a",)], 3, A, B),
        lambda: compiled.sign_many([("a", "", "")], 3, A, B),
        lambda: compiled.minhash(b"", bytes(4 * 1_025), bytes(4 * 1_025)),
    ):
        with pytest.raises(ValueError, match=r"\w"):
            call()
    for call in (
        lambda: compiled.overlap("text", b""),
        lambda: compiled.sign_many(None, 3, A, B),
        compiled.BandIndex,
        lambda: compiled.BandIndex("2"),
        compiled.Texts,
        compiled.TermCounts,
        lambda: compiled.hash_terms([b"bytes"]),
        lambda: compiled.distinct("text"),
        lambda: compiled.first_of("text", []),
        lambda: compiled.alike(b"", "text"),
        lambda: compiled.first_of(b"", None),
        lambda: compiled.first_of(b"", ["text"]),
        lambda: compiled.TermCounts(b"", b"", 1.0).weigh_all(b"", None),
        lambda: compiled.TermCounts(b"", b"", 1.0).weigh_all([b""], ["1"]),
        lambda: compiled.TermCounts(b"", b"", 1.0).weigh_text("a", "b", "", [1], (9, 1, 1, 1, 1), (1, 1, 1)),
        lambda: compiled.TermCounts(b"", b"", 1.0).weigh_text("a", None, "", [], (9, 1, 1, 1, 1), (1, 1, 1)),
        lambda: compiled.without_digits(None),
        lambda: compiled.headlines([None], folding()),
        lambda: compiled.headlines(7, folding()),
        lambda: compiled.headlines(["title"], None),
        lambda: compiled.spell("title", "body", None),
        lambda: compiled.spell("title", "body", ["abcd"]),
        lambda: compiled.spell(None, "body", [b"abcd"]),
        lambda: compiled.framed([1]),
        lambda: index.add(None, 1, 1),
        lambda: index.add(b"12345678", "1", 1),
        lambda: index.discard("0"),
        lambda: index.search([((index,), 0, 1)], b"12345678", 1),
        lambda: index.search([((texts,), 0, 1)], b"12345678", 1, 1),
        lambda: index.search([[(index,), 0, 1]], b"12345678", 1, 1),
        lambda: index.search([(index, 0, 1)], b"12345678", 1, 1),
        lambda: index.search([([index], 0, 1)], b"12345678", 1, 1),
        lambda: compiled.Postings(2),
        lambda: postings.add(None, 1, 1),
        lambda: postings.add(b"", "1", 1),
        lambda: postings.add(b"", 1, 1.5),
        lambda: postings.discard("0"),
        lambda: postings.search([((postings,), 0, 1)], b"", b"", 1),
        lambda: postings.search([((index,), 0, 1)], b"", b"", 1, 1),
        lambda: postings.search([((postings,), 0)], b"", b"", 1, 1),
        lambda: postings.search([((postings,), "0", 1)], b"", b"", 1, 1),
        lambda: postings.search([[(postings,), 0, 1]], b"", b"", 1, 1),
        lambda: postings.search([(postings, 0, 1)], b"", b"", 1, 1),
        lambda: postings.search([([postings], 0, 1)], b"", b"", 1, 1),
        lambda: compiled.key_terms("", b"", 1, 1),
        lambda: compiled.key_terms(b"", b"", "1", 1),
        lambda: texts.add(2, 1, None, 0, nothing, [b"", b""]),
        lambda: texts.add(2, 1, None, 0, nothing, (b"", "")),
        lambda: texts.is_issue(1, 2, 0, None),
        lambda: texts.is_issue(1, None, 0, (b"", b"")),
        lambda: compiled.Texts(1, 1, 3, (0, 1, 0)),
        lambda: compiled.Texts(1.0, 1, (1, 2), (0, 1, 0)),
        lambda: texts.add("2", 1, None, 0, nothing),
        lambda: texts.add(2, None, None, 0, nothing),
        lambda: texts.add(2, 1, 1.5, 0, nothing),
        lambda: texts.add(2, 1, None, 0, None),
        lambda: texts.add(2, 1, None, 0, [[b"", b""]] * 4),
        lambda: texts.add(2, 1, None, 0, [("", "")] * 4),
        lambda: texts.discard("1"),
        lambda: texts.move(1, 1),
        lambda: texts.move(["1"], 1),
        lambda: texts.keep(None),
        lambda: texts.story_of(None),
        lambda: texts.weigh(nothing, 2, None, [1], [1], PLAIN),
        lambda: texts.weigh(nothing, 2, None, 1, [1], PLAIN, (1, 1)),
        lambda: texts.weigh(nothing, 2, None, [1], 1, PLAIN, (1, 1)),
        lambda: texts.weigh(nothing, 2, None, [1], ["1"], PLAIN, (1, 1)),
        lambda: texts.weigh(nothing, 2, None, [1], [1], None, (1, 1)),
        lambda: texts.weigh(nothing, 2, None, [1], [1], ["1"] * 10, (1, 1)),
        lambda: texts.weigh(nothing, 2, None, [1], [1], PLAIN, 1),
        lambda: texts.fit(nothing, 2, None, 0, 1, PLAIN),
        lambda: texts.part(1, nothing, 2, None, 0, PLAIN, None),
        lambda: texts.is_one(1, nothing, 2, None, 0, PLAIN, (0.0,) * 4),
        lambda: texts.shared(nothing, 1, 0, 1),
        lambda: texts.rest(nothing, 1, 0),
    ):
        with pytest.raises(TypeError):
            call()


@built
def test_so_many_arguments_as_a_function_takes() -> None:
    names = ["meet", "weigh_up", "enter", "read_plain", "sign_many", "spell", "passages", "key_terms", "band_keys"]
    functions = [getattr(compiled, name) for name in (*names, "notes", "lines_to_look_at")]
    texts, articles = compiled.Texts(1, 1, (1, 2), (0, 1, 0)), compiled.Articles((1, 1, 1))
    methods = [texts.part, texts.is_one, articles.set_extent, compiled.TermCounts(b"", b"", 1.0).weigh_text]
    for function in (*functions, *methods):
        for size in (0, 1, 11, 300):
            with pytest.raises(TypeError, match=r"takes exactly \d+ arguments"):
                function(*[b""] * size)
        with pytest.raises(TypeError):
            function(named=b"")


@built
def test_anything_like_bytes_is_taken_for_them() -> None:
    values = A[:64]
    alike = bytearray(values), memoryview(b"1" + values)[1:], memoryview(values).cast("I"), memoryview(values)
    for each in alike:
        assert compiled.band_keys(each, 8, 2) == compiled.band_keys(values, 8, 2)
        assert compiled.sign_many([("a", "b c d")], 1, each, each) == reference.sign_many(
            [("a", "b c d")], 1, values, values
        )
    with pytest.raises(BufferError):
        compiled.band_keys(memoryview(values)[::2], 2, 2)


@built
def test_what_is_like_bytes_is_let_go_whatever_comes_of_it() -> None:
    """A bytearray refuses to grow while somebody holds it."""
    held = bytearray(512)
    tables = held, folding(), held, 9, held, held
    texts = compiled.Texts(1, 1, (1, 2), (0, 1, 0))
    pairs: tuple[Any, ...] = (held, held), (held, 1), (bytes(4), bytearray(2)), (held, b"")
    for call in (
        lambda: compiled.key_terms(held, held[:256], 1, 1),
        lambda: compiled.key_terms(held, held, 1, "1"),
        lambda: compiled.key_terms(held, None, 1, 1),
        lambda: compiled.band_keys(held, 2, 2),
        lambda: compiled.band_keys(held, 2**63, 2),
        lambda: compiled.band_keys(held, 2, 2.0),
        lambda: compiled.sign_many([("a", "b")], 3, held, held),
        lambda: compiled.sign_many(None, 3, held, held),
        lambda: compiled.sign_many([("a", "b")], 3, held, None),
        lambda: compiled.notes("a", folding(), held),
        lambda: compiled.notes("a", held, held),
        lambda: compiled.notes("\ud800", folding(), held),
        lambda: compiled.lines_to_look_at("a", held, 1),
        lambda: compiled.lines_to_look_at("a", held, "1"),
        lambda: compiled.read_plain([], tables, 1, 1),
        lambda: compiled.read_plain([], (*tables[:5], None), 1, 1),
        lambda: compiled.read_plain([], tables, 1, None),
        *(partial(texts.part, 1, [pair] * 4, 2, None, 0, PLAIN, (0.0,) * 4) for pair in pairs),
    ):
        outcome(call)
        held.append(0)
        held.pop()


@built
def test_finalizers_may_use_what_makes_their_results() -> None:
    """Python may collect garbage while a result is made; what runs then can grow, query and empty the same object."""
    index, texts = compiled.BandIndex(1), compiled.Texts(10**9, 10**9, (1, 2), (0, 1, 0))
    postings = compiled.Postings()
    for rank in range(400):
        index.add(pack([7]), rank, 0)
        postings.add(pack([7]), rank, 0)
    vectors = [(pack([1, 2]), pack([40_000, 30_000], "H"))] * 4
    ranks = count(400)

    def fill() -> None:
        texts.keep([])
        for number in range(90):
            texts.add(number, number // 3, 0, 0, vectors)

    class Meddler:
        def __init__(self) -> None:
            self.ring = self

        def __del__(self) -> None:
            for _ in range(50):
                rank = next(ranks)
                index.add(pack([8]), rank, 0)
                postings.add(pack([8, rank]), rank, 0)
            index.search([((index,), 0, 0)], pack([7]), 9, 9)
            postings.search([((postings,), 0, 0)], pack([7, 8]), pack([1, 1], "H"), 9, 9)
            fill()
            texts.weigh(vectors, 99, 0, range(90), range(40), PLAIN, (30, 30))
            texts.keep([])

    def same(call: Callable[[], Any]) -> None:
        fill()
        Meddler()
        gc.collect()
        fill()
        expected = call()
        gc.set_threshold(1)
        for _ in range(10):
            fill()
            Meddler()
            with suppress(KeyError):
                assert call() == expected
        gc.set_threshold(*before)

    before = gc.get_threshold()
    try:
        for _ in range(20):
            Meddler()
            gc.set_threshold(1)
            found = index.search([((index,), 0, 0)], pack([7]), 400, 400)
            assert found == [(rank, 1) for rank in range(399, -1, -1)]
            Meddler()
            ranks_found = postings.search([((postings,), 0, 0)] * 2, pack([7]), pack([1], "H"), 400, 800)
            assert struct.unpack("800q", ranks_found)[::2] == tuple(rank for rank, _ in found)
        same(lambda: texts.weigh(vectors, 99, 0, [5, 80, 7], [6, 50], PLAIN, (30, 30))[0])
    finally:
        gc.set_threshold(*before)


@built
def test_arguments_may_use_the_texts_they_are_given_to() -> None:
    """Whatever Python code runs while arguments are taken, the answer is that of the texts that are left."""
    vectors = [(pack([1, 2]), pack([40_000, 30_000], "H"))] * 4

    class Emptying:
        def __init__(self, value: float) -> None:
            self.value = value

        def __index__(self) -> int:
            texts.keep([])
            return int(self.value)

        def __float__(self) -> float:
            texts.keep([])
            return float(self.value)

    texts: Any = compiled.Texts(100, 100, (1, 2), (0, 1, 0))
    calls: list[tuple[Any, ...]] = [
        ("weigh", vectors, 9, 0, [1, Emptying(2)], [1], PLAIN, (5, 5)),
        ("weigh", vectors, 9, 0, [1], [1, Emptying(2)], PLAIN, (5, 5)),
        ("weigh", vectors, 9, 0, [], [Emptying(2)], PLAIN, (5, 5)),
        ("weigh", vectors, 9, 0, [1], [], PLAIN, (5, Emptying(5))),
        *(
            ("weigh", vectors, 9, 0, [1], [], [*PLAIN[:place], Emptying(9.0), *PLAIN[place + 1 :]], (5, 5))
            for place in range(len(PLAIN))
        ),
        ("fit", vectors, 9, 0, 0, [1, 2, Emptying(3)], PLAIN),
        ("move", [1, Emptying(2)], 7),
        ("keep", [1, Emptying(2)]),
        ("shared", vectors[0], 1, Emptying(0), 5),
        ("rest", vectors[0], 1, Emptying(0)),
        ("story_of", Emptying(1)),
    ]
    for name, *arguments in calls:
        for number in range(5):
            texts.add(number, 1, 0, 0, vectors)
        with pytest.raises(KeyError):
            getattr(texts, name)(*arguments)
        assert len(texts) == 0
    for number in range(5):
        texts.add(number, 1, 0, 0, vectors)
    assert texts.part(1, vectors, 9, 0, Emptying(0), PLAIN, (-1.0, 1.0, 99.0, 99.0)) is None
    assert texts.voices(1, Emptying(9), 0) == []


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


@pytest.mark.parametrize(("value", "forced"), [("1", True), ("0", False), ("", False)])
def test_the_environment_can_force_the_reference(value: str, forced: bool) -> None:
    module, why = kernel.choose({"DEDUP_PURE_PYTHON": value})
    assert (module is reference) == (forced or compiled is reference)
    assert bool(why) == (module is reference)


def test_the_facade_offers_the_reference_when_forced() -> None:
    code = "from dedup.sketch import kernel, reference; assert kernel.sign is reference.sign and not kernel.COMPILED"
    subprocess.run([sys.executable, "-c", code], env={"DEDUP_PURE_PYTHON": "1"}, check=True)
