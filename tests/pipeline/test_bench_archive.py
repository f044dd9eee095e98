"""``bench/archive.py``: the older articles that it makes are an archive, and change nothing for newer ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import ModuleType

import pytest

from dedup.intake.article import Article
from dedup.store import Store
from dedup.store.invariants.check import check
from tests.conftest import Bench

from .conftest import put, rows, run


@pytest.fixture(scope="module")
def archive(bench: Bench) -> ModuleType:
    return bench("archive")


def stories_of_now(store: Store) -> set[frozenset[str]]:
    found: dict[int, set[str]] = {}
    for story_id, uri in rows(store, "SELECT story_id, uri FROM v_story_articles"):
        found.setdefault(story_id, set()).add(uri)
    return {frozenset(uris) for uris in found.values() if not any("#" in uri for uri in uris)}


def test_an_archive_is_older_and_changes_nothing_for_newer_articles(
    archive: ModuleType, sqlite_url: str, open_store: Callable[..., Store], examples: Sequence[Article]
) -> None:
    store = open_store(sqlite_url)
    path = store.path
    assert path is not None
    dated = [replace(one, uri=one.uri.replace("#", "-")) for one in examples if one.published_at is not None]
    put(store, dated)
    run(store)
    before = stories_of_now(store)
    ((there, most),) = rows(store, "SELECT count(*), max(article_id) FROM articles")
    store.close()
    told = list(archive.put_behind(path, there + 1))
    assert told[-1] == f"{2 * there:,} older articles"
    store = open_store(sqlite_url)
    assert stories_of_now(store) == before
    ((newest_of_archive, archived),) = rows(
        store, "SELECT max(published_at), count(*) FROM v_articles WHERE uri LIKE '%#%'"
    )
    ((oldest_of_now, first),) = rows(
        store, "SELECT min(published_at), min(article_id) FROM v_articles WHERE uri NOT LIKE '%#%'"
    )
    assert archived == 2 * there
    assert int(newest_of_archive[:4]) < int(oldest_of_now[:4])
    assert first == 2 * most + 1
    with store.reading() as connection:
        broken = {finding.name for finding in check(connection)}
    assert broken == {"runs_disagree"}  # no run decided the archive
    put(store, [replace(dated[0], uri="again", source="another")])
    assert run(store).accepted == 1
    (joined,) = (story for story in stories_of_now(store) if "again" in story)
    assert dated[0].uri in joined
    assert stories_of_now(store) - {joined} == before - {joined - {"again"}}
