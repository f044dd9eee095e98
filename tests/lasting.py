"""Processes that read pages of HTML and outlive the program of one test: starting one takes as long as fifty pages.

What a page says depends on its markup alone, so which process reads it is nothing that a test of passes is about.
"""

from __future__ import annotations

import pytest

from dedup.preparation import page_workers
from dedup.preparation.page_workers import PageWorkers

_MOST = 8
_end = page_workers._end


class LastingWorkers:
    """Idle workers between two tests."""

    def __init__(self) -> None:
        self._parked: list[page_workers._Worker] = []

    def give(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Until `monkeypatch` is undone, passes take their workers from here, and leave them here when they end."""

        def begin(most: int, seconds: float) -> PageWorkers:
            made = PageWorkers(most, seconds)
            while self._parked and len(made._workers) < made._most:
                made._workers.append(self._parked.pop())
            return made

        monkeypatch.setattr("dedup.pipeline.PageWorkers", begin)
        monkeypatch.setattr(page_workers, "_end", self._keep)

    def close(self) -> None:
        """Ends all of them."""
        _end(self._parked)

    def _keep(self, workers: list[page_workers._Worker]) -> None:
        idle = [one for one in workers if one.until == page_workers._IDLE and one.process.poll() is None]
        kept = idle[: max(0, _MOST - len(self._parked))]
        self._parked += kept
        for one in kept:
            workers.remove(one)
        _end(workers)
