"""HTML: whole pages, fragments, what a page says of itself, and markup meant to harm."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import InputRejected
from dedup.kernel.compiled import KERNEL
from dedup.text.markup import html
from dedup.text.markup.html import encoded, is_html, read_html

from .whole_page import PAGE, PARAGRAPHS


def test_a_page_gives_its_article_and_what_it_says_of_itself() -> None:
    page = read_html(PAGE)
    assert page.title == "Harbour bridge closes after cracks are found"
    assert [line for line in page.body.splitlines() if len(line) > 60] == list(PARAGRAPHS)
    assert "not text" not in page.body
    assert "Fishing fleet" not in page.body
    assert page.url == "https://herald.example/news/bridge"
    assert page.publisher == "Coast Herald"
    assert page.language == "en-GB"
    assert page.published_at == datetime(2024, 10, 14, 16, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("address", "publisher"),
    [
        ("https://news.bbc.co.uk/a", "bbc.co.uk"),
        ("https://www.münchen.de/a", "münchen.de"),
        ("https://www.xn--mnchen-3ya.de/a", "münchen.de"),
        ("https://www.herald.example/a", "herald.example"),
    ],
)
def test_a_page_that_names_no_publisher_has_the_domain_of_its_address(address: str, publisher: str) -> None:
    head = f'<meta property="og:url" content="{address}">'
    assert read_html(PAGE.replace('<meta property="og:site_name" content="Coast Herald">', head)).publisher == publisher


def stating(*articles: str | dict[str, object], body: str = '<div id="app"></div>') -> str:
    """A page whose JSON-LD is `articles`, or one that states each of these texts."""
    said = [one if isinstance(one, dict) else {"@type": "NewsArticle", "articleBody": one} for one in articles]
    head = f'<title>T</title><script type="application/ld+json">{json.dumps(said)}</script>'
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"


LOADING = "<h1>T</h1><div><p>Loading, please wait while we fetch the article for you.</p></div>"


@pytest.mark.parametrize("body", ['<div id="app"></div><noscript>Enable JavaScript.</noscript>', LOADING])
@pytest.mark.parametrize(
    "said",
    [
        "\n\n".join(PARAGRAPHS),
        "".join(f"<p>{p}</p>" for p in PARAGRAPHS),
        "<br />".join(PARAGRAPHS),
        "".join(f"&lt;p&gt;{p.replace(' ', '&amp;nbsp;', 1)}&lt;/p&gt;" for p in PARAGRAPHS),
        "".join(f"<p>{p.replace('at', '<b>at</b>')}</p>" for p in PARAGRAPHS),
    ],
)
def test_a_page_that_is_still_to_be_filled_has_the_text_that_it_states(said: str, body: str) -> None:
    lines = read_html(stating(said, body=body)).body.replace("\xa0", " ").splitlines()
    assert [line for line in lines if line] == list(PARAGRAPHS)


def test_slashes_in_a_stated_text_may_be_escaped() -> None:
    page = stating("<br/>".join(f"<p>{p}</p>" for p in PARAGRAPHS))
    assert read_html(page.replace("</p>", r"<\/p>").replace("<br/>", r"<br\/>")) == read_html(page)


def test_a_text_that_is_stated_is_that_of_the_page_s_own_article() -> None:
    own = {"@type": "NewsArticle", "headline": "T", "articleBody": PARAGRAPHS[0]}
    other = {"@type": "NewsArticle", "headline": "Another", "articleBody": PARAGRAPHS[1]}
    assert read_html(stating(other, own)).body == PARAGRAPHS[0]
    assert read_html(stating({"@type": "Product", "articleBody": PARAGRAPHS[1]}, PARAGRAPHS[0])).body == PARAGRAPHS[0]
    assert read_html(stating(PARAGRAPHS[0], PARAGRAPHS[1])).body.strip() == ""


def test_a_text_that_is_stated_is_no_more_than_what_is_found() -> None:
    found = "".join(f"<p>{p}</p>" for p in PARAGRAPHS)
    page = read_html(stating("Something else. " * 30, body=f"<article><h1>T</h1>{found}</article>"))
    assert page.body.splitlines()[-3:] == list(PARAGRAPHS)


@pytest.mark.parametrize("said", [7, None, [PARAGRAPHS[0]], {"a": PARAGRAPHS[0]}, "", " <p> </p>"])
def test_a_stated_text_of_any_shape_is_no_harm(said: object) -> None:
    assert read_html(stating({"@type": "NewsArticle", "articleBody": said}, body=LOADING)).body.startswith("Loading")


def test_a_date_in_json_ld_and_one_without_a_zone() -> None:
    head = (
        '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2024-10-14T18:30:00"}</script>'
    )
    page = read_html(PAGE.replace('<meta property="article:published_time" content="2024-10-14T18:30:00+02:00">', head))
    assert page.published_at == datetime(2024, 10, 14, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "said",
    [
        '{"video": {"@type": "VideoObject", OTHER}, "@type": "NewsArticle", OWN}',
        '{"comment": [{"@type": "Comment", OTHER}], "@type": "NewsArticle", OWN}',
        '{"isBasedOn": {"@type": "NewsArticle", OTHER}, "@type": ["ReportageNewsArticle", 7], OWN}',
        '{"@type": "LiveBlogPosting", "liveBlogUpdate": [{"@type": "BlogPosting", OTHER}], OWN}',
        '{"@graph": [{"@type": "WebSite", OTHER}, {"@type": "WebPage", OTHER}, {"@type": "NewsArticle", OWN}]}',
        '{"@type": "WebPage", OTHER, "mainEntity": {"@type": "NewsArticle", OWN}}',
        '[{"@type": "NewsArticle", "headline": "Another", OTHER}, '
        '{"@type": "NewsArticle", "headline": "Harbour bridge closes after cracks are found", OWN}]',
        '{"@type": "ItemList", "itemListElement": [{"@type": "NewsArticle", OTHER}]}'
        '</script><script type="application/ld+json">{"@type": "NewsArticle", OWN}',
        '[{"@type": "WebSite", OTHER}, {"@type": "ClaimReview", OWN}]',
        '{"@type": "WebSite", OTHER, "cut of</script><script type="application/ld+json">{"@type": "NewsArticle", OWN}',
        '//<![CDATA[{"@type": "NewsArticle", OWN}//]]>',
    ],
)
def test_of_the_dates_in_json_ld_that_of_the_article_itself_counts(said: str) -> None:
    said = said.replace("OWN", '"datePublished": "2024-10-14T18:30:00Z"')
    said = said.replace("OTHER", '"datePublished": "2023-01-02T03:04:00Z"')
    head = f'<script type="application/ld+json">{said}</script>'
    page = read_html(PAGE.replace('<meta property="article:published_time" content="2024-10-14T18:30:00+02:00">', head))
    assert page.published_at == datetime(2024, 10, 14, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "head",
    [
        '<time datetime="2024-10-14T23:40:00-05:00">',
        '<p class="date">14 October 2024</p><time datetime="2024-10-13"><time datetime="2024-10-14T23:40-05:00">',
        '<time class="updated" datetime="2024-10-14T23:59-05:00"><time datetime="2024-10-14T23:40-05:00">',
        '<time class="entry-date published updated" datetime="2024-10-14T23:40-05:00">'
        '<time datetime="2024-10-14T23:59-05:00">',
        '<meta property="article:published_time" content="2024-10-14"><time datetime="2024-10-14T23:40:00-05:00">',
        '<meta name="dc.date" content="2024-10-14"><meta name="datePublished" content="2024-10-14T23:40:00-05:00">',
        '<meta name="Date" content="Mon, 14 Oct 2024 23:40:00 -0500">',
        '<meta name="date" content="2024-10-20T08:00Z"><meta name="DC.date.issued" content="2024-10-14T23:40-05:00">',
        '<meta name="article.published" content="2024-10-14T23:40:00-05:00">',
        '<meta name="dcterms.created" content="2024-10-14T23:40:00-05:00">',
        '<meta property="OG:published_time" content="2024-10-14T23:40:00-05:00">',
        '<meta name="publication-date" content="2024-10-14T23:40:00-05:00">',
        '<meta name="pubdate" content="2024-10-14 23:40:00"><time datetime="2024-10-14T23:40-05:00">',
        '<meta name="pubdate" content="2024-10-14T23:40"><script type="application/ld+json">{"@type": "NewsArticle", '
        '"datePublished": "2024-10-14T23:40:00.000 -0500"}</script>',
        '<meta name="pubdate" content="2024-10-15T04:40:00Z"><time datetime="2024-10-15T04:40:00+02:00">',
        '<meta name="pubdate" content="2024-10-15T04:40:00"><time datetime="2024-10-14T23:41:00-05:00">',
    ],
)
def test_a_page_that_states_a_moment_has_it_whatever_element_it_is_in(head: str) -> None:
    page = read_html(PAGE.replace('<meta property="article:published_time" content="2024-10-14T18:30:00+02:00">', head))
    assert page.published_at == datetime(2024, 10, 15, 4, 40, tzinfo=UTC)


def test_a_page_without_a_date_is_undated_and_a_nonsense_date_is_none() -> None:
    page = PAGE.replace('<meta property="article:published_time" content="2024-10-14T18:30:00+02:00">', "")
    assert read_html(page).published_at is None
    assert read_html(PAGE.replace("2024-10-14T", "0001-10-14T")).published_at is None


def test_the_site_s_name_is_no_part_of_the_title() -> None:
    page = PAGE.replace('<meta property="og:title" content="Harbour bridge closes after cracks are found">', "")
    assert "Coast Herald" not in read_html(page).title


@pytest.mark.parametrize(
    ("fragment", "text"),
    [
        ("<p>Short, but all there is.</p>", ["Short, but all there is."]),
        ("<p>One.</p><p>Two <b>bold</b> words.</p>", ["One.", "Two bold words."]),
        ("<div>One<br>two<br/>three</div>", ["One", "two", "three"]),
        ("<h2>Head</h2>\n<p>Wrapped\nin the source.</p>", ["Head", "Wrapped in the source."]),
        ("<p>A.</p><figure><img><figcaption>Caption</figcaption></figure><script>x()</script><p>B.</p>", ["A.", "B."]),
        ("<p>caf&eacute; &amp; bar&nbsp;5</p>", ["café & bar 5"]),
        ("Bare text with a <i>closing</i> tag", ["Bare text with a closing tag"]),
        ("<p>never closed <p>nor this", ["never closed", "nor this"]),
        ("One <b>bold</b>\nline.\n\nTwo.\r\n \r\n<h2>Head</h2>\nThree.", ["One bold line.", "Two.", "Head", "Three."]),
        ("<p>One <b>bold</b>\n\nline.</p>", ["One bold line."]),
    ],
)  # fmt: skip
def test_a_fragment_is_taken_whole(fragment: str, text: list[str]) -> None:
    page = read_html(fragment)
    assert [line.strip() for line in page.body.splitlines() if line.strip()] == text
    assert page.title == ""


def test_a_page_in_which_no_main_text_is_found_gives_all_of_its_text() -> None:
    head = "<html><head><title>T</title></head>"
    page = read_html(f"{head}<body><span>Seven plain words in a bare span</span></body></html>")
    assert "Seven plain words in a bare span" in page.body


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        ("<p>x</p>", None, True),
        ("<html>", None, True),
        ("one<br>two", None, True),
        ("<p>one<p>two", None, True),
        ("\n<P align=left>one", None, True),
        ("<dl><dt>one<dd>two</dl>", None, True),
        ("before <pre>one</pre>", None, True),
        ("<p", None, False),
        ("<people> of the p>", None, False),
        ("<i>Hamlet", None, False),
        ("plain", "text/html; charset=utf-8", True),
        ("plain", "application/xhtml+xml", True),
        ("<p>x</p>", "text/plain", False),
        ("Honey Mill Inc <HML> and <P> said a < b", None, False),
        ("plain", None, False),
    ],
)
def test_what_counts_as_html(body: str, content_type: str | None, expected: bool) -> None:
    assert is_html(body, content_type) is expected


def test_text_beside_what_is_no_text_stays() -> None:
    first = PARAGRAPHS[0]
    empty = "<span><i> </i></span><select><option>No text</option></select>"
    markup = PAGE.replace(first, f"{empty}{first[:40]}<script>x()</script>{first[40:60]}<b></b>{first[60:]}")
    assert "No text" in markup
    assert read_html(markup) == read_html(PAGE)


@pytest.mark.parametrize(
    "said",
    [
        '{"@context": "https://schema.org", "@type": "NewsArticle", "headline": ["A", "B"], "publisher": {"name": 7}}',
        '{"@context": "https://schema.org", "@type": [7, null], "publisher": ["Coast", {"name": {"a": []}}]}',
        '{"@context": "https://schema.org", "@graph": [7, "x", {"@type": {}, "author": [[["x"]]]}]}',
        '[{"@context": "https://schema.org", "@type": "NewsArticle", "author": {"name": {"name": 4}}}, 3]',
        '{"@type": "NewsArticle", "headline": "cut of',
        "[" * 20_000,
    ],
)
def test_json_ld_of_any_shape_is_no_harm(said: str) -> None:
    head = f'<script type="application/ld+json">{said}</script>'
    page = read_html(PAGE.replace("</head>", head + "</head>").replace("og:site_name", "og:none"))
    assert page.title == "Harbour bridge closes after cracks are found"
    assert PARAGRAPHS[1] in page.body


def test_an_opinion_under_the_word_comment_is_no_comment() -> None:
    prose = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    page = f"<html><body><div><h3>Comment</h3><h2>No bridge is for ever</h2>{prose}</div></body></html>"
    assert all(paragraph in read_html(page).body for paragraph in PARAGRAPHS)


@pytest.mark.parametrize(
    "wrapped", ["<!--\n{}\n//-->", "//<![CDATA[\n{}\n//]]>", "/*<![CDATA[*/ {} /*]]>*/", "{};\n", "{}"]
)
def test_linked_data_that_is_hidden_from_old_browsers_is_read(wrapped: str) -> None:
    stated = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "author": {"name": "Jane Doe"},
        "articleBody": "\n".join(f"<p>{text}</p>" for text in PARAGRAPHS),
    }
    script = f'<script type="application/ld+json">{wrapped.replace("{}", json.dumps(stated))}</script>'
    page = read_html(f"<html><head><title>Bridge</title>{script}</head><body><div id=root></div></body></html>")
    assert [line for line in page.body.split("\n") if line] == list(PARAGRAPHS)
    assert page.authors == "Jane Doe"


def test_no_element_is_a_syntax_error() -> None:
    with pytest.raises(InputRejected) as caught:
        read_html("<!-- -->")
    assert caught.value.reason == "syntax"


@pytest.mark.parametrize(
    ("head", "language"),
    [
        ('<meta http-equiv="Content-Language" content="fr">', "fr"),
        ('<link rel="alternate" hreflang="fr" href="https://a.example/fr"><link rel="alternate" hreflang="de" '
         'href="https://a.example/de"><link rel="canonical" href="https://a.example/de">', "de"),
        ('<link rel="alternate" hreflang="fr" href="https://a.example/fr">', None),
    ],
)  # fmt: skip
def test_the_language_that_a_page_states(head: str, language: str | None) -> None:
    page = f"<html><head>{head}</head><body><article><h1>Bridge</h1><p>It is closed.</p></article></body></html>"
    assert read_html(page).language == language


@pytest.mark.parametrize(
    ("head", "url"),
    [
        ('<link rel="canonical" href="https://a.example/1">', "https://a.example/1"),
        ('<link rel="canonical" href=" https://a.example/1 ">', "https://a.example/1"),
        ('<link rel="canonical" href="//a.example/1">', "https://a.example/1"),
        ('<link rel="alternate canonical" href="https://a.example/1">', "https://a.example/1"),
        ('<link rel="Canonical" href="https://a.example/1">', "https://a.example/1"),
        ('<base href="https://a.example/news/"><link rel="canonical" href="1">', "https://a.example/news/1"),
        ('<base href="https://a.example/news/"><link rel="canonical" href="/1">', "https://a.example/1"),
        ('<link rel="canonical" href="1"><base href="//a.example/news/">', "https://a.example/news/1"),
        ('<base href="https://a.example/"><link rel="canonical" href="https://b.example/1">', "https://b.example/1"),
        ('<link rel="canonical" href=""><link rel="canonical" href="https://a.example/1">', "https://a.example/1"),
        ('<link rel="canonical"><link rel="canonical" href="https://a.example/1">', "https://a.example/1"),
        ('<link rel="canonical" href="http://[x"><link rel="canonical" href="https://a.example/1">',
         "https://a.example/1"),
        ('<base href="/news/"><link rel="canonical" href="1">', None),
        ('<base href="http://[x"><link rel="canonical" href="1">', None),
        ('<link rel="canonical" href="/1"><meta property="og:image" content="https://a.example/i.png">',
         "https://a.example/1"),
        ('<link rel="canonicals" href="https://a.example/1">', None),
    ],
)  # fmt: skip
def test_the_canonical_address_of_a_page(head: str, url: str | None) -> None:
    page = f"<html><head>{head}</head><body><article><h1>Bridge</h1><p>It is closed.</p></article></body></html>"
    assert read_html(page).url == url


@pytest.mark.skipif(KERNEL is None, reason="the compiled kernel is not in use")
@given(st.text("a<\t\n\r\0\x08\x0b\x0c\x1f\x7f\x80\x9f\xa0é\u2028\ufdd0\ufffd\ufffe\uffff\U0001f600"))
def test_the_kernel_tells_the_pages_that_hold_what_no_text_has(text: str) -> None:
    data = encoded(text)
    signs, unusable = KERNEL.survey(data)
    assert signs == text.count("<")
    assert unusable == (html._usable(data) != data)


@pytest.mark.parametrize("sign", ["", "\0", "\x0c", "\x9f", "\uffff", "\ud800"])
def test_a_page_reads_the_same_without_the_kernel(sign: str, monkeypatch: pytest.MonkeyPatch) -> None:
    page = PAGE.replace("divers", f"di{sign}vers")
    compiled = read_html(page)
    monkeypatch.setattr("dedup.text.markup.html.KERNEL", None)
    assert read_html(page) == compiled == read_html(PAGE)
