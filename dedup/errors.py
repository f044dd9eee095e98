"""Every error that dedup raises on purpose, one tree with one root.

Each class carries the exit code that the command line ends with when the error reaches it. Errors of drivers and
libraries are wrapped once, where they happen, with ``raise ... from``; whatever is not in this tree is a bug.
"""

from __future__ import annotations


class DedupError(Exception):
    """Root of the tree. The message says what happened, what it means and what to do next.

    Where that is to type a command, the message ends in ``dedup`` and `command`; the command line tells it with the
    options that lead to the same database.
    """

    exit_code = 1

    def __init__(self, message: str = "", command: str = "") -> None:
        super().__init__(f"{message} dedup {command}" if command else message)
        self.message = message
        self.command = command


class UsageError(DedupError):
    """The command line was wrong: an unknown option, a path that is not there, an id that does not exist."""

    exit_code = 64


class InputRejected(DedupError):
    """An input cannot be used; it becomes a row in ``v_rejections`` with this reason and detail.

    `reason` is one of the short fixed words documented in the README (``empty``, ``too_short``, ``too_large``,
    ``encoding``, ``binary``, ``syntax``, ``missing_field``, ``unreadable``, ``too_slow``, ``not_there``, ``internal``);
    `detail` is a sentence for a person.
    """

    exit_code = 65

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type[InputRejected], tuple[str, str]]:
        return type(self), (self.reason, self.detail)


class RuleRefused(DedupError):
    """A rule of the operator contradicts those that are obeyed; the message has the chain that contradicts.

    It is no wrong usage: what was typed is a rule, which like an article that cannot be used is rejected with a reason.
    """

    exit_code = 65


class TemporaryError(DedupError):
    """Trying again later may work: the database is away or busy, or another instance runs."""

    exit_code = 75


class DatabaseAway(TemporaryError):
    """The database did not answer, or answered that it cannot work now (locked, disk full, shutting down)."""


class FilesLost(DatabaseAway):
    """A file that SQLite works in was removed while this process had it open; only another process can go on."""


class ScratchAway(TemporaryError):
    """A scratch database, in which something is decided beside the live one, has no folder or no room."""


class AlreadyRunning(TemporaryError):
    """Another dedup holds the lock of this database."""


class LockLost(TemporaryError):
    """The writer's fence was taken over by another instance; the transaction was not committed."""


class ConfigError(DedupError):
    """What is configured can never work as it is: an unknown key, a value out of range, a damaged database."""

    exit_code = 78


class SchemaError(DedupError):
    """The database is not at the schema version that this program writes."""

    exit_code = 78
