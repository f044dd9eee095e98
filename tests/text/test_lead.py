"""The lead below the headline is part of a page's text, whatever element it is in, where the head states the same."""

from __future__ import annotations

import pytest

from dedup.config.sections import TextSettings
from dedup.intake.article import Article
from dedup.text.clean import clean
from dedup.text.document import Document
from dedup.text.markup.html import read_html

TITLE = "Harbour bridge at Linnford closes"
LEAD = "Divers have found cracks in two of the eleven piers, and nobody knows when the crossing will open again."
PARAGRAPH = f"<p>{'The road bridge over the harbour was closed to all traffic on Monday, the county said. ' * 5}</p>"
TEXT = PARAGRAPH + PARAGRAPH.replace("Monday", "Tuesday") + PARAGRAPH.replace("Monday", "Friday")
OPEN_GRAPH = '<meta property="og:description" content="{}">'


def read(below: str, stated: str = LEAD, meta: str = OPEN_GRAPH, text: str = TEXT) -> Document:
    head = f"<head><title>{TITLE}</title>{meta.format(stated)}</head>"
    article = f"<header><h1>{TITLE}</h1>{below}</header><div class='article-body'>{text}</div>"
    page = f"<!DOCTYPE html><html>{head}<body><nav>{LEAD}</nav><main>{article}</main></body></html>"
    return clean(Article("page", page, content_type="text/html"), TextSettings(), 1_000_000)


def first_line(below: str, stated: str = LEAD, meta: str = OPEN_GRAPH) -> str:
    return read(below, stated, meta).body.partition("\n")[0]


@pytest.mark.parametrize(
    "below",
    [
        "<div><span class='kicker'>Roads</span></div><div class='dek'><div>{}</div></div>",
        "<p>By Jane Doe</p><figure><figcaption>A bridge.</figcaption></figure><section><h2>{}</h2></section>",
        "<custom-lead>{}</custom-lead>",
        "<ul class='intro'><li><strong>{}</strong></li></ul>",
    ],
)
@pytest.mark.parametrize(
    "meta", [OPEN_GRAPH, "<meta name='Description' content='{}'>", "<meta name='twitter:description' content='{}'>"]
)
def test_the_lead_is_the_first_line_of_the_text(below: str, meta: str) -> None:
    assert first_line(below.format(LEAD), meta=meta) == LEAD


@pytest.mark.parametrize(
    ("shown", "stated"),
    [
        (f"Linnford. {LEAD}", LEAD),
        (LEAD, LEAD[:80] + "…"),
        (LEAD, f"{LEAD} By Jane Doe"),
        (LEAD.upper(), LEAD),
    ],
)
def test_the_lead_may_be_stated_in_part(shown: str, stated: str) -> None:
    assert first_line(f"<div class='dek'>{shown}</div>", stated) == shown


@pytest.mark.parametrize(
    "below",
    [
        "",
        "<div>The paper of the coast since 1902, read in all of its harbours and on the islands.</div>",
        f"<aside><div>{LEAD}</div></aside>",
        f"<div><a href='/bridge'>{LEAD}</a></div>",
    ],
)
def test_what_the_head_does_not_state_and_what_leads_elsewhere_is_none(below: str) -> None:
    assert first_line(below).startswith("The road bridge")


def test_a_lead_that_is_in_the_text_is_not_repeated() -> None:
    text = f"<p><b>{LEAD}</b></p>{TEXT}"
    assert read(f"<div class='dek'>{LEAD}</div>", text=text).body.count(LEAD) == 1


def test_the_dateline_below_a_lead_names_the_agency() -> None:
    lead = f"{LEAD} {LEAD.replace('Divers', 'Engineers')} {LEAD.replace('Divers', 'Officers')}"
    text = TEXT.replace("The road", "LINNFORD (Reuters) - The road", 1)
    found = read(f"<div class='dek'>{lead}</div>", lead, text=text)
    assert (found.body.startswith(lead), found.origin) == (True, "Reuters")


def lead_of(title: str, stated: str, body: str) -> str:
    head = f"<head><meta property='og:title' content='{title}'>{OPEN_GRAPH.format(stated)}</head>"
    return read_html(f"<!DOCTYPE html><html>{head}<body>{body}</body></html>").lead


def test_the_headline_is_no_lead_where_the_head_states_it_as_description() -> None:
    title = f"{TITLE} for several months"
    shown = f"<h1>{title}</h1><div class='share'>{title}</div><article>{TEXT}</article>"
    assert lead_of(title, title, shown) == ""


def test_what_stands_below_the_name_of_the_site_is_no_lead() -> None:
    slogan = "News of Linnford and of the east coast, every morning"
    shown = f"<h1>Linnford Post</h1><div>{slogan}</div><div>{TITLE}, at last</div><article>{TEXT}</article>"
    assert lead_of(TITLE, slogan, shown) == ""
