"""Several sources: what goes wrong with one is its own affair, is told once, and is over when it is."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from dedup.errors import DatabaseAway, LockLost
from dedup.sources import collector
from dedup.store.passes import inbox

from .conftest import World, body


@pytest.fixture
def folders(world: World, tmp_path: Path) -> dict[str, Path]:
    made = {name: tmp_path / name for name in ("east", "west")}
    for path in made.values():
        path.mkdir()
    world.configure(**{n: {"kind": "spool", "folder": str(p), "settle_seconds": 0} for n, p in made.items()})
    return made


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as captured:
        yield captured


def put(folder: Path, number: int) -> None:
    (folder / f"{number}.json").write_text(json.dumps({"uri": f"w{number}", "body": body(number)}))


def told(lines: list[Any]) -> list[tuple[str, str]]:
    return [(line["event"], line["source"]) for line in lines if line["event"].startswith("source.")]


def test_each_rejection_is_told_whoever_rejects(world: World, folders: dict[str, Path], lines: list[Any]) -> None:
    """What cannot be read as an article never comes to the inbox, and is an article that was rejected all the same."""
    put(folders["east"], 1)
    (folders["east"] / "2.jsonl").write_text('{"uri": "short", "body": "x"}\n{broken\n{"uri": "bare"}')
    (folders["west"] / "empty.txt").write_text("")
    assert world.run().accepted == 1
    rejections = world.rows("SELECT source, uri, reason, detail FROM v_rejections ORDER BY rejection_id")
    rejected = [line for line in lines if line["event"] == "article.rejected"]
    assert [tuple(line[name] for name in ("source", "uri", "reason", "detail")) for line in rejected] == rejections
    assert [uri for _, uri, _, _ in rejections] == ["2.jsonl:2", "bare", "empty.txt", "short"]
    assert {line["log_level"] for line in rejected} == {"debug"}


def test_a_source_that_is_away_is_told_once_and_the_others_go_on(
    world: World, folders: dict[str, Path], lines: list[Any]
) -> None:
    folders["east"].rmdir()
    for number in range(3):
        put(folders["west"], number)
        assert world.run().accepted == 1
        world.restart()
    assert told(lines) == [("source.degraded", "east")]
    cause = f"the folder {folders['east']} is not there, create it or change its name"
    assert world.rows("SELECT ok, reasons FROM v_health") == [(0, f"source east: {cause}")]
    assert world.rows("SELECT source, ok, error FROM v_sources") == [("east", 0, cause), ("west", 1, None)]
    assert world.store.health().reasons == (f"source east: {cause}",)
    runs = world.rows("SELECT sources FROM v_runs ORDER BY run_id")
    assert [json.loads(row[0])["east"]["error"] for row in runs] == [cause] * 3
    assert [json.loads(row[0])["west"]["taken"] for row in runs] == [1, 1, 1]
    folders["east"].mkdir()
    put(folders["east"], 7)
    assert world.run().accepted == 1
    assert told(lines) == [("source.degraded", "east"), ("source.recovered", "east")]
    assert world.rows("SELECT ok, reasons FROM v_health") == [(1, "")]


def test_a_fault_of_dedups_own_in_one_source_stops_nothing(
    world: World, folders: dict[str, Path], lines: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = collector._source

    def broken(settings: Any, config: Any) -> Any:
        if settings.name == "east":
            raise RecursionError("too deep")
        return made(settings, config)

    monkeypatch.setattr(collector, "_source", broken)
    put(folders["west"], 1)
    assert world.run().accepted == 1
    assert told(lines) == [("source.failed", "east"), ("source.degraded", "east")]
    assert "RecursionError: too deep" in world.rows("SELECT reasons FROM v_health")[0][0]


def test_a_source_that_fails_is_tried_less_and_less_often(world: World, folders: dict[str, Path]) -> None:
    folders["east"].rmdir()
    tried = ["east" in world.run(minutes=0.1).sources for _ in range(30)]
    assert tried[:4] == [True, True, True, False]
    assert 4 <= sum(tried) <= 7
    folders["east"].mkdir()
    put(folders["east"], 1)
    assert world.run(minutes=6).accepted == 1


def test_an_interval_of_its_own(world: World, folders: dict[str, Path]) -> None:
    world.configure(
        east={"kind": "spool", "folder": str(folders["east"]), "settle_seconds": 0, "interval_seconds": 3_600},
    )
    assert ["east" in world.run(minutes=25).sources for _ in range(6)] == [True, False, False, True, False, False]


def test_a_source_that_is_configured_no_longer_troubles_nobody(world: World, folders: dict[str, Path]) -> None:
    folders["east"].rmdir()
    world.run()
    world.configure(west={"kind": "spool", "folder": str(folders["west"])})
    world.run()
    assert world.rows("SELECT ok FROM v_health") == [(1,)]
    assert world.rows("SELECT source, active, ok FROM v_sources") == [("east", 0, 1), ("west", 1, 1)]
    folders["east"].mkdir()
    world.configure(east={"kind": "spool", "folder": str(folders["east"])})
    world.run()
    assert world.rows("SELECT source, active FROM v_sources") == [("east", 1), ("west", 0)]


def test_a_source_that_is_repaired_in_the_configuration_is_back(
    world: World, folders: dict[str, Path], lines: list[Any]
) -> None:
    """Each other place that cannot be read either is told as well."""
    east = {"kind": "spool", "folder": str(folders["east"]), "settle_seconds": 0}
    wrong, worse = (f"{folders['east']}{ending}" for ending in ("-1", "-2"))
    world.configure(east=east | {"folder": wrong})
    world.run()
    ((since,),) = world.rows("SELECT failing_since FROM v_sources WHERE source = 'east'")
    world.configure(east=east | {"folder": worse})
    world.run()
    causes = [line["cause"] for line in lines if line["event"] == "source.degraded"]
    assert causes == [f"the folder {name} is not there, create it or change its name" for name in (wrong, worse)]
    assert world.rows("SELECT ok, error, failing_since FROM v_sources WHERE source = 'east'") == [(0, causes[1], since)]
    put(folders["east"], 1)
    world.configure(east=east)
    assert world.run().accepted == 1
    assert told(lines) == [("source.degraded", "east")] * 2 + [("source.recovered", "east")]
    assert world.rows("SELECT ok, error FROM v_sources WHERE source = 'east'") == [(1, None)]


def test_dedups_own_database_away_is_no_trouble_of_a_source(
    world: World, folders: dict[str, Path], lines: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise DatabaseAway("the disk is full")

    put(folders["east"], 1)
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "put", away)
        with pytest.raises(DatabaseAway):
            world.run()
    assert told(lines) == []
    assert world.run().accepted == 1


def test_a_pass_with_nothing_new_writes_nothing_but_its_run(world: World, folders: dict[str, Path]) -> None:
    put(folders["east"], 1)
    world.run()
    before = [world.rows(f"SELECT * FROM {table}") for table in ("sources", "source_rows", "state", "articles")]
    world.run()
    assert before == [world.rows(f"SELECT * FROM {table}") for table in ("sources", "source_rows", "state", "articles")]


def test_a_wish_to_stop_is_heard_between_files(world: World, folders: dict[str, Path]) -> None:
    for number in range(3):
        put(folders["east"], number)
    stop = threading.Event()
    report = world.pipeline.run_pass(stop, stop.set)
    assert report.outcome == "stopped"
    assert len(list((folders["east"]).glob("*.json"))) >= 2
    assert world.run().pending == 0
    assert len(world.articles("east")) == 3


@pytest.mark.parametrize("trouble", ["taken", "failing", "recovered"])
def test_who_was_taken_over_writes_nothing_of_a_source(
    world: World, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    """While a source is looked at another writer comes: what it gives is for that one to take."""
    world.run()
    away = folders["west"].with_name("away")
    if trouble == "taken":
        put(folders["east"], 1)
    else:
        folders["west"].rename(away)
    if trouble == "recovered":
        world.run()
        away.rename(folders["west"])
    known = world.rows("SELECT source, ok, error, taken FROM v_sources")
    before = collector.Collector._look

    def look(*given: Any) -> bool:
        with world.store.writing() as connection:
            connection.exec_driver_sql("UPDATE state SET writer = writer + 1")
        return before(*given)

    monkeypatch.setattr(collector.Collector, "_look", look)
    with pytest.raises(LockLost):
        world.run()
    assert world.rows("SELECT source, ok, error, taken FROM v_sources") == known
    assert world.rows("SELECT COUNT(*) FROM inbox") == [(0,)]


def test_a_stop_in_the_middle_of_a_file_leaves_it_to_be_read_again(
    world: World, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dedup.intake.files.BATCH_ARTICLES", 1)
    world.run()
    world.now += timedelta(minutes=10)
    world.seconds += 600
    file = folders["east"] / "three.jsonl"
    file.write_text("".join(json.dumps({"uri": f"w{number}", "body": body(number)}) + "\n" for number in range(3)))
    stop = threading.Event()
    assert world.pipeline.run_pass(stop, stop.set).outcome == "stopped"
    assert file.exists() and world.rows("SELECT uri FROM inbox") == [("w0",)]
    done = world.run()
    assert (done.accepted, done.unchanged, file.exists()) == (3, 1, False)
