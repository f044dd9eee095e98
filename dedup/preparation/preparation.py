"""From articles as they came to articles that are ready to be decided; a batch at a time.

    clean -> leave out what the site repeats -> sign and digest

All articles of a batch go through one step before any goes through the next, so that what a step works with stays in
the processor's caches. Cleaning and signing look at one article alone; the step between them takes all in the order of
arrival.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from itertools import compress
from typing import Any, TypeVar

import structlog

from dedup import logs
from dedup.config import Config
from dedup.decision.newcomer import Prepared
from dedup.errors import InputRejected
from dedup.index.sites import Sites
from dedup.intake.article import Article
from dedup.kernel import chosen as kernel
from dedup.named import make
from dedup.preparation.boilerplate import Cleaned, leave_out
from dedup.preparation.page_workers import Answer, PageBroken, found
from dedup.preparation.pages_ahead import PagesAhead
from dedup.sketch.minhash import Signature, sign, sign_many
from dedup.sketch.scheme import Scheme
from dedup.store.database.moments import iso
from dedup.store.passes.inbox import Rejected
from dedup.text.clean import clean, read_plain_articles
from dedup.text.document import Document
from dedup.text.markup.html import HtmlPage, is_html, read_html
from dedup.text.words.tokens import Tokens

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
    """Each article ready to be decided, or its rejection; in their order. All name their sources, as in the inbox.

    `stages` measure the time of text and sketch.
    `workers` read HTML, `sites` remember what they repeat. An article that breaks a step is rejected as ``internal``
    and logged as an error: it must not stop the others. Where there are no others, since none is ready, its error is
    raised.
    """
    attempts = _Attempts()
    with stages["text"]:
        documents = _cleaned(articles, config, workers, beat, attempts)
    while True:
        with stages["text"]:
            cleaned = _without_boilerplate(articles, documents, config, sites, attempts)
        with stages["sketch"]:
            ready = _signed(articles, cleaned, scheme, attempts)
        broken = False
        for place, item in enumerate(ready):
            if isinstance(item, Rejected) and not isinstance(documents[place], Rejected):
                documents[place], broken = item, True
        if not broken:
            break
        # An article that is not accepted must not have been seen by those behind it.
    if attempts.error is not None and not any(isinstance(item, Prepared) for item in ready):
        raise attempts.error
    return ready


class _Attempts:
    """Steps that are tried for one article after another; `error` is the first for which no article is to blame yet."""

    def __init__(self) -> None:
        self.error: Exception | None = None

    def of(self, step: Callable[..., Made], article: Article, *given: Any) -> Made | Rejected:
        """The result of a step for an article and what it is `given`, or the rejection of the article."""
        try:
            return step(*given)
        except InputRejected as error:
            return _rejected(article, error.reason, error.detail)
        except MemoryError:
            raise
        except Exception as error:
            log.exception("article.failed", source=article.source, uri=article.uri)
            if not isinstance(error, PageBroken):  # its reader has read another page
                self.error = self.error or error
            return _rejected(article, "internal", f"cleaning it failed with {logs.told(error)}")


def _rejected(article: Article, reason: str, detail: str) -> Rejected:
    return Rejected(article.source or "", article.uri, reason, detail)


def _cleaned(
    articles: Sequence[Article],
    config: Config,
    workers: PagesAhead,
    beat: Callable[[], None],
    attempts: _Attempts,
) -> list[Document | Rejected]:
    html = [is_html(article.body, article.content_type) for article in articles]
    answers = iter(workers.read([article.body for article in compress(articles, html)], beat))
    others = [article for article, page in zip(articles, html, strict=True) if not page]
    plain = iter(read_plain_articles(others, config.text))
    documents: list[Document | Rejected] = []
    settings, most = config.text, config.ingest.max_bytes
    for article, page in zip(articles, html, strict=True):
        if page:
            made = attempts.of(clean, article, article, settings, most, partial(_answer, next(answers)))
        else:
            made = attempts.of(clean, article, article, settings, most, read_html, next(plain))
        documents.append(made)
    return documents


def _answer(answer: Answer, _: str) -> HtmlPage:
    return found(answer)


def _without_boilerplate(
    articles: Sequence[Article],
    documents: Sequence[Document | Rejected],
    config: Config,
    sites: Sites,
    attempts: _Attempts,
) -> list[Cleaned | Rejected]:
    sites.begin()
    return [
        document
        if isinstance(document, Rejected)
        else attempts.of(leave_out, article, article, document, config.text, sites)
        for article, document in zip(articles, documents, strict=True)
    ]


def _signed(
    articles: Sequence[Article],
    cleaned: Sequence[Cleaned | Rejected],
    scheme: Scheme,
    attempts: _Attempts,
) -> list[Prepared | Rejected]:
    signatures = _signatures(articles, cleaned, scheme, attempts)
    ready: list[Prepared | Rejected] = []
    for article, item, signature in zip(articles, cleaned, signatures, strict=True):
        if isinstance(item, Rejected):
            ready.append(item)
        elif isinstance(signature, Rejected):
            ready.append(signature)
        else:
            (document, passages), source = item, article.source or ""
            ready.append(make(Prepared, (source, article.uri, document, signature, digest(article), passages)))
    return ready


def _signatures(
    articles: Sequence[Article],
    cleaned: Sequence[Cleaned | Rejected],
    scheme: Scheme,
    attempts: _Attempts,
) -> Iterator[Signature | Rejected]:
    """The signature of each article, all made at once; if that fails, one by one, to find the article that fails."""
    nothing = Tokens(""), Tokens("")
    pairs = [nothing if isinstance(item, Rejected) else (item[0].title_tokens, item[0].body_tokens) for item in cleaned]
    signed = _attempt_all(pairs, scheme)
    if signed is not None:
        return iter(signed)
    return (attempts.of(sign, article, *pair, scheme) for article, pair in zip(articles, pairs, strict=True))


def _attempt_all(pairs: Sequence[tuple[Tokens, Tokens]], scheme: Scheme) -> list[Signature] | None:
    try:
        return sign_many(pairs, scheme)
    except InputRejected:
        return None
    except MemoryError:
        raise
    except Exception:
        log.exception("batch.failed", articles=len(pairs))
        return None


def digest(article: Article) -> bytes:
    """16 bytes that differ when anything differs that the source gave."""
    given: tuple[str | None, ...] = (
        article.title,
        article.body,
        article.url,
        article.publisher,
        article.language,
        article.content_type,
        None if article.published_at is None else _told(article.published_at),
    )
    if article.authors:  # left out where there are none, as in the digests that databases have
        given = (*given, article.authors)
    return hashlib.blake2b(kernel.framed(given), digest_size=16).digest()


def _told(moment: datetime) -> str:
    """What `datetime.isoformat` gives, faster for what nearly all moments are: in UTC and whole seconds."""
    return f"{iso(moment)[:-1]}+00:00" if moment.tzinfo is UTC and not moment.microsecond else moment.isoformat()
