"""Files that a person asks a command to write: whole or not at all, and never over the files that dedup needs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from dedup.config.special import is_special
from dedup.errors import TemporaryError, UsageError


def place(target: Path, kept: Iterable[Path]) -> Path:
    """Where `target` lies, behind all links; a pipe or a device, which is written to as it is, stays as it was named.

    Raises `UsageError` where no file can be made, and where one would replace one of `kept`.
    """
    try:
        is_folder = target.is_dir()
    except OSError as error:  # of a name that is too long, or in a folder that is closed to this user
        raise UsageError(f"{target} cannot be written: {error.strerror}; name another file") from error
    if is_folder:
        raise UsageError(f"{target} is a folder; name a file in it")
    if is_special(target):
        return target
    where = Path(os.path.realpath(target))
    if not where.parent.is_dir():
        raise UsageError(f"the folder {where.parent} is not there; create it first")
    for one in kept:
        # By name, too: a write-ahead log that is not there now may come.
        if where == Path(os.path.realpath(one)) or _are_one(where, one):
            raise UsageError(f"that would replace {one}, which dedup itself needs; name another file")
    if not os.access(where.parent, os.W_OK | os.X_OK):
        raise UsageError(
            f"the folder {where.parent} cannot be written by this user; name another, or change its owner or mode"
        )
    return where


def _are_one(one: Path, other: Path) -> bool:
    """Whether two names are of one file, as far as this user may look for both."""
    with suppress(OSError):
        return one.samefile(other)
    return False


@contextmanager
def written(where: Path) -> Iterator[BinaryIO]:
    """A file that is called `where`, a `place`, once it is whole and safe on the disk. Raises `TemporaryError`.

    Whoever reads meanwhile reads the one before.
    """
    try:
        with where.open("wb") if is_special(where) else _replacing(where) as file:
            yield file
    except OSError as error:
        raise TemporaryError(f"{where} cannot be written: {error.strerror}; nothing was changed") from error


@contextmanager
def _replacing(where: Path) -> Iterator[BinaryIO]:
    part = where.with_name(f".{where.name}.part")
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(where)
        flush(where.parent)
    finally:
        part.unlink(missing_ok=True)


def flush(folder: Path) -> None:
    """Makes the names in `folder` safe on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
