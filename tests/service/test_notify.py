from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from pathlib import Path

import pytest
import structlog

from dedup.service.notify import Notifier, watchdog_interval

from .conftest import LONG


def received(manager: socket.socket) -> str:
    return manager.recv(4096).decode()


def test_each_call_is_one_exact_datagram(manager: socket.socket) -> None:
    notifier = Notifier(manager.getsockname())
    notifier.ready("ready: the first pass begins")
    notifier.status("idle: 3 Artikel über Zürich")
    notifier.stopping("stopping")
    notifier.watchdog()
    notifier.extend_timeout(1.5)
    assert [received(manager) for _ in range(5)] == [
        "READY=1\nSTATUS=ready: the first pass begins",
        "STATUS=idle: 3 Artikel über Zürich",
        "STOPPING=1\nSTATUS=stopping",
        "WATCHDOG=1",
        "EXTEND_TIMEOUT_USEC=1500000",
    ]


def test_reloading_carries_the_monotonic_time_in_the_same_datagram(manager: socket.socket) -> None:
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    Notifier(manager.getsockname()).reloading()
    after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    first, second = received(manager).split("\n")
    assert first == "RELOADING=1"
    name, _, value = second.partition("=")
    assert name == "MONOTONIC_USEC"
    assert before <= int(value) <= after


def test_a_status_of_several_lines_cannot_forge_another_assignment(manager: socket.socket) -> None:
    Notifier(manager.getsockname()).status("degraded: gone\nREADY=1")
    assert received(manager) == "STATUS=degraded: gone READY=1"


def test_a_status_is_no_longer_than_what_systemd_takes(manager: socket.socket) -> None:
    """It drops what has more than 4,096 bytes, and would go on to show the status before."""
    Notifier(manager.getsockname()).status("degraded:" + "ö" * 3000)
    message = manager.recv(10_000)
    assert len(message) in (4095, 4096)
    assert message.decode() == "STATUS=degraded:" + "ö" * 2038 + "…"


def test_a_lone_surrogate_in_a_status_is_sent_escaped(manager: socket.socket) -> None:
    Notifier(manager.getsockname()).status("file \udcff")
    assert received(manager) == "STATUS=file \\udcff"


def test_an_abstract_address_is_reached() -> None:
    name = f"dedup-test-{uuid.uuid4()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(f"\0{name}")
        server.settimeout(10)
        Notifier.from_environment({"NOTIFY_SOCKET": f"@{name}"}).watchdog()
        assert received(server) == "WATCHDOG=1"


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": ""}])
def test_without_a_manager_nothing_happens(environment: dict[str, str]) -> None:
    with structlog.testing.capture_logs() as lines:
        Notifier.from_environment(environment).ready("ready")
    assert lines == []


def test_a_manager_that_is_gone_is_one_warning(tmp_path: Path) -> None:
    notifier = Notifier(str(tmp_path / "gone"))
    with structlog.testing.capture_logs() as lines:
        notifier.watchdog()
        notifier.watchdog()
    assert [(line["event"], line["log_level"]) for line in lines] == [("notify.failed", "warning")]


def test_a_manager_that_reads_nothing_is_one_warning_and_holds_nothing_up(manager: socket.socket) -> None:
    notifier = Notifier(manager.getsockname())
    with pytest.raises(BlockingIOError):
        while True:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as other:
                other.connect(manager.getsockname())
                other.send(b"WATCHDOG=1")
    with structlog.testing.capture_logs() as lines:
        telling = threading.Thread(target=notifier.status, args=["idle"], daemon=True)
        telling.start()
        telling.join(LONG)
        assert not telling.is_alive()
    assert [line["event"] for line in lines] == ["notify.failed"]


def test_an_address_that_cannot_be_one_is_one_warning() -> None:
    with structlog.testing.capture_logs() as lines:
        Notifier("/" + "x" * 200).watchdog()
    assert [line["event"] for line in lines] == ["notify.failed"]


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "120000000"}, 120.0),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": str(os.getpid())}, 0.5),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_watchdog_interval(environment: dict[str, str], seconds: float | None) -> None:
    assert watchdog_interval(environment) == seconds
