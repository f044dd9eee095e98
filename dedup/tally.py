"""What a pass did: its numbers, counted while it runs and reported when it ends, and what became of stories."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import structlog

from dedup.sources.collector import Collected
from dedup.store.passes.changes import Changes
from dedup.store.passes.runs import Counts

log = structlog.get_logger()

NO_RUN = 0
"""The number of no run: of a pass between two."""
STAGES = ("collect", "load", "take", "text", "sketch", "decide", "write")


def tell_stories(made: Changes) -> None:
    """Logs which stories became one, and which two, once that is written."""
    for row in made.history:
        old, other = row.story_id, row.other_story_id
        if other is not None and row.event == "merged":
            log.info("story.merged", story_id=old, merged_story_id=other)
        elif other is not None and row.event == "split":
            log.info("story.split", story_id=old, new_story_id=other, articles=made.divided[old, other])


@dataclass(frozen=True, slots=True, kw_only=True)
class PassReport(Counts):
    """What a pass did: the numbers of its row in ``v_runs``, what still waits, and the seconds of each stage.

    `outcome` is ``ok`` when the inbox was empty at the end, ``stopped`` when the pass was asked to end earlier.
    """

    run_id: int
    started_at: datetime
    finished_at: datetime
    outcome: str
    pending: int
    seconds: float
    stages: dict[str, float]
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)


class Stopwatch:
    """Adds up the `seconds` of the blocks that it is the context of, one at a time."""

    __slots__ = ("_start", "seconds")

    def __init__(self) -> None:
        self.seconds = 0.0

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self._start


@dataclass(slots=True)
class Tally:
    """The numbers of a pass while it runs; `stages` have the time of each, `touched` are the stories that grew.

    It began at the moment `started_at`, in UTC, and at `start` by the clock of `time.perf_counter`.
    """

    run_id: int
    started_at: datetime
    start: float = field(default_factory=time.perf_counter)
    counts: Counts = field(default_factory=Counts)
    stages: dict[str, Stopwatch] = field(default_factory=lambda: {name: Stopwatch() for name in STAGES})
    gave: dict[str, Collected] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.perf_counter() - self.start

    def begin_anew(self, run_id: int, at: datetime) -> None:
        """Goes on as another run, which begins `at` that moment."""
        self.run_id, self.started_at, self.start = run_id, at, time.perf_counter()

    @property
    def sources(self) -> dict[str, dict[str, Any]]:
        """What each configured source gave, by name."""
        return {name: asdict(collected) for name, collected in self.gave.items()}

    def report(self, outcome: str, finished_at: datetime, seconds: float, pending: int) -> PassReport:
        """What there is to tell at the end."""
        return PassReport(
            run_id=self.run_id,
            started_at=self.started_at,
            finished_at=finished_at,
            outcome=outcome,
            **asdict(self.counts),
            pending=pending,
            seconds=round(seconds, 3),
            stages={name: round(spent.seconds, 4) for name, spent in self.stages.items()},
            sources=self.sources,
        )
