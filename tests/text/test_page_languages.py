"""Furniture in the spellings and languages of real sites: capitals of Turkish, hamza and tanwin of Arabic, bars of
buttons, and the words of sites in Indonesian, Vietnamese and others."""

from __future__ import annotations

import pytest

from dedup.text.furniture import key

from .harbour_page import BODY, TITLE, page_of

PARAGRAPHS = BODY.split("\n")


def between(lines: str) -> str:
    """The article with `lines` between two of its paragraphs."""
    return page_of("\n\n".join([*PARAGRAPHS[:2], lines, *PARAGRAPHS[2:]]), TITLE).body


@pytest.mark.parametrize(
    "line",
    [
        "WhatsApp Facebook Twitter Pinterest LinkedIn Tumblr Email",
        "Facebook 0 Twitter 12 WhatsApp 1.5K",
        "Facebook | X | Telegram | Copy link",
        "Facebook Twitter",
    ],
)
def test_a_bar_of_buttons_to_share_is_none_of_the_text(line: str) -> None:
    assert between(line) == "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize(
    "line",
    [
        "Facebook, Twitter, WhatsApp",
        "Facebook and Twitter",
        "Facebook Twitter Reuters",
        "Twitter",
        "Print email",
        "Facebook Twitter 2019 Instagram 2020: the ports of the county on the net.",
    ],
)
def test_names_of_networks_in_a_text_stay(line: str) -> None:
    assert line in between(line)


@pytest.mark.parametrize(
    "line",
    [
        "İlgili Haberler: Balıkçı filosu üçte bir küçülüyor",
        "HABERİN DEVAMI İÇİN: Balıkçı filosu küçülüyor",
        "Abone ol",
        "YUKARI ÇIK",
        "Yukarı çık",
        "إقرأ أيضاً: أسطول الصيد يتقلص بمقدار الثلث",
        "اقرا ايضا: أسطول الصيد يتقلص بمقدار الثلث",
        "اعلان",
        "Baca juga: Armada nelayan menyusut sepertiga",
        "BACA JUGA:\n\nArmada nelayan menyusut sepertiga",
        "ADVERTISEMENT\n\nSCROLL TO CONTINUE WITH CONTENT",
        "Xem thêm: Đội tàu cá giảm một phần ba",
        "Quảng cáo",
        "Te recomendamos: La flota pesquera se reducirá un tercio",
        "Podría interesarte:\n\nLa flota pesquera se reducirá un tercio",
        "קראו גם: צי הדיג יצטמצם בשליש",
        "อ่านเพิ่มเติม: กองเรือประมงลดลงหนึ่งในสาม",
    ],
)
def test_links_and_advertisements_in_the_words_of_their_languages(line: str) -> None:
    assert between(line) == "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize("heading", ["Bình luận", "Komentar", "Yorum Yap", "תגובות", "Hozzászólások", "ความคิดเห็น"])
def test_comments_end_the_article_in_any_language(heading: str) -> None:
    text = f"{TITLE}\n\n{BODY}\n\n{heading} (3)\n\nseagull77\nMy commute is going to take an hour longer now."
    assert page_of(text, TITLE).body == BODY


@pytest.mark.parametrize("heading", ["Tin liên quan", "Berita Terkait", "DİĞER HABERLER", "כתבות נוספות"])
def test_other_articles_end_the_article_in_any_language(heading: str) -> None:
    text = f"{TITLE}\n\n{BODY}\n\n{heading}\n\nFishing fleet to shrink by a third\n\nLighthouse museum opens its doors"
    assert page_of(text, TITLE).body == BODY


@pytest.mark.parametrize(
    ("one", "other"),
    [("İlgili", "ilgili"), ("إقرأ أيضاً", "اقرا ايضا"), ("ΣΧΟΛΙΑ", "σχόλια"), ("Ещё", "еще")],
)
def test_one_phrase_has_one_key_in_all_spellings(one: str, other: str) -> None:
    assert key(one) == key(other)
