"""The articles of the window refuse what the reference refuses, at every border, and stay as they were."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from dedup.kernel import reference
from dedup.kernel.reference.arrays import pack64

from .articles import ARGUMENTS, NAMED, NO_SKELETONS, NOT, NUMBERS, STRETCHES, everything, pair
from .compiled import built, compiled, outcome

ALL_DAYS = range(-9, 9)


@built
def test_numbers_at_the_border_and_beyond() -> None:
    seen: set[Any] = set()

    def both(name: str, *arguments: Any) -> None:
        one, other = (outcome(getattr(each, name), *arguments) for each in made)
        assert one == other, (name, arguments)
        seen.add(one if isinstance(one, type) else None)

    for number in NUMBERS:
        made = pair()
        for place in range(5):
            arguments: list[Any] = [3, 3, 3, 3, 3]
            arguments[place] = number
            both("add", *arguments, True)
            both("add", *arguments, True)
        both("add", 5, 5, None, 5, 5, False, NAMED, number)
        both("add", 6, 6, -number, 6, 6, False, NAMED, 1, True)
        both("rename", 5, NAMED, number)
        both("rename", 77, NAMED, number)
        both("rename", number, NAMED, 1)
        both("is_series", 6, number, NAMED)
        both("is_series", number, 5, NAMED)
        both("groups_of", [3, number])
        both("groups_of", memoryview(pack64([min(max(number, -(2**63)), 2**63 - 1)])).cast("q"))
        both("compare", b"", [3, number], None, NAMED, ({}, {}), 0.5, 1)
        both("compare", b"", [3], number, NAMED, ({}, {}), 0.5, 1)
        both("set_extent", 3, 3, 3, number)
        for place in range(3):
            arguments = [3, 3, 3]
            arguments[place] = number
            both("set_extent", *arguments, 5)
            both("lengthen", *arguments)
        both("extent", 3)
        for enough in (number, -number):
            both("compare", b"1234", [3, 6], 5, NAMED, ({3: b"1234"}, {}), 2.0, enough)
            both("compare", b"1234", [3, 6], 5, NAMED, ({3: b"1234"}, {}), 2.0, 1, [number])
        both("place", number, 3)
        both("place", 3, number)
        both("place", 9, number)
        both("regroup", number, 3)
        both("regroup", 3, number)
        both("move", [number, 3], 9)
        both("move", [9], number)
        both("drop_group", number)
        both("forget_extent", number)
        both("know_less", number)
        asked = "story_of", "groups_in", "members_of", "is_whole", "article_of", "told_of", "__contains__", "extent"
        for name in asked:
            both(name, number)
        for place in range(5):
            held: list[Any] = [ALL_DAYS, ALL_DAYS, [0], [], []]
            held[place] = [number, 0, number]
            both("keep", tuple(held))
        both("discard", number)
        assert everything(made[0]) == everything(made[1])
        stretches = [(number, 1, 1), (1, number, 1), (1, 1, number)]
        for one in stretches:
            mine, theirs = (outcome(kind.Articles, one) for kind in (compiled, reference))
            assert (mine is ValueError) == (theirs is ValueError) == (number < 1)
    assert seen == {None, ValueError, KeyError}


@built
def test_refuses_alike() -> None:
    made = pair()

    def both(error: type, name: str, *arguments: Any) -> None:
        one, other = (outcome(getattr(each, name), *arguments) for each in made)
        assert one is other is error, (name, arguments)

    for each in made:
        each.add(1, 1, 0, 1, 1, True, NAMED, 1, True)
        each.set_extent(1, 1, 1, 5)
    before = everything(made[1])
    for wrong in NO_SKELETONS:
        both(ValueError, "add", 2, 2, None, 2, 2, True, wrong)
        both(ValueError, "add", 1, 1, None, 2, 2, True, wrong)
        both(ValueError, "rename", 1, wrong, 1)
        both(ValueError, "rename", 77, wrong, 1)
        both(ValueError, "is_series", 1, None, wrong)
        both(ValueError, "is_series", 77, None, wrong)
        both(ValueError, "compare", b"", [77], None, wrong, ({}, {}), 0.5, 1)
    for shingles in (b"1", b"12345"):
        both(ValueError, "compare", shingles, [], None, NAMED, ({}, {}), 0.5, 1)
        both(ValueError, "compare", shingles, [77], None, NAMED, ({}, {}), 0.5, 1)
        both(ValueError, "compare", b"", [1], None, NAMED, ({1: shingles}, {}), 0.5, 1)
        both(ValueError, "compare", b"", [1], None, NAMED, ({}, {1: shingles}), 0.5, 1)
        both(KeyError, "compare", b"", [1, 77], None, NAMED, ({1: shingles}, {}), 0.5, 1)
    both(ValueError, "keep", ())
    both(ValueError, "keep", ([], [], [], []))
    both(ValueError, "keep", ([], [], [], [], [], []))
    both(KeyError, "regroup", 1, 2)
    both(KeyError, "regroup", 2, 2)
    both(KeyError, "groups_of", [1, 2])
    assert everything(made[0]) == everything(made[1]) == before


@built
@pytest.mark.parametrize("name", ARGUMENTS)
def test_wrong_types_are_refused_and_change_nothing(name: str) -> None:
    """Whatever stands at whatever place; fewer arguments and more as well."""
    fine = ARGUMENTS[name]
    refused = 0
    for place, wrong in itertools.product(range(len(fine)), NOT):
        articles = compiled.Articles(STRETCHES)
        articles.add(1, 1, 0, 1, 1, True, NAMED, 1, True)
        articles.set_extent(1, 1, 1, 1)
        before = everything(articles)
        found = outcome(getattr(articles, name), *fine[:place], wrong, *fine[place + 1 :])
        if isinstance(found, type):
            refused += 1
            assert everything(articles) == before, (place, wrong)
    assert refused >= 5
    articles = compiled.Articles(STRETCHES)
    least = len(fine) - (3 if name == "add" else 1 if name == "compare" else 0)
    for some in (*(fine[:count] for count in range(least)), (*fine, 1)):
        assert outcome(getattr(articles, name), *some) is TypeError
    with pytest.raises(TypeError):
        getattr(articles, name)(*fine, unknown=1)


@built
@pytest.mark.parametrize("wrong", [None, 1, "123", [1, 2, None], [1, 2, "3"], [1.0, 2, 3], object()])
def test_wrong_stretches_are_refused(wrong: Any) -> None:
    with pytest.raises(TypeError):
        compiled.Articles(wrong)
    with pytest.raises(TypeError):
        compiled.Articles()
    with pytest.raises(TypeError):
        compiled.Articles((1, 2, 3), 4)
    with pytest.raises(TypeError):
        compiled.Articles(other=(1, 2, 3))
