"""One writer at a time, in this process and in others, and never one that has lost its place."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from dedup.config.sections import RetentionSettings
from dedup.errors import AlreadyRunning, ConfigError, DatabaseAway, LockLost, SchemaError
from dedup.store import Store
from dedup.store.operation import held
from dedup.store.passes import inbox
from dedup.store.passes.inbox import Rejected
from dedup.store.tables import state

from .sample import AT

OpenStore = Callable[..., Store]

HOLD = """
import sys
from dedup.config.sections import DatabaseSettings
from dedup.store import Store
lock = Store.open(DatabaseSettings(url=sys.argv[1])).writer_lock()
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def holder(url: str) -> Iterator[subprocess.Popen[str]]:
    """A program that has the lock, killed at the end."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def wait_until_free(store: Store) -> None:
    """PostgreSQL notices the end of a session a moment later: another session waits for the lock in the server."""
    if store.engine.dialect.name == "postgresql":
        with store.writing() as connection:
            key = "hashtext('dedup writer ' || current_schema())"
            connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({key})"))


def test_a_second_writer_is_refused(store: Store, second_store: Store) -> None:
    with store.writer_lock():
        for other in (second_store, store):
            with pytest.raises(AlreadyRunning, match=r"process \d+.*dedup status") as caught:
                other.writer_lock().acquire()
            assert caught.value.exit_code == 75
    wait_until_free(store)
    with second_store.writer_lock():
        pass


def test_a_writer_cannot_take_its_lock_twice(store: Store) -> None:
    lock = store.writer_lock()
    lock.acquire()
    with pytest.raises(AlreadyRunning):
        lock.acquire()
    with store.writing() as connection:
        lock.hold(connection)
    lock.release()
    lock.release()
    wait_until_free(store)
    lock.acquire()
    lock.release()


def test_a_writer_of_another_process_is_refused_until_it_is_killed(store: Store, database_url: str) -> None:
    with holder(database_url) as process:
        with pytest.raises(AlreadyRunning) as caught:
            store.writer_lock().acquire()
        if store.path is not None:
            assert f"process {process.pid}" in str(caught.value)
    wait_until_free(store)
    with store.writer_lock() as lock:
        assert lock.number == 2
        with store.writing() as connection:
            lock.hold(connection)


def test_a_link_leads_to_the_same_lock(sqlite_url: str, open_store: OpenStore, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "link.db"
    link.parent.mkdir()
    link.symlink_to(tmp_path / "dedup.db")
    with open_store(sqlite_url).writer_lock(), pytest.raises(AlreadyRunning):
        open_store(f"sqlite:///{link}").writer_lock().acquire()


def test_a_lock_that_cannot_be_numbered_is_given_back(store: Store, second_store: Store) -> None:
    with store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM state")
    lock = store.writer_lock()
    with pytest.raises(SchemaError, match="there are 0 rows in the table state"):
        lock.acquire()
    wait_until_free(store)
    with second_store.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO state (state_id, writer, next_article_id, next_ordinal, next_group_id, next_story_id, "
            "next_history_id) VALUES (1, 0, 1, 1, 1, 1, 1)"
        )
    with second_store.writer_lock():
        pass


def test_a_file_stays_locked_while_no_number_can_be_taken(sqlite_url: str, open_store: OpenStore) -> None:
    store, second_store = open_store(sqlite_url, 0.1), open_store(sqlite_url)
    with store.writer_lock() as lock:
        with second_store.writing(), pytest.raises(DatabaseAway, match="locked"):
            lock.take_over(None)
        with pytest.raises(AlreadyRunning):
            second_store.writer_lock().acquire()
        assert held.holder(second_store.engine) == os.getpid()
        lock.take_over(None)
        assert lock.number == 2
        with store.writing() as connection:
            lock.hold(connection)
    with second_store.writer_lock():
        pass


@pytest.mark.parametrize("hidden", ["all", "those of others"])
def test_who_holds_a_file_is_known_where_the_locks_are_hidden(
    sqlite_url: str, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, hidden: str
) -> None:
    """As systemd's ProcSubset=pid does for whatever watches the service, and a container for what runs beside it."""
    monkeypatch.setattr(held, "LOCKS", tmp_path / "locks")
    monkeypatch.setattr(held, "NAMESPACE", tmp_path / "pid")
    if hidden == "those of others":
        (tmp_path / "locks").write_text("1: FLOCK  ADVISORY  WRITE 7 00:22:77 0 EOF\n", "ascii")
        (tmp_path / "pid").symlink_to("pid:[4026532205]")
    store, watcher = open_store(sqlite_url), open_store(sqlite_url)
    assert held.holder(watcher.engine) is None
    with store.writer_lock():
        assert held.holder(watcher.engine) == held.holder(watcher.engine) == os.getpid()
    assert held.holder(watcher.engine) is None
    with store.writer_lock():
        pass


def test_a_file_system_without_locks_is_a_matter_of_configuration(
    sqlite_url: str, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It was told as a bug of dedup, and the file stayed open."""

    def refuse(_handle: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    lock, open_files = open_store(sqlite_url).writer_lock(), Path("/proc/self/fd")
    before = [link.readlink() for link in open_files.iterdir() if link.is_symlink()]
    monkeypatch.setattr("dedup.store.operation.lock.fcntl.flock", refuse)
    with pytest.raises(ConfigError, match=r"\.lock cannot be locked: No locks available; put the database on a"):
        lock.acquire()
    after = [link.readlink() for link in open_files.iterdir() if link.is_symlink()]
    assert not [path for path in after if path.suffix == ".lock" and path not in before]


def test_a_lock_whose_file_was_removed_is_taken_anew(sqlite_url: str, open_store: OpenStore, tmp_path: Path) -> None:
    store, second_store = open_store(sqlite_url), open_store(sqlite_url)
    with store.writer_lock() as lock:
        (tmp_path / "dedup.db.lock").unlink()
        with second_store.writer_lock(), pytest.raises(AlreadyRunning):
            lock.take_over(None)
        lock.take_over(None)
        with pytest.raises(AlreadyRunning):
            second_store.writer_lock().acquire()


def test_a_backup_in_the_place_of_the_database_is_not_written_to_before_the_lock_is_taken_again(
    sqlite_url: str, open_store: OpenStore, tmp_path: Path
) -> None:
    store = open_store(sqlite_url)
    with store.writer_lock() as lock:
        store.backup(tmp_path / "backup.db")
        with store.writing() as connection:
            lock.hold(connection)
            connection.execute(sa.update(state).values(next_story_id=99))
        put_in_place(tmp_path / "backup.db")
        with pytest.raises(DatabaseAway, match="another file has taken the place"), store.writing() as connection:
            lock.hold(connection)
        lock.take_over(None)
        with store.writing() as connection:
            lock.hold(connection)
            assert connection.scalar(sa.select(state.c.next_story_id)) == 1
            connection.execute(sa.update(state).values(next_story_id=50))
    with open_store(sqlite_url).reading() as connection:
        assert connection.scalar(sa.select(state.c.next_story_id)) == 50


def test_a_database_that_was_removed_is_away_and_not_made_anew(
    sqlite_url: str, open_store: OpenStore, tmp_path: Path
) -> None:
    store = open_store(sqlite_url)
    with store.writer_lock() as lock:
        store.backup(tmp_path / "backup.db")
        (tmp_path / "dedup.db").unlink()
        for work in (store.health, store.check_schema, lambda: lock.take_over(None)):
            with pytest.raises(DatabaseAway, match="file and its folder are there"):
                work()
        assert not (tmp_path / "dedup.db").exists()
        (tmp_path / "dedup.db").touch()
        for work in (lambda: lock.take_over(None), store.sign_off):
            with pytest.raises(SchemaError, match="dedup db upgrade"):
                work()
        put_in_place(tmp_path / "backup.db")
        lock.take_over(None)
        assert store.check() == []


def put_in_place(backup: Path) -> None:
    """Restores `backup` as the README says, but with the service running."""
    database = backup.with_name("dedup.db")
    for suffix in ("-wal", "-shm"):
        database.with_name(f"dedup.db{suffix}").unlink(missing_ok=True)
    backup.replace(database)


def test_a_taken_over_writer_cannot_commit(store: Store, second_store: Store) -> None:
    lock = store.writer_lock()
    lock.acquire()
    with second_store.writing() as connection:  # what any other writer does when it takes the lock
        connection.execute(sa.update(state).values(writer=state.c.writer + 1))
    with pytest.raises(LockLost) as caught, store.writing() as connection:
        connection.execute(sa.update(state).values(next_story_id=99))
        lock.hold(connection)
    assert caught.value.exit_code == 75
    with store.reading() as connection:
        assert connection.scalar(sa.select(state.c.next_story_id)) == 1
    lock.release()


def test_a_writer_whose_database_a_newer_program_upgraded_cannot_commit(store: Store, second_store: Store) -> None:
    with store.writer_lock() as lock:
        with second_store.writing() as connection:  # what any other version does, beside a daemon that runs
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        with (
            pytest.raises(SchemaError, match=r"schema 9999.*a newer dedup has upgraded it"),
            store.writing() as connection,
        ):
            connection.execute(sa.update(state).values(next_story_id=99))
            lock.hold(connection)
    with store.reading() as connection:
        assert connection.scalar(sa.select(state.c.next_story_id)) == 1


def test_a_taken_over_writer_forgets_nothing(store: Store, second_store: Store) -> None:
    with store.writing() as connection:
        inbox.reject(connection, [Rejected("s", "urn:old", "empty", "no text")], AT)
    settings = RetentionSettings(rejections_days=1)
    with store.writer_lock() as lock:
        with second_store.writing() as connection:
            connection.execute(sa.update(state).values(writer=state.c.writer + 1))
        with pytest.raises(LockLost):
            store.apply_retention(settings, AT + timedelta(days=9), lock)
    assert store.apply_retention(settings, AT + timedelta(days=9))[0]["rejections"] == 1


def test_a_number_that_could_not_be_written_is_not_taken(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a full disk: the writer leads as before, and nobody has taken over."""
    lock = store.writer_lock()
    lock.acquire()

    def fails(_: sa.Connection) -> None:
        raise DatabaseAway("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("dedup.store.operation.lock.instances.forget_leaders", fails)
        with pytest.raises(DatabaseAway):
            lock.take_over(None)
    if store.engine.dialect.name == "postgresql":
        return  # the session was given back, and with it the right to write
    with store.writing() as connection:
        lock.hold(connection)
    lock.release()


@pytest.mark.postgresql
def test_the_fence_stops_a_writer_whose_session_was_ended(postgresql_url: str, open_store: OpenStore) -> None:
    store, second_store = open_store(postgresql_url), open_store(postgresql_url)
    lock = store.writer_lock()
    lock.acquire()
    with second_store.writing() as connection:
        sessions = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
        pids = list(connection.scalars(sa.text(sessions)))
        assert len(pids) == 1
        assert connection.scalar(sa.text("SELECT pg_terminate_backend(:pid, 30000)"), {"pid": pids[0]})
    with store.writing() as connection:
        lock.hold(connection)  # nobody has taken over yet, so the work may go on
    with second_store.writer_lock() as other:
        with pytest.raises(LockLost), store.writing() as connection:
            lock.hold(connection)
        lock.release()
        with pytest.raises(AlreadyRunning):
            lock.acquire()
        with second_store.writing() as connection:
            other.hold(connection)
    wait_until_free(store)
    lock.acquire()
    lock.release()


@pytest.mark.postgresql
def test_the_one_who_takes_over_waits_for_the_batch_that_is_being_written(
    postgresql_url: str, open_store: OpenStore
) -> None:
    store, second_store = open_store(postgresql_url), open_store(postgresql_url)
    lock = store.writer_lock()
    lock.acquire()
    with store.writing() as connection:
        lock.hold(connection)
        with pytest.raises(sa.exc.DBAPIError, match="could not obtain lock"), second_store.engine.begin() as other:
            other.execute(sa.select(state.c.writer).with_for_update(nowait=True))
    lock.release()


def test_the_file_of_the_lock_is_private_to_owner_and_group(sqlite_url: str, open_store: OpenStore) -> None:
    store = open_store(sqlite_url)
    with store.writer_lock():
        assert store.path is not None
        path = store.path.with_name("dedup.db.lock")
        assert path.stat().st_mode & 0o007 == 0
        assert path.read_text().strip() == str(os.getpid())


@pytest.mark.postgresql
def test_a_standby_ends_the_sessions_of_a_silent_holder_alone(postgresql_url: str, open_store: OpenStore) -> None:
    store = open_store(postgresql_url)
    with holder(postgresql_url) as process, closing(store.writer_lock()) as standby:
        with pytest.raises(AlreadyRunning):
            standby.take_over(3600)
        process.send_signal(signal.SIGSTOP)
        with store.reading() as connection:
            ended = standby.take_over(0)
            assert ended >= 1
            assert connection.scalar(sa.text("SELECT 1")) == 1  # the standby's own sessions live on


@pytest.mark.postgresql
def test_a_holder_whose_sessions_were_ended_is_told_by_its_next_sign_of_life(
    postgresql_url: str, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dedup.store.operation.lock.KEEP_SECONDS", 0.0)
    store = open_store(postgresql_url)
    with store.writer_lock() as lock:
        lock.keep()
        with psycopg.connect(postgresql_url, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid, 30000) FROM pg_locks WHERE locktype = 'advisory'")
        with pytest.raises(DatabaseAway):
            lock.keep()
