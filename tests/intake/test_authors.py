"""Authors: what is a name in what files, feeds and pages say of who wrote an article."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.config.sections import TextSettings
from dedup.intake.article import Article
from dedup.intake.authors import LONGEST, LONGEST_NAME, authors_of
from dedup.intake.given import Given
from dedup.intake.json_article import read_record
from dedup.preparation.preparation import digest
from dedup.text.clean import clean
from dedup.text.markup.html import read_html

TEXT = "The council of the port put off its vote on the new quay for the third time this year, its speaker said."


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("Jane Doe", "Jane Doe"),
        ("  By  Jane\n Doe,", "Jane Doe"),
        ("Byron Doe", "Byron Doe"),
        ("Jane Doe; John Roe;Jane Doe", "Jane Doe; John Roe"),
        (["Jane Doe", {"name": "John Roe", "url": "https://quay.example/john"}, 7, None], "Jane Doe; John Roe"),
        ({"@type": "Person", "name": "José Núñez"}, "José Núñez"),
        ([{"by": "By JANE DOE", "byline": "JANE DOE"}], "JANE DOE"),
        ("jane@quay.example (Jane Doe)", "Jane Doe"),
        ("(Jane Doe)", "Jane Doe"),
        ("Jane Doe (dpa)", "Jane Doe (dpa)"),
        ("(dpa) Jane Doe (pool)", "(dpa) Jane Doe (pool)"),
        ("Jane Doe (jane@quay.example)", "Jane Doe"),
        ("Coast Herald (www.quay.example)", "Coast Herald"),
        ("Jane Doe (https://quay.example/jane) and John Roe", "Jane Doe and John Roe"),
        ([{"@type": "Person", "familyName": "Doe", "givenName": "Jane"}, {"familyName": "Roe"}], "Jane Doe; Roe"),
        ("Jane Doe https://quay.example/jane?a=b", "Jane Doe"),
        ("https://www.facebook.com/jane", None),
        ("https://quay.example/Jane_(writer)#life", None),
        ("www.quay.example", None),
        ("<a href='/jane'>Jane</a> D&ouml;e &amp; Sons", "Jane Döe & Sons"),
        ("O'Hara &#59; Roe", "O'Hara; Roe"),
        ("王小明", "王小明"),
        (["", "  ", "123", "|"], None),
        ([["Jane Doe"]], None),
        ({"name": {"name": "Jane"}}, None),
        (7, None),
        (True, None),
        ("x" * (LONGEST_NAME + 1), None),
    ],
)
def test_the_names_in_a_value(value: object, names: str | None) -> None:
    assert authors_of(value) == names


def test_the_first_value_with_names_counts() -> None:
    assert authors_of(None, "", "https://quay.example", [], "Jane Doe", "John Roe") == "Jane Doe"


def test_names_behind_the_limit_are_left_out_whole() -> None:
    found = authors_of([f"Jane Doe the {number}th of Quay" for number in range(40)])
    assert found is not None and LONGEST - 40 < len(found) <= LONGEST
    assert all(name.startswith("Jane") and name.endswith("Quay") for name in found.split("; "))


pieces = st.sampled_from(
    [
        "By ",
        "Jane",
        " ",
        ";",
        "<b>",
        "<",
        ">",
        "a@b.example",
        "https://x",
        "www.",
        "&amp;",
        "&lt;",
        "(",
        ")",
        ",",
        "é",
        "王",
    ]
)
texts = st.lists(pieces, max_size=12).map("".join) | st.text(max_size=50)
values = st.recursive(
    st.none() | st.integers() | texts, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner)
)


@given(values)
def test_whatever_is_given_names_are_bounded_and_on_one_line(value: Any) -> None:
    names = authors_of(value)
    if names is not None:
        assert 0 < len(names) <= LONGEST
        assert "://" not in names.split()
        assert names == " ".join(names.split())


@pytest.mark.parametrize("text", ["x" * 10**6, "x@" * 10**6, "a.b-" * 10**6, "<" * 10**6, "; " * 10**6, "(" * 10**6])
def test_no_text_takes_long(text: str) -> None:
    start = time.process_time()
    authors_of(text, [text] * 50, {"name": text})
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        ({"author": "Jane Doe"}, "Jane Doe"),
        ({"authors": ["Jane Doe", "John Roe"], "author": "Somebody"}, "Jane Doe; John Roe"),
        ({"byline": "By Jane Doe", "pubstatus": "usable"}, "Jane Doe"),
        ({"bylines": [{"byline": "Jane Doe"}], "pubStatus": "usable"}, "Jane Doe"),
        ({"by": "By Jane Doe", "versionCreated": "2026-03-07T12:00:00Z"}, "Jane Doe"),
        ({"by": "the desk", "bylines": ["Jane Doe"], "versioncreated": "2026-03-07T12:00:00Z"}, "Jane Doe"),
        ({"by": "Jane Doe"}, None),
        ({"authors": [{"name": "Jane Doe"}], "content_text": "A text."}, "Jane Doe"),
        ({"author": {"name": "Jane Doe"}, "content_text": "A text."}, "Jane Doe"),
        ({"author": "Ja\0ne\ud800"}, "Jane\ufffd"),
        ({"author": 7, "authors": {}}, None),
        ({}, None),
    ],
)
def test_authors_of_a_json_article(keys: dict[str, Any], names: str | None) -> None:
    article = read_record({"uri": "a:1", "body": "A text."} | keys, Given("f", "ingest", 10_000), "f:1")
    assert isinstance(article, Article)
    assert article.authors == names


def page(*linked: object, meta: str = "") -> str:
    scripts = "".join(f'<script type="application/ld+json">{json.dumps(one)}</script>' for one in linked)
    return (
        f"<html><head><title>Ferry aground</title>{meta}{scripts}</head>"
        f"<body><article><h1>Ferry aground</h1>{f'<p>{TEXT}</p>' * 5}</article></body></html>"
    )


NEWS = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": "Ferry aground"}
OTHER = NEWS | {"headline": "Another one", "author": "John Roe"}


@pytest.mark.parametrize(
    ("markup", "names"),
    [
        (page(NEWS | {"author": {"@type": "Person", "name": "Jane Doe"}}), "Jane Doe"),
        (page(NEWS | {"author": ["Jane Doe", {"name": "John Roe"}]}), "Jane Doe; John Roe"),
        (page(NEWS | {"@type": ["Thing", "BlogPosting"], "author": "Jane Doe"}), "Jane Doe"),
        (
            page(
                {
                    "@context": "https://schema.org",
                    "@graph": [
                        NEWS | {"author": {"@id": "#jane"}},
                        {"@type": "Person", "@id": "#jane", "name": "Jane Doe"},
                    ],
                }
            ),
            "Jane Doe",
        ),
        (page(NEWS | {"author": "Jane Doe"}, OTHER), "Jane Doe"),
        (page(OTHER), "John Roe"),
        (page({"@type": "Article", "author": "Jane Doe"}, {"@type": "Article", "author": "John Roe"}), None),
        (page(NEWS | {"author": "https://quay.example/jane"}, meta='<meta name="author" content="J. Doe">'), "J. Doe"),
        (page({"@type": "Comment", "author": "Somebody"}), None),
        (page({"@type": 7, "@id": [], "author": {"@id": {}}}), None),
        (
            page(meta='<meta name="Author" content="Jane Doe"><meta name="author" content="John Roe">'),
            "Jane Doe; John Roe",
        ),
        (page(meta='<meta property="article:author" content="https://www.facebook.com/jane">'), None),
        (page(meta='<meta name="byl" content="By Jane Doe"><meta name="DC.creator" content="No">'), "Jane Doe"),
        (page(meta="<meta name=author>"), None),
        (page(), None),
    ],
)
def test_authors_of_a_page(markup: str, names: str | None) -> None:
    assert read_html(markup).authors == names


def test_what_the_source_says_goes_before_what_its_page_says() -> None:
    markup = page(NEWS | {"author": "Jane Doe"})
    for given_authors, shown in (
        (None, "Jane Doe"),
        ("", "Jane Doe"),
        ("By  John\tRoe ;", "John Roe"),
        ("\u200b1", None),
    ):
        article = Article("u", markup, content_type="text/html", authors=given_authors)
        assert clean(article, TextSettings(), 1_000_000).authors == shown


def test_an_article_without_authors_keeps_its_digest() -> None:
    assert (
        digest(Article("u", TEXT))
        == digest(Article("u", TEXT, authors=""))
        == bytes.fromhex("41e594030fe2edbfb3a1cad8ec9a6bc6")
    )
    assert digest(Article("u", TEXT, authors="Jane Doe")) != digest(Article("u", TEXT))
