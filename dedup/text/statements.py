"""What an HTML page says of itself: headline, address, publisher, language and time of publication.

JSON-LD, Open Graph, other elements of the head, and the headline on the page, by trafilatura's readers of each; its
search for authors, tags and licences, which takes longer than all of these together, is left out. Nothing is fetched.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from dedup.intake.dates import parse_date

_LAST_DAY = "2100-12-31"
"""For htmldate: what a page says does not depend on what day it is today."""
_PUBLISHED = {
    "property": ("article:published_time", "og:article:published_time", "article:published"),
    "name": (
        "article:published_time", "parsely-pub-date", "pubdate", "publishdate", "sailthru.date", "DC.date.issued",
        "dcterms.date", "date",
    ),
}  # fmt: skip
"""Elements meta that state the moment of publication, by their attributes."""
_JSON_LD = ("application/ld+json", "application/settings+json")
_TAG = re.compile(r"<!--.*?-->|<[^>]*>")
_JSON_LD_PUBLISHED = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')
_HOST = re.compile(r"https?://(?:www\.|w[0-9]+\.)?([^/]+)")
_LANGUAGE = (
    etree.XPath("/html/@lang"),
    etree.XPath("//meta[@property='og:locale']/@content"),
    etree.XPath("//meta[@itemprop='inLanguage' or translate(@http-equiv, 'CL', 'cl')='content-language']/@content"),
)


@dataclass(frozen=True, slots=True)
class Statements:
    """A page's own words about itself; `title` may be empty, the others are None where the page has none.

    `url` is the canonical address. `published_at` is in UTC; a time without a zone counts as UTC.
    """

    title: str = ""
    url: str | None = None
    publisher: str | None = None
    language: str | None = None
    published_at: datetime | None = None


def statements(tree: HtmlElement) -> Statements:
    """What the page `tree` says of itself; `tree` is left as it is."""
    from trafilatura import metadata as readers  # noqa: PLC0415 - a third of a second that plain text saves

    said = _with_json_ld(tree, readers.examine_meta(tree))
    title = _plain(said.title) or _plain(readers.extract_title(tree))
    url = _plain(said.url) or _plain(readers.extract_url(tree)) or None
    publisher = _publisher(_plain(said.sitename) or _plain(readers.extract_sitename(tree)), url)
    return Statements(
        title=_without_site(title, publisher or ""),
        url=url,
        publisher=publisher,
        language=language(tree, url),
        published_at=_published(tree) or _day(tree, url),
    )


def language(tree: HtmlElement, url: str | None = None) -> str | None:
    """The language that the page states, as it states it; `url` is the page's own among its editions in others."""
    for statement in _LANGUAGE:
        for value in statement(tree):
            if value.strip():
                return str(value)
    editions = (link for link in tree.iter("link") if link.get("hreflang") and link.get("href") == url)
    return next((edition.get("hreflang") for edition in editions), None)


def _with_json_ld(tree: HtmlElement, said: Any) -> Any:
    """`said` with what the page's JSON-LD says. What is in it may have any shape, and its readers trip over some."""
    from trafilatura.json_metadata import extract_json  # noqa: PLC0415 - as above
    from trafilatura.metadata import extract_meta_json  # noqa: PLC0415 - as above

    texts = [script.text for script in tree.iter("script") if script.get("type") in _JSON_LD and script.text]
    try:
        try:
            objects = [
                json.loads(_TAG.sub("", text), strict=False, object_pairs_hook=_without_authors) for text in texts
            ]
        except json.JSONDecodeError:
            return extract_meta_json(tree, said)  # it repairs, at fifty times the time
        for found in objects:
            said = extract_json(found, said)
    except (TypeError, ValueError, KeyError, AttributeError, IndexError, RecursionError):
        pass  # what was found until then counts
    return said


def _without_authors(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON-LD without its authors, whose names nobody asks for and that are costly to take apart."""
    return {name: value for name, value in pairs if name != "author"}


def _plain(said: object) -> str:
    """What was `said`, on one line and without entities; empty where it is no text, as JSON-LD has it at times."""
    return " ".join(unescape(said).split()) if isinstance(said, str) else ""


def _publisher(name: str, url: str | None) -> str | None:
    """`name` as a name is written, or the host of `url` for want of one."""
    name = name.lstrip("@")
    if name:
        return name if "." in name or name[0].isupper() else name.title()
    host = _HOST.match(url or "")
    return host[1] if host else None


def _without_site(title: str, site: str) -> str:
    """`title` without the name of the site that stands before or after it behind a sign."""
    if site:
        for sign in (" | ", " - ", " – ", " — ", " :: ", " · ", ": "):
            if title.endswith(sign + site):
                return title[: -len(sign + site)]
            if title.startswith(site + sign):
                return title[len(site + sign) :]
    return title


def _published(tree: HtmlElement) -> datetime | None:
    """The moment of publication as the page's head states it, which is to the minute where htmldate gives a day."""
    stated = [meta.get("content") for meta in tree.iter("meta") if _says_published(meta)]
    stated += [
        time.get("datetime")
        for time in tree.iter("time")
        if "datePublished" in time.get("itemprop", "") or "pubdate" in time.attrib
    ]
    for value in stated:
        if value and (moment := parse_date(value)) is not None:
            return moment
    for script in tree.iter("script"):
        if script.get("type") == "application/ld+json" and script.text:
            for value in _JSON_LD_PUBLISHED.findall(script.text):
                if (moment := parse_date(value)) is not None:
                    return moment
    return None


def _says_published(meta: HtmlElement) -> bool:
    return (
        meta.get("property") in _PUBLISHED["property"]
        or meta.get("name") in _PUBLISHED["name"]
        or "datePublished" in meta.get("itemprop", "")
    )


def _day(tree: HtmlElement, url: str | None) -> datetime | None:
    """The day of publication, from statements only."""
    from htmldate import find_date  # noqa: PLC0415 - as above

    return parse_date(find_date(tree, url=url, original_date=True, extensive_search=False, max_date=_LAST_DAY))
