"""The window: which articles meet is a rule about the two of them, whatever is in memory and however it came there."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.cluster.stories import BACKGROUND_CHAIN
from dedup.index.segments import (
    ARRIVALS,
    BLOCK,
    DAY,
    KINDS,
    PERIOD_DAYS,
    RECENT,
    Keys,
    homes,
    is_home,
    is_series,
)
from dedup.kernel.reference.evidence import StoryFit
from dedup.sketch.terms import SCALE

from .window_rows import (
    BOUNDS,
    STORY_DAYS,
    WEIGHTS,
    Row,
    Rows,
    answers,
    article,
    check_members,
    empty,
    histories,
    probes,
    skeletons,
    some_words,
)


@given(ordinal=st.integers(0, 3 * BLOCK), published=st.none() | st.integers(-30 * DAY, 30 * DAY), text=st.booleans())
def test_an_article_is_at_home_in_its_homes_alone(ordinal: int, published: int | None, text: bool) -> None:
    every = {(kind, number) for kind in KINDS for number in range(-6, 3 * BLOCK // RECENT + 2)}
    assert {key for key in every if is_home(key, ordinal, published, text)} == {*homes(ordinal, published, text)}


@settings(max_examples=50)
@given(rows=histories(), probe=probes())
def test_an_issue_of_a_story_is_one_of_a_voice_of_it(rows: list[Row], probe: Row) -> None:
    window = empty()
    for row in rows:
        window.add(row.entry(), row.keys(), row.story_id)
    asked = replace(probe, ordinal=rows[-1].ordinal + 1).entry()
    decided = {row.ordinal: row.entry() for row in rows}
    for story_id in {row.story_id for row in rows}:
        voices = window.voices_of(story_id, asked)
        told = any(is_series(asked, decided[ordinal]) for ordinal in voices)
        assert told is any(window.is_series(asked, ordinal) for ordinal in voices)
        assert window.is_issue(story_id, asked) is told
    assert not window.is_issue(77, asked)


@settings(max_examples=150)
@given(rows=histories(least=0), probe=probes(), known=st.integers(0, 14), data=st.data())
def test_filled_article_by_article_equals_loaded(rows: list[Row], probe: Row, known: int, data: st.DataObject) -> None:
    """Also when the first `known` were loaded and the others followed, whatever was asked in between.

    And when of some days only the signatures were loaded at first, and their texts later.
    """
    last = replace(probe, ordinal=rows[-1].ordinal + 1)
    filled, half, late = empty(), Rows(*rows[:known]).window(), Rows(*rows[:known]).window()
    for row in rows:
        filled.add(row.entry(), row.keys(), row.story_id)
    for row in rows[known:]:
        answers(half, replace(probe, ordinal=row.ordinal))
        half.add(row.entry(), row.keys(), row.story_id)
        for seen in data.draw(st.lists(st.sampled_from(rows), max_size=2)):
            late.preload(replace(seen, ordinal=row.ordinal).entry(), stories=data.draw(st.booleans()))
        late.add(row.entry(), row.keys(), row.story_id)
    expected = answers(Rows(*rows).window(), last)
    for window in (filled, half, late):
        assert answers(window, last) == expected


@settings(max_examples=200)
@given(rows=histories(), probe=probes(), data=st.data())
def test_changes_leave_what_the_rows_say(rows: list[Row], probe: Row, data: st.DataObject) -> None:
    """After new versions, merges and moves a window equals one loaded from the rows that these leave.

    Whether it had loaded everything before, nothing, or a part in between.
    """
    database = Rows(*rows)
    filled, early, _, between = windows = [empty(), *(database.window() for _ in range(3))]
    for row in rows:
        filled.add(row.entry(), row.keys(), row.story_id)
        early.preload(row.entry())
    ordinal = rows[-1].ordinal
    left = dict(database.rows)
    for step in range(data.draw(st.integers(1, 5))):
        for seen in data.draw(st.lists(st.sampled_from(rows), max_size=2)):
            between.preload(seen.entry(), stories=data.draw(st.booleans()))
        kind = data.draw(st.sampled_from(["version", "merge", "move", "regroup", "rename"]))
        stories = sorted({row.story_id for row in left.values()})
        changed = left[data.draw(st.sampled_from(sorted(left)))]
        if kind == "merge" and len(stories) > 1:
            old, young = sorted(data.draw(st.permutations(stories))[:2])
            database.merged[young] = old
            for window in windows:
                window.merge_stories(young, old)
            left = {i: replace(row, story_id=old) if row.story_id == young else row for i, row in left.items()}
        elif kind == "move":
            inside = sorted({row.group_id for row in left.values() if row.story_id == changed.story_id})
            groups = data.draw(st.sets(st.sampled_from(inside), min_size=1))
            texts = [row.ordinal for row in left.values() if row.group_id in groups and row.text]
            new = 1_000 + step
            for window in windows:
                window.move(groups, texts, new)
            left = {i: replace(row, story_id=new) if row.group_id in groups else row for i, row in left.items()}
        elif kind == "regroup" and not changed.text:
            group_id = 500 + step
            for window in windows:
                window.regroup(changed.article_id, group_id, changed.story_id)
            left[changed.article_id] = replace(changed, group_id=group_id)
        elif kind == "rename":
            renamed = replace(changed, skeleton=data.draw(skeletons), version=2 + step)
            for window in windows:
                window.rename(renamed.article_id, renamed.skeleton, renamed.version)
            left[changed.article_id] = renamed
        else:
            ordinal += 1
            version = replace(
                changed, ordinal=ordinal, words=data.draw(some_words()), group_id=100 + ordinal, text=True
            )
            for window in windows:
                window.discard(changed.article_id)
                window.add(version.entry(), version.keys(), version.story_id)
            left[changed.article_id] = version
    last = replace(probe, ordinal=ordinal + 1)
    expected = answers(Rows(*left.values()).window(), last)
    for window in windows:
        assert answers(window, last) == expected
    check_members(filled, left.values())
    assert all(filled.is_whole(row.story_id) for row in left.values())
    database.rows, database.merged = left, {}
    for window in windows[1:]:
        window.trim()
        assert answers(window, last) == expected


def found(rows: list[Row], probe: Row) -> tuple[set[int], set[int]]:
    """The articles that are similar and those that are related to `probe`."""
    window = Rows(*rows).window()
    similar, related = window.similar(probe.entry(), probe.keys(), 99), window.related(probe.entry(), probe.keys(), 99)
    return set(map(window.article_of, similar)), set(map(window.article_of, related))


def test_dated_articles_meet_within_the_window_only() -> None:
    now = 500 * DAY + 12_345
    days = [0, 13, 14, 15, 29, 30, 31, 365]
    rows = [article(1 + i, now + sign * d * DAY) for i, (d, sign) in enumerate((d, s) for d in days for s in (1, -1))]
    rows += [article(50, now - 14 * DAY - 1), article(51, now + 30 * DAY + 1)]
    similar, related = found(rows, article(99, now))
    assert similar == {row.article_id for row in rows if abs(now - (row.published or 0)) <= 30 * DAY}
    assert related == {row.article_id for row in rows if abs(now - (row.published or 0)) <= 14 * DAY}


def test_undated_articles_meet_what_was_decided_around_them() -> None:
    now = 9 * ARRIVALS + 100
    ordinals = [now - ARRIVALS - 1, now - ARRIVALS, now - 100, now - 50, now - 2]
    undated = [article(1 + i, None, ordinal) for i, ordinal in enumerate(ordinals)]
    dated = [
        article(11 + i, 40 * DAY * i, ordinal) for i, ordinal in enumerate(o - 7 for o in [*ordinals[2:], now + 6])
    ]
    rows = sorted([*undated, *dated], key=lambda row: row.ordinal)
    near = {row.article_id for row in rows if now - row.ordinal <= ARRIVALS}
    assert found(rows, article(99, None, now)) == (near, near)
    # A dated article meets the undated by the order of decisions, the dated by date.
    near = {row.article_id for row in undated if now - row.ordinal <= ARRIVALS}
    assert found(rows, article(99, 4_000 * DAY, now)) == (near, near)


def test_the_background_is_told_by_the_last_decisions_whenever_they_were_published() -> None:
    now = 9 * ARRIVALS + 100
    first = now - RECENT
    rows = [
        article(1 + i, published, ordinal)
        for i, (published, ordinal) in enumerate(
            [(0, first - 1), (0, first), (None, first + 1), (900 * DAY, now - RECENT // 2), (None, now - 2)]
        )
    ]
    rows.append(replace(article(9, 0, now - 1), group_id=1, text=False))
    for published in (0, 400 * DAY, None):
        probe = article(99, published, now)
        window = Rows(*rows).window()
        for limit in (9, 3):
            told = list(window.around(probe.entry(), probe.keys(), limit, chain=BACKGROUND_CHAIN))
            assert [*map(window.article_of, told)] == [5, 4, 3, 2][:limit]
    # Those that share more of the strongest terms come first, and those that share none do not come.
    near = [replace(rows[1], words=(1, 2, 3)), replace(rows[3], words=(1, 7)), replace(rows[4], words=(8,))]
    told = list(Rows(*near).window().around(probe.entry(), probe.keys(), 9, chain=BACKGROUND_CHAIN))
    assert told == [near[0].ordinal, near[1].ordinal]


def test_voices_are_the_first_and_the_newest_that_may_be_compared() -> None:
    rows = [article(i, i * DAY, story_id=1) for i in range(1, 31)]
    window = Rows(*rows).window()
    for row in rows:
        window.preload(row.entry())

    def voices(published: int | None) -> list[int]:
        return [*map(window.article_of, window.voices_of(1, article(99, published).entry()))]

    assert voices(15 * DAY) == [1, 2, 3, 4, *range(18, 30)]  # the last of thirty is 15 days away
    assert voices(22 * DAY) == [8, 9, 10, 11, *range(19, 31)]
    assert voices(37 * DAY) == list(range(23, 31))
    assert voices(300 * DAY) == []
    assert voices(None) == [1, 2, 3, 4, *range(19, 31)]
    assert window.voices_of(77, article(99, None).entry()) == []


def test_a_story_that_is_two_events_falls_apart_by_its_texts() -> None:
    flood, strike = (1, 2, 3, 4), (11, 12, 13, 14)
    rows = [replace(article(i, i * DAY, story_id=1), words=flood if i % 2 else strike) for i in range(1, 5)]
    window = Rows(*rows).window()
    newcomer = replace(article(5, 5 * DAY), words=strike)
    window.preload(newcomer.entry())
    parted = window.part(1, newcomer.entry(), newcomer.keys().vectors, WEIGHTS, BOUNDS)
    assert parted is not None
    assert parted[0] < BOUNDS.limit
    assert parted[1:] == ([1, 3], [2, 4, 5])
    never = BOUNDS._replace(limit=-9.0, lone=-9.0)
    assert window.part(1, newcomer.entry(), newcomer.keys().vectors, WEIGHTS, never) is None
    assert window.part(77, newcomer.entry(), newcomer.keys().vectors, WEIGHTS, BOUNDS) is None


def test_the_likeliest_stories_are_weighed_best_first() -> None:
    rows = [replace(article(i, 0), words=tuple(range(1, 1 + i))) for i in range(1, 8)]
    window = Rows(*rows).window()
    newcomer = replace(article(9, 0), words=tuple(range(1, 8)))
    window.preload(newcomer.entry())
    found = [row.ordinal for row in rows]
    background, given = window.weigh(newcomer.entry(), newcomer.keys().vectors, found, found, WEIGHTS, (7, 3))
    fits = [StoryFit(*fit) for fit in given]
    assert [fit.story for fit in fits] == [7, 6, 5]
    assert [fit.nearest for fit in fits] == [7, 6, 5]
    assert [fit.log_odds for fit in fits] == sorted((fit.log_odds for fit in fits), reverse=True)
    assert 0 < background < SCALE


def test_texts_without_terms_are_found_as_copies_only() -> None:
    row = article(1, 0)
    window = empty()
    window.add(row.entry(), Keys(row.keys().bands), row.story_id)
    assert window.similar(article(2, 0).entry(), row.keys(), 5) == [1]
    assert window.article_of(1) == 1
    assert list(window.related(article(2, 0).entry(), row.keys(), 5)) == []
    assert window.voices_of(1, article(2, 0).entry()) == []
    window.discard(1)
    assert len(window) == 0


def test_rivals_are_the_texts_of_the_periods_within_reach_and_nobody_knows_them_without_dates() -> None:
    window, probe = empty(), article(9, 30 * DAY).entry()
    assert window.rivals(probe) == 0
    days = {1: 30, 2: 33, 3: 30 - STORY_DAYS, 4: 30 + STORY_DAYS, 5: 30 - 2 * STORY_DAYS - PERIOD_DAYS}
    for number, day in days.items():
        row = article(number, day * DAY)
        window.add(row.entry(), row.keys(), row.story_id)
    assert window.rivals(probe) == 4
    window.discard(2)
    assert window.rivals(probe) == 3
    assert window.rivals(article(9, None).entry()) is None
    undated = article(6, None)
    window.add(undated.entry(), undated.keys(), undated.story_id)
    assert window.rivals(probe) is None
    window.discard(6)
    assert window.rivals(probe) == 3
