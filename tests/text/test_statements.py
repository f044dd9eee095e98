"""What a page says of itself in its head: what is read of it is what trafilatura reads."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from lxml.html import document_fromstring
from trafilatura.metadata import examine_meta

from dedup.text.markup.html import read_html
from dedup.text.markup.statements import _said_in_head

VALUES = (
    "og:title", "og:url", "og:site_name", "OG:title", "title", "headline", "Headline", "twitter:site",
    "application-name", "twitter:app:name:iphone", "twitter:url", "article:publisher", "copyright", "Publisher",
    "author",
    "http://a.example/x", "https://www.b.example/", "  ", "<b></b>", "A <b>name</b> here", "Another", "",
)  # fmt: skip
metas = st.lists(
    st.dictionaries(
        st.sampled_from(["property", "name", "itemprop", "content", "http-equiv"]), st.sampled_from(VALUES), min_size=1
    ),
    max_size=8,
)


@given(metas)
def test_the_head_is_read_as_by_trafilatura(stated: list[dict[str, str]]) -> None:
    """But for what Open Graph states several times, of which that takes the last."""
    graph = [meta["property"] for meta in stated if meta.get("property", "").startswith("og:")]
    assume(len(set(graph)) == len(graph))
    written = "".join(f"<meta {_attributes(meta)}>" for meta in stated)
    tree = document_fromstring(f"<html><head>{written}</head><body><p>Text</p></body></html>")
    theirs, own = examine_meta(tree), _said_in_head([dict(meta.items()) for meta in tree.iterdescendants("meta")])
    assert (own.title, own.url, own.sitename) == (theirs.title, theirs.url, theirs.sitename)


def test_what_open_graph_states_first_counts() -> None:
    """https://ogp.me: the first tag, from top to bottom, is given preference during conflicts."""
    said = (
        ("title", "Harbour bridge closes"), ("site_name", " "), ("site_name", "Coast Herald"), ("url", "/bridge"),
        ("url", "https://herald.example/bridge"), ("title", "Coast Herald"), ("site_name", "WordPress"),
        ("url", "https://herald.example/"),
    )  # fmt: skip
    head = "".join(f'<meta property="og:{name}" content="{content}">' for name, content in said)
    page = read_html(f"<html><head>{head}</head><body><p>The bridge is closed.</p></body></html>")
    assert (page.title, page.publisher) == ("Harbour bridge closes", "Coast Herald")
    assert page.url == "https://herald.example/bridge"


@pytest.mark.parametrize(
    ("more", "publisher"),
    [
        ("", "herald.example"),
        ('<meta name="twitter:site" content="@coastherald">', "Coastherald"),
        ('<meta property="og:site_name" content="Coast Herald">', "Coast Herald"),
        ('<script type="application/ld+json">{"@context": "https://schema.org", "@type": "NewsArticle", "headline": '
         '"Harbour bridge closes", "publisher": {"name": "The Coast Herald"}}</script>', "The Coast Herald"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "stated",
    [
        '<meta property="article:publisher" content="https://www.facebook.com/coastherald">',
        '<meta property="og:site_name" content="https://herald.example">',
    ],
)
def test_an_address_is_no_name_of_a_publisher(stated: str, more: str, publisher: str) -> None:
    head = f'<link rel="canonical" href="https://herald.example/bridge">{stated}{more}'
    page = read_html(f"<html><head>{head}</head><body><h1>Harbour bridge closes</h1></body></html>")
    assert page.publisher == publisher


def _attributes(meta: dict[str, str]) -> str:
    return " ".join(f'{name}="{escape(value)}"' for name, value in meta.items())
