"""Runs, health and what is forgotten: the record that operators and their watchers read."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from dedup.config.sections import RetentionSettings
from dedup.errors import LockLost
from dedup.store import Store, schema
from dedup.store.database.engine import this_instance
from dedup.store.operation import retention
from dedup.store.operation.health import Health
from dedup.store.operation.instances import Heartbeat, all_instances
from dedup.store.operation.retention import Place
from dedup.store.passes import inbox, rows, runs
from dedup.store.passes.inbox import Rejected
from dedup.store.passes.runs import Counts
from dedup.store.tables import instances

from .sample import AT, fill

OpenStore = Callable[..., Store]
DAY = timedelta(days=1)


def all_runs(store: Store) -> list[tuple[int, str, str | None]]:
    with store.reading() as connection:
        query = sa.text("SELECT run_id, outcome, error FROM v_runs ORDER BY run_id")
        return [(row.run_id, row.outcome, row.error) for row in connection.execute(query)]


def one_run(store: Store, outcome: str | None, at: datetime = AT, error: str | None = None) -> int:
    with store.writing() as connection:
        run_id = runs.start(connection, at)
        if outcome:
            runs.finish(connection, run_id, at + timedelta(seconds=1), outcome, 1.23456, error=error)
    return run_id


def wait_in_inbox(store: Store, seconds: int, uri: str = "urn:1") -> None:
    with store.writing() as connection:
        received = datetime.now(UTC) - timedelta(seconds=seconds)
        values = {"uri": uri, "at": received.strftime("%Y-%m-%dT%H:%M:%SZ")}
        given = ":at" if connection.dialect.name == "sqlite" else "CAST(:at AS timestamptz)"
        connection.execute(sa.text(f"INSERT INTO inbox (uri, body, received_at) VALUES (:uri, 'x', {given})"), values)


def test_a_run_from_its_start_to_its_end(store: Store) -> None:
    with store.writing() as connection:
        run_id = runs.start(connection, AT)
    assert all_runs(store) == [(run_id, "running", None)]
    with store.writing() as connection:
        runs.progress(connection, run_id, Counts(taken=3, accepted=2, rejected=1))
        runs.progress(connection, run_id, Counts(taken=1, updated=1))
        runs.progress(connection, run_id, Counts())
        runs.finish(connection, run_id, AT + DAY, "ok", 1.23456)
    with store.reading() as connection:
        row = connection.execute(sa.text("SELECT * FROM v_runs")).one()
    assert (row.taken, row.accepted, row.updated, row.unchanged, row.rejected) == (4, 2, 1, 0, 1)
    assert (row.outcome, row.seconds, row.error) == ("ok", 1.235, None)


def test_a_run_that_a_crash_left_open_is_closed_by_the_next(store: Store) -> None:
    first = one_run(store, None)
    second = one_run(store, None, AT + DAY)
    assert all_runs(store) == [
        (first, "aborted", "the program ended before the pass did"),
        (second, "running", None),
    ]
    assert store.check() == []


@pytest.mark.parametrize("source", ['the "wire" \\ $.a', "новости 😀", "[0]", "12"])
def test_articles_are_known_by_any_source_and_uri(store: Store, source: str) -> None:
    fill(store)
    uri = f'urn:{source}\n"1"'
    with store.writing() as connection:
        values = {"source": source, "uri": uri}
        connection.execute(sa.text("UPDATE articles SET source = :source, uri = :uri WHERE article_id = 4"), values)
    asked = [
        ("wire", "urn:1"),
        (source, uri),
        ("wire", "urn:none"),
        (source, "urn:1"),
        ("wire", "urn:2"),
        ("", "urn:1"),
    ]
    with store.reading() as connection:
        found = rows.known(connection, asked)
        assert rows.known(connection, []) == {}
    assert {key: row["article_id"] for key, row in found.items()} == {
        ("wire", "urn:1"): 1,
        (source, uri): 4,
        ("wire", "urn:2"): 2,
    }


def test_run_ids_are_never_used_again(store: Store) -> None:
    first = one_run(store, "ok")
    with store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM runs")
    assert one_run(store, "ok") > first


def test_health_of_an_empty_database(store: Store) -> None:
    assert store.health() == Health(True, (), None, 0, 0, schema.head(), None)


def test_health_after_a_pass(store: Store) -> None:
    fill(store)
    health = store.health()
    assert health.ok
    assert health.last_success_at == AT + timedelta(seconds=2)
    assert health.config_version == 1


def test_health_after_a_failure_and_after_its_cure(store: Store) -> None:
    one_run(store, "ok")
    one_run(store, "failed", AT + DAY, "DatabaseAway: gone")
    health = store.health()
    assert (health.ok, health.reasons) == (False, ("the last pass failed",))
    assert health.last_success_at == AT + timedelta(seconds=1)
    one_run(store, None, AT + 2 * DAY)
    assert not store.health().ok  # a pass that runs has not succeeded yet
    one_run(store, "stopped", AT + 3 * DAY)
    assert store.health().ok


def test_health_in_a_pass_that_gets_on_after_one_that_failed(store: Store) -> None:
    """It may work for hours on what came in meanwhile."""
    one_run(store, "failed")
    going_on = one_run(store, None, AT + DAY)
    assert not store.health().ok, "nothing shows yet that it will not fail, too"
    with store.writing() as connection:
        runs.progress(connection, going_on, Counts(taken=1, accepted=1))
    assert store.health().ok
    one_run(store, "failed", AT + 2 * DAY)
    assert not store.health().ok


def test_health_with_a_backlog(store: Store) -> None:
    wait_in_inbox(store, 60)
    health = store.health()
    assert (health.ok, health.pending) == (True, 1)
    assert 60 <= health.oldest_pending_seconds < 660
    wait_in_inbox(store, 5000, "urn:2")
    health = store.health()
    assert (health.ok, health.pending) == (False, 2)
    assert len(health.reasons) == 1
    assert health.reasons[0].startswith("an article has waited 5")


def test_health_tells_all_its_reasons(store: Store) -> None:
    one_run(store, "failed")
    wait_in_inbox(store, 5000)
    assert [reason[:10] for reason in store.health().reasons] == ["the last p", "an article"]


def test_health_with_a_clock_that_was_set_back(store: Store) -> None:
    wait_in_inbox(store, -5000)
    assert store.health().oldest_pending_seconds == 0


@pytest.mark.parametrize("received", ["NULL", "''", "'yesterday'", "x'ff'", "12", "'2025-13-45T99:00:00Z'"])
def test_health_with_odd_times_of_arrival(sqlite_url: str, open_store: OpenStore, received: str) -> None:
    store = open_store(sqlite_url)
    with store.writing() as connection:
        connection.exec_driver_sql(f"INSERT INTO inbox (uri, body, received_at) VALUES ('u', 'x', {received})")
    health = store.health()
    assert (health.pending, health.oldest_pending_seconds) == (1, 0)


def test_the_last_pass_before_a_moment_is_none_of_a_clock_that_was_ahead(store: Store) -> None:
    def last(moment: datetime) -> datetime | None:
        return store.last_pass_before(moment)

    assert last(AT) is None
    for at in (AT - DAY, AT, AT + 3_650 * DAY, AT + 2 * DAY):
        one_run(store, "ok", at)
    assert [last(AT + days * DAY) for days in (-1, 0, 1, 3)] == [None, AT - DAY, AT, AT + 2 * DAY]


def test_retention_forgets_what_is_old_and_nothing_else(store: Store) -> None:
    fill(store)
    one_run(store, "failed", AT + 50 * DAY)
    with store.writing() as connection:
        inbox.reject(connection, [Rejected("s", "urn:new", "empty", "no text")], AT + 50 * DAY)
    settings = RetentionSettings(runs_days=30, rejections_days=30, near_misses_days=30)
    assert store.apply_retention(settings, AT + 29 * DAY) == ({"runs": 0, "rejections": 0, "near_misses": 0}, None)
    # The run that went well last is kept however old it is: health tells when it was.
    assert store.apply_retention(settings, AT + 60 * DAY) == ({"runs": 0, "rejections": 1, "near_misses": 1}, None)
    one_run(store, "ok", AT + 51 * DAY)
    assert store.apply_retention(settings, AT + 60 * DAY) == ({"runs": 1, "rejections": 0, "near_misses": 0}, None)
    assert [run_id for run_id, _, _ in all_runs(store)] == [2, 3]
    assert store.check(full=True) == []
    with store.reading() as connection:
        assert list(connection.scalars(sa.text("SELECT uri FROM v_rejections"))) == ["urn:new"]
        assert connection.scalar(sa.text("SELECT COUNT(*) FROM v_why")) == 5


def test_whoever_writes_waits_for_a_page_of_what_retention_forgets(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One statement over all evidence of an archive would keep every INSERT into the inbox waiting."""
    monkeypatch.setattr("dedup.store.operation.retention.PAGE", 2)
    fill(store)
    with store.writing() as connection:
        refused = [Rejected("s", f"urn:{number}", "empty", "no text") for number in range(4)]
        inbox.reject(connection, refused, AT)
    settings, turns = RetentionSettings(runs_days=0, rejections_days=30, near_misses_days=30), iter([True, False])
    removed, place = store.apply_retention(settings, AT + 60 * DAY, goes_on=lambda: next(turns))
    assert (removed, place) == ({"rejections": 4}, ("rejections", 4))
    removed, place = store.apply_retention(settings, AT + 60 * DAY, after=place)
    assert (removed, place) == ({"rejections": 1, "near_misses": 1}, None)


def test_retention_looks_no_further_than_a_page_where_nothing_is_old(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each day it read all evidence and all texts that there are."""
    monkeypatch.setattr("dedup.store.operation.retention.PAGE", 2)
    monkeypatch.setattr("dedup.store.operation.forgetting.PAGE", 2)
    fill(store)
    pages: list[str] = []
    store.apply_retention(RetentionSettings(texts_days=1), AT, goes_on=lambda: not pages.append("page"))
    assert len(pages) == 4  # runs, rejections, near misses, texts


def test_what_settings_no_longer_forget_is_kept_where_that_had_begun(store: Store) -> None:
    fill(store)
    settings = RetentionSettings(near_misses_days=0)
    assert store.apply_retention(settings, AT + 400 * DAY, after=Place("near_misses", 0)) == ({"near_misses": 0}, None)


def test_evidence_goes_on_behind_near_misses_that_were_forgotten(store: Store) -> None:
    fill(store)
    with store.writing() as connection:
        joined = sa.text(
            "INSERT INTO matches SELECT article_id, version, 2, matched_article_id, tier, 'joined', score, jaccard, "
            "containment, shared_terms, 0.1, config_version, decided_at FROM matches WHERE article_id = 5 AND place = 1"
        )
        connection.execute(joined)
    store.apply_retention(RetentionSettings(near_misses_days=30), AT + 60 * DAY)
    with store.reading() as connection:
        assert rows.next_place(connection, 5, 1) == 3
        assert {row.article_id: row.evidence for row in rows.members(connection, [1], [])} == {1: 1, 2: 1, 3: 1, 5: 3}


def test_retention_of_zero_days_keeps_for_ever(store: Store) -> None:
    fill(store)
    settings = RetentionSettings(runs_days=0, rejections_days=0, near_misses_days=0)
    assert store.apply_retention(settings, AT + 10_000 * DAY) == ({}, None)
    with store.reading() as connection:
        assert connection.scalar(sa.text("SELECT COUNT(*) FROM v_rejections")) == 1


def test_retention_keeps_the_only_run(store: Store) -> None:
    one_run(store, "failed")
    store.apply_retention(RetentionSettings(), AT + 10_000 * DAY)
    assert not store.health().ok


def test_retention_on_an_empty_database(store: Store) -> None:
    assert set(store.apply_retention(RetentionSettings(), AT)[0].values()) == {0}


def test_evidence_goes_behind_what_is_there_whatever_was_forgotten_between(store: Store) -> None:
    fill(store)
    with store.writing() as connection:
        assert rows.next_place(connection, 5, 1) == 2
        connection.execute(sa.text("DELETE FROM matches WHERE article_id = 5 AND place = 0"))
        assert rows.next_place(connection, 5, 1) == 2
        assert [member.evidence for member in rows.members(connection, [2], [])] == [1]
        assert rows.next_place(connection, 5, 2) == 0


def test_a_leader_that_fell_silent_makes_the_service_unhealthy_until_another_leads(store: Store) -> None:
    with store.writer_lock() as lock:
        store.beat(Heartbeat("leader", "idle", 90), lock)
    assert store.health().ok
    with store.writing() as connection:
        gone = {"instance": "gone/1/aa", "beat_at": datetime.now(UTC) - timedelta(seconds=400)}
        connection.execute(sa.update(instances).values(gone))
    health = store.health()
    assert not health.ok
    assert re.fullmatch(r"the daemon has given no sign of life for 4\d\d s", health.reasons[0])
    with store.writer_lock():
        assert store.health().ok


def test_a_heartbeat_of_a_leader_that_is_none_any_more_is_refused(store: Store, second_store: Store) -> None:
    lock = store.writer_lock()
    lock.acquire()
    with second_store.writing() as connection:
        connection.execute(sa.text("UPDATE state SET writer = writer + 1"))
    with pytest.raises(LockLost):
        store.beat(Heartbeat("leader", "idle", 90), lock)
    store.beat(Heartbeat("standby", "waits", 90), None)
    with store.reading() as connection:
        (mine,) = all_instances(connection)
    assert (mine.instance, mine.role, mine.alive, mine.status) == (this_instance(), "standby", True, "waits")
    store.sign_off()
    with store.reading() as connection:
        assert all_instances(connection) == []
    lock.release()


def test_an_instance_signs_and_ends_for_itself_alone(store: Store) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    silent = {"leader": now - timedelta(hours=1), "long": now - timedelta(days=2), "standby": now - timedelta(hours=1)}
    with store.writing() as connection:
        for name, beat_at in silent.items():
            told = {"role": name if name == "leader" else "standby", "status": name, "silence_seconds": 90}
            others = {"instance": f"{name}/1/aa", "version": "0", "started_at": beat_at, "beat_at": beat_at}
            connection.execute(sa.insert(instances).values(told | others))

    def there() -> dict[str, datetime]:
        with store.reading() as connection:
            return {one.status: one.beat_at for one in all_instances(connection)}

    for status in ("waits", "waits still"):
        store.beat(Heartbeat("standby", status, 90), None)
        mine = there().pop(status)
        assert mine >= now and there() == {**silent, status: mine}
    with store.writing() as connection:
        retention.begin(connection, now)
    assert there().keys() == {"leader", "standby", "waits still"}
    store.sign_off()
    assert there().keys() == {"leader", "standby"}
    with store.writer_lock():
        assert there().keys() == {"standby"}


def test_the_largest_story_of_late(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert store.largest_recent_story() == 0
    fill(store)
    assert store.largest_recent_story() == 4
    with store.writing() as connection:
        connection.execute(sa.text("UPDATE articles SET ordinal = 99 WHERE article_id = 4"))
        connection.execute(sa.text("UPDATE state SET next_ordinal = 100"))
    monkeypatch.setattr("dedup.store.operation.health.RECENT", 10)
    assert store.largest_recent_story() == 1
