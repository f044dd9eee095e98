"""What one pass did, as the canonical log line and as a sentence for ``systemctl status``."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dedup.tally import PassReport


def fields(report: PassReport) -> dict[str, Any]:
    """The fields of a ``pass.finished`` line: the columns of ``v_runs``, ``pending``, and seconds by stage."""
    return asdict(report) | {"error": None}


def sentence(report: PassReport) -> str:
    """For example ``last pass 12:03:04Z took 0.4 s: 12 articles, 2 new stories; 0 waiting``."""
    articles = _count(report.taken, "article", "articles")
    stories = _count(report.new_stories, "new story", "new stories")
    took = f"last pass {clock(report.finished_at)} took {report.seconds:.1f} s"
    return f"{took}: {articles}, {stories}; {report.pending} waiting"


def clock(moment: datetime) -> str:
    """The time of day in UTC, ``HH:MM:SSZ``; `moment` is aware."""
    return moment.astimezone(UTC).strftime("%H:%M:%SZ")


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
