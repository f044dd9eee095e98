"""The title of an HTML page is its headline, without the name of the site, wherever the page shows both."""

from __future__ import annotations

import pytest

from dedup.config.sections import TextSettings
from dedup.intake.article import Article
from dedup.text.clean import clean
from dedup.text.markup.html import read_html

HEADLINE = "Harbour bridge at Linnford closes after cracks are found"
PARAGRAPH = "The road bridge over the harbour was closed to all traffic on Monday after divers found cracks in it."
SITE = '<meta property="og:site_name" content="Coast Herald">'
ADDRESS = '<link rel="canonical" href="https://www.coastherald.example/2026/bridge">'


def title_of(head: str, body: str = "") -> str:
    text = "".join(f"<p>{PARAGRAPH}</p>" for _ in range(3))
    return read_html(f"<!DOCTYPE html><html><head>{head}</head><body>{body}{text}</body></html>").title


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (f"<title>{HEADLINE} | Coast Herald</title>", f'<h1><a href="/">Coast Herald</a></h1><h2>{HEADLINE}</h2>'),
        (f"<title>{HEADLINE} - Coast Herald</title>", f"<h1>Coast Herald</h1><h2>{HEADLINE}</h2>"),
        (f"<title>{HEADLINE}</title>", '<h1 class="logo"><a href="/"><img alt="Coast Herald"></a></h1>'),
        (f"<title>Coast Herald</title>{SITE}", f'<h1>Coast Herald</h1><article><h2 class="title">{HEADLINE}</h2>'),
        (f"<title>Coast Herald</title>{SITE}", f"<h1>COAST HERALD</h1><h2>{HEADLINE}</h2>"),
        (f"<title>{HEADLINE}</title>{ADDRESS}", "<h1>The Coast Herald</h1>"),
        (f"<title>{HEADLINE}</title>{SITE}", "<h1>News</h1>"),
        (f'<meta property="og:title" content="Coast Herald">{SITE}<title>{HEADLINE}</title>', "<h1>Coast Herald</h1>"),
        (
            f"<title>{HEADLINE}</title>",
            f'<h1 class="site-title"><a href="https://coastherald.example/" rel="home">Coast Herald</a></h1>'
            f'<h1 class="entry-title">{HEADLINE}</h1>',
        ),
        (
            f"<title>Coast Herald | {HEADLINE}</title>",
            f'<h1><a href="https://coastherald.example/">Coast Herald</a></h1><h2><a href="/2026/bridge">{HEADLINE}</a>'
            "</h2><h2>Fishing fleet of the eastern ports to shrink by a third</h2>",
        ),
        (
            f"<title>{HEADLINE}</title>",
            "<h1>Coast Herald</h1><h1>Coast Herald</h1><h2>The county knew for years</h2>"
            '<h3 id="reply-title" class="comment-reply-title">Join the Discussion Cancel reply</h3>',
        ),
        (
            f"<title>{HEADLINE}</title>",
            f'<h1>Bridge shut</h1><h1>Print</h1><h2 class="title">Get our letter</h2><h2 class="title">{HEADLINE}</h2>',
        ),
    ],
)
def test_a_heading_that_is_the_site_s_is_not_the_headline(head: str, body: str) -> None:
    assert title_of(head, body) == HEADLINE


@pytest.mark.parametrize(
    "title",
    [
        f"{HEADLINE} | News | Coast Herald",
        f"Coast Herald | News | {HEADLINE}",
        f"Coast Herald :: {HEADLINE}",
        f"{HEADLINE} :: Coast Herald",
        f"{HEADLINE} :: coast herald",
        f"COAST HERALD - {HEADLINE}",
        f"Coast Herald: {HEADLINE}",
        f"{HEADLINE}: coast herald",
        f"{HEADLINE} – The Coast Herald",
        f"{HEADLINE}|Coast Herald",
        f"{HEADLINE} | Coast Herald Sport",
        f"{HEADLINE} | County News - Coast Herald",
        f"{HEADLINE} | Water Sports | Sport | Coast Herald",
        f"{HEADLINE} » coastherald.example",
    ],
)
@pytest.mark.parametrize("element", ["<title>{}</title>", '<meta property="og:title" content="{}">'])
def test_the_site_s_name_is_no_part_of_a_title_in_whatever_form(title: str, element: str) -> None:
    assert title_of(element.format(title) + SITE) == HEADLINE


@pytest.mark.parametrize(
    ("title", "headline"),
    [
        (f"Coast Herald | News | {HEADLINE}", HEADLINE),
        (f"Coast Herald :: {HEADLINE}", HEADLINE),
        (f"{HEADLINE} :: Coast Herald", HEADLINE),
        (f"{HEADLINE} - the story so far | Coast Herald", f"{HEADLINE} - the story so far"),
        (f"{HEADLINE} - the bad news | Coast Herald", f"{HEADLINE} - the bad news"),
        ("U.S. troops leave Linnford - Coast Herald", "U.S. troops leave Linnford"),
        (f"{HEADLINE} | coastherald.example", HEADLINE),
        ("林港大桥发现裂缝后关闭-海岸报", "林港大桥发现裂缝后关闭"),
    ],
)
def test_a_title_with_the_name_of_a_site_that_states_none(title: str, headline: str) -> None:
    assert title_of(f"<title>{title}</title>") == headline


@pytest.mark.parametrize(
    ("title", "site", "headline"),
    [
        ("林港の橋にひび、通行止め：海岸新聞デジタル", "海岸新聞デジタル", "林港の橋にひび、通行止め"),
        ("海岸新聞：林港の橋にひび、通行止め", "海岸新聞", "林港の橋にひび、通行止め"),
        ("海岸市：林港の橋にひび、通行止め：海岸新聞", "海岸新聞", "海岸市：林港の橋にひび、通行止め"),
        ("린포드 항구 다리 폐쇄ㅣ해안일보", "해안일보", "린포드 항구 다리 폐쇄"),
        ("린포드 항구 다리 폐쇄-사회ㅣ해안일보", "해안일보", "린포드 항구 다리 폐쇄"),
    ],
)
def test_the_signs_that_part_a_site_s_name_in_japanese_and_korean(title: str, site: str, headline: str) -> None:
    assert title_of(f'<title>{title}</title><meta property="og:site_name" content="{site}">') == headline


@pytest.mark.parametrize(
    "cut",
    [
        "Harbour bridge at Linnford closes…",
        "Harbour bridge at Linnford closes after cra...",
        "Harbour bridge at Linnford closes ... | Coast Herald",
    ],
)
def test_a_headline_that_its_page_states_cut_short_is_shown_whole(cut: str) -> None:
    head = f'<meta property="og:title" content="{cut}">{SITE}'
    assert title_of(f"<title>{cut}</title>{head}", f"<h1>Coast Herald</h1><h2>{HEADLINE}</h2>") == HEADLINE
    assert title_of(f"<title>{HEADLINE} | Coast Herald</title>{head}") == HEADLINE


def test_a_headline_that_a_quotation_mark_ends_in_the_head_is_shown_whole() -> None:
    headline = 'Harbour bridge at Linnford was "a matter of time"'
    head = f'<meta property="og:title" content="{headline}">{SITE}'
    assert title_of(f"<title>{headline} | Coast Herald</title>{head}") == headline
    assert title_of(head, f"<h1>Coast Herald</h1><h2>{headline}</h2>") == headline


@pytest.mark.parametrize(
    "head", [f"<title>{HEADLINE} | Coast Herald</title>", f'<meta property="og:title" content="{HEADLINE}">']
)
@pytest.mark.parametrize(
    "heading",
    [
        f'<span class="kicker">Roads</span> {HEADLINE}',
        f"<span>Roads:</span><span>{HEADLINE}</span>",
        f"<a href='/1'><small>Roads</small><br>{HEADLINE}</a>",
        f'{HEADLINE} <span class="badge">Premium</span>',
    ],
)
def test_a_kicker_in_the_heading_is_no_part_of_a_headline_that_is_stated_without_it(head: str, heading: str) -> None:
    paragraphs = [PARAGRAPH, PARAGRAPH.replace("Monday", "Sunday"), PARAGRAPH.replace("cracks", "holes")]
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    page = f"<!DOCTYPE html><html><head>{head}</head><body><article><h1>{heading}</h1>{text}</article></body></html>"
    document = clean(Article("a", page, content_type="text/html"), TextSettings(), 1_000_000)
    assert (document.title, document.body) == (HEADLINE, "\n".join(paragraphs))


def test_the_beginning_of_a_headline_that_stands_in_an_element_stays() -> None:
    heading = HEADLINE.replace("Harbour bridge", "<em>Harbour bridge</em>")
    assert title_of("<title>at Linnford closes - Coast Herald</title>", f"<h1>{heading}</h1>") == HEADLINE
    assert title_of("<title>Coast Herald</title>", f"<h1>{heading}</h1>") == HEADLINE


def test_a_headline_that_ends_in_dots_stays() -> None:
    head = f'<meta property="og:title" content="And then it closed...">{SITE}'
    assert title_of(head, "<h1>And then it closed...</h1><h2>And so on</h2>") == "And then it closed..."
    assert title_of(head, f"<h1>{HEADLINE}</h1>") == "And then it closed..."


def test_a_section_between_the_site_and_the_headline_is_told_by_the_heading() -> None:
    title = f"<title>Coast Herald | Linnford and the coast | {HEADLINE}</title>"
    assert title_of(f"{title}{SITE}", f"<h2>{HEADLINE}</h2>") == HEADLINE


@pytest.mark.parametrize(
    "headline",
    [
        "Harbour bridge - the story so far",
        "Herald angels: what the choir of Linnford sings",
        "Why the Coast Herald left the harbour",
        "Le pont du port : la fermeture",
        "Coast Herald to close its printing works",
        "Books | Bad News",
    ],
)
def test_what_only_looks_like_the_name_of_a_site_stays(headline: str) -> None:
    assert title_of(f'<meta property="og:title" content="{headline}">{SITE}') == headline
    assert title_of(f"<title>{headline} | Coast Herald</title>{SITE}", f"<h1>{headline}</h1>") == headline


def test_where_the_site_s_name_is_all_there_is_it_is_the_title() -> None:
    assert title_of(f"<title>Coast Herald</title>{SITE}") == "Coast Herald"


def test_a_title_that_is_the_name_of_the_site_in_two_parts_is_no_headline() -> None:
    name = "Herald of the Coast - HOC"
    head = f'<meta property="og:title" content="{name}"><meta property="og:site_name" content="{name}">'
    assert title_of(f"<title>{HEADLINE}</title>{head}", f"<h1>{HEADLINE}</h1>") == HEADLINE
    assert title_of(head) == name


def test_a_name_of_a_site_that_is_its_headline_is_none() -> None:
    site = f'<meta property="og:site_name" content="{HEADLINE}">'
    assert title_of(f"<title>{HEADLINE} | Coast Herald</title>{site}", f"<h1>{HEADLINE}</h1>") == HEADLINE
    assert title_of(f'<meta property="og:title" content="{HEADLINE}">{site}') == HEADLINE


def test_two_strokes_in_a_title_are_no_part_of_the_headline() -> None:
    headline = "林港大桥发现裂缝后关闭，两座桥墩受损"
    assert title_of(f"<title>{headline}--时政--海岸报</title>", f"<h1>{headline}</h1>") == headline


def test_a_site_s_name_is_told_from_a_headline_without_spaces() -> None:
    headline = "港の橋が閉鎖、二つの橋脚に亀裂が見つかる"
    head = f"<title>{headline}_社会_沿岸新聞</title>"
    assert title_of(head, f"<h1 class='hidden'>沿岸新聞</h1><h2 class='title'>{headline}</h2>") == headline


@pytest.mark.parametrize("headline", [HEADLINE, "Harbour bridge closed", "港の橋が閉鎖、二つの橋脚に亀裂が見つかる"])
@pytest.mark.parametrize("stated", ["{0}", "{0} - Coast Herald"])
def test_a_name_of_a_site_that_is_the_title_of_the_page_is_none(headline: str, stated: str) -> None:
    whole = f"{headline} - Coast Herald"
    head = (
        f'<title>{whole}</title><meta property="og:site_name" content="{whole}">'
        f'<meta property="og:title" content="{stated.format(headline)}">'
    )
    body = f"<h2>Log in</h2><h1>{headline}</h1><p>{PARAGRAPH}</p>"
    page = read_html(
        f'<html><head><link rel="canonical" href="https://h.example/1">{head}</head><body>{body}</body></html>'
    )
    assert (page.title, page.publisher) == (headline, "h.example")


def test_a_quotation_mark_too_many_behind_a_title_cuts_nothing_short() -> None:
    assert title_of(f'<meta property="og:title" content="{HEADLINE}"" />') == HEADLINE


def test_the_article_in_json_ld_is_found_by_a_title_with_the_site_s_name() -> None:
    own = f'{{"@type": "NewsArticle", "headline": "{HEADLINE}", "datePublished": "2026-05-14T10:32:00Z"}}'
    other = '{"@type": "NewsArticle", "headline": "Another", "datePublished": "2026-05-12T10:32:00Z"}'
    said = f'<script type="application/ld+json">[{other}, {own}]</script>'
    head = f'<meta property="og:title" content="{HEADLINE} | Coast Herald">{SITE}{said}'
    page = read_html(f"<html><head>{head}</head><body><p>{PARAGRAPH}</p></body></html>")
    assert str(page.published_at) == "2026-05-14 10:32:00+00:00"


def test_a_title_of_nothing_but_signs_is_read_in_time() -> None:
    assert title_of(f"<title>{'- | ' * 100_000}</title>") != ""
    assert title_of(f"<title>{'字-' * 100_000}</title>", f"<h1>{HEADLINE}</h1>") == HEADLINE
