from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dedup.service.metrics import METRICS, Counters, Observation, exposition, write
from dedup.store.operation.health import Health
from dedup.store.operation.sources import SourceState
from dedup.store.passes.runs import Counts

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOURCES = [
    SourceState("wire", "spool", "", active=True, last_taken_at=NOON),
    SourceState("reader", "miniflux", "", active=True, failing_since=NOON, error="away"),
]
HEALTH = Health(True, (), NOON, 3, 7, "0001", 1)
SAMPLE = re.compile(r'([a-z_]+)(\{[a-z]+="[^"]*"\})? (-?[0-9.e+]+)')


COUNTS = Counts(12, 5, 1, 2, 4, 3, 1)


@dataclass
class Report:
    outcome: str = "ok"
    seconds: float = 0.5


def values(text: str) -> dict[str, float]:
    """The samples of a file in the text format; every line that is none must be a comment that it allows."""
    found = {}
    for line in text.removesuffix("\n").split("\n"):
        if re.fullmatch(r"# (HELP [a-z_]+ .+|TYPE [a-z_]+ (gauge|counter))", line):
            continue
        match = SAMPLE.fullmatch(line)
        assert match, line
        found[match[1] + (match[2] or "")] = float(match[3])
    return found


def test_everything_that_was_seen_is_there() -> None:
    counters = Counters()
    for _ in range(2):
        counters.ended(Report())
    counters.failed()
    text = exposition(Observation(NOON, True, True, 60, COUNTS, HEALTH, 41, SOURCES), counters)
    found = values(text)
    assert found["dedup_healthy"] == found["dedup_leader"] == 1
    assert found["dedup_heartbeat_timestamp_seconds"] == found["dedup_last_success_timestamp_seconds"]
    assert found["dedup_last_success_timestamp_seconds"] == NOON.timestamp()
    assert (found["dedup_pending_articles"], found["dedup_oldest_pending_seconds"]) == (3, 7)
    assert found["dedup_largest_story_articles"] == 41
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    held = 1024 * int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0])
    assert held / 2 < found["dedup_resident_memory_bytes"] < 2 * held
    assert found['dedup_passes_total{outcome="ok"}'] == 2
    assert found['dedup_passes_total{outcome="failed"}'] == 1
    assert found['dedup_articles_total{outcome="rejected"}'] == 4
    assert found['dedup_stories_total{event="opened"}'] == 3
    assert found["dedup_pass_seconds_total"] == 1.0
    assert [found[f'dedup_source_healthy{{source="{name}"}}'] for name in ("wire", "reader")] == [1, 0]
    assert found['dedup_source_last_taken_timestamp_seconds{source="wire"}'] == NOON.timestamp()
    assert 'dedup_source_last_taken_timestamp_seconds{source="reader"}' not in found
    assert {name.partition("{")[0] for name in found} == set(METRICS)
    assert set(re.findall(r"# TYPE (\S+)", text)) == set(re.findall(r"# HELP (\S+)", text)) == set(METRICS)


def test_without_the_database_nothing_is_said_of_it() -> None:
    found = values(exposition(Observation(NOON, False, False, 60, COUNTS), Counters()))
    assert found["dedup_healthy"] == found["dedup_leader"] == 0
    assert "dedup_pending_articles" not in found
    assert "dedup_last_success_timestamp_seconds" not in found


def test_the_file_is_whole_and_everybody_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "dedup.prom"
    usual = os.umask(0o077)
    try:
        write(path, "dedup_healthy 1\n")
        write(path, "dedup_healthy 0\n")
    finally:
        os.umask(usual)
    assert path.read_text(encoding="utf-8") == "dedup_healthy 0\n"
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(OSError, match="No such file"):
        write(tmp_path / "gone" / "dedup.prom", "")


def test_a_file_that_cannot_be_replaced_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "dedup.prom"
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        write(path, "dedup_healthy 1\n")
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "collector").mkdir()
    link = tmp_path / "dedup.prom"
    link.symlink_to("collector/dedup.prom")
    for told in ("dedup_healthy 1\n", "dedup_healthy 0\n"):
        write(link, told)
        assert (tmp_path / "collector" / "dedup.prom").read_text(encoding="utf-8") == told
    assert link.is_symlink()


def test_a_pipe_is_written_to_and_stays_and_nobody_waits_for_its_reader(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="No such device"):
        write(pipe, "dedup_healthy 0\n")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write(pipe, "dedup_healthy 1\n")
        assert os.read(reader, 100) == b"dedup_healthy 1\n"
        assert os.read(reader, 100) == b"", "nobody holds it open"
        with pytest.raises(BlockingIOError):
            for _ in range(2):
                write(pipe, "x" * 2**20)
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


def rules() -> list[str]:
    """The expressions of the shipped alerts."""
    alerts = (ROOT / "config" / "dedup-alerts.yml").read_text(encoding="utf-8")
    found = re.findall(r"expr: (.*?)\n        (?:for|labels):", alerts, re.DOTALL)
    assert len(found) == alerts.count("- alert:") >= 6
    return found


@pytest.mark.parametrize("rule", rules())
def test_every_alert_asks_for_what_is_written(rule: str) -> None:
    counters = Counters()
    counters.ended(Report())
    written = values(exposition(Observation(NOON, True, True, 60, COUNTS, HEALTH, 41, SOURCES), counters))
    labels = {label for sample in written for label in re.findall(r'[a-z]+="[^"]*"', sample)}
    matchers = re.findall(r"\{(.*?)\}", rule)
    assert {label for matcher in matchers for label in matcher.split(",")} <= labels
    asked = re.findall(r"dedup_[a-z_]+(?:\{.*?\})?", rule)
    assert asked
    for sample in asked:
        assert any(name == sample or name.startswith(f"{sample}{{") for name in written), sample
    # What is left is PromQL's own: operators, functions, and labels that Prometheus gives each target.
    words = set(re.findall(r"\b[a-z_]+\b", re.sub(r"dedup_[a-z_]+|\{.*?\}|\[.*?\]", "", rule)))
    assert words <= {"and", "bool", "by", "instance", "on", "or", "rate", "sum", "time", "unless"}
    for one, other in ("()", "{}", "[]"):
        assert rule.count(one) == rule.count(other)


def test_every_metric_is_documented() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, (kind, words) in METRICS.items():
        assert f"| `{name}` | {kind} | {words} |" in readme
