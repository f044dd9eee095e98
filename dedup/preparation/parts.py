"""The other articles on a page: taken from it as articles of their own, and withdrawn with it."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin

from sqlalchemy.engine import Connection

from dedup.intake.article import WITH_ITS_PAGE, Article
from dedup.intake.web import WEB
from dedup.store.passes import parts
from dedup.text.document import Document
from dedup.text.words.tokens import joined, separate

_LONGEST_NAME = 100
_COUNTED = re.compile(r"--\d+\Z")


def beginning(page: str) -> str:
    """What the uris of all articles that are taken from the page of this uri begin with; their names follow."""
    return f"{page}{'/' if '#' in page else '#'}"


def name(headline: str) -> str:
    """The name of an article by its headline; a second one under the same has ``--2`` behind it."""
    return "-".join(separate(joined(headline)))[:_LONGEST_NAME]


def taken_from(page: Article, document: Document) -> list[Article]:
    """The other articles that `page` holds in full, as articles of their own; `document` is what was made of the page.

    The uri of each is that of the page with the words of the headline as its fragment, so that it is the same article
    when the page comes again, wherever on the page it stands then.
    """
    found: dict[str, Article] = {}
    for other in document.others:
        words = name(other.title)
        same = sum(words in (taken, taken.rpartition("--")[0]) for taken in found)
        fragment = f"{words}--{same + 1}" if same else words
        found[fragment] = Article(
            uri=f"{beginning(page.uri)}{fragment}",
            body=other.body,
            source=page.source,
            url=_address(document.url, other.url or f"#{quote(fragment)}"),
            publisher=document.publisher,
            title=other.title,
            content_type="text/plain",
            published_at=other.published_at or document.published_at,
        )
    return list(found.values())


def withdrawals(connection: Connection, page: Article, *, unnamed: str) -> list[Article]:
    """What withdraws the articles that were taken from `page`, which is withdrawn: those there, and those that wait.

    An article under the page's uri whose name is not that of its headline came from elsewhere. `unnamed` is the source
    of rows that give none.
    """
    start = beginning(page.uri)
    found = parts.below(connection, page.source or unnamed, start, unnamed=unnamed)
    own = [uri for uri, title in found if title and _COUNTED.sub("", uri.removeprefix(start)) == name(title)]
    return [Article(uri, "", page.source, content_type=WITH_ITS_PAGE) for uri in dict.fromkeys(own)]


def _address(page: str | None, link: str) -> str | None:
    """Where `link` on `page` leads: the page itself where that is no page of the web, None where nothing says on which
    host."""
    try:
        address = urljoin(page or "", link)
    except ValueError:
        return page
    return address if address.startswith(WEB) else page
