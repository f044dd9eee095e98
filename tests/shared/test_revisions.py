"""Edits and withdrawals in a random order leave the stories of a fresh run; `bench/revisions.py` has the whole sets."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from dedup.intake.article import Article
from dedup.intake.files import read
from tests.conftest import Bench

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def revisions(bench: Bench) -> ModuleType:
    return bench("revisions")


@pytest.mark.parametrize(("name", "size"), [("roundups-dev", 140), ("ecbplus-dev", 240)])
def test_edits_and_withdrawals_cost_less_than_a_point(
    shared: Path, revisions: ModuleType, name: str, size: int
) -> None:
    path = shared / "bench" / "data" / f"{name}.jsonl.gz"
    items = [item for item in read([path], source="bench", max_bytes=20_000_000) if isinstance(item, Article)]
    found = revisions.compare(name, items[:size], revisions.stories_by_uri(path), seed=2)
    assert found.edits >= 4 and found.withdrawals >= 2
    # Of so few a single text is nearly half a point.
    assert abs(found.points) <= 2
    # Without dates the order says when a text was written: .92 to 1.0 with the seeds 1 to 5.
    assert found.alike.bcubed_f1 > 0.9
