"""The small parts: words for people, the way between two articles, who holds the lock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.padding import Padding

from dedup.cli.evidence.sentences import sentences, thresholds
from dedup.cli.wording import age, count, plain, span
from dedup.store.answers.queries import Placed
from dedup.store.answers.reasons import Evidence, path
from dedup.store.operation.held import flock_holder

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


def placed(article_id: int, story_id: int) -> Placed:
    return Placed(
        article_id, story_id, article_id, "wire", "Wire", f"u{article_id}", None, f"Title {article_id}", "en", AT, AT,
        version=1, word_count=9, is_representative=False, is_original=True, score=0.5, jaccard=1.0, containment=1.0,
        compared_article_id=article_id, authors=None,
    )  # fmt: skip


def told(*rows: Evidence, stories: tuple[int, ...] = (1, 1, 1, 1, 1)) -> list[str]:
    known = {number: placed(number, story) for number, story in enumerate(stories, 1)}
    shown = sentences(rows, known, thresholds(rows))
    return [padded.renderable.plain for padded in shown if isinstance(padded, Padding)]


def test_sentences_tell_where_the_other_is_now() -> None:
    there = "article 1 “Title 1” (Wire)"
    score = "probability 0.50, needed 0.40; shared terms: ferry"
    plain = f"Article 2 joined the story of {there}, the text most like it there: {score}"
    assert told(joined(2, 1)) == [f"{plain}."]
    assert told(joined(2, 1), stories=(7, 1)) == [f"{plain}; that one is in story 7 now."]
    near = replace(joined(2, 1), verdict="near_miss", score=0.396)
    (line,) = told(near, stories=(7, 7))
    assert "probability 0.396, needed 0.400" in line and line.endswith("; both are in story 7 now.")


def test_sentences_tell_of_merged_and_refused_stories() -> None:
    both = told(joined(3, 1), joined(3, 2))
    assert both[0].startswith("Article 3 joined the story of article 1")
    assert both[1].startswith("Article 3 showed that the story of article 2 “Title 2” (Wire) is the same: probability")
    opened = replace(joined(3, 1), verdict="opened", matched_article_id=None, score=None, shared_terms=None)
    refused = replace(joined(3, 1), verdict="near_miss", score=0.3, threshold=0.6)
    assert told(opened)[0].endswith("no story that it could join reached 0.40.")
    own, why = told(opened, refused)
    assert own == "Article 3 opened a story of its own: the one that it reached would have fallen into two with it."
    assert "alone on one side: probability 0.30 that both parts are one event, needed 0.60" in why
    assert "did not join the story of" in told(opened, replace(refused, threshold=0.4))[1]
    parted = replace(joined(3, 4), verdict="parted", shared_terms=None)
    assert "when article 4 “Title 4” (Wire) showed that it fell into two: probability" in told(parted)[0]
