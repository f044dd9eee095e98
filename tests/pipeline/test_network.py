"""A link to PostgreSQL that is cut, frozen, or loses the reply to a COMMIT: nothing is lost, nothing hangs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from dedup.config import Config
from dedup.config.sections import DatabaseSettings
from dedup.errors import DatabaseAway
from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.store.database.engine import unlimited

from ..proxy import Proxy
from .conftest import NOW, picture, put, run
from .faults import deliveries

pytestmark = pytest.mark.postgresql
SILENCE = 0.5


@pytest.fixture
def proxy(postgresql_url: str) -> Iterator[Proxy]:
    port = make_url(postgresql_url).port
    assert port is not None
    with Proxy(port) as running:
        yield running


@pytest.fixture
def store(postgresql_url: str, proxy: Proxy) -> Iterator[Store]:
    """The database, seen through the proxy."""
    url = make_url(postgresql_url).set(port=proxy.port).render_as_string(hide_password=False)
    opened = Store.open(DatabaseSettings(url=url, timeout_seconds=2, query_seconds=SILENCE))
    put(opened, deliveries())
    yield opened
    proxy.thaw()
    opened.close()


def sound(store: Store, undisturbed: dict[str, Any]) -> None:
    """A clean pass ends where an undisturbed run ends."""
    store.engine.dispose()
    run(store, batch_size=3)
    assert picture(store) == undisturbed
    assert store.check(full=True) == []


def test_a_link_that_is_cut_in_a_pass(store: Store, proxy: Proxy, undisturbed: dict[str, Any]) -> None:
    with store.writer_lock() as lock:
        pipeline = Pipeline(store, Config(), lock, clock=lambda: NOW)
        pipeline.load()
        proxy.cut()  # between two transactions a new connection is made
        store.check_schema()
        sa.event.listen(store.engine, "before_cursor_execute", _at_the_end_of_a_batch(proxy.cut))
        with pytest.raises(DatabaseAway):
            pipeline.run_pass()
    sound(store, undisturbed)


def test_a_link_that_acknowledges_and_never_answers(store: Store, proxy: Proxy, undisturbed: dict[str, Any]) -> None:
    with store.writer_lock() as lock:
        pipeline = Pipeline(store, Config(), lock, clock=lambda: NOW)
        sa.event.listen(store.engine, "before_cursor_execute", _at_the_end_of_a_batch(proxy.freeze))
        with pytest.raises(DatabaseAway, match=r"the server has not answered for 0\.5 s"):
            pipeline.run_pass()
        proxy.thaw()
    sound(store, undisturbed)


def test_a_commit_whose_reply_is_lost_is_not_done_twice(
    store: Store, proxy: Proxy, undisturbed: dict[str, Any]
) -> None:
    with store.writer_lock() as lock:
        pipeline = Pipeline(store, Config(), lock, clock=lambda: NOW)
        pipeline.load()
        lose = partial(proxy.lose_reply_to, b"COMMIT")
        sa.event.listen(store.engine, "before_cursor_execute", _at_the_end_of_a_batch(lose))
        with pytest.raises(DatabaseAway):
            pipeline.run_pass()
        assert proxy.swallowed.is_set()
    sound(store, undisturbed)


def test_a_slow_answer_is_no_silence(store: Store) -> None:
    with store.reading() as connection:
        assert connection.scalar(sa.text("SELECT pg_sleep(0.2) IS NULL")) is False
        with unlimited(connection):
            assert connection.scalar(sa.text(f"SELECT pg_sleep({SILENCE + 0.2}) IS NULL")) is False


def test_a_query_that_takes_longer_than_allowed_is_an_outage_and_the_store_goes_on(store: Store) -> None:
    with pytest.raises(DatabaseAway, match="has not answered"), store.reading() as connection:
        connection.execute(sa.text("SELECT pg_sleep(30)"))
    store.check_schema()


def test_a_query_that_took_too_long_does_not_go_on_in_the_server(store: Store, postgresql_url: str) -> None:
    with pytest.raises(DatabaseAway, match="has not answered"), store.reading() as connection:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(7)"))
        connection.execute(sa.text("SELECT pg_sleep(60)"))
    with psycopg.connect(postgresql_url) as other:
        other.execute("SET lock_timeout = '20s'")
        other.execute("SELECT pg_advisory_xact_lock(7)")  # not before the first transaction has ended


def _at_the_end_of_a_batch(fault: Callable[[], None]) -> Any:
    """Calls `fault` once, in the transaction that empties the inbox."""
    faults = [fault]

    def before(*arguments: Any) -> None:
        if faults and arguments[2].startswith("DELETE FROM inbox"):
            faults.pop()()

    return before
