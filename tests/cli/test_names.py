"""What an article is called on the command line: what is typed finds it, and so does what is told to be typed."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from ..conftest import Bench
from .conftest import Dedup

Take = Callable[..., None]


@pytest.fixture
def take(dedup: Dedup, articles: Path, tmp_path: Path) -> Take:
    """Takes articles of these uris from a source: two copies, and where there is a third, another story."""
    rows = [json.loads(text) for text in articles.read_text(encoding="utf-8").splitlines()]

    def taken(*uris: str, source: str = "ingest") -> None:
        path = tmp_path / f"{source}.jsonl"
        path.write_text(
            "".join(json.dumps(row | {"uri": uri}) + "\n" for row, uri in zip(rows, uris, strict=False)), "utf-8"
        )
        assert dedup("ingest", path, "--source", source).code == dedup("once").code == 0

    return taken


def hinted(dedup: Dedup, *words: object) -> list[str]:
    """The words behind ``dedup`` of the command that another one ends with."""
    return shlex.split(dedup(*words).out.rpartition(" dedup ")[2])


@pytest.mark.parametrize(
    "uri",
    ["https://k.example/1", "it's a uri", "-x", "--help", "1", "2", "a\u200eb", "a\nb", "article:1", "article:99"],
)
def test_what_is_told_to_be_typed_finds_that_article(dedup: Dedup, take: Take, uri: str) -> None:
    take("first", uri)
    words = hinted(dedup, "story", 1)
    assert dedup(*words, "--json").document["article"]["article_id"] == 2
    both = dedup(*hinted(dedup, *words), "--json").document
    assert {both["one"]["article_id"], both["other"]["article_id"]} == {1, 2}


def test_articles_of_one_uri_are_told_apart(dedup: Dedup, take: Take) -> None:
    for source in ("one", "two"):
        take("https://k.example/1", source=source)
    assert hinted(dedup, "story", 1) == ["why", "article:2"]
    assert hinted(dedup, "why", "article:2") == ["why", "article:2", "article:1"]
    assert dedup("why", "article:2", "--json").document["article"]["source"] == "two"
    assert "but two has" in dedup("why", "article:2", "--source", "one").err
    assert "one, two; or name article:1 or article:2" in dedup("why", "https://k.example/1").err


def test_what_became_of_a_name_is_told_of_its_source_alone(dedup: Dedup, take: Take, tmp_path: Path) -> None:
    take("urn:1", source="one")
    lines = tmp_path / "more.jsonl"
    lines.write_text('{"uri": "urn:1", "pubstatus": "canceled"}\n{"uri": "urn:2", "body": "too short"}\n', "utf-8")
    assert dedup("ingest", lines, "--source", "one").code == 0 and dedup("once").code == 65
    lines.write_text('{"uri": "urn:3", "body": "text"}\n', "utf-8")
    assert dedup("ingest", lines, "--source", "one").code == 0
    for uri, fate in (
        ("urn:1", "was withdrawn"),
        ("urn:2", "was rejected"),
        ("urn:3", "still waits"),
        ("1", "was with"),
    ):
        assert f"'{uri}' {fate}" in dedup("why", uri).err
        assert f"'{uri}' {fate}" in dedup("why", uri, "--source", "one").err
        assert f"there is no article '{uri}'" in dedup("why", uri, "--source", "two").err


def test_a_uri_that_people_can_type_is_told(dedup: Dedup, take: Take) -> None:
    take("https://k.example/1", "urn:wire:7")
    assert hinted(dedup, "story", 1) == ["why", "urn:wire:7"]
    assert hinted(dedup, "why", "urn:wire:7") == ["why", "urn:wire:7", "https://k.example/1"]


def test_numbers_of_articles_where_uris_are_numbers(dedup: Dedup, take: Take) -> None:
    take("2", "3", "1")
    assert dedup("why", "2", "--json").document["article"]["article_id"] == 1
    assert dedup("why", "article:2", "--json").document["article"]["article_id"] == 2
    rule = dedup("link", "article:1", "article:3", "--json").document["rule"]
    assert (rule["a"]["uri"], rule["b"]["uri"]) == ("2", "1")
    assert (rule["a"]["article_id"], rule["b"]["article_id"]) == (1, 3)
    assert dedup("unlink", "article:1", "article:1").code == 64
    assert "there is no article 'article:4'" in dedup("why", "article:4").err


def test_an_issue_of_a_series_is_told_by_its_number(dedup: Dedup, tmp_path: Path, bench: Bench) -> None:
    issues = [record | {"uri": str(7 - number)} for number, record in enumerate(bench("shapes").reports(7))]
    (tmp_path / "series.jsonl").write_text("".join(json.dumps(issue) + "\n" for issue in issues), encoding="utf-8")
    assert dedup("ingest", "series.jsonl").code == dedup("once").code == 0
    (series,) = dedup("stories", "--series", "--json").document["series"]
    found = dedup(*hinted(dedup, "stories", "--series"), "--json").document["article"]
    assert (found["article_id"], found["uri"]) == (series["series_id"], "7")
