"""No line of the log, no STATUS and no view contradicts the rows, whatever comes in and whatever fails."""

from __future__ import annotations

import random
import re
import socket
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog

from dedup import logs
from dedup.cluster.constraints import CANNOT, MUST
from dedup.config import Config
from dedup.intake.article import WITHDRAWN, Article
from dedup.intake.dates import parse_date
from dedup.pipeline import Pipeline
from dedup.service.jobs import Jobs, Surroundings
from dedup.service.metrics import OUTCOMES
from dedup.service.notify import Notifier
from dedup.service.report import clock
from dedup.store import Store
from dedup.store.invariants.check import check
from dedup.store.passes import inbox, rules
from dedup.store.passes.rules import End
from dedup.store.plans import applications

from ..pipeline.test_faults import failing, lose_the_database
from ..pipeline.test_versions import FLOOD, FLOOD_OTHER_WORDS, STRIKE, article

SERVICE = replace(Config().service, batch_size=3)
URIS = [f"a{number}" for number in range(12)]
SEED = 2
BODIES = [FLOOD, FLOOD_OTHER_WORDS, STRIKE, f"{STRIKE} Two more towns joined.", "too short", ""]
SENTENCE = re.compile(r"idle: last pass (\S+) took ([\d.]+) s: (\d+) articles?, (\d+) new stor(?:y|ies); (\d+) waiting")


class Watched:
    """The jobs of a daemon over a real database, and everything that they tell."""

    def __init__(self, store: Store, manager: socket.socket, lines: list[dict[str, Any]], folder: Path) -> None:
        self.store, self.lines = store, lines
        self.metrics = folder / "dedup.prom"
        self._manager = manager
        self._now = datetime(2026, 3, 9, 12, tzinfo=UTC)
        config = replace(Config(), service=replace(SERVICE, metrics_file=str(self.metrics)))
        lock = store.writer_lock()
        lock.acquire()
        self.config, self.pipeline = config, Pipeline(store, config, lock, clock=self.now)
        notifier = Notifier(manager.getsockname())
        around = Surroundings(store, lock, self.pipeline, notifier, self.now, threading.Event(), lambda: None)
        self.jobs = Jobs(around, config)
        self.status = ""

    def now(self) -> datetime:
        self._now += timedelta(seconds=0.25)
        return self._now

    def rows(self, query: str) -> Sequence[sa.RowMapping]:
        with self.store.reading() as connection:
            return connection.execute(sa.text(query)).mappings().all()

    def number(self, query: str) -> int:
        with self.store.reading() as connection:
            return connection.scalar(sa.text(query)) or 0

    def told(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == event]

    def hear(self) -> None:
        """Reads what the service manager was told."""
        try:
            while True:
                for line in self._manager.recv(4096, socket.MSG_DONTWAIT).decode().split("\n"):
                    self.status = line.removeprefix("STATUS=") if line.startswith("STATUS=") else self.status
        except BlockingIOError:
            return


@pytest.fixture
def watched(store: Store, tmp_path: Path) -> Iterator[Watched]:
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager,
        structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines,
    ):
        manager.bind(str(tmp_path / "notify"))
        yield Watched(store, manager, lines, tmp_path)
        logs.leave_run()


def deliver(watched: Watched, draw: random.Random) -> None:
    """Some articles, good and bad, and perhaps a rule."""
    items = []
    for _ in range(draw.randrange(8)):
        uri = draw.choice(URIS)
        gone = Article(uri, "", "wire", content_type=WITHDRAWN)
        items.append(gone if draw.random() < 0.15 else article(uri, draw.choice(BODIES), hours=draw.randrange(9)))
    with watched.store.writing() as connection:
        inbox.put(connection, items)
        if draw.random() < 0.2:
            connection.execute(sa.text("INSERT INTO inbox (uri, body) VALUES (' ', 'text without a uri')"))
        if draw.random() < 0.3:
            one, other = draw.sample(URIS, 2)
            rules.insert(connection, draw.choice((MUST, CANNOT)), End(one), End(other), None)


def test_what_is_told_is_what_the_rows_say(watched: Watched) -> None:
    draw = random.Random(SEED)
    failed = 0
    for _ in range(12):
        deliver(watched, draw)
        number = draw.randrange(1, 60) if draw.random() < 0.4 else 0
        with failing(watched.store, number, lose_the_database):
            again = watched.jobs.cluster()
        failed += again is not None
        told_of_passes(watched)
        told_of_the_last_pass(watched, well=again is None)
    assert failed and watched.jobs.cluster() is None
    watched.jobs.check()
    told_of_passes(watched)
    told_of_the_last_pass(watched, well=True)
    told_of_health(watched)
    for event in ("pass.failed", "article.rejected", "story.merged", "rule.settled", "service.recovered"):
        assert watched.told(event), f"nothing was told of {event}; another seed"
    with watched.store.reading() as connection:
        assert check(connection, full=True) == []


def test_what_is_told_of_an_application_is_what_the_rows_say(watched: Watched) -> None:
    """It is a run of its own, done in the pass that comes after it."""
    for config in (apart(watched.config), watched.config):
        with watched.store.writing() as connection:
            inbox.put(connection, [article(uri, body) for uri, body in zip(URIS, BODIES[:4], strict=False)])
        assert watched.jobs.cluster() is None
        watched.pipeline.reconfigure(config)
        with watched.store.writing() as connection:
            applications.ask(connection, config.digest(), datetime(1990, 1, 1, tzinfo=UTC), None, watched.now())
            inbox.put(connection, [article(URIS[-1], BODIES[0] if config == watched.config else BODIES[2])])
        assert watched.jobs.cluster() is None
        watched.jobs.check()
        told_of_passes(watched)
        told_of_the_last_pass(watched, well=True)
        told_of_health(watched)
    for event in ("config.applied", "story.split", "story.merged"):
        assert watched.told(event), f"nothing was told of {event}"


def apart(config: Config) -> Config:
    return replace(config, stories=replace(config.stories, enabled=False))


def told_of_passes(watched: Watched) -> None:
    """Every line about a pass, an article or a story against the rows, and their numbers against one another."""
    runs = {row["run_id"]: row for row in watched.rows("SELECT * FROM v_runs")}
    finished = {line["run_id"]: line for line in watched.told("pass.finished")}
    applied = {line["run_id"] for line in watched.told("config.applied")}
    ended = {run_id for run_id, row in runs.items() if row["outcome"] in ("ok", "stopped")}
    assert (set(finished), set(finished) & applied) == (ended - applied, set())
    for run_id, line in finished.items():
        row = dict(runs[run_id])
        for name in ("started_at", "finished_at"):
            assert abs(parse_date(row.pop(name)) - parse_date(line[name])) < timedelta(seconds=1)
        assert (row.pop("sources") or {}) == line["sources"]
        assert row == {name: line[name] for name in row}
    failures = Counter(line["error"] for line in watched.told("pass.failed"))
    errors = [row["error"] for row in runs.values() if row["outcome"] == "failed"]
    # What may pass is told by what it says, a fault of dedup's own by its kind as well.
    assert Counter(error if error in failures else error.partition(": ")[2] for error in errors) <= failures
    for event, column in (("article.rejected", "rejected"), ("story.merged", "merged_stories")):
        lines = Counter(line["run_id"] for line in watched.told(event))
        assert lines == Counter({run_id: row[column] for run_id, row in runs.items() if row[column]})
    refused = [(line["source"], line["uri"], line["reason"]) for line in watched.told("article.rejected")]
    rejections = watched.rows("SELECT source, uri, reason FROM v_rejections ORDER BY rejection_id")
    assert refused == [tuple(row.values()) for row in rejections]
    summed = {name: sum(row[name] for row in runs.values()) for name in ("accepted", "merged_stories", "new_stories")}
    event = "SELECT COUNT(*) FROM v_story_history WHERE event = "
    assert summed == {
        "accepted": watched.number("SELECT COUNT(*) FROM articles"),
        "merged_stories": watched.number(f"{event}'merged'"),
        "new_stories": watched.number(f"{event}'opened'"),
    }
    opened = "SELECT h.story_id FROM v_story_history h WHERE h.event = 'opened'"
    there = f"SELECT COUNT(*) FROM stories s WHERE s.story_id IN ({opened})"
    assert summed["new_stories"] - summed["merged_stories"] == watched.number(there)
    assert watched.number(f"SELECT COUNT(*) FROM v_stories s WHERE s.story_id NOT IN ({opened})") == 0
    settled = {line["rule_id"]: line["state"] for line in watched.told("rule.settled")}
    states = {row["rule_id"]: row["state"] for row in watched.rows("SELECT rule_id, state FROM v_rules")}
    assert settled == {rule_id: state for rule_id, state in states.items() if state != "new"}


def told_of_the_last_pass(watched: Watched, *, well: bool) -> None:
    """STATUS against the last pass; degraded exactly as long as passes fail, and one line for its begin and its end."""
    watched.hear()
    turns = [line["event"] for line in watched.lines if line["event"] in ("service.degraded", "service.recovered")]
    pairs = ["service.degraded", "service.recovered"] * len(turns)
    assert turns == pairs[: len(turns)]
    assert len(turns) % 2 == (not well)
    if not well:
        cause = watched.told("pass.failed")[-1]["error"].replace("\n", " ")
        assert watched.status.startswith(f"degraded: {cause}, since ")
        return
    (last,) = watched.rows("SELECT * FROM v_runs ORDER BY run_id DESC LIMIT 1")
    told = SENTENCE.fullmatch(watched.status)
    assert told, watched.status
    assert told[1] == clock(parse_date(last["finished_at"]))
    assert float(told[2]) == pytest.approx(last["seconds"], abs=0.051)
    waiting = watched.number("SELECT COUNT(*) FROM inbox")
    assert (int(told[3]), int(told[4]), int(told[5])) == (last["taken"], last["new_stories"], waiting)


def told_of_health(watched: Watched) -> None:
    """The views of health and of instances, and the metrics, against the rows."""
    (health,) = watched.rows("SELECT * FROM v_health")
    (instance,) = watched.rows("SELECT * FROM v_instances")
    assert health["pending"] == watched.number("SELECT COUNT(*) FROM inbox") == 0
    assert instance["status"] == watched.status
    written = dict(re.findall(r"^(dedup_\S+) (\S+)$", watched.metrics.read_text(encoding="utf-8"), re.MULTILINE))
    assert written["dedup_healthy"] == "1"
    applied = len(watched.told("config.applied"))
    for outcome, others in (("ok", applied), ("failed", 0)):
        runs = watched.number(f"SELECT COUNT(*) FROM v_runs WHERE outcome = '{outcome}'")
        assert int(written[f'dedup_passes_total{{outcome="{outcome}"}}']) >= runs - others
    counted = {f'dedup_articles_total{{outcome="{name}"}}': name for name in OUTCOMES} | {
        'dedup_stories_total{event="opened"}': "new_stories", 'dedup_stories_total{event="merged"}': "merged_stories",
    }  # fmt: skip
    for metric, column in counted.items():
        assert int(written[metric]) == watched.number(f"SELECT SUM({column}) FROM v_runs"), metric
