"""Pages laid out by tables come out with their paragraphs, tables of figures as they are."""

from __future__ import annotations

import time

import pytest
from lxml.html import document_fromstring, tostring

from dedup.config.sections import TextSettings
from dedup.intake.article import Article
from dedup.text.clean import clean
from dedup.text.markup.html import read_html
from dedup.text.markup.layout_tables import unfold_tables

HEADLINE = "Harbour bridge at Linnford closes after cracks are found"
PARAGRAPHS = (
    "The road bridge over the harbour was closed to all traffic on Monday after divers found cracks in two piers.",
    "Engineers will need at least three weeks to examine the foundations, the county said in a statement.",
    "Ferries will run every twenty minutes until the inspection is over, and the hospital keeps a boat.",
    "Nobody would say on Monday whether the crossing will open again before the winter storms begin.",
)
AROUND = (
    "<table><tr><td colspan=3><table><tr><td><a href='/'>Home</a></td><td><a href='/n'>News</a></td></tr></table></td>"
    "</tr><tr><td width=120><a href='/a'>Archive</a><br><a href='/b'>Contact</a></td><td>{}</td><td width=160>"
    "<b>Most read</b><br><a href='/1'>Fishing fleet of the east to shrink</a><br><a href='/2'>Lighthouse museum opens "
    "its doors</a></td></tr><tr><td colspan=3>© Coast Herald 2003. All rights reserved.</td></tr></table>"
)
BETWEEN = ("<p>", "<br><br>", "<br>&nbsp;&nbsp;&nbsp;", "</td></tr><tr><td>", "<br>\n<br>\n")
INSIDE = (
    "<table><tr><td><h1>{h}</h1>{t}</td></tr></table>",
    "<table><tr><td><h1>{h}</h1></td></tr><tr><td>{t}</td></tr></table>",
    "<table><tr><td><font size=5><b>{h}</b></font><br>14 May 2003<br><br>{t}</td></tr></table>",
    "<table><tr><td><b>{h}</b></td></tr><tr><td><table><tr><td><table><tr><td>{t}</td></tr></table></td></tr></table>",
)


def cleaned(inside: str) -> tuple[list[str], str]:
    page = f"<html><head><title>{HEADLINE} - Coast Herald</title></head><body>{AROUND.format(inside)}</body></html>"
    document = clean(Article("page", page, content_type="text/html"), TextSettings(), 1_000_000)
    return [line for line in document.body.split("\n") if line], document.title


@pytest.mark.parametrize("inside", INSIDE)
@pytest.mark.parametrize("between", BETWEEN)
def test_an_article_in_tables_has_its_paragraphs(inside: str, between: str) -> None:
    assert cleaned(inside.format(h=HEADLINE, t=between.join(PARAGRAPHS))) == (list(PARAGRAPHS), HEADLINE)


@pytest.mark.parametrize("wrapper", ["<font face=Arial>{}</font>", "<center>{}</center>", "<span>{}</span>"])
def test_paragraphs_may_stand_in_an_element_that_says_how_they_look(wrapper: str) -> None:
    text = wrapper.format("<br><br>".join(PARAGRAPHS))
    assert cleaned(INSIDE[0].format(h=HEADLINE, t=text)) == (list(PARAGRAPHS), HEADLINE)


def test_what_is_set_off_in_a_paragraph_stays_in_it() -> None:
    first = PARAGRAPHS[0].replace("bridge", "<b>bridge</b>").replace("Monday", "<font color=red>Monday</font>")
    text = "<br><br>".join([first, *PARAGRAPHS[1:]])
    assert cleaned(INSIDE[0].format(h=HEADLINE, t=text))[0] == list(PARAGRAPHS)


def test_words_that_are_set_off_one_after_another_stay_apart() -> None:
    text = f"<b>Engineers</b> <i>need</i>\n<a href='/4'>four weeks</a>.<br><br>{PARAGRAPHS[2]}"
    assert cleaned(INSIDE[0].format(h=HEADLINE, t=text))[0] == ["Engineers need four weeks.", PARAGRAPHS[2]]


def test_short_lines_stay_lines_of_one_paragraph() -> None:
    tree = document_fromstring(
        f"<html><body>{AROUND.format('One pier<br>Two piers<br>Three piers<br><br>Four')}</body></html>"
    )
    unfold_tables(tree)
    found = [[text for text in paragraph.itertext()] for paragraph in tree.iter("p")]
    assert ["One pier", "Two piers", "Three piers"] in found
    assert ["Four"] in found


def test_the_day_below_the_headline_in_a_table_is_that_of_the_article() -> None:
    inside = INSIDE[2].format(h=HEADLINE, t="<br><br>".join(PARAGRAPHS))
    page = f"<html><head><title>{HEADLINE}</title></head><body>{AROUND.format(inside)}</body></html>"
    assert f"{read_html(page).published_at:%Y-%m-%d}" == "2003-05-14"


@pytest.mark.parametrize(
    "table",
    [
        "<table><tr><th>Pier</th><th>Cracks</th></tr><tr><td>Four</td><td>7</td></tr></table>",
        f"<table><tr><th>Pier</th><th>Said</th></tr><tr><td>Four</td><td>{PARAGRAPHS[0]}</td></tr></table>",
        "<table><tr><td>Four<br>Five<br>Six</td><td>7</td></tr></table>",
        "<table><tr><td>Four</td></tr><tr><td>Five</td></tr></table>",
        "<table></table>",
    ],
)
def test_a_table_of_figures_stays_one(table: str) -> None:
    tree = document_fromstring(f"<html><body><p>{PARAGRAPHS[0]}</p>{table}</body></html>")
    before = tostring(tree)
    unfold_tables(tree)
    assert tostring(tree) == before


@pytest.mark.parametrize(
    "markup",
    [
        "<table><tr><td>" * 60 + "<br>" * 30_000,
        "<table><tr><td><table></table>" + "a line<br>" * 20_000,
        "<table><tr><td><table></table>" + "a <b>line</b> " * 20_000 + "<br>",
        "<table><tr><td><table></table>" + "<font>" * 150 + "<i></i>" * 30_000,
        "<table><tr><td><table></table>" + "<span>word</span>" * 15_000 + "<br>",
    ],
)
def test_tables_meant_to_harm_are_unfolded_in_time(markup: str) -> None:
    tree = document_fromstring(f"<html><body>{markup}</body></html>")
    begun = time.process_time()
    unfold_tables(tree)
    assert time.process_time() - begun < 5
