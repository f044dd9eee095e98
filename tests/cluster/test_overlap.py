"""Which cluster carries on which id, and what is said to have changed."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from dedup.cluster.overlap import Place, carry, compare


def places(stories: dict[int, str], groups: dict[int, str] | None = None) -> dict[int, Place]:
    """Places of articles by story: ``{7: "abc"}``; every article is a group of its own unless `groups` say more."""
    together = {letter: number for number, letters in (groups or {}).items() for letter in letters}
    return {
        ord(letter): Place(together.get(letter, 1_000 + ord(letter)), story)
        for story, letters in stories.items()
        for letter in letters
    }


def letters(articles: tuple[int, ...]) -> str:
    return "".join(map(chr, articles))


def test_the_same_clusters_under_other_numbers_are_no_change() -> None:
    found = compare(places({1: "ab", 2: "c"}), places({7: "c", 9: "ab"}))
    assert (found.changed, found.cases, found.merged, found.moved) == ((), (), {}, {})
    assert (found.before, found.after, found.opened) == (2, 2, 0)


def test_an_id_goes_where_most_of_its_articles_are() -> None:
    found = compare(places({5: "abcde"}), places({1: "ab", 2: "cde"}))
    assert {letters(story.articles): story.carries for story in found.changed} == {"ab": None, "cde": 5}
    assert {chr(article): old for article, old in found.moved.items()} == {"a": 5, "b": 5}
    (case,) = found.cases
    assert (case.kind, case.before, case.after, case.moved, case.size) == (
        "split",
        {5: 5},
        ((5, {5: 3}), (None, {5: 2})),
        2,
        2,
    )


def test_where_stories_become_one_the_oldest_id_lives_on() -> None:
    found = compare(places({3: "ab", 8: "cdef", 9: "g"}), places({1: "abcdefg"}))
    (story,) = found.changed
    assert (story.carries, story.sources) == (3, {3: 2, 8: 4, 9: 1})
    assert found.merged == {8: 1, 9: 1}
    assert found.moved == {}
    assert [(case.kind, case.size, case.moved) for case in found.cases] == [("merge", 3, 0)]


def test_articles_that_change_between_stories_that_stay() -> None:
    found = compare(places({1: "abcx", 2: "def"}), places({1: "abc", 2: "xdef"}))
    assert {letters(story.articles): story.carries for story in found.changed} == {"abc": 1, "defx": 2}
    assert found.moved == {ord("x"): 1}
    assert [case.kind for case in found.cases] == ["move"]


def test_a_change_of_copies_alone() -> None:
    found = compare(places({1: "abc"}, {5: "abc"}), places({1: "abc"}, {1: "a", 2: "bc"}))
    assert found.groups == {1: None, 2: 5}
    assert (found.regrouped, found.moved, [case.kind for case in found.cases]) == (1, {}, ["copies"])


def test_ties_go_to_the_older_id_and_the_older_article() -> None:
    assert carry({1: 4, 2: 4}, {1: 8, 2: 7}).ids == {8: 4, 7: None}
    assert carry({1: 6, 2: 4}, {1: 8, 2: 8}).ids == {8: 4}


clusterings = st.lists(
    st.tuples(st.integers(1, 6), st.integers(1, 3), st.integers(1, 6), st.integers(1, 3)), max_size=30
)


@given(clusterings)
def test_what_must_hold(rows: list[tuple[int, int, int, int]]) -> None:
    """A group lies within one story, before and after; else anything goes."""
    live = {n: Place(10 * story + group, story) for n, (story, group, _, _) in enumerate(rows, 1)}
    planned = {n: Place(10 * story + group, story) for n, (_, _, story, group) in enumerate(rows, 1)}
    found = compare(live, planned)
    ids = {story.story: story.carries for story in found.changed}
    carried = [old for old in ids.values() if old is not None]
    assert len(carried) == len(set(carried))
    assert not set(carried) & set(found.merged)
    heirs = {old: ids[story] for old, story in found.merged.items()}
    assert all(heir is not None and heir < old for old, heir in heirs.items())
    changed = {article for story in found.changed for article in story.articles}
    for article, place in live.items():
        if article not in changed:
            inside = {other for other in live if live[other].story == place.story}
            assert inside == {other for other in planned if planned[other].story == planned[article].story}
            assert inside.isdisjoint(changed)
    # Following merges and moves leads from the stories that are to those that are to be.
    followed = {a: heirs.get(place.story, place.story) for a, place in live.items()}
    for article, old in found.moved.items():
        assert live[article].story == old
        followed[article] = ids[planned[article].story] or -planned[article].story
    named: dict[int, set[int]] = {}
    for article, story in followed.items():
        named.setdefault(story, set()).add(planned[article].story)
    assert all(len(stories) == 1 for stories in named.values())
    assert len(named) == len({place.story for place in planned.values()}) == found.after
    assert sum(case.moved for case in found.cases) == len(found.moved)
    groups = Counter(group for group in found.groups.values() if group is not None)
    assert all(number == 1 for number in groups.values())
