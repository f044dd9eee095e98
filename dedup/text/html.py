"""The main text of an HTML page or fragment, and what the page says of itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from dedup.errors import InputRejected
from dedup.intake.dates import parse_date

_MOST_TAGS = 40_000
"""Signs ``<`` in a page beyond which it is not searched for its main text, which takes a second for that many, but
read as a whole. The largest of 181 news pages of 2019 has 3,200."""
_DEEPEST = 200
"""Elements inside each other in a page that is searched for its main text; the search is recursive in places."""
_DATES = {"original_date": True, "extensive_search": False, "max_date": "2100-12-31"}
"""For htmldate: the day of publication, from statements only, whatever day it is today."""
_CLOSING_TAG = re.compile(
    r"</(?:p|div|span|a|h[1-6]|[uo]l|li|strong|em|b|i|article|section|main|body|html|table|blockquote)\s*>|<br\s*/?>",
    re.IGNORECASE,
)
_WHOLE_PAGE = re.compile(r"<!doctype html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_UNUSABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_NOT_TEXT = frozenset((
    "script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "math", "canvas", "audio",
    "video", "form", "button", "select", "textarea", "input", "nav", "aside", "footer", "figure", "figcaption",
    "head", "title",
))  # fmt: skip
_BLOCKS = frozenset((
    "address", "article", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset", "h1", "h2", "h3",
    "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table", "tbody", "tr", "ul", "br",
))  # fmt: skip
_PUBLISHED = (
    "//meta[@property='article:published_time' or @property='og:article:published_time'"
    " or @property='article:published'"
    " or contains(@itemprop, 'datePublished')"
    " or @name='article:published_time' or @name='parsely-pub-date' or @name='pubdate' or @name='publishdate'"
    " or @name='sailthru.date' or @name='DC.date.issued' or @name='dcterms.date' or @name='date']/@content",
    "//time[contains(@itemprop, 'datePublished') or @pubdate]/@datetime",
)
_JSON_LD_PUBLISHED = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """What an HTML page holds: its article's text, a paragraph a line, and its own statements, None where it has none.

    `title` may be empty. `url` is the canonical one. `published_at` is in UTC; a time without a zone counts as UTC.
    """

    title: str
    body: str
    url: str | None = None
    publisher: str | None = None
    language: str | None = None
    published_at: datetime | None = None


def is_html(body: str, content_type: str | None) -> bool:
    """Whether `body` is markup: its source says so, or says nothing and tags are closed in it."""
    if content_type:
        kind = content_type.casefold()
        if "html" in kind:
            return True
        if kind.startswith("text/plain"):
            return False
    if "<" not in body:
        return False
    if _WHOLE_PAGE.search(body[:500]):
        return True
    return ("</" in body or "<br" in body or "<BR" in body) and _CLOSING_TAG.search(body) is not None


def read_html(markup: str) -> HtmlPage:
    """The article in `markup`. Raises `InputRejected` (``syntax``) when there is no element in it.

    A whole page is given to trafilatura, which finds the main text and reads JSON-LD, Open Graph and the other
    statements in the head; nothing is ever fetched. A fragment, as editorial systems store a body, is taken whole,
    as short as it may be, but for captions, forms and scripts.
    """
    markup = _UNUSABLE.sub("", markup)
    tree = _tree(markup)
    if not _WHOLE_PAGE.search(markup[:5_000]):
        return HtmlPage("", _whole_text(tree))
    if markup.count("<") > _MOST_TAGS or _too_deep(tree):
        return HtmlPage(tree.findtext(".//title") or "", _whole_text(tree), language=_language(tree))
    from trafilatura.metadata import extract_metadata  # noqa: PLC0415 - a third of a second that plain text saves

    said = extract_metadata(tree, extensive=False, date_config=_DATES)
    return HtmlPage(
        title=_without_site(said.title or "", said.sitename or ""),
        body=_main_text(tree, precise=True) or _main_text(tree, precise=False) or _whole_text(tree),
        url=said.url,
        publisher=said.sitename,
        language=_language(tree),
        published_at=_published(tree) or parse_date(said.date),
    )


def _tree(markup: str) -> HtmlElement:
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    try:
        return document_fromstring(markup.encode(), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise InputRejected("syntax", f"the HTML cannot be parsed: {error}") from error


def _main_text(tree: HtmlElement, *, precise: bool) -> str:
    """What trafilatura takes for the main text of `tree`, which is left as it is; empty when it finds none."""
    from trafilatura import bare_extraction  # noqa: PLC0415 - as above

    found = bare_extraction(tree, favor_precision=precise, include_comments=False, with_metadata=False)
    text = getattr(found, "text", None)
    return text if isinstance(text, str) else ""


def _whole_text(tree: HtmlElement) -> str:
    """All running text of `tree`, a line a block, without what is never text (scripts, menus, forms, captions)."""
    parts: list[str] = []
    skipped: HtmlElement | None = None
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            if skipped is not None:
                continue
            if element.tag in _NOT_TEXT:
                skipped = element
                continue
            if element.tag in _BLOCKS:
                parts.append("\n")
            if element.text:
                parts.append(_SPACES.sub(" ", element.text))
            continue
        if skipped is element:
            skipped = None
        elif skipped is None and element.tag in _BLOCKS:
            parts.append("\n")
        if skipped is None and element.tail and element is not tree:
            parts.append(_SPACES.sub(" ", element.tail))
    return "".join(parts)


def _too_deep(tree: HtmlElement) -> bool:
    depth = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > _DEEPEST:
            return True
    return False


def _without_site(title: str, site: str) -> str:
    """`title` without the name of the site that stands before or after it behind a sign."""
    if site:
        for sign in (" | ", " - ", " – ", " — ", " :: ", " · ", ": "):
            if title.endswith(sign + site):
                return title[: -len(sign + site)]
            if title.startswith(site + sign):
                return title[len(site + sign) :]
    return title


def _language(tree: HtmlElement) -> str | None:
    for statement in (
        "/html/@lang",
        "//meta[@property='og:locale']/@content",
        "//meta[@itemprop='inLanguage']/@content",
    ):
        for value in tree.xpath(statement):
            if value.strip():
                return str(value)
    return None


def _published(tree: HtmlElement) -> datetime | None:
    """The moment of publication as the page's head states it, which is to the minute where htmldate gives a day."""
    for statement in _PUBLISHED:
        for value in tree.xpath(statement):
            if (moment := parse_date(str(value))) is not None:
                return moment
    for script in tree.iter("script"):
        if script.get("type") == "application/ld+json" and script.text:
            for value in _JSON_LD_PUBLISHED.findall(script.text):
                if (moment := parse_date(value)) is not None:
                    return moment
    return None
