"""The compiled articles of the window give what the reference gives: every sequence of operations, every refusal."""

from __future__ import annotations

import gc
import itertools
import tracemalloc
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dedup.sketch import kernel, reference, reference_articles
from dedup.sketch.reference_arrays import pack32, pack64

compiled: Any
compiled, reason = kernel.choose({})
built = pytest.mark.skipif(compiled is reference, reason=reason or "the compiled kernel is not built")

DAY = 86_400
STRETCHES = 7 * DAY, 20, 7
NUMBERS = (-1, 0, 1, 2**32 - 1, 2**32, 2**48 - 1, 2**48, 2**52, 2**52 + 1, -(2**52), -(2**52) - 1)
NUMBERS += (2**63 - 2, 2**63 - 1, 2**63, 1 - 2**63, -(2**63), -(2**63) - 1, 2**80, -(2**80))
NO_SKELETONS = [(b"1", b""), (b"12345", b""), (b"", b"12345"), (b"", pack32([2, 1])), (b"", pack32([1, 1]))]
NAMED = pack32([7]), pack32([1, 2, 3])
ALL_DAYS = range(-9, 9)
# All that is asked after each step.
IDS, GROUPS, STORIES = range(-2, 30), range(-2, 14), range(-2, 9)


def outcome(call: Callable[..., Any], *arguments: Any) -> Any:
    """What a call gives, or which kind of error."""
    try:
        return call(*arguments)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        return type(error)


def pair(stretches: tuple[int, int, int] = STRETCHES) -> tuple[Any, Any]:
    return compiled.Articles(stretches), reference_articles.Articles(stretches)


def everything(articles: Any, ids: Iterable[int] = IDS, ordinals: Iterable[int] = range(-1, 60)) -> Any:
    """All that can be known without a change."""
    return (
        len(articles),
        [number for number in ids if number in articles],
        [outcome(articles.article_of, ordinal) for ordinal in ordinals],
        [outcome(articles.groups_of, [ordinal]) for ordinal in ordinals],
        [outcome(articles.is_series, ordinal, 0, NAMED) for ordinal in ordinals],
        [(outcome(articles.story_of, group), articles.extent(group)) for group in GROUPS],
        [(articles.groups_in(story), articles.members_of(story), articles.is_whole(story)) for story in STORIES],
    )


# Few numbers, so that they meet; now and then one that is at the border or beyond.
def few(low: int, high: int) -> st.SearchStrategy[int]:
    near = st.integers(low, high)
    return st.one_of(near, near, near, near, near, near, near, near, near, st.sampled_from(NUMBERS))


article = few(0, 25)
ordinal = few(0, 50)
group = few(0, 9)
story = few(0, 5)
version = few(0, 4)
size = few(0, 9)
day = st.integers(-3, 3).map(lambda number: number * DAY)
published = st.one_of(st.none(), day, day, few(-2, 2), few(-DAY - 1, -DAY + 1))
publisher = st.sampled_from([b"", pack32([0]), pack32([7])])
headline = st.sets(st.integers(0, 4) | st.just(2**32 - 1), max_size=6).map(lambda words: pack32(sorted(words)))
skeleton = st.one_of(*[st.tuples(publisher, headline)] * 6, st.sampled_from(NO_SKELETONS))
groups = st.lists(group, max_size=6)
hashes = st.sets(st.integers(0, 9) | st.just(2**32 - 1), max_size=7).map(lambda found: pack32(sorted(found)))
shingle_set = st.one_of(hashes, hashes, hashes, hashes, st.just(b"12345"))
kinds_of_dict = st.sampled_from([dict, OrderedDict, lambda found: defaultdict(lambda: b"", found)])
sets_of_articles = st.builds(lambda kind, found: kind(found), kinds_of_dict, st.dictionaries(article, shingle_set))
numbers_of_stretches = st.sets(few(-2, 8), max_size=5)
collection = st.sampled_from([list, tuple, set, frozenset])
share = st.sampled_from([0.0, 0.5, 1.0, 2.0, -1.0, float("nan"), float("inf"), 1]) | st.floats(0, 1)

operation = st.one_of(
    *[
        st.tuples(
            st.just("add"),
            st.tuples(article, ordinal, published, group, story, st.booleans(), skeleton, version, st.booleans()),
        )
    ]
    * 4,
    st.tuples(st.just("add"), st.tuples(article, ordinal, published, group, story, st.booleans())),
    st.tuples(st.just("discard"), st.tuples(article)),
    st.tuples(st.just("rename"), st.tuples(article, skeleton, version)),
    st.tuples(st.just("article_of"), st.tuples(ordinal)),
    st.tuples(st.just("is_series"), st.tuples(ordinal, published, skeleton)),
    st.tuples(st.just("groups_of"), st.tuples(st.lists(ordinal, max_size=5))),
    st.tuples(st.just("story_of"), st.tuples(group)),
    st.tuples(st.just("groups_in"), st.tuples(story)),
    st.tuples(st.just("members_of"), st.tuples(story)),
    st.tuples(st.just("is_whole"), st.tuples(story)),
    st.tuples(st.just("know_less"), st.tuples(story)),
    st.tuples(st.just("place"), st.tuples(group, story)),
    st.tuples(st.just("regroup"), st.tuples(article, group)),
    *[st.tuples(st.just("move"), st.tuples(groups, story))] * 2,
    st.tuples(st.just("drop_group"), st.tuples(group)),
    st.tuples(st.just("extent"), st.tuples(group)),
    *[st.tuples(st.just("set_extent"), st.tuples(group, article, article, size))] * 2,
    st.tuples(st.just("forget_extent"), st.tuples(group)),
    st.tuples(st.just("lengthen"), st.tuples(group, article, size)),
    st.tuples(st.just("__contains__"), st.tuples(article | st.sampled_from(["1", None, 1.0, b"", True]))),
    st.tuples(
        st.just("keep"),
        st.tuples(st.tuples(*[st.builds(lambda kind, found: kind(found), collection, numbers_of_stretches)] * 5)),
    ),
    # All of a few articles, so that more is left than from anything at random.
    st.tuples(
        st.just("keep"),
        st.tuples(
            st.tuples(
                st.just(range(-9, 9)),
                st.just(range(-9, 9)) | numbers_of_stretches,
                st.just([0, 1]),
                numbers_of_stretches,
                st.just([]),
            )
        ),
    ),
    # Those that are here, as the program asks.
    *[
        st.tuples(
            st.just("compare"),
            st.tuples(
                shingle_set,
                st.lists(st.integers(0, 999), max_size=6) | st.lists(ordinal, max_size=3).map(tuple),
                published,
                skeleton,
                st.tuples(sets_of_articles, sets_of_articles),
                share,
                few(0, 5),
                st.builds(lambda kind, found: kind(found), collection, groups),
            ),
        )
    ]
    * 3,
)


def run(todo: list[tuple[str, tuple[Any, ...]]]) -> None:
    made = pair()
    assert everything(made[0]) == everything(made[1])
    for name, arguments in todo:
        given = arguments
        if name == "compare" and isinstance(arguments[1], list):
            here = [number for number in range(60) if outcome(made[1].article_of, number) is not KeyError]
            given = arguments[0], [here[place % len(here)] for place in arguments[1] if here], *arguments[2:]
        one, other = (outcome(getattr(each, name), *given) for each in made)
        assert one == other, (name, given)
        assert type(one) is type(other) or isinstance(other, tuple)
        assert everything(made[0]) == everything(made[1]), (name, given)


@built
@settings(max_examples=150)
@given(todo=st.lists(operation, max_size=40))
def test_every_sequence_of_operations(todo: list[tuple[str, tuple[Any, ...]]]) -> None:
    run(todo)


def filled(ordered: bool) -> list[tuple[str, tuple[Any, ...]]]:
    """Half of the articles, so that the operations after them meet something."""
    numbers = range(26) if ordered else [number * 7 % 26 for number in range(26)]
    return [
        (
            "add",
            (
                number,
                2 * number,
                None if number % 5 == 0 else (number % 4 - 2) * DAY,
                number % 9,
                number % 9 % 4,
                number < 9,
                NAMED if number % 3 else (b"", b""),
                number,
                True,
            ),
        )
        for number in numbers
    ]


@built
@settings(max_examples=150)
@given(
    ordered=st.booleans(),
    extents=st.lists(st.tuples(st.just("set_extent"), st.tuples(group, article, article, size)), max_size=9),
    todo=st.lists(operation, max_size=25),
)
@example(
    ordered=True,
    extents=[],
    todo=[("move", ([0, 4, 8], 9)), ("move", ([0], 0)), ("keep", ((range(-9, 9), range(-9, 9), [], [], []),))],
)
def test_every_sequence_of_operations_over_many_articles(
    ordered: bool, extents: list[tuple[str, tuple[Any, ...]]], todo: list[tuple[str, tuple[Any, ...]]]
) -> None:
    run([*filled(ordered), *extents, *todo])


@built
@settings(max_examples=40)
@given(data=st.data())
def test_maps_grow_and_places_are_used_again(data: st.DataObject) -> None:
    """Hundreds of articles, groups and stories that come and go in stretches, with ids that are far apart."""
    made = pair()
    spread = data.draw(st.sampled_from([1, -1, 2**32, 2**40 + 1, -(2**48), 64, 1 << 57]))
    left: set[int] = set()

    def both(name: str, *arguments: Any) -> None:
        one, other = (outcome(getattr(each, name), *arguments) for each in made)
        assert one == other, (name, arguments)

    for _ in range(data.draw(st.integers(1, 12))):
        first = data.draw(st.integers(0, 60))
        numbers = range(first, first + data.draw(st.integers(1, 62)))
        kind = data.draw(st.sampled_from(["add", "add", "add", "discard", "drop", "move", "place", "keep", "regroup"]))
        for number in numbers:
            own, home = number // data.draw(st.sampled_from([1, 2])), number // 5
            if kind == "add":
                text = number % 2 == 0
                both(
                    "add", number * spread, number, number % 3 * DAY, own * spread, home * spread, text, NAMED, 1, text
                )
                left.add(number)
            elif kind == "discard":
                both("discard", number * spread)
            elif kind == "drop":
                both("discard", number * spread)
                both("drop_group", own * spread)
            elif kind == "place":
                both("place", own * spread, (home + 1) * spread)
            elif kind == "regroup":
                both("regroup", number * spread, (own + 1) * spread)
            elif kind == "move":
                both("move", [own * spread, (own + 1) * spread], (home + 2) * spread)
        if kind == "keep":
            both("keep", ([], [], [], [number // 20 for number in numbers], []))
        for number in sorted(left):
            both("article_of", number)
            both("__contains__", number * spread)
            both("story_of", number * spread)
            for name in ("groups_in", "members_of", "is_whole"):
                both(name, number * spread)
        here = [number for number in sorted(left) if number * spread in made[1]]
        both("groups_of", here)
        both("groups_of", memoryview(pack64(reversed(here))).cast("q"))
        assert len(made[0]) == len(made[1]) == len(here)


@built
def test_many_thousands_and_back() -> None:
    """What is left after all but a few are gone is found as in a set that never held more, in no more memory."""
    articles, plain = pair()
    for number in range(20_000):
        words = pack32(range(number % 50))
        articles.add(number, number, number * DAY, number, number // 3, True, (b"", words), 1, True)
        if number > 19_900:
            plain.add(number, number, number * DAY, number, number // 3, True, (b"", words), 1, True)
    plain.know_less(19_900 // 3)
    full = articles.nbytes
    held = ([], [], [], range(19_901 // 20 + 1, 1_000), [])
    plain.keep(held)
    assert articles.keep(held) == plain.keep(held)
    assert articles.nbytes < full - 20_000 * 24 * 4, "the words of headlines are given back"
    window = range(19_800, 20_000)
    assert everything(articles, window, window) == everything(plain, window, window)
    for number in range(20_000, 20_100):
        for each in (articles, plain):
            each.add(number, number, None, number, number // 3, True)
    window = range(19_800, 20_100)
    assert everything(articles, window, window) == everything(plain, window, window)


@built
def test_numbers_at_the_border_and_beyond() -> None:
    seen: set[Any] = set()

    def both(name: str, *arguments: Any) -> None:
        one, other = (outcome(getattr(each, name), *arguments) for each in made)
        assert one == other, (name, arguments)
        seen.add(one if isinstance(one, type) else None)

    for number in NUMBERS:
        made = pair()
        for place in range(5):
            arguments: list[Any] = [3, 3, 3, 3, 3]
            arguments[place] = number
            both("add", *arguments, True)
            both("add", *arguments, True)
        both("add", 5, 5, None, 5, 5, False, NAMED, number)
        both("add", 6, 6, -number, 6, 6, False, NAMED, 1, True)
        both("rename", 5, NAMED, number)
        both("rename", 77, NAMED, number)
        both("rename", number, NAMED, 1)
        both("is_series", 6, number, NAMED)
        both("is_series", number, 5, NAMED)
        both("groups_of", [3, number])
        both("groups_of", memoryview(pack64([min(max(number, -(2**63)), 2**63 - 1)])).cast("q"))
        both("compare", b"", [3, number], None, NAMED, ({}, {}), 0.5, 1)
        both("compare", b"", [3], number, NAMED, ({}, {}), 0.5, 1)
        both("set_extent", 3, 3, 3, number)
        for place in range(3):
            arguments = [3, 3, 3]
            arguments[place] = number
            both("set_extent", *arguments, 5)
            both("lengthen", *arguments)
        both("extent", 3)
        for enough in (number, -number):
            both("compare", b"1234", [3, 6], 5, NAMED, ({3: b"1234"}, {}), 2.0, enough)
            both("compare", b"1234", [3, 6], 5, NAMED, ({3: b"1234"}, {}), 2.0, 1, [number])
        both("place", number, 3)
        both("place", 3, number)
        both("place", 9, number)
        both("regroup", number, 3)
        both("regroup", 3, number)
        both("move", [number, 3], 9)
        both("move", [9], number)
        both("drop_group", number)
        both("forget_extent", number)
        both("know_less", number)
        for name in ("story_of", "groups_in", "members_of", "is_whole", "article_of", "__contains__", "extent"):
            both(name, number)
        for place in range(5):
            held: list[Any] = [ALL_DAYS, ALL_DAYS, [0], [], []]
            held[place] = [number, 0, number]
            both("keep", tuple(held))
        both("discard", number)
        assert everything(made[0]) == everything(made[1])
        stretches = [(number, 1, 1), (1, number, 1), (1, 1, number)]
        for one in stretches:
            mine, theirs = (outcome(kind.Articles, one) for kind in (compiled, reference_articles))
            assert (mine is ValueError) == (theirs is ValueError) == (number < 1)
    assert seen == {None, ValueError, KeyError}


@built
def test_refuses_alike() -> None:
    made = pair()

    def both(error: type, name: str, *arguments: Any) -> None:
        one, other = (outcome(getattr(each, name), *arguments) for each in made)
        assert one is other is error, (name, arguments)

    for each in made:
        each.add(1, 1, 0, 1, 1, True, NAMED, 1, True)
        each.set_extent(1, 1, 1, 5)
    before = everything(made[1])
    for wrong in NO_SKELETONS:
        both(ValueError, "add", 2, 2, None, 2, 2, True, wrong)
        both(ValueError, "add", 1, 1, None, 2, 2, True, wrong)
        both(ValueError, "rename", 1, wrong, 1)
        both(ValueError, "rename", 77, wrong, 1)
        both(ValueError, "is_series", 1, None, wrong)
        both(ValueError, "is_series", 77, None, wrong)
        both(ValueError, "compare", b"", [77], None, wrong, ({}, {}), 0.5, 1)
    for shingles in (b"1", b"12345"):
        both(ValueError, "compare", shingles, [], None, NAMED, ({}, {}), 0.5, 1)
        both(ValueError, "compare", shingles, [77], None, NAMED, ({}, {}), 0.5, 1)
        both(ValueError, "compare", b"", [1], None, NAMED, ({1: shingles}, {}), 0.5, 1)
        both(ValueError, "compare", b"", [1], None, NAMED, ({}, {1: shingles}), 0.5, 1)
        both(KeyError, "compare", b"", [1, 77], None, NAMED, ({1: shingles}, {}), 0.5, 1)
    both(ValueError, "keep", ())
    both(ValueError, "keep", ([], [], [], []))
    both(ValueError, "keep", ([], [], [], [], [], []))
    both(KeyError, "regroup", 1, 2)
    both(KeyError, "regroup", 2, 2)
    both(KeyError, "groups_of", [1, 2])
    assert everything(made[0]) == everything(made[1]) == before


ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "add": (2, 2, None, 2, 2, True, NAMED, 1, True),
    "discard": (1,),
    "rename": (1, NAMED, 1),
    "article_of": (1,),
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


def test_every_method_is_tried() -> None:
    public = {name for name in vars(reference_articles.Articles) if not name.startswith("_")}
    assert set(ARGUMENTS) == public - {"nbytes"}
    assert {kind for kind, _ in map(kind_of, ARGUMENTS)} == {"drawn"}


def kind_of(name: str) -> tuple[str, str]:
    """Whether the sequences of operations call a method."""
    drawn = {branch.wrapped_strategy.element_strategies[0].value for branch in operation.original_strategies}  # type: ignore[attr-defined]
    return ("drawn" if name in drawn else "not drawn"), name


@built
@pytest.mark.parametrize("name", ARGUMENTS)
def test_wrong_types_are_refused_and_change_nothing(name: str) -> None:
    """Whatever stands at whatever place; fewer arguments and more as well."""
    fine = ARGUMENTS[name]
    refused = 0
    for place, wrong in itertools.product(range(len(fine)), NOT):
        articles = compiled.Articles(STRETCHES)
        articles.add(1, 1, 0, 1, 1, True, NAMED, 1, True)
        articles.set_extent(1, 1, 1, 1)
        before = everything(articles)
        found = outcome(getattr(articles, name), *fine[:place], wrong, *fine[place + 1 :])
        if isinstance(found, type):
            refused += 1
            assert everything(articles) == before, (place, wrong)
    assert refused >= 5
    articles = compiled.Articles(STRETCHES)
    least = len(fine) - (3 if name == "add" else 1 if name == "compare" else 0)
    for some in (*(fine[:count] for count in range(least)), (*fine, 1)):
        assert outcome(getattr(articles, name), *some) is TypeError
    with pytest.raises(TypeError):
        getattr(articles, name)(*fine, unknown=1)


@built
@pytest.mark.parametrize("wrong", [None, 1, "123", [1, 2, None], [1, 2, "3"], [1.0, 2, 3], object()])
def test_wrong_stretches_are_refused(wrong: Any) -> None:
    with pytest.raises(TypeError):
        compiled.Articles(wrong)
    with pytest.raises(TypeError):
        compiled.Articles()
    with pytest.raises(TypeError):
        compiled.Articles((1, 2, 3), 4)
    with pytest.raises(TypeError):
        compiled.Articles(other=(1, 2, 3))


class Acting:
    """A number that does something when it is taken."""

    def __init__(self, value: float, *acts: Callable[[], Any]) -> None:
        self.value, self.acts = value, acts

    def act(self) -> None:
        for act in self.acts:
            act()

    def __index__(self) -> int:
        self.act()
        return int(self.value)

    def __float__(self) -> float:
        self.act()
        return float(self.value)

    def __hash__(self) -> int:
        return hash(self.value)

    def __eq__(self, other: object) -> bool:
        self.act()
        return False


def crowd() -> Any:
    """Articles 0 to 59 in groups of two and stories of ten."""
    articles = compiled.Articles(STRETCHES)
    for number in range(60):
        articles.add(number, number, 0, number // 2, number // 10, number % 2 == 0, NAMED, number, True)
        articles.set_extent(number // 2, number // 2 * 2, number // 2 * 2 + 1, 9)
    return articles


def empty(articles: Any) -> None:
    articles.keep(([], [], [], [], []))


def change(articles: Any) -> None:
    """Empties it, and fills it with others, more than it had room for."""
    empty(articles)
    for number in range(1_000, 1_000 + articles.nbytes // 20):
        articles.add(number, number, None, number, number, False, NAMED)


@built
def test_arguments_may_use_the_articles_they_are_given_to() -> None:
    """Whatever Python code runs while arguments are taken, the answer is that of what is left then."""
    acted: list[str] = []
    for name, fine in ARGUMENTS.items():
        for place, argument in enumerate(fine):
            for act in (change, empty):
                articles, before = crowd(), len(acted)
                acting = Acting(1, partial(act, articles), partial(acted.append, name))
                taken: Any = acting
                if isinstance(argument, list | tuple):
                    taken = ([], [], [], [], [1, acting]) if name == "keep" else [1, acting]
                with suppress(ValueError, TypeError, KeyError):
                    getattr(articles, name)(*fine[:place], taken, *fine[place + 1 :])
                if len(acted) > before:
                    # What was taken out is not there again, but for what the call itself puts in.
                    assert {number for number in range(60) if number in articles} <= (
                        {1, 2} if name == "add" else set()
                    )
                everything(articles)
    assert set(acted) == set(ARGUMENTS)
    # Looking into a dictionary may compare keys, and these may do anything: the answer is of what was asked about.
    articles = crowd()
    keys = [Acting(number, lambda: change(articles)) for number in (0, 2)]
    sets = dict.fromkeys(keys, b"no set"), {number: pack32([number]) for number in range(60)}
    found, unknown, missing = articles.compare(pack32([2]), range(6), 0, NAMED, sets, 0.5, 0)
    assert [(row[0], row[1], row[4]) for row in found] == [(0, 0, 0), (1, 2, 1), (2, 4, 0)]
    assert unknown == missing == []
    assert 0 not in articles
    # A list of dictionaries could lose them while the others are taken.
    articles = crowd()
    with pytest.raises(TypeError):
        articles.compare(b"", [1], 0, NAMED, [{}, {}], 0.5, 1)


@built
def test_finalizers_may_use_what_makes_their_results() -> None:
    """Python may collect garbage while a result is made; what runs then can change the same articles."""
    everyone, four = tuple(range(60)), pack32([4])
    sets: Any = {number: pack32([number]) for number in range(60)}, {}
    none: Any = {}, {}
    calls: list[tuple[str, tuple[Any, ...]]] = [
        ("members_of", (3,)),
        ("groups_in", (3,)),
        ("groups_of", (everyone,)),
        ("extent", (3,)),
        ("discard", (7,)),
        ("compare", (four, everyone, DAY, NAMED, sets, 0.5, 0)),
        ("compare", (four, everyone, DAY, NAMED, none, 0.5, 0)),
    ]
    met: list[int] = []

    class Meddler:
        def __init__(self, articles: Any) -> None:
            self.ring, self.articles = self, articles

        def __del__(self) -> None:
            met.append(len(self.articles))
            change(self.articles)

    before = gc.get_threshold()
    # What else this process holds need not be looked through each time.
    gc.freeze()
    try:
        for name, arguments in calls:
            expected = getattr(crowd(), name)(*arguments)
            for ahead in range(1, 9):
                articles = crowd()
                call = getattr(articles, name)
                gc.collect()
                Meddler(articles)
                # The collection comes with one of the objects that are made next.
                gc.set_threshold(gc.get_count()[0] + ahead)
                found = call(*arguments)
                gc.set_threshold(*before)
                assert found == expected, (name, ahead)
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
    assert sum(size == 60 for size in met) > 9, "some come while a call works"


@built
def test_lives_on_without_memory() -> None:
    """Wherever memory runs out nothing is lost, and the same call succeeds when there is some again."""
    testcapi = pytest.importorskip("_testcapi")
    articles, plain = pair()
    failed: defaultdict[str, int] = defaultdict(int)
    sets = {number: pack32([number]) for number in range(0, 400, 2)}, {}

    def until_it_works(call: Callable[..., Any], *arguments: Any) -> tuple[Any, int]:
        for nth in range(2_000):
            testcapi.set_nomemory(nth, nth + 1)
            try:
                return call(*arguments), nth
            except MemoryError:
                pass
            finally:
                testcapi.remove_mem_hooks()
        raise AssertionError("no end of failures")

    def both(name: str, *arguments: Any) -> None:
        found, times = until_it_works(outcome, getattr(articles, name), *arguments)
        assert found == outcome(getattr(plain, name), *arguments), name
        failed[name] += times

    def steps() -> Iterator[tuple[Any, ...]]:
        for number in range(1_000, 1_150):
            words = pack32(range(number % 7))
            yield (
                "add",
                number,
                number,
                number % 3 * DAY,
                number // 2,
                number // 9,
                True,
                (b"", words),
                1,
                number % 4 == 0,
            )
            yield "set_extent", number // 2 + 5_000, number, number, 9
            yield "place", number // 2 + 5_000, number // 9 + 1_000
            if number % 7 == 0:
                yield "rename", number - 3, (pack32([1]), pack32(range(9))), 2
                yield "members_of", number // 9
                yield "groups_in", number // 9
                yield "groups_of", [number, number - 5, number]
                yield "move", [number // 2, number // 2 - 1, 5], number + 10**6
                yield "compare", pack32([2, 4]), range(number - 5, number), 0, NAMED, sets, 0.0, 0, [3]
                yield "regroup", number, number // 2 - 1
                yield "discard", number - 6
                yield "discard", number
                yield "drop_group", number // 2
                yield "extent", number // 2
                yield "article_of", number - 1
                yield "story_of", (number - 1) // 2 + 5_000
                yield "is_series", number - 1, DAY, NAMED
        yield "keep", ([0, 1], [1], [], [55], [])
        yield "keep", ([], [], [], [55], [])

    for name, *arguments in steps():
        both(name, *arguments)
    window = range(990, 1_160)
    assert everything(articles, window, window) == everything(plain, window, window)
    assert {"add", "place", "rename", "members_of", "groups_in", "groups_of", "move", "compare", "discard", "keep"} <= {
        name for name, times in failed.items() if times
    }
    assert until_it_works(compiled.Articles, STRETCHES)[1] > 5


@built
def test_leaks_nothing() -> None:
    articles = crowd()
    sets = {number: pack32([number]) for number in range(0, 60, 3)}, {}

    def once() -> None:
        for name, fine in ARGUMENTS.items():
            for place, wrong in itertools.product(range(len(fine)), NOT):
                with suppress(ValueError, TypeError, KeyError):
                    getattr(articles, name)(*fine[:place], wrong, *fine[place + 1 :])
            with suppress(ValueError, TypeError, KeyError):
                getattr(articles, name)(*fine)
        articles.keep(([], [], [], [], []))
        for number in range(60):
            articles.add(number, number, 0, number // 2, number // 10, number % 2 == 0, NAMED, number, True)
            articles.set_extent(number // 2, number // 2 * 2, number // 2 * 2 + 1, 9)
        for skeleton in (*NO_SKELETONS, NAMED):
            outcome(articles.add, 99, 99, None, 9, 9, True, skeleton)
            outcome(articles.rename, 3, skeleton, 1)
            outcome(articles.is_series, 3, 0, skeleton)
            outcome(articles.compare, b"1234", range(60), 0, skeleton, sets, 0.0, 0, range(5))
        outcome(articles.compare, b"1234", range(70), 0, NAMED, sets, 0.0, 0)
        outcome(articles.compare, b"1234", range(60), 0, NAMED, ({0: b"1"}, {}), 0.0, 0)
        outcome(articles.compare, b"1234", range(60), 0, NAMED, ({0: None}, {}), 0.0, 0)
        articles.members_of(2)
        articles.groups_in(2)
        articles.groups_of(range(50))
        articles.keep((range(9), [], [], [2, 2], []))
        outcome(compiled.Articles, (1, 2))
        compiled.Articles((1, 2, 3)).add(1, 1, None, 1, 1, True, NAMED)

    once()
    tracemalloc.start()
    try:
        once()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(20):
            once()
        assert tracemalloc.get_traced_memory()[0] - before < 5_000
        before = tracemalloc.get_traced_memory()[0]
        many = compiled.Articles(STRETCHES)
        for number in range(3_000):
            many.add(number, number, None, number, number // 3, True, (b"", pack32(range(number % 9))))
        for held in (range(150), range(100, 120)):
            taken = tracemalloc.get_traced_memory()[0] - before
            assert abs(taken - many.nbytes) < 2_000, "nbytes is what was taken"
            many.keep(([], [], [], held, []))
    finally:
        tracemalloc.stop()
