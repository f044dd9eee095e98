"""Python code that runs while the articles of the window are asked may change them."""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from dedup.kernel.reference.arrays import pack32

from .articles import ARGUMENTS, DAY, NAMED, crowd, everything
from .compiled import built


class Acting:
    """A number that does something when it is taken."""

    def __init__(self, value: float, *acts: Callable[[], Any]) -> None:
        self.value, self.acts = value, acts

    def act(self) -> None:
        for act in self.acts:
            act()

    def __index__(self) -> int:
        self.act()
        return int(self.value)

    def __float__(self) -> float:
        self.act()
        return float(self.value)

    def __hash__(self) -> int:
        return hash(self.value)

    def __eq__(self, other: object) -> bool:
        self.act()
        return False


def empty(articles: Any) -> None:
    articles.keep(([], [], [], [], []))


def change(articles: Any) -> None:
    """Empties it, and fills it with others, more than it had room for."""
    empty(articles)
    for number in range(1_000, 1_000 + articles.nbytes // 20):
        articles.add(number, number, None, number, number, False, NAMED)


@built
def test_arguments_may_use_the_articles_they_are_given_to() -> None:
    """Whatever Python code runs while arguments are taken, the answer is that of what is left then."""
    acted: list[str] = []
    for name, fine in ARGUMENTS.items():
        for place, argument in enumerate(fine):
            for act in (change, empty):
                articles, before = crowd(), len(acted)
                acting = Acting(1, partial(act, articles), partial(acted.append, name))
                taken: Any = acting
                if isinstance(argument, list | tuple):
                    taken = ([], [], [], [], [1, acting]) if name == "keep" else [1, acting]
                with suppress(ValueError, TypeError, KeyError):
                    getattr(articles, name)(*fine[:place], taken, *fine[place + 1 :])
                if len(acted) > before:
                    # What was taken out is not there again, but for what the call itself puts in.
                    assert {number for number in range(60) if number in articles} <= (
                        {1, 2} if name == "add" else set()
                    )
                everything(articles)
    assert set(acted) == set(ARGUMENTS)
    # Looking into a dictionary may compare keys, and these may do anything: the answer is of what was asked about.
    articles = crowd()
    keys = [Acting(number, lambda: change(articles)) for number in (0, 2)]
    sets = dict.fromkeys(keys, b"no set"), {number: pack32([number]) for number in range(60)}
    found, unknown, missing = articles.compare(pack32([2]), range(6), 0, NAMED, sets, 0.5, 0)
    assert [(row[0], row[1], row[4]) for row in found] == [(0, 0, 0), (1, 2, 1), (2, 4, 0)]
    assert unknown == missing == []
    assert 0 not in articles
    # A list of dictionaries could lose them while the others are taken.
    articles = crowd()
    with pytest.raises(TypeError):
        articles.compare(b"", [1], 0, NAMED, [{}, {}], 0.5, 1)


@built
def test_finalizers_may_use_what_makes_their_results() -> None:
    """Python may collect garbage while a result is made; what runs then can change the same articles."""
    everyone, four = tuple(range(60)), pack32([4])
    sets: Any = {number: pack32([number]) for number in range(60)}, {}
    none: Any = {}, {}
    calls: list[tuple[str, tuple[Any, ...]]] = [
        ("members_of", (3,)),
        ("groups_in", (3,)),
        ("groups_of", (everyone,)),
        ("extent", (3,)),
        ("discard", (7,)),
        ("compare", (four, everyone, DAY, NAMED, sets, 0.5, 0)),
        ("compare", (four, everyone, DAY, NAMED, none, 0.5, 0)),
    ]
    met: list[int] = []

    class Meddler:
        def __init__(self, articles: Any) -> None:
            self.ring, self.articles = self, articles

        def __del__(self) -> None:
            met.append(len(self.articles))
            change(self.articles)

    before = gc.get_threshold()
    # What else this process holds need not be looked through each time.
    gc.freeze()
    try:
        for name, arguments in calls:
            expected = getattr(crowd(), name)(*arguments)
            for ahead in range(1, 9):
                articles = crowd()
                call = getattr(articles, name)
                gc.collect()
                Meddler(articles)
                # The collection comes with one of the objects that are made next.
                gc.set_threshold(gc.get_count()[0] + ahead)
                found = call(*arguments)
                gc.set_threshold(*before)
                assert found == expected, (name, ahead)
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
    assert sum(size == 60 for size in met) > 9, "some come while a call works"
