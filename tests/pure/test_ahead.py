"""Items that are made by a thread: the same items, and nothing that is made for nobody."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from dedup.intake.ahead import ahead


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
    items = ahead(iter(range(9)))
    next(items)
    (thread,) = [one for one in threading.enumerate() if one.name == "ahead"]
    items.close()  # type: ignore[attr-defined]
    thread.join(30)
    assert not thread.is_alive()
