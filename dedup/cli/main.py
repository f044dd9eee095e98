"""The entry of ``dedup``: runs one command and turns whatever happens into an exit code and a message.

No command is imported before it is asked for, so that ``dedup --help`` answers at once.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import io
import os
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from typing import Any

from dedup.cli.arguments import parser
from dedup.cli.invocation import Invocation
from dedup.cli.output import Output
from dedup.ending import at_the_end
from dedup.errors import DedupError, UsageError

INTERRUPTED = 130
BROKEN_PIPE = 141
BUG = 1
_STANDARD_ERROR = 2

# What Python makes of the bytes in an argument that are not text.
_UNDECODED = re.compile("[\ud800-\udfff]")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line `argv` (`sys.argv` without it) and returns the exit code. Raises nothing.

    Does not return where what is open must not be closed; see `dedup.ending`.
    """
    _take_up_closed_streams()
    return at_the_end(_main(argv))


def _take_up_closed_streams() -> None:
    """Has the number of each standard stream that is closed lead nowhere, for this process and those that it starts.

    The next file would get it, and with it what a library prints; and a worker that reads pages could not start.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= _STANDARD_ERROR:
        os.set_inheritable(number, True)
    os.close(number)


def _main(argv: Sequence[str] | None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    # Looked up before parsing: a wrong command line, too, is answered as it was asked.
    output = Output(json="--json" in words)
    try:
        code = _run(words, output)
        output.flush()
    except BrokenPipeError:
        # Whoever read the output, say `head`, has seen enough.
        output.abandon()
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return output.fail("interrupted", INTERRUPTED)
    except DedupError as error:
        return output.fail(str(error), error.exit_code)
    except Exception as error:  # noqa: BLE001 - here every bug ends, told and never hidden
        from dedup import logs  # noqa: PLC0415 - as late as the database, which most mistakes do not reach

        told = logs.masked(f"{type(error).__name__}: {error}")
        code = output.fail(f"a bug in dedup: {told}; please report it with the lines below", BUG)
        output.say(logs.masked(traceback.format_exc()))
        return code
    return code


def _run(words: Sequence[str], output: Output) -> int:
    shown = io.StringIO()  # argparse itself says nothing of a help that could not be written
    try:
        with redirect_stdout(shown):
            arguments = parser().parse_args(words)
    except SystemExit as done:  # --help and --version
        output.write(shown.getvalue())
        return int(done.code or 0)
    _take_text(arguments)
    invocation = Invocation(arguments, output)
    try:
        code: int = _command(arguments.run)(invocation)
    except DedupError as error:
        told = f"{error.message} {invocation.hint(error.command)[0]}" if error.command else str(error)
        return output.fail(told, error.exit_code)
    return code


def _take_text(arguments: argparse.Namespace) -> None:
    """Takes words as UTF-8, also in a locale that knows ASCII alone. Raises `UsageError` for one that is not: no
    database takes it, and no answer holds it.

    A path may hold any bytes, and so may one in the URL of a database: it keeps its form. Settings have rules of
    their own for what is no text.
    """
    for name, value in vars(arguments).items():
        if name != "database.url":
            is_setting = "." in name
            taken = [_text(v, is_setting) for v in value] if isinstance(value, list) else _text(value, is_setting)
            setattr(arguments, name, taken)


def _text(word: Any, is_setting: bool) -> Any:
    if not isinstance(word, str) or not _UNDECODED.search(word):
        return word
    try:
        return os.fsencode(word).decode()
    except UnicodeError:
        if is_setting:
            return word
        raise UsageError(f"{word!r} is not written in UTF-8") from None


def _command(name: str) -> Callable[[Invocation], int]:
    """The function ``module:function`` of `dedup.cli`, imported now."""
    module, _, function = name.partition(":")
    # numpy multiplies no matrices here, and the threads that it would keep for that spin for a tenth of a second.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    collects = gc.isenabled()
    # What is imported stays: to look through it for garbage takes a sixth of a start.
    gc.disable()
    try:
        command: Callable[[Invocation], int] = getattr(importlib.import_module(f"dedup.cli.{module}"), function)
    finally:
        if collects:
            gc.enable()
    gc.freeze()
    return command
