"""The step between cleaning and signing: leaves out of an article what its site repeats.

What is left out is kept beside the text. Articles that came before a passage was known as boilerplate keep it; their
next version loses it.
"""

from __future__ import annotations

from dataclasses import replace

from dedup.config.sections import TextSettings
from dedup.index.sites import Passages, Sites, number_of
from dedup.intake.article import Article
from dedup.text.document import Document
from dedup.text.language import SAMPLE, UNDETERMINED, identify
from dedup.text.markup.html import is_html
from dedup.text.page import Page, read_page
from dedup.text.words.tokens import Tokens, joined, separate

Cleaned = tuple[Document, Passages | None]
"""A document, and what is remembered of it for the next ones of its site; None where it does not count."""


def leave_out(article: Article, document: Document, settings: TextSettings, sites: Sites) -> Cleaned:
    """`document`, made of `article`, without what its site repeats. Call once for each, in the order of arrival.

    A text of which fewer than ``[text] min_words`` different words, or none, would remain stays as it is. The headline
    that was found in a text is one of its lines: where the site repeats it, another is looked for in what remains.
    """
    if not settings.drop_boilerplate:
        return document, None
    headed = document.title != "" and not article.title and not is_html(article.body, article.content_type)
    text = f"{document.title}\n\n{document.body}" if headed else document.body
    kept, left_out, passages = sites.read(number_of(document.url, document.publisher, article.source or ""), text)
    if kept is None or left_out is None:
        return document, passages
    page = _page(document, kept) if headed else Page(document.title, kept)
    words = joined(page.body, settings.max_words)
    if not _enough(words, settings.min_words):
        return document, passages
    clean = replace(
        document,
        title=page.title,
        body=page.body,
        language=_language(article, document, page.body),
        publisher=document.publisher or page.publisher,
        published_at=document.published_at or page.published_at,
        title_tokens=joined(page.title),
        body_tokens=words,
        left_out=left_out,
    )
    return clean, passages


def _page(document: Document, kept: str) -> Page:
    """What is `kept` of a headline and its text, with another headline where that one is gone."""
    first, _, rest = kept.partition("\n")
    if first == document.title:
        return Page(first, rest.lstrip("\n"))
    return read_page(kept)


def _language(article: Article, document: Document, kept: str) -> str:
    """The language of what is `kept`: it was identified from the beginning of the text, which may be gone."""
    if kept[:SAMPLE] == document.body[:SAMPLE]:
        return document.language
    language = identify(kept, article.language)
    return language if language != UNDETERMINED else document.language


def _enough(words: Tokens, least: int) -> bool:
    """Whether `least` different words are there, and one at all."""
    least = max(1, least)
    first = separate(Tokens(words[: 24 * least]))[:-1]  # what nearly every text shows at its beginning
    return len(set(first)) >= least or len(set(separate(words))) >= least
