"""RSS and Atom as they are written: encodings, references, and XML that is broken, cut off or hostile."""

from __future__ import annotations

import gzip
import re
from html import unescape

import pytest

from dedup.intake.article import Article
from dedup.intake.formats import FEED, recognise

from .feeds import all_of, item, rss


def test_encodings_that_the_feed_declares() -> None:
    text = rss(item(1, body="Die Fähre lief auf Grund, alle sind gerettet."), prolog='<?xml version="1.0"?>')
    declared = text.replace('"1.0"?>', '"1.0" encoding="iso-8859-1"?>', 1).encode("latin-1")
    (latin,), (packed,), (wide,) = all_of(declared), all_of(gzip.compress(text.encode())), all_of(text.encode("utf-16"))
    assert latin.body == packed.body == wide.body == "Die Fähre lief auf Grund, alle sind gerettet."


@pytest.mark.parametrize(
    ("declared", "code", "text"),
    [
        ("windows-1251", "utf-8", "Все 73 человека были спасены после того, как паром сел на мель у берега."),
        ("iso-8859-1", "utf-8", "Die Fähre lief auf Grund, alle sind gerettet – sagt die Küstenwache."),
        ("Shift_JIS", "cp932", "土曜日にフェリーが座礁し、①73人全員が救助されたと沿岸警備隊が発表した。"),
        ("gb2312", "gbk", "海岸警卫队表示，渡輪在奧本附近擱淺後，船上七十三人全部獲救。"),
        ("utf-8", "cp1251", "Все 73 человека были спасены после того, как паром сел на мель у берега."),
        ("none that there is", "euc-kr", "해경은 토요일 여객선이 좌초해 타고 있던 73명이 모두 구조됐다고 밝혔다."),
    ],
)
def test_a_feed_is_decoded_as_a_page_is(declared: str, code: str, text: str) -> None:
    prolog = f'<?xml version="1.0" encoding="{declared}"?>'
    (found,) = all_of(rss(item(1, body=text), prolog=prolog).encode(code))
    assert found.body == text


@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", "windows-1251", "gb2312"])
def test_characters_that_were_cut_in_two_do_not_bring_a_feed_into_another_encoding(declared: str) -> None:
    text = "Паром сел на мель, все спасены"
    prolog = f'<?xml version="1.0" encoding="{declared}"?>'
    feed = rss(*(item(number, body=f"{text}?..") for number in range(9)), prolog=prolog).encode()
    found = all_of(feed.replace(b"?..", "я".encode()[:1] + b".."))
    assert [article.body for article in found] == [f"{text}\ufffd.."] * 9


@pytest.mark.parametrize("declared", ["utf-8", "utf-16", "iso-8859-1", "UTF-16LE"])
@pytest.mark.parametrize("code", ["utf-16-le", "utf-16-be", "utf-32-be"])
@pytest.mark.parametrize("mark", ["\ufeff", ""])
def test_utf_16_is_read_whatever_it_declares_and_as_far_as_it_goes(declared: str, code: str, mark: str) -> None:
    prolog = f'{mark}<?xml version="1.0" encoding="{declared}"?>'
    feed = rss(item(1, body="Die Fähre lief auf Grund, alle sind gerettet."), item(2), prolog=prolog)
    first, _ = all_of(feed.encode(code))
    assert first.body == "Die Fähre lief auf Grund, alle sind gerettet."
    *articles, last = all_of(feed.encode(code)[:-300])
    assert [*articles] == [first]
    assert "cut off behind entry 1" in last.detail


def test_xml_that_is_not_well_formed_is_read_all_the_same() -> None:
    found = all_of(rss(item(1), item(2, body="Rescued & safe at the quay&nbsp;of Oban, <br> all of them."), item(3)))
    assert [article.uri[-1] for article in found] == ["1", "2", "3"]


@pytest.mark.parametrize(
    "odd",
    ["AT&T", "R&D up, AT&T & co down", "caf&eacute;&nbsp;au lait", "&#38; &apos;&lt;", "&unknown; A&B", "A\x0b\x1f&B"],
)
def test_ampersands_that_xml_does_not_know_change_nothing_beside_them(odd: str) -> None:
    address = "https://quay.example/news?id=1&section=2&copy=3&b=4"
    told = f"<title>{odd}</title><link>{address}</link><guid><![CDATA[{address}]]></guid><!-- {odd} -->"
    (found,) = all_of(rss(f"<item>{told}<description>{odd}: all were rescued.</description></item>"))
    text = unescape(odd.translate(dict.fromkeys(range(32))))
    assert (found.title, found.body) == (text, f"{text}: all were rescued.")
    assert (found.url, found.uri) == (address, "https://quay.example/news?b=4&copy=3&id=1&section=2")


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("&#55357;&#56832;", "😀"),
        ("&#xD83D;&#xDE00;", "😀"),
        ("&#128512;&#x1F600;", "😀😀"),
        ("&#56832;", "\ufffd"),
        ("&#1114112;&#x7fffffff;", "\ufffd\ufffd"),
        ("&#0;&#11;&#xFFFE;", ""),
        ("&#38;amp; &#60;i&#62;", "&amp; <i>"),
        ("&#9999999999;", "&#9999999999;"),
    ],
)
def test_a_number_that_no_character_has_hides_no_entry(written: str, read_as: str) -> None:
    first, second = all_of(rss(item(1, body=f"All were rescued {written}."), item(2)))
    assert unescape(first.body) == unescape(f"All were rescued {read_as}.")
    assert second.body == "All 73 people on board were rescued."


def test_xml_in_a_text_does_not_begin_a_feed() -> None:
    code = '<![CDATA[<pre><?xml version="1.0"?><rss></pre> was read.]]>'
    assert [one.uri[-1] for one in all_of(rss(item(1), item(2, body=code), item(3), prolog=""))] == ["1", "2", "3"]


@pytest.mark.parametrize(
    "before", ["<br />\n<b>Warning</b>: no cache in <b>/feed.php</b><br />\n", "Warning: no cache in /feed.php\n"]
)
@pytest.mark.parametrize("code", ["utf-8", "iso-8859-1"])
def test_what_a_server_complains_of_in_front_of_a_feed_is_none_of_it(before: str, code: str) -> None:
    feed = rss(item(1, body="Fähre"), item(2), prolog=f'<?xml version="1.0" encoding="{code}"?>')
    one, two = all_of((before + feed).encode(code))
    assert (one.uri, one.body, two.uri) == ("https://quay.example/a/1", "Fähre", "https://quay.example/a/2")


def test_a_feed_in_capitals_is_whole() -> None:
    capitals = re.sub(r"</?\w+", lambda tag: tag[0].upper(), rss(item(1), item(2)))
    assert [found.uri for found in all_of(capitals)] == ["https://quay.example/a/1", "https://quay.example/a/2"]


def test_a_feed_that_was_cut_off_gives_its_whole_entries_and_says_so() -> None:
    whole = rss(*(item(number) for number in range(9)))
    *articles, last = all_of(whole[: whole.index("Ferry aground 5")])
    assert [article.uri[-1] for article in articles] == ["0", "1", "2", "3", "4"]
    assert (last.reason, last.uri) == ("syntax", "stdin")
    assert "cut off behind entry 5" in last.detail
    (only,) = all_of(whole[: whole.index("Ferry aground 0")])
    assert (only.reason, "before its first entry" in only.detail) == ("syntax", True)


@pytest.mark.parametrize(
    "behind", ["<script>count()</script>", "<!-- cached -->" * 100, "\n\n<br />\n<b>Notice</b>: of PHP"]
)
@pytest.mark.parametrize("count", [0, 2])
def test_what_a_server_writes_behind_a_feed_does_not_cut_it_off(behind: str, count: int) -> None:
    found = all_of(rss(*map(item, range(count))) + behind)
    assert [article.uri for article in found] == [f"https://quay.example/a/{number}" for number in range(count)]


@pytest.mark.parametrize("levels", [1, 2, 9])
@pytest.mark.parametrize("code", ["utf-8", "utf-16"])
def test_entities_of_the_document_are_not_expanded_and_nothing_is_opened(tmp_path, levels: int, code: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret text of this machine")
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, levels))
    doctype = f'<!DOCTYPE rss [<!ENTITY e0 "boom">{bomb}<!ENTITY file SYSTEM "file://{secret}">]>'
    feed = rss(
        item(1, body=f"Rescued. &e{levels - 1}; &file;"), prolog=f"<?xml version='1.0' encoding='{code}'?>{doctype}"
    )
    found = all_of(feed.encode(code))
    text = "".join(article.body for article in found if isinstance(article, Article))
    assert "Rescued." in text
    assert "boom" not in text
    assert "secret text" not in text


@pytest.mark.parametrize("before", ["How to write a feed, line by line:\n", "<p>How to write a feed:</p>\n"])
def test_a_text_that_shows_a_feed_is_none(before: str) -> None:
    code = '<?xml version="1.0"?>\n<rss version="2.0">\n<channel>\nand so on.'
    assert recognise("stdin", (before + code).encode()) is not FEED
