"""Opening a database: each way in which it cannot be opened has its class, its exit code and what to do."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import socket
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from dedup.config.sections import DatabaseSettings
from dedup.errors import ConfigError, DatabaseAway, SchemaError
from dedup.store import Store
from dedup.store.database import faults
from dedup.store.operation import held

from .sample import fill

OpenStore = Callable[..., Store]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's."""
    folder = Path(tempfile.mkdtemp(prefix="dedup-open-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def as_ordinary_user(work: Callable[[], Any]) -> str:
    """What `work` raises when somebody who is not root does it: the name of the class, its exit code and the text."""
    if os.geteuid() != 0:
        return told(work)
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        os.write(writable, told(work).encode())
        os._exit(0)
    os.close(writable)
    with os.fdopen(readable) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return text


def told(work: Callable[[], Any]) -> str:
    try:
        work()
    except (ConfigError, DatabaseAway) as error:
        return f"{type(error).__name__} {error.exit_code} {error}"
    return "nothing"


def test_a_missing_file_is_not_made_by_accident(tmp_path: Path, open_store: OpenStore) -> None:
    path = tmp_path / "news.db"
    with pytest.raises(ConfigError, match=rf"no database {path} yet; run: dedup db upgrade") as caught:
        open_store(f"sqlite:///{path}")
    assert caught.value.exit_code == 78
    assert list(tmp_path.iterdir()) == []
    open_store(f"sqlite:///{path}", create=True).upgrade()
    assert open_store(f"sqlite:///{path}").path == path


def test_a_relative_path_is_told_in_full(
    tmp_path: Path, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=str(tmp_path / "news.db")):
        open_store("sqlite:///news.db")


def test_a_missing_folder(tmp_path: Path, open_store: OpenStore) -> None:
    (tmp_path / "link.db").symlink_to("none/news.db")
    for name in ("none/news.db", "link.db"):
        with pytest.raises(ConfigError, match=rf"folder {tmp_path}/none .*create it"):
            open_store(f"sqlite:///{tmp_path}/{name}", create=True)


def test_a_folder_is_no_file(tmp_path: Path, open_store: OpenStore) -> None:
    with pytest.raises(ConfigError, match="is a folder"):
        open_store(f"sqlite:///{tmp_path}")


def test_an_empty_file_has_no_schema(tmp_path: Path, open_store: OpenStore) -> None:
    (tmp_path / "news.db").touch()
    store = open_store(f"sqlite:///{tmp_path}/news.db")
    with pytest.raises(SchemaError, match="dedup db upgrade"):
        store.check_schema()


def test_a_cut_file_is_damaged(sqlite_url: str, open_store: OpenStore) -> None:
    store = open_store(sqlite_url)
    fill(store)
    path = store.path
    assert path is not None
    store.close()
    os.truncate(path, path.stat().st_size // 3)
    with pytest.raises(ConfigError, match=r"damaged.*restore a backup") as caught:
        open_store(sqlite_url).check()
    assert caught.value.exit_code == 78


def test_a_file_that_may_not_be_written(open_folder: Path, sqlite_url: str, open_store: OpenStore) -> None:
    store = open_store(sqlite_url)
    assert store.path is not None
    path = Path(shutil.copy(store.path, open_folder / "news.db"))
    path.chmod(0o444)
    open_folder.chmod(0o777)
    text = as_ordinary_user(lambda: Store.open(DatabaseSettings(url=f"sqlite:///{path}")))
    owner = pwd.getpwuid(path.stat().st_uid).pw_name
    assert text.startswith(f"ConfigError 78 {path} cannot be read and written by this user; run as its owner ({owner})")
    open_folder.chmod(0o555)
    path.chmod(0o666)
    text = as_ordinary_user(lambda: Store.open(DatabaseSettings(url=f"sqlite:///{path}")))
    assert text.startswith(f"ConfigError 78 the folder {open_folder} cannot be written by this user")
    assert [child.name for child in open_folder.iterdir()] == ["news.db"]


def test_a_file_that_may_not_be_looked_for(open_folder: Path) -> None:
    """As below the state folder of the service, which only its group may enter."""
    closed = open_folder / "state"
    closed.mkdir(mode=0o700)
    owner = pwd.getpwuid(closed.stat().st_uid).pw_name
    for path in (closed / "news.db", closed / "deep" / "news.db"):
        for create in (False, True):
            settings = DatabaseSettings(url=f"sqlite:///{path}")
            text = as_ordinary_user(lambda: Store.open(settings, create=create))  # noqa: B023 - called at once
            assert text.startswith(f"ConfigError 78 {path} cannot be reached by this user: Permission denied; run as ")
            assert f"the owner of {closed} ({owner})" in text


def test_a_reader_needs_no_right_to_write_while_others_have_the_file_open(
    open_folder: Path, open_store: OpenStore
) -> None:
    """As operators in the group of the service."""
    path = open_folder / "news.db"
    settings = DatabaseSettings(url=f"sqlite:///{path}")
    store = open_store(settings.url, create=True)
    store.upgrade()
    fill(store)

    def look() -> None:
        with closing(Store.open(settings, reads=True)) as reader:
            reader.check_schema()
            assert reader.health().schema_version

    for file in open_folder.iterdir():
        file.chmod(0o644)
    assert as_ordinary_user(look) == "nothing"
    (open_folder / "links").mkdir()
    settings = DatabaseSettings(url=f"sqlite:///{open_folder}/links/news.db")
    (open_folder / "links" / "news.db").symlink_to(path)
    assert as_ordinary_user(look) == "nothing"
    assert "cannot be read and written by this user" in as_ordinary_user(lambda: Store.open(settings))
    store.close()
    text = as_ordinary_user(look)
    assert text.startswith(f"ConfigError 78 {path} can be read by this user only while the service runs, and it does")


def test_a_disk_that_is_read_only_is_not_taken_for_a_matter_of_rights(
    tmp_path: Path, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a kernel leaves it after an error of the disk. Nobody may write there, whoever owns the file."""
    url = f"sqlite:///{tmp_path}/news.db"
    store = open_store(url, create=True)
    store.upgrade()
    store.close()
    writable, status = os.access, os.statvfs(tmp_path)
    read_only = os.statvfs_result((*status[:8], status.f_flag | os.ST_RDONLY, *status[9:]))
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK and writable(path, mode))
    monkeypatch.setattr(os, "statvfs", lambda _: read_only)
    for reads in (False, True):
        with pytest.raises(ConfigError, match=rf"{tmp_path} is mounted read-only.*; make it writable") as caught:
            Store.open(DatabaseSettings(url=url), reads=reads)
        assert caught.value.exit_code == 78


def test_who_writes_cannot_be_told_where_neither_the_locks_nor_the_lock_is_to_be_read(
    open_folder: Path, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "LOCKS", open_folder / "nowhere")
    store = open_store(f"sqlite:///{open_folder}/news.db", create=True)
    store.upgrade()
    with store.writer_lock():
        lock = open_folder / "news.db.lock"
        lock.chmod(0o600)
        text = as_ordinary_user(lambda: held.holder(store.engine))
    assert text.startswith(f"ConfigError 78 {lock} cannot be read: Permission denied; ")


def test_whoever_may_read_a_snapshot_can(open_folder: Path, open_store: OpenStore) -> None:
    """As operators in the group of the service may with its backups, and nobody's look changes one."""
    store = open_store(f"sqlite:///{open_folder}/news.db", create=True)
    store.upgrade()
    fill(store)
    path = open_folder / "backup.db"
    store.backup(path)
    path.chmod(0o644)
    before = path.read_bytes()

    def look() -> None:
        with closing(Store.open(DatabaseSettings(url=f"sqlite:///{path}"), reads=True)) as reader:
            reader.check_schema()
            assert reader.health().schema_version and reader.check(full=True) == []

    assert told(look) == as_ordinary_user(look) == "nothing"
    assert path.read_bytes() == before
    assert sorted(one.name for one in open_folder.glob("backup*")) == ["backup.db"]


def test_a_server_that_does_not_run_is_away(open_store: OpenStore) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else can take the port
        with pytest.raises(DatabaseAway, match="refused") as caught:
            open_store(f"postgresql://reader@127.0.0.1:{taken.getsockname()[1]}/news")
    assert caught.value.exit_code == 75


def test_a_server_that_does_not_answer_is_away_after_the_time_out(open_store: OpenStore) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(DatabaseAway, match="timeout"):
            open_store(f"postgresql://reader@127.0.0.1:{silent.getsockname()[1]}/news", 0.1)


@pytest.mark.postgresql
def test_a_database_or_user_that_is_not_there(postgresql_url: str, open_store: OpenStore) -> None:
    server = postgresql_url.rsplit("/", 1)[0]
    with pytest.raises(ConfigError, match='database "nowhere" does not exist; create it') as caught:
        open_store(f"{server}/nowhere")
    assert caught.value.exit_code == 78
    assert "createdb --owner=USER --encoding=UTF8" in str(caught.value)
    with pytest.raises(ConfigError, match='role "nobody_here" does not exist; create the user'):
        open_store(postgresql_url.replace("dedup@", "nobody_here@"))


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("sslmode=bogus", 'invalid sslmode value: "bogus"'),
        ("ssl_max_protocol_version=bogus", 'invalid "?ssl_max_protocol_version"? value: "bogus"'),
        ("keepalives=bogus", '(integer value "bogus" for .* "keepalives"|keepalives parameter must be an integer)'),
        ("port=99999", 'invalid port number: "99999"'),
        ("sslmod=require", 'invalid connection option "sslmod"'),
    ],
)
def test_an_option_that_the_client_refuses_never_works(open_store: OpenStore, option: str, says: str) -> None:
    """In the words of libpq 18 or of an older one."""
    with pytest.raises(ConfigError, match=rf"{says}; correct \[database\] url$") as caught:
        open_store(f"postgresql://reader@127.0.0.1:9/news?{option}")
    assert caught.value.exit_code == 78


def test_an_older_client_refuses_an_option_in_other_words() -> None:
    said = 'connection to server at "127.0.0.1", port 9 failed: keepalives parameter must be an integer'
    cause = psycopg.OperationalError(f"connection is bad: {said}")
    told = faults.refused(OperationalError("", None, cause), "database news")
    assert told is not None and str(told).endswith(f"{said}; correct [database] url")


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("client_encoding=bogus", 'invalid value for parameter "client_encoding": "bogus"'),
        ("options=-c%20bogus%3D1", 'unrecognized configuration parameter "bogus"'),
    ],
)
def test_an_option_that_the_server_refuses_never_works(
    postgresql_url: str, open_store: OpenStore, option: str, says: str
) -> None:
    with pytest.raises(ConfigError, match=f"{re.escape(says)}; correct the options of"):
        open_store(f"{postgresql_url}?{option}")


def test_a_foreign_database_has_no_schema_of_ours(tmp_path: Path, open_store: OpenStore) -> None:
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    with pytest.raises(SchemaError):
        open_store(f"sqlite:///{tmp_path}/other.db").check_schema()
