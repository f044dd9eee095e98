"""One database: what the rest of the program holds in its hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from dedup.config.sections import DatabaseSettings, RetentionSettings
from dedup.config.urls import all_of, masked_url
from dedup.errors import ConfigError
from dedup.store import schema
from dedup.store.database import access
from dedup.store.database.engine import SCRATCH, be_careless, connect, database_file, reading, unlimited, writing
from dedup.store.database.faults import refused
from dedup.store.database.target import place
from dedup.store.operation import backup, instances, retention, sources
from dedup.store.operation.health import Health, largest_recent_story, read_health
from dedup.store.operation.instances import Heartbeat
from dedup.store.operation.lock import Fence, WriterLock
from dedup.store.operation.retention import Place
from dedup.store.operation.sources import SourceState
from dedup.store.passes import runs

if TYPE_CHECKING:
    from dedup.store.invariants.check import Finding, Progress


class Store:
    """A database that was reachable when it was opened. All methods raise `DatabaseAway` when it no longer is."""

    def __init__(self, engine: Engine, label: str) -> None:
        self.engine = engine
        self.label = label

    @classmethod
    def open(
        cls, settings: DatabaseSettings, *, create: bool = False, scratch: bool = False, reads: bool = False
    ) -> Store:
        """Connects. A SQLite file that is not there is made only with `create`; a crash may damage one for `scratch`,
        which alone may be in memory.

        Who only `reads` need not be allowed to write to a SQLite database that another program has open, nor to a
        snapshot.

        Raises `ConfigError` when the database can never work as configured (no folder, no permission, not a
        database), `DatabaseAway` when it does not answer now.
        """
        store = cls(connect(settings, create=create, reads=reads), masked_url(settings.url))
        path = store.path
        if scratch:
            be_careless(store.engine)
            store.engine.update_execution_options(**{SCRATCH: True})
        elif path is None and store.engine.dialect.name == "sqlite":
            raise ConfigError(
                f"[database] url {store.label} is a database in memory, which is gone when the command ends; "
                "write sqlite:///FILE"
            )
        if path is not None:
            access.check(path, create=create, reads=reads)
        try:
            with store.reading() as connection:
                connection.exec_driver_sql("SELECT 1" if path is None else "SELECT count(*) FROM sqlite_master")
        except BaseException as error:
            store.close()
            refusal = refused(error if isinstance(error, DBAPIError) else error.__cause__, store.label)
            if refusal is not None:
                raise refusal from error
            raise
        return store

    @property
    def path(self) -> Path | None:
        """The file of a SQLite database; None in memory and on PostgreSQL."""
        return database_file(self.engine.url)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read-only transaction with one consistent view."""
        with reading(self.engine) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction, whole or not at all."""
        with writing(self.engine) as connection:
            yield connection

    def writer_lock(self) -> WriterLock:
        """The lock of this database, not yet taken."""
        return WriterLock(self.engine)

    def check_schema(self) -> None:
        """Raises `SchemaError` unless the database has the schema of this program."""
        schema.check(self.engine)

    def upgrade(self) -> tuple[str | None, str]:
        """Brings the schema to this program's version; returns the versions before and after."""
        return schema.upgrade(self.engine)

    def begin(self) -> str | None:
        """Gives a SQLite database that was made just now its schema; returns the version, None where it has tables."""
        return schema.begin(self.engine)

    def health(self) -> Health:
        """What ``v_health`` says now."""
        with self.reading() as connection:
            return read_health(connection)

    def beat(self, heartbeat: Heartbeat, fence: Fence | None) -> None:
        """Signs the row of this instance; that of a leader behind the `fence`. Raises `LockLost`."""
        with self._fenced(fence) as connection:
            instances.beat(connection, heartbeat)

    def sign_off(self) -> None:
        """Takes back the row of this instance, which ends in order. Raises `SchemaError` as well."""
        self.check_schema()  # another file may have taken the place of the database
        with self.writing() as connection:
            instances.sign_off(connection)

    def check(self, *, full: bool = False, progress: Progress = lambda *_: None) -> list[Finding]:
        """What `dedup.store.invariants.check.check` finds wrong; empty when nothing is."""
        from dedup.store.invariants.check import check  # noqa: PLC0415 - only this needs the sketching

        with self.reading() as connection, unlimited(connection):
            return check(connection, full=full, progress=progress)

    def largest_recent_story(self) -> int:
        """Articles of the largest story of late; see `dedup.store.operation.health`."""
        with self.reading() as connection:
            return largest_recent_story(connection)

    def active_sources(self) -> list[SourceState]:
        """The sources that are configured, by name."""
        with self.reading() as connection:
            return [state for state in sources.states(connection).values() if state.active]

    def last_pass_before(self, moment: datetime) -> datetime | None:
        """When the newest pass began that began before this `moment`; None where none did."""
        with self.reading() as connection:
            return runs.last_before(connection, moment)

    def apply_retention(
        self, settings: RetentionSettings, now: datetime, fence: Fence | None = None,
        goes_on: Callable[[], bool] = lambda: True, after: Place | None = None,
    ) -> tuple[dict[str, int], Place | None]:  # fmt: skip
        """Forgets what `settings` no longer keep, page by page; returns the rows deleted, by kind.

        `goes_on` is asked after each page, and False leaves the rest for the next time, which begins behind the place
        that is returned as well, to be given as `after`; None when there is no rest. With a `fence` nothing behind it:
        raises `LockLost` and `SchemaError` as that does.
        """
        removed = Counter[str]()
        if (place := after) is None:
            with self._fenced(fence) as connection:
                retention.begin(connection, now)
            place = retention.first(settings)
        while place is not None:
            with self._fenced(fence) as connection:
                forgotten, following = retention.forget_page(connection, settings, now, place)
            removed[place.kind] += forgotten
            place = following
            if not goes_on():
                break
        return dict(removed), place

    @contextmanager
    def _fenced(self, fence: Fence | None) -> Iterator[Connection]:
        """A write transaction of an instance that must still lead, where it has a `fence`."""
        with self.writing() as connection:
            if fence is not None:
                fence.hold(connection)
            yield connection

    def place(self, target: Path, kept: Iterable[Path] = ()) -> Path:
        """Where a file `target` may be written; neither a file of this database nor one of `kept`.

        Raises `UsageError`; see `dedup.store.database.target.place`.
        """
        own = [] if self.path is None else all_of(self.path)
        return place(target, [*own, *kept])

    def backup(self, target: Path, kept: Iterable[Path] = ()) -> int:
        """Writes a consistent snapshot of a SQLite database to `target`; returns its size in bytes. As `place` does."""
        return backup.snapshot(self.engine, self.path, self.place(target, kept))

    def close(self) -> None:
        """Closes every connection."""
        self.engine.dispose()
