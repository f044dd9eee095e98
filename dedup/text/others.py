"""The other articles on a page, one by one: those that an aggregator or newsletter prints in full.

They are never part of the page's own article. With `[text] split_pages` they become articles of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from itertools import compress, islice

from lxml import etree
from lxml.html import HtmlElement

from dedup.intake.dates import parse_date
from dedup.text.document import Other
from dedup.text.page import Page, read_page
from dedup.text.words.tokens import count, joined

MOST = 50
"""Other articles that are taken from one page."""
_LEAST_WORDS = 40
"""Words of running text that make an article of its own; a headline with a sentence or two leads to one elsewhere."""
_LEAST_SHARED = 3
"""Words of a headline that the title of the page repeats, unless both are the same."""
_LEAST_HEADLINE = 4
"""Words of the headline of another article where nothing but that tells it from the heading of a section."""
_LEAST_TELLING = 4
"""Words of `_LEAST_LETTERS` letters that a title must have for their absence to tell another article."""
_LEAST_LETTERS = 4
_HEADINGS = etree.XPath("(.//h1 | .//h2 | .//h3)[1]")
_PARAGRAPHS = etree.XPath(".//p")
_WORD = re.compile(r"\w+")


def others_below(page: Page) -> list[Other]:
    """The articles in what stands below the own one of a page of text, in their order."""
    found: list[Other] = []
    rest = page.rest
    for _ in range(MOST):
        if not rest:
            break
        below = read_page(rest)
        if below.title and count(joined(below.body)) >= _LEAST_WORDS:
            found.append(Other(below.title, below.body, published_at=below.published_at))
        rest = below.rest
    return found


def set_aside(tree: HtmlElement, title: str) -> list[Other]:
    """Takes the other articles out of a page of HTML, and returns them in their order.

    They are others only where one of several elements ``article`` is the page's own: it is under the page's `title`,
    and is no teaser of what is outside of it, short and with a link, as in a list of what is read most. Where the title
    stands above them all they are the parts of one, as in a live blog, and lose the name; else they stay as they are.
    """
    elements = [element for element in tree.iter("article") if next(element.iterancestors("article"), None) is None]
    if len(elements) < 2:
        return _taken_out(_boxes(tree, title))
    headings = [_heading(element) for element in elements]
    full = [count(joined(_running_text(element))) >= _LEAST_WORDS for element in elements]
    named = [_same(heading, title) for heading in headings]
    if not any(full[at] or _HEADINGS(elements[at])[0].tag == "h1" for at, own in enumerate(named) if own):
        if any(_same(_text(heading), title) for heading in tree.iter("h1")):
            for element in compress(elements, full):
                element.tag = "div"
            return []
        if not any(_link(element) is None for element in compress(elements, named)):
            return []
    return _taken_out(element for at, element in enumerate(elements) if not named[at] and headings[at] and full[at])


def _taken_out(elements: Iterable[HtmlElement]) -> list[Other]:
    found = []
    for element in islice(elements, MOST):
        for end in element.iter("br"):
            end.tail = f" {end.tail or ''}"
        found.append(Other(_heading(element), _running_text(element), _link(element), _moment(element)))
        element.drop_tree()
    return found


def _boxes(tree: HtmlElement, title: str) -> list[HtmlElement]:
    """The other articles on a page that has them, and its own, in boxes of one kind side by side.

    Nothing but their headings tells them from the sections of one article. So the page's `title` must head one of the
    boxes, all others must have headlines of the same rank, which sections under a headline have not, and hardly a word
    of the title may be in any of them, while a section speaks of what its article is about. Where one fails all stay:
    better another article in the text than half of its own.
    """
    words = _telling(title)
    if len(words) < _LEAST_TELLING:
        return []
    for heading in tree.iter("h1", "h2", "h3"):
        own = _box_of(heading) if _same(_text(heading), title) else None
        if own is None:
            continue
        others = [box for box in own.getparent().iterchildren(own.tag) if box is not own and _alike(box, own)]
        return others if all(_is_another(box, heading, words) for box in others) else []
    return []


def _box_of(heading: HtmlElement) -> HtmlElement | None:
    """The box that begins with `heading` and holds its text, None where what it stands in begins otherwise."""
    for box in heading.iterancestors():
        if box.tag not in ("div", "section") or not _begins_with(box, heading):
            return None
        if count(joined(_running_text(box))) >= _LEAST_WORDS:
            return box
    return None


def _alike(box: HtmlElement, own: HtmlElement) -> bool:
    return box.get("class") == own.get("class") and bool(_HEADINGS(box))


def _begins_with(box: HtmlElement, heading: HtmlElement) -> bool:
    beginning = _text(heading)
    words = beginning.count(" ") + 1
    return " ".join(box.text_content().split(None, words)[:words]).startswith(beginning)


def _is_another(box: HtmlElement, heading: HtmlElement, words: set[str]) -> bool:
    """Whether `box` holds an article of its own, beside the one under `heading` whose title has these words."""
    top = _HEADINGS(box)[0]
    headline, body = _text(top), _running_text(box)
    return (
        top.tag == heading.tag
        and _begins_with(box, top)
        and len(_WORD.findall(headline)) >= _LEAST_HEADLINE
        and count(joined(body)) >= _LEAST_WORDS
        and len(words & _telling(f"{headline} {body}")) <= 1
    )


def _telling(text: str) -> set[str]:
    """The beginnings of the words of `text` that are long enough to mean something, whatever their endings."""
    return {word[:_LEAST_LETTERS] for word in _WORD.findall(text.casefold()) if len(word) >= _LEAST_LETTERS}


def _running_text(element: HtmlElement) -> str:
    """The paragraphs of `element`, one a line."""
    return "\n".join(filter(None, map(_text, _PARAGRAPHS(element))))


def _text(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def _heading(element: HtmlElement) -> str:
    return " ".join(map(_text, _HEADINGS(element)))


def _same(heading: str, title: str) -> bool:
    """Whether one of the two is in the other, word for word."""
    first, second = _bare(heading), _bare(title)
    shorter, longer = sorted((first, second), key=len)
    return bool(shorter) and (first == second or (shorter.count(" ") + 1 >= _LEAST_SHARED and shorter in longer))


@lru_cache(maxsize=128)
def _bare(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _link(element: HtmlElement) -> str | None:
    heading = _HEADINGS(element)[0]
    links = [*heading.iter("a"), *heading.iterancestors("a")]
    return next((href for link in links if (href := link.get("href"))), None)


def _moment(element: HtmlElement) -> datetime | None:
    times = (parse_date(time.get("datetime")) for time in element.iter("time"))
    return next((moment for moment in times if moment is not None), None)
