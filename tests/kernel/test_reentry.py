"""Python code that runs while the kernel works may use the very objects that it works on."""

from __future__ import annotations

import gc
import struct
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any

import pytest

from .compiled import built, compiled, pack
from .words import PLAIN


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
        ("shared", vectors[0], 1, Emptying(0), 5),
        ("common", vectors, Emptying(1), b""),
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
    texts.add(1, 1, 0, 0, vectors)
    texts.keep([1, Emptying(2)])
    assert len(texts) == 0
    assert texts.voices(1, Emptying(9), 0) == []
