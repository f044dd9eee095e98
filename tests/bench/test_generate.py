"""The generator of streams: the same from the same seed, in order, with labels that are true."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime
from itertools import islice
from types import ModuleType
from typing import Any

import pytest

from tests.conftest import Bench

SIZE = 400


@pytest.fixture(scope="module")
def generate(bench: Bench) -> ModuleType:
    return bench("generate")


@pytest.fixture(scope="module")
def articles(generate: ModuleType) -> list[Any]:
    return list(islice(generate.stream(1, generate.Shape()), SIZE))


def test_the_same_seed_gives_the_same_stream_and_a_longer_one_begins_with_it(
    generate: ModuleType, articles: list[Any]
) -> None:
    assert list(islice(generate.stream(1, generate.Shape()), SIZE // 2)) == articles[: SIZE // 2]


def test_another_seed_gives_other_articles(generate: ModuleType, articles: list[Any]) -> None:
    others = list(islice(generate.stream(2, generate.Shape()), 20))
    assert not {one.body_text for one in others} & {one.body_text for one in articles}


def test_articles_come_in_the_order_of_their_dates_under_uris_of_their_own(articles: list[Any]) -> None:
    dates = [datetime.fromisoformat(one.published_at) for one in articles]
    assert dates == sorted(dates)
    assert all(date.tzinfo is not None for date in dates)
    assert len({one.uri for one in articles}) == SIZE


def test_a_record_is_an_article_with_its_labels(articles: list[Any]) -> None:
    assert set(articles[0].record()) == {
        "uri", "source", "url", "title", "body_text", "language", "published_at", "story", "copies",
    }  # fmt: skip
    assert all(value for one in articles for value in one.record().values())


def test_copies_are_later_texts_of_the_same_story_and_share_most_of_their_words(articles: list[Any]) -> None:
    by_uri = {one.uri: one for one in articles}
    seen: set[str] = set()
    copies = 0
    for one in articles:
        original = by_uri[one.copies]
        assert original.story == one.story
        assert original.copies == original.uri
        if one is not original:
            copies += 1
            assert original.uri in seen
            # A publisher's own lines come on top, a cut takes away.
            words, of_original = Counter(one.body_text.split()), Counter(original.body_text.split())
            assert (words & of_original).total() > 0.3 * of_original.total()
        seen.add(one.uri)
    assert copies > SIZE / 20


def test_some_stories_have_many_articles_of_many_publishers_and_most_have_few(articles: list[Any]) -> None:
    publishers = defaultdict(set)
    sizes = Counter(one.story for one in articles)
    for one in articles:
        publishers[one.story].add(one.source)
    assert max(sizes.values()) >= 8
    assert sum(size == 1 for size in sizes.values()) > len(sizes) / 3
    assert len(publishers[max(sizes, key=lambda story: sizes[story])]) >= 4


def test_reports_from_a_template_are_stories_of_their_own_though_they_look_alike(generate: ModuleType) -> None:
    shape = replace(generate.Shape(), series=1.0)
    reports = list(islice(generate.stream(1, shape), 60))
    assert len({one.story for one in reports}) == 60
    assert all(one.copies == one.uri for one in reports)
    assert len({one.body_text for one in reports}) == 60
    assert len({one.title for one in reports}) < 10


def test_the_mean_number_of_articles_of_an_event_is_what_the_shape_says(generate: ModuleType) -> None:
    for mean in (1.5, 4.0, 12.0):
        alpha = generate._pareto_shape(mean)
        told = sum(k**-alpha for k in range(1, generate.MOST_TOLD + 1))
        assert told == pytest.approx(mean, rel=1e-6)
