"""The agency that a syndicated text comes from, as the text itself says: in its dateline, its byline or its end.

Only a statement in the usual place and form counts: one agency mentioned in a sentence, credited for a photograph or
thanked for a contribution says nothing about who wrote the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dedup.text.agencies import AGENCIES, AMBIGUOUS
from dedup.text.byline import is_author

DATELINE, BYLINE, END = 2, 4, 8
"""Where in a text an agency may be named, a bit each; beside those of `dedup.text.plain`."""

_HEAD = 240
"""Characters in which a dateline ends."""
_BYLINES = 3
"""Lines at the beginning, blank ones left out, that may be bylines."""
_LONGEST_BYLINE = 100
_TAIL = 320
"""Characters in which an agency signs."""
_SIGNATURE = 24
"""Characters of a line that is nothing but its name."""

_FORMS = {form.casefold(): name for name, forms in AGENCIES.items() for form in (name, *forms)}
_CLEAR = {form: name for form, name in _FORMS.items() if form not in AMBIGUOUS}
LAST_WORDS = frozenset(form.split()[-1] for form in _CLEAR)
_WIDE = tuple(form for form in _FORMS if form[0] >= "\u3000")
_DATELINE = re.compile(
    r"\((?P<names>[^()\n]{2,60})\)\s?(?:[.:,]?\s?[-‐-―−]|:)|\([^()\n]{1,20}=(?P<signed>[^()\n]{2,20})\)"
)
_SIGN = re.compile(r"[（【［\[/–—-]")
_AT_SIGN = re.compile(r"[（【［\[](?P<bracket>[^（）【】［］\[\]\n]{2,40})[）】］\]]")
_BEFORE_SIGN = re.compile(
    r"[\s\w]/ ?(?P<slashes>[^/\n]{3,20})/(?=[.\s])"
    r"|\s[-–—]\s(?P<dash>[^\n.,:-]{4,20})[.:\n]"
    r"|\w-(?P<glued>[^\W\d_]{4,10})\n"
)
_BEGINNING = re.compile(r"(?P<begins>新华社|新華社|路透社|法新社|美联社)[^\n。]{2,20}电")
_BY = re.compile(
    r"(?:by|from|von|par|por|di|da|av|af|door|автор|источник|source|quelle|fuente|fonte)\b[ :]*", re.IGNORECASE
)
_SOURCE = re.compile(
    r"(?:source|quelle|fuente|fonte|kaynak|źródło|zdroj|bron|sumber|nguồn|πηγή|источник|джерело|المصدر) ?[:：] ?",
    re.IGNORECASE,
)
ROLES = frozenset({"Writer", "Writers", "Correspondent", "Correspondents", "Reporter", "Reporters"})
_COPYRIGHT = re.compile(r"(?:©|\(c\)|\bcopyright\b)[\s\d,©–-]*(?:by )?(?P<owner>[^\n.,;|()]{2,40})", re.IGNORECASE)
_REUTERS = re.compile(
    r"\((?:additional )?reporting (?:and writing )?by\b[^()]{3,250}\bediting by\b[^()]{3,80}\)\W*$", re.IGNORECASE
)
_SENTENCE_ENDS = tuple('.!?…。！？।"”’»')
_SEPARATORS = re.compile(r"[/=;,|]|\s(?:and|und|et|y|e|en)\s")


def origin_of(text: str, body: str, stated: str | None, places: int = DATELINE | BYLINE | END) -> str | None:
    """The name of the agency in `dedup.text.agencies`, or None.

    `text` is all that came, in normal form, `body` what was kept of it, `stated` the publisher that a line with the
    date names. Nothing is looked for but in `places`. Some microseconds for a text that names none.
    """
    said = _clear(stated) if stated else None
    if said is None and places & DATELINE:
        said = _in_dateline(body[:_HEAD])
    if said is None and places & BYLINE:
        said = _in_byline(body)
    return _at_end(text) if said is None and places & END else said


def _in_dateline(head: str) -> str | None:
    """``LONDON (Reuters) -``, ``(서울=연합뉴스)``, ``МОСКВА. /ТАСС/.``, ``【ロンドン共同】``, ``新华社北京电``,
    ``القدس - أ ف ب:``."""
    if "(" in head:
        for found in _DATELINE.finditer(head):
            if (name := _first_of(found["names"] or found["signed"])) is not None:
                return name
    if not head.isascii():
        for found in _elsewhere(head):
            names = found[found.lastgroup or 0]
            if (
                name := _first_of(names) or (_behind_place(names) if found.lastgroup == "bracket" else None)
            ) is not None:
                return name
    return None


def _elsewhere(head: str) -> Iterator[re.Match[str]]:
    """What may name an agency in ways that English does not know, in order; none overlaps another."""
    end = 0
    if (begins := _BEGINNING.match(head)) is not None:
        end = begins.end()
        yield begins
    for sign in _SIGN.finditer(head):
        at = sign.start()
        found = _BEFORE_SIGN.match(head, at - 1) if at > end else None
        if found is None and at >= end:
            found = _AT_SIGN.match(head, at)
        if found is not None:
            end = found.end()
            yield found


def _first_of(names: str) -> str | None:
    """The agency that stands first in ``dpa/AFP``; one behind a photographer's name does not."""
    return _FORMS.get(_SEPARATORS.split(names, maxsplit=1)[0].strip(" .").casefold().removeprefix("the "))


def _behind_place(names: str) -> str | None:
    """The agency that a bracket ends with, without a sign between the place and it."""
    return next((_FORMS[form] for form in _WIDE if names.endswith(form)), None)


def _in_byline(body: str) -> str | None:
    """``By Jane Doe, Associated Press``, ``Reuters``."""
    first = [line for line in body[: 2 * _LONGEST_BYLINE].split("\n", 2 * _BYLINES)[:-1] if line]
    for line in first[:_BYLINES]:
        rest, _, last = line.rstrip(" .:").rpartition(" ")
        if last in ROLES:
            rest, _, last = rest.rpartition(" ")
        if last.casefold() in LAST_WORDS and len(line) <= _LONGEST_BYLINE:
            name = _byline(f"{rest} {last}".lstrip())
            if name is not None:
                return name
    return None


def _byline(line: str) -> str | None:
    by = _BY.match(line)
    named = line[by.end() :] if by else line
    name = _clear(named)
    if name is not None:
        return name
    *authors, last = (part.strip() for part in _SEPARATORS.split(named))
    name = _clear(last)
    return name if authors and (by is not None or is_author(f"By {' and '.join(authors)}")) else None


def _clear(name: str) -> str | None:
    return _CLEAR.get(name.strip().casefold().removeprefix("the "))


def _at_end(text: str) -> str | None:
    """``© 2017 AFP``, ``(Reporting by ...; Editing by ...)``, ``he said. - Reuters``, ``dpa/lnw``, ``Kaynak: AA``."""
    last = text[text.rfind("\n") + 1 :] if len(text) < _TAIL else text[-_TAIL:].rpartition("\n")[2]
    if len(last) <= _SIGNATURE and (name := _signature(last)) is not None:
        return name
    tail = text[-_TAIL:]
    if "©" in tail or "opyright" in tail or "(c)" in tail:
        for found in _COPYRIGHT.finditer(tail):
            if (name := _clear(found["owner"])) is not None:
                return name
    if "diting by" in tail and _REUTERS.search(tail) is not None:
        return "Reuters"
    if last.endswith(")"):
        start = last.rfind("(")
        return _first_of(last[start + 1 : -1]) if _ends_sentence(last[:start]) else None
    start = max(map(last.rfind, "-–—"))
    return _clear(last[start + 1 :].rstrip(".")) if _ends_sentence(last[: max(start, 0)]) else None


def _signature(line: str) -> str | None:
    """The agency of a `line` that is nothing but its name, also behind what says that it is the source."""
    said = _SOURCE.match(line)
    return _first_of(line[said.end() :]) if said else _clear(line.strip(" .()").partition("/")[0])


def _ends_sentence(text: str) -> bool:
    return text.rstrip().endswith(_SENTENCE_ENDS)
