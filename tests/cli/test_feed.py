"""The stories as a feed, read by feedparser and by the intake of dedup itself."""

from __future__ import annotations

import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import feedparser
import pytest

from dedup.intake.article import Article
from dedup.intake.files import read

from .conftest import Dedup

URL = "https://news.example/stories.atom"


def asked(path: Path, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(path) as connection:
        return connection.execute(query).fetchall()


def test_an_entry_a_story_with_all_its_articles(dedup: Dedup, clustered: Path) -> None:
    result = dedup("feed", "--url", URL, "--limit", "1000")
    parsed = feedparser.parse(io.BytesIO(result.out.encode()))
    assert (result.code, parsed.bozo, parsed.version) == (0, False, "atom10")
    assert (parsed.feed.id, parsed.feed.title, parsed.feed.links[0].href) == (URL, "Stories", URL)
    stories = asked(clustered, "SELECT story_id, headline, article_count FROM v_stories")
    assert sorted(entry.title for entry in parsed.entries) == sorted(" ".join(s[1].split()) for s in stories)
    assert len({entry.id for entry in parsed.entries}) == len(stories)
    assert sum(entry.content[0].value.count("<li>") for entry in parsed.entries) == sum(story[2] for story in stories)
    assert all(entry.updated_parsed and entry.published_parsed for entry in parsed.entries)
    ferry = next(entry for entry in parsed.entries if "Isle of Tarsay" in entry.title)
    assert "4 articles, 3 texts, 4 publishers" in ferry.content[0].value
    assert "Harbour Wire" in [author.name for author in ferry.authors]
    assert ferry.link.startswith("https://")


def test_json_feed_says_the_same_and_its_ids_depend_on_nothing_else(dedup: Dedup, clustered: Path) -> None:
    words = ("feed", "--url", URL, "--limit", "1000")
    document = dedup(*words, "--json").document
    atom = feedparser.parse(io.BytesIO(dedup(*words).out.encode()))
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["id"] for item in document["items"]] == [entry.id for entry in atom.entries]
    other = dedup(*words[:1], "--url", "https://other.example/", "--json").document
    assert not {item["id"] for item in other["items"]} & {item["id"] for item in document["items"]}


def test_authors_are_those_of_the_article_that_tells_the_story_then_the_publishers(
    dedup: Dedup, articles: Path, tmp_path: Path
) -> None:
    rows = [json.loads(line) for line in articles.read_text(encoding="utf-8").splitlines()]
    rows[0] |= {"authors": ["Jane Doe", "John Roe"], "publisher": "Quay Post"}
    rows[1] |= {"byline": "By Ann Onym", "publisher": "Jane Doe"}
    articles.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert dedup("ingest", articles).code == dedup("once").code == 0
    items = {item["title"]: item["authors"] for item in dedup("feed", "--json").document["items"]}
    expected = {"Ferry aground": ["Jane Doe", "John Roe", "Quay Post"], "Library stays open": ["ingest"]}
    assert items == {title: [{"name": name} for name in names] for title, names in expected.items()}
    atom = feedparser.parse(io.BytesIO(dedup("feed").out.encode()))
    assert {entry.title: [author.name for author in entry.authors] for entry in atom.entries} == expected


def test_a_file_is_replaced_whole_and_can_be_read_back(dedup: Dedup, clustered: Path, tmp_path: Path) -> None:
    words = ("feed", "--limit", "7", "--since", "2020-01-01")
    for name in ("stories.atom", "stories.json"):
        (tmp_path / name).write_text("the one before")
        result = dedup(*words, "--output", name, "--json")
        assert result.document == {"file": name, "stories": 7}
        found = list(read([tmp_path / name], source="s", max_bytes=1_000_000))
        assert len(found) == 7
        assert all(isinstance(item, Article) for item in found)
        assert (
            sorted(path.name for path in tmp_path.iterdir() if "stories" in path.name and path.suffix == ".tmp") == []
        )
    assert dedup(*words, "--output", "stories.atom").out == "7 stories written to stories.atom.\n"
    assert dedup(*words, "--output", "nowhere/stories.atom").code == 64


def test_titles_and_addresses_cannot_break_out_of_the_feed(dedup: Dedup, tmp_path: Path) -> None:
    article = {
        "uri": "1",
        "url": "javascript:alert(1)",
        "title": "A <b>ferry</b> & \u0008its ]]> crew",
        "publisher": "<script>",
        "body": "All 73 people on board were rescued when the ferry ran aground off Oban.",
    }
    (tmp_path / "a.jsonl").write_text(json.dumps(article))
    assert dedup("ingest", "a.jsonl").code == 0
    assert dedup("once").code == 0
    (entry,) = feedparser.parse(io.BytesIO(dedup("feed").out.encode()), sanitize_html=False).entries
    assert "ferry" in entry.title
    assert "javascript" not in json.dumps(entry)
    assert "<script>" not in entry.content[0].value


@pytest.mark.parametrize("words", [("--limit", "0"), ("--min-articles", "0"), ("--url", "x"), ("--since", "never")])
def test_wrong_usage(dedup: Dedup, words: tuple[str, ...]) -> None:
    dedup("db", "upgrade")
    assert dedup("feed", *words).code == 64


def test_a_feed_of_no_stories_is_a_feed(dedup: Dedup) -> None:
    dedup("db", "upgrade")
    parsed = feedparser.parse(io.BytesIO(dedup("feed").out.encode()))
    assert (parsed.version, parsed.bozo, parsed.entries) == ("atom10", False, [])
