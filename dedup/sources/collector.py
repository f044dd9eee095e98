"""All configured sources, looked at one after another; what goes wrong with one is its own affair."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any, TypeVar

import structlog

from dedup import logs
from dedup.config import Config
from dedup.config.sources import DatabaseSourceSettings, SourceSettings, SpoolSettings
from dedup.config.urls import masked_url
from dedup.errors import ConfigError
from dedup.intake.article import Article
from dedup.intake.given import Given, Unreadable
from dedup.printable import printable
from dedup.sources.batch import Batch, Kept, PartFault, Source, SourceBug, SourceFault
from dedup.sources.profiles import sql_settings
from dedup.sources.spool import SpoolSource
from dedup.sources.sql import SqlSource
from dedup.store import Store
from dedup.store.operation import sources as records
from dedup.store.operation.lock import WriterLock
from dedup.store.passes import inbox
from dedup.store.passes.inbox import Rejected

LONGEST_DELAY = 300.0
"""Most seconds between two looks at a source that failed."""

T = TypeVar("T")

log = structlog.get_logger()


@dataclass(slots=True)
class Collected:
    """What all looks of a pass at a source gave. `read` counts what was looked at; `error` says why no more was."""

    read: int = 0
    taken: int = 0
    rejected: int = 0
    seconds: float = 0.0
    error: str | None = None


class Collector:
    """Brings what is new in the sources into the inbox. The caller holds `lock`; one thread at a time."""

    def __init__(
        self, store: Store, config: Config, lock: WriterLock, clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._store = store
        self._lock = lock
        self._clock = clock
        self._monotonic = monotonic
        self._kept: dict[str, Kept] | None = None
        self.reconfigure(config)

    def reconfigure(self, config: Config) -> None:
        """Takes new settings for the next look."""
        self._config = config
        self._sources: dict[str, Source] = {}
        self.drop()
        self._failures: dict[str, int] = {}
        self._due: dict[str, float] = {}

    def drop(self) -> None:
        """Forgets how far each source was read: another may have written that. The next look asks the database."""
        self._kept = None
        self._sources.clear()

    def collect(
        self, gave: dict[str, Collected], stop: threading.Event, beat: Callable[[], None] = lambda: None
    ) -> bool:
        """Looks at every source that is due, adds to `gave` what came of it, and says whether there is more to read.

        Calls `beat` after each batch and source. Raises `DatabaseAway` and `LockLost`, for dedup's own database alone.
        """
        try:
            self._adopt()
            more = False
            for name, settings in self._config.sources.items():
                if not stop.is_set() and self._monotonic() >= self._due.get(name, 0.0):
                    more |= self._look(settings, gave.setdefault(name, Collected()), stop, beat)
                    beat()  # several that do not answer must not look like a hang
            return more
        except BaseException:
            self.drop()
            raise

    def _adopt(self) -> None:
        """Takes up the sources of the configuration, where the database or memory does not have them."""
        if self._kept is not None:
            return
        wanted = {name: (settings.kind, _identity(settings)) for name, settings in self._config.sources.items()}
        with self._store.reading() as connection:
            states = records.states(connection)
        if {name: (state.kind, state.identity) for name, state in states.items() if state.active} != wanted:
            with self._store.writing() as connection:
                self._lock.hold(connection)
                records.adopt(connection, wanted)
        with self._store.reading() as connection:
            states = records.states(connection)
            self._kept = {name: Kept(states[name], records.seen(connection, name)) for name in wanted}

    def _look(self, settings: SourceSettings, gave: Collected, stop: threading.Event, beat: Callable[[], None]) -> bool:
        name, start = settings.name, self._monotonic()
        try:
            source = self._sources.get(name) or _guarded(lambda: _source(settings, self._config))
            self._sources[name] = source
            with closing(source.batches(self._known[name], stop, self._clock())) as batches:
                while (batch := _guarded(lambda: next(batches, None))) is not None:
                    gave.read += batch.read
                    if batch.items or batch.rows or batch.cursor:
                        self._write(name, batch, gave)
                    beat()
        except PartFault as fault:
            self._failures.pop(name, None)
            self._failed(name, fault, gave, 0.0 if source.more else settings.interval_seconds)
            return source.more
        except SourceFault as fault:
            self._sources.pop(name, None)  # the next look begins from what the database knows
            failures = self._failures[name] = self._failures.get(name, 0) + 1
            self._failed(name, fault, gave, min(2.0 ** min(failures, 16), LONGEST_DELAY))
            return False
        finally:
            gave.seconds = round(gave.seconds + self._monotonic() - start, 3)
        self._well(name)
        self._due[name] = self._monotonic() + (0.0 if source.more else settings.interval_seconds)
        return source.more

    def _write(self, name: str, batch: Batch, gave: Collected) -> None:
        taken = [item for item in batch.items if isinstance(item, Article)]
        refused = [Rejected(**asdict(item)) for item in batch.items if isinstance(item, Unreadable)]
        now = self._clock()
        with self._store.writing() as connection:
            self._lock.hold(connection)
            refused += inbox.put(connection, taken)
            inbox.reject(connection, refused, now)
            fresh = len(batch.items) - len(refused)
            records.advance(
                connection, name, taken=fresh, rejected=len(refused), at=now, rows=batch.rows, cursor=batch.cursor,
                forget_before=batch.forget_before,
            )  # fmt: skip
        for rejected in refused:
            log.debug("article.rejected", **asdict(rejected))
        gave.taken += fresh
        gave.rejected += len(refused)
        self._known[name] = self._known[name].after(batch)

    def _failed(self, name: str, fault: SourceFault, gave: Collected, wait: float) -> None:
        # In v_health reasons stand beside each other, parted by semicolons.
        error = printable(logs.masked(" ".join(str(fault).split()).replace(";", ",")))
        gave.error = error
        self._due[name] = self._monotonic() + wait
        state = self._known[name].state
        if isinstance(fault, SourceBug):
            log.error("source.failed", source=name, error=error, exc_info=fault.__cause__)
        if state.failing_since is None or state.error == records.CHANGED:
            log.warning("source.degraded", source=name, cause=error, retry_seconds=wait)
        if state.error != error:
            since = state.failing_since or self._clock()
            with self._store.writing() as connection:
                self._lock.hold(connection)
                records.failing(connection, name, since, error)
            self._note(name, failing_since=since, error=error)

    def _well(self, name: str) -> None:
        self._failures.pop(name, None)
        since = self._known[name].state.failing_since
        if since is not None:
            with self._store.writing() as connection:
                self._lock.hold(connection)
                records.recovered(connection, name)
            self._note(name, failing_since=None, error=None)
            log.info("source.recovered", source=name, degraded_since=since)

    def _note(self, name: str, **changes: Any) -> None:
        kept = self._known[name]
        self._known[name] = replace(kept, state=replace(kept.state, **changes))

    @property
    def _known(self) -> dict[str, Kept]:
        assert self._kept is not None
        return self._kept


def settling(config: Config) -> float:
    """Seconds until all files that are in spool folders have settled, unless they change again; 0 where they have."""
    folders = (settings for settings in config.sources.values() if isinstance(settings, SpoolSettings))
    return max((_spool(settings, config).settling() for settings in folders), default=0.0)


def _source(settings: SourceSettings, config: Config) -> Source:
    if isinstance(settings, SpoolSettings):
        return _spool(settings, config)
    assert isinstance(settings, DatabaseSourceSettings)
    return SqlSource(sql_settings(settings), _given(settings, config))


def _spool(settings: SpoolSettings, config: Config) -> SpoolSource:
    return SpoolSource(settings, _given(settings, config))


def _given(settings: SourceSettings, config: Config) -> Given:
    return Given(settings.name, settings.name, config.ingest.max_bytes, config.text.min_words == 0)


def _identity(settings: SourceSettings) -> str:
    """A digest of what is read, without passwords, and not of how it is read."""
    apart = {"interval_seconds", "settle_seconds", "timeout_seconds", "overlap", "name"}
    read = {f.name: getattr(settings, f.name) for f in fields(settings) if f.name not in apart}
    if "url" in read:
        read["url"] = masked_url(read["url"])
    return hashlib.sha256(repr((settings.kind, sorted(read.items()))).encode()).hexdigest()[:32]


def _guarded(ask: Callable[[], T]) -> T:
    """What the source answers. Raises `SourceFault` whatever goes wrong in it."""
    try:
        return ask()
    except SourceFault:
        raise
    except ConfigError as error:
        raise SourceFault(str(error)) from error
    except Exception as error:
        raise SourceBug(f"a bug in dedup: {type(error).__name__}: {error}") from error
