"""Files of feeds: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, read by feedparser."""

from __future__ import annotations

import io
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from html.entities import html5
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from dedup.errors import InputRejected
from dedup.intake.article import Article
from dedup.intake.canonical import canonical
from dedup.intake.dates import parse_date
from dedup.intake.given import Given, Unreadable
from dedup.intake.json_article import read_record
from dedup.intake.json_feed import identity, is_worldwide
from dedup.intake.marked import unmarked
from dedup.intake.page_file import NO_CHARSETS, decode_html
from dedup.intake.web import NOT_IN_XML, WEB
from dedup.intake.wide import undeclared

if TYPE_CHECKING:
    from feedparser import FeedParserDict

_PROLOG = 8_192
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_ELEMENT = re.compile(rb"<([A-Za-z_][\w.:-]*)")
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_ROOTS = frozenset({b"rss", b"feed", b"rdf"})
_ROOT = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf)\b", re.IGNORECASE)
_END = re.compile(rb"</(?:\w+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_ENTRY_END = re.compile(rb"</(?:\w+:)?(?:item|entry)\s*>", re.IGNORECASE)
_MEDIA = re.compile(rb"""xmlns:([\w.-]{1,40})\s*=\s*["']http://search\.yahoo\.com/mrss/?["']""")
_COMPLAINT = re.compile(
    rb"\s*(?:<[^<>]{1,40}>\s*)*(?:PHP )?(?:warning|notice|deprecated|strict standards|(?:fatal |parse )?error)\b",
    re.IGNORECASE,
)
"""What PHP writes in front of a feed; a text may show one, too, behind words of its own."""
_LONGEST_NAME = 200
"""Characters of a headline by which an entry is known."""
_DATES = ("published", "created", "updated")
_BODY_TYPES = ("plain", "html")
_FULL_TEXT = ("full-text", "fulltext", "full_text", "turbo_content")
"""How the names end that the parser gives to elements of feeds for portals."""
# XML knows the word in capitals alone: with a small one nothing is declared, and the feed is read as one with a fault.
_ENTITIES = b"<!ENTITY", b"<!entity"
_AMPERSAND = re.compile(
    rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)"
    rb"|((?:&#(?:\d{1,9}|[xX][0-9A-Fa-f]{1,7});)+)|&(?:([A-Za-z][A-Za-z0-9]{1,31});)?",
    re.DOTALL,
)
"""An ampersand in markup, with the references that it begins, and what holds none."""
_NUMBER = re.compile(rb"&#(?:(\d+)|[xX]([0-9A-Fa-f]+));")
_CONTROLS = bytes((*range(1, 0x09), 0x0B, 0x0C, *range(0x0E, 0x20)))
"""What XML has no place for, but for NUL, which no text has."""
_OF_XML = frozenset((b"amp", b"lt", b"gt", b"quot", b"apos"))


def is_feed(head: bytes) -> bool:
    """Whether `head`, the beginning of a file as UTF-8 or another superset of ASCII, opens a feed."""
    opening = head[:_PROLOG]
    opening = _COMMENT.sub(b"", _from_declaration(opening) if _COMPLAINT.match(opening) else opening)
    element = _ELEMENT.search(opening) if opening.lstrip().startswith(b"<") else None
    return element is not None and element[1].lower().rpartition(b":")[2] in _ROOTS


def _from_declaration(data: bytes) -> bytes:
    """`data` without what stands in front of its XML declaration, as warnings of the program that wrote the feed."""
    at = data.find(b"<?xml ", 0, _PROLOG)
    return data[at:] if at > 0 and not _ROOT.search(data, 0, at) else data


def read_feed(stream: io.BufferedReader, given: Given) -> Iterator[Article | Unreadable]:
    """The entries of a feed, in its order. Raises `InputRejected`.

    It is decoded as a page is. XML that is not well-formed is read as far as it can be understood. Of a feed that was
    cut off the whole entries are read, and an `Unreadable` says so. No entity is expanded but those of XML and HTML,
    and nothing is fetched. A feed is held in memory, so one of more than ``given.record_bytes`` is not read.
    """
    # The parser takes longer to import than most files to read.
    import feedparser  # noqa: PLC0415

    data = stream.read(given.record_bytes + 1)
    if len(data) > given.record_bytes:
        raise InputRejected("too_large", f"the feed has more than {given.record_bytes:,} bytes; split it")
    data = _from_declaration(data)
    declared = _DECLARED.match(data)
    if declared and declared[1].decode("ascii", "replace").lower() in NO_CHARSETS:
        raise InputRejected("encoding", f"the feed declares the encoding {declared[1].decode()}, which does not exist")
    data = undeclared(decode_html(data))
    last = max((match.end() for match in _ENTRY_END.finditer(data)), default=0)
    end = _END.search(data, last)
    cut = end is None
    data = data[: end.end() if end else last or None]  # what servers write behind the end is none of the feed
    data = _AMPERSAND.sub(_reference, _captions_apart(data.replace(*_ENTITIES).translate(None, _CONTROLS)))
    try:
        parsed = feedparser.parse(io.BytesIO(data), sanitize_html=False, resolve_relative_uris=False)
    except Exception as error:  # a parser for all that is on the web, and what it raises is not documented
        raise InputRejected("syntax", f"the feed cannot be read: {type(error).__name__}: {error}") from error
    if cut and not last:
        raise InputRejected("syntax", "the feed ends before its first entry does; it was cut off")
    if parsed.bozo and not parsed.version and not parsed.entries:
        raise InputRejected("syntax", f"the feed cannot be read: {parsed.bozo_exception}")
    # RFC 4287, 4.2.1. What a channel of RSS says of people is about the channel alone.
    inherited = _authors(parsed.feed) if parsed.version.startswith("atom") else []
    site = _site(parsed.feed)
    links = [_link(entry, site) for entry in parsed.entries]
    known = zip(_uris(parsed.entries, links, parsed.feed, site), links, parsed.entries, strict=True)
    for number, (uri, link, entry) in enumerate(known, 1):
        record = _record(entry, parsed.feed, uri, link, inherited)
        yield read_record(record, given, f"{given.name}#{number}")
    if cut:
        detail = f"the feed was cut off behind entry {len(parsed.entries)}; those before are taken"
        yield given.unreadable("syntax", detail)


def _reference(found: re.Match[bytes]) -> bytes:
    """What is to stand in XML for an ampersand as many a feed has it: bare, or with a name that HTML alone knows.

    With one of either the parser would take all of the feed for HTML, and end names where none do: ``AT&T;``. By a
    number that no character has it would fail.
    """
    numbers, name = found[1], found[2]
    if numbers:
        return _numbered(_characters(numbers))
    characters = html5.get(f"{name.decode()};") if name else None
    if found[0] == b"&" or (name and characters is None):
        return b"&amp;" + found[0][1:]
    return found[0] if characters is None or name in _OF_XML else _numbered(characters)


def _characters(numbers: bytes) -> str:
    """What references by number stand for; two may be the halves of a pair in UTF-16."""
    codes = (int(digits or b"0") or int(hexadecimal or b"0", 16) for digits, hexadecimal in _NUMBER.findall(numbers))
    text = "".join(chr(code) if code <= sys.maxunicode else "\ufffd" for code in codes)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _numbered(characters: str) -> bytes:
    """References to those of the `characters` that XML has."""
    return "".join(f"&#{ord(one)};" for one in NOT_IN_XML.sub("", characters)).encode()


def _captions_apart(data: bytes) -> bytes:
    """The feed with the descriptions of pictures and films (Media RSS) under the name ``info``, which no entry has.

    The parser would take them for summaries of the entry, in the place of its own.
    """
    for prefix in {b"media", *_MEDIA.findall(data)}:
        data = re.sub(rb"(</?)%s:description(?=[\s/>])" % re.escape(prefix), rb"\1info", data)
    return data


def _site(feed: FeedParserDict) -> str:
    """The address of the feed's front page; a relative one is below the feed's own. Empty where there is none."""
    own = next((link.get("href") for link in feed.get("links", ()) if link.get("rel") == "self"), None)
    return _joined(own or "", feed.get("link") or "")


def _link(entry: FeedParserDict, site: str) -> str | None:
    """The address of the entry's page."""
    links = (entry.get("feedburner_origlink"), _absolute(entry, site))
    return next((link for link in map(str.strip, filter(None, links)) if link.lower().startswith(WEB)), None)


def _uris(
    entries: Sequence[FeedParserDict], links: Sequence[str | None], feed: FeedParserDict, site: str
) -> list[str | None]:
    """What the entries are known by: a page has its address alone where one entry leads to it.

    Of several that lead to one page, and of those that lead to the front page or nowhere, each has its id, its place on
    the page or its headline behind the address. An id that is the address of the front page is none.
    """
    front, name = canonical(site), feed.get("id") or site or feed.get("title")
    known: list[tuple[str | None, str | None]] = []
    for entry, link in zip(entries, links, strict=True):
        given = entry.get("id")
        own = None if given and canonical(given) == front else given
        address = own if is_worldwide(own) else link
        page = canonical(address) if address else None if own else front
        full = identity(own, link, name) or page
        if not own and full == page:
            words = " ".join((_title(entry) or "").split())[:_LONGEST_NAME]
            full = f"{page}#{words}" if page and words else address
        known.append((page or full, full))
    on_page: defaultdict[str | None, set[str | None]] = defaultdict(set)
    for page, full in known:
        on_page[page].add(full)
    return [full if page == front or len(on_page[page]) > 1 else page for page, full in known]


def _record(
    entry: FeedParserDict, feed: FeedParserDict, uri: str | None, link: str | None, inherited: list[str]
) -> dict[str, Any]:
    """The entry with the keys of a JSON article; `inherited` are the authors of one that names none.

    The feed's own language is left out: it is often its software's default, and the text tells better. So is its title,
    where the entry has a link: the link's domain tells publishers apart, and "Latest headlines" does not.
    """
    source = entry.get("source") or {}
    record = {
        "uri": uri,
        "url": link,
        "publisher": source.get("title") or entry.get("publisher") or (None if link else feed.get("title")),
        "title": _title(entry),
        "published_at": next(filter(None, map(parse_date, map(entry.get, _DATES))), None),
        "authors": _authors(entry) or _authors(source) or inherited,
    }
    kind, body = _body(entry)
    record[f"body_{'html' if 'html' in kind else 'text'}"] = body
    return record


def _authors(element: FeedParserDict) -> list[str]:
    names = [_name(author["name"]) for author in element.get("authors") or () if author.get("name")]
    # As it is there: the parser takes ``ss`` of jane@quay.press for a name.
    return [element["author"]] if len(names) < 2 and element.get("author") else names


def _name(name: str) -> str:
    """What is a name in ``ss (Jane Doe``, which the parser makes of jane@quay.press (Jane Doe)."""
    return name.partition("(")[2] if name.count("(") > name.count(")") else name


def _absolute(entry: FeedParserDict, site: str) -> str | None:
    """The entry's link, a relative one below the front page."""
    link: str | None = entry.get("link")
    if not link or (link == entry.get("id") and not link.startswith("/")):  # an id that is no address stands there, too
        return link
    return _joined(site, link)


def _joined(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:  # a host in brackets that is none
        return link


def _title(entry: FeedParserDict) -> str | None:
    title: str | None = entry.get("title")
    detail = entry.get("title_detail") or {}  # a feed so broken that its own title is read as an entry's has none
    if title and "<" in title and "html" in (detail.get("type") or ""):
        return unmarked(title)
    return title


def _body(entry: FeedParserDict) -> tuple[str, str]:
    """Media type and text of the longest body that the entry has, content or summary; empty where it has none.

    Feeds for portals as Yandex have a summary, and the text in an element of their own. What describes its picture or
    film is the text of an entry that has no other.
    """
    full = next((text for name, text in entry.items() if name.endswith(_FULL_TEXT) and isinstance(text, str)), "")
    own = {"type": "text/html" if "<" in full else "text/plain", "value": full}
    bodies = (*entry.get("content", ()), entry.get("summary_detail") or {}, own)
    for given in (bodies, (entry.get("info_detail") or {},)):
        texts = [(body.get("type") or "", body.get("value") or "") for body in given]
        readable = [text for text in texts if text[1] and any(kind in text[0] for kind in _BODY_TYPES)]
        if readable:
            return max(readable, key=lambda text: len(text[1]))
    return "text/plain", ""
