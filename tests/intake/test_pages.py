"""Page files: one article each, in whatever encoding."""

from __future__ import annotations

import pytest

from dedup.errors import InputRejected
from dedup.intake.article import Article
from dedup.intake.files import read
from dedup.intake.formats import HTML, JSON, JSON_LINES, TEXT, recognise
from dedup.intake.given import Unreadable
from dedup.intake.page_file import decode_html, decode_text

RUSSIAN = "Паром опоздал на два часа, сообщили в порту. " * 20


def read_one(tmp_path, name, data, max_bytes=10_000):
    path = tmp_path / name
    path.write_bytes(data)
    (found,) = read([path], source="pages", max_bytes=max_bytes)
    return found


def test_a_page_and_a_text(tmp_path):
    assert read_one(tmp_path, "a.html", b"<p>Text.</p>") == Article(
        "a.html", "<p>Text.</p>", "pages", content_type="text/html"
    )
    assert read_one(tmp_path, "a.txt", b"Text.") == Article("a.txt", "Text.", "pages", content_type="text/plain")


@pytest.mark.parametrize(
    "data",
    [
        RUSSIAN.encode(),
        b"\xef\xbb\xbf" + RUSSIAN.encode(),
        RUSSIAN.encode("utf-16"),
        f'<!DOCTYPE html><meta charset="utf-8">{RUSSIAN}'.encode("utf-16-le"),
        f'<?xml version="1.0" encoding="utf-16"?><html>{RUSSIAN}'.encode("utf-16-be"),
        b'<meta charset="windows-1251">' + RUSSIAN.encode("cp1251"),
        b'<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">' + RUSSIAN.encode("koi8-r"),
        b'<?xml version="1.0" encoding="windows-1251"?><html>' + RUSSIAN.encode("cp1251"),
        b'<meta charset="utf-8">' + RUSSIAN.encode("cp1251"),
        b'<meta charset="windows-1251">' + RUSSIAN.encode(),
        b'<meta charset="utf-16">' + RUSSIAN.encode(),
        b'<meta charset="punycode">' + RUSSIAN.encode(),
        b'<meta charset="hex">' + RUSSIAN.encode(),
        b'<meta charset="no-such-thing">' + RUSSIAN.encode(),
        b"<html>" + RUSSIAN.encode("cp1251"),
    ],
)
def test_the_encoding_of_a_page_is_found(data):
    assert RUSSIAN in decode_html(data)


FRENCH = "Le président a été réélu à l’unanimité par les députés français, déjà mécontents du maître des Îles."
SPANISH = "El presidente anunció que la economía de España creció más rápido de lo previsto, según el señor Núñez."
SWEDISH = "Sjömännen räddades på lördagen när färjan gick på grund vid ön, sade kustbevakningen på Åland."
CZECH = "Trajekt najel na mělčinu, všichni cestující byli zachráněni, uvedla pobřežní stráž v sobotu."
THAI = "เรือเฟอร์รี่เกยตื้นเมื่อวันเสาร์ ผู้โดยสารทั้งหมดได้รับการช่วยเหลือ"


@pytest.mark.parametrize("scripts", [0, 70_000])
@pytest.mark.parametrize("paragraphs", [1, 20])
@pytest.mark.parametrize(
    ("text", "code", "language"),
    [
        (FRENCH, "cp1252", "fr"), (FRENCH, "cp1252", ""), (SPANISH, "cp1252", "es"), (SWEDISH, "cp1252", "sv"),
        (CZECH, "cp1250", "cs"), (RUSSIAN, "cp1251", "ru"), (RUSSIAN, "cp1251", "en"), (THAI, "cp874", "th"),
    ],
)  # fmt: skip
def test_a_page_that_is_not_what_it_says_is_in_what_its_text_looks_like(
    text: str, code: str, language: str, paragraphs: int, scripts: int
) -> None:
    head = f'<html lang="{language}"><meta charset="utf-8"><script>{"x=1;" * (scripts // 4)}</script>'
    page = head.encode() + f"<p>{text}</p>".encode(code) * paragraphs
    assert decode_html(page).count(text) == paragraphs


def test_quotation_marks_of_windows_in_a_long_page_are_none_that_were_lost():
    page = (
        b'<html lang="en"><meta charset="utf-8"><script>'
        + b"x=1;" * 9_000
        + b"</script><p>The ferry\x92s crew \x96 all safe."
    )
    assert decode_html(page).endswith("The ferry’s crew – all safe.")


@pytest.mark.parametrize("told", ["utf-8", "utf-16", "no-such-thing", None])
def test_what_the_page_declares_counts_where_what_its_server_told_cannot_be(told: str | None) -> None:
    page = f'<meta charset="iso-8859-2"><p>{CZECH}'
    assert decode_html(page.encode("iso-8859-2"), told) == page


def test_stateful_ascii_is_decoded_as_declared():
    assert "東京" in decode_html(b'<meta charset="iso-2022-jp">' + "東京".encode("iso-2022-jp"))


@pytest.mark.parametrize("encoding", ["ascii", "utf-8", "cp1251"])
def test_a_few_nuls_do_not_cost_a_page(tmp_path, encoding):
    text = "The ferry was late. " * 200 if encoding == "ascii" else RUSSIAN * 2
    page = f'<html><meta charset="{encoding}"><p>{text}</p>{{}}</html>'
    found = read_one(tmp_path, "a.html", page.format("\0").encode(encoding))
    assert isinstance(found, Article)
    assert found.body == page.format("")
    assert read_one(tmp_path, "a.html", page.format("\0" * 100).encode(encoding)).reason == "binary"


def test_a_few_broken_characters_do_not_cost_a_page():
    text = decode_html(b'<meta charset="utf-8">' + RUSSIAN.encode() * 3 + b"\xff" + RUSSIAN.encode())
    assert text.count("\ufffd") == 1
    assert text.count(RUSSIAN) == 4


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_text_with_a_mark_or_in_utf_8(encoding):
    assert decode_text(RUSSIAN.encode(encoding)) == RUSSIAN


@pytest.mark.parametrize("data", [RUSSIAN.encode("cp1251"), b"caf\xe9", b"\xff\xfea"])
def test_text_in_another_encoding_is_rejected(data):
    with pytest.raises(InputRejected) as rejected:
        decode_text(data)
    assert rejected.value.reason == "encoding"
    assert "iconv" in rejected.value.detail


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n\t", "empty"),
        ("a.txt", b"\xef\xbb\xbf", "empty"),
        ("a.html", b"", "empty"),
        ("a.txt", b"x" * 10_001, "too_large"),
        ("a.html", b"x" * 10_001, "too_large"),
        ("a.txt", b"caf\xe9", "encoding"),
        ("a.txt", b"one\0two", "binary"),
        ("a.html", b"%PDF-1.7 ...", "binary"),
        ("a.txt", b"PK\x03\x04...", "binary"),
        ("picture", b"\x89PNG\r\n", "binary"),
        ("a.txt", b"x" * 300_000, "too_large"),
        ("nitf.xml", b'<?xml version="1.0"?><nitf/>', "syntax"),
    ],
)
def test_a_page_that_cannot_be_used(tmp_path, name, data, reason):
    found = read_one(tmp_path, name, data)
    assert isinstance(found, Unreadable)
    assert (found.uri, found.reason, found.source) == (name, reason, "pages")
    assert len(found.detail) > 20


def test_nul_behind_the_beginning_is_found_too(tmp_path):
    assert read_one(tmp_path, "a.txt", b"x" * 600_000 + b"\0", 1_000_000).reason == "binary"


@pytest.mark.parametrize(
    ("name", "head", "form"),
    [
        ("A.JSONL", b"x", JSON_LINES),
        ("a.ndjson.gz", b"x", JSON_LINES),
        ("a.json", b"[{", JSON),
        ("a.json", b"x", JSON),
        ("a.json", b'{"uri": "a"}\n{"uri": "b"}\n', JSON_LINES),
        ("a.json", b'{"uri": "a", "bo\n{"uri": "b"}\n', JSON_LINES),
        ("a.json", b'{"articles": [{"uri": "a"}]}\n', JSON),
        ("a.htm", b"x", HTML),
        ("a.XHTML.gz", b"x", HTML),
        ("a.text", b"<p>", TEXT),
        ("a.md", b"x", TEXT),
        ("a", b"\xef\xbb\xbf [1", JSON),
        ("a.dat", b'{"uri": "a"}\n', JSON_LINES),
        ("a.gz", b"  <!-- c --><!DOCTYPE html>", HTML),
        ("a.php", b'<?xml version="1.0"?>\n<html xmlns="x">', HTML),
        ("a", "<html>".encode("utf-16"), HTML),
        ("a", "Words".encode("utf-16"), TEXT),
        ("a", b"<3 is a heart", TEXT),
        ("a", b"[Oban] All were rescued.", TEXT),
        ("a", b'[ {"uri": "a"}]', JSON),
        ("a", b"[", JSON),
        ("a.2025", b"Words.", TEXT),
    ],
)
def test_the_format_by_name_else_by_content(name, head, form):
    assert recognise(name, head) is form


@pytest.mark.parametrize("name", ["a.xml", "A.XML.gz"])
def test_xml_that_is_neither_page_nor_feed_is_no_text_with_a_declaration_or_without(name):
    for head in (b'<?xml version="1.0"?><urlset><url/></urlset>', b"<urlset><url/></urlset>", b"<!-- c --> <urlset/>"):
        with pytest.raises(InputRejected, match="neither a page nor a feed"):
            recognise(name, head)
    assert recognise(name, b"Words.") is TEXT
    assert recognise(name, b"<div><p>Words.</p></div>") is HTML


@pytest.mark.parametrize("control", [b"\x08", b"\x1b", b"\x01\x02", b"\x7f"])
@pytest.mark.parametrize(("text", "code"), [(FRENCH, "cp1252"), (RUSSIAN, "cp1251")])
def test_a_control_character_hides_no_encoding(text, code, control):
    data = text.encode(code)
    page = decode_html(b"<html><p>" + data[:20] + control + data[20:])
    assert page.replace(control.decode(), "") == f"<html><p>{text}"
