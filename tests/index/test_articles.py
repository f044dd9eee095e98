"""The articles of the window by the words of their definition: where each is, and what its story is."""

from __future__ import annotations

from typing import Any

import pytest

from dedup.kernel.reference.articles import Extent, Held, Member

from .articles import (
    DAY,
    KINDS,
    OTHER_PUBLISHER,
    OTHER_REPORT,
    PERIOD,
    REPORT,
    ids,
    numbers,
    stories,
)


def test_articles_are_found_by_their_place_and_in_their_group_and_story(articles: Any) -> None:
    articles.add(3, 30, None, 30, 9, True)
    articles.add(1, 31, 5, 10, 9, True, REPORT, 4)
    articles.add(2, 32, -5, 30, 9, False, REPORT, 2)
    articles.add(-4, 33, 0, 40, 8, True)
    assert [articles.article_of(ordinal) for ordinal in (30, 31, 32, 33)] == [3, 1, 2, -4]
    assert articles.groups_of([32, 31, 30, 33, 31]) == [30, 10, 40]
    assert articles.groups_of(iter([])) == []
    assert [articles.story_of(group) for group in (10, 30, 40)] == [9, 9, 8]
    assert stories(articles) == {8: [40], 9: [10, 30]}
    assert articles.members_of(9) == [
        Member(1, 4, 31, 10, text=True),
        Member(2, 2, 32, 30, text=False),
        Member(3, 1, 30, 30, text=True),
    ]
    assert articles.members_of(77) == articles.groups_in(77) == []
    assert len(articles) == 4
    assert [number in articles for number in (1, 2, 3, -4, 4, 30, "1", None, 2**70)] == [True] * 4 + [False] * 5
    for ask, number in ((articles.article_of, 34), (articles.article_of, -1), (articles.story_of, 9)):
        with pytest.raises(KeyError):
            ask(number)
    with pytest.raises(KeyError):
        articles.groups_of([30, 34])
    assert articles.nbytes > 0


@pytest.mark.parametrize(("article_id", "ordinal"), [(1, 2), (2, 1), (1, 1)])
def test_an_article_whose_id_or_place_is_taken_is_refused(articles: Any, article_id: int, ordinal: int) -> None:
    articles.add(1, 1, None, 1, 1, True)
    with pytest.raises(ValueError, match=r"must be new"):
        articles.add(article_id, ordinal, None, 5, 6, True, REPORT, 1, True)
    assert articles.members_of(1) == [(1, 1, 1, 1, True)]
    assert stories(articles) == {1: [1]}
    assert not articles.is_whole(6)
    articles.discard(1)
    articles.add(article_id, ordinal, None, 5, 6, True)
    assert articles.article_of(ordinal) == article_id


def test_a_story_that_begins_with_an_article_is_whole(articles: Any) -> None:
    articles.add(1, 1, None, 1, 1, True, REPORT, 1, True)
    articles.add(2, 2, None, 2, 2, True)
    articles.add(3, 3, None, 3, 1, True)
    # It cannot begin with an article when another one of it is here.
    articles.add(4, 4, None, 4, 2, True, REPORT, 1, True)
    assert [articles.is_whole(story) for story in (1, 2, 3)] == [True, False, False]
    articles.know_less(1)
    articles.know_less(77)
    assert not articles.is_whole(1)
    articles.add(5, 5, None, 5, 1, True, REPORT, 1, True)
    assert not articles.is_whole(1)


def test_what_is_taken_out_leaves_its_group_in_its_story(articles: Any) -> None:
    articles.add(1, 10, -3, 1, 1, True, REPORT, 1, True)
    articles.add(2, 11, None, 1, 1, False)
    assert articles.discard(7) is None
    assert articles.discard(1) == (10, -3, True)
    assert articles.discard(1) is None
    assert articles.discard(2) == (11, None, False)
    assert len(articles) == 0
    assert stories(articles) == {1: [1]}
    assert articles.is_whole(1)
    assert articles.members_of(1) == []
    with pytest.raises(KeyError):
        articles.article_of(10)
    articles.add(1, 12, None, 1, 1, False)
    assert articles.members_of(1) == [(1, 1, 12, 1, False)]


def test_a_renamed_article_has_another_headline_and_version(articles: Any) -> None:
    articles.add(1, 10, 0, 1, 1, True, OTHER_REPORT)
    articles.add(2, 11, 0, 1, 1, True, OTHER_REPORT)
    assert articles.rename(1, REPORT, 9) == 10
    assert articles.rename(3, REPORT, 9) is None
    assert [member[1] for member in articles.members_of(1)] == [9, 1]
    assert [articles.is_series(ordinal, DAY, REPORT) for ordinal in (10, 11)] == [True, False]


def test_issues_are_of_one_publisher_and_of_two_days(articles: Any) -> None:
    articles.add(1, 1, -1, 1, 1, True, REPORT)
    articles.add(2, 2, None, 1, 1, True, REPORT)
    assert articles.is_series(1, 0, REPORT)
    assert articles.is_series(1, -DAY - 1, REPORT)
    assert not articles.is_series(1, -DAY, REPORT), "the same day"
    assert not articles.is_series(1, None, REPORT), "without dates nothing tells two issues apart"
    assert not articles.is_series(2, 0, REPORT)
    assert not articles.is_series(1, 0, OTHER_REPORT)
    assert not articles.is_series(1, 0, OTHER_PUBLISHER)
    with pytest.raises(KeyError):
        articles.is_series(3, 0, REPORT)


def test_a_group_that_goes_elsewhere_leaves_its_story_and_the_last_one_takes_it_along(articles: Any) -> None:
    articles.add(1, 1, None, 1, 1, True, REPORT, 1, True)
    articles.add(2, 2, None, 2, 1, True)
    articles.place(2, 1)
    assert stories(articles) == {1: [1, 2]}
    articles.place(2, 5)
    articles.place(9, 5)
    assert stories(articles) == {1: [1], 5: [2, 9]}
    assert [articles.is_whole(story) for story in (1, 5)] == [True, False]
    articles.place(1, 5)
    assert stories(articles) == {5: [1, 2, 9]}
    articles.place(1, 1)
    assert not articles.is_whole(1), "that of a story of which nothing was here is not known"
    assert ids(articles, 5) == [2]


def test_an_article_goes_into_another_group(articles: Any) -> None:
    articles.add(1, 1, None, 1, 1, True)
    articles.add(2, 2, None, 1, 1, False)
    articles.place(5, 1)
    articles.regroup(2, 5)
    articles.regroup(2, 5)
    articles.regroup(77, 5)
    assert articles.groups_of([1, 2]) == [1, 5]
    assert articles.members_of(1) == [(1, 1, 1, 1, True), (2, 1, 2, 5, False)]
    for article_id in (1, 77):
        with pytest.raises(KeyError):
            articles.regroup(article_id, 6)


WHOLE, PART, UNPLACED, NEW = 1, 2, 3, 4


@pytest.mark.parametrize(
    ("story", "groups", "is_whole"),
    [
        (NEW, [10], True),
        (NEW, [10, 11], True),
        (NEW, [10, 10], True),
        (NEW, [20], False),
        (NEW, [20, 10], False),
        (NEW, [10, 20], False),
        (NEW, [30, 10], False),
        (NEW, [10, 30], False),
        (NEW, [99, 10], False),
        (NEW, [10, 99], False),
        (NEW, [30], False),
        (NEW, [], False),
        (WHOLE, [], True),
        (WHOLE, [10, 11], True),
        (WHOLE, [50], True),
        (WHOLE, [50, 10], True),
        (WHOLE, [50, 20], False),
        (WHOLE, [20, 50], False),
        (WHOLE, [30], False),
        (WHOLE, [99], False),
        (PART, [10, 11], False),
        (PART, [20], False),
        (PART, [], False),
    ],
)
def test_what_groups_are_moved_to_is_whole_if_all_they_come_from_is(
    articles: Any, story: int, groups: list[int], is_whole: bool
) -> None:
    for place, (group, home) in enumerate([(10, WHOLE), (11, WHOLE), (20, PART), (50, 5)], 1):
        articles.add(place, place, None, group, home, True, REPORT, 1, home != PART)
    articles.set_extent(30, 1, 1, 1)
    articles.move(iter(groups), story)
    assert articles.is_whole(story) is is_whole
    moved = {group for group in groups if group in (10, 11, 20, 50)}
    there = {WHOLE: {10, 11}, PART: {20}}.get(story, set())
    assert articles.groups_in(story) == sorted(moved | there)
    for home, own in ((WHOLE, {10, 11}), (PART, {20}), (5, {50})):
        if home != story:
            left = sorted(own - moved)
            assert articles.groups_in(home) == left
            assert articles.is_whole(home) is bool(left and home != PART)
    with pytest.raises(KeyError):
        articles.story_of(30)


def test_only_a_group_without_articles_is_dropped(articles: Any) -> None:
    articles.add(1, 1, None, 1, 1, True, REPORT, 1, True)
    articles.set_extent(1, 1, 1, 5)
    articles.drop_group(1)
    articles.drop_group(77)
    assert articles.story_of(1) == 1
    assert articles.is_whole(1)
    assert articles.extent(1) == Extent(1, 1, 5)
    articles.discard(1)
    articles.drop_group(1)
    assert stories(articles) == {}
    assert not articles.is_whole(1)
    assert articles.extent(1) is None
    with pytest.raises(KeyError):
        articles.story_of(1)


def test_the_longest_of_a_group_is_the_first_of_the_longest(articles: Any) -> None:
    assert articles.extent(7) is None
    articles.lengthen(7, 1, 5)
    assert articles.extent(7) is None
    articles.set_extent(7, 1, 2, 50)
    assert articles.extent(7) == Extent(1, 2, 50)
    articles.lengthen(7, 3, 50)
    assert articles.extent(7) == Extent(1, 2, 50)
    articles.lengthen(7, 3, 51)
    assert articles.extent(7) == Extent(1, 3, 51)
    assert stories(articles) == {}, "it is in no story yet"
    articles.place(7, 1)
    assert articles.extent(7) == Extent(1, 3, 51)
    articles.forget_extent(7)
    articles.forget_extent(99)
    articles.lengthen(7, 4, 99)
    assert articles.extent(7) is None
    assert articles.groups_in(1) == [7]


def test_places_that_are_free_are_used_again(articles: Any) -> None:
    """Whatever comes and goes, in whatever order, all others are found as before."""
    left: dict[int, int] = {}
    for step in range(600):
        articles.add(step, 2 * step, step % 9 * PERIOD, step // 2, step // 6, step % 2 == 0, REPORT, step)
        left[step] = 2 * step
        for gone in (step - 40, step // 3):
            if left.pop(gone, None) is not None:
                assert articles.discard(gone)[0] == 2 * gone
                articles.drop_group(gone // 2)
        if step % 50 == 49:
            articles.keep(Held(days=range(step // 50 % 5, 9)))
            left = {number: ordinal for number, ordinal in left.items() if number % 9 >= step // 50 % 5}
    assert len(articles) == len(left) > 10
    assert {articles.article_of(ordinal): ordinal for ordinal in left.values()} == left
    groups = sorted({number // 2 for number in left})
    assert articles.groups_of(left.values()) == groups
    assert {group: articles.story_of(group) for group in groups} == {number // 2: number // 6 for number in left}
    told = [member for story in range(120) for member in articles.members_of(story)]
    assert told == [(number, number, 2 * number, number // 2, number % 2 == 0) for number in left]


@pytest.mark.parametrize("wrong", [-(2**63), 2**63 - 1, 2**63, -(2**80), 2**80])
def test_ids_that_are_out_of_range_are_refused_and_not_found(articles: Any, wrong: int) -> None:
    articles.add(1, 1, None, 1, 1, True, REPORT, 1, True)
    for call in (
        lambda: articles.add(wrong, 2, None, 2, 2, True),
        lambda: articles.add(2, 2, None, wrong, 2, True),
        lambda: articles.add(2, 2, None, 2, wrong, True),
        lambda: articles.place(wrong, 1),
        lambda: articles.place(1, wrong),
        lambda: articles.move([1], wrong),
        lambda: articles.set_extent(wrong, 1, 1, 1),
        lambda: articles.set_extent(1, wrong, 1, 1),
        lambda: articles.set_extent(1, 1, wrong, 1),
        lambda: articles.lengthen(77, wrong, 1),
    ):
        with pytest.raises(ValueError, match=r"must be"):
            call()
    assert stories(articles) == {1: [1]}
    assert articles.extent(1) is None
    assert articles.is_whole(1)
    articles.know_less(wrong)
    articles.drop_group(wrong)
    articles.forget_extent(wrong)
    articles.lengthen(wrong, 1, 1)
    assert articles.discard(wrong) is articles.rename(wrong, REPORT, 1) is articles.extent(wrong) is None
    assert articles.members_of(wrong) == articles.groups_in(wrong) == []
    assert not articles.is_whole(wrong)
    for call in (
        lambda: articles.article_of(wrong),
        lambda: articles.story_of(wrong),
        lambda: articles.regroup(1, wrong),
        lambda: articles.groups_of([1, wrong]),
        lambda: articles.is_series(wrong, 0, REPORT),
    ):
        with pytest.raises(KeyError):
            call()
    assert numbers(articles.keep(Held(all=[wrong, 0]))) == [1]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__module__)
def test_stretches_are_three_and_not_empty(kind: Any) -> None:
    for stretches in ((), (1, 2), (1, 2, 3, 4), (0, 1, 1), (1, -1, 1), (1, 1, 0)):
        with pytest.raises(ValueError, match=r"\w"):
            kind(stretches)
    articles = kind(stretches=(2**80, 1, 2**80))
    articles.add(1, 1, -1, 1, 1, True)
    articles.add(2, 2, 2**52, 2, 1, True)
    assert numbers(articles.keep(Held(told=[-1]))) == [1]
    assert numbers(articles.keep(Held(recent=[0]))) == [1]
