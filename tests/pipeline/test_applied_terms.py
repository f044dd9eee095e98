"""After other settings were applied, all articles that were decided anew are as those settings decide them."""

from __future__ import annotations

import pytest

from dedup.config import Config
from dedup.intake.article import Article
from dedup.planning import apply as apply_plan
from dedup.store import Store
from dedup.store.plans.applications import Asked

from .conftest import NOW, put, rows, run
from .planned import APART, LONG_AGO, apply, with_stories
from .schemes import WIDER, sign_all

TERMS = "SELECT article_id, terms FROM articles ORDER BY article_id"


@pytest.mark.parametrize(("config", "differ"), [(APART, True), (with_stories(threshold=0.93), False), (WIDER, False)])
def test_terms_and_backgrounds_are_those_of_a_fresh_database(
    store: Store, second_fresh: Store, examples: list[Article], config: Config, differ: bool
) -> None:
    once = {(one.source, one.uri): one for one in examples if one.body}
    for kept, settings in ((store, Config()), (second_fresh, config)):
        put(kept, [*once.values()])
        run(kept, settings)
    assert (rows(store, TERMS) != rows(second_fresh, TERMS)) == differ
    apply(store, config)
    assert rows(store, TERMS) == rows(second_fresh, TERMS)


def test_terms_do_not_depend_on_what_was_signed_with_another_scheme_before(
    store: Store, second_fresh: Store, examples: list[Article]
) -> None:
    for kept in (store, second_fresh):
        put(kept, examples)
        run(kept)
    sign_all(second_fresh, WIDER)
    for kept in (store, second_fresh):
        apply(kept, WIDER)
    assert rows(store, TERMS) == rows(second_fresh, TERMS)


def test_signing_with_another_scheme_shows_how_far_it_is(store: Store, examples: list[Article]) -> None:
    put(store, examples)
    run(store)
    seen: list[tuple[int, int]] = []
    with store.writer_lock() as lock:
        asked = Asked(None, WIDER.digest(), LONG_AGO, None)
        made = apply_plan(store, WIDER, lock, asked, lambda: NOW, lambda *done: not seen.append(done))
    assert seen[-2:] == [(made.articles, made.articles)] * 2
