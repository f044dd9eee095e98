"""Files that a person asks a command to write: whole or not at all, and never over the files that dedup needs."""

from __future__ import annotations

import fcntl
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
        is_folder, where = target.is_dir(), Path(os.path.realpath(target))
    except OSError as error:  # of a name that is too long, or in a folder that is closed to this user or not there
        raise UsageError(f"{target} cannot be written: {error.strerror}; name another file") from error
    if is_folder:
        raise UsageError(f"{target} is a folder; name a file in it")
    if is_special(target):
        return target
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
    with alone(part, where) as handle, open(handle, "wb", closefd=False) as file:
        yield file
        file.flush()
        os.fsync(handle)
        part.replace(where)
        flush(where.parent)


@contextmanager
def alone(part: Path, where: Path) -> Iterator[int]:
    """The descriptor of an empty file `part`, which this process alone writes, to be renamed to `where` when it is
    whole.

    What a program left that no longer runs is written over. Removed in the end where it still has its name. Raises
    `TemporaryError` where another program is writing it, and OSError.
    """
    handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        with suppress(OSError):  # some file systems have no locks
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise _busy(where) from error
        if not _is_of(part, handle):
            raise _busy(where)  # it has just been renamed
        os.ftruncate(handle, 0)
        try:
            yield handle
        finally:
            if _is_of(part, handle):
                part.unlink()
    finally:
        os.close(handle)


def _is_of(path: Path, handle: int) -> bool:
    """Whether the file that is open has this name."""
    with suppress(OSError):
        return os.path.samestat(path.stat(), os.fstat(handle))
    return False


def _busy(where: Path) -> TemporaryError:
    return TemporaryError(f"another program is writing {where}; wait for it, or name another file")


def flush(folder: Path) -> None:
    """Makes the names in `folder` safe on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
