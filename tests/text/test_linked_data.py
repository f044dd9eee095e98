"""What the JSON-LD of a page says of its own article, in the shapes that sites give it."""

from __future__ import annotations

import json

import pytest

from dedup.text.markup.html import HtmlPage, read_html

TITLE = "Ferry aground off Oban, all 73 rescued"
TEXT = (
    "The ferry ran aground on rocks off Oban early on Saturday, and all on board were taken off, the coastguard said."
)
ARTICLE = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": TITLE}
ORGANISATION = {"@type": "Organization", "@id": "https://quay.example/#it", "name": "Quay News"}


def page(linked: object, head: str = "", heading: str = "") -> HtmlPage:
    written = linked if isinstance(linked, str) else json.dumps(linked)
    said = f'<link rel="canonical" href="https://quay.example/1">{head}'
    script = f'<script type="application/ld+json">{written}</script>'
    return read_html(f"<html><head>{said}{script}</head><body>{heading}<p>{TEXT}</p></body></html>")


@pytest.mark.parametrize(
    ("publisher", "shown"),
    [
        ("Quay News", "Quay News"),
        ([ORGANISATION, {"@type": "Organization", "name": "Quay Group"}], "Quay News"),
        ({"name": ["Quay News", "The Quay"]}, "Quay News"),
        ({"name": {"@value": "Quay News"}}, "quay.example"),
        ("https://www.quay.example/", "quay.example"),
        ({"@id": "https://quay.example/#nobody"}, "quay.example"),
        ([5, None, {"name": 7}, "Quay &amp; Co"], "Quay & Co"),
        (None, "quay.example"),
    ],
)
def test_a_publisher_may_be_a_text_or_several(publisher: object, shown: str) -> None:
    assert page(ARTICLE | {"publisher": publisher}).publisher == shown
    in_a_list = [ARTICLE | {"publisher": publisher}, {"@type": "BreadcrumbList", "publisher": "Nobody"}]
    assert page({"@graph": in_a_list}).publisher == shown


def test_a_publisher_may_be_named_elsewhere() -> None:
    context = {"@vocab": "https://schema.org/"}
    assert (
        page([ARTICLE | {"@context": context, "publisher": {"@id": ORGANISATION["@id"]}}, ORGANISATION]).publisher
        == "Quay News"
    )


def test_the_title_of_a_page_is_no_name_of_its_publisher() -> None:
    """As WordPress writes it: the article, its page and the site in one graph."""
    parts = [
        {"@type": "NewsArticle", "headline": TITLE, "publisher": {"@id": ORGANISATION["@id"]}},
        {"@type": "WebPage", "name": f"{TITLE} - Quay News"},
        {"@type": "WebSite", "name": "Quay News"},
    ]
    assert page({"@context": "https://schema.org", "@graph": [*parts, ORGANISATION]}).publisher == "Quay News"
    assert page({"@context": "https://schema.org", "@graph": parts[:2]}).publisher == "quay.example"


def test_a_publisher_that_is_named_goes_before_its_handle() -> None:
    handle = '<meta name="twitter:site" content="@The_Quay_News">'
    assert page(ARTICLE | {"publisher": {"name": "Quay News"}}, handle).publisher == "Quay News"
    assert page(ARTICLE, handle).publisher == "The_Quay_News"


def test_the_publisher_of_another_article_is_not_that_of_the_page() -> None:
    other = ARTICLE | {"headline": "Another", "publisher": "Harbour Wire"}
    head = f'<meta property="og:title" content="{TITLE}">'
    assert page([other, ARTICLE | {"publisher": "Quay News"}], head).publisher == "Quay News"
    assert page([other, ARTICLE | {"headline": "A third", "publisher": "Quay News"}], head).publisher == "quay.example"


def test_the_headline_of_an_update_is_not_that_of_the_page() -> None:
    update = {"@type": "BlogPosting", "headline": "Two crew members injured", "datePublished": "2026-03-07T13:00Z"}
    live = ARTICLE | {"@type": "LiveBlogPosting", "datePublished": "2026-03-07T12:00Z", "liveBlogUpdate": [update]}
    found = page(live, heading=f"<h1>{TITLE}</h1>")
    assert (found.title, f"{found.published_at:%H:%M}") == (TITLE, "12:00")


def test_a_comma_behind_the_last_element_tears_nothing() -> None:
    written = json.dumps(ARTICLE | {"publisher": "Quay News", "author": ["Jane Doe"], "about": 'a ,] and \\" ,}'})
    torn = written.replace('"Jane Doe"]', '"Jane Doe", ]').replace('}"}', '}" ,\n}')
    assert torn != written
    found = page(torn)
    assert (found.title, found.publisher, found.authors) == (TITLE, "Quay News", "Jane Doe")


@pytest.mark.parametrize("kind", ["application/ld+json", "application/ld+json; charset=utf-8", " Application/LD+JSON "])
def test_the_type_of_a_script_may_have_parameters_and_capitals(kind: str) -> None:
    script = f'<script type="{kind}">{json.dumps(ARTICLE | {"publisher": "Quay News"})}</script>'
    found = read_html(f"<html><head>{script}</head><body><p>{TEXT}</p></body></html>")
    assert (found.title, found.publisher) == (TITLE, "Quay News")
