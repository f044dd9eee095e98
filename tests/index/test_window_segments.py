"""Segments of the window that are loaded late, dropped when idle, and changed before they come."""

from __future__ import annotations

from dataclasses import replace

from dedup.index.segments import (
    DATED,
    DAY,
    IDLE,
    WORN,
)
from dedup.kernel.reference.arrays import pack32
from dedup.sketch.skeleton import Skeleton

from .window_rows import (
    Rows,
    answers,
    article,
    is_inside,
)


def test_a_group_that_moved_is_found_in_its_new_story_though_it_is_loaded_later() -> None:
    """Its original and a copy lie in other segments than what made the story fall into two."""
    rows = [article(1, 0, story_id=1), article(2, 300 * DAY, story_id=1), article(3, 301 * DAY, story_id=1)]
    rows.append(replace(article(4, 600 * DAY, story_id=1), group_id=1, text=False))
    database = Rows(*rows)
    window = database.window()
    window.similar(rows[1].entry(), rows[1].keys(), 9)
    assert [is_inside(window, row) for row in rows] == [False, True, True, False]
    window.move({1}, {1}, 2)
    for row in (rows[0], rows[3]):
        window.preload(row.entry())
    assert [window.story_of(group_id) for group_id in (1, 2, 3)] == [2, 1, 1]
    assert [*map(window.article_of, window.voices_of(2, article(99, DAY).entry()))] == [1]
    assert window.voices_of(1, article(99, DAY).entry()) == []


def test_a_group_that_moved_to_a_story_that_was_merged_is_found_there_though_it_is_loaded_later() -> None:
    window = Rows(article(1, 0, story_id=5), article(2, 300 * DAY, story_id=5)).window()
    window.move({1}, {1}, 9)
    window.merge_stories(9, 3)
    window.preload(article(99, 0).entry())
    assert window.story_of(1) == 3
    assert [*map(window.article_of, window.voices_of(3, article(99, DAY).entry()))] == [1]


def test_what_moved_is_read_from_the_database_once_it_is_committed() -> None:
    database = Rows(article(1, 0, story_id=5))
    window = database.window()
    window.move({1}, {1}, 9)
    database.rows[1] = article(1, 0, story_id=11)
    window.trim()
    window.preload(article(99, 0).entry())
    assert window.story_of(1) == 11


def test_idle_segments_are_dropped_and_come_back() -> None:
    rows = [article(1, 0), article(2, DAY), article(3, 900 * DAY, ordinal=IDLE + 10)]
    database = Rows(*rows)
    window = database.window()
    for row in rows:
        window.preload(row.entry())
        answers(window, replace(row, article_id=0))
    window.add(article(4, 901 * DAY, ordinal=2 * IDLE).entry(), article(4, 901 * DAY).keys(), 4)
    database.rows[4] = article(4, 901 * DAY, ordinal=2 * IDLE)
    window.trim()
    assert [row.article_id for row in database.rows.values() if is_inside(window, row)] == [3, 4]
    probe = article(9, 2 * DAY, ordinal=2 * IDLE + 1)
    assert answers(window, probe) == answers(database.window(), probe)
    assert len(window) == 4


def test_texts_are_loaded_after_the_days_that_they_were_published_on() -> None:
    """An article that is known by its signature becomes a text of its story, in the group that it is in by then."""
    copy = replace(article(3, DAY, story_id=1), group_id=1, text=False)
    rows = [article(1, 0, story_id=1), article(2, DAY, story_id=2), copy]
    window, probe = Rows(*rows).window(), article(9, 2 * DAY)
    assert window.similar(probe.entry(), probe.keys(), 9) == [3, 2, 1]
    assert [window.texts_of(story_id) for story_id in (1, 2)] == [[], []]
    assert [window.story_of(group_id) for group_id in (1, 2)] == [1, 2]
    window.move({1}, {1}, 5)
    window.discard(2)
    assert list(window.related(probe.entry(), probe.keys(), 9)) == [1]
    assert [window.texts_of(story_id) for story_id in (1, 2, 5)] == [[], [], [1]]
    assert window.similar(probe.entry(), probe.keys(), 9) == [3, 1]
    assert answers(window, probe) == answers(
        Rows(*(replace(row, story_id=5) for row in (rows[0], copy))).window(), probe
    )


def test_texts_are_dropped_while_their_days_are_held_and_come_back() -> None:
    database = Rows()
    window, probe = database.window(), article(9, 2 * DAY, ordinal=2 * IDLE + 1)
    rows = [article(1, 0, story_id=1), article(2, DAY, story_id=1), article(3, None, story_id=3)]
    rows.append(article(8, 900 * DAY, ordinal=2 * IDLE))
    for row in rows:
        window.add(row.entry(), row.keys(), row.story_id)
        database.rows[row.article_id] = row
    assert window.is_whole(1)
    assert len(window.similar(probe.entry(), probe.keys(), 9)) == 3
    window.trim()
    assert [is_inside(window, row) for row in rows] == [True] * 4, "the undated are found with those of the days"
    assert [window.texts_of(story_id) for story_id in (1, 3, 8)] == [[], [3], [2 * IDLE]]
    assert [window.is_whole(story_id) for story_id in (1, 3, 8)] == [False, True, True]
    assert [window.story_of(group_id) for group_id in (1, 2, 3)] == [1, 1, 3]
    assert answers(window, probe) == answers(database.window(), probe)
    assert window.texts_of(1) == [1, 2]
    assert not window.is_whole(1)


def test_what_the_batch_has_changed_is_told_of_segments_loaded_meanwhile() -> None:
    """The database knows nothing of it yet."""
    copy = replace(article(3, DAY, story_id=1), group_id=1, text=False)
    rows = [article(1, 0, story_id=1), article(2, DAY, story_id=2), copy, article(4, DAY, story_id=4)]
    window, probe = Rows(*rows).window(), article(9, 2 * DAY)
    report = Skeleton(pack32([7]), pack32([1, 2, 3]))
    window.regroup(3, 30, 1)
    window.move({2}, {2}, 7)
    window.rename(2, report, 5)
    window.rename(4, report, 2)
    window.discard(4)
    newer = replace(rows[3], ordinal=5, version=3)
    window.add(newer.entry(), newer.keys(), 4)
    left = [
        rows[0],
        replace(rows[1], story_id=7, skeleton=report, version=5),
        replace(copy, group_id=30),
        newer,
    ]
    assert answers(window, probe) == answers(Rows(*left).window(), probe)
    assert [one.version for story_id in (1, 7, 4) for one in window.members_of(story_id)] == [1, 1, 5, 3]
    assert window.is_issue(7, replace(probe, skeleton=report).entry())
    assert window.is_series(replace(probe, skeleton=report).entry(), 2)


def test_versions_of_the_articles_of_one_day_take_no_more_memory_for_ever() -> None:
    """Pages that are dated once and change each minute for months: what is taken out of an index leaves its room."""
    rows = [article(number, DAY, story_id=number) for number in (1, 2, 3)]
    database = Rows(*rows)
    window = database.window()
    for row in rows:
        window.preload(row.entry())
    sizes: list[int] = []
    for ordinal in range(4, 4 * WORN):
        newer = replace(rows[ordinal % 3], ordinal=ordinal, version=ordinal)
        window.discard(newer.article_id)
        window.preload(newer.entry())
        window.add(newer.entry(), newer.keys(), newer.story_id)
        database.rows[newer.article_id] = newer
        window.trim()
        if ordinal % WORN == 0:
            sizes.append(window.bytes_of(DATED))
    assert sizes[2] <= sizes[0]
    probe = article(9, 2 * DAY, ordinal=4 * WORN)
    assert answers(window, probe) == answers(database.window(), probe)
