"""What an error of a database driver means to the operator: wait, repair, or report a bug."""

from __future__ import annotations

import re
import sqlite3

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, ProgrammingError, SQLAlchemyError

from dedup.config.urls import masked_url
from dedup.errors import ConfigError, DatabaseAway, DedupError

# Result codes of SQLite that another try may cure, with what helps.
_PASSING = {
    sqlite3.SQLITE_BUSY: "another program keeps it locked; end that program (fuser shows it) or try again",
    sqlite3.SQLITE_LOCKED: "another program keeps it locked; end that program (fuser shows it) or try again",
    sqlite3.SQLITE_NOMEM: "there is not enough memory; nothing was written",
    sqlite3.SQLITE_READONLY: "the file cannot be written; check its owner, its mode and that the disk is not read-only",
    sqlite3.SQLITE_INTERRUPT: "it was interrupted; nothing was written",
    sqlite3.SQLITE_IOERR: "the disk reports an error; see dmesg, and run:",
    sqlite3.SQLITE_FULL: "the disk is full, nothing was written; make room",
    sqlite3.SQLITE_CANTOPEN: "check that the file and its folder are there and that this user may write to both",
    sqlite3.SQLITE_PROTOCOL: "another program keeps it locked; try again",
}
_UNWRITTEN = {sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_TRUNCATE}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

# Classes of SQLSTATE: connection, rollback (deadlock), resources, object in use, intervention, system, internal.
_PASSING_CLASSES = {"08", "40", "53", "55", "57", "58", "XX"}
READ_ONLY_SERVER = "25006"
"""SQLSTATE of a write where only reading is allowed: on a standby, or as the database is set."""
_DAMAGED_STATES = {"XX001", "XX002"}
_NOT_ALLOWED = "42501"
_LOCKED = "55P03"
_BUILT_UPON = "2BP01"
# What is there twice or not at all: a column, an object, a schema, a table, a function.
_MISFITS = {"42701", "42703", "42704", "42710", "42723", "42P06", "42P07", "42P01", "3F000"}
_SQLITE_MISFITS = re.compile(r"already exists|no such (?:table|column|index)|has no column named|duplicate column name")

# Another owner than the user that dedup connects as would keep it from making its tables, since PostgreSQL 15.
CREATEDB = "createdb --owner=USER --encoding=UTF8 --template=template0 NAME"

# PostgreSQL refuses a connection with a text only: what passes by itself, and what helps with the rest.
_WAITING = ("starting up", "shutting down", "recovery", "too many", "remaining connection slots")
_REFUSALS = {
    "parameter": "correct the options of [database] url",
    "pg_hba.conf": "allow this host and user in pg_hba.conf",
    "password": "check user and password of [database] url",
    "authentication": "check user and password of [database] url, and pg_hba.conf",
    "role": "create the user, or check the one in [database] url",
    "database": f"create it ({CREATEDB}), or check the name in [database] url",
}
# What the client says of options that have a wrong value, which it uses one by one while it connects; the last are the
# words of older ones.
_WRONG_OPTION = re.compile(r": (?:invalid (?:\S+ value|port number)|\w+ parameter must be an integer)\b")


def translated(error: DBAPIError, url: URL) -> DedupError | None:
    """The error to tell instead of `error`; None when it is a bug. Never holds a password."""
    place = f"database {masked_url(url.render_as_string(hide_password=True))}"
    text = first_line(error)
    if damaged(error):
        return ConfigError(f"{place} is damaged ({text}); stop the service and restore a backup")
    if url.get_backend_name() == "sqlite":
        # The driver sets no code on errors of its own, such as text that is not UTF-8: those are bugs.
        remedy = _PASSING.get(_code(error))
        command = "db check --full" if _code(error) == sqlite3.SQLITE_IOERR else ""
        return DatabaseAway(f"{place}: {text}; {remedy}", command) if remedy else None
    state = _state(error)
    if state == _NOT_ALLOWED:
        return ConfigError(f"{place}: {text}; give the user of [database] url that right, or name one that has it")
    if state == _LOCKED:
        return DatabaseAway(
            f"{place}: {text}; another session keeps what is needed locked; end that session (pg_locks shows it) or "
            "try again"
        )
    if state is None:
        passing = isinstance(error, OperationalError | InterfaceError)
    else:
        passing = state[:2] in _PASSING_CLASSES or state == READ_ONLY_SERVER
    passing |= error.connection_invalidated
    return DatabaseAway(f"{place}: {text}; try again when it answers") if passing else None


def first_line(error: SQLAlchemyError) -> str:
    """What the driver says, or SQLAlchemy where it is no error of a driver: the first line of it."""
    told = getattr(error, "orig", None) or error
    lines = str(told).strip().splitlines()
    return lines[0] if lines else type(told).__name__


def damaged(error: DBAPIError) -> bool:
    """Whether the database itself is broken, or no database at all."""
    return _code(error) in _DAMAGED or _state(error) in _DAMAGED_STATES


def full(error: DBAPIError) -> bool:
    """Whether SQLite says that something is full: the disk, or the numbers of a table."""
    return _code(error) == sqlite3.SQLITE_FULL


def unwritten(error: DBAPIError) -> bool:
    """Whether SQLite could not write into a file: it is full, or so is its disk, or that has an error."""
    return full(error) or getattr(error.orig, "sqlite_errorcode", 0) in _UNWRITTEN


def misfit(error: DBAPIError) -> str | None:
    """What the database says where its tables are not those that a statement is made for; None for other errors."""
    text = first_line(error)
    state = _state(error)
    return text if (state in _MISFITS if state else _SQLITE_MISFITS.search(text)) else None


def built_upon(error: DBAPIError) -> str | None:
    """What somebody has built upon that which cannot be dropped for it; None for other errors."""
    detail = getattr(getattr(error.orig, "diag", None), "message_detail", None)
    return "; ".join(str(detail).splitlines()) if _state(error) == _BUILT_UPON else None


def refused(error: BaseException | None, label: str) -> ConfigError | None:
    """The error to tell when a new connection was refused for a reason that waiting does not cure; else None."""
    if not isinstance(error, DBAPIError):
        return None
    if isinstance(error, ProgrammingError) or _WRONG_OPTION.search(first_line(error)):
        return ConfigError(f"{label}: {first_line(error)}; correct [database] url")
    refusal = first_line(error).partition("FATAL:")[2].strip()
    if not refusal or any(word in refusal for word in _WAITING):
        return None
    remedy = next((remedy for word, remedy in _REFUSALS.items() if word in refusal), None)
    return None if remedy is None else ConfigError(f"{label}: {refusal}; {remedy}")


def _code(error: DBAPIError) -> int:
    return int(getattr(error.orig, "sqlite_errorcode", 0)) & 0xFF


def _state(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)
