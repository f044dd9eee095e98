"""A snapshot of a SQLite database that any program can open read-only, taken while the daemon writes."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from dedup.config.special import is_special
from dedup.errors import DatabaseAway, TemporaryError, UsageError
from dedup.store.database.engine import unbound
from dedup.store.database.faults import unwritten
from dedup.store.database.target import alone, flush


def snapshot(engine: Engine, path: Path | None, target: Path) -> int:
    """Copies the database into `target`, a `place` (``VACUUM INTO``), and returns its size in bytes.

    The copy is written beside `target`, flushed, and then takes its name, so a crash leaves the former snapshot whole.
    It has the mode of the database. Raises `UsageError` for a database that is not a SQLite file and a `target` that
    is none, `TemporaryError` when the copy cannot be written or another program is writing it, `DatabaseAway` when the
    database does not answer.
    """
    if path is None:
        raise UsageError("this database is not a SQLite file; use pg_dump for PostgreSQL")
    if is_special(target):
        raise UsageError(f"{target} is not a file, and a database cannot be written through it; name a file")
    partial = target.with_name(f".{target.name}.partial")
    try:
        with alone(partial, target) as copy:
            _copy(engine, partial, target)
            os.fchmod(copy, stat.S_IMODE(path.stat().st_mode))
            os.fsync(copy)
            partial.replace(target)
            flush(target.parent)
    except OSError as error:
        raise TemporaryError(f"{target} cannot be written: {error.strerror}; nothing was changed") from error
    return target.stat().st_size


def _copy(engine: Engine, partial: Path, target: Path) -> None:
    try:
        with unbound(engine) as connection:
            # A name may be any bytes, and the driver takes no text but UTF-8.
            connection.exec_driver_sql("VACUUM INTO CAST(? AS TEXT)", (os.fsencode(partial),))
    except DatabaseAway as error:
        cause = error.__cause__
        if isinstance(cause, DBAPIError) and unwritten(cause):  # that writes nothing else
            raise TemporaryError(f"{target} cannot be written: {cause.orig}; nothing was changed") from error
        raise
