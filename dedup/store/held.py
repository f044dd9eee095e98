"""Is anybody writing? Asked without touching the lock, so that a daemon that starts just now does not find it taken."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import Engine

from dedup.store.engine import reading
from dedup.store.lock import HOLDER, lock_file

LOCKS = Path("/proc/locks")


def holder(engine: Engine) -> int | None:
    """The process (on PostgreSQL the server's) that holds the lock of `dedup.store.lock`; None where nobody does.

    Raises `DatabaseAway`.
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
    return flock_holder(LOCKS.read_text(encoding="ascii"), inode)


def trouble(engine: Engine, holder: int | None) -> str:
    """What the `holder` of the lock says is wrong, also where it can write nothing into the database.

    Empty where it says nothing, where nobody holds the lock, and on PostgreSQL.
    """
    path = lock_file(engine) if engine.dialect.name == "sqlite" else None
    if path is None or holder is None:
        return ""
    try:
        # The number before it is of its own namespace; what was there before, it has replaced.
        return path.read_text(encoding="utf-8", errors="replace").partition("\n")[2]
    except OSError:
        return ""


def flock_holder(locks: str, inode: int) -> int | None:
    """The process that holds a flock on `inode` alone, by the text of ``/proc/locks`` (proc_locks(5)).

    The device is not compared: file systems in layers give another one there than stat does.
    """
    for line in locks.splitlines():
        words = line.split()
        if len(words) >= 6 and words[1] == "FLOCK" and words[3] == "WRITE" and words[5].endswith(f":{inode}"):
            return int(words[4])
    return None
