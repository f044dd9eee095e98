"""Whole pages as text: the page's article comes back, what the site puts around it does not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.text.normal_form import normal_form
from dedup.text.page import Page, read_page

from .harbour_page import BODY, TITLE, page_of


@pytest.mark.parametrize("heading", ["COMMENTS:", "Comments:", "Kommentare:", "评论："])
def test_what_those_say_who_were_asked_is_part_of_an_article(heading: str) -> None:
    said = "JANE DOE, ANALYST, HARBOUR BANK: The rates will not fall before the summer, and then by little."
    text = f"{BODY}\n\n{heading}\n\n{said}"
    assert page_of(text) == Page("", text)
    page = page_of(f"{TITLE}\n\n{BODY}\n\nShare this article\nPrint this article\n\n{heading}\n\n{said}")
    assert (page.title, page.body) == (TITLE, BODY)


@pytest.mark.parametrize("heading", ["Ferries", "Costs", "The piers"])
def test_a_list_that_was_taken_out_above_the_next_section_ends_no_article(heading: str) -> None:
    section = "The ferries carry 400 cars an hour at most, said the county, and the queues will be long all winter."
    page = page_of(f"{TITLE}\n\n{BODY}\n\nMost Read\n\n{heading}\n\n{section}\n\nShare this article", TITLE)
    assert page.body == f"{BODY}\n\n{heading}\n\n{section}"


def test_a_line_printed_over_and_over_is_no_headline() -> None:
    more = "The pictures were taken by the divers, who found the first of the cracks as early as in the spring."
    note = "Click to enlarge the picture"
    text = f"{BODY}\n{note}\n{note}\n{note}\n{more}\n{note}\n{note}"
    assert page_of(text, TITLE).body == text


def test_comments_below_the_article() -> None:
    comments = """\
Comments (3)

harbourmaster
I said so five years ago, nobody at the county listened to me then.
2 hours ago
Reply
seagull77
My commute is going to take an hour longer now, thank you very much."""
    page = page_of(f"{TITLE}\n\n{BODY}\n\n{comments}")
    assert page.body == BODY
    assert "commute" not in page.body


def test_two_related_articles_in_full() -> None:
    others = """\
Related Articles

Fishing fleet to shrink by a third
Fishing fleet to shrink by a third

Coast Herald

3 hours ago

The fishing fleet of the eastern ports will shrink by a third until the end of the decade, the ministry said on Friday.

Lighthouse museum opens its doors
Lighthouse museum opens its doors

Coast Herald

5 hours ago

The old lighthouse on Gull Point opened as a museum on Saturday after two years of work on its lamp room and stairs."""
    page = page_of(f"{TITLE}\n\n{BODY}\n\n{others}")
    assert page.title == TITLE
    assert page.body == BODY


def test_other_articles_without_a_heading_are_known_by_their_headlines_printed_twice() -> None:
    second = "Fishing fleet to shrink by a third"
    third = "Lighthouse museum opens its doors"
    text = (
        f"{TITLE}\n{TITLE}\n\n{BODY}\n\n{second}\n{second}\n\nThe fleet will shrink.\n\n{third}\n{third}\n\nIt opened."
    )
    page = page_of(text)
    assert page.title == TITLE
    assert page.body == BODY


def test_a_headline_printed_three_times_in_a_row_is_one_as_well() -> None:
    page = page_of(f"Home News Sport\nThe isles and the coast\n{TITLE}\n{TITLE}\n\n{TITLE}\n{BODY}")
    assert (page.title, page.body) == (TITLE, BODY)


def test_menu_and_bread_crumbs_above_the_article() -> None:
    text = f"""\
logo
Home
News
Sport
Weather
Log in
Home › Regions › East Coast
{TITLE}
By Nora Hale
Linnford Courier | 14 October 2024
{BODY}
Share this article
Privacy policy
Terms of use"""
    page = page_of(text)
    assert page == Page(TITLE, BODY, "Linnford Courier", datetime(2024, 10, 14, tzinfo=UTC))


def test_german_page() -> None:
    title = "Hafenbrücke von Linnhaven nach Rissfund gesperrt"
    body = """\
Die Straßenbrücke über den Hafen von Linnhaven ist am Montag gesperrt worden, nachdem Taucher Risse fanden.
Die Untersuchung der Fundamente werde mindestens drei Wochen dauern, teilte der Landkreis mit.
Bis dahin sollen Fähren im Takt von zwanzig Minuten fahren."""
    text = f"""\
Startseite
Politik
Wirtschaft
Anmelden
Wir verwenden Cookies, um Ihnen das bestmögliche Angebot zu machen.
Alle akzeptieren
{title}
Stand: 14.10.2024, 16:30 Uhr
{body}
Lesen Sie auch: Fischereiflotte soll um ein Drittel schrumpfen
Das könnte Sie auch interessieren
Leuchtturm-Museum öffnet seine Türen
Der alte Leuchtturm auf der Landspitze ist seit Samstag ein Museum, nach zwei Jahren Umbau.
Kommentare
Impressum
Datenschutz"""
    page = page_of(text)
    assert page == Page(title, body, None, datetime(2024, 10, 14, tzinfo=UTC))


def test_french_page() -> None:
    title = "Le pont du port de Linnbourg fermé après la découverte de fissures"
    body = """\
Le pont routier du port de Linnbourg a été fermé lundi à la circulation après la découverte de fissures.
L'examen des fondations prendra au moins trois semaines, a indiqué le département.
Des bacs circuleront toutes les vingt minutes jusqu'à la fin de l'inspection."""
    text = f"""\
Accueil
Actualités
Se connecter
{title}
Publié le 14 octobre 2024 à 16h30
{body}
À lire aussi : La flotte de pêche va perdre un tiers de ses bateaux
Inscrivez-vous à notre newsletter pour suivre l'actualité de la côte.
Sur le même sujet
Le musée du phare ouvre ses portes au public
Mentions légales"""
    page = page_of(text)
    assert page == Page(title, body, None, datetime(2024, 10, 14, tzinfo=UTC))


def test_spanish_page() -> None:
    title = "Cierran el puente del puerto de Linares del Mar por grietas"
    body = """\
El puente que cruza el puerto de Linares del Mar fue cerrado el lunes después de que se hallaran grietas.
El examen de los cimientos durará al menos tres semanas, informó la provincia.
Hasta entonces habrá transbordadores cada veinte minutos."""
    text = f"""\
Portada
Deportes
Iniciar sesión
{title}
14 de octubre de 2024
{body}
Lea también: La flota pesquera perderá un tercio de sus barcos
Suscríbete a nuestro boletín y recibe cada mañana lo mejor de la costa.
Noticias relacionadas
El museo del faro abre sus puertas
Política de privacidad"""
    page = page_of(text)
    assert page == Page(title, body, None, datetime(2024, 10, 14, tzinfo=UTC))


def test_chinese_page() -> None:
    title = "林港大桥发现裂缝后关闭"
    body = """\
林港跨海公路大桥周一因潜水员在两座桥墩上发现裂缝而全面关闭，禁止一切车辆通行。
县政府表示，检查地基至少需要三个星期，期间渡轮每二十分钟一班。"""
    text = f"""\
首页
新闻
登录
{title}
2024年10月14日
{body}
分享
相关阅读
灯塔博物馆周六正式对公众开放
老灯塔经过两年整修后成为博物馆，周六正式开放。"""
    page = page_of(text)
    assert page == Page(title, body, None, datetime(2024, 10, 14, tzinfo=UTC))


@pytest.mark.parametrize(
    "link",
    [
        "Read also: Fishing fleet to shrink by a third",
        "ALSO READ | Fishing fleet to shrink by a third",
        "Related: Fishing fleet to shrink by a third",
        "Read more:\n\nFishing fleet to shrink by a third\nLighthouse museum opens its doors",
        "Advertisement",
    ],
)
def test_a_link_between_two_paragraphs_goes_and_the_article_goes_on(link: str) -> None:
    paragraphs = BODY.split("\n")
    text = "\n\n".join([*paragraphs[:2], link, *paragraphs[2:]])
    assert page_of(text, TITLE).body == "\n\n".join(paragraphs)


def test_captions_of_a_photo_gallery_on_a_page() -> None:
    text = f"""\
Home
Log in
Photos
{TITLE}
The closed bridge on Monday morning. Photo: Coast Herald / Mara Lind
Divers at the eastern pier. © Linnford County
Enlarge this image
{BODY}
View gallery
Queues at the ferry landing. (Photo by Mara Lind/Getty Images)
Back to top"""
    page = page_of(text)
    assert page.title == TITLE
    assert page.body == BODY


def test_a_known_title_is_dropped_from_the_top_of_the_body() -> None:
    assert page_of(f"{TITLE}\n{BODY}", TITLE) == Page(TITLE, BODY)
    assert page_of(f"{TITLE.upper()}.\n\n{BODY}", TITLE) == Page(TITLE, BODY)


def test_a_body_that_is_its_title_stays() -> None:
    line = "Armed men took jewels worth ten million from a shop near the opera"
    assert page_of(line, line) == Page(line, line)


def test_a_first_line_that_is_evidently_a_headline_becomes_the_title() -> None:
    assert page_of(f"{TITLE}\n\n{BODY}") == Page(TITLE, BODY)
    assert page_of(f"{TITLE}\n{BODY}") == Page(TITLE, BODY)


@pytest.mark.parametrize(("marks", "end"), [("# ", ""), ("## ", " ##"), ("#\t", "\t#")])
def test_a_headline_loses_the_marks_that_markdown_has_for_one(marks: str, end: str) -> None:
    marked = f"{marks}{TITLE}{end}"
    assert page_of(f"{marked}\n\n{BODY}") == Page(TITLE, BODY)
    assert page_of(f"Home\n{marked}\n{marked}\n\n{BODY}") == Page(TITLE, BODY)


@pytest.mark.parametrize(
    "title", ["#MeToo march in Linnford on Sunday", "Linnford in C #", "#1 song is by a local band"]
)
def test_a_headline_that_begins_with_a_tag_keeps_it(title: str) -> None:
    assert page_of(f"{title}\n\n{BODY}").title == title


@pytest.mark.parametrize(
    "text",
    [
        BODY,
        BODY.replace("\n", "\n\n"),
        # wrapped at 60 characters: the first line is no headline
        "West Linnford Timber Co said its board approved the sale of\nits paper mill to managers of the mill for cash.",
        "Shr 23 cts vs 15 cts\nNet 1,210,000 vs 802,000\nRevs 14.1 mln vs 12.9 mln\nNOTE: Prior year restated.",
        "Mara Lind and Jon Ferris\n\nLINNFORD — The bridge will stay closed for three weeks, the county said.",
        "WHEAT PRICES\n Linnford 112.50 up 0.25\n Gull Point 113.00 unch\n Eastport 111.75 off 0.50",
        "The minister declined to\ncomment.\nHe will speak to parliament about it on Tuesday, a spokesman said.",
        "Sports\nThe team from Linnford beat its rivals from Eastport by three goals to one on Saturday evening.",
    ],
)
def test_a_clean_body_passes_unchanged(text: str) -> None:
    text = normal_form(text)
    page = page_of(text)
    assert page == Page("", text)


def test_a_line_between_headline_and_date_is_not_the_headline() -> None:
    text = f"{TITLE}\nNobody was hurt\n14 October 2024\n{BODY}"
    assert page_of(text).body == text


def test_the_next_article_is_known_by_its_dated_byline_if_the_first_has_one() -> None:
    first, second = "By Mara Lind | Coast Herald | 14 October 2024", "By Jon Ferris | Coast Herald | 13 October 2024"
    below = f"Fishing fleet to shrink by a third\n\n{second}\n\nThe fleet will shrink until the end of the decade."
    page = page_of(f"{TITLE}\n\n{first}\n\n{BODY}\n\n{below}")
    assert (page.title, page.body, page.rest) == (TITLE, BODY, below)
    assert below in page_of(f"{TITLE}\n\n{BODY}\n\n{below}").body


def test_a_heading_of_other_articles_above_the_article_cuts_nothing_but_itself() -> None:
    text = f"Top stories\nHome\n{TITLE}\n\n{BODY}"
    page = page_of(text)
    assert page.title == TITLE
    assert page.body == BODY


def test_nothing_but_furniture_leaves_nothing() -> None:
    assert page_of("Home\nNews\nSign in\nSubscribe now\nPrivacy policy").body == ""


@pytest.mark.parametrize(
    "note", ["(Corrects the name of the county)", "[Adds quotes, details of the boat]", "（更正：第二段县名有误）"]
)
def test_a_note_in_brackets_above_the_text_is_no_headline(note: str) -> None:
    text = f"{note}\n\n{BODY}"
    assert (page_of(text).title, page_of(text).body) == ("", text)
    assert page_of(f"(LEAD) {TITLE} (pictures)\n\n{BODY}").title == f"(LEAD) {TITLE} (pictures)"


@pytest.mark.parametrize(
    ("title", "sentence"),
    [
        (
            "फेरी चट्टान से टकराई, सभी बचाए गए",
            "शनिवार को फेरी चट्टान से टकरा गई और सभी 73 लोगों को बचा लिया गया, तटरक्षक बल ने कहा।",
        ),
        (
            "ফেরি ডুবোচরে আটকে গেছে, সবাই নিরাপদ",
            "শনিবার ফেরিটি ডুবোচরে আটকে যায় এবং ৭৩ জনের সবাইকে উদ্ধার করা হয়, কোস্টগার্ড জানিয়েছে।",
        ),
        (
            "เรือเฟอร์รี่เกยตื้นผู้โดยสารปลอดภัย",
            "เรือเฟอร์รี่เกยตื้นเมื่อวันเสาร์และผู้โดยสารทั้งหมดได้รับการช่วยเหลือเจ้าหน้าที่ยามฝั่งกล่าวในแถลงการณ์เมื่อวันอาทิตย์",
        ),
        (
            "渡轮搁浅 七十三人获救",
            "一艘渡轮在奥本附近搁浅，船上七十三名乘客全部获救，没有人员伤亡，海岸警卫队周六晚间说。",
        ),
        ("フェリー座礁 乗客全員を救助", "フェリーが座礁し、乗客全員が救助されたと沿岸警備隊が土曜日に発表した。"),
    ],
)
def test_a_headline_of_letters_with_marks_or_in_two_parts_without_spaces_is_one(title: str, sentence: str) -> None:
    text = f"{sentence}\n\n{sentence}"
    page = page_of(f"{title}\n\n{text}")
    assert (page.title, page.body) == (title, text)


@given(st.text(alphabet=st.sampled_from("aA .\n:|©é中5"), max_size=200), st.text(max_size=20))
def test_any_text_gives_lines_of_that_text(text: str, title: str) -> None:
    text = normal_form(text)
    page = read_page(text, normal_form(title).replace("\n", " "))
    assert set(page.body.split("\n")) <= set(text.split("\n")) | {""}
