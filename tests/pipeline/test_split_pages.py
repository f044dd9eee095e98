"""Other articles on a page: never evidence of the page's own; with `split_pages` articles of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from dedup.config import Config
from dedup.config.sections import TextSettings
from dedup.intake.article import WITH_ITS_PAGE, WITHDRAWN, Article
from dedup.store import Store
from tests.conftest import OpenStore
from tests.text.page_shapes import BODY, FLEET, FLEET_BODY, MUSEUM, MUSEUM_BODY, SHAPES, TITLE, other

from .conftest import picture, put, rows, run

SPLIT = Config(text=TextSettings(split_pages=True))
SHAPE = next(shape for shape in SHAPES if shape.name == "aggregator: others in full without a heading")
ADDRESS = "https://herald.example/today"
PAGES = {
    "html": Article(ADDRESS, SHAPE.as_html, "web", ADDRESS, content_type="text/html"),
    "text": Article(ADDRESS, SHAPE.as_text, "web", ADDRESS, content_type="text/plain"),
}
FRAGMENTS = [
    "",
    "#fishing-fleet-of-the-eastern-ports-to-shrink-by-a-third",
    "#lighthouse-museum-opens-its-doors-on-gull-point",
]


@pytest.fixture
def sqlite(sqlite_url: str, open_store: OpenStore) -> Store:
    return open_store(sqlite_url)


def articles(store: Store) -> dict[str, tuple[Any, ...]]:
    assert store.check() == []
    found = rows(store, "SELECT uri, title, body_text, version, url FROM v_articles ORDER BY article_id")
    return {uri: tuple(rest) for uri, *rest in found}


@pytest.mark.parametrize("form", PAGES)
def test_without_the_setting_they_are_set_aside(sqlite: Store, form: str) -> None:
    put(sqlite, [PAGES[form]])
    assert run(sqlite).taken == 1
    ((title, body, _, _),) = articles(sqlite).values()
    assert (title, body.split()) == (TITLE, " ".join(BODY).split())


@pytest.mark.parametrize("form", PAGES)
def test_with_it_they_are_articles_of_their_own(sqlite: Store, form: str) -> None:
    put(sqlite, [PAGES[form]])
    done = run(sqlite, SPLIT)
    assert (done.taken, done.accepted, done.pending) == (3, 3, 0)
    found = articles(sqlite)
    assert list(found) == [f"{ADDRESS}{fragment}" for fragment in FRAGMENTS]
    own, fleet, museum = found.values()
    assert [title for title, *_ in found.values()] == [TITLE, FLEET, MUSEUM]
    assert [body.split() for _, body, *_ in (own, fleet, museum)] == [
        " ".join(paragraphs).split() for paragraphs in (BODY, FLEET_BODY, MUSEUM_BODY)
    ]
    assert all(url.startswith("https://herald.example/") for *_, url in found.values())


def test_a_page_of_html_comes_again(sqlite: Store) -> None:
    comes_again(sqlite, PAGES["html"])


def test_a_page_of_text_comes_again(store: Store) -> None:
    comes_again(store, PAGES["text"])


def comes_again(store: Store, page: Article) -> None:
    put(store, [page])
    run(store, SPLIT)
    before = picture(store)
    put(store, [page])
    assert run(store, SPLIT).unchanged == 1
    assert picture(store) == before
    # One article on it is edited, one is gone, and a new version of the page leaves the rest as it is.
    old, new = FLEET_BODY[2], "The union of deckhands took back its threat to block the auction hall in Eastport."
    changed = replace(page, body=page.body.replace(old, new).replace(TITLE, TITLE + " again"))
    assert changed.body.count(new) == 1
    put(store, [changed])
    done = run(store, SPLIT)
    assert (done.updated, done.unchanged, done.accepted) == (2, 1, 0)
    assert [version for _, _, version, _ in articles(store).values()] == [2, 2, 1]


@pytest.mark.postgresql
def test_batches_and_databases_change_nothing(sqlite_url: str, postgresql_url: str, open_store: OpenStore) -> None:
    other = Article("plain", " ".join(FLEET_BODY), "wire", title=FLEET)
    first, second = open_store(sqlite_url), open_store(postgresql_url)
    for store, size in ((first, 1), (second, 512)):
        put(store, [PAGES["html"], other, replace(PAGES["text"], uri="saved")])
        assert run(store, SPLIT, batch_size=size).accepted == 7
    assert picture(first) == picture(second)


@pytest.mark.parametrize("link", ["http://[", "urn:story:", "javascript:open", "mailto:"])
def test_a_link_that_is_no_address_is_none(sqlite: Store, link: str) -> None:
    broken = SHAPE.as_html.replace('<h2><a href="', f'<h2><a href="{link}')
    assert broken != SHAPE.as_html
    put(sqlite, [replace(PAGES["html"], body=broken)])
    assert run(sqlite, SPLIT).accepted == 3
    assert [url for *_, url in articles(sqlite).values()] == [ADDRESS] * 3


def test_two_articles_under_one_headline(sqlite: Store) -> None:
    twice = SHAPE.as_html.replace(MUSEUM, FLEET)
    put(sqlite, [replace(PAGES["html"], uri="a#b", body=twice)])
    assert run(sqlite, SPLIT).accepted == 3
    name = FRAGMENTS[1][1:]
    assert list(articles(sqlite)) == ["a#b", f"a#b/{name}", f"a#b/{name}--2"]


GONE = replace(PAGES["html"], body="", content_type=WITHDRAWN)


def withdrawn(store: Store) -> list[str]:
    with store.reading() as connection:
        return list(connection.scalars(sa.text("SELECT uri FROM v_withdrawn ORDER BY article_id")))


@pytest.mark.parametrize("batch_size", [1, 256])
def test_a_page_takes_its_parts_along(store: Store, batch_size: int) -> None:
    namesake = Article(f"{ADDRESS}#comments", " ".join(FLEET_BODY[1:]), "web", title="What readers say")
    elsewhere = Article(f"{ADDRESS}{FRAGMENTS[1]}", " ".join(MUSEUM_BODY), "wire", title=FLEET)
    put(store, [PAGES["html"], namesake, elsewhere])
    run(store, SPLIT)
    put(store, [GONE])
    assert run(store, SPLIT, batch_size=batch_size).updated == 3
    assert list(articles(store)) == [namesake.uri, elsewhere.uri]
    assert withdrawn(store) == [f"{ADDRESS}{fragment}" for fragment in FRAGMENTS]
    reasons = "SELECT DISTINCT reason FROM v_story_history WHERE event IN ('withdrawn', 'left') ORDER BY reason"
    with store.reading() as connection:
        told = list(connection.scalars(sa.text(reasons)))
    assert told == ["it was withdrawn", "the page that it was taken from was withdrawn"]
    # The same page changes nothing; another version of it brings itself back and what is on it.
    put(store, [PAGES["html"], GONE])
    assert run(store, SPLIT).unchanged == 2
    put(store, [replace(PAGES["html"], body=SHAPE.as_html.replace(BODY[0], BODY[0] + " It was the third."))])
    assert run(store, SPLIT).updated == 3
    assert withdrawn(store) == []
    assert len(articles(store)) == 4  # one uri in two sources


@pytest.mark.parametrize("batch_size", [1, 256])
def test_parts_that_still_wait_are_withdrawn_as_well(store: Store, second_store: Store, batch_size: int) -> None:
    put(store, [PAGES["html"], GONE])
    assert run(store, SPLIT, batch_size=batch_size).pending == 0
    assert articles(store) == {}
    assert len(withdrawn(store)) == 3
    put(second_store, [PAGES["html"], GONE])
    run(second_store, SPLIT)
    assert picture(second_store) == picture(store)


def test_a_part_that_its_page_no_longer_shows_stays_and_goes_with_the_page(store: Store) -> None:
    put(store, [PAGES["html"]])
    run(store, SPLIT)
    shorter = SHAPE.as_html.replace(other(MUSEUM, MUSEUM_BODY).html, "")
    assert shorter != SHAPE.as_html
    put(store, [replace(PAGES["html"], body=shorter)])
    run(store, SPLIT)
    assert len(articles(store)) == 3
    put(store, [GONE])
    run(store, SPLIT)
    assert articles(store) == {}


def test_a_part_may_be_withdrawn_by_itself(store: Store) -> None:
    part = f"{ADDRESS}{FRAGMENTS[1]}"
    put(store, [PAGES["html"]])
    run(store, SPLIT)
    put(store, [replace(GONE, uri=part)])
    run(store, SPLIT)
    assert withdrawn(store) == [part]
    # That was said of it alone: it stays away when its page comes with the same text of it.
    put(store, [replace(PAGES["html"], body=SHAPE.as_html.replace(TITLE, TITLE + " again"))])
    run(store, SPLIT)
    assert withdrawn(store) == [part]


@pytest.mark.parametrize("order", [("part", "page"), ("page", "part")])
def test_a_part_that_was_withdrawn_by_itself_stays_away_when_its_page_comes_back(
    store: Store, order: tuple[str, str]
) -> None:
    part = f"{ADDRESS}{FRAGMENTS[1]}"
    put(store, [PAGES["html"]])
    run(store, SPLIT)
    for which in order:
        put(store, [GONE if which == "page" else replace(GONE, uri=part)])
        run(store, SPLIT)
    assert articles(store) == {}
    put(store, [replace(PAGES["html"], body=SHAPE.as_html.replace(TITLE, TITLE + " again"))])
    run(store, SPLIT)
    assert withdrawn(store) == [part]
    old, new = FLEET_BODY[2], "The union of deckhands took back its threat to block the auction hall in Eastport."
    put(store, [replace(PAGES["html"], body=SHAPE.as_html.replace(old, new))])
    run(store, SPLIT)
    assert withdrawn(store) == []


def test_without_the_setting_a_page_goes_alone(sqlite: Store) -> None:
    put(sqlite, [PAGES["html"]])
    run(sqlite, SPLIT)
    put(sqlite, [GONE])
    run(sqlite)
    assert withdrawn(sqlite) == [ADDRESS]


def test_a_part_that_was_rejected_is_not_missed(sqlite: Store) -> None:
    put(sqlite, [replace(GONE, content_type=WITH_ITS_PAGE)])
    done = run(sqlite, SPLIT)
    assert (done.unchanged, done.rejected) == (1, 0)
