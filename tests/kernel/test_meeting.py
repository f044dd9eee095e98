"""A newcomer is met, weighed and entered in one call each: as by the single steps, compiled as in the reference."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.cluster.stories import measures
from dedup.kernel import reference
from dedup.kernel.chosen import among, distinct
from dedup.kernel.reference.arrays import pack32
from dedup.kernel.reference.chance import Chance, Common
from dedup.kernel.reference.evidence import BODY, TITLE, UNIT
from dedup.kernel.reference.meeting import CHANCE, ISSUE, NEAR, SILENT, Measures, Newcomer, Search
from dedup.sketch.terms import hash_terms

from .compiled import MODULES, built, by_name
from .meeting import (
    BANDS,
    DAY,
    EVERYTHING,
    MEASURES,
    NOTHING,
    WEIGHTS,
    Decided,
    World,
    decided,
    plain,
    plain_of,
    vector,
    world_of,
)

words = st.sets(st.integers(0, 7), min_size=1, max_size=5).map(sorted)
moments = st.none() | st.integers(-3, 9).map(lambda day: day * DAY) | st.integers(-2, 40)


@st.composite
def newcomers(draw: st.DrawFn, ordinal: int, *, text: bool) -> Newcomer:
    skeleton = draw(st.sampled_from([b"", pack32([7])])), pack32(range(draw(st.sampled_from([0, 3, 5]))))
    bands = pack32([draw(st.integers(0, 2)) for _ in range(BANDS)])
    if not text:
        return Newcomer(ordinal, draw(moments), skeleton, 0, bands, b"", b"", ())
    body, weight = draw(words), draw(st.sampled_from([1, 20_000, 65_535]))
    vectors = (
        vector(body, weight),
        vector(draw(words)),
        draw(st.sampled_from([NOTHING, vector([3]), vector([1, 3, 5])])),
        NOTHING,
    )
    scores = b"".join(draw(st.integers(1, 9)).to_bytes(2, "little") for _ in body)
    background = draw(st.sampled_from([0, 9_999, 65_535]))
    return Newcomer(ordinal, draw(moments), skeleton, background, bands, pack32(body), scores, vectors)


@st.composite
def histories(draw: st.DrawFn) -> list[Decided]:
    """Articles in the order of decisions, of few groups and stories."""
    made = []
    for ordinal in sorted(draw(st.sets(st.integers(0, 30), max_size=9))):
        # Some texts have no word.
        text, worded = draw(st.sampled_from([(True, True), (True, True), (True, False), (False, True), (False, False)]))
        newcomer = draw(newcomers(ordinal, text=worded))
        story_id = draw(st.integers(0, 4))
        made.append(decided(newcomer, story_id, text=text, version=draw(st.integers(0, 3)), begins=draw(st.booleans())))
    return made


def one_by_one(world: World, one: Decided) -> None:
    """The definition of `enter` in other words."""
    newcomer = one.newcomer
    ordinal, published, skeleton = newcomer[:3]
    world.articles.add(
        one.article_id, ordinal, published, one.group_id, one.story_id, one.text, skeleton, one.version, one.begins
    )
    if one.text and newcomer.vectors:
        world.texts.add(ordinal, one.story_id, published, newcomer.background, newcomer.vectors, skeleton)
    elif one.text:
        world.articles.know_less(one.story_id)
    for signatures, terms, dated in world.homes:
        moment = published if dated and published is not None else ordinal
        if signatures is not None:
            signatures.add(newcomer.bands, ordinal, moment)
        if terms is not None and newcomer.terms and one.text:
            terms.add(newcomer.terms, ordinal, moment)
    world.articles.set_extent(one.group_id, one.article_id, one.article_id, 5)


@by_name
@settings(max_examples=100)
@given(history=histories())
def test_to_enter_is_to_be_added_everywhere(module: Any, history: list[Decided]) -> None:
    entered, added = World(module), World(module)
    for one in history:
        entered.enter(one)
        one_by_one(added, one)
    assert entered.everything() == added.everything()


@by_name
@settings(max_examples=100)
@given(history=histories(), data=st.data())
def test_to_meet_is_to_search_and_to_compare(module: Any, history: list[Decided], data: st.DataObject) -> None:
    world = World(module)
    for one in history:
        world.enter(one)
    newcomer = data.draw(newcomers(31, text=data.draw(st.booleans())))
    sets = {one.article_id: pack32(range(one.article_id % 5)) for one in history}, {}
    span = data.draw(st.sampled_from([EVERYTHING, (0, 30), (DAY, 9 * DAY)]))
    limits = [data.draw(st.integers(0, 9)) for _ in range(5)]
    ordinals, related, *compared = world.meet(newcomer, sets, span, Search(*limits))
    bands, terms = world.near(*span)
    similar = [rank for rank, _ in type(world.signatures[0]).search(bands, newcomer.bands, *limits[:2])]
    found = b""
    if newcomer.terms:
        found = type(world.terms[0]).search(terms, newcomer.terms, newcomer.scores, *limits[2:4])
    assert related == found
    assert numbers(ordinals) == [*similar, *numbers(found)[: limits[4]]]
    published, skeleton = newcomer.published, newcomer.skeleton
    again = world.articles.compare(pack32([1, 2, 3]), numbers(ordinals), published, skeleton, sets, 0.3, 2)
    assert tuple(compared) == tuple(again)


@by_name
@settings(max_examples=100)
@given(history=histories(), data=st.data())
def test_to_weigh_up_is_to_look_around_to_weigh_and_to_ask(
    module: Any, history: list[Decided], data: st.DataObject
) -> None:
    world = World(module)
    for one in history:
        world.enter(one)
    newcomer = data.draw(newcomers(31, text=True))
    related = numbers(world.meet(newcomer).related if module is reference else world.meet(newcomer)[1])
    wanted = Measures(
        *[data.draw(st.integers(0, 9)) for _ in range(4)],
        least=data.draw(st.sampled_from([-math.inf, -2.0, 0.0, math.inf])),
        joining=data.draw(st.sampled_from([-math.inf, -1.0, 1.0])),
        chance=Chance(
            rest=data.draw(st.sampled_from([-5, 0, 1, UNIT // 9, 2**62])),
            terms=data.draw(st.integers(-1, 6)),
            share=data.draw(st.sampled_from([0, 40, 100])),
            little=data.draw(st.sampled_from([-5, 0, UNIT // 2, 2**62])),
            headlines=data.draw(st.sampled_from([-5, 0, 1, UNIT // 9, 2**62])),
            words=data.draw(st.sampled_from([0, 67, 100])),
            named=data.draw(st.sampled_from([-5, 0, UNIT // 9, 2**62])),
        ),
        spoken=data.draw(st.integers(0, 4)),
        shown=data.draw(st.integers(0, 4)),
        enough=data.draw(st.integers(0, 4) | st.just(9)),
        calendar=pack32(sorted(data.draw(st.sets(st.integers(0, 7), max_size=3)))),
    )
    terms = ((world.terms, *EVERYTHING),)
    around = numbers(type(world.terms[0]).search(terms, newcomer.terms, newcomer.scores, *wanted[:2]))
    ordinal, published, skeleton, *_ = newcomer
    texts, vectors = world.texts, newcomer.vectors
    background, fits = texts.weigh(
        vectors, ordinal, published, related, around, WEIGHTS, wanted[2:4], wanted.least
    )  # fmt: skip
    expected: list[Any] = []
    for story, likely, _, days, dated, nearest in fits:
        near = [one[1] for one in expected if one[4] == NEAR]
        if len(near) - (near[:1] >= [wanted.joining]) == wanted.enough or wanted.enough == 0:
            break
        apart = NEAR
        if skeleton[1] and published is not None and texts.is_issue(story, ordinal, published, skeleton):
            apart = ISSUE
        elif likely >= wanted.joining:
            mine = texts.shared(vectors[TITLE], nearest, BODY, wanted.spoken)
            theirs = texts.shared(vectors[BODY], nearest, TITLE, wanted.spoken)
            common = {*memoryview(mine).cast("I"), *memoryview(theirs).cast("I")}
            if wanted.chance.is_all(Common(*texts.common(vectors, nearest, wanted.calendar)), dated=dated):
                apart = CHANCE
            elif len(common) < wanted.spoken:
                apart = SILENT
        shared = texts.shared(vectors[BODY], nearest, BODY, wanted.shown)
        expected.append((story, likely, days, nearest, apart, world.articles.article_of(nearest), shared))
    assert world.weigh_up(newcomer, related, wanted) == (background, expected)


@built
@settings(max_examples=100)
@given(history=histories(), data=st.data())
def test_the_compiled_kernel_answers_as_the_reference(history: list[Decided], data: st.DataObject) -> None:
    worlds = [World(module) for module in MODULES]
    sets = {one.article_id: pack32(range(one.article_id % 5)) for one in history if one.article_id % 3}, {}
    for one in history:
        asked = data.draw(newcomers(31, text=True))
        met = [world.meet(asked, sets) for world in worlds]
        assert tuple(met[0]) == tuple(met[1])
        related = numbers(met[0][1])
        assert len({repr(plain_of(world.weigh_up(asked, related))) for world in worlds}) == 1
        for world in worlds:
            world.enter(one)
        assert len({repr(plain_of(world.everything())) for world in worlds}) == 1


def numbers(found: bytes) -> list[int]:
    return list(memoryview(found).cast("q"))


@by_name
def test_two_texts_that_share_one_term_are_of_two_events(module: Any) -> None:
    world = world_of(module, decided(plain(1, terms=[1, 2, 3], title=[1, 2]), 1))
    asked = plain(2, terms=[3, 4, 5], title=[4, 5])
    _, [(*_, apart, article_id, shared)] = world.weigh_up(asked, [1], MEASURES._replace(joining=-math.inf))
    assert (apart, article_id, shared) == (CHANCE, 101, pack32([3]))
    # The same where other terms add a little, and neither headline has any of them.
    asked = plain(2, terms=[2, 3, 4, 5], title=[4, 5], published=DAY)
    for title, expected in (([1, 2], CHANCE), ([1, 3], NEAR)):
        near = world_of(module, decided(plain(1, terms=[1, 2, 3], title=title, published=DAY), 1))
        chance = MEASURES._replace(joining=-math.inf, chance=Chance(0, 3, 0, UNIT // 2, 1, 0, 0), spoken=0)
        _, [(*_, apart, _, _)] = near.weigh_up(asked, [1], chance)
        assert apart == expected, title
        # Not of short texts, in which each term is much.
        _, [(*_, apart, _, _)] = near.weigh_up(asked, [1], chance._replace(chance=Chance(0, 4, 0, UNIT // 2, 1, 0, 0)))
        assert apart == NEAR
        # Nor where nobody knows the days between.
        _, [(*_, apart, _, _)] = near.weigh_up(asked._replace(published=None), [1], chance)
        assert apart == NEAR
    asked = plain(2, terms=[3, 4, 5], title=[4, 5])
    # As long as it is not likely enough to be joined nobody asks.
    _, [(*_, apart, _, _)] = world.weigh_up(asked, [1], MEASURES._replace(joining=math.inf))
    assert apart == NEAR
    # The headline names what is in the text; in the other way round as well.
    for title, expected in (([1, 2], NEAR), ([1], SILENT), ([4], SILENT)):
        body = [1, 2, 3, 4]
        wanted = MEASURES._replace(joining=-math.inf)
        silent = world_of(module, decided(plain(1, terms=[1, 2, 3], title=[6]), 1))
        _, [(*_, apart, _, _)] = silent.weigh_up(plain(2, terms=body, title=title), [1], wanted)
        assert apart == expected, title


@by_name
def test_two_texts_that_share_numbers_are_of_two_events(module: Any) -> None:
    numbers_of = vector([1, 2, 3])
    asked = plain(2, terms=[1, 2, 3, 8, 9], title=[1, 2])
    asked = asked._replace(vectors=(*asked.vectors[:2], numbers_of, NOTHING))
    most = Chance(0, 3, 0, 0, 0, 67, 1)
    # Two of five terms are words; they are in no headline of both, or in one.
    for title, limits, expected in (
        ([1, 2], most, CHANCE),
        ([8, 2], most, NEAR),
        ([1, 2], most._replace(words=40), NEAR),
        ([1, 2], most._replace(terms=6), NEAR),
        ([8, 2], most._replace(named=UNIT), CHANCE),
        ([8, 2], most._replace(rest=UNIT // 4), CHANCE),
    ):
        world = world_of(module, decided(plain(1, terms=[1, 2, 3, 8, 9], title=title), 1))
        wanted = MEASURES._replace(joining=-math.inf, chance=limits, spoken=0)
        _, [(*_, apart, _, _)] = world.weigh_up(asked, [1], wanted)
        assert apart == expected, (title, limits)


@by_name
def test_another_issue_of_a_series_is_told(module: Any) -> None:
    world = world_of(module, decided(plain(1, terms=[1, 2], published=DAY), 1))
    issue = plain(2, terms=[1, 2], published=2 * DAY)
    _, [(*_, apart, _, _)] = world.weigh_up(issue, [1])
    assert apart == ISSUE
    for other in (issue._replace(published=None), issue._replace(skeleton=(pack32([7]), b""))):
        _, [(*_, apart, _, _)] = world.weigh_up(other, [1])
        assert apart != ISSUE


def test_stories_are_weighed_as_configured() -> None:
    found = measures(0.4, "en")
    assert found.least < found.joining
    assert all(count > 0 for count in (*found[:4], *found.chance, *found[7:10]))
    assert found.chance.rest < found.chance.little
    march, monday, fire = (hash_terms([word], "en") for word in ("march", "monday", "fire"))
    assert [*among(distinct(march + monday + fire), found.calendar)].count(True) == 2
