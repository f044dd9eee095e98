"""How an article of the window compares with the groups of others."""

from __future__ import annotations

from typing import Any

import pytest

from dedup.kernel.reference.articles import Compared

from .articles import (
    DAY,
    OTHER_REPORT,
    REPORT,
    shingles,
)

NOWHERE: tuple[dict[int, bytes], dict[int, bytes]] = ({}, {})


@pytest.fixture
def compared(articles: Any) -> Any:
    """Groups 1 and 2 with a copy each, 3 without an extent."""
    for article_id, published, group, skeleton in (
        (1, DAY, 1, OTHER_REPORT),
        (2, 2 * DAY, 2, REPORT),
        (3, 0, 3, REPORT),
        (4, 0, 1, REPORT),
        (5, DAY, 2, REPORT),
    ):
        articles.add(article_id, 10 * article_id, published, group, 1, True, skeleton)
    articles.set_extent(1, 1, 4, 9)
    articles.set_extent(2, 2, 2, 9)
    return articles


def test_an_article_is_compared_with_the_original_of_each_group_of_its_candidates(compared: Any) -> None:
    mine, sets = shingles(1, 2, 3, 4), ({1: shingles(1, 2, 3)}, {2: shingles(3, 4, 5, 6), 1: b"not looked at"})
    given = DAY, REPORT, sets, 0.25, 99
    of_one = Compared(1, 1, 4, series=False, common=3, size_a=4, size_b=3, jaccard=0.75, containment=1.0)
    of_two = Compared(2, 2, 2, series=True, common=2, size_a=4, size_b=4, jaccard=2 / 6, containment=0.5)
    assert compared.compare(mine, [10, 20], *given) == ([of_one, of_two], [], [])
    assert compared.compare(mine, iter([20, 50, 10]), *given) == ([of_two, of_one], [], [])
    # Its copy of another day is another issue, its own is not.
    assert compared.compare(mine, [10, 40], *given) == ([of_one._replace(series=True)], [], [])
    assert compared.compare(mine, [50], *given) == ([of_two._replace(series=False)], [], [])
    assert compared.compare(mine, [], *given) == ([], [], [])
    assert compared.compare(mine, [30, 10, 20], *given, {1, 2}) == ([], [3], [])
    assert compared.compare(mine, [30, 10, 20], *given, [3, 77, 2]) == ([of_one], [], [])
    with pytest.raises(KeyError):
        compared.compare(mine, [10, 11], *given)


def test_what_is_not_known_of_a_group_is_told(compared: Any) -> None:
    given = shingles(1), [20, 30, 10, 40], None, REPORT, NOWHERE, 0.5, 1
    assert compared.compare(*given) == ([], [3], [2, 1])
    assert compared.compare(*given, (3, 2)) == ([], [], [1])
    compared.forget_extent(1)
    assert compared.compare(*given) == ([], [3, 1], [2])


def test_what_is_far_is_left_out(compared: Any) -> None:
    def found(mine: bytes, other: bytes, share: float, enough: int) -> bool:
        rows, unknown, missing = compared.compare(mine, [10], None, REPORT, ({}, {1: other}), share, enough)
        assert (unknown, missing) == ([], [])
        return bool(rows)

    mine, other = shingles(1, 2, 3, 4), shingles(3, 4, 5)
    assert found(mine, other, 0.5, 99)
    assert found(other, mine, 0.5, 99)
    assert not found(mine, other, 0.51, 99)
    assert found(mine, other, 0.51, 2)
    assert not found(mine, other, 0.51, 3)
    assert not found(b"", b"", 0.0, 1), "nothing is no share of nothing"
    assert found(b"", b"", 1.0, 0)
    assert not found(mine, other, float("nan"), 99)
