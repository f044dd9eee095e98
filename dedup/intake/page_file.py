"""Files of one article each: an HTML page or a plain text."""

from __future__ import annotations

import codecs
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress

import charset_normalizer
from w3lib.encoding import html_body_declared_encoding, read_bom

from dedup.errors import InputRejected
from dedup.intake.article import Article
from dedup.intake.given import Given
from dedup.intake.json_article import check_body
from dedup.intake.wide import wide_code

STDIN = "stdin"
"""Name of what comes through ``-``, or through a pipe without a name."""

_SAMPLE = 1 << 16
_BROKEN_SHARE = 1_000  # a page may have one undecodable character in so many, as browsers show it
_BROKEN_SHARE_OF_FOREIGN = 4  # and one for so many that are UTF-8 and not ASCII, whatever the page declares
# Codecs that Python has and no page is written in; one of them takes quadratic time.
NO_CHARSETS = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined", "utf-7"})
_FOREIGN = re.compile("[^\x00-\x7f\ufffd]")
_BETWEEN_TAGS = re.compile(rb"[^<>]+")
_CONTROLS = bytes((*range(0x09), *range(0x0E, 0x20), 0x7F))
"""With one of these nothing is a text to charset-normalizer."""
_LANGUAGE = re.compile(rb"<html\b[^>]{0,400}?\slang\s*=\s*[\"']?(?!en\b)([a-z]{2})\b", re.IGNORECASE)
# What pages in a language may be in where they do not say it, as browsers guess (HTML, 13.2.3.2). English is stated by
# many a template; like all that is not here it counts as western.
_USUAL = {
    **dict.fromkeys(("bs", "cs", "hr", "hu", "pl", "ro", "sk", "sl", "sq"), ("cp1250", "iso8859_2")),
    **dict.fromkeys(("be", "bg", "kk", "ky", "mk", "mn", "ru", "tg", "uk"), ("cp1251", "koi8_r", "koi8_u", "cp866")),
    **dict.fromkeys(("az", "ku", "tr"), ("cp1254",)), **dict.fromkeys(("et", "lt", "lv"), ("cp1257",)),
    **dict.fromkeys(("ar", "fa", "ur"), ("cp1256",)), "sr": ("cp1250", "cp1251"), "el": ("cp1253",), "he": ("cp1255",),
    "th": ("cp874",), "ja": ("cp932", "euc_jp"), "ko": ("cp949",), "zh": ("gb18030", "big5"),
}  # fmt: skip
_WESTERN = ("cp1252",)
_ON_THE_WEB = ["utf_8", *_WESTERN, *dict.fromkeys(code for codes in _USUAL.values() for code in codes)]
_NEARLY, _VERY_NEARLY = 0.1, 0.05
"""How much more of a text may look odd in an encoding than in the best one, where the page states a language or not."""
_TEXT_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip


def read_html(stream: io.BufferedReader, given: Given) -> Iterator[Article]:
    """The one article of an HTML file. Raises `InputRejected`."""
    data = _whole(stream, given)
    yield _article(data, decode_html(data), "text/html", given)


def read_text(stream: io.BufferedReader, given: Given) -> Iterator[Article]:
    """The one article of a text file. Raises `InputRejected`."""
    data = _whole(stream, given)
    yield _article(data, decode_text(data), "text/plain", given)


def decode_html(data: bytes, told: str | None = None) -> str:
    """The characters of a page. Raises `InputRejected` (``encoding``).

    In this order: the byte order mark; the zeros of UTF-16 in its first tag; UTF-8 where that nearly fits, because
    nothing else does so by chance; what its server `told`, or else the page declares; what charset-normalizer finds,
    and of what that cannot tell apart what pages in the page's language usually are in. A few broken characters become
    U+FFFD; a few NULs are left out, as browsers do.
    """
    text = _decoded(data, told)
    few = b"\0" in data and text.count("\0") * _BROKEN_SHARE <= len(text)
    return text.replace("\0", "") if few else text


def _decoded(data: bytes, told: str | None) -> str:
    marked, mark = read_bom(data)
    if marked and mark:
        return data[len(mark) :].decode(marked, "replace")
    if code := wide_code(data):
        return data.decode(code, "replace")
    declared = [
        charset
        for charset in (told, html_body_declared_encoding(data))
        # A declaration that was read as ASCII cannot be true of UTF-16.
        if charset and not charset.startswith(("utf-16", "utf-32")) and charset not in NO_CHARSETS
    ]
    # In pure ASCII only the declaration can tell (ISO-2022-JP).
    fitting = None if data.isascii() else _nearly_utf_8(data)
    if fitting is None:
        fitting = _unbroken(data, (*declared, "utf-8"))
    if fitting is not None:
        return fitting
    broken = None
    for charset in (*declared, "utf-8"):
        try:
            text = data.decode(charset, "replace")
        except (UnicodeError, LookupError):
            continue
        lost = text.count("\ufffd")
        if lost * _BROKEN_SHARE <= len(text):
            if lost < len(_FOREIGN.findall(text)):
                return text
            broken = broken or text  # all that is not ASCII is lost: it is in another encoding
    found = _likeliest(data)
    if found is not None:
        return data.decode(found, "replace")
    if broken is None:
        raise InputRejected("encoding", f"this is not {(*declared, 'utf-8')[0]}, nor any other encoding that is known")
    return broken


def _nearly_utf_8(data: bytes) -> str | None:
    """The characters of what is UTF-8, but for some that are broken; None where it is not."""
    with suppress(UnicodeDecodeError):
        return data.decode()
    text = data.decode("utf-8", "replace")
    return text if text.count("\ufffd") * _BROKEN_SHARE_OF_FOREIGN <= len(_FOREIGN.findall(text)) else None


def _unbroken(data: bytes, charsets: Sequence[str]) -> str | None:
    for charset in charsets:
        with suppress(UnicodeError, LookupError):
            return data.decode(charset)
    return None


def _likeliest(data: bytes) -> str | None:
    """What the text of a page that is not ASCII looks to be in; None where nothing fits."""
    sample = bytearray()
    for text in _BETWEEN_TAGS.finditer(data):
        if not text[0].isascii():
            sample += text[0].translate(None, _CONTROLS) + b"\n"
        if len(sample) >= _SAMPLE:
            break
    matches = charset_normalizer.from_bytes(sample[:_SAMPLE], cp_isolation=_ON_THE_WEB)
    best = matches.best()
    if best is None:
        return None
    stated = _LANGUAGE.search(data[:_SAMPLE])
    if stated:
        usual = _USUAL.get(stated[1].decode().lower(), _WESTERN)
        alike = (match for match in matches if match.chaos <= best.chaos + _NEARLY)
    else:
        usual = _WESTERN
        close = (match for match in matches if match.chaos <= best.chaos + _VERY_NEARLY)
        alike = (match for match in close if match.coherence >= best.coherence)
    return next((match.encoding for match in alike if match.encoding in usual), best.encoding)


def decode_text(data: bytes) -> str:
    """The characters of a text file: UTF-8, or what its byte order mark says. Raises `InputRejected` (``encoding``)."""
    charset = next((name for mark, name in _TEXT_BOMS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(charset)
    except UnicodeDecodeError as error:
        near = data[max(0, error.start - 20) : error.start + 10]
        detail = f"byte {error.start + 1} is not {charset}: {near!r}; convert it with: iconv -f ... -t UTF-8"
        raise InputRejected("encoding", detail) from error


def _whole(stream: io.BufferedReader, given: Given) -> bytes:
    data = stream.read(given.max_bytes + 1)
    if len(data) > given.max_bytes:
        raise InputRejected("too_large", f"the file has more than {given.max_bytes:,} bytes, ingest.max_bytes")
    return data


def _article(data: bytes, body: str, content_type: str, given: Given) -> Article:
    check_body(body, given.max_bytes)
    uri = given.name
    if uri == STDIN:  # it has no name, and two pages must not count as versions of one article
        uri = f"{STDIN}:{hashlib.sha256(data).hexdigest()[:16]}"
    return Article(uri, body, given.source, content_type=content_type)
