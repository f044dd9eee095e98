"""``dedup`` run within the test: arguments in, exit code and both streams out."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from dedup import logs
from dedup.cli.main import main
from dedup.config.sections import LogSettings

from ..lasting import LastingWorkers

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

FILTERS = (
    ("--since", "2020-01-01"),
    ("--min-articles", "2"),
    ("--language", "de"),
    ("--publisher", "Harbour Wire"),
    ("--search", "ferry"),
    ("--text", "ferry"),
)
"""Each flag that chooses stories."""


@dataclass(frozen=True)
class Result:
    """What a command gave."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


Dedup = Callable[..., Result]


@pytest.fixture(autouse=True)
def page_processes(lasting_workers: LastingWorkers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are read by processes that outlive a test."""
    lasting_workers.give(monkeypatch)


@pytest.fixture
def dedup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Dedup]:
    """``dedup("stories", "--json")`` in an empty folder, with no setting from outside."""
    for name in [name for name in os.environ if name.startswith("DEDUP_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> Result:
        capsys.readouterr()
        code = main([str(word) for word in words])
        return Result(code, *capsys.readouterr())

    yield run
    logs.configure(LogSettings(), None)
    logging.captureWarnings(False)
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def _clustered_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clustered") / "dedup.db"
    for words in (["ingest", str(EXAMPLES / "articles")], ["once", "--log-level", "error"]):
        assert main([*words, "--database", f"sqlite:///{path}"]) == 0
    return path


@pytest.fixture
def clustered(_clustered_once: Path, tmp_path: Path) -> Path:
    """A database ``dedup.db`` in the folder of the test, with the clustered examples in it."""
    shutil.copyfile(_clustered_once, tmp_path / "dedup.db")
    return tmp_path / "dedup.db"


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """A file of three articles, two of them copies."""
    report = (
        "A ferry with forty people on board ran aground off the northern island early on Monday. "
        "All were brought ashore by lifeboat, the coast guard said, and nobody was hurt."
    )
    other = "Parliament voted to keep the old library open for another year, with money from the lottery fund."
    rows = [
        {"uri": "a", "title": "Ferry aground", "body": report, "story": "ferry", "copies": "ferry/1"},
        {"uri": "b", "title": "Ferry aground", "body": report, "story": "ferry", "copies": "ferry/1"},
        {"uri": "c", "title": "Library stays open", "body": other, "story": "library", "copies": "library/1"},
    ]
    path = tmp_path / "articles.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
