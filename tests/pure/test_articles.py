"""The articles of the window by the words of their definition, compiled and in Python."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from dedup.sketch import kernel, reference_articles
from dedup.sketch.reference_arrays import pack32
from dedup.sketch.reference_articles import Compared, Extent, Held, Member

KINDS: list[Any] = [reference_articles.Articles]
if kernel.COMPILED:
    KINDS.append(kernel.Articles)
DAY = 86_400
PERIOD, BLOCK, RECENT = 7 * DAY, 100, 10
REPORT = pack32([7]), pack32([1, 2, 3])
OTHER_REPORT = pack32([7]), pack32([4, 5, 6])
OTHER_PUBLISHER = pack32([8]), pack32([1, 2, 3])
NOWHERE: tuple[dict[int, bytes], dict[int, bytes]] = ({}, {})


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__module__)
def articles(request: pytest.FixtureRequest) -> Any:
    return request.param((PERIOD, BLOCK, RECENT))


def numbers(packed: bytes) -> list[int]:
    return list(struct.unpack(f"{len(packed) // 8}q", packed))


def ids(articles: Any, story_id: int) -> list[int]:
    return [member[0] for member in articles.members_of(story_id)]


def stories(articles: Any) -> dict[int, list[int]]:
    """The groups of the stories of small numbers that have any."""
    return {story: groups for story in range(20) if (groups := articles.groups_in(story))}


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


def shingles(*hashes: int) -> bytes:
    return pack32(hashes)


@pytest.fixture
def compared(articles: Any) -> Any:
    """Groups 1 and 2 with a copy each, 3 without an extent."""
    for article_id, published, group, skeleton in (
        (1, DAY, 1, OTHER_REPORT),
        (2, 2 * DAY, 2, REPORT),
        (3, 0, 3, REPORT),
        (4, 0, 1, REPORT),
        (5, DAY, 2, REPORT),
    ):
        articles.add(article_id, 10 * article_id, published, group, 1, True, skeleton)
    articles.set_extent(1, 1, 4, 9)
    articles.set_extent(2, 2, 2, 9)
    return articles


def test_an_article_is_compared_with_the_original_of_each_group_of_its_candidates(compared: Any) -> None:
    mine, sets = shingles(1, 2, 3, 4), ({1: shingles(1, 2, 3)}, {2: shingles(3, 4, 5, 6), 1: b"not looked at"})
    given = DAY, REPORT, sets, 0.25, 99
    of_one = Compared(1, 1, 4, series=False, common=3, size_a=4, size_b=3)
    of_two = Compared(2, 2, 2, series=True, common=2, size_a=4, size_b=4)
    assert compared.compare(mine, [10, 20], *given) == ([of_one, of_two], [], [])
    assert compared.compare(mine, iter([20, 50, 10]), *given) == ([of_two, of_one], [], [])
    # Its copy of another day is another issue, its own is not.
    assert compared.compare(mine, [10, 40], *given) == ([of_one._replace(series=True)], [], [])
    assert compared.compare(mine, [50], *given) == ([of_two._replace(series=False)], [], [])
    assert compared.compare(mine, [], *given) == ([], [], [])
    assert compared.compare(mine, [30, 10, 20], *given, {1, 2}) == ([], [3], [])
    assert compared.compare(mine, [30, 10, 20], *given, [3, 77, 2]) == ([of_one], [], [])
    with pytest.raises(KeyError):
        compared.compare(mine, [10, 11], *given)


def test_what_is_not_known_of_a_group_is_told(compared: Any) -> None:
    given = shingles(1), [20, 30, 10, 40], None, REPORT, NOWHERE, 0.5, 1
    assert compared.compare(*given) == ([], [3], [2, 1])
    assert compared.compare(*given, (3, 2)) == ([], [], [1])
    compared.forget_extent(1)
    assert compared.compare(*given) == ([], [3, 1], [2])


def test_what_is_far_is_left_out(compared: Any) -> None:
    def found(mine: bytes, other: bytes, share: float, enough: int) -> bool:
        rows, unknown, missing = compared.compare(mine, [10], None, REPORT, ({}, {1: other}), share, enough)
        assert (unknown, missing) == ([], [])
        return bool(rows)

    mine, other = shingles(1, 2, 3, 4), shingles(3, 4, 5)
    assert found(mine, other, 0.5, 99)
    assert found(other, mine, 0.5, 99)
    assert not found(mine, other, 0.51, 99)
    assert found(mine, other, 0.51, 2)
    assert not found(mine, other, 0.51, 3)
    assert not found(b"", b"", 0.0, 1), "nothing is no share of nothing"
    assert found(b"", b"", 1.0, 0)
    assert not found(mine, other, float("nan"), 99)


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
