"""All that a newcomer comes among, compiled or in the reference, and newcomers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from dedup.kernel.reference.arrays import pack32
from dedup.kernel.reference.chance import Chance
from dedup.kernel.reference.evidence import UNIT, Weights
from dedup.kernel.reference.meeting import Measures, Newcomer, Search
from dedup.sketch.terms import SparseVector

from .compiled import types_of

DAY = 86_400
BANDS = 2
WEIGHTS = Weights(-1.0, 4.0, 1.0, 2.0, 1.0, -1.0, -1.0, 0.5, 100.0, 3.0)
SEARCH = Search(9, 6, 8, 7, 2)
MEASURES = Measures(9, 6, 9, 5, -math.inf, 0.0, Chance(UNIT // 9, 0, 0, 0, 0, 0, 0), 2, 3, 9, b"")
EVERYTHING = -(2**60), 2**60
NOTHING = SparseVector(b"", b"")


class Steps(NamedTuple):
    """The functions of a kernel, and its types."""

    meet: Callable[..., Any]
    weigh_up: Callable[..., Any]
    enter: Callable[..., Any]
    articles: Any
    texts: Any
    signatures: Any
    terms: Any


def steps(module: Any) -> Steps:
    return Steps(module.meet, module.weigh_up, module.enter, *types_of(module))


class Decided(NamedTuple):
    """A newcomer and where it comes."""

    newcomer: Newcomer
    article_id: int
    group_id: int
    story_id: int
    text: bool
    version: int
    begins: bool


class World:
    """Everything that a newcomer comes among: two homes, of dated ones and of all."""

    def __init__(self, module: Any) -> None:
        self.steps = steps(module)
        self.articles = self.steps.articles((7 * DAY, 20, 7))
        self.texts = self.steps.texts(30 * DAY, 100, (2, 3), (0, 2, 0))
        self.signatures = self.steps.signatures(BANDS), self.steps.signatures(BANDS)
        self.terms = self.steps.terms(), self.steps.terms()

    @property
    def homes(self) -> tuple[Any, ...]:
        return (
            (self.signatures[0], self.terms[0], True),
            (self.signatures[1], None, False),
            (None, self.terms[1], False),
        )

    def near(self, low: int, high: int) -> Any:
        return ((self.signatures, low, high),), ((self.terms, low, high),)

    def enter(self, one: Decided) -> None:
        self.steps.enter(self.articles, self.texts, self.homes, *one)
        self.articles.set_extent(one.group_id, one.article_id, one.article_id, 5)

    def meet(self, newcomer: Newcomer, sets: Any = ({}, {}), span: Any = EVERYTHING, search: Any = SEARCH) -> Any:
        near = self.near(*span)
        return self.steps.meet(self.articles, newcomer, pack32([1, 2, 3]), sets, near, search, (0.3, 2))

    def weigh_up(self, newcomer: Newcomer, related: Any, wanted: Any = MEASURES, weights: Any = WEIGHTS) -> Any:
        recent = ((self.terms, *EVERYTHING),)
        return self.steps.weigh_up(self.articles, self.texts, newcomer, related, recent, weights, wanted)

    def everything(self) -> Any:
        """All that was entered, as far as it can be asked for."""
        articles, texts = self.articles, self.texts
        stories = range(-1, 8)
        return (
            [articles.members_of(story) for story in stories],
            [articles.is_whole(story) for story in stories],
            [texts.texts_of(story) for story in stories],
            [self.meet(plain(99, terms=[word]), span=span) for word in range(8) for span in (EVERYTHING, (0, 30))],
            *map(len, (articles, texts, *self.signatures, *self.terms)),
        )


def vector(words: Sequence[int], weight: int = 20_000) -> SparseVector:
    return SparseVector(pack32(sorted(words)), weight.to_bytes(2, "little") * len(words))


def plain(
    ordinal: int, *, terms: Sequence[int] = (), published: int | None = None, title: Sequence[int] = ()
) -> Newcomer:
    """A newcomer whose body has these terms."""
    vectors = (vector(terms), vector(title), NOTHING, NOTHING) if terms else ()
    keys = pack32([1, 2]), pack32(sorted(terms)), b"\x05\x00" * len(terms), vectors
    return Newcomer(ordinal, published, (pack32([7]), pack32([1, 2, 3])), 9_999 if terms else 0, *keys)


def decided(newcomer: Newcomer, story_id: int, **changes: Any) -> Decided:
    ordinal = newcomer.ordinal
    return Decided(newcomer, 100 + ordinal, ordinal, story_id, bool(newcomer.terms), 1, True)._replace(**changes)


def plain_of(found: Any) -> Any:
    """Without the names of fields."""
    return [*map(plain_of, found)] if isinstance(found, (list, tuple)) else found


def world_of(module: Any, *history: Decided) -> World:
    world = World(module)
    for one in history:
        world.enter(one)
    return world
