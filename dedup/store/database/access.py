"""Whether this user may use the file of a SQLite database, and what to do where not."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from dedup.errors import ConfigError


def check(path: Path, *, create: bool, reads: bool) -> None:
    """Raises `ConfigError` where the database `path` cannot be opened; one that is not there can with `create`.

    Who only `reads` need not be allowed to write to a database that another program has open, nor to a snapshot.
    """
    try:
        if not create and not path.exists():
            raise ConfigError(f"there is no database {path} yet; run:", "db upgrade")
        _check_file(Path(os.path.realpath(path)), reads=reads)
    except OSError as error:
        raise _out_of_reach(path, error) from error


def _check_file(path: Path, *, reads: bool) -> None:
    """`path` is behind all links, where SQLite makes its files. Raises `ConfigError`, OSError."""
    if path.is_dir():
        raise ConfigError(f"{path} is a folder, not a database; change [database] url")
    folder = path.parent
    writable = not path.exists() or os.access(path, os.R_OK | os.W_OK)
    if writable and os.access(folder, os.W_OK | os.X_OK):
        return
    readable = reads and os.access(path, os.R_OK)
    if readable and (Path(f"{path}-shm").exists() or not _has_log(path)):
        return
    if folder.is_dir() and os.statvfs(folder).f_flag & os.ST_RDONLY:
        raise ConfigError(
            f"{folder} is mounted read-only, and SQLite makes files beside the database; make it writable (under "
            f"systemd with ReadWritePaths={folder}; dmesg tells of errors of the disk), or copy the database elsewhere"
        )
    if readable:
        raise ConfigError(
            f"{path} can be read by this user only while the service runs, and it does not; "
            f"start it, or run as its owner ({_owner(path)})"
        )
    if not writable:
        raise ConfigError(
            f"{path} cannot be read and written by this user; "
            f"run as its owner ({_owner(path)}), or change owner or mode"
        )
    raise ConfigError(
        f"the folder {folder} cannot be written by this user, and SQLite makes files beside the database; "
        f"run as its owner ({_owner(folder)}), or change owner or mode"
    )


def _has_log(path: Path) -> bool:
    """Whether a database keeps a write-ahead log, unlike a snapshot: the read version in its header says so."""
    with path.open("rb") as file:
        return file.read(20)[19:] == b"\x02"


def _out_of_reach(path: Path, error: OSError) -> ConfigError:
    """The fault of a file that this user may not even look for."""
    for folder in path.parents:
        with suppress(OSError):
            return ConfigError(
                f"{path} cannot be reached by this user: {error.strerror}; run as the owner of {folder} "
                f"({_owner(folder)}), join its group, or change owner or mode"
            )
    return ConfigError(f"{path} cannot be reached: {error.strerror}")


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except KeyError:  # a number without a name, say of a container
        return f"uid {path.stat().st_uid}"
