"""What an HTML page says of itself: headline, address, publisher, language, authors, time of publication, and text.

JSON-LD, Open Graph and other elements of the head by trafilatura's readers of each, or as these read; with them goes
what the page shows as its headline (`dedup.text.markup.headline`). trafilatura's search for authors, tags and licences,
which takes longer than all of these together, is left out: authors are those that JSON-LD and the head state. Nothing
is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from urllib.parse import urljoin

from lxml import etree
from lxml.html import HtmlElement

from dedup.intake.authors import authors_of
from dedup.intake.dates import parse_date
from dedup.intake.web import WEB
from dedup.text.markup.headline import headline, is_title, site_in, title_element
from dedup.text.markup.linked_data import TAG, LinkedData, plain
from dedup.text.markup.shown_day import shown_days
from dedup.text.publisher import publisher_of

_LAST_DAY = "2100-12-31"
"""For htmldate: what a page says does not depend on what day it is today."""
_PUBLISHED = (
    "article:published_time", "og:article:published_time", "og:published_time", "article:published",
    "parsely-pub-date", "pubdate", "publishdate", "sailthru:date", "dc:date:issued", "dcterms:issued", "datepublished",
    "dcterms:created",
)  # fmt: skip
"""Elements meta that state the moment of publication, best first, as `_told` names them."""
_OTHERWISE_PUBLISHED = re.compile(
    r"(?<!un)publi(?:sh|cation)\w{0,20}[-_:]?(?:date|time|at)\b|pub_?date|date[-_:]?published"
)
"""What others of their kind are called."""
_DATE = ("dcterms:date", "dc:date", "date")
"""Those that state a moment without saying which: editorial systems put that of the last change there as well."""
_MODIFIED = re.compile("modif|updat", re.IGNORECASE)
_WITHOUT_ZONE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?")
_WITH_ZONE = re.compile(rf"{_WITHOUT_ZONE.pattern} ?(?:Z|[+-]\d\d:?\d\d)")
_AUTHOR = (
    "author", "byl", "article:author", "og:article:author", "parsely-author", "dc.creator", "dcterms.creator",
    "sailthru.author",
)  # fmt: skip
"""Elements meta that state authors, by their `name` or `property` in small letters, best first."""
_DESCRIPTION = frozenset(("description", "og:description", "twitter:description"))
"""Elements meta that state what a page is about, by their `name` or `property` in small letters."""
_OPEN_GRAPH = {"og:title": "title", "og:site_name": "sitename", "og:url": "url"}
_NAMES_OF_SITES = ("og:site_name", "article:publisher")
_HANDLE = "@"
"""How a name at a network begins."""
_HOST = re.compile(r"https?://(?:www\.|w[0-9]+\.)?([^/]+)")
_LANGUAGE = (
    etree.XPath("/html/@lang"),
    etree.XPath("//meta[@property='og:locale']/@content"),
    etree.XPath("//meta[@itemprop='inLanguage' or translate(@http-equiv, 'CL', 'cl')='content-language']/@content"),
)

_Meta = Mapping[str, str]
"""The attributes of an element meta or time."""


@dataclass(frozen=True, slots=True)
class Statements:
    """A page's own words about itself; `title` may be empty, the others are None where the page has none.

    `url` is the canonical address. `published_at` is in UTC; a time without a zone counts as UTC. `text` is that of the
    article, as JSON-LD has it; `descriptions` say what it is about, as elements meta have it.
    """

    title: str = ""
    url: str | None = None
    publisher: str | None = None
    language: str | None = None
    published_at: datetime | None = None
    authors: str | None = None
    text: str | None = None
    descriptions: tuple[str, ...] = ()


def statements(tree: HtmlElement) -> Statements:
    """What the page `tree` says of itself; `tree` is left as it is."""
    from trafilatura import metadata as readers  # noqa: PLC0415 - a third of a second that plain text saves

    elements = list(tree.iterdescendants("meta"))
    metas: list[_Meta] = [dict(element.items()) for element in elements]
    in_head = [
        meta
        for meta, element in zip(metas, elements, strict=True)
        if element.getparent().tag == "head" and not _is_address_for_name(meta)
    ]
    linked = LinkedData(tree)
    said = _with_json_ld(tree, _said_in_head(in_head), linked)
    stated = plain(said.title)
    name = plain(said.sitename)
    if not name or name.startswith((*WEB, _HANDLE)) or is_title(tree, name, stated):
        handle = name if name.startswith(_HANDLE) else ""
        name = linked.publisher({stated} - {""}) or handle or site_in(title_element(tree))
    url = plain(said.url) or plain(_canonical(tree) or readers.extract_url(tree)) or None
    publisher = _publisher(name, url)
    title = headline(tree, stated, publisher or "", url)
    titles = {stated, title} - {""}
    return Statements(
        title=title,
        url=url,
        publisher=publisher,
        language=language(tree, url),
        published_at=_published(tree, metas, linked.published(titles), url, title),
        authors=linked.names(titles) or _authors(metas),
        text=linked.text(titles),
        descriptions=tuple(_descriptions(metas)),
    )


def language(tree: HtmlElement, url: str | None = None) -> str | None:
    """The language that the page states, as it states it; `url` is the page's own among its editions in others."""
    for statement in _LANGUAGE:
        for value in statement(tree):
            if value.strip():
                return str(value)
    editions = (link for link in tree.iter("link") if link.get("hreflang") and link.get("href") == url)
    return next((edition.get("hreflang") for edition in editions), None)


def _said_in_head(metas: Sequence[_Meta]) -> Any:
    """As trafilatura's ``examine_meta``, but only title, address and name of the site, which are all that is asked.

    What Open Graph states several times, as two plugins of a site do, counts as it stands first (ogp.me, "Arrays").
    A quotation mark that is not escaped ends a title, and the words behind it are names of attributes.
    """
    from courlan import is_valid_url  # noqa: PLC0415 - as above
    from trafilatura import metadata as readers  # noqa: PLC0415 - as above

    said: dict[str, str] = {}
    for meta in metas:
        told, content = _OPEN_GRAPH.get(meta.get("property", "")), meta.get("content", " ")
        if told and content and not content.isspace() and (told != "url" or is_valid_url(content)):
            torn = told == "title" and any('"' in name and name.strip('"') for name in meta)
            said.setdefault(told, f"{content.rstrip()}…" if torn else content)
    for meta in metas:
        told, content = _told_otherwise(meta, readers), TAG.sub("", meta.get("content", "")).strip()
        if not told or not content or (told in said and told != "application"):  # the first counts, there the last
            continue
        if told != "url" or is_valid_url(content):
            said[told] = content
    name = said.get("sitename") or said.get("application")
    return readers.Document(title=said.get("title"), url=said.get("url"), sitename=name)


def _is_address_for_name(meta: _Meta) -> bool:
    """Whether an address stands where the name of the site should, most often that of its page at a network."""
    return meta.get("content", "").startswith(WEB) and meta.get("property", "").lower() in _NAMES_OF_SITES


def _told_otherwise(meta: _Meta, readers: Any) -> str | None:
    """What the elements meta other than Open Graph say."""
    if "property" in meta:
        return "sitename" if meta["property"].lower() == "article:publisher" else None
    if "name" not in meta:
        return "title" if meta.get("itemprop", "").lower() == "headline" else None
    name = meta["name"].lower()
    if name in readers.METANAME_TITLE:
        return "title"
    if name in readers.METANAME_PUBLISHER:
        return "sitename"
    if name in readers.TWITTER_ATTRS or "twitter:app:name" in name:
        return "application"
    return "url" if name == "twitter:url" else None


def _with_json_ld(tree: HtmlElement, said: Any, linked: LinkedData) -> Any:
    """`said` with what the page's JSON-LD says, but for what `linked` itself tells.

    What is in it may have any shape, and its readers trip over some.
    """
    from trafilatura.json_metadata import extract_json  # noqa: PLC0415 - as above
    from trafilatura.metadata import extract_meta_json  # noqa: PLC0415 - as above

    try:
        if linked.torn:
            return extract_meta_json(tree, said)  # it repairs, at fifty times the time
        for found in linked.objects:
            said = extract_json(found, said)
    except (TypeError, ValueError, KeyError, AttributeError, IndexError, RecursionError):
        pass  # what was found until then counts
    return said


def _canonical(tree: HtmlElement) -> str | None:
    """The first of the page's canonical links that is an address, seen from the page's base.

    trafilatura looks at the first alone, not at one that has other relations as well, and not from the base.
    """
    from courlan import normalize_url, validate_url  # noqa: PLC0415 - as above

    base = next((base.get("href").strip() for base in tree.iterfind(".//head//base[@href]")), "")
    for link in tree.iterfind(".//head//link[@rel]"):
        href = link.get("href", "").strip()
        if href and "canonical" in link.get("rel").lower().split():
            try:
                url = urljoin(urljoin("https:", base), href)
            except ValueError:
                continue
            _, parsed = validate_url(url)
            if parsed is not None:
                return str(normalize_url(parsed))
    return None


def _descriptions(metas: Sequence[_Meta]) -> Iterator[str]:
    """What elements meta state that the page is about."""
    for meta in metas:
        name = meta.get("property") or meta.get("name", "")
        if name.lower() in _DESCRIPTION and "content" in meta:
            yield meta["content"]


def _authors(metas: Sequence[_Meta]) -> str | None:
    """The authors that elements meta state, where they are names."""
    stated: dict[str, list[Any]] = {}
    for meta in metas:
        name = (meta.get("name") or meta.get("property") or "").lower()
        if name in _AUTHOR:
            stated.setdefault(name, []).append(meta.get("content"))
    return authors_of(*map(stated.get, _AUTHOR)) if stated else None


def _publisher(name: str, url: str | None) -> str | None:
    """`name` as a name is written, or for want of one the registered domain of `url`, else its host."""
    name = name.lstrip(_HANDLE)
    if name:
        return name if "." in name or name[0].isupper() else name.title()
    host = _HOST.match(url or "")
    return publisher_of(url) or (host[1] if host else None)


def _published(
    tree: HtmlElement, metas: Sequence[_Meta], linked: Iterable[Any], url: str | None, title: str
) -> datetime | None:
    """The moment of publication as elements and JSON-LD (`linked`) state it, else the day of the address or beside the
    headline `title`, else what may be that of an update or of another article.

    A day alone has the time that something else on the page states with it: midnight in UTC may be on the day before.
    So has a time without a zone the zone that is stated with the same time.
    """
    times: list[_Meta] = [dict(element.items()) for element in tree.iter("time")]
    told = _told(metas)
    stated: list[Any] = [
        *(said for name in _PUBLISHED for said in told.get(name, ())),
        *(said.get("datetime") for said in times if "datePublished" in said.get("itemprop", "")),
        *linked,
        *(said for name in told if _OTHERWISE_PUBLISHED.search(name) for said in told[name]),
    ]
    unclear = [
        *(said for name in _DATE for said in told.get(name, ())),
        *(said.get("datetime") for said in times if "pubdate" in said),
    ]
    moment = _first(stated) or _day(tree, url, title, unclear)
    if moment is None:
        return None
    clocked = [said for said in (*metas, *times) if ":" in _content(said)]
    stated += (*unclear, *map(_content, sorted(clocked, key=_says_modified)))
    clocks = [said for said in stated if isinstance(said, str) and ":" in said]
    if moment.time() == time.min:
        return _first(said for said in clocks if said.startswith(f"{moment:%Y-%m-%d}")) or moment
    own = next((said for said in clocks if parse_date(said) == moment), "")
    if _WITHOUT_ZONE.fullmatch(own) is None:
        return moment
    return _first(said for said in clocks if _WITH_ZONE.fullmatch(said) and _minute(said) == _minute(own)) or moment


def _minute(said: str) -> str:
    """What a clock shows that is `said` in ISO 8601, whatever its zone."""
    return said[: len("2026-05-14T10:32")].replace(" ", "T")


def _first(stated: Iterable[Any]) -> datetime | None:
    """The first of `stated` that is a moment."""
    return next(filter(None, map(parse_date, stated)), None)


def _told(metas: Sequence[_Meta]) -> dict[str, list[Any]]:
    """What elements meta state, by a `name`, `property` or `itemprop` in small letters, with colons for dots."""
    told: dict[str, list[Any]] = {}
    for meta in metas:
        for attribute in ("property", "name", "itemprop"):
            for name in meta.get(attribute, "").lower().replace(".", ":").split():
                told.setdefault(name, []).append(meta.get("content"))
    return told


def _content(attributes: _Meta) -> str:
    """What an element with these `attributes` states."""
    return attributes.get("content") or attributes.get("datetime") or ""


def _says_modified(attributes: _Meta) -> bool:
    """Whether an element with these `attributes` states when the page was modified, and not when it was published."""
    said = " ".join(attributes.values())
    return _MODIFIED.search(said) is not None and "publish" not in said


def _day(tree: HtmlElement, url: str | None, title: str, unclear: Iterable[Any]) -> datetime | None:
    """The day of publication: as the address states it, else as it stands beside the headline `title`, else the first
    of the `unclear` statements, else as htmldate finds it in the head, or in what may be about other articles.

    What is said there to be the day of an update counts only where the head has no other.
    """
    published, updated = shown_days(tree, title)
    if (day := _day_in(url) or published or _first(unclear)) is not None:
        return day
    if updated is not None:
        return _day_in_head(tree) or updated
    from htmldate import find_date  # noqa: PLC0415 - as above

    return parse_date(find_date(tree, url=url, original_date=True, extensive_search=False, max_date=_LAST_DAY))


def _day_in(url: str | None) -> datetime | None:
    """The day in the address `url`."""
    from htmldate.extractors import extract_url_date  # noqa: PLC0415 - as above

    return parse_date(extract_url_date(url, _of_htmldate()))


def _day_in_head(tree: HtmlElement) -> datetime | None:
    """The day that htmldate finds in elements meta."""
    from htmldate.core import examine_header  # noqa: PLC0415 - as above

    return parse_date(examine_header(tree, _of_htmldate()))


def _of_htmldate() -> Any:
    """The options of htmldate: the first day, in ISO 8601."""
    from htmldate.utils import Extractor  # noqa: PLC0415 - as above
    from htmldate.validators import get_max_date, get_min_date  # noqa: PLC0415 - as above

    return Extractor(False, get_max_date(_LAST_DAY), get_min_date(None), True, "%Y-%m-%d")
