"""Files into the inbox, and one pass over them."""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from dedup.cli import ingest as ingesting
from dedup.cli import passes
from dedup.cli.output import Advance, Output
from dedup.errors import DatabaseAway
from dedup.intake import files
from dedup.store import Store
from dedup.store.passes import inbox

from .conftest import EXAMPLES, Dedup

OpenStore = Callable[..., Store]


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as connection:
        return connection.execute(query).fetchall()


def test_on_a_fresh_machine_it_makes_the_database(dedup: Dedup, tmp_path: Path, articles: Path) -> None:
    result = dedup("ingest", articles, "--json")
    assert result.code == 0
    assert result.document == {"taken": 3, "rejected": 0, "reasons": {}, "first_rejections": [], "waiting": 3}
    assert f"made the database {tmp_path / 'dedup.db'}" in result.err
    assert "made the database" not in dedup("ingest", articles).err
    assert rows(tmp_path / "dedup.db", "SELECT source, uri FROM inbox ORDER BY id")[:3] == [
        ("ingest", "a"), ("ingest", "b"), ("ingest", "c"),
    ]  # fmt: skip


def test_it_says_what_next(dedup: Dedup, articles: Path) -> None:
    assert "type: dedup once" in dedup("ingest", articles).out
    assert "dedup stories" in dedup("once").out
    assert (
        "dedup --database sqlite:///other.db once" in dedup("ingest", articles, "--database", "sqlite:///other.db").out
    )


def test_the_source_is_the_flag(dedup: Dedup, tmp_path: Path, articles: Path) -> None:
    dedup("ingest", articles, "--source", "agency")
    assert rows(tmp_path / "dedup.db", "SELECT DISTINCT source FROM inbox") == [("agency",)]


@pytest.mark.parametrize("source", ["", "  ", "x" * 501, "é" * 251, "\udcff"])
def test_a_source_that_no_article_could_have_is_wrong_usage(
    dedup: Dedup, tmp_path: Path, articles: Path, source: str
) -> None:
    refused = dedup("ingest", articles, "--source", source)
    assert refused.code == 64 and "--source must be a name of 1 to 500 bytes" in refused.err
    assert not (tmp_path / "dedup.db").exists()


def test_the_longest_source_is_taken(dedup: Dedup, articles: Path) -> None:
    assert dedup("ingest", articles, "--source", "é" * 250).code == 0
    assert dedup("once", "--json").document["accepted"] == 3


def test_the_standard_input(dedup: Dedup, tmp_path: Path, articles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(articles.read_bytes()))))
    assert dedup("ingest", "-").code == 0
    assert rows(tmp_path / "dedup.db", "SELECT count(*) FROM inbox") == [(3,)]


def test_a_standard_input_that_is_closed_is_wrong_usage(
    dedup: Dedup, tmp_path: Path, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    refused = dedup("ingest", articles, "-")
    assert refused.code == 64 and "the standard input is closed" in refused.err
    assert not (tmp_path / "dedup.db").exists()


@pytest.mark.parametrize("given", [".", "link"])
def test_the_files_that_dedup_lives_on_are_no_articles_of_their_folder(
    dedup: Dedup, tmp_path: Path, articles: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    """The database is in the working folder unless another is named, and so are the articles of who begins."""
    (tmp_path / "dedup.toml").write_text('# for the news desk\n[log]\nfile = "dedup.log"\n', encoding="utf-8")
    (tmp_path / "dedup.log").write_text('{"event": "service.ready"}\n', encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    assert dedup("db", "upgrade").code == 0
    open_elsewhere = sqlite3.connect(tmp_path / "dedup.db")
    open_elsewhere.execute("SELECT * FROM inbox").fetchall()  # keeps the write-ahead log
    try:
        for _ in range(2):
            assert dedup("ingest", given, "--json").document["reasons"] == {}
            assert (tmp_path / "dedup.db-wal").exists()
    finally:
        open_elsewhere.close()
    assert rows(tmp_path / "dedup.db", "SELECT DISTINCT uri FROM inbox") == [("a",), ("b",), ("c",)]
    assert dedup("eval", "--labels", articles, ".", "--json").document["files"][0]["rejected"] == 0
    assert dedup("ingest", "dedup.db").code == 65


def test_what_is_rejected_is_told_and_recorded_and_the_rest_is_taken(dedup: Dedup, tmp_path: Path) -> None:
    result = dedup("ingest", EXAMPLES / "rejects", "--json")
    assert result.code == 65
    found = result.document
    assert found["taken"] > 0 and found["rejected"] == sum(found["reasons"].values()) == 9
    assert {"encoding", "syntax", "binary", "empty", "missing_field"} <= set(found["reasons"])
    recorded = rows(tmp_path / "dedup.db", "SELECT uri, reason FROM v_rejections")
    assert sorted((one["uri"], one["reason"]) for one in found["first_rejections"]) == sorted(recorded)

    shown = dedup("ingest", EXAMPLES / "rejects")
    assert shown.code == 65
    assert "mixed.jsonl:2" in shown.out and "PNG picture" in shown.out and "v_rejections" in shown.out


def test_only_the_first_rejections_are_shown(dedup: Dedup, tmp_path: Path) -> None:
    (tmp_path / "many.jsonl").write_text('{"uri": "x", "body": ""}\n' * 25, encoding="utf-8")
    result = dedup("ingest", "many.jsonl")
    assert result.out.count("there is no text in the body") == ingesting.SHOWN_REJECTIONS
    assert "... and 15 more; in all: 25 empty" in result.out


def test_a_batch_is_bounded_in_articles_and_in_characters(
    dedup: Dedup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    put = inbox.put

    def counted(connection: object, taken: list[object]) -> object:
        sizes.append(len(taken))
        return put(connection, taken)  # type: ignore[arg-type]

    monkeypatch.setattr(inbox, "put", counted)
    monkeypatch.setattr(files, "BATCH_ARTICLES", 4)
    monkeypatch.setattr(files, "BATCH_CHARACTERS", 1_000)
    bodies = ["short text"] * 6 + ["long text " * 200] * 2
    lines = [json.dumps({"uri": str(number), "body": body}) for number, body in enumerate(bodies)]
    (tmp_path / "some.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert dedup("ingest", "some.jsonl").code == 0
    assert sizes == [4, 3, 1]
    assert rows(tmp_path / "dedup.db", "SELECT uri FROM inbox ORDER BY id") == [(str(n),) for n in range(8)]


def test_a_database_that_goes_away_midway_says_how_many_were_taken(
    dedup: Dedup, tmp_path: Path, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = inbox.put
    calls = iter(range(10))

    def failing(connection: object, taken: list[object]) -> object:
        if next(calls) == 1:
            raise DatabaseAway("the disk is full")
        return put(connection, taken)  # type: ignore[arg-type]

    monkeypatch.setattr(inbox, "put", failing)
    monkeypatch.setattr(files, "BATCH_ARTICLES", 2)
    result = dedup("ingest", articles)
    assert result.code == 75
    assert "the disk is full. 2 articles had been taken; run the same command again" in result.err
    assert rows(tmp_path / "dedup.db", "SELECT count(*) FROM inbox") == [(2,)]
    assert dedup("ingest", articles).code == 0
    assert dedup("once", "--json").document["unchanged"] == 2


def test_what_is_taken_twice_is_unchanged_unless_it_comes_in_versions(
    dedup: Dedup, tmp_path: Path, articles: Path
) -> None:
    texts = [json.loads(line) for line in articles.read_text(encoding="utf-8").splitlines()]
    edited = texts[2] | {"body": f"{texts[2]['body']} The mayor was glad of it."}
    articles.write_text("".join(json.dumps(text) + "\n" for text in [*texts, edited]), encoding="utf-8")
    for unchanged, version in ((0, 2), (2, 4)):
        dedup("ingest", articles)
        assert dedup("once", "--json").document["unchanged"] == unchanged
        told = rows(tmp_path / "dedup.db", "SELECT uri, version, body_text LIKE '%glad of it.' FROM v_articles")
        assert sorted(told) == [("a", 1, 0), ("b", 1, 0), ("c", version, 1)]
    assert "a file with several versions of one article adds each of them again" in " ".join(
        dedup("ingest", "--help").out.split()
    )


def test_an_interrupt_says_how_many_were_taken(dedup: Dedup, articles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(inbox, "put", interrupted)
    result = dedup("ingest", articles)
    assert result.code == 130
    assert (
        "0 articles had been taken" in result.err
        and "comes in several versions" in result.err
        and "interrupted" in result.err
    )


def test_an_empty_or_old_database_that_is_there_is_78(dedup: Dedup, tmp_path: Path, articles: Path) -> None:
    assert dedup("db", "upgrade").code == 0
    with sqlite3.connect(tmp_path / "dedup.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    for words in (("ingest", articles), ("once",), ("stories",), ("status",), ("db", "check")):
        result = dedup(*words)
        assert result.code == 78
        assert "schema 0000" in result.err


@pytest.mark.postgresql
def test_an_empty_postgresql_is_78(dedup: Dedup, postgresql_server: object, articles: Path) -> None:
    with postgresql_server.database() as name:  # type: ignore[attr-defined]
        url = postgresql_server.url(name)  # type: ignore[attr-defined]
        for words in (("ingest", articles), ("once",), ("status",)):
            result = dedup(*words, "--database", url)
            assert result.code == 78
            assert result.err.endswith(f"run: dedup --database {url} db upgrade\n")


def test_once_reports_the_pass_and_logs_it(dedup: Dedup, articles: Path) -> None:
    dedup("ingest", articles)
    result = dedup("once", "--json")
    assert result.code == 0
    report = result.document
    assert (report["taken"], report["accepted"], report["new_stories"], report["pending"]) == (3, 3, 2, 0)
    (line,) = [json.loads(text) for text in result.err.splitlines()]
    assert line["event"] == "pass.finished" and line["run_id"] == report["run_id"] and line["taken"] == 3
    again = dedup("once")
    assert again.code == 0 and "0 articles taken" in again.out


def test_once_is_65_when_it_rejects(dedup: Dedup, tmp_path: Path) -> None:
    (tmp_path / "word.txt").write_text("word", encoding="utf-8")
    assert dedup("ingest", "word.txt").code == 0
    result = dedup("once")
    assert result.code == 65
    assert "word.txt" in result.out and "v_rejections" in result.out


def test_once_is_75_while_another_writes(dedup: Dedup, tmp_path: Path, articles: Path, open_store: OpenStore) -> None:
    dedup("ingest", articles)
    store = open_store(f"sqlite:///{tmp_path / 'dedup.db'}")
    with store.writer_lock():
        result = dedup("once")
        assert result.code == 75 and "another dedup" in result.err
        assert dedup("status", "--json").document["writer"] == os.getpid()
        assert f"process {os.getpid()} works" in dedup("status").out
    assert dedup("status", "--json").document["writer"] is None
    assert dedup("once").code == 0


def _after_a_batch(store: Store, number: signal.Signals) -> None:
    with store.reading() as connection:
        if inbox.count(connection) < 3:
            os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_once_ends_a_batch_and_stops_at_a_signal(
    dedup: Dedup, articles: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    dedup("ingest", articles)
    before = signal.getsignal(number)
    with monkeypatch.context() as patched:
        patched.setattr(passes, "_beat", lambda store, *_: lambda: _after_a_batch(store, number))
        result = dedup("once", "--batch-size", "1", "--json")
    assert result.code == 128 + number
    assert (result.document["outcome"], result.document["taken"], result.document["pending"]) == ("stopped", 1, 2)
    assert signal.getsignal(number) is before
    assert dedup("once", "--json").document["taken"] == 2


def test_once_shows_how_far_it_is_and_counts_what_waits_now_and_then(
    dedup: Dedup, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To count the rows of a long inbox after each batch took longer than to decide them."""
    dedup("ingest", articles)
    shown: list[tuple[float, float | None]] = []
    counted: list[int] = []
    count = inbox.count

    def noted(connection: sa.Connection) -> int:
        counted.append(count(connection))
        return counted[-1]

    @contextmanager
    def progress(*_: object) -> Iterator[Advance]:
        yield lambda done, total: shown.append((done, total))

    with monkeypatch.context() as patched:
        patched.setattr(Output, "progress", progress)
        patched.setattr(inbox, "count", noted)
        assert dedup("once", "--batch-size", "1").code == 0
    assert list(dict.fromkeys(shown)) == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert counted[0] == 3 and not any(counted[1:]), "at the beginning, and when all that waited then was taken"


def test_headlines_without_a_body_are_taken_where_the_configuration_says_so(
    dedup: Dedup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [
        {"uri": "one", "title": "Ferry aground off Kerrera, 46 passengers safe"},
        {"uri": "two", "title": "46 passengers safe after ferry runs aground off Kerrera", "body": ""},
        {"uri": "none", "title": " ", "body": ""},
    ]
    (tmp_path / "wire.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    refused = dedup("ingest", "wire.jsonl", "--json")
    assert refused.code == 65 and refused.document["rejected"] == 3
    monkeypatch.setenv("DEDUP_TEXT_MIN_WORDS", "0")
    taken = dedup("ingest", "wire.jsonl", "--json")
    assert taken.code == 65 and taken.document["rejected"] == 1
    assert dedup("once", "--json").document["accepted"] == 2
    (story,) = dedup("stories", "--json").document["stories"]
    assert (story["article_count"], story["language"]) == (2, "en")


def test_nobody_is_asked_for_articles_while_a_daemon_works_on_the_first(
    dedup: Dedup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("The ferry ran aground off Oban in fog; all passengers were rescued by nightfall.")
    dedup("ingest", "a.txt")
    assert "Articles wait and nothing takes them. Next: dedup once" in dedup("status").out
    monkeypatch.setattr("dedup.cli.status.holder", lambda _: 4711)
    told = dedup("status").out
    assert "process 4711 works" in told and "Next" not in told
