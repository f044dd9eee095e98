"""HTML pages read by processes of their own: on all cores, and so that no page can end the program.

A page is parsed by C code that gets input from strangers, and its main text is found by rules that may take any time.
So a worker reads it: a page that crashes the worker, or takes too long or too much memory, is rejected for that reason,
and a new worker goes on with the next. A worker gets some pages at once, because the main process may be busy deciding
when the worker is done with one.

A worker is a fresh interpreter, not a fork of a program with threads. It is started when there are pages for it, so a
stream without pages pays nothing. It knows nothing but its channel: it ignores the service's signals, has neither its
variables nor its credentials, and ends when the channel does, however the program ended.
"""

from __future__ import annotations

import faulthandler
import gc
import logging
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import traceback
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any

from dedup.errors import InputRejected, TemporaryError
from dedup.text.markup.html import HtmlPage, encoded, read_html

MOST = 8
"""Workers where the number is left to the program: beyond that the one process that decides is what limits."""
MEMORY_BYTES = 1 << 30
"""What a worker may allocate. A page of 20 MB takes a fifth of it."""

_PAGES_EACH = 8
"""Pages that wait for each worker before another is started, which takes as long as reading some fifty pages."""
_AT_ONCE = 4
"""Pages that a worker is handed together at most; towards the end fewer, so that all workers end at about one time."""
_BYTES_AT_ONCE = 1 << 20
"""Bytes of such pages, if it is more than one."""
_LIFE = 20_000
"""Pages after which a worker is replaced: libxml2 keeps each name of an attribute that it ever saw."""
_START_SECONDS = 60.0
_SLACK = 10.0
"""The time limit is of the processor; a worker that does not get it is waited for so many times as long."""
_BEAT_SECONDS = 1.0
_FEW_COLLECTIONS = 100_000
"""New objects after which a worker looks for garbage. Each element that is looked at is one, and hardly any of them is
in a cycle; with Python's own 700 a fifth of the time goes into looking."""
_READY = "ready"
# Nothing of what is imported is garbage.
_PROGRAM = (
    "import gc; gc.disable(); import sys; from dedup.preparation.page_workers import serve; serve(int(sys.argv[1]))"
)
_IDLE = float("inf")
_FIRST = "<html><body><p>Libraries are loaded for the first page; that is on nobody's account.</p></body></html>"


class PageBroken(Exception):
    """A page broke its reader, which is a fault of dedup itself: what was raised, and a note where."""


Answer = HtmlPage | InputRejected | PageBroken


class Abandoned(Exception):
    """Nobody asks for the pages any more."""


class WorkersAway(TemporaryError):
    """The processes that read pages cannot be started now."""


@dataclass(slots=True)
class _Worker:
    """A process, the channel to it, until when (monotonic seconds) an answer is waited for, the pages that it was
    handed and has not answered, in their order, and how many it was handed in all."""

    process: subprocess.Popen[bytes]
    channel: Connection[Any, Any]
    until: float
    pages: deque[int] = field(default_factory=deque)
    handed: int = 0


class PageWorkers:
    """Up to `most` workers (0: one for each core that this process may use, `MOST` at most), as many as there is work
    for; a page may take `seconds` of the processor. One thread at a time."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most or min(len(os.sched_getaffinity(0)), MOST)
        self._seconds = seconds
        self._workers: list[_Worker] = []
        self._worked = False
        weakref.finalize(self, _end, self._workers)

    def read(
        self,
        pages: Sequence[str | bytes],
        beat: Callable[[], None] = lambda: None,
        abandoned: threading.Event | None = None,
    ) -> list[Answer]:
        """What `dedup.text.markup.html.read_html` makes of each of `pages`, in their order; calls `beat` every second.

        Raises `WorkersAway`, and `Abandoned` within a second after that was set. After whatever is raised no worker is
        left; the next call starts new ones.
        """
        self._worked = self._worked or bool(pages)
        try:
            return _Batch(self._workers, self._most, self._seconds, pages).run(beat, abandoned)
        except BaseException:
            self.close()
            raise

    def rest(self) -> None:
        """Ends the workers if there was no page since the last call. To be called after each pass."""
        if not self._worked:
            self.close()
        self._worked = False

    def close(self) -> None:
        """Ends all workers."""
        _end(self._workers)


class _Batch:
    """One call of `PageWorkers.read`: pages that wait, answers that came."""

    def __init__(self, workers: list[_Worker], most: int, seconds: float, pages: Sequence[str | bytes]) -> None:
        self._workers, self._most, self._seconds, self._pages = workers, most, seconds, pages
        self._waiting = deque(range(len(pages)))
        self._crashed: set[int] = set()
        self._answers: dict[int, Answer] = {}

    def run(self, beat: Callable[[], None], abandoned: threading.Event | None) -> list[Answer]:
        beaten = time.monotonic()
        while len(self._answers) < len(self._pages):
            if abandoned is not None and abandoned.is_set():
                raise Abandoned
            self._hand_out()
            heard = wait([worker.channel for worker in self._workers], _BEAT_SECONDS)
            for worker in [worker for worker in self._workers if worker.channel in heard]:
                self._hear(worker)
            now = time.monotonic()
            for worker in [worker for worker in self._workers if worker.until < now]:
                worker.process.kill()
                self._lost(worker, late=True)
            if now - beaten >= _BEAT_SECONDS:
                beaten = now
                beat()
        return [self._answers[at] for at in range(len(self._pages))]

    def _hand_out(self) -> None:
        """Gives each idle worker pages, and starts workers for those that are left."""
        for worker in [worker for worker in self._workers if worker.until == _IDLE]:
            if worker.handed >= _LIFE:
                self._workers.remove(worker)
                _end([worker])
            elif self._waiting:
                self._give(worker)
        wanted = min(self._most, -(-len(self._waiting) // _PAGES_EACH))
        while len(self._workers) < wanted:
            self._workers.append(_started())

    def _give(self, worker: _Worker) -> None:
        most = min(_AT_ONCE, -(-len(self._waiting) // (2 * self._most)))
        pages: list[bytes] = []
        room = _BYTES_AT_ONCE
        while len(pages) < most:
            page = encoded(self._pages[self._waiting[0]])
            room -= len(page)
            if pages and room < 0:
                break
            pages.append(page)
            worker.pages.append(self._waiting.popleft())
        worker.handed += len(pages)
        worker.until = self._deadline()
        with suppress(BrokenPipeError, ConnectionResetError):  # it is dead, which waiting for its answer will tell
            worker.channel.send((pages, self._seconds))

    def _deadline(self) -> float:
        return time.monotonic() + _SLACK * self._seconds

    def _hear(self, worker: _Worker) -> None:
        try:
            said = worker.channel.recv()
        except (EOFError, OSError):  # also where it ended in the middle of an answer
            self._lost(worker, late=False)
            return
        if worker.pages:
            self._answers[worker.pages.popleft()] = said
        worker.until = self._deadline() if worker.pages else _IDLE

    def _lost(self, worker: _Worker, *, late: bool) -> None:
        """Takes note of a worker that ended: the page that it was at is tried once more, unless it took too long."""
        code = worker.process.wait()
        self._workers.remove(worker)
        worker.channel.close()
        if not worker.pages:
            why = "did not start in time" if late else f"ended with {_named(code)} before it was ready"
            raise WorkersAway(f"a process that reads HTML pages {why}; what it said is on standard error")
        page = worker.pages.popleft()
        self._waiting.extendleft(reversed(worker.pages))
        if late or code == -signal.SIGPROF:
            why = f"reading the page takes more than {self._seconds:g} seconds; [service] page_seconds sets the limit"
            self._answers[page] = InputRejected("too_slow", why)
        elif page in self._crashed:
            self._answers[page] = PageBroken(f"the process that read it ended with {_named(code)}, twice")
        else:
            self._crashed.add(page)
            self._waiting.appendleft(page)


def found(answer: Answer | None) -> HtmlPage:
    """The page that was read. Raises what was answered in its place."""
    if isinstance(answer, HtmlPage):
        return answer
    raise answer or LookupError("no page was read")


def _started() -> _Worker:
    ours, theirs = Pipe()
    command = [sys.executable, "-P", "-c", _PROGRAM, str(theirs.fileno())]
    try:
        process = subprocess.Popen(  # noqa: S603 - this very interpreter
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=[theirs.fileno()],
            env=_environment(), process_group=0,
        )  # fmt: skip
    except OSError as error:
        ours.close()
        raise WorkersAway(f"a process that reads HTML pages cannot be started: {error}") from error
    finally:
        theirs.close()
    return _Worker(process, ours, time.monotonic() + _START_SECONDS)


def _environment() -> dict[str, str]:
    """The variables of this process without the service's own, some of which are secret."""
    own = ("DEDUP_", "PG", "NOTIFY_SOCKET", "WATCHDOG_", "CREDENTIALS_DIRECTORY")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return kept | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def _end(workers: list[_Worker]) -> None:
    """Ends `workers`, which the list loses, and waits for their end."""
    for worker in workers:
        worker.channel.close()
        if worker.until != _IDLE:
            worker.process.kill()
    for worker in workers:
        worker.process.wait()
    workers.clear()


def _named(code: int) -> str:
    """An exit code in words."""
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


def serve(descriptor: int) -> None:
    """Runs as a worker: answers each page that comes through `descriptor`, some at once, until the other end is closed.

    The operating system keeps the time limit of a page, so that it also ends a worker whose program is gone.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the service finishes its batch first
    faulthandler.enable()
    logging.disable()  # what libraries think of a page is in the answer or of no interest
    with suppress(OSError, ValueError):  # where that is not allowed, the service's own limit holds
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    read_html(_FIRST)
    gc.freeze()
    gc.enable()
    gc.set_threshold(_FEW_COLLECTIONS)
    channel: Connection[Any, Any] = Connection(descriptor)
    channel.send(_READY)
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            pages, seconds = channel.recv()
            for page in pages:
                signal.setitimer(signal.ITIMER_PROF, seconds)
                answer = _answer(page)
                signal.setitimer(signal.ITIMER_PROF, 0)
                channel.send(answer)


def _answer(page: bytes) -> Answer:
    try:
        return read_html(page)
    except InputRejected as rejected:
        return rejected
    except MemoryError:
        return InputRejected("too_large", f"reading the page takes more than {MEMORY_BYTES >> 20:,} MB of memory")
    except Exception as error:  # noqa: BLE001 - the program raises it
        broken = PageBroken(f"{type(error).__name__}: {error}")
        broken.add_note(traceback.format_exc())
        return broken
