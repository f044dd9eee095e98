"""Faults that tests inject into passes, and what is delivered meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from dedup.intake.article import Article
from dedup.store import Store

from ..asked import told
from .news import FLOOD, FLOOD_OTHER_WORDS, STRIKE, article


def deliveries() -> list[Article]:
    return [
        article("a", FLOOD, title="Flood in Verlingen", source="a"),
        article("b", FLOOD, title="Flood", source="b"),
        article("c", FLOOD_OTHER_WORDS, title="Verlingen under water", source="c"),
        article("bad", "", source="c"),
        article("a", STRIKE, title="Bakers on strike", source="a"),
        article("d", STRIKE, title="Montelle bakers stop work", source="d"),
        article("c", STRIKE + " It is the first walkout in nine years.", title="Strike", source="c"),
    ]


@contextmanager
def failing(store: Store, number: int, fail: Callable[[], None]) -> Iterator[list[int]]:
    """Calls `fail` before statement or commit `number`, counted from 1, of the connections of `store`."""
    count = [0]

    def step(*_: Any) -> None:
        count[0] += 1
        if count[0] == number:
            fail()

    event.listen(store.engine, "commit", step)
    try:
        with told(store, step):
            yield count
    finally:
        event.remove(store.engine, "commit", step)


def lose_the_database() -> None:
    raise sa.exc.OperationalError("injected", None, Exception("the database went away"))


def broken_for_all(*_: Any) -> None:
    raise ZeroDivisionError("a bug")
