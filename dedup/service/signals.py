"""Signals as messages that the main thread waits for.

Blocking them and waiting in ``sigtimedwait`` is not enough: a library may have started threads of its own while it was
imported, as OpenBLAS does, in which they are not blocked, and the first SIGHUP would end the process. So there are
handlers, which only take a note, and a wake-up descriptor, which works whatever thread the kernel chooses.
"""

from __future__ import annotations

import select
import signal
import socket
from collections.abc import Iterable
from types import FrameType

STOP = frozenset({signal.SIGTERM, signal.SIGINT})
"""Signals that end the daemon in order."""
DAEMON = STOP | {signal.SIGHUP}
"""All that the daemon takes over: those, and the one to read its configuration again."""


class Signals:
    """Takes over `numbers` for the rest of the process's life. Make and use it in the main thread."""

    def __init__(self, numbers: Iterable[signal.Signals]) -> None:
        self._numbers = tuple(numbers)
        self._arrived: set[int] = set()
        self._wakened, self._waker = socket.socketpair()
        self._wakened.setblocking(False)
        self._waker.setblocking(False)
        # A storm may fill the descriptor: what wakes is lost then, but not the note that `_note` takes.
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        for number in self._numbers:
            signal.signal(number, self._note)

    def wait(self, seconds: float) -> set[int]:
        """What arrived since the last call, each signal once however often it came; waits up to `seconds` for one."""
        if not self._arrived:
            select.select([self._wakened], [], [], seconds)
        try:
            while self._wakened.recv(4096):
                pass
        except BlockingIOError:
            pass
        arrived, self._arrived = self._arrived, set()
        return arrived

    def arrived(self, numbers: Iterable[int]) -> bool:
        """Whether one of `numbers` is there to be waited for."""
        return not self._arrived.isdisjoint(numbers)

    def ignore(self) -> None:
        """Has nothing come of them any more, for a process that ends: Python gives its handlers up before it is gone,
        and then a second signal to stop would end the process as one that died of it."""
        for number in self._numbers:
            signal.signal(number, signal.SIG_IGN)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._arrived.add(number)
