"""All running text of a page, a line a block, without what is never text (scripts, menus, forms, captions)."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

_SPACES = re.compile(r"\s+")
_NOT_TEXT = frozenset((
    "script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "math", "canvas", "audio",
    "video", "form", "button", "select", "textarea", "input", "nav", "aside", "footer", "figure", "figcaption",
    "head", "title",
))  # fmt: skip
_BLOCKS = frozenset((
    "address", "article", "blockquote", "body", "caption", "center", "dd", "details", "dir", "div", "dl", "dt",
    "fieldset", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "legend", "li", "main", "menu", "ol", "p",
    "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul", "br",
))  # fmt: skip
_FIGURE = "figure"
_CELLS = frozenset(("td", "th"))


def whole_text(tree: HtmlElement) -> str:
    """The running text of `tree`."""
    running = _Running()
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            running.start(element.tag, element.attrib)
            text = element.text
        else:
            running.end(element.tag)
            text = None if element is tree else element.tail
        if text:
            running.data(text)
    return running.close()


def whole_text_of(markup: bytes) -> str:
    """The same of `markup` in UTF-8, however deep elements are inside each other in it.

    libxml2 ends a tree, and with it the page, where elements are 2,048 deep. Where it tells what it meets and makes no
    tree, nothing ends.
    """
    text: str = etree.fromstring(markup, etree.HTMLParser(encoding="utf-8", huge_tree=True, target=_Running()))
    return text


class _Running:
    """Takes down running text as a parser, or a walk through a tree, meets it."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        # How many elements are open of one that is no text, itself included, and its name.
        self._skipped, self._outer = 0, ""
        # The tables that are read in figures: how many elements are open at each, and how many of its figure.
        self._tables: list[tuple[int, int]] = []
        self._depth = 0

    def start(self, tag: str, _attributes: Any) -> None:
        """An element begins."""
        self._depth += 1
        if self._skipped and tag == "table" and self._outer == _FIGURE:  # as editorial systems wrap those of an article
            self._tables.append((self._depth, self._skipped))
            self._skipped = 0
        elif self._skipped:
            self._skipped += 1
        elif tag in _NOT_TEXT:
            self._skipped, self._outer = 1, tag
        elif tag in _BLOCKS:
            self._parts.append("\n")
        elif tag in _CELLS:
            self._parts.append(" ")

    def end(self, tag: str) -> None:
        """An element ends."""
        if self._skipped:
            self._skipped -= 1
        elif tag in _BLOCKS:
            self._parts.append("\n")
        if self._tables and self._tables[-1][0] == self._depth:
            (_, self._skipped), self._outer = self._tables.pop(), _FIGURE
        self._depth -= 1

    def data(self, text: str) -> None:
        """A piece of text, or of a longer one."""
        if not self._skipped:
            self._parts.append(_SPACES.sub(" ", text))

    def close(self) -> str:
        """The page ends."""
        return "".join(self._parts)
