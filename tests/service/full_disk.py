"""A daemon on a file system that is really full; run by `test_full_disk.py` in a mount namespace of its own."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

from dedup.config.sections import DatabaseSettings
from dedup.store import Store

from .conftest import LONG, Daemon, ask, put

SIZE = 16 * 2**20
SETTINGS = "[service]\ninterval_seconds = 0.5\nhealth_seconds = 600\n[database]\ntimeout_seconds = 5\n"
SENTENCE = "Lock {} of the canal at Veldhoven let {} barges through on day {} of the strike. "


def main(folder: Path) -> None:
    """Mounts a small file system in `folder` and lets a daemon work there with ever more room, but too little."""
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(disk)], check=True)
    (folder / "dedup.toml").write_text(SETTINGS, encoding="utf-8")
    url = f"sqlite:///{disk / 'dedup.db'}"
    store = Store.open(DatabaseSettings(url=url), create=True)
    store.upgrade()
    environment = {"DEDUP_CONFIG": str(folder / "dedup.toml"), "DEDUP_DATABASE_URL": url}
    daemon = Daemon([sys.executable, "-m", "dedup", "run"], folder, environment)
    try:
        sent = [uri for room in (0, 100_000) for uri in without_room(daemon, disk, room)]
        daemon.signal(signal.SIGTERM)
        assert daemon.end() == 0, daemon.errors()
    finally:
        daemon.close()
    assert ask(disk, "SELECT uri FROM v_articles ORDER BY article_id") == [(uri,) for uri in sent]
    assert ask(disk, "SELECT count(*) FROM v_rejections") == [(0,)]
    assert store.check(full=True) == []
    store.close()


def without_room(daemon: Daemon, disk: Path, room: int) -> list[str]:
    """Articles come and the disk fills up to `room` bytes; then it empties. The uris of the articles."""
    daemon.event("pass.finished")
    freeze(daemon, disk)
    uris = [f"{room}-{number}" for number in range(30)]
    for number, uri in enumerate(uris):
        put(disk, uri, "".join(SENTENCE.format(n, n * number % 97, room + n) for n in range(300)))
    ballast = disk / "ballast"
    fill(ballast, room)
    daemon.signal(signal.SIGCONT)
    cause = daemon.event("service.degraded")["cause"]
    assert "the disk is full, nothing was written; make room" in cause, cause
    daemon.note("STATUS=degraded", has="disk is full")
    code, reasons = status(disk)
    assert code == 1, reasons
    assert any(reason.startswith("the disk of the database is full") for reason in reasons), reasons
    assert any(f" says: {cause}" in reason for reason in reasons), reasons
    assert ask(disk, "SELECT count(*) FROM inbox") == [(len(uris),)]
    ballast.unlink()
    line = daemon.event("pass.finished")
    assert (line["taken"], line["accepted"], line["pending"]) == (len(uris), len(uris), 0), line
    told = [line["event"] for line in daemon.lines if line["event"] in ("service.degraded", "service.recovered")]
    daemon.event("service.recovered")
    daemon.note("STATUS=idle")
    assert status(disk) == (0, [])
    assert told == ["service.degraded"], told
    daemon.lines.clear()
    return uris


def status(disk: Path) -> tuple[int, list[str]]:
    """What ``dedup status --check`` ends with, and what it says against the health of the service."""
    command = [sys.executable, "-m", "dedup", "--database", f"sqlite:///{disk / 'dedup.db'}", "status", "--check"]
    done = subprocess.run([*command, "--json"], check=False, capture_output=True, text=True)
    assert not done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)["health"]["reasons"]


def freeze(daemon: Daemon, disk: Path) -> None:
    """Stops the process while it is in no transaction that writes."""
    rival = sqlite3.connect(disk / "dedup.db", timeout=LONG, isolation_level=None)
    rival.execute("BEGIN IMMEDIATE")
    daemon.signal(signal.SIGSTOP)
    os.waitpid(daemon.process.pid, os.WUNTRACED)
    rival.close()


def fill(file: Path, room: int) -> None:
    """Takes all of the disk but `room` bytes."""
    free = os.statvfs(file.parent)
    with file.open("wb", buffering=0) as stream:
        stream.write(b"\0" * (free.f_bavail * free.f_frsize - room))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
