"""Telling the service manager how the daemon is: the sd_notify protocol, sd_notify(3).

Outside systemd every call does nothing. A manager that cannot be reached is worth one warning, never a failure.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping

import structlog

MOST_BYTES = 4096
"""Bytes of a message; systemd drops a longer one whole."""

log = structlog.get_logger()


class Notifier:
    """Sends state to the socket `address`; None sends nothing.

    An address is a path or, for a name in Linux's abstract namespace, starts with ``@``. Safe to use from any thread.
    """

    def __init__(self, address: str | None) -> None:
        self._address = address and (f"\0{address[1:]}" if address.startswith("@") else address)
        self._warned = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Notifier:
        """The notifier that ``$NOTIFY_SOCKET`` asks for."""
        return cls(environment.get("NOTIFY_SOCKET") or None)

    def ready(self, status: str) -> None:
        """The start, or a reload, is complete."""
        self._send("READY=1", f"STATUS={status}")

    def status(self, text: str) -> None:
        """What the service is doing, one line for a person, shown by ``systemctl status``; cut where it is too long."""
        self._send(f"STATUS={text}")

    def reloading(self) -> None:
        """A reload has begun; systemd 253 and later wants the monotonic time in the same datagram."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self, status: str) -> None:
        """The ordered stop has begun."""
        self._send("STOPPING=1", f"STATUS={status}")

    def watchdog(self) -> None:
        """The service is alive and its work makes progress."""
        self._send("WATCHDOG=1")

    def extend_timeout(self, seconds: float) -> None:
        """Starting or stopping goes on for up to `seconds` more and must not be taken for a hang."""
        self._send(f"EXTEND_TIMEOUT_USEC={round(seconds * 1_000_000)}")

    def _send(self, *assignments: str) -> None:
        if self._address is None:
            return
        text = "\n".join(assignment.replace("\n", " ") for assignment in assignments)
        message = text.encode(errors="backslashreplace")
        if len(message) > MOST_BYTES:
            mark = "…".encode()
            message = message[: MOST_BYTES - len(mark)].decode(errors="ignore").encode() + mark
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
                channel.settimeout(1.0)  # a manager that reads nothing must not hold the service up
                # Only of a connected socket does the system know that there is no room, and lets the thread sleep.
                channel.connect(self._address)
                channel.send(message)
        except OSError as error:
            if not self._warned:
                self._warned = True
                log.warning("notify.failed", error=str(error), meaning="systemd does not hear from the service")


def watchdog_interval(environment: Mapping[str, str]) -> float | None:
    """Seconds within which systemd wants to hear ``WATCHDOG=1``, or None; see sd_watchdog_enabled(3)."""
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    try:
        microseconds = int(environment.get("WATCHDOG_USEC", "0"))
    except ValueError:
        return None
    return microseconds / 1_000_000 if microseconds > 0 else None
