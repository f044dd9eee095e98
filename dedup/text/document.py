"""The article after cleaning: what the rest of the pipeline sees."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from dedup.text.words.tokens import Tokens, count, joined


@dataclass(frozen=True, slots=True)
class Other:
    """Another article on a page. `url` is where its headline leads, `published_at` in UTC; None where it has none."""

    title: str
    body: str
    url: str | None = None
    published_at: datetime | None = None


@dataclass(slots=True, unsafe_hash=True)
class Document:
    """Clean text of one article with the facts that decisions use.

    `title` and `body` are for people: normalised white space, NFC, no site noise; `title` may be empty. `title_tokens`
    and `body_tokens` are for comparison: casefolded NFKC words, or single characters in scripts that are written
    without spaces, joined by spaces (see `dedup.text.words.tokens`). `language` is an ISO 639-1 code, ``und`` where
    none was identified. `published_at` is in UTC; None means undated. `origin` is the agency that the text says it is
    from (see `dedup.text.origin`), `others` are the other articles that the page holds in full, where they are asked
    for, `left_out` the passages that are not in `body` because the site repeats them, a line each, and `authors` the
    names of who wrote it, joined by "; ".

    It must not be changed. That is not enforced: making a frozen one takes three times as long.
    """

    title: str
    body: str
    language: str
    url: str | None
    publisher: str | None
    published_at: datetime | None
    title_tokens: Tokens
    body_tokens: Tokens
    others: tuple[Other, ...] = ()
    origin: str | None = None
    left_out: str = ""
    authors: str | None = None
    _word_count: int | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def word_count(self) -> int:
        """Tokens in title and body together."""
        if self._word_count is None:
            self._word_count = count(self.title_tokens) + count(self.body_tokens)
        return self._word_count


def stored_document(
    title: str, body: str, language: str, publisher: str | None, published_at: datetime | None, *, max_words: int
) -> Document:
    """The document of a clean text that the database has, with the first `max_words` tokens of its body."""
    return Document(
        title=title,
        body=body,
        language=language,
        url=None,
        publisher=publisher,
        published_at=published_at,
        title_tokens=joined(title),
        body_tokens=joined(body, max_words),
    )
