"""The texts of the window refuse what the reference refuses, and take any array of ordinals."""

from __future__ import annotations

import math
from typing import Any

import pytest

from dedup.kernel import reference

from .compiled import as_array, built, compiled, outcome, pack
from .words import NO_VECTOR, NO_VECTORS, NUMBERS, PLAIN


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
        made = [module.Texts(100, 100, (1, 2), (0, 1, 0)) for module in (compiled, reference)]
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
        both("common", nothing, number, b"")
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
            one, other = (outcome(module.Texts, *rule) for module in (compiled, reference))
            assert isinstance(one, type) == isinstance(other, type)
            assert one == other or not isinstance(one, type)
    for vectors in bad:
        both("add", 9, 1, None, 0, vectors)
        both("weigh", vectors, 9, None, [], [], PLAIN, (5, 5))
        both("weigh", vectors, 9, None, [77], [], PLAIN, (5, 5))
        both("weigh", vectors, 9, None, [], [77], PLAIN, (5, 5))
        both("fit", vectors, 9, None, 0, [77], PLAIN)
        both("part", 1, vectors, 9, None, 0, PLAIN, (-1.0, 1.0, 0.0, 0.0))
        both("common", vectors, 1, b"")
        both("common", vectors, 77, b"")
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
        both("common", [wrong] * 4, 1, b"")
        both("common", [wrong] * 4, 77, b"")
    for days in (b"1", b"12345", pack([2, 1]), pack([1, 1])):
        both("common", nothing, 1, days)
        both("common", nothing, 77, days)
        both("common", nothing[:3], 1, days)
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
    texts.keep(as_array([5, 99, 2]))
    assert [number for number in range(9) if number in texts] == [2, 5]
    with pytest.raises(KeyError):
        texts.move(as_array([5, 3]), 7)
