"""What signals do to a command: they end it at once, or at the end of a batch."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGHUP)
STOPPING = (signal.SIGINT, signal.SIGTERM)

Handler = Callable[[int, FrameType | None], None]


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Has a signal that would end the process end the block with `SystemExit`, so that what is removed at its end is.

    The exit code is 128 and the number of the signal. One that is ignored, as under nohup, stays so.
    """
    with _handled((number for number in ENDING if signal.getsignal(number) is signal.SIG_DFL), _end):
        yield


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


class Stop:
    """A wish to stop at the end of a batch, and the number of the signal that brought it, 0 for none."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.signal = 0

    def ask(self, number: int, _frame: FrameType | None) -> None:
        """A signal came. The second one does not wait for the batch, which is then undone."""
        if self.signal:
            raise KeyboardInterrupt
        self.signal = number
        self.event.set()


@contextmanager
def stopped_by_signals() -> Iterator[Stop]:
    """Turns SIGINT and SIGTERM into a `Stop` while the block runs."""
    stop = Stop()
    with _handled(STOPPING, stop.ask):
        yield stop


@contextmanager
def _handled(numbers: Iterable[int], handler: Handler) -> Iterator[None]:
    """Has `handler` called for these signals while the block runs; in the main thread, to which alone signals go."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)
