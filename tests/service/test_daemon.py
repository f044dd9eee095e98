from __future__ import annotations

import json
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dedup.store import Store

from .conftest import LONG, StartDaemon, ask, put

BODY = "The harbour of Port Alden was closed on Tuesday after a freighter carrying timber ran aground in heavy fog."

GATED = """
import sys
from dedup import logs
from dedup.config.loading import load
from dedup.pipeline import Pipeline
from dedup.service import daemon

class Gated(Pipeline):
    def {method}(self, *arguments):
        {before}
        logs.get("dedup.gate").info("gate.reached")
        sys.stdin.read()
        return super().{method}(*arguments)

daemon.Pipeline = Gated
sys.exit(daemon.run(load))
"""

# A daemon that looks for its configuration where no variable names it: in the folder that it works in.
FOUND = """
import os, sys
from dedup.config.loading import load
from dedup.service import daemon

os.chdir("..")
sys.exit(daemon.run(load))
"""

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


def gated(method: str, before: str = "pass") -> str:
    """A daemon whose pipeline stops in `method` until standard input is closed, which it never is by itself."""
    return GATED.format(method=method, before=before)


def finished(line: dict[str, Any]) -> bool:
    return bool(line["taken"])


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
    assert ask(folder, "SELECT COUNT(*) FROM schemes") == [(1,)]
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
    daemon.signal(signal.SIGHUP)
    daemon.event("config.reloaded")
    daemon.note("READY=1")
    assert "WATCHDOG=1" not in daemon.waiting_notes()
    daemon.open_gate()
    daemon.event("pass.finished", finished)
    daemon.note("WATCHDOG=1")
    daemon.signal(signal.SIGTERM)
    assert daemon.end() == 0


def test_a_watchdogs_abort_leaves_the_stack_of_every_thread(start_daemon: StartDaemon, folder: Path) -> None:
    put(folder, "a", BODY)
    daemon = start_daemon(gated("_decide"))
    daemon.event("gate.reached")
    daemon.signal(signal.SIGABRT)
    assert daemon.end() == -signal.SIGABRT
    assert "in live" in daemon.errors()
    assert "in _decide" in daemon.errors()


def test_a_good_configuration_is_taken(start_daemon: StartDaemon, folder: Path) -> None:
    daemon = start_daemon()
    daemon.event("service.ready")
    daemon.note("READY=1")
    log = folder / "status.log"
    with (folder / "dedup.toml").open("a", encoding="utf-8") as file:
        file.write(f'[log]\nlevel = "debug"\nfile = "{log}"\n')
    daemon.signal(signal.SIGHUP)
    assert daemon.event("config.reloaded")["changed"] == ["log.level", "log.file"]
    assert daemon.note("RELOADING=1").startswith("RELOADING=1\nMONOTONIC_USEC=")
    daemon.note("READY=1")
    first = log.read_text(encoding="utf-8").splitlines()[0]
    assert json.loads(first)["event"] == "config.reloaded"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[service]\ninterval = 3\n", "interval_seconds"),
        ("[[[", "not valid TOML"),
        ("[service]\nstop_seconds = -1\n", "must lie between"),
        ("[database]\ntimeout_seconds = 7\n", "restart"),
        ('[database]\ntimeout_seconds = 1\n[log]\nfile = "/no/such/folder/dedup.log"\n', "cannot be written"),
    ],
)
def test_a_bad_configuration_is_refused_and_the_old_one_works_on(
    start_daemon: StartDaemon, folder: Path, content: str, said: str
) -> None:
    daemon = start_daemon()
    daemon.event("service.ready")
    daemon.note("READY=1")
    (folder / "dedup.toml").write_text(content, encoding="utf-8")
    daemon.signal(signal.SIGHUP)
    assert said in daemon.event("config.rejected")["error"]
    daemon.note("RELOADING=1")
    daemon.note("READY=1")
    put(folder, "a", BODY)
    daemon.event("pass.finished", finished)
    daemon.signal(signal.SIGTERM)
    assert daemon.end() == 0


@pytest.mark.parametrize("instead", ["nothing", "a folder"])
def test_a_configuration_file_that_is_gone_is_said_and_the_old_one_works_on(
    start_daemon: StartDaemon, folder: Path, instead: str
) -> None:
    toml = folder / "dedup.toml"
    with toml.open("a", encoding="utf-8") as file:
        file.write("[text]\nmin_words = 100\n")
    daemon = start_daemon(FOUND, DEDUP_CONFIG="")
    assert daemon.event("service.starting")["config"] == "dedup.toml"
    daemon.event("service.ready")
    daemon.note("READY=1")
    moved = toml.rename(folder / "moved.toml")
    if instead == "a folder":
        toml.mkdir()
    daemon.signal(signal.SIGHUP)
    assert "no longer from dedup.toml" in daemon.event("config.rejected")["error"]
    assert "stays in force" in daemon.note("READY=1")
    put(folder, "a", BODY)
    assert daemon.event("pass.finished", finished)["rejected"] == 1
    if instead == "a folder":
        toml.rmdir()
    moved.rename(toml)
    daemon.signal(signal.SIGHUP)
    assert daemon.event("config.reloaded")["changed"] == []


def test_a_storm_of_reloads_ends_with_the_last_configuration(start_daemon: StartDaemon, folder: Path) -> None:
    daemon = start_daemon()
    daemon.event("service.ready")
    toml = folder / "dedup.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + '[log]\nlevel = "debug"\n', encoding="utf-8")
    for _ in range(200):
        daemon.signal(signal.SIGHUP)
    assert daemon.event("config.reloaded")["changed"] == ["log.level"]
    daemon.signal(signal.SIGTERM)
    assert daemon.end() == 0
    assert len([line for line in daemon.lines if line["event"] == "config.reloaded"]) < 200


def test_new_decision_settings_are_used_by_the_next_pass(start_daemon: StartDaemon, folder: Path) -> None:
    daemon = start_daemon()
    daemon.event("service.ready")
    with (folder / "dedup.toml").open("a", encoding="utf-8") as file:
        file.write("[text]\nmin_words = 100\n")
    daemon.signal(signal.SIGHUP)
    daemon.event("config.reloaded")
    daemon.event("pass.finished")  # it may have begun before
    put(folder, "a", BODY)
    assert daemon.event("pass.finished", finished)["rejected"] == 1


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


def test_an_old_schema_ends_with_78_and_says_what_to_type(start_daemon: StartDaemon, folder: Path) -> None:
    with sqlite3.connect(folder / "old.db") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    connection.close()
    daemon = start_daemon(DEDUP_DATABASE_URL=f"sqlite:///{folder / 'old.db'}")
    assert daemon.end() == 78
    assert "dedup db upgrade" in daemon.errors()
    assert "dedup db upgrade" in daemon.lines[-1]["error"]


def test_a_sqlite_database_that_is_not_there_is_made(start_daemon: StartDaemon, folder: Path) -> None:
    daemon = start_daemon(DEDUP_DATABASE_URL=f"sqlite:///{folder / 'new.db'}")
    made = daemon.event("database.made")
    daemon.event("service.ready")
    daemon.event("pass.finished")
    with closing(sqlite3.connect(folder / "new.db")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(made["schema"],)]
    daemon.signal(signal.SIGTERM)
    assert daemon.end() == 0
    again = start_daemon(DEDUP_DATABASE_URL=f"sqlite:///{folder / 'new.db'}")
    again.event("service.ready")
    assert "database.made" not in [line["event"] for line in again.lines]


def test_a_wrong_key_ends_with_78(start_daemon: StartDaemon, folder: Path) -> None:
    (folder / "dedup.toml").write_text("[service]\nintervall_seconds = 3\n", encoding="utf-8")
    daemon = start_daemon(fresh=True)
    assert daemon.end() == 78
    assert "did you mean 'interval_seconds'" in daemon.errors()
    assert "Traceback" not in daemon.errors()


def test_a_database_that_is_away_ends_the_start_with_75(start_daemon: StartDaemon) -> None:
    daemon = start_daemon(DEDUP_DATABASE_URL="postgresql://news:geheim@127.0.0.1:1/news")
    assert daemon.end() == 75
    assert daemon.lines[-1]["event"] == "service.failed"
    text = json.dumps(daemon.lines) + daemon.errors()
    assert "geheim" not in text
    assert "Traceback" not in text


def test_a_database_locked_for_long_degrades_and_recovers(start_daemon: StartDaemon, folder: Path) -> None:
    daemon = start_daemon(DEDUP_DATABASE_TIMEOUT_SECONDS="0.1", DEDUP_SERVICE_HEALTH_SECONDS="3600")
    daemon.event("pass.finished")
    rival = sqlite3.connect(folder / "dedup.db", timeout=LONG, isolation_level=None)
    try:
        rival.execute("BEGIN IMMEDIATE")
        daemon.event("service.degraded")
        daemon.event("pass.failed")
        daemon.note("STATUS=degraded: ")
        daemon.event("pass.failed")  # the lock could not be numbered anew
        second = start_daemon()
        assert second.end() == 75
        assert f"another dedup (process {daemon.process.pid}) is writing" in second.errors()
        rival.execute("ROLLBACK")
    finally:
        rival.close()
    daemon.event("service.recovered")
    # Counted here: what writes next may itself lock the database for longer than this daemon waits.
    assert len([line for line in daemon.lines if line["event"] == "service.degraded"]) == 1
    put(folder, "a", BODY)
    daemon.event("pass.finished", finished)


def test_a_database_that_was_removed_degrades_and_a_restored_one_is_taken_up(
    start_daemon: StartDaemon, folder: Path
) -> None:
    daemon = start_daemon()
    put(folder, "a", BODY)
    daemon.event("pass.finished", finished)
    with sqlite3.connect(folder / "dedup.db", timeout=LONG) as connection:
        connection.execute("VACUUM INTO ?", (str(folder / "backup.db"),))
    connection.close()
    put(folder, "b", f"{BODY} Two tugs wait outside for the tide.")
    daemon.event("pass.finished", finished)
    for file in sorted(folder.glob("dedup.db*")):  # the lock as well
        file.unlink()
    assert "check that the file and its folder are there" in daemon.event("service.degraded")["cause"]
    assert not (folder / "dedup.db").exists()
    (folder / "backup.db").rename(folder / "dedup.db")
    put(folder, "c", BODY.replace("Port Alden", "Veyra"))
    line = daemon.event("pass.finished", finished)
    assert (line["taken"], line["accepted"]) == (1, 1)
    daemon.event("service.recovered")
    rival = start_daemon()
    assert rival.end() == 75
    daemon.signal(signal.SIGTERM)
    assert daemon.end() == 0
    assert ask(folder, "SELECT uri FROM v_articles ORDER BY article_id") == [("a",), ("c",)]


def test_a_database_that_was_replaced_degrades_and_is_read_anew(
    start_daemon: StartDaemon, folder: Path, open_store: Callable[[str], Store]
) -> None:
    with sqlite3.connect(folder / "dedup.db", timeout=LONG) as connection:
        connection.execute("VACUUM INTO ?", (str(folder / "other.db"),))
    connection.close()
    daemon = start_daemon(gated("_decide"))
    put(folder, "a", BODY)
    daemon.event("gate.reached")
    for suffix in ("-wal", "-shm"):
        (folder / f"dedup.db{suffix}").unlink()
    (folder / "other.db").rename(folder / "dedup.db")
    put(folder, "b", BODY)
    daemon.open_gate()
    assert "another file has taken the place" in daemon.event("service.degraded")["cause"]
    daemon.event("pass.finished", finished)
    daemon.event("service.recovered")
    assert ask(folder, "SELECT uri FROM v_articles") == [("b",)]
    assert open_store(f"sqlite:///{folder / 'dedup.db'}").check(full=True) == []


def test_a_full_log_does_not_touch_the_pass(start_daemon: StartDaemon, folder: Path) -> None:
    daemon = start_daemon(DEDUP_LOG_FILE="/dev/full")
    daemon.event("service.ready")
    put(folder, "a", BODY)
    daemon.event("pass.finished", finished)
    daemon.signal(signal.SIGTERM)
    assert daemon.end() == 0


def test_a_standard_output_that_is_gone_does_not_touch_the_pass(start_daemon: StartDaemon, folder: Path) -> None:
    log = folder / "status.log"
    closing = f"import os, sys; os.close(1); os.execv(sys.executable, [{sys.executable!r}, '-m', 'dedup', 'run'])"
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


@pytest.mark.postgresql
def test_a_lost_lock_hands_over_to_another_daemon_and_back(start_daemon: StartDaemon, postgresql_url: str) -> None:
    first = start_daemon(gated("run_pass"), DEDUP_DATABASE_URL=postgresql_url)
    first.event("gate.reached")
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    second = start_daemon(DEDUP_DATABASE_URL=postgresql_url)
    second.event("pass.finished")
    first.open_gate()
    assert "taken over" in first.event("pass.failed")["error"]
    first.event("service.degraded")
    second.event("pass.finished")
    second.signal(signal.SIGTERM)
    assert second.end() == 0
    first.event("service.recovered")
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute("INSERT INTO inbox (source, uri, body) VALUES ('test', 'a', %s)", [BODY])
    assert first.event("pass.finished", finished)["accepted"] == 1


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
    assert daemon.event("source.recovered")["source"] == "gone"
    daemon.event("service.recovered")
    daemon.signal(signal.SIGTERM)
    assert daemon.end() == 0
    assert [line["event"] for line in daemon.lines].count("source.degraded") == 1
    assert ask(folder, "SELECT source, uri FROM v_articles ORDER BY article_id") == [("wire", "a.txt"), ("gone", "1")]
