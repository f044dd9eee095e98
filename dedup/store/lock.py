"""One writer at a time: a lock that the operating system or the server frees when its holder dies.

SQLite: ``flock`` on a file beside the database. PostgreSQL: a session advisory lock on a connection of its own. Such a
lock can be lost without its holder knowing, so each holder also gets a number, raised by one in the row in `state`; a
write transaction that no longer finds its own number there is rolled back (the fence).
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from dedup.errors import AlreadyRunning, ConfigError, LockLost
from dedup.store.engine import faults, writing
from dedup.store.tables import state

# The schema too, so that two installations in one database do not lock each other out.
_TRY_LOCK = sa.text("SELECT pg_try_advisory_lock(hashtext('dedup writer ' || current_schema()))")
_UNLOCK = sa.text("SELECT pg_advisory_unlock(hashtext('dedup writer ' || current_schema()))")
HOLDER = sa.text(
    "SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
    "WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database() "
    "AND l.objid::bigint = hashtext('dedup writer ' || current_schema()) & 4294967295"
)


class WriterLock:
    """The right to write clusters into one database. Use as a context manager, or `acquire` and `release`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._file: int | None = None
        self._session: Connection | None = None
        self.number = 0

    def acquire(self) -> None:
        """Takes the lock and a number. Raises `AlreadyRunning`, `DatabaseAway`, `ConfigError`."""
        if self._engine.dialect.name == "sqlite":
            self._lock_file()
        else:
            self._lock_session()
        try:
            with writing(self._engine) as connection:
                taken = sa.update(state).values(writer=state.c.writer + 1).returning(state.c.writer)
                self.number = connection.execute(taken).scalar_one()
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Gives the lock back; harmless when it is not held."""
        if self._file is not None:
            handle, self._file = self._file, None
            os.close(handle)
        if self._session is not None:
            session, self._session = self._session, None
            try:
                # The server notices a closed connection a moment later; this frees the lock at once.
                session.execute(_UNLOCK)
            except DBAPIError:
                session.invalidate()  # the connection is broken, and with it the lock is gone
            finally:
                session.close()

    def hold(self, connection: Connection) -> None:
        """The fence: call inside each write transaction. Raises `LockLost` when another writer has taken over."""
        query = sa.select(state.c.writer)
        if connection.dialect.name == "postgresql":
            query = query.with_for_update()
        if connection.scalar(query) != self.number:
            raise LockLost("another dedup has taken over this database; nothing of this batch was written")

    def __enter__(self) -> WriterLock:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _lock_file(self) -> None:
        database = self._engine.url.database
        if not database or database == ":memory:":
            return
        # A link to the database must lead to the same lock.
        path = Path(f"{os.path.realpath(database)}.lock")
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        except OSError as error:
            raise ConfigError(
                f"the lock file {path} cannot be opened: {error.strerror}; check its owner and mode"
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(handle, 20, 0).decode("ascii", "replace").strip()
            os.close(handle)
            raise AlreadyRunning(_taken(holder)) from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        self._file = handle

    def _lock_session(self) -> None:
        with faults(self._engine):
            session = self._engine.connect()
            try:
                session.execution_options(isolation_level="AUTOCOMMIT")
                if not _patiently(lambda: bool(session.scalar(_TRY_LOCK))):
                    raise AlreadyRunning(_taken(session.scalar(HOLDER), "server process "))
            except BaseException:
                session.invalidate()
                session.close()
                raise
        self._session = session


def _patiently(attempt: Callable[[], bool]) -> bool:
    """Tries for a second: a server frees the lock of a session that broke off a moment after its client is gone."""
    for _ in range(10):
        if attempt():
            return True
        time.sleep(0.1)
    return attempt()


def _taken(holder: object, kind: str = "process ") -> str:
    who = f" ({kind}{holder})" if holder else ""
    return f"another dedup{who} is writing to this database; stop it first, or let it do the work (see: dedup status)"
