"""The day that an HTML page shows beside its headline, in a line that says who wrote it and when.

Readers see it where the head states none. It is looked for in the few lines below the headline, down to the text, and
in those right above it: never in sentences, nor beside links that lead to other articles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from dedup.text.byline import is_author, read_byline
from dedup.text.lines import is_prose
from dedup.text.markup.headline import squeezed, without_ends

_NEAR = 12
"""Lines below a headline in which its byline stands."""
_MOST_STEPS = 400
"""Elements that are looked at below a headline."""
_MOST_ABOVE = 3
_LONGEST = 160
"""Characters of a line that says who wrote it and when, in all its parts."""
_RANKS = ("h1", "h2", "h3")
_LOOSE = frozenset(("b", "strong", "font", "span", "p", "div", "td", "center", "big", "u"))
"""Elements that a headline is in where a page has no headings."""
_INLINE = frozenset((
    "a", "abbr", "address", "b", "bdi", "big", "cite", "em", "font", "i", "small", "span", "strong", "sub", "sup",
    "time", "u",
))  # fmt: skip
_APART = frozenset((
    "script", "style", "noscript", "template", "nav", "aside", "footer", "form", "select", "button", "figure",
    "figcaption", "blockquote", "iframe", "svg", "video", "audio",
))  # fmt: skip
"""Elements whose text is not that of a byline."""
_OWNERS = ("article", "header", "hgroup", "section", "div")
"""Elements whose first lines may be about the headline in them; at the top of a page stands the day of today."""
_LEAST_TEASER = 4
"""Words of a link that is the headline of another article, and no name of an author."""
_LEAST_DOUBTFUL = 3
"""Words of a link that may be such a headline, unless its address is that of an author."""
_OF_AUTHOR = re.compile(
    r"auth?or|auteur|journalist|reporter|writer|people|person|profil|staff|team|user|redak|mailto|/by/", re.IGNORECASE
)
_BARS = re.compile(r"[|·•]|\s[—–-]\s")
_UPDATED = re.compile(
    r"\b(?:updated?|modified|aktualisiert|mis à jour|modifié|actualizado|aggiornato|atualizado|bijgewerkt|uppdaterad"
    r"|oppdatert|opdateret|zaktualizowano|aktualizováno|обновлено|оновлено)\b|更新|수정",
    re.IGNORECASE,
)


def shown_days(tree: HtmlElement, title: str) -> tuple[datetime | None, datetime | None]:
    """The day of publication beside the headline `title` of the page `tree`, and that of an update, in UTC.

    None where it is not plain. What stands below the first day is not looked at.
    """
    heading = heading_of(tree, title) if title else None
    if heading is None:
        return None, None
    updated = None
    for line in (*_below(heading), *_above(heading)):
        byline = read_byline(line)
        if byline is not None and byline.published_at is not None:
            if not _UPDATED.search(line):
                return byline.published_at, updated
            updated = updated or byline.published_at
    return None, updated


def without_bylines(body: str) -> str:
    """`body` without the lines above its text, and below its first sentence, that say who wrote it and when."""
    lines = body.split("\n")
    drop, sentences, seen = set(), 0, 0
    for at, raw in enumerate(lines):
        line = " ".join(raw.split())
        if not line:
            continue
        seen += 1
        if read_byline(line) is not None or (not sentences and is_author(line)):
            drop.add(at)
        elif is_prose(line):
            sentences += 1
        if sentences > 1 or seen >= _NEAR:
            break
    return "\n".join(line for at, line in enumerate(lines) if at not in drop) if drop else body


def heading_of(tree: HtmlElement, title: str) -> HtmlElement | None:
    """The element that shows the headline `title`."""
    wanted = squeezed(title)
    for heading in tree.iter(*_RANKS):
        text = _start(heading, 2 * len(title))
        if squeezed(text) == wanted or (
            title in text and any(squeezed(one) == wanted for one in without_ends(heading))
        ):
            return heading
    for element in tree.iter(*_LOOSE):
        text = element.text
        if text and len(text) < 2 * len(title) and squeezed(text) == wanted:
            return element
    return None


def _start(element: HtmlElement, most: int) -> str:
    """The text of `element` up to `most` characters."""
    text = ""
    for part in element.itertext():
        text += part
        if len(text) > most:
            break
    return text


def _below(heading: HtmlElement) -> Iterator[str]:
    """The lines below `heading`, in whole and in their parts, down to the text or to another article."""
    sentences, lines = 0, 0
    for below in lines_below(heading):
        line, parts = below.read()
        if parts is None:
            return
        if len(line) > _LONGEST or (is_prose(line) and read_byline(line) is None):
            sentences += 1
            if sentences > 1:
                return
            continue
        yield from (line, *parts)
        lines += 1
        if lines == _NEAR:
            return


def lines_below(heading: HtmlElement) -> Iterator[Line]:
    """The lines of the elements below `heading`."""
    return _lines(islice(_steps(heading), _MOST_STEPS))


def _above(heading: HtmlElement) -> Iterator[str]:
    """The lines right above `heading` in the element that it heads."""
    parent = heading.getparent()
    if parent is None or parent.tag not in _OWNERS or parent.find("nav") is not None:
        return
    for element in islice(heading.itersiblings(preceding=True), _MOST_ABOVE):
        if element.tag not in _APART and not _leads_elsewhere(element):
            text = " ".join(_start(element, _LONGEST).split())
            if len(text) <= _LONGEST:
                yield from dict.fromkeys((text, *_BARS.split(text)))


_Step = tuple[str, HtmlElement]


def _steps(heading: HtmlElement) -> Iterator[_Step]:
    """What follows `heading`: beginnings and ends of elements, in their order."""
    node = heading
    while node is not None and node.tag != "body":
        yield "end", node
        for sibling in node.itersiblings():
            yield from _walk(sibling)
        node = node.getparent()


def _walk(element: HtmlElement) -> Iterator[_Step]:
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, inner in walk:
        if event == "start" and inner.tag in _APART:
            walk.skip_subtree()
        yield event, inner


def _lines(steps: Iterator[_Step]) -> Iterator[Line]:
    """The lines that `steps` make."""
    line = Line()
    for event, element in steps:
        if element.tag not in _INLINE:
            if line:
                yield line
            line = Line()
        if event == "start":
            if element.tag == "a":
                line.links.append(element)
            line.add(element.text if element.tag not in _APART else "", loose=element.tag not in _INLINE)
        else:
            parent = element.getparent()
            line.add(element.tail, loose=parent is None or parent.tag not in _INLINE)


class Line:
    """A line as it is put together; what is `loose` in it stands beside its elements and not in them."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._loose = ""
        self._is_blank = True
        self.links: list[HtmlElement] = []

    def __bool__(self) -> bool:
        return not self._is_blank

    def add(self, text: str | None, *, loose: bool) -> None:
        """Goes on with this text."""
        if text:
            self._parts.append(text)
            self._is_blank = self._is_blank and text.isspace()
            self._loose += text if loose else ""

    def text(self) -> str:
        """The line in whole."""
        return " ".join("".join(self._parts).split())

    def may_lead_elsewhere(self) -> bool:
        """Whether a link in it may be the headline of another article."""
        return any(_leads_elsewhere(link) or _is_doubtful(link) for link in self.links)

    def read(self) -> tuple[str, list[str] | None]:
        """The line in whole, and cut at bars; where all of it is in elements also what is in each.

        Without parts where it leads to another article, and empty where it may do so.
        """
        line = self.text()
        if any(map(_leads_elsewhere, self.links)):
            return line, None
        if any(map(_is_doubtful, self.links)):
            return "", []
        cut = _BARS.split(line)
        if not any(map(str.isalnum, self._loose)):
            cut += (" ".join(self._parts), *self._parts)
        tidy = (" ".join(part.split()) for part in cut)
        return line, [part for part in dict.fromkeys(tidy) if part and part != line]


def _leads_elsewhere(element: HtmlElement) -> bool:
    """Whether a link in `element` has the words of a headline."""
    links = [element] if element.tag == "a" else list(element.iter("a"))
    return any(_is_teaser(" ".join(_start(link, _LONGEST).split())) for link in links)


def _is_doubtful(link: HtmlElement) -> bool:
    """Whether what `link` says may be the headline of another article as well as the name of an author."""
    text = " ".join(_start(link, _LONGEST).split())
    named = is_author(text) or read_byline(text) is not None or _OF_AUTHOR.search(link.get("href", "")) is not None
    return len(text.split()) >= _LEAST_DOUBTFUL and not named


def _is_teaser(text: str) -> bool:
    words = text.split()
    return len(words) >= _LEAST_TEASER and not is_author(text) and read_byline(text) is None


def in_digits(day: int) -> tuple[str, ...]:
    """The tokens by which a text may tell a day, counted from 1970: 5, 05, and 05.03. or 05.03.2026, a number each."""
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)
    return str(at.day), f"{at:%d}", f"{at:%d%m}", f"{at:%d%m%Y}", f"{at.day}{at.month}{at.year}"
