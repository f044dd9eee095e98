"""Two daemons on one PostgreSQL: one leads, one stands by and takes over, and what the first one does is harmless."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dedup.store.invariants.check import check

from .conftest import BODY, StartDaemon, finished

pytestmark = pytest.mark.postgresql


def rows(url: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query.encode(), values)
        return cursor.fetchall() if cursor.description else []


def put(url: str, uri: str, body: str = BODY) -> None:
    rows(url, "INSERT INTO inbox (source, uri, body) VALUES ('test', %s, %s)", uri, body)


def roles(url: str) -> list[str]:
    return [role for (role,) in rows(url, "SELECT role FROM v_instances WHERE alive ORDER BY role")]


def test_a_standby_takes_over_from_a_frozen_leader_and_hands_back_when_it_is_killed(
    start_daemon: StartDaemon, folder: Path, postgresql_url: str, open_store: Any
) -> None:
    toml = folder / "dedup.toml"
    settings = "[service]\ninterval_seconds = 0.1\nhealth_seconds = 0.5\nstandby = true\n"
    toml.write_text(f"{settings}lease_seconds = 3600\n", encoding="utf-8")
    first = start_daemon(DEDUP_DATABASE_URL=postgresql_url)
    first.event("pass.finished")
    second = start_daemon(DEDUP_DATABASE_URL=postgresql_url)
    second.event("service.standby")
    put(postgresql_url, "a")
    first.event("pass.finished", finished)
    while roles(postgresql_url) != ["leader", "standby"]:
        first.event("pass.finished")
    (status,) = rows(postgresql_url, "SELECT status FROM v_instances WHERE role = 'standby'")
    assert status[0].startswith("standby: another instance writes")

    first.signal(signal.SIGSTOP)
    toml.write_text(f"{settings}lease_seconds = 3\n", encoding="utf-8")
    second.signal(signal.SIGHUP)
    assert second.event("service.leading")["ended_sessions"] >= 1
    put(postgresql_url, "b", "A woman of ninety crossed the lake of Veyra in a canoe that she had built by herself.")
    second.event("pass.finished", finished)
    first.signal(signal.SIGCONT)
    first.event("service.standby")

    second.signal(signal.SIGKILL)
    assert second.end() == -signal.SIGKILL
    assert first.event("service.leading")["ended_sessions"] == 0
    put(postgresql_url, "c", f"{BODY} Two tugs wait outside for the tide.")
    first.event("pass.finished", finished)
    first.signal(signal.SIGTERM)
    assert first.end() == 0
    assert rows(postgresql_url, "SELECT uri FROM v_articles ORDER BY article_id") == [("a",), ("b",), ("c",)]
    assert rows(postgresql_url, "SELECT role FROM v_instances") == []
    with open_store(postgresql_url).reading() as connection:
        assert check(connection, full=True) == []
