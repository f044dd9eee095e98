"""The table of faults in tests/README.md names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
NAMED = re.compile(r"`((?:[a-z]+/)?test_\w+\.py)?(?:::)?((?:test_|\.\.\.)[\w.]*)?`")


def test_every_test_that_is_named_is_there() -> None:
    file, seen = "", 0
    for given, words in NAMED.findall((TESTS / "README.md").read_text(encoding="utf-8")):
        file = given or file
        if not file:
            continue
        text = (TESTS / file).read_text(encoding="utf-8")
        parts = [part for part in words.split("...") if part]
        names = re.findall(r"def (test_\w+)", text)
        assert any(all(part in name for part in parts) for name in names), f"{file}: {words}"
        seen += 1
    assert seen > 50


def test_every_row_says_which_test_on_which_database_and_how() -> None:
    text = (TESTS / "README.md").read_text(encoding="utf-8").partition("## Faults")[2]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 40
    for fault, tests, databases, injected in rows:
        assert NAMED.search(tests) or "`make soak`" in tests, fault
        assert databases in {"both", "none", "SQLite", "PostgreSQL", "PostgreSQL; both", "SQLite for rows"}, fault
        assert injected, fault
