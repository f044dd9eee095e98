"""What is no file: pipes, devices and sockets, which are written to and never replaced by one; and folders."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def is_special(path: Path) -> bool:
    """Whether this is a pipe, a device or a socket, as far as this user may look for it."""
    mode = _mode(path)
    return mode != 0 and not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def opened(path: str | Path) -> int:
    """A descriptor that appends to this file, made where it is not there; nobody waits for the readers of a pipe.

    Raises OSError, of a pipe also where nobody reads it; to write what does not fit into it raises BlockingIOError.
    """
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK, 0o666)


def is_pipe(path: Path) -> bool:
    """Whether this is a pipe, of which nothing is left once it was read."""
    return stat.S_ISFIFO(_mode(path))


def is_folder(path: Path) -> bool:
    """Whether this is a folder, as far as this user may look for it."""
    return stat.S_ISDIR(_mode(path))


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:
        return 0
