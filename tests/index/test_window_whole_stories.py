"""Which stories are whole in the window: whether any of their texts is only in the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.index.segments import (
    ARRIVALS,
    DAY,
    IDLE,
)
from dedup.index.window import Window

from .window_rows import (
    Row,
    Rows,
    answers,
    article,
    check_members,
    empty,
    histories,
    is_inside,
    probes,
)


def untold(window: Window, rows: Iterable[Row]) -> set[int]:
    """The stories that a window takes for whole though it does not hold all of their texts."""
    return {row.story_id for row in rows if window.is_whole(row.story_id)} & {
        row.story_id for row in rows if row.text and row.ordinal not in window.texts_of(row.story_id)
    }


@settings(max_examples=100)
@given(rows=histories(least=0), probe=probes(), known=st.integers(0, 14), data=st.data())
def test_a_story_with_texts_that_are_only_in_the_database_is_never_whole(
    rows: list[Row], probe: Row, known: int, data: st.DataObject
) -> None:
    """Whatever was loaded, decided, merged, divided, committed and dropped, as the program does it.

    Of some days only the signatures are loaded, or left when the texts are dropped. In the end all is answered as by a
    window loaded from the rows.
    """
    database = Rows(*rows[:known])
    window = database.window()
    left = dict(database.rows)
    homes = {row.story_id: row.story_id for row in rows}
    later = 0
    for number, planned in enumerate(rows[known:]):
        for seen in data.draw(st.lists(st.sampled_from([*left.values(), planned]), max_size=2)):
            window.preload(seen.entry(), stories=data.draw(st.booleans()))
        later += data.draw(st.sampled_from([0, 0, 0, IDLE]))
        copied = [row.story_id for row in left.values() if row.group_id == planned.group_id]
        home = copied[0] if copied else homes[planned.story_id]
        row = replace(planned, ordinal=planned.ordinal + later, story_id=home)
        beside = [other for other in left.values() if other.story_id == row.story_id]
        if beside:
            # It came to its story by an article that is in memory.
            window.preload(data.draw(st.sampled_from(beside)).entry())
        window.add(row.entry(), row.keys(), row.story_id)
        left[row.article_id] = row
        assert untold(window, left.values()) == set()
        check_members(window, left.values())
        inside = [i for i, other in left.items() if is_inside(window, other)]
        one, other = (left[i] for i in data.draw(st.lists(st.sampled_from(inside), min_size=2, max_size=2)))
        kind = data.draw(st.sampled_from(["nothing", "commit", "merge", "divide"]))
        if kind == "commit":
            database.rows, database.merged = dict(left), {}
            window.trim()
        elif kind == "merge" and one.story_id != other.story_id:
            old, young = sorted([one.story_id, other.story_id])
            window.merge_stories(young, old)
            database.merged[young] = old
            homes = {name: old if home == young else home for name, home in homes.items()}
            left = {i: replace(row, story_id=old) if row.story_id == young else row for i, row in left.items()}
        elif kind == "divide":
            groups = {one.group_id} | {
                row.group_id for row in left.values() if row.story_id == one.story_id and data.draw(st.booleans())
            }
            texts = [row.ordinal for row in left.values() if row.group_id in groups and row.text]
            window.move(groups, texts, 1_000 + number)
            left = {
                i: replace(row, story_id=1_000 + number) if row.group_id in groups else row for i, row in left.items()
            }
        assert untold(window, left.values()) == set()
        check_members(window, left.values())
    last = replace(probe, ordinal=max((row.ordinal for row in left.values()), default=0) + 1)
    assert answers(window, last) == answers(Rows(*left.values()).window(), last)


@given(rows=histories())
def test_stories_that_began_in_memory_are_whole(rows: list[Row]) -> None:
    window = empty()
    for row in rows:
        window.add(row.entry(), row.keys(), row.story_id)
    assert all(window.is_whole(row.story_id) for row in rows)
    assert not window.is_whole(77)
    loaded = Rows(*rows).window()
    for row in rows:
        loaded.preload(row.entry())
    assert not any(loaded.is_whole(row.story_id) for row in rows)


def test_a_merged_story_is_whole_if_both_were() -> None:
    for known, first in ((0, 1), (1, 1), (1, 2), (2, 1)):
        rows = [article(number, 0, ordinal) for ordinal, number in enumerate((first, 3 - first), 1)]
        window = Rows(*rows[:known]).window()
        window.preload(rows[0].entry())
        for row in rows[known:]:
            window.add(row.entry(), row.keys(), row.story_id)
        window.merge_stories(2, 1)
        assert window.is_whole(1) == (known == 0)


def test_what_leaves_a_whole_story_is_whole() -> None:
    rows = [article(1, 0, story_id=1), article(2, DAY, story_id=1)]
    for known in ([], rows):
        window = Rows(*known).window()
        for row in rows:
            window.preload(row.entry())
            if not known:
                window.add(row.entry(), row.keys(), 1)
        window.move({2}, {2}, 5)
        assert [window.is_whole(story_id) for story_id in (1, 5)] == [not known] * 2


def test_a_story_of_which_a_text_was_dropped_is_not_whole() -> None:
    database = Rows()
    window = database.window()
    for row in (article(1, 0, story_id=1), article(2, 10 * DAY, IDLE, 1), article(3, 20 * DAY, 2 * IDLE, 1)):
        window.add(row.entry(), row.keys(), 1)
        database.rows[row.article_id] = row
        assert window.is_whole(1)
        window.trim()
    assert window.texts_of(1) == [IDLE, 2 * IDLE]
    assert not window.is_whole(1)


def test_an_original_made_of_a_copy_leaves_its_story_in_the_database_as_it_is() -> None:
    """`decision.regrouping`: a new version makes the copy of an old one a text; nothing of the story is in memory."""
    rows = [article(number, number * 20 * DAY, story_id=1) for number in range(1, 5)]
    window = Rows(*rows).window()
    promoted = article(1, 20 * DAY, ordinal=9 * ARRIVALS, story_id=1)
    window.discard(1)
    window.add(promoted.entry(), promoted.keys(), 1, begins=False)
    assert window.texts_of(1) == [9 * ARRIVALS]
    assert not window.is_whole(1)
