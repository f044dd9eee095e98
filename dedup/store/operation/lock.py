"""One writer at a time: a lock that the operating system or the server frees when its holder dies.

SQLite: ``flock`` on a file beside the database. PostgreSQL: a session advisory lock on a connection of its own. Such a
lock can be lost without its holder knowing, so each holder also gets a number, raised by one in the row in `state`; a
write transaction that no longer finds its own number there is rolled back (the fence).

A holder that is frozen, or whose machine is gone, keeps its session for as long as the server believes in it. So the
holder gives signs of life on that session, and a standby may end the sessions of one that is silent. Silence is
measured by the server's clock alone.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, RootTransaction
from sqlalchemy.exc import DBAPIError

from dedup.errors import AlreadyRunning, ConfigError, DatabaseAway, LockLost
from dedup.store import schema
from dedup.store.database.engine import database_file, faults, writing
from dedup.store.database.files import file_at, opened_file
from dedup.store.operation import instances
from dedup.store.tables import state

KEEP_SECONDS = 1.0
"""Seconds between two signs of life, at least."""
NOTE_BYTES = 2_000
"""Of the locked file at most: no more than the first block of it, which is there from the start."""

# The schema too, so that two installations in one database do not lock each other out.
_TRY_LOCK = sa.text("SELECT pg_try_advisory_lock(hashtext('dedup writer ' || current_schema()))")
_UNLOCK = sa.text("SELECT pg_advisory_unlock(hashtext('dedup writer ' || current_schema()))")
HOLDER = sa.text(
    "SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
    "WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database() "
    "AND l.objid::bigint = hashtext('dedup writer ' || current_schema()) & 4294967295"
)
# A frozen process may be in the middle of a transaction, so every session of its has to go. What another user runs is
# not shown, and its silence not known.
_SILENT = sa.text(
    "SELECT s.pid FROM pg_stat_activity s JOIN pg_stat_activity a USING (datname, usename, application_name) "
    "WHERE a.pid = :holder AND s.datname = current_database() AND s.usename = current_user "
    "AND clock_timestamp() - a.state_change > make_interval(secs => :seconds)"
)
_END = sa.text("SELECT pg_terminate_backend(:pid)")


class Fence(Protocol):
    """What keeps an instance that no longer leads from writing."""

    def hold(self, connection: Connection) -> None:
        """Raises `LockLost` when another writer has taken over, `SchemaError` when the schema is another one."""


class WriterLock:
    """The right to write clusters into one database. Use as a context manager, or `acquire` and `release`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._file: int | None = None
        self._session: Connection | None = None
        self._database: tuple[int, int] | None = None
        self._kept = 0.0
        self._transaction: RootTransaction | None = None
        self.number = 0

    def acquire(self) -> None:
        """Takes the lock and a number. Raises `AlreadyRunning`, `DatabaseAway`, `ConfigError`.

        Waits a second for a lock that is being freed.
        """
        self._acquire(None)

    def take_over(self, lease_seconds: float | None) -> int:
        """Takes the lock for an instance that has lost it, or may have, or never had it. Raises as `acquire`, and
        `SchemaError`.

        With a lease it does not wait, and on PostgreSQL ends the sessions of a holder that was silent for longer;
        returns how many. A file cannot be lost: it stays locked, whatever the database says, so that nobody gets in
        between and everybody sees who works.
        """
        if self._has_file():
            schema.check(self._engine)  # another file may have taken the place of the database
            self._take_number()
            return 0
        self.release()
        return self._acquire(lease_seconds)

    def keep(self) -> None:
        """Gives a sign of life, at most one in `KEEP_SECONDS`. Raises `DatabaseAway` when the lock is gone."""
        if self._session is None or time.monotonic() - self._kept < KEEP_SECONDS:
            return
        with faults(self._engine):
            self._session.execute(sa.text("SELECT 1"))
        self._kept = time.monotonic()

    def note(self, trouble: str) -> None:
        """Says in the locked file what troubles this writer, empty for nothing; on PostgreSQL nowhere.

        A disk that is full takes that, since the file does not grow; `dedup.store.operation.held` reads it.
        """
        if self._file is None:
            return
        text = f"{os.getpid()}\n{' '.join(trouble.split())}".encode()[:NOTE_BYTES]
        with suppress(OSError):  # the lock is held all the same
            os.ftruncate(self._file, os.pwrite(self._file, text, 0))

    def release(self) -> None:
        """Gives the lock back; harmless when it is not held."""
        if self._file is not None:
            handle, self._file = self._file, None
            os.close(handle)
        if self._session is not None:
            session, self._session = self._session, None
            try:
                if not session.invalidated:
                    # The server notices a closed connection a moment later; this frees the lock at once.
                    session.execute(_UNLOCK)
            except DBAPIError:
                session.invalidate()  # the connection is broken, and with it the lock is gone
            finally:
                session.close()

    def hold(self, connection: Connection) -> None:
        """The fence: call inside each write transaction. Raises `LockLost` when another writer has taken over.

        Raises `SchemaError` when a newer program has upgraded the database since, which needs no writer's lock. Raises
        `DatabaseAway` when the file of the database is no longer the one that was locked: a backup of it has the same
        number, and not what was read from it.
        """
        if opened_file(connection) != self._database:
            raise DatabaseAway("another file has taken the place of the database; nothing was written, it is read anew")
        query = sa.select(state.c.writer, schema.VERSION)
        if connection.dialect.name == "postgresql":
            query = query.with_for_update(of=state)
        number, version = connection.execute(query).one()
        if version != schema.head():
            schema.require(connection)
        if number != self.number:
            raise LockLost("another dedup has taken over this database; nothing of this batch was written")
        self._transaction = connection.get_transaction()

    @property
    def is_writing(self) -> bool:
        """Whether the transaction that `hold` was called in last is open: another that writes would wait for it."""
        return self._transaction is not None and self._transaction.is_active

    def close(self) -> None:
        """`release`, for `contextlib.closing`."""
        self.release()

    def __enter__(self) -> WriterLock:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _acquire(self, lease_seconds: float | None) -> int:
        ended = 0
        if self._engine.dialect.name == "sqlite":
            self._lock_file()
        else:
            ended = self._lock_session(lease_seconds)
        try:
            self._take_number()
        except BaseException:
            self.release()
            raise
        return ended

    def _take_number(self) -> None:
        with writing(self._engine) as connection:
            taken = sa.update(state).values(writer=state.c.writer + 1).returning(state.c.writer)
            number = connection.execute(taken).scalar_one()
            database = opened_file(connection)
            instances.forget_leaders(connection)
        # Known by it only now: where that was not written, nobody has taken over.
        self.number, self._database = number, database
        self._kept = time.monotonic()

    def _lock_file(self) -> None:
        path = lock_file(self._engine)
        if path is None:
            return
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        except OSError as error:
            raise ConfigError(
                f"the lock file {path} cannot be opened: {error.strerror}; check its owner and mode"
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(handle, 20, 0).decode("ascii", "replace").partition("\n")[0]
            os.close(handle)
            raise _taken(holder) from error
        except OSError as error:
            os.close(handle)
            raise ConfigError(
                f"{path} cannot be locked: {error.strerror}; put the database on a file system that has locks, or ask "
                "its server for them"
            ) from error
        self._file = handle
        self.note("")

    def _has_file(self) -> bool:
        """Whether the file that others would lock is locked; it may have been removed together with the database."""
        path = lock_file(self._engine)
        if self._file is None or path is None:
            return False
        mine = os.fstat(self._file)
        return (mine.st_dev, mine.st_ino) == file_at(path)

    def _lock_session(self, lease_seconds: float | None) -> int:
        """Locks; returns how many sessions of a silent holder were ended for it."""
        with faults(self._engine):
            session = self._engine.connect()
            try:
                session.execution_options(isolation_level="AUTOCOMMIT")
                ended = 0

                def attempt() -> bool:
                    return bool(session.scalar(_TRY_LOCK))

                locked = _patiently(attempt) if lease_seconds is None else attempt()
                if not locked and lease_seconds is not None:
                    ended = _end_silent(session, lease_seconds)
                    locked = ended > 0 and _patiently(attempt)
                if not locked:
                    holder = session.scalar(HOLDER)
                    session.close()
                    raise _taken(holder, "server process ")
            except BaseException as error:
                if not isinstance(error, AlreadyRunning):
                    session.invalidate()
                    session.close()
                raise
        self._session = session
        return ended


def lock_file(engine: Engine) -> Path | None:
    """The file that a writer of a SQLite database locks; None for one in memory and on PostgreSQL."""
    database = database_file(engine.url)
    # A link to the database must lead to the same lock.
    return None if database is None else Path(f"{os.path.realpath(database)}.lock")


def _end_silent(session: Connection, lease_seconds: float) -> int:
    silent = {"holder": session.scalar(HOLDER), "seconds": lease_seconds}
    pids = list(session.scalars(_SILENT, silent))
    return sum(bool(session.scalar(_END, {"pid": pid})) for pid in pids)


def _patiently(attempt: Callable[[], bool]) -> bool:
    """Tries for a second: a server frees the lock of a session that broke off a moment after its client is gone."""
    for _ in range(10):
        if attempt():
            return True
        time.sleep(0.1)
    return attempt()


def _taken(holder: object, kind: str = "process ") -> AlreadyRunning:
    who = f" ({kind}{holder})" if holder else ""
    return AlreadyRunning(
        f"another dedup{who} is writing to this database; stop it first, or let it do the work; see:", "status"
    )
