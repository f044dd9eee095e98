"""Postings of terms: the compiled index gives what the reference gives, refuses alike, and lives on without memory."""

from __future__ import annotations

import struct
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.kernel import reference

from .compiled import built, compiled, leaked, outcome, pack, traced, until_it_works
from .spans import chosen, moment
from .words import NO_VECTOR, NUMBERS, hash_sets

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
    kinds = compiled.Postings, reference.Postings
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
    kinds = compiled.Postings, reference.Postings
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

    assert leaked(everything, 50) < 5_000


@built
def test_postings_say_how_much_memory_they_take() -> None:
    with traced() as allocated:
        index = compiled.Postings()
        for rank in range(3_000):
            index.add(pack([rank % 7, 10 + rank // 2]), rank, rank)
        index.search([((index,), 0, 0)], pack([0, 1, 2, 20, 30]), pack([1] * 5, "H"), 64, 20)
        assert abs(allocated() - index.nbytes) < 1_000


@built
def test_postings_live_on_without_memory() -> None:
    """Wherever memory runs out nothing is lost, and the same call succeeds when there is some again."""
    index, plain = compiled.Postings(), reference.Postings()
    failed = 0
    everything = pack(list(range(40))), pack(range(1, 41), "H")

    for rank in range(150):
        row = pack(sorted({rank % 2, 2 + rank % 5, 7 + rank % 33}))
        plain.add(row, rank, rank)
        failed += until_it_works(index.add, row, rank, rank)[1]
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
    assert outcome(compiled.key_terms, *arguments) == outcome(reference.key_terms, *arguments)


@built
def test_key_terms_refuse_alike() -> None:
    seen = set()
    for number in NUMBERS:
        for wrong in (*NO_VECTOR, (b"", b"")):
            for limit, salt in ((number, 0), (4_096, number), (4_097, 0)):
                arguments = *wrong, limit, salt
                given = outcome(compiled.key_terms, *arguments)
                assert given == outcome(reference.key_terms, *arguments), arguments
                seen.add(given)
    assert seen == {ValueError, (b"", b"")}
