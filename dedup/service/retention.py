"""What the daemon forgets, in turns between passes, and only by a clock that passes were recorded by.

A clock that is set years ahead makes everything old at once, and what is forgotten does not come back. So nothing is
while the newest pass of more than an hour ago lies days back: either the service was off for so long, or the clock
jumped. An hour later there are passes by the clock as it is, and it is believed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from dedup.config.sections import RetentionSettings
from dedup.store.operation.lock import Fence
from dedup.store.operation.retention import KINDS, Place

TRUSTED = timedelta(hours=1)
"""How long passes are recorded by a clock before anything is forgotten by it."""
BREAK = timedelta(days=3)
"""How long before that there may have been no pass: a weekend off."""
REST_SECONDS = 1.0
"""Seconds from one turn of what takes several until the next."""

log = structlog.get_logger()


class Archive(Protocol):
    """The part of `dedup.store.Store` that forgets."""

    def last_pass_before(self, moment: datetime) -> datetime | None:
        """When the newest pass began that began before this `moment`; None where none did."""

    def apply_retention(
        self,
        settings: RetentionSettings,
        now: datetime,
        fence: Fence | None,
        goes_on: Callable[[], bool],
        after: Place | None,
    ) -> tuple[dict[str, int], Place | None]:
        """Rows forgotten, by kind, behind the `fence`, as long as it `goes_on`; only those behind `after`.

        Also returns the place to go on behind, None when all is done. Raises `LockLost`.
        """


class Retention:
    """Forgets what is old in an `archive`, as far as the turns got that came before."""

    def __init__(self, archive: Archive, fence: Fence, now: Callable[[], datetime]) -> None:
        self._archive = archive
        self._fence = fence
        self._now = now
        self._removed: Counter[str] = Counter()
        self._forgotten_to: Place | None = None
        self._is_told = False

    def turn(self, settings: RetentionSettings, goes_on: Callable[[], bool]) -> datetime | None:
        """Forgets as long as it `goes_on`; returns when to go on with the rest, None when all is done.

        Raises `DatabaseAway`, `LockLost` and `SchemaError`.
        """
        now = self._now()
        last_pass = self._archive.last_pass_before(now - TRUSTED)
        if last_pass is not None and now - last_pass > TRUSTED + BREAK:
            return self._postpone(now, last_pass)
        self._is_told = False
        removed, self._forgotten_to = self._archive.apply_retention(
            settings, now, self._fence, goes_on, self._forgotten_to
        )
        self._removed.update(removed)
        if self._forgotten_to is not None:
            return self._now() + timedelta(seconds=REST_SECONDS)
        log.info("retention.finished", **{kind: self._removed[kind] for kind in KINDS})
        self._removed.clear()
        return None

    def _postpone(self, now: datetime, last_pass: datetime) -> datetime:
        if not self._is_told:
            meaning = "the service was off, or the clock jumped: nothing is forgotten before an hour of passes by it"
            log.warning("retention.postponed", last_pass=last_pass, meaning=meaning)
        self._is_told = True
        return now + TRUSTED
