"""The articles of the window twice, compiled and in the reference, and all that can be asked of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dedup.kernel import reference
from dedup.kernel.reference.arrays import pack32

from .compiled import compiled, outcome

DAY = 86_400
STRETCHES = 7 * DAY, 20, 7
NUMBERS = (-1, 0, 1, 2**32 - 1, 2**32, 2**48 - 1, 2**48, 2**52, 2**52 + 1, -(2**52), -(2**52) - 1)
NUMBERS += (2**63 - 2, 2**63 - 1, 2**63, 1 - 2**63, -(2**63), -(2**63) - 1, 2**80, -(2**80))
NO_SKELETONS = [(b"1", b""), (b"12345", b""), (b"", b"12345"), (b"", pack32([2, 1])), (b"", pack32([1, 1]))]
NAMED = pack32([7]), pack32([1, 2, 3])
# All that is asked after each step.
IDS, GROUPS, STORIES = range(-2, 30), range(-2, 14), range(-2, 9)


def pair(stretches: tuple[int, int, int] = STRETCHES) -> tuple[Any, Any]:
    return compiled.Articles(stretches), reference.Articles(stretches)


def everything(articles: Any, ids: Iterable[int] = IDS, ordinals: Iterable[int] = range(-1, 60)) -> Any:
    """All that can be known without a change."""
    return (
        len(articles),
        [number for number in ids if number in articles],
        [outcome(articles.article_of, ordinal) for ordinal in ordinals],
        [articles.told_of(number) for number in ids],
        [outcome(articles.groups_of, [ordinal]) for ordinal in ordinals],
        [outcome(articles.is_series, ordinal, 0, NAMED) for ordinal in ordinals],
        [(outcome(articles.story_of, group), articles.extent(group)) for group in GROUPS],
        [(articles.groups_in(story), articles.members_of(story), articles.is_whole(story)) for story in STORIES],
    )


ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "add": (2, 2, None, 2, 2, True, NAMED, 1, True),
    "discard": (1,),
    "rename": (1, NAMED, 1),
    "article_of": (1,),
    "told_of": (1,),
    "is_series": (1, 0, NAMED),
    "groups_of": ([1],),
    "story_of": (1,),
    "groups_in": (1,),
    "members_of": (1,),
    "is_whole": (1,),
    "know_less": (1,),
    "place": (1, 2),
    "regroup": (1, 1),
    "move": ([1], 2),
    "drop_group": (1,),
    "extent": (1,),
    "set_extent": (1, 1, 1, 1),
    "forget_extent": (1,),
    "lengthen": (1, 1, 1),
    "compare": (b"1234", [1], 0, NAMED, ({1: b"1234"}, {}), 0.5, 1, [2]),
    "keep": (([], [], [], [], []),),
}
NOT: tuple[Any, ...] = (None, "1", b"1", 1.5, 1, object(), [None], ["1"], [[1]], (1, 2), ("", ""), ([], []), [{}, {}])
NOT += (
    {},
    ({}, None),
    ({}, {}, {}),
    ({1: None}, {}),
    ({1: "text"}, {}),
    ({1: 7}, {}),
    (b"", b"", b""),
    [b"", b""],
    int,
)
NOT += (
    ["1", [], [], [], []],
    [[], [], [], [], None],
    [[], [], [], [], 5],
    float("nan"),
    memoryview(b"12345678").cast("i"),
)


def crowd() -> Any:
    """Articles 0 to 59 in groups of two and stories of ten."""
    articles = compiled.Articles(STRETCHES)
    for number in range(60):
        articles.add(number, number, 0, number // 2, number // 10, number % 2 == 0, NAMED, number, True)
        articles.set_extent(number // 2, number // 2 * 2, number // 2 * 2 + 1, 9)
    return articles
