"""The real daemon and its database: absent, old, locked, removed, replaced, or lost to another."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from dedup.store import Store

from ..postgres import Server
from .conftest import BODY, LONG, StartDaemon, ask, finished, put
from .gates import gated


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
    line = daemon.finishes_and_recovers()
    assert (line["taken"], line["accepted"]) == (1, 1)
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
    daemon.finishes_and_recovers()
    assert ask(folder, "SELECT uri FROM v_articles") == [("b",)]
    assert open_store(f"sqlite:///{folder / 'dedup.db'}").check(full=True) == []


@pytest.mark.parametrize("suffixes", [("-wal", "-shm"), ("-wal",), ("-shm",)])
def test_a_log_that_was_removed_is_saved_and_ends_the_daemon(
    start_daemon: StartDaemon, folder: Path, open_store: Callable[[str], Store], suffixes: tuple[str, ...]
) -> None:
    daemon = start_daemon(gated("run_pass"), DEDUP_SERVICE_HEALTH_SECONDS="3600", DEDUP_SERVICE_LEASE_SECONDS="3600")
    put(folder, "a", BODY)
    daemon.event("gate.reached")
    for suffix in suffixes:
        (folder / f"dedup.db{suffix}").unlink()
    daemon.open_gate()
    assert daemon.end() == 75
    degraded, failed = (
        next(line for line in daemon.lines if line["event"] == name) for name in ("service.degraded", "service.failed")
    )
    assert "is saved" in degraded["cause"]
    assert failed["exit_code"] == 75
    assert "fuser -v" in failed["error"]
    assert "dedup db check --full" in failed["error"]
    daemon.note("STATUS=degraded: ", "the service ends")
    again = start_daemon()
    again.event("pass.finished", finished)
    put(folder, "b", BODY)
    again.event("pass.finished", finished)
    assert ask(folder, "SELECT uri FROM v_articles ORDER BY article_id") == [("a",), ("b",)]
    again.signal(signal.SIGTERM)
    assert again.end() == 0
    assert open_store(f"sqlite:///{folder / 'dedup.db'}").check(full=True) == []


def test_a_log_that_others_began_anew_is_left_to_them(
    start_daemon: StartDaemon, folder: Path, open_store: Callable[[str], Store]
) -> None:
    """Whatever ends the daemon: closed in order, SQLite would write its log over theirs, and then delete theirs."""
    for at_the_end in (False, True):
        daemon = start_daemon(gated("run_pass"), DEDUP_SERVICE_HEALTH_SECONDS="3600")
        daemon.event("gate.reached")
        for suffix in ("-wal", "-shm"):
            (folder / f"dedup.db{suffix}").unlink()
        put(folder, f"of {at_the_end}", f"{BODY} It happened once more: {at_the_end}.")
        assert (folder / "dedup.db-wal").stat().st_size > 0
        if at_the_end:
            daemon.signal(signal.SIGTERM)
        daemon.open_gate()
        assert daemon.end() == 75
        assert (
            "another program has begun"
            in next(line for line in daemon.lines if line["event"] == "pass.failed")["error"]
        )
        assert (folder / "dedup.db-wal").stat().st_size > 0
        again = start_daemon()
        again.event("pass.finished", finished)
        again.signal(signal.SIGTERM)
        assert again.end() == 0
    assert ask(folder, "SELECT uri FROM v_articles ORDER BY article_id") == [("of False",), ("of True",)]
    assert open_store(f"sqlite:///{folder / 'dedup.db'}").check(full=True) == []


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


@pytest.mark.postgresql
def test_status_tells_of_a_daemon_that_runs_and_cannot_write(
    start_daemon: StartDaemon, postgresql_url: str, postgresql_server: Server
) -> None:
    """It holds no lock meanwhile, and what it said last of itself is from before."""
    database = make_url(postgresql_url).database
    daemon = start_daemon(DEDUP_DATABASE_URL=postgresql_url, DEDUP_SERVICE_INTERVAL_SECONDS="0.1")
    daemon.event("pass.finished")
    while not status(postgresql_url)["instances"]:  # its first sign of life may come behind its first pass
        daemon.event("pass.finished")
    postgresql_server.execute(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    postgresql_server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")
    while True:  # for a moment it has no session, for another it takes the lock to see whether it may write by now
        daemon.event("pass.failed")
        told = status(postgresql_url)
        (instance,) = told["instances"]
        if told["writer"] is None and instance["connected"]:
            break
    assert told["health"]["ok"] is False
    reason = (
        f"leader {instance['instance']} is connected and cannot write: the database is set to read-only "
        "(default_transaction_read_only); its log says more"
    )
    assert reason in told["health"]["reasons"]
    postgresql_server.execute(f"ALTER DATABASE {database} RESET default_transaction_read_only")
    daemon.event("service.recovered")
    told = status(postgresql_url)
    assert told["writer"] is not None
    assert told["health"]["ok"] is True
    daemon.signal(signal.SIGKILL)
    daemon.end()
    while told["writer"] is not None:  # the server notices it a moment later
        told = status(postgresql_url)
    assert [one["connected"] for one in told["instances"]] == [False]


def status(url: str) -> dict[str, Any]:
    """What ``dedup status --json`` prints."""
    command = [sys.executable, "-m", "dedup", "--database", url, "status", "--json"]
    told: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return told
