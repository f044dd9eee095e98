"""Which instance writes: the leader, which holds the lock, and standbys, which wait for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import structlog
from sqlalchemy.engine import Connection

from dedup.config.sections import ServiceSettings
from dedup.errors import AlreadyRunning
from dedup.store.operation.instances import LEADER, STANDBY

log = structlog.get_logger()


class Lock(Protocol):
    """The part of `dedup.store.operation.lock.WriterLock` that is used here."""

    def take_over(self, lease_seconds: float | None) -> int:
        """With a lease also from a holder that was silent for longer; returns how many sessions of it were ended.

        Raises `AlreadyRunning`, `DatabaseAway`.
        """

    def keep(self) -> None:
        """Gives a sign of life. Raises `DatabaseAway` when the lock is gone."""

    def note(self, trouble: str) -> None:
        """Says what troubles this instance where readers see it, whatever the database takes; empty for nothing."""

    def hold(self, connection: Connection) -> None:
        """Raises `LockLost` when another writer has taken over, `SchemaError` when the schema is another one."""

    @property
    def is_writing(self) -> bool:
        """Whether a write transaction of this instance is open."""

    def release(self) -> None:
        """Harmless when the lock is not held."""


class Leadership:
    """The role of this instance, `LEADER` or `STANDBY`; it starts as the leader if it is `leading` already.

    `check_schema` is asked before it leads again, since the one that led meanwhile may have been of another version;
    `drop` forgets what was read from the database before that, and where another one leads from now on.
    """

    def __init__(
        self, lock: Lock, *, leading: bool, check_schema: Callable[[], None], drop: Callable[[], None]
    ) -> None:
        self.role = LEADER if leading else ""
        self._lock = lock
        self._check_schema = check_schema
        self._drop = drop
        self._doubtful = False

    def doubt(self) -> None:
        """The lock may be lost: it is gone with its session, which whatever just failed may have ended."""
        self._doubtful = True

    def claim(self, service: ServiceSettings) -> bool:
        """Whether this instance leads; takes the lock first if it must and can.

        Raises `AlreadyRunning` where another instance leads and `service` wants no standby, `DatabaseAway`, and
        `SchemaError` when the database is no longer as this program needs it.
        """
        if self.role == LEADER and not self._doubtful:
            return True
        try:
            ended = self._lock.take_over(service.lease_seconds if service.standby else None)
        except AlreadyRunning as error:
            if self.role == LEADER:
                self._drop()  # it is outdated by the time that this instance leads again, and takes much room
            if self.role != STANDBY:
                log.info("service.standby", cause=str(error))
            self.role = STANDBY
            if service.standby:
                return False
            raise
        try:
            self._check_schema()
        except BaseException:
            self._lock.release()
            raise
        self._drop()
        if self.role != LEADER:
            log.info("service.leading", ended_sessions=ended)
        self.role, self._doubtful = LEADER, False
        return True

    def keep(self) -> None:
        """Gives a sign of life to the standbys. Raises `DatabaseAway` when the lock is gone."""
        self._lock.keep()

    def end(self) -> None:
        """This instance ends, and has no role from now on."""
        self.role = ""
