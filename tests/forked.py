"""Programs of dedup's own in processes of their own, without the seconds that importing its libraries takes.

One process, the trunk, imports them once and forks for each program: what runs is what a fresh interpreter would run
from then on, with signals, threads, exit code and standard streams of its own. How dedup starts in a fresh interpreter
is for those tests to hold that start one.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from dedup.sketch.frequencies import start_counts
from dedup.text.language import found

ROOT = Path(__file__).resolve().parent.parent
_MOST = 2**17
"""Bytes of one order to the trunk."""
_READY = b"ready"
_DEDUP = "import sys; from dedup.cli.main import main; raise SystemExit(main())"


class Forked:
    """A process that the trunk forked, with those parts of `subprocess.Popen` that tests use."""

    def __init__(self, told: socket.socket, streams: Mapping[str, IO[bytes] | None]) -> None:
        self._told = told
        self.pid = int(told.recv(100))
        self.returncode: int | None = None
        self.stdin, self.stdout = streams["stdin"], streams["stdout"]

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, negative where a signal ended it. Raises `subprocess.TimeoutExpired`."""
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(f"forked process {self.pid}", timeout or 0)
            said = self._told.recv(100)
            self._told.close()
            assert said, "the process that forks has ended"
            self.returncode = os.waitstatus_to_exitcode(int(said))
        return self.returncode

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Sends a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


class Trunk:
    """The process that forks; it ends when it is closed, or with the tests."""

    def __init__(self) -> None:
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        clean = {name: value for name, value in os.environ.items() if not name.startswith("DEDUP_")}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.forked", str(theirs.fileno())],
                cwd=ROOT,
                env=clean | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        assert self._orders.recv(len(_READY)) == _READY, "the process that forks did not start"

    def start(
        self,
        program: str | None,
        *arguments: str,
        env: Mapping[str, str],
        cwd: Path = ROOT,
        piped: bool = False,
        stderr: IO[bytes] | None = None,
    ) -> Forked:
        """Runs `program`, the text of one in Python, or where that is None the command ``dedup``.

        With `piped` its standard input and output are pipes to the tests, else they are those of nobody. Its errors go
        to `stderr`, else where those of the tests go.
        """
        words = {"text": program or _DEDUP, "argv": ["-c" if program else "dedup", *arguments]}
        order = json.dumps({**words, "env": dict(env), "cwd": str(cwd)}).encode()
        assert len(order) < _MOST
        streams: dict[str, IO[bytes] | None] = {"stdin": None, "stdout": None}
        told, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, contextlib.ExitStack() as given:
            if piped:
                (their_in, our_in), (our_out, their_out) = os.pipe(), os.pipe()
                streams = {"stdin": io.FileIO(our_in, "w"), "stdout": os.fdopen(our_out, "rb")}
            else:
                their_in, their_out = os.open(os.devnull, os.O_RDONLY), os.open(os.devnull, os.O_WRONLY)
            given.callback(os.close, their_in)
            given.callback(os.close, their_out)
            errors = stderr.fileno() if stderr is not None else 2
            socket.send_fds(self._orders, [order], [their_in, their_out, errors, theirs.fileno()])
        return Forked(told, streams)

    def close(self) -> None:
        """Ends the trunk; what it forked goes on."""
        self._orders.close()
        self._process.wait()


def _grow() -> None:
    """Imports what a daemon imports, and reads the tables that the first article needs."""
    for name in ("datasketch", "psycopg", "sqlalchemy.dialects.sqlite", "sqlalchemy.dialects.postgresql.psycopg"):
        importlib.import_module(name)
    for path in sorted((ROOT / "dedup").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if not name.endswith("__main__"):
            importlib.import_module(name.removesuffix(".__init__"))
    found("The ferry came in at noon.")
    start_counts("en")


def serve(orders: socket.socket) -> dict[str, Any]:
    """Forks for each order that comes. Returns, in the forked process, the order that it is for."""
    _grow()
    gc.collect()
    gc.freeze()
    assert len([*Path("/proc/self/task").iterdir()]) == 1, "a process with threads must not fork"
    woken, waking = os.pipe()
    for end in (woken, waking):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.set_wakeup_fd(waking)
    forked: dict[int, socket.socket] = {}
    orders.send(_READY)
    while True:
        ready = select.select([orders, woken], [], [])[0]
        if woken in ready:
            os.read(woken, 4096)
            _reap(forked)
        if orders not in ready:
            continue
        order, given, *_ = socket.recv_fds(orders, _MOST, 4)
        if not order:
            os._exit(0)
        told = socket.socket(fileno=given[3])
        pid = os.fork()
        if pid:
            told.send(str(pid).encode())
            forked[pid] = told
            for end in given[:3]:
                os.close(end)
            continue
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for place, end in enumerate(given[:3]):
            os.dup2(end, place)
        for end in (*given[:3], woken, waking):
            os.close(end)
        for ours in (orders, told, *forked.values()):
            ours.close()
        wanted: dict[str, Any] = json.loads(order)
        return wanted


def _reap(forked: dict[int, socket.socket]) -> None:
    """Tells of the end of every process that has ended."""
    while forked:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with contextlib.suppress(OSError), forked.pop(pid) as told:  # nobody may be waiting any more
            told.send(str(status).encode())


if __name__ == "__main__":
    _order = serve(socket.socket(fileno=int(sys.argv[1])))
    os.environ.clear()
    os.environ.update(_order["env"])
    os.chdir(_order["cwd"])
    sys.stdin = sys.__stdin__ = open(0, closefd=False)  # noqa: SIM115 - they are its own to its end
    sys.stdout = sys.__stdout__ = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.argv[:] = _order["argv"]
    exec(compile(_order["text"], "<string>", "exec"), {"__name__": "__main__", "__builtins__": __builtins__})
