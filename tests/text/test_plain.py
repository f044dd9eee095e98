"""What is told of a plain text in one go is what the definitions say, and nothing that matters is overlooked."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import chain
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup.config.sections import TextSettings
from dedup.errors import InputRejected
from dedup.intake.article import Article
from dedup.kernel.compiled import KERNEL, load
from dedup.text import origin
from dedup.text.agencies import AGENCIES
from dedup.text.clean import clean, read_plain_articles
from dedup.text.furniture import LABELS, SENTENCE_WORDS, key
from dedup.text.glance import glance_at
from dedup.text.normal_form import by_lines, normal_form, one_line
from dedup.text.page import Page, read_page
from dedup.text.plain import FEW, read_plain
from dedup.text.words.tokens import joined, tokens

compiled: Any
compiled, reason = load({})
built = pytest.mark.skipif(compiled is None or KERNEL is None, reason=reason or "the compiled kernel is not in use")

SETTINGS = TextSettings(min_words=3)
NAMES = sorted({name for agency, forms in AGENCIES.items() for name in (agency, *forms)})
PHRASES = sorted(LABELS)
SIGNS = st.text(
    " .,:!?'\"“”’()[]-–—_019|/#&…©。、！？「」：（）／＃＆｜　\ufe0f\u00ad\u200b\ufeff\t\r\x0b\x1c\x07\x7f\x85",
    max_size=4,
)
WORDS = st.sampled_from([
    "the", "harbour", "strike", "ENDS", "Ministers", "7.8", "naïve", "Ħal", "ſtreet", "Київ", "東京", "e\u0301",
    "\ud800", *sorted(SENTENCE_WORDS)[:8], "\ufffd", "ＡＰ", "７．８", "한국", "カナ", "\U0001f600", "Ⓒ", "ሰላም", "…。",
    "हिन्दी", "क़लम।", "য়া", "กำลัง", "မြန့်", "می\u200cشود", "\u093f",
])  # fmt: skip
SAID = st.one_of(
    st.builds("{} ({}) - The".format, WORDS, st.sampled_from(NAMES)),
    st.builds("({}={})".format, WORDS, st.sampled_from(NAMES)),
    st.builds("{} /{}/. The".format, WORDS, st.sampled_from(NAMES)),
    st.builds("By Jane Doe, {}{}".format, st.sampled_from(NAMES), st.sampled_from(["", " Writer", " Correspondent."])),
    st.builds(
        "he said. {} {}{}".format, st.sampled_from("-–—("), st.sampled_from(NAMES), st.sampled_from(["", "..", ")"])
    ),
    st.builds("© 2017 {}".format, st.sampled_from(NAMES)),
    st.just("(Reporting by A B; Editing by C D)"),
    st.sampled_from(NAMES),
)
PARTS = st.one_of(WORDS, SIGNS, SAID, st.sampled_from(PHRASES), st.just("word " * 30), st.just("\n"), st.just(" "))
TEXTS = st.one_of(
    st.lists(PARTS, max_size=12).map(" ".join), st.lists(PARTS, max_size=9).map("\n".join), st.lists(PARTS).map("".join)
)


@built
@given(st.lists(st.none() | st.tuples(TEXTS, TEXTS), max_size=4), st.integers(0, 30), st.integers(0, 9))
@example([("Dead 5", "Dead!\n\nThe rest of the text")], 9, 2)
@example([("5 dead", "“Dead”\n\nThe rest of the text"), None, ("", "a"), ("a", "")], 9, 2)
def test_what_is_told_is_what_the_definitions_say(given: list[tuple[str, str] | None], limit: int, least: int) -> None:
    read = read_plain(given, limit, least)
    assert len(read) == len(given)
    for pair, told in zip(given, read, strict=True):
        if pair is None or told is None:
            continue
        title, body = one_line(pair[0]), by_lines(pair[1])
        assert (told.title, told.body) == (title, body)
        assert told.title_tokens == " ".join(tokens(title))
        assert told.body_tokens == " ".join(tokens(body, limit))
        if told.seen is None:
            assert key(body.partition("\n")[0]) != key(title)
            assert read_page(body, title) == Page(title, body)
        else:
            assert told.seen == glance_at(body)
        if not told.doubts & FEW:
            assert told.body_tokens
            assert len(set(tokens(body, limit))) >= least
        assert origin.origin_of(body, body, None, told.doubts) == origin.origin_of(body, body, None)


@built
@given(TEXTS, TEXTS, st.none() | st.text(max_size=6))
def test_cleaning_comes_to_the_same_with_a_glance(title: str, body: str, publisher: str | None) -> None:
    article = Article(
        "a", body, None, "https://a.example/1", publisher, title, "text/plain", "en", datetime(2020, 1, 2, tzinfo=UTC)
    )
    (told,) = read_plain_articles([article], SETTINGS)
    assert outcome(article, told) == outcome(article, None)


def outcome(article: Article, told: Any) -> Any:
    try:
        return clean(article, SETTINGS, 5_000, plain=told)
    except InputRejected as rejected:
        return rejected.reason, rejected.detail


@built
def test_a_clean_text_leaves_no_doubt() -> None:
    body = (
        "The harbour of Quay is closed since Monday.\n\nMinisters met on Tuesday, and the strike goes on until Friday."
    )
    (told,) = read_plain([("Strike closes harbour", body)], 1_000, 5)
    assert told is not None
    assert (told.doubts, told.seen) == (0, None)
    assert told.body is body
    assert joined(body) == told.body_tokens
    assert normal_form(body) == body


@built
def test_many_texts_come_back_in_their_order() -> None:
    given = [(f"title {number}", f"the body {number} " * (number % 40)) for number in range(300)]
    read = read_plain(given, 100, 1)
    assert [told and told.title for told in read] == [
        f"title {number}" if number % 40 else None for number in range(300)
    ]
    assert read_plain([], 1, 1) == []


@built
def test_the_longest_name_of_an_agency_is_looked_for() -> None:
    assert max(len(form.encode()) for form in chain(NAMES, origin.LAST_WORDS)) < 100


@built
def test_what_is_no_text_is_refused() -> None:
    for wrong in ([1], [("a",)], [("a", 1)], [["a", "b"]], 7):
        with pytest.raises(TypeError):
            read_plain(wrong, 1, 1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="must not be negative"):
        read_plain([("a", "b")], -1, 1)


def test_without_the_kernel_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.text.plain.KERNEL", None)
    assert read_plain([("a", "b")], 1, 1) == [None]


@built
def test_a_text_with_characters_that_were_lost_in_decoding_is_left_to_be_looked_at() -> None:
    lost = "M\ufffdnchen: Die Br\ufffdcke \ufffdber die Isar bleibt f\ufffdr vier Wochen gesperrt."
    assert read_plain([("Isar", lost), ("Isar", lost.replace("\ufffd", "ü"))], 100, 1)[0] is None
