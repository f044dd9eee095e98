"""Connections and transactions: what SQLite and PostgreSQL do when writers meet, the disk is full, the server goes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, NoResultFound

from dedup import ending
from dedup.config.sections import DatabaseSettings
from dedup.errors import ConfigError, DatabaseAway, FilesLost, SchemaError
from dedup.store import Store
from dedup.store.database import faults, files
from dedup.store.database.engine import reading, unlimited, writing
from dedup.store.database.timed import TimedConnection, Waiting
from dedup.store.tables import inbox, rejections, state

from .sample import AT

OpenStore = Callable[..., Store]
SECRET = "tr0ub4dor"


def raise_number(store: Store, times: int) -> None:
    for _ in range(times):
        with store.writing() as connection:
            number = connection.scalar(
                sa.select(state.c.writer).with_for_update()
                if connection.dialect.name == "postgresql"
                else sa.select(state.c.writer)
            )
            assert number is not None
            connection.execute(sa.update(state).values(writer=number + 1))


def test_threads_that_read_and_then_write_never_find_the_database_locked(store: Store, second_store: Store) -> None:
    errors: list[BaseException] = []

    def work(own: Store) -> None:
        try:
            raise_number(own, 50)
        except BaseException as error:  # noqa: BLE001 - told in the assertion below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(own,)) for own in (store, store, second_store, second_store)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert errors == []
    with store.reading() as connection:
        assert connection.scalar(sa.select(state.c.writer)) == 200


def test_a_reader_sees_one_moment(store: Store, second_store: Store) -> None:
    with store.reading() as connection:
        assert connection.scalar(sa.select(state.c.writer)) == 0
        raise_number(second_store, 1)
        assert connection.scalar(sa.select(state.c.writer)) == 0
    with store.reading() as connection:
        assert connection.scalar(sa.select(state.c.writer)) == 1


def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(DatabaseAway, match=r"readonly|read-only"), store.reading() as connection:
        connection.execute(sa.update(state).values(writer=7))
    raise_number(store, 1)


def test_a_block_that_raises_writes_nothing(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.writing() as connection:
        connection.execute(sa.update(state).values(writer=7))
        raise ZeroDivisionError
    with store.reading() as connection:
        assert connection.scalar(sa.select(state.c.writer)) == 0


def test_sqlite_is_set_up_to_lose_nothing(sqlite_url: str) -> None:
    with closing(Store.open(DatabaseSettings(url=sqlite_url))) as store, store.reading() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "trusted_schema")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0}


def test_sqlite_keeps_few_pages(sqlite_url: str) -> None:
    """The system has them as well. More were no faster, and stayed with each connection (`PRAGMA cache_size`)."""
    with closing(Store.open(DatabaseSettings(url=sqlite_url))) as store, store.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA cache_size").scalar() == -16 * 1024  # KiB where it is negative


def test_a_database_that_stays_locked_is_away(sqlite_url: str, open_store: OpenStore) -> None:
    rival = open_store(sqlite_url)
    store = open_store(sqlite_url, 0.1)
    with rival.writing() as connection:
        connection.execute(sa.update(state).values(writer=1))
        with pytest.raises(DatabaseAway, match=r"locked.*fuser"), store.writing():
            pass
        assert store.health().pending == 0  # readers are not kept waiting
    raise_number(store, 1)


def test_a_full_disk_is_away_and_loses_nothing(sqlite_url: str, open_store: OpenStore) -> None:
    store = open_store(sqlite_url)
    body = "x" * 1_000_000
    with pytest.raises(DatabaseAway, match=r"full.*make room"), store.writing() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 20}")
        connection.execute(sa.insert(inbox), [{"uri": f"urn:{n}", "body": body} for n in range(10)])
    with store.writing() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(inbox)) == 0
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
        connection.execute(sa.insert(inbox).values(uri="urn:1", body=body))
    assert store.health().pending == 1


def test_a_bug_is_not_taken_for_an_absent_database(store: Store) -> None:
    for statement in ("SELECT nothing FROM nowhere", "SELECT 1 +", "INSERT INTO texts (article_id) VALUES (1)"):
        with pytest.raises(sa.exc.DBAPIError), store.writing() as connection:
            connection.exec_driver_sql(statement)


@pytest.mark.postgresql
def test_a_session_that_is_ended_by_the_server_is_away(postgresql_url: str, open_store: OpenStore) -> None:
    store, admin = open_store(postgresql_url), open_store(postgresql_url)
    with pytest.raises(DatabaseAway, match="try again"), store.writing() as connection:
        connection.execute(sa.update(state).values(writer=7))
        pid = connection.scalar(sa.text("SELECT pg_backend_pid()"))
        with admin.writing() as other:
            other.execute(sa.text("SELECT pg_terminate_backend(:pid, 30000)"), {"pid": pid})
        connection.scalar(sa.select(state.c.writer))
    raise_number(store, 1)
    with store.reading() as connection:
        assert connection.scalar(sa.select(state.c.writer)) == 1


@pytest.mark.postgresql
@pytest.mark.parametrize("use", [reading, writing])
def test_an_interrupt_while_the_server_is_waited_for_is_no_bug(
    postgresql_url: str, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch, use: Any
) -> None:
    """A connection whose statement was left alone takes no other one: the error of that hid the interrupt."""
    store = open_store(postgresql_url)
    with use(store.engine) as connection:
        connection.execute(sa.text("SELECT 1"))

    def left_alone(_connection: object, waiting: Waiting) -> Waiting:
        try:
            yield next(waiting)
        except StopIteration as done:  # it had not to wait
            return done.value
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(TimedConnection, "_timed", left_alone)
    with pytest.raises(KeyboardInterrupt), use(store.engine) as connection:
        connection.execute(sa.text("SELECT 1"))
    with use(store.engine) as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1


@pytest.mark.postgresql
def test_deadlocks_and_time_outs_may_pass(postgresql_url: str, open_store: OpenStore) -> None:
    store, rival = open_store(postgresql_url), open_store(postgresql_url)
    with rival.writing() as other:
        other.execute(sa.update(state).values(writer=1))
        with pytest.raises(DatabaseAway, match="lock timeout"), store.writing() as connection:
            connection.exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
            connection.execute(sa.update(state).values(writer=2))


@pytest.mark.postgresql
def test_a_lock_that_somebody_keeps_is_told_and_no_session_is_left_waiting_for_it(
    postgresql_url: str, open_store: OpenStore
) -> None:
    rival, settings = open_store(postgresql_url), DatabaseSettings(url=postgresql_url, query_seconds=0.5)
    with closing(Store.open(settings)) as store, rival.writing() as other:
        other.exec_driver_sql("LOCK TABLE inbox")
        with pytest.raises(DatabaseAway, match=r"another session keeps .* locked; end"), store.writing() as connection:
            connection.execute(sa.insert(inbox).values(uri="u", body="b"))
        waiting = sa.text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        assert other.scalar(waiting) == 0


@pytest.mark.postgresql
def test_what_may_take_long_waits_for_locks_as_long_as_it_takes(postgresql_url: str, open_store: OpenStore) -> None:
    store = open_store(postgresql_url)
    with store.writing() as connection:
        assert connection.scalar(sa.text("SHOW lock_timeout")) == "108s"
        with unlimited(connection):
            assert connection.scalar(sa.text("SHOW lock_timeout")) == "0"
    with store.writing() as connection:
        assert connection.scalar(sa.text("SHOW lock_timeout")) == "108s"


def test_times_are_written_alike(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(sa.insert(inbox).values(uri="urn:1", body="x"))
        connection.execute(sa.insert(rejections).values(source="s", uri="u", reason="empty", detail="d", at=AT))
        received = connection.exec_driver_sql("SELECT received_at FROM inbox").scalar_one()
        at = connection.exec_driver_sql("SELECT at FROM rejections").scalar_one()
        if connection.dialect.name == "sqlite":
            assert at == "2025-05-21T12:00:00Z"
            assert len(received) == len(at)
            assert (received[10], received[19]) == ("T", "Z")
        else:
            assert at == AT
            assert received.utcoffset() is not None
        assert connection.scalar(sa.select(rejections.c.at)) == AT


def opened(inode: int) -> int:
    """How many descriptors of this process lead to a file."""
    return sum(found.stat().st_ino == inode for found in Path("/proc/self/fd").iterdir() if found.exists())


def test_no_connection_to_a_file_outlives_its_name(sqlite_url: str, open_store: OpenStore, tmp_path: Path) -> None:
    """Beside the connections to another file of that name, SQLite would cut the memory that they share."""
    store = open_store(sqlite_url)
    store.backup(tmp_path / "backup.db")
    with store.reading() as one, store.reading() as other:
        assert [one.scalar(sa.select(state.c.writer)), other.scalar(sa.select(state.c.writer))] == [0, 0]
    before = tmp_path / "before.db"
    (tmp_path / "dedup.db").rename(before)
    assert opened(before.stat().st_ino) == 2
    (tmp_path / "backup.db").rename(tmp_path / "dedup.db")
    with store.reading() as connection:
        assert connection.scalar(sa.select(state.c.writer)) == 0
        assert opened(before.stat().st_ino) == 0


def test_another_file_is_not_opened_while_somebody_reads_in_the_former_one(
    sqlite_url: str, open_store: OpenStore, tmp_path: Path
) -> None:
    store = open_store(sqlite_url)
    store.backup(tmp_path / "backup.db")
    with store.reading() as one:
        assert one.scalar(sa.select(state.c.writer)) == 0
        with store.reading():
            pass
        (tmp_path / "backup.db").replace(tmp_path / "dedup.db")
        with pytest.raises(DatabaseAway, match="another file has taken the place"), store.reading():
            pass
        assert one.scalar(sa.select(state.c.writer)) == 0
    with store.reading() as connection:
        assert connection.scalar(sa.select(state.c.writer)) == 0


ANOTHER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("INSERT INTO inbox (uri, body) VALUES ('theirs', 'x')")
connection.commit()
"""


def test_a_log_that_another_thread_begins_while_a_connection_is_made_is_not_taken_for_one_that_was_removed(
    sqlite_url: str, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, look, others = open_store(sqlite_url), files.files_at, list[sa.Connection]()
    store.close()  # so that the next connection begins a log

    def looked(path: Path) -> files.Files:
        found = look(path)
        if not others:
            monkeypatch.setattr(files, "files_at", look)
            others.append(store.engine.connect())
        return found

    monkeypatch.setattr(files, "files_at", looked)
    raise_number(store, 1)
    (other,) = others
    assert other.scalar(sa.select(state.c.writer)) == 1
    other.close()


@pytest.mark.parametrize("suffixes", [("-wal", "-shm"), ("-wal",), ("-shm",)])
def test_nothing_is_committed_to_a_log_that_has_no_name(
    sqlite_url: str, open_store: OpenStore, tmp_path: Path, suffixes: tuple[str, ...]
) -> None:
    store = open_store(sqlite_url)
    raise_number(store, 3)
    with pytest.raises(FilesLost, match="is saved"), store.writing() as connection:
        connection.execute(sa.update(state).values(writer=7))
        for suffix in suffixes:
            (tmp_path / f"dedup.db{suffix}").unlink()
    store.close()
    with open_store(sqlite_url).reading() as connection:
        assert connection.scalar(sa.select(state.c.writer)) == 3


def test_a_log_is_known_behind_a_link_to_the_database(sqlite_url: str, open_store: OpenStore, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "dedup.db").rename(tmp_path / "data" / "news.db")
    (tmp_path / "dedup.db").symlink_to("data/news.db")
    store = open_store(sqlite_url)
    raise_number(store, 3)
    with pytest.raises(FilesLost, match=r"data/news.db-wal or .* is saved"), store.writing() as connection:
        connection.execute(sa.update(state).values(writer=7))
        (tmp_path / "data" / "news.db-wal").unlink()
    store.close()
    with open_store(sqlite_url).reading() as connection:
        assert connection.scalar(sa.select(state.c.writer)) == 3


def test_what_others_write_into_a_log_of_their_own_outlives_the_connections_to_the_former(
    sqlite_url: str, open_store: OpenStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[object] = []
    monkeypatch.setattr(ending, "_kept", kept)  # this process does not end here
    store = open_store(sqlite_url)
    with store.reading(), store.reading() as other:
        for suffix in ("-wal", "-shm"):
            (tmp_path / f"dedup.db{suffix}").unlink()
        with pytest.raises(DatabaseAway, match=r"was removed.*nothing was written$"), store.reading():
            pass  # not saved from a connection that somebody works with
        command = [sys.executable, "-c", ANOTHER, str(tmp_path / "dedup.db")]
        subprocess.run(command, check=True)
        with pytest.raises(FilesLost, match=r"another program has begun.*fuser"), store.reading():
            pass
        assert other.scalar(sa.select(state.c.writer)) == 0
    for _ in range(2):
        with pytest.raises(FilesLost), store.writing():
            pass
    store.close()
    assert len(kept) == 2
    with pytest.raises(FilesLost), store.reading():
        pass  # SQLite would use the former memory for it
    query = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT uri FROM inbox').fetchall())"
    told = subprocess.run([sys.executable, "-c", query, command[-1]], check=True, capture_output=True, text=True)
    assert told.stdout == "[('theirs',)]\n"


def test_a_password_is_in_no_message(open_store: OpenStore) -> None:
    for url in (
        f"postgresql://reader:{SECRET}@127.0.0.1:1/news",
        f"postgresql+psycopg2://reader:{SECRET}@127.0.0.1:1/news",
        f"postgresql://reader:{SECRET}@127.0.0.1:1/news?no_such_option=1",
    ):
        with pytest.raises((DatabaseAway, ConfigError)) as caught:
            open_store(url)
        assert SECRET not in str(caught.value)
        assert "127.0.0.1" in str(caught.value)


def test_what_an_error_code_of_sqlite_means() -> None:
    def told(code: int) -> type[BaseException] | None:
        cause = sqlite3.OperationalError("text of the driver")
        cause.sqlite_errorcode = code
        url = sa.make_url("sqlite:///news.db")
        error = faults.translated(sa.exc.OperationalError("SELECT 1", None, cause), url)
        return None if error is None else type(error)

    assert told(sqlite3.SQLITE_BUSY) is DatabaseAway
    assert told(sqlite3.SQLITE_IOERR | 10 << 8) is DatabaseAway
    assert told(sqlite3.SQLITE_CORRUPT) is ConfigError
    assert told(sqlite3.SQLITE_ERROR) is None
    assert told(0) is None


def test_what_a_database_lacks_is_told_and_a_wrong_statement_stays_a_bug(store: Store) -> None:
    wrong = sa.text("SELECT nothing FROM rules")
    with pytest.raises(DBAPIError), store.reading() as connection:
        connection.execute(wrong)
    with pytest.raises(NoResultFound), store.reading() as connection:
        connection.execute(sa.text("SELECT 1 FROM rules")).one()
    with store.writing() as connection:
        connection.execute(sa.text("ALTER TABLE source_rows RENAME COLUMN digest TO other"))
    lacking = "lacks what its schema has: table source_rows has no column digest; .* see: dedup db check"
    with pytest.raises(SchemaError, match=lacking), store.reading() as connection:
        connection.execute(sa.text("SELECT digest FROM source_rows"))
    with pytest.raises(SchemaError, match=lacking), store.writing() as connection:
        connection.execute(sa.text("INSERT INTO source_rows (source_name, digest) VALUES ('a', 'b')"))
    with store.writing() as connection:
        connection.execute(sa.text("ALTER TABLE source_rows RENAME COLUMN other TO digest"))
        connection.execute(sa.text("DELETE FROM state"))
    with pytest.raises(SchemaError, match="there are 0 rows in the table state"), store.writer_lock():
        pass
