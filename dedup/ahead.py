"""Work done ahead by one more thread: making the next item, or using the last one, while this thread goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from queue import SimpleQueue
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterable[Item]) -> Iterator[Item]:
    """`items` in their order; a thread makes the next one, and no more, while the caller uses the current one.

    What `items` raise is raised in its turn. A caller that ends early does not wait for the item being made.
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
    """Calls `use` for each of `items`, in order, in a thread, while the next item is made here, and no more.

    What `use` or `items` raise is raised once nothing is in use; no further item is used then. A single item takes no
    thread.
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
