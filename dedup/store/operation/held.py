"""Is anybody writing? Asked without trying the lock, so that a daemon that starts just now does not find it taken.

Only where the system does not tell who holds a file, the lock is tried.
"""

from __future__ import annotations

import fcntl
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from dedup.errors import ConfigError
from dedup.store.database.engine import reading, this_instance
from dedup.store.operation.lock import HOLDER, lock_file

LOCKS = Path("/proc/locks")
NAMESPACE = Path("/proc/self/ns/pid")
# That of the machine, by a number of the kernel's (``include/linux/proc_ns.h``); in others `LOCKS` leaves out what
# processes outside them hold.
_OF_THE_MACHINE = "pid:[4026531836]"

# A user or a client that is set to read says nothing of others.
_SERVER = sa.text(
    "SELECT pg_is_in_recovery(), setting = 'on' AND source NOT IN ('user', 'database user', 'client', 'session') "
    "FROM pg_settings WHERE name = 'default_transaction_read_only'"
)
# Of the sessions of other users, too, everybody may see the name.
_NAMES = sa.text(
    "SELECT DISTINCT application_name FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name IS NOT NULL"
)


def holder(engine: Engine) -> int | None:
    """The process (on PostgreSQL the server's) that holds the lock of `dedup.store.operation.lock`; None where nobody
    does.

    Raises `DatabaseAway`; `ConfigError` where it cannot be told.
    """
    if engine.dialect.name == "postgresql":
        with reading(engine) as connection:
            pid: int | None = connection.scalar(HOLDER)
        return pid
    path = lock_file(engine)
    if path is None:
        return None
    try:
        inode = path.stat().st_ino
    except FileNotFoundError:
        return None
    try:
        pid = flock_holder(LOCKS.read_text(encoding="ascii"), inode)
        is_known = pid is not None or str(NAMESPACE.readlink()) == _OF_THE_MACHINE
    except OSError:  # a sandbox may hide all of /proc but the processes, as systemd's ProcSubset=pid does
        is_known = False
    return pid if is_known else _named_by(path)


def _named_by(path: Path) -> int | None:
    """The process that says in the file that it holds the lock; None where that can be had, which is tried."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return int(path.read_text(encoding="utf-8", errors="replace").partition("\n")[0] or 0)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}; without it, and without {LOCKS}, nobody can tell whether "
            "another dedup works; run as its owner, or join its group"
        ) from error
    return None


def trouble(engine: Engine, holder: int | None) -> str:
    """What the `holder` of the lock says is wrong, also where it can write nothing into the database.

    Empty where it says nothing, where nobody holds the lock, and on PostgreSQL.
    """
    path = lock_file(engine)
    if path is None or holder is None:
        return ""
    try:
        # The number before it is of its own namespace; what was there before, it has replaced.
        return path.read_text(encoding="utf-8", errors="replace").partition("\n")[2]
    except OSError:
        return ""


@dataclass(frozen=True, slots=True)
class Sessions:
    """Who is connected to the database.

    `connected` are instances of dedup by name, None where that is not known: on SQLite, and on a server that is a
    `copy` of another one, which has the sessions and the lock. `read_only` says whether the server or the
    database is set to be read.
    """

    connected: frozenset[str] | None = None
    copy: bool = False
    read_only: bool = False


def sessions(engine: Engine) -> Sessions:
    """Who is connected besides this process. Raises `DatabaseAway`."""
    if engine.dialect.name != "postgresql":
        return Sessions()
    with reading(engine) as connection:
        copy, read_only = connection.execute(_SERVER).one()
        named = [name.rpartition(" ")[2] for name in connection.scalars(_NAMES)]
    return Sessions(None if copy else frozenset(named) - {this_instance()}, copy, read_only)


def flock_holder(locks: str, inode: int) -> int | None:
    """The process that holds a flock on `inode` alone, by the text of ``/proc/locks`` (proc_locks(5)).

    The device is not compared: file systems in layers give another one there than stat does.
    """
    for line in locks.splitlines():
        words = line.split()
        if len(words) >= 6 and words[1] == "FLOCK" and words[3] == "WRITE" and words[5].endswith(f":{inode}"):
            return int(words[4])
    return None
