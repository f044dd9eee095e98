"""A snapshot of a SQLite database that any program can open read-only, taken while the daemon writes."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from sqlalchemy.engine import Engine

from dedup.config.special import is_special
from dedup.errors import UsageError
from dedup.store.engine import unbound
from dedup.store.target import flush


def snapshot(engine: Engine, path: Path | None, target: Path) -> int:
    """Copies the database into `target`, a `place` (``VACUUM INTO``), and returns its size in bytes.

    The copy is written beside `target`, flushed, and then takes its name, so a crash leaves the former snapshot whole.
    It has the mode of the database. Raises `UsageError` for a database that is not a SQLite file and a `target` that
    is none, `DatabaseAway` when the disk is full.
    """
    if path is None:
        raise UsageError("this database is not a SQLite file; use pg_dump for PostgreSQL")
    if is_special(target):
        raise UsageError(f"{target} is no file, and a database cannot be written through it; name a file")
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        with unbound(engine) as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(partial),))
        with partial.open("rb") as copy:
            os.fchmod(copy.fileno(), stat.S_IMODE(path.stat().st_mode))
            os.fsync(copy.fileno())
        partial.replace(target)
        flush(target.parent)
    finally:
        partial.unlink(missing_ok=True)
    return target.stat().st_size
