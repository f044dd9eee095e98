"""Rules that remember give what the expressions give that they were made of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from lxml.html import HTMLParser, document_fromstring
from trafilatura import xpaths

from dedup.text.markup import remembered_rules
from dedup.text.markup.remembered_rules import Box, RememberedRule, remember_rules, remembered

from .page_shapes import SHAPES

remember_rules()
RE = {"re": "http://exslt.org/regular-expressions"}
WORDS = (
    "comment", "comments", "comment-list", "comol", "share", "shar", "social", "sidebar", "related", "cookie", "teaser",
    "hidden", "article-body", "content", "main", "story", "post-text", "hide-", "mvp-post-add-box", "infinite-scroll",
    "link", "bottom", "caption", "author", "entry-content", "nav", "x",
)  # fmt: skip
ATTRIBUTES = ("class", "id", "style", "role", "itemprop", "data-component", "aria-hidden")


def rules() -> Iterator[RememberedRule]:
    for found in vars(xpaths).values():
        if isinstance(found, list):
            yield from (rule for rule in found if isinstance(rule, RememberedRule))


def test_the_rules_that_cost_most_remember() -> None:
    for name in ("OVERALL_DISCARD_XPATH", "REMOVE_COMMENTS_XPATH", "TEASER_DISCARD_XPATH"):
        assert all(isinstance(rule, RememberedRule) for rule in getattr(xpaths, name)), name


@pytest.mark.parametrize("shape", SHAPES, ids=[shape.name for shape in SHAPES])
def test_on_pages_they_give_the_same(shape: object) -> None:
    tree = document_fromstring(shape.as_html)  # type: ignore[attr-defined]
    for rule in rules():
        assert rule(tree) == rule.expression(tree) == rule(tree)


@pytest.mark.parametrize("shape", SHAPES, ids=[shape.name for shape in SHAPES])
def test_boxes_that_know_their_kind_give_the_same(shape: object) -> None:
    parser = HTMLParser()
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=Box))
    tree = document_fromstring(shape.as_html, parser=parser)  # type: ignore[attr-defined]
    held = list(tree.iter(etree.Element))
    for rule in rules():
        assert rule(tree) == rule.expression(tree) == rule(tree)
    assert any(box.answers for box in held)


@pytest.mark.parametrize("shape", SHAPES, ids=[shape.name for shape in SHAPES])
def test_boxes_tell_the_text_that_others_tell(shape: object) -> None:
    tree = document_fromstring(shape.as_html)  # type: ignore[attr-defined]
    for element in tree.iter(etree.Element):
        assert Box.text_content(element) == element.text_content()


def test_boxes_find_what_others_find() -> None:
    parser = HTMLParser()
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=Box))
    markup = "<div><p id='1'><a>One</a></p><p>Two <b><a>three</a></b></p></div>"
    tree, other = document_fromstring(markup, parser=parser), document_fromstring(markup)
    for path in (".//a", ".//p", ".//img", ".//*", ".//p/a", ".//p[@id]", ".//p//a", "body", ".", ".//html"):
        assert [box.tag for box in tree.findall(path)] == [element.tag for element in other.findall(path)]
        first, others = tree.find(path), other.find(path)
        assert (None if first is None else first.tag) == (None if others is None else others.tag)
    assert isinstance(tree, Box)


values = st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join)
boxes = st.tuples(
    st.sampled_from(["div", "p", "section", "span", "article", "aside", "ol", "list", "h1", "main"]),
    st.dictionaries(st.sampled_from(ATTRIBUTES), values, max_size=3),
    st.integers(0, 3),
)


@given(st.lists(boxes, max_size=12))
def test_on_any_boxes_they_give_the_same(made: list[tuple[str, dict[str, str], int]]) -> None:
    tree = etree.Element("body")
    for name, attributes, up in made:
        parent = list(tree.iter())[-1 - up % len(list(tree.iter()))]
        etree.SubElement(parent, name, attributes)
    for rule in rules():
        assert rule(tree) == rule.expression(tree)


@pytest.mark.parametrize(
    "path",
    [
        ".//p",
        "//*[@id='a']",
        ".//*[contains(., 'x')]",
        ".//*[contains(text(), 'x')]",
        ".//*[@id='a']/p",
        ".//*[@id='a']|.//p",
        "(.//*[@id='a'])[2]",
        "(.//*[@id='a'][.//p])[1]",
        ".//*[parent::div or @id='a']",
        ".//*[p='x' or @id='a']",
        ".//*[@id='a' or @lang='de']",
    ],
)
def test_what_asks_for_more_than_attributes_is_left_alone(path: str) -> None:
    expression = etree.XPath(path)
    assert remembered(expression) is expression


@pytest.mark.parametrize("more", ["[not(.//h1)]", "[1]", "[last()]", "[.//h1 or contains(., '1')]"])
def test_a_test_of_more_is_asked_where_the_attributes_match(more: str) -> None:
    expression = etree.XPath(f".//*[self::div][re:test(@class, 'a[.]b')]{more}", namespaces=RE)
    rule = remembered(expression)
    assert isinstance(rule, RememberedRule)
    some = etree.fromstring("<x><div class='a.b'><h1/></div><div class='a.b' id='1'>1</div><div class='ab'/></x>")
    none = etree.fromstring("<x><div class='ab'/></x>")
    assert rule(some) == expression(some) != []
    assert rule(none) == []


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered_rules, "MOST", 3)
    monkeypatch.setattr(remembered_rules, "_kinds", {})
    rule = remembered(etree.XPath(".//*[contains(@id, '7')]"))
    tree = etree.Element("body")
    for number in range(20):
        etree.SubElement(tree, "p", id=f"{number}{'x' * 300 * (number % 2)}")
    assert isinstance(rule, RememberedRule)
    assert rule(tree) == rule.expression(tree)
    assert 0 < len(remembered_rules._kinds) <= 3
    assert "contains(@id" in repr(rule)
