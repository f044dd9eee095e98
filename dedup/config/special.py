"""What is no file: pipes, devices and sockets, which are written to and never replaced by one; and folders."""

from __future__ import annotations

import stat
from pathlib import Path


def is_special(path: Path) -> bool:
    """Whether this is a pipe, a device or a socket, as far as this user may look for it."""
    mode = _mode(path)
    return mode != 0 and not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def is_folder(path: Path) -> bool:
    """Whether this is a folder, as far as this user may look for it."""
    return stat.S_ISDIR(_mode(path))


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:
        return 0
