"""A text in several boxes is one; boxes of teasers, comments and other articles stay where they are."""

from __future__ import annotations

import pytest
from lxml.html import document_fromstring

from dedup.text.markup.html import read_html
from dedup.text.markup.parted_text import join_parts

FIRST = "The road bridge over the harbour was closed on Monday after divers found cracks in two of its piers. " * 9
SECOND = "Engineers will need three weeks to examine the foundations, the county said in a statement. " * 3
THIRD = "Ferries will run every twenty minutes until the inspection is over, the harbour office said. " * 3
OFF = "The fishing fleet of the eastern ports will shrink by a third, the ministry said on Friday. " * 3


def found(body: str) -> str:
    head = "<head><title>Harbour bridge closes</title></head>"
    page = f"<html>{head}<body><div><h1>Harbour bridge closes</h1>{body}</div></body></html>"
    return read_html(page).body


@pytest.mark.parametrize(
    "between",
    [
        "",
        "<div class='ad'><script>show()</script></div>",
        "<div class='ad'>Advertisement</div>",
        "<div class='ad'>\n  <span>Reklama</span>\n</div>",
        "<div class='rail'><div>Most Popular</div><ul>"
        + "".join(f"<li><a href='/{one}'>{one} opens on Gull Point today</a></li>" for one in ("Quay", "Lamp", "Crane"))
        + "</ul></div>",
    ],
)
@pytest.mark.parametrize("heading", ["", "<h2>What comes next</h2>"])
def test_a_text_that_advertisements_part_is_one(between: str, heading: str) -> None:
    boxes = (f"<p>{FIRST}</p>", f"{heading}<p>{SECOND}</p>", f"<p>{THIRD}</p>")
    text = found(between.join(f"<div class='row'><div class='article__body'>{box}</div></div>" for box in boxes))
    places = [text.find(part[:60]) for part in (FIRST, SECOND, THIRD)]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize(
    "second",
    [
        f"<div class='PostEmbed-x1'><h4>A post on a network</h4><p>It can also be seen there.</p></div><p>{SECOND}</p>",
        f"<p>\u300c{'港湾局は橋脚に亀裂が見つかったことから月曜日に橋を閉鎖した。' * 3}\u300d</p><p>{SECOND}</p>",
    ],
)
def test_a_part_may_begin_with_a_post_of_a_network_or_with_what_somebody_said(second: str) -> None:
    boxes = (f"<p>{FIRST}</p>", second, f"<p>{THIRD}</p>")
    text = found("".join(f"<div class='row'><div class='article__body'>{box}</div></div>" for box in boxes))
    assert [part for part in (FIRST, SECOND, THIRD) if part[:60] not in text] == []


@pytest.mark.parametrize(
    "others",
    [
        "<div class='related'><h2>More on harbours</h2><div class='group'><p>{off}</p></div></div>",
        "<h3>Jane Doe wrote</h3><div class='group'><p>{off}</p></div>",
    ],
)
def test_boxes_under_headings_of_their_own_are_no_part_of_the_text(others: str) -> None:
    boxes = f"<div class='group'><p>{FIRST}</p><p>{SECOND}</p></div><div class='group'><p>{THIRD}</p></div>"
    text = found(f"<div class='article__body'>{boxes}</div><aside>{others.format(off=OFF)}</aside>")
    assert OFF[:60] not in text


def test_articles_of_a_list_are_not_put_together() -> None:
    boxes = "".join(
        f"<div class='article__body'><h2>{headline}</h2><p>{text}</p></div>"
        for headline, text in (("Harbour bridge closes", FIRST), ("Fleet shrinks", OFF))
    )
    assert OFF[:60] not in found(boxes)


def test_boxes_that_end_with_a_link_are_not_put_together() -> None:
    boxes = "".join(f"<div class='card'><p>{text}</p>{{}}</div>" for text in (FIRST, SECOND, "-" * 90))
    for end, left in (("", 2), ("<a href='/2'>more</a>", 3)):
        tree = document_fromstring(f"<html><body>{boxes.format(end, end, end)}</body></html>")
        join_parts(tree)
        assert len(tree.findall(".//div")) == left


@pytest.mark.parametrize(
    "headline", ["<div class='title'>{}</div>", "<span>{}</span>", "{}", "<p>{}</p>", "<p><a href='/2'>{}</a></p>"]
)
def test_teasers_in_boxes_are_not_put_together(headline: str) -> None:
    headlines = [f"{what} opens on Gull Point today" for what in ("Bridge", "Museum", "Quay", "Lamp", "Crane", "Mast")]
    teasers = "".join(
        f"<li><div class='text'>{headline.format(one)}<p>{OFF.replace('a third', one)}</p></div></li>"
        for one in headlines
    )
    text = found(f"<section class='content'><p>{FIRST}</p><p>{SECOND}</p></section><ul>{teasers}</ul>")
    assert FIRST[:60] in text


def test_what_stands_behind_the_last_part_stays() -> None:
    boxes = "".join(f"<div class='body'><p>{box}</p></div>" for box in (FIRST, SECOND))
    tree = document_fromstring(f"<html><body>{boxes}The county will tell more.</body></html>")
    join_parts(tree)
    assert len(tree.findall(".//div")) == 1
    assert tree.text_content().endswith("The county will tell more.")
