"""Commands on a database that lacks what its schema has, because a hand or a fault has taken it away."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from .conftest import EXAMPLES, Dedup

COMMANDS: dict[str, tuple[str | Path, ...]] = {
    "ingest": ("ingest", EXAMPLES / "articles"),
    "once": ("once",),
    "status": ("status",),
    "stories": ("stories",),
    "story": ("story", "1"),
    "why": ("why", "article:1"),
    "link": ("link", "article:1", "article:2"),
    "rules": ("rules",),
    "plan": ("plan",),
    "apply": ("apply",),
    "export": ("export", "stories.jsonl"),
    "feed": ("feed",),
}


@pytest.mark.parametrize(
    ("fault", "says", "commands"),
    [
        ("DROP TABLE inbox", "there is no table inbox", "ingest once status stories link"),
        ("DROP TABLE articles", "there is no table articles", "once status stories story why link plan apply export"),
        ("DROP TABLE preferred_publishers", "there is no table preferred_publishers", "once story link apply"),
        ("DROP TABLE state", "there is no table state", "ingest once status stories why link plan apply export feed"),
        ("DROP TABLE rules", "there is no table rules", "once rules link plan apply"),
        ("ALTER TABLE inbox RENAME published_at TO day", "table inbox has no column published_at", "ingest once"),
        ("DROP TABLE rules; DROP TABLE sources", "there is no table rules, and 1 thing more", "once status rules"),
        ("DELETE FROM state", "there are 0 rows in the table state", "ingest once status link plan apply"),
    ],
)
def test_they_say_what_is_gone_and_how_to_see_more(
    dedup: Dedup, clustered: Path, tmp_path: Path, fault: str, says: str, commands: str
) -> None:
    whole = shutil.copy(clustered, tmp_path / "whole.db")
    for name in commands.split():
        shutil.copy(whole, clustered)
        with closing(sqlite3.connect(clustered)) as connection:
            connection.execute("PRAGMA legacy_alter_table=ON")  # the views stay as they are
            connection.executescript(fault)
        done = dedup(*COMMANDS[name])
        assert (name, done.code, done.out) == (name, 78, "")
        told = done.err.splitlines()[-1]
        assert told == (
            f"dedup: the database lacks what its schema has: {says}; mend it, or restore a backup; see: dedup db check"
        )
        assert "Traceback" not in done.err
