"""Whether the work makes progress: what decides if systemd may go on believing in the service."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Watchdog:
    """Watches the one worker: a job that is silent for longer than `patience` seconds hangs.

    The worker calls `beat` after each batch; the main thread asks `alive`. Times are monotonic seconds.
    """

    def __init__(self, patience: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.patience = patience
        self._monotonic = monotonic
        self._last_beat: float | None = None
        self._idle = threading.Event()
        self._idle.set()

    @contextmanager
    def job(self) -> Iterator[None]:
        """The worker is inside a job."""
        self._idle.clear()
        self._last_beat = self._monotonic()
        try:
            yield
        finally:
            self._last_beat = None
            self._idle.set()

    def beat(self) -> None:
        """The job has come a step further."""
        self._last_beat = self._monotonic()

    def alive(self) -> bool:
        """True unless a job runs that has been silent for longer than `patience`."""
        last = self._last_beat
        return last is None or self._monotonic() - last <= self.patience

    def wait_idle(self, seconds: float) -> bool:
        """Wait until no job runs, at most `seconds`; whether that came true."""
        return self._idle.wait(seconds)
