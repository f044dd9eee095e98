"""trafilatura's rules about boxes, each asked only once for every kind of box.

Most of what trafilatura does to a page of a few hundred elements is asking XPath expressions whether the id or class of
each names something that is no article: ``.//*[self::div or self::p][re:test(@class, '...')]``. Such an answer depends
on the name and those attributes alone, and a page, let alone a site, has the same few over and over. So it is
remembered, which takes a tenth of the time and changes no answer. An expression of any other form is left as it is.

Asking a box for its attributes is dearer than all the rest then. So a `Box` remembers, too, of which kind it is, for as
long as it is held: all rules together read its attributes once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

MOST = 10_000
"""Kinds of boxes that are remembered, some 10 MB; then it begins anew."""
_LONGEST = 200
"""Characters of an attribute; a longer one will hardly come again."""
_ATTRIBUTES = frozenset((
    "class", "id", "style", "role", "itemprop", "aria-hidden", "data-component", "data-lp-replacement-content",
))  # fmt: skip
"""What makes a kind. A rule that asks for other attributes is left as it is."""
_NAMESPACES = {"re": "http://exslt.org/regular-expressions"}
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"")
_NAMES = r"\[\s*self::\w+(?:\s+or\s+self::\w+)*\s*\]"
_TEST = (
    r"\[(?:\s|[,|=()]|'_*'|@[\w-]+|self::\w+|\b(?:or|and)\b|\b(?:not|contains|translate|starts-with|re:test)\s*\()+\]"
)
_PLAIN = re.compile(rf"\s*\.//\*\s*(?P<names>{_NAMES})?(?P<tests>(?:\s*{_TEST})+)\s*(?P<more>\[[^\[\]]*\])?\s*")
_FIRST_OF_PARENT = "[1]"
_FIRST = re.compile(r"\s*\((?P<inner>.*)\)\s*\[1\]\s*", re.DOTALL)


Answers = dict[Any, bool]
"""Of rules about one kind of boxes; by the rule, and by the name of the box where the rule tells names."""

_kinds: dict[tuple[tuple[str, str], ...], Answers] = {}


class Box(HtmlElement):  # type: ignore[misc]
    """An element that remembers the answers about its kind while it is held, and gives its text faster than others.

    Its attributes that make the kind must not change between two rules that ask about it. trafilatura takes some from
    headings and from what it has moved into its finding, which no rule is asked about before and after.
    """

    answers: Answers | None = None

    def text_content(self) -> str:
        """All text in it."""
        text: str = etree.tostring(self, encoding="unicode", method="text", with_tail=False)
        return text

    def find(self, path: str, namespaces: dict[str, str] | None = None) -> etree._Element | None:
        """The first that `findall` gives."""
        if path.startswith(".//") and path[3:].isalpha():
            return next(self.iterdescendants(path[3:]), None)
        found: etree._Element | None = super().find(path, namespaces)
        return found

    def findall(self, path: str, namespaces: dict[str, str] | None = None) -> list[etree._Element]:
        """As that of others. Most `path`s ask for all elements of a name inside this one, which needs no reading."""
        if path.startswith(".//") and path[3:].isalpha():
            return list(self.iterdescendants(path[3:]))
        found: list[etree._Element] = super().findall(path, namespaces)
        return found


class RememberedRule:
    """As the `expression` that it was made of."""

    def __init__(self, expression: etree.XPath, inner: str, form: re.Match[str], *, first: bool) -> None:
        names, tests = form.span("names"), form.span("tests")
        self.expression = expression
        self._names: Sequence[Any] = re.findall(r"self::(\w+)", inner[slice(*names)]) or [etree.Element]
        self._tells_names = "self::" in form["tests"]
        self._matches = etree.XPath(f"boolean(self::*{inner[slice(*tests)]})", namespaces=_NAMESPACES)
        self._first = first
        self._more = form["more"]

    def __call__(self, tree: etree._Element) -> list[Any]:
        """The elements below `tree` that match, in their order."""
        found = self._found(tree)
        if self._first:
            return list(islice(found, 1))
        if self._more == _FIRST_OF_PARENT:
            return list(_first_of_each_parent(found))
        if self._more is not None:
            return [] if next(found, None) is None else list(self.expression(tree))
        return list(found)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.expression})"

    def _found(self, tree: etree._Element) -> Iterator[etree._Element]:
        tells_names = self._tells_names
        for element in tree.iterdescendants(*self._names):
            answers = getattr(element, "answers", None)
            if answers is None:
                answers = _answers(element)
            asked = (self, element.tag) if tells_names else self
            matches = answers.get(asked)
            if matches is None:
                matches = answers[asked] = self._matches(element)
            if matches:
                yield element


def _answers(element: etree._Element) -> Answers:
    """What is remembered of the kind of `element`."""
    kind = tuple([item for item in element.items() if item[0] in _ATTRIBUTES])
    answers = _kinds.get(kind)
    if answers is None:
        answers = {}
        if all(len(value) <= _LONGEST for _, value in kind):
            if len(_kinds) >= MOST:
                _kinds.clear()
            _kinds[kind] = answers
    if isinstance(element, Box):
        element.answers = answers
    return answers


def _first_of_each_parent(elements: Iterator[etree._Element]) -> Iterator[etree._Element]:
    parents = set()
    for element in elements:
        parent = element.getparent()
        if parent not in parents:
            parents.add(parent)
            yield element


def remembered(expression: etree.XPath) -> RememberedRule | etree.XPath:
    """`expression` with a memory, or itself where its answer may depend on more than an element's own attributes."""
    path = expression.path
    # What stands between quotation marks may look like anything; its length is kept.
    bare = _LITERAL.sub(lambda literal: f"'{'_' * (len(literal[0]) - 2)}'", path)
    first = _FIRST.fullmatch(bare)
    start, end = first.span("inner") if first else (0, len(path))
    form = _PLAIN.fullmatch(bare[start:end])
    if form is None or (first and form["more"]) or not _ATTRIBUTES.issuperset(re.findall(r"@([\w-]+)", form["tests"])):
        return expression
    return RememberedRule(expression, path[start:end], form, first=first is not None)


def remember_rules() -> None:
    """Lets the rules that trafilatura has in this process remember their answers. Once is enough."""
    from trafilatura import xpaths  # noqa: PLC0415 - a third of a second that plain text saves

    for rules in vars(xpaths).values():
        if isinstance(rules, list):
            rules[:] = [remembered(rule) if isinstance(rule, etree.XPath) else rule for rule in rules]
