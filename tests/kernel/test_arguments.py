"""What the compiled kernel takes: so many arguments, of these types, held no longer than the call."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from dedup.kernel import reference
from dedup.text.words.tokens import folding

from .compiled import built, compiled, outcome
from .words import PLAIN, A, B


@built
def test_refuses_wrong_types() -> None:
    index, texts = compiled.BandIndex(2), compiled.Texts(1, 1, (1, 2), (0, 1, 0))
    nothing = [(b"", b"")] * 4
    texts.add(1, 1, None, 0, nothing)
    postings = compiled.Postings()
    call: Any
    for call in (
        lambda: compiled.sign("a", "b", 3, A, B[4:]),
        lambda: compiled.sign("a", "b", 3, b"", b""),
        lambda: compiled.sign_many([("a",)], 3, A, B),
        lambda: compiled.sign_many([("a", "", "")], 3, A, B),
        lambda: compiled.minhash(b"", bytes(4 * 1_025), bytes(4 * 1_025)),
        lambda: compiled.among(b"abc", b""),
        lambda: compiled.among(b"", b"abc"),
        lambda: compiled.dot(b"", b"", bytes(4), b""),
        lambda: compiled.dot(bytes(8), bytes(4), b"", b""),
    ):
        with pytest.raises(ValueError, match=r"\w"):
            call()
    for call in (
        lambda: compiled.overlap("text", b""),
        lambda: compiled.among("text", b""),
        lambda: compiled.among(b""),
        lambda: compiled.dot(b"", b"", b"", "text"),
        lambda: compiled.dot(b"", b""),
        lambda: compiled.sign_many(None, 3, A, B),
        lambda: compiled.figures("in 7 towns", "text", 3),
        lambda: compiled.figures("in 7 towns", b"", "3"),
        compiled.BandIndex,
        lambda: compiled.BandIndex("2"),
        compiled.Texts,
        compiled.TermCounts,
        lambda: compiled.hash_terms([b"bytes"]),
        lambda: compiled.distinct("text"),
        lambda: compiled.first_of("text", []),
        lambda: compiled.alike(b"", "text"),
        lambda: compiled.first_of(b"", None),
        lambda: compiled.first_of(b"", ["text"]),
        lambda: compiled.TermCounts(b"", b"", 1.0).weigh_all(b"", None),
        lambda: compiled.TermCounts(b"", b"", 1.0).weigh_all([b""], ["1"]),
        lambda: compiled.TermCounts(b"", b"", 1.0).weigh_text("a", "b", "", [1], (9, 1, 1, 1, 1), (1, 1, 1), None),
        lambda: compiled.TermCounts(b"", b"", 1.0).weigh_text("a", None, "", [], (9, 1, 1, 1, 1), (1, 1, 1), None),
        lambda: compiled.without_digits(None),
        lambda: compiled.headlines([None], folding()),
        lambda: compiled.headlines(7, folding()),
        lambda: compiled.headlines(["title"], None),
        lambda: compiled.spell("title", "body", "", None, None),
        lambda: compiled.spell("title", "body", "", ["abcd"], None),
        lambda: compiled.spell(None, "body", "", [b"abcd"], None),
        lambda: compiled.framed([1]),
        lambda: index.add(None, 1, 1),
        lambda: index.add(b"12345678", "1", 1),
        lambda: index.discard("0"),
        lambda: index.search([((index,), 0, 1)], b"12345678", 1),
        lambda: index.search([((texts,), 0, 1)], b"12345678", 1, 1),
        lambda: index.search([[(index,), 0, 1]], b"12345678", 1, 1),
        lambda: index.search([(index, 0, 1)], b"12345678", 1, 1),
        lambda: index.search([([index], 0, 1)], b"12345678", 1, 1),
        lambda: compiled.Postings(2),
        lambda: postings.add(None, 1, 1),
        lambda: postings.add(b"", "1", 1),
        lambda: postings.add(b"", 1, 1.5),
        lambda: postings.discard("0"),
        lambda: postings.search([((postings,), 0, 1)], b"", b"", 1),
        lambda: postings.search([((index,), 0, 1)], b"", b"", 1, 1),
        lambda: postings.search([((postings,), 0)], b"", b"", 1, 1),
        lambda: postings.search([((postings,), "0", 1)], b"", b"", 1, 1),
        lambda: postings.search([[(postings,), 0, 1]], b"", b"", 1, 1),
        lambda: postings.search([(postings, 0, 1)], b"", b"", 1, 1),
        lambda: postings.search([([postings], 0, 1)], b"", b"", 1, 1),
        lambda: compiled.key_terms("", b"", 1, 1),
        lambda: compiled.key_terms(b"", b"", "1", 1),
        lambda: texts.add(2, 1, None, 0, nothing, [b"", b""]),
        lambda: texts.add(2, 1, None, 0, nothing, (b"", "")),
        lambda: texts.is_issue(1, 2, 0, None),
        lambda: texts.is_issue(1, None, 0, (b"", b"")),
        lambda: compiled.Texts(1, 1, 3, (0, 1, 0)),
        lambda: compiled.Texts(1.0, 1, (1, 2), (0, 1, 0)),
        lambda: texts.add("2", 1, None, 0, nothing),
        lambda: texts.add(2, None, None, 0, nothing),
        lambda: texts.add(2, 1, 1.5, 0, nothing),
        lambda: texts.add(2, 1, None, 0, None),
        lambda: texts.add(2, 1, None, 0, [[b"", b""]] * 4),
        lambda: texts.add(2, 1, None, 0, [("", "")] * 4),
        lambda: texts.discard("1"),
        lambda: texts.move(1, 1),
        lambda: texts.move(["1"], 1),
        lambda: texts.keep(None),
        lambda: texts.story_of(None),
        lambda: texts.weigh(nothing, 2, None, [1], [1], PLAIN),
        lambda: texts.weigh(nothing, 2, None, 1, [1], PLAIN, (1, 1)),
        lambda: texts.weigh(nothing, 2, None, [1], 1, PLAIN, (1, 1)),
        lambda: texts.weigh(nothing, 2, None, [1], ["1"], PLAIN, (1, 1)),
        lambda: texts.weigh(nothing, 2, None, [1], [1], None, (1, 1)),
        lambda: texts.weigh(nothing, 2, None, [1], [1], ["1"] * 10, (1, 1)),
        lambda: texts.weigh(nothing, 2, None, [1], [1], PLAIN, 1),
        lambda: texts.fit(nothing, 2, None, 0, 1, PLAIN),
        lambda: texts.part(1, nothing, 2, None, 0, PLAIN, None),
        lambda: texts.is_one(1, nothing, 2, None, 0, PLAIN, (0.0,) * 4),
        lambda: texts.shared(nothing, 1, 0, 1),
        lambda: texts.common(None, 1, b""),
        lambda: texts.common([None] * 4, 1, b""),
        lambda: texts.common(nothing, None, b""),
        lambda: texts.common(nothing, 1, None),
    ):
        with pytest.raises(TypeError):
            call()


@built
def test_so_many_arguments_as_a_function_takes() -> None:
    names = ["meet", "weigh_up", "enter", "read_plain", "sign_many", "spell", "passages", "key_terms", "band_keys"]
    functions = [getattr(compiled, name) for name in (*names, "notes", "lines_to_look_at", "figures")]
    texts, articles = compiled.Texts(1, 1, (1, 2), (0, 1, 0)), compiled.Articles((1, 1, 1))
    methods = [texts.part, texts.is_one, articles.set_extent, compiled.TermCounts(b"", b"", 1.0).weigh_text]
    for function in (*functions, *methods):
        for size in (0, 1, 11, 300):
            with pytest.raises(TypeError, match=r"takes exactly \d+ arguments"):
                function(*[b""] * size)
        with pytest.raises(TypeError):
            function(named=b"")


@built
def test_anything_like_bytes_is_taken_for_them() -> None:
    values = A[:64]
    alike = bytearray(values), memoryview(b"1" + values)[1:], memoryview(values).cast("I"), memoryview(values)
    for each in alike:
        assert compiled.band_keys(each, 8, 2) == compiled.band_keys(values, 8, 2)
        assert compiled.sign_many([("a", "b c d")], 1, each, each) == reference.sign_many(
            [("a", "b c d")], 1, values, values
        )
    with pytest.raises(BufferError):
        compiled.band_keys(memoryview(values)[::2], 2, 2)


@built
def test_what_is_like_bytes_is_let_go_whatever_comes_of_it() -> None:
    """A bytearray refuses to grow while somebody holds it."""
    held = bytearray(512)
    tables = held, folding(), held, 9, held, held
    texts = compiled.Texts(1, 1, (1, 2), (0, 1, 0))
    pairs: tuple[Any, ...] = (held, held), (held, 1), (bytes(4), bytearray(2)), (held, b"")
    for call in (
        lambda: compiled.key_terms(held, held[:256], 1, 1),
        lambda: compiled.key_terms(held, held, 1, "1"),
        lambda: compiled.key_terms(held, None, 1, 1),
        lambda: compiled.band_keys(held, 2, 2),
        lambda: compiled.band_keys(held, 2**63, 2),
        lambda: compiled.band_keys(held, 2, 2.0),
        lambda: compiled.figures("in 7 towns", held, 3),
        lambda: compiled.figures("in 7 towns", held, 0),
        lambda: compiled.figures("in 7 towns", held, "3"),
        lambda: compiled.sign_many([("a", "b")], 3, held, held),
        lambda: compiled.sign_many(None, 3, held, held),
        lambda: compiled.sign_many([("a", "b")], 3, held, None),
        lambda: compiled.notes("a", folding(), held),
        lambda: compiled.notes("a", held, held),
        lambda: compiled.notes("\ud800", folding(), held),
        lambda: compiled.lines_to_look_at("a", held, 1),
        lambda: compiled.lines_to_look_at("a", held, "1"),
        lambda: compiled.read_plain([], tables, 1, 1),
        lambda: compiled.read_plain([], (*tables[:5], None), 1, 1),
        lambda: compiled.read_plain([], tables, 1, None),
        *(partial(texts.part, 1, [pair] * 4, 2, None, 0, PLAIN, (0.0,) * 4) for pair in pairs),
    ):
        outcome(call)
        held.append(0)
        held.pop()
    assert len(held) == 512
