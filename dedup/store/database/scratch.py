"""Folders for scratch databases, which are removed in the end; those of programs that were killed by the next one.

A file in the folder, locked by ``flock``, tells that its program lives: the system frees the lock however that ends.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dedup.errors import ScratchAway

LOCK = "lock"

_NAME = re.compile(r"dedup-(?:plan|eval)-.+")


@contextmanager
def scratch_folder(purpose: str) -> Iterator[Path]:
    """A new folder below ``$TMPDIR``; `purpose`, ``plan`` or ``eval``, is in its name. Raises `ScratchAway`."""
    try:
        _remove_left(Path(tempfile.gettempdir()))
        made = tempfile.TemporaryDirectory(prefix=f"dedup-{purpose}-")
    except OSError as error:
        raise _away(error) from error
    with made as name:
        folder = Path(name)
        try:
            held = _hold(folder)
        except OSError as error:
            raise _away(error) from error
        try:
            yield folder
        finally:
            os.close(held)


def _hold(folder: Path) -> int:
    """Locks a new file and gives it its name then, so that nobody finds it unlocked. Returns its descriptor."""
    new = folder / f"{LOCK}.new"
    held = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with suppress(OSError):  # where there are no locks nobody takes it for left either
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        new.rename(folder / LOCK)
    except BaseException:
        os.close(held)
        raise
    return held


def _remove_left(temporary: Path) -> None:
    """Removes this user's folders whose programs no longer run; without a lock nobody knows that of one."""
    with suppress(OSError), os.scandir(temporary) as entries:
        for entry in entries:
            if _NAME.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
                with suppress(OSError):
                    _remove_if_left(entry)


def _remove_if_left(entry: os.DirEntry[str]) -> None:
    if entry.stat(follow_symlinks=False).st_uid != os.geteuid():
        return
    lock = os.open(Path(entry.path, LOCK), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(entry.path)
    finally:
        os.close(lock)


def _away(error: OSError) -> ScratchAway:
    return ScratchAway(f"no folder for a scratch database: {error}; name another as TMPDIR; nothing was changed")
