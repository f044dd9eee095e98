"""The program that is measured, run as an operator runs it: whole processes on a fresh database."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

DONE = (0, 65)
"""Exit codes of a command that did its work; 65: some input was rejected."""


class Failed(Exception):
    """A command of the program failed; the message has its standard error."""


@dataclass(frozen=True, slots=True)
class Used:
    """What a process used: processor seconds of user and system, seconds by the wall clock, and most memory, in MB."""

    cpu: float
    wall: float
    memory: float


def command(folder: Path, url: str, *words: str, settings: Mapping[str, str] | None = None) -> tuple[Any, Used]:
    """Runs ``dedup WORDS --json`` in `folder`; its answer and what it used. Raises `Failed`."""
    nothing = folder / "none.toml"
    nothing.touch()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DEDUP_")}
    # The settings of this machine's own service must not count.
    environment |= {"DEDUP_CONFIG": str(nothing), "DEDUP_LOG_LEVEL": "error", "DEDUP_DATABASE_URL": url}
    environment |= settings or {}
    answer, complaints = folder / "answer.json", folder / "complaints.txt"
    with answer.open("wb") as stdout, complaints.open("wb") as stderr:
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "dedup", *words, "--json"], cwd=folder, env=environment, stdout=stdout, stderr=stderr
        )
        # Only this call tells what one child used, apart from all the others.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in DONE:
        raise Failed(f"dedup {' '.join(words)} ended with {process.returncode}:\n{complaints.read_text()[-2000:]}")
    return json.loads(answer.read_text()), Used(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


@contextmanager
def fresh_database(folder: Path, server: str | None = None) -> Iterator[str]:
    """The URL of a database that is not there yet (SQLite) or empty (on the PostgreSQL `server`), gone afterwards."""
    name = f"bench_{os.getpid()}"
    if server is None:
        try:
            yield f"sqlite:///{folder / name}.db"
        finally:
            for ending in ("", "-wal", "-shm"):
                (folder / f"{name}.db{ending}").unlink(missing_ok=True)
        return
    url = make_url(server)
    with psycopg.connect(
        url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
    ) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield url.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


def clusters(folder: Path, files: Sequence[Path]) -> tuple[dict[str, int], dict[str, int], float]:
    """Stories and duplicate groups by uri, from the public views, and the processor seconds of ingest and pass."""
    with fresh_database(folder) as url:
        _, reading = command(folder, url, "ingest", *map(str, files))
        _, deciding = command(folder, url, "once")
        with closing(sqlite3.connect(make_url(url).database or "")) as connection:
            stories = dict(connection.execute("SELECT uri, story_id FROM v_story_articles"))
            groups = dict(connection.execute("SELECT uri, duplicate_group_id FROM v_duplicates"))
    return stories, groups, reading.cpu + deciding.cpu
