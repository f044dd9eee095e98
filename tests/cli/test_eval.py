"""Scores on labelled articles."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from .conftest import EXAMPLES, Dedup, Result


def test_the_examples(dedup: Dedup, tmp_path: Path) -> None:
    result = dedup("eval", "--labels", EXAMPLES / "labels.jsonl", EXAMPLES / "articles", "--json")
    assert result.code == 0 and result.err == ""
    (one,) = result.document["files"]
    assert (one["articles"], one["rejected"]) == (85, 0)
    assert (one["stories"]["items"], one["stories"]["gold"], one["stories"]["missing"]) == (85, 33, 0)
    assert one["stories"]["bcubed_f1"] > 0.9
    assert one["copies"]["bcubed_f1"] > 0.95
    assert list(tmp_path.iterdir()) == []


def test_a_scratch_database_without_room_is_told_with_what_to_do(
    dedup: Dedup, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def small(engine: sa.Engine) -> None:
        sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count=20"))

    monkeypatch.setattr("dedup.store.store.be_careless", small)
    told = dedup("eval", articles)
    assert told.code == 75
    assert re.search(r"scratch database .*: database or disk is full; .* name another folder as TMPDIR", told.err)


def test_labels_in_the_articles(dedup: Dedup, articles: Path, tmp_path: Path) -> None:
    packed = tmp_path / "packed.jsonl.gz"
    packed.write_bytes(gzip.compress(articles.read_bytes()))
    result = dedup("eval", articles, packed)
    assert result.code == 0
    assert "duplicate groups" in result.out and result.out.count("1.0000") >= 28
    assert "articles.jsonl: 3 articles" in result.out and "packed.jsonl.gz: 3 articles" in result.out
    assert not (tmp_path / "dedup.db").exists()


def test_scores_are_whole_in_80_columns(dedup: Dedup, articles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A digit that is cut off is another score."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    shown = [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in dedup("eval", articles).out.splitlines()]
    for what in ("stories", "duplicate groups"):
        tables = [place for place, line in enumerate(shown) if line.startswith(f"{what}  ")]
        assert [shown[place].split()[len(what.split()) :] for place in tables] == [
            ["labelled", "gold", "found", "P", "R", "F1"],
            ["pairs", "P", "pairs", "R", "pairs", "F1", "ARI"],
        ]
        cells = [shown[place + 2].split() for place in tables]
        assert cells == [["articles.jsonl", "3", "2", "2", *["1.0000"] * 3], ["articles.jsonl", *["1.0000"] * 4]]
    assert max(map(len, shown)) <= 80


def test_the_settings_in_force_count(dedup: Dedup, articles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEDUP_TEXT_MIN_WORDS", "20")
    result = dedup("eval", articles, "--json")
    (one,) = result.document["files"]
    assert result.code == 65
    assert (one["rejected"], one["stories"]["missing"]) == (1, 1)


def test_articles_of_one_uri_are_told_apart_by_their_sources(dedup: Dedup, articles: Path, tmp_path: Path) -> None:
    rows = [json.loads(text) for text in articles.read_text(encoding="utf-8").splitlines()]
    ferry, copy, library = rows
    named = [ferry, copy | {"uri": "a", "source": "one"}, library | {"uri": "a", "source": "two"}]

    def written(name: str, lines: list[dict[str, str]]) -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        return path

    (one,) = dedup("eval", written("named.jsonl", named), "--json").document["files"]
    for scores in (one["stories"], one["copies"]):
        assert (scores["items"], scores["gold"], scores["found"], scores["missing"]) == (3, 2, 2, 0)
        assert scores["bcubed_f1"] == 1.0
    # Labels of a file of their own need a source only where several have the uri.
    labels = [{"uri": "a", "source": line.get("source", "ingest"), "story": line["story"]} for line in named]
    beside = written("labels.jsonl", labels)
    (one,) = dedup("eval", "--labels", beside, "named.jsonl", "--json").document["files"]
    assert (one["stories"]["items"], one["stories"]["missing"], one["stories"]["bcubed_f1"]) == (3, 0, 1.0)
    written("labels.jsonl", [{"uri": "a", "story": "ferry"}])
    result = dedup("eval", "--labels", beside, "named.jsonl")
    assert result.code == 64 and "a is labelled without a source and is in ingest and one and two" in result.err
    written("labels.jsonl", [{"uri": "b", "story": "ferry"}, {"uri": "b", "source": "ingest", "story": "library"}])
    result = dedup("eval", "--labels", beside, articles)
    assert result.code == 64 and "b of ingest has two labels, 'ferry' and 'library'" in result.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"uri": "a", "body": "text"}\n', "no article has a label"),
        ('{"uri": "a", "story": 1}\n{"uri"\n', "labels.jsonl:2 is not JSON"),
        ("[]\n", "labels.jsonl:1 is not an object"),
        ('{"story": 1}\n', "has no uri"),
        ('{"uri": "a", "story": 1}\n{"uri": "a", "story": 2}\n', "two labels"),
    ],
)
def test_labels_that_are_none(dedup: Dedup, tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "labels.jsonl").write_text(text, encoding="utf-8")
    result = dedup("eval", "labels.jsonl")
    assert result.code == 64 and message in result.err
    assert dedup("eval", "nowhere.jsonl").code == 64
    assert dedup("eval", tmp_path).code == 64


@pytest.mark.shared
def test_it_agrees_with_the_independent_scorer(dedup: Dedup, shared: Path, tmp_path: Path) -> None:
    gold = shared / "bench" / "data" / "google-news-dev.jsonl.gz"
    (one,) = dedup("eval", gold, "--json").document["files"]
    assert dedup("ingest", gold).code == 0
    assert dedup("once").code == 0
    scorer = tmp_path / "score.py"
    shutil.copyfile(shared / "bench" / "score.py", scorer)
    printed = subprocess.run(
        [sys.executable, scorer, "stories", gold, "--db", tmp_path / "dedup.db"], capture_output=True, check=True
    ).stdout
    other = json.loads(printed)
    names = {
        "articles": "items", "gold_stories": "gold", "stories": "found", "missing": "missing",
        "bcubed_p": "bcubed_precision", "bcubed_r": "bcubed_recall", "bcubed_f1": "bcubed_f1",
        "pair_p": "pair_precision", "pair_r": "pair_recall", "pair_f1": "pair_f1", "ari": "adjusted_rand",
    }  # fmt: skip
    assert other == {name: round(one["stories"][mine], 4) for name, mine in names.items()}


def test_labels_may_come_through_a_pipe_and_articles_may_not(dedup: Dedup, articles: Path) -> None:
    def piped(*words: str) -> Result:
        reader, writer = os.pipe()
        os.write(writer, articles.read_bytes())
        os.close(writer)
        try:
            return dedup("eval", *words, f"/dev/fd/{reader}", articles, "--json")
        finally:
            os.close(reader)

    (one,) = piped("--labels").document["files"]
    assert (one["stories"]["items"], one["stories"]["bcubed_f1"]) == (3, 1.0)
    refused = piped()
    assert refused.code == 64 and "can be read only once" in refused.err


def test_an_empty_label_is_none(dedup: Dedup, articles: Path, tmp_path: Path) -> None:
    ferry, copy, library = articles.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(ferry), json.loads(copy), json.loads(library) | {"story": "", "copies": ""}]
    path = tmp_path / "some.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (one,) = dedup("eval", path, "--json").document["files"]
    assert (one["articles"], one["stories"]["items"], one["copies"]["items"]) == (3, 2, 2)


def test_labels_name_an_article_as_it_is_known_once_it_is_read(dedup: Dedup, articles: Path, tmp_path: Path) -> None:
    """The address of an item of JSON Feed is taken in one form, and no database takes every character."""
    ferry, copy, library = (json.loads(text) for text in articles.read_text(encoding="utf-8").splitlines())
    labels = {name: ferry[name] for name in ("story", "copies")}
    item = {"id": "https://www.harbour.example/1/?utm_source=feed", "content_text": ferry["body"], **labels}
    rows = [item, copy | {"uri": " ", "id": "b"}, library | {"uri": "c\0d"}]
    path = tmp_path / "read.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (one,) = dedup("eval", path, "--json").document["files"]
    assert (one["articles"], one["rejected"], one["stories"]["missing"], one["copies"]["missing"]) == (3, 0, 0, 0)
    assert one["stories"]["bcubed_f1"] == one["copies"]["bcubed_f1"] == 1.0
