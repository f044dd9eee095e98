"""Articles out of files, folders and the standard input."""

from __future__ import annotations

import io
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Literal

from dedup.errors import InputRejected, UsageError
from dedup.intake.article import Article
from dedup.intake.formats import recognise
from dedup.intake.given import Given, Unreadable
from dedup.intake.gzip_stream import DAMAGED, GZIP, Unzipped
from dedup.intake.page_file import STDIN

OnProgress = Callable[[int, int | None], None]
"""Called with the bytes read so far, as they lie on disk, and the bytes in all, None where that is not known."""

BATCH_ARTICLES = 500
BATCH_CHARACTERS = 8_000_000
"""Of one transaction: bounds what is in memory."""

_CHUNK = 1 << 18
_NAMELESS = re.compile(r"/dev/stdin|/(?:dev|proc/self)/fd/\d+")  # as a shell names <(command)


def read(
    paths: Sequence[Path | Literal["-"]], *, source: str, max_bytes: int, on_progress: OnProgress | None = None,
    stdin: BinaryIO | None = None, headlines: bool = False, own: Iterable[Path] = (),
) -> Iterator[Article | Unreadable]:  # fmt: skip
    """The articles in `paths`, one after another, and an `Unreadable` for each thing that is none.

    ``-`` is the standard input (`stdin`, where it is given); a path that is but the number of a pipe is named as
    that is. Folders are read with all that lies below them, files in the order of their whole path below the folder,
    compared byte by byte; names that begin with a dot are passed over, and so are links to folders and the program's
    `own` files. Files are read as a stream: nothing but the article at hand is in memory.

    Raises `UsageError`, before anything is read, for a path that is not there or may not be looked for, and a standard
    input that is closed. Content never raises.
    """
    for path in paths:
        if path == "-":
            if stdin is None and sys.stdin is None:
                raise UsageError("the standard input is closed; nothing was read. Pipe something into it.")
        elif not is_there(Path(path)):
            raise UsageError(f"{path} is not there; nothing was read. Check the path and run the command again.")
    # A generator would not check before its first article is asked for.
    named = [path if path == "-" else Path(path) for path in paths]
    known = frozenset(os.path.realpath(path) for path in own)
    return _read(named, Given("", source, max_bytes, headlines), known, on_progress, stdin)


def is_there(path: Path) -> bool:
    """Whether there is anything. Raises `UsageError` where this user may not look for it."""
    try:
        return path.exists()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be reached: {error.strerror}; nothing was read. Change the mode of the folder that it is "
            "in, or name a file that this user may read."
        ) from error


def _read(
    paths: Sequence[str | Path], rules: Given, own: frozenset[str], on_progress: OnProgress | None,
    stdin: BinaryIO | None,
) -> Iterator[Article | Unreadable]:  # fmt: skip
    progress = _Progress(on_progress, _total(paths, own) if on_progress else None)
    for path in paths:
        if isinstance(path, str):
            given = replace(rules, name=STDIN)
            yield from _articles(_Counted(stdin or sys.stdin.buffer, progress), given)
            continue
        for file in _files(path, own):
            given = replace(rules, name=file.name)
            if file.problem:
                yield given.unreadable("unreadable", file.problem)
                continue
            yield from _file(file.path, given, progress)
    progress.finish()


def read_file(path: Path, given: Given) -> Iterator[Article | Unreadable]:
    """The articles in one file, which `given` names, and an `Unreadable` for each thing that is none. Never raises."""
    yield from _file(path, given, _Progress(None, None))


def _file(path: Path, given: Given, progress: _Progress) -> Iterator[Article | Unreadable]:
    try:
        with path.open("rb", buffering=0) as opened:
            yield from _articles(_Counted(opened, progress), given)
    except OSError as error:
        yield given.unreadable("unreadable", f"the file cannot be opened: {error.strerror}")


def _articles(raw: _Counted, given: Given) -> Iterator[Article | Unreadable]:
    """What one stream holds; the errors of its bytes as a last `Unreadable`, behind what could be read."""
    stream: io.BufferedReader = io.BufferedReader(raw, _CHUNK)
    try:
        if stream.peek(2)[:2] == GZIP:
            stream = io.BufferedReader(Unzipped(stream, lambda: raw.size), _CHUNK)
        yield from recognise(given.name, stream.peek()).read(stream, given)
    except InputRejected as rejected:
        yield given.unreadable(rejected.reason, rejected.detail)
    except DAMAGED as error:
        yield given.unreadable("syntax", f"the gzip data is damaged or cut off: {error}")
    except OSError as error:
        yield given.unreadable("unreadable", f"reading broke off: {error.strerror or error}")


@dataclass(frozen=True, slots=True)
class _File:
    """A file to read: where it is, its name as Given wants it, its size, and why it is not read, if it is not."""

    path: Path
    name: str
    size: int = 0
    problem: str = ""


def batches(items: Iterable[Article | Unreadable]) -> Iterator[list[Article | Unreadable]]:
    """`items` in their order, a transaction's worth at a time, however many and however long they are."""
    batch: list[Article | Unreadable] = []
    characters = 0
    for item in items:
        batch.append(item)
        characters += len(item.body) if isinstance(item, Article) else 0
        if len(batch) >= BATCH_ARTICLES or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _files(root: Path, own: frozenset[str]) -> Iterator[_File]:
    """The file `root`, or the files below the folder `root` in order, without those whose real path is in `own`."""
    if not root.is_dir():
        status = root.stat()
        name = STDIN if _NAMELESS.fullmatch(str(root)) else _shown(root.name)
        yield _File(root, name, status.st_size if stat.S_ISREG(status.st_mode) else 0)
        return
    names = {Path(path).name for path in own}
    waiting = [root]
    while waiting:
        path = waiting.pop()
        if path != root and (path.is_symlink() or not path.is_dir()):
            if path.name not in names or os.path.realpath(path) not in own:
                yield _described(path, root)
            continue
        try:
            found = [p for p in path.iterdir() if p.name[0] != "." and not (p.is_symlink() and p.is_dir())]
            # With the slash behind a folder's name this is the order of the whole paths.
            found.sort(key=lambda p: os.fsencode(p.name) + b"/" * p.is_dir(), reverse=True)
        except OSError as error:
            name = path.relative_to(root).as_posix()
            yield _File(path, _shown(name), problem=f"the folder cannot be read: {error.strerror}")
            continue
        waiting += found


def _described(path: Path, root: Path) -> _File:
    name = _shown(path.relative_to(root).as_posix())
    try:
        status = path.stat()
        # Links to folders are passed over, so nothing but a link can lead out.
        if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
            return _File(path, name, problem="the link leads out of the folder; to read it, give its target as a path")
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
        return _File(path, name, problem=f"the file cannot be reached: {error}")
    if not stat.S_ISREG(status.st_mode):
        return _File(path, name, problem="this is a pipe, a socket or a device, not a file")
    return _File(path, name, status.st_size)


def _shown(name: str) -> str:
    """A file's name as text; bytes that are not UTF-8 are written as ``\\xff``."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _total(paths: Sequence[str | Path], own: frozenset[str]) -> int | None:
    """Bytes of all files; None where a pipe is among them."""
    if any(isinstance(path, str) or not (path.is_dir() or path.is_file()) for path in paths):
        return None
    return sum(file.size for path in paths if isinstance(path, Path) for file in _files(path, own))


class _Progress:
    """Counts bytes and reports them."""

    def __init__(self, report: OnProgress | None, total: int | None) -> None:
        self._report, self._total, self._read = report, total, 0

    def add(self, size: int) -> None:
        self._read += size
        if self._report and size:
            self._report(self._read, self._total)

    def finish(self) -> None:
        if self._report:
            self._report(self._read, self._total)


class _Counted(io.RawIOBase):
    """A stream whose bytes are counted as they are read, `_CHUNK` at a time."""

    def __init__(self, stream: BinaryIO | io.RawIOBase, progress: _Progress) -> None:
        self._read_into = getattr(stream, "readinto1", None) or stream.readinto  # type: ignore[union-attr]
        self._progress = progress
        self._stream = stream
        self.size = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._stream.seekable()

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_SET and offset < 0:  # a file would raise an OSError, as if the disk were broken
            raise ValueError("a place before the beginning of the file is named")
        return self._stream.seek(offset, whence)

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        size: int = self._read_into(buffer) or 0
        self.size += size
        self._progress.add(size)
        return size
