"""The rule by which an article stands for its text and for its story."""

from __future__ import annotations

from dedup.cluster.standing import claim, is_cut, reason

TITLED, UNTITLED = "Flood in Verlingen", ""


def test_a_title_then_a_preferred_publisher_then_the_date_then_the_arrival() -> None:
    claims = [
        claim(9, TITLED, 0, 900),
        claim(8, TITLED, 1, 100),
        claim(7, TITLED, None, 50),
        claim(2, TITLED, None, 60),
        claim(3, TITLED, None, 60),
        claim(1, TITLED, None, None),
        claim(0, UNTITLED, 0, 1),
    ]
    assert sorted(set(claims)) == claims
    assert [reason(first, claims[place + 1 :]) for place, first in enumerate(claims)] == [
        "its publisher is preferred",
        "its publisher is preferred",
        "it was published first",
        "it came first, and none was published before it",
        "it alone has a date",
        "it alone has a title",
        "",
    ]


def test_an_article_is_cut_below_four_fifths_of_the_longest() -> None:
    assert [words for words in range(95, 105) if is_cut(words, 125)] == [95, 96, 97, 98, 99]
    assert not is_cut(0, 0)
