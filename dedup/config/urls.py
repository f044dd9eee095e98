"""Database URLs: whether one can be used, in its plainest form, how it is shown, and the files that one names."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from dedup.errors import ConfigError

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

# A database that is but a file: there is no user in it, nor a password.
_FILE = re.compile(r"sqlite:///(?!file:)[^?]+")
# What comes before the path where SQLite takes a name for a URI: the scheme and a host, which is this one.
_FILE_URI = re.compile(r"file:(//[^/]*)?")
# As many clouds and programs write it, and SQLAlchemy did until 2021.
_POSTGRES = re.compile(r"postgres(?=[:+])")
# Options of a SQLite URL that dedup sets itself, so that they change nothing; and those that may have one value.
_OURS = {"check_same_thread", "isolation_level", "detect_types", "cached_statements", "uri", "timeout"}
_FIXED = {"mode": "rwc", "cache": "private"}
_TRUE = {"true", "1", "yes", "on", "t", "y"}
_NO_URL = "use sqlite:///FILE or postgresql://USER@HOST/NAME"


def is_file(url: str) -> bool:
    """Whether `url` is that of a SQLite database and nothing more, ``sqlite:///FILE``."""
    return _FILE.fullmatch(url) is not None


def file_at(url: str) -> str | None:
    """The file, or ``:memory:``, that a URL of SQLite in any form names; None for any other text."""
    if is_file(url) and "%" not in url:
        return url.removeprefix("sqlite:///")
    if not url.startswith("sqlite"):
        return None
    parsed = parse(url)
    return None if parsed is None else file_of(parsed) or None


def all_of(path: Path | str) -> list[Path]:
    """The file of a SQLite database, behind all links, and the names of those that come and go beside it."""
    real = os.path.realpath(path)
    return [Path(f"{real}{end}") for end in ("", "-wal", "-shm", "-journal", ".lock")]


def named(url: str) -> str:
    """`url` with the name that SQLAlchemy has for its kind of database."""
    return _POSTGRES.sub("postgresql", url, count=1) if url.startswith("postgres") else url


def parse(url: str) -> URL | None:
    """`url` in its parts; None where it is not a database URL."""
    # Here, since --help and most commands that only read the settings need no SQLAlchemy.
    from sqlalchemy.engine import make_url  # noqa: PLC0415
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        return make_url(url)
    except (ArgumentError, ValueError):  # a port that is no number is a ValueError
        return None


def masked_url(url: str) -> str:
    """`url` with its password, if any, shown as ``***``."""
    if is_file(url):
        return url
    parsed = parse(url)
    if parsed is None:
        return "(not a database URL)"
    secrets = {key: "***" for key in parsed.query if "password" in key.lower()}
    return parsed.update_query_dict(secrets).render_as_string(hide_password=True)


def plain(url: str) -> tuple[str, str | None]:
    """`url` as ``sqlite:///FILE`` or ``postgresql://...``, and the `timeout` that it names, as written, if any.

    Raises `ConfigError` where it is not that of a database in which dedup can keep its articles.
    """
    if is_file(url) and "%" not in url:
        return url, None
    url = named(url)
    parsed = parse(url)
    if parsed is None:
        raise ConfigError(f"[database] url is not a database URL; {_NO_URL}")
    backend = parsed.get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise ConfigError(f"[database] url names {backend!r}; {_NO_URL}")
    return _plain_file(parsed) if backend == "sqlite" else (url, None)


def file_of(url: URL) -> str:
    """The file that a SQLite URL names, in SQLite's own form for one, ``file:PATH`` with ``uri=true``, as well."""
    name = url.database or ""
    return unquote(_FILE_URI.sub("", name)) if name.startswith("file:") and _is_uri(url) else name


def _is_uri(url: URL) -> bool:
    return str(url.query.get("uri", "")).lower() in _TRUE


def _plain_file(url: URL) -> tuple[str, str | None]:
    if url.drivername.endswith("cipher"):
        raise ConfigError("[database] url names an encrypted file, which dedup cannot read; write sqlite:///FILE")
    for key, value in url.query.items():
        if key not in _OURS and value != _FIXED.get(key):
            wanted = f"; {key}={_FIXED[key]} is what dedup does" if key in _FIXED else ""
            raise ConfigError(f"[database] url: dedup opens no SQLite file with {key}={value}{wanted}; leave it out")
    name = url.database or ""
    if name.startswith("file:") and (not _is_uri(url) or "?" in name):
        raise ConfigError(f"[database] url: {name!r} is not a name for a database; write sqlite:///FILE")
    wait = url.query.get("timeout")
    return url.create("sqlite", database=file_of(url) or None).render_as_string(), None if wait is None else str(wait)
