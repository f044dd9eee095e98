"""The units as they are shipped, under a real systemd."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from .machine import Machine, unavailable

pytestmark = pytest.mark.systemd

HANGING = """
import pathlib, threading
from dedup.config.loading import load
from dedup.pipeline import Pipeline
from dedup.service import daemon

class Hanging(Pipeline):
    def run_pass(self, *arguments):
        wanted = pathlib.Path("/var/lib/dedup/hang")
        if wanted.exists():
            wanted.unlink()
            threading.Event().wait()
        return super().run_pass(*arguments)

daemon.Pipeline = Hanging
sys.exit(daemon.run(load))
"""
PUT = """
import sqlite3, sys
connection = sqlite3.connect("/var/lib/dedup/dedup.db", timeout=30)
with connection:
    connection.execute("INSERT INTO inbox (source, uri, body) VALUES ('test', ?, ?)", (sys.argv[1], sys.argv[2]))
"""
BODY = "The harbour of Port Alden was closed on Tuesday after a freighter carrying timber ran aground in heavy fog."
TOML = "[service]\ninterval_seconds = 0.2\n"


@pytest.fixture(scope="module")
def booted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    reason = unavailable()
    if reason is not None:
        pytest.skip(f"no systemd can be booted here: {reason}")
    machine = Machine(tmp_path_factory.mktemp("machine"), {"dedup-hang": HANGING, "put": PUT})
    yield machine
    machine.close()


@pytest.fixture
def machine(booted: Machine) -> Machine:
    """The machine with the service as shipped, stopped, with an empty state; only passes come sooner."""
    clean(booted)
    return booted


@pytest.fixture
def serving(booted: Machine) -> Iterator[Machine]:
    """The machine with the service as shipped at work, with what the tests before put in; started where it is not."""
    if booted.show("ActiveState") != {"ActiveState": "active"}:
        clean(booted)
        start(booted)
    booted.skip_journal()
    yield booted
    booted.write("/etc/dedup/dedup.toml", TOML)


def clean(booted: Machine) -> None:
    booted.attempt("systemctl", "stop", "dedup")
    booted.attempt("systemctl", "reset-failed", "dedup")
    booted.run("rm", "-rf", "/var/lib/dedup", "/etc/systemd/system/dedup.service.d", "/etc/dedup/database-url")
    booted.write("/etc/dedup/dedup.toml", TOML)
    booted.run("systemctl", "daemon-reload")
    booted.skip_journal()


def put(machine: Machine, uri: str) -> None:
    """An article into the inbox; returns when it is accepted."""
    machine.run("/opt/dedup/bin/put", uri, BODY)
    while json.loads(machine.journal('"pass.finished"')["MESSAGE"])["accepted"] != 1:
        pass


def drop_in(machine: Machine, text: str) -> None:
    machine.write("/etc/systemd/system/dedup.service.d/test.conf", f"[Service]\n{text}\n")
    machine.run("systemctl", "daemon-reload")


def start(machine: Machine) -> None:
    machine.run("systemctl", "start", "dedup")
    machine.journal('"service.ready"')


def test_a_start_is_ready_and_says_what_it_does(machine: Machine) -> None:
    start(machine)
    entry = machine.journal('"pass.finished"')
    assert entry["PRIORITY"] == "6"
    assert json.loads(entry["MESSAGE"])["outcome"] == "ok"
    put(machine, "started")
    shown = machine.show("ActiveState", "SubState", "StatusText", "NRestarts", "User", "MainPID")
    assert shown["StatusText"].startswith(("idle: last pass", "working"))
    assert (shown["ActiveState"], shown["SubState"], shown["NRestarts"]) == ("active", "running", "0")
    assert machine.run("stat", "-c", "%U %a", "/var/lib/dedup", "/var/log/dedup").split() == ["dedup", "750"] * 2
    assert machine.run("stat", "-c", "%U %a", "/var/lib/dedup/dedup.db").split() == ["dedup", "640"]
    status = Path(f"/proc/{shown['MainPID']}/status")
    found = dict(line.split(":\t", 1) for line in machine.run("cat", str(status)).splitlines())
    assert found["CapEff"] == found["CapBnd"] == "0" * 16
    assert (found["NoNewPrivs"], found["Seccomp"]) == ("1", "2")


def test_a_reload_takes_a_good_configuration_and_refuses_a_bad_one(serving: Machine) -> None:
    serving.write("/etc/dedup/dedup.toml", "[service]\ninterval_seconds = 0.3\n")
    serving.run("systemctl", "reload", "dedup")
    entry = serving.journal('"config.reloaded"')
    assert json.loads(entry["MESSAGE"])["changed"] == ["service.interval_seconds"]
    serving.write("/etc/dedup/dedup.toml", "[service]\nno_such_key = 1\n")
    serving.run("systemctl", "reload", "dedup")
    assert serving.journal('"config.rejected"')["PRIORITY"] == "3"
    put(serving, "reloaded")
    assert serving.show("ActiveState") == {"ActiveState": "active"}


def test_the_backup_is_made_beside_a_running_daemon(serving: Machine) -> None:
    serving.run("systemctl", "start", "dedup-backup")
    serving.run("systemctl", "start", "dedup-backup")
    (name,) = serving.run("ls", "/var/lib/dedup/backups").split()
    today = serving.run("date", "-u", "+%F").strip()
    assert name == f"dedup-{today}.db"
    assert serving.run("stat", "-c", "%U %a", f"/var/lib/dedup/backups/{name}").split() == ["dedup", "640"]


def test_a_killed_daemon_is_started_again_and_works_on(serving: Machine) -> None:
    drop_in(serving, "RestartSec=100ms")
    serving.run("systemctl", "kill", "--signal=KILL", "--kill-whom=main", "dedup")
    serving.journal('"service.ready"')
    put(serving, "killed")
    assert serving.show("NRestarts") == {"NRestarts": "1"}


def test_a_stop_is_clean(serving: Machine) -> None:
    serving.run("systemctl", "stop", "dedup")
    serving.journal('"service.stopping"')
    serving.journal("dedup.service: Deactivated successfully")
    assert serving.show("ActiveState", "Result") == {"ActiveState": "inactive", "Result": "success"}


def test_a_hung_pass_is_ended_by_the_watchdog_with_its_stacks_and_started_again(machine: Machine) -> None:
    drop_in(
        machine,
        "ExecStart=\nExecStart=/opt/dedup/bin/dedup-hang\nWatchdogSec=2s\nRestartSec=100ms\n"
        "Environment=DEDUP_DATABASE_TIMEOUT_SECONDS=0.5",
    )
    start(machine)
    machine.journal('"pass.finished"')
    machine.run("touch", "/var/lib/dedup/hang")
    machine.run("chown", "dedup", "/var/lib/dedup/hang")
    assert machine.journal('"service.hung"')["PRIORITY"] == "2"
    machine.journal("Watchdog timeout")
    machine.journal("in run_pass")
    machine.journal('"service.ready"')
    machine.journal('"pass.finished"')
    assert machine.show("NRestarts") == {"NRestarts": "1"}


def test_a_wrong_configuration_ends_with_78_and_is_not_started_again(machine: Machine) -> None:
    drop_in(machine, "RestartSec=100ms")
    machine.write("/etc/dedup/dedup.toml", "[service]\nintervall_seconds = 1\n")
    assert machine.attempt("systemctl", "start", "dedup").returncode != 0
    machine.journal("did you mean 'interval_seconds'")
    shown = machine.show("ActiveState", "Result", "ExecMainStatus", "NRestarts")
    assert shown == {"ActiveState": "failed", "Result": "exit-code", "ExecMainStatus": "78", "NRestarts": "0"}


def test_a_database_that_is_away_at_the_start_is_tried_until_it_is_back(machine: Machine) -> None:
    machine.write("/etc/dedup/database-url", "postgresql://news:geheim@127.0.0.1:1/news")
    drop_in(machine, "RestartSec=100ms")
    machine.run("systemctl", "start", "--no-block", "dedup")
    assert machine.show("StartLimitIntervalUSec") == {"StartLimitIntervalUSec": "0"}
    for _ in range(2):
        message = machine.journal('"service.failed"')["MESSAGE"]
        assert json.loads(message)["exit_code"] == 75
        assert "geheim" not in message
    machine.run("rm", "/etc/dedup/database-url")
    machine.journal('"service.ready"')
    assert machine.show("ActiveState") == {"ActiveState": "active"}


def test_the_database_url_comes_from_the_credential(machine: Machine) -> None:
    machine.write("/etc/dedup/database-url", "sqlite:////var/lib/dedup/other.db\n")
    machine.run("chmod", "600", "/etc/dedup/database-url")
    start(machine)
    machine.journal('"pass.finished"')
    assert machine.attempt("test", "-e", "/var/lib/dedup/other.db").returncode == 0
    assert machine.attempt("test", "-e", "/var/lib/dedup/dedup.db").returncode == 1


def test_the_backup_timer_can_be_enabled(machine: Machine) -> None:
    machine.run("systemctl", "start", "dedup-backup.timer")
    assert machine.show("ActiveState", unit="dedup-backup.timer") == {"ActiveState": "active"}
    machine.run("systemctl", "stop", "dedup-backup.timer")
