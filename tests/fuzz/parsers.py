"""Every parser of dedup with the inputs that it is given, and what must hold whatever it is given.

A parser gives what it found or refuses with one of dedup's own errors. Anything else escapes, and is a bug.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cache, partial
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from dedup.config.loading import load
from dedup.config.sections import SECTIONS, DatabaseSettings, TextSettings
from dedup.errors import DedupError, InputRejected
from dedup.intake.article import Article
from dedup.intake.canonical import canonical
from dedup.intake.dates import parse_date, utc_now
from dedup.intake.files import read_file
from dedup.intake.given import Given, Unreadable
from dedup.intake.json_article import storable
from dedup.kernel import chosen as kernel
from dedup.kernel import reference
from dedup.sketch.minhash import sign
from dedup.sketch.scheme import Scheme, coefficients
from dedup.store import Store
from dedup.store.passes import inbox
from dedup.text.clean import clean
from dedup.text.glance import lines_to_look_at
from dedup.text.normal_form import by_lines, normal_form, one_line
from dedup.text.publisher import publisher_of
from dedup.text.words.tokens import joined, tokens

from . import samples
from .inputs import ANY_TEXT, Bytes, damaged, gzipped, jsons, zipped

MAX_BYTES = 60_000
REASONS = {"empty", "too_short", "too_large", "encoding", "binary", "syntax", "missing_field", "unreadable"}
SCHEME = Scheme(shingle_words=3)
COLUMNS = ("source", "uri", "url", "publisher", "title", "body", "content_type", "language", "authors", "published_at")


@dataclass(frozen=True, slots=True)
class Parser:
    """A parser by its name; `parse` takes an input and returns how many things it found in it, 0 for a refusal."""

    name: str
    inputs: st.SearchStrategy[Any]
    parse: Callable[[Any], int]


def read(name: str, data: bytes) -> int:
    """Reads a file of this name and cleans and signs every article that is in it; how many there are."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        found = list(read_file(Path(file.name), Given(name, "fuzz", MAX_BYTES)))
    for item in found:
        if isinstance(item, Unreadable):
            assert item.reason in REASONS and item.detail, item
        else:
            prepare(item)
    return sum(isinstance(item, Article) for item in found)


def prepare(article: Article) -> None:
    """Cleans and signs an article, unless it is refused; what is made of it can be stored."""
    try:
        document = clean(article, TextSettings(), MAX_BYTES)
        signature = sign(document.title_tokens, document.body_tokens, SCHEME)
    except InputRejected as refused:
        assert refused.reason in REASONS, refused
        return
    stored = "".join((document.title, document.body, document.url or "", document.publisher or "", document.language))
    assert b"\0" not in stored.encode()
    assert len(signature.values) == 4 * SCHEME.num_perm


def configure(data: bytes) -> int:
    """Reads a configuration file and shows it."""
    with tempfile.NamedTemporaryFile(suffix=".toml") as file:
        file.write(data)
        file.flush()
        try:
            found = load(Path(file.name), environment={})
        except DedupError as refused:
            assert refused.exit_code == 78, refused
            return 0
    assert found.shown() and found.digest()
    return 1


def text(given: str) -> int:
    """Everything that looks at a text, and at addresses and dates in it."""
    for look in (one_line, canonical, parse_date, publisher_of):
        look(given)
    assert normal_form(given) == by_lines(given)
    words = tokens(given)
    assert joined(given) == " ".join(words)
    lines, _ = lines_to_look_at(storable(given))
    assert all(0 <= line <= given.count("\n") for line in lines)
    return len(words)


@cache
def database() -> Store:
    """An empty database in memory."""
    store = Store.open(DatabaseSettings(url="sqlite:///:memory:"), create=True, scratch=True)
    store.upgrade()
    return store


def row(values: Sequence[bytes | str]) -> int:
    """A row of the inbox as SQLite lets anybody insert it, bytes that are no text as well."""
    with database().writing() as connection:
        connection.exec_driver_sql("DELETE FROM inbox")
        places = ", ".join("CAST(? AS TEXT)" if isinstance(value, bytes) else "?" for value in values)
        connection.exec_driver_sql(f"INSERT INTO inbox ({', '.join(COLUMNS)}) VALUES ({places})", tuple(values))
        (taken,) = inbox.take(connection, 1, source="fuzz", max_bytes=MAX_BYTES)
        if isinstance(taken.item, inbox.Rejected):
            assert taken.item.reason in REASONS, taken
            inbox.reject(connection, [taken.item], utc_now())
            return 0
        prepare(taken.item)
        inbox.remove(connection, [taken], MAX_BYTES)
        assert inbox.count(connection) == 0
    return 1


def entry_point(given: tuple[str, tuple[Any, ...]]) -> int:
    """A function of the kernel: the compiled one gives what the reference gives, refuses as that does, or leaves it to
    that.
    """
    name, arguments = given
    made = outcome(getattr(kernel, name), arguments)
    if made is None and name in LEAVES_SOME:
        return 0
    assert made == outcome(getattr(reference, name), arguments), name
    return 1


def filled(rows: Sequence[tuple[Any, ...]]) -> int:
    """Rows of a segment: they are put into the structures, or refused, as the reference does; how many were taken."""
    kinds = reference.Articles, reference.Texts, reference.BandIndex, reference.Postings
    compiled = kernel.Articles, kernel.Texts, kernel.BandIndex, kernel.Postings
    found: list[Any] = []
    for fill, (articles, texts, signatures, terms) in ((kernel.fill, compiled), (reference.fill, kinds)):
        made = articles((7, 7, 7)), texts(9, 9, (1, 2), (0, 1, 0)), signatures(2), terms()
        refused = outcome(fill, (rows, True, *made, (2, 1), 4))
        stories = [made[0].members_of(story) for story in range(-1, 4)]
        told = [(made[1].texts_of(story), made[0].is_whole(story)) for story in range(-1, 4)]
        spans = [((made[2],), -(2**60), 2**60)]
        alike = [type(made[2]).search(spans, reference.band_keys(row[10], 2, 1), 99, 99) for row in samples.ROWS]
        query = samples.TERMS[12:20], b"\xff\xff" * 2
        ordinals = [ordinal for ordinal in range(99) if ordinal in made[1]]
        common = [tuple(made[1].common([query] * 4, ordinal, query[0][:4])) for ordinal in ordinals]
        wanted = [number.to_bytes(4, "little") for number in range(9)]
        spans_of_terms = [((made[3],), -(2**60), 2**60)]
        near = [type(made[3]).search(spans_of_terms, term, b"\1\0", 99, 99) for term in wanted]
        found.append((refused, stories, told, alike, common, near, [*map(len, made)]))
    assert found[0] == found[1]
    return int(found[0][-1][0])


def outcome(call: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """What a call gives, or which of the errors that it may raise."""
    try:
        return call(*arguments)
    except (ValueError, TypeError, OverflowError) as error:
        return next(kind for kind in (ValueError, TypeError, OverflowError) if isinstance(error, kind))


def of_file(label: str, name: str, inputs: Bytes) -> Parser:
    """The parser of files of this name."""
    return Parser(label, inputs, partial(read, name))


A, B = coefficients(SCHEME.num_perm, 1)
WORDS = st.lists(ANY_TEXT | st.sampled_from(["harbour", "7", "wire"]), max_size=12)
JOINED = WORDS.map(" ".join)
HASHES = st.binary(max_size=120) | st.lists(st.integers(0, 2**32 - 1), unique=True, max_size=30).map(
    lambda numbers: b"".join(number.to_bytes(4, "little") for number in sorted(numbers))
)
NUMBERS = st.integers(-2, 40) | st.sampled_from([2**31 - 1, 2**32 - 1, -(2**31)])
CALLS: dict[str, st.SearchStrategy[tuple[Any, ...]]] = {
    "sign": st.tuples(JOINED, JOINED, st.integers(-2, 9), st.just(A), st.just(B)),
    "term_hashes": st.tuples(JOINED, JOINED, JOINED, st.integers(0, 40), st.none()),
    "spell": st.tuples(JOINED, JOINED, JOINED, st.lists(HASHES, max_size=4), st.none()),
    "hash_terms": st.tuples(WORDS),
    "minhash": st.tuples(HASHES, st.just(A), st.just(B) | HASHES),
    "overlap": st.tuples(HASHES, HASHES),
    "distinct": st.tuples(HASHES),
    "key_terms": st.tuples(HASHES, st.binary(max_size=60), NUMBERS, NUMBERS),
    "band_keys": st.tuples(HASHES, NUMBERS, NUMBERS),
    "without_digits": st.tuples(ANY_TEXT | JOINED),
    "framed": st.tuples(st.lists(st.none() | ANY_TEXT, max_size=18)),
    "first_of": st.tuples(HASHES, st.lists(HASHES, max_size=9)),
    "alike": st.tuples(HASHES, HASHES),
    "passages": st.tuples(ANY_TEXT, st.lists(HASHES, max_size=9), NUMBERS),
}
LEAVES_SOME = {"term_hashes", "spell"}
"""Those that give None for what is left to the reference."""
# The terms of a row, and now and then one of its other columns, are damaged.
ROWS = st.lists(
    st.tuples(
        st.sampled_from(samples.ROWS),
        damaged([samples.TERMS], [b"\0\0", b"\1\0", b"\xff\xff", b"\1\0\0\0"]) | st.just(samples.TERMS),
        st.tuples(st.integers(0, 60), st.binary(max_size=12) | NUMBERS),
    ),
    max_size=6,
).map(
    lambda found: [
        tuple(odd if column == place else terms if column == 11 else value for column, value in enumerate(row))
        for row, terms, (place, odd) in sorted(found, key=lambda one: one[0][1])
    ]
)
SCRAPS = ["https://a.example/x?utm_source=b", "7 March 2026", "2026-13-45", "\n", " ", "&amp;", "Sat, 07 Mar 2026"]
TEXTS = st.lists(ANY_TEXT | st.sampled_from(SCRAPS), max_size=20).map("".join)
VALUES = TEXTS.map(storable) | st.binary(max_size=40) | st.just(samples.STORY) | st.just(samples.PAGE)

PAGES = damaged([samples.PAGE], samples.HTML_WORDS)
FEEDS = damaged([samples.RSS, samples.ATOM], samples.XML_WORDS)
LINES = damaged(samples.LINES, samples.JSON_WORDS)
ARCHIVES = damaged(samples.WARCS, samples.WARC_WORDS)
ANYTHING = st.binary(max_size=300)
SETTINGS = [(section, field.name) for section, kind in SECTIONS.items() for field in fields(kind)]
SETTINGS += [("sources.x", key) for key in ("kind", "folder", "url", "query", "cursor", "overlap", "user")]
VALUED = st.lists(st.tuples(st.sampled_from(SETTINGS), st.sampled_from(samples.TOML_VALUES)), max_size=6)


def toml(given: Sequence[tuple[tuple[str, str], str]]) -> bytes:
    """A configuration file with these values."""
    sections = dict.fromkeys(section for (section, _), _ in given)
    lines = {section: [f"{key} = {value}" for (place, key), value in given if place == section] for section in sections}
    return "\n".join(f"[{section}]\n" + "\n".join(inside) for section, inside in lines.items()).encode()


PARSERS = (
    of_file("JSON", "a.json", jsons(samples.KEYS) | damaged(samples.RECORDS, samples.JSON_WORDS)),
    of_file("JSON Lines", "a.jsonl", jsons(samples.KEYS) | LINES),
    of_file("ninjs", "n.json", damaged([json.dumps(samples.NINJS).encode()], samples.JSON_WORDS)),
    of_file("JSON Feed", "f.json", damaged([json.dumps(samples.JSON_FEED).encode()], samples.JSON_WORDS)),
    of_file("RSS, Atom", "a.rss", FEEDS),
    of_file("HTML", "a.html", PAGES | ANYTHING),
    of_file("plain text", "a.txt", damaged([samples.DUMP], samples.DUMP_WORDS) | ANYTHING),
    of_file("WARC", "a.warc", ARCHIVES | gzipped(ARCHIVES)),
    of_file(
        "WACZ", "a.wacz", zipped(["archive/a.warc", "archive/b.warc.gz", "pages/pages.jsonl", "../x.warc"], ARCHIVES)
    ),
    of_file("gzip", "a.jsonl.gz", gzipped(LINES)),
    of_file("any content, no name", "a", ANYTHING | PAGES | FEEDS | LINES | ARCHIVES),
    Parser("a row of the inbox", st.lists(VALUES, min_size=len(COLUMNS), max_size=len(COLUMNS)), row),
    Parser("texts, addresses, dates", TEXTS, text),
    Parser(
        "kernel",
        st.sampled_from(sorted(CALLS)).flatmap(lambda name: st.tuples(st.just(name), CALLS[name])),
        entry_point,
    ),
    Parser("rows of a segment", ROWS, filled),
    Parser("configuration", VALUED.map(toml) | damaged([samples.TOML], samples.TOML_WORDS) | ANYTHING, configure),
)
"""All of them."""
