"""The headline of an HTML page, of what its head, headings and element title say, and that of a given title: without
the name of the site.

A site's logo may be the page's only heading of the first rank, and its name, or that of a section, may stand before the
headline or behind it. So what is the site's name is known first: as the page states it, as its address has it, as the
links to the front page are called. The first of the candidates that is none is the headline.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from dedup.intake.canonical import original
from dedup.text.furniture import LABELS, Label, key
from dedup.text.publisher import publisher_of

_LONGEST_NAME = 50
_MOST_WORDS = 6
"""Of a name of a site; where more is stated as one it is the headline."""
LONGEST_HEADING = 300
"""Characters; in a longer one stands a text."""
_LONGEST_TITLE = 1_000
_MOST_HEADINGS = 200
_MOST_LINKS = 20
_SHORT = 6
"""Letters of a label of a domain that begins with no article: ``theory``, but ``theverge``."""
_LEAST_WORDS = 3
"""Of a heading that may be the headline where the page has one of a higher rank."""
_LEAST_LETTERS = 10
"""Letters of one in Chinese or Japanese, which have no spaces."""
_RANKS = ("h1", "h2", "h3")
_CUT_SHORT = ("...", "…")
_WORD = re.compile(r"\w+")
_SIGNS = re.compile(
    r"\s*[|｜ㅣ]+\s*|\s+(?:::+|[-–—·•»«›‹⁄/:~*⋆<>_]+)\s+|(?<=[\u2e80-\uffff])[-_]+|[-_]+(?=[\u2e80-\uffff])"
)
"""What stands between a headline and the name of a site; in Chinese and Japanese also without spaces, and in Korean
a vowel that looks like a bar."""
_STRONG = re.compile(r"[|｜ㅣ·•»«›‹]|::")
"""Signs that hardly stand in a headline."""
_COLONS = (": ", "：")
"""What stands there, too, but in headlines as well: only where the name that a page states is beside it."""
_ANY_SIGN = re.compile(
    "[|｜ㅣ:–—·•»«›‹⁄/~*⋆<>_-](?:(?<=[|｜ㅣ])|(?<=\\s.)(?=[-:–—·•»«›‹⁄/~*⋆<>_]*\\s)|(?<=[\u2e80-\uffff].)|(?=[\u2e80-\uffff]))"
)
"""What is in every title that `_SIGNS` parts, found in a tenth of its time."""
_SECTION = re.compile(r"(?:[\w&]+ ){1,2}(?:news|sports?)", re.IGNORECASE)
_DOMAIN = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}")
_LOGO = re.compile(r"\b(?:logo|brand|site-?(?:title|name|logo)|masthead)\b", re.IGNORECASE)
_HOME = re.compile(r"(?:https?:)?//(?P<host>[^/?#]+)/?|/(?:index\.\w{3,4})?|\./")


class _Titles(NamedTuple):
    """The parts of a title between signs: `text` and the beginning and end of each in it."""

    text: str
    spans: Sequence[tuple[int, int]]

    def part(self, at: int) -> str:
        """The part at this place."""
        start, end = self.spans[at]
        return self.text[start:end]

    def run(self, first: int, last: int) -> str:
        """All from one part to another."""
        return self.text[self.spans[first][0] : self.spans[last][1]]


def headline(tree: HtmlElement, stated: str, name: str, url: str | None) -> str:
    """The headline of the page `tree`, empty where it has none.

    `stated` is the title that its head states, `name` that of its site, `url` its address; each may be empty. One that
    ends in dots is shown whole where a heading or the element title goes on.
    """
    title = _headline(tree, stated, name, url)
    return _whole(tree, title, name, url) if title.endswith(_CUT_SHORT) else title


def _whole(tree: HtmlElement, cut: str, name: str, url: str | None) -> str:
    """The headline that begins like `cut`; `cut` itself where the page shows none."""
    begin = cut.rstrip(".… ")
    if begin.count(" ") + 1 < _LEAST_WORDS:
        return cut
    element = _without_site(title_element(tree)[:_LONGEST_TITLE], _names(name, url), name)
    shown = (*(text for _, text in _texts(tree)), element)
    return next((text for text in shown if text.startswith(begin) and not text.endswith(_CUT_SHORT)), cut)


def _headline(tree: HtmlElement, stated: str, name: str, url: str | None) -> str:
    stated, names = stated[:_LONGEST_TITLE], _names(name, url)
    told = "" if squeezed(stated) in names else stated
    title = _without_site(told, names, name)
    if _is_headline(title, names) and len(_parts(title).spans) == 1:
        return title
    names = names | frozenset(_names_of_logos(tree, url))
    element, texts = title_element(tree)[:_LONGEST_TITLE], _texts(tree)
    headings = [(tag, text) for tag, text in texts if _is_headline(text, names)]
    title = _without_site(told, names, name)
    if _is_headline(title, names):
        return _agreed(title, headings) or title
    for said in _candidates(tree, _without_site(element, names, name), headings):
        title = _without_site(said, names, name)
        if _is_headline(title, names):
            return title
    return stated or next((text for _, text in texts), "") or element


def without_site(title: str, publisher: str | None, url: str | None) -> str:
    """`title`, as a source gave it for an article of `publisher` at `url`, without the name of the site at an end, as
    feeds of aggregators and many crawlers have it: "headline - Coast Herald", "headline | News | coastherald.co.uk".

    Unlike on a page nothing else says what the site is called, so only the name of the publisher and that of the
    address are looked for. Half a microsecond for a title without such a sign.
    """
    if _ANY_SIGN.search(title) is None or len(title) > _LONGEST_TITLE:
        return title
    parts = _parts(title)
    first, last = 0, len(parts.spans) - 1
    if last == 0:
        return title
    names = _names(publisher or "", original(url) if url else None)
    while first < last and _is_site(parts.part(last), names):
        last -= 1
    if last < len(parts.spans) - 1:
        while first < last and _is_section(parts, first, last):
            last -= 1
    while first < last and squeezed(parts.part(first)) in names:
        first += 1
    return parts.run(first, last)


def title_element(tree: HtmlElement) -> str:
    """The text of the element title."""
    found = tree.find(".//head//title")
    return _text(found) if found is not None else ""


def site_in(title: str) -> str:
    """The name of a site with a dot in it, as names of hosts have one, at an end of `title`; empty where none is."""
    parts = _parts(title)
    ends = (parts.part(at) for at in (-1, 0)) if len(parts.spans) > 1 else ()
    return next((end for end in ends if "." in end.rstrip(".") and 2 * len(end) < len(title)), "")


def is_title(tree: HtmlElement, name: str, stated: str) -> bool:
    """Whether `name`, which a page states as that of its site, is its element title, with the `stated` one in it."""
    if _may_be_name(name) and len(_parts(name).spans) == 1:
        return False
    told = squeezed(name)
    return squeezed(stated) in told and told == squeezed(title_element(tree))


def _names(name: str, url: str | None) -> frozenset[str]:
    """The names of a site that is called `name` and has the page at `url`, as `squeezed` gives them."""
    called = [one for one in (name, _parts(name).part(0), publisher_of(url) or "") if _may_be_name(one)]
    labels = [one.partition(".")[0] for one in called if _DOMAIN.fullmatch(one)]
    labels += [label[3:] for label in labels if label.startswith("the") and len(label) > _SHORT]
    return frozenset(map(squeezed, (*called, *labels))) - {""}


def _names_of_logos(tree: HtmlElement, url: str | None) -> Iterator[str]:
    """What links to the front page, and headings that are a logo, are called."""
    try:
        address = urlsplit(url or "")
    except ValueError:
        return
    if address.path in ("", "/") and url:
        return
    homes = (link for link in tree.iter("a") if _leads_home(link, address.netloc))
    logos = (heading for heading in tree.iter("h1") if _LOGO.search(f"{heading.get('class')} {heading.get('id')}"))
    for found in (*islice(homes, _MOST_LINKS), *islice(logos, _MOST_LINKS)):
        name = _text(found) or " ".join(" ".join(image.get("alt", "") for image in found.iter("img")).split())
        if _may_be_name(name) and key(name) not in LABELS:
            yield squeezed(name)


def _leads_home(link: HtmlElement, host: str) -> bool:
    """Whether `link` leads to the front page of the page's host; within a heading that of any."""
    home = _HOME.fullmatch(link.get("href", "").strip())
    if home is None:
        return False
    named = (home["host"] or "").removeprefix("www.")
    return not named or named == host.removeprefix("www.") or next(link.iterancestors("h1"), None) is not None


def _may_be_name(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_NAME and text.count(" ") < _MOST_WORDS


def squeezed(text: str) -> str:
    """The letters and digits of `text`, in one case, without an article or ``www`` before them."""
    words = _WORD.findall(text.casefold())
    return "".join(words[1:] if len(words) > 1 and words[0] in ("the", "www") else words)


def _is_site(text: str, names: frozenset[str]) -> bool:
    """Whether `text` is one of the `names` of the site, also with that of a section behind it: "BBC Sport"."""
    first, _, last = text.rpartition(" ")
    return (
        squeezed(text) in names
        or (LABELS.get(key(last)) is Label.MENU and squeezed(first) in names)
        or _DOMAIN.fullmatch(text) is not None
    )


def _is_headline(text: str, names: frozenset[str]) -> bool:
    """Whether `text` may be a headline: it is neither the site's name nor furniture, such as the name of a section."""
    return bool(text) and key(text) not in LABELS and not _is_site(text, names)


def _parts(title: str) -> _Titles:
    signs = [found.span() for found in _SIGNS.finditer(title) if found.start() > 0 and found.end() < len(title)]
    starts = [0, *(end for _, end in signs)]
    return _Titles(title, list(zip(starts, [*(start for start, _ in signs), len(title)], strict=True)))


def _without_site(title: str, names: frozenset[str], name: str) -> str:
    """`title` without the parts at its ends that are the site's name, and then those that are names of sections."""
    folded, folded_name = title.casefold(), name.casefold()
    if name and len(folded) == len(title):
        for colon in _COLONS:
            title = title[len(name) + len(colon) :] if folded.startswith(f"{folded_name}{colon}") else title
            title = title[: -len(name)].rstrip(colon) if folded.endswith(f"{colon}{folded_name}") else title
    parts = _parts(title)
    first, last = 0, len(parts.spans) - 1
    dropped = False
    while first < last:
        ends = [at for at in (last, first) if _is_site(parts.part(at), names)]
        if not ends and dropped:
            ends = [last] if _is_section(parts, first, last) else []
            ends = ends or ([first] if LABELS.get(key(parts.part(first))) is Label.MENU else [])
        if not ends:
            break
        dropped = True
        first, last = (first, last - 1) if ends[0] == last else (first + 1, last)
    return parts.run(first, last)


def _is_section(parts: _Titles, first: int, last: int) -> bool:
    """Whether the `last` part of a title, behind which the site's name stood, is that of a section, as in "World" and
    "County News"."""
    part = parts.part(last)
    if LABELS.get(key(part)) is Label.MENU:
        return True
    sign = parts.text[parts.spans[last - 1][1] : parts.spans[last][0]]
    named = _SECTION.fullmatch(part) is not None and _STRONG.search(sign) is not None
    return named and len(parts.run(first, last - 1)) > 2 * len(part)


def _texts(tree: HtmlElement) -> list[tuple[str, str]]:
    """Names and texts of the headings that are as long as a headline may be."""
    found = []
    for heading in islice(tree.iter(*_RANKS), _MOST_HEADINGS):
        if next(heading.iterancestors(*_RANKS), None) is None:
            text = _text(heading)
            if 0 < len(text) <= LONGEST_HEADING:
                found.append((heading.tag, text))
    return found


def _agreed(title: str, headings: Sequence[tuple[str, str]]) -> str:
    """The longest of the `headings` that is all of `title` but for shorter parts at one of its ends, as it is there."""
    parts = _parts(title)
    count = len(parts.spans)
    if count == 1:
        return title if squeezed(title) in {squeezed(text) for _, text in headings} else ""
    runs = [parts.run(0, last) for last in range(count)] + [parts.run(first, count - 1) for first in range(1, count)]
    wanted = {squeezed(text) for _, text in headings}
    agreeing = [run for run in runs if 2 * len(run) > len(title) and squeezed(run) in wanted]
    return max(agreeing, key=len, default="")


def _candidates(tree: HtmlElement, element: str, headings: Sequence[tuple[str, str]]) -> Iterator[str]:
    """What may be the headline of the page whose element title, without the site, says `element`; best first."""
    first = [text for tag, text in headings if tag == "h1"]
    within = [("h1", text) for heading in tree.iter("h1") for text in without_ends(heading)] if len(first) == 1 else []
    agreed = _agreed(element, [*headings, *within])
    longer = len(first) == 1 and len(agreed) > len(first[0]) and _is_some_words(agreed)
    if len(first) == 1 and not longer and squeezed(agreed) not in {squeezed(text) for _, text in within}:
        yield first[0]
    if agreed:
        yield agreed
    part, named = _likeliest_part(element), list(_named(tree))
    is_all = not _may_be_name(part)  # what else is named so is the heading of a form or of a letter to subscribe to
    yield from (text for tag, text in named if tag == "h1" or not is_all or _are_alike(text, part))
    yield part
    yield from (text for _, text in named)
    yield from first
    yield from (text for tag, text in headings if tag == "h2")


def _is_some_words(text: str) -> bool:
    return text.count(" ") + 1 >= _LEAST_WORDS or (len(text) >= _LEAST_LETTERS and max(text) >= "\u2e80")


def _are_alike(text: str, other: str) -> bool:
    """Whether half the words of `text` are in `other` as well."""
    words = set(_WORD.findall(text.casefold()))
    return 2 * len(words.intersection(_WORD.findall(other.casefold()))) >= len(words)


def without_ends(heading: HtmlElement) -> Iterator[str]:
    """The text of `heading` without the element that it begins or ends with, as a kicker or a badge is, if it has one.

    What is left is some words, and more than what is left out.
    """
    text = _text(heading)
    while len(heading) == 1 and not f"{heading.text or ''}{heading[0].tail or ''}".strip():
        heading = heading[0]
    if not len(heading) or len(text) > LONGEST_HEADING:
        return
    first, last = _text(heading[0]), _text(heading[-1])
    for rest, end in ((text.removeprefix(first), first), (text.removesuffix(last), last)):
        if end and rest != text and len(rest) > 2 * len(end):
            yield rest.strip(" :|")


def _named(tree: HtmlElement) -> Iterator[tuple[str, str]]:
    """Names and texts of elements whose class or identity says that they hold a headline."""
    from trafilatura.xpaths import TITLE_XPATHS  # noqa: PLC0415 - a third of a second that plain text saves

    for expression in TITLE_XPATHS:
        found: Sequence[Any] = expression(tree)
        for element in found[:_MOST_HEADINGS]:
            text = _text(element)
            if 2 < len(text) <= LONGEST_HEADING:
                yield element.tag, text


def _likeliest_part(title: str) -> str:
    """Of a `title` with the name of a site that is not known what is likely the headline.

    The name is the last part, or the first where that is much shorter. Signs that may stand in a headline part it once.
    """
    parts = _parts(title)
    strong = [at for at, (_, end) in enumerate(parts.spans[:-1]) if _STRONG.search(title[end : parts.spans[at + 1][0]])]
    ends = strong or list(range(len(parts.spans) - 1))
    first, last = 0, len(parts.spans) - 1
    while ends:
        before, behind = parts.run(first, ends[0]), parts.run(ends[-1] + 1, last)
        if before.count(" ") < _MOST_WORDS and 2 * len(before) < len(behind):
            first, ends = ends[0] + 1, ends[1:]
        else:
            last, ends = ends[-1], ends[:-1]
        if not strong:
            break
    return parts.run(first, last)


def _text(element: HtmlElement) -> str:
    """The text of `element` on one line; what stands in blocks of its own is apart."""
    from trafilatura.baseline import block_text  # noqa: PLC0415 - as above

    text: str = block_text(element)
    return text
