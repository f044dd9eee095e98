"""One JSON object, plain or ninjs, as an article."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dedup.intake.article import URI_BYTES, Article
from dedup.intake.given import Given, Unreadable
from dedup.intake.json_article import read_record

GIVEN = Given("feed.jsonl", "ingest", 1_000)


def read(**record):
    return read_record(record, GIVEN, "feed.jsonl:7")


def test_every_key_arrives():
    article = read(
        uri="a:1", source="wire", url="https://example.org/1", publisher="Harbour Post", title="Ferry late",
        body_text="The ferry was late.", language="en", published_at="2025-05-21T10:00:00+02:00", unknown={"x": [1]},
    )  # fmt: skip
    assert article == Article(
        "a:1", "The ferry was late.", "wire", "https://example.org/1", "Harbour Post", "Ferry late", "text/plain", "en",
        datetime(2025, 5, 21, 8, tzinfo=UTC),
    )  # fmt: skip


def test_the_least_is_a_uri_and_a_body():
    assert read(uri="a:1", body="Text.") == Article("a:1", "Text.", "ingest")


@pytest.mark.parametrize("key", ["uri", "id", "guid", "url"])
def test_a_uri_under_each_key(key):
    assert read(**{key: "a:1", "body": "Text."}).uri == "a:1"


@pytest.mark.parametrize(
    ("key", "content_type"),
    [("body_text", "text/plain"), ("body_html", "text/html"), ("body", None), ("text", None), ("content", None)],
)
def test_a_body_under_each_key(key, content_type):
    article = read(id="a:1", **{key: "Text."})
    assert (article.body, article.content_type) == ("Text.", content_type)


def test_plain_text_wins_over_html_unless_it_is_blank():
    assert read(id=1, body_html="<p>H</p>", body_text="T").body == "T"
    assert read(id=1, body_html="<p>H</p>", body_text=" ").content_type == "text/html"
    assert read(id=1, body_html="<p>H</p>", body_text=None).content_type == "text/html"


def test_numbers_become_text_and_null_is_absent():
    article = read(
        id=17, body="Text.", title=None, headline=1984, source=None, publisher="", language=None, date=1747821600
    )
    assert (article.uri, article.title, article.source, article.publisher) == ("17", "1984", "ingest", None)
    assert article.published_at == datetime(2025, 5, 21, 10, tzinfo=UTC)


@pytest.mark.parametrize("digits", [400, 2_000])
def test_a_number_that_no_float_has_identifies_an_article_as_any_other(digits):
    number = 10 ** (digits - 1)
    for key in ("uri", "id", "guid", "url"):
        assert read(body="Text.", **{key: number}).uri == str(number)
    assert read(id=number, content_text="Text.").uri == str(number)
    article = read(uri="a", body="Text.", title=number, published_at=number, url=number)
    assert (article.title, article.published_at, article.url) == (str(number), None, str(number))


def test_a_number_that_is_too_long_for_a_uri_is_rejected():
    rejected = read(uri=10**2_000, body="Text.")
    assert (rejected.reason, rejected.detail[:34]) == ("too_large", "'uri' has more than 2,000 bytes: 1")


def test_a_uri_that_is_an_address_is_the_url_too():
    assert read(id="https://example.org/2", body="Text.").url == "https://example.org/2"


def test_what_is_no_text_is_ignored_where_it_is_not_needed():
    article = read(id="a", body="Text.", publisher=["x"], language=["en"], url=["u"], published_at={"$date": 1})
    assert (article.publisher, article.language, article.url, article.published_at) == (None, None, None, None)


@pytest.mark.parametrize(
    ("record", "reason", "uri", "word"),
    [
        ({"body": "Text."}, "missing_field", "feed.jsonl:7", "uri"),
        ({"id": " ", "guid": None, "body": "Text."}, "missing_field", "feed.jsonl:7", "uri"),
        ({"id": "a", "title": "T"}, "missing_field", "a", "body_text"),
        ({"id": "a", "body": ""}, "empty", "a", "no text"),
        ({"id": "a", "body_text": " \n", "body": None}, "empty", "a", "no text"),
        ({"id": {"$oid": "1"}, "body": "Text."}, "syntax", "feed.jsonl:7", "'id' is an object"),
        ({"id": float("inf"), "body": "Text."}, "syntax", "feed.jsonl:7", "'id' is inf"),
        ({"id": True, "body": "Text."}, "syntax", "feed.jsonl:7", "'id' is true or false"),
        ({"id": "a", "body": ["p", "p"]}, "syntax", "a", "'body' is a list"),
        ({"id": "a", "body": "Text.", "title": {"de": "T"}}, "syntax", "a", "'title' is an object"),
        ({"id": "a", "body": "x" * 1_001}, "too_large", "a", "1,001 bytes"),
        ({"id": "a", "body": "é" * 501}, "too_large", "a", "1,002 bytes"),
        ({"id": "a" * (URI_BYTES + 1), "body": "Text."}, "too_large", "feed.jsonl:7", "'id'"),
        ({"id": "a", "body": "one\0two"}, "binary", "a", "NUL"),
        ({"id": "a", "body": "cut \ud83d"}, "encoding", "a", "surrogate"),
    ],
)
def test_a_record_that_cannot_be_used(record, reason, uri, word):
    rejected = read(**record)
    assert isinstance(rejected, Unreadable)
    assert (rejected.reason, rejected.uri, rejected.source) == (reason, uri, "ingest")
    assert word in rejected.detail
    assert "feed.jsonl:7" in rejected.uri + rejected.detail


@pytest.mark.parametrize("value", [[{"id": "a", "body": "b"}], "text", 17, None, True])
def test_a_value_that_is_no_object(value):
    assert read_record(value, GIVEN, "feed.jsonl:7").reason == "syntax"


def test_a_rejection_keeps_the_source_of_its_article():
    assert read(id="a", source="wire").source == "wire"


def test_a_body_of_exactly_the_limit_is_taken():
    assert len(read(id="a", body="x" * 1_000).body) == 1_000


def test_damage_outside_the_body_is_mended():
    article = read(id="a\0\ud800", body="Text.", title="cut \ud83d", publisher="\0")
    assert (article.uri, article.title) == ("a\ufffd", "cut \ufffd")
    assert article.uri.encode() and article.title.encode()


NINJS_1 = {
    "uri": "http://ninjs.example.com/1",
    "type": "text",
    "versioncreated": "2013-07-09T10:37:00Z",
    "pubstatus": "usable",
    "language": "en",
    "headline": "Quay reopens",
    "body_text": "The quay is open.",
    "body_html": "<p>The quay is open.</p>",
    "copyrightholder": "Harbour Wire",
    "title": "quay-slug",
}
NINJS_2 = {
    "uri": "urn:example:2",
    "versioncreated": "2013-07-09T10:37:00Z",
    "language": "en",
    "copyrightholder": "Harbour Wire",
    "headlines": [{"role": "sub", "value": "A sub-title"}, {"role": "main", "value": "Quay reopens"}],
    "bodies": [
        {"role": "nitf", "contenttype": "application/xml", "value": "<nitf/>"},
        {"role": "richtext", "contenttype": "application/xhtml+xml", "value": "<p>The quay is open.</p>"},
        {"role": "main", "contenttype": "text/plain", "value": "The quay is open."},
    ],
}
NINJS_3 = {
    "uri": "urn:example:3", "versionCreated": "2013-07-09T12:37:00+02:00", "pubStatus": "usable", "language": "en",
    "copyrightHolder": "Harbour Wire", "headlines": [{"value": "Quay reopens"}],
    "bodies": [{"role": "main", "contentType": "text/plain", "value": "The quay is open."}],
}  # fmt: skip


@pytest.mark.parametrize("record", [NINJS_1, NINJS_2, NINJS_3], ids=["1.x", "2.x", "3.x"])
def test_ninjs(record):
    article = read(**record)
    assert (article.title, article.body, article.content_type) == ("Quay reopens", "The quay is open.", "text/plain")
    assert (article.publisher, article.language) == ("Harbour Wire", "en")
    assert article.published_at == datetime(2013, 7, 9, 10, 37, tzinfo=UTC)


@pytest.mark.parametrize(
    ("bodies", "body", "content_type"),
    [
        ([{"contentType": "text/html", "value": "<p>A</p>"}], "<p>A</p>", "text/html"),
        ([{"value": "A"}], "A", None),
        ([{"value": "A"}, {"role": "main", "value": "B"}], "B", None),
        (
            [
                {"role": "summary", "contenttype": "text/plain", "value": "A"},
                {"role": "main", "contenttype": "text/html", "value": "<p>B</p>"},
            ],
            "<p>B</p>",
            "text/html",
        ),
        ([{"role": "summary", "contentType": "text/plain", "value": "A"}, {"value": "B"}], "B", None),
        (
            [
                {"role": "main", "contenttype": "text/html", "value": "<p>A</p>"},
                {"role": "main", "contenttype": "Text/Plain", "value": "A"},
            ],
            "A",
            "text/plain",
        ),
        ([{"contenttype": 5, "value": "A"}], "A", None),
        ([{"value": ""}, {"value": 1}, "x", {"contenttype": "text/plain", "value": "C"}], "C", "text/plain"),
    ],
)
def test_bodies_of_ninjs(bodies, body, content_type):
    article = read(uri="a", versioncreated="2013-07-09", bodies=bodies)
    assert (article.body, article.content_type) == (body, content_type)


@pytest.mark.parametrize("key", ["contenttype", "contentType"])
def test_a_headline_of_ninjs_that_is_html_has_no_tags(key):
    headlines = [{"role": "main", key: "text/html", "value": "<b>Quay</b> reopens, <i>says port</i>"}]
    assert read(uri="a", body="A", headlines=headlines).title == "Quay reopens, says port"
    assert read(uri="a", body="A", headlines=[{key: "text/plain", "value": "x <b> y"}]).title == "x <b> y"


@pytest.mark.parametrize(("key", "content_type"), [("body_xhtml", "text/html"), ("body_main", None)])
def test_ninjs_1_without_more_than_a_headline_and_a_body(key, content_type):
    article = read(uri="a", headline="Quay reopens", **{key: "<p>The quay is open.</p>"})
    assert (article.title, article.body, article.content_type) == (
        "Quay reopens", "<p>The quay is open.</p>", content_type,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "body", "content_type"),
    [
        ({"body_xhtml": "<p>A</p>"}, "<p>A</p>", "text/html"),
        ({"body_richtext": "<p>A</p>", "body_main": "A"}, "A", None),
        ({"body_special": "A"}, "A", None),
    ],
)
def test_named_bodies_of_ninjs_1(fields, body, content_type):
    article = read(uri="a", pubstatus="usable", headline_main="Main", headline_sub="Sub", **fields)
    assert (article.body, article.content_type, article.title) == (body, content_type, "Main")


@pytest.mark.parametrize("bodies", [None, 5, "x", [], [{"contenttype": "application/xml", "value": "<nitf/>"}]])
def test_ninjs_without_a_body_that_can_be_read(bodies):
    rejected = read(uri="a", type="picture", headlines="x", bodies=bodies)
    assert rejected.reason == "missing_field"
    assert "picture" in rejected.detail


@pytest.mark.parametrize("status", ["canceled", "Cancelled"])
@pytest.mark.parametrize("key", ["pubstatus", "pubStatus"])
def test_a_canceled_ninjs_item_is_a_withdrawal(key: str, status: str) -> None:
    article = read_record({"uri": "urn:1", key: status, "headline": "Kill", "source": "wire"}, GIVEN, "file:1")
    assert article == Article("urn:1", "", "wire", content_type="application/x-withdrawn")
    assert article.is_withdrawal


def test_the_date_of_an_aggregator_s_article_is_read() -> None:
    article = read(url="https://kestrel.example/1", content="Some words.", publishedAt="2026-03-07T12:00:00Z")
    assert article.published_at == datetime(2026, 3, 7, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ("A ferry ran aground… [+1234 chars]", "A ferry ran aground…"),
        ("A ferry ran aground... [98 chars]", "A ferry ran aground..."),
        ("He wrote [12 chars] and no more", "He wrote [12 chars] and no more"),
        ("A limit of [many chars]", "A limit of [many chars]"),
        (" chars]", " chars]"),
    ],
)
def test_how_much_an_aggregator_left_out_is_no_text(content: str, body: str) -> None:
    assert read(url="https://kestrel.example/1", content=content).body == body


def test_the_source_of_an_aggregators_article_is_its_publisher() -> None:
    given = {"uri": "urn:1", "body": "Some words.", "source": {"id": None, "name": "Kestrel Courier"}}
    article = read(**given)
    assert (article.source, article.publisher) == ("ingest", "Kestrel Courier")
    assert read(**given, publisher="The Capstan").publisher == "The Capstan"
    assert read(**(given | {"source": {"title": ["x"]}})).publisher is None


def test_a_publisher_that_is_an_object_as_in_json_ld_is_known_by_its_name() -> None:
    given = {"uri": "urn:1", "body": "Some words.", "url": "https://kestrel.example/1"}
    assert read(**given, publisher={"@type": "Organization", "name": "Kestrel Courier"}).publisher == "Kestrel Courier"
    assert read(**given, publisher={"name": None}, source={"name": "The Capstan"}).publisher == "The Capstan"
    assert read(**given, publisher={"name": ["x"], "url": 5}).publisher is None
    assert read(**given, publisher=["Kestrel Courier"]).publisher is None
