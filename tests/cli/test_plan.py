"""``dedup plan`` and ``dedup apply``: what is shown, what is done, and what happens while the daemon runs."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import sqlalchemy as sa
from rich.console import Console

from dedup import planning
from dedup.cli.invocation import Invocation
from dedup.cli.plan import Large, Summary, _cases, _shown
from dedup.cluster.overlap import Case
from dedup.config import NORMALISER_VERSION, Config
from dedup.config.loading import load
from dedup.config.sections import DatabaseSettings
from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.store.operation.lock import WriterLock
from dedup.store.plans import applications

from .conftest import EXAMPLES, Dedup

SINCE = ("--since", "2000-01-01")


@pytest.fixture
def stricter(clustered: Path) -> Path:
    """A configuration file that makes four stories of the examples fall apart."""
    file = clustered.with_name("dedup.toml")
    file.write_text("[stories]\nthreshold = 0.7\n")
    return file


def test_a_plan_shows_what_would_change_and_changes_nothing(dedup: Dedup, stricter: Path) -> None:
    before = dedup("stories", "--json", "--all").document
    told = dedup("plan", *SINCE)
    assert told.code == 0
    assert "stories.threshold: 0.3 in force (configuration 1), 0.7" in told.out
    assert re.search(r"split +1 +10 \(3\) +10 \(2\), new \(1\) +Tug crew strike", told.out)
    document = dedup("plan", *SINCE, "--json").document
    assert (document["new_stories"], document["merged_stories"], document["moved_articles"]) == (4, 0, 4)
    assert document["stories_after"] == document["stories_before"] + 4
    assert document["settings"] == {"stories.threshold": [0.3, 0.7]}
    assert [one["case"]["kind"] for one in document["largest"]] == ["split"] * 4
    assert f"apply --since 2000-01-01T00:00:00Z --plan {document['plan']}" in told.out
    assert dedup("stories", "--json", "--all").document == before


@pytest.fixture(params=[signal.SIGTERM, signal.SIGHUP])
def number(request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
    """A signal that is not ignored, as SIGHUP is by what nohup starts."""
    former = signal.signal(request.param, signal.SIG_DFL)
    yield request.param
    signal.signal(request.param, former)


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_signal_leaves_no_scratch_database(
    dedup: Dedup, clustered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, number: signal.Signals
) -> None:
    """Of many articles it is some 5 kB each."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))

    def end(*_: object) -> None:
        assert [path.name for path in scratch.glob("*/*.db")] == ["scratch.db"]
        assert signal.getsignal(number) is not signal.SIG_DFL
        os.kill(os.getpid(), number)

    monkeypatch.setattr(planning, "compare", end)
    with pytest.raises(SystemExit) as ended:
        dedup(command, *SINCE)
    assert ended.value.code == 128 + number
    assert list(scratch.iterdir()) == []
    assert signal.getsignal(number) is signal.SIG_DFL


def test_settings_in_force_change_nothing(dedup: Dedup, clustered: Path) -> None:
    told = dedup("plan")
    assert "The settings are those in force (configuration 1)." in told.out
    assert "Nothing would change." in told.out


def test_a_plan_says_how_many_of_its_articles_count_by_when_they_came(dedup: Dedup, clustered: Path) -> None:
    assert "; 7 of them undated, taken by when they came" in dedup("plan", *SINCE).out
    assert dedup("plan", *SINCE, "--json").document["undated_articles"] == 7
    late = dedup("plan", "--since", "2099-01-01").out
    assert "0 articles since 2099-01-01 00:00 decided anew" in late and "undated" not in late


def test_tokens_of_another_version_are_told_of(dedup: Dedup, clustered: Path) -> None:
    with sqlite3.connect(clustered) as connection:
        connection.execute("""UPDATE config_versions SET settings = REPLACE(settings, '"tokens"', '"others"')""")
    connection.close()
    assert f"tokens.version: 1 in force (configuration 1), {NORMALISER_VERSION}" in dedup("plan").out


@pytest.mark.parametrize("command", [("apply", *SINCE), ("link", "2", "4")])
def test_a_command_that_decides_gives_signs_of_life(
    dedup: Dedup, stricter: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """A daemon that was started to stand by ended the session of one that took longer than a lease."""
    signs: list[WriterLock] = []

    def keep(lock: WriterLock) -> None:
        signs.append(lock)

    monkeypatch.setattr(WriterLock, "keep", keep)
    assert dedup(*command).code == 0
    assert len(signs) > 1


def test_apply_does_what_the_plan_showed(dedup: Dedup, stricter: Path, clustered: Path) -> None:
    name = dedup("plan", *SINCE, "--json").document["plan"]
    wrong = dedup("apply", *SINCE, "--plan", "000000000000")
    assert wrong.code == 75
    assert f"the plan is {name} now and no longer 000000000000" in wrong.err
    done = dedup("apply", *SINCE, "--plan", name, "--json")
    assert (done.code, done.document["plan"], done.document["new_stories"]) == (0, name, 4)
    (told,) = [line for line in map(json.loads, done.err.splitlines()) if line["event"] == "config.applied"]
    columns = ("application_id", "config_version", "articles", "merged_stories", "new_stories", "moved_articles")
    with sqlite3.connect(clustered) as connection:
        (noted,) = connection.execute(f"SELECT {', '.join(columns)} FROM v_applications")
    connection.close()
    assert tuple(told[name] for name in columns) == noted and noted[0] == 1
    assert dedup("db", "check", "--full").code == 0
    assert "Nothing would change." in dedup("plan", *SINCE).out
    story = dedup("story", 10).out
    assert "split" in story and "decided anew by configuration 2" in story
    why = dedup("why", 84).out
    assert "It opened a story of its own" in why and "needed 0.30" not in why


def test_while_another_program_writes_it_is_asked_to_apply(dedup: Dedup, stricter: Path, clustered: Path) -> None:
    store = Store.open(DatabaseSettings(url=f"sqlite:///{clustered}"))
    config = Config()
    with store.writer_lock() as lock:
        daemon = Pipeline(store, config, lock)
        asked = dedup("apply", *SINCE)
        assert asked.code == 0
        assert "it was asked to do it at its next pass (application 1)" in asked.out
        assert "systemctl reload dedup" in asked.out
        daemon.run_pass()
        assert state(store) == [("waiting", "the running service has another configuration; to hand it this one: "
                                 "systemctl reload dedup", 0)]  # fmt: skip
        told = dedup("status").out
        assert re.search(r"^apply +number 1, asked for .* UTC, waits: the running service has another conf", told, re.M)
        daemon.reconfigure(config_of(stricter))
        daemon.run_pass()
        assert state(store) == [("done", "", 4)]
        assert "apply " not in dedup("status").out
        assert dedup("apply", *SINCE, "--plan", "000000000000", "--json").document["application_id"] == 2
        daemon.run_pass()
        assert [row[0] for row in state(store)] == ["done", "refused"]
        assert state(store)[1][1].startswith("the plan is ")
        assert re.search(r"^apply +number 2, asked for .* UTC, was refused: the plan is ", dedup("status").out, re.M)
        assert dedup("status", "--json").document["application"]["state"] == "refused"
        assert dedup("apply", *SINCE, "--json").document["application_id"] == 3
        assert dedup("apply", *SINCE, "--json").document["application_id"] == 4
        daemon.run_pass()
        assert [row[0] for row in state(store)] == ["done", "refused", "refused", "done"]
    with store.reading() as connection:
        assert applications.waiting(connection) is None
    store.close()
    assert dedup("db", "check").code == 0


@pytest.mark.parametrize(
    "command",
    [("plan", *SINCE), ("apply", *SINCE), ("eval", "--labels", EXAMPLES / "labels.jsonl", EXAMPLES / "articles")],
)
def test_what_a_killed_command_left_is_removed_by_the_next(
    dedup: Dedup, clustered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str | Path, ...]
) -> None:
    left = tmp_path / "scratch" / "dedup-plan-killed"
    left.mkdir(parents=True)
    (left / "lock").touch()
    (left / "scratch.db").touch()
    monkeypatch.setattr(tempfile, "tempdir", str(left.parent))
    dedup(*command)
    assert list(left.parent.iterdir()) == []


def config_of(file: Path) -> Config:

    return load(file, environment={})


def state(store: Store) -> list[tuple[str, str, int]]:

    with store.reading() as connection:
        query = "SELECT state, detail, new_stories FROM v_applications ORDER BY application_id"
        return [(row.state, row.detail, row.new_stories) for row in connection.execute(sa.text(query))]


def test_a_plan_with_the_same_settings_says_why_something_changes() -> None:
    case = Case("move", {1: 2, 2: 2}, ((1, {1: 2, 2: 1}), (2, {2: 1})), 1)
    summary = Summary(
        plan="0" * 12, since=None, config_version=3, settings={}, seconds=0.1, articles=4, undated_articles=0,
        pinned_groups=0,
        stories_before=2, stories_after=2, merged_stories=0, new_stories=0, moved_articles=1, regrouped_articles=0,
        cases=1, largest=[Large(case, "Flood in Verlingen")],
    )  # fmt: skip
    why = "a plan decides every article by what is known now"
    assert why in told(summary)
    assert why not in told(replace(summary, settings={"stories.threshold": (0.3, 0.4)}))
    assert why not in told(replace(summary, cases=0, largest=[]))
    assert "2 duplicate groups are not decided anew" in told(replace(summary, pinned_groups=2))


def told(summary: Summary) -> str:
    invocation = cast(Invocation, SimpleNamespace(hint=lambda command: (f"dedup {command}", "bold")))
    return " ".join(str(part) for part in _shown(summary, invocation, done=False))


@pytest.mark.parametrize("since", ["", " ", "999999w"])
@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_time_that_is_none_applies_nothing(dedup: Dedup, stricter: Path, command: str, since: str) -> None:
    before = dedup("stories", "--json", "--all").document
    refused = dedup(command, "--since", since)
    assert (refused.code, refused.out) == (64, "")
    assert dedup("stories", "--json", "--all").document == before


def test_large_cases_are_legible_in_a_narrow_window() -> None:
    """No column is lost for one that lists many stories."""
    case = Case(
        "move",
        {1465: 103, 4102: 32, 4104: 30, 4110: 27},
        ((1465, {1465: 89, 4102: 16}), (None, {4102: 16, 4104: 30, 4110: 27}), (4110, {1465: 14}), (4104, {4102: 15})),
        44,
    )
    console = Console(width=80, file=io.StringIO(), force_terminal=False)
    with console.capture() as shown:
        console.print(_cases([Large(case, "Flood in Verlingen")]))
    words = shown.get().split()
    assert {"change", "articles", "headline", "move", str(case.size), "Flood", "(103),", "(27)"} <= set(words)
