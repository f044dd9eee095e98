"""The present batch: what it changes, and the database as the batch before left it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime

from sqlalchemy.engine import Connection

from dedup.config import Config
from dedup.named import make
from dedup.sketch.scheme import Scheme
from dedup.store import Store
from dedup.store.passes import rows
from dedup.store.passes.changes import Changes, read_counters
from dedup.store.passes.configurations import config_number, scheme_number
from dedup.store.passes.evidence import Evidence

# Articles of which it is kept at hand between batches where their next row of evidence goes.
KEPT_PLACES = 50_000


class Batch:
    """What is decided since `begin`, in `changes`, which are another object in each batch: ask for them each time.

    Its rows name the signature scheme and the settings by `scheme_id` and `config_version`. Evidence is written down
    as `evidence` keeps it.
    """

    def __init__(
        self, store: Store, config: Config, scheme: Scheme, at: datetime, evidence: type[Evidence] = Evidence
    ) -> None:
        self._store = store
        self._evidence = evidence
        # Where the next row of evidence goes, by article and version.
        self._places: dict[tuple[int, int], int] = {}
        self._opened: ExitStack | None = None
        self._reader: Connection | None = None
        settings = json.dumps(config.decisions(), sort_keys=True)
        with store.writing() as connection:
            self.scheme_id = scheme_number(connection, scheme.name)
            self.config_version = config_number(connection, config.digest(), settings, config.service.stale_seconds, at)
            self.changes = Changes(at, read_counters(connection), self._places)

    def begin(self, at: datetime) -> None:
        """Starts the next batch, after the changes of the last one were committed."""
        if len(self._places) > KEPT_PLACES:
            self._places.clear()
        self.changes = Changes(at, self.changes.counters, self._places)

    @contextmanager
    def deciding(self) -> Iterator[None]:
        """While a batch is decided: what is read from the database is read in one transaction, opened when needed."""
        with ExitStack() as opened:
            self._opened = opened
            try:
                yield
            finally:
                self._opened, self._reader = None, None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """The database as the last batch left it."""
        if self._opened is None:
            with self._store.reading() as connection:
                yield connection
            return
        if self._reader is None:
            self._reader = self._opened.enter_context(self._store.reading())
        yield self._reader

    def read_anew(self) -> None:
        """Reads the database again from here on, so that the batch sees what was just signed; nobody may be reading."""
        if self._opened is not None:
            self._opened.close()
            self._reader = None

    def evidence(self, article_id: int, version: int) -> Evidence:
        """Where the evidence is written down for a version of an article that is being decided."""
        return make(self._evidence, (self.changes, article_id, version, self.config_version))

    def more_evidence(self, article_id: int, version: int) -> Evidence:
        """Where more evidence is written down for a version of an article that is there."""
        if (article_id, version) not in self._places:
            with self.reading() as connection:
                self._places[article_id, version] = rows.next_place(connection, article_id, version)
        return self.evidence(article_id, version)
