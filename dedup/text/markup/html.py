"""The main text of an HTML page or fragment, and what the page says of itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from html import unescape

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from dedup.errors import InputRejected
from dedup.kernel.compiled import KERNEL
from dedup.text.document import Other
from dedup.text.markup.captions import with_captions
from dedup.text.markup.headline import squeezed
from dedup.text.markup.lead import lead_of
from dedup.text.markup.main_text import main_text
from dedup.text.markup.remembered_rules import Box
from dedup.text.markup.shown_day import without_bylines
from dedup.text.markup.statements import Statements, language, statements
from dedup.text.markup.whole_text import whole_text, whole_text_of
from dedup.text.others import set_aside

_MOST_TAGS = 40_000
"""Signs ``<`` in a page beyond which it is not searched for its main text, which takes a second for that many, but
read as a whole. The largest of 181 news pages of 2019 has 3,200."""
_DEEPEST = 200
"""Elements inside each other in a page that is searched for its main text; the search is recursive in places."""
_CLOSING_TAG = re.compile(
    r"</(?:p|div|span|a|h[1-6]|[dou]l|li|d[dt]|strong|em|b|i|u|font|center|article|section|main|body|html|table|t[dhr]|pre"
    r"|blockquote)\s*>|<br\s*/?>",
    re.IGNORECASE,
)
_OPENING_TAG = re.compile(
    r"\s*<(?:p|div|h[1-6]|[dou]l|center|article|section|main|table|pre|blockquote)(?:\s+[\w-]+\s*=[^<>]*)?>",
    re.IGNORECASE,
)
"""With what a text that is none of HTML does not begin; the end of a paragraph need not be written."""
_ESCAPED = re.compile(
    r"&lt;(?:/(?:p|div|h[1-6]|[uo]l|li|article|section|main|body|html|table|blockquote)\s*|br\s*/?\s*)&gt;",
    re.IGNORECASE,
)
_WHOLE_PAGE = re.compile(r"<!doctype html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_HEAD = 5_000
"""Characters in which a whole page says that it is one."""
_CDATA = re.compile(rb"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)
"""What XML alone knows. Some feeds and databases wrap a body in it once more than needed, in one piece or several."""
_BLANKS = 100
"""Bytes in which such a body begins, behind blanks."""
_PARTED = re.compile(rb"<(?:p|br|div)\b", re.IGNORECASE)
_BLANK_LINE = re.compile(rb"\n[ \t\r]*\n")
_LEAST_FOUND = 0.25
"""Of the text that a page states: where less is found on it, a script or a subscription is to bring the rest."""
_CONTROLS = bytes((*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F))
_UNUSABLE = (re.compile(b"\xc2[\x80-\x9f]"), re.compile(b"\xef\xbf[\xbe\xbf]"))
"""In UTF-8 the controls beyond ASCII, and U+FFFE and U+FFFF."""
_ELEMENTS = etree.ElementDefaultClassLookup(element=Box)
"""One class for all elements; that forms and labels have one of their own costs a call of Python an element."""
_TOO_DEEP = etree.XPath(f"boolean({'/*' * (_DEEPEST + 1)})")


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """What an HTML page holds: its article's text, a paragraph a line, and its own statements, None where it has none.

    `title` may be empty. `url` is the canonical one. `published_at` is in UTC; a time without a zone counts as UTC.
    `authors` are names joined by "; ". `lead` is the first line of `body` where the lead stands beside the text.
    `others` are articles on the page that are not its own; their text is not in `body`.
    """

    title: str
    body: str
    url: str | None = None
    publisher: str | None = None
    language: str | None = None
    published_at: datetime | None = None
    others: tuple[Other, ...] = ()
    authors: str | None = None
    lead: str = ""


def is_html(body: str | bytes, content_type: str | None) -> bool:
    """Whether `body`, as it is or as `encoded`, is markup: its source says so, or says nothing and it begins with a tag
    or tags are closed, all of them written as they are or all with entities."""
    if content_type == "text/plain":  # as what most files hold is said to be
        return False
    if content_type:
        kind = content_type.casefold()
        if "html" in kind:
            return True
        if kind.startswith("text/plain"):
            return False
    if isinstance(body, bytes):
        body = body.decode(errors="replace")
    if "<" not in body:
        return "&lt;" in body and _ESCAPED.search(body) is not None
    if _WHOLE_PAGE.search(body[:500]) or _OPENING_TAG.match(body):
        return True
    return ("</" in body or "<br" in body or "<BR" in body) and _CLOSING_TAG.search(body) is not None


def encoded(markup: str | bytes) -> bytes:
    """UTF-8 of `markup`, without the halves of surrogate pairs in it; what is encoded already as it is."""
    if isinstance(markup, bytes):
        return markup
    try:
        return markup.encode()
    except UnicodeEncodeError:
        return markup.encode("utf-8", "ignore")


def read_html(markup: str | bytes) -> HtmlPage:
    """The article in `markup`, given as it is or as `encoded`.

    Where all tags are written with entities the markup is what these stand for: it was escaped once more than needed. A
    whole page gives its main text (`dedup.text.markup.main_text`) and its statements (`dedup.text.markup.statements`).
    A fragment, as editorial systems store a body, is taken whole, as short as it may be, but for captions, forms and
    scripts. Where no tag of it parts paragraphs, as in WordPress's database, blank lines do.

    Raises `InputRejected` (``syntax``) when there is no element in it.
    """
    data = encoded(markup)
    if data[:_BLANKS].lstrip().startswith(b"<![CDATA["):
        data = _CDATA.sub(rb"\1", data)
    if b"<" not in data and b"&lt;" in data and _ESCAPED.search(text := data.decode()):
        data = unescape(text).encode()
    signs, unusable = KERNEL.survey(data) if KERNEL is not None else (data.count(b"<"), True)
    data = _usable(data) if unusable else data
    whole = _WHOLE_PAGE.search(data[: 4 * _HEAD].decode(errors="ignore"), 0, _HEAD)
    if not whole and not _PARTED.search(data):
        data = _BLANK_LINE.sub(b"\n<br>", data)
    tree = _tree(data)
    deep = _TOO_DEEP(tree)
    if not whole:
        return HtmlPage("", whole_text_of(data) if deep else whole_text(tree))
    if deep or signs > _MOST_TAGS:
        text = whole_text_of(data) if deep else whole_text(tree)
        return HtmlPage(tree.findtext(".//title") or "", text, language=language(tree))
    said = statements(tree)
    others = set_aside(tree, said.title)
    lead = lead_of(tree, said.title, said.descriptions)
    body = _body(tree, said)
    if lead and squeezed(lead) in squeezed(body):
        lead = ""
    return HtmlPage(
        said.title,
        f"{lead}\n{body}" if lead else body,
        said.url,
        said.publisher,
        said.language,
        said.published_at,
        tuple(others),
        said.authors,
        lead,
    )


def _body(tree: HtmlElement, said: Statements) -> str:
    """The article's text as it is found in `tree`, or as it is `said` where next to nothing is found."""
    found = main_text(tree, said.title, said.url)
    if said.text and len(found) < _LEAST_FOUND * len(said.text):
        return said.text
    return without_bylines(with_captions(tree, found) or whole_text(tree))


def _usable(data: bytes) -> bytes:
    """`data` without the characters that no text has."""
    ascii_only = data.isascii()
    data = data.translate(None, _CONTROLS)
    if not ascii_only:
        for unusable in _UNUSABLE:
            data = unusable.sub(b"", data)
    return data


def _tree(data: bytes) -> HtmlElement:
    """The elements of a page; of one in which more than 2,048 are inside each other those before that place."""
    # Else a page would end, without a word, where a picture inside it or a text without a tag has 10 MB.
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, huge_tree=True)
    parser.set_element_class_lookup(_ELEMENTS)
    try:
        return document_fromstring(data, parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise InputRejected("syntax", f"the HTML cannot be parsed: {error}") from error
