"""A snapshot of a SQLite database that any program can open read-only, taken while the daemon writes."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy.engine import Engine

from dedup.errors import UsageError
from dedup.store.engine import READ_ONLY


def snapshot(engine: Engine, path: Path | None, target: Path) -> int:
    """Copies the database into `target` (``VACUUM INTO``) and returns its size in bytes.

    The copy is written beside `target` and then takes its name, so a crash leaves the former snapshot whole.
    Raises `UsageError` for a database that is not a SQLite file, and when `target` cannot be written.
    """
    if path is None:
        raise UsageError("this database is not a SQLite file; use pg_dump for PostgreSQL")
    if target.resolve() == path.resolve():
        raise UsageError("the backup would replace the database itself; name another file")
    if target.is_dir():
        raise UsageError(f"{target} is a folder; name a file in it")
    if not target.absolute().parent.is_dir():
        raise UsageError(f"the folder {target.absolute().parent} is not there; create it first")
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT", **READ_ONLY)
        try:
            connection.exec_driver_sql("VACUUM INTO ?", (str(partial),))
        finally:
            connection.close()
        with partial.open("rb") as copy:
            os.fsync(copy.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target.stat().st_size
