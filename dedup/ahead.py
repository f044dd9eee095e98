"""Items that are made while the ones before them are used, by one thread more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from queue import SimpleQueue
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterable[Item]) -> Iterator[Item]:
    """`items` in their order; the next one is made by a thread while the one that was given is used, no more.

    What `items` raise is raised in its turn. Who ends early does not wait for the item that is being made.
    """
    asked: SimpleQueue[bool] = SimpleQueue()
    made: SimpleQueue[tuple[list[Item], BaseException | None]] = SimpleQueue()

    def make() -> None:
        iterator = iter(items)
        while asked.get():
            try:
                made.put(([next(iterator)], None))
            except StopIteration:
                made.put(([], None))
            except BaseException as error:  # noqa: BLE001 - raised where the item is asked for
                made.put(([], error))

    threading.Thread(target=make, name="ahead", daemon=True).start()
    asked.put(True)
    try:
        while True:
            found, error = made.get()
            if error is not None:
                raise error
            if not found:
                return
            asked.put(True)
            yield found.pop()
    finally:
        asked.put(False)


def behind(use: Callable[[Item], object], items: Iterable[Item]) -> None:
    """Calls `use` for each of `items` in their order, in a thread, while the next one is made here, no more.

    What `use` or `items` raise is raised when nothing is in use any more; no further item is used then. A single item
    takes no thread.
    """
    iterator = iter(items)
    first = [*islice(iterator, 2)]
    if len(first) < 2:
        for item in first:
            use(item)
        return
    with ThreadPoolExecutor(1, "behind") as thread:
        used: Future[object] | None = None
        for item in chain(first, iterator):
            if used is not None:
                used.result()
            used = thread.submit(use, item)
        if used is not None:
            used.result()
