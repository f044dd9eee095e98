"""The text of a whole page: the page's own article, without the site's noise and the other articles on it.

A crawler's plain text of a page is the article between menus, buttons, captions, an invitation to comment and the
texts of other articles. A clean body is none of that and passes unchanged: whatever is cut is cut because a line of
furniture (`dedup.text.furniture`) or a headline printed twice in a row says so, never because of its shape alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from dedup.text.byline import Byline, is_author, read_byline
from dedup.text.furniture import (
    CAPTION,
    LABELS,
    OPENINGS,
    SENTENCES,
    TIME_AGO,
    WORDS_OF_SENTENCES,
    Label,
    credit_in,
    is_trail,
    key,
)
from dedup.text.glance import Glance, glance_at
from dedup.text.lines import FULL_STOPS, LONGEST_HEADLINE, SENTENCE_ENDS, is_headline, is_prose, words_of

_LONGEST_LEAD = 40  # characters of "Read also" before its colon
_LONGEST_NOTE = 320
_HEAD_LINES = 60  # lines in which the page's headline must stand
_POINTS = {Label.OTHERS: 2, Label.COMMENTS: 2, Label.NOISE: 1, Label.AGO: 1, Label.MENU: 0.5}
"""What a line of furniture adds to the evidence that a text is a whole page. Links inside an article are none."""
_PAGE_POINTS = 2
_AT_AN_END = frozenset((Label.OTHERS, Label.COMMENTS, Label.AGO))
"""Furniture that may stand where an article ends; other than that only headlines do."""
_ENOUGH_WORDS = 20  # words of prose that an article has before other articles can follow it
_MOST_LINES = 2_000  # lines examined for sentences of the site; no page of news has more
_NEAR = 12  # lines, blank ones too, in which what belongs to a headline or heading stands
_WRAPPED = 100  # characters that a line of wrapped text never has
_LEAST_BELOW = 10  # words that stand below a headline at least
_LINKS = 6  # headlines that follow "Read also" at most
_HEADING = re.compile(r"#{1,6} (\S.*?)(?: #+)?")
_IN_BRACKETS = re.compile(r"[(\[（][^()\[\]（）]*[)\]）]")


@dataclass(frozen=True, slots=True)
class Page:
    """The page's own article. `title` is empty, `publisher` and `published_at` are None where the page has none.

    `rest` is what stands below it from another article on, empty where there is none.
    """

    title: str
    body: str
    publisher: str | None = None
    published_at: datetime | None = None
    rest: str = field(default="", compare=False)


def read_page(text: str, title: str = "", seen: Glance | None = None) -> Page:
    """The article in `text`, which is in normal form; `title` is the article's, empty where it is not known yet.

    `seen` is what a glance at the text shows, where that is known. Linear in the length of `text`. A clean text with a
    known title costs some microseconds and comes back as it is, but for a first line that is the title again.
    """
    suspects, may_repeat, addressed = seen or glance_at(text)
    closely = bool(suspects or addressed or may_repeat)
    lines = text.split("\n") if closely else [text.partition("\n")[0]]
    labels = _labels(lines, suspects)
    _label_sentences(lines, labels, addressed)
    twice = _printed_twice(lines) if may_repeat else set()
    if title and not (labels or twice) and key(lines[0]) != key(title):
        return Page(title, text)
    if not closely:
        lines = text.split("\n")
    # What those say who were asked may stand below "Comments:" in an article.
    doubtful = {at for at, label in labels.items() if label is Label.COMMENTS and lines[at].endswith((":", "："))}
    points = sum(_POINTS.get(label, 0) for at, label in labels.items() if at not in doubtful)
    is_page = points + len(twice) >= _PAGE_POINTS
    if not is_page:  # names of sections are just words then
        doubtful |= {at for at, label in labels.items() if label in (Label.MENU, Label.AGO)}
        labels = {at: label for at, label in labels.items() if at not in doubtful}
    headline, start = _headline(lines, labels, title, twice, is_page=is_page)
    if not (labels or twice or start):
        return Page(title, text)
    end = _end(lines, labels, twice, start, key(headline))
    bylines = _bylines(lines, labels, start, end) if is_page or (start and not title) else {}
    kept = _kept(lines, labels, bylines, start, end, is_page=is_page)
    said = list(bylines.values())
    below = end if labels.get(end) is not Label.COMMENTS else len(lines)
    return Page(
        headline,
        kept,
        next((byline.publisher for byline in said if byline.publisher), None),
        next((byline.published_at for byline in said if byline.published_at), None),
        "\n".join(lines[below:]),
    )


def is_all_of(page: Page, title: str, text: str) -> bool:
    """Whether `page`, read in `text` with this title, is just these two: nothing was found in the text."""
    return page.body is text and page == Page(title, text) and not page.rest


def _labels(lines: list[str], suspects: Iterable[int]) -> dict[int, Label]:
    """The lines of furniture, by index; only `suspects` can be."""
    found = {}
    for at in suspects:
        line = lines[at]
        if len(line) > LONGEST_HEADLINE or not line:
            continue
        kind = furniture_of(line)
        if kind is not None and not (line[0].islower() and _goes_on(lines, at)):
            found[at] = kind
    return found


def furniture_of(line: str) -> Label | None:
    """What `line` is by itself, if it is furniture."""
    name = key(line)
    label = LABELS.get(name)
    if label is not None:
        counted = line[:1].isdigit() or line[-1:].isdigit() or line.endswith(")")
        return None if counted and label not in (Label.OTHERS, Label.COMMENTS) else label
    if ":" in line[:_LONGEST_LEAD] or "|" in line[:_LONGEST_LEAD] or "：" in line[:_LONGEST_LEAD]:
        return Label.LINK if _introduces_a_link(line) else None
    return Label.AGO if len(line) < 30 and TIME_AGO.search(line) else None


def _goes_on(lines: list[str], at: int) -> bool:
    """Whether the line before breaks off in a sentence, as in wrapped text, which then goes on in this line."""
    return at > 0 and lines[at - 1] != "" and not lines[at - 1].endswith(SENTENCE_ENDS)


def _label_sentences(lines: list[str], labels: dict[int, Label], addressed: Iterable[int]) -> None:
    """Adds the sentences of the site to its readers; only the lines `addressed` can be."""
    for at in addressed:
        if at >= _MOST_LINES:
            break
        is_short = at not in labels and len(lines[at]) <= _LONGEST_NOTE
        if is_short and _to_readers(lines[at]) and not _wrapped(lines, at):
            labels[at] = Label.NOISE


def _to_readers(line: str) -> bool:
    """Whether `line`, no longer than `_LONGEST_NOTE`, holds a sentence of the site to its readers."""
    if OPENINGS.match(line):
        return True
    folded = line.casefold()
    turkish = "ı" in folded or "\u0307" in folded  # an i to a pattern, none to a search for words
    may_be = range(len(SENTENCES)) if turkish else [place for word, place in WORDS_OF_SENTENCES if word in folded]
    return any(SENTENCES[place].search(line) for place in dict.fromkeys(may_be))


def _wrapped(lines: list[str], at: int) -> bool:
    """Whether the line is the rest of a sentence or has its own rest below."""
    line = lines[at]
    below = lines[at + 1] if at + 1 < len(lines) else ""
    return (line[:1].islower() and _goes_on(lines, at)) or (below[:1].islower() and not line.endswith(SENTENCE_ENDS))


def _introduces_a_link(line: str) -> bool:
    """Whether `line` is "Read also: a headline"."""
    for sign in (":", "|", "："):
        before, found, after = line[:_LONGEST_LEAD].partition(sign)
        if found and after and LABELS.get(key(before)) in (Label.READ_ALSO, Label.OTHERS):
            return not line.endswith(FULL_STOPS)
    return False


def _printed_twice(lines: list[str]) -> set[int]:
    """The lines in which a headline is printed that comes twice or more in a row, blank lines between them or not, but
    for the last.

    What comes so in several places is no headline, but what the site prints below its pictures.
    """
    found: dict[str, list[list[int]]] = {}
    last, repeats = -1, False
    for at, line in enumerate(lines):
        if not line:
            continue
        repeated, repeats = repeats, last >= 0 and line == lines[last] and is_headline(line)
        if repeats and repeated:
            found[line][-1].append(last)
        elif repeats:
            found.setdefault(line, []).append([last])
        last = at
    return {at for places in found.values() if len(places) == 1 for at in places[0]}


def _headline(
    lines: list[str], labels: dict[int, Label], title: str, twice: set[int], *, is_page: bool
) -> tuple[str, int]:
    """The headline and the index of the first line below it; 0 when no line of the text is the headline."""
    head: list[int] = []  # what stands above the first sentence
    for at, line in islice(enumerate(lines), _HEAD_LINES):
        if line and at not in labels:
            if head and is_prose(line) and not (title and key(line) == key(title)):
                break
            head.append(at)
    if title:
        wanted = key(title)
        same = [at for at in (head if is_page else head[:1]) if key(lines[at]) == wanted]
        return title, _below(lines, same[0]) if same and _enough_below(lines, same[0]) else 0
    for at in head:
        if at in twice:
            return _unmarked(lines[at]), _below(lines, at)
    if not is_page:
        # Above the headline of what is no page to look at may stand the name of its publisher, no more.
        named = len(head) > 1 and not is_headline(lines[head[0]]) and _is_dated(lines, labels, head[1])
        head = head[1:2] if named else head[:1]
    for at in head:
        line = _unmarked(lines[at])
        if (
            is_headline(line)
            and _IN_BRACKETS.fullmatch(line) is None
            and not is_trail(line)
            and not _caption(line)
            and not is_author(line)
            and read_byline(line) is None
            and _article_follows(lines, labels, at)
        ):
            return line, _below(lines, at)
    return "", 0


def _unmarked(line: str) -> str:
    """`line` without what makes it a heading in Markdown."""
    marked = _HEADING.fullmatch(line) if line.startswith("#") else None
    return marked[1] if marked else line


def _below(lines: list[str], at: int) -> int:
    """The index below the headline at `at` and its repetitions."""
    below = at + 1
    for next_at in range(below, min(below + 5, len(lines))):
        if lines[next_at] == lines[at]:
            below = next_at + 1
    return below


def _enough_below(lines: list[str], at: int) -> bool:
    """Whether what stands below the line at `at` can be a text by itself."""
    words = 0
    for line in islice(lines, at + 1, None):
        words += words_of(line) if line and line != lines[at] else 0
        if words >= _LEAST_BELOW:
            return True
    return False


def _article_follows(lines: list[str], labels: dict[int, Label], at: int) -> bool:
    """Whether the line at `at` stands over an article rather than being the first line of its text."""
    rest = [(i, line) for i, line in islice(enumerate(lines), at + 1, at + _NEAR) if line and i not in labels]
    if not any(is_prose(line) for _, line in rest) or not _enough_below(lines, at):
        return False
    below, line = rest[0]
    if line[0].islower() or line[0] in ",.;:)":
        return False
    if below > at + 1 or is_author(line) or read_byline(line) is not None:
        return True
    # Right below, without a blank line: text wrapped at some 70 characters has no headline that could be told.
    return any(len(line) >= _WRAPPED for _, line in rest) and len(line) > len(lines[at])


def _end(lines: list[str], labels: dict[int, Label], twice: set[int], start: int, headline: str) -> int:
    """The index of the first line that belongs to readers' comments or to another article."""
    words = 0
    last_prose = start
    dated = start > 0 and _is_dated(lines, labels, start - 1)
    if not (dated or twice or not _AT_AN_END.isdisjoint(labels.values())):
        return len(lines)
    for at in range(start, len(lines)):
        line = lines[at]
        label = labels.get(at)
        if words >= _ENOUGH_WORDS:
            if label is Label.COMMENTS or (label is Label.OTHERS and _headline_follows(lines, labels, at)):
                return at
            if at in twice and key(line) != headline and _another_article(lines, labels, twice, at):
                return at
            if label is Label.AGO and words >= 3 * _ENOUGH_WORDS:
                return last_prose + 1
            if dated and label is None and _stands_alone(lines, at) and _is_dated(lines, labels, at):
                return at
        if label is None and line and is_prose(line):
            words += words_of(line)
            last_prose = at
    return len(lines)


def _headline_follows(lines: list[str], labels: dict[int, Label], at: int) -> bool:
    """Whether headlines, or nothing, stand below the heading at `at`; a sentence there is the article going on, and so
    is one below a word or two, which are the heading of its next section."""
    near = range(at + 1, min(at + _NEAR, len(lines)))
    below = list(islice((lines[i] for i in near if lines[i] and i not in labels), 2))
    first, second = *below, *[""] * (2 - len(below))
    return not is_prose(first) and (is_headline(first) or not is_prose(second))


def _another_article(lines: list[str], labels: dict[int, Label], twice: set[int], at: int) -> bool:
    """Whether the headline printed twice at `at` starts another article: a list of such follows, or its byline."""
    if at < max(twice):
        return True
    near = range(at + 1, min(at + _NEAR, len(lines)))
    return any(labels.get(i) is Label.AGO or (lines[i] and read_byline(lines[i]) is not None) for i in near)


def _stands_alone(lines: list[str], at: int) -> bool:
    """Whether the line at `at` is a headline under a blank line or the end of a sentence."""
    return is_headline(lines[at]) and (not lines[at - 1] or lines[at - 1].endswith(SENTENCE_ENDS))


def _is_dated(lines: list[str], labels: dict[int, Label], at: int) -> bool:
    """Whether the line below the one at `at` says on which day it was published, and a text follows."""
    below = [i for i in range(at + 1, min(at + _NEAR, len(lines))) if lines[i] and i not in labels]
    bylines = (read_byline(lines[i]) for i in below[:2] if not is_prose(lines[i]))
    return any(byline and byline.published_at for byline in bylines) and any(is_prose(lines[i]) for i in below)


def _bylines(lines: list[str], labels: dict[int, Label], start: int, end: int) -> dict[int, Byline]:
    """The lines near the headline that say who published the article, when, or who wrote it; nearest below first."""
    found = {}
    for at in range(start, min(start + _NEAR, end)):
        line = lines[at]
        if not line or at in labels:
            continue
        byline = read_byline(line)
        if byline is None and is_author(line):
            byline = Byline(None, None)
        if byline is not None:
            found[at] = byline
        elif is_prose(line) and not _caption(line):
            break
    for at in range(max(0, start - 8), start):
        byline = read_byline(lines[at]) if lines[at] else None
        if byline is not None:
            found[at] = byline
    return found


def _caption(line: str) -> bool:
    if len(line) > _LONGEST_NOTE:
        return False
    return CAPTION.match(line) is not None or credit_in(line) is not None


def _kept(
    lines: list[str], labels: dict[int, Label], bylines: dict[int, Byline], start: int, end: int, *, is_page: bool
) -> str:
    """The article's lines from `start` to `end` without furniture, at most one blank line in a row."""
    kept: list[str] = []
    in_text = False  # below the first sentence
    links = 0  # headlines that may still follow "Read also"
    prose = 0  # length of `kept` at its last sentence
    below = False  # furniture stands below the last sentence
    for at in range(start, end):
        line, label = lines[at], labels.get(at)
        if label is not None or at in bylines:
            links = _LINKS if label in (Label.READ_ALSO, Label.OTHERS) else 0
            below = True
            continue
        if not line:
            if kept and kept[-1]:
                kept.append(line)
            continue
        sentence = (is_page or links > 0) and is_prose(line)
        if links and not sentence and is_headline(line) and not _wrapped(lines, at):
            links -= 1
            continue
        links = 0
        if is_page and (_caption(line) or is_trail(line) or (not in_text and not sentence and words_of(line) < 4)):
            continue
        kept.append(line)
        if sentence:
            in_text, prose, below = True, len(kept), False
    if is_page and below and prose:
        del kept[prose:]  # the short lines between the text and the furniture at its foot
    return "\n".join(kept).strip("\n")
