"""Newcomers and structures that are not as they must be are refused, and nothing of them enters."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from dedup.kernel import reference
from dedup.kernel.reference.arrays import pack32
from dedup.kernel.reference.meeting import Newcomer, Search

from .compiled import built, by_name, compiled
from .meeting import MEASURES, NOTHING, SEARCH, WEIGHTS, World, decided, plain, plain_of, world_of


@by_name
def test_what_is_not_there_is_no_candidate(module: Any) -> None:
    world = world_of(module, decided(plain(1, terms=[1, 2]), 1))
    with pytest.raises(KeyError):
        world.weigh_up(plain(2, terms=[1]), [1, 5])
    world.articles.discard(101)
    with pytest.raises(KeyError):
        world.weigh_up(plain(2, terms=[1]), [1])
    with pytest.raises(KeyError):
        world.meet(plain(2, terms=[1]))


@by_name
def test_who_is_there_does_not_enter_again(module: Any) -> None:
    world = world_of(module, decided(plain(1, terms=[1, 2]), 1))
    before = plain_of(world.everything())
    for again in (decided(plain(1, terms=[1]), 1), decided(plain(2, terms=[1]), 1, article_id=101)):
        with pytest.raises(ValueError, match="must be new"):
            world.enter(again)
    assert plain_of(world.everything()) == before


OUT_OF_RANGE: list[dict[str, Any]] = [
    *({"ordinal": wrong} for wrong in (-1, 2**48, 2**80)),
    *({"published": wrong} for wrong in (2**52 + 1, -(2**52) - 1, 2**80)),
    *({"skeleton": wrong} for wrong in ((b"1", b""), (b"", b"1"), (b"", pack32([2, 1])))),
    *({"bands": wrong} for wrong in (b"", b"1", pack32([1]), pack32([1, 2, 3]))),
    *({"terms": wrong} for wrong in (b"1", pack32([2, 1]))),
]
NO_TEXT: list[dict[str, Any]] = [
    *({"background": wrong} for wrong in (-1, 65_536, 2**80)),
    *({"vectors": wrong} for wrong in ((NOTHING,), (NOTHING,) * 5, ((b"1", b""),) * 4, ((b"", b"1"),) * 4)),
]


@by_name
@pytest.mark.parametrize("changes", [*OUT_OF_RANGE, *NO_TEXT], ids=repr)
def test_what_is_out_of_range_does_not_enter(module: Any, changes: dict[str, Any]) -> None:
    newcomer = plain(1, terms=[1, 2])._replace(**changes)
    with pytest.raises((ValueError, OverflowError)):
        World(module).enter(decided(plain(1, terms=[1, 2]), 1)._replace(newcomer=newcomer))


@by_name
@pytest.mark.parametrize("changes", OUT_OF_RANGE, ids=repr)
def test_what_is_out_of_range_meets_nobody(module: Any, changes: dict[str, Any]) -> None:
    world = world_of(module, decided(plain(0, terms=[1, 2]), 1))
    with pytest.raises((ValueError, OverflowError)):
        world.meet(plain(1, terms=[1, 2])._replace(**changes))


@built
@pytest.mark.parametrize("name", Newcomer._fields)
def test_the_compiled_kernel_takes_nothing_of_another_type(name: str) -> None:
    world = world_of(compiled, decided(plain(0, terms=[1, 2]), 1))
    before = plain_of(world.everything())
    for wrong in (None, "1", 1.5, [], ..., (None, None), (None,) * 4):
        if (name, wrong) == ("published", None):
            continue
        newcomer = plain(1, terms=[1, 2])._replace(**{name: wrong})
        calls: list[Callable[[], Any]] = [
            lambda newcomer=newcomer: world.enter(decided(plain(1, terms=[1]), 1)._replace(newcomer=newcomer)),  # type: ignore[misc]
            lambda newcomer=newcomer: world.weigh_up(newcomer, [0]),  # type: ignore[misc]
        ]
        for call in calls:
            with pytest.raises((ValueError, TypeError)):
                call()
        if name != "vectors":
            with pytest.raises((ValueError, TypeError)):
                world.meet(newcomer)
    assert plain_of(world.everything()) == before


@by_name
def test_what_is_counted_is_not_negative(module: Any) -> None:
    world = world_of(module, decided(plain(0, terms=[1, 2]), 1))
    asked = plain(1, terms=[1, 2])
    for name in Search._fields:
        with pytest.raises(ValueError, match="negative"):
            world.meet(asked, search=SEARCH._replace(**{name: -1}))
        with pytest.raises(ValueError, match="negative"):
            world.meet(plain(1), search=SEARCH._replace(**{name: -1}))
    for name in ("chain", "around", "seen", "weighed", "spoken", "shown", "enough"):
        with pytest.raises(ValueError, match="negative"):
            world.weigh_up(asked, [0], MEASURES._replace(joining=-math.inf, **{name: -1}))


@built
def test_structures_of_another_kind_are_refused() -> None:
    world, other = World(compiled), World(reference)
    asked = plain(1, terms=[1])
    for articles, texts in ((None, world.texts), (world.texts, world.articles), (other.articles, other.texts), (5, "")):
        with pytest.raises(TypeError):
            compiled.enter(articles, texts, world.homes, *decided(asked, 1))
        with pytest.raises(TypeError):
            compiled.weigh_up(articles, texts, asked, [], (), WEIGHTS, MEASURES)
    with pytest.raises(TypeError):
        compiled.meet(None, asked, b"", ({}, {}), ((), ()), SEARCH, (0.3, 2))
    for homes in (other.homes, [world.homes], (5,), ((1, 2),), ((world.terms[0], None, True),)):
        with pytest.raises(TypeError):
            compiled.enter(world.articles, world.texts, homes, *decided(asked, 1))
    for near in (other.near(0, 9), ((5,), ()), (), None, world.near(0, 9)[::-1]):
        with pytest.raises(TypeError):
            compiled.meet(world.articles, asked, b"", ({}, {}), near, SEARCH, (0.3, 2))
    for search in (SEARCH[:4], (*SEARCH, 1), None, ("1",) * 5):
        with pytest.raises(TypeError):
            compiled.meet(world.articles, asked, b"", ({}, {}), world.near(0, 9), search, (0.3, 2))
    assert len(world.articles) == len(world.texts) == 0
