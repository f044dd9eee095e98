"""Terms of a text, hashed, weighed and spelled: the compiled kernel gives what the reference gives."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.kernel import reference
from dedup.text.tokens import folding
from dedup.text.tokens import tokens as tokens_of

from .compiled import built, compiled, outcome, pack
from .words import hash_sets, joined, terms, tokens


@built
@given(terms=tokens)
def test_hash_terms(terms: list[str]) -> None:
    assert compiled.hash_terms(terms) == compiled.hash_terms(tuple(terms)) == reference.hash_terms(terms)


@built
@given(title=terms | joined, body=terms | joined, name=terms, most=st.integers(0, 30), repeats=st.booleans())
def test_term_hashes(title: str, body: str, name: str, most: int, repeats: bool) -> None:
    body = f"{title} {body}".strip(" ") if repeats else body
    expected = reference.term_hashes(title, body, name, most)
    assert compiled.term_hashes(title, body, name, most) == expected


@built
@given(longest=st.integers(1_000, 1_060) | st.integers(2_030, 2_080), repeats=st.integers(0, 99), name=terms)
def test_tokens_of_a_long_text(longest: int, repeats: int, name: str) -> None:
    """Tokens are hashed some at a time: one that is longer than these, and names on both sides of a border."""
    few = f"wire {name} 1987 a  é harbourmaster{'s' * 20} " * repeats
    body = f"{few}{'y' * longest} {few}{name}"
    assert compiled.term_hashes("wire", body, name, 9_999) == reference.term_hashes("wire", body, name, 9_999)
    assert compiled.without_digits(body) == reference.without_digits(body)
    words = reference.hash_terms(body.split(" "))
    assert compiled.spell("a wire", body, [words, words[-8:]]) == reference.spell("a wire", body, [words, words[-8:]])


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
)  # fmt: skip
def test_weigh_text(
    start: list[int], texts: list[str], title: str, body: str, name: str, repeats: bool, days: list[str],
    shape: tuple[int, int, int, int, int], caps: tuple[int, int, int],
) -> None:  # fmt: skip
    body = f"{title} {body}".strip(" ") if repeats else body
    made = [module.TermCounts(pack(start), pack([2.5] * len(start), "d"), 9.0) for module in (compiled, reference)]
    for counts in made:
        for text in texts:
            counts.add(reference.distinct(reference.hash_terms(text.split(" "))))
    names = [reference.hash_terms(day.split(" ")) for day in days]
    one, other = (outcome(counts.weigh_text, title, body, name, names, shape, caps) for counts in made)
    assert one == other


@built
@given(title=terms | joined, body=terms | joined, others=st.binary(max_size=8), sizes=st.lists(st.integers(0, 5)))
def test_spell(title: str, body: str, others: bytes, sizes: list[int]) -> None:
    words = f"{body} {title}".split(" ")
    hashes = reference.hash_terms(words) + others[: len(others) // 4 * 4]
    groups = [hashes[4 * start : 4 * (start + size)] for start, size in enumerate(sizes)]
    expected = reference.spell(title, body, [hashes, *groups])
    assert compiled.spell(title, body, [hashes, *groups]) == expected
    if not others and all(words):
        assert all(isinstance(group, str) for group in expected)
    assert outcome(compiled.spell, title, body, [b"1"]) is outcome(reference.spell, title, body, [b"1"]) is ValueError
    assert outcome(compiled.spell, title, body, 5) is outcome(reference.spell, title, body, 5) is TypeError
    assert (
        outcome(compiled.spell, title, body, ["abcd"]) is outcome(reference.spell, title, body, ["abcd"]) is TypeError
    )


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
