"""The captions of an HTML page that is a gallery: a series of pictures whose captions are its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement

from dedup.text.furniture import credit_in

_LEAST = 3
"""Captions of a gallery."""
_MOST = 500
_LEAST_CHARACTERS = 30
"""Of a caption that says more than who or what is seen, and of a line beside captions that is no name."""
_LONGEST = 1_500
_LONGEST_TEXT = 2_000
"""Characters of running text beside which captions are none of it, however many they are."""
_NAME = re.compile(r"(?:caption(?:-?text)?|bildunterschrift|legende)(?:$|[\s_-])", re.IGNORECASE)
_CREDIT_NAME = re.compile(r"credit|copyright|photographer|byline|author|source", re.IGNORECASE)
_BOXES = ("figcaption", "div", "p", "span")
_BESIDE = ("a", "aside", "footer", "form", "nav")
"""Elements whose pictures are not those of the page."""


def with_captions(tree: HtmlElement, found: str) -> str:
    """`found`, the text of the page `tree`, with the captions below it where these are more than all else in it."""
    if len(found) > _LONGEST_TEXT:
        return found
    captions = tuple(dict.fromkeys(islice(_captions(tree), _MOST)))
    lines = found.split("\n")
    beside = [line for line in lines if len(line) >= _LEAST_CHARACTERS and not line.strip().startswith(captions)]
    if len(captions) < _LEAST or sum(map(len, captions)) <= sum(map(len, beside)):
        return found
    return "\n".join((*beside, *captions))


def _captions(tree: HtmlElement) -> Iterator[str]:
    """The captions of pictures, without the names of photographers."""
    for element in tree.iter(*_BOXES):
        if not is_caption(element) or any(map(is_caption, element.iterdescendants(*_BOXES))):
            continue
        if next(element.iterancestors(*_BESIDE), None) is not None:
            continue
        text = _without_credit(" ".join("".join(_texts(element)).split()))
        if _LEAST_CHARACTERS <= len(text) <= _LONGEST:
            yield text


def is_caption(element: HtmlElement) -> bool:
    """Whether `element` is that of a caption, by its name or class."""
    return element.tag == "figcaption" or _NAME.search(element.get("class", "")) is not None


def _texts(element: HtmlElement) -> Iterator[str]:
    """The text of a caption, what is in elements for a credit left out."""
    yield element.text or ""
    for inner in element:
        if not _CREDIT_NAME.search(inner.get("class", "")):
            yield from _texts(inner)
        yield f" {inner.tail or ''}"


def _without_credit(caption: str) -> str:
    credit = credit_in(caption) if len(caption) <= _LONGEST else None
    return caption[: credit.start()].rstrip(" (–—-|/") if credit else caption
