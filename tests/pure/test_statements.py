"""What a page says of itself in its head: what is read of it is what trafilatura reads."""

from __future__ import annotations

from html import escape

from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring
from trafilatura.metadata import examine_meta

from dedup.text.statements import _said_in_head

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
    written = "".join(f"<meta {_attributes(meta)}>" for meta in stated)
    tree = document_fromstring(f"<html><head>{written}</head><body><p>Text</p></body></html>")
    theirs, own = examine_meta(tree), _said_in_head([dict(meta.items()) for meta in tree.iterdescendants("meta")])
    assert (own.title, own.url, own.sitename) == (theirs.title, theirs.url, theirs.sitename)


def _attributes(meta: dict[str, str]) -> str:
    return " ".join(f'{name}="{escape(value)}"' for name, value in meta.items())
