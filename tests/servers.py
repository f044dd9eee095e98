"""What servers that the tests start have in common: a port, and that they end with the tests."""

from __future__ import annotations

import ctypes
import signal
import socket
from collections.abc import Callable

ATTEMPTS = 3
"""Another program may take a port between its choice and its use."""
_SET_PARENT_DEATH_SIGNAL = 1


def free_port() -> int:
    """A TCP port of the loopback address that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def follow_parent(with_signal: signal.Signals) -> Callable[[], None]:
    """For ``preexec_fn``: sends the process a signal when the tests end, even where these are killed."""
    libc = ctypes.CDLL(None)

    def follow() -> None:
        libc.prctl(_SET_PARENT_DEATH_SIGNAL, with_signal)

    return follow
