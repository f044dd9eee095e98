"""At least twenty shapes of news pages, as HTML and as text: the article is kept whole, what is around it is not."""

from __future__ import annotations

import pytest

from dedup.config.sections import TextSettings
from dedup.intake.article import Article
from dedup.text.clean import clean

from .page_shapes import SHAPES, Shape

CASES = [(shape, form) for shape in SHAPES for form in shape.forms]


@pytest.mark.parametrize(("shape", "form"), CASES, ids=[f"{shape.name}-{form}" for shape, form in CASES])
def test_the_article_of_a_page(shape: Shape, form: str) -> None:
    body, kind = (shape.as_html, "text/html") if form == "html" else (shape.as_text, "text/plain")
    found = clean(Article("page", body, content_type=kind), TextSettings(), 1_000_000)
    text = " ".join(found.body.split())
    assert [one for one in shape.kept if one not in text] == []
    assert [one for one in shape.lost if one in text] == []
    assert found.title == shape.title
