"""What may happen to a daemon and its database, each fault a function that does it and undoes it."""

from __future__ import annotations

import os
import random
import resource
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from .daemons import Daemons

Fault = Callable[[], None]


def faults(url: str, folder: Path, daemons: Daemons, draw: random.Random) -> dict[str, Fault]:
    """The faults of this database by name. Each returns when it is over."""

    def killed() -> None:
        daemons.end(draw.randrange(2), signal.SIGKILL)

    def stopped_in_order() -> None:
        daemons.end(draw.randrange(2), signal.SIGTERM)

    def reload() -> None:
        daemons.configure(batch_size=draw.choice((16, 64, 256)), interval=draw.choice((0.2, 0.5, 1.0)))
        daemons.signal(signal.SIGHUP)

    def frozen() -> None:
        process = daemons.processes[draw.randrange(2)]
        process.send_signal(signal.SIGSTOP)
        time.sleep(draw.uniform(1, 8))
        process.send_signal(signal.SIGCONT)

    known: dict[str, Fault] = {
        "kill -9": killed, "SIGTERM": stopped_in_order, "reload": reload, "SIGSTOP and SIGCONT": frozen,
    }  # fmt: skip
    if make_url(url).get_backend_name() == "sqlite":
        return known | _of_sqlite(folder / "dedup.db", daemons, draw)
    return known | _of_postgresql(url, draw)


def _of_sqlite(file: Path, daemons: Daemons, draw: random.Random) -> dict[str, Fault]:
    def disk_full() -> None:
        # No file of the daemons may grow any more; the limit is each process's own.
        size = max(path.stat().st_size for path in file.parent.glob("dedup.db*"))
        pids = [process.pid for process in daemons.processes]
        limits = [resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY)) for pid in pids]
        time.sleep(draw.uniform(1, 4))
        for pid, limit in zip(pids, limits, strict=True):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)

    def locked() -> None:
        rival = sqlite3.connect(file, timeout=60, isolation_level=None)
        try:
            rival.execute("BEGIN IMMEDIATE")
            time.sleep(draw.uniform(0.5, 3))
            rival.execute("ROLLBACK")
        finally:
            rival.close()

    return {"disk full": disk_full, "locked": locked}


def _of_postgresql(url: str, draw: random.Random) -> dict[str, Fault]:
    def sessions_ended() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    def server_crash() -> None:
        # A server process that dies takes all others with it: the server starts anew and recovers from its log.
        with psycopg.connect(url, autocommit=True) as connection:
            pid = connection.info.backend_pid
            os.kill(pid, signal.SIGKILL)
        time.sleep(draw.uniform(0.5, 2))

    return {"all sessions ended": sessions_ended, "server crash": server_crash}
