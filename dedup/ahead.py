"""Items that are made while the ones before them are used: files are unpacked while a database writes."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
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
