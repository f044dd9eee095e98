"""Teasers around a short article are none of its text; what only looks like them stays."""

from __future__ import annotations

import time

import pytest
from lxml.html import document_fromstring

from dedup.text.markup.html import read_html
from dedup.text.markup.teasers import drop_teasers

HEADLINE = "Harbour bridge at Linnford closes after cracks are found"
PARAGRAPHS = (
    "The road bridge over the harbour was closed to all traffic on Monday after divers found cracks in two piers.",
    "Engineers will need at least three weeks to examine the foundations, the county said in a statement.",
)
TEASERS = (
    ("Fishing fleet of the east to shrink", "It will shrink by a third until the end of the decade, they said."),
    ("Lighthouse museum opens on Gull Point", "The old lighthouse opened as a museum on Saturday after two years."),
    ("Council of Eastport buys a third ferry", "The new boat carries ninety cars and will run from next summer."),
    ("Storm takes the roof off the old cannery", "Nobody was hurt when the roof fell on the quay in the night."),
)
TEXT = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
BOXES = (
    "<div class='card'><h3><a href='/{n}'>{h}</a></h3><p>{s}</p></div>",
    "<div class='card'><span>Sport</span><a href='/{n}'><img src='/i'></a><a href='/{n}'>{h}</a><div>{s}</div></div>",
    "<a href='https://sport.herald.example/{n}'><h3>{h}</h3><p>{s}</p></a>",
    "<li><a href='/{n}'>{h}</a><p>{s}</p></li>",
    "<article><h3><a href='/{n}'>{h}</a></h3><p>{s}</p></article>",
    "<div><p><a href='/{n}'>{h}</a></p><p>{s}</p></div>",
)
PARTS = (
    "<h3><a href='/{n}'>{h}</a></h3><p>{s}</p>",
    "<p><a href='/{n}'><strong>{h}</strong></a><br>{s}</p>",
)
AROUND = (
    "<main><article><h1>{h}</h1>{p}</article><div>{t}</div></main>",
    "<main><article><h1>{h}</h1><div>{t}</div>{p}</article></main>",
    "<div><div><h1>{h}</h1>{p}</div><div><h4>More from the coast</h4></div><section>{t}</section></div>",
)


def body_of(body: str) -> str:
    head = f'<title>{HEADLINE}</title><link rel="canonical" href="https://www.herald.example/bridge">'
    return read_html(f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>").body


def listed(form: str, count: int = len(TEASERS)) -> str:
    return "".join(form.format(n=n, h=headline, s=said) for n, (headline, said) in enumerate(TEASERS[:count]))


@pytest.mark.parametrize("form", [*BOXES, *PARTS])
@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("times", [1, 3])
def test_teasers_around_a_short_article_are_none_of_its_text(form: str, around: str, times: int) -> None:
    body = body_of(around.format(h=HEADLINE, p=TEXT * times, t=listed(form)))
    assert [one for one in PARAGRAPHS if one not in body] == []
    assert [one for pair in TEASERS for one in pair if one in body] == []


@pytest.mark.parametrize("form", BOXES[:2])
def test_boxes_of_teasers_may_stand_among_the_paragraphs(form: str) -> None:
    body = body_of(f"<article><h1>{HEADLINE}</h1>{TEXT}{listed(form)}</article>")
    assert [one for one in PARAGRAPHS if one not in body] == []
    assert TEASERS[0][1] not in body


@pytest.mark.parametrize("form", [*BOXES, *PARTS])
@pytest.mark.parametrize("heading", ["<h4>Related articles</h4>", "<p>Das könnte Sie auch interessieren:</p>"])
def test_under_a_heading_that_says_so_one_teaser_is_enough(form: str, heading: str) -> None:
    body = body_of(f"<article><h1>{HEADLINE}</h1>{TEXT}{heading}{listed(form, 1)}</article>")
    assert [one for one in PARAGRAPHS if one not in body] == []
    assert [one for one in TEASERS[0] if one in body] == []


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (f"<article><h1>{HEADLINE}</h1>{TEXT}{listed(PARTS[0])}</article>", "a round-up under linked headings"),
        (f"<article><h1>{HEADLINE}</h1>{TEXT}{listed(PARTS[1])}</article>", "paragraphs that begin with a link"),
        (f"<div><h1>{HEADLINE}</h1>{listed(BOXES[0])}</div>", "a page of nothing but teasers"),
        (f"<div><h1>{HEADLINE}</h1>{TEXT}<div>{listed(BOXES[0], 2)}</div></div>", "two boxes"),
        (f"<div><h1>{HEADLINE}</h1>{TEXT}<div>{listed(BOXES[0]).replace('/', '#')}</div></div>", "own sections"),
        (f"<div><h1>{HEADLINE}</h1>{TEXT}<ul>{listed(BOXES[3]).replace('/', 'https://b.example/')}</ul></div>",
         "sources elsewhere"),
    ],
)  # fmt: skip
def test_what_may_be_the_article_s_own_stays(body: str, kept: str) -> None:
    tree = document_fromstring(body.replace("<#", "</"))
    before = tree.text_content()
    drop_teasers(tree, HEADLINE, "https://www.herald.example/bridge")
    assert tree.text_content() == before, kept


def test_an_article_that_is_as_long_as_one_is_no_teaser() -> None:
    boxes = "".join(f"<div><h3><a href='/{n}'>{h}</a></h3><p>{s * 5}</p></div>" for n, (h, s) in enumerate(TEASERS))
    tree = document_fromstring(f"<div><h1>{HEADLINE}</h1>{TEXT}{boxes}</div>")
    drop_teasers(tree, HEADLINE, None)
    assert TEASERS[0][0] in tree.text_content()


@pytest.mark.parametrize(
    "markup",
    [
        "<a href='/1'>" * 30_000 + "four words that lead",
        ("<div>" * 100 + "<a href='/1'>four words that lead</a>") + "<i></i>" * 30_000,
        "".join(f"<a href='/{n}'>four words that lead {n}</a>" for n in range(15_000)),
        "".join(f"<div><a href='/{n}'>four words that lead {n}</a></div>" for n in range(10_000)),
        "".join(f"<h3><a href='/{n}'>four words that lead {n}</a></h3><p>{'x ' * 30}</p>" for n in range(5_000)),
    ],
)
def test_teasers_meant_to_harm_are_read_in_time(markup: str) -> None:
    tree = document_fromstring(f"<html><body><h1>{HEADLINE}</h1>{TEXT}{markup}</body></html>")
    begun = time.process_time()
    drop_teasers(tree, HEADLINE, "https://[broken")
    assert time.process_time() - begun < 5
