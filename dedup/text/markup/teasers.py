"""Lists of teasers on an HTML page: headlines that lead to other articles, each with a sentence or two of its text.

Around a short article there may be more of them than of it, so that they would be taken for its text, or for part of
it. A teaser is a box that begins with the link that is its headline and has no more words than an article has at least;
a list are three of them side by side, or one under a heading that says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain, groupby, islice, takewhile
from typing import NamedTuple
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from dedup.text.furniture import LABELS, Label, key
from dedup.text.markup.headline import squeezed

_LEAST_HEADLINE = 4
"""Words of a link that is a headline."""
_LEAST_LETTERS = 10
"""Letters of one in a script without spaces."""
_MOST_WORDS = 60
"""Words of a teaser with its headline."""
_LONGEST = 500
_BEFORE = 40
"""Characters before the headline: a section, a time."""
_LEAST_LIST = 3
_LEVELS = 6
"""Elements around a link of which one may be the teaser."""
_MOST_INSIDE = 60
"""Elements in a teaser."""
_LEAST_BESIDE = 100
"""Characters of paragraphs that a page has beside its teasers; where it has less they may be its text."""
_MOST_BETWEEN = 40
"""Words between two headings that are teasers."""
_RANKS = ("h2", "h3", "h4", "h5", "h6")
_BOXES = frozenset(("a", "article", "dd", "div", "li", "p", "section", "td", "tr", *_RANKS))
_AMONG_PARAGRAPHS = frozenset(("p", "a", *_RANKS))
"""Elements that are parts of an article where they stand among its paragraphs."""
PARAGRAPHS = ("p", "pre", "td")
_NOTHING = frozenset(("br", "hr", "script", "style", "noscript", "img"))


def drop_teasers(tree: HtmlElement, title: str, url: str | None) -> None:
    """Takes the lists of teasers out of the page `tree` at `url` with this `title`, where there is text beside them."""
    parents: defaultdict[HtmlElement, set[HtmlElement]] = defaultdict(set)
    for element, addresses in _candidates(tree, _site(url or ""), squeezed(title)).items():
        parent = element.getparent()
        if len(addresses) == 1 and parent is not None:
            parents[parent].add(element)
    dropped = [element for parent, units in parents.items() for element in _lists(parent, units)]
    if not dropped or _beside(tree, set(dropped)) < _LEAST_BESIDE:
        return
    for element in dropped:
        if element.getparent() is not None:
            element.drop_tree()


def _candidates(tree: HtmlElement, site: str, own: str) -> dict[HtmlElement, set[str]]:
    """The elements that begin with the headline of another article of the same site and are as short as a teaser, with
    the addresses that such headlines in them lead to."""
    found: defaultdict[HtmlElement, set[str]] = defaultdict(set)
    texts: dict[HtmlElement, str | None] = {}
    for link in tree.iter("a"):
        href = link.get("href", "").strip()
        headline = " ".join(link.text_content().split()) if href and href[0] != "#" else ""
        if not _is_headline(headline) or (site and _site(href) not in ("", site)) or squeezed(headline) == own:
            continue
        for element in (link, *islice(link.iterancestors(), _LEVELS)):
            text = texts[element] if element in texts else texts.setdefault(element, _text(element))
            if text is None or not 0 <= text.find(headline) <= _BEFORE or text.count(" ") >= _MOST_WORDS:
                break
            if element.tag in _BOXES:
                found[element].add(href)
    return found


def _site(url: str) -> str:
    """The end of the name of the host of `url`, which the hosts of one publisher share; empty where it has none."""
    if url[:1] == "/" != url[1:2]:
        return ""
    try:
        return ".".join(urlsplit(url).netloc.lower().split(".")[-2:])
    except ValueError:
        return ""


def _text(element: HtmlElement) -> str | None:
    """The text of `element` on one line; None where it has more, or more elements, than a teaser has."""
    if next(islice(element.iterdescendants(), _MOST_INSIDE - 1, None), None) is not None:
        return None
    text = " ".join(element.text_content().split())
    return text if len(text) <= _LONGEST else None


def _is_headline(text: str) -> bool:
    if len(text) > _LONGEST:
        return False
    words = text.count(" ") + 1
    return words >= _LEAST_HEADLINE or (not text.isascii() and len(text) >= max(_LEAST_LETTERS, 6 * words))


def _lists(parent: HtmlElement, units: set[HtmlElement]) -> Iterator[HtmlElement]:
    """The elements in `parent` that make lists of the teasers `units`."""
    if len(units) < _LEAST_LIST and not any(_says_others(_above(unit)) for unit in units):
        return
    groups = list(_groups(parent, units))
    own = any(group.tag is None and group.elements[0].tag == "p" for group in groups)
    at = 0
    for tag, run in groupby(groups, key=lambda group: group.tag):
        teasers = list(run)
        above = groups[at - 1].elements[-1] if at else parent.getprevious()
        at += len(teasers)
        if tag is None or len(teasers) < (1 if _says_others(above) else _LEAST_LIST):
            continue
        if own and tag in _AMONG_PARAGRAPHS and not _says_others(above):
            continue
        most = max((len(teaser.elements) for teaser in teasers[:-1]), default=2)
        yield from chain.from_iterable(teaser.elements[:most] for teaser in teasers)


def _above(element: HtmlElement) -> HtmlElement | None:
    """What stands before `element`, or before the box that it begins."""
    before = element.getprevious()
    return element.getparent().getprevious() if before is None else before


class _Group(NamedTuple):
    """A teaser, or an element that is none, where the `tag` is None."""

    tag: str | None
    elements: list[HtmlElement]


def _groups(parent: HtmlElement, units: set[HtmlElement]) -> Iterator[_Group]:
    """The children of `parent`; with headings that are teasers goes what stands between them."""
    children = [child for child in parent if child.tag not in _NOTHING]
    at = 0
    while at < len(children):
        child = children[at]
        at += 1
        if child not in units or (child.tail and not child.tail.isspace()):
            yield _Group(None, [child])
            continue
        below: list[HtmlElement] = []
        if child.tag in _RANKS:
            below = list(islice(takewhile(lambda one: _is_between(one, units), children[at : at + 2]), 2))
            at += len(below)
        yield _Group(child.tag, [child, *below])


def _is_between(element: HtmlElement, units: set[HtmlElement]) -> bool:
    """Whether `element` may be the text of the teaser that the heading above it is."""
    text = _text(element)
    return element not in units and element.tag not in _RANKS and text is not None and text.count(" ") < _MOST_BETWEEN


def _says_others(element: HtmlElement | None) -> bool:
    """Whether `element` is a heading of a list of other articles."""
    if element is None or len(element) > 1:
        return False
    text = " ".join(element.text_content().split())
    return 0 < len(text) <= _LONGEST and LABELS.get(key(text)) in (Label.OTHERS, Label.READ_ALSO)


def _beside(tree: HtmlElement, dropped: set[HtmlElement]) -> int:
    """Characters of the paragraphs of `tree` that are not in elements to be `dropped`."""
    characters = 0
    paragraphs: set[HtmlElement] = set()
    for paragraph in tree.iter(*PARAGRAPHS):
        around = [paragraph, *paragraph.iterancestors()]
        if dropped.isdisjoint(around) and paragraphs.isdisjoint(around):
            characters += len(paragraph.text_content())
            paragraphs.add(paragraph)
    return characters
