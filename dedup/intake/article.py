"""The article as it arrives, before anything is cleaned."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from dedup.kernel.compiled import KERNEL

# The content type of a row that brings no text, but says that the article of its source and uri is withdrawn.
WITHDRAWN = "application/x-withdrawn"
# The same of an article that was taken from a page which is withdrawn.
WITH_ITS_PAGE = f"{WITHDRAWN}; with=page"

URI_BYTES = 2_000
"""Of a uri at most: it and its source, of `dedup.config.sections.SOURCE_BYTES`, must fit into one row of a unique
index, of which PostgreSQL takes some 2,700 bytes."""

_NUL = re.compile("\0")
_LONG = 1 << 14
"""Characters from which on a text is encoded to be looked through: it will be encoded in any case."""


def holds_nul(text: str) -> bool:
    """Whether there is a NUL in `text`, which no database takes.

    `in` finds it at once in ASCII alone: where a character takes more than one byte it is slower than an expression.
    """
    if text.isascii():
        return "\0" in text
    known = octets_of(text) if len(text) > _LONG else None
    return _NUL.search(text) is not None if known is None else known[1]


def octets_of(text: str) -> tuple[int, bool] | None:
    """The bytes of `text` in UTF-8, and whether a NUL is among them; None where it holds half of a surrogate pair.

    Python keeps what is encoded here, so that nobody has to do it again: not the driver of a database either.
    """
    if KERNEL is not None:
        known: tuple[int, bool] | None = KERNEL.octets(text)
        return known
    with suppress(UnicodeEncodeError):
        data = text.encode()
        return len(data), b"\0" in data
    return None


@dataclass(slots=True, unsafe_hash=True)
class Article:
    """One published text as its source gave it, known by ``(source, uri)``.

    `body` is the text or markup as it came; `content_type` says which (``text/plain``, ``text/html``) or is None
    when the source did not say. `published_at` is in UTC and None where no usable date was given. `language` is
    the source's claim, not a finding; so are `authors`, names joined by "; ".

    Nobody changes one. That is not enforced: making a frozen one takes three times as long.
    """

    uri: str
    body: str
    source: str | None = None
    url: str | None = None
    publisher: str | None = None
    title: str | None = None
    content_type: str | None = None
    language: str | None = None
    published_at: datetime | None = None
    authors: str | None = None

    @property
    def is_withdrawal(self) -> bool:
        """Whether it only says that the article of this source and uri is withdrawn."""
        kind = self.content_type
        if kind is None or kind == "text/plain":  # as what most files hold is said to be
            return False
        return kind.partition(";")[0].strip().lower() == WITHDRAWN
