"""JSON files, and how they are cut."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given as given_by
from hypothesis import strategies as st

from dedup.intake import json_file
from dedup.intake.article import Article
from dedup.intake.files import read
from dedup.intake.given import Unreadable
from dedup.intake.json_splitter import Splitter

from .lines import line, uris


def read_bytes(tmp_path, name, data, max_bytes=10_000):
    path = tmp_path / name
    path.write_bytes(data)
    return list(read([path], source="ingest", max_bytes=max_bytes))


def test_broken_lines_among_good_ones(tmp_path):
    data = b"".join(
        [
            b"\xef\xbb\xbf" + line("a"),
            b"\n",
            b'{"uri": "b", "body_te\n',
            line("c"),
            b'{"uri": "d", "body": "\xff"}\n',
            b'["e"]\n',
            line("f"),
            b"\x00\x01\n",
            b"[" * 100_000 + b"\n",
            b'{"uri": ' + b"9" * 5_000 + b"}\r\n",
            line("g").replace(b"\n", b"\r\n"),
            line("h").rstrip(),
        ]
    )
    assert uris(read_bytes(tmp_path, "feed.jsonl", data, 1_000_000)) == [
        "a", "syntax@feed.jsonl:3", "c", "encoding@feed.jsonl:5", "syntax@feed.jsonl:6", "f", "syntax@feed.jsonl:8",
        "syntax@feed.jsonl:9", "syntax@feed.jsonl:10", "g", "h",
    ]  # fmt: skip


def test_files_of_lines_that_were_joined_each_with_its_byte_order_mark(tmp_path):
    part = b"\xef\xbb\xbf" + line("a") + line("b")
    for name in ("a.jsonl", "a.json"):
        assert uris(read_bytes(tmp_path, name, part + part)) == ["a", "b", "a", "b"]
    assert uris(read_bytes(tmp_path, "a.jsonl", line("a") + b"\xef\xbb\xbf{\n")) == ["a", "syntax@a.jsonl:2"]


def test_lines_that_are_too_long_are_passed_over(tmp_path):
    data = (
        line("a")
        + b'{"uri": "b", "body": "'
        + b"x" * 3_000_000
        + b'"}\n'
        + line("c")
        + line("d", body_text="x" * 2_000)
    )
    found = read_bytes(tmp_path, "feed.ndjson", data, 1_000)
    assert uris(found) == ["a", "too_large@feed.ndjson:2", "c", "too_large@d"]
    assert "3,000,025 bytes" in found[1].detail


def test_a_last_line_of_the_longest_length(tmp_path):
    longest = 2 * 1_000 + (1 << 20)
    filled = line("a", filler="")
    filled = line("a", filler="x" * (longest - len(filled)))
    assert len(filled) == longest
    assert uris(read_bytes(tmp_path, "a.jsonl", filled + filled, 1_000)) == ["a", "a"]
    assert uris(read_bytes(tmp_path, "b.jsonl", filled.rstrip() + b"  ", 1_000)) == ["too_large@b.jsonl:1"]


@pytest.mark.parametrize("data", [b"", b"\n \n\r\n", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_a_file_without_content(tmp_path, name, data):
    assert uris(read_bytes(tmp_path, name, data)) == [f"empty@{name}"]


@pytest.mark.parametrize(
    ("code", "told"),
    [("utf-16", "UTF-16LE"), ("utf-16-le", "UTF-16LE"), ("utf-16-be", "UTF-16BE"), ("utf-32-le", "UTF-32LE")],
)
@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_json_in_utf_16_is_rejected_with_the_remedy(tmp_path, name, code, told):
    found = read_bytes(tmp_path, name, '{"uri": "a", "body": "Text."}\n'.encode(code))
    assert uris(found) == [f"encoding@{name}"]
    assert f"iconv -f {told} -t UTF-8" in found[0].detail


A, B = json.loads(line("a")), json.loads(line("b", tags=["x", {"y": "]}"}], title='a "quoted\\" [title'))


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([A, B]),
        json.dumps([A, B], indent=2),
        json.dumps({"articles": [A, B]}),
        json.dumps(
            {"status": "ok", "count": [2], "meta": {"items": [1, 2]}, "items": [A, B], "next": {"data": [3]}}, indent=1
        ),
        json.dumps({"data": [A], "more": [1], "items": [B]}),
        json.dumps(A) + json.dumps(B),
        json.dumps(A, indent=2) + "\n\n" + json.dumps([B]),
        json.dumps(A) + "\n" + json.dumps(B) + "\n",
        json.dumps(A) + " \n" + json.dumps({"articles": [B]}),
    ],
)
@pytest.mark.parametrize("name", ["a.json", "without-suffix"])
def test_all_shapes_of_a_document(tmp_path, name, text):
    found = read_bytes(tmp_path, name, text.encode())
    if text.count("\n") == 1 and "articles" in text:  # an object a line, and a list is no article
        assert uris(found) == ["a", f"missing_field@{name}:2"]
    else:
        assert uris(found) == ["a", "b"]
        assert found[1].title == 'a "quoted\\" [title'


@pytest.mark.parametrize(
    "text",
    [
        "[\n%s,\n%s\n]\n",
        "[%s,\n%s]\n",
        "[%s\n,\n%s]",
        '{"articles": [\n%s,\n%s\n]}\n',
        '{"count": 2, "items":[%s,\n%s]}',
        '{"data":\n[\n%s,\n%s\n]\n}',
        "[\n\n%s,\n\n%s\n\n]\n",
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", ["a.json", "without-suffix"])
def test_a_list_with_an_element_a_line(tmp_path, name, end, text):
    data = (text % (json.dumps(A), json.dumps(B))).replace("\n", end).encode()
    assert uris(read_bytes(tmp_path, name, data)) == ["a", "b"]
    assert uris(read(["-"], source="ingest", max_bytes=10_000, stdin=io.BytesIO(data))) == ["a", "b"]


@pytest.mark.parametrize("document", [[A, B], {"articles": [A, B]}])
def test_a_list_indented_by_nothing(tmp_path, document):
    assert uris(read_bytes(tmp_path, "a.json", json.dumps(document, indent=0).encode())) == ["a", "b"]


@pytest.mark.parametrize(
    "broken",
    [
        b'{"uri": "x", "bo',
        b'{"uri": "x", "body": "Text.",',
        b'{"uri": "x", "tags": ["y"',
        b'{"uri": "x", "count": 1',
        b'{"uri": "x" "body": "Text."}',
        b'{"uri": "x", "body": "Text."}]',
        b'{"uri": "\xff", "body": "Text."}',
        b'{"uri": ' + b"9" * 5_000 + b"}",
        b"{",
    ],
)
def test_lines_of_which_the_first_is_broken(tmp_path, broken):
    found = read_bytes(tmp_path, "a.json", broken + b"\n" + line("b") + line("c"))
    assert [item.uri for item in found] == ["a.json:1", "b", "c"]
    assert found[0].reason in ("syntax", "encoding")


def test_a_single_object(tmp_path):
    assert uris(read_bytes(tmp_path, "a.json", json.dumps(A).encode())) == ["a"]
    assert uris(read_bytes(tmp_path, "b.json", json.dumps(A, indent=1).encode())) == ["a"]


@pytest.mark.parametrize("text", ["[]", '{"articles": []}', " [ ] "])
def test_a_list_of_nothing_is_nothing(tmp_path, text):
    assert read_bytes(tmp_path, "a.json", text.encode()) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[{"uri": "a", "body": "x"}, {"uri": "b" "body": 1}, {"uri": "c", "body": "x"}]',
            ["a", "syntax@a.json#2", "c"],
        ),
        ('[{"uri": "a", "body": 1], {"uri": "c", "body": "x"}]', ["syntax@a.json#1", "c"]),
        ('[1, "x", {"uri": "c", "body": "x"}, null]', ["syntax@a.json#1", "syntax@a.json#2", "c", "syntax@a.json#4"]),
        ('[1 2, , "x" {"uri": "c", "body": "x"}]', ["syntax@a.json#1", "syntax@a.json#2", "c"]),
        ('[[1], {"uri": "c", "body": "x"}]', ["syntax@a.json#1", "c"]),
        ('[{"uri": "a", "body": "x"}, {"uri": "b", "bo', ["a", "syntax@a.json#2"]),
        ('[{"uri": "a", "body": "x"},', ["a", "syntax@a.json#2"]),
        ('{"articles": [{"uri": "a", "body": "x"}]', ["a", "syntax@a.json#2"]),
        ('{"uri": "a", "body": "x"', ["syntax@a.json#1"]),
        ("not JSON at all", ["syntax@a.json#1"]),
        ('"a text"', ["syntax@a.json#1"]),
        ("]]}", ["syntax@a.json#1"]),
    ],
)
def test_broken_documents_give_what_is_whole(tmp_path, text, expected):
    assert uris(read_bytes(tmp_path, "a.json", text.encode())) == expected


@pytest.mark.parametrize("chunk", [1, 7, 1 << 18])
def test_each_value_of_a_list_that_is_no_object_is_told_as_what_it_is(tmp_path, monkeypatch, chunk):
    monkeypatch.setattr(json_file, "CHUNK", chunk)
    values = ["Text, with a comma", 'one "quoted" [part]', "long " * 100, 7, None, A, ""]
    found = read_bytes(tmp_path, "a.json", json.dumps(values).encode())
    assert [item.uri for item in found] == [*(f"a.json#{number}" for number in range(1, 6)), "a", "a.json#7"]
    told = [item.detail for item in found if item.uri != "a"]
    must = "where an article must be an object {...}"
    assert [told[place] for place in (0, 1, 3, 4, 5)] == [
        f"this is {what}, {must}" for what in ("a text", "a text", "a number", "null", "a text")
    ]
    assert told[2].startswith('this is not an article, which must be an object {...}: "long long')


LONG_NUMBER = "9" * 5_000


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
@pytest.mark.parametrize("key", ["uri", "published_at", "views"])
def test_a_number_that_is_too_long_to_be_read_rejects_its_article_alone(tmp_path, name, key):
    """Python refuses to read it, and its words are about Python."""
    wrong = f'{{"uri": "b", "{key}": {LONG_NUMBER}, "body": "x"}}'
    first, found, last = read_bytes(
        tmp_path, name, f'{{"uri": "a", "body": "x"}}\n{wrong}\n{{"uri": "c", "body": "x"}}'.encode()
    )
    assert (first.uri, found.reason, last.uri) == ("a", "syntax", "c")
    assert found.detail == "it holds a whole number of more than 4,300 digits"


def test_brackets_that_are_too_deep_to_be_read_reject_their_article_alone(tmp_path):
    deep = "[" * 100_000 + "]" * 100_000
    found = read_bytes(
        tmp_path, "a.json", f'[{{"uri": "b", "x": {deep}, "body": "x"}}, {{"uri": "c", "body": "x"}}]'.encode()
    )
    assert uris(found) == ["syntax@a.json#1", "c"]
    assert found[0].detail == "it has brackets in brackets, more than can be read"


@pytest.mark.parametrize("chunk", [1, 7, 1 << 18])
@pytest.mark.parametrize("key", ["articles", "items", "data"])
def test_each_value_of_an_object_s_list_is_told_as_what_it_is(tmp_path, monkeypatch, chunk, key):
    """They were told together, so that one row stood for all of them."""
    monkeypatch.setattr(json_file, "CHUNK", chunk)
    text = f'{{"next": [1, 2], "{key}": ["Text, of one", 7 ,null, {json.dumps(A)},"b,c", [1, 2]], "more": [3, 4]}}'
    found = read_bytes(tmp_path, "a.json", text.encode())
    assert [item.uri for item in found] == ["a.json#1", "a.json#2", "a.json#3", "a", "a.json#5", "a.json#6"]
    assert [item.detail for item in found if item.uri != "a"] == [
        f"this is {what}, where an article must be an object {{...}}"
        for what in ("a text", "a number", "null", "a text", "a list")
    ]


def test_two_values_without_a_comma_between_them_are_told_together(tmp_path):
    (one,) = read_bytes(tmp_path, "a.json", b'{"articles": ["Text." "Another."]}')
    assert (one.uri, one.reason) == ("a.json#1", "syntax")
    assert one.detail == 'this is not an article, which must be an object {...}: "Text." "Another."'


def test_an_element_that_is_too_long_is_passed_over(tmp_path):
    text = json.dumps([A, {"uri": "x", "body": "x" * 3_000_000}, B])
    found = read_bytes(tmp_path, "a.json", text.encode(), 1_000)
    assert uris(found) == ["a", "too_large@a.json#2", "b"]


def test_a_container_with_a_long_head(tmp_path):
    text = json.dumps({"head": "x" * 3_000_000, "articles": [A, B], "tail": "[" * 1_000_000})
    assert uris(read_bytes(tmp_path, "a.json", text.encode(), 1_000)) == ["a", "b"]


ONE = {"uri": "one", "body": "Text of one."}
RELATED = {"uri": "related", "body": "Text of another."}


@pytest.mark.parametrize("indent", [None, 0, 2])
@pytest.mark.parametrize("key", ["articles", "items", "data"])
@pytest.mark.parametrize("inside", [[], [RELATED], [{"id": 3, "kind": "picture"}], [1, "x"], [[{"items": []}]]])
def test_an_article_with_a_list_of_its_own_is_one_article(tmp_path, indent, key, inside):
    for record in ({**ONE, key: inside}, {key: inside, **ONE}, {"uri": "one", key: inside, "more": [], "body": "x"}):
        text = json.dumps(record, indent=indent)
        assert uris(read_bytes(tmp_path, "a.json", text.encode())) == ["one"]
        assert uris(read_bytes(tmp_path, "b.json", (text + json.dumps([B])).encode())) == ["one", "b"]


def test_an_article_with_two_lists(tmp_path):
    text = json.dumps({"data": [RELATED], "uri": "one", "tags": ["x"], "items": [RELATED], "body": "Text of one."})
    (article,) = read_bytes(tmp_path, "a.json", text.encode())
    assert (article.uri, article.body) == ("one", "Text of one.")


@pytest.mark.parametrize(
    ("around", "expected"),
    [
        ({"id": "feed/1", "title": "A feed"}, []),
        ({"url": "https://quay.example/feed", "description": "All of the news"}, []),
        ({"uri": "one", "body": " "}, ["empty@one"]),
        ({"uri": "one", "body": ["x"]}, ["syntax@one"]),
        ({"uri": "one", "body": "x" * 10_001}, ["too_large@one"]),
        ({"uri": "one", "body": "x" * 2_000_000}, ["too_large@a.json#1"]),
        ({"uri": "one", "pubstatus": "canceled"}, ["one"]),
    ],
)
def test_an_object_around_a_list_of_nothing_is_rejected_where_it_was_to_be_an_article(tmp_path, around, expected):
    for record in ({**around, "items": []}, {"items": [], **around}):
        assert uris(read_bytes(tmp_path, "a.json", json.dumps(record, indent=1).encode())) == expected


@pytest.mark.parametrize("headlines", [False, True])
def test_a_list_with_an_id_and_a_title_is_no_article(tmp_path, headlines):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"id": "feed/1", "title": "A feed", "items": [A, B], "content": ""}))
    assert uris(read([path], source="ingest", max_bytes=10_000, headlines=headlines)) == ["a", "b"]


def test_a_headline_with_a_list_of_nothing(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"uri": "one", "title": "Ferry late", "items": []}')
    assert uris(read([path], source="ingest", max_bytes=10_000, headlines=True)) == ["one"]


def test_what_is_in_a_list_does_not_wait_for_longer_than_an_article_may_be(tmp_path):
    listed = [{**RELATED, "uri": str(number)} for number in range(5_000)]
    text = json.dumps({"items": listed, **ONE}).encode()
    assert uris(read_bytes(tmp_path, "a.json", text, 1_000)) == [*(one["uri"] for one in listed), "one"]


def cut(data: bytes, size: int, longest: int = 1_000) -> list[tuple[bytes | None, int, bool]]:
    splitter = Splitter(longest)
    found = [e for at in range(0, len(data), size) for e in splitter.feed(data[at : at + size])]
    return [(None if e.text is None else bytes(e.text), e.size, e.whole) for e in found + splitter.finish()]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='ab"\\[]{},:é', max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='k"\\[', max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from(["uri", "body", "data", "x"]), VALUES, max_size=3)


@given_by(st.lists(OBJECTS, max_size=5), st.integers(1, 70), st.sampled_from([None, 1]))
def test_cutting_a_list_gives_its_elements_however_it_arrives(elements, size, indent):
    found = cut(json.dumps(elements, indent=indent, ensure_ascii=False).encode(), size)
    assert [json.loads(text) for text, _size, _whole in found] == elements


@given_by(st.lists(OBJECTS, max_size=4), st.integers(1, 70), st.sampled_from(["articles", "items", "data"]))
def test_cutting_an_object_with_a_list(elements, size, key):
    document = {"version": "[{", "other": [[1], {"items": [2]}], key: elements, "next": {"a": ["}"]}}
    found = cut(json.dumps(document).encode(), size)
    assert [json.loads(text) for text, _size, _whole in found] == [*elements, document | {key: []}]


@given_by(st.text(alphabet='{}[]",:\\ a1\n', max_size=60).map(str.encode), st.integers(1, 9), st.integers(2, 20))
def test_cutting_anything_does_not_depend_on_the_chunks(data, size, longest):
    assert cut(data, size, longest) == cut(data, len(data) + 1, longest)


@given_by(st.binary(max_size=200), st.sampled_from(["jsonl", "json", "html", "txt", "", "jsonl.gz"]))
def test_no_content_raises(tmp_path_factory, data, suffix):
    path = tmp_path_factory.getbasetemp() / f"fuzz.{suffix}"
    for content in (data, b"{" + data, b"<html>" + data, b"\x1f\x8b" + data):
        path.write_bytes(content)
        found = list(read([path], source="s", max_bytes=100))
        assert all(isinstance(item, Article | Unreadable) for item in found)
        assert found or content.strip().startswith((b"[", b"{"))
        assert all(
            isinstance(i, Article | Unreadable)
            for i in read(["-"], source="s", max_bytes=100, stdin=io.BytesIO(content))
        )
