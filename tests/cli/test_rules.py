"""`dedup link`, `dedup unlink` and `dedup rules`: on both databases, while a daemon works, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dedup.config.sections import DatabaseSettings
from dedup.store import Store

from .conftest import Dedup


@pytest.fixture
def taken(dedup: Dedup, articles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Articles a and b, copies in story 1, and c in story 2, in ``dedup.db``."""
    monkeypatch.setenv("DEDUP_LOG_LEVEL", "error")
    assert dedup("ingest", articles).code == 0 and dedup("once").code == 0


def story_of(dedup: Dedup, uri: str) -> int:
    story: int = dedup("why", uri, "--json").document["story"]["story_id"]
    return story


def test_rules_on_both_databases(
    dedup: Dedup, articles: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEDUP_LOG_LEVEL", "error")
    monkeypatch.setenv("DEDUP_DATABASE_URL", database_url)
    assert dedup("ingest", articles).code == 0 and dedup("once").code == 0
    made = dedup("link", "a", "c", "--note", "a test", "--json").document
    assert (made["obeyed"], made["already"], made["stories"]) == (True, False, [1, 1])
    assert (made["rule"]["rule_id"], made["rule"]["note"]) == (1, "a test")
    assert made["rule"]["a"] == {"uri": "a", "source": "ingest", "story_id": None, "article_id": 1}
    apart = dedup("unlink", "2", "story:2", "--json").document
    assert apart["obeyed"] is True and apart["stories"][0] != apart["stories"][1]
    assert story_of(dedup, "a") == story_of(dedup, "c") != story_of(dedup, "b")
    refused = dedup("unlink", "a", "c", "--json")
    assert refused.code == 65 and "rule 1: a (ingest) must be with c (ingest)" in refused.document["error"]
    found = dedup("rules", "--json").document["rules"]
    assert [(rule["kind"], rule["state"]) for rule in found] == [("must-link", "obeyed"), ("cannot-link", "obeyed")]
    assert dedup("rules", "--remove", 1, 2, "--json").document == {"rules": [], "removed": [1, 2]}
    assert dedup("db", "check", "--full", "--json").document["ok"] is True


def test_what_they_say(dedup: Dedup, taken: None) -> None:
    assert "There are no rules. To make one: dedup link URI URI" in dedup("rules").out
    assert dedup("unlink", "a", "b").out == (
        "Rule 1: a (ingest) must not be with b (ingest).\n"
        "Obeyed: 1 article left story 1 for story 3. It holds for all that comes.\n"
        "They are in stories 1 and 3.\n"
        "To take it back: dedup rules --remove 1\n"
    )
    again = dedup("unlink", "b", "a")
    assert again.code == 0 and "It was there already" in again.out
    shown = dedup("rules").out
    assert "must not be with" in shown and "1 rule, 1 obeyed" in shown
    assert "does not belong with article 1" in dedup("why", "b").out
    assert "rule 1 says that they are two events" in dedup("why", "a", "b").out
    assert "Rule 1 is gone: a (ingest) must not be with b (ingest)." in dedup("rules", "--remove", 1).out
    assert dedup("link", "a", "c").code == 0
    assert "belongs with article 1" in dedup("why", "c").out


def test_what_a_command_decides_is_in_the_log_as_a_pass(
    dedup: Dedup, taken: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "dedup.log"
    monkeypatch.setenv("DEDUP_LOG_LEVEL", "info")
    monkeypatch.setenv("DEDUP_LOG_FILE", str(log))
    said = dedup("link", "a", "c").err
    assert log.read_text(encoding="utf-8") == said
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line["event"] for line in lines] == ["story.merged", "rule.settled", "pass.finished"]
    run_id = dedup("status", "--json").document["last_run"]["run_id"]
    assert {line["run_id"] for line in lines} == {run_id}
    assert (lines[-1]["outcome"], lines[-1]["taken"], lines[-1]["merged_stories"]) == ("ok", 0, 1)
    dedup("link", "a", "c")
    assert log.read_text(encoding="utf-8") == said
    monkeypatch.setenv("DEDUP_LOG_FILE", str(tmp_path / "nowhere" / "dedup.log"))
    apart = dedup("unlink", "b", "a")
    assert apart.code == 0 and '"event": "pass.finished"' in apart.err
    assert "nowhere/dedup.log cannot be written" in apart.err and "what was done is logged here alone" in apart.err


@pytest.mark.parametrize(
    "words", [("story:2", "story:1"), ("story:1", "story:2"), ("story:2", "a"), ("story:2", "story:1", "--note", "x")]
)
def test_a_link_of_stories_that_is_typed_again_is_there_already(
    dedup: Dedup, taken: None, words: tuple[str, ...]
) -> None:
    assert dedup("link", *words).code == 0
    again = dedup("link", *words[1::-1], *words[2:])
    assert again.code == 0
    assert "It was there already, since" in again.out and "story 2 was merged into story 1.\n" in again.out
    assert "They are in story 1.\n" in again.out
    assert len(dedup("rules", "--json").document["rules"]) == 1
    apart = dedup("unlink", "story:2", "story:1")
    assert apart.code == 64 and "story 2 and story 1 are one story, 1; name two of its articles" in apart.err


def test_stories_that_are_one_without_a_rule_are_wrong_usage(dedup: Dedup, taken: None) -> None:
    assert dedup("link", "story:2", "story:1").code == 0 and dedup("rules", "--remove", 1).code == 0
    refused = dedup("link", "story:2", "story:1")
    assert refused.code == 64 and "story 2 and story 1 are one story, 1; name two of its articles" in refused.err


def test_a_link_of_a_story_whose_article_was_withdrawn_is_not_there_any_more(dedup: Dedup, taken: None) -> None:
    assert dedup("link", "story:2", "story:1").code == 0
    Path("gone.jsonl").write_text('{"uri": "c", "pubstatus": "canceled"}\n', encoding="utf-8")
    assert dedup("ingest", "gone.jsonl").code == 0 and dedup("once").code == 0
    assert dedup("link", "story:2", "story:1").code == 64


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("link", "a", "nobody"), "there is no article 'nobody'"),
        (("link", "a", "1"), "a (ingest) and a (ingest) are one, article 1; name two"),
        (("unlink", "a", "story:9"), "there is no story 9; see: dedup stories --all"),
        (("rules", "--remove", "3", "4"), "there is no rule 3 and no rule 4; see: dedup rules"),
    ],
)
def test_wrong_usage_leaves_no_rule(dedup: Dedup, taken: None, words: tuple[str, ...], message: str) -> None:
    result = dedup(*words)
    assert result.code == 64 and message in result.err
    assert dedup("rules", "--json").document["rules"] == []


def test_a_contradiction_leaves_no_rule(dedup: Dedup, taken: None) -> None:
    assert dedup("link", "a", "b").code == dedup("link", "b", "c").code == 0
    result = dedup("unlink", "c", "a")
    assert result.code == 65
    assert "that c (ingest) must not be with a (ingest) is refused: it contradicts what is obeyed" in result.err
    assert "rule 2: b (ingest) must be with c (ingest); rule 1: a (ingest) must be with b (ingest)" in result.err
    assert result.err.endswith(" To take one of them back: dedup rules --remove ID\n")
    url = "sqlite:///dedup.db"
    told = dedup("--database", url, "unlink", "a", "b").err
    assert told.endswith(f" To take it back: dedup --database {url} rules --remove 1\n")
    assert len(dedup("rules", "--json").document["rules"]) == 2


def test_while_another_works_the_rule_waits_for_it(dedup: Dedup, taken: None, tmp_path: Path) -> None:
    store = Store.open(DatabaseSettings(url=f"sqlite:///{tmp_path / 'dedup.db'}"))
    with store.writer_lock():
        told = dedup("link", "a", "c")
    store.close()
    assert told.code == 0 and "Another dedup works on this database" in told.out
    assert json.loads(dedup("rules", "--json").out)["rules"][0]["state"] == "new"
    assert story_of(dedup, "a") != story_of(dedup, "c")
    assert dedup("once").code == 0
    assert story_of(dedup, "a") == story_of(dedup, "c")


def test_what_is_withdrawn_is_said_to_be(dedup: Dedup, taken: None, tmp_path: Path) -> None:
    killed = tmp_path / "killed.jsonl"
    killed.write_text('{"uri": "c", "pubstatus": "canceled"}\n', encoding="utf-8")
    assert dedup("ingest", killed).code == 0 and dedup("once").code == 0
    for name in ("c", "3", "article:3"):
        assert f"{name!r} was withdrawn on" in dedup("why", name).err
        assert f"{name!r} was withdrawn on" in dedup("link", "a", name).err
    for command in (("story", 2), ("story", "story:2"), ("link", "a", "story:2"), ("unlink", "story:2", "a")):
        assert "all of story 2 is withdrawn" in dedup(*command).err
    totals = dedup("status", "--json").document["totals"]
    assert (totals["articles"], totals["texts"], totals["stories"], totals["withdrawn"]) == (2, 1, 1, 1)
