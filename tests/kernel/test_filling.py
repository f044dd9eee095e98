"""Rows of a segment put into all structures at once: as if they were added one by one, compiled as in the reference."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from dedup.kernel import reference
from dedup.kernel.reference.arrays import pack32
from dedup.kernel.reference.filling import Stored
from dedup.sketch.terms import SparseVector, TermSketch

from .compiled import MODULES, built, by_name, outcome
from .filling import (
    BANDS,
    DAY,
    LIMIT,
    NOTHING,
    NUMBERS,
    SIGNATURES,
    Structures,
    everything,
    filling,
    some_of,
    sound,
    structures,
)


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
            made.signatures.add(reference.band_keys(row.signature[:16], *BANDS), row.ordinal, moment)
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
            keys, _ = reference.key_terms(*found.vectors[0], LIMIT, row.salt)
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
