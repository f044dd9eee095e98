"""The README says what the program does: commands, settings, views, events, and the answers to its SQL."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from dedup.cli.arguments import parser
from dedup.config import Config
from dedup.config.sections import SECTIONS, DatabaseSettings
from dedup.config.sources import KINDS, settings_of
from dedup.intake.article import Article
from dedup.intake.files import read
from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.store.passes import inbox
from dedup.store.views import VIEWS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(SELECT.*?)```\n\n```text\n(.*?)```", README, re.DOTALL)
MORE = (ROOT / "examples/queries.sql").read_text(encoding="utf-8")
ONE_ROW = re.findall(r"^-- ([^\n]+\?)\n(SELECT.*?);\s+-- ([^\n]*)$", MORE, re.DOTALL | re.MULTILINE)
INSERT = re.findall(r"```sql\n(INSERT INTO inbox.*?);\n```", README, re.DOTALL)[0]
ALL = [query for query, _ in QUERIES] + [query for _, query, _ in ONE_ROW]
"""A question, its query, and the first row of its answer."""

# What CONTRACT promises; views may have more columns.
EVENTS = [
    "service.starting", "service.ready", "service.degraded", "service.recovered", "service.stopping",
    "config.reloaded", "config.rejected", "pass.finished", "pass.failed", "article.rejected", "story.merged",
    "story.split", "story.suspect", "retention.finished",
]  # fmt: skip
EVENT = re.compile(r"(service|config|pass|batch|article|story|source|retention|scheme|run|job|clock|notify)\.[a-z]+")


def shown(rows: list[Any], columns: list[str]) -> str:
    """Rows as the README prints them: columns of equal width, two spaces apart."""
    cells = [columns, *([("" if value is None else str(value)) for value in row] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(columns))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def examples_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    path = tmp_path_factory.mktemp("readme") / "dedup.db"
    store = Store.open(DatabaseSettings(url=f"sqlite:///{path}"), create=True)
    store.upgrade()
    items = read([ROOT / "examples" / "articles"], source="ingest", max_bytes=10_000_000)
    with store.writing() as connection:
        inbox.put(connection, [item for item in items if isinstance(item, Article)])
    with store.writer_lock() as lock:
        Pipeline(store, Config(), lock).run_pass()
    return store


def test_there_are_twenty_questions() -> None:
    assert len(QUERIES) >= 6
    assert len(ONE_ROW) == len(re.findall(r"^-- .*\?$", MORE, re.MULTILINE))
    assert len(QUERIES) + len(ONE_ROW) >= 20


@pytest.mark.parametrize(("query", "answer"), QUERIES, ids=[f"query-{n}" for n in range(1, len(QUERIES) + 1)])
def test_each_query_gives_the_answer_that_is_printed(examples_store: Store, query: str, answer: str) -> None:
    with examples_store.reading() as connection:
        result = connection.execute(sa.text(query.replace(":", r"\:")))
        assert shown(list(result), list(result.keys())) == answer


@pytest.mark.parametrize(("query", "row"), [rest for _, *rest in ONE_ROW], ids=[asked for asked, *_ in ONE_ROW])
def test_the_answer_to_each_other_question_begins_as_is_printed(examples_store: Store, query: str, row: str) -> None:
    with examples_store.reading() as connection:
        first = connection.execute(sa.text(query.replace(":", r"\:"))).first()
    assert (", ".join("NULL" if value is None else str(value) for value in first) if first else "none") == row


@pytest.mark.parametrize("query", [query for query in ALL if re.search(r"uri = '|story_id = \d", query)])
def test_a_question_about_one_article_or_story_reads_no_other(examples_store: Store, query: str) -> None:
    """A join that SQLite cannot put into the rest of a query, or a uri without its source, reads the whole archive."""
    with examples_store.reading() as connection:
        steps = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")]
    # What is made as it is read has as few rows as are found in it.
    made = {step.removeprefix("CO-ROUTINE ") for step in steps}
    scanned = {step.removeprefix("SCAN ") for step in steps if step.startswith("SCAN ")}
    assert scanned - made - {"CONSTANT ROW"} == set(), steps


@pytest.mark.postgresql
@pytest.mark.parametrize("query", ALL)
def test_each_query_runs_on_postgresql_too(postgresql_url: str, open_store: Any, query: str) -> None:
    with open_store(postgresql_url).reading() as connection:
        result = connection.execute(sa.text(query.replace(":", r"\:")))
    assert list(result.keys())


@pytest.mark.postgresql
def test_who_is_granted_what_is_said_may_insert(postgresql_url: str, open_store: Any) -> None:
    grants = re.findall(r"`(GRANT [^`]*)`", README)
    assert len(grants) == 2
    store: Store = open_store(postgresql_url)
    with store.engine.connect() as connection:  # without a commit, since roles belong to the server
        connection.exec_driver_sql("CREATE ROLE crawler")
        for grant in grants:
            connection.exec_driver_sql(f"{grant} TO crawler")
        connection.exec_driver_sql("SET LOCAL ROLE crawler")
        assert connection.exec_driver_sql(INSERT).rowcount == 1


def test_every_setting_is_documented_with_its_default() -> None:
    for section, kind in SECTIONS.items():
        for f in fields(kind):
            assert re.search(rf"\| `\[{section}\] {f.name}` \| `[^|]*` \| {re.escape(f.metadata['doc'])}", README), (
                f.name
            )


def test_every_key_of_a_source_is_documented_with_its_default() -> None:
    for name, kind in KINDS.items():
        for key, f in settings_of(kind).items():
            default = "needed" if f.metadata["required"] else f"`{json.dumps(f.default)}`"
            row = (
                rf"\| (all|[^|]*`{name}`[^|]*) \| `{key}` \| {re.escape(default)} \| {re.escape(f.metadata['doc'])} \|"
            )
            assert re.search(row, README), (name, key)


def test_every_command_is_documented() -> None:
    commands = set(re.findall(r"\| `dedup ([a-z]+(?: [a-z]+)?)", README))
    assert commands == set(command_names())


def command_names() -> list[str]:
    """Every command of the parser, subcommands as two words."""
    names = []
    for name, sub in _choices(parser()).items():
        inner = _choices(sub)
        names += [f"{name} {word}" for word in inner] if inner else [name]
    return names


def _choices(command: Any) -> dict[str, Any]:
    actions = [action for action in command._actions if isinstance(action.choices, dict)]
    return dict(actions[0].choices) if actions else {}


def test_every_view_is_documented_with_every_column(examples_store: Store) -> None:
    for view in VIEWS:
        with examples_store.reading() as connection:
            columns = list(connection.execute(sa.text(f"SELECT * FROM {view} LIMIT 0")).keys())
        assert f"| `{view}` | {', '.join(columns)} |" in README


def row_of(view: str) -> str:
    """What the data dictionary says of a view."""
    (found,) = re.findall(rf"^\| `{view}` \| .*$", README, re.MULTILINE)
    return str(found)


def test_every_event_of_the_history_is_documented() -> None:
    """They are what is given to `Changes.log`."""
    events: set[str] = set()
    for module in (ROOT / "dedup").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "log":
                events |= {str(given.value) for given in node.args[1:2] if isinstance(given, ast.Constant)}
    events |= set(re.findall(r"SELECT [^']*'(\w+)'", VIEWS["v_story_history"]))
    assert {"opened", "joined", "moved", "withdrawn", "represented"} <= events
    assert [event for event in sorted(events) if f"`{event}`" not in row_of("v_story_history")] == []


def test_every_verdict_and_every_reason_to_suspect_is_documented() -> None:
    words = re.findall(
        r'"(joined|opened|parted|near_miss|series|one_term)"', (ROOT / "dedup/store/passes/evidence.py").read_text()
    )
    assert len(set(words)) == 6
    assert all(f"`{word}`" in row_of("v_why") for word in words)
    reasons = re.findall(r"WHEN '(\w+)' THEN", VIEWS["v_suspect_stories"])
    assert len(reasons) == 5
    assert all(f"`{reason}`" in row_of("v_suspect_stories") for reason in reasons)


def test_every_event_is_documented_and_every_promised_one_is_there() -> None:
    emitted: set[str] = set()
    for module in (ROOT / "dedup").rglob("*.py"):
        constants = [node for node in ast.walk(ast.parse(module.read_text("utf-8"))) if isinstance(node, ast.Constant)]
        emitted |= {str(node.value) for node in constants if EVENT.fullmatch(str(node.value))}
    documented = set(re.findall(r"^\| `([a-z]+\.[a-z]+)` \|", README, re.MULTILINE))
    jobs = {f"{job}.failed" for job in ("pass", "health", "retention")}  # names that dedup.service.jobs puts together
    assert emitted <= documented
    assert set(EVENTS) <= documented & (emitted | jobs)
