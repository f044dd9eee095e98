"""The day that a page shows beside its headline is that of its article, and the line with it is none of its text."""

from __future__ import annotations

import time

import pytest

from dedup.text.byline import read_byline
from dedup.text.markup.html import read_html
from dedup.text.markup.shown_day import without_bylines

from .whole_page import PARAGRAPHS

HEADLINE = "Harbour bridge at Linnford closes after cracks are found"
TEXT = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS) * 2
H1 = f"<h1>{HEADLINE}</h1>"


def page_of(body: str, head: str = "") -> str:
    return f"<!DOCTYPE html><html><head><title>{HEADLINE}</title>{head}</head><body>{body}</body></html>"


def day_of(body: str, head: str = "") -> str | None:
    moment = read_html(page_of(body, head)).published_at
    return moment and f"{moment:%Y-%m-%d}"


@pytest.mark.parametrize(
    "line",
    [
        "Published 14 May 2026, 10:32",
        "Thursday, May 14, 2026 10:32 AM EDT",
        "May 14th, 2026",
        "By Jane Doe, Harbour Correspondent, May 14, 2026",
        "By Jane Doe | May 14, 2026 | 3 min read",
        "14. Mai 2026",
        "Mai 14th, 2026",
        "Stand: 14.05.2026, 10:32 Uhr",
        "14 พฤษภาคม 2569 เวลา 10:32 น.",
        "เผยแพร่: 14 พ.ค. 2569 10:32 ปรับปรุง: 14 พ.ค. 2569 11:00",
        "วันพฤหัสบดีที่ 14 พฤษภาคม พ.ศ. 2569",
        "Publié le 14 mai 2026 à 10h32",
        "14 de mayo de 2026 a las 10:32 h",
        "Publicado em 14 de maio de 2026 às 10:32",
        "Pubblicato il 14 maggio 2026 alle 10:32",
        "Gepubliceerd op 14 mei 2026 om 10:32",
        "Publicerad den 14 maj 2026 kl 10.32",
        "Opublikowano: 14 maja 2026, godz. 10:32",
        "14 мая 2026 г. в 10:32",
        "14 травня 2026 року, 10:32",
        "14 Μαΐου 2026",
        "14 مايو 2026",
        "14 أيار 2026",
        "14 de maig de 2026",
        "14 మే 2026",
        "14 മേയ് 2026",
        "14 במאי 2026, 10:32",
        "2026年5月14日",
        "2026年5月14日（木）10時32分",
        "2026年05月14日10:32　来源：海岸报",
        "입력 2026. 5. 14. 10:32",
    ],
)
@pytest.mark.parametrize(
    "markup",
    [
        "<article>{h}<p>{d}</p>{t}</article>",
        "<article><header>{h}<div><span>Jane Doe</span> <span>{d}</span></div></header><div>{t}</div></article>",
        "<article>{h}<p>What the divers of the county saw below the bridge, and what they did not.</p><p>{d}</p>{t}"
        "</article>",
        "<article><p>{d}</p>{h}{t}</article>",
    ],
)
def test_a_day_beside_the_headline_is_that_of_the_article(line: str, markup: str) -> None:
    body = markup.format(h=H1, d=line, t=TEXT)
    page = read_html(page_of(body))
    assert page.published_at is not None
    assert f"{page.published_at:%Y-%m-%d}" == "2026-05-14"
    assert PARAGRAPHS[0] in page.body
    assert line[-8:] not in page.body


@pytest.mark.parametrize(
    "body",
    [
        f"{H1}<p>The bridge was closed on 14 May 2026 after divers found cracks in two of its piers.</p>{TEXT}",
        f"{H1}<h2>Closed since <b>14 May 2026</b></h2>{TEXT}",
        f"{H1}{TEXT}<ul><li><a href='/1'>Fishing fleet of the east to shrink</a> <span>14 May 2026</span></li></ul>",
        f"{H1}<div><a href='/1'>Fishing fleet of the east to shrink by a third</a><p>14 May 2026</p></div>{TEXT}",
        f"{H1}<div><a href='/1'>Fishing Fleet Shrinks</a> <span>14 May 2026</span></div>{TEXT}",
        f"<div><a href='/1'>Fishing fleet of the east to shrink by a third</a> <i>14 May 2026</i></div>{H1}{TEXT}",
        f"{H1}<aside><p>14 May 2026</p></aside><figure><figcaption>Linnford, 14 May 2026</figcaption></figure>{TEXT}",
        f"<div>Thursday, 14 May 2026</div>{H1}{TEXT}",
        f"<div><nav><a href='/'>Home</a></nav><p>Thursday, 14 May 2026</p>{H1}</div>{TEXT}",
        f"{H1}<p>05/06/2026</p>{TEXT}",
        f"{H1}{TEXT}<p>14 May 2026</p>",
        f"<h2>Another headline</h2><p>14 May 2026</p>{TEXT}",
    ],
)
def test_another_day_is_not(body: str) -> None:
    assert day_of(f"<main>{body}</main>" if not body.startswith("<div>T") else body) is None


@pytest.mark.parametrize(
    "names",
    [
        "<a href='/authors/ada'>Ada Maria Brenner</a>",
        "By <a href='/ada'>Ada Brenner</a>",
        "By <a href='/profile/ada'>Ada Maria Brenner</a> and <a href='mailto:jon@herald.example'>Jon van Ferris</a>",
    ],
)
def test_a_day_may_stand_beside_links_to_authors(names: str) -> None:
    assert day_of(f"{H1}<p>{names} | <a href='/2026/5'>14 May 2026</a></p>{TEXT}") == "2026-05-14"


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("7. Jänner 2026", "2026-01-07"),
        ("7 أوت 2026", "2026-08-07"),
        ("7 شتنبر 2026", "2026-09-07"),
        ("7 Mac 2026", "2026-03-07"),
    ],
)
def test_a_month_may_have_the_name_of_one_country(line: str, day: str) -> None:
    assert day_of(f"<article>{H1}<p>{line}</p>{TEXT}</article>") == day


def test_the_day_of_publication_goes_before_that_of_an_update() -> None:
    assert day_of(f"{H1}<p>Updated 16 May 2026</p><p>Published 14 May 2026</p>{TEXT}") == "2026-05-14"
    assert day_of(f"{H1}<p>Published 14 May 2026 | Updated 16 May 2026</p>{TEXT}") == "2026-05-14"
    assert day_of(f"{H1}<p>Updated 16 May 2026 | Published 14 May 2026</p>{TEXT}") == "2026-05-14"
    assert day_of(f"{H1}<p>Updated 16 May 2026</p>{TEXT}") == "2026-05-16"


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="article:published_time" content="2026-05-12T08:00:00Z">',
        '<meta name="publish-date" content="2026-05-12">',
        '<link rel="canonical" href="https://herald.example/2026/05/12/bridge">',
        '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2026-05-12"}</script>',
    ],
)
def test_what_the_head_states_goes_before_what_is_shown(head: str) -> None:
    assert day_of(f"{H1}<p>14 May 2026</p>{TEXT}", head) == "2026-05-12"


@pytest.mark.parametrize(
    "head",
    [
        '<meta name="date" content="2026-05-19T08:00:00Z">',
        '<meta name="DCTERMS.date" content="2026-05-19">',
        '<meta property="og:updated_time" content="2026-05-19T08:00:00Z">',
    ],
)
def test_a_day_of_which_the_head_does_not_say_what_it_is_goes_behind_others(head: str) -> None:
    said = '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2026-05-12"}</script>'
    assert day_of(f"{H1}{TEXT}", head + said) == "2026-05-12"
    assert day_of(f"{H1}<p>14 May 2026</p>{TEXT}", head) == "2026-05-14"
    assert day_of(f"{H1}{TEXT}", head) == "2026-05-19"


def test_a_day_in_the_head_goes_before_that_of_an_update() -> None:
    updated = f"{H1}<p>Updated 16 May 2026</p>{TEXT}"
    assert day_of(updated, '<meta name="date" content="2026-05-14">') == "2026-05-14"
    assert day_of(updated, '<meta name="created" content="2026-05-14">') == "2026-05-14"


def test_a_day_beside_the_headline_goes_before_that_of_a_comment() -> None:
    comment = '<div><p>So true.</p><time pubdate datetime="2026-05-19T08:00:00Z">19 May 2026</time></div>'
    assert day_of(f'{H1}<p>On <time datetime="2026-05-14">14 May 2026</time></p>{TEXT}{comment}') == "2026-05-14"
    assert day_of(f"{H1}{TEXT}{comment}") == "2026-05-19"


@pytest.mark.parametrize(
    "top",
    [
        f"<h1>{HEADLINE} <span>Subscribers</span></h1><p>14 May 2026</p>",
        f"<h1><span>County</span> {HEADLINE}</h1><p>14 May 2026</p>",
        f"<article><p>14 May 2026, 10:16 - 1st division - press office</p>{H1}</article>",
    ],
)
def test_a_badge_beside_the_headline_and_a_line_in_parts_hide_no_day(top: str) -> None:
    assert day_of(f"{top}{TEXT}") == "2026-05-14"


def test_a_day_beside_the_headline_goes_before_one_in_a_list() -> None:
    teaser = (
        '<div class="teaser"><a href="/1">Fishing fleet of the east to shrink</a><span class="date">{}</span></div>'
    )
    page = f"{teaser.format('3 May 2026')}{H1}<p>14 May 2026</p>{TEXT}{teaser.format('4 May 2026')}"
    assert day_of(f"<main>{page}</main>") == "2026-05-14"


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("Jane Doe and John Roe\n14 May 2026\nThe bridge is closed for all.", "The bridge is closed for all."),
        ("The bridge is closed for all.\n14 May 2026\nIt has cracks.", "The bridge is closed for all.\nIt has cracks."),
        ("It is closed until summer, she said.\nNobody may cross the bridge now.\n14 May 2026", None),
        ("The bridge has been closed since 14 May 2026.\nIt has cracks.", None),
    ],
)
def test_lines_about_an_article_are_none_of_its_text(body: str, kept: str | None) -> None:
    assert without_bylines(body) == (body if kept is None else kept)


@pytest.mark.parametrize(
    "lead",
    [
        "เมื่อวันที่ 14 พฤษภาคม 2569 เกิดเหตุไฟไหม้",
        "สะพานปิดตั้งแต่วันที่ 14 พ.ค. 2569",
        "2026年5月14日，林福德港的桥梁被关闭，潜水员在两个桥墩上发现了裂缝。",
        "2026年5月14日、リンフォード港の橋が閉鎖された。",
        "据港口消息，2026年5月14日林福德港的桥梁被关闭，潜水员在两个桥墩上发现了裂缝，修复工作需要数周时间",
        "أُغلق الجسر في 14 مايو 2026 قرب الميناء.",
        "הגשר נסגר ב-14 במאי 2026 ליד הנמל.",
        "2026년 5월 14일 린포드 항구의 다리가 폐쇄됐다.",
        "“2026년 5월 14일 린포드 항구의 다리가 폐쇄됐다.”",
    ],
)
def test_a_sentence_that_names_a_day_is_none_in_scripts_without_capitals(lead: str) -> None:
    text = f"{lead}\n{PARAGRAPHS[1]}\n{PARAGRAPHS[2]}"
    assert read_byline(lead) is None
    assert without_bylines(text) == text
    page = read_html(page_of(H1 + "".join(f"<p>{line}</p>" for line in text.split("\n"))))
    assert lead in page.body
    assert page.published_at is None


@pytest.mark.parametrize(
    "below",
    ["<a href='/'>" * 150 + "<i></i>" * 30_000, "<span>14 May</span>" * 15_000, "<p>" + "14 May 2026 " * 60_000],
)
def test_a_headline_over_markup_meant_to_harm_is_read_in_time(below: str) -> None:
    begun = time.process_time()
    read_html(page_of(H1 + below + TEXT))
    assert time.process_time() - begun < 10
