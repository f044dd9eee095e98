"""WARC and WACZ: pages out of web archives, whole, cut off, damaged, huge."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest

from dedup.intake.article import Article
from dedup.intake.files import read
from dedup.intake.given import Unreadable

from .lines import uris

PAGE = "<html><head><title>Ferry aground</title></head><body><p>All 73 people were rescued.</p></body></html>"


def http(body: bytes | str, *headers: str, status: str = "200 OK", kind: str = "text/html; charset=utf-8") -> bytes:
    data = body.encode() if isinstance(body, str) else body
    return "\r\n".join([f"HTTP/1.1 {status}", f"Content-Type: {kind}", *headers, "", ""]).encode() + data


def record(uri: str, block: bytes, kind: str = "response", media_type: str = "application/http; msgtype=response"):
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {uri}\r\nWARC-Date: 2026-03-07T12:00:00Z\r\n"
        f"WARC-Record-ID: <urn:uuid:0>\r\nContent-Type: {media_type}\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def page(number: int, body: str = PAGE) -> bytes:
    return record(f"https://quay.example/{number}", http(body))


def all_of(data: bytes, max_bytes: int = 100_000):
    return list(read(["-"], source="crawl", max_bytes=max_bytes, stdin=io.BytesIO(data)))


@pytest.mark.parametrize("blank", [" ", "\t", "    "])
def test_a_header_goes_on_in_lines_that_begin_with_a_blank(blank: str) -> None:
    """WARC 1.0, 4: as in a header of HTTP 1.1."""
    folded = page(1).replace(
        b"Content-Type: application/http; ", f"Content-Type:\r\n{blank}application/http;\r\n{blank}".encode(), 1
    )
    found = all_of(folded.replace(b"WARC-Type: ", f"WARC-Type:\r\n{blank}".encode()) + page(2))
    assert [article.uri for article in found] == ["https://quay.example/1", "https://quay.example/2"]


def test_a_page_becomes_an_article_known_by_its_address() -> None:
    info = record("", b"software: crawler", "warcinfo", "application/warc-fields")
    assert all_of(info + page(1)) == [
        Article("https://quay.example/1", PAGE, "crawl", "https://quay.example/1", content_type="text/html")
    ]


def test_what_is_no_page_is_passed_over() -> None:
    others = [
        record("https://quay.example/p.png", http(b"\x89PNG\0", kind="image/png")),
        # What crawlers keep of themselves, and of the text of a page that they keep as well.
        record("metadata://crawler.example/crawl.log", b"Saved 3 files.", "resource", "text/plain"),
        record("urn:text:https://quay.example/1", b"All were rescued.", "resource", "text/plain"),
        record("https://quay.example/robots.txt", http("Disallow: /", kind="text/plain")),
        record("https://quay.example/moved", http(PAGE, status="301 Moved")),
        record("https://quay.example/gone", http(PAGE, status="404 Not Found")),
        record("https://quay.example/1", b"GET / HTTP/1.1\r\n\r\n", "request", "application/http; msgtype=request"),
        record("https://quay.example/1", http(""), "revisit"),
    ]
    assert uris(all_of(b"".join(others) + page(2))) == ["https://quay.example/2"]
    (empty,) = all_of(b"".join(others))
    assert (empty.reason, empty.detail) == ("empty", "the archive holds 8 records, and none of them is a page")


@pytest.mark.parametrize("prolog", ["", "\ufeff", " \n", "<!-- made by hand -->\n<!doctype HTML>"])
def test_a_response_without_a_media_type_is_a_page_where_it_begins_like_one(prolog: str) -> None:
    told_nothing = b"HTTP/1.1 200 OK\r\nServer: quay\r\n\r\n"
    html = record("https://quay.example/1", told_nothing + (prolog + PAGE).encode())
    packed = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress((prolog + PAGE).encode())
    text = record("https://quay.example/3", told_nothing + b"Disallow: /")
    found = all_of(html + record("https://quay.example/2", packed) + text)
    assert uris(found) == ["https://quay.example/1", "https://quay.example/2"]
    assert {article.content_type for article in found} == {"text/html"}


def test_text_and_pages_without_their_response() -> None:
    wet = record("<https://quay.example/1>", "Alle gerettet: Fähre.".encode(), "conversion", "text/plain")
    html = record("https://quay.example/2", PAGE.encode(), "resource", "text/html")
    text, found = all_of(wet + html)
    assert (text.uri, text.body, text.content_type) == ("https://quay.example/1", "Alle gerettet: Fähre.", "text/plain")
    assert (found.body, found.content_type) == (PAGE, "text/html")


CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(PAGE), PAGE.encode())


PACKED = gzip.compress(PAGE.encode(), mtime=0)
GZIPPED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(PACKED), PACKED)


@pytest.mark.parametrize(
    "block",
    [
        http(CHUNKED, "Transfer-Encoding: chunked"),
        http(gzip.compress(PAGE.encode(), mtime=0), "Content-Encoding: gzip"),
        http(zlib.compress(PAGE.encode()), "Content-Encoding: deflate"),
        http(zlib.compress(PAGE.encode())[2:-4], "Content-Encoding: deflate"),
        http(PAGE, "Transfer-Encoding: chunked", "Content-Encoding: gzip"),
        http(PAGE, "Content-Encoding: br"),
        http(CHUNKED, "Transfer-Encoding: identity, Chunked"),
        http(CHUNKED, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
        http(GZIPPED, "Transfer-Encoding: gzip", "Transfer-Encoding: chunked"),
        http(GZIPPED, "Transfer-Encoding: chunked", "Content-Encoding: gzip, gzip"),
        http(CHUNKED, "Transfer-Encoding: gzip,chunked", "Content-Encoding: gzip"),
        http(PAGE, "Content-Length: 5"),
        http(PAGE).replace(b"\r\n", b"\n"),
        http(PAGE, kind="Text/HTML"),
    ],
    ids=[
        "chunked",
        "gzip",
        "zlib",
        "deflate",
        "put together",
        "br unpacked",
        "of several",
        "chunked twice",
        "gzip and chunked",
        "gzip twice",
        "gzip undone",
        "length",
        "newlines",
        "case",
    ],
)
def test_a_body_as_it_was_sent_or_already_unpacked(block: bytes) -> None:
    (article,) = all_of(record("https://quay.example/1", block))
    assert article.body == PAGE


BEGIN, END = PAGE[:40].encode(), PAGE[40:].encode()


@pytest.mark.parametrize(
    "body",
    [
        b"28\n%b\n%x\n%b\n0\n\n" % (BEGIN, len(END), END),
        b"28\r\n%b\r\n%X;key=value\r\n%b\r\n0\r\nX-Sum: 1\r\n\r\n" % (BEGIN, len(END), END),
        b"028 \r\n%b\r\n%x  \r\n%b\r\n0\r\n\r\n" % (BEGIN, len(END), END),
        b"28\r\n%b\r\n%x\r\n%b" % (BEGIN, len(END) + 9, END),
        b"28\r\n%b\r\n%x\r\n%b\r\n" % (BEGIN, len(END), END),
        b"28\r\n%b\r\n%x\r\n%b\r\n2" % (BEGIN, len(END), END),
    ],
    ids=["bare LF", "extension and trailer", "blanks", "cut in a chunk", "cut behind one", "cut in a size"],
)
def test_chunks_are_put_together(body: bytes) -> None:
    (article,) = all_of(record("https://quay.example/1", http(body, "Transfer-Encoding: chunked")))
    assert article.body == PAGE


@pytest.mark.parametrize(
    "body",
    [
        "12\nAll 73 people were rescued.\n9",
        "Rescued.",
        "0x5\nabcde\n0\n\n",
        "2024\nAll 73 people were rescued.",
        "Beef\r\n<p>All 73 people were rescued.</p>\r\n",
        "0\n<p>people are missing.</p>\n",
        "0\r\npeople: none is missing.\r\n<p>All were rescued.</p>",
    ],
)
def test_what_is_no_chunks_stays_as_it_is(body: str) -> None:
    (article,) = all_of(record("https://quay.example/1", http(body, "Transfer-Encoding: chunked")))
    assert article.body == body


@pytest.mark.parametrize("body", ["0\r\n\r\n", "0\r\nX-Sum: 1\r\n\r\n", "0\n", "0"])
def test_no_chunk_but_the_last_is_an_empty_body(body: str) -> None:
    (nothing,) = all_of(record("https://quay.example/1", http(body, "Transfer-Encoding: chunked")))
    assert nothing.reason == "empty"


def test_a_first_chunk_that_was_cut_off_is_known_by_the_record_or_by_how_it_is_packed() -> None:
    packed = gzip.compress(PAGE.encode(), mtime=0)
    cut = http(f"1f40\r\n{PAGE}", "Transfer-Encoding: chunked")
    said = record("https://quay.example/1", cut).replace(b"WARC-Date", b"WARC-Truncated: length\r\nWARC-Date")
    shown = http(b"1f40\r\n" + packed, "Transfer-Encoding: chunked", "Content-Encoding: gzip")
    assert [one.body for one in all_of(said + record("https://quay.example/2", shown))] == [PAGE, PAGE]


def test_an_archive_of_which_every_line_ends_with_a_bare_lf() -> None:
    body = b"28\n%b\n%x\n%b\n0\n\n" % (BEGIN, len(END), END)
    block = http(body, "Transfer-Encoding: chunked").replace(b"\r\n", b"\n")
    found = all_of(record("https://quay.example/1", block).replace(b"\r\n", b"\n") + page(2))
    assert [one.body for one in found] == [PAGE, PAGE]


@pytest.mark.parametrize(
    "block",
    [
        http(PAGE).replace(b"HTTP/1.1 200 OK", b"HTTP/2 200"),
        http(PAGE).replace(b"HTTP/1.1 200 OK", b"HTTP/3 200 "),
        http(PAGE).replace(b"HTTP/1.1", b"HTTP/2.0"),
        http(PAGE).replace(b"HTTP/1.1 200 OK", b"HTTP/1.0 200"),
        http(CHUNKED, "Transfer-Encoding: chunked").replace(b"HTTP/1.1 200 OK", b"HTTP/2 200"),
        http(PAGE, *(f"X-{number}: y" for number in range(500))),
        http(PAGE, "Set-Cookie: " + "y" * 70_000),
        http(CHUNKED, *["Link: <x>"] * 101, "Transfer-Encoding: Chunked"),
        http(gzip.compress(PAGE.encode(), mtime=0), "Link: " + "é" * 70_000, "Content-Encoding: gzip"),
        b"HTTP/1.1 100 Continue\r\n\r\n" + http(PAGE),
        b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" * 2 + http(PAGE),
    ],
    ids=[
        "2", "3", "2.0", "1.0", "2 chunked", "500 headers", "long line", "101 and chunked", "long and gzip", "100",
        "103",
    ],
)  # fmt: skip
def test_a_header_of_any_version_and_length(block: bytes) -> None:
    (article,) = all_of(record("https://quay.example/1", block))
    assert article.body == PAGE


def test_the_charset_of_the_response_is_believed_before_the_page() -> None:
    body = '<html><meta charset="iso-8859-1"><p>Паром сел на мель у берега.</p>'.encode("cp1251")
    (article,) = all_of(record("https://quay.example/1", http(body, kind="text/html; charset=windows-1251")))
    assert "Паром" in article.body


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        (http(""), "empty"),
        (http("x" * 100_001), "too_large"),
        (http("x" * 300_000), "too_large"),
        (http(gzip.compress(b"x" * 10_000_000, mtime=0), "Content-Encoding: gzip"), "too_large"),
        (http(b"\x1b\x80" * 50, "Content-Encoding: br"), "binary"),
        (b"no response at all", "syntax"),
        (b"HTTP/1.1 OK\r\nContent-Type: text/html\r\n\r\n<p>Text.", "syntax"),
        (b"HTTP/1.1 2000 OK\r\nContent-Type: text/html\r\n\r\n<p>Text.", "syntax"),
        (b"", "syntax"),
        (http("<p>a\0b</p>"), "binary"),
    ],
)
def test_a_page_that_cannot_be_used_has_its_row_and_the_next_is_read(block: bytes, reason: str) -> None:
    found = all_of(record("https://quay.example/1", block) + page(2))
    assert uris(found) == [f"{reason}@https://quay.example/1", "https://quay.example/2"]
    assert found[0].detail.endswith("(stdin#1)")


def test_a_page_without_an_address() -> None:
    assert uris(all_of(page(1).replace(b"WARC-Target-URI", b"X-Target-URI"))) == ["missing_field@stdin#1"]


@pytest.mark.parametrize("behind", [b"", b"\0" * 8, b"junk", gzip.compress(b"x" * 500, mtime=0)[:-9][:20]])
def test_a_page_that_was_packed_in_parts_is_whole(behind: bytes) -> None:
    parts = b"".join(gzip.compress(PAGE.encode()[at : at + 30], mtime=0) for at in range(0, len(PAGE), 30))
    (found,) = all_of(record("https://quay.example/1", http(parts + behind, "Content-Encoding: gzip")))
    assert isinstance(found, Article)
    assert found.body.rstrip("x") == PAGE


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzipped"])
def test_an_archive_that_was_cut_off_gives_what_it_holds_and_says_where_it_broke(packed: bool) -> None:
    pack = gzip.compress if packed else bytes
    parts = [pack(page(number)) for number in range(5)]
    whole = b"".join(parts)
    before = sum(map(len, parts[:3]))
    for end in (before + 7, before + len(parts[3]) // 2, before + len(parts[3]) - 20):
        found = all_of(whole[:end])
        taken, last = found[:-1], found[-1]
        assert [article.uri[-1] for article in taken] == ["0", "1", "2"]
        assert isinstance(last, Unreadable)
        assert (last.reason, last.uri) == ("syntax", "stdin")
        assert "record 4" in last.detail or "record 3" in last.detail
        assert "cut off" in last.detail
        assert "byte" in last.detail


def test_damage_between_records_and_in_headers_is_said_with_its_place() -> None:
    _, lost = all_of(page(1) + b"garbage" + page(2))
    assert lost.detail.startswith("record 2 at byte ")
    assert "does not begin with WARC/" in lost.detail
    _, lost = all_of(page(1) + page(2).replace(b"Content-Length: ", b"Content-Length: -"))
    assert "does not say how long it is: '-" in lost.detail
    _, lost = all_of(page(1) + b"WARC/1.0\r\n" + b"X-Long: y\r\n" * 10_000 + b"\r\n")
    assert "header of more than 65,536 bytes" in lost.detail
    _, lost = all_of(page(1) + b"WARC/1.0\r\nX-Long: " + b"y" * 1_000_000)
    assert "header of more than 65,536 bytes" in lost.detail


def wacz(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_a_wacz_gives_the_pages_of_all_its_archives(tmp_path) -> None:
    members = {
        "datapackage.json": b"{}",
        "archive/b.warc.gz": gzip.compress(page(3)) + gzip.compress(page(4)),
        "archive/a.warc": page(1) + page(2),
        "indexes/index.cdx.gz": b"",
    }
    for name, method in (("a.wacz", zipfile.ZIP_STORED), ("unnamed", zipfile.ZIP_DEFLATED)):
        found = list(read([wacz(tmp_path / name, members, method)], source="s", max_bytes=1_000))
        assert [article.uri[-1] for article in found] == ["1", "2", "3", "4"]


def test_a_wacz_with_a_broken_archive_gives_the_others(tmp_path) -> None:
    members = {"archive/a.warc": page(1)[:-30], "archive/b.warc": page(2)}
    found = list(read([wacz(tmp_path / "a.wacz", members)], source="s", max_bytes=1_000))
    assert uris(found) == ["syntax@a.wacz/archive/a.warc", "https://quay.example/2"]


def test_zip_archives_that_are_none_or_cannot_be_read(tmp_path) -> None:
    path = wacz(tmp_path / "a.wacz", {"word/document.xml": b"<x/>"})
    assert uris(read([path], source="s", max_bytes=1_000)) == ["binary@a.wacz"]
    whole = wacz(tmp_path / "b.wacz", {"archive/a.warc": page(1)}).read_bytes()
    (tmp_path / "c.wacz").write_bytes(whole[:4] + whole[24:])  # its members lie before its beginning
    assert uris(read([tmp_path / "c.wacz"], source="s", max_bytes=1_000)) == ["syntax@c.wacz"]
    (tmp_path / "b.wacz").write_bytes(whole[:-40])
    (tmp_path / "b.wacz.gz").write_bytes(gzip.compress(whole))
    assert uris(read([tmp_path / "b.wacz"], source="s", max_bytes=1_000)) == ["syntax@b.wacz"]
    assert uris(read([tmp_path / "b.wacz.gz"], source="s", max_bytes=1_000)) == ["binary@b.wacz.gz"]


def test_a_large_archive_needs_the_memory_of_one_page(tmp_path) -> None:
    member = gzip.compress(b"".join(page(n, PAGE + "<p>Words of a text. " * 5_000) for n in range(100)))
    path = tmp_path / "a.warc.gz"
    with path.open("wb") as file:
        for _ in range(5):
            file.write(member)
        file.write(gzip.compress(record("https://quay.example/film", http(b"\0" * 100_000_000, kind="video/mp4"))))
    calls: list[tuple[int, int | None]] = []
    tracemalloc.start()
    try:
        items = read([path], source="s", max_bytes=1_000_000, on_progress=lambda *call: calls.append(call))
        count = sum(isinstance(item, Article) for item in items)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 500
    assert peak < 16_000_000
    assert calls[-1] == (path.stat().st_size, path.stat().st_size)
