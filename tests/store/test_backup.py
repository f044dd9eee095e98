"""Backups: whole, taken while the daemon writes, never in the place of something else."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from dedup.errors import ConfigError, TemporaryError, UsageError
from dedup.store import Store
from dedup.store.operation import backup
from dedup.store.tables import inbox

from .sample import fill

OpenStore = Callable[..., Store]


@pytest.fixture
def sqlite_store(sqlite_url: str, open_store: OpenStore) -> Store:
    store = open_store(sqlite_url)
    fill(store)
    return store


def test_a_restored_copy_is_the_same_database(sqlite_store: Store, open_store: OpenStore, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    assert sqlite_store.backup(target) == target.stat().st_size > 0
    restored = tmp_path / "restored"
    restored.mkdir()
    shutil.copyfile(target, restored / "news.db")
    store = open_store(f"sqlite:///{restored}/news.db")
    store.check_schema()
    assert store.check(full=True) == []
    with store.reading() as copied, sqlite_store.reading() as original:
        for view in ("v_articles", "v_story_articles", "v_why", "v_story_history", "v_runs"):
            query = sa.text(f"SELECT * FROM {view}")
            assert list(copied.execute(query)) == list(original.execute(query))
    with store.writer_lock(), store.writing() as connection:
        connection.execute(sa.insert(inbox).values(uri="urn:1", body="x"))


def test_a_copy_may_have_any_name(sqlite_store: Store, tmp_path: Path) -> None:
    """A file system takes names that are no UTF-8, as from before there was UTF-8."""
    target = tmp_path / os.fsdecode(b"copy '?\xff\xe4.db")
    assert sqlite_store.backup(target) == target.stat().st_size > 0
    assert sorted(tmp_path.glob("*copy*")) == [target]


def test_a_copy_for_which_there_is_no_room_is_told_as_that(sqlite_store: Store, tmp_path: Path) -> None:
    """And not as trouble of the database: only the disk of the copy is full, or a file there may not be so large."""
    target = tmp_path / "copy.db"
    target.write_text("the copy of yesterday")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(TemporaryError) as caught:
            sqlite_store.backup(target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(caught.value) == f"{target} cannot be written: disk I/O error; nothing was changed"
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir() if "copy" in path.name] == [
        ("copy.db", "the copy of yesterday")
    ]


def test_any_program_can_read_the_copy_without_writing_beside_it(sqlite_store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    sqlite_store.backup(folder / "copy.db")
    connection = sqlite3.connect(f"file:{folder}/copy.db?mode=ro", uri=True)
    assert connection.execute("SELECT COUNT(*) FROM v_articles").fetchone() == (5,)
    assert [path.name for path in folder.iterdir()] == ["copy.db"]
    connection.close()


def test_a_backup_during_writes_holds_whole_transactions(
    sqlite_store: Store, sqlite_url: str, open_store: OpenStore, tmp_path: Path
) -> None:
    writer = open_store(sqlite_url)
    started, done = threading.Event(), threading.Event()

    def write() -> None:
        number = 0
        while not done.is_set():
            with writer.writing() as connection:  # always two rows at once
                connection.execute(sa.insert(inbox), [{"uri": f"urn:{number}", "body": "x" * 1000}] * 2)
            number += 1
            started.set()

    thread = threading.Thread(target=write)
    thread.start()
    started.wait(60)
    try:
        for number in range(5):
            sqlite_store.backup(tmp_path / f"copy{number}.db")
    finally:
        done.set()
        thread.join(60)
    for number in range(5):
        connection = sqlite3.connect(tmp_path / f"copy{number}.db")
        (count,) = connection.execute("SELECT COUNT(*) FROM inbox").fetchone()
        assert count >= 2
        assert count % 2 == 0
        connection.close()


def test_a_backup_within_a_write_transaction_of_another_sees_what_was_committed(
    sqlite_store: Store, sqlite_url: str, open_store: OpenStore, tmp_path: Path
) -> None:
    with open_store(sqlite_url).writing() as connection:
        connection.execute(sa.insert(inbox).values(uri="urn:1", body="x"))
        sqlite_store.backup(tmp_path / "copy.db")
    copy = sqlite3.connect(tmp_path / "copy.db")
    assert copy.execute("SELECT COUNT(*) FROM inbox").fetchone() == (0,)
    copy.close()


def test_a_backup_replaces_the_one_before_it(sqlite_store: Store, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("yesterday's")
    (tmp_path / ".copy.db.partial").write_text("left by a crash")
    sqlite_store.backup(target)
    assert target.read_bytes().startswith(b"SQLite format 3")
    assert not (tmp_path / ".copy.db.partial").exists()


def test_a_backup_that_fails_keeps_the_one_before_it(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "copy.db"
    target.write_text("yesterday's")

    def fail(_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(backup.os, "fsync", fail)
    with pytest.raises(TemporaryError, match=r"copy\.db cannot be written: Input/output error; nothing was changed"):
        sqlite_store.backup(target)
    assert target.read_text() == "yesterday's"
    assert not (tmp_path / ".copy.db.partial").exists()


def test_a_copy_is_as_private_as_the_database(sqlite_store: Store, tmp_path: Path) -> None:
    assert sqlite_store.path is not None
    sqlite_store.path.chmod(0o600)
    sqlite_store.backup(tmp_path / "copy.db")
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600


def test_what_is_refused(sqlite_store: Store, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "dedup.db")
    for target, words in (
        (tmp_path / "dedup.db", "which dedup itself needs"),
        (tmp_path / "link.db", "which dedup itself needs"),
        (tmp_path, "is a folder"),
        (tmp_path / "none" / "copy.db", "create it first"),
    ):
        with pytest.raises(UsageError, match=words) as caught:
            sqlite_store.backup(target)
        assert caught.value.exit_code == 64
    assert sqlite_store.check(full=True) == []


def test_a_damaged_database_makes_no_backup(sqlite_url: str, open_store: OpenStore, tmp_path: Path) -> None:
    store = open_store(sqlite_url)
    fill(store)
    path = store.path
    assert path is not None
    store.close()
    with path.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096 * 8)
    with pytest.raises(ConfigError, match="damaged"):
        open_store(sqlite_url).backup(tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


@pytest.mark.postgresql
def test_postgresql_has_its_own_tool(postgresql_url: str, open_store: OpenStore, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="pg_dump"):
        open_store(postgresql_url).backup(tmp_path / "copy.db")


def test_a_name_that_leaves_no_room_for_that_of_its_part_is_told(sqlite_store: Store, tmp_path: Path) -> None:
    with pytest.raises(TemporaryError, match="cannot be written: File name too long; nothing was changed"):
        sqlite_store.backup(tmp_path / ("c" * 250))


def test_a_copy_that_another_program_is_writing_is_left_to_it(sqlite_store: Store, tmp_path: Path) -> None:
    """Two at once would each take the other's half for its own."""
    target, part = tmp_path / "copy.db", tmp_path / ".copy.db.partial"
    with part.open("wb") as other:
        other.write(b"half of the other's")
        other.flush()
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(
            TemporaryError, match=r"another program is writing .*copy\.db; wait for it, or name another"
        ):
            sqlite_store.backup(target)
        assert part.read_bytes() == b"half of the other's"
    assert not target.exists()
    assert sqlite_store.backup(target) == target.stat().st_size
    assert not part.exists()
