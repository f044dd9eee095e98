"""From articles as they came to articles that are ready to be decided; a batch at a time.

    clean -> leave out what the site repeats -> sign and digest

All articles of a batch go through one step before any goes through the next, so that what a step works with stays at
hand. Cleaning and signing know one article alone; the step between them goes through all in the order of arrival.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TypeVar
from urllib.parse import quote, urljoin, urlsplit

import structlog

from dedup import parts
from dedup.boilerplate import Cleaned, leave_out
from dedup.config import Config
from dedup.errors import InputRejected
from dedup.index.sites import Sites
from dedup.intake.article import Article
from dedup.memory import Prepared
from dedup.page_workers import Answer, found
from dedup.pages_ahead import PagesAhead
from dedup.sketch.minhash import sign
from dedup.sketch.scheme import Scheme
from dedup.store.inbox import Rejected
from dedup.text.clean import clean
from dedup.text.document import Document
from dedup.text.html import is_html

log = structlog.get_logger()

Made = TypeVar("Made")


def prepare(
    articles: Sequence[Article],
    config: Config,
    scheme: Scheme,
    stages: Mapping[str, AbstractContextManager[None]],
    workers: PagesAhead,
    sites: Sites,
    beat: Callable[[], None],
) -> list[Prepared | Rejected]:
    """Each article ready to be decided, or why it is not; in their order. `stages` take the time of text and sketch.

    HTML is read by `workers`, `sites` remember what they repeat. An article that breaks a step is rejected as
    ``internal``, loudly: it must not stop the others.
    """
    with stages["text"]:
        pages = [at for at, article in enumerate(articles) if is_html(article.body, article.content_type)]
        read = dict(zip(pages, workers.read([articles[at].body for at in pages], beat), strict=True))
        documents = [_cleaned(article, config, read.get(at)) for at, article in enumerate(articles)]
    while True:
        with stages["text"]:
            cleaned = _without_boilerplate(articles, documents, config, sites)
        with stages["sketch"]:
            ready = [_signed(*pair, config, scheme) for pair in zip(articles, cleaned, strict=True)]
        broken = False
        for place, item in enumerate(ready):
            if isinstance(item, Rejected) and not isinstance(documents[place], Rejected):
                documents[place], broken = item, True
        if not broken:
            return ready
        # An article that is not accepted must not have been seen by those behind it.


def _cleaned(article: Article, config: Config, page: Answer | None) -> Document | Rejected:
    return _attempt(
        lambda: clean(article, config.text, config.ingest.max_bytes, lambda _: found(page)), article, config
    )


def _without_boilerplate(
    articles: Sequence[Article], documents: Sequence[Document | Rejected], config: Config, sites: Sites
) -> list[Cleaned | Rejected]:
    sites.begin()
    return [
        document if isinstance(document, Rejected) else _remaining(article, document, config, sites)
        for article, document in zip(articles, documents, strict=True)
    ]


def _remaining(article: Article, document: Document, config: Config, sites: Sites) -> Cleaned | Rejected:
    return _attempt(lambda: leave_out(article, document, _source(article, config), config.text, sites), article, config)


def _signed(article: Article, cleaned: Cleaned | Rejected, config: Config, scheme: Scheme) -> Prepared | Rejected:
    if isinstance(cleaned, Rejected):
        return cleaned
    document, passages = cleaned
    signature = _attempt(lambda: sign(document.title_tokens, document.body_tokens, scheme), article, config)
    if isinstance(signature, Rejected):
        return signature
    return Prepared(_source(article, config), article.uri, document, signature, digest(article), passages)


def _attempt(step: Callable[[], Made], article: Article, config: Config) -> Made | Rejected:
    """What a step makes of an article, or why it makes nothing of it."""
    try:
        return step()
    except InputRejected as error:
        return Rejected(_source(article, config), article.uri, error.reason, error.detail)
    except MemoryError:
        raise
    except Exception as error:
        log.exception("article.failed", source=_source(article, config), uri=article.uri)
        reason = f"cleaning it failed with {type(error).__name__}: {error}"
        return Rejected(_source(article, config), article.uri, "internal", reason)


def _source(article: Article, config: Config) -> str:
    return article.source or config.ingest.source


def others_of(page: Article, document: Document) -> list[Article]:
    """The other articles on `page` that `document`, made of it, holds, as articles of their own.

    The uri of each is that of the page with the words of the headline as its fragment, so that it is the same article
    when the page comes again, wherever on the page it stands then.
    """
    found: dict[str, Article] = {}
    for other in document.others:
        words = parts.name(other.title)
        same = sum(name == words or name.rpartition("--")[0] == words for name in found)
        fragment = f"{words}--{same + 1}" if same else words
        found[fragment] = Article(
            uri=f"{parts.beginning(page.uri)}{fragment}",
            body=other.body,
            source=page.source,
            url=_address(document.url, other.url or f"#{quote(fragment)}"),
            publisher=document.publisher,
            title=other.title,
            content_type="text/plain",
            published_at=other.published_at or document.published_at,
        )
    return list(found.values())


def _address(page: str | None, link: str) -> str | None:
    """Where `link` on `page` leads; None where that cannot be told, or is no address."""
    try:
        return urljoin(page, link) if page else (link if urlsplit(link).netloc else None)
    except ValueError:
        return page


def digest(article: Article) -> bytes:
    """16 bytes that differ when anything that the source gave differs."""
    given = (
        article.title,
        article.body,
        article.url,
        article.publisher,
        article.language,
        article.content_type,
        article.published_at.isoformat() if article.published_at else None,
    )
    parts: list[bytes] = []
    for part in given:
        encoded = b"-" if part is None else b"+" + part.encode("utf-8", "surrogatepass")
        parts += len(encoded).to_bytes(8, "little"), encoded
    return hashlib.blake2b(b"".join(parts), digest_size=16).digest()
