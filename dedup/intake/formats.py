"""The formats of files: how each is recognised and which function reads it.

A further format is a reader, ``(stream, given) -> iterator of articles and rejections``, and a row in `FORMATS`.
"""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from dedup.errors import InputRejected
from dedup.intake import feed_file, json_file, page_file, warc_file
from dedup.intake.article import Article
from dedup.intake.given import Given, Unreadable
from dedup.intake.gzip_stream import GZIP
from dedup.intake.json_splitter import LIST_KEYS
from dedup.intake.wide import narrowed, wide_code

Reader = Callable[[io.BufferedReader, Given], Iterator[Article | Unreadable]]
"""Reads one file. May raise `InputRejected` for the file as a whole, after what it could read of it."""


@dataclass(frozen=True, slots=True)
class Format:
    """One format: its name, the suffixes that mean it, a description for the README, and its reader."""

    name: str
    suffixes: tuple[str, ...]
    description: str
    read: Reader


JSON_LINES = Format("JSON Lines", (".jsonl", ".ndjson"), "an article (or ninjs item) a line", json_file.read_lines)
JSON = Format(
    "JSON", (".json",), "an article (or ninjs item), a list of them, or an object with a list of them under "
    "articles, items or data", json_file.read_document,
)  # fmt: skip
FEED = Format("RSS, Atom", (".rss", ".atom", ".rdf"), "each entry", feed_file.read_feed)
WARC = Format("WARC", (".warc", ".wet"), "each page in it", warc_file.read_warc)
WACZ = Format("WACZ", (".wacz",), "each page in it", warc_file.read_wacz)
HTML = Format("HTML", (".html", ".htm", ".xhtml"), "a page, one article", page_file.read_html)
TEXT = Format("plain text", (".txt", ".text", ".md"), "one article in UTF-8", page_file.read_text)

FORMATS = (JSON_LINES, JSON, FEED, WARC, WACZ, HTML, TEXT)
"""All formats. Each may be gzipped, with .gz behind its suffix or without."""

_BY_SUFFIX = {suffix: form for form in FORMATS for suffix in form.suffixes}
_ZIP = b"PK\x03\x04"
_MAGIC = (
    (GZIP, "gzip inside gzip"), (b"%PDF-", "a PDF"), (b"filedesc://", "an ARC, which WARC replaced"),
    (b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"), (b"GIF8", "a GIF picture"), (b"SQLite format 3\0", "an SQLite database"),
)  # fmt: skip
_FEW_IN_MARKUP = 100
"""Of so many bytes of markup one may be a NUL: pages hold some, which are left out."""
# Of a list what is no word: "[Oban] A ferry ..." is a text.
_JSON = re.compile(rb"\{|\[(?!\s*[^\W\d_])")
_HTML = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|title|meta|link|script|style|main|article|section|div|h[1-6]|p|table)\b",
    re.IGNORECASE,
)


def recognise(name: str, head: bytes) -> Format:
    """The format of a file by its name, else by its first bytes, `head`. Raises `InputRejected`.

    Rejected are files without content (``empty``), data that is no text (``binary``) and XML that is neither page nor
    feed (``syntax``). A ``.json`` file with an object a line is JSON Lines, unless these are the elements of a list. A
    zip archive is taken for a WACZ, whose reader looks into it, and what begins like a WARC for one, whatever they are
    called.
    """
    if not head:
        raise InputRejected("empty", "there is nothing in the file")
    if head.startswith(_ZIP) or warc_file.is_warc(head):
        return WACZ if head.startswith(_ZIP) else WARC
    code = wide_code(head)
    start = (narrowed(head, code) if code else head.removeprefix(codecs.BOM_UTF8)).lstrip()
    looks_like_json = _JSON.match(start) is not None
    if not looks_like_json:
        for magic, what in _MAGIC:
            if head.startswith(magic):
                raise InputRejected("binary", f"this is {what}; unpack or convert it to text, HTML or JSON first")
        if b"\0" in start and not (start.startswith(b"<") and start.count(b"\0") * _FEW_IN_MARKUP <= len(start)):
            raise InputRejected("binary", "the file holds NUL bytes: it is data, not text")
    path = PurePosixPath(name.lower())
    suffix = PurePosixPath(path.stem).suffix if path.suffix == ".gz" else path.suffix
    named = _BY_SUFFIX.get(suffix)
    if named is JSON or (named is None and looks_like_json):
        return JSON_LINES if _has_lines(start) else JSON
    return named or _by_content(start, is_xml=suffix == ".xml" or start.startswith(b"<?xml"))


def _by_content(start: bytes, *, is_xml: bool) -> Format:
    """Feed, page or text; `is_xml` where name or declaration say so."""
    if feed_file.is_feed(start):
        return FEED
    if not start.startswith(b"<"):
        return TEXT
    if _HTML.search(start):
        return HTML
    if is_xml:
        raise InputRejected("syntax", "this is XML but neither a page nor a feed; convert it to HTML or JSON first")
    return TEXT


def _has_lines(start: bytes) -> bool:
    """Whether the beginning of a JSON file shows one object a line, the first of which may be broken."""
    if start.startswith(b"["):
        return False
    line, _, rest = start.partition(b"\n")
    first = line.decode(errors="replace")
    try:
        record = json.loads(first)
    except (ValueError, RecursionError):
        return rest.startswith(b"{") and not _goes_on(first)
    if not isinstance(record, dict):
        return False
    return rest.startswith(b"{") or not any(isinstance(record.get(key), list) for key in LIST_KEYS)


def _goes_on(first: str) -> bool:
    """Whether an object in the next line has its place in the JSON that `first` begins, as in ``{"items": [``.

    Behind a line that is broken or was cut off it has none.
    """
    try:
        json.loads(first + "{}")
    except json.JSONDecodeError as error:
        return error.pos > len(first)
    except (ValueError, RecursionError):
        pass
    return False
