"""Items that are made by a thread: the same items, and nothing that is made for nobody."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from dedup.ahead import ahead, behind


@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_the_items_in_their_order(count: int) -> None:
    assert list(ahead(range(count))) == list(range(count))


def test_what_is_raised_comes_behind_the_items_before_it() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    items = ahead(broken())
    assert next(items) == 1
    with pytest.raises(ValueError, match="broken"):
        next(items)


def test_one_item_is_made_ahead_and_no_more() -> None:
    made: list[int] = []
    second = threading.Event()

    def numbers() -> Iterator[int]:
        for number in range(9):
            made.append(number)
            if number == 1:
                second.set()
            yield number

    items = ahead(numbers())
    assert next(items) == 0
    assert second.wait(30)
    assert made == [0, 1]
    items.close()  # type: ignore[attr-defined]
    assert made == [0, 1]


def test_who_ends_early_leaves_no_thread() -> None:
    before = set(threading.enumerate())  # one of an earlier test may be about to end
    items = ahead(iter(range(9)))
    next(items)
    (thread,) = [one for one in threading.enumerate() if one.name == "ahead" and one not in before]
    items.close()  # type: ignore[attr-defined]
    thread.join(30)
    assert not thread.is_alive()


@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_items_are_used_in_their_order(count: int) -> None:
    used: list[int] = []
    behind(used.append, range(count))
    assert used == list(range(count))


def test_one_item_is_made_while_the_one_before_it_is_used_and_no_more() -> None:
    made: list[int] = []
    used: list[int] = []
    second = threading.Event()

    def items() -> Iterator[int]:
        for number in range(4):
            made.append(number)
            if number == 2:  # while the first or the second is in use
                second.set()
            yield number

    def use(number: int) -> None:
        if number == 1:
            assert second.wait(30)
        assert len(made) <= number + 2
        used.append(number)

    behind(use, items())
    assert used == made == [0, 1, 2, 3]


@pytest.mark.parametrize("count", [1, 2, 9])
def test_an_item_that_cannot_be_used_is_the_last(count: int) -> None:
    used: list[int] = []

    def use(number: int) -> None:
        used.append(number)
        if number == count - 1:
            raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        behind(use, range(10) if count > 1 else [0])
    assert used == list(range(count))


def test_what_items_raise_comes_when_nothing_is_in_use() -> None:
    used: list[int] = []

    def broken() -> Iterator[int]:
        yield from (1, 2, 3)
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        behind(used.append, broken())
    assert used == [1, 2, 3]
