"""What Prometheus may know, as a file that node_exporter's textfile collector reads.

https://github.com/prometheus/docs/blob/main/docs/instrumenting/exposition_formats.md has the format. Counters begin
at zero with the process, which is what Prometheus expects of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dedup import __version__
from dedup.config.special import is_special, opened
from dedup.store.operation.health import Health
from dedup.store.operation.sources import SourceState
from dedup.store.passes.runs import Counts

if TYPE_CHECKING:
    from dedup.tally import PassReport

METRICS: dict[str, tuple[str, str]] = {
    "dedup_build_info": ("gauge", "Always 1; the version of the program is a label."),
    "dedup_heartbeat_timestamp_seconds": ("gauge", "When this file was written."),
    "dedup_healthy": ("gauge", "1 if v_health says ok and no job is in trouble, else 0."),
    "dedup_leader": ("gauge", "1 if this instance writes, 0 if it stands by or has ended."),
    "dedup_pass_interval_seconds": ("gauge", "[service] interval_seconds."),
    "dedup_last_success_timestamp_seconds": ("gauge", "When the last successful pass ended."),
    "dedup_resident_memory_bytes": ("gauge", "Memory that the daemon takes, without the processes that read HTML."),
    "dedup_pending_articles": ("gauge", "Articles in the inbox."),
    "dedup_oldest_pending_seconds": ("gauge", "How long the oldest of them has waited."),
    "dedup_largest_story_articles": ("gauge", "Articles of the largest story among the last 4,096 decisions."),
    "dedup_source_healthy": ("gauge", "1 if the configured source can be read, else 0; its name is a label."),
    "dedup_source_last_taken_timestamp_seconds": ("gauge", "When articles of the configured source were taken last."),
    "dedup_passes_total": ("counter", "Passes of this process by outcome: ok, stopped, failed."),
    "dedup_pass_seconds_total": ("counter", "Seconds that the passes of this process took."),
    "dedup_articles_total": ("counter", "Articles by outcome: accepted, updated, unchanged, rejected."),
    "dedup_stories_total": ("counter", "Stories by event: opened, merged."),
}
"""Every metric: its type and what it says."""
OUTCOMES = ("accepted", "updated", "unchanged", "rejected")


@dataclass(frozen=True, slots=True)
class Observation:
    """What one health check saw; `recorded` is what the passes of this process wrote down, failed ones as well.

    `health` and `largest_story` are None, and `sources`, those that are configured, none where the database did not
    answer.
    """

    at: datetime
    healthy: bool
    leading: bool
    interval_seconds: float
    recorded: Counts
    health: Health | None = None
    largest_story: int | None = None
    sources: Sequence[SourceState] = ()


class Counters:
    """The passes of this process by outcome, and their seconds."""

    def __init__(self) -> None:
        self.passes = dict.fromkeys(("ok", "stopped", "failed"), 0)
        self.seconds = 0.0

    def ended(self, report: PassReport) -> None:
        """A pass ended."""
        self.passes[report.outcome] += 1
        self.seconds += report.seconds

    def failed(self) -> None:
        """A pass failed."""
        self.passes["failed"] += 1


def exposition(seen: Observation, counters: Counters) -> str:
    """Every metric of `METRICS` that has a value, in Prometheus' text format."""
    lines = []
    for name, samples in _samples(seen, counters).items():
        kind, words = METRICS[name]
        lines += [f"# HELP {name} {words}", f"# TYPE {name} {kind}"]
        lines += [f"{name}{labels} {value}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def write(path: Path, text: str) -> None:
    """Replaces the file at once, behind all links, so that the collector never reads half of it. Raises OSError.

    Everybody may read it: it holds no secret, and the collector runs as another user. A pipe or a device is written to
    as it is.
    """
    if is_special(path):
        device = opened(path)
        try:
            os.write(device, text.encode())
        finally:
            os.close(device)
        return
    path = Path(os.path.realpath(path))
    part = path.with_name(f"{path.name}.{os.getpid()}.part")  # the collector reads *.prom alone
    try:
        with part.open("w", encoding="utf-8") as file:
            file.write(text)
            os.fchmod(file.fileno(), 0o644)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _resident_memory() -> int | None:
    """Bytes that this process has in memory, see proc(5); None where there is no /proc."""
    try:
        _, resident, *_ = Path("/proc/self/statm").read_text(encoding="ascii").split()
    except FileNotFoundError:
        return None
    return int(resident) * os.sysconf("SC_PAGE_SIZE")


_Samples = list[tuple[str, float]]


def _samples(seen: Observation, counters: Counters) -> dict[str, _Samples]:
    health = seen.health
    success = None if health is None else health.last_success_at
    values = {
        "dedup_heartbeat_timestamp_seconds": seen.at.timestamp(),
        "dedup_healthy": int(seen.healthy),
        "dedup_leader": int(seen.leading),
        "dedup_pass_interval_seconds": seen.interval_seconds,
        "dedup_last_success_timestamp_seconds": None if success is None else success.timestamp(),
        "dedup_resident_memory_bytes": _resident_memory(),
        "dedup_pending_articles": None if health is None else health.pending,
        "dedup_oldest_pending_seconds": None if health is None else health.oldest_pending_seconds,
        "dedup_largest_story_articles": seen.largest_story,
        "dedup_pass_seconds_total": counters.seconds,
    }
    samples: dict[str, _Samples] = {"dedup_build_info": [(f'{{version="{__version__}"}}', 1)]}
    samples |= {name: [("", value)] for name, value in values.items() if value is not None}
    health_of = {source.name: int(source.error is None) for source in seen.sources}
    taken = {source.name: source.last_taken_at.timestamp() for source in seen.sources if source.last_taken_at}
    if health_of:
        samples["dedup_source_healthy"] = list(_labelled("source", health_of))
    if taken:
        samples["dedup_source_last_taken_timestamp_seconds"] = list(_labelled("source", taken))
    samples["dedup_passes_total"] = list(_labelled("outcome", counters.passes))
    articles = {outcome: getattr(seen.recorded, outcome) for outcome in OUTCOMES}
    stories = {"opened": seen.recorded.new_stories, "merged": seen.recorded.merged_stories}
    samples["dedup_articles_total"] = list(_labelled("outcome", articles))
    samples["dedup_stories_total"] = list(_labelled("event", stories))
    return samples


def _labelled(label: str, values: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    return ((f'{{{label}="{key}"}}', value) for key, value in values.items())
