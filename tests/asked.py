"""What a store asks of its database, told before it is asked: by SQLAlchemy, or of the driver alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import sqlalchemy as sa
from sqlalchemy import event

from dedup.store import Store
from dedup.store.database import bulk
from dedup.store.passes import inbox

Tell = Callable[[Any, str, Any], None]
"""Takes a connection of the driver, the statement and its values, the first ones where there are many."""


@contextmanager
def told(store: Store, tell: Tell) -> Iterator[None]:
    """Calls `tell` before each statement of the block, by whichever connection of the store."""
    select = bulk.select

    def listen(_: Any, cursor: Any, text: str, values: Any, __: Any, many: bool) -> None:
        tell(cursor.connection, text, values[0] if many else values)

    def select_aloud(connection: sa.Connection, text: str, values: bulk.Row) -> Iterator[bulk.Row]:
        if connection.engine is store.engine:
            tell(connection.connection.driver_connection, text, values)
        return select(connection, text, values)

    event.listen(store.engine, "before_cursor_execute", listen)
    try:
        with mock.patch.object(bulk, "select", select_aloud), mock.patch.object(inbox, "select", select_aloud):
            yield
    finally:
        event.remove(store.engine, "before_cursor_execute", listen)
