"""HTML that is meant to harm, or as deep and large as none should be."""

from __future__ import annotations

import socket

import pytest

from dedup.text.markup.html import read_html

from .whole_page import PAGE, PARAGRAPHS


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    dtd = '<!DOCTYPE html SYSTEM "http://herald.example/x.dtd">'
    page = read_html(
        PAGE.replace("<!DOCTYPE html>", dtd).replace("<nav>", '<iframe src="http://herald.example/"></iframe><nav>')
    )
    assert page.publisher == "Coast Herald"


def test_entities_do_not_expand() -> None:
    bomb = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(1, 9))
    doctype = f'<!DOCTYPE html [<!ENTITY e1 "aaaaaaaaaa">{bomb}]>'
    page = read_html(f"{doctype}<html><body><p>Six words and then &e9; follows</p></body></html>")
    assert len(page.body) < 200


@pytest.mark.parametrize(
    "markup",
    [
        "<html><body>" + "<div>" * 5_000 + "deep",
        "<html><body>" + "<blockquote>" * 240 + "deep",
        "<html><body>" + "<p>x</p>" * 60_000,
        "<html><body>" + "<a name='x'></a>The ferry ran aground off the pier on Monday evening, they said. " * 19_000,
        "<html><body><p>" + "<" * 100_000,
        "<html><body><a href='" + "x" * 500_000,
        "<html><!--" + "-" * 500_000,
        "<html><body>\x00\x01\ufffe\x0b</body></html>",
        "<html></html>",
        f"<html><head><meta name='{'publication' * 50_000}' content='x'></head><body>six words",
        "<html><body><h1>Ferry</h1><p>It ran aground.</p>" + "<div><h2>Comments</h2><p>x</div>" * 6_000,
        "<html><body><h1>Ferry</h1><p>It ran aground.</p><div><p>x" + "<h2>Comments</h2><p>x" * 12_000,
        f"<html><body><h1>Ferry</h1><p>{'It ran aground. ' * 20}</p><div>" + "<p>xx" * 35_000,
        "<html><body>" + "<nav>" * 190 + "<h1>x</h1>" * 15_000,
        "<html><body><h1>" + "x<br>" * 29_000,
        '<?xml version="1.0" encoding="utf-16"?><html><body><p>declared wrongly</p></body></html>',
    ],
)
def test_markup_meant_to_harm_ends_in_a_page(markup: str) -> None:
    assert len(read_html(markup).body) <= len(markup)


@pytest.mark.parametrize("levels", [250, 2_100, 20_000])
@pytest.mark.parametrize("box", ["div", "span", "b", "blockquote", "table><tr><td"])
@pytest.mark.parametrize("head", ["<html lang=de><head><title>Bridge</title></head><body>", ""])
def test_a_page_is_read_to_its_end_however_deep_its_boxes_are(levels: int, box: str, head: str) -> None:
    """Where they end in the middle of it, and where they never do."""
    inside, behind = (f"<p>{text}</p><nav>Home</nav>" for text in PARAGRAPHS[:2])
    closed = "".join(f"</{name}>" for name in reversed(box.split("><"))) * levels
    for end in (closed, ""):
        page = read_html(head + f"<{box}>" * levels + inside + end + behind)
        assert [line.strip() for line in page.body.split("\n") if line.strip()] == list(PARAGRAPHS[:2])
        assert (page.title, page.language) == (("Bridge", "de") if head else ("", None))


@pytest.mark.parametrize(
    "large", ['<img src="data:image/png;base64,{}">', "<script>{}</script>", "<p>{}</p>", "<!--{}-->"]
)
def test_a_page_is_read_to_its_end_however_large_a_picture_in_it_is(large: str) -> None:
    page = read_html(PAGE.replace("<article>", large.format("x" * 11_000_000) + "<article>"))
    assert page.body.endswith(PARAGRAPHS[2])
