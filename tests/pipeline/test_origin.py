"""The agency of an article is in its row, beside source and publisher, and follows its versions."""

from __future__ import annotations

from dataclasses import replace

from dedup.intake.article import Article
from dedup.store import Store

from .conftest import put, rows, run

TEXT = "The council of the port put off its vote on the new quay for the third time this year, its speaker said."


def told(store: Store) -> dict[str, tuple[str, str | None, str | None]]:
    found = rows(store, "SELECT uri, source, publisher, origin FROM v_articles")
    return {uri: (source, publisher, origin) for uri, source, publisher, origin in found}


def test_source_publisher_and_origin_are_kept_apart(store: Store) -> None:
    own = Article("urn:1", TEXT, source="crawler", publisher="Kestrel Courier")
    taken = replace(own, uri="urn:2", body=f"OBAN (Reuters) - {TEXT}")
    put(store, [own, taken])
    run(store)
    assert told(store) == {
        "urn:1": ("crawler", "Kestrel Courier", None),
        "urn:2": ("crawler", "Kestrel Courier", "Reuters"),
    }
    put(store, [replace(taken, body=f"OBAN (AP) — {TEXT} Nobody objected.")])
    run(store)
    assert told(store)["urn:2"] == ("crawler", "Kestrel Courier", "AP")
    # The same words, which are no dateline any more.
    put(store, [replace(taken, body=f"OBAN – AP – {TEXT} Nobody objected.")])
    run(store)
    assert told(store)["urn:2"] == ("crawler", "Kestrel Courier", None)
