"""The small parts: words for people, the way between two articles, who holds the lock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dedup.cli.wording import age, count, plain, span
from dedup.store.held import flock_holder
from dedup.store.reasons import Evidence, path

AT = datetime(2026, 3, 2, tzinfo=UTC)


def joined(article_id: int, matched: int) -> Evidence:
    return Evidence(article_id, 1, matched, "story", "joined", 0.5, None, None, "ferry", 0.4, 1, AT)


def steps(rows: list[Evidence]) -> list[tuple[int, int | None]]:
    return [(row.article_id, row.matched_article_id) for row in rows]


def test_the_shortest_way_between_two_articles() -> None:
    rows = [joined(2, 1), joined(3, 2), joined(4, 3), joined(5, 1), joined(4, 5)]
    assert steps(path(rows, 1, 4)) == [(5, 1), (4, 5)]
    assert steps(path(rows, 4, 1)) == [(4, 5), (5, 1)]
    assert path(rows, 1, 9) == [] and path([], 1, 2) == []


def test_words() -> None:
    assert plain("a\nb\x1b[1mc\u202ed\u200d\u0301") == "a b[1mcd\u200d\u0301"
    assert [count(number, "story", "stories") for number in (0, 1, 1200)] == ["0 stories", "1 story", "1,200 stories"]
    assert [age(seconds) for seconds in (-3, 45, 600, 10_000, 400_000)] == ["0 s", "45 s", "10 min", "3 h", "5 days"]


@pytest.mark.parametrize(
    ("last", "text"),
    [
        (AT, "2026-03-02"),
        (datetime(2026, 3, 5, tzinfo=UTC), "2026-03-02 – 03-05"),
        (datetime(2027, 1, 5, tzinfo=UTC), "2026-03-02 – 2027-01-05"),
        (None, "undated"),
    ],
)
def test_spans(last: datetime | None, text: str) -> None:
    assert span(AT, last) == text


def test_the_holder_of_a_lock() -> None:
    locks = (
        "1: POSIX  ADVISORY  WRITE 11 00:2d:77 0 EOF\n"
        "2: FLOCK  ADVISORY  READ 12 00:2d:77 0 EOF\n"
        "3: FLOCK  ADVISORY  WRITE 13 00:2d:177 0 EOF\n"
        "3: -> FLOCK  ADVISORY  WRITE 14 00:2d:77 0 EOF\n"
    )
    assert flock_holder(locks, 77) is None
    assert flock_holder(locks, 177) == 13
    assert flock_holder("", 77) is None
