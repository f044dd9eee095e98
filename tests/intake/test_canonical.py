"""One page, one name; two pages, two names."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup.intake.canonical import canonical

PAGE = "https://example.org/news/ferry?id=7"


@pytest.mark.parametrize(
    "url",
    [
        "https://www.example.org/news/ferry?id=7",
        "http://example.org/news/ferry?id=7#comments",
        "HTTPS://Example.ORG:443/news/ferry/?id=7",
        "https://m.example.org/news/ferry?id=7&utm_source=feed&utm_medium=rss",
        "https://mobile.example.org/news/ferry?fbclid=Iw&id=7",
        "https://www.example.org/news/ferry?gclid=x&id=7&_ga=2.1&mc_cid=4&msclkid=5&at_medium=RSS",
        "https://www.example.org/news/ferry/amp?id=7",
        "https://www.example.org/news/ferry/amp/?id=7",
        "https://amp.example.org/news/ferry?id=7&amp=1",
        "https://www.example.org/news/ferry?id=7&outputType=amp",
        "https://www-example-org.cdn.ampproject.org/c/s/www.example.org/news/ferry?id=7",
        "https://www.google.com/amp/s/www.example.org/news/ferry?id=7",
        "https://www.google.com/url?rct=j&sa=t&url=https://www.example.org/news/ferry%3Fid%3D7&ct=ga&cd=CAIy&usg=AOv",
        "http://www.bing.com/news/apiclick.aspx?ref=FexRss&tid=6&url=https%3a%2f%2fexample.org%2fnews%2fferry%3fid%3d7&c=1",
        "https://www.example.org/news/ferry/print?id=7",
        "https://www.example.org/news/ferry?id=7&print=true",
    ],
)
def test_addresses_of_one_page(url: str) -> None:
    assert canonical(url) == PAGE


def test_the_order_of_the_query_and_the_edition_of_a_file_do_not_matter() -> None:
    assert canonical("https://e.org/x?b=2&a=1") == canonical("https://e.org/x?a=1&b=2")
    assert canonical("https://e.org/ferry.amp.html") == canonical("https://e.org/ferry.html")


def test_a_fragment_that_is_the_way_to_a_page_stays() -> None:
    """A site that a script draws has one page for the server, and an article behind each of these."""
    named = {canonical(f"http://www.e.org/{way}?utm_source=feed") for way in ("#/story/1", "#/قصة/1", "#!/story/1")}
    assert len(named) == 3
    assert canonical("http://www.e.org/?utm_source=feed#!story=1") == "https://e.org/#!story=1"
    assert canonical("https://e.org/ferry#/") == canonical("https://e.org/ferry#!") == "https://e.org/ferry"


@pytest.mark.parametrize(
    "other",
    [
        "https://example.org/news/ferry?id=8",
        "https://example.org/news/ferry",
        "https://example.org/news/ferry?id=7&page=2",
        "https://example.org/news/ferry?id=7&cid=9",
        "https://news.example.org/news/ferry?id=7",
        "https://example.org/news/Ferry?id=7",
        "https://example.org/amp/ferry?id=7",
        "https://example.org:8443/news/ferry?id=7",
        "https://example.org/news/ferry?id=7&output=xml",
        "https://example.org/news/ferryprint?id=7",
        "https://example.org/news/ferry?id=7#!comments=all",
        "https://example.org/news/ferry?id=7#/comments",
    ],
)
def test_other_pages_stay_other_pages(other: str) -> None:
    assert canonical(other) != PAGE
    assert canonical(other) == canonical(canonical(other))


@pytest.mark.parametrize(
    "name", ["urn:uuid:1", "tag:example.org,2026:1", "4711", "", "http://", "http://[", "mailto:a@b.c"]
)
def test_what_is_no_address_of_the_web_stays_as_it_is(name: str) -> None:
    assert canonical(name) == name


@pytest.mark.parametrize("url", ["https://m.com/x", "https://www.org/x", "https://amp.dev/x"])
def test_a_site_that_is_called_like_an_edition_keeps_its_name(url: str) -> None:
    assert canonical(url) == url


@example("https://example.org/a;/")
@example("https://example.org/.;//")
@example("https://example.org/ferry/amp/amp/amp")
@example("https://m.m.m.example.org")
@given(st.text(max_size=80) | st.text(max_size=60).map(lambda rest: f"https://www.example.org/{rest}"))
def test_any_text_has_one_name_and_that_is_its_own(text: str) -> None:
    name = canonical(text)
    assert canonical(name) == name
