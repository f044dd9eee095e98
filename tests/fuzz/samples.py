"""Whole inputs of each format, and the words that mean something to its parser."""

from __future__ import annotations

import json
from pathlib import Path

from .inputs import STORY

ROOT = Path(__file__).resolve().parents[2]

RECORD = {
    "uri": "urn:1", "source": "wire", "url": "https://quay.example/1", "publisher": "Harbour Wire",
    "title": "Ferry aground", "body_text": STORY, "language": "en", "published_at": "2026-03-07T12:00:00Z",
}  # fmt: skip
NINJS = {
    "uri": "urn:2", "type": "text", "versioncreated": "2026-03-07T12:00:00Z", "pubstatus": "usable", "version": "1",
    "headline": "Ferry aground", "headlines": [{"role": "main", "value": "Ferry aground"}], "language": "en-GB",
    "body_xhtml": f"<p>{STORY}</p>",
    "bodies": [{"role": "main", "contenttype": "text/html", "value": f"<p>{STORY}</p>"}],
    "infosources": [{"name": "Harbour Wire"}], "altids": [{"role": "guid", "value": "1"}],
}  # fmt: skip
JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1", "title": "Quay", "feed_url": "https://quay.example/feed.json",
    "items": [{"id": "1", "url": "https://quay.example/1", "title": "Ferry aground", "content_html": f"<p>{STORY}</p>",
               "content_text": STORY, "date_published": "2026-03-07T12:00:00Z", "authors": [{"name": "M. Sinclair"}]}],
}  # fmt: skip
KEYS = sorted({*RECORD, *NINJS, *JSON_FEED, *JSON_FEED["items"][0], "articles", "data", "body", "id", "content"})
RECORDS = [json.dumps(RECORD).encode(), json.dumps([RECORD, RECORD]).encode(), json.dumps({"items": [RECORD]}).encode()]
LINES = [b"\n".join([RECORDS[0]] * 3)]
JSON_WORDS = [b"{", b"[", b'"', b"\\ud800", b"\\u0000", b"1e999", b"9" * 5_000, b"null", b"NaN", b',"uri":', b"]}"]

RSS = (
    '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
    "<channel><title>Quay</title><link>https://quay.example/</link><language>en</language><item><guid>urn:1</guid>"
    "<title>Ferry aground</title><link>https://quay.example/1?utm_source=x</link><description>Short.</description>"
    f"<content:encoded><![CDATA[<p>{STORY}</p>]]></content:encoded>"
    '<source url="https://harbour.example/feed">Harbour</source>'
    "<pubDate>Sat, 07 Mar 2026 13:00:00 +0100</pubDate></item></channel></rss>"
).encode()
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><id>urn:f</id><title>F</title><entry><id>urn:1</id>'
    '<title type="html">Ferry &lt;b&gt;aground&lt;/b&gt;</title><link rel="alternate" href="https://quay.example/1"/>'
    "<updated>2026-03-07T12:00:00Z</updated>"
    f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{STORY}</p></div></content></entry></feed>'
).encode()
XML_WORDS = [
    b"<item>", b"</item>", b"<![CDATA[", b"]]>", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"&#0;", b"&#xD800;",
    b'encoding="utf-16"', b'encoding="hex"', b"<!--", b"xmlns:x=", b'xml:base="//"', b"99999-99-99T99:99:99Z",
]  # fmt: skip

PAGE = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Ferry aground | Quay</title>'
    '<meta property="article:published_time" content="2026-03-07T12:00:00Z"><link rel="canonical" href="/1">'
    '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2026-03-07"}</script></head><body>'
    f"<nav><a href='/'>Home</a></nav><article><h1>Ferry aground</h1><p>By Ann Reid</p><p>{STORY}</p><ul><li>Fog</ul>"
    f"<table><tr><td>73</td></tr></table><p>{STORY[::-1]}</p></article><footer>© Quay</footer></body></html>"
).encode()
HTML_WORDS = [
    b"<div>", b"<p", b"</", b"<!--", b"-->", b"<script>", b"<style>", b"<table><tr>", b"<svg>", b"<template>",
    b"&#x110000;", b"&#xD800;", b"&nbsp;", b'<meta charset="rot13">', b'<meta charset="utf-16">', b"<base href='//'>",
    b"<![CDATA[", b"<br",
]  # fmt: skip

DUMP = "\n".join(
    ["Skip to content", "Home", "News", "Log in", "Ferry aground off Oban", "By Ann Reid", "Published 7 March 2026",
     STORY, "Advertisement", STORY[::-1], "Related Articles", "Bakers walk out in Montelle", "Read more", "© 2026 Quay"]
).encode()  # fmt: skip
DUMP_WORDS = [
    b"Published ",
    b"\xe2\x80\x8b",
    b"\xf0\x9f\x98\x80",
    b"Comments\n",
    b"2026-02-30",
    b"\r",
    b"\xef\xbb\xbf",
    b"Related",
]


def http(body: bytes, *headers: str) -> bytes:
    """An answer with a page."""
    return "\r\n".join(["HTTP/1.1 200 OK", "Content-Type: text/html", *headers, "", ""]).encode() + body


def record(block: bytes, kind: str = "response", media_type: str = "application/http; msgtype=response") -> bytes:
    """A record of a web archive."""
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: https://quay.example/1\r\n"
        "WARC-Date: 2026-03-07T12:00:00Z\r\n"
        f"WARC-Record-ID: <urn:uuid:0>\r\nContent-Type: {media_type}\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


CHUNKED = http(b"%x\r\n%b\r\n0\r\n\r\n" % (len(PAGE), PAGE), "Transfer-Encoding: chunked")
WARCS = [
    record(http(PAGE)) + record(STORY.encode(), "conversion", "text/plain"), record(CHUNKED),
    record(http(b"\x1f\x8b\x08", "Content-Encoding: gzip")) + record(http(PAGE)),
]  # fmt: skip
WARC_WORDS = [
    b"WARC/1.0\r\n", b"Content-Length: ", b"-1", b"99999999999999999999", b"\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: gzip\r\n", b"Content-Encoding: deflate\r\n",
    b"HTTP/1.1 ", b"ffffffffffffffff\r\n", b"WARC-Type: ",
]  # fmt: skip

TOML = (ROOT / "config" / "dedup.toml").read_bytes() + (
    b'\n[sources.wire]\nkind = "spool"\nfolder = "/var/spool/dedup"\n[sources.db]\nkind = "sql"\n'
    b'url = "sqlite:////x.db"\nquery = "SELECT 1"\n'
)
TOML_WORDS = [
    b"[", b"[[", b"{", b"=", b"'", b'"""', b"nan", b"-inf", b"1e400", b"9" * 5_000, b"1979-05-27T07:32:00Z",
    b"\n[service]\n", b"\n[sources.x]\n", b"\n[sources]\nx = 1\n", b"true", b"\\ud800", b"\nbatch_size = ",
    b"A = B = C",
]  # fmt: skip
TOML_VALUES = [
    "1", "-1", "0.5", "nan", "-inf", "1e400", "true", "[]", "[1]", "{}", "{a = 1}", "1979-05-27", "07:32:00", '""',
    '"a"', r'"\u0000"', "0x" + "F" * 300, "0x" + "F" * 4_000, "9" * 5_000, '"info"', '"A = B; C = B"', '"sqlite://"',
    '"postgresql://u:p@h:port/x"', '"spool"', '"sql"', '"miniflux"', '["sql"]', '"//"', "[" * 200, f'"{"x" * 3_000}"',
]  # fmt: skip

# Of an article the terms, as they are stored: five lengths, a background, two terms, and of four vectors the second and
# the last have none.
TERMS = b"\2\0\2\0\0\0\1\0\0\0\x39\5" + b"\1\0\0\0\2\0\0\0" * 2 + b"\x10\x27\x20\x4e\5\0\0\0\xff\xff"
ROWS = tuple(
    (
        number, 2 * number, None if number % 3 == 0 else number, number // 2, number % 3, number % 4 > 0, 1,
        b"", b"\1\0\0\0", 3, bytes([number % 2, 0, 0, 0, 7, 0, 0, 0]), TERMS,
    )
    for number in range(12)
)  # fmt: skip
