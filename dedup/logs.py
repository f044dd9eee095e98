"""The status log: one JSON object a line, for a person with `grep` and for a program alike.

All lines go to handlers that never raise: a full disk or a closed pipe loses lines, which are counted and reported
once writing works again, and never ends a job. What libraries say comes by way of the standard library's logging.
dedup's own lines, of which a pass may write one for every few articles, go to the handlers as they are: a record of
the standard library in between costs several times as much as the line.
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import structlog

from dedup import __version__
from dedup.config.sections import LogSettings
from dedup.config.special import is_special, opened
from dedup.errors import ConfigError
from dedup.printable import printable

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}
"""syslog's priority of each level, as journald reads it from ``<N>`` at the start of a line."""

# In the address of a page the path begins at the first slash; the password of a database may hold one.
_PASSWORDS = (
    (re.compile(r"(\bhttps?://[^/\s:@]*:)[^/?#\s]*@"), r"\1***@"),
    (re.compile(r"((?<!\bhttp)(?<!\bhttps)://[^/\s:]*:)\S*@"), r"\1***@"),
    (re.compile(r"(password=)[^\s&;,)]+", re.IGNORECASE), r"\1***"),
)


def configure(settings: LogSettings, stream: TextIO | None, *, environment: Mapping[str, str] | None = None) -> None:
    """Write the log to `stream` and, if `settings` names one, to a file; replaces what was configured before.

    `stream` is standard output for the daemon and standard error for other commands; None when it is closed. Raises
    `ConfigError` when the file cannot be opened, and then leaves everything as it was.
    """
    handlers: list[_LineHandler] = []
    if stream is not None:
        env = os.environ if environment is None else environment
        handlers.append(_StreamHandler(stream, prefixed=under_journal(stream, env)))
    if settings.file:
        handlers.append(_FileHandler(settings.file))
    root = logging.getLogger()
    replaced = [handler for handler in root.handlers if isinstance(handler, _LineHandler)]
    for handler in handlers:
        root.addHandler(handler)
    level = LEVELS[settings.level]
    root.setLevel(max(level, logging.WARNING))
    # It warns of each language whose words it counts as those of a related one (Galician as Spanish): nothing to mend.
    logging.getLogger("wordfreq").setLevel(logging.ERROR)
    logging.captureWarnings(True)
    lines = _Lines(handlers)
    structlog.configure(
        processors=_CHAIN,
        logger_factory=lambda *_: lines,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    for old in replaced:
        root.removeHandler(old)
        old.close()
    if handlers:
        handlers[0].lost += sum(old.lost for old in replaced)


def enter_run(run_id: int) -> None:
    """From here on every line written by this thread carries `run_id`, until `leave_run`.

    Not a context manager: the line about a failed pass is written by whoever catches its exception.
    """
    structlog.contextvars.bind_contextvars(run_id=run_id)


def leave_run() -> None:
    """Lines of this thread carry no ``run_id`` any more; harmless when they carried none."""
    structlog.contextvars.unbind_contextvars("run_id")


def under_journal(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether `stream` is the journal's own: ``$JOURNAL_STREAM`` names its device and inode (systemd.exec(5))."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environment.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def masked(value: Any) -> Any:
    """`value` with the password of every URL or connection string in it shown as ``***``."""
    if isinstance(value, str):
        if "@" not in value and "=" not in value:
            return value  # as nearly all are, and the expressions take longer than the rest of a line
        for pattern, shown in _PASSWORDS:
            value = pattern.sub(shown, value)
        return value
    if isinstance(value, Mapping):
        return {key: masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item) for item in value]
    return value


def told(fault: BaseException, words: object = None) -> str:
    """A fault as it may be kept in a row, for anybody: its kind and its text, or `words` instead, without passwords and
    what no database takes."""
    return printable(masked(f"{type(fault).__name__}: {fault if words is None else words}"))


def _add_version(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    event["version"] = __version__
    return event


def _text(value: Any) -> str:
    """What stands in a line for a value that JSON does not know; for an aware moment its text in UTC, with a Z."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(masked(f"{type(value).__name__}: {value}" if isinstance(value, BaseException) else str(value)))


_CHAIN: tuple[structlog.typing.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _add_version,
    structlog.processors.format_exc_info,
)
_JSON = json.JSONEncoder(ensure_ascii=False, default=_text)


def _line(_logger: Any, _method: str, event: structlog.typing.EventDict) -> str:
    """An event as JSON, without passwords."""
    return _JSON.encode({key: value if type(value) is int else masked(value) for key, value in event.items()})


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """A record of the standard library as JSON."""

    def __init__(self) -> None:
        super().__init__(
            foreign_pre_chain=[*_CHAIN, structlog.stdlib.add_logger_name, structlog.stdlib.ExtraAdder({"lines"})],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _line],
        )


class _LineHandler(logging.Handler):
    """Writes whole lines without a buffer, with their journal priority in front where `prefixed`.

    What cannot be written is counted in `lost`. A buffer would hold a failed line back, write it late beside its
    successors, and fail once more when Python exits.
    """

    def __init__(self, *, prefixed: bool) -> None:
        super().__init__()
        self.setFormatter(_Formatter())
        self.prefixed = prefixed
        self.lost = 0
        self._torn = False

    def write(self, data: bytes) -> int:
        """Write some of `data` and return how many bytes; raises OSError."""
        raise NotImplementedError

    def torn(self) -> bool:
        """Whether part of a line stands where the next one goes. Raises OSError."""
        return self._torn

    def put(self, level: str, line: str) -> None:
        """Writes a finished `line`; its `level` is a key of `PRIORITIES`. Never raises."""
        self.acquire()
        try:
            self._put(level, line)
        finally:
            self.release()

    def lose(self) -> None:
        """Counts a line that could not be made."""
        self.lost += 1

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:  # noqa: BLE001 - whatever is wrong with a line, the job that wrote it goes on
            self.lose()
            return
        self._put(record.levelname.lower(), line)

    def _put(self, level: str, line: str) -> None:
        if self._written(level, line) and self.lost:
            lost, self.lost = self.lost, 0
            report = logging.LogRecord("dedup.logs", logging.WARNING, "", 0, "log.lost", (), None)
            report.lines = lost
            self._written("warning", self.format(report))

    def _written(self, level: str, line: str) -> bool:
        try:
            shown = f"<{PRIORITIES.get(level, 6)}>{line}\n" if self.prefixed else f"{line}\n"
            # A lone surrogate becomes its \\udxxx escape, which is JSON's own way to write it.
            data = shown.encode(errors="backslashreplace")
            # Where part of a line stands already, the next one must not be glued to it.
            rest = b"\n" + data if self.torn() else data
            while rest:
                written = self.write(rest)
                rest = rest[written:]
                self._torn = bool(rest) and (written > 0 or self._torn)
        except Exception:  # noqa: BLE001 - whatever is wrong with a line, the job that wrote it goes on
            self.lose()
            return False
        return True


class _Lines:
    """Where dedup's own events go when all is known of them: made into a line once, and handed to each handler."""

    def __init__(self, handlers: Sequence[_LineHandler]) -> None:
        self._handlers = handlers

    def _write(self, /, **event: Any) -> None:
        try:
            line = _line(self, event["level"], event)
        except Exception:  # noqa: BLE001 - whatever is wrong with a line, the job that wrote it goes on
            for handler in self._handlers:
                handler.lose()
            return
        for handler in self._handlers:
            handler.put(event["level"], line)

    debug = info = warning = error = critical = _write


class _StreamHandler(_LineHandler):
    """Writes to the file descriptor of a stream, past the stream's own buffer."""

    def __init__(self, stream: TextIO, *, prefixed: bool) -> None:
        super().__init__(prefixed=prefixed)
        self._stream = stream

    def write(self, data: bytes) -> int:
        try:
            descriptor = self._stream.fileno()
        except (OSError, ValueError):
            return self._stream.write(data.decode()) and len(data)
        return os.write(descriptor, data)


class _FileHandler(_LineHandler):
    """Writes to a file that logrotate may move away: before each line it looks whether the name still means it."""

    def __init__(self, path: str) -> None:
        super().__init__(prefixed=False)
        try:
            self._file = _WatchedFile(path)
        except OSError as error:
            raise ConfigError(
                f"[log] file {path} cannot be written ({error.strerror}); name a file in a folder that is there "
                "and that the service may write to"
            ) from error

    def write(self, data: bytes) -> int:
        return int(self._file.stream.write(data))

    def torn(self) -> bool:
        if self._file.renewed():
            self._torn = self._file.torn()
        return self._torn

    def close(self) -> None:
        self._file.close()
        super().close()


class _WatchedFile(logging.handlers.WatchedFileHandler):
    """The standard library's watching of a file's name, over a file without a buffer."""

    stream: Any
    _fresh = False

    def _open(self) -> Any:
        file = os.fdopen(opened(self.baseFilename), "ab", buffering=0)
        self._fresh = True
        return file

    def renewed(self) -> bool:
        """Opens what has the name now, if need be; whether that is another file than the last time. Raises OSError."""
        self.reopenIfNeeded()
        if self.stream is None:  # an earlier attempt to open it again failed
            self.stream = self._open()
            self._statstream()
        fresh, self._fresh = self._fresh, False
        return fresh

    def torn(self) -> bool:
        """Whether it ends in the middle of a line, as on a full disk; False where this user may not read it."""
        if is_special(Path(self.baseFilename)):
            return False
        with suppress(OSError), Path(self.baseFilename).open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
        return False
