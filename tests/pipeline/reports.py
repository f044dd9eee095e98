"""Reports of newsrooms, one each, that come together and are decided in a database of their own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from dedup.intake.article import Article
from dedup.store import Store

from .conftest import put, run, stories

Report = tuple[str, str]
"""Headline and text."""
DAY = datetime(2026, 3, 9, 9, tzinfo=UTC)


def decided(store: Store, reports: Iterable[Report], language: str | None = None) -> dict[str, int]:
    """The story of each report, by its place among them."""
    put(
        store,
        [
            Article(
                uri=str(number), source=f"gazette-{number}", title=title, body=body, language=language, published_at=DAY
            )
            for number, (title, body) in enumerate(reports)
        ],
    )
    run(store)
    return stories(store)
