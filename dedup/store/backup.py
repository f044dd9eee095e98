"""A snapshot of a SQLite database that any program can open read-only, taken while the daemon writes."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from sqlalchemy.engine import Engine

from dedup.errors import UsageError
from dedup.store.engine import unbound


def snapshot(engine: Engine, path: Path | None, target: Path) -> int:
    """Copies the database into `target` (``VACUUM INTO``) and returns its size in bytes.

    The copy is written beside `target`, flushed, and then takes its name, so a crash leaves the former snapshot whole.
    It has the mode of the database. Raises `UsageError` for a database that is not a SQLite file and when `target`
    cannot be written, `DatabaseAway` when the disk is full.
    """
    if path is None:
        raise UsageError("this database is not a SQLite file; use pg_dump for PostgreSQL")
    folder = target.absolute().parent
    if target.is_dir():
        raise UsageError(f"{target} is a folder; name a file in it")
    if not folder.is_dir():
        raise UsageError(f"the folder {folder} is not there; create it first")
    if target.exists() and target.samefile(path):
        raise UsageError("the backup would replace the database itself; name another file")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(
            f"the folder {folder} cannot be written by this user; name another, or change its owner or mode"
        )
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        with unbound(engine) as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(partial),))
        with partial.open("rb") as copy:
            os.fchmod(copy.fileno(), stat.S_IMODE(path.stat().st_mode))
            os.fsync(copy.fileno())
        partial.replace(target)
        _flush(folder)
    finally:
        partial.unlink(missing_ok=True)
    return target.stat().st_size


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
