"""Files of JSON articles: one object a line, or one document of any size. Both are read in constant memory."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from dedup.errors import InputRejected
from dedup.intake import json_feed
from dedup.intake.article import Article
from dedup.intake.given import Given, Unreadable
from dedup.intake.json_article import authors_in, read_record
from dedup.intake.json_splitter import Element, Splitter
from dedup.intake.wide import wide_code

CHUNK = 1 << 18
"""Bytes read at a time."""

_BESIDE = 500
"""Bytes that an article or a rejection takes beside its text."""

_SHOWN = 60
"""Bytes of what is no article that its rejection shows."""

_one_value = json.JSONDecoder().raw_decode
_BOM = b"\xef\xbb\xbf"


def read_lines(stream: io.BufferedReader, given: Given) -> Iterator[Article | Unreadable]:
    """The articles of a JSON Lines file, one object a line; a broken line is an `Unreadable` and the next is read.

    Blank lines are skipped. A line longer than ``given.record_bytes`` is passed over without being held.
    """
    name, longest = given.name, given.record_bytes
    _skip_bom(stream)
    number, found = 0, False
    while line := stream.readline(longest + 1):
        number += 1
        if len(line) > longest and not line.endswith(b"\n"):
            del line
            found = True
            size = longest + 1 + _skip_line(stream)
            detail = f"the line has {size:,} bytes; at most {longest:,} are read"
            yield given.unreadable("too_large", detail, f"{name}:{number}")
        elif not line.isspace():
            found = True
            yield _parsed(line, given, f"{name}:{number}")
    if not found:
        raise InputRejected("empty", "there is nothing in the file")


def read_document(stream: io.BufferedReader, given: Given) -> Iterator[Article | Unreadable]:
    """The articles of a JSON file: an object, a list of objects, or an object with such a list under
    ``articles``, ``items`` or ``data``.

    Several of them may follow one another. An element that is broken or longer than ``given.record_bytes`` is an
    `Unreadable` and the next is read. An object that is an article itself, with a uri and a body, is read as one, and
    its list is a key like others that are not known; of another object nothing but the list is read. Since a key may
    stand before or behind the list, what is in it waits for the object's end, but for no more than may be one article;
    what comes before the end all the same does not get the authors that JSON Feed names for all items.
    """
    _skip_bom(stream)
    splitter = Splitter(given.record_bytes)
    listed: list[Article | Unreadable] = []
    size = 0  # bytes that the lists of the object at hand take
    for number, element in enumerate(_elements(stream, splitter), 1):
        place = f"{given.name}#{number}"
        if element.listed:
            listed.append(_read(element, given, place))
            size += element.size + _BESIDE
            if size <= given.record_bytes:
                continue
        elif element.lists:
            # A headline is no sign of an article here: a list has one as well.
            item = _read(element, replace(given, headlines=given.headlines and not size), place)
            listed = _signed(listed, element)
            if isinstance(item, Article):
                listed = [item]
            elif not size and item.reason != "missing_field":
                listed.append(item)
            size = 0
        else:
            listed.append(_read(element, given, place))
        yield from listed
        listed.clear()
    yield from listed
    if splitter.blank:
        raise InputRejected("empty", "there is nothing in the file")


def _signed(listed: list[Article | Unreadable], element: Element) -> list[Article | Unreadable]:
    """The articles of a feed, `element`, of which those that name no authors have the feed's, as JSON Feed says."""
    if not element.text or b"jsonfeed.org" not in element.text:
        return listed
    with suppress(ValueError, RecursionError):  # then nothing is known of the feed
        feed = _loaded(element.text.decode())
        if json_feed.is_feed(feed) and (authors := authors_in(feed)):
            return [
                replace(one, authors=authors) if isinstance(one, Article) and not one.authors else one for one in listed
            ]
    return listed


def _read(element: Element, given: Given, place: str) -> Article | Unreadable:
    if element.text is None:
        detail = f"the article has {element.size:,} bytes of JSON; at most {given.record_bytes:,} are read"
        return given.unreadable("too_large", detail, place)
    if not element.whole:
        begin = element.text[:60].decode(errors="replace")
        inside = f"an article that begins {begin!r}" if begin else "a list"
        return given.unreadable("syntax", f"the file ends inside {inside}; it was cut off", place)
    return _parsed(element.text, given, place)


def _elements(stream: io.BufferedReader, splitter: Splitter) -> Iterator[Element]:
    while chunk := stream.read1(CHUNK):
        yield from splitter.feed(chunk)
    yield from splitter.finish()


def _parsed(text: bytes | bytearray, given: Given, place: str) -> Article | Unreadable:
    try:
        record = _loaded(text.decode())
    except UnicodeDecodeError as error:
        detail = f"byte {error.start + 1} is not UTF-8: {text[max(0, error.start - 20) : error.start + 10]!r}"
        return given.unreadable("encoding", detail, place)
    except json.JSONDecodeError as error:
        detail = f"broken JSON at character {error.pos + 1}: {error.msg}"
        if not text.lstrip(_BOM + b" \t\r\n").startswith((b"{", b"[")):
            detail = (
                f"this is not an article, which must be an object {{...}}: {text[:_SHOWN].decode(errors='replace')}"
            )
        return given.unreadable("syntax", detail, place)
    except RecursionError:
        return given.unreadable("syntax", "it has brackets in brackets, more than can be read", place)
    except ValueError:  # what Python says of it is meant for programmers
        most = sys.get_int_max_str_digits()
        return given.unreadable("syntax", f"it holds a whole number of more than {most:,} digits", place)
    return read_record(record, given, place)


def _loaded(text: str) -> Any:
    """What `json.loads` gives, which looks for white space that hardly any line has.

    A byte order mark before it is left out: in files that were joined each has its own.
    """
    try:
        record, end = _one_value(text)
    except json.JSONDecodeError:
        return json.loads(text.removeprefix("\ufeff"))
    return record if text[end:] in ("", "\n") else json.loads(text)


def _skip_bom(stream: io.BufferedReader) -> None:
    head = stream.peek(3)[:3]
    if head == _BOM:
        stream.read(3)
    elif code := wide_code(stream.peek()):
        told = code.upper().replace("-LE", "LE").replace("-BE", "BE")
        raise InputRejected("encoding", f"JSON must be UTF-8, this is {told}; convert it: iconv -f {told} -t UTF-8")


def _skip_line(stream: io.BufferedReader) -> int:
    """Reads on to the end of the line; the number of bytes passed over."""
    size = 0
    while part := stream.readline(CHUNK):
        size += len(part)
        if part.endswith(b"\n"):
            break
    return size
