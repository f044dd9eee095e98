"""From an article as it came to a document that can be compared: the text stage as one function."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from dedup.config.sections import TextSettings
from dedup.errors import InputRejected
from dedup.intake.article import Article, holds_nul
from dedup.intake.authors import authors_of
from dedup.intake.canonical import original
from dedup.intake.dates import YEARS
from dedup.intake.web import WEB
from dedup.kernel.compiled import KERNEL
from dedup.text.document import Document
from dedup.text.language import UNDETERMINED, identify
from dedup.text.markup.headline import without_site
from dedup.text.markup.html import HtmlPage, is_html, read_html
from dedup.text.normal_form import REPLACEMENT, normal_form, one_line
from dedup.text.origin import origin_of
from dedup.text.others import others_below
from dedup.text.page import Page, is_all_of, read_page
from dedup.text.plain import FEW, Plain, read_plain
from dedup.text.publisher import publisher_of, shown_name
from dedup.text.syndicated import without_source_line
from dedup.text.words.tokens import Tokens, joined, separate

MOST_REPLACED = 0.01
"""Share of U+FFFD among the characters of a body from which on its encoding counts as broken. German read in the wrong
encoding has 1.5 to 2 %, French 3 to 4 %; English with lost quotation marks, which is still of use, half a per cent."""
MOST_CONTROLS = 0.1
"""Share of control characters from which on a body counts as binary."""

_LONGEST_TITLE = 500
_MOST_AUTHORS = 2_000
"""Characters in which the names of authors are looked for."""
_NO_PAGE = HtmlPage("", "")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x01-\x08\x0e-\x1f\x7f-\x9f]")
_ENTITY = re.compile(
    r"&(?:#\d{2,6}|#x[0-9a-f]{2,5}|amp|quot|apos|nbsp|lt|gt|[lr][sd]quo|[nm]dash|hellip|[a-z]{1,6}(?:uml|acute|grave|circ|tilde|cedil|lig|slash|ring));",
    re.IGNORECASE,
)

_CDATA = "<![CDATA["
_SECTION = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)

# Elements that stand within a line; what only looks like one, as in "a<b and b>c", has no attributes.
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_EMPHASIS = re.compile(
    r"""</?(?:a|abbr|b|bdi|big|cite|em|font|i|mark|small|span|strong|sub|sup|u|wbr)"""
    r"""(?:\s+[\w-]+=(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>=]+))*\s*/?>""",
    re.IGNORECASE,
)


def read_plain_articles(articles: Sequence[Article], settings: TextSettings) -> list[Plain | None]:
    """The plain texts of `articles`, of which none is HTML, read in one call; None for one that is out of the ordinary.

    `clean` takes each, and need not read it then.
    """
    return read_plain([_pair(article) for article in articles], settings.max_words, settings.min_words)


def _pair(article: Article) -> tuple[str, str] | None:
    body = article.body
    unusual = ("&" in body and _ENTITY.search(body)) or body.startswith(_CDATA)
    return None if unusual else (_given_title(article), body)


def clean(
    article: Article,
    settings: TextSettings,
    max_bytes: int,
    read: Callable[[str], HtmlPage] = read_html,
    plain: Plain | None = None,
) -> Document:
    """The clean text of `article` with its tokens, language, publisher, date and agency.

    What the article says of itself goes before what its page says. Without a publisher the registered domain of the
    URL stands for it. A first line that repeats the title is dropped. `max_bytes` bounds the body as UTF-8.
    `read` finds the article in markup. `settings.split_pages` asks for the other articles on the page, too.
    `plain` is what `read_plain_articles` found in the article.

    Raises `InputRejected`:
    ``too_large``  the body is over `max_bytes`;
    ``binary``     it holds a NUL, is mostly control characters or starts like a PDF;
    ``encoding``   it, or the title, holds a lone surrogate, or more than `MOST_REPLACED` of it are U+FFFD;
    ``syntax``     it is HTML that holds no element;
    ``empty``      no word is left, unless `settings.min_words` is 0 and a title is there;
    ``too_short``  fewer than `settings.min_words` different words are left: different, so that one word printed
                   thousands of times is no text either.

    Time and memory are linear in the body, about 15 microseconds for a plain text of 130 words.
    """
    if plain is not None:
        return _clean_plain(article, settings, max_bytes, plain)
    body, title = article.body, article.title or ""
    headline = settings.min_words == 0 and not body.strip() and any(map(str.isalnum, title))
    _check_size(body, max_bytes)
    _check(body, title, headline=headline)
    said = _NO_PAGE
    if is_html(body, article.content_type):
        said = read(body)
        body = said.body
    title = one_line(_given_title(article) if title else _headline(said.title))[:_LONGEST_TITLE]
    text = normal_form(_plain(body))
    if said is not _NO_PAGE:
        text = without_source_line(text, title)
    words = joined(text, settings.max_words)
    page = read_page(text, title)
    return _of_page(article, settings, page, text, words, said, least=None if headline else settings.min_words)


def _clean_plain(article: Article, settings: TextSettings, max_bytes: int, plain: Plain) -> Document:
    """The document of a text that `read_plain_articles` has read: only its doubts are left to look at."""
    _check_size(article.body, max_bytes)
    title, body, title_tokens, words, doubts, seen = plain
    if seen is not None and not is_all_of(page := read_page(body, title, seen), title, body):
        return _of_page(article, settings, page, body, words, _NO_PAGE, least=settings.min_words)
    if doubts & FEW:
        _check_words(words, settings.min_words)
    url = _address(article.url) or _address_in(article.uri)
    return Document(
        title,
        body,
        _language(body, article.language, None),
        url,
        shown_name(article.publisher) or publisher_of(url),
        _sane(article.published_at),
        title_tokens,
        words,
        (),
        origin_of(body, body, None, doubts),
        authors=_authors(article.authors),
    )


def _of_page(
    article: Article, settings: TextSettings, page: Page, text: str, words: Tokens, said: HtmlPage, least: int | None
) -> Document:
    """The document of the `page` that was read in a `text` in normal form with the tokens `words`; `least` different
    words are asked for."""
    if page.body is not text:
        words = joined(page.body, settings.max_words)
    if least is not None:
        _check_words(words, least)
    url = _address(article.url or said.url) or _address_in(article.uri)
    below = page.body.removeprefix(normal_form(said.lead)).lstrip() if said.lead else page.body  # with the dateline
    return Document(
        title=page.title,
        body=page.body,
        language=_language(page.body or page.title, article.language, said.language),
        url=url,
        publisher=shown_name(article.publisher or said.publisher or page.publisher) or publisher_of(url),
        published_at=_sane(article.published_at) or _sane(said.published_at) or page.published_at,
        title_tokens=joined(page.title),
        body_tokens=words,
        others=(*said.others, *others_below(page)) if settings.split_pages else (),
        origin=origin_of(text, below, page.publisher),
        authors=_authors(article.authors or said.authors),
    )


def _authors(names: str | None) -> str | None:
    """The names of authors as they are shown."""
    return authors_of(one_line(names[:_MOST_AUTHORS])) if names else None


def _check_size(body: str, max_bytes: int) -> None:
    if len(body) * 4 > max_bytes and (
        len(body) > max_bytes or (not body.isascii() and len(body.encode("utf-8", "surrogatepass")) > max_bytes)
    ):
        raise InputRejected("too_large", f"the body is over {max_bytes} bytes; [ingest] max_bytes sets the limit")


def _check(body: str, title: str, *, headline: bool) -> None:
    if not headline and (not body or body.isspace()):
        raise InputRejected("empty", "the body is empty")
    if holds_nul(body) or body.startswith("%PDF-"):
        raise InputRejected("binary", "the body is not text: it holds a NUL or starts like a PDF")
    controls = _controls(body)
    if controls is None:
        raise InputRejected("encoding", "the body holds half of a surrogate pair: it was cut or decoded wrongly")
    replaced = body.count(REPLACEMENT) if REPLACEMENT in body else 0  # the count is sixteen times as slow
    if replaced > MOST_REPLACED * len(body):
        raise InputRejected("encoding", f"{replaced} of {len(body)} characters of the body were lost in decoding")
    if controls > MOST_CONTROLS * len(body):
        raise InputRejected("binary", "the body is mostly control characters")
    if _controls(title) is None:
        raise InputRejected("encoding", "the title holds half of a surrogate pair: it was cut or decoded wrongly")


def _controls(text: str) -> int | None:
    """How many control characters but tabs and line ends are in `text`; None where it holds a lone surrogate."""
    if KERNEL is not None:
        controls: int | None = KERNEL.controls(text)
        return controls
    return None if _SURROGATE.search(text) else len(_CONTROL.findall(text))


def _check_words(words: Tokens, least: int) -> None:
    if not words:
        raise InputRejected("empty", "the body holds no word")
    if len(set(words.split(" ", 2 * least)[: 2 * least])) >= least:
        return  # what nearly every text shows at its beginning
    different = len(set(separate(words)))
    if different < least:
        raise InputRejected("too_short", f"the body has {different} different words; [text] min_words asks for {least}")


def _plain(text: str) -> str:
    """`text` without the HTML entities, and the wrapping of XML, that some sources leave in plain text."""
    if text.startswith(_CDATA):
        text = _SECTION.sub(r"\1", text)
    if "&" in text and _ENTITY.search(text):
        return entities.unescape(text)
    return text


def _headline(text: str) -> str:
    """`text` as `_plain` has it, and without the marks of emphasis that some sources leave in headlines."""
    text = _plain(text)
    return _EMPHASIS.sub("", _BREAK.sub(" ", text)) if "<" in text else text


def _given_title(article: Article) -> str:
    """The headline that the source gave; empty where it gave none."""
    return without_site(_headline(article.title), article.publisher, article.url) if article.title else ""


def _language(text: str, given: str | None, stated: str | None) -> str:
    """`given` by the source, else what the text is in; what the page states counts only where that stays open.

    A page's statement is often just its template's.
    """
    if given:
        return identify(text, given)
    finding = identify(text, None)
    return finding if finding != UNDETERMINED else identify(text, stated)


def _address(url: str | None) -> str | None:
    """Where `url` leads, without what no database takes; None for an empty one."""
    if not url:
        return None
    page = original(url.strip())
    visible = page if page.isprintable() else "".join(filter(str.isprintable, page))
    return visible.strip() or None


def _address_in(uri: str) -> str | None:
    """The web address that a uri is; None for any other name."""
    return _address(uri) if uri.startswith(WEB) else None


def _sane(moment: datetime | None) -> datetime | None:
    """`moment` in UTC, None if its year is not to be believed."""
    if moment is None or moment.year not in YEARS:
        return None
    if moment.tzinfo is UTC:
        return moment
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
