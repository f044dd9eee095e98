"""Tables that lay a page out: what stands in them are boxes and paragraphs, and no rows of figures.

Old sites put menus, article and teasers into cells, and line ends between the paragraphs. As boxes and paragraphs they
are read like any other page. Text that is loose in a box, between pictures and paragraphs, becomes paragraphs as well.
"""

from __future__ import annotations

import re
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

_PARTS = ("tbody", "thead", "tfoot", "tr", "td", "th", "caption")
_CELLS = ("td", "th")
_HEADINGS = ("h1", "h2")
_INLINE = frozenset((
    "a", "abbr", "acronym", "b", "big", "cite", "code", "del", "em", "i", "img", "ins", "mark", "q", "s", "script",
    "small", "strike", "strong", "sub", "sup", "time", "tt", "u", "wbr",
))  # fmt: skip
_WRAPPERS = ("font", "center", "span")
"""Elements that old pages put around paragraphs."""
_BOXES = ("div", "section", "article", "main")
_BLOCKS = frozenset(("aside", "blockquote", "center", "div", "figure", "ol", "p", "section", "table", "ul"))
"""Behind which, and before a paragraph, loose text is not read."""
_NO_LETTERS = re.compile(r"[\W_]+")
_LEAST_TEXT = 200
"""Characters of a cell that holds an article, or a part of one, rather than a figure."""
LEAST_PARAGRAPH = 60
"""Characters of a box that is a paragraph; bylines and buttons have less."""
SENTENCE_ENDS = tuple(".!?…。！？؟।॥»”\"’'")


def unfold_tables(tree: HtmlElement) -> None:
    """Makes boxes of the tables of `tree` that lay it out, and paragraphs of the text between line ends in them."""
    tables = [table for table in tree.iter("table") if _lays_out(table)]
    if not tables:
        return
    chosen = set(tables)
    parts = [part for part in tree.iter(*_PARTS, *_WRAPPERS) if next(part.iterancestors("table"), None) in chosen]
    for part in (*parts, *tables):
        if _is_inline(part):
            continue
        if part.tag in _CELLS or part.tag in _WRAPPERS:
            _part_at_line_ends(part)
        part.tag = "div"


def part_loose_text(tree: HtmlElement, found: str) -> bool:
    """Makes paragraphs of the text of the boxes of which some is `found` and some is not, as behind a picture or before
    a paragraph. Whether there are such boxes."""
    boxes = [(box, texts) for box in tree.iter(*_BOXES) if (texts := _loose(box))]
    letters = letters_of(found) if boxes else ""
    lost = [
        box for box, texts in boxes if _is_found(box, letters) and not all(_begin(text) in letters for text in texts)
    ]
    for box in lost:
        _part_at_line_ends(box)
    return bool(lost)


def _loose(box: HtmlElement) -> list[str]:
    """The text in `box` that is a paragraph and stands behind a block, or before an element ``p``."""
    texts = [child.tail for child in box if child.tag in _BLOCKS]
    texts += [box.text] if len(box) and box[0].tag == "p" else []
    return [text for text in texts if text and len(text) >= LEAST_PARAGRAPH and text.rstrip().endswith(SENTENCE_ENDS)]


def _is_found(box: HtmlElement, letters: str) -> bool:
    """Whether a paragraph of `box` is among the `letters` that were found."""
    texts = (box.text, *(child.tail for child in box), *(child.text_content() for child in box.iterchildren("p")))
    return any(len(text) >= LEAST_PARAGRAPH and _begin(text) in letters for text in texts if text)


def _begin(text: str) -> str:
    return letters_of(text.strip()[:LEAST_PARAGRAPH])


def letters_of(text: str, most: int | None = None) -> str:
    """The letters and digits of `text`, or the first of them, for what is the same but for spaces and signs."""
    return _NO_LETTERS.sub("", text)[:most]


def _lays_out(table: HtmlElement) -> bool:
    """Whether `table` holds another, a headline, or a cell with paragraphs; or is a column of them."""
    if next(table.iterdescendants("table", *_HEADINGS), None) is not None:
        return True
    cells = list(table.iterdescendants(*_CELLS))
    longest = max((len(cell.text_content()) for cell in cells), default=0)
    if longest < LEAST_PARAGRAPH:
        return False
    column = all(len(row) == 1 for row in table.iterdescendants("tr"))
    if column and sum(len(cell.text_content()) for cell in cells) >= _LEAST_TEXT:
        return True
    return longest >= _LEAST_TEXT and any(_has_paragraphs(cell) for cell in cells)


def _has_paragraphs(cell: HtmlElement) -> bool:
    return sum(1 for _ in islice(cell.iterdescendants("p", "br", "div"), 2)) == 2


def _is_inline(element: HtmlElement) -> bool:
    """Whether `element` stands in a paragraph rather than around some."""
    return element.tag in _INLINE or (
        element.tag in _WRAPPERS and next(element.iterdescendants("p", "br", "div", "table"), None) is None
    )


def _part_at_line_ends(box: HtmlElement) -> None:
    """Puts the text of `box` between two line ends, or behind one that ends a sentence, into elements ``p``."""
    children = list(box)
    if all(map(_is_inline, children)) and len(box.text_content()) < LEAST_PARAGRAPH:
        return
    writer = _Writer(box)
    writer.say(box.text)
    box.text = None
    for child in children:
        tail, child.tail = child.tail, None
        box.remove(child)
        if child.tag == "br":
            writer.end_line()
        elif _is_inline(child):
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
