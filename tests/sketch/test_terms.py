"""Weighted terms: what is counted, how it weighs, and that a sketch survives being stored."""

from __future__ import annotations

import math
import struct
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from dedup.kernel import chosen as kernel
from dedup.kernel.chosen import TermCounts
from dedup.kernel.reference.terms import TermCounts as ReferenceCounts
from dedup.sketch.terms import (
    BODY,
    EMPHASIS,
    FIELDS,
    KEY_TERMS,
    LEAD_TOKENS,
    MOST_TERMS,
    NUMBERS,
    SCALE,
    TITLE,
    TITLE_FALLBACK,
    WEEKDAY,
    SparseVector,
    TermSketch,
    sketch,
    terms_of,
)
from dedup.text.document import Document
from dedup.text.words.tokens import joined, tokens


def document(title: str, body: str) -> Document:
    return Document(title, body, "en", None, None, None, joined(title), joined(body))


def even() -> TermCounts:
    """Frequencies by which every term weighs the same."""
    return TermCounts(b"", b"", 99.0)


class Occurrences:
    """Weighs a term by how often it is given."""

    def weigh_all(self, parts: Sequence[bytes], caps: Sequence[int]) -> tuple[tuple[tuple[bytes, bytes], ...], bytes]:
        assert len(parts) == len(caps)
        return tuple(map(self._weigh, parts)), kernel.distinct(parts[0])

    def weigh_text(self, *text: object) -> None:
        """Leaves every text to `weigh_all`."""

    def _weigh(self, terms: bytes) -> tuple[bytes, bytes]:
        counts = sorted(Counter(struct.unpack(f"<{len(terms) // 4}I", terms)).items())
        return struct.pack(f"<{len(counts)}I", *dict(counts)), struct.pack(f"<{len(counts)}H", *dict(counts).values())


def number(term: str) -> int:
    return xxhash.xxh32_intdigest(term.encode())


def weights(vector: SparseVector) -> dict[int, int]:
    size = len(vector[0]) // 4
    return dict(zip(struct.unpack(f"<{size}I", vector[0]), struct.unpack(f"<{size}H", vector[1]), strict=True))


words = st.lists(st.text("abcdeé一二三四279", min_size=1, max_size=3), max_size=300).map(" ".join)


@given(title=words, body=words, background=st.integers(0, SCALE))
def test_stored_and_read_back(title: str, body: str, background: int) -> None:
    made = sketch(document(title, body), even())
    back = TermSketch.from_bytes(made.to_bytes(background))
    assert back == replace(made, background=background)
    assert back.to_bytes(back.background) == made.to_bytes(background)
    with pytest.raises(LookupError):
        back.spelled([])
    for vector in made.vectors:
        terms = [vector[0][start : start + 4] for start in range(0, len(vector[0]), 4)]
        words = made.spelled([*terms, vector[0]])
        assert kernel.hash_terms(words[:-1]) == vector[0], "spelled as they were hashed"
        assert words[-1] == ", ".join(words[:-1])


@pytest.mark.parametrize(
    ("language", "title", "body", "told"),
    [
        (
            "el",
            "Σεισμός στην Αθήνα",
            "Ο ΣΕΙΣΜΟΣ έγινε στις έξι, ο Νίκος σώθηκε.",
            {"σεισμός", "νίκος", "στις", "σώθηκε"},
        ),
        ("tr", "İzmir'de deprem", "Deprem İzmir ve Iğdır'da duyuldu.", {"izmir", "deprem"}),
        ("de", "Straße gesperrt", "Die STRASSE am Fluss und der Fußweg sind zu.", {"straße", "fußweg", "fluss"}),
        ("hy", "Երևան", "Երևանը և Գյումրին", {"երևան", "և"}),
        ("en", "2,300 flee", "Some 2,300 left at 4.5 km; 1,450.75 dollars.", {"2,300", "4.5", "1,450.75", "flee"}),
        ("de", "2.300 Menschen", "Etwa 2.300 Menschen, 2300 Tiere.", {"2300", "menschen"}),
        ("en", "Gauß missed", "The missile passed Gauß — said Müller.", {"gauß", "missed", "passed", "müller"}),
        ("az", "İlham", "Prezident İlham gəldi.", {"ilham"}),
        ("ar", "أعلنت الحكومة", "أَعلنت وزارة الصحّة، إلى المستشفى.", {"أعلنت", "الحكومة", "وزارة", "الصحّة", "المستشفى"}),
        ("fa", "دولت", "رئیس‌جمهور گفت: «آن خانهٔ قدیمی».", {"آن", "خانهٔ", "قدیمی"}),
        ("hi", "ज़मीन", "चाँद और हिन्दी, ज़मीन।", {"ज़मीन", "चाँद", "हिन्दी"}),
    ],
)
def test_terms_are_told_as_people_write_them(language: str, title: str, body: str, told: set[str]) -> None:
    made = sketch(replace(document(title, body), language=language), even())
    assert set(made.spelled([made.vectors[BODY][0]])[0].split(", ")) >= told


@given(title=words, body=words)
def test_vectors_have_length_one(title: str, body: str) -> None:
    for vector, cap in zip(sketch(document(title, body), even()).vectors, (96, 32, 32, 1), strict=True):
        found = weights(vector)
        assert len(found) <= cap
        assert list(found) == sorted(found)
        if found:
            # Each weight is rounded by at most half a unit.
            length = math.sqrt(sum(weight * weight for weight in found.values()))
            assert abs(length - SCALE) <= math.sqrt(len(found)) / 2 + 1


@given(title=words, body=words)
def test_the_order_of_words_beyond_the_lead_changes_nothing(title: str, body: str) -> None:
    opening = " ".join(f"w{i}" for i in range(LEAD_TOKENS))
    beyond = [f"x{word}" for word in body.split()]
    one, other = " ".join([opening, *beyond]), " ".join([opening, *reversed(beyond)])
    assert sketch(document(title, one), even()) == sketch(document(title, other), even())


def test_the_vectors_are_those_of_the_fields() -> None:
    assert FIELDS == ("body", "title", "numbers", "weekday")
    assert (BODY, TITLE, NUMBERS, WEEKDAY) == (0, 1, 2, 3)
    assert len(sketch(document("one", "two"), even()).vectors) == len(FIELDS)


LATE = " ".join(["word"] * 3 * LEAD_TOKENS)


@pytest.mark.parametrize(
    ("title", "body", "language", "day"),
    [
        ("Vote on Tuesday", "They met on Friday.", "en", 1),
        ("Vote", "They will meet on Sunday. On Monday they did not, nor the Sunday before.", "en", 6),
        ("Vote", f"{LATE[5:]} Monday", "en", 0),
        ("Vote", f"{LATE} Monday", "en", None),
        ("Vote", "Mondays are long, mardi gras is longer", "en", None),
        ("Le vote de mardi", "Rien", "fr", 1),
        ("Голосование", "Это было в среду вечером.", "ru", 2),
        ("Votação", "Foi a segunda vez, na quinta-feira à noite.", "pt", 3),
        ("投票", "他们在星期二开会", "zh", 1),
        ("投票", "一期二期", "zh", None),
        ("Vote on Tuesday", "They met.", "und", None),
        ("Vote on Tuesday", "They met.", "xx", None),
    ],
)
def test_the_day_of_the_week_that_is_named_first(title: str, body: str, language: str, day: int | None) -> None:
    made = sketch(replace(document(title, body), language=language), even()).vectors[WEEKDAY]
    assert weights(made) == ({} if day is None else {day: SCALE})


def test_a_name_does_not_begin_within_a_term() -> None:
    """Every alignment of the bytes of a name, before the name itself."""
    name = bytes([1, 2, 3, 4])
    for shift in range(1, 4):
        before = bytes(shift) + name + bytes(4 - shift)
        assert kernel.first_of(before + name, [name]) == 0
        assert kernel.first_of(before, [name]) == -1


def test_title_and_lead_count_three_times() -> None:
    assert EMPHASIS == 2
    lead = [f"lead{i}" for i in range(LEAD_TOKENS)]
    made = sketch(document("quake", " ".join([*lead, "rest"])), even())
    expected = Counter({"quake": 3, "rest": 1} | dict.fromkeys(lead, 3))
    raw = {number(term): 1 + math.log(count) for term, count in expected.items()}
    length = math.sqrt(sum(weight * weight for weight in raw.values()))
    assert weights(made.vectors[BODY]) == pytest.approx({h: w / length * SCALE for h, w in raw.items()}, abs=1)
    assert set(weights(made.vectors[TITLE])) == {number("quake")}


def test_the_lead_of_a_script_without_spaces_is_twice_as_many_pairs() -> None:
    characters = "".join(chr(0x4E00 + i) for i in range(2 * LEAD_TOKENS + 10))
    raw = list(terms_of(tokens(characters)))
    found = weights(sketch(document("", characters), Occurrences()).vectors[BODY])
    often = {term for term in raw if found[number(term)] > 1}
    assert often == set(raw[: 2 * LEAD_TOKENS])


@pytest.mark.parametrize("term", ["72", "2024", "14th", "78", *tokens("٢٠")])
@pytest.mark.parametrize("word", ["the", "été", "中"])
def test_what_is_a_number(word: str, term: str) -> None:
    assert kernel.term_hashes("", f"{word} {term}", "", MOST_TERMS, None)[2] == kernel.hash_terms([term])


@pytest.mark.parametrize("term", ["7", "covid19", "x2", "one", "国"])
@pytest.mark.parametrize("word", ["the", "été", "中"])
def test_what_is_none(word: str, term: str) -> None:
    assert kernel.term_hashes("", f"{word} {term}", "", MOST_TERMS, None)[2] == b""


def test_numbers_of_title_and_body_are_a_vector_of_their_own() -> None:
    made = sketch(document("Quake of 2024 kills 35", "At least 35 died in 2024 and 7 are missing in the 20th"), even())
    found = weights(made.vectors[NUMBERS])
    assert set(found) == {number(term) for term in ("2024", "35", "20th")}
    assert found[number("35")] == found[number("2024")] > found[number("20th")]
    assert number("7") in weights(made.vectors[BODY])
    assert sketch(document("no", "figures at all"), even()).vectors[NUMBERS] == SparseVector(b"", b"")


@given(title=words, body=words)
def test_numbers_are_those_of_the_text(title: str, body: str) -> None:
    terms = {
        number(term) for text in (title, body) for term in terms_of(tokens(text)) if len(term) > 1 and term[0].isdigit()
    }
    kept = set(weights(sketch(document(title, body), even()).vectors[NUMBERS]))
    assert kept <= terms
    assert len(kept) == min(32, len(terms))


def test_a_body_that_begins_with_the_headline_says_it_once() -> None:
    assert sketch(document("A quake", "a quake hit the coast"), even()) == sketch(
        document("A quake", "hit the coast"), even()
    )
    said_once, repeated = (
        sketch(document("35 dead", body), even()).vectors[NUMBERS]
        for body in ("in floods of 2024", "35 dead in floods of 2024")
    )
    assert said_once == repeated
    assert len(set(weights(said_once).values())) == 1


def test_the_first_words_stand_in_for_a_missing_title() -> None:
    body = [f"w{i}" for i in range(40)]
    made = sketch(document("", " ".join(body)), even())
    assert set(weights(made.vectors[TITLE])) == {number(term) for term in body[:TITLE_FALLBACK]}
    assert len(made.terms) // 4 == 40


def test_nothing_to_say() -> None:
    made = sketch(document("", ""), even())
    assert made.terms == b""
    assert made.vectors == (SparseVector(b"", b""),) * len(FIELDS)
    assert TermSketch.from_bytes(made.to_bytes(0)) == made


def test_a_background_is_stored_with_the_terms_and_changes_nothing_else() -> None:
    made = sketch(document("quake", "a quake hit the coast in 2024"), even())
    assert made.background == 0
    one, other = (TermSketch.from_bytes(made.to_bytes(background)) for background in (1, SCALE))
    assert (one.background, other.background) == (1, SCALE)
    assert (one.vectors, one.terms) == (other.vectors, other.terms) == (made.vectors, made.terms)


def test_the_heaviest_terms_are_the_rare_ones() -> None:
    counts = even()
    common = [f"common{i}" for i in range(60)]
    for _ in range(50):
        counts.add(b"".join(struct.pack("<I", h) for h in sorted(number(term) for term in common)))
    rare = [f"rare{i}" for i in range(KEY_TERMS)]
    made = sketch(document("", " ".join(common + rare)), counts)
    found, _ = kernel.key_terms(*made.vectors[BODY], KEY_TERMS, 0)
    assert set(struct.unpack(f"<{KEY_TERMS}I", found)) == {number(term) for term in rare}


def test_only_the_heaviest_terms_are_kept_and_of_equal_ones_the_lowest() -> None:
    terms = [f"w{i}" for i in range(1_000)]
    hashes = b"".join(struct.pack("<I", number(term)) for term in terms)
    for counts in (even(), ReferenceCounts(b"", b"", 99.0)):
        kept, _ = counts.weigh(hashes, 100)
        assert struct.unpack("<100I", kept) == tuple(sorted(map(number, terms))[:100])


def test_words_without_spaces_become_pairs() -> None:
    assert list(terms_of(["中", "国", "出", "口"])) == ["中国", "国出", "出口"]
    assert list(terms_of(["the", "中", "国", "deal", "出"])) == ["the", "中国", "deal", "出"]
    assert list(terms_of(["été", "chaud"])) == ["été", "chaud"]
    assert list(terms_of([])) == []


def test_a_word_list_is_cut() -> None:
    many = [f"w{i}" for i in range(MOST_TERMS + 500)]
    assert terms_of([*many, "w0", "w1"]) == [*many[:MOST_TERMS], "w0", "w1"]
    made = sketch(document(" ".join(reversed(many)), " ".join(many)), even())
    assert len(made.terms) // 4 == MOST_TERMS + 500
    assert TermSketch.from_bytes(made.to_bytes(0)) == made


def test_the_name_of_the_publisher_is_no_evidence() -> None:
    def told(body: str, publisher: str | None) -> TermSketch:
        return sketch(replace(document("A quake at sea", body), publisher=publisher), even())

    own = told("OSLO (Harbour Wire) - A quake hit the harbour of Bergen, Harbour Wire learned", "Harbour Wire")
    bare = told("OSLO A quake hit the harbour of Bergen, learned", None)
    assert own.vectors == bare.vectors
    assert number("wire") in weights(told("the harbour wire", "Coast Herald").vectors[BODY])
    assert number("time") in weights(told("in time of war Time reports", "Time").vectors[BODY])
