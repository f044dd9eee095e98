"""The articles that were taken from a page: how they are called, and that they are withdrawn with it."""

from __future__ import annotations

import re

from sqlalchemy.engine import Connection

from dedup.intake.article import WITH_ITS_PAGE, Article
from dedup.store import parts
from dedup.text.tokens import joined, separate

_LONGEST_NAME = 100
_COUNTED = re.compile(r"--\d+\Z")


def beginning(page: str) -> str:
    """What the uris of all articles that are taken from the page of this uri begin with; their names follow."""
    return f"{page}{'/' if '#' in page else '#'}"


def name(headline: str) -> str:
    """The name of an article by its headline; a second one under the same has ``--2`` behind it."""
    return "-".join(separate(joined(headline)))[:_LONGEST_NAME]


def withdrawals(connection: Connection, page: Article, *, unnamed: str) -> list[Article]:
    """What withdraws the articles that were taken from `page`, which is withdrawn: those there, and those that wait.

    An article under the page's uri whose name is not that of its headline came from elsewhere. `unnamed` is the source
    of rows that give none.
    """
    start = beginning(page.uri)
    found = parts.below(connection, page.source or unnamed, start, unnamed=unnamed)
    own = [uri for uri, title in found if title and _COUNTED.sub("", uri.removeprefix(start)) == name(title)]
    return [Article(uri, "", page.source, content_type=WITH_ITS_PAGE) for uri in dict.fromkeys(own)]
