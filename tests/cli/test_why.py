"""``dedup why``: the evidence for stories in words, and stories that fell into two."""

from __future__ import annotations

import json
import math
import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dedup.config import Config
from dedup.index.window import Window

from .conftest import Dedup

QUAKE = ("harbourwire:20260302-0041", "mg-4471")
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RIVER = (
    "The river Aller rose by 312 centimetres in one night and flooded the old town of Verlingen. Firefighters brought "
    "400 people from their houses in rubber boats, and the railway to Soltring is closed. "
)
DAM = (
    "Mayor Ilse Kranz praised the dam above Verlingen, built in 1911, whose engineers under Gustav Merz kept both "
    "sluices open; insurers from Ravenna and the minister, Paula Ostrand, will inspect its masonry with divers. "
)
# The middle one is the hub: each of the others shares nearly all of its words with it, hardly any with one another.
TEXTS = {
    "hub": ("Verlingen flooded, dam holds", RIVER + DAM),
    "river": (
        "Aller floods Verlingen",
        "Verlingen old town flooded: in one night the Aller rose 312 centimetres. Rubber boats brought 400 people from "
        "houses, firefighters say. Closed: the Soltring railway along the river.",
    ),
    "dam": (
        "Dam above Verlingen holds",
        "Built in 1911, the dam above Verlingen kept its sluices open, mayor Ilse Kranz said, and praised engineers of "
        "Gustav Merz. Divers inspect masonry; minister Paula Ostrand and Ravenna insurers follow.",
    ),
    "late": (
        "Verlingen counts the cost of the Aller flood",
        "People in flooded Verlingen came home in boats after the Aller night. Kranz, the mayor, and firefighters saw "
        "houses of the old town; the dam held, engineers said, and the railway to Soltring stays closed.",
    ),
}
Part = Callable[..., tuple[float, list[int], list[int]] | None]


@pytest.fixture
def deliver(dedup: Dedup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Decides texts with a threshold so low that they come into one story."""
    monkeypatch.setenv("DEDUP_STORIES_THRESHOLD", "0.01")

    def delivered(*uris: str, part: Part = lambda *_: None, **changed: tuple[str, str]) -> None:
        monkeypatch.setattr(Window, "part", part)
        rows = []
        for number, uri in enumerate(uris):
            title, body = changed.get(uri, TEXTS[uri])
            at = AT + timedelta(hours=list(TEXTS).index(uri))
            rows.append({"uri": uri, "title": title, "body": body, "published_at": at.isoformat()})
            (tmp_path / f"{number}.jsonl").write_text(json.dumps(rows[-1]), encoding="utf-8")
            dedup("ingest", f"{number}.jsonl")
            assert dedup("once").code == 0

    return delivered


def leaving(*uris: str) -> Part:
    """A story that falls into two: the texts of these places in `TEXTS` on one side."""
    ordinals = {list(TEXTS).index(uri) + 1 for uri in uris}

    def part(window: Window, story_id: int, entry: Any, *rest: Any) -> tuple[float, list[int], list[int]]:
        everyone = [*window.texts_of(story_id), entry.ordinal]
        parts = [n for n in everyone if n not in ordinals], [n for n in everyone if n in ordinals]
        return rest[-1][2] - 0.5, *parts

    return part


def flat(text: str) -> str:
    return " ".join(text.split())


def story_rows(dedup: Dedup, uri: str) -> list[dict[str, Any]]:
    return [row for row in dedup("why", uri, "--json").document["evidence"] if row["tier"] == "story"]


def test_the_table_of_evidence_adds_up(dedup: Dedup, clustered: Path) -> None:
    now = dedup("why", *QUAKE, "--json").document["now"]
    kinds = {kind["kind"]: kind for kind in now["kinds"]}
    assert list(kinds) == ["body", "title", "cross", "numbers", "weekday", "days", "background"]
    assert {name: now[name] for name in kinds} == {name: kind["value"] for name, kind in kinds.items()}
    assert now["log_odds"] == pytest.approx(now["intercept"] + sum(kind["contribution"] for kind in kinds.values()))
    assert now["probability"] == pytest.approx(1 / (1 + math.exp(-now["log_odds"])))
    assert now["is_one_event"] is (now["probability"] >= now["threshold"])
    assert {"Chile", "Illapel", "quake", "37"} <= set(now["shared_terms"])
    assert now["shared_terms"] == [term["term"] for term in kinds["body"]["terms"]]
    assert "37" in [term["term"] for term in kinds["numbers"]["terms"]]
    assert now["kept_apart"] == [] and now["not_weighed"] is None

    shown = dedup("why", *QUAKE).out
    for label in (
        "all terms",
        "titles",
        "titles against the other text",
        "numbers",
        "day of the week",
        "days apart",
        "background",
    ):
        assert re.search(rf"^  {label} +\d\.\d\d +[+-]\d+\.\d\d", shown, re.MULTILINE), label
    assert re.search(r"all terms .*Chile \(\d+ %\), ", shown) and re.search(r"together +[+-]\d", shown)
    assert "That is these two alone. The service weighs a text against all the texts that speak for a story" in shown
    assert "See the story and its history: " in shown


@pytest.mark.parametrize("threshold", ["0.05", "0.5", "0.9", "0.99"])
def test_what_would_have_been_needed_is_true(
    dedup: Dedup, clustered: Path, monkeypatch: pytest.MonkeyPatch, threshold: str
) -> None:
    monkeypatch.setenv("DEDUP_STORIES_THRESHOLD", threshold)
    wanted = math.log(float(threshold) / (1 - float(threshold)))
    for asked in (QUAKE, ("36", "38"), ("7", "6"), ("4", "3")):
        now = dedup("why", *asked, "--json").document["now"]
        shown = flat(dedup("why", *asked).out)
        fits = now["probability"] >= float(threshold)
        assert ("One event, if they were alone" in shown) is fits
        kinds = {kind["kind"]: kind for kind in now["kinds"]}

        def without(name: str, kinds: dict[str, Any] = kinds, now: dict[str, Any] = now) -> float:
            return float(now["log_odds"] - kinds[name]["contribution"])

        for name, label in (("body", "all terms"), ("title", "titles(?! against)"), ("numbers", "numbers")):
            found = re.search(rf"{label} [^(;]*(?:less|more) alike \((\d\.\d+) instead of \d\.\d+\)", shown)
            assert (found is not None) is (kinds[name]["at_threshold"] is not None)
            if found and kinds[name]["value"]:
                slope = kinds[name]["contribution"] / kinds[name]["value"]
                assert without(name) + slope * float(found[1]) >= wanted
        told = re.search(r"(?:published within|with) (\d+\.\d+) days", shown)
        if told:
            slope = kinds["days"]["contribution"] / math.log1p(kinds["days"]["value"])
            assert without("days") + slope * math.log1p(float(told[1])) >= wanted


def test_rules_that_keep_two_apart_are_told(dedup: Dedup, clustered: Path) -> None:
    shown = dedup("why", 1, 31).out
    assert "never lets one of the two join the other: a story has one language, and these are in en and de" in shown
    with sqlite3.connect(clustered) as connection:
        connection.execute("UPDATE articles SET published_at = '2026-04-20T00:00:00Z' WHERE article_id = 13")
    days = Config().stories.window_days
    assert f"days apart, more than {days} ([stories] window_days)" in dedup("why", 13, 17).out
    document = dedup("why", 13, 17, "--json").document
    assert len(document["now"]["kept_apart"]) == 1 and document["now"]["days"] > 40


def test_terms_of_another_scheme_are_no_crash(dedup: Dedup, clustered: Path) -> None:
    with sqlite3.connect(clustered) as connection:
        connection.execute("INSERT INTO schemes (scheme_id, name) VALUES (99, 'w3-older')")
        connection.execute("UPDATE articles SET scheme_id = 99, terms = x'0102' WHERE article_id = 17")
    result = dedup("why", *QUAKE)
    assert result.code == 0
    assert (
        "the terms of article 17 were stored by another version or with other settings (scheme w3-older" in result.out
    )
    assert "shingles in common" in result.out and "To have the terms made anew: " in result.out
    now = dedup("why", *QUAKE, "--json").document["now"]
    assert now["not_weighed"] and now["kinds"] == [] and now["body"] is now["probability"] is None
    assert 0 < now["containment"] < 1
    assert dedup("why", 17).code == 0


def test_stems_are_spelled(dedup: Dedup, clustered: Path) -> None:
    """The terms of these are stems: no stored hash is that of a word as it stands there."""
    german = dedup("why", 31, "html/weserbruecke-reportage.html", "--json").document["now"]["shared_terms"]
    russian = dedup("why", 36, 38, "--json").document["now"]["shared_terms"]
    assert len(german) == len(russian) == 12
    assert any(word[0].isupper() for word in german) and "Каракола" in russian


def test_an_undated_one_is_told(dedup: Dedup, clustered: Path) -> None:
    shown = dedup("why", 83, 45).out
    assert "a guess: one has no date" in shown
    assert dedup("why", 83, 45, "--json").document["now"]["days"] is None


def test_a_joined_story_in_words(dedup: Dedup, clustered: Path) -> None:
    shown = dedup("why", QUAKE[1]).out
    assert re.search(
        r"It joined the story of article 1 “.*” \(Harbour Wire\), the text most like it there: probability 0\.\d+, "
        r"needed 0\.\d+; shared terms: \w+",
        shown,
    )


def test_a_text_that_left_when_its_story_fell_into_two(dedup: Dedup, deliver: Callable[..., None]) -> None:
    deliver("hub", "river", "dam")
    assert [row["matched_article_id"] for uri in ("river", "dam") for row in story_rows(dedup, uri)] == [1, 1]
    deliver("late", part=leaving("hub"))
    assert [row["verdict"] for row in story_rows(dedup, "hub")] == ["opened", "parted"]

    shown = dedup("why", "hub").out
    assert "It left its story with all that is unlike the rest, when article 4 “Verlingen counts the cost" in shown
    assert re.search(
        r"showed that it fell into two: probability 0\.\d+ that both parts are one event, needed 0\.\d+", shown
    )
    assert re.search(r"The story began on \d{4}-.* UTC: it was part of story 1; the story fell into two", shown)
    assert dedup("why", "hub", "--json").document["origin"]["other_story_id"] == 1
    # What the others joined is elsewhere now, and that is said.
    assert "It joined the story of article 1" in (river := dedup("why", "river").out)
    assert "; that one is in story 2 now." in river

    apart = dedup("why", "hub", "river").out
    assert "Two stories, 2 and 1" in apart
    assert re.search(
        r"Article 1 left story 1 for story 2 on [\d: -]+ UTC: the story fell into two: .*; article 4 “.* showed it\.",
        apart,
    )
    departure = dedup("why", "hub", "river", "--json").document["departures"]
    assert [(one["article_id"], one["story_id"], one["to_story_id"], one["shown_by"]) for one in departure] == [
        (1, 1, 2, 4)
    ]


def test_what_connected_two_articles_left_by_a_split(dedup: Dedup, deliver: Callable[..., None]) -> None:
    deliver("hub", "river", "dam")
    assert [row["matched_article_id"] for row in dedup("why", "river", "dam", "--json").document["path"]] == [1, 1]
    deliver("late", part=leaving("hub"))
    found = dedup("why", "river", "dam", "--json").document
    assert found["same_story"] is True and found["path"] == []
    assert [row["article_id"] for row in found["former_path"]] == [2, 3]
    assert found["gone"] == [{"article_id": 1, "story_id": 2, "reason": "the story fell into two"}]
    shown = dedup("why", "river", "dam").out
    assert "What connected them is not in the story any more. It was:" in shown
    assert re.search(r"Article 1 “.*” \(ingest\) is in story 2 now: the story fell into two\.", shown)
    assert "new version" not in shown


def test_what_connected_two_articles_stayed_behind(dedup: Dedup, deliver: Callable[..., None]) -> None:
    deliver("hub", "river", "dam")
    deliver("late", part=leaving("river", "dam"))
    found = dedup("why", "river", "dam", "--json").document
    assert found["one"]["story_id"] == 2 and found["path"] == []
    assert [gone["story_id"] for gone in found["gone"]] == [1]
    assert re.search(
        r"Article 1 .* is in story 1 now: story 2 was parted from it: it was part of", dedup("why", 2, 3).out
    )


def test_what_connected_two_articles_has_a_new_version(
    dedup: Dedup, deliver: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver("hub", "river", "dam")
    monkeypatch.setenv("DEDUP_STORIES_THRESHOLD", "0.5")
    strike = (
        "Bakers in Montelle walked out over ovens that stay hot until four. Armand Vessier leads their union, and "
        "queues formed outside family shops that sell baguettes."
    )
    deliver("hub", hub=("Bakers on strike", strike))
    (gone,) = dedup("why", "river", "dam", "--json").document["gone"]
    assert gone["article_id"] == 1 and gone["reason"] == "a new version of it belongs elsewhere"
    assert "is in story 2 now: a new version of it belongs elsewhere." in dedup("why", "river", "dam").out


def test_a_story_that_would_have_fallen_into_two_is_refused(dedup: Dedup, deliver: Callable[..., None]) -> None:
    deliver("hub", "river", "dam")
    deliver("late", part=leaving("late"))
    assert [row["verdict"] for row in story_rows(dedup, "late")] == ["opened", "near_miss"]
    shown = dedup("why", "late").out
    assert "It opened a story of its own: the one that it reached would have fallen into two with it." in shown
    refused = (
        r"reached the story of article \d “.*”.*, but that would have fallen into two, with it alone on one side: "
        r"probability 0\.\d+ that both parts are one event, needed 0\.\d+; shared terms: "
    )
    assert re.search(f"It {refused}", shown)
    matched = story_rows(dedup, "late")[1]["matched_article_id"]
    assert re.search(f"Article 4 {refused}", dedup("why", "late", matched).out)


def test_a_long_way_to_a_threshold_is_no_number(dedup: Dedup, clustered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEDUP_STORIES_THRESHOLD", "0.99")
    shown = dedup("why", 1, "harbourwire:20260307-0055").out
    assert "No single kind of evidence could have brought it to 0.99; it would have taken several together." in shown


def test_what_the_site_repeats_is_told(dedup: Dedup, tmp_path: Path) -> None:
    around = "Home\nWeather and roads\n\n{}\n\nAll about the coast\nWrite to the editor"
    told = "Ferry number {0} from isle {0} came {0} hours late, and {0} people waited at pier {0}."
    pages = [
        {"uri": f"urn:{n}", "publisher": "Kestrel", "title": f"Ferry {n}", "body_text": around.format(told.format(n))}
        for n in range(6)
    ]
    path = tmp_path / "pages.jsonl"
    path.write_text("".join(json.dumps(page) + "\n" for page in pages), encoding="utf-8")
    dedup("ingest", path)
    dedup("once")
    lines = ["Home", "Weather and roads", "All about the coast", "Write to the editor"]
    assert dedup("why", "urn:5", "--json").document["left_out"] == lines
    told = " ".join(dedup("why", "urn:5").out.split())
    assert (
        "Its text is without 4 lines that its site repeats: “Home”, “Weather and roads”, “All about the coast”, …"
        in told
    )
    assert dedup("why", "urn:4", "--json").document["left_out"] == []
    assert "that its site repeats" not in dedup("why", "urn:4").out


def test_two_events_that_share_a_name_are_told_apart_alike_then_and_now(dedup: Dedup, tmp_path: Path) -> None:
    bodies = (
        "Bus drivers in Wexcombe walked out over pay. The union said 120 of 130 drivers had joined the strike. The "
        "operator, Swiftline, offered a rise of 4 percent; the union wants 7. Commuters were told to use trains.",
        "Engineering firm Halden will cut 200 jobs at its factory in Wexcombe. The union said it would fight the plan. "
        "Halden blamed falling orders from the car industry and high energy costs.",
    )
    titles = "Strike stops buses in Wexcombe", "Factory in Wexcombe cuts 200 jobs"
    lines = (
        {"uri": str(number), "title": title, "body_text": body, "published_at": "2026-03-05T09:00:00Z"}
        for number, (title, body) in enumerate(zip(titles, bodies, strict=True))
    )
    (tmp_path / "town.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert dedup("ingest", "town.jsonl").code == dedup("once").code == 0
    assert "has hardly more than one term, or than figures and dates, in common with article 1" in flat(
        dedup("why", "article:2").out
    )
    both = flat(dedup("why", "article:1", "article:2").out)
    assert "they have hardly more than one term, or than figures and dates, in common, which may be chance" in both


def test_what_was_decided_anew_alike_is_said_once(dedup: Dedup, clustered: Path) -> None:
    """`dedup apply` gives an article its evidence once more."""
    copy, original = "html/ferry-aground-skimlet.html", "harbourwire:20260307-0012"
    with sqlite3.connect(clustered) as connection:
        names = ", ".join(row[1] for row in connection.execute("PRAGMA table_info(matches)") if row[1] != "place")
        connection.execute(f"INSERT INTO matches (place, {names}) SELECT place + 1000, {names} FROM matches")
    for uris in ((copy,), (copy, original)):
        assert dedup("why", *uris).out.count("a copy of article 11 ") == 1


def test_what_connects_two_is_told_as_it_was_decided_last(
    dedup: Dedup, deliver: Callable[..., None], tmp_path: Path
) -> None:
    deliver("hub", "river", "dam")
    with sqlite3.connect(tmp_path / "dedup.db") as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(matches)")]
        anew = {"place": "place + 1000", "config_version": "2", "threshold": "0.02"}
        told = ", ".join(anew.get(name, name) for name in names)
        connection.execute("INSERT INTO config_versions SELECT 2, 'another', settings, created_at FROM config_versions")
        connection.execute(f"INSERT INTO matches ({', '.join(names)}) SELECT {told} FROM matches")
    path = dedup("why", "river", "dam", "--json").document["path"]
    assert [row["threshold"] for row in path] == [0.02, 0.02]


@pytest.mark.parametrize("former", [1, 2])
def test_what_a_configuration_decides_that_is_in_force_again_is_the_last_word(
    dedup: Dedup, deliver: Callable[..., None], tmp_path: Path, former: int
) -> None:
    """It has the number that it had before, which may be lower than that of the one in between."""
    deliver("hub", "river", "dam")
    with sqlite3.connect(tmp_path / "dedup.db") as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(matches)")]
        connection.execute("INSERT INTO config_versions SELECT 2, 'another', settings, created_at FROM config_versions")
        for number, version in ((1, former), (2, 3 - former)):
            anew = {
                "place": f"place + {1000 * number}",
                "config_version": f"{version}",
                "threshold": f"0.0{number}",
                "decided_at": f"'2099-01-0{number}T00:00:00Z'",
            }
            told = ", ".join(anew.get(name, name) for name in names)
            connection.execute(
                f"INSERT INTO matches ({', '.join(names)}) SELECT {told} FROM matches WHERE place < 1000"
            )
    path = dedup("why", "river", "dam", "--json").document["path"]
    assert [row["threshold"] for row in path] == [0.02, 0.02]
    evidence = dedup("why", "river", "--json").document["evidence"]
    assert {row["threshold"] for row in evidence} == {0.02}


def test_of_what_is_no_copy_any_more_the_former_decision_is_not_told(dedup: Dedup, clustered: Path) -> None:
    copy = "html/ferry-aground-skimlet.html"
    with sqlite3.connect(clustered) as connection:
        connection.execute("INSERT INTO config_versions SELECT 2, 'another', settings, created_at FROM config_versions")
        connection.execute(
            "INSERT INTO matches (article_id, version, place, tier, verdict, threshold, config_version, decided_at) "
            "SELECT article_id, version, 1000, 'story', 'opened', 0.3, 2, '2099-01-01T00:00:00Z' "
            "FROM articles WHERE uri = ?",
            (copy,),
        )
    (row,) = dedup("why", copy, "--json").document["evidence"]
    assert (row["tier"], row["verdict"]) == ("story", "opened")
