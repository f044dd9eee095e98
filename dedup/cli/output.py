"""Where a command's answer goes: tables for a person or one JSON document on stdout, everything else on stderr."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, TextIO

from rich.console import Console, RenderableType

from dedup.cli.wording import plain
from dedup.errors import TemporaryError

UNBOUNDED = 100_000
"""Columns of an output that is no terminal: nothing is wrapped or cut."""

# What JSON allows but a terminal obeys: DEL, the C1 controls, directions of writing.
_OBEYED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")

Advance = Callable[[float, float | None], None]
"""Called with how much is done and how much there is in all, None where that is not known."""


class Output:
    """The streams of one command. With `json` exactly one document is written to stdout."""

    def __init__(self, *, json: bool) -> None:
        self.json = json
        self._answered = False
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # A terminal that cannot show a character must not end the command.
                stream.reconfigure(errors="backslashreplace")

    @property
    def narrow(self) -> bool:
        """Whether there is little room in a line."""
        return _is_terminal(sys.stdout) and _columns() < 110

    def answer(self, document: Mapping[str, Any], shown: Iterable[RenderableType]) -> None:
        """Writes `document`, or what is `shown` to a person, once a command.

        Raises `TemporaryError` where it cannot be written, BrokenPipeError where nobody reads it.
        """
        self._answered = True
        if self.json:
            text = json.dumps(document, ensure_ascii=False, indent=2, default=as_json)
            self.write(_OBEYED.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n")
        else:
            self._write(_rendered(shown))

    def write(self, text: str) -> None:
        """Writes a document for programs, or a part of one, in the place of an answer. Raises as `answer` does.

        It is UTF-8, whatever a terminal of this locale can show.
        """
        self._answered = True
        stream = sys.stdout
        if isinstance(stream, io.TextIOWrapper) and stream.encoding != "utf-8":
            with _told():
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        self._write(text)

    def say(self, text: str) -> None:
        """Writes lines to stderr."""
        if sys.stderr is not None:
            with suppress(OSError, ValueError):  # there is nobody left who could be told
                sys.stderr.write("".join(f"{plain(line)}\n" for line in text.splitlines()))
                sys.stderr.flush()

    def note(self, text: str) -> None:
        """Writes a remark to stderr, beside the answer."""
        self.say(f"dedup: {text}")

    def fail(self, message: str, exit_code: int) -> int:
        """Shows the error that ends the command and returns `exit_code`."""
        self.note(message)
        if self.json and not self._answered:
            # Where stdout is what failed, its reader cannot be told of it there.
            with suppress(OSError, TemporaryError):
                self.answer({"error": message, "exit_code": exit_code}, ())
        try:
            self.flush()
        except (OSError, TemporaryError):
            self.abandon()
        return exit_code

    def flush(self) -> None:
        """Writes what is buffered. Raises `TemporaryError`, BrokenPipeError."""
        if sys.stdout is not None:
            with _told():
                sys.stdout.flush()

    def abandon(self) -> None:
        """Nothing more goes to stdout, not even when Python flushes it at its end."""
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.close(nowhere)

    @contextmanager
    def progress(self, what: str) -> Iterator[Advance | None]:
        """A bar on stderr while the block runs; None where stderr is no terminal."""
        if not _is_terminal(sys.stderr):
            yield None
            return
        # Here, since most commands show no progress.
        from rich.progress import (  # noqa: PLC0415
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        # What is a part of the whole is left out where nobody knows the whole.
        columns = (
            TextColumn("{task.description}"), BarColumn(), TaskProgressColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(), TaskProgressColumn("left"), TimeRemainingColumn(),
        )  # fmt: skip
        console = Console(file=sys.stderr)
        with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
            task = bar.add_task(what, total=None)

            def advance(done: float, total: float | None) -> None:
                bar.update(task, completed=done, total=total)

            yield advance

    def _write(self, text: str) -> None:
        if sys.stdout is None:
            raise _lost("it is closed")
        with _told():
            sys.stdout.write(text)


class _Page(io.StringIO):
    """Text for stdout; rich looks at the encoding to choose lines that can be printed."""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return getattr(sys.stdout, "encoding", None) or "utf-8"


def _rendered(shown: Iterable[RenderableType]) -> str:
    """Text of `shown`; colours and wrapping only on a terminal, no blanks at the ends of lines."""
    page = _Page()
    if _is_terminal(sys.stdout):
        console = Console(file=page, force_terminal=True, width=_columns(), highlight=False)
    else:
        console = Console(file=page, force_terminal=False, color_system=None, width=UNBOUNDED, highlight=False)
    for renderable in shown:
        console.print(renderable)
    return "".join(f"{line.rstrip()}\n" for line in page.getvalue().splitlines())


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _lost(error.strerror) from error


def _lost(why: str | None) -> TemporaryError:
    return TemporaryError(
        f"the standard output cannot be written ({why}), so the answer is lost; what the command does is done. Make "
        "room or write elsewhere, then ask again"
    )


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()


def _columns() -> int:
    return max(60, shutil.get_terminal_size().columns)


def as_json(value: Any) -> Any:
    """What JSON has no form for: moments in ISO 8601, all else as text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)
