"""The main text of a whole HTML page, by trafilatura at its most precise.

trafilatura walks over a page dozens of times, copies it, and compares its own finding with those of two other
extractors. Most of a page of news is scripts, menus and empty boxes, and the comparison matters only where the finding
is short or odd. So what can never be text goes first, the comparison is asked for where it can change anything, and
rules about boxes remember their answers: on 181 pages of news the same text in a fifth of the time. What trafilatura
would take for text goes first, too, where it is a list of teasers (`dedup.text.markup.teasers`), and for a table, where
that lays out the page (`dedup.text.markup.layout_tables`). It takes one box for the text, so that one which
advertisements part is put together before (`dedup.text.markup.parted_text`). Where a menu is in the finding, or a
paragraph of a box in it is not, the page is mended and searched again, and where hardly any of the paragraphs are, for
less precision.
"""

from __future__ import annotations

import re
from collections import Counter
from copy import copy
from functools import cache, lru_cache
from itertools import chain, islice
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from dedup.text.furniture import LABELS, Label, key
from dedup.text.lines import letters_of
from dedup.text.markup.headline import LONGEST_HEADING, squeezed, without_ends
from dedup.text.markup.layout_tables import unfold_tables
from dedup.text.markup.loose_text import part_loose_text
from dedup.text.markup.paragraphs import LEAST_PARAGRAPH, SENTENCE_ENDS
from dedup.text.markup.parted_text import join_parts
from dedup.text.markup.remembered_rules import remember_rules
from dedup.text.markup.teasers import PARAGRAPHS, drop_teasers

_NEVER_TEXT = (
    "script", "style", "noscript", "template", "link", "meta", "base", "svg", "canvas", "audio", "video", "source",
    "track", "picture", "object", "embed", "applet", "iframe", "frame", "frameset", "map", "area", "select", "option",
    "optgroup", "datalist", "input", "button", "label", "textarea", "progress", "meter", "output", "nav", "menu",
    "aside", "footer", "dialog", "blink", "marquee", "img",
)  # fmt: skip
"""Elements that trafilatura throws away in any case, after it has copied them and searched them through, and images,
which are always empty."""
_SAY_SOMETHING_EMPTY = frozenset(("br", "hr", "p", "td", "th", "tr"))
_SHORT = 300
"""Characters; about what trafilatura itself calls a short finding."""
_LEAST_FOUND = 0.2
"""Of the running text: where less is found that was too precise."""
_LEAST_RUNNING = 0.125
"""Of all text: where less is running the text is in boxes that are not paragraphs."""
_LEAST_BESIDE = 200
"""Characters of running text beside readers' comments."""
_ODD = etree.XPath(
    "boolean(.//figure | .//time | .//fieldset | .//noindex | .//fencedframe) or not(.//p//text())"
    " or count(.//table) > count(.//p)"
)
_MOST_COMPARED = 5_000
"""Elements; justext, one of the extractors, takes time with the square of the short paragraphs in a row."""
_ELEMENTS = etree.XPath("count(.//*)")
_NEARLY_ALL = 0.9
"""Of the running text."""
_MOST_ENCLOSING = 20
_LEAST_LETTERS = 15
"""Of a heading that is the headline although the page's title says more; a name has less."""
_HEADLINE = etree.XPath("boolean(.//h1 | .//*[@itemprop='articleBody'])")
_LISTS = ("div", "section", "ol", "ul")
_COMMENTS = ("article", "div", "li", "section")
_MENU = re.compile(r"(?:^|[\s_-])(?:nav|navi|navbar|navigation|menu)(?:$|[\s_-])", re.IGNORECASE)
_LEAST_MENU = 40
"""Characters of a menu."""
_FEW = 2
_COMMENT = re.compile(r"(?:^|[_-])comments?(?![a-z])", re.IGNORECASE)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_INLINE = frozenset((
    "a", "abbr", "b", "br", "cite", "em", "font", "i", "mark", "q", "s", "small", "span", "strong", "sub", "sup", "u",
))  # fmt: skip


def main_text(tree: HtmlElement, title: str = "", url: str | None = None) -> str:
    """What trafilatura takes for the main text of `tree`, a paragraph a line; empty when it finds none.

    `title` and `url` are those of the page. `tree` is used up: afterwards what can never be text and teasers are gone
    from it, and paragraphs have their name.
    """
    _join_headings(tree)
    _name_headline(tree, title)
    unfold_tables(tree)
    _name_paragraphs(tree)
    _free_lead(tree, squeezed(title))
    _free_article(tree, squeezed(title))
    _thin(tree)
    drop_teasers(tree, title, url)
    join_parts(tree)
    text = _found(tree)
    if _drop_menus(tree, text):
        text = _found(tree)
    return max(text, _found(tree), key=len) if part_loose_text(tree, text) else text


def _found(tree: HtmlElement) -> str:
    """What is found in `tree`, which is left as it is: what is no less precise than need be."""
    all_text = len(tree.text_content())
    text = _precisely_found(tree, all_text)
    if _is_hardly_any(text, all_text, tree):
        text = max(text, _less_precisely_found(tree), key=len)
    return text


def _is_hardly_any(text: str, all_text: int, tree: HtmlElement) -> bool:
    """Whether `text` is little of the running text of `tree`, which is a part of `all_text`, so many characters."""
    most = len(text) / _LEAST_FOUND
    return not text or (most < all_text and most < _running(tree))


def _join_headings(tree: HtmlElement) -> None:
    """Takes line ends out of headings that are no longer than one: a headline that is set in two lines is one."""
    for heading in [one for one in tree.iter(*_HEADINGS) if one.find(".//br") is not None]:
        if len(heading.text_content()) <= LONGEST_HEADING:
            for end in list(heading.iter("br")):
                end.tail = f" {end.tail or ''}"
                end.drop_tree()


def _name_headline(tree: HtmlElement, title: str) -> None:
    """Makes the headings that show the page's `title`, whatever stands beside it in them, the same as it."""
    wanted = squeezed(title)
    for heading in tree.iter("h1", "h2") if wanted else ():
        if len(heading) and any(squeezed(text) == wanted for text in (heading.text_content(), *without_ends(heading))):
            del heading[:]
            heading.text = title


def _name_paragraphs(tree: HtmlElement) -> None:
    """Makes boxes that are paragraphs elements ``p``: what stands beside these is dropped where precision is asked for.

    A paragraph is a lead right below the headline, and a box without attributes among elements ``p``; one that has
    some may repeat the text there, or lead elsewhere.
    """
    boxes = [heading.getnext() for heading in tree.iter("h1")]
    for parent in {paragraph.getparent() for paragraph in tree.iter("p")}:
        children = list(parent)
        named = [at for at, child in enumerate(children) if child.tag == "p"]
        boxes += (child for child in children[named[0] : named[-1]] if not child.attrib)
    for box in boxes:
        if box is not None and box.tag == "div" and _is_paragraph(box):
            box.tag = "p"


def _free_lead(tree: HtmlElement, title: str) -> None:
    """Makes the sentences right below the headline a paragraph like any other.

    In an element ``header``, or as a teaser, which some call the lead, they are dropped where precision is asked for.
    """
    for heading in tree.iter("h1"):
        box = heading.getnext()
        if box is None:
            continue
        lead = box[0] if box.tag == "div" and len(box) == 1 and not (box.text or "").strip() else box
        if lead.tag != "p" or not _is_paragraph(lead) or squeezed(heading.text_content()) != title:
            continue
        for element in (box, lead):
            if "teaser" in f"{element.get('class')} {element.get('id')}".lower():
                element.attrib.clear()
        header = next(heading.iterancestors("header"), None)
        if header is not None and "caption" not in lead.get("class", "").lower():
            header.addnext(lead)


def _is_paragraph(box: HtmlElement) -> bool:
    """Whether `box` holds sentences and nothing else, and more of them than of links."""
    if not all(element.tag in _INLINE for element in box.iterdescendants()):
        return False
    text = box.text_content().strip()
    linked = sum(len(link.text_content()) for link in box.iter("a"))
    return len(text) >= LEAST_PARAGRAPH and text.endswith(SENTENCE_ENDS) and 2 * linked < len(text)


def _thin(tree: HtmlElement) -> None:
    """Takes from `tree` what can never be text, readers' comments, and the boxes that are empty then."""
    etree.strip_elements(tree, *_NEVER_TEXT, with_tail=False)
    _drop_comments(tree)
    _drop_empty(tree)


def _drop_empty(tree: HtmlElement) -> None:
    """Takes out of `tree` the boxes in which nothing stands. What stands behind them is joined in one go: behind
    thousands of anchors in a row that is a long text."""
    texts: dict[HtmlElement, list[str]] = {}  # what the text and the tail of an element go on with, the last first
    tails: dict[HtmlElement, list[str]] = {}
    for element in reversed(list(tree.iter(etree.Element))):  # what is inside an element comes before it
        if begun := texts.pop(element, None):
            element.text = (element.text or "") + "".join(reversed(begun))
        tail = tails.pop(element, [])
        says = len(element) or element.tag in _SAY_SOMETHING_EMPTY or ((text := element.text) and not text.isspace())
        if says or (parent := element.getparent()) is None:
            if tail:
                element.tail = (element.tail or "") + "".join(reversed(tail))
            continue
        tail += [element.tail] if element.tail else []
        before = element.getprevious()
        parent.remove(element)
        if tail and before is not None:
            tails[before] = tail
        elif tail:
            texts[parent] = tail


def _free_article(tree: HtmlElement, title: str) -> None:
    """Makes boxes of elements that can never be text and hold the article: its headline, squeezed in `title`, and
    paragraphs, or nearly all paragraphs of the page.

    So does one that is never closed, and ``noscript`` where a script shows the text.
    """
    around = chain.from_iterable(element.iterancestors() for element in tree.iter("h1", "article"))
    inside = (element for element in around if element.tag in _NEVER_TEXT)
    unscripted = (element for element in tree.iter("noscript") if element.find("p") is not None)
    enclosing = list(islice(dict.fromkeys(chain(inside, unscripted)), _MOST_ENCLOSING))
    nearly_all = _NEARLY_ALL * _running(tree) if enclosing else 0
    for element in enclosing:
        shown = (squeezed(heading.text_content()) for heading in element.iter("h1"))
        headed = any(heading in title for heading in shown if len(heading) >= min(_LEAST_LETTERS, len(title)) > 0)
        if _running(element) >= max(_LEAST_BESIDE, 0 if headed else nearly_all):
            element.tag = "div"


def _drop_menus(tree: HtmlElement, found: str) -> bool:
    """Takes out the menus that were `found` to be text, as where the article is shorter. Whether there are any."""
    menus = [box for box in tree.iter(*_LISTS) if _is_menu(box)]
    letters = letters_of(found) if menus else ""
    taken = [menu for menu in menus if letters_of(menu.text_content(), _LEAST_MENU) in letters]
    for menu in taken:
        menu.drop_tree()
    return bool(taken)


def _is_menu(box: HtmlElement) -> bool:
    """Whether `box` is called a menu and holds several names, but neither a headline, a paragraph nor mostly sentences:
    those of Chinese are short."""
    if not _is_called_menu(box.get("class", ""), box.get("id", "")) or _HEADLINE(box):
        return False
    texts = [text.strip() for text in box.itertext()]
    length, sentences = sum(map(len, texts)), sum(len(text) for text in texts if text.endswith(SENTENCE_ENDS))
    return length >= _LEAST_MENU and max(map(len, texts)) < LEAST_PARAGRAPH and 2 * sentences < length


@lru_cache(maxsize=10_000)
def _is_called_menu(classes: str, identity: str) -> bool:
    """Whether one of these says so; most boxes of a site are called as others of it are."""
    return _MENU.search(f"{classes} {identity}") is not None


def _drop_comments(tree: HtmlElement) -> None:
    """Takes out readers' comments, which may be longer than the article: boxes whose heading says that they follow, and
    lists of what is called so.

    Such a box is what begins with that heading, and does not hold the headline, nor nearly all text: "Comment" may also
    stand over an opinion.
    """
    headings = [(element, " ".join(element.text_content().split())) for element in tree.iter("h2", "h3", "h4", "h5")]
    headings = [(element, text) for element, text in headings if LABELS.get(key(text)) is Label.COMMENTS]
    seen: set[tuple[HtmlElement, str]] = set()
    running = _running(tree) if headings else 0
    for heading, text in headings:
        box = heading.getparent()
        while box is not None and (box, text) not in seen and " ".join(box.text_content().split()) == text:
            box = box.getparent()
        if box is None or (box, text) in seen or box.tag not in ("div", "section") or tree not in box.iterancestors():
            continue
        seen.add((box, text))
        if _HEADLINE(box):
            continue
        begins = " ".join(box.text_content().split()).startswith(text)
        if begins and running - (own := _running(box)) >= _LEAST_BESIDE:
            running -= own
            box.drop_tree()
    lists: list[HtmlElement] = []
    for box in tree.iter(*_LISTS):
        if _is_list_of_comments(box) and not (lists and lists[-1] in box.iterancestors(lists[-1].tag)):
            lists.append(box)
    if lists and _running(tree) - sum(map(_running, lists)) >= _LEAST_BESIDE:
        for box in lists:
            box.drop_tree()


def _is_list_of_comments(box: HtmlElement) -> bool:
    """Whether three elements in `box`, and most of them, have one name, which says that they are comments."""
    if len(box) <= _FEW or "comment" not in " ".join([child.get("class", "") for child in box]).lower():
        return False
    names = Counter(child.get("class", "").lstrip().partition(" ")[0] for child in box if child.tag in _COMMENTS)
    name, count = names.most_common(1)[0] if names else ("", 0)
    return count > _FEW and 2 * count > len(box) and _COMMENT.search(name) is not None and not _HEADLINE(box)


def _running(element: HtmlElement) -> int:
    """Characters of running text."""
    characters, paragraphs = 0, set()
    for paragraph in element.iterdescendants(*PARAGRAPHS):
        if next(paragraph.iterancestors(*PARAGRAPHS), None) not in paragraphs:
            characters += len(paragraph.text_content())
        paragraphs.add(paragraph)
    return characters


def _precisely_found(tree: HtmlElement, all_text: int) -> str:
    """As the text of trafilatura's ``bare_extraction`` of a `tree` without scripts where it is precise: its steps,
    without the copies that it takes for others. The finding is compared where that can change anything."""
    from trafilatura.external import compare_extraction  # noqa: PLC0415 - a third of a second that plain text saves
    from trafilatura.htmlprocessing import tree_cleaning  # noqa: PLC0415 - as above

    try:
        body, text = _finding(copy(tree), _options(compared=False, precise=True))
        found = _rendered(body, text)
        if (found and _beyond_doubt(found, body, all_text, tree)) or _ELEMENTS(tree) > _MOST_COMPARED:
            return found
        options = _options(compared=True, precise=True)
        if any("easer" in f"{element.get('class')} {element.get('id')}" for element in tree.iter(etree.Element)):
            body, text = _finding(copy(tree), options)  # it keeps what is called a teaser where it will not compare
        tree = _pruned(copy(tree))
        return _rendered(*compare_extraction(tree_cleaning(copy(tree), options), tree, body, text, options))
    except (TypeError, ValueError):  # what it meets itself by finding nothing
        return ""


def _finding(tree: HtmlElement, options: Any) -> tuple[etree._Element, str]:
    """What trafilatura finds in `tree`, which is used up, before it compares that."""
    from trafilatura import htmlprocessing, xpaths  # noqa: PLC0415 - as above
    from trafilatura.main_extractor import extract_content  # noqa: PLC0415 - as above

    held = list(tree.iter())  # so that each remembers its kind, and need not be made anew by the next step
    try:
        htmlprocessing.convert_tags(htmlprocessing.tree_cleaning(_pruned(tree), options), options)
        htmlprocessing.prune_unwanted_nodes(tree, xpaths.REMOVE_COMMENTS_XPATH)
        body, text = extract_content(tree, options)
    finally:
        held.clear()
    return body, text


def _pruned(tree: HtmlElement) -> HtmlElement:
    """`tree` without the boxes that trafilatura throws away first."""
    from trafilatura import htmlprocessing, xpaths  # noqa: PLC0415 - as above

    htmlprocessing.prune_unwanted_nodes(tree, xpaths.RAW_TREE_PRUNE_XPATH)
    return htmlprocessing.prune_unwanted_nodes(tree, xpaths.REMOVE_COMMENTS_AND_LISTS_XPATH)


def _rendered(body: etree._Element, text: str) -> str:
    """A finding with this `text` as it is written out; empty where that is too short for one."""
    from trafilatura.xml import xmltotxt  # noqa: PLC0415 - as above

    options = _options(compared=False, precise=True)
    rendered: str = xmltotxt(body, options.formatting) if len(text) >= options.min_output_size else ""
    return rendered


def _less_precisely_found(tree: HtmlElement) -> str:
    """What trafilatura finds in `tree`, which is left as it is, where it is less precise; empty for nothing."""
    from trafilatura import bare_extraction  # noqa: PLC0415 - as above
    from trafilatura.settings import Document  # noqa: PLC0415 - as above

    found = bare_extraction(tree, options=_options(compared=_ELEMENTS(tree) <= _MOST_COMPARED, precise=False))
    return found.text if isinstance(found, Document) and found.text else ""


@cache
def _options(*, compared: bool, precise: bool) -> Any:
    """The options of trafilatura, which need not search for the elements that are gone by then, name by name."""
    from trafilatura.settings import MANUALLY_CLEANED as cleaned  # noqa: N811, PLC0415 - as above
    from trafilatura.settings import Extractor  # noqa: PLC0415 - as above

    remember_rules()
    cleaned[:] = (name for name in cleaned if name not in _NEVER_TEXT)
    return Extractor(output_format="python", fast=not compared, precision=precise, comments=False)


def _beyond_doubt(text: str, body: etree._Element, all_text: int, tree: HtmlElement) -> bool:
    """Whether no comparison would change the finding: it is not short, nor odd, nor half of what the page has, in
    paragraphs or, as some pages are written, loose in boxes."""
    if len(text) < _SHORT or _ODD(body):
        return False
    half = 2 * len(text)
    return half > all_text or half > _running(tree) >= _LEAST_RUNNING * all_text
