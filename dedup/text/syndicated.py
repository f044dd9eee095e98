"""The line with which WordPress ends an article in a feed: "The post TITLE appeared first on SITE."

It is another one in each article, so that it is not found by being repeated. It is known by the title in it.
"""

from __future__ import annotations

_FRAMES = (
    ("The post ", (" appeared first on ", " first appeared on ")),
    ("Der Beitrag ", (" erschien zuerst auf ",)),
    ("L’article ", (" est apparu en premier sur ",)),
    ("La entrada ", (" se publicó primero en ", " aparece primero en ")),
    ("O post ", (" apareceu primeiro em ",)),
    ("L'articolo ", (" proviene da ",)),
    ("L’articolo ", (" proviene da ",)),
    ("Het bericht ", (" verscheen eerst op ",)),
    ("Artykuł ", (" pochodzi z serwisu ",)),
    ("Сообщение ", (" появились сначала на ", " появились сначала на: ")),
)
"""What stands before the title and behind it, in the languages of WordPress."""
_LONGEST_SITE = 120


def without_source_line(text: str, title: str) -> str:
    """`text`, which is in normal form, without a last line of this kind that names `title`."""
    before, _, last = text.rpartition("\n")
    if not (title and before and title in last):
        return text
    for opening, closings in _FRAMES:
        rest = last.removeprefix(f"{opening}{title}")
        if rest != last and rest.startswith(closings) and len(rest) <= _LONGEST_SITE:
            return before.rstrip("\n")
    return text
