"""The texts of the window: every sequence of operations gives the same, compiled as in the reference."""

from __future__ import annotations

import itertools
import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.kernel import reference
from dedup.kernel.reference.evidence import Weights

from .compiled import as_array, built, compiled, outcome, pack

# Few terms, weights, dates and stories, so that texts share terms, evidence is equal, and stories are long.
weight = st.sampled_from([0, 1, 9_000, 30_000, 65_535]) | st.integers(0, 65_535)
term = st.integers(0, 9) | st.sampled_from([2**31, 2**32 - 1])
vector = st.dictionaries(term, weight, max_size=6).map(
    lambda terms: (pack(sorted(terms)), pack([terms[h] for h in sorted(terms)], "H"))
)
pool = st.lists(st.lists(vector, min_size=4, max_size=4), min_size=1, max_size=5)
ordinal = st.integers(0, 50)
ordinals = st.lists(ordinal, max_size=30)
# Some as near to each other as makes no difference, or just more than that.
published = st.none() | st.integers(-3, 12).map(lambda half: half * 43_200) | st.integers(43_190, 43_210)
story = st.integers(0, 2) | st.integers(-3, 12)
shade = st.integers(0, 3) | st.integers(0, 65_535)
coefficient = st.sampled_from([0.0, 1.0, -1.0, 2.5]) | st.floats(-20, 20)
weights = st.builds(
    Weights,
    *[coefficient] * 7,
    st.floats(0, 1),
    st.sampled_from([math.inf, 50.0, 1.0]) | st.floats(1e-9, 1e9),
    st.sampled_from([0.0, 3.0, 1e9]) | st.floats(0, 20),
)
publisher = st.sampled_from([b"", pack([0]), pack([7])])
# Headlines of few words, so that some are alike: nearly all of five words, or but enough of them, or one too few.
calendar = st.sets(st.integers(0, 9), max_size=4).map(lambda terms: pack(sorted(terms)))
headline = st.sets(st.integers(0, 5) | st.just(2**32 - 1), max_size=7).map(lambda words: pack(sorted(words)))
skeleton = st.tuples(publisher, headline)
bound = st.sampled_from([-math.inf, math.inf, 0.0]) | st.floats(-30, 30)
rules = st.tuples(
    st.sampled_from([0, 86_400, 4 * 86_400, 2**70]),
    st.sampled_from([0, 3, 20, 2**70]),
    st.sampled_from([(1, 2), (2, 3), (4, 12), (1, 63)]),
    st.tuples(st.integers(0, 3), st.integers(1, 4), st.sampled_from([0, 10**6, 10**9, 65_535**2])),
)


def steps(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, tuple[Any, ...]]]:
    return st.tuples(st.just(name), st.tuples(*arguments))


def requests(texts: list[list[tuple[bytes, bytes]]]) -> st.SearchStrategy[tuple[str, tuple[Any, ...]]]:
    vectors = st.sampled_from(texts)
    one = vectors.flatmap(st.sampled_from)
    limits = st.tuples(st.integers(0, 6), st.integers(0, 5)) | st.just((2**70, 2**70))
    return st.one_of(
        steps("add", ordinal, story, published, shade, vectors),
        steps("add", ordinal, story, published, shade, vectors, skeleton),
        steps("discard", ordinal),
        steps("rename", ordinal, skeleton),
        steps("move", st.lists(ordinal, max_size=3), story),
        steps("story_of", ordinal),
        steps("texts_of", story | st.just(2**70)),
        steps("voices", story, ordinal, published),
        steps("is_issue", story, ordinal, published, skeleton),
        steps("weigh", vectors, ordinal, published, ordinals, ordinals, weights, limits),
        steps("weigh", vectors, ordinal, published, ordinals, ordinals, weights, limits, bound),
        steps("fit", vectors, ordinal, published, shade, st.lists(ordinal, max_size=3), weights),
        steps("part", story, vectors, ordinal, published, shade, weights, st.tuples(bound, bound, bound, bound)),
        steps("is_one", st.tuples(story, story), vectors, ordinal, published, shade, weights, st.tuples(*[bound] * 4)),
        steps("shared", one, ordinal, st.integers(-1, 4), st.integers(-1, 9)),
        steps("common", vectors, ordinal, calendar),
    )


@built
@settings(max_examples=150)
@given(data=st.data(), rule=rules, texts=pool)
def test_texts(data: st.DataObject, rule: Any, texts: list[list[tuple[bytes, bytes]]]) -> None:
    made = [compiled.Texts(*rule), reference.Texts(*rule)]
    there: set[int] = set()

    def both(name: str, *arguments: Any) -> None:
        one, other = (outcome(getattr(each, name), *arguments) for each in made)
        assert one == other, (name, arguments)

    start = st.tuples(story, published, shade, st.sampled_from(texts), skeleton)
    for number in data.draw(st.permutations(range(data.draw(st.integers(0, 45))))):
        both("add", number, *data.draw(start))
    for _ in range(data.draw(st.integers(1, 15))):
        name, arguments = data.draw(requests(texts))
        both(name, *arguments)
        there = {number for number in range(51) if number in made[1]}
        assert there == {number for number in range(51) if number in made[0]}
        if name in ("weigh", "fit") and there:
            known = st.lists(st.sampled_from(sorted(there)), min_size=1, max_size=50)
            if name == "weigh":
                vectors, place, when, missing, _, *rest = arguments
                some, around = data.draw(known | st.just([])), data.draw(known | st.just([]))
                both(name, vectors, place, when, some, around, *rest)
                both(name, vectors, place, when, some, missing, *rest)
                both(name, vectors, place, when, missing, around, *rest)
                # One that was met is not looked at again, as a candidate or for the background.
                both(name, vectors, place, when, [*some, *some], [*some, *around], *rest)
                both(name, vectors, place, when, *(as_array(numbers) for numbers in (some, around)), *rest)
            else:
                vectors, place, when, dark, _, model = arguments
                both(name, vectors, place, when, dark, data.draw(known), model)
        if name in ("part", "is_issue"):
            for number in range(-3, 13):
                both(name, number, *arguments[1:])
        if name == "is_one":
            for pair in ((1, 2), (2, 0), (3, 3)):
                both(name, pair, *arguments[1:])
        if name == "discard":
            kept = data.draw(st.lists(st.sampled_from(sorted(there)), max_size=60) if there else st.just([]))
            both("keep", kept)
            both("keep", [*kept, 51])
    for number in range(-3, 13):
        both("texts_of", number)
        both("voices", number, 60, None)
        both("voices", number, 25, 86_400)
        both("is_issue", number, 25, 5 * 86_400, (b"", pack([0, 1, 2, 3])))
    assert len(made[0]) == len(made[1])


@built
@given(pool=pool, calendar=calendar)
def test_what_is_in_common(pool: list[list[Any]], calendar: bytes) -> None:
    """Of every text with every one, itself among them."""
    made = [module.Texts(100, 100, (1, 2), (0, 1, 0)) for module in (compiled, reference)]
    for number, vectors in enumerate(pool):
        for each in made:
            each.add(number, 1, None, 0, vectors)
    for number, vectors in itertools.product(range(-1, len(pool) + 1), pool):
        common, expected = (outcome(each.common, vectors, number, calendar) for each in made)
        assert common == expected
        assert isinstance(common, type) == (not 0 <= number < len(pool))
