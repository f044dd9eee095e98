"""The articles of the window: every sequence of operations gives the same, compiled as in the reference."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from dedup.kernel import reference
from dedup.kernel.reference.arrays import pack32, pack64

from .articles import ARGUMENTS, DAY, NAMED, NO_SKELETONS, NUMBERS, everything, pair
from .compiled import built, outcome


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
    st.tuples(st.just("told_of"), st.tuples(ordinal)),
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


def test_every_method_is_tried() -> None:
    public = {name for name in vars(reference.Articles) if not name.startswith("_")}
    assert set(ARGUMENTS) == public - {"nbytes"}
    assert {kind for kind, _ in map(kind_of, ARGUMENTS)} == {"drawn"}


def kind_of(name: str) -> tuple[str, str]:
    """Whether the sequences of operations call a method."""
    drawn = {branch.wrapped_strategy.element_strategies[0].value for branch in operation.original_strategies}  # type: ignore[attr-defined]
    return ("drawn" if name in drawn else "not drawn"), name
