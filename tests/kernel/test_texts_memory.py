"""The texts of the window give back the memory of what leaves, and leak none."""

from __future__ import annotations

import tracemalloc

from .compiled import as_array, built, compiled, leaked, outcome, pack, until_it_works
from .words import PLAIN


@built
def test_headlines_leave_with_their_texts() -> None:
    texts, vectors = compiled.Texts(10**6, 100, (1, 2), (0, 1, 0)), [(b"", b"")] * 4
    skeleton = pack([7]), pack(list(range(500)))
    for number in range(300):
        texts.add(number, number, 0, 0, vectors, skeleton)
    full = texts.nbytes
    assert full > 300 * 500 * 4
    texts.keep(range(0, 300, 100))
    assert texts.nbytes < full / 40
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
def test_terms_that_stay_are_never_there_twice() -> None:
    weights, kept = pack([9] * 96, "H"), range(0, 2_000, 2)
    tracemalloc.start()
    try:
        texts = compiled.Texts(100, 100, (1, 2), (0, 1, 0))
        for number in range(2_000):
            body = pack(list(range(number, number + 96))), weights
            texts.add(number, number % 500, None, 0, [body, *[(b"", b"")] * 3])
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        texts.keep(kept)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    terms = len(kept) * 96 * 6
    assert terms < texts.nbytes < 1.5 * terms
    assert most - before < terms / 2
    for number in kept:
        assert texts.shared((pack([number]), pack([1], "H")), number, 0, 9) == pack([number])


@built
def test_what_stays_is_all_there_where_memory_runs_out_while_the_rest_leaves() -> None:
    texts, skeleton = compiled.Texts(100, 100, (1, 2), (0, 1, 0)), (pack([7]), pack([1, 2, 3]))
    for number in range(200):
        texts.add(number, number % 9, None, 0, [(pack([number]), pack([9], "H")), *[(b"", b"")] * 3], skeleton)
    kept = range(0, 200, 3)
    _, failed = until_it_works(texts.keep, kept)
    assert failed > 5
    assert [number for number in range(200) if number in texts] == [*kept]
    for number in kept:
        assert texts.shared((pack([number]), pack([1], "H")), number, 0, 9) == pack([number])
    # Nothing that a try left behind keeps a text from being found.
    _, weighed = texts.weigh([(pack([3]), pack([9], "H")), *[(b"", b"")] * 3], 201, None, [*kept], [], PLAIN, (9, 9))
    assert len(weighed) == 3


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

    assert leaked(everything, 50) < 5_000
