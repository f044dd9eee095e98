"""The articles of the window live on where memory runs out, and leak none."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from dedup.kernel.reference.arrays import pack32

from .articles import ARGUMENTS, DAY, NAMED, NO_SKELETONS, NOT, STRETCHES, crowd, everything, pair
from .compiled import built, compiled, leaked, outcome, traced, until_it_works


@built
def test_lives_on_without_memory() -> None:
    """Wherever memory runs out nothing is lost, and the same call succeeds when there is some again."""
    articles, plain = pair()
    failed: defaultdict[str, int] = defaultdict(int)
    sets = {number: pack32([number]) for number in range(0, 400, 2)}, {}

    def both(name: str, *arguments: Any) -> None:
        found, times = until_it_works(outcome, getattr(articles, name), *arguments)
        assert found == outcome(getattr(plain, name), *arguments), name
        failed[name] += times

    def steps() -> Iterator[tuple[Any, ...]]:
        for number in range(1_000, 1_150):
            words = pack32(range(number % 7))
            yield (
                "add",
                number,
                number,
                number % 3 * DAY,
                number // 2,
                number // 9,
                True,
                (b"", words),
                1,
                number % 4 == 0,
            )
            yield "set_extent", number // 2 + 5_000, number, number, 9
            yield "place", number // 2 + 5_000, number // 9 + 1_000
            if number % 7 == 0:
                yield "rename", number - 3, (pack32([1]), pack32(range(9))), 2
                yield "members_of", number // 9
                yield "groups_in", number // 9
                yield "groups_of", [number, number - 5, number]
                yield "move", [number // 2, number // 2 - 1, 5], number + 10**6
                yield "compare", pack32([2, 4]), range(number - 5, number), 0, NAMED, sets, 0.0, 0, [3]
                yield "regroup", number, number // 2 - 1
                yield "discard", number - 6
                yield "discard", number
                yield "drop_group", number // 2
                yield "extent", number // 2
                yield "article_of", number - 1
                yield "story_of", (number - 1) // 2 + 5_000
                yield "is_series", number - 1, DAY, NAMED
        yield "keep", ([0, 1], [1], [], [55], [])
        yield "keep", ([], [], [], [55], [])

    for name, *arguments in steps():
        both(name, *arguments)
    window = range(990, 1_160)
    assert everything(articles, window, window) == everything(plain, window, window)
    assert {"add", "place", "rename", "members_of", "groups_in", "groups_of", "move", "compare", "discard", "keep"} <= {
        name for name, times in failed.items() if times
    }
    assert until_it_works(compiled.Articles, STRETCHES)[1] > 5


@built
def test_leaks_nothing() -> None:
    articles = crowd()
    sets = {number: pack32([number]) for number in range(0, 60, 3)}, {}

    def once() -> None:
        for name, fine in ARGUMENTS.items():
            for place, wrong in itertools.product(range(len(fine)), NOT):
                with suppress(ValueError, TypeError, KeyError):
                    getattr(articles, name)(*fine[:place], wrong, *fine[place + 1 :])
            with suppress(ValueError, TypeError, KeyError):
                getattr(articles, name)(*fine)
        articles.keep(([], [], [], [], []))
        for number in range(60):
            articles.add(number, number, 0, number // 2, number // 10, number % 2 == 0, NAMED, number, True)
            articles.set_extent(number // 2, number // 2 * 2, number // 2 * 2 + 1, 9)
        for skeleton in (*NO_SKELETONS, NAMED):
            outcome(articles.add, 99, 99, None, 9, 9, True, skeleton)
            outcome(articles.rename, 3, skeleton, 1)
            outcome(articles.is_series, 3, 0, skeleton)
            outcome(articles.compare, b"1234", range(60), 0, skeleton, sets, 0.0, 0, range(5))
        outcome(articles.compare, b"1234", range(70), 0, NAMED, sets, 0.0, 0)
        outcome(articles.compare, b"1234", range(60), 0, NAMED, ({0: b"1"}, {}), 0.0, 0)
        outcome(articles.compare, b"1234", range(60), 0, NAMED, ({0: None}, {}), 0.0, 0)
        articles.members_of(2)
        articles.groups_in(2)
        articles.groups_of(range(50))
        articles.keep((range(9), [], [], [2, 2], []))
        outcome(compiled.Articles, (1, 2))
        compiled.Articles((1, 2, 3)).add(1, 1, None, 1, 1, True, NAMED)

    assert leaked(once, 20) < 5_000


@built
def test_they_say_how_much_memory_they_take() -> None:
    with traced() as allocated:
        many = compiled.Articles(STRETCHES)
        for number in range(3_000):
            many.add(number, number, None, number, number // 3, True, (b"", pack32(range(number % 9))))
        for held in (range(150), range(100, 120)):
            assert abs(allocated() - many.nbytes) < 2_000
            many.keep(([], [], [], held, []))


@built
def test_headlines_leave_once_more_than_an_eighth_of_them_are_of_nobody() -> None:
    articles = compiled.Articles(STRETCHES)
    for number in range(800):
        articles.add(number, number, number * DAY, number, number, True, (b"", pack32(range(number, number + 20))))
    full, days = articles.nbytes, STRETCHES[0] // DAY
    for first, shrinks in ((70, False), (210, True)):
        articles.keep((range(first // days, 800), range(first // days, 800), [], [], []))
        assert len(articles) == 800 - first
        assert (articles.nbytes < full - 70 * 20 * 4) == shrinks
    for number in range(210, 800):
        skeleton = b"", pack32(range(number, number + 20))
        assert articles.is_series(number, (number + 1) * DAY, skeleton)
        assert not articles.is_series(number, (number + 1) * DAY, (b"", pack32(range(number + 9, number + 29))))
