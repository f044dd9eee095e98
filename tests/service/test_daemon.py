"""The real daemon: how it starts, works, stops, and goes on without log or service manager."""

from __future__ import annotations

import signal
import sqlite3
import sys
from pathlib import Path

import pytest

from .conftest import BODY, LONG, StartDaemon, ask, finished, put
from .gates import gated

# A daemon that gets a signal while it still imports its libraries.
EARLY = """
import os, sys
import dedup.service
from dedup.cli.main import main

class Early:
    def find_spec(self, name, *_):
        if name == "dedup.service.daemon":
            os.kill(os.getpid(), {number})

vars(dedup.service).pop("daemon", None)
sys.modules.pop("dedup.service.daemon", None)
sys.meta_path.insert(0, Early())
sys.exit(main(["run"]))
"""

# A daemon that gets a signal while its interpreter ends: garbage is collected when it has given up its handlers.
LATE = """
import atexit, os, sys

class Late:
    def __init__(self):
        self.itself = self

    def __del__(self):
        os.write(2, b"late")
        os.kill(os.getpid(), {number})

atexit.register(Late)
from dedup.cli.main import main
sys.exit(main(["run"]))
"""


def make_older(folder: Path) -> None:
    """Makes it look as if another version had signed all articles, and many had been decided since."""
    with sqlite3.connect(folder / "dedup.db", timeout=LONG) as connection:
        connection.execute("UPDATE schemes SET name = 'older'")
        connection.execute("UPDATE state SET next_ordinal = 200000")
    connection.close()


def test_an_idle_service_signs_what_has_another_scheme(start_daemon: StartDaemon, folder: Path) -> None:
    daemon = start_daemon()
    put(folder, "a", BODY)
    daemon.event("pass.finished", finished)
    daemon.signal(signal.SIGTERM)
    assert daemon.end() == 0
    make_older(folder)
    daemon = start_daemon()
    first = daemon.event("scheme.resigned")
    assert (first["articles"], first["done"]) == (1, True)
    assert "service.ready" in [line["event"] for line in daemon.lines]
    assert ask(folder, "SELECT name FROM schemes JOIN articles USING (scheme_id)") != [("older",)]
    daemon.signal(signal.SIGTERM)
    assert daemon.end() == 0


def test_an_article_in_the_inbox_is_in_the_views_soon(start_daemon: StartDaemon, folder: Path) -> None:
    daemon = start_daemon(fresh=True)
    assert daemon.note("READY=1") == "READY=1\nSTATUS=ready: the first pass begins"
    daemon.event("service.ready")
    put(folder, "a", BODY)
    line = daemon.event("pass.finished", finished)
    assert (line["taken"], line["accepted"], line["new_stories"], line["pending"]) == (1, 1, 1, 0)
    assert ask(folder, "SELECT uri FROM v_articles") == [("a",)]
    (run,) = ask(folder, f"SELECT outcome, taken, accepted FROM v_runs WHERE run_id = {line['run_id']}")
    assert run == ("ok", 1, 1)
    daemon.note("STATUS=idle: last pass", has=": 1 article, 1 new story; 0 waiting")
    daemon.signal(signal.SIGTERM)
    assert daemon.end() == 0
    assert daemon.note("STOPPING=1").startswith("STOPPING=1\nSTATUS=stopping")
    assert [line["event"] for line in daemon.lines if line["event"].startswith("service.")] == [
        "service.starting",
        "service.ready",
        "service.stopping",
    ]
    assert daemon.errors() == ""


def test_it_loads_before_it_is_ready_and_says_so(start_daemon: StartDaemon) -> None:
    daemon = start_daemon()
    daemon.note("READY=1")
    assert any(note.startswith("STATUS=loading") for note in daemon.notes)
    assert any(note.startswith("EXTEND_TIMEOUT_USEC=") for note in daemon.notes)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_stop_twice_is_one_stop(start_daemon: StartDaemon, number: signal.Signals) -> None:
    daemon = start_daemon()
    daemon.event("service.ready")
    daemon.signal(number)
    daemon.signal(number)
    assert daemon.end() == 0
    assert [line["signal"] for line in daemon.lines if line["event"] == "service.stopping"] == [number.name]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_while_the_interpreter_ends_changes_nothing(start_daemon: StartDaemon, number: signal.Signals) -> None:
    words = [sys.executable, "-c", LATE.format(number=int(number))]
    daemon = start_daemon(f"import os; os.execv({sys.executable!r}, {words!r})")
    daemon.event("service.ready")
    daemon.signal(signal.SIGTERM)
    assert daemon.end() == 0
    assert daemon.errors() == "late"


def test_a_stop_during_a_pass_waits_for_the_batch(start_daemon: StartDaemon, folder: Path) -> None:
    put(folder, "a", BODY)
    daemon = start_daemon(gated("_decide"))
    daemon.event("gate.reached")
    daemon.signal(signal.SIGTERM)
    daemon.note("STOPPING=1")
    daemon.signal(signal.SIGTERM)
    assert daemon.process.poll() is None
    daemon.open_gate()
    assert daemon.end() == 0
    (line,) = [line for line in daemon.lines if line["event"] == "pass.finished"]
    assert (line["outcome"], line["taken"]) == ("stopped", 1)
    assert ask(folder, "SELECT uri FROM v_articles") == [("a",)]


def test_a_stop_while_loading_ends_the_start(start_daemon: StartDaemon, folder: Path) -> None:
    daemon = start_daemon(gated("load"))
    daemon.event("gate.reached")
    daemon.signal(signal.SIGTERM)
    daemon.open_gate()
    assert daemon.end() == 0
    assert "service.ready" not in [line["event"] for line in daemon.lines]
    assert daemon.lines[-1]["event"] == "service.stopping"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_while_libraries_are_imported_ends_the_start(start_daemon: StartDaemon, number: signal.Signals) -> None:
    daemon = start_daemon(EARLY.format(number=int(number)))
    assert daemon.end() == 0
    assert [line["event"] for line in daemon.lines] == ["service.starting", "service.stopping"]


def test_a_reload_while_libraries_are_imported_comes_when_it_is_ready(start_daemon: StartDaemon) -> None:
    daemon = start_daemon(EARLY.format(number=int(signal.SIGHUP)))
    daemon.event("service.ready")
    daemon.event("config.reloaded")


def test_a_batch_that_never_ends_is_abandoned_aloud(start_daemon: StartDaemon, folder: Path) -> None:
    put(folder, "a", BODY)
    daemon = start_daemon(gated("_decide"), DEDUP_SERVICE_STOP_SECONDS="0.2")
    daemon.event("gate.reached")
    daemon.signal(signal.SIGTERM)
    assert daemon.end() == 1
    assert daemon.lines[-1]["event"] == "service.abandoned"
    assert "_decide" in daemon.errors()
    assert ask(folder, "SELECT uri FROM inbox") == [("a",)]
    assert ask(folder, "SELECT uri FROM v_articles") == []


def test_the_watchdog_hears_nothing_from_a_hung_job_and_again_when_it_goes_on(
    start_daemon: StartDaemon, folder: Path
) -> None:
    put(folder, "a", BODY)
    daemon = start_daemon(gated("_decide"), WATCHDOG_USEC="400000", DEDUP_DATABASE_TIMEOUT_SECONDS="0.1")
    daemon.note("WATCHDOG=1")
    daemon.event("service.hung")
    daemon.waiting_notes()
    before = len(daemon.notes)
    for _ in range(2):  # the second time it has also done what it does between two signals
        daemon.signal(signal.SIGHUP)
        daemon.event("config.reloaded")
        daemon.note("READY=1")
    assert "WATCHDOG=1" not in daemon.notes[before:]
    daemon.open_gate()
    daemon.event("pass.finished", finished)
    daemon.note("WATCHDOG=1")
    daemon.signal(signal.SIGTERM)
    assert daemon.end() == 0
    assert [line["event"] for line in daemon.lines].count("service.hung") == 1


def test_a_watchdogs_abort_leaves_the_stack_of_every_thread(start_daemon: StartDaemon, folder: Path) -> None:
    put(folder, "a", BODY)
    daemon = start_daemon(gated("_decide"))
    daemon.event("gate.reached")
    daemon.signal(signal.SIGABRT)
    assert daemon.end() == -signal.SIGABRT
    assert "in live" in daemon.errors()
    assert "in _decide" in daemon.errors()


def test_a_second_daemon_ends_with_75_and_leaves_the_first_alone(start_daemon: StartDaemon, folder: Path) -> None:
    first = start_daemon()
    first.event("service.ready")
    second = start_daemon()
    assert second.end() == 75
    assert second.lines[-1]["event"] == "service.failed"
    assert second.lines[-1]["exit_code"] == 75
    assert "another dedup" in second.errors()
    put(folder, "a", BODY)
    first.event("pass.finished", finished)


def test_a_full_log_does_not_touch_the_pass(start_daemon: StartDaemon, folder: Path) -> None:
    daemon = start_daemon(DEDUP_LOG_FILE="/dev/full")
    daemon.event("service.ready")
    put(folder, "a", BODY)
    daemon.event("pass.finished", finished)
    daemon.signal(signal.SIGTERM)
    assert daemon.end() == 0


@pytest.mark.parametrize("stream", [1, 2], ids=["output", "error"])
def test_a_standard_stream_that_is_gone_does_not_touch_the_pass(
    start_daemon: StartDaemon, folder: Path, stream: int
) -> None:
    log = folder / "status.log"
    words = [sys.executable, "-m", "dedup", "run"]
    closing = f"import os, sys; os.close({stream}); os.execv(sys.executable, {words!r})"
    daemon = start_daemon(closing, DEDUP_LOG_FILE=str(log))
    daemon.note("READY=1")
    put(folder, "a", BODY)
    daemon.note("STATUS=idle: last pass", has=": 1 article, ")
    daemon.signal(signal.SIGTERM)
    assert daemon.end() == 0
    assert "service.stopping" in log.read_text(encoding="utf-8")


def test_without_a_service_manager_it_runs_all_the_same(start_daemon: StartDaemon, folder: Path) -> None:
    daemon = start_daemon(fresh=True, NOTIFY_SOCKET=str(folder / "gone"))
    daemon.event("notify.failed")
    daemon.event("pass.finished")
    daemon.signal(signal.SIGTERM)
    assert daemon.end() == 0
    assert len([line for line in daemon.lines if line["event"] == "notify.failed"]) == 1


def test_a_source_that_is_away_is_told_once_while_the_others_go_on(folder: Path, start_daemon: StartDaemon) -> None:
    (folder / "spool").mkdir()
    with (folder / "dedup.toml").open("a", encoding="utf-8") as config:
        config.write(
            f"[sources.gone]\nkind = 'sql'\nurl = 'sqlite:///{folder}/other.db'\n"
            "query = 'SELECT id, text, changed_at FROM items'\n"
            f"[sources.wire]\nkind = 'spool'\nfolder = '{folder}/spool'\nsettle_seconds = 0\n"
        )
    daemon = start_daemon()
    assert daemon.event("source.degraded")["source"] == "gone"
    text = "Ferry aground off Oban tonight, all on board were rescued by the crew of the lifeboat."
    (folder / "spool" / "a.txt").write_text(text)
    done = daemon.event("pass.finished", lambda line: line["sources"].get("wire", {}).get("taken") == 1)
    assert done["accepted"] == 1
    # Which of the two comes first is a matter of chance.
    told = [line for line in daemon.lines if line["event"] == "service.degraded"]
    assert "source gone: the database" in (told or [daemon.event("service.degraded")])[0]["cause"]
    with sqlite3.connect(folder / "other.new") as other:
        other.execute("CREATE TABLE items (id TEXT, text TEXT, changed_at INTEGER)")
        other.execute("INSERT INTO items VALUES ('1', ?, 1773054000)", (text.replace("Oban", "Mallaig"),))
    other.close()
    (folder / "other.new").rename(folder / "other.db")
    recovered = daemon.event("source.recovered")
    assert recovered["source"] == "gone" and recovered["degraded_since"].endswith("Z")
    daemon.event("service.recovered")
    daemon.signal(signal.SIGTERM)
    assert daemon.end() == 0
    assert [line["event"] for line in daemon.lines].count("source.degraded") == 1
    assert ask(folder, "SELECT source, uri FROM v_articles ORDER BY article_id") == [("wire", "a.txt"), ("gone", "1")]
