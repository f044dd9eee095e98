"""What a site repeats is left out, kept beside the text, and decided the same whatever the batches."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from dedup.config import Config
from dedup.config.sections import TextSettings
from dedup.decision.clusterer import Clusterer
from dedup.errors import InputRejected
from dedup.index.sites import LEAST
from dedup.intake.article import Article
from dedup.kernel import chosen as kernel
from dedup.kernel import reference
from dedup.preparation.boilerplate import leave_out
from dedup.preparation.preparation import sign
from dedup.store import Store

from .conftest import picture, put, rows, run, stories

START = datetime(2026, 3, 1, tzinfo=UTC)
SYLLABLES = ("ba", "do", "fi", "gu", "ka", "lo", "mi", "nu", "pa", "ro", "si", "tu")
SHAPES = (
    SYLLABLES,
    ("бо", "ви", "гра", "ду", "жи", "кле", "мо", "ню"),
    ("港", "船", "市", "会", "火", "雨", "橋", "山"),
)
SITES = ("kestrel.example", "www.portside.example", "norden.example")


@pytest.fixture
def lite(open_store: Any, tmp_path: Any) -> Store:
    store: Store = open_store(f"sqlite:///{tmp_path}/lite.db", create=True)
    store.upgrade()
    return store


def line(rng: random.Random, words: int, syllables: Sequence[str] = SYLLABLES) -> str:
    made = " ".join("".join(rng.choices(syllables, k=3)) for _ in range(words))
    return f"{made[0].upper()}{made[1:]}"


def templates() -> dict[str, tuple[str, str]]:
    """The lines above and below every article of a site; each in another script."""
    rng = random.Random(7)
    parts = {
        site: ["\n".join(line(rng, rng.randint(2, 6), shape) for _ in range(4)) for _ in range(2)]
        for site, shape in zip(SITES, SHAPES, strict=True)
    }
    return {site: (above, below) for site, (above, below) in parts.items()}


def pages(count: int, seed: int = 1) -> tuple[list[Article], dict[str, str]]:
    """Pages of three sites, with the body of each by its uri; an event is told by all three in words that overlap."""
    rng = random.Random(seed)
    around = templates()
    made, bodies = [], {}
    for number in range(count):
        site = SITES[number % 3]
        event = random.Random(number // 3)
        facts = [line(event, 9) + "." for _ in range(4)]
        body = "\n".join([*rng.sample(facts, 3), *(line(rng, 12) + "." for _ in range(4))])
        above, below = around[site]
        uri = f"https://{site}/{number}"
        date = START + timedelta(hours=number // 3)
        bodies[uri] = body
        made.append(
            Article(uri, f"{above}\n\n{body}\n\n{below}", source="crawler", url=uri, title=line(event, 5),
                    content_type="text/plain", language="en", published_at=date)
        )  # fmt: skip
    return made, bodies


def texts(store: Store) -> dict[str, tuple[str, str | None]]:
    found = rows(store, "SELECT uri, body_text, left_out FROM v_articles")
    return {uri: (body, left_out) for uri, body, left_out in found}


def everything(store: Store) -> dict[str, Any]:
    return {**picture(store), "texts": texts(store)}


def test_pages_after_the_first_lose_the_noise_of_their_site_and_nothing_else(store: Store) -> None:
    articles, bodies = pages(60)
    put(store, articles)
    run(store)
    found = texts(store)
    around = templates()
    for number, article in enumerate(articles):
        body, left_out = found[article.uri]
        above, below = around[SITES[number % 3]]
        if number // 3 < LEAST:
            assert (body, left_out) == (article.body, None)
        else:
            assert body == bodies[article.uri]
            assert left_out == f"{above}\n{below}"


def test_stories_are_those_of_the_clean_text(open_store: Any, tmp_path: Any) -> None:
    articles, bodies = pages(120)
    found = {}
    for name, drop, given in (
        ("clean", True, [replace(one, body=bodies[one.uri]) for one in articles]),
        ("with", True, articles),
        ("without", False, articles),
    ):
        store = open_store(f"sqlite:///{tmp_path / name}.db", create=True)
        store.upgrade()
        put(store, given)
        run(store, Config(text=TextSettings(drop_boilerplate=drop)))
        told: dict[int, set[str]] = {}
        late = {one.uri for one in articles[30:]}
        for uri, story in stories(store).items():
            told.setdefault(story, set()).update({uri} & late)
        found[name] = sorted(map(sorted, filter(None, told.values())))
    assert found["with"] == found["clean"]
    assert found["without"] != found["clean"]


@pytest.mark.parametrize(("batch_size", "passages"), [(1, kernel.passages), (7, reference.passages)])
def test_batches_restarts_kernels_and_what_is_refused_change_nothing(
    store: Store, open_store: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, batch_size: int, passages: Any
) -> None:
    articles, _ = pages(45)
    articles.insert(20, replace(articles[3], title="A new title"))
    articles.insert(25, replace(articles[25], uri="https://kestrel.example/copy"))
    articles.insert(30, replace(articles[30], uri="https://kestrel.example/none", body="Too short."))
    other = open_store(f"sqlite:///{tmp_path}/whole.db", create=True)
    other.upgrade()
    put(other, articles)
    run(other)
    monkeypatch.setattr(kernel, "passages", passages)
    for start in range(0, len(articles), 16):
        put(store, articles[start : start + 16])
        run(store, batch_size=batch_size)
    assert everything(store) == everything(other)


@pytest.mark.parametrize("step", ["sign", "leave_out"])
def test_an_article_that_breaks_is_seen_by_no_other(
    lite: Store, open_store: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    articles, _ = pages(3 * LEAST + 6)
    poison = articles[9].body.split("\n")[-1]

    def fragile(*args: Any) -> Any:
        if step == "sign":
            if args[1].endswith(poison.casefold()) and articles[9].title.casefold() == args[0]:
                raise InputRejected("internal", "made to break")
            return sign(*args)
        if args[0].uri == articles[9].uri:
            raise ZeroDivisionError
        return leave_out(*args)

    def many(pairs: Any, scheme: Any) -> Any:
        return [fragile(*pair, scheme) for pair in pairs]

    monkeypatch.setattr(f"dedup.preparation.preparation.{step}", fragile)
    if step == "sign":
        monkeypatch.setattr("dedup.preparation.preparation.sign_many", many)
    other = open_store(f"sqlite:///{tmp_path}/single.db", create=True)
    other.upgrade()
    put(other, articles)
    run(other, batch_size=1)
    put(lite, articles)
    assert run(lite).rejected == 1
    assert everything(lite) == everything(other)
    # The one that broke was the fifth of its site, so the sixth was not yet clean.
    clean = [uri for uri, (_, left_out) in texts(lite).items() if left_out and uri.startswith(f"https://{SITES[0]}/")]
    assert clean == [one.uri for one in articles[9 + 3 * 3 :: 3]]


def test_a_batch_that_fails_is_remembered_once(lite: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    articles, _ = pages(3 * LEAST)
    accept = Clusterer.accept
    failures = [1]

    def fails_once(clusterer: Clusterer, item: Any) -> None:
        if item.uri == articles[-1].uri and failures:
            failures.pop()
            raise ZeroDivisionError
        accept(clusterer, item)

    monkeypatch.setattr(Clusterer, "accept", fails_once)
    put(lite, articles)
    assert run(lite).accepted == len(articles)
    assert not failures
    assert all(left_out is None for _, left_out in texts(lite).values())


def test_switched_off_nothing_is_left_out_or_remembered(lite: Store) -> None:
    articles, _ = pages(24)
    put(lite, articles)
    run(lite, Config(text=TextSettings(drop_boilerplate=False)))
    assert texts(lite) == {one.uri: (one.body, None) for one in articles}
    with lite.reading() as connection:
        assert connection.scalar(sa.text("SELECT COUNT(*) FROM passages")) == 0


def test_an_article_of_nothing_else_keeps_its_text_and_a_new_version_is_read_anew(store: Store) -> None:
    articles, bodies = pages(30)
    above, below = templates()[SITES[0]]
    address = "https://kestrel.example/bare"
    bare = replace(articles[0], uri=address, url=address, body=f"{above}\n{below}")
    put(store, [*articles, bare, replace(articles[0], title="Another title")])
    report = run(store)
    assert (report.accepted, report.updated) == (31, 1)
    found = texts(store)
    assert found[bare.uri] == (bare.body, None)
    assert found[articles[0].uri] == (bodies[articles[0].uri], f"{above}\n{below}")
    assert found[articles[3].uri] == (articles[3].body, None)


def test_a_headline_that_the_site_repeats_is_none(lite: Store) -> None:
    """Pages saved as text: the first line of each is the site's, and reads like a headline."""
    above, below = "The Kestrel Courier\n\nNews of the coast since 1911", "Write to us\n\nAll about the coast"
    rng = random.Random(3)
    headlines = [line(rng, 6) for _ in range(2 * LEAST)]
    bodies = ["\n\n".join(f"{line(rng, 24)}." for _ in range(3)) for _ in headlines]
    put(
        lite,
        [
            Article(f"urn:{number}", f"{above}\n\n{headline}\n\n{body}\n\n{below}", source="folder", language="en")
            for number, (headline, body) in enumerate(zip(headlines, bodies, strict=True))
        ],
    )
    run(lite)
    found = rows(lite, "SELECT title, body_text FROM v_articles ORDER BY article_id")
    assert {title for title, _ in found[:LEAST]} == {"The Kestrel Courier"}
    assert found[LEAST:] == [*zip(headlines, bodies, strict=True)][LEAST:]
