"""``dedup export``: stories as JSON Lines, and archives of old ones."""

from __future__ import annotations

import errno
import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dedup.store.database import target

from .conftest import EXAMPLES, FILTERS, Dedup


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def full_disk(_: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_stories_are_exported_whole(dedup: Dedup, clustered: Path) -> None:
    told = dedup("export", "-")
    stories = lines(told.out)
    assert told.code == 0
    assert len(stories) == dedup("stories", "--all", "--json").document["all"]
    assert sum(len(story["articles"]) for story in stories) == 85
    for story in stories[:3]:
        page = dedup("story", story["story_id"], "--json").document
        assert story == page["story"] | {name: page[name] for name in ("articles", "history", "merged_stories")}
    assert all("body_text" not in article for story in stories for article in story["articles"])
    authors = {article["uri"]: article["authors"] for story in stories for article in story["articles"]}
    assert authors["html/gdynia-night.html"] == "Piotr Malinowicz"
    assert authors["harbourwire:20260302-0041"] is None


def test_the_filters_of_stories_choose(dedup: Dedup, clustered: Path, tmp_path: Path) -> None:
    file = tmp_path / "quake.jsonl.gz"
    told = dedup("export", file, "--search", "earthquake chile", "--min-articles", 2, "--bodies", "--json")
    assert told.document == {"file": str(file), "stories": 1, "articles": 6, "forgotten_texts": 0}
    (story,) = lines(gzip.decompress(file.read_bytes()).decode())
    assert story["story_id"] == 1
    assert all(article["body_text"] for article in story["articles"])
    assert not list(tmp_path.glob("*.part"))
    assert dedup("export", file, "--language", "sw").code == 0
    assert gzip.decompress(file.read_bytes()) == b""


def test_an_archive_takes_the_texts_and_leaves_the_rest(
    dedup: Dedup, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is undated came today, and is to be old.
    monkeypatch.setattr("dedup.preparation.arrival.AHEAD", timedelta(days=10_000))
    where = ("--database", database_url)
    dedup("ingest", EXAMPLES / "articles", *where)
    dedup("once", *where, "--log-level", "error")
    before = dedup("stories", "--all", "--json", *where).document["stories"]
    later = tmp_path / "later.jsonl"
    text = "Nobody knows how the hedgehog came to be on the roof of the town hall, but it is down now and well."
    rows = [
        {"uri": f"later-{n}", "title": f"Hedgehog {n}", "body": f"{text} {n}", "published_at": "2027-01-01T00:00:00Z"}
        for n in range(40)
    ]
    later.write_text("".join(json.dumps(row) + "\n" for row in rows))
    dedup("ingest", later, *where)
    dedup("once", *where, "--log-level", "error")

    archive = tmp_path / "archive.jsonl"
    with monkeypatch.context() as broken:
        broken.setattr(target.os, "fsync", full_disk)
        refused = dedup("export", archive, "--archive", "2028-01-01", *where)
    assert refused.code == 75
    assert "archive.jsonl cannot be written: No space left on device; nothing was changed" in refused.err
    assert not list(tmp_path.glob("*archive*"))
    done = dedup("export", archive, "--archive", "2028-01-01", "--json", *where).document
    kept = lines(archive.read_text(encoding="utf-8"))
    assert [story["story_id"] for story in kept] == [story["story_id"] for story in before][::-1] or len(kept) == len(
        before
    )
    assert done["articles"] == done["forgotten_texts"] == 85, "what could not be written was not forgotten"
    assert all(article["body_text"] and article["evidence"] for story in kept for article in story["articles"])
    assert dedup("db", "check", "--full", *where).code == 0
    after = dedup("stories", "--all", "--json", *where).document["stories"]
    assert [story for story in after if story["story_id"] <= len(before)] == [
        story | {"status": "closed"} for story in before
    ]
    again = dedup("export", tmp_path / "again.jsonl", "--archive", "2028-01-01", "--json", *where).document
    assert (again["stories"], again["forgotten_texts"]) == (0, 0)
    compared = dedup("why", 1, 13, *where)
    assert "Jaccard 1.00" in compared.out

    dedup("ingest", EXAMPLES / "articles", "--source", "again", *where)
    report = dedup("once", "--json", *where, "--log-level", "error").document
    assert report["new_stories"] < 10 < report["accepted"], "copies of archived texts are known"


def test_an_archive_is_never_overwritten(dedup: Dedup, clustered: Path, tmp_path: Path) -> None:
    file = tmp_path / "archive.jsonl"
    file.write_text("precious\n")
    refused = dedup("export", file, "--archive", "1d")
    assert (refused.code, file.read_text()) == (64, "precious\n")
    assert "never overwritten" in refused.err


@pytest.mark.parametrize(
    "words",
    [
        ("-", "--json"),
        ("-", "--archive", "1d"),
        ("-", "--archive", ""),
        ("x", "--archive", "soon"),
        ("x", "--archive", ""),
        *(("x", "--archive", "1d", *filter_) for filter_ in FILTERS),
    ],
)
def test_what_cannot_be_is_said(dedup: Dedup, clustered: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert dedup("export", *words).code == 64
    assert not (tmp_path / "x").exists()
