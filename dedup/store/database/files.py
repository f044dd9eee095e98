"""The files of a SQLite database under their names: the database, its write-ahead log, its shared memory.

Any of them may be removed or replaced under the connections that have them open. These would go on in files that
nobody else can see: what they write is lost, and what others write they never read. Worse, SQLite knows its log by name
alone. The last connection that is closed copies the log that it has open into the database, and then deletes the one
that has the name; and whoever copies an old log over what others wrote since has damaged the database. So once others
have begun a log of their own, connections to the former one are never closed, and nothing is copied from it.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple
from weakref import WeakSet

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DisconnectionError

from dedup.config.urls import all_of
from dedup.ending import keep_open
from dedup.errors import DatabaseAway, FilesLost

Identity = tuple[int, int]

_PERHAPS = "what was written lately may be lost"
# The databases whose connections could not be closed.
_left: set[Path] = set()


class Files(NamedTuple):
    """Which file is which: a `file_at` each, None where there is none or it is not known."""

    database: Identity | None
    log: Identity | None = None
    memory: Identity | None = None

    def kept_by(self, now: Files) -> bool:
        """Whether these are still those that have the names `now`."""
        return self.database == now.database and self.log in (None, now.log) and self.memory in (None, now.memory)

    def taken_by(self, now: Files) -> bool:
        """Whether others have begun a log or a memory of their own under these names."""
        return _is_other(self.log, now.log) or _is_other(self.memory, now.memory)


class FileConnection(sqlite3.Connection):
    """A connection that knows which files it has open, and is not closed where that would harm those of others."""

    path: Path
    files: Files

    def close(self) -> None:
        """Closes it; or keeps it open, until the process ends, where others work under the names of its files."""
        if self.files.taken_by(files_at(self.path)):
            _left.add(self.path)
            keep_open(self)
        else:
            super().close()

    def save(self) -> bool:
        """Copies the log, which has no name any more, into the database; whether all of it is there now.

        Only where nobody has begun another one. What is not committed is rolled back.
        """
        with suppress(sqlite3.Error):
            self.rollback()
            self.execute("PRAGMA query_only=OFF").close()
            with closing(self.execute("PRAGMA wal_checkpoint(FULL)")) as answer:
                busy, pages, copied = answer.fetchone()
            return not busy and pages == copied
        return False


def file_at(path: Path | str) -> Identity | None:
    """What tells a file from all others, whatever its name: its device and inode; None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - asked of each transaction, and a Path takes as long as the answer
    except OSError:
        return None
    return found.st_dev, found.st_ino


def files_at(path: Path) -> Files:
    """The files that have the names of the database `path` now: four questions to the file system.

    Of a link SQLite has the others beside the file that it leads to.
    """
    real = os.path.realpath(path) if os.path.islink(path) else path  # noqa: PTH114 - as in `file_at`
    return Files(file_at(path), file_at(f"{real}-wal"), file_at(f"{real}-shm"))


def opened_file(connection: Connection) -> Identity | None:
    """The `file_at` of the database that `connection` has open; None in memory and on PostgreSQL."""
    driver = connection.connection.driver_connection
    return driver.files.database if isinstance(driver, FileConnection) else None


def note_opened(connection: object) -> None:
    """Notes which log and memory a `FileConnection` has open, once it has read for the first time."""
    if isinstance(connection, FileConnection):
        connection.files = files_at(connection.path)._replace(database=connection.files.database)


def open_by_name(engine: Engine, path: Path, *, create: bool) -> None:
    """Has connections to the files that have the names of the database now; others are closed and made anew.

    Two files that have the same name one after the other also have the same write-ahead log and the same shared memory
    beside them, and inside one process nothing keeps connections to both apart: SQLite would cut that memory under the
    older ones, and the process would die of it. So all of these are closed before a connection is made to another file.
    Where they cannot be, `FilesLost` is raised, again and again: only another process can go on.
    """
    connections = _Connections(path, create)
    event.listen(engine, "do_connect", connections.open)
    event.listen(engine, "checkout", connections.look)
    event.listen(engine, "commit", connections.refuse)


class _Connections:
    """The connections to the database `path`; the file is made by the first one, where it is to be made."""

    def __init__(self, path: Path, create: bool) -> None:
        self._path = path
        self._mode = "rwc" if create else "rw"
        self._entries: WeakSet[Any] = WeakSet()
        self._changing = Lock()  # a set that another thread adds to cannot be walked through

    def open(self, dialect: Any, record: Any, _: Any, options: dict[str, Any]) -> Any:
        """Opens a connection, unless there are others to files that no longer have their names."""
        # Asked before the names are looked at: a log that another thread begins meanwhile was not there to be removed.
        others = [(entry, made, made.files) for entry in self._others(record) if (made := entry.dbapi_connection)]
        # Looked at first, so that a file that takes its place before it is opened is taken for another one, too.
        now = files_at(self._path)
        if self._path in _left:
            raise _lost(self._path, _PERHAPS)
        # A new connection would use the memory of the others, with a log that they do not have.
        for entry, other, opened in others:
            if not opened.kept_by(now):
                # Who uses it may be in the middle of a transaction; once it is back, its log is saved.
                raise _trouble(other, now, save=not entry.in_use)
        with self._changing:
            self._entries.add(record)
        mode, self._mode = self._mode, "rw"
        made = dialect.connect(f"{self._path.as_uri()}?mode={mode}", uri=True, factory=FileConnection, **options)
        made.path, made.files = self._path, Files(now.database)
        return made

    def look(self, connection: Any, record: Any, _: Any) -> None:
        """Hands a connection out only where its files still have their names; otherwise all are made anew."""
        now = files_at(self._path)
        if connection.files.kept_by(now):
            return
        others = self._others(record)
        trouble = _trouble(connection, now)
        if isinstance(trouble, FilesLost) or any(entry.in_use for entry in others):
            raise trouble
        for entry in others:
            entry.invalidate()
        raise DisconnectionError("another file has the name of the database")

    def refuse(self, connection: Connection) -> None:
        """Commits nothing to files that no longer have their names."""
        driver = connection.connection.driver_connection
        if isinstance(driver, FileConnection) and not driver.files.kept_by(now := files_at(self._path)):
            driver.rollback()
            raise _trouble(driver, now)

    def _others(self, record: Any) -> list[Any]:
        with self._changing:
            return [entry for entry in self._entries if entry is not record and entry.dbapi_connection is not None]


def _trouble(connection: FileConnection, now: Files, *, save: bool = True) -> DatabaseAway:
    """What to raise of a connection whose files no longer have their names; saves its log where that is right.

    With `save` off the log is left for later, and the error says that another try finds out.
    """
    opened, path = connection.files, connection.path
    if opened.taken_by(now):
        return _lost(path, f"another program has begun new ones: {_PERHAPS}")
    if opened.database != now.database:
        return _replaced(path)
    if not save:
        return _in_use(path)
    return _lost(path, "what was in them is saved" if connection.save() else _PERHAPS)


def _lost(path: Path, what: str) -> FilesLost:
    return FilesLost(
        f"{_log_of(path)} was removed or replaced while the database was in use; {what}; this process ends. "
        f"End every other program that has the database open (fuser -v {path}), start dedup again, and run:",
        "db check --full",
    )


def _replaced(path: Path) -> DatabaseAway:
    return DatabaseAway(f"another file has taken the place of {path}; nothing was written, it is read anew")


def _in_use(path: Path) -> DatabaseAway:
    return DatabaseAway(f"{_log_of(path)} was removed while the database was in use; nothing was written")


def _log_of(path: Path) -> str:
    _, log, memory, *_ = all_of(path)
    return f"{log} or {memory}"


def _is_other(opened: Identity | None, now: Identity | None) -> bool:
    return opened is not None and now is not None and opened != now
