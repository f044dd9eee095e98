"""The end of a process that has something open which must never be closed.

Python closes what is open when it ends. Where that would do harm, the process has to end before Python does.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

_kept: list[object] = []


def keep_open(thing: object) -> None:
    """Has `thing` stay open for as long as this process lives; `at_the_end` sees to it."""
    _kept.append(thing)


def at_the_end(code: int) -> int:
    """The exit `code`, for whoever ends the process with it; does not return where something must stay open."""
    if _kept:
        leave(code)
    return code


def leave(code: int) -> NoReturn:
    """Ends the process at once, with `code`, and closes nothing. What is printed is printed first."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):  # nobody is there to be told
            continue
    os._exit(code)
