"""Terms of a text, hashed, weighed and spelled: the compiled kernel gives what the reference gives."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.kernel import reference
from dedup.kernel.reference.scripts import SYLLABIC, is_syllable
from dedup.kernel.reference.terms import MOST_STEMS
from dedup.text.words.tokens import folding
from dedup.text.words.tokens import tokens as tokens_of

from .compiled import built, compiled, outcome, pack
from .words import hash_sets, joined, terms, tokens


@built
@given(terms=tokens)
def test_hash_terms(terms: list[str]) -> None:
    assert compiled.hash_terms(terms) == compiled.hash_terms(tuple(terms)) == reference.hash_terms(terms)


def first_letters(words: list[str]) -> bytes:
    """Stems for tests."""
    return reference.hash_terms([word[:2] for word in words])


def two_stems() -> tuple[Any, Any]:
    """The same in both kernels."""
    return compiled.Stems(first_letters), reference.Stems(first_letters)


@built
@given(
    title=terms | joined, body=terms | joined, name=terms, most=st.integers(0, 30), repeats=st.booleans(),
    stemmed=st.booleans(),
)  # fmt: skip
def test_term_hashes(title: str, body: str, name: str, most: int, repeats: bool, stemmed: bool) -> None:
    body = f"{title} {body}".strip(" ") if repeats else body
    one, other = two_stems() if stemmed else (None, None)
    found = compiled.term_hashes(title, body, name, most, one)
    longest = max(len(part.split(" ")) if part else 0 for part in (title, body))
    assert found == (reference.term_hashes(title, body, name, most, other) if longest <= most else None)


@built
@given(texts=st.lists(st.tuples(terms | joined, terms | joined), max_size=6))
def test_stems_are_remembered(texts: list[tuple[str, str]]) -> None:
    asked: list[str] = []

    def hashed(words: list[str]) -> bytes:
        asked.extend(words)
        return first_letters(words)

    stems, again = compiled.Stems(hashed), reference.Stems(first_letters)
    for title, body in texts * 2:
        assert compiled.term_hashes(title, body, "", 999, stems) == reference.term_hashes(title, body, "", 999, again)
        words = body.split(" ")
        assert stems.hashes(words) == again.hashes(words) == first_letters(words)
    known = len(asked)
    assert len(stems) == len(again) == len(set(asked))
    for title, body in texts:
        compiled.term_hashes(title, body, "", 999, stems)
    assert len(asked) == known


@built
def test_so_many_stems_that_the_table_grows_and_is_emptied() -> None:
    stems, words = compiled.Stems(first_letters), [f"{number:x}" for number in range(MOST_STEMS + 2)]
    assert stems.hashes(words) == first_letters(words)
    assert len(stems) == len(words)
    assert stems.hashes(words[:9]) == first_letters(words[:9])
    assert len(stems) == 9


@built
@pytest.mark.parametrize("given", [None, b"", "abcd", b"12345678"])
def test_stems_that_are_none(given: object) -> None:
    stems = compiled.Stems(lambda words: given)
    with pytest.raises(ValueError, match="a hash, uint32, for each word"):
        compiled.term_hashes("", "harbour", "", 9, stems)
    assert len(stems) == 0
    for call in (
        partial(compiled.Stems, None),
        partial(stems.hashes, [b"a"]),
        partial(stems.hashes, None),
        compiled.Stems,
    ):
        with pytest.raises(TypeError, match=r"\w"):
            call()
    with pytest.raises(TypeError, match="Stems or None"):
        compiled.term_hashes("", "harbour", "", 9, first_letters)


@built
def test_stems_are_as_many_as_the_words_were_when_they_were_asked_for() -> None:
    def emptied(words: list[str]) -> bytes:
        words.clear()
        return b""

    with pytest.raises(ValueError, match="a hash, uint32, for each word"):
        compiled.Stems(emptied).hashes(["harbour", "fire"])


@built
def test_a_fault_among_the_stems_comes_out() -> None:
    def fail(words: list[str]) -> bytes:
        raise LookupError(words)

    stems = compiled.Stems(fail)
    with pytest.raises(LookupError, match="harbour"):
        compiled.spell("", "harbour", "", [first_letters(["harbour"])], stems)
    counts = compiled.TermCounts(b"", b"", 9.0)
    with pytest.raises(LookupError, match="harbour"):
        counts.weigh_text("", "harbour", "", [], (9, 1, 1, 1, 1), (1, 1, 1), stems)


@built
@pytest.mark.parametrize("marks", [84, 85])
def test_a_pair_of_any_length(marks: int) -> None:
    long = "中" + "\u0301" * 63
    body = f"{long} {long} 国{chr(0x301) * (marks - 64)} a"
    expected = reference.term_hashes("", body, "", 9, None)
    assert compiled.term_hashes("", body, "", 9, None) in (expected, None)
    spelled = reference.spell("", body, "", [expected[1]], None)
    assert compiled.spell("", body, "", [expected[1]], None) in (spelled, None)


@built
@given(longest=st.integers(1_000, 1_060) | st.integers(2_030, 2_080), repeats=st.integers(0, 99), name=terms)
def test_tokens_of_a_long_text(longest: int, repeats: int, name: str) -> None:
    """Tokens are hashed some at a time: one that is longer than these, and names on both sides of a border."""
    few = f"wire {name} 1987 a  é harbourmaster{'s' * 20} " * repeats
    body = f"{few}{'y' * longest} {few}{name}"
    assert compiled.term_hashes("wire", body, name, 9_999, None) == reference.term_hashes(
        "wire", body, name, 9_999, None
    )
    assert compiled.without_digits(body) == reference.without_digits(body)
    words = reference.hash_terms(body.split(" "))
    given = "a wire", body, "", [words, words[-8:]], None
    assert compiled.spell(*given) == reference.spell(*given)


@built
@given(terms | joined | st.text(st.sampled_from("a19² ٣é"), max_size=12))
def test_without_digits(title: str) -> None:
    assert compiled.without_digits(title) == reference.without_digits(title)


@built
@given(st.text() | st.text(st.sampled_from("aZ19² ٣éß-'\u0301の\ud800"), max_size=12))
def test_a_headline(title: str) -> None:
    (found,) = compiled.headlines([title], folding())
    assert found == reference.without_digits(" ".join(tokens_of(title))) or (found is None and not title.isascii())


@built
@given(st.lists(st.none() | st.text(max_size=40) | st.text(max_size=9).map(lambda part: part * 99), max_size=17))
def test_framed(parts: list[str | None]) -> None:
    assert outcome(compiled.framed, parts) == outcome(reference.framed, parts)


@built
@settings(max_examples=200)
@given(
    start=hash_sets, texts=st.lists(terms, max_size=4), title=terms | joined, body=terms | joined, name=terms,
    repeats=st.booleans(), days=st.lists(terms.filter(bool), max_size=3),
    shape=st.tuples(st.integers(0, 60), *[st.integers(-1, 9)] * 4), caps=st.tuples(*[st.integers(-1, 20)] * 3),
    stemmed=st.booleans(),
)  # fmt: skip
def test_weigh_text(
    start: list[int], texts: list[str], title: str, body: str, name: str, repeats: bool, days: list[str],
    shape: tuple[int, int, int, int, int], caps: tuple[int, int, int], stemmed: bool,
) -> None:  # fmt: skip
    body = f"{title} {body}".strip(" ") if repeats else body
    made = [module.TermCounts(pack(start), pack([2.5] * len(start), "d"), 9.0) for module in (compiled, reference)]
    for counts in made:
        for text in texts:
            counts.add(reference.distinct(reference.hash_terms(text.split(" "))))
    names = [reference.hash_terms(day.split(" ")) for day in days]
    stems = two_stems() if stemmed else (None, None)
    one, other = (
        outcome(counts.weigh_text, title, body, name, names, shape, caps, own)
        for counts, own in zip(made, stems, strict=True)
    )
    longest = max(len(part.split(" ")) if part else 0 for part in (title, body))
    assert one == (other if longest <= shape[0] or other is ValueError else None)


@built
@given(
    title=terms | joined, body=terms | joined, name=terms, others=st.binary(max_size=8),
    sizes=st.lists(st.integers(0, 5)), stemmed=st.booleans(),
)  # fmt: skip
def test_spell(title: str, body: str, name: str, others: bytes, sizes: list[int], stemmed: bool) -> None:
    one, other = two_stems() if stemmed else (None, None)
    head, text, *_ = reference.term_hashes(title, body, name, 999, other)
    hashes = head + text + others[: len(others) // 4 * 4]
    groups = [hashes[4 * start : 4 * (start + size)] for start, size in enumerate(sizes)]
    expected = reference.spell(title, body, name, [hashes, *groups], other)
    assert compiled.spell(title, body, name, [hashes, *groups], one) == expected
    if not others:
        assert all(isinstance(group, str) for group in expected)
    for groups in ([b"1"], 5, ["abcd"]):
        given = title, body, name, groups
        assert outcome(compiled.spell, *given, one) is outcome(reference.spell, *given, other)
        assert outcome(compiled.spell, *given, one) in (ValueError, TypeError)


@built
@given(one=st.sets(st.integers(0, 12)), other=st.sets(st.integers(0, 12)), damaged=st.binary(max_size=4))
def test_alike(one: set[int], other: set[int], damaged: bytes) -> None:
    headlines = pack(sorted(one)), pack(sorted(other))
    assert compiled.alike(*headlines) is reference.alike(*headlines)
    for pair in ((headlines[0] + damaged, headlines[1]), (headlines[1], headlines[0] + damaged)):
        assert outcome(compiled.alike, *pair) == outcome(reference.alike, *pair)


@built
@given(
    terms=st.lists(st.integers(0, 9), max_size=60),
    names=st.lists(st.lists(st.integers(0, 9) | st.integers(0, 2**32 - 1), min_size=1, max_size=3), max_size=9),
    damaged=st.binary(max_size=3),
)
def test_first_of(terms: list[int], names: list[list[int]], damaged: bytes) -> None:
    given, wanted = pack(terms), [pack(name) for name in names]
    found = compiled.first_of(given, wanted)
    assert found == reference.first_of(given, wanted)
    places = [[at for at in range(len(terms)) if terms[at : at + len(name)] == name] for name in names]
    first = min(((min(at), number) for number, at in enumerate(places) if at), default=(0, -1))
    assert found == first[1]
    for arguments in ((given + damaged, wanted), (given, [*wanted, damaged]), (given, wanted * 40)):
        assert outcome(compiled.first_of, *arguments) == outcome(reference.first_of, *arguments)


@built
def test_which_characters_are_syllables() -> None:
    points = (*range(0xD800), *range(0xE000, 0x40010), 0x10FFFF)
    found = {point for point in points if compiled.term_hashes("", chr(point), "", 9, None)[3]}
    assert found == {point for point in points if is_syllable(chr(point))}
    assert found == {point for first, last in SYLLABIC for point in range(first, last + 1)}


@built
@pytest.mark.parametrize("place", range(3))
def test_what_no_text_can_hold_is_left_to_the_definition(place: int) -> None:
    parts = ["harbour", "harbour wire", "wire"]
    parts[place] = "\ud800"
    assert compiled.term_hashes(*parts, 9, None) is None
    assert compiled.spell(*parts, [], None) is None
