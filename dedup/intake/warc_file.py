"""Web archives: the pages in a WARC file (ISO 28500, 0.17 to 1.1), and in the WARC files of a WACZ.

A page is a response with status 200 that is HTML, or a record of kind resource or conversion that is HTML or plain text
(WET). Requests, redirects, pictures, scripts, robots.txt and the logs of crawlers are no articles and are passed over.
"""

from __future__ import annotations

import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from typing import cast

from w3lib.encoding import http_content_type_encoding

from dedup.errors import InputRejected
from dedup.intake.article import Article
from dedup.intake.canonical import canonical
from dedup.intake.given import Given, Unreadable
from dedup.intake.gzip_stream import DAMAGED, GZIP, Unzipped
from dedup.intake.json_article import read_record
from dedup.intake.page_file import decode_html, decode_text
from dedup.intake.web import WEB

_CHUNK = 1 << 18
_HEADER_BYTES = 1 << 16
_VERSION = re.compile(rb"WARC/\d\.\d+\s*")
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_SNIFFED = 4_096
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})(?!\d)[^\n]*\n?")
_INTERIM = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+1\d\d(?!\d).*?\r?\n\r?\n", re.DOTALL)
# A size at the end of the body was cut off.
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\n]*)?(?:\r?\n|\Z)")
_TRAILER = re.compile(rb"(?:[\w!#$%&'*+.^`|~-]+:[^\n]*\n)*\s*")
_LINE_END = re.compile(rb"\r?\n")
_MOST_PARTS = 100  # of gzip in a page; what is left behind each is copied
_HTML = ("text/html", "application/xhtml+xml")
# What zipfile raises for archives that are none, damaged, encrypted or packed in a way that it does not know.
_DAMAGED_ZIP = (
    zipfile.BadZipFile, *DAMAGED, lzma.LZMAError, struct.error, KeyError, NotImplementedError, OverflowError,
    RuntimeError, ValueError,
)  # fmt: skip
_WARC_IN_WACZ = re.compile(r"archive/.*\.warc(\.gz)?")


def is_warc(head: bytes) -> bool:
    """Whether `head`, the beginning of an unpacked file, opens a WARC."""
    return _VERSION.match(head) is not None


def read_warc(stream: io.BufferedReader, given: Given) -> Iterator[Article | Unreadable]:
    """The pages of a WARC file, in its order; of each no more is in memory than its own record.

    A file that is cut off or damaged gives the pages before that place. Raises `InputRejected`, which names the place.
    """
    warc = _Warc(stream)
    pages = 0
    for record in warc.records():
        if record.may_be_page:
            block = warc.block(2 * given.max_bytes + _HEADER_BYTES)
            page = _page(record, block, given)
            if page is not None:
                pages += 1
                yield page
    if not pages:
        raise InputRejected("empty", f"the archive holds {warc.number:,} records, and none of them is a page")


def read_wacz(stream: io.BufferedReader, given: Given) -> Iterator[Article | Unreadable]:
    """The pages of all WARC files in a WACZ, in the order of their names. Raises `InputRejected`."""
    if not stream.seekable():
        raise InputRejected("binary", "a WACZ is read from its end, which a pipe does not allow; give it as a file")
    try:
        with zipfile.ZipFile(stream) as archive:
            names = sorted(name for name in archive.namelist() if _WARC_IN_WACZ.fullmatch(name))
            if not names:
                detail = "this is a zip archive or office document without archive/*.warc; unpack or convert it first"
                raise InputRejected("binary", detail)
            for name in names:
                member = Given(f"{given.name}/{name}", given.source, given.max_bytes, given.headlines)
                try:
                    with archive.open(name) as packed:
                        yield from _member(cast(io.RawIOBase, packed), member)
                except InputRejected as rejected:
                    yield member.unreadable(rejected.reason, rejected.detail)
    except _DAMAGED_ZIP as error:
        reason = "syntax" if ".wacz" in given.name.lower() else "binary"
        raise InputRejected(reason, f"the zip archive is damaged, cut off or encrypted: {error}") from error


def _member(packed: io.RawIOBase, given: Given) -> Iterator[Article | Unreadable]:
    stream: io.BufferedReader = io.BufferedReader(packed, _CHUNK)
    if stream.peek(2)[:2] == GZIP:
        stream = io.BufferedReader(Unzipped(stream), _CHUNK)
    yield from read_warc(stream, given)


@dataclass(frozen=True, slots=True)
class _Record:
    """The header of a record: which one it is in the file, what it is, and the page it is about."""

    number: int
    kind: str
    uri: str
    media_type: str
    length: int
    truncated: bool

    @property
    def may_be_page(self) -> bool:
        if self.kind == "response":
            return self.media_type.startswith("application/http")
        if self.kind == "resource" and not self.uri.lower().startswith(WEB):  # so crawlers keep their logs
            return self.media_type.startswith(_HTML)
        return self.kind in ("resource", "conversion") and self.media_type.startswith((*_HTML, "text/plain"))


class _Warc:
    """A WARC, record by record. `block` may be asked for once a record; what is not asked for is passed over."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self.number = 0
        self._stream = stream
        self._offset = 0  # bytes of the unpacked file that were read
        self._left = 0  # bytes of the record that were not
        self._uri = ""

    def records(self) -> Iterator[_Record]:
        """The headers of all records. Raises `InputRejected` where the file breaks."""
        while (header := self._header()) is not None:
            yield header
            self._pass_over()

    def block(self, most: int) -> bytes | None:
        """The content of the record at hand; None where it is longer than `most` bytes."""
        return self._take(self._left) if self._left <= most else None

    def _header(self) -> _Record | None:
        line = b"\r\n"
        while line in (b"\r\n", b"\n"):
            line = self._line(_HEADER_BYTES)
        if not line:
            return None
        self.number += 1
        self._uri = ""
        if not line.endswith(b"\n") and b"WARC/1.".startswith(line[:7]):
            raise self._cut()
        if not _VERSION.fullmatch(line):
            raise InputRejected("syntax", f"{self._place()} does not begin with WARC/: {line[:40]!r}; it is damaged")
        fields: dict[str, str] = {}
        name, room = "", _HEADER_BYTES
        while (line := self._line(room)).strip():
            room -= len(line)
            if not room:
                raise InputRejected("syntax", f"{self._place()} has a header of more than {_HEADER_BYTES:,} bytes")
            text = line.decode("utf-8", "replace")
            if text[0] in " \t":  # the line before goes on
                fields[name] = f"{fields.get(name, '')} {text.strip()}".strip()
                continue
            name, _, value = text.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
        self._uri = fields.get("warc-target-uri", "").strip("<>")
        length = fields.get("content-length", "")
        if not line:
            raise self._cut()
        if not (length.isascii() and length.isdecimal() and len(length) < 16):
            raise InputRejected("syntax", f"{self._place()} does not say how long it is: {length[:40]!r}")
        self._left = int(length)
        kind, media_type = fields.get("warc-type", "").lower(), fields.get("content-type", "").lower()
        return _Record(self.number, kind, self._uri, media_type, self._left, "warc-truncated" in fields)

    def _line(self, most: int) -> bytes:
        try:
            line = self._stream.readline(most)
        except DAMAGED as error:
            raise self._cut(error) from error
        self._offset += len(line)
        return line

    def _take(self, size: int) -> bytes:
        try:
            data = self._stream.read(size)
        except DAMAGED as error:
            raise self._cut(error) from error
        self._offset += len(data)
        self._left -= len(data)
        if len(data) < size:
            raise self._cut()
        return data

    def _pass_over(self) -> None:
        while self._left:
            self._take(min(self._left, _CHUNK))

    def _place(self) -> str:
        about = f", {self._uri[:200]}," if self._uri else ""
        return f"record {self.number}{about} at byte {self._offset:,} of the unpacked file"

    def _cut(self, error: Exception | None = None) -> InputRejected:
        why = f"the gzip data is damaged or cut off ({error})" if error else "the file was cut off"
        return InputRejected("syntax", f"{why} in {self._place()}; the records before it were read")


def _page(record: _Record, block: bytes | None, given: Given) -> Article | Unreadable | None:
    """The article in a record, why it is none, or None where it is no page."""
    place = f"{given.name}#{record.number}"
    try:
        if block is None:
            raise InputRejected("too_large", f"the record has {record.length:,} bytes")
        media_type, data = record.media_type, block
        if record.kind == "response":
            response = _response(block, given.max_bytes, truncated=record.truncated)
            if response is None:
                return None
            media_type, data = response
        if len(data) > given.max_bytes:
            raise InputRejected("too_large", f"the page has more than {given.max_bytes:,} bytes, ingest.max_bytes")
        html = media_type.startswith(_HTML)
        body = decode_html(data, http_content_type_encoding(media_type)) if html else decode_text(data)
    except InputRejected as rejected:
        return given.unreadable(rejected.reason, f"{rejected.detail} ({place})", record.uri or place)
    text = {"body_html" if html else "body_text": body}
    return read_record({"uri": canonical(record.uri) or None, "url": record.uri or None} | text, given, place)


def _joined(body: bytes, *, truncated: bool) -> bytes:
    """The chunks of `body` put together (RFC 9112, 7.1), as far as they go; `body` itself where it holds none.

    Some archives end the lines between them with a bare LF. A text that was put together already may begin with a line
    that could be a size; what is cut off in the first chunk is told from it by the record, which says `truncated`, or
    by being packed.
    """
    parts: list[bytes] = []
    at = 0
    while size := _CHUNK_SIZE.match(body, at):
        begin = size.end()
        at = begin + int(size[1], 16)
        if at == begin:
            return b"".join(parts) if parts or _TRAILER.fullmatch(body, begin) else body
        if at > len(body) and not (parts or truncated or body.startswith(GZIP, begin)):
            return body
        parts.append(body[begin:at])
        end = _LINE_END.match(body, at)
        if at >= len(body) or (end is not None and end.end() == len(body)):
            return b"".join(parts)  # it was cut off
        if end is None:
            break
        at = end.end()
    return body


def _response(block: bytes, max_bytes: int, *, truncated: bool) -> tuple[str, bytes] | None:
    """Media type and body, unpacked, of an HTTP response; None where it is no page. At most ``max_bytes + 1`` bytes.

    Many archives keep the header as it was sent and the body already unpacked, so no header is believed blindly. The
    header may say HTTP/2 or HTTP/3, which have none in text, and be as long as it likes.
    """
    while interim := _INTERIM.match(block):
        block = block[interim.end() :]
    status = _STATUS.match(block)
    if status is None:
        raise InputRejected("syntax", f"the HTTP response cannot be read, it begins with {block[:40]!r}")
    end = _HEADER_END.search(block)
    head, body = (block[: end.start()], block[end.end() :]) if end else (block, b"")
    header = HeaderParser().parsestr(head[status.end() :].decode("latin-1"))
    media_type = header.get("Content-Type", "").lower().strip()
    if status[1] != b"200" or (media_type and not media_type.startswith(_HTML)):
        return None
    for coding in reversed(_codings(header)):
        if coding == "chunked":
            body = _joined(body, truncated=truncated)
        elif coding in ("gzip", "x-gzip", "deflate"):
            body = _inflated(body, max_bytes)
        elif coding in ("br", "zstd") and not body.lstrip().startswith(b"<"):
            raise InputRejected("binary", f"the page is packed with {coding}; unpack the archive's pages first")
    if not media_type:  # as browsers do, what begins like a page is one
        return (_HTML[0], body) if _PAGE.match(_COMMENT.sub(b"", body[:_SNIFFED])) else None
    return media_type, body


def _codings(header: Message) -> list[str]:
    """What was done to a body before it was sent, in that order, each once."""
    values = [*header.get_all("Content-Encoding", ()), *header.get_all("Transfer-Encoding", ())]
    return list(dict.fromkeys(coding.strip().lower() for value in values for coding in value.split(",")))


def _inflated(body: bytes, max_bytes: int) -> bytes:
    for window in (47, -15):  # gzip or zlib by the header; deflate without one
        unpacked = zlib.decompressobj(window)
        try:
            data = unpacked.decompress(body, max_bytes + 1)
        except zlib.error:
            continue
        with suppress(zlib.error):  # what was unpacked before counts
            for _ in range(_MOST_PARTS):
                if not unpacked.unused_data.startswith(GZIP) or len(data) > max_bytes:
                    break
                rest, unpacked = unpacked.unused_data, zlib.decompressobj(window)
                data += unpacked.decompress(rest, max_bytes + 1 - len(data))
        return data
    return body  # it was unpacked already
