"""How the service is: well, or degraded for a cause, since when, and when to try again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

FIRST_DELAY = 1.0
LONGEST_DELAY = 60.0


def delay(failures: int) -> float:
    """Seconds to wait after the `failures`-th failure in a row, 1 or more: 1, 2, 4, ... up to `LONGEST_DELAY`.

    There is no random part: one writer works on a database, so retries cannot crowd it.
    """
    return min(FIRST_DELAY * 2.0 ** min(failures - 1, 16), LONGEST_DELAY)


@dataclass(slots=True)
class Condition:
    """The troubles of the jobs, one cause a job; the service is degraded while there is any."""

    since: datetime | None = None
    troubles: dict[str, str] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)

    @property
    def degraded(self) -> bool:
        """Whether any job is in trouble."""
        return bool(self.troubles)

    @property
    def cause(self) -> str:
        """The causes of all jobs in trouble, as one text; empty when there is none."""
        return "; ".join(dict.fromkeys(self.troubles.values()))

    def failed(self, job: str, cause: str, now: datetime) -> bool:
        """`job` failed for `cause`. True when that made a service that was well degraded."""
        fresh = not self.troubles
        if fresh:
            self.since = now
        self.troubles[job] = cause
        self.failures[job] = self.failures.get(job, 0) + 1
        return fresh

    def succeeded(self, job: str) -> bool:
        """`job` went well. True when that ended the last trouble of a degraded service."""
        self.failures.pop(job, None)
        return self.troubles.pop(job, None) is not None and not self.troubles

    def delay(self, job: str) -> float:
        """Seconds until `job`, which has failed, is to be tried again."""
        return delay(self.failures[job])

    def retry_at(self, job: str, now: datetime) -> datetime:
        """When to try `job` again, which has failed."""
        return now + timedelta(seconds=self.delay(job))
