"""From article to document: what is taken from where, and what is rejected with which reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.config.sections import TextSettings
from dedup.errors import InputRejected
from dedup.intake.article import Article
from dedup.text.clean import clean, read_plain_articles
from dedup.text.document import Document
from dedup.text.publisher import publisher_of
from dedup.text.words.tokens import count, separate

SETTINGS = TextSettings()
MAX_BYTES = 1_000_000
BODY = """\
The road bridge over the harbour at Linnford was closed to all traffic on Monday after divers found cracks in two piers.
Engineers will need at least three weeks to examine the foundations, the county said in a statement."""
TITLE = "Harbour bridge at Linnford closes after cracks are found"
ARTICLE = Article(uri="a", body=BODY, title=TITLE, url="https://news.herald.co.uk/bridge")


def cleaned(body: str, **facts: object) -> Document:
    return clean(replace(Article(uri="a", body=body), **facts), SETTINGS, MAX_BYTES)  # type: ignore[arg-type]


def rejected(body: str, **facts: object) -> str:
    with pytest.raises(InputRejected) as caught:
        cleaned(body, **facts)
    assert caught.value.detail
    return caught.value.reason


def test_a_clean_text_passes_unchanged() -> None:
    document = clean(ARTICLE, SETTINGS, MAX_BYTES)
    assert document.title == TITLE
    assert document.body == BODY
    assert document.language == "en"
    assert document.url == "https://news.herald.co.uk/bridge"
    assert document.publisher == "herald.co.uk"
    assert document.published_at is None
    assert document.title_tokens.startswith("harbour bridge at ")
    assert document.body_tokens.startswith("the road bridge ")
    assert document.word_count == count(document.title_tokens) + count(document.body_tokens)


def test_the_first_line_that_repeats_the_title_goes() -> None:
    document = cleaned(f"{TITLE}\n\n{BODY}", title=TITLE)
    assert document.body == BODY


def test_a_page_as_text_gives_title_publisher_and_date() -> None:
    document = cleaned(
        f"Home\nLog in\nNews\n{TITLE}\n{TITLE}\nThe Coast Herald 14-10-2024\n{BODY}\nRelated Articles\nMore of it"
    )
    assert (document.title, document.body) == (TITLE, BODY)
    assert document.publisher == "The Coast Herald"
    assert document.published_at == datetime(2024, 10, 14, tzinfo=UTC)


def test_the_article_s_own_statements_go_before_its_page_s() -> None:
    page = f"{TITLE}\n\nThe Coast Herald 14-10-2024\n{BODY}"
    given_date = datetime(2024, 10, 15, 8, 30, tzinfo=timezone(timedelta(hours=2)))
    document = cleaned(
        page, publisher=" Given  Press ", published_at=given_date, title="Bridge closed", language="EN-gb"
    )
    assert document.publisher == "Given Press"
    assert document.published_at == datetime(2024, 10, 15, 6, 30, tzinfo=UTC)
    assert document.published_at.tzinfo is UTC
    assert document.title == "Bridge closed"
    assert document.language == "en"


def test_html_is_read_as_html() -> None:
    paragraphs = BODY.split("\n")
    document = cleaned("".join(f"<p>{p}</p>" for p in paragraphs), content_type="text/html")
    assert [line for line in document.body.split("\n") if line] == paragraphs


def test_the_page_s_language_counts_only_where_its_text_says_nothing() -> None:
    german = "Die Straßenbrücke über den Hafen ist am Montag für den gesamten Verkehr gesperrt worden."
    page = '<html lang="en-US"><head><title>T</title></head><body><article><p>{}</p></article></body></html>'
    assert cleaned(page.format(german)).language == "de"
    assert cleaned(page.format("12 34 56 78 90 11 22 33")).language == "en"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Critics praise <i>Hamlet</i> in Oban", "Critics praise Hamlet in Oban"),
        ("The 10<SUP>th</SUP> ferry<br/>of <strong class='x'>Oban</strong>", "The 10th ferry of Oban"),
        ("Critics praise &lt;em&gt;Hamlet&lt;/em&gt; in Oban", "Critics praise Hamlet in Oban"),
        ("Where a<b and b>c, <ix> is 3 < 4", "Where a<b and b>c, <ix> is 3 < 4"),
        ("<i></i>", ""),
    ],
)
@pytest.mark.parametrize("content_type", [None, "text/plain", "text/html"])
def test_a_headline_loses_the_marks_of_emphasis(given: str, shown: str, content_type: str | None) -> None:
    body = f"<article><p>{BODY}</p></article>" if content_type == "text/html" else BODY
    article = Article(uri="a", body=body, title=given, content_type=content_type)
    (read,) = read_plain_articles([article], SETTINGS)
    assert clean(article, SETTINGS, MAX_BYTES).title == shown
    assert content_type == "text/html" or (read is not None and read.title == shown)


SITE = "https://www.coastherald.co.uk/bridge"


@pytest.mark.parametrize(
    ("given", "publisher", "url", "shown"),
    [
        (f"{TITLE} - Coast Herald", None, SITE, TITLE),
        (f"{TITLE} \u2013 CoastHerald.co.uk", None, SITE, TITLE),
        (f"{TITLE} | News | Coast Herald", "Coast Herald", None, TITLE),
        (f"{TITLE} | Coast Herald News", "Coast Herald", None, TITLE),
        (f"{TITLE} | County News - Coast Herald", "Coast Herald", None, TITLE),
        (f"Coast Herald | {TITLE}", "Coast Herald", None, TITLE),
        (f"{TITLE} - The Tide", None, "https://thetide.example/bridge", TITLE),
        (f"{TITLE} - Tide &amp; Times", "Tide & Times", None, TITLE),
        ("オーバン港の橋が閉鎖｜海岸新聞", "海岸新聞", None, "オーバン港の橋が閉鎖"),
        (f"{TITLE} - Harbour Wire", "Coast Herald", SITE, f"{TITLE} - Harbour Wire"),
        ("Harbour bridge - the story so far", "Coast Herald", SITE, "Harbour bridge - the story so far"),
        ("Why people leave coastherald.co.uk", "Coast Herald", SITE, "Why people leave coastherald.co.uk"),
        ("amazon.example - history of a shop", "Coast Herald", SITE, "amazon.example - history of a shop"),
        ("Harbour: Coast Herald", "Coast Herald", SITE, "Harbour: Coast Herald"),
        ("Coast Herald", "Coast Herald", SITE, "Coast Herald"),
        ("Coast Herald - Coast Herald", "Coast Herald", SITE, "Coast Herald"),
        (f"{TITLE} - Coast Herald", None, None, f"{TITLE} - Coast Herald"),
    ],
)
def test_a_headline_loses_the_name_of_its_site(given: str, publisher: str | None, url: str | None, shown: str) -> None:
    article = Article(uri="a", body=f"{shown}\n\n{BODY}", title=given, publisher=publisher, url=url)
    document = clean(article, SETTINGS, MAX_BYTES)
    assert document.title == shown
    assert document.body == BODY
    (read,) = read_plain_articles([article], SETTINGS)
    assert read is None or read.title == shown


@pytest.mark.parametrize(
    ("line", "stays"),
    [
        ("The post {t} appeared first on {s}.", False),
        ("The post {t} first appeared on {s}.", False),
        ("Der Beitrag {t} erschien zuerst auf {s}.", False),
        ("L’article {t} est apparu en premier sur {s}.", False),
        ("La entrada {t} se publicó primero en {s}.", False),
        ("The post {t} appeared first on {s}. " + "Readers have written to us about the bridge. " * 4, True),
        ("The post about the bridge appeared first on {s}.", True),
        ("He wrote: The post {t} appeared first on {s}.", True),
    ],
)
def test_the_last_line_of_an_article_of_wordpress_in_a_feed_is_none_of_its_text(line: str, *, stays: bool) -> None:
    last = line.format(t=f'<a href="/1">{TITLE}</a>', s='<a href="/">Coast Herald</a>')
    paragraphs = "".join(f"<p>{paragraph}</p>\n" for paragraph in (*BODY.split("\n"), last))
    document = cleaned(paragraphs, title=TITLE, content_type="text/html")
    assert ("Coast Herald" in document.body) is stays
    assert document.body.startswith(cleaned(BODY).body.partition("\n")[0])
    assert cleaned(f"<p>{last}</p>", title=TITLE, content_type="text/html").body


@pytest.mark.parametrize("body", [BODY, "".join(f"<p>{line}</p>" for line in BODY.split("\n"))])
def test_what_is_wrapped_for_xml_once_more_than_needed_is_read_without_that(body: str) -> None:
    wrapped = cleaned(f"<![CDATA[{body}]]>", title=f"<![CDATA[{TITLE}]]>")
    assert wrapped == cleaned(body, title=TITLE)
    assert "CDATA" not in wrapped.title + wrapped.body
    half = len(body) // 2
    parted = f"<![CDATA[{body[:half]}]]><![CDATA[{body[half:]}]]>"
    assert cleaned(parted, title=TITLE) == cleaned(f"<![CDATA[{body}", title=TITLE) == cleaned(body, title=TITLE)
    assert "CDATA" in cleaned(f"The word <![CDATA[ {BODY}", title=TITLE).body


def test_entities_left_in_plain_text_are_read() -> None:
    document = cleaned(
        f"{BODY} Brenner &amp; Sons&#8217; bid was &quot;too high&quot;.",
        title="Brenner &amp; Sons",
        content_type="text/plain",
    )
    assert document.body.endswith('Brenner & Sons’ bid was "too high".')
    assert document.title == "Brenner & Sons"


@pytest.mark.parametrize("year", [1, 1899, 2101, 9999])
def test_nonsense_years_are_no_date(year: int) -> None:
    assert cleaned(BODY, published_at=datetime(year, 6, 1, tzinfo=UTC)).published_at is None


def test_1987_is_a_date_and_a_time_without_a_zone_is_utc() -> None:
    moment = datetime(1987, 2, 26, 15, 1, tzinfo=UTC)
    assert cleaned(BODY, published_at=moment.replace(tzinfo=None)).published_at == moment


def test_words_beyond_the_limit_are_kept_but_not_compared() -> None:
    document = clean(ARTICLE, TextSettings(max_words=100), MAX_BYTES)
    assert count(document.body_tokens) < 100
    body = " ".join(f"word{n}" for n in range(500))
    document = clean(replace(ARTICLE, body=body), TextSettings(max_words=100), MAX_BYTES)
    assert document.body == body
    assert count(document.body_tokens) == 100


def test_facts_that_no_database_takes_are_cleaned() -> None:
    document = cleaned(BODY, url="https://herald.example/\x00a\ud800", publisher="Coast\x00 Her\ud800ald")
    assert document.url == "https://herald.example/a"
    assert document.publisher == "Coast Herald"
    assert cleaned(BODY, url="\x00", publisher=" ").publisher is None


def test_a_uri_that_is_an_address_is_the_address_where_nothing_else_is() -> None:
    """As for articles in JSON: one that comes by SQL has the same publisher."""
    uri = "https://news.herald.co.uk/bridge"
    page = f"<html><body><article><h1>{TITLE}</h1><p>{BODY}</p></article></body></html>"
    told = page.replace("<body>", '<head><link rel="canonical" href="https://www.courier.example/1"></head><body>')
    for body in (BODY, page):
        document = cleaned(body, uri=uri)
        assert (document.url, document.publisher) == (uri, "herald.co.uk")
        assert cleaned(body, uri="urn:https://1").url is None
    assert cleaned(BODY, uri=uri, url="https://courier.example/1").publisher == "courier.example"
    assert cleaned(told, uri=uri).url == "https://www.courier.example/1"


@pytest.mark.parametrize(
    "link",
    [
        "https://www.google.com/url?rct=j&url=https://coastherald.com/n%3Fid%3D7&ct=ga",
        "http://www.bing.com/news/apiclick.aspx?tid=6&url=https%3a%2f%2fcoastherald.com%2fn%3fid%3d7&c=1",
        "https://coastherald-com.cdn.ampproject.org/c/s/coastherald.com/n?id=7",
        "https://www.google.com/url?url=https://coastherald-com.cdn.ampproject.org/c/s/coastherald.com/n%3Fid%3D7",
        "https://www.google.com/url?url=https://coastherald.com/n%00%3Fid%3D%0A7",
    ],
)
def test_a_link_that_leads_on_is_that_of_its_page(link: str) -> None:
    document = cleaned(BODY, title="Harbour bridge closes | coastherald.com", url=link)
    assert document.title == "Harbour bridge closes"
    assert (document.url, document.publisher) == ("https://coastherald.com/n?id=7", "coastherald.com")


def test_a_link_that_leads_to_no_page_is_shown_as_it_is() -> None:
    for end in ("https://", "https%3A%2F%2F", "https:"):
        link = f"https://www.google.com/url?url={end}"
        assert cleaned(BODY, url=link).url == link


def test_the_name_of_a_publisher_is_cut_like_a_title() -> None:
    name = "The  Coast Herald, " + "é" * 1_000_000
    shown = cleaned(BODY, publisher=name, title=name)
    assert shown.publisher == shown.title == f"The Coast Herald, {'é' * 482}"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "empty"),
        (" \n\t\u00a0", "empty"),
        ("😀🎉 — … !!!" * 50, "empty"),
        ("\u200b\u200d\u00ad" * 10, "empty"),
        ("Home\nNews\nLog in\nPrivacy policy", "empty"),
        ("five words are not enough", "too_short"),
        ("word " * 5_000, "too_short"),
        ("对" * 5_000, "too_short"),
        ("x" * 100_000, "too_short"),
        ("a" * (MAX_BYTES + 1), "too_large"),
        ("é" * (MAX_BYTES // 2 + 1), "too_large"),
        ("\ud800" * MAX_BYTES, "too_large"),
        (BODY + "\ud83d", "encoding"),
        (BODY.replace("o", "\ufffd"), "encoding"),
        ("M\ufffdnchen: Die Br\ufffdcke \ufffdber die Isar bleibt f\ufffdr vier Wochen gesperrt.", "encoding"),
        (BODY + "\0", "binary"),
        ("%PDF-1.7 " + BODY, "binary"),
        ("\x01\x02word\x03\x04" * 40, "binary"),
        ("<!-- nothing -->", "too_short"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_rejected_with_its_reason(body: str, reason: str) -> None:
    assert rejected(body) == reason


def test_html_without_an_element_is_rejected() -> None:
    assert rejected("<!-- nothing -->", content_type="text/html") == "syntax"


def test_half_a_surrogate_pair_in_the_title_is_rejected() -> None:
    assert rejected(BODY, title="Bridge \ud83d") == "encoding"


def test_a_few_lost_characters_are_borne() -> None:
    assert "\ufffd" in cleaned(BODY.replace("traffic", "traf\ufffdc")).body


def test_a_repeated_sentence_is_harmless() -> None:
    document = cleaned("One two three four five six seven. " * 5_000)
    assert count(document.body_tokens) == 35_000


def test_the_size_limit_counts_bytes() -> None:
    text = ("Wörter, äußerst öde und größer als früher: " * 60_000)[: MAX_BYTES - 1]
    assert rejected(text) == "too_large"
    assert clean(Article(uri="a", body=text), SETTINGS, 2 * MAX_BYTES).body_tokens


SCRAPS = st.sampled_from(
    ["<p>", "</p>", "<html>", "<", "&", "&amp;", "\n", " ", "Related Articles", "Comments", "Read also: x", "😀",
     "\u200d", "é", "中", "word ", ". ", "21-05-2025", "©", "\x00", "\ud800", "\ufffd", "A headline of some words\n",
     "https://", "\x0b", "\u0301", "Sign up for our newsletter"]
)  # fmt: skip


@given(
    st.lists(SCRAPS, max_size=60).map("".join) | st.text(max_size=200),
    st.text(max_size=30),
    st.sampled_from([None, "text/html", "text/plain", "x"]),
)
def test_any_input_is_a_document_or_a_rejection(body: str, title: str, content_type: str | None) -> None:
    article = Article(
        uri="a", body=body, title=title, url=title, publisher=title, language=title, content_type=content_type
    )
    try:
        document = clean(article, SETTINGS, MAX_BYTES)
    except InputRejected:
        return
    for text in (document.title, document.body, document.publisher or "", document.url or ""):
        text.encode()
        assert "\0" not in text
    assert len(set(separate(document.body_tokens))) >= SETTINGS.min_words


@pytest.mark.parametrize(
    ("url", "publisher"),
    [
        ("https://www.bbc.co.uk/news/1", "bbc.co.uk"),
        ("http://user@edition.cnn.com:80/x", "cnn.com"),
        ("https://日本経済.jp/", "日本経済.jp"),
        ("https://www.münchen.de/a", "münchen.de"),
        ("https://www.xn--mnchen-3ya.de/b", "münchen.de"),
        ("https://WWW.XN--MNCHEN-3YA.DE:443/b", "münchen.de"),
        ("https://news.kurier.xn--55qx5d.cn/", "kurier.公司.cn"),
        ("https://www.xn--zzzzzzzz99.de/", "xn--zzzzzzzz99.de"),
        ("https://desk.quay.example/a", "quay.example"),
        ("https://news.intranet.lan./a", "intranet.lan"),
        ("https://www.xn--mnchen-3ya.example/b", "münchen.example"),
        ("http://a..example/", None),
        ("http://localhost/x", None),
        ("http://10.0.0.1/", None),
        ("http://[::1", None),
        ("no url", None),
        ("", None),
        (None, None),
    ],
)
def test_the_publisher_of_a_url_is_its_registered_domain(url: str | None, publisher: str | None) -> None:
    assert publisher_of(url) == publisher
