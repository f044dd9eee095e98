"""Rows of a segment put into all structures at once: as if they were added one by one, compiled as in the reference."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple
from unittest.mock import Mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dedup.sketch import (
    kernel,
    reference,
    reference_articles,
    reference_bands,
    reference_filling,
    reference_postings,
    reference_texts,
)
from dedup.sketch.reference_arrays import pack32
from dedup.sketch.reference_evidence import Weights
from dedup.sketch.reference_filling import Stored
from dedup.sketch.terms import SparseVector, TermSketch

compiled: Any
compiled, reason = kernel.choose({})
built = pytest.mark.skipif(compiled is reference, reason=reason or "the compiled kernel is not built")

DAY = 86_400
BANDS, LIMIT = (2, 2), 3
PLAIN = Weights(-1.0, 4.0, 1.0, 2.0, 1.0, -1.0, -1.0, 0.5, 100.0, 3.0)
NOTHING = SparseVector(b"", b"")
NUMBERS = (-1, 2**32 - 1, 2**32, 2**48 - 1, 2**48, 2**52, 2**52 + 1, -(2**52), -(2**52) - 1, 2**63 - 2, 2**63 - 1)
NUMBERS += (2**63, 1 - 2**63, -(2**63), -(2**63) - 1, 2**80, -(2**80))
ORDINALS = range(-1, 40)


class Structures(NamedTuple):
    """What a segment is put into; the last three may be left out."""

    articles: Any
    texts: Any
    signatures: Any
    terms: Any


def structures(module: Any) -> Structures:
    """Empty ones, of the compiled kernel or of the reference."""
    if module is not reference:
        kinds = module.Articles, module.Texts, module.BandIndex, module.Postings
    else:
        kinds = (
            reference_articles.Articles,
            reference_texts.Texts,
            reference_bands.BandIndex,
            reference_postings.Postings,
        )
    articles, texts, signatures, terms = kinds
    return Structures(
        articles((7 * DAY, 20, 7)), texts(30 * DAY, 100, (2, 3), (0, 2, 0)), signatures(BANDS[0]), terms()
    )


def filling(module: Any) -> Callable[..., None]:
    fill: Callable[..., None] = reference_filling.fill if module is reference else module.fill
    return fill


MODULES = [reference] if compiled is reference else [reference, compiled]
by_name = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)


def outcome(call: Callable[..., Any], *arguments: Any) -> Any:
    """What a call gives, or which kind of error."""
    try:
        return call(*arguments)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        return type(error)


def everything(made: Structures) -> Any:
    """All that can be known of the four without a change that matters."""
    articles, texts, signatures, terms = made
    every = [(pack32([word ^ salt]), b"\1\0") for word in range(12) for salt in (0, 7)]
    stored = [ordinal for ordinal in ORDINALS if ordinal in texts]
    query = [SparseVector(pack32(range(12)), b"\x10\x27" * 12)] * 4
    return (
        [(outcome(articles.article_of, ordinal), outcome(articles.groups_of, [ordinal])) for ordinal in ORDINALS],
        [outcome(articles.is_series, ordinal, 99 * DAY, (pack32([7]), pack32([1, 2, 3]))) for ordinal in ORDINALS],
        [(articles.members_of(story), articles.groups_in(story), articles.is_whole(story)) for story in range(-1, 8)],
        [texts.texts_of(story) for story in range(-1, 8)],
        [texts.is_issue(story, 39, 99 * DAY, (pack32([7]), pack32([1, 2, 3]))) for story in range(-1, 8)],
        [texts.fit(query, 39, 5 * DAY, 9, [ordinal], PLAIN) for ordinal in stored],
        [texts.shared(query[0], ordinal, field, 99) for ordinal in stored for field in range(4)],
        [texts.rest(query[0], ordinal, field) for ordinal in stored for field in range(4)],
        [
            type(signatures).search([((signatures,), low, high)], keys, 99, 99)
            for low, high in ((-(2**60), 2**60), (0, 20), (DAY, 9 * DAY))
            for keys in KEYS
        ],
        [
            list(memoryview(type(terms).search([((terms,), low, high)], *one, 99, 99)).cast("q"))
            for low, high in ((-(2**60), 2**60), (0, 20), (DAY, 9 * DAY))
            for one in every
        ],
        *map(len, made),
    )


SIGNATURES = [pack32(values) for values in itertools.product((1, 2), (3,), (1, 5), (4,))]
KEYS = [reference_bands.band_keys(signature, *BANDS) for signature in SIGNATURES]


def one_by_one(
    made: Structures, rows: Iterable[Stored], known: dict[int, tuple[bytes, bytes]], *, dated: bool, given: Structures
) -> None:
    """The definition in other words, for rows that are sound: `given` are those of the structures to fill, `known` the
    skeletons of the articles that are there."""
    articles = made.articles
    for row in rows:
        skeleton = known.setdefault(row.article_id, (row.publisher, row.words))
        if row.article_id not in articles:
            articles.add(*row[:6], skeleton, row.version)
        moment = row.published if dated and row.published is not None else row.ordinal
        if given.signatures is not None:
            made.signatures.add(reference_bands.band_keys(row.signature[:16], *BANDS), row.ordinal, moment)
        if given.texts is None or not row.text:
            continue
        found = TermSketch.from_bytes(row.terms)
        (group_id,) = articles.groups_of([row.ordinal])
        story_id = articles.story_of(group_id)
        if not found.terms:
            articles.know_less(story_id)
            continue
        if row.ordinal not in made.texts:
            made.texts.add(row.ordinal, story_id, row.published, found.background, found.vectors, skeleton)
        if given.terms is not None:
            keys, _ = reference_postings.key_terms(*found.vectors[0], LIMIT, row.salt)
            if keys:
                made.terms.add(keys, row.ordinal, moment)


weight = st.sampled_from([0, 1, 9_000, 65_535]) | st.integers(0, 65_535)
hashes = st.integers(0, 11) | st.just(2**32 - 1)
vectors = st.dictionaries(hashes, weight, max_size=6).map(
    lambda found: SparseVector(
        pack32(sorted(found)), b"".join(found[one].to_bytes(2, "little") for one in sorted(found))
    )
)
headlines = st.sets(st.integers(1, 5), max_size=5).map(lambda words: pack32(sorted(words)))
moments = st.none() | st.integers(-3, 9).map(lambda day: day * DAY) | st.integers(-2, 40)


@st.composite
def sketches(draw: st.DrawFn) -> bytes:
    """The terms of a text as they are stored; of some there are none, or none of a field."""
    if draw(st.integers(0, 5)) == 0:
        return TermSketch((NOTHING,) * 4, b"").to_bytes(draw(st.sampled_from([0, 7])))
    fields = draw(st.tuples(vectors, vectors, vectors, vectors))
    terms = pack32(range(draw(st.integers(1, 9))))
    return TermSketch(fields, terms).to_bytes(draw(st.sampled_from([0, 9_999, 65_535])))


@st.composite
def stored(draw: st.DrawFn, ordinal: int) -> Stored:
    """A sound row. An article has one ordinal; groups and stories are few."""
    return Stored(
        100 - ordinal,
        ordinal,
        draw(moments),
        draw(st.integers(0, 6)),
        draw(st.integers(0, 5)),
        draw(st.booleans()),
        draw(st.integers(0, 4)),
        draw(st.sampled_from([b"", pack32([7]), pack32([0])])),
        draw(headlines),
        draw(st.sampled_from([0, 7])),
        draw(st.sampled_from(SIGNATURES)) + draw(st.sampled_from([b"", b"1234"])),
        draw(sketches()),
    )


@st.composite
def pages(draw: st.DrawFn) -> list[Stored]:
    """Sound rows in the order of decisions."""
    ordinals = sorted(draw(st.sets(st.integers(0, 30), max_size=12)))
    return [draw(stored(ordinal)) for ordinal in ordinals]


def some_of(made: Structures, chosen: tuple[bool, bool, bool]) -> Structures:
    """The articles and the chosen of the others."""
    return Structures(made[0], *(each if use else None for each, use in zip(made[1:], chosen, strict=True)))


choices = st.tuples(st.booleans(), st.booleans(), st.booleans()) | st.just((True, True, True))


@by_name
@settings(max_examples=100)
@given(rows=pages(), early=st.sets(st.integers(0, 30)), chosen=choices, dated=st.booleans(), size=st.integers(1, 12))
def test_rows_are_articles_that_were_added_one_by_one(
    module: Any, rows: list[Stored], early: set[int], chosen: tuple[bool, bool, bool], dated: bool, size: int
) -> None:
    """Some may be there already, in another group, alone or with their texts; pages may be of any size."""
    filled, added = (structures(module) for _ in range(2))
    known = [row for row in rows if row.ordinal in early]
    moved = [
        row._replace(group_id=row.group_id + 1, story_id=(row.story_id + 1) % 6, version=9, publisher=pack32([9]))
        for row in known
    ]
    skeletons: dict[int, tuple[bytes, bytes]] = {}
    for made in (filled, added):
        one_by_one(made, moved, skeletons, dated=False, given=some_of(made, (len(early) % 2 == 0, False, False)))
    for first in range(0, len(rows), size):
        filling(module)(
            [tuple(row) for row in rows[first : first + size]], dated, *some_of(filled, chosen), BANDS, LIMIT
        )
    one_by_one(added, rows, skeletons, dated=dated, given=some_of(added, chosen))
    assert everything(filled) == everything(added)


@st.composite
def damaged(draw: st.DrawFn, rows: list[Stored]) -> list[Any]:
    """Rows of which some are not as they must be."""
    found: list[Any] = [tuple(row) for row in rows]
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        place = draw(st.integers(0, max(0, len(found) - 1)))
        row = found[place] if found else None
        if not isinstance(row, tuple) or len(row) != len(Stored._fields):
            continue
        column = draw(st.integers(0, len(row) - 1))
        value = row[column]
        if draw(st.integers(0, 9)) == 0:
            found[place] = draw(st.sampled_from([row[:-1], (*row, 1), (), [*row], None, "row", Stored(*row)]))
            continue
        if isinstance(value, bytes):
            value = draw(damaged_bytes(value))
        else:
            value = draw(st.sampled_from([*NUMBERS, 0, 1, 5, None, 1.0, "1", b"1", True]))
        found[place] = (*row[:column], value, *row[column + 1 :])
    if found and draw(st.integers(0, 9)) == 0:
        found.insert(0, found[-1])
    return found


@st.composite
def damaged_bytes(draw: st.DrawFn, value: bytes) -> Any:
    kind = draw(st.sampled_from(["cut", "longer", "byte", "lengths", "other"]))
    place = draw(st.integers(0, max(0, len(value) - 1)))
    if kind == "cut":
        return value[:place]
    if kind == "longer":
        return value + draw(st.binary(min_size=1, max_size=9))
    if kind == "byte" and value:
        return value[:place] + bytes([draw(st.integers(0, 255))]) + value[place + 1 :]
    if kind == "lengths" and len(value) >= 12:
        given = draw(st.lists(st.sampled_from([0, 1, 2, 3, 65_535]), min_size=5, max_size=5))
        return b"".join(number.to_bytes(2, "little") for number in given) + value[10:]
    return draw(st.binary(max_size=20) | st.sampled_from([None, 5, "text", bytearray(value), memoryview(value)]))


@built
@settings(max_examples=100)
@given(data=st.data())
def test_every_sequence_of_fills_and_changes(data: st.DataObject) -> None:
    """Whatever is filled, refused, taken out, moved or dropped, the compiled structures answer as the reference."""
    made = [structures(module) for module in MODULES]
    for _ in range(data.draw(st.integers(1, 6))):
        rows = data.draw(pages())
        given_rows, chosen, dated = data.draw(damaged(rows)), data.draw(choices), data.draw(st.booleans())
        limit = data.draw(st.sampled_from([LIMIT, LIMIT, 0, 1, 4_096]))
        one, other = (
            outcome(filling(module), given_rows, dated, *some_of(each, chosen), BANDS, limit)
            for module, each in zip(MODULES, made, strict=True)
        )
        assert one == other, (given_rows, chosen)
        assert one in (None, ValueError)
        assert everything(made[0]) == everything(made[1]), (given_rows, chosen)
        change = data.draw(st.sampled_from(["nothing", "discard", "move", "keep", "renew"]))
        ordinals = data.draw(st.sets(st.integers(0, 30), max_size=6))
        if change == "renew":
            made = [each._replace(**renewed(module)) for module, each in zip(MODULES, made, strict=True)]
        for articles, texts, signatures, terms in made:
            if change == "discard":
                for ordinal in ordinals:
                    articles.discard(100 - ordinal)
                    for each in (texts, signatures, terms):
                        each.discard(ordinal)
            elif change == "move":
                articles.move([ordinal % 7 for ordinal in ordinals], 5)
                texts.move([ordinal for ordinal in sorted(ordinals) if ordinal in texts], 5)
            elif change == "keep":
                left = articles.keep((range(2), range(1), [0], [1], []))
                texts.keep([ordinal for ordinal in memoryview(left).cast("q") if ordinal in texts])
        assert everything(made[0]) == everything(made[1]), change


def renewed(module: Any) -> dict[str, Any]:
    """Empty indexes, as those of another segment."""
    fresh = structures(module)
    return {"signatures": fresh.signatures, "terms": fresh.terms}


def sound(ordinal: int = 1, **changes: Any) -> Stored:
    """A row of a text."""
    body = SparseVector(pack32([1, 2]), b"\x10\x27\x20\x4e")
    terms = TermSketch((body, body, NOTHING, NOTHING), pack32([1, 2, 3])).to_bytes(5)
    row = Stored(ordinal, ordinal, DAY, 1, 1, True, 1, pack32([7]), pack32([1, 2, 3]), 7, SIGNATURES[0], terms)
    return row._replace(**changes)


def blob(*lengths: int, body: bytes = b"") -> bytes:
    return b"".join(number.to_bytes(2, "little") for number in lengths) + body


# Of a text with two vectors of one term each, what is none.
NO_TERMS = [
    b"",
    b"1" * 11,
    blob(0, 0, 0, 0, 0, 0, body=b"1"),
    blob(1, 0, 0, 0, 0, 0),
    blob(0, 1, 0, 0, 0, 0, body=b"12345"),
    blob(0, 1, 0, 0, 0, 0, body=b"1234567"),
    blob(65_535, 65_535, 65_535, 65_535, 65_535, 65_535, body=b"1" * 100),
    blob(1, 2, 0, 0, 0, 0, body=pack32([9, 2, 1]) + b"1234"),
    blob(1, 2, 0, 0, 0, 0, body=pack32([9, 1, 1]) + b"1234"),
    blob(1, 0, 0, 0, 2, 0, body=pack32([9, 2, 1]) + b"1234"),
]
REFUSED: list[dict[str, Any]] = [
    *({"terms": terms} for terms in NO_TERMS),
    *({"signature": signature} for signature in (b"", b"1", b"1" * 15, b"1" * 17, b"1" * 18)),
    *({"publisher": publisher} for publisher in (b"1", b"12345", None, "7")),
    *({"words": words} for words in (b"1", b"12345", pack32([2, 1]), pack32([1, 1]))),
    *(
        {name: number}
        for name in ("article_id", "group_id", "story_id")
        for number in (2**63 - 1, -(2**63), 2**80, -(2**80))
    ),
    *({"ordinal": number} for number in (-1, 2**48, 2**80)),
    *({"published": number} for number in (2**52 + 1, -(2**52) - 1, 2**63, -(2**63), -(2**80), "1", 1.0)),
    *({name: number} for name in ("version", "salt") for number in (-1, 2**32, 2**80)),
    *(
        {name: wrong}
        for name in Stored._fields
        for wrong in (None, 1.0, "1", bytearray(b""), ...)
        if (name, wrong) != ("published", None)
    ),
    # That of another article, and another than the article has.
    {"article_id": 77, "ordinal": 0},
    {"article_id": 0, "ordinal": 77},
]


@by_name
@pytest.mark.parametrize("wrong", REFUSED, ids=lambda wrong: repr(wrong)[:60])
def test_a_row_that_is_not_as_it_must_be_is_refused_and_what_came_before_stays(module: Any, wrong: Any) -> None:
    made = structures(module)
    fill = filling(module)
    fill([tuple(sound(0))], False, *made, BANDS, LIMIT)
    rows = [tuple(sound(2)), tuple(sound(**{"ordinal": 3, "article_id": 3} | wrong)), tuple(sound(4))]
    with pytest.raises(ValueError, match=r"\w"):
        fill(rows, True, *made, BANDS, LIMIT)
    expected = structures(module)
    fill([tuple(sound(0))], False, *expected, BANDS, LIMIT)
    fill(rows[:1], True, *expected, BANDS, LIMIT)
    assert everything(made) == everything(expected), "nothing of it is there"
    fill([tuple(sound(5))], True, *made, BANDS, LIMIT)
    assert made.articles.article_of(5) == 5
    assert 5 in made.texts


@by_name
def test_what_is_not_looked_at_may_be_anything_of_its_kind(module: Any) -> None:
    made = structures(module)
    rows = [tuple(sound(1, terms=b"1")), tuple(sound(2, signature=b"1", text=False, terms=b""))]
    filling(module)(rows[:1], True, made.articles, None, made.signatures, None, BANDS, LIMIT)
    filling(module)(rows[1:], True, made.articles, made.texts, None, made.terms, BANDS, LIMIT)
    assert [*map(len, made)] == [2, 0, 1, 0]
    # Rows of a class of their own are taken as the tuples that they are.
    filling(module)([sound(3)], True, *made, BANDS, LIMIT)
    assert [*map(len, made)] == [3, 1, 2, 1]
    filling(module)([], True, *made, BANDS, LIMIT)
    filling(module)(iter([tuple(sound(4))]), True, made.articles, None, None, None, BANDS, LIMIT)
    assert [*map(len, made)] == [4, 1, 2, 1]
    # A text without a term is none of its story, of which something is not here then.
    made.articles.add(9, 9, None, 9, 9, True, (b"", b""), 1, True)
    assert made.articles.is_whole(9)
    empty = TermSketch((NOTHING,) * 4, b"").to_bytes(0)
    filling(module)([tuple(sound(9, group_id=1, terms=empty))], True, *made, BANDS, LIMIT)
    assert not made.articles.is_whole(9)
    assert 9 not in made.texts


@by_name
def test_rows_must_come_in_the_order_of_decisions_where_they_are_indexed(module: Any) -> None:
    for chosen in ((False, True, False), (True, False, True)):
        made = structures(module)
        filling(module)([tuple(sound(5))], True, *some_of(made, chosen), BANDS, LIMIT)
        for ordinal in (5, 4):
            with pytest.raises(ValueError, match="rank must be"):
                filling(module)([tuple(sound(ordinal))], True, *some_of(made, chosen), BANDS, LIMIT)
        filling(module)([tuple(sound(4)), tuple(sound(3))], True, *some_of(made, (True, False, False)), BANDS, LIMIT)
        filling(module)([tuple(sound(6))], True, *some_of(made, chosen), BANDS, LIMIT)
        assert [made.articles.article_of(ordinal) for ordinal in (3, 4, 5, 6)] == [3, 4, 5, 6]


@by_name
@pytest.mark.parametrize(
    ("bands", "limit"),
    [((number, 1), 3) for number in (*NUMBERS, 0, 1, 3, 1_025)]
    + [((2, number), 3) for number in (*NUMBERS, 0, 1_025)]
    + [(BANDS, number) for number in (-1, 4_097, *NUMBERS[1:])]
    + [((2,), 3), ((2, 2, 2), 3), ((), 3)],
)
def test_the_shape_is_checked_before_anything_is_added(module: Any, bands: Any, limit: int) -> None:
    made = structures(module)
    for rows in ([], [tuple(sound())]):
        with pytest.raises(ValueError, match=r"\w"):
            filling(module)(rows, True, *made, bands, limit)
    assert [*map(len, made)] == [0, 0, 0, 0]
    # That the bands are others than those of the index does not matter where there is none.
    if bands not in ((1, 1), (3, 1)):
        with pytest.raises(ValueError, match=r"\w"):
            filling(module)([], True, made.articles, None, None, None, bands, limit)


class Pretending:
    """Says of itself to be of any class."""

    def __init__(self, kind: type) -> None:
        self.kind = kind

    @property
    def __class__(self) -> type:
        return self.kind

    @__class__.setter
    def __class__(self, kind: type) -> None:
        raise NotImplementedError


@built
def test_structures_must_be_those_of_the_kernel() -> None:
    made, others = structures(compiled), structures(reference)
    kinds = [type(each) for each in made]
    for place, kind in enumerate(kinds):
        for wrong in (Pretending(kind), Mock(spec=kind), kind, others[place], made[place - 1], 1, "x", object()):
            given_ones = [*made[:place], wrong, *made[place + 1 :]]
            with pytest.raises(TypeError):
                compiled.fill([tuple(sound())], True, *given_ones, BANDS, LIMIT)
        with pytest.raises(TypeError):
            type("Derived", (kind,), {})
    with pytest.raises(TypeError):
        compiled.fill([], True, None, *made[1:], BANDS, LIMIT)
    for wrong in (None, 5, "text", [None], [5], ["row"]):
        with pytest.raises((TypeError, ValueError)):
            compiled.fill(wrong, True, *made, BANDS, LIMIT)
    for shape in (None, 5, "ab", (1, "2"), (1.0, 2)):
        with pytest.raises((TypeError, ValueError)):
            compiled.fill([], True, *made, shape, LIMIT)
    with pytest.raises(TypeError):
        compiled.fill([], True, *made, BANDS, 1.0)
    with pytest.raises(TypeError):
        compiled.fill([], True, *made, BANDS)
    assert [*map(len, made)] == [0, 0, 0, 0]


@by_name
def test_taking_the_rows_may_use_the_structures(module: Any) -> None:
    """All rows are taken before the first is added, and an iterable that fails adds none."""
    made = structures(module)
    filling(module)([tuple(sound(number)) for number in range(1, 9)], True, *made, BANDS, LIMIT)

    def rows(*, fails: bool) -> Iterator[tuple[Any, ...]]:
        yield tuple(sound(20))
        made.articles.keep(([], [], [], [], []))
        made.texts.keep([])
        yield tuple(sound(21))
        if fails:
            raise KeyError("row")

    with pytest.raises(KeyError, match="row"):
        filling(module)(rows(fails=True), True, *made, BANDS, LIMIT)
    assert [*map(len, made)] == [0, 0, 8, 8]
    filling(module)(rows(fails=False), True, *made, BANDS, LIMIT)
    assert [*map(len, made)] == [2, 2, 10, 10]

    class Acting:
        def __index__(self) -> int:
            made.articles.keep(([], [], [], [], []))
            made.texts.keep([])
            return 2

        def __bool__(self) -> bool:
            return bool(self.__index__())

    if module is compiled:
        compiled.fill([tuple(sound(22))], Acting(), *made, (Acting(), Acting()), Acting())
        assert [*map(len, made)] == [1, 1, 11, 11]
        # Numbers in rows are numbers, which run no code.
        with pytest.raises(ValueError, match="must be a number"):
            compiled.fill([tuple(sound(23, group_id=Acting()))], True, *made, BANDS, LIMIT)


class Loud(int):
    """A number with a method of its own, which is not asked."""

    def __index__(self) -> int:
        raise AssertionError("asked")

    __int__ = __bool__ = __index__


@built
def test_numbers_of_a_class_of_their_own_are_the_numbers_that_they_are() -> None:
    made = structures(compiled)
    numbers = {name: Loud(5) for name in ("article_id", "ordinal", "published", "group_id", "story_id", "version")}
    compiled.fill([tuple(sound(**numbers, text=Loud(1), salt=Loud(3)))], True, *made, BANDS, LIMIT)
    assert [*map(len, made)] == [1, 1, 1, 1]
    assert made.articles.article_of(5) == 5


@built
@settings(max_examples=30)
@given(sizes=st.lists(st.integers(0, 3_000), min_size=4, max_size=4), limit=st.sampled_from([1, 30, 4_096]))
@example(sizes=[65_535] * 4, limit=4_096)
def test_texts_of_very_many_terms(sizes: Sequence[int], limit: int) -> None:
    long = tuple(SparseVector(pack32(range(3, 3 + size)), b"\x10\x27" * size) for size in sizes)
    rows = [
        tuple(sound(ordinal, terms=TermSketch(long, pack32(range(many))).to_bytes(1)))
        for ordinal, many in ((1, 65_535), (2, 1))
    ]
    made = [structures(module) for module in MODULES]
    for module, each in zip(MODULES, made, strict=True):
        filling(module)(rows, True, *each, BANDS, limit)
    assert everything(made[0]) == everything(made[1])


@built
def test_lives_on_without_memory() -> None:
    """Wherever memory runs out what came before is there, and all structures can be used."""
    testcapi = pytest.importorskip("_testcapi")
    rows = [tuple(sound(number, group_id=number, words=pack32(range(number)))) for number in range(1, 30)]
    after = [tuple(sound(number, group_id=number, words=pack32(range(number)))) for number in range(30, 40)]
    failed = 0
    for nth in range(10_000):
        made = structures(compiled)
        testcapi.set_nomemory(nth, nth + 1)
        try:
            compiled.fill(rows, True, *made, BANDS, LIMIT)
            break
        except MemoryError:
            failed += 1
        finally:
            testcapi.remove_mem_hooks()
        there = len(made.articles)
        assert [row[0] for row in rows if row[0] in made.articles] == [*range(1, there + 1)]
        assert all(there - 1 <= len(each) <= there for each in made[1:]) or there == 0
        compiled.fill(after, True, *made, BANDS, LIMIT)
        assert len(made.articles) == there + 10
        everything(made)
        for number in range(40):
            made.articles.discard(number)
            for each in made[1:]:
                each.discard(number)
        assert [*map(len, made)] == [0, 0, 0, 0]
    assert failed > 30


@built
def test_leaks_nothing() -> None:
    rows = [tuple(sound(number, group_id=number)) for number in range(1, 30)]
    wrongs = [[*rows[:2], tuple(sound(**{"ordinal": 3, "article_id": 3} | wrong))] for wrong in REFUSED]

    def once() -> None:
        made = structures(compiled)
        compiled.fill(rows, True, *made, BANDS, LIMIT)
        for wrong in wrongs:
            with suppress(ValueError):
                compiled.fill(wrong, True, *structures(compiled), BANDS, LIMIT)
        for place in range(4):
            with suppress(TypeError):
                compiled.fill(rows, True, *made[:place], 5, *made[place + 1 :], BANDS, LIMIT)
        for bands in ((0, 1), None, (1, 2, 3)):
            with suppress(TypeError, ValueError):
                compiled.fill(rows, True, *made, bands, LIMIT)

    once()
    tracemalloc.start()
    try:
        # Python keeps some of what was freed, and what it has kept from before is not counted.
        for _ in range(20):
            once()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(20):
            once()
        assert tracemalloc.get_traced_memory()[0] - before < 5_000
    finally:
        tracemalloc.stop()
