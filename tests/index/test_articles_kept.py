"""Which articles of the window stay when segments are dropped."""

from __future__ import annotations

from typing import Any

from dedup.kernel.reference.articles import Extent, Held

from .articles import (
    BLOCK,
    DAY,
    PERIOD,
    RECENT,
    REPORT,
    ids,
    numbers,
    stories,
)


def test_only_what_is_in_a_segment_that_is_held_is_kept(articles: Any) -> None:
    told = [
        (1, 205, -1, True),
        (2, 206, 0, True),
        (3, 207, None, True),
        (4, 317, -1, False),
        (5, 318, -1, True),
        (6, 450, None, False),
        (7, 551, 900 * DAY, True),
    ]
    for article_id, ordinal, published, text in told:
        articles.add(article_id, ordinal, published, article_id, 1, text)
    days = [-1, 0, 900 * DAY // PERIOD]
    everything = Held(days=days, told=days, undated=[2, 4])
    for held, kept in (
        (everything, [1, 2, 3, 4, 5, 6, 7]),
        (everything._replace(days=[0, -1], told=(-1, 0), all={5}, recent=(99,)), [1, 2, 3, 4, 5, 6, 7]),
        (everything._replace(days=[0, -1], told=[-1, 0]), [1, 2, 3, 4, 5, 6]),
        (Held(undated=[4], all=[2, 3], recent=[31]), [1, 2, 3, 4, 5, 6]),
        (Held(days=[-1], told={-1}, undated=[2]), [1, 3, 4, 5]),
        # In the recent ones, and in those told, are texts alone.
        (Held(days=[0], recent=[20, 31]), [1, 3, 5]),
        (Held(), []),
    ):
        texts = [ordinal for article_id, ordinal, _, text in told if article_id in kept and text]
        assert numbers(articles.keep(held)) == texts
        assert ids(articles, 1) == articles.groups_in(1) == kept
        assert len(articles) == len(kept)
    articles.add(8, 205, None, 8, 1, True, REPORT, 1, True)
    assert articles.is_whole(1), "nothing of it was here"


def test_where_the_days_alone_are_held_articles_are_kept_and_texts_are_not(articles: Any) -> None:
    """Of the texts that are left those are told that some segment of texts holds; the others' stories lack them."""
    told = [
        (1, 205, 0, True),
        (2, 206, 0, False),
        (3, 315, PERIOD, True),
        (4, 416, PERIOD, False),
        (5, 417, None, True),
    ]

    def make() -> Any:
        made = type(articles)((PERIOD, BLOCK, RECENT))
        for article_id, ordinal, published, text in told:
            made.add(article_id, ordinal, published, article_id, article_id, text, REPORT, 1, True)
        return made

    everyone = [1, 2, 3, 4, 5]
    days = Held(days=[0, 1], undated=[4])
    # What is held, which articles and which texts are left, and which stories are whole.
    for held, kept, texts, whole in (
        (days, everyone, [417], [2, 4, 5]),
        (days._replace(told=[0]), everyone, [205, 417], [1, 2, 4, 5]),
        (days._replace(told=[0, 1]), everyone, [205, 315, 417], everyone),
        (days._replace(recent=[31]), everyone, [315, 417], [2, 3, 4, 5]),
        (days._replace(all=[2]), everyone, [205, 417], [1, 2, 4, 5]),
        (Held(told=[0, 1]), [1, 3], [205, 315], [1, 3]),
        (Held(told=[0], days=[1]), [1, 3, 4], [205], [1, 4]),
        (Held(recent=[20, 41]), [1, 5], [205, 417], [1, 5]),
        # The undated are in no segment of days.
        (Held(days=range(-99, 99), told=range(-99, 99)), [1, 2, 3, 4], [205, 315], [1, 2, 3, 4]),
        (Held(all=[2, 3]), [1, 2, 3], [205, 315], [1, 2, 3]),
    ):
        made = make()
        assert numbers(made.keep(held)) == texts, held
        assert [number for number in everyone if number in made] == kept, held
        assert [number for number in everyone if made.is_whole(number)] == whole, held
        assert numbers(made.keep(held)) == texts, "keeping twice is keeping once"
        assert [number for number in everyone if made.is_whole(number)] == whole, held


def test_a_story_that_loses_an_article_is_not_whole_and_empty_groups_are_forgotten(articles: Any) -> None:
    for article_id, published, story in ((1, 0, 1), (2, PERIOD, 1), (3, 0, 2), (4, PERIOD, 3)):
        articles.add(article_id, article_id, published, article_id, story, True, REPORT, 1, True)
        articles.set_extent(article_id, article_id, article_id, 5)
    articles.place(8, 2)
    articles.set_extent(9, 9, 9, 9)
    articles.discard(3)
    articles.add(3, 33, 0, 3, 2, True)
    assert numbers(articles.keep(Held(days=[0], told=[0]))) == [1, 33]
    assert stories(articles) == {1: [1], 2: [3]}
    assert [articles.is_whole(story) for story in (1, 2, 3)] == [False, True, False]
    assert [articles.extent(group) for group in (1, 2, 3, 4, 9)] == [Extent(1, 1, 5), None, Extent(3, 3, 5), None, None]
