"""What people read: status, stories, story, why, on both databases; and how it looks."""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.cells import cell_len

from dedup.cli import passes
from dedup.cli.choice import since
from dedup.decision import resigning
from dedup.errors import UsageError

from .conftest import EXAMPLES, FILTERS, Dedup

ANSI = re.compile(r"\x1b\[[0-9;]*m")
QUAKE = ("harbourwire:20260302-0041", "kc-chile-earthquake-illapel", "pd-chile-quake-118842", "mg-4471")


def terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


def columns_under(heading: str, shown: str) -> list[list[str]]:
    """The cells of each column of the table whose heading begins like that, a regular expression; line by line."""
    lines = [ANSI.sub("", line) for line in shown.splitlines()]
    head = next(place for place, line in enumerate(lines) if re.match(heading, line))
    begins = [found.start() for found in re.finditer(r"(?<![^ ])(?<!\S )\S", lines[head])]
    ends = [*begins[1:], None]
    return [[line[begin:end].strip() for line in lines[head + 2 :]] for begin, end in zip(begins, ends, strict=True)]


def test_all_commands_on_both_databases(dedup: Dedup, database_url: str) -> None:
    where = ("--database", database_url, "--json")
    assert dedup("ingest", EXAMPLES / "articles", *where).code == 0
    assert dedup("status", *where).document["totals"]["waiting"] == 86
    report = dedup("once", *where).document
    assert (report["accepted"], report["updated"]) == (85, 1)

    status = dedup("status", *where).document
    assert status["health"]["ok"] is True and status["last_run"]["outcome"] == "ok"
    assert status["totals"]["articles"] == 85 and status["totals"]["stories"] == report["new_stories"]

    every = dedup("stories", "--all", *where).document
    assert len(every["stories"]) == every["matching"] == every["all"] == report["new_stories"]
    assert sum(story["article_count"] for story in every["stories"]) == 85
    newest = [story["last_published"] or story["last_seen"] for story in every["stories"]]
    assert newest == sorted(newest, reverse=True)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment) for moment in newest)

    page = dedup("story", 1, *where).document
    assert page["story"]["article_count"] == len(page["articles"])
    assert {article["uri"] for article in page["articles"]} >= set(QUAKE)
    assert sum(article["is_representative"] for article in page["articles"]) == 1
    assert sum(article["is_original"] for article in page["articles"]) == page["story"]["text_count"]
    reason = "of 4 copies of its text (1 of them cut) it was published first; of 3 originals it was published first"
    assert page["representative_reason"] == reason
    assert f"Represented by article 1 (Harbour Wire): {reason}." in " ".join(dedup("story", 1, *where[:2]).out.split())

    why = dedup("why", QUAKE[3], *where).document
    assert why["article"]["uri"] == QUAKE[3] and why["story"]["story_id"] == 1
    assert next(row["verdict"] for row in why["evidence"] if row["tier"] == "story") == "joined"
    pair = dedup("why", QUAKE[3], QUAKE[2], *where).document
    assert pair["same_story"] is True and pair["same_duplicate_group"] is False
    assert pair["path"] and pair["compared_by_the_service"] is False
    assert dedup("db", "check", "--full", *where).document["ok"] is True


def test_filters(dedup: Dedup, clustered: Path) -> None:
    def ids(*words: object) -> list[int]:
        return [story["story_id"] for story in dedup("stories", "--json", *words).document["stories"]]

    def headlines(*words: object) -> str:
        return " ".join(story["headline"] for story in dedup("stories", "--json", *words).document["stories"])

    assert len(ids("--limit", 3)) == 3
    assert len(ids("--all")) > len(ids("--limit", 1000)) > len(ids("--min-articles", 4)) > 0
    assert "Лавина" in headlines("--search", "ЛАВИНА") and len(ids("--search", "лавина")) == 1
    assert headlines("--search", "aground FERRY").startswith("All 73 rescued")
    assert "Russian" not in headlines("--language", "RU") and ids("--language", "ru") == ids("--search", "лавина")
    assert ids("--language", "ru-RU") == ids("--language", "Russian") == ids("--language", "ru")
    assert ids("--language", "und") == ids("--language", "sw") == []
    assert ids("--text", "MAASDIEP Havenbond") == ids("--search", "paralyses rotterdam") != []
    assert ids("--search", "maasdiep") == ids("--text", "xyzzy") == []
    assert 0 < len(ids("--publisher", "portside daily", "--limit", 99)) < len(ids("--limit", 99))
    assert ids("--since", "2026-03-07") and len(ids("--since", "2026-03-07")) < len(ids("--limit", 99))
    assert ids("--since", "2026-03-20") == ids("--search", "no such words") == []
    counts = [story["article_count"] for story in dedup("stories", "--biggest", "--json").document["stories"]]
    assert counts == sorted(counts, reverse=True) and counts[0] > counts[-1]


def test_since_is_a_date_or_a_time_ago() -> None:
    now = datetime(2026, 3, 9, 12, tzinfo=UTC)
    assert since("2026-03-02", now) == datetime(2026, 3, 2, tzinfo=UTC)
    assert since("3d", now) == datetime(2026, 3, 6, 12, tzinfo=UTC)
    assert since("90m", now) == datetime(2026, 3, 9, 10, 30, tzinfo=UTC)
    with pytest.raises(UsageError, match="not a time"):
        since("3 moons", now)


def test_a_table_that_is_no_terminal_is_whole_and_plain(dedup: Dedup, clustered: Path) -> None:
    everything = dedup("stories", "--all").out
    with sqlite3.connect(clustered) as connection:
        headlines = [row[0] for row in connection.execute("SELECT headline FROM v_stories")]
    assert all(headline in everything for headline in headlines)
    assert "\x1b" not in everything
    assert not any(line != line.rstrip() for line in everything.splitlines())


@pytest.mark.parametrize("columns", [80, 140])
def test_a_table_on_a_terminal_fits(
    dedup: Dedup, clustered: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    terminal(monkeypatch, columns)
    for words in (("stories", "--all"), ("story", 1), ("status",), ("why", QUAKE[3]), ("why", *QUAKE[2:])):
        shown = dedup(*words).out
        assert "\x1b[1m" in shown
        widest = max(cell_len(ANSI.sub("", line)) for line in shown.splitlines() if "http" not in line)
        assert widest <= columns


@pytest.mark.parametrize("columns", [60, 80, 110])
def test_a_narrow_terminal_cuts_nothing(
    dedup: Dedup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    """What has no room in a line of its cell goes on in the next."""
    uri = f"https://{'kestrelcourier-' * 5}.example/{'ferry-' * 8}aground.html"
    (tmp_path / "short.jsonl").write_text(json.dumps({"uri": uri, "body": "Aground."}), encoding="utf-8")
    url = f"sqlite:///{tmp_path / 'a-name-that-leaves-little-room.db'}"
    monkeypatch.setenv("DEDUP_DATABASE_URL", url)
    settings = dedup("config", "check", "--json").document["settings"]
    assert dedup("ingest", "short.jsonl").code == 0
    terminal(monkeypatch, columns)

    names, values, origins, meanings = columns_under("setting", dedup("config", "check").out)
    assert {f"{section}.{key}" for section, inside in settings.items() for key in inside} <= set(names)
    assert "".join(values).startswith(f'"{url}"') and "".join(origins).startswith("DEDUP_DATABASE_URL")
    assert "fewestdifferentwordsinthebody" in "".join(meanings).replace(" ", "")

    uris, reasons, details = columns_under("rejected +reason", dedup("once").out)
    assert "".join(uris).startswith(uri) and "too_short" in reasons
    assert "thebodyhas1differentwords" in "".join(details).replace(" ", "")


def test_what_a_terminal_would_obey_is_not_printed(dedup: Dedup, tmp_path: Path) -> None:
    nasty = "Red \x1b[31malert\u202e and \x9b2Jmore\u2028lines\x07"
    body = "A harbour crane fell into the basin on Sunday night and nobody was hurt, the port authority said."
    (tmp_path / "a.jsonl").write_text(
        json.dumps({"uri": "u\x1b]0;x\x07", "title": nasty, "body": body}), encoding="utf-8"
    )
    dedup("ingest", "a.jsonl")
    dedup("once")
    for words in (("stories", "--all"), ("story", 1), ("why", 1)):
        shown = dedup(*words).out
        assert "alert" in shown
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", shown)
    document = dedup("why", 1, "--json")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", document.out)
    assert document.document["article"]["uri"] == "u\x1b]0;x\x07"


def test_a_merged_story_leads_to_where_it_went(dedup: Dedup, clustered: Path) -> None:
    with sqlite3.connect(clustered) as connection:
        connection.execute("INSERT INTO story_redirects (old_story_id, story_id) VALUES (900, 1)")
    result = dedup("story", 900)
    assert result.code == 0
    assert result.out.startswith("Story 900 was merged into story 1.\n")
    assert "Stories that lead here: 900" in result.out
    page = dedup("story", 900, "--json").document
    assert (page["asked_for"], page["story"]["story_id"], page["merged_stories"]) == (900, 1, [900])


def test_an_unknown_story_is_64(dedup: Dedup, clustered: Path) -> None:
    result = dedup("story", 12345)
    assert result.code == 64 and "there is no story 12345" in result.err


def test_a_story_is_named_as_rules_name_it(dedup: Dedup, clustered: Path) -> None:
    assert dedup("story", "story:11").out == dedup("story", "11").out != ""


def test_the_page_of_a_story_names_texts_copies_and_counts(dedup: Dedup, clustered: Path) -> None:
    shown = dedup("story", 1).out
    assert re.search(r"\d+ articles, \d+ texts, \d+ publishers; en", shown)
    assert "original" in shown and re.search(r"0\.\d\d / 0\.\d\d", shown)
    assert "opened" in shown and "no story was near enough" in shown


def test_a_story_is_legible_in_a_narrow_window(dedup: Dedup, clustered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Publishers and titles share a column, and what copies have for a title is not repeated."""
    wide = dedup("story", 11).out
    assert wide.count("All 73 rescued as ferry Isle of Tarsay runs aground off Oban\n") == 3
    monkeypatch.setattr("dedup.cli.output.Output.narrow", True)
    told = dedup("story", 11).out
    assert "original     Harbour Wire: All 73 rescued as ferry Isle of Tarsay runs aground off Oban\n" in told
    assert re.search(r"1\.00 / 1\.00  Skimlet\n", told)
    assert "original     Millbrook Gazette: Oban ferry passengers safe after grounding\n" in told


def test_authors_are_told_where_there_is_room(dedup: Dedup, clustered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sqlite3.connect(clustered) as connection:
        connection.execute("UPDATE articles SET authors = 'Ann Onym; B. Bee; C. Cee; D. Dee' WHERE article_id = 5")
    connection.close()
    page = dedup("story", 5, "--json").document
    told = {article["article_id"]: article["authors"] for article in page["articles"]}
    assert told == {5: "Ann Onym; B. Bee; C. Cee; D. Dee", 21: None, 22: None, 70: "Piotr Malinowicz"}
    whole = dedup("story", 5).out
    assert "Represented by article 5 (Harbour Wire, Ann Onym; B. Bee; C. Cee; D. Dee): of" in whole
    assert re.search(r"Harbour Wire +Ann Onym; B\. Bee; C\. Cee; and 1 more +Paint plant", whole)
    assert re.search(r"The Capstan {2,}Thousands", whole) and "Piotr Malinowicz" in whole
    assert "authors" not in dedup("story", 1).out
    assert "(source ingest, Civic Lantern, Piotr Malinowicz, " in dedup("why", 70).out
    for columns, shown in ((80, False), (140, True)):
        terminal(monkeypatch, columns)
        assert ("Piotr Malinowicz" in dedup("story", 5).out) is shown


def test_why_a_copy(dedup: Dedup, clustered: Path) -> None:
    shown = dedup("why", QUAKE[2]).out
    assert "It is a cut copy of article 1" in shown
    assert "A copy is where its text is, with article 1. That one:" in shown
    assert f"dedup why {QUAKE[2]} {QUAKE[0]}" in shown


def test_why_two_copies(dedup: Dedup, clustered: Path) -> None:
    found = dedup("why", QUAKE[0], QUAKE[1], "--json").document
    assert found["same_duplicate_group"] is True and found["compared_by_the_service"] is True
    assert found["evidence"][0]["jaccard"] == pytest.approx(found["now"]["jaccard"])
    assert found["evidence"][0]["containment"] == pytest.approx(found["now"]["containment"])
    assert found["now"]["is_copy"] is True


def test_why_two_strangers(dedup: Dedup, clustered: Path) -> None:
    shown = dedup("why", QUAKE[0], "harbourwire:20260307-0055").out
    assert "Two stories, 1 and " in shown
    assert "never compared by the service" in shown
    assert "No copy: 0 shingles in common" in shown and "Two events, if they were alone" in shown


def test_why_by_url_and_by_number(dedup: Dedup, clustered: Path) -> None:
    article = dedup("why", 1, "--json").document["article"]
    assert article["uri"] == QUAKE[0]
    assert dedup("why", article["url"], "--json").document["article"] == article


def test_why_a_misspelt_uri_is_64_with_close_ones(dedup: Dedup, clustered: Path) -> None:
    result = dedup("why", "kc-chile-earthquake-illapl")
    assert result.code == 64 and f"did you mean {QUAKE[1]}" in result.err
    assert dedup("why", QUAKE[0], QUAKE[0]).code == 64


def test_why_an_ambiguous_uri_asks_for_the_source(dedup: Dedup, articles: Path) -> None:
    for source in ("one", "two"):
        dedup("ingest", articles, "--source", source)
    dedup("once")
    result = dedup("why", "a")
    assert result.code == 64 and "add --source NAME, one of: one, two" in result.err
    assert dedup("why", "a", "--source", "two", "--json").document["article"]["source"] == "two"
    assert "but one, two has" in dedup("why", "a", "--source", "three").err


def test_why_tells_of_what_waits_and_what_was_rejected(dedup: Dedup, articles: Path, tmp_path: Path) -> None:
    (tmp_path / "word.txt").write_text("word", encoding="utf-8")
    dedup("ingest", articles, "word.txt")
    result = dedup("why", "a")
    assert result.code == 64 and "still waits in the inbox" in result.err
    dedup("once")
    assert "was rejected on" in dedup("why", "word.txt").err
    assert dedup("why", "a").code == 0


def test_an_empty_database_says_how_to_begin(dedup: Dedup, articles: Path) -> None:
    assert dedup("stories").code == 78
    dedup("db", "upgrade")
    assert "dedup ingest PATH" in dedup("stories").out
    assert "dedup ingest PATH" in dedup("status").out
    dedup("ingest", articles)
    assert "3 articles wait: the daemon takes them, or type: dedup once" in dedup("stories").out


def test_of_many_articles_only_as_many_stories_are_looked_for_as_are_listed(
    dedup: Dedup, clustered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("stories", "--language", "en", "--limit", "3")
    counted = dedup(*words, "--json").document
    monkeypatch.setattr("dedup.cli.stories.COUNTED", 10)
    found = dedup(*words, "--json").document
    assert counted["matching"] > 3 and found["matching"] is None
    assert found["stories"] == counted["stories"]
    assert "The newest 3 such stories; there are more: --limit N, or --all" in dedup(*words).out
    few = ("stories", "--language", "de", "--limit", "100", "--json")
    assert dedup(*few).document["matching"] == len(dedup(*few).document["stories"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "2 of 23 stories of 2 articles or more; more: --limit N, or --all"),
        (("--min-articles", 1), "2 of 33 stories; more: --limit N, or --all"),
        (("--language", "en"), "such stories; more: --limit N, or --all"),
    ],
)
def test_a_list_that_is_cut_says_of_what(dedup: Dedup, clustered: Path, words: tuple[object, ...], said: str) -> None:
    assert said in dedup("stories", "--limit", 2, *words).out


def test_db_commands(dedup: Dedup, clustered: Path, tmp_path: Path) -> None:
    assert "nothing to do" in dedup("db", "upgrade").out
    with sqlite3.connect(clustered) as connection:
        connection.execute("DROP VIEW v_runs")
    assert "the views v_runs are missing or of another version; run: dedup db upgrade" in dedup("status").err
    assert "already; its views were made anew" in dedup("db", "upgrade").out
    with sqlite3.connect(clustered) as connection:
        connection.execute("DROP INDEX ix_articles_newest")
    told = dedup("db", "check")
    assert told.code == 1 and "ix_articles_newest of articles" in told.out
    assert told.out.endswith("Make the indexes anew: dedup db upgrade\n")
    assert dedup("db", "upgrade", "--json").document["made_anew"] == ["indexes"]
    fresh = dedup("db", "upgrade", "--json", "--database", "sqlite:///fresh.db").document
    assert fresh["before"] is None and fresh["after"]
    assert "All is well" in dedup("db", "check").out
    saved = dedup("db", "backup", "copy.db", "--json").document
    copy = (tmp_path / "copy.db").read_bytes()
    assert saved["bytes"] == len(copy)
    assert dedup("db", "check", "--full", "--database", "sqlite:///copy.db").code == 0
    assert (tmp_path / "copy.db").read_bytes() == copy
    assert dedup("db", "backup", "nowhere/copy.db").code == 64


def test_db_check_is_1_when_an_invariant_is_broken(dedup: Dedup, clustered: Path) -> None:
    with sqlite3.connect(clustered) as connection:
        connection.execute("DELETE FROM texts WHERE article_id = 1")
    result = dedup("db", "check")
    assert result.code == 1 and "text_missing" in result.out and "article 1" in result.out
    findings = dedup("db", "check", "--json").document["findings"]
    assert "text_missing" in [finding["name"] for finding in findings]


def test_config_check_shows_every_setting(dedup: Dedup) -> None:
    found = dedup("config", "check")
    assert found.code == 0
    settings = dedup("config", "check", "--json").document["settings"]
    for section, values in settings.items():
        for key in values:
            assert f"{section}.{key}" in found.out


def test_once_signs_some_articles_of_another_scheme_and_status_tells_how_many_are_left(
    dedup: Dedup, clustered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite3.connect(clustered) as connection:
        connection.execute("UPDATE schemes SET name = 'older'")
        connection.execute("UPDATE articles SET period = NULL, published_at = NULL")
        connection.execute("UPDATE state SET next_ordinal = 200000")
    connection.close()
    monkeypatch.setattr(resigning, "BATCH", 4)
    monkeypatch.setattr(passes, "SIGNED_AT_ONCE", 10)
    assert dedup("once").code == 0
    left = dedup("status", "--json").document["totals"]["to_resign"]
    assert 60 < left <= 75
    assert f"{left} articles left to sign anew after a change of scheme" in dedup("status").out
    monkeypatch.setattr(passes, "SIGNED_AT_ONCE", 100)
    assert dedup("once").code == 0
    assert dedup("status", "--json").document["totals"]["to_resign"] == 0


@pytest.mark.parametrize("words", FILTERS, ids=" ".join)
def test_series_are_not_chosen_by_what_chooses_stories(dedup: Dedup, clustered: Path, words: tuple[str, str]) -> None:
    assert dedup("stories", "--series", "--json").document["series"]
    refused = dedup("stories", "--series", *words)
    assert (refused.code, refused.out) == (64, "")
    assert f"--series does not go with {words[0]};" in refused.err
