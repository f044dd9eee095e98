"""What a segment is put into, compiled or in the reference, and rows for it, sound and damaged."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

from dedup.kernel import reference
from dedup.kernel.reference.arrays import pack32
from dedup.kernel.reference.evidence import Weights
from dedup.kernel.reference.filling import Stored
from dedup.sketch.terms import SparseVector, TermSketch

from .compiled import outcome, types_of

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
    articles, texts, signatures, terms = types_of(module)
    return Structures(
        articles((7 * DAY, 20, 7)), texts(30 * DAY, 100, (2, 3), (0, 2, 0)), signatures(BANDS[0]), terms()
    )


def filling(module: Any) -> Callable[..., None]:
    fill: Callable[..., None] = module.fill
    return fill


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
        [tuple(texts.common(query, ordinal, pack32([3, 4]))) for ordinal in stored],
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
KEYS = [reference.band_keys(signature, *BANDS) for signature in SIGNATURES]


def some_of(made: Structures, chosen: tuple[bool, bool, bool]) -> Structures:
    """The articles and the chosen of the others."""
    return Structures(made[0], *(each if use else None for each, use in zip(made[1:], chosen, strict=True)))


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
