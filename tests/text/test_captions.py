"""Captions are the text of a page that is a gallery, and of no other."""

from __future__ import annotations

import time

import pytest

from dedup.text.markup.html import read_html

HEADLINE = "Harbour bridge at Linnford closes after cracks are found"
CAPTIONS = (
    "Divers of the county leave their boat below the eastern pier, where the first of the cracks was found on Monday.",
    "Ada Brenner, the county surveyor, shows reporters how deep the water is at the foot of the damaged piers.",
    "Cars wait in line at the ferry landing, which had not seen so many of them since the bridge was built.",
    "Children walk over the empty road on Monday evening, before the county put up a fence at both ends.",
)
INTRODUCTION = "The road bridge over the harbour was closed on Monday after divers found cracks in two of its piers."
FIGURE = "<figure><img src='/i.jpg'><figcaption>{}</figcaption></figure>"
FORMS = (
    FIGURE,
    "<figure><img src='/i.jpg'><figcaption><p>{}</p><span class='credit'>Mara Lind</span></figcaption></figure>",
    "<figure><img src='/i.jpg'><figcaption>{} Photo: Coast Herald / Mara Lind</figcaption></figure>",
    "<li><figure><img src='/i.jpg'><figcaption class='caption'>{} (© Linnford County)</figcaption></figure></li>",
    "<div class='slide'><img src='/i.jpg'><div class='wp-caption-text'>{}</div></div>",
    "<div class='gallery-caption'><img src='/i.jpg'><p class='image-caption'>{}</p></div>",
)


def body_of(body: str) -> list[str]:
    page = f"<!DOCTYPE html><html><head><title>{HEADLINE}</title></head><body>{body}</body></html>"
    return [line for line in read_html(page).body.splitlines() if line and line != HEADLINE]


def series(form: str, count: int = len(CAPTIONS)) -> str:
    return "".join(map(form.format, CAPTIONS[:count]))


@pytest.mark.parametrize("form", FORMS)
def test_the_captions_of_a_gallery_are_its_text(form: str) -> None:
    assert body_of(f"<main><h1>{HEADLINE}</h1>{series(form)}</main>") == list(CAPTIONS)
    introduced = f"<article><h1>{HEADLINE}</h1><p>{INTRODUCTION}</p><div>{series(form)}</div></article>"
    assert body_of(introduced) == [INTRODUCTION, *CAPTIONS]


@pytest.mark.parametrize("form", FORMS)
def test_the_captions_of_an_article_are_none_of_its_text(form: str) -> None:
    paragraphs = [f"{number} boats. {INTRODUCTION}" for number in range(6)]
    text = "".join(f"<p>{one}</p>" for one in paragraphs)
    assert body_of(f"<article><h1>{HEADLINE}</h1>{series(form, 1)}{text}</article>") == paragraphs
    assert body_of(f"<article><h1>{HEADLINE}</h1>{text}{series(form)}</article>") == paragraphs


@pytest.mark.parametrize("form", FORMS[:5])
def test_two_captions_are_no_gallery_however_short_the_article_is(form: str) -> None:
    assert body_of(f"<article><h1>{HEADLINE}</h1>{series(form, 2)}<p>{INTRODUCTION}</p></article>") == [INTRODUCTION]


@pytest.mark.parametrize("beside", ["aside", "footer", "nav", "a"])
def test_captions_of_other_pictures_are_none_of_the_text(beside: str) -> None:
    others = f"<{beside} href='/x'>{series(FIGURE)}</{beside}>"
    assert body_of(f"<article><h1>{HEADLINE}</h1><p>{INTRODUCTION}</p></article>{others}") == [INTRODUCTION]


def test_short_captions_and_the_same_again_make_no_gallery() -> None:
    few = "".join(FIGURE.format(f"Pier {number}") for number in range(90))
    assert body_of(f"<article><h1>{HEADLINE}</h1><p>{INTRODUCTION}</p>{few}</article>") == [INTRODUCTION]
    same = FIGURE.format(CAPTIONS[0]) * 90
    assert body_of(f"<article><h1>{HEADLINE}</h1><p>{INTRODUCTION}</p>{same}</article>") == [INTRODUCTION]


@pytest.mark.parametrize(
    "markup",
    [
        "<div class='caption'>" * 150 + "<i></i>" * 30_000,
        "<figcaption>" + "word " * 100_000,
        "".join(FIGURE.format(f"{n} {'Photo: ' * 40}") for n in range(5_000)),
    ],
)
def test_captions_meant_to_harm_are_read_in_time(markup: str) -> None:
    begun = time.process_time()
    body_of(f"<h1>{HEADLINE}</h1>{markup}")
    assert time.process_time() - begun < 10
