"""A newcomer is met, weighed and entered in one call each: as by the single steps, compiled as in the reference."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.cluster.stories import measures
from dedup.sketch import (
    kernel,
    reference,
    reference_articles,
    reference_bands,
    reference_meeting,
    reference_postings,
    reference_texts,
)
from dedup.sketch.reference_arrays import pack32
from dedup.sketch.reference_evidence import BODY, TITLE, UNIT, Weights
from dedup.sketch.reference_meeting import CHANCE, ISSUE, NEAR, SILENT, Measures, Newcomer, Search
from dedup.sketch.terms import SparseVector

compiled: Any
compiled, _ = kernel.choose({})
MODULES: list[Any] = [reference] if compiled is reference else [reference, compiled]
by_name = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)

DAY = 86_400
BANDS = 2
WEIGHTS = Weights(-1.0, 4.0, 1.0, 2.0, 1.0, -1.0, -1.0, 0.5, 100.0, 3.0)
SEARCH = Search(9, 6, 8, 7, 2)
MEASURES = Measures(9, 6, 9, 5, -math.inf, 0.0, UNIT // 9, 2, 3, 9)
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
    if module is not reference:
        types = module.Articles, module.Texts, module.BandIndex, module.Postings
        return Steps(module.meet, module.weigh_up, module.enter, *types)
    functions = reference_meeting.meet, reference_meeting.weigh_up, reference_meeting.enter
    others = reference_bands.BandIndex, reference_postings.Postings
    return Steps(*functions, reference_articles.Articles, reference_texts.Texts, *others)


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


words = st.sets(st.integers(0, 7), min_size=1, max_size=5).map(sorted)
moments = st.none() | st.integers(-3, 9).map(lambda day: day * DAY) | st.integers(-2, 40)


@st.composite
def newcomers(draw: st.DrawFn, ordinal: int, *, text: bool) -> Newcomer:
    skeleton = draw(st.sampled_from([b"", pack32([7])])), pack32(range(draw(st.sampled_from([0, 3, 5]))))
    bands = pack32([draw(st.integers(0, 2)) for _ in range(BANDS)])
    if not text:
        return Newcomer(ordinal, draw(moments), skeleton, 0, bands, b"", b"", ())
    body, weight = draw(words), draw(st.sampled_from([1, 20_000, 65_535]))
    vectors = vector(body, weight), vector(draw(words)), draw(st.sampled_from([NOTHING, vector([3])])), NOTHING
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
        rest=data.draw(st.sampled_from([-5, 0, 1, UNIT // 9, 2**62])),
        spoken=data.draw(st.integers(0, 4)),
        shown=data.draw(st.integers(0, 4)),
        enough=data.draw(st.integers(0, 4) | st.just(9)),
    )
    terms = ((world.terms, *EVERYTHING),)
    around = numbers(type(world.terms[0]).search(terms, newcomer.terms, newcomer.scores, *wanted[:2]))
    ordinal, published, skeleton, *_ = newcomer
    texts, vectors = world.texts, newcomer.vectors
    background, fits = texts.weigh(
        vectors, ordinal, published, related, around, WEIGHTS, wanted[2:4], wanted.least
    )  # fmt: skip
    expected: list[Any] = []
    for story, likely, _, days, _, nearest in fits:
        if [one[4] for one in expected].count(NEAR) == wanted.enough:
            break
        apart = NEAR
        if skeleton[1] and published is not None and texts.is_issue(story, ordinal, published, skeleton):
            apart = ISSUE
        elif likely >= wanted.joining:
            mine = texts.shared(vectors[TITLE], nearest, BODY, wanted.spoken)
            theirs = texts.shared(vectors[BODY], nearest, TITLE, wanted.spoken)
            common = {*memoryview(mine).cast("I"), *memoryview(theirs).cast("I")}
            if texts.rest(vectors[BODY], nearest, BODY) < wanted.rest:
                apart = CHANCE
            elif len(common) < wanted.spoken:
                apart = SILENT
        shared = texts.shared(vectors[BODY], nearest, BODY, wanted.shown)
        expected.append((story, likely, days, nearest, apart, world.articles.article_of(nearest), shared))
    assert world.weigh_up(newcomer, related, wanted) == (background, expected)


@pytest.mark.skipif(compiled is reference, reason="the compiled kernel is not built")
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


def plain_of(found: Any) -> Any:
    """Without the names of fields."""
    return [*map(plain_of, found)] if isinstance(found, (list, tuple)) else found


def numbers(found: bytes) -> list[int]:
    return list(memoryview(found).cast("q"))


def world_of(module: Any, *history: Decided) -> World:
    world = World(module)
    for one in history:
        world.enter(one)
    return world


@by_name
def test_two_texts_that_share_one_term_are_of_two_events(module: Any) -> None:
    world = world_of(module, decided(plain(1, terms=[1, 2, 3], title=[1, 2]), 1))
    asked = plain(2, terms=[3, 4, 5], title=[4, 5])
    _, [(*_, apart, article_id, shared)] = world.weigh_up(asked, [1], MEASURES._replace(joining=-math.inf))
    assert (apart, article_id, shared) == (CHANCE, 101, pack32([3]))
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
def test_another_issue_of_a_series_is_told(module: Any) -> None:
    world = world_of(module, decided(plain(1, terms=[1, 2], published=DAY), 1))
    issue = plain(2, terms=[1, 2], published=2 * DAY)
    _, [(*_, apart, _, _)] = world.weigh_up(issue, [1])
    assert apart == ISSUE
    for other in (issue._replace(published=None), issue._replace(skeleton=(pack32([7]), b""))):
        _, [(*_, apart, _, _)] = world.weigh_up(other, [1])
        assert apart != ISSUE


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


@pytest.mark.skipif(compiled is reference, reason="the compiled kernel is not built")
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


@pytest.mark.skipif(compiled is reference, reason="the compiled kernel is not built")
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


def test_stories_are_weighed_as_configured() -> None:
    found = measures(0.4)
    assert found.least < found.joining
    assert all(count > 0 for count in (*found[:4], *found[6:]))
