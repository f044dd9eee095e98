"""Status: whether the service is well, who writes, and what it says itself."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dedup.config.sections import DatabaseSettings
from dedup.errors import AlreadyRunning
from dedup.store import Store
from dedup.store.operation.held import Sessions

from .conftest import Dedup


def test_status_check_tells_the_unwell(dedup: Dedup, clustered: Path) -> None:
    assert dedup("status", "--check").code == 0
    with sqlite3.connect(clustered) as connection:
        connection.execute("INSERT INTO inbox (uri, body, received_at) VALUES ('a', 'b', '2020-01-01T00:00:00Z')")
    result = dedup("status", "--check")
    assert result.code == 1
    assert "not well: an article has waited" in result.out and "Next: dedup once" in result.out
    assert dedup("status").code == 0
    assert dedup("status", "--check", "--json").document["health"]["ok"] is False


def test_status_tells_what_a_writer_says_that_can_write_nothing(dedup: Dedup, clustered: Path) -> None:
    store = Store.open(DatabaseSettings(url=f"sqlite:///{clustered}"))
    with closing(store), store.writer_lock() as lock:
        lock.note("database sqlite:///dedup.db: disk I/O error;\nsee dmesg")
        result = dedup("status", "--check", "--json")
        assert (result.code, result.document["health"]["ok"]) == (1, False)
        said = f"process {os.getpid()} says: database sqlite:///dedup.db: disk I/O error; see dmesg"
        assert result.document["health"]["reasons"] == [said]
        with pytest.raises(AlreadyRunning, match=f"another dedup \\(process {os.getpid()}\\)"):
            store.writer_lock().acquire()
        lock.note("")
        assert dedup("status", "--check").code == 0
        lock.note("it ended before it was well")
    assert dedup("status", "--check").code == 0


def test_status_tells_of_a_disk_without_room(dedup: Dedup, clustered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.store.database.room.LEAST_BYTES", 2**80)
    result = dedup("status", "--check")
    assert result.code == 1
    assert "not well: the disk of the database is full (" in result.out and "make room" in result.out


def test_status_tells_of_each_instance_and_of_a_leader_that_is_gone(dedup: Dedup, clustered: Path) -> None:
    row = "INSERT INTO instances VALUES (?, ?, ?, '0', '2020-01-01T00:00:00Z', ?, 90)"
    with sqlite3.connect(clustered) as connection:
        connection.execute(
            row, ("beta/7/0a0a0a", "standby", "standby: another instance writes", "2100-01-01T00:00:00Z")
        )
        connection.execute(row, ("alpha/9/0b0b0b", "leader", "idle", "2020-01-01T00:00:00Z"))
    result = dedup("status", "--check")
    assert result.code == 1
    assert "standby beta/7/0a0a0a: standby: another instance writes" in result.out
    assert "leader alpha/9/0b0b0b: silent for" in result.out
    assert "not well: the daemon has given no sign of life for" in result.out
    found = dedup("status", "--json").document["instances"]
    assert [(one["role"], one["alive"]) for one in found] == [("leader", False), ("standby", True)]


def test_a_leader_that_was_killed_just_now_is_not_said_to_work(dedup: Dedup, clustered: Path) -> None:
    row = "INSERT INTO instances VALUES ('alpha/9/0b0b0b', 'leader', 'working: a pass has begun', '0', ?, ?, 90)"
    with sqlite3.connect(clustered) as connection:
        connection.execute(row, ("2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z"))
    assert "leader alpha/9/0b0b0b: ended unexpectedly; last sign of life 0 s ago" in dedup("status").out


@pytest.mark.parametrize(
    ("others", "says", "says_not"),
    [
        (
            Sessions(frozenset({"alpha/9/0b0b0b"}), read_only=True),
            [
                "service leader alpha/9/0b0b0b is connected and cannot write: the database is set to read-only",
                "leader alpha/9/0b0b0b: connected, without the lock; last sign of life 0 s ago",
                "not well: leader alpha/9/0b0b0b is connected and cannot write: ",
            ],
            ["not running", "gone", "nothing takes them"],
        ),
        (
            Sessions(frozenset({"beta/7/0a0a0a"})),
            [
                "service not running",
                "leader alpha/9/0b0b0b: ended unexpectedly",
                "standby beta/7/0a0a0a: silent for",
                "and connected",
                "Articles wait and nothing takes them",
            ],
            ["is connected"],
        ),
        (
            Sessions(frozenset(), read_only=True),
            [
                "service not known: the database is set to read-only (default_transaction_read_only)",
                "leader alpha/9/0b0b0b: not connected now; last sign of life 0 s ago",
            ],
            ["not running", "gone", "nothing takes them"],
        ),
        (
            Sessions(copy=True),
            ["service not known here: this server is a copy", "leader alpha/9/0b0b0b: idle", "health well"],
            ["not running", "connected", "gone", "nothing takes them"],
        ),
    ],
)
def test_status_tells_what_a_server_knows_of_who_is_connected(
    dedup: Dedup, clustered: Path, monkeypatch: pytest.MonkeyPatch, others: Sessions, says: list[str],
    says_not: list[str],
) -> None:  # fmt: skip
    row = "INSERT INTO instances VALUES (?, ?, ?, '0', '2020-01-01T00:00:00Z', ?, 90)"
    with sqlite3.connect(clustered) as connection:
        connection.execute(row, ("alpha/9/0b0b0b", "leader", "idle", "2100-01-01T00:00:00Z"))
        connection.execute(row, ("beta/7/0a0a0a", "standby", "standing by", "2020-01-01T00:00:00Z"))
        connection.execute("INSERT INTO inbox (uri, body) VALUES ('a', 'b')")
    monkeypatch.setattr("dedup.cli.status.sessions", lambda _: others)
    told = " ".join(dedup("status").out.split())
    assert [words for words in says if words not in told] == []
    assert [words for words in says_not if words in told] == []
