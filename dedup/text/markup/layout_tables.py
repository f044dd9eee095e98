"""Tables that lay a page out: what stands in them are boxes and paragraphs, and no rows of figures.

Old sites put menus, article and teasers into cells, and line ends between the paragraphs. As boxes and paragraphs they
are read like any other page.
"""

from __future__ import annotations

from itertools import islice

from lxml.html import HtmlElement

from dedup.text.markup.paragraphs import LEAST_PARAGRAPH, WRAPPERS, is_inline, part_at_line_ends

_PARTS = ("tbody", "thead", "tfoot", "tr", "td", "th", "caption")
_CELLS = ("td", "th")
_HEADINGS = ("h1", "h2")
_LEAST_TEXT = 200
"""Characters of a cell that holds an article, or a part of one, rather than a figure."""


def unfold_tables(tree: HtmlElement) -> None:
    """Makes boxes of the tables of `tree` that lay it out, and paragraphs of the text between line ends in them."""
    tables = [table for table in tree.iter("table") if _lays_out(table)]
    if not tables:
        return
    chosen = set(tables)
    parts = [part for part in tree.iter(*_PARTS, *WRAPPERS) if next(part.iterancestors("table"), None) in chosen]
    for part in (*parts, *tables):
        if is_inline(part):
            continue
        if part.tag in _CELLS or part.tag in WRAPPERS:
            part_at_line_ends(part)
        part.tag = "div"


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
