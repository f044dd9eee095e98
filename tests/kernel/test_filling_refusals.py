"""What a segment is not filled with: rows, shapes and structures that are not as they must be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import pytest

from dedup.kernel import reference
from dedup.sketch.terms import TermSketch

from .compiled import built, by_name, compiled
from .filling import BANDS, LIMIT, NOTHING, NUMBERS, REFUSED, everything, filling, some_of, sound, structures


@by_name
@pytest.mark.parametrize("wrong", REFUSED, ids=lambda wrong: repr(wrong)[:60])
def test_a_row_that_is_not_as_it_must_be_is_refused_and_what_came_before_stays(module: Any, wrong: Any) -> None:
    made = structures(module)
    fill = filling(module)
    fill([tuple(sound(0))], False, *made, BANDS, LIMIT)
    rows = [tuple(sound(2)), tuple(sound(**{"ordinal": 3, "article_id": 3} | wrong)), tuple(sound(4))]
    with pytest.raises(ValueError, match=r"\w"):
        fill(rows, True, *made, BANDS, LIMIT)
    expected = structures(module)
    fill([tuple(sound(0))], False, *expected, BANDS, LIMIT)
    fill(rows[:1], True, *expected, BANDS, LIMIT)
    assert everything(made) == everything(expected), "nothing of it is there"
    fill([tuple(sound(5))], True, *made, BANDS, LIMIT)
    assert made.articles.article_of(5) == 5
    assert 5 in made.texts


@by_name
def test_what_is_not_looked_at_may_be_anything_of_its_kind(module: Any) -> None:
    made = structures(module)
    rows = [tuple(sound(1, terms=b"1")), tuple(sound(2, signature=b"1", text=False, terms=b""))]
    filling(module)(rows[:1], True, made.articles, None, made.signatures, None, BANDS, LIMIT)
    filling(module)(rows[1:], True, made.articles, made.texts, None, made.terms, BANDS, LIMIT)
    assert [*map(len, made)] == [2, 0, 1, 0]
    # Rows of a class of their own are taken as the tuples that they are.
    filling(module)([sound(3)], True, *made, BANDS, LIMIT)
    assert [*map(len, made)] == [3, 1, 2, 1]
    filling(module)([], True, *made, BANDS, LIMIT)
    filling(module)(iter([tuple(sound(4))]), True, made.articles, None, None, None, BANDS, LIMIT)
    assert [*map(len, made)] == [4, 1, 2, 1]
    # A text without a term is none of its story, of which something is not here then.
    made.articles.add(9, 9, None, 9, 9, True, (b"", b""), 1, True)
    assert made.articles.is_whole(9)
    empty = TermSketch((NOTHING,) * 4, b"").to_bytes(0)
    filling(module)([tuple(sound(9, group_id=1, terms=empty))], True, *made, BANDS, LIMIT)
    assert not made.articles.is_whole(9)
    assert 9 not in made.texts


@by_name
def test_rows_must_come_in_the_order_of_decisions_where_they_are_indexed(module: Any) -> None:
    for chosen in ((False, True, False), (True, False, True)):
        made = structures(module)
        filling(module)([tuple(sound(5))], True, *some_of(made, chosen), BANDS, LIMIT)
        for ordinal in (5, 4):
            with pytest.raises(ValueError, match="rank must be"):
                filling(module)([tuple(sound(ordinal))], True, *some_of(made, chosen), BANDS, LIMIT)
        filling(module)([tuple(sound(4)), tuple(sound(3))], True, *some_of(made, (True, False, False)), BANDS, LIMIT)
        filling(module)([tuple(sound(6))], True, *some_of(made, chosen), BANDS, LIMIT)
        assert [made.articles.article_of(ordinal) for ordinal in (3, 4, 5, 6)] == [3, 4, 5, 6]


@by_name
@pytest.mark.parametrize(
    ("bands", "limit"),
    [((number, 1), 3) for number in (*NUMBERS, 0, 1, 3, 1_025)]
    + [((2, number), 3) for number in (*NUMBERS, 0, 1_025)]
    + [(BANDS, number) for number in (-1, 4_097, *NUMBERS[1:])]
    + [((2,), 3), ((2, 2, 2), 3), ((), 3)],
)
def test_the_shape_is_checked_before_anything_is_added(module: Any, bands: Any, limit: int) -> None:
    made = structures(module)
    for rows in ([], [tuple(sound())]):
        with pytest.raises(ValueError, match=r"\w"):
            filling(module)(rows, True, *made, bands, limit)
    assert [*map(len, made)] == [0, 0, 0, 0]
    # That the bands are others than those of the index does not matter where there is none.
    if bands not in ((1, 1), (3, 1)):
        with pytest.raises(ValueError, match=r"\w"):
            filling(module)([], True, made.articles, None, None, None, bands, limit)


class Pretending:
    """Says of itself to be of any class."""

    def __init__(self, kind: type) -> None:
        self.kind = kind

    @property
    def __class__(self) -> type:
        return self.kind

    @__class__.setter
    def __class__(self, kind: type) -> None:
        raise NotImplementedError


@built
def test_structures_must_be_those_of_the_kernel() -> None:
    made, others = structures(compiled), structures(reference)
    kinds = [type(each) for each in made]
    for place, kind in enumerate(kinds):
        for wrong in (Pretending(kind), Mock(spec=kind), kind, others[place], made[place - 1], 1, "x", object()):
            given_ones = [*made[:place], wrong, *made[place + 1 :]]
            with pytest.raises(TypeError):
                compiled.fill([tuple(sound())], True, *given_ones, BANDS, LIMIT)
        with pytest.raises(TypeError):
            type("Derived", (kind,), {})
    with pytest.raises(TypeError):
        compiled.fill([], True, None, *made[1:], BANDS, LIMIT)
    for wrong in (None, 5, "text", [None], [5], ["row"]):
        with pytest.raises((TypeError, ValueError)):
            compiled.fill(wrong, True, *made, BANDS, LIMIT)
    for shape in (None, 5, "ab", (1, "2"), (1.0, 2)):
        with pytest.raises((TypeError, ValueError)):
            compiled.fill([], True, *made, shape, LIMIT)
    with pytest.raises(TypeError):
        compiled.fill([], True, *made, BANDS, 1.0)
    with pytest.raises(TypeError):
        compiled.fill([], True, *made, BANDS)
    assert [*map(len, made)] == [0, 0, 0, 0]


@by_name
def test_taking_the_rows_may_use_the_structures(module: Any) -> None:
    """All rows are taken before the first is added, and an iterable that fails adds none."""
    made = structures(module)
    filling(module)([tuple(sound(number)) for number in range(1, 9)], True, *made, BANDS, LIMIT)

    def rows(*, fails: bool) -> Iterator[tuple[Any, ...]]:
        yield tuple(sound(20))
        made.articles.keep(([], [], [], [], []))
        made.texts.keep([])
        yield tuple(sound(21))
        if fails:
            raise KeyError("row")

    with pytest.raises(KeyError, match="row"):
        filling(module)(rows(fails=True), True, *made, BANDS, LIMIT)
    assert [*map(len, made)] == [0, 0, 8, 8]
    filling(module)(rows(fails=False), True, *made, BANDS, LIMIT)
    assert [*map(len, made)] == [2, 2, 10, 10]

    class Acting:
        def __index__(self) -> int:
            made.articles.keep(([], [], [], [], []))
            made.texts.keep([])
            return 2

        def __bool__(self) -> bool:
            return bool(self.__index__())

    if module is compiled:
        compiled.fill([tuple(sound(22))], Acting(), *made, (Acting(), Acting()), Acting())
        assert [*map(len, made)] == [1, 1, 11, 11]
        # Numbers in rows are numbers, which run no code.
        with pytest.raises(ValueError, match="must be a number"):
            compiled.fill([tuple(sound(23, group_id=Acting()))], True, *made, BANDS, LIMIT)


class Loud(int):
    """A number with a method of its own, which is not asked."""

    def __index__(self) -> int:
        raise AssertionError("asked")

    __int__ = __bool__ = __index__


@built
def test_numbers_of_a_class_of_their_own_are_the_numbers_that_they_are() -> None:
    made = structures(compiled)
    numbers = {name: Loud(5) for name in ("article_id", "ordinal", "published", "group_id", "story_id", "version")}
    compiled.fill([tuple(sound(**numbers, text=Loud(1), salt=Loud(3)))], True, *made, BANDS, LIMIT)
    assert [*map(len, made)] == [1, 1, 1, 1]
    assert made.articles.article_of(5) == 5
