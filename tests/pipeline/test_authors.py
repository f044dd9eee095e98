"""Authors are in the row of their article, follow its versions, and decide nothing."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from dedup.intake.article import Article
from dedup.store import Store

from .conftest import picture, put, rows, run

TEXT = "The council of the port put off its vote on the new quay for the third time this year, its speaker said."
ARTICLE = Article("urn:1", TEXT, source="crawler", authors="By Jane  Doe; https://quay.example/jane")


def told(store: Store) -> list[tuple[str | None, int]]:
    return rows(store, "SELECT authors, version FROM v_articles ORDER BY article_id")


def test_other_authors_are_a_version_that_decides_nothing(store: Store) -> None:
    put(store, [ARTICLE, replace(ARTICLE, uri="urn:2", authors=None)])
    run(store)
    assert told(store) == [("Jane Doe", 1), (None, 1)]
    before = picture(store)
    put(store, [ARTICLE, replace(ARTICLE, uri="urn:2", authors=None)])
    assert run(store).unchanged == 2
    put(store, [replace(ARTICLE, authors="John Roe; Jane Doe")])
    assert run(store).updated == 1
    assert told(store) == [("John Roe; Jane Doe", 2), (None, 1)]
    after = picture(store)
    decided = before.keys() - {"articles", "history"}
    assert {name: after[name] for name in decided} == {name: before[name] for name in decided}
    assert [event for _, _, event, *_ in after["history"]] == ["opened", "joined", "updated"]
    put(store, [replace(ARTICLE, body=f"{TEXT} Nobody objected.", authors=None)])
    run(store)
    assert told(store)[0] == (None, 3)
    assert store.check() == []


def test_authors_decide_nothing(store: Store, second_store: Store, examples: list[Article]) -> None:
    articles = [replace(article, authors=None) for article in examples[:40]]
    put(store, articles)
    put(second_store, [replace(article, authors=f"Jane Doe {at}") for at, article in enumerate(articles)])
    for each in (store, second_store):
        run(each)
    assert picture(store) == picture(second_store)


def test_an_inbox_row_of_sql_may_name_authors(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(
            sa.text("INSERT INTO inbox (uri, body, authors) VALUES ('urn:1', :body, :authors)"),
            {"body": TEXT, "authors": "Zoë Doe ;\nwww.quay.example; José Roe" + " x" * 5_000},
        )
    run(store)
    assert told(store) == [("Zoë Doe", 1)]
