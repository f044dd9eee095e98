"""A connection to PostgreSQL that does not wait for ever.

TCP notices a peer that is gone, not one that acknowledges and never answers: a server that is frozen, or a proxy in
between that has lost it. So the client itself counts the seconds in which nothing arrives.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import Dialect

from dedup.store.database import session

Waiting = Generator[Any, Any, Any]

CANCEL_SECONDS = 2.0
"""How long a server may take to hear that a query is over."""


class TimedConnection(psycopg.Connection[Any]):
    """A connection that is closed, with OperationalError, once a query hears nothing for `silence_seconds`."""

    silence_seconds: float

    def wait(self, gen: Waiting, *args: Any, **kwargs: Any) -> Any:
        """Waits for an answer, as psycopg does, which wakes up every tenth of a second whatever arrives."""
        return super().wait(self._timed(gen), *args, **kwargs)

    def _timed(self, gen: Waiting) -> Waiting:
        heard = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                now = time.monotonic()
                if ready:
                    heard = now
                elif now - heard > self.silence_seconds:
                    self._give_up()
                    raise psycopg.OperationalError(f"the server has not answered for {self.silence_seconds:g} s")
                wanted = gen.send(ready)
        except StopIteration as done:
            return done.value

    def _give_up(self) -> None:
        # A server that is well, and slow, would go on with what nobody waits for, beside the same asked again.
        if psycopg.capabilities.has_cancel_safe():  # others may wait for ever
            with suppress(psycopg.Error):
                self.cancel_safe(timeout=CANCEL_SECONDS)
        self.close()


@contextmanager
def unlimited(driver: object) -> Iterator[None]:
    """While the block runs `driver` waits for ever, if it is a `TimedConnection`."""
    if not isinstance(driver, TimedConnection):
        yield
        return
    before, driver.silence_seconds = driver.silence_seconds, math.inf
    try:
        yield
    finally:
        driver.silence_seconds = before


def install(engine: Engine, silence_seconds: float) -> None:
    """Every connection that `engine` makes from now on is a `TimedConnection`, its session made ready."""

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Dialect, _record: Any, args: Any, options: Any) -> TimedConnection:
        connection = TimedConnection.connect(*args, **options)
        connection.silence_seconds = silence_seconds
        try:
            # Before the silence ends: a session whose client is gone would go on waiting for the lock.
            session.prepare(connection, lock_seconds=0.9 * silence_seconds)
        except BaseException:
            connection.close()
            raise
        return connection
