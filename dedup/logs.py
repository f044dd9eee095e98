"""The status log: one JSON object a line, for a person with `grep` and for a program alike.

All lines, those of libraries too, go through the standard library's logging to handlers that never raise: a full
disk or a closed pipe loses lines, which are counted and reported once writing works again, and never ends a job.
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import structlog

from dedup import __version__
from dedup.config import LogSettings
from dedup.errors import ConfigError

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}
"""syslog's priority of each level, as journald reads it from ``<N>`` at the start of a line."""

_PASSWORDS = (
    (re.compile(r"(://[^/\s:@]*:)\S*@"), r"\1***@"),
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
    for old in replaced:
        root.removeHandler(old)
        old.close()
    if handlers:
        handlers[0].lost += sum(old.lost for old in replaced)
    level = LEVELS[settings.level]
    logging.getLogger("dedup").setLevel(level)
    root.setLevel(max(level, logging.WARNING))
    logging.captureWarnings(True)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *_CHAIN, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def get(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module; `name` starts with ``dedup``, so that the configured level applies."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def enter_run(run_id: int) -> None:
    """From here on every line written by this thread carries `run_id`, until `leave_run`.

    Not a context manager: the line that tells of a failed pass is written by whoever catches its exception.
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
        for pattern, shown in _PASSWORDS:
            value = pattern.sub(shown, value)
        return value
    if isinstance(value, Mapping):
        return {key: masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item) for item in value]
    return value


def _add_version(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    event["version"] = __version__
    return event


def _mask(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {key: masked(value) for key, value in event.items()}


def _text(value: Any) -> str:
    """What stands in a line for a value that JSON does not know."""
    return str(masked(f"{type(value).__name__}: {value}" if isinstance(value, BaseException) else str(value)))


_CHAIN: tuple[structlog.typing.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _add_version,
    structlog.processors.format_exc_info,
)


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """A record as one line of JSON, with its journal priority in front where `prefixed`."""

    def __init__(self, *, prefixed: bool) -> None:
        super().__init__(
            foreign_pre_chain=[*_CHAIN, structlog.stdlib.add_logger_name, structlog.stdlib.ExtraAdder({"lines"})],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _mask,
                structlog.processors.JSONRenderer(ensure_ascii=False, default=_text),
            ],
        )
        self.prefixed = prefixed

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        return f"<{PRIORITIES.get(record.levelname.lower(), 6)}>{line}" if self.prefixed else line


class _LineHandler(logging.Handler):
    """Writes whole lines without a buffer; what cannot be written is counted in `lost`.

    A buffer would hold a failed line back, write it late beside its successors, and fail once more when Python exits.
    """

    def __init__(self, *, prefixed: bool) -> None:
        super().__init__()
        self.setFormatter(_Formatter(prefixed=prefixed))
        self.lost = 0
        self._torn = False

    def write(self, data: bytes) -> int:
        """Write some of `data` and return how many bytes; raises OSError."""
        raise NotImplementedError

    def emit(self, record: logging.LogRecord) -> None:
        if self._emit_line(record) and self.lost:
            lost, self.lost = self.lost, 0
            report = logging.LogRecord("dedup.logs", logging.WARNING, "", 0, "log.lost", (), None)
            report.lines = lost
            self._emit_line(report)

    def _emit_line(self, record: logging.LogRecord) -> bool:
        try:
            # A lone surrogate becomes its \\udxxx escape, which is JSON's own way to write it.
            line = (self.format(record) + "\n").encode(errors="backslashreplace")
            # Where part of a line stands already, the next one must not be glued to it.
            rest = b"\n" + line if self._torn else line
            while rest:
                written = self.write(rest)
                rest = rest[written:]
                self._torn = bool(rest) and (written > 0 or self._torn)
        except Exception:  # noqa: BLE001 - whatever is wrong with a line, the job that wrote it goes on
            self.handleError(record)
            return False
        return True

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        self.lost += 1


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
        return self._file.write(data)

    def close(self) -> None:
        self._file.close()
        super().close()


class _WatchedFile(logging.handlers.WatchedFileHandler):
    """The standard library's watching of a file's name, over a file without a buffer."""

    stream: Any

    def _open(self) -> Any:
        return Path(self.baseFilename).open("ab", buffering=0)

    def write(self, data: bytes) -> int:
        self.reopenIfNeeded()
        if self.stream is None:  # an earlier attempt to open it again failed
            self.stream = self._open()
            self._statstream()
        return int(self.stream.write(data))
