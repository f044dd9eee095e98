"""Paragraphs that are made of the text of a box: what stands between line ends in it, where a page has no others."""

from __future__ import annotations

from lxml import etree
from lxml.html import HtmlElement

LEAST_PARAGRAPH = 60
"""Characters of a box that is a paragraph; bylines and buttons have less."""
SENTENCE_ENDS = tuple(".!?…。！？؟।॥»”\"’'")
"""With what a paragraph of an article ends: one that ends with a bracket says who the author is, or what else to read.
Of lines of plain text `dedup.text.lines` has its own."""
_INLINE = frozenset((
    "a", "abbr", "acronym", "b", "big", "cite", "code", "del", "em", "i", "img", "ins", "mark", "q", "s", "script",
    "small", "strike", "strong", "sub", "sup", "time", "tt", "u", "wbr",
))  # fmt: skip
WRAPPERS = ("font", "center", "span")
"""Elements that old pages put around paragraphs."""


def is_inline(element: HtmlElement) -> bool:
    """Whether `element` stands in a paragraph rather than around some."""
    return element.tag in _INLINE or (
        element.tag in WRAPPERS and next(element.iterdescendants("p", "br", "div", "table"), None) is None
    )


def part_at_line_ends(box: HtmlElement) -> None:
    """Puts the text of `box` between two line ends, or behind one that ends a sentence, into elements ``p``."""
    children = list(box)
    if all(map(is_inline, children)) and len(box.text_content()) < LEAST_PARAGRAPH:
        return
    writer = _Writer(box)
    writer.say(box.text)
    box.text = None
    for child in children:
        tail, child.tail = child.tail, None
        box.remove(child)
        if child.tag == "br":
            writer.end_line()
        elif is_inline(child):
            writer.add(child)
        else:
            writer.end_paragraph()
            box.append(child)
        writer.say(tail)
    writer.end_paragraph()


class _Writer:
    """Writes paragraphs into `box`."""

    def __init__(self, box: HtmlElement) -> None:
        self._box = box
        self._paragraph: HtmlElement | None = None
        self._last: HtmlElement | None = None
        self._ended, self._length, self._end = False, 0, ""

    def say(self, text: str | None) -> None:
        """Goes on with this text."""
        if not text:
            return
        if text.isspace():
            if self._last is not None and not self._ended:
                self._last.tail = (self._last.tail or "") + " "
            return
        paragraph = self._open()
        if self._last is None:
            paragraph.text = (paragraph.text or "") + text
        else:
            self._last.tail = (self._last.tail or "") + text
        self._said(text)

    def add(self, element: HtmlElement) -> None:
        """Goes on with an element."""
        self._open().append(element)
        self._last = element
        self._said(element.text_content())

    def end_line(self) -> None:
        """A line ends; so does the paragraph with the second in a row, or where its text is a paragraph."""
        if self._ended or (self._length >= LEAST_PARAGRAPH and self._end.endswith(SENTENCE_ENDS)):
            self.end_paragraph()
        elif self._paragraph is not None:
            self._ended = True

    def end_paragraph(self) -> None:
        """What follows stands in another paragraph."""
        self._paragraph = self._last = None
        self._ended, self._length, self._end = False, 0, ""

    def _open(self) -> HtmlElement:
        if self._paragraph is None:
            self._paragraph = etree.SubElement(self._box, "p")
        elif self._ended:
            self._last = etree.SubElement(self._paragraph, "br")
        self._ended = False
        return self._paragraph

    def _said(self, text: str) -> None:
        text = text.strip()
        self._length += len(text)
        self._end = text[-1:] or self._end
