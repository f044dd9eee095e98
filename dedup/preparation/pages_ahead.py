"""HTML pages read ahead while the articles before them are still decided and written.

The result for a page depends on its markup alone. So a thread hands the pages of the next batch to the workers early,
and a result is looked up by its markup when it is needed: whether it was read ahead, or the row has changed since, only
makes a difference in time. Results that nobody asks for are dropped.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence

from dedup.preparation.page_workers import Abandoned, Answer, PageWorkers
from dedup.text.markup.html import encoded

_BEAT_SECONDS = 1.0
_SWITCH_SECONDS = 0.0005
"""How long the thread that hands out pages may wait for the one that decides. With Python's own five milliseconds, at
each of its steps, a worker waits for its next page for as long as it reads one."""


class PagesAhead:
    """Answers of `workers`, which nobody else uses. One thread at a time; what it begins runs beside it.

    Pages are given as they are or as `dedup.text.markup.html.encoded`, and are known by that.
    """

    def __init__(self, workers: PageWorkers) -> None:
        sys.setswitchinterval(_SWITCH_SECONDS)
        self._workers = workers
        self._held: dict[bytes, Answer] = {}
        self._begun: _Reading | None = None

    def settle(self, pages: Sequence[str | bytes], beat: Callable[[], None] = lambda: None) -> None:
        """Reads `pages` unless they were read already, and forgets all others. Raises as `read`."""
        asked = [encoded(page) for page in pages]
        found = self._held | self._finish(beat)
        self._held = {page: found[page] for page in asked if page in found}
        self.read(asked, beat)

    def read(self, pages: Sequence[str | bytes], beat: Callable[[], None] = lambda: None) -> list[Answer]:
        """What `PageWorkers.read` gives, sooner where the pages were read ahead.

        Raises `WorkersAway`, also for what was begun before.
        """
        asked = [encoded(page) for page in pages]
        if any(page not in self._held for page in asked):
            self._held |= self._finish(beat)
            missing = [page for page in dict.fromkeys(asked) if page not in self._held]
            self._held |= zip(missing, self._workers.read(missing, beat), strict=True)
        return [self._held[page] for page in asked]

    def begin(self, pages: Sequence[str | bytes]) -> None:
        """Begins to read `pages` and returns. What was begun before must have been settled."""
        missing = [page for page in dict.fromkeys(map(encoded, pages)) if page not in self._held]
        if missing and self._begun is None:
            self._begun = _Reading(self._workers, missing)

    def rest(self) -> None:
        """Lets go of what nobody asked for, and ends the workers if there was no page since the last call."""
        self.abandon()
        self._workers.rest()

    def abandon(self) -> None:
        """Lets go of all pages. When what was begun has not ended, its workers end with it."""
        begun, self._begun, self._held = self._begun, None, {}
        if begun is not None:
            begun.abandon()

    def close(self) -> None:
        """Ends all workers."""
        self.abandon()
        self._workers.close()

    def _finish(self, beat: Callable[[], None]) -> dict[bytes, Answer]:
        if self._begun is None:
            return {}
        found = self._begun.answers(beat)
        self._begun = None
        return found


class _Reading(threading.Thread):
    """Pages that are being read; begins at once."""

    def __init__(self, workers: PageWorkers, pages: Sequence[bytes]) -> None:
        super().__init__(name="pages-ahead", daemon=True)
        self._workers, self._pages = workers, pages
        self._abandoned = threading.Event()
        self._answers: list[Answer] = []
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self._answers = self._workers.read(self._pages, abandoned=self._abandoned)
        except BaseException as error:  # noqa: BLE001 - raised where the answers are asked for
            self._error = error

    def answers(self, beat: Callable[[], None]) -> dict[bytes, Answer]:
        """Waits for the answers, by page; calls `beat` every second. Raises what the reading raised."""
        while self.is_alive():
            self.join(_BEAT_SECONDS)
            if self.is_alive():
                beat()
        if self._error is not None:
            raise self._error
        return dict(zip(self._pages, self._answers, strict=True))

    def abandon(self) -> None:
        """Ends the reading and waits for that, a second at most. What it raised otherwise nobody waits for."""
        self._abandoned.set()
        self.join()
        if self._error is not None and not isinstance(self._error, (Abandoned, Exception)):
            raise self._error
