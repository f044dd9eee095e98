"""The main text of a page: what is left out for speed changes nothing of it."""

from __future__ import annotations

import pytest
from lxml.html import HtmlElement, document_fromstring
from trafilatura import bare_extraction
from trafilatura.settings import Document, Extractor

from dedup.text.markup import main_text
from dedup.text.markup.html import encoded, read_html

from .page_shapes import SHAPES, Shape

PARAGRAPH = f"<p>{'The ferry ran aground off the pier on Monday evening, the harbour office said. ' * 5}</p>"
HEADLINE = "<h1>Ferry aground off Oban</h1>"
ODD_PAGES = (
    "<p>Too short</p>",
    "<div>Loose text<br>and more of it<br></div>",
    f"<article>{PARAGRAPH}<table><tr><td><p>A cell</p></td><td>Another</td></tr></table></article>",
    f"<form id='aspnetForm'><div class='article-body'>{PARAGRAPH * 3}</div></form>",
    f"<div class='post-content'>{PARAGRAPH}</div><div class='post-content'>{PARAGRAPH.upper()}</div>",
    f"<div id='comments'>{PARAGRAPH * 2}</div><ul class='comments'><li>{PARAGRAPH}</li></ul>",
    f"<div class='infinite-scroll'><article>{PARAGRAPH * 2}</article></div>",
    f"<div class='teaser'>{PARAGRAPH}</div><p>Too short beside it.</p>",
    f"<article><p>Too short.</p></article><p class='teaser'>{PARAGRAPH[3:]}<div>{PARAGRAPH}</div>",
    f"<main><h2>Head</h2>{PARAGRAPH}<figure><table><tr><td>One</td></tr></table></figure><h2>Trailing</h2></main>",
)
PAGES = [
    *(pytest.param(shape.as_html, id=shape.name) for shape in SHAPES),
    *(pytest.param(f"<html><body>{body}</body></html>", id=f"odd-{at}") for at, body in enumerate(ODD_PAGES)),
]


def thinned(markup: str) -> HtmlElement:
    tree = document_fromstring(markup)
    main_text._thin(tree)
    return tree


def text_by_trafilatura(markup: str, options: Extractor) -> str:
    theirs = bare_extraction(thinned(markup), options=options)
    return theirs.text or "" if isinstance(theirs, Document) else ""


@pytest.mark.parametrize("markup", PAGES)
def test_the_first_finding_is_that_of_trafilatura(markup: str) -> None:
    options = main_text._options(compared=False, precise=True)
    try:
        body, text = main_text._finding(thinned(markup), options)
        own = main_text._rendered(body, text)
    except (TypeError, ValueError):
        own = ""
    assert own == text_by_trafilatura(markup, options)


@pytest.mark.parametrize("markup", PAGES)
def test_what_is_compared_is_that_of_trafilatura(markup: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main_text, "_beyond_doubt", lambda *_: False)
    own = main_text._precisely_found(thinned(markup), 0)
    assert own == text_by_trafilatura(markup, main_text._options(compared=True, precise=True))


@pytest.mark.parametrize(
    ("markup", "characters"),
    [
        ("<div><p>One</p>two<p>t<b>hr</b>ee</p></div>", 8),
        ("<table><tr><td>ab<p>cd</p><table><tr><td>ef</td></tr></table></td></tr></table>", 6),
        ("<div>none</div>", 0),
    ],
)
def test_running_text_is_counted_once(markup: str, characters: int) -> None:
    assert main_text._running(document_fromstring(f"<html><body>{markup}</body></html>")) == characters


LEAD = "The road bridge over the harbour was closed on Monday after divers found cracks, the county said."
OFF = "A box of another kind, which is as long as a paragraph and ends as one does, but is none of these."


@pytest.mark.parametrize(
    "body",
    [
        f"<article>{{h}}{{p}}<div>{LEAD}</div>{{p}}{{p}}</article>",
        f"<article>{{h}}{{p}}<div>{LEAD[:40]}<b>{LEAD[40:60]}</b><a>{LEAD[60:]}</a></div>{{p}}{{p}}</article>",
        f"<article>{{h}}{{p}}<div>{OFF}</div><div>{LEAD}</div>{{p}}{{p}}</article>",
        f"<article>{{h}}<div class='lead'>{LEAD}</div><div class='text'>{{p}}{{p}}{{p}}</div></article>",
        f"<div class='article'>{{h}}<div class='intro'>{LEAD}</div>{{p}}{{p}}{{p}}</div>",
    ],
)
def test_a_paragraph_in_a_box_is_one(body: str) -> None:
    page = body.format(h="<h1>Harbour bridge closes</h1>", p=PARAGRAPH)
    assert LEAD in read_html(f"<html><body>{page}</body></html>").body


@pytest.mark.parametrize(
    "box",
    [
        f"<div class='pull-quote'>{OFF}</div>",
        f"<div><a href='/x'>{OFF}</a></div>",
        f"<div>{OFF[:-1]}</div>",
        f"<div><img>{OFF}</div>",
        f"<div><ul><li>{OFF}</li></ul></div>",
        "<div>Share this.</div>",
    ],
)
def test_a_box_among_paragraphs_that_may_be_something_else_stays_one(box: str) -> None:
    tree = document_fromstring(f"<html><body><p>One</p>{box}<p>Two</p></body></html>")
    main_text._name_paragraphs(tree)
    assert [element.tag for element in tree.body] == ["p", "div", "p"]


@pytest.mark.parametrize(
    "box", ["<div class='byline'>By Jane Doe, Harbour Correspondent</div>", f"<img><div>{OFF}</div>"]
)
def test_what_stands_below_a_headline_may_be_a_byline_or_a_caption(box: str) -> None:
    tree = document_fromstring(f"<html><body><h1>Harbour bridge closes</h1>{box}<p>Two</p></body></html>")
    main_text._name_paragraphs(tree)
    assert tree.find(".//div") is not None


def test_a_text_in_boxes_is_not_lost_for_some_paragraphs_beside_it() -> None:
    boxes = "".join(f"<div class='part'>{PARAGRAPH[3:-4]} Part {number}.</div>" for number in range(9))
    page = f"<div class='text'>{boxes}</div><div class='about'>{PARAGRAPH.title()}</div>"
    body = read_html(f"<html><body><h1>Ferry aground off Oban</h1>{page}</body></html>").body
    assert "Part 1." in body
    assert "Part 8." in body


@pytest.mark.parametrize(
    "around",
    [
        "<aside class='content'>{}</aside>",
        "<aside class='sidebar'><div class='sidebar-sticky'><div id='nav_menu'><a href='/'>Home</a></aside>{}",
        "<nav><ul class='menu'><li class='hidden'><div><a href='/'>Home</a></nav><main>{}</main>",
        "<header><button><div>Menu</button></header>{}",
        "<noscript><div><img></noscript>{}<footer><p>Harbour Herald, Oban.</p></footer>",
    ],
)
def test_an_element_that_is_never_text_may_hold_the_article(around: str) -> None:
    article = f"<article>{HEADLINE}{PARAGRAPH}{PARAGRAPH.upper()}</article>"
    for title in ("Ferry aground off Oban", "Ferry aground off Oban - The paper of the isles and the western coast"):
        head = f'<meta property="og:title" content="{title}">'
        page = f"<html><head>{head}</head><body>{around.format(article)}</body></html>"
        assert "THE FERRY RAN AGROUND" in read_html(page).body


def test_a_text_for_browsers_without_scripts_is_the_article_where_there_is_no_other() -> None:
    text, other = f"{PARAGRAPH}{PARAGRAPH.upper()}", "<p>This site needs a browser that runs scripts.</p>"
    shown = f"<article>{HEADLINE}<script>show()</script><noscript>{text}</noscript></article>"
    assert "THE FERRY RAN AGROUND" in read_html(f"<html><body>{shown}</body></html>").body
    beside = f"<article>{HEADLINE}{text}</article><noscript>{other}</noscript>"
    assert "scripts" not in read_html(f"<html><body>{beside}</body></html>").body


def test_a_menu_that_repeats_the_headline_is_none_of_the_text() -> None:
    menu = f"<nav>{HEADLINE}<p>Subscribe to the Harbour Herald for a week.</p></nav>"
    page = f"<html><body>{menu}<article>{HEADLINE}{PARAGRAPH}{PARAGRAPH.upper()}</article></body></html>"
    assert "Subscribe" not in read_html(page).body


@pytest.mark.parametrize("shape", SHAPES, ids=[shape.name for shape in SHAPES])
def test_a_page_reads_the_same_from_its_bytes(shape: Shape) -> None:
    assert read_html(encoded(shape.as_html)) == read_html(shape.as_html)


@pytest.mark.parametrize("sign", ["x", "é", "字", "\U0001f600"])
def test_how_far_a_page_may_say_that_it_is_one_is_counted_in_characters(sign: str) -> None:
    page = '<!--{}--><html lang="de"><p>Some words</p></html>'
    assert read_html(page.format(sign * 4_980)).language == "de"
    assert read_html(page.format(sign * 4_999)).language is None


@pytest.mark.parametrize("end", ["<br>", " <br/>", "<br><span></span>\n", "<wbr> <br>"])
def test_a_heading_in_several_lines_is_one_line(end: str) -> None:
    heading = f"<h2>What the harbour{end}office knows</h2>"
    article = f"<h1>Ferry aground{end}off <i>Oban</i></h1>{PARAGRAPH}{heading}{PARAGRAPH.upper()}"
    page = read_html(f"<html><body><article>{article}</article></body></html>")
    assert page.title == "Ferry aground off Oban"
    lines = [" ".join(line.split()) for line in page.body.splitlines()]
    assert (lines[0], lines[2]) == (page.title, "What the harbour office knows")


def test_a_text_in_a_heading_keeps_its_lines() -> None:
    text = PARAGRAPH[3:-4].strip()
    article = f"<h1>Ferry aground</h1>{PARAGRAPH}<h3>{text[:290]}<br>{text.upper()}</h3>{PARAGRAPH.title()}"
    page = read_html(f"<html><body><article>{article}</article></body></html>")
    assert {text[:290], text.upper()} <= set(map(str.strip, page.body.splitlines()))


def test_line_ends_in_another_article_part_its_words() -> None:
    other = (
        "<article><h2><a href='/2'>Fishing fleet<br>to shrink</a></h2><p>"
        + "It shrinks.<br>By a third." * 10
        + "</p></article>"
    )
    head = "<head><title>Ferry aground off Oban</title></head>"
    body = f"<article><h1>Ferry aground off Oban</h1>{PARAGRAPH}</article>{other}"
    (found,) = read_html(f"<html>{head}<body>{body}</body></html>").others
    assert found.title == "Fishing fleet to shrink"
    assert found.body.startswith("It shrinks. By a third.")


def test_a_teaser_of_the_page_s_own_article_makes_it_no_other() -> None:
    teaser = "<article><a href='/1'><h3>Ferry aground off Oban</h3></a><time>2 hours ago</time></article>"
    other = f"<article><h2>Fishing fleet to shrink</h2>{PARAGRAPH.upper()}</article>"
    own = f"<article><h1>Ferry aground off Oban</h1>{PARAGRAPH}</article>"
    head = "<head><title>Ferry aground off Oban</title></head>"
    page = read_html(f"<html>{head}<body><ol><li>{teaser}</li></ol>{own}{other}</body></html>")
    assert PARAGRAPH[3:80] in page.body
    assert [found.title for found in page.others] == ["Fishing fleet to shrink"]


def test_an_article_of_a_few_words_stays_alone_beside_longer_ones() -> None:
    own = (
        "<article><h2>Ferry aground off Oban</h2><p>All of its passengers were taken ashore by lifeboat.</p></article>"
    )
    page = read_html(f"<html><head><title>Ferry aground off Oban</title></head><body>{own}{OTHER}</body></html>")
    assert "THE FERRY" not in page.body.upper()
    assert [found.title for found in page.others] == ["Fishing fleet to shrink"]


def test_a_teaser_alone_is_not_the_article_under_a_headline_above_both() -> None:
    teaser = "<article><h3>Ferry aground off Oban</h3></article>"
    own = f"<article>{PARAGRAPH}<h3>Suggest a correction</h3>{PARAGRAPH.upper()}</article>"
    head = "<head><title>Ferry aground off Oban</title></head>"
    page = read_html(f"<html>{head}<body><h1>Ferry aground off Oban</h1>{own}<div>{teaser}</div></body></html>")
    assert PARAGRAPH[3:80] in page.body
    assert page.others == ()


@pytest.mark.parametrize("tag", ["aside", "nav", "footer", "button", "noscript"])
def test_an_element_that_is_never_closed_is_read_where_it_holds_the_article(tag: str) -> None:
    article = f"<article><h1>Ferry aground off Oban</h1>{''.join(WEEK)}</article>"
    head = "<head><title>Ferry aground off Oban</title></head>"
    menu = "<ul><li><a href='/news'>News</a></li><li><a href='/sport'>Sport</a></li></ul>"
    page = read_html(f"<html>{head}<body><div><{tag}>{menu}{article}</div></body></html>")
    assert all(paragraph[3:80] in page.body for paragraph in WEEK)


def test_a_sidebar_with_headline_and_text_holds_the_article() -> None:
    article = f"<h1>Ferry aground off Oban</h1>{PARAGRAPH}"
    head = "<head><title>Ferry aground off Oban</title></head>"
    footer = f"<footer>{''.join(map(str.upper, WEEK))}</footer>"
    body = f"<div class='main'><aside class='left-column'>{article}</aside></div>{footer}"
    found = read_html(f"<html>{head}<body>{body}</body></html>").body
    assert (PARAGRAPH[3:80] in found, WEEK[1][3:80].upper() in found) == (True, False)


def test_a_footer_with_the_only_paragraphs_of_a_page_is_none_of_its_text() -> None:
    text = "<br>".join(paragraph[3:-4] for paragraph in WEEK)
    footer = f"<footer><p>{'The paper of the coast is read in all of its harbours. ' * 9}</p></footer>"
    body = f"<div class='article-body'><h1>Ferry aground off Oban</h1><div>{text}</div></div>{footer}"
    assert "read in all" not in read_html(f"<html><body>{body}</body></html>").body


WEEK = [PARAGRAPH.replace("Monday", day) for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")]


@pytest.mark.parametrize(
    "body",
    [
        "<div class='picture'><img src='/1'></div>{1}<br><br>{2}<br><br><div class='picture'><img src='/2'></div>{3}",
        "<div class='related'><a href='/2'>Fleet to shrink</a></div>{1}<p>{2}</p><p>{3}</p>",
        "{1}<p>{2}</p>{3}",
        "<p>{1}</p><div><a href='/2'><img src='/1'></a></div>On <time>Monday</time> <a href='/3'>the</a> {2}<p>{3}</p>",
    ],
)
def test_text_that_is_loose_behind_a_picture_or_between_paragraphs_is_read(body: str) -> None:
    texts = [paragraph[3:-4].replace("the pier", f"pier {at}") for at, paragraph in enumerate(WEEK)]
    inside = "".join(f"<p>{text}</p>" for text in texts[4:] * 3) + body.format(*texts)
    page = read_html(f"<html><body>{HEADLINE}<div class='article-body'>{inside}</div></body></html>")
    assert [number for number in (1, 2, 3) if f"pier {number}" not in page.body] == []
    assert "On\n" not in page.body


def test_where_hardly_any_of_the_paragraphs_is_found_the_search_is_less_precise() -> None:
    parts = ("".join(paragraphs) for paragraphs in (WEEK[:1], (*WEEK[1:], *map(str.upper, WEEK))))
    boxes = [f"<div class='sidebar-grid'><div class='post-content'>{part}</div></div>" for part in parts]
    body = "<div class='quote'>\"Nobody saw the pier\"</div>".join(boxes)
    page = read_html(f"<html><body><div><h1>Ferry aground off Oban</h1>{body}</div></body></html>")
    assert all(paragraph[3:80] in page.body for paragraph in WEEK)


def test_paragraphs_beside_a_text_that_has_none_are_no_measure_of_it() -> None:
    boxes = "".join(f"<div class='block'><div class='row'>{paragraph[3:-4]}</div></div>" for paragraph in WEEK * 3)
    told = "What we know about the ferries of the coast is told on another page of ours, every day anew. "
    note = f"<div class='entry-content'><p>{told}</p><p>{told.upper() * 4}</p></div>"
    page = read_html(f"<html><body><main><h1>Ferry aground off Oban</h1>{boxes}</main>{note}</body></html>")
    assert all(paragraph[3:80] in page.body for paragraph in WEEK)


HEADLINE = "<h1>Ferry aground off Oban</h1>"
OWN = f"{PARAGRAPH}<h2>How it came to that</h2>{PARAGRAPH.upper()}"
TEASER = "<article><h3><a href='/1'>Ferry aground off Oban</a></h3></article>"
OTHER = f"<article><h3><a href='/2'>Fishing fleet to shrink</a></h3>{PARAGRAPH.title()}</article>"


@pytest.mark.parametrize(
    ("body", "others"),
    [
        (f"<article>{HEADLINE}{OWN}</article>{TEASER}{OTHER}", ["Fishing fleet to shrink"]),
        (f"{TEASER}{OTHER}<article>{HEADLINE}{OWN}</article>", ["Fishing fleet to shrink"]),
        (f"{HEADLINE}<article>{OWN}</article>{TEASER}", []),
        (f"<article>{HEADLINE}{OWN}</article><article>{HEADLINE}{OWN}</article>", []),
    ],
)
def test_a_list_of_what_is_read_most_may_name_the_page_s_own_article(body: str, others: list[str]) -> None:
    head = "<head><title>Ferry aground off Oban</title></head>"
    page = read_html(f"<html>{head}<body>{body}</body></html>")
    assert [other.title for other in page.others] == others
    assert "THE FERRY RAN AGROUND" in page.body


def test_what_stands_behind_elements_in_which_nothing_does_keeps_its_order() -> None:
    loose = "<a></a>One <i><b></b> two</i><i><b></b></i> three <span><i></i> </span>four <b>five</b><i></i> six<i></i>."
    body = read_html(f"<html><body>{HEADLINE}{PARAGRAPH}<p><i></i><i></i>{loose}</p>{PARAGRAPH}</body></html>").body
    assert body.split("\n")[1] == "One two three four five six."


@pytest.mark.parametrize("name", ["id='primary-nav'", "id='global_menu'", "class='site_navigation wide'"])
def test_a_menu_is_none_of_the_text_of_a_short_article(name: str) -> None:
    words = ("Harbours", "Fishing", "Ferries", "Weather", "Tides", "Lighthouses")
    items = "".join(f"<li><a href='/{one}'>{one} and so on</a><ul><li>{one} of today</li></ul></li>" for one in words)
    said = "The ferry ran aground off the pier on Monday evening, the harbour office said."
    page = f"<div id='top'><div {name}><ul>{items}</ul></div></div><div>{HEADLINE}<div><p>{said}</p></div></div>"
    assert read_html(f"<html><body>{page}</body></html>").body == said


def test_what_is_called_a_menu_may_hold_the_text() -> None:
    page = f"<div class='has-menu'>{PARAGRAPH}<div class='menu'>{PARAGRAPH.upper()}</div></div>"
    body = read_html(f"<html><body class='menu-closed'>{page}</body></html>").body
    assert ("ferry" in body, "FERRY" in body) == (True, True)


def test_what_is_called_a_menu_may_hold_short_paragraphs() -> None:
    """As those of Chinese are."""
    said = ["渡轮周一晚上在码头附近搁浅，港务局说没有人受伤。", "船将在涨潮时被拖走，<a href='/2'>调查</a>仍在进行。"]
    text = "".join(f"<p>{one}</p>" for one in said * 3)
    body = read_html(f"<html><body>{HEADLINE}<div class='text has-nav'>{text}</div><p>2026</p></body></html>").body
    assert body.count("港务局") == 3


@pytest.mark.parametrize(
    "inside", ["<p>{}</p>", "<div class='more'>{}</div>", "{}<ol><li class='comment-5'>{}</li></ol>"]
)
@pytest.mark.parametrize("name", ["forum-comment", "c_comment__item", "comments"])
def test_a_list_of_what_readers_said_is_none_of_the_text(name: str, inside: str) -> None:
    said = inside.format(*["I have taken that ferry for years and never saw the pier so dark, said nobody. " * 5] * 2)
    comments = "".join(f"<li class='{name} {parity}'>{said}</li>" for parity in ("odd", "even") * 5)
    talk = f"<div class='forum-widget'><div class='top'>10 Comments</div><ul class='forum-list'>{comments}</ul></div>"
    body = read_html(f"<html><body><div class='content'>{HEADLINE}{PARAGRAPH * 2}{talk}</div></body></html>").body
    assert ("ran aground" in body, "so dark" in body) == (True, False)


STANDFIRST = "The ferry Isle of Tarsay ran aground off Oban on Saturday, and all 73 people on board were rescued."


@pytest.mark.parametrize(
    "head",
    [
        "<header><h1>{h}</h1><p class='lead'>{l}</p></header>",
        "<header><div><h1>{h}</h1><div class='standfirst'><p>{l}</p></div></div><p>By Jane Doe</p></header>",
        "<header><h1><span>{h}</span></h1> <div class='dek'>{l}</div><figure></figure></header>",
        "<h1>{h}</h1><div id='Teaser'><p>{l}</p></div>",
        "<h1>{h}</h1><p class='article__teaser'>{l}</p>",
    ],
)
def test_the_lead_below_a_headline_is_part_of_the_text_wherever_it_stands(head: str) -> None:
    article = head.format(h="Ferry aground off Oban", l=STANDFIRST) + PARAGRAPH + PARAGRAPH.upper()
    page = read_html(f"<html><body><article>{article}</article></body></html>")
    lines = [line.strip() for line in page.body.splitlines()]
    assert lines.index(STANDFIRST) < lines.index(PARAGRAPH[3:-4].strip())


def test_what_a_site_says_of_itself_at_its_head_is_none_of_the_text() -> None:
    slogan = (
        "<header><h1>Coast Herald</h1><p>The paper of the coast since 1902, read in all of its harbours.</p></header>"
    )
    article = f"<article><h2>Ferry aground off Oban</h2>{PARAGRAPH}{PARAGRAPH.upper()}</article>"
    title = "<head><title>Ferry aground off Oban | Coast Herald</title></head>"
    assert "since 1902" not in read_html(f"<html>{title}<body>{slogan}{article}</body></html>").body


def test_a_name_in_the_title_makes_no_footer_the_article() -> None:
    footer = f"<footer><h1>Oban</h1><p>{'The town is by the sea and has a harbour of its own. ' * 6}</p></footer>"
    head = "<head><title>Ferry aground off Oban</title></head>"
    body = f"<article><h1>Ferry aground off Oban</h1>{PARAGRAPH}{footer}{PARAGRAPH.upper()}</article>"
    assert "The town" not in read_html(f"<html>{head}<body>{body}</body></html>").body
