"""Imports go down the flow only: a stage knows the stages before it, never the ones after."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "dedup"

# From the first to the last; modules of one group may import each other. A module that is named with its folder comes
# before the rest of that.
FLOW = [
    {"ahead", "ending", "errors", "config", "named", "printable", "spans", "weak", "__init__"},
    {"kernel"},
    {"logs"},
    {"intake"},
    {"text"},
    {"preparation.page_workers"},
    {"preparation.pages_ahead"},
    {"sketch"},
    {"index"},
    {"cluster"},
    {"store.database", "store.tables", "store.views", "store.selectable", "store.missing", "store.schema"},
    {"store.passes"},
    {"store.plans"},
    {"store.operation"},
    {"store.answers"},
    {"store.invariants"},
    {"store", "migrations"},
    {"sources", "preparation.parts"},
    {"tally"},
    {"decision.rulebook", "decision.resigning", "decision.stored"},
    {"decision.newcomer", "decision.batch"},
    {"decision.clock", "decision.issues"},
    {"decision.memory"},
    {"decision.roster", "decision.regrouping"},
    {"decision.membership", "decision.restrictions", "decision.recurrence"},
    {"decision.matching", "decision.reshaping"},
    {"decision.clusterer"},
    {"decision.staying"},
    {"decision.revision", "planning", "preparation"},
    {"decision", "writer"},
    {"rules"},
    {"pipeline"},
    {"evaluation", "service", "cli", "__main__"},
]
PURE = {"cluster", "kernel", "sketch"}
IMPURE_MODULES = {"sqlalchemy", "structlog", "logging", "sqlite3", "psycopg", "datetime", "time"}


def stage_of(module: Path) -> str:
    return stage(module.relative_to(PACKAGE).with_suffix("").parts)


def stage(parts: tuple[str, ...]) -> str:
    """Where a module or name, by the parts of its path in the package, stands in the flow."""
    nearer = ".".join(parts[:2])
    return nearer if any(nearer in stages for stages in FLOW) else parts[0]


def level(stage: str) -> int:
    return next(number for number, stages in enumerate(FLOW) if stage in stages)


def is_module(name: str) -> bool:
    path = PACKAGE.parent.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def imported(module: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            named = {f"{node.module}.{alias.name}" for alias in node.names}
            modules = {name for name in named if is_module(name)}
            names |= modules or {node.module} | named
    return names


MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_stage_imports_a_later_one(module: Path) -> None:
    own = level(stage_of(module))
    for name in imported(module):
        package, *parts = name.split(".")
        if (
            package != "dedup"
            or not parts
            or not ((PACKAGE / parts[0]).is_dir() or (PACKAGE / f"{parts[0]}.py").is_file())
        ):
            continue
        assert level(stage(tuple(parts))) <= own, f"{module.name} imports {name}"


@pytest.mark.parametrize(
    "module", [m for m in MODULES if stage_of(m) in PURE], ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_decisions_and_sketches_know_no_clock_no_sql_and_no_log(module: Path) -> None:
    assert not {name.split(".")[0] for name in imported(module)} & IMPURE_MODULES


@pytest.mark.parametrize(
    "module", [m for m in MODULES if stage_of(m) == "cluster"], ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_decisions_do_not_know_how_candidates_are_found(module: Path) -> None:
    assert not [name for name in imported(module) if name.startswith("dedup.index")]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_sql_is_written_in_the_store_alone(module: Path) -> None:
    if stage_of(module).split(".")[0] in {"store", "config"}:
        return
    names = {name.split(".")[0] for name in imported(module)}
    assert "sqlite3" not in names and "psycopg" not in names
    strings = [
        n.value
        for n in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(n, ast.Constant) and isinstance(n.value, str)
    ]
    assert not [s for s in strings if s.lstrip().upper().startswith(("SELECT ", "INSERT ", "UPDATE ", "DELETE "))]


def test_every_folder_of_modules_is_in_the_wheel() -> None:
    root = PACKAGE.parent
    listed = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    folders = {".".join(module.parent.relative_to(root).parts) for module in MODULES}
    assert folders == {name for name in listed if not name.startswith("dedup.migrations")}
