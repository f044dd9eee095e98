"""Document frequencies: a window of the stream over a start from general text."""

from __future__ import annotations

import math
import struct
from itertools import pairwise

import pytest
import wordfreq
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import ConfigError
from dedup.sketch.frequencies import START, START_TOKENS, Frequencies, start_counts
from dedup.sketch.terms import hash_terms
from dedup.text.words.tokens import tokens


def pack(terms: set[int]) -> bytes:
    return struct.pack(f"<{len(terms)}I", *sorted(terms))


def hashed(*words: str) -> bytes:
    return struct.pack(f"<{len(words)}I", *(xxhash.xxh32_intdigest(word.encode()) for word in words))


def idf(frequencies: Frequencies, language: str, terms: bytes) -> tuple[float, ...]:
    return struct.unpack(f"<{len(terms) // 4}d", frequencies.of(language).idf(terms))


languages = st.sampled_from(["en", "zh", "xx"])
texts = st.lists(st.tuples(languages, st.sets(st.integers(0, 40), max_size=15)), max_size=12)
EVERY_TERM = pack(set(range(41)))


def counted(stream: list[tuple[str, set[int]]], first: int = 0) -> Frequencies:
    frequencies = Frequencies()
    for ordinal, (language, terms) in enumerate(stream, first):
        frequencies.add(ordinal, language, pack(terms))
    return frequencies


def state(frequencies: Frequencies) -> list[tuple[float, ...]]:
    return [idf(frequencies, language, EVERY_TERM + hashed("the", "中国")) for language in ("en", "zh", "xx")]


def test_the_formula() -> None:
    frequencies = counted([("en", {1, 2}), ("en", {2}), ("de", {1})])
    assert idf(frequencies, "en", pack({1, 2, 3})) == pytest.approx(
        [math.log((2 + START + 1) / (held + 1)) for held in (1, 2, 0)]
    )
    the = START * (1 - math.exp(-START_TOKENS * wordfreq.word_frequency("the", "en", "small")))
    assert idf(frequencies, "en", hashed("the")) == pytest.approx([math.log((2 + START + 1) / (the + 1))])


def test_a_word_weighs_less_with_each_text_that_holds_it_and_never_less_than_nothing() -> None:
    frequencies = Frequencies()
    seen = []
    for ordinal in range(40):
        seen.append(idf(frequencies, "en", hashed("shutdown", "the")))
        frequencies.add(ordinal, "en", pack(set(struct.unpack("<2I", hashed("shutdown", "the")))))
    assert all(later[0] < earlier[0] for earlier, later in pairwise(seen))
    assert all(the >= 0 for _, the in seen)


@given(stream=texts, data=st.data())
def test_the_order_of_texts_does_not_matter(stream: list[tuple[str, set[int]]], data: st.DataObject) -> None:
    assert state(counted(stream)) == state(counted(data.draw(st.permutations(stream))))


def test_a_text_that_is_discarded_is_found_without_a_look_at_all_others() -> None:
    """Each new version discards one of 65,536, nearly always one of the last."""
    compared = []

    class Place(int):
        __hash__ = int.__hash__

        def __eq__(self, other: object) -> bool:
            compared.append(other)
            return int(self) == other

        def __lt__(self, other: int) -> bool:
            compared.append(other)
            return int(self) < other

    frequencies = Frequencies()
    for ordinal in range(1_000):
        frequencies.add(Place(2 * ordinal), "en", pack({ordinal}))
    for gone, left in ((1_990, 999), (1_991, 999), (0, 998), (5_000, 998), (-1, 998)):
        frequencies.discard(gone)
        assert len(frequencies) == left
    assert idf(frequencies, "en", pack({0, 995})) == idf(frequencies, "en", pack({7_777, 7_778}))
    assert idf(frequencies, "en", pack({994})) < idf(frequencies, "en", pack({995}))
    assert len(compared) < 100


@given(stream=texts, more=texts, data=st.data())
def test_discarding_undoes_adding(
    stream: list[tuple[str, set[int]]], more: list[tuple[str, set[int]]], data: st.DataObject
) -> None:
    frequencies = counted(stream)
    before = state(frequencies)
    for ordinal, (language, terms) in enumerate(more, 100):
        frequencies.add(ordinal, language, pack(terms))
    for ordinal in data.draw(st.permutations(range(100, 100 + len(more)))):
        frequencies.discard(ordinal)
        frequencies.discard(ordinal)
    assert state(frequencies) == before
    assert len(frequencies) == len(stream)


@given(stream=texts, cut=st.integers(0, 12))
def test_forgetting_leaves_the_rest_of_the_stream(stream: list[tuple[str, set[int]]], cut: int) -> None:
    frequencies = counted(stream)
    frequencies.forget_before(cut)
    assert state(frequencies) == state(counted(stream[cut:], first=cut))
    assert len(frequencies) == len(stream[cut:])


@given(stream=texts, cut=st.integers(0, 12), gone=st.integers(0, 12), asked=st.sets(st.integers(0, 12)))
def test_when_they_are_asked_for_does_not_matter(
    stream: list[tuple[str, set[int]]], cut: int, gone: int, asked: set[int]
) -> None:
    often, late = Frequencies(), Frequencies()
    for ordinal, (language, terms) in enumerate(stream):
        if ordinal in asked:
            state(often)
        for frequencies in (often, late):
            frequencies.add(ordinal, language, pack(terms))
    for frequencies in (often, late):
        frequencies.discard(gone)
        frequencies.forget_before(cut)
    assert state(often) == state(late)


def start_of(language: str) -> dict[int, float]:
    terms, counts = start_counts(language)
    known = struct.unpack(f"<{len(terms) // 4}I", terms), struct.unpack(f"<{len(counts) // 8}d", counts)
    return dict(zip(*known, strict=True))


def expected(frequency: float) -> float:
    return 1 + START * -math.expm1(-frequency * START_TOKENS)


def test_the_endings_of_one_stem_start_as_one_term() -> None:
    words = wordfreq.get_frequency_dict("de", "small")
    house = hash_terms(["haus"], "de")
    (term,) = struct.unpack("<I", house)
    inflected = [word for word in words if word.startswith("h") and hash_terms([word], "de") == house]
    assert {"haus", "hauses"} <= {*inflected}
    assert start_of("de")[term] == pytest.approx(expected(sum(words[word] for word in inflected)))


def test_a_word_of_several_tokens_starts_as_each_of_them() -> None:
    words = wordfreq.get_frequency_dict("en", "small")
    (term,) = struct.unpack("<I", hashed("ll"))
    parts = [word for word in words if "ll" in tokens(word)]
    assert "i'll" in parts
    assert start_of("en")[term] == pytest.approx(expected(sum(words[word] for word in parts)))


def test_a_start_in_pairs_of_characters() -> None:
    start = start_of("zh")
    assert list(start) == sorted(start)
    assert all(1 <= count <= START + 1 for count in start.values())
    (china,) = struct.unpack("<I", hashed("中国"))
    assert start[china] > 20


def test_a_language_without_a_start() -> None:
    assert start_counts("xx") == (b"", b"")
    assert idf(Frequencies(), "xx", pack({1})) == (math.log(START + 1),)


def test_the_words_of_a_language_are_not_kept_when_they_are_counted() -> None:
    start_counts.cache_clear()
    assert len(start_of("fi")) > 10_000
    assert wordfreq.get_frequency_dict.cache_info().currsize == wordfreq.get_frequency_list.cache_info().currsize == 0


def test_terms_that_are_none_are_damage_of_the_database_wherever_they_are_counted() -> None:
    """An article is not to blame for it: a fault of its own would have it rejected."""
    frequencies = counted([("en", {1, 2}), ("xx", {1})])
    frequencies.add(7, "xx", struct.pack("<2I", 2, 1))
    assert len(frequencies.of("en")) == 1
    with pytest.raises(ConfigError, match=r"is damaged \(articles\.terms at ordinal 7: .*\).*restore a backup"):
        frequencies.of("xx")
