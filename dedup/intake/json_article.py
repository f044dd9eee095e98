"""One JSON object, read as an article."""

from __future__ import annotations

from math import isfinite
from typing import Any

from dedup.errors import InputRejected
from dedup.intake import json_feed, ninjs
from dedup.intake.article import URI_BYTES, WITHDRAWN, Article, octets_of
from dedup.intake.authors import authors_of
from dedup.intake.dates import parse_date
from dedup.intake.given import Given, Unreadable
from dedup.intake.web import WEB

URI_KEYS = ("uri", "id", "guid", "url")
BODY_KEYS: tuple[tuple[str, str | None], ...] = (
    ("body_text", "text/plain"), ("body_html", "text/html"), ("body", None), ("text", None), ("content", None),
)  # fmt: skip
TITLE_KEYS = ("title", "headline")
DATE_KEYS = ("published_at", "versioncreated", "date", "publishedAt")
AUTHOR_KEYS = ("authors", "author", "byline", "bylines")
_NAMES_AUTHORS = frozenset(AUTHOR_KEYS)
_FOREIGN = ninjs.MARKS | json_feed.MARKS

_COUNTED = " chars]"

_KINDS = {dict: "an object", list: "a list", bool: "true or false", int: "a number", float: "a number"}


def read_record(record: object, given: Given, place: str) -> Article | Unreadable:
    """The article that `record`, a parsed JSON value, holds; or why it holds none. Never raises.

    The first key of several that has a usable value counts: ``body_text`` before ``body_html`` before the others.
    Keys that are not known are ignored, and so are language and url where they are not text, and a publisher and
    authors that are no names; a uri, title or body that is a list or an object rejects the article. `place`
    (``FILE:LINE``) names the record until its uri is known.
    """
    source, uri = given.source, None
    try:
        if type(record) is not dict:
            raise InputRejected("syntax", f"this is {_kind(record)}, where an article must be an object {{...}}")
        foreign = not _FOREIGN.isdisjoint(record)
        if foreign:
            record = _flattened(record)
        source = source_of(record) or source
        uri = _uri(record)
        if foreign and ninjs.canceled(record):
            return Article(uri, "", source, content_type=WITHDRAWN)
        title = _title(record)
        body, content_type = _body(record, given.max_bytes, may_lack=given.headlines and title is not None)
        url = _optional(record.get("url"))
        if url is None and uri.startswith(WEB):
            url = uri
        return Article(
            uri, body, source, url, _publisher(record), title, content_type,
            _optional(record.get("language")), _date(record), authors_in(record),
        )  # fmt: skip
    except InputRejected as rejected:
        detail = rejected.detail if uri is None else f"{rejected.detail} ({place})"
        return Unreadable(source, uri or place, rejected.reason, detail)


def source_of(record: dict[str, Any]) -> str | None:
    """The source that `record` names; None where it names none."""
    return _optional(record.get("source"))


def uri_of(record: dict[str, Any]) -> str:
    """The uri of the article that is read from `record`. Raises `InputRejected` where it has none."""
    return _uri(record if _FOREIGN.isdisjoint(record) else _flattened(record))


def storable(text: str) -> str:
    """`text` as any database takes it: without NUL, and with U+FFFD for halves of surrogate pairs."""
    if "\0" in text:
        text = text.replace("\0", "")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def check_body(body: str, max_bytes: int) -> None:
    """Raises `InputRejected` where `body` is blank, binary, broken or larger than `max_bytes` of UTF-8."""
    if not body or body.isspace():
        raise InputRejected("empty", "there is no text in the body")
    size, holds_nul = len(body), False
    if size <= max_bytes:
        known = octets_of(body)
        if known is None:
            detail = f"character {_half(body)} of the body is half of a surrogate pair, cut in the middle"
            raise InputRejected("encoding", detail)
        size, holds_nul = known
    if size > max_bytes:
        raise InputRejected("too_large", f"the body has {size:,} bytes; ingest.max_bytes allows {max_bytes:,}")
    if holds_nul:
        raise InputRejected("binary", "the body holds NUL characters: it is data, not text")


def _half(text: str) -> int:
    """The number of the first character that is half of a surrogate pair."""
    return next(number for number, character in enumerate(text, 1) if "\ud800" <= character <= "\udfff")


def _flattened(record: dict[str, Any]) -> dict[str, Any]:
    return ninjs.flattened(record) if ninjs.recognised(record) else json_feed.flattened(record)


def _uri(record: dict[str, Any]) -> str:
    for key in URI_KEYS:
        value = record.get(key)
        if value is None:
            continue
        if type(value) is not str:
            if type(value) not in (int, float):
                raise InputRejected("syntax", f"{key!r} is {_kind(value)}, where a text must be")
            if type(value) is float and not isfinite(value):
                raise InputRejected("syntax", f"{key!r} is {value}, which is not a number that can identify an article")
            value = str(value)
        uri = storable(value)
        if uri and not uri.isspace():
            if len(uri.encode()) > URI_BYTES:
                raise InputRejected("too_large", f"{key!r} has more than {URI_BYTES:,} bytes: {uri[:60]}...")
            return uri
    raise InputRejected("missing_field", f"the article has no uri; give one of {', '.join(URI_KEYS)}")


def _body(record: dict[str, Any], max_bytes: int, *, may_lack: bool) -> tuple[str, str | None]:
    found = False
    for key, content_type in BODY_KEYS:
        value = record.get(key)
        if value is None:
            found = found or key in record
            continue
        if type(value) is not str:
            raise InputRejected("syntax", f"{key!r} is {_kind(value)}, where a text must be")
        if value and not value.isspace():
            value = _without_count(value) if value.endswith(_COUNTED) else value
            check_body(value, max_bytes)
            return value, content_type
        found = True
    if may_lack:
        return "", "text/plain"
    if found:
        raise InputRejected("empty", "there is no text in the body")
    keys = ", ".join(key for key, _ in BODY_KEYS)
    kind = f" (its type is {record['type'][:40]!r})" if isinstance(record.get("type"), str) else ""
    raise InputRejected("missing_field", f"the article{kind} has no body that can be read; give one of {keys}")


def _without_count(text: str) -> str:
    """`text`, which an aggregator cut short, without the number of characters that are left: ``... [+1234 chars]``."""
    before, _, count = text.rpartition("[")
    return before.rstrip() if count.removeprefix("+").removesuffix(_COUNTED).isdecimal() else text


def _title(record: dict[str, Any]) -> str | None:
    for key in TITLE_KEYS:
        value = record.get(key)
        if value is None:
            continue
        if type(value) in (dict, list):
            raise InputRejected("syntax", f"{key!r} is {_kind(value)}, where a text must be")
        if title := _optional(value):
            return title
    return None


def _publisher(record: dict[str, Any]) -> str | None:
    """The publisher given; of an aggregator's article the true one, which its ``source`` names."""
    publisher, source = record.get("publisher"), record.get("source")
    name = _name_in(publisher) if type(publisher) is dict else _optional(publisher)
    return _name_in(source) if name is None and type(source) is dict else name


def _name_in(organisation: dict[str, Any]) -> str | None:
    name = _optional(organisation.get("name"))
    return _optional(organisation.get("title")) if name is None else name


def authors_in(record: dict[str, Any]) -> str | None:
    """The authors that `record` names. Names of a JSON Feed and of ninjs, too, which have some of these keys."""
    if _NAMES_AUTHORS.isdisjoint(record):
        return None
    return _optional(authors_of(*map(record.get, AUTHOR_KEYS)))


def _optional(value: object) -> str | None:
    if value is None:
        return None
    if type(value) is str:
        return storable(value) if value and not value.isspace() else None
    return str(value) if type(value) in (int, float) else None


def _date(record: dict[str, Any]) -> Any:
    for key in DATE_KEYS:
        value = record.get(key)
        if value is not None and (moment := parse_date(value)) is not None:
            return moment
    return None


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "null" if value is None else "a text")
