"""A spool folder: other programs move files in, dedup reads them and moves them to ``done/`` or ``failed/``.

A writer should write under a name that begins with a dot, or ends in .tmp or .part, and rename; a file that has not
changed for a while is taken for whole as well. A file is moved when all of it is in the inbox, so a crash in between
reads it again, which leaves every text as it is; so does one that was replaced or written to while it was read.
"""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from dedup.config.sources import DONE, FAILED, SpoolSettings
from dedup.intake.files import batches, read_file
from dedup.intake.given import Given, Unreadable
from dedup.sources.batch import Batch, Kept, PartFault, SourceFault, unreachable

LOOK_ARTICLES = 20_000
"""Articles after which a look ends with the file, so that what was read is decided before more is."""

_SHOWN = 3
"""Closed folders, or files, that are named."""

_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", "~")


class _Mark(NamedTuple):
    """Which file has a name, its size in bytes and when it was written to last, in nanoseconds since 1970."""

    device: int
    number: int
    size: int
    changed: int


def _note(closed: list[OSError], error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):  # its writer has just renamed it
        closed.append(error)


def _tell(errors: Sequence[OSError]) -> None:
    """Raises `PartFault` where there are folders below the spool folder, or files, that this user may not read."""
    if not errors:
        return
    names = sorted(str(error.filename) for error in errors)
    shown = [*names[:_SHOWN], *([f"{len(names) - _SHOWN:,} more"] if len(names) > _SHOWN else [])]
    listed = " and ".join([", ".join(shown[:-1]), shown[-1]]) if shown[1:] else shown[0]
    one = len(names) == 1
    raise PartFault(f"{listed} cannot be read: {errors[0].strerror}; check {'its' if one else 'their'} owner and mode")


def _numbered(path: Path, is_free: Callable[[Path], bool]) -> Path:
    """`path`, or it with a number in its name that `is_free`, where that before it is not; the first without gaps."""

    def at(number: int) -> Path:
        return path.with_name(f"{path.name}.{number}") if number else path

    taken, free = -1, 0
    while not is_free(at(free)):
        taken, free = free, 2 * free + 1
    while free - taken > 1:
        between = (taken + free) // 2
        taken, free = (taken, between) if is_free(at(between)) else (between, free)
    return at(free)


class SpoolSource:
    """A folder. `clock` gives seconds since 1970, as files have them."""

    def __init__(self, settings: SpoolSettings, given: Given, clock: Callable[[], float] = time.time) -> None:
        self._folder = Path(settings.folder)
        self._settle = settings.settle_seconds
        self._given = given
        self._clock = clock
        # The files of which the clock cannot tell how old they are, as they were and when that was.
        self._seen: dict[Path, tuple[_Mark, float]] = {}
        self.more = False

    def batches(self, _kept: Kept, stop: threading.Event, _now: datetime) -> Generator[Batch]:
        """The articles of every file that is whole, in the order of their names. Raises `SourceFault`."""
        self.more = False
        self._prepare()
        read = 0
        closed: list[OSError] = []
        for path in self._waiting(closed):
            if read >= LOOK_ARTICLES:
                self.more = True
                break
            mark = self._mark(path, closed)
            if mark is None:
                continue  # somebody took it back, or has written to it since it was listed
            whole = True
            name = os.fsencode(path.relative_to(self._folder).as_posix()).decode("utf-8", "backslashreplace")
            for batch in batches(read_file(path, replace(self._given, name=name))):
                whole = whole and not any(isinstance(item, Unreadable) for item in batch)
                read += len(batch)
                yield Batch(tuple(batch), len(batch))
                if stop.is_set():
                    _tell(closed)
                    return  # what is in the inbox is there; the file stays and is read again
            if self._mark(path, closed) == mark:
                self._move(path, DONE if whole else FAILED)
                self._seen.pop(path, None)
        _tell(closed)

    def settling(self) -> float:
        """Seconds until all files that are there have settled, unless they change again; 0 where they have."""
        ages = [found[1] for path in self._paths([]) if (found := self._look(path, [])) is not None]
        return max(0.0, self._settle - min(ages, default=self._settle))

    def _prepare(self) -> None:
        try:
            there = self._folder.is_dir()
            fixed = there and os.statvfs(self._folder).f_flag & os.ST_RDONLY
        except OSError as error:
            raise unreachable(f"folder {self._folder}", error) from error
        if not there:
            raise SourceFault(f"the folder {self._folder} is not there; create it or change its name")
        if fixed:
            raise SourceFault(
                f"{self._folder} is mounted read-only, and what was read is moved away in it; make it writable (under "
                f"systemd with ReadWritePaths={self._folder})"
            )
        try:
            for name in (DONE, FAILED):
                (self._folder / name).mkdir(exist_ok=True)
        except OSError as error:
            raise SourceFault(
                f"{self._folder}/{name} cannot be made: {error.strerror}; check owner and mode"
            ) from error
        for folder in (self._folder, self._folder / DONE, self._folder / FAILED):
            if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
                raise SourceFault(f"{folder} cannot be read and written by this user; check its owner and mode")

    def _waiting(self, closed: list[OSError]) -> list[Path]:
        """The files that are whole, in the order of their paths, compared byte by byte. `closed` as for `_paths`."""
        return sorted((path for path in self._paths(closed) if self._mark(path, closed) is not None), key=os.fsencode)

    def _paths(self, closed: list[OSError]) -> Iterator[Path]:
        """What is in the folder and is not hidden.

        `closed` gets why a folder below, or a file in it, cannot be read, unless it has just gone.
        """
        for place, folders, names in os.walk(self._folder, onerror=partial(_note, closed)):
            folder = Path(place)
            apart = {DONE, FAILED} if folder == self._folder else set()
            folders[:] = [name for name in folders if name not in apart and not name.startswith(".")]
            yield from (folder / name for name in names if not name.startswith("."))

    def _mark(self, path: Path, closed: list[OSError]) -> _Mark | None:
        """What the file is known by until it changes; None where it is not whole. `closed` as for `_paths`."""
        found = self._look(path, closed)
        return None if found is None or found[1] < self._settle else found[0]

    def _look(self, path: Path, closed: list[OSError]) -> tuple[_Mark, float] | None:
        """What the file is known by until it changes, and for how many seconds it has not; None where it is no file
        to be read. `closed` as for `_paths`.
        """
        if path.name.endswith(_UNFINISHED):
            return None
        try:
            status = path.lstat()
        except OSError as error:
            _note(closed, error)
            return None
        mark = _Mark(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        return (mark, self._clock() - self._changed(path, status, mark)) if stat.S_ISREG(status.st_mode) else None

    def _changed(self, path: Path, status: os.stat_result, mark: _Mark) -> float:
        """When a file was changed last; where the clock was set back since, when it was first seen as it is.

        Writing to a file sets both of its times. Who copies it may set but the one that shows in lists, to any time.
        """
        now = self._clock()
        if status.st_ctime <= now:
            self._seen.pop(path, None)
            return max(status.st_ctime, status.st_mtime if status.st_mtime <= now else 0.0)
        seen, since = self._seen.get(path, (None, 0.0))
        if seen != mark or since > now:
            self._seen[path] = mark, now
            return now
        return since

    def _move(self, path: Path, where: str) -> None:
        target = self._folder / where / path.relative_to(self._folder)
        try:
            folder = self._folder / where
            folder.mkdir(exist_ok=True)
            for name in path.relative_to(self._folder).parent.parts:
                folder = _numbered(folder / name, lambda there: not there.exists() or there.is_dir())
                folder.mkdir(exist_ok=True)
            path.rename(_numbered(folder / path.name, lambda there: not there.exists()))
        except FileNotFoundError:
            return  # somebody took it back; its articles are in the inbox
        except OSError as error:
            raise SourceFault(
                f"{path} was read but cannot be moved to {target}: {error.strerror}; move it by hand"
            ) from error
