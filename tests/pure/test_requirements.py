"""What dedup imports it also asks for, and what the tests pass with is what it asks for."""

from __future__ import annotations

import ast
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def by_name(requirements: list[str]) -> dict[str, Requirement]:
    return {canonicalize_name(found.name): found for found in map(Requirement, requirements)}


ASKED_FOR = by_name(PROJECT["dependencies"])


def test_what_is_imported_is_asked_for() -> None:
    """Not only by what is asked for: another version of that may ask for something else."""
    distributions = packages_distributions()
    strangers = set()
    for path in (*(ROOT / "dedup").rglob("*.py"), *(ROOT / "migrations").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names.append(node.module or "")
            for name in {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"dedup"}:
                if ASKED_FOR.keys().isdisjoint(map(canonicalize_name, distributions.get(name, ()))):
                    strangers.add(name)
    assert strangers == set()


def test_the_tests_pass_with_versions_that_are_asked_for() -> None:
    pinned, extras = {}, PROJECT["optional-dependencies"]
    for file in ("requirements.txt", "requirements-dev.txt", "requirements-bench.txt"):
        lines = (ROOT / ".ci" / file).read_text(encoding="utf-8").splitlines()
        pinned |= by_name([line for line in lines if line and not line.startswith("#")])
    for name, asked in (ASKED_FOR | by_name([one for extra in extras.values() for one in extra])).items():
        (version,) = pinned[name].specifier
        assert asked.specifier.contains(version.version), f"{asked} is not {pinned[name]}"
