"""JSON Feed 1.0 and 1.1: an item of it under the keys of an ordinary JSON article. See https://www.jsonfeed.org/."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dedup.intake.canonical import canonical

MARKS = frozenset({"content_html", "content_text", "date_published", "date_modified"})
_BODIES = (("content_html", "body_html"), ("content_text", "body_text"), ("summary", "body_text"))
_ABSOLUTE = re.compile(r"(?!(?!urn:|tag:)[\w+.-]+:\d{1,12}\Z)[A-Za-z][A-Za-z0-9+.-]*:\S", re.ASCII | re.IGNORECASE)
"""With a scheme; a number behind a word, as article:77, is none of the whole world."""

_HOST = re.compile(r"https?://[^/]*")
_LONGEST_ID = 500
"""Characters of one that fits behind an address: a uri has 2,000 bytes at most."""


def is_feed(record: Mapping[str, Any]) -> bool:
    """Whether `record` says that it is a whole feed."""
    return "//jsonfeed.org/version/" in str(record.get("version"))


def flattened(record: Mapping[str, Any]) -> dict[str, Any]:
    """`record` with what JSON Feed says in its own way also under uri, body_* and published_at."""
    flat = dict(record)
    if isinstance(record.get("id"), str | int | float):
        link = record.get("url")
        flat.setdefault("uri", identity(str(record["id"]), link if isinstance(link, str) else None, None))
    for name, key in _BODIES:
        if record.get(name):
            flat.setdefault(key, record[name])
            break
    else:
        flat.setdefault("body_text", None)  # there is a place for a text and none in it
    for name in ("date_published", "date_modified"):
        if record.get(name):
            flat.setdefault("published_at", record[name])
    return flat


def identity(given: str | None, link: str | None, feed: str | None) -> str | None:
    """What an entry of a feed is known by where it may stand beside any other.

    Its id where that is one of the whole world, as a URL or a tag: is. Else its page, with its id behind the address
    unless the address has it: several entries may lead to one page, now or later. Else its id behind what the feed is
    known by. A bare number is the id of an entry in many a feed. An address is taken in its canonical form: many a feed
    adds to it where it was read.
    """
    if given and is_worldwide(given):
        return _with_place(given, link or given)
    if not link:
        return f"{feed}#{given}" if given and feed else given
    if not given or len(given) > _LONGEST_ID:
        return _with_place(link, link)
    page = canonical(link)
    return page if _has(page, given) else f"{page}#{given}"


def _with_place(address: str, link: str) -> str:
    """The canonical form of `address` with the place on the page that it names: such is an entry of a list of changes.

    No place is what tracks readers, and a number that the `link` does not have: some feeds count revisions there.
    """
    page, place = canonical(address), address.partition("#")[2]
    if not place or "=" in place or "#" in page or (place.isdecimal() and place != link.partition("#")[2]):
        return page
    return f"{page}#{place}"


def _has(address: str, given: str) -> bool:
    """Whether `given` is a word or number, or several, in what is behind the host in `address`."""
    behind = _HOST.sub("", address)
    return given in behind and re.search(rf"(?:(?=\W)|\b){re.escape(given)}(?:(?<=\W)|\b)", behind) is not None


def is_worldwide(given: str | None) -> bool:
    """Whether an entry's id is one of the whole world."""
    return given is not None and _ABSOLUTE.match(given) is not None
