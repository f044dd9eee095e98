"""Text that is loose in a box, between pictures and paragraphs, and would be lost beside these."""

from __future__ import annotations

from lxml.html import HtmlElement

from dedup.text.lines import letters_of
from dedup.text.markup.paragraphs import LEAST_PARAGRAPH, SENTENCE_ENDS, part_at_line_ends

_BOXES = ("div", "section", "article", "main")
_BLOCKS = frozenset(("aside", "blockquote", "center", "div", "figure", "ol", "p", "section", "table", "ul"))
"""Behind which, and before a paragraph, loose text is not read."""


def part_loose_text(tree: HtmlElement, found: str) -> bool:
    """Makes paragraphs of the text of the boxes of which some is `found` and some is not, as behind a picture or before
    a paragraph. Whether there are such boxes."""
    boxes = [(box, texts) for box in tree.iter(*_BOXES) if (texts := _loose(box))]
    letters = letters_of(found) if boxes else ""
    lost = [
        box for box, texts in boxes if _is_found(box, letters) and not all(_begin(text) in letters for text in texts)
    ]
    for box in lost:
        part_at_line_ends(box)
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
