"""What a database takes of a text: bytes in UTF-8, no NUL, no half of a surrogate pair."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import InputRejected
from dedup.intake import article
from dedup.intake.article import Article, holds_nul, octets_of
from dedup.intake.json_article import check_body
from dedup.kernel.compiled import KERNEL

KERNELS = [pytest.param(None, id="reference"), *([pytest.param(KERNEL, id="compiled")] if KERNEL is not None else [])]
# Longer than what is looked through without being encoded.
LONG = "Über die Brücke fährt kein Zug. " * 600


@pytest.fixture(params=KERNELS)
def _kernel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(article, "KERNEL", request.param)


@pytest.mark.usefixtures("_kernel")
def test_the_octets_of_a_text() -> None:
    assert octets_of("") == (0, False)
    assert octets_of("bridge") == (6, False)
    assert octets_of("Brücke\0") == (8, True)
    assert octets_of("橋\U0001f309") == (7, False)
    assert octets_of("bridge \ud83c") is None


@pytest.mark.parametrize("kernel", KERNELS)
@given(text=st.text(st.sampled_from("a\0é橋\U0001f309\ud800") | st.characters(), max_size=30))
def test_octets_are_those_of_the_encoding(kernel: object, text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(article, "KERNEL", kernel)
        known = octets_of(text)
    if any("\ud800" <= character <= "\udfff" for character in text):
        assert known is None
    else:
        assert known == (len(text.encode()), "\0" in text)


@pytest.mark.usefixtures("_kernel")
@pytest.mark.parametrize("text", ["bridge", "Brücke", LONG, LONG + "\ud800"])
def test_a_nul_is_found_wherever_it_is(text: str) -> None:
    assert not holds_nul(text)
    assert holds_nul(f"\0{text}")
    assert holds_nul(f"{text}\0{text}")


@pytest.mark.parametrize(
    ("body", "reason", "told"),
    [
        (LONG, None, ""),
        (LONG + "\0", "binary", "NUL"),
        ("Brücke \ud83c", "encoding", "character 8 "),
        ("ü" * 30_000, "too_large", "60,000 bytes"),
        ("x" * 50_001, "too_large", "50,001 bytes"),
        (" \n", "empty", "no text"),
    ],
)
def test_what_cannot_be_a_body(body: str, reason: str | None, told: str) -> None:
    if reason is None:
        check_body(body, 50_000)
        return
    with pytest.raises(InputRejected, match=told) as rejected:
        check_body(body, 50_000)
    assert rejected.value.reason == reason


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("application/x-withdrawn", True),
        (" Application/X-Withdrawn ", True),
        ("application/x-withdrawn; charset=utf-8", True),
        ("application/x-withdrawn;with=page", True),
        ("application/x-withdrawn-not", False),
        ("text/plain; was=application/x-withdrawn", False),
        ("", False),
        (None, False),
    ],
)
def test_a_withdrawal_is_known_by_its_media_type(content_type: str | None, expected: bool) -> None:
    assert Article(uri="a", body="", content_type=content_type).is_withdrawal is expected
