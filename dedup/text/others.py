"""The other articles on a page, each for itself: those that an aggregator or newsletter prints in full.

They are never part of the page's own article. `[text] split_pages` takes them as articles of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import compress

from lxml import etree
from lxml.html import HtmlElement

from dedup.intake.dates import parse_date
from dedup.text.page import Page, read_page
from dedup.text.tokens import count, joined

MOST = 50
"""Other articles that are taken from one page."""
_LEAST_WORDS = 40
"""Words of running text that make an article of its own; a headline with a sentence or two leads to one elsewhere."""
_LEAST_SHARED = 3
"""Words of a headline that the title of the page repeats, unless both are the same."""
_HEADINGS = etree.XPath("(.//h1 | .//h2 | .//h3)[1]")
_PARAGRAPHS = etree.XPath(".//p")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Other:
    """Another article on a page. `url` is where its headline leads, `published_at` in UTC; None where it has none."""

    title: str
    body: str
    url: str | None = None
    published_at: datetime | None = None


def others_below(page: Page) -> list[Other]:
    """The articles in what stands below the own one of a page of text, in their order."""
    found: list[Other] = []
    rest = page.rest
    for _ in range(MOST):
        if not rest:
            break
        below = read_page(rest, joined(rest))
        if below.title and count(joined(below.body)) >= _LEAST_WORDS:
            found.append(Other(below.title, below.body, published_at=below.published_at))
        rest = below.rest
    return found


def set_aside(tree: HtmlElement, title: str) -> list[Other]:
    """Takes the other articles out of a page of HTML, and returns them in their order.

    They are others only where one of several elements ``article`` is under the page's own `title`. Where that stands
    above them all they are the parts of one, as in a live blog, and lose the name; else they stay as they are.
    """
    elements = [element for element in tree.iter("article") if next(element.iterancestors("article"), None) is None]
    if len(elements) < 2:
        return []
    headings = [_heading(element) for element in elements]
    bodies = [_running_text(element) for element in elements]
    full = [count(joined(body)) >= _LEAST_WORDS for body in bodies]
    own = next((at for at, heading in enumerate(headings) if _same(heading, title)), None)
    if own is None:
        if any(_same(_text(heading), title) for heading in tree.iter("h1")):
            for element in compress(elements, full):
                element.tag = "div"
        return []
    found: list[Other] = []
    for at, element in enumerate(elements):
        if at != own and headings[at] and full[at] and len(found) < MOST:
            found.append(Other(headings[at], bodies[at], _link(element), _moment(element)))
            element.drop_tree()
    return found


def _running_text(element: HtmlElement) -> str:
    """The paragraphs of `element`, one a line."""
    return "\n".join(filter(None, map(_text, _PARAGRAPHS(element))))


def _text(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def _heading(element: HtmlElement) -> str:
    return " ".join(map(_text, _HEADINGS(element)))


def _same(heading: str, title: str) -> bool:
    """Whether one of the two is in the other, word for word."""
    first, second = (" ".join(_WORD.findall(text.casefold())) for text in (heading, title))
    shorter, longer = sorted((first, second), key=len)
    return bool(shorter) and (first == second or (shorter.count(" ") + 1 >= _LEAST_SHARED and shorter in longer))


def _link(element: HtmlElement) -> str | None:
    heading = _HEADINGS(element)[0]
    links = [*heading.iter("a"), *heading.iterancestors("a")]
    return next((href for link in links if (href := link.get("href"))), None)


def _moment(element: HtmlElement) -> datetime | None:
    times = (parse_date(time.get("datetime")) for time in element.iter("time"))
    return next((moment for moment in times if moment is not None), None)
