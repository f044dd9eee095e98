"""Who wrote an article, as one text: the names as their source gives them, joined by "; "."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

LONGEST = 500
"""Characters of all names together."""
LONGEST_NAME = 200
"""Characters; what is longer is no name."""
_LONGEST_TEXT = 2_000
_MOST = 50
_NAMED = ("name", "byline", "value")
_PARTS = ("givenName", "familyName")
_TAG = re.compile(r"<[^<>]*>")
_ADDRESS = re.compile(
    r"\b(?:[a-z][a-z0-9+.-]{1,20}://|mailto:|www\.)[^\s()]*(?:\([^\s()]*\)[^\s()]*)*"
    r"|[^\s@<>()]{1,64}@[\w-]{1,63}\.[^\s<>()]*",
    re.IGNORECASE,
)
_NOTHING_IN = re.compile(r"\(\s*\)|\[\s*\]")
_BRACKETS = re.compile(r"\(([^()]*)\)")
_BY = re.compile(r"by[:\s]\s*", re.IGNORECASE)
_EDGES = " ,|/\\<>-–—:·•"


def authors_of(*given: object) -> str | None:
    """The names in the first of `given` that has any; None where none has.

    A text may hold several, parted by semicolons; a list has a text or an object with a `name` for each. White space is
    one space, "By" goes from the front, addresses of pages and mail go everywhere. A name comes once. Those behind
    `LONGEST` characters are left out.
    """
    for value in given:
        if value is None:
            continue
        names = dict.fromkeys(filter(None, map(_name, _texts(value))))
        found, length = [], 0
        for name in names:
            length += len(name) + 2
            if length > LONGEST + 2:
                break
            found.append(name)
        if found:
            return "; ".join(found)
    return None


def _texts(value: object) -> Iterator[str]:
    for item in value[:_MOST] if isinstance(value, list) else (value,):
        named = (*map(item.get, _NAMED), _joined(item)) if isinstance(item, dict) else (item,)
        text = next((text[:_LONGEST_TEXT] for text in named if isinstance(text, str)), "")
        yield from (unescape(text) if "&" in text else text).split(";")


def _joined(person: dict[str, object]) -> str:
    """The name of a person of schema.org whose parts alone are told."""
    return " ".join(part for part in map(person.get, _PARTS) if isinstance(part, str))


def _name(text: str) -> str:
    """The name in `text`, empty where there is none."""
    if "<" in text:
        text = _TAG.sub(" ", text)
    text = _NOTHING_IN.sub(" ", _ADDRESS.sub(" ", text))
    name = " ".join(text.split()).strip(_EDGES)
    if bracketed := _BRACKETS.fullmatch(name):
        name = bracketed[1].strip(_EDGES)
    if by := _BY.match(name):
        name = name[by.end() :].strip(_EDGES)
    return name if len(name) <= LONGEST_NAME and any(map(str.isalpha, name)) else ""
