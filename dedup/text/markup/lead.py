"""The lead of an HTML page: the sentences below its headline that the head of the page states as what it is about.

Sites have it in whatever element they like, between headline, picture and byline, most often beside the box of the text
and not in it. That it is what the head states tells it from bylines, captions and slogans.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from lxml.html import HtmlElement

from dedup.text.markup.headline import squeezed
from dedup.text.markup.shown_day import heading_of, lines_below

_LEAST = 30
"""Letters of a lead."""
_LONGEST = 1_000
"""Characters of a lead."""
_LEAST_HEADING = 15
"""Letters of a headline that is not the title."""
_PARAGRAPH = 100
"""Characters."""
_MOST_BETWEEN = 3
"""Paragraphs, as of a caption or a note, between headline and lead."""
_MOST = 20
"""Descriptions that are looked at."""
_LEAST_CUT = 60
"""Letters of a statement that is cut short."""
_MOST_BESIDE = 0.3
"""Of a lead in letters: a place before it, a name behind it."""


def lead_of(tree: HtmlElement, title: str, descriptions: Iterable[str]) -> str:
    """The lead below the headline `title` of the page `tree`, which is what one of its `descriptions` says; empty where
    none is plain."""
    letters = (squeezed(description) for description in {one[:_LONGEST] for one in islice(descriptions, _MOST)})
    headline = squeezed(title)
    stated = frozenset(statement for statement in letters if len(statement) >= _LEAST and statement not in headline)
    if not stated:
        return ""
    heading = heading_of(tree, title)
    heading = _first_heading(tree, headline) if heading is None else heading
    if heading is None:
        return ""
    paragraphs = 0
    for below in lines_below(heading):
        line = below.text()
        if not _LEAST <= len(line) <= _LONGEST:
            continue
        leads = _is_lead(squeezed(line), stated)
        if not (leads or len(line) >= _PARAGRAPH) or below.may_lead_elsewhere():
            continue
        if leads:
            return line
        paragraphs += 1
        if paragraphs == _MOST_BETWEEN:
            break
    return ""


def _first_heading(tree: HtmlElement, headline: str) -> HtmlElement | None:
    """The heading of the page, however it differs from the `headline`; a short one may be the name of the site."""
    heading = next(tree.iter("h1"), None)
    shown = "" if heading is None else squeezed(heading.text_content())
    return heading if len(shown) >= _LEAST_HEADING or shown in headline else None


def _is_lead(letters: str, stated: frozenset[str]) -> bool:
    """Whether a line with these `letters` is what is `stated`, or goes on where that is cut short."""
    if len(letters) < _LEAST:
        return False
    return letters in stated or any(
        (statement in letters and len(letters) <= (1 + _MOST_BESIDE) * len(statement))
        or (letters in statement and len(statement) <= (1 + _MOST_BESIDE) * len(letters))
        or (len(statement) >= _LEAST_CUT and letters.startswith(statement))
        for statement in stated
    )
