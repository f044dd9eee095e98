"""Feeds: RSS, Atom and JSON Feed: what their entries say, and what cannot be used."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html import escape

import pytest

from dedup.intake.article import Article
from dedup.intake.formats import FEED, HTML, JSON, recognise

from .feeds import all_of, item, rss

NOON = datetime(2026, 3, 7, 12, 0, tzinfo=UTC)


def test_an_entry_of_rss_with_all_that_it_may_say() -> None:
    full = "<![CDATA[<p>All 73 people on board were rescued.</p><p>The cause is not known.</p>]]>"
    more = (
        '<content:encoded xmlns:content="http://purl.org/rss/1.0/modules/content/">' + full + "</content:encoded>"
        '<source url="https://harbour.example/feed">Harbour Wire</source>'
        '<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">By Jane Doe</dc:creator>'
        "<pubDate>Sat, 07 Mar 2026 13:00:00 +0100</pubDate>"
    )
    assert all_of(rss(item(1, more), extra="<language>de</language>")) == [
        Article(
            uri="https://quay.example/a/1", source="wire", url="https://quay.example/a/1?from=feed",
            publisher="Harbour Wire", title="Ferry aground 1", published_at=NOON, content_type="text/html",
            authors="Jane Doe",
            body="<p>All 73 people on board were rescued.</p><p>The cause is not known.</p>",
        )
    ]  # fmt: skip


MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/"'
CAPTION = "The Isle of Tarsay on the rocks below Kerrera on Saturday, seen from the air."


@pytest.mark.parametrize("prefix", ["media", "m"])
@pytest.mark.parametrize("behind", [True, False])
@pytest.mark.parametrize("full", [True, False])
def test_the_caption_of_a_picture_is_not_the_text_of_an_entry(prefix: str, behind: bool, full: bool) -> None:
    media = f'<m:content {MEDIA} url="/1.jpg"><m:description type="plain">{CAPTION}</m:description></m:content>'
    media = media.replace("m:", f"{prefix}:").replace("xmlns:media", f"xmlns:{prefix}")
    text = "All 73 were rescued, the coastguard said."
    encoded = f'<content:encoded xmlns:content="http://purl.org/rss/1.0/modules/content/">{text}</content:encoded>'
    entry = item(1, encoded if full else "", body="All saved." if full else text)
    entry = entry.replace("</item>", f"{media}</item>") if behind else entry.replace("<item>", f"<item>{media}")
    (found,) = all_of(rss(entry))
    assert (found.title, found.body) == ("Ferry aground 1", text)


def test_an_entry_that_has_no_text_but_that_of_its_film_or_picture_has_that() -> None:
    entry = (
        f"<entry {MEDIA}><id>urn:film:1</id><title>Ferry aground</title><media:group><media:title>Film</media:title>"
        f"<media:description>{CAPTION}</media:description></media:group></entry>"
    )
    (found,) = all_of(f'<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:f</id>{entry}</feed>')
    assert (found.title, found.body) == ("Ferry aground", CAPTION)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("All 73 people on board\n\nwere rescued & are safe.", "text/plain"),
        ("<p>All 73 people were rescued.</p>", "text/html"),
    ],
)
@pytest.mark.parametrize(
    "name", ["yandex:full-text", "portal:fulltext", "quay_news:full-text", "full_text", "turbo:content"]
)
def test_the_full_text_in_a_feed_for_a_portal_is_the_text(text: str, kind: str, name: str) -> None:
    prefix = name.partition(":")[0]
    full = f'<{name} xmlns:{prefix}="http://{prefix}.example">{escape(text)}</{name}>'
    (found,) = all_of(rss(item(1, full, body="All saved.")))
    assert (found.body, found.content_type) == (text, kind)


def test_an_entry_of_atom() -> None:
    feed = """<!-- <html> comes later --><feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><id>urn:f</id>
      <entry><id>tag:quay.example,2026:1</id><title type="html">Ferry &lt;b&gt;aground&lt;/b&gt;</title>
        <link rel="alternate" href="https://quay.example/1"/><published>2026-03-07T12:00:00Z</published>
        <updated>2026-03-08T12:00:00Z</updated>
        <author><name>Jane Doe</name><email>jane@quay.example</email></author><author><name>John Roe</name></author>
        <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>All were rescued.</p></div></content></entry>
      <entry><id>urn:2</id><title>Plain</title><summary type="text">Rescued &amp; safe.</summary></entry></feed>"""
    first, second = all_of(feed)
    assert (first.uri, first.title, first.published_at) == ("tag:quay.example,2026:1", "Ferry aground", NOON)
    assert (first.content_type, "All were rescued." in first.body) == ("text/html", True)
    assert (first.authors, second.authors) == ("Jane Doe; John Roe", None)
    assert (second.uri, second.body, second.content_type) == ("urn:2", "Rescued & safe.", "text/plain")
    assert (second.url, second.publisher) == (None, "F")


def test_an_entry_of_atom_without_authors_has_those_of_its_source_else_of_its_feed() -> None:
    """RFC 4287, 4.2.1."""
    entries = [
        "<author><name>Jane Doe</name></author><source><author><name>Desk</name></author></source>",
        "<source><author><name>Desk</name></author><author><name>John Roe</name></author></source>",
        "<source><title>Harbour Wire</title></source>",
        "<author><email>jane@quay.example</email></author>",
        "",
    ]
    shown = "".join(
        f"<entry><id>urn:{number}</id><title>T</title><summary>All were rescued.</summary>{more}</entry>"
        for number, more in enumerate(entries)
    )
    authors = "<author><name>The Quay</name></author><author><name>Its Desk</name></author>"
    found = all_of(f'<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:f</id>{authors}{shown}</feed>')
    assert [one.authors for one in found] == [
        "Jane Doe", "Desk; John Roe", "The Quay; Its Desk", None, "The Quay; Its Desk",
    ]  # fmt: skip


def test_who_edits_a_feed_of_rss_wrote_none_of_its_items() -> None:
    editor = "<managingEditor>ed@quay.example (Ed Itor)</managingEditor>"
    creator = '<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">The Quay</dc:creator>'
    assert all_of(rss(item(1), extra=editor + creator))[0].authors is None


@pytest.mark.parametrize("end", ["example", "press", "de"])
@pytest.mark.parametrize(("name", "author"), [(" (Jane Doe)", "Jane Doe"), ("", None)])
def test_an_author_of_rss_may_have_a_mail_address_of_any_domain(end: str, name: str, author: str | None) -> None:
    told = f"<author>jane.doe@quay.{end}{name}</author>"
    (alone,) = all_of(rss(item(1, told)))
    assert alone.authors == author
    if name:
        creator = '<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">John Roe</dc:creator>'
        (both,) = all_of(rss(item(1, told + creator)))
        assert both.authors == f"{author}; John Roe"


@pytest.mark.parametrize("unread", ["", "soon", "Sa, 07 Ferry 2026 13:00:00"])
def test_a_date_that_cannot_be_read_does_not_hide_another(unread: str) -> None:
    more = (
        f"<pubDate>{unread}</pubDate>"
        + '<dc:date xmlns:dc="http://purl.org/dc/elements/1.1/">2026-03-07T12:00Z</dc:date>'
    )
    (found,) = all_of(rss(item(1, more)))
    assert found.published_at == NOON


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(
    ("version", "named", "authors"),
    [
        ("https://jsonfeed.org/version/1.1", {"authors": [{"name": "Jane"}, {"name": "John"}]}, "Jane; John"),
        ("https://jsonfeed.org/version/1", {"author": {"name": "Jane Doe"}}, "Jane Doe"),
        ("https://jsonfeed.org/version/1.1", {"title": "Quay"}, None),
        ("2", {"author": {"name": "Jane Doe"}}, None),
    ],
)  # fmt: skip
def test_an_item_of_json_feed_without_authors_has_those_of_its_feed(
    version: str, named: dict[str, object], authors: str | None, first: bool
) -> None:
    own = {"id": "urn:1", "content_text": "All were rescued.", "authors": [{"name": "Her Self"}]}
    items = [own, {"id": "urn:2", "content_text": "All were rescued."}, {"id": "urn:3", "content_text": ""}]
    head = {"version": version, **named}
    document = head | {"items": items} if first else {"items": items} | head
    of_her, of_nobody, empty = all_of(json.dumps(document))
    assert (of_her.authors, of_nobody.authors, empty.reason) == ("Her Self", authors, "empty")


@pytest.mark.parametrize(
    ("guid", "link", "uri"),
    [
        ("<guid isPermaLink='false'>4711</guid>", "<link>https://quay.example/x</link>", "https://quay.example/x"),
        ("<guid isPermaLink='false'>quay</guid>", "<link>https://quay.example/</link>", "https://quay.example/#quay"),
        ("<guid isPermaLink='false'>4711</guid>", "", "https://quay.example/#4711"),
        ("<guid>urn:uuid:1</guid>", "<link>https://quay.example/x</link>", "urn:uuid:1"),
        ("", "<link>https://quay.example/x</link>", "https://quay.example/x"),
    ],
)
def test_what_an_entry_is_known_by(guid: str, link: str, uri: str) -> None:
    (article,) = all_of(rss(f"<item>{guid}{link}<description>All were rescued.</description></item>"))
    assert article.uri == uri


def test_an_id_without_any_address_is_one_of_its_own_feed_alone() -> None:
    told = "<item><guid isPermaLink='false'>1</guid><description>All were rescued.</description></item>"
    feeds = (f"<rss version='2.0'><channel>{title}{told}</channel></rss>" for title in ("<title>Quay</title>", ""))
    assert [found.uri for feed in feeds for found in all_of(feed)] == ["Quay#1", "1"]


def test_json_feed_by_its_keys() -> None:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Quay",
        "authors": [{"name": "A"}],
        "items": [
            {"id": "https://quay.example/1", "title": "T", "content_html": "<p>Rescued.</p>",
             "date_published": "2026-03-07T12:00:00Z"},
            {"id": 7, "url": "https://quay.example/7", "content_text": "Rescued."},
            {"id": "8", "date_modified": "2026-03-07T12:00:00Z", "summary": "Rescued."},
            {"id": "9", "content_text": ""},
        ],
    }  # fmt: skip
    data = json.dumps(document, indent=1).encode()
    assert recognise("feed.json", data) is JSON
    html, link, number, empty = all_of(data)
    assert (html.uri, html.content_type, html.published_at) == ("https://quay.example/1", "text/html", NOON)
    assert (link.uri, link.url, link.content_type) == ("https://quay.example/7", "https://quay.example/7", "text/plain")
    assert (number.uri, number.body, number.published_at) == ("8", "Rescued.", NOON)
    assert (empty.uri, empty.reason) == ("9", "empty")


def test_feeds_are_told_from_pages_and_other_xml() -> None:
    assert recognise("a.xml", rss().encode()) is FEED
    assert recognise("a", b"\xef\xbb\xbf<?xml version='1.0'?>\n<!DOCTYPE rdf:RDF>\n<rdf:RDF>") is FEED
    assert recognise("a", b"<!-- <rss> --><html><body>") is HTML
    assert recognise("a.html", rss().encode()) is HTML


@pytest.mark.parametrize(
    ("link", "guid", "uri", "url"),
    [
        ("/a/1", None, "https://quay.example/a/1", "https://quay.example/a/1"),
        ("a/1?x=2", "one", "https://quay.example/news/a/1?x=2", "https://quay.example/news/a/1?x=2"),
        ("//quay.example/a/1", "/a/1", "https://quay.example/a/1", "https://quay.example/a/1"),
        (None, "/a/1", "https://quay.example/a/1", "https://quay.example/a/1"),
        (None, "one", "https://quay.example/news/#one", "https://quay.example/news/#one"),
        ("http://[quay/1", "one", "http://[quay/1", "http://[quay/1"),
        ("//[quay/1", "one", "https://quay.example/news/#one", "https://quay.example/news/#one"),
    ],
)
def test_a_relative_link_is_one_below_the_feed_s_own(link: str | None, guid: str | None, uri: str, url: str) -> None:
    told = "".join(f"<{name}>{text}</{name}>" for name, text in (("link", link), ("guid", guid)) if text)
    entry = f"<item><title>Ferry aground</title>{told}<description>All were rescued.</description></item>"
    (found,) = all_of(rss(entry).replace("https://quay.example/", "https://quay.example/news/", 1))
    assert (found.uri, found.url) == (uri, url)


@pytest.mark.parametrize(
    "link", [" https://quay.example/a/1", "\n https://quay.example/a/1 ", "HTTPS://quay.example/a/1"]
)
def test_blanks_around_an_address_and_capitals_in_its_scheme_are_none_of_it(link: str) -> None:
    entry = f'<entry><id>urn:1</id><title>T</title><link href="{link}"/><summary>All were rescued.</summary></entry>'
    (found,) = all_of(f'<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:f</id>{entry}</feed>')
    assert (found.url or "").lower() == "https://quay.example/a/1"
    told = f"<guid isPermaLink='false'>{link}</guid><description>All were rescued.</description>"
    (named,) = all_of(rss(f"<item>{told}</item>"))
    assert named.uri == "https://quay.example/a/1"


def test_a_feed_s_relative_link_is_one_below_its_own_address() -> None:
    own = '<link rel="self" href="https://quay.example/news/feed.atom"/><link href="/today/"/>'
    entry = '<entry><id>urn:1</id><title>T</title><link href="a/1"/><summary>All were rescued.</summary></entry>'
    (found,) = all_of(f'<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:f</id>{own}{entry}</feed>')
    assert (found.uri, found.url) == ("urn:1", "https://quay.example/today/a/1")


@pytest.mark.parametrize(
    "title",
    [
        "<p>Ferry aground</p><p>off <b>O</b>ban</p>",
        "<strong>Ferry aground</strong><br/>off Oban",
        "Ferry aground <i>off</i> Oban",
    ],
)
def test_a_headline_in_two_lines_is_one_of_words_apart(title: str) -> None:
    (found,) = all_of(rss(item(1).replace("Ferry aground 1", f"<![CDATA[{title}]]>")))
    assert " ".join((found.title or "").split()) == "Ferry aground off Oban"


@pytest.mark.parametrize("word", ["article", "node", "Story", "post-id"])
def test_a_number_behind_a_word_is_an_id_of_its_own_site_alone(word: str) -> None:
    def uri(site: str, more: str = "") -> str:
        told = f'<guid isPermaLink="false">{word}:77{more}</guid><link>https://{site}.example/a</link>'
        (found,) = all_of(rss(f"<item><title>T</title>{told}<description>All were rescued.</description></item>"))
        return found.uri

    assert (uri("quay"), uri("herald")) == ("https://quay.example/a", "https://herald.example/a")
    assert uri("quay", "/x") == f"{word}:77/x"


def entry(title: str, link: str, guid: str = "") -> str:
    told = f'<guid isPermaLink="false">{guid}</guid>' if guid else ""
    return f"<item><title>{title}</title><link>{link}</link>{told}<description>Of force 9.</description></item>"


def test_entries_that_lead_to_one_page_are_known_by_their_ids() -> None:
    page, front = "https://www.quay.example/warnings", "https://www.quay.example"
    told = [
        entry("Gale", f"{page}?utm_source=rss", "7"), entry("Gale", page, "8"), entry("Gale", page, "8"),
        entry("Gale", f"{page}/9", "9"), entry("Gale", f"{page}/a", "11"), entry("Gale", front, "10"),
    ]  # fmt: skip
    assert [found.uri for found in all_of(rss(*told))] == [
        "https://quay.example/warnings#7", "https://quay.example/warnings#8", "https://quay.example/warnings#8",
        "https://quay.example/warnings/9", "https://quay.example/warnings/a", "https://quay.example/#10",
    ]  # fmt: skip


def test_entries_without_ids_that_lead_to_one_page_the_front_page_or_nowhere_are_known_by_their_headlines() -> None:
    page, front = "https://quay.example/warnings", "https://quay.example"
    found = all_of(rss(entry(" Gale\n off Oban ", page), entry("Gale off Mull", page), entry("Fog", f"{page}/fog")))
    assert [one.uri for one in found] == [f"{page}#Gale off Oban", f"{page}#Gale off Mull", f"{page}/fog"]
    (alone,) = all_of(rss(entry("Gale off Oban", front)))
    assert (alone.uri, alone.url) == ("https://quay.example/#Gale off Oban", front)
    # The address of the front page is no entry's id.
    proxy = "https://proxy.example/a"
    found = all_of(rss(entry("Gale", proxy, front), entry("Mist", proxy, front), entry("Fog", page, front)))
    assert [one.uri for one in found] == [f"{proxy}#Gale", f"{proxy}#Mist", page]
    (unlinked,) = all_of(rss(entry("Gale", "", front).replace("<link></link>", "")))
    assert unlinked.uri == "https://quay.example/#Gale"
    # Nor is an entry lost that leads nowhere, if it has a headline.
    nowhere = [entry(title, "").replace("<link></link>", "") for title in ("Gale", "Fog", "")]
    gale, fog, untitled = all_of(rss(*nowhere))
    assert (gale.uri, fog.uri) == ("https://quay.example/#Gale", "https://quay.example/#Fog")
    assert untitled.reason == "missing_field"


def test_items_of_json_feed_that_lead_to_one_page_are_known_by_their_ids() -> None:
    page = "https://www.quay.example/warnings"
    items = [{"id": one, "url": page, "content_text": "Of force 9."} for one in ("a1", 2)]
    assert [one.uri for one in all_of(json.dumps({"items": items}))] == [
        "https://quay.example/warnings#a1", "https://quay.example/warnings#2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("guid", "link", "uri"),
    [
        ("https://quay.example/changes#v2", "https://quay.example/changes#v2", "https://quay.example/changes#v2"),
        ("https://quay.example/changes#v2", "https://quay.example/changes", "https://quay.example/changes#v2"),
        ("https://quay.example/changes#2", "https://quay.example/changes#2", "https://quay.example/changes#2"),
        ("https://quay.example/changes#2", "", "https://quay.example/changes#2"),
        ("", "https://www.quay.example/changes?utm_source=rss#When:8:56:02PM", "https://quay.example/changes#When:8:56:02PM"),
        ("https://quay.example/a/1#2", "https://quay.example/a/1?utm_source=rss", "https://quay.example/a/1"),
        ("https://quay.example/a/1#utm_source=rss", "https://quay.example/a/1#utm_source=rss", "https://quay.example/a/1"),
        ("https://quay.example/#/a/1", "https://quay.example/#/a/1", "https://quay.example/#/a/1"),
        ("tag:quay.example,2026:1#2", "https://quay.example/a/1", "tag:quay.example,2026:1#2"),
    ],
)  # fmt: skip
def test_a_place_on_a_page_is_an_entry_and_a_count_of_revisions_is_none(guid: str, link: str, uri: str) -> None:
    told = "".join(f"<{name}>{text}</{name}>" for name, text in (("guid", guid), ("link", link)) if text)
    entry = f"<item><title>Gale</title>{told}<description>Of force 9.</description></item>"
    page = uri.partition("#")[0]
    other = f"<item><guid>{page}#other</guid><description>Of force 8.</description></item>"
    beside, alone = all_of(rss(entry, other))[0], all_of(rss(entry))[0]
    item = {"id": guid, "url": link} if link else {"id": guid}
    (told_in_json,) = all_of(json.dumps({key: text for key, text in item.items() if text} | {"content_text": "Gale."}))
    assert beside.uri == uri
    assert alone.uri in (uri, page)
    assert not guid or told_in_json.uri == uri


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("<rss version='2.0'>" + "x" * 1_300_000 + "</rss>", "too_large"),
        ("<feed>\x00\x01</feed>", "binary"),
        (rss(item(1, body="")), "empty"),
        (rss(item(1), prolog='<?xml version="1.0" encoding="punycode"?>'), "encoding"),
        ('{"items": [{"id": [], "url": 5, "content_html": {}}]}', "syntax"),
        (rss("<item><description>Text.</description></item>").replace("https://quay.example/", ""), "missing_field"),
        (rss(item(1, body="x" * 100_001)), "too_large"),
    ],
)
def test_what_cannot_be_used_has_its_reason(data: str | bytes, reason: str) -> None:
    assert [found.reason for found in all_of(data)] == [reason]


def test_an_empty_feed_holds_nothing_and_is_no_error() -> None:
    assert all_of(rss()) == []


def test_an_id_that_is_longer_than_a_uri_may_be_is_none_beside_an_address() -> None:
    guid = f"<guid isPermaLink='false'>{'7a' * 2_000}</guid>"
    entry = (
        f"<item><title>Ferry</title><link>https://quay.example/a</link>{guid}<description>It ran.</description></item>"
    )
    (article,) = all_of(rss(entry))
    assert article.uri == "https://quay.example/a"
