"""A real MariaDB for the tests, where its program is installed: on a free loopback port, gone when they end.

It keeps no accounts, so there is nothing to set up: whoever connects may do everything.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pymysql

from .servers import ATTEMPTS, follow_parent, free_port

PROGRAM = "mariadbd"
MISSING = f"there is no {PROGRAM} on the path (Debian's package mariadb-server-core has it), and no TEST_MYSQL_URL"
START_SECONDS = 60


class Unavailable(Exception):
    """There is no MariaDB here; the message is the reason to skip."""


def program() -> str | None:
    """The server's program; None where there is none."""
    return shutil.which(PROGRAM, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@contextlib.contextmanager
def serve() -> Iterator[str]:
    """URL of an empty database ``dedup`` on a server of its own. Raises `Unavailable`."""
    found = program()
    if found is None:
        raise Unavailable(MISSING)
    with tempfile.TemporaryDirectory(prefix="dedup-mariadb-") as name:
        process, port = _started(found, Path(name))
        try:
            with pymysql.connect(host="127.0.0.1", port=port, user="root") as connection:
                connection.cursor().execute("CREATE DATABASE dedup CHARACTER SET utf8mb4")
            yield f"mysql+pymysql://root@127.0.0.1:{port}/dedup"
        finally:
            process.kill()
            process.wait()


def _started(found: str, folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    told = folder / "told"
    for attempt in range(ATTEMPTS):
        data, port = folder / str(attempt), free_port()
        data.mkdir()
        account = ("--user=root",) if os.geteuid() == 0 else ()
        with told.open("wb") as log:
            process = subprocess.Popen(
                [
                    found, "--no-defaults", *account, "--skip-grant-tables", "--skip-name-resolve",
                    "--skip-networking=0", "--bind-address=127.0.0.1", f"--port={port}", f"--datadir={data}",
                    f"--socket={folder / 'socket'}", "--innodb-flush-log-at-trx-commit=0", "--default-time-zone=-05:00",
                ],
                cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=follow_parent(signal.SIGKILL),  # noqa: PLW1509 - one call of the kernel, no lock that a thread could hold
            )  # fmt: skip
        if _answers(process, port):
            return process, port
        process.kill()
        process.wait()
    raise RuntimeError(f"MariaDB did not start:\n{told.read_text('utf-8', 'replace')}")


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(pymysql.OperationalError):
            pymysql.connect(host="127.0.0.1", port=port, user="root", connect_timeout=5).close()
            return True
        time.sleep(0.05)
    return False
