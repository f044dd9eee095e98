"""Real daemons in processes of their own, and jobs that act on a made-up world."""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dedup.config import Config
from dedup.config.sections import ServiceSettings
from dedup.service.jobs import Jobs, Surroundings
from dedup.service.notify import Notifier

from ..forked import Forked, Trunk
from .world import NOON, World

ROOT = Path(__file__).resolve().parents[2]
LONG = 60.0
"""Seconds after which a test gives up waiting; no test that passes waits for them."""

BODY = "The harbour of Port Alden was closed on Tuesday after a freighter carrying timber ran aground in heavy fog."


class Daemon:
    """A real ``dedup run`` in a process of its own, its notify socket, and its log as it comes."""

    def __init__(
        self, program: list[str] | str | None, folder: Path, environment: dict[str, str], trunk: Trunk | None = None
    ) -> None:
        """`program` is a command line, or for the `trunk` the text of a program, None for ``dedup run``."""
        self._manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._manager.bind(str(folder / "notify"))
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("DEDUP_", "WATCHDOG_"))}
        self._errors = (folder / "stderr").open("wb+")
        self.process: subprocess.Popen[bytes] | Forked
        env = clean | {"NOTIFY_SOCKET": str(folder / "notify"), "PYTHONPATH": str(ROOT)} | environment
        if isinstance(program, list):
            pipe = subprocess.PIPE
            self.process = subprocess.Popen(program, cwd=folder, env=env, stdin=pipe, stdout=pipe, stderr=self._errors)
        else:
            assert trunk is not None
            words = [] if program else ["run"]
            self.process = trunk.start(program, *words, env=env, cwd=folder, piped=True, stderr=self._errors)
        self.lines: list[dict[str, Any]] = []
        self.notes: list[str] = []
        self._coming: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._noted: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        # A daemon waits a second for each datagram that finds no room, and there is room for ten.
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._coming.put(json.loads(line))
        self._coming.put(None)

    def _listen(self) -> None:
        while note := self._manager.recv(4096):
            self._noted.put(note.decode())

    def _note_to_itself(self, note: bytes) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(note, self._manager.getsockname())

    def event(self, name: str, wanted: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """The next line of the log that is this event."""
        until = time.monotonic() + LONG
        while True:
            assert time.monotonic() < until, f"the daemon says nothing of {name}"
            line = self._coming.get(timeout=LONG)
            assert line is not None, f"the daemon ended without {name}: {self.lines} {self.errors()}"
            self.lines.append(line)
            if line["event"] == name and wanted(line):
                return line

    def finishes_and_recovers(self) -> dict[str, Any]:
        """The next ``pass.finished`` that took something, once ``service.recovered`` is told as well.

        A health check may see what the pass has recorded before the pass tells of its end.
        """
        since = len(self.lines)
        self.event("service.recovered")
        for line in self.lines[since:]:
            if line["event"] == "pass.finished" and finished(line):
                return line
        return self.event("pass.finished", finished)

    def note(self, wanted: str, has: str = "") -> str:
        """The next datagram to the service manager that begins with `wanted` and has `has` in it."""
        while True:
            self.notes.append(self._noted.get(timeout=LONG))
            if self.notes[-1].startswith(wanted) and has in self.notes[-1]:
                return self.notes[-1]

    def waiting_notes(self) -> list[str]:
        """The datagrams that have come and that `note` has not looked at."""
        self._note_to_itself(b"these")
        return list(iter(lambda: self._noted.get(timeout=LONG), "these"))

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def open_gate(self) -> None:
        """Lets a program go on that waits for the end of its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def end(self) -> int:
        """The exit code, once the daemon has ended; all of its log is then in `lines`."""
        code = self.process.wait(LONG)
        self._reader.join(LONG)
        while (line := self._coming.get(timeout=LONG)) is not None:
            self.lines.append(line)
        return code

    def errors(self) -> str:
        """What came on standard error so far."""
        self._errors.seek(0)
        return self._errors.read().decode()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(LONG)
        self._reader.join(LONG)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        self._note_to_itself(b"")
        self._listener.join(LONG)
        self._manager.close()
        self._errors.close()


StartDaemon = Callable[..., Daemon]


@pytest.fixture
def folder(tmp_path: Path, sqlite_url: str) -> Path:
    """A folder with a database ``dedup.db`` and a ``dedup.toml`` that makes the daemon quick."""
    (tmp_path / "dedup.toml").write_text(
        "[service]\ninterval_seconds = 0.1\nhealth_seconds = 0.5\nstop_seconds = 30\n[database]\ntimeout_seconds = 1\n",
        encoding="utf-8",
    )
    return tmp_path


@pytest.fixture
def start_daemon(folder: Path, trunk: Trunk) -> Iterator[StartDaemon]:
    """``start_daemon(program="...", **environment)``: a daemon in `folder`; `program` is Python text to run instead.

    With `fresh` it is run by an interpreter of its own, else by one that has imported dedup already.
    """
    daemons: list[Daemon] = []

    def start(program: str | None = None, *, fresh: bool = False, **environment: str) -> Daemon:
        command = [sys.executable, "-m", "dedup", "run"] if fresh else program
        place = folder / f"daemon-{len(daemons)}"
        place.mkdir()
        environment.setdefault("DEDUP_CONFIG", str(folder / "dedup.toml"))
        environment.setdefault("DEDUP_DATABASE_URL", f"sqlite:///{folder / 'dedup.db'}")
        daemons.append(Daemon(command, place, environment, trunk))
        return daemons[-1]

    yield start
    for daemon in daemons:
        daemon.close()


def finished(line: dict[str, Any]) -> bool:
    """Whether a line ``pass.finished`` is of a pass that took something."""
    return bool(line["taken"])


def put(folder: Path, uri: str, body: str) -> None:
    """An article into the inbox, as any program would."""
    with sqlite3.connect(folder / "dedup.db", timeout=LONG) as connection:
        connection.execute("INSERT INTO inbox (source, uri, body) VALUES ('test', ?, ?)", (uri, body))
    connection.close()


def ask(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query on the database."""
    connection = sqlite3.connect(folder / "dedup.db", timeout=LONG)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


@pytest.fixture
def world() -> World:
    """What the jobs of a test act on."""
    return World()


@pytest.fixture
def around(world: World, manager: socket.socket) -> Surroundings:
    """What jobs are given; the time stands still."""
    return Surroundings(
        store=world,
        lock=world,
        pipeline=world,
        notifier=Notifier(manager.getsockname()),
        now=lambda: NOON,
        stop=threading.Event(),
        beat=lambda: None,
    )


@pytest.fixture
def jobs(around: Surroundings) -> Jobs:
    """The jobs of a daemon that leads."""
    return Jobs(around, Config())


@pytest.fixture
def standby(around: Surroundings) -> Jobs:
    """The jobs of a daemon that stands by."""
    return Jobs(around, Config(service=ServiceSettings(standby=True)), leading=False)
