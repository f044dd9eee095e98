"""Commands that signals end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Has a signal that would end the process end the block with `SystemExit`, so that what is removed at its end is.

    The exit code is 128 and the number of the signal. One that is ignored, as under nohup, stays so.
    """
    if threading.current_thread() is not threading.main_thread():  # signals go to the main thread alone
        yield
        return
    changed = [number for number in ENDING if signal.getsignal(number) is signal.SIG_DFL]
    for number in changed:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
