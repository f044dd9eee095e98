"""The text of an article that stands in several boxes: sites cut it where they put advertisements in.

Boxes are parts of one text where they are of one kind, equally deep in the page, begin with paragraphs, and have
nothing to read between them. Teasers, comments and the articles of a list have headlines and names there, or at the
beginning of each, or a link at its end.
"""

from __future__ import annotations

from enum import Enum, auto

from lxml import etree
from lxml.html import HtmlElement

from dedup.text.furniture import LABELS, Label, key
from dedup.text.markup.captions import is_caption
from dedup.text.markup.paragraphs import LEAST_PARAGRAPH, SENTENCE_ENDS

_BOXES = ("div", "section")
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_SENTENCE_ENDS = (*SENTENCE_ENDS, "“", "«", ":", "：")
_SPEECH_ENDS = ("」", "』")
"""What a headline may end with, too, but none that is as long as a paragraph."""
_LONGEST_LABEL = 100
"""Characters, spaces around it too."""


class _Beginning(Enum):
    PARAGRAPH = auto()
    HEADING = auto()
    ELSE = auto()


def join_parts(tree: HtmlElement) -> None:
    """Moves what is in the later parts of a text into its first one. What is never text is gone from `tree`, and so
    are teasers."""
    boxes = {box for box in {paragraph.getparent() for paragraph in tree.iter("p")} if _holds_paragraphs(box)}
    if len({(box.tag, box.get("class")) for box in boxes}) == len(boxes):
        return
    first: HtmlElement | None = None
    begins = _Beginning.ELSE
    parts: list[tuple[HtmlElement, HtmlElement]] = []
    walk = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            first = None if first is not None and _says_something(element.tail) else first
        elif element in boxes:
            walk.skip_subtree()
            beginning = _begins_with(element)
            if first is not None and _alike(first, element) and _goes_on(begins, beginning):
                parts.append((first, element))
            else:
                first, begins = element, beginning
        elif first is not None and _says_something(element.text):
            first = None
    for first, part in parts:
        first.extend(part)
        part.tail = part.tail if _says_something(part.tail) else None
        part.drop_tree()


def _says_something(text: str | None) -> bool:
    """Whether there is more in `text` than the word "Advertisement", or what stood over a list of teasers."""
    if text is None or not any(map(str.isalnum, text)):
        return False
    return len(text) > _LONGEST_LABEL or LABELS.get(key(text.strip())) not in (Label.NOISE, Label.OTHERS)


def _holds_paragraphs(element: HtmlElement) -> bool:
    """Whether `element` may be a part of a text."""
    return (
        element.tag in _BOXES
        and bool(element.get("class"))
        and not is_caption(element)
        and any(len(paragraph.text_content()) >= LEAST_PARAGRAPH for paragraph in element.iterchildren("p"))
        and not _leads_on(element)
    )


def _leads_on(box: HtmlElement) -> bool:
    """Whether `box` ends with a link, as a teaser does: "more"."""
    names = (one.tag for one in box.iterchildren(etree.Element, reversed=True) if _says_something(one.text_content()))
    return next(names, "") == "a"


def _alike(first: HtmlElement, box: HtmlElement) -> bool:
    return first.tag == box.tag and first.get("class") == box.get("class") and _depth(first) == _depth(box)


def _goes_on(first: _Beginning, box: _Beginning) -> bool:
    """Whether a box with this beginning may be a later part of a text with that of the `first`: one of the two may
    begin with a heading, and neither with anything else, as teasers in boxes do."""
    return _Beginning.PARAGRAPH in (first, box) and _Beginning.ELSE not in (first, box)


def _depth(element: HtmlElement) -> int:
    return sum(1 for _ in element.iterancestors())


def _begins_with(box: HtmlElement) -> _Beginning:
    """What the first text of `box` stands in, pictures and posts of networks left out."""
    if _says_something(box.text):
        return _Beginning.ELSE
    for element in box.iterchildren(etree.Element):
        if element.tag in _HEADINGS:
            return _Beginning.HEADING
        text = element.text_content().strip()
        if element.tag != "figure" and "embed" not in element.get("class", "").lower() and _says_something(text):
            return _Beginning.PARAGRAPH if element.tag == "p" and _ends_a_sentence(text) else _Beginning.ELSE
    return _Beginning.ELSE


def _ends_a_sentence(text: str) -> bool:
    return text.endswith(_SENTENCE_ENDS) or (len(text) >= LEAST_PARAGRAPH and text.endswith(_SPEECH_ENDS))
