"""The JSON-LD of an HTML page: what it says of the page's own article. See https://schema.org/NewsArticle."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence, Set
from contextlib import suppress
from html import unescape
from typing import Any

from lxml.html import HtmlElement

from dedup.intake.authors import authors_of
from dedup.intake.web import WEB

_ARTICLES = ("Article", "Posting", "WebPage")
"""Ends of the types of JSON-LD whose author and text are those of the page."""
_WORKS = (*_ARTICLES, "Report", "Review")
"""Ends of the types whose time of publication is that of the page, where they are no part of another."""
_JSON_LD = ("application/ld+json", "application/settings+json")
TAG = re.compile(r"<!--.*?-->|<[^>]*>")
_LINE_ENDS = re.compile(r"<\\?/(?:p|div|li|h[1-6])\s*>|<br\s*\\?/?>", re.IGNORECASE)
"""Tags that end a line, also as JSON may have them, with a backslash before the slash."""
_WRAPPING = re.compile(
    r"\A(?:<!--|(?://|/\*)?\s*<!\[CDATA\[(?:\s*\*/)?)|(?:(?://\s*)?-->|(?:(?://|/\*)\s*)?\]\]>(?:\s*\*/)?|;)\Z"
)
"""What hides a script from browsers and readers of thirty years ago, and the end of a statement."""
_NEEDLESS_COMMA = re.compile(r'("(?:[^"\\]|\\.)*+(?:"|\\?\Z))|,(?=\s*[}\]])', re.DOTALL)
"""A comma behind the last element of a list or object, as templates leave it; texts are passed over."""
_TORN_PUBLISHED = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')


class LinkedData:
    """The JSON-LD of a page: `objects` as they were parsed, and the texts that are `torn`, from which nothing could be.

    Authors and texts are taken out of the objects: trafilatura's reader would take them apart at length.
    """

    def __init__(self, tree: HtmlElement) -> None:
        self.objects: list[Any] = []
        self.torn: list[str] = []
        self._authors: list[tuple[dict[str, Any], Any]] = []
        self._texts: list[tuple[dict[str, Any], Any]] = []
        self._named: dict[str, Any] = {}
        for script in tree.iter("script"):
            if script.get("type", "").partition(";")[0].strip().lower() in _JSON_LD and (said := script.text):
                text = _untagged(_unwrapped(said.strip()))
                if not self._parsed(text) and not self._parsed(_NEEDLESS_COMMA.sub(r"\1", text)):
                    self.torn.append(said)

    def _parsed(self, text: str) -> bool:
        """Whether an object could be parsed from `text`."""
        with suppress(ValueError, RecursionError):
            self.objects.append(json.loads(text, strict=False, object_pairs_hook=self._taken))
            return True
        return False

    def _taken(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """An object of JSON-LD without its authors, its text, and what else a page of news in progress holds."""
        found = dict(pairs)
        found.pop("liveBlogUpdate", None)  # trafilatura's reader would take its headline for that of the page
        text = found.pop("articleBody", None)
        if text is not None:
            self._texts.append((found, text))
        author = found.pop("author", None)
        if author is not None:
            self._authors.append((found, author))
        if isinstance(identity := found.get("@id"), str) and "name" in found:
            self._named[identity] = found["name"]
        if _is_a("WebPage", found):
            found.pop("name", None)  # its title, which trafilatura's reader would take for the name of the site
        return found

    def published(self, titles: Set[str]) -> Iterator[Any]:
        """When the article with one of these `titles` was published, then when others were that are no part of another.

        An update, a comment, a film or a teaser inside an article or a list has a time of its own, which is not that of
        the page. Of a torn text it cannot be told what is inside what.
        """
        works = [found for found in self._standing() if _is_a(_WORKS, found)]
        works.sort(key=lambda found: (plain(found.get("headline")) not in titles, _is_a("WebPage", found)))
        for work in works:
            yield from _each(work.get("datePublished"))
        for text in self.torn:
            yield from _TORN_PUBLISHED.findall(text)

    def _standing(self) -> Iterator[dict[str, Any]]:
        """The objects that are no part of another, in their order, and those that such a one is about."""
        waiting = self.objects[::-1]
        while waiting:
            found = waiting.pop()
            if isinstance(found, list):
                waiting += reversed(found)
            elif isinstance(found, dict):
                yield found
                waiting += (found.get("mainEntity"), found.get("@graph"))

    def publisher(self, titles: Set[str]) -> str:
        """The publisher of the article with one of these `titles`; else that of all, where it is the same; else
        empty."""
        given = [(found, found.get("publisher")) for found in self._standing()]
        stated = {self._name(publisher) for publisher in _of_article(titles, given)} - {""}
        return stated.pop() if len(stated) == 1 else ""

    def _name(self, publisher: Any) -> str:
        """The first name that is said of a publisher, or of several."""
        told = (one.get("name") if isinstance(one, dict) else one for one in self._told(publisher))
        names = (plain(name) for one in told for name in _each(one))
        return next((name for name in names if name and not name.startswith(WEB)), "")

    def names(self, titles: Set[str]) -> str | None:
        """The authors of the article with one of these `titles`; else those of all, where they are the same."""
        stated = {authors_of(self._told(author)) for author in _of_article(titles, self._authors)} - {None}
        return stated.pop() if len(stated) == 1 else None

    def text(self, titles: Set[str]) -> str | None:
        """The text of the article with one of these `titles`; else that of all articles, where it is the same."""
        stated = {_lines(text) for text in _of_article(titles, self._texts)} - {""}
        return stated.pop() if len(stated) == 1 else None

    def _told(self, one_or_several: Any) -> list[Any]:
        """What is said of each author or publisher where it stands, or elsewhere under its identity."""
        return [
            self._named.get(one["@id"], one)
            if isinstance(one, dict) and "name" not in one and isinstance(one.get("@id"), str)
            else one
            for one in _each(one_or_several)
        ]


def _of_article(titles: Set[str], given: Sequence[tuple[dict[str, Any], Any]]) -> list[Any]:
    """What is `given` for the article with one of these `titles`; else for all articles."""
    articles = [(found, value) for found, value in given if _is_a(_ARTICLES, found)]
    own = [value for found, value in articles if plain(found.get("headline")) in titles]
    return own[:1] or [value for _, value in articles]


def _is_a(ends: str | tuple[str, ...], found: dict[str, Any]) -> bool:
    """Whether a type of the object `found` ends so."""
    return any(isinstance(kind, str) and kind.endswith(ends) for kind in _each(found.get("@type")))


def _each(value: Any) -> list[Any]:
    """What may be one or several in JSON-LD, as several."""
    return value if isinstance(value, list) else [value]


def plain(said: object) -> str:
    """What was `said`, on one line and without entities; empty where it is no text, as JSON-LD has it at times."""
    return " ".join(unescape(said).split()) if isinstance(said, str) else ""


def _lines(said: object) -> str:
    """What was `said` line by line, without tags and entities, be the one written in the other; empty as `plain`."""
    return unescape(_untagged(unescape(said))).strip() if isinstance(said, str) else ""


def _untagged(text: str) -> str:
    """`text` without tags; what a paragraph was is a line."""
    return TAG.sub("", _LINE_ENDS.sub("\n", text)) if "<" in text else text


def _unwrapped(text: str) -> str:
    """`text` without what may be wrapped around it; that takes long to look for, and stands hardly ever there."""
    return _WRAPPING.sub("", text) if text.startswith(("<", "/")) or text.endswith((">", "/", ";")) else text
