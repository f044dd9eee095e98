"""The window: which articles meet is a rule about the two of them, whatever is in memory and however it came there."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.index.bands import term_band_keys
from dedup.index.window import ARRIVALS, DAY, IDLE, Entry, Keys, SegmentKey, Window, period_of
from dedup.sketch.terms import FIELDS, SparseVector

BANDS = 3
DUPLICATE_DAYS, STORY_DAYS = 30, 14


@dataclass(frozen=True)
class Row:
    """An article as a database would hold it."""

    article_id: int
    ordinal: int
    published: int | None
    group_id: int
    story_id: int
    text: bool
    words: tuple[int, ...]

    def entry(self) -> Entry:
        return Entry(self.article_id, self.ordinal, self.published, "en", self.group_id, self.text)

    def keys(self) -> Keys:
        hashes = struct.pack(f"<{len(self.words)}I", *sorted(self.words))
        vector = SparseVector(
            hashes, struct.pack(f"<{len(self.words)}H", *(word % 999 + 1 for word in sorted(self.words)))
        )
        bands = b"".join(struct.pack("<I", xxhash.xxh32_intdigest(hashes, seed) % 5) for seed in range(BANDS))
        return Keys(bands, term_band_keys(hashes), (vector,) * len(FIELDS))


class Rows:
    """The database of a window: rows by their article."""

    def __init__(self, *rows: Row) -> None:
        self.rows = {row.article_id: row for row in rows}

    def load(self, key: SegmentKey) -> Iterator[tuple[Entry, Keys, int]]:
        kind, number = key
        for row in sorted(self.rows.values(), key=lambda row: row.ordinal):
            block, period = row.ordinal // ARRIVALS, period_of(row.published)
            if {"day": period == number, "all": block == number, "undated": block == number and period is None}[kind]:
                yield row.entry(), row.keys(), row.story_id

    def window(self) -> Window:
        """A window that has seen nothing and loads what it needs."""
        return Window(bands=BANDS, duplicate_days=DUPLICATE_DAYS, story_days=STORY_DAYS, load=self.load)


def empty() -> Window:
    return Rows().window()


def answers(window: Window, probe: Row) -> tuple[object, ...]:
    """All that a decision asks of a window about one article."""
    entry, keys = probe.entry(), probe.keys()
    similar = [(found.article_id, hits) for found, hits in window.similar(entry, keys, 40)]
    related = window.related(entry, keys, 40)
    stories = sorted(set(window.stories_of([text for text, _ in related])))
    voices = [window.voices_of(story_id, entry, 2, 3) for story_id in stories]
    members = [text for texts in voices for text in texts]
    fits = [(sums, bests, members[nearest].article_id) for sums, bests, nearest in window.fits(keys.vectors, voices)]
    products = window.dots(keys.vectors[0], [text for text, _ in related], 0)
    shared = [window.shared(keys.vectors[0], text, 0, 5) for text, _ in related]
    groups = [(text.article_id, text.group_id, text.ordinal, hits) for text, hits in related]
    return similar, groups, stories, [[text.article_id for text in texts] for texts in voices], fits, products, shared


def some_words() -> st.SearchStrategy[tuple[int, ...]]:
    return st.sets(st.integers(0, 12), min_size=1, max_size=6).map(lambda found: tuple(sorted(found)))


dates = st.none() | st.integers(-40 * DAY, 80 * DAY) | st.integers(0, 3).map(lambda weeks: weeks * 7 * DAY)


@st.composite
def histories(draw: st.DrawFn) -> list[Row]:
    """Articles in the order of decisions: each a text of an old or new story, or a copy of an earlier article."""
    rows: list[Row] = []
    ordinal = 1
    for article_id in range(1, draw(st.integers(2, 14))):
        ordinal += draw(st.sampled_from([1, 1, 1, ARRIVALS // 2, ARRIVALS]))
        copied = draw(st.sampled_from(rows)) if rows and draw(st.integers(0, 3)) == 0 else None
        stories = sorted({row.story_id for row in rows})
        new = len(stories) + 1
        group_id = copied.group_id if copied else article_id
        story_id = copied.story_id if copied else draw(st.sampled_from([*stories, new]))
        rows.append(Row(article_id, ordinal, draw(dates), group_id, story_id, copied is None, draw(some_words())))
    return rows


@st.composite
def probes(draw: st.DrawFn) -> Row:
    return Row(0, draw(st.sampled_from([20, 60_000])), draw(dates), 0, 0, False, draw(some_words()))


@settings(max_examples=150, deadline=None)
@given(rows=histories(), probe=probes(), known=st.integers(0, 14))
def test_filled_article_by_article_equals_loaded(rows: list[Row], probe: Row, known: int) -> None:
    """Also when the first `known` were loaded and the others followed, whatever was asked in between."""
    last = replace(probe, ordinal=rows[-1].ordinal + 1)
    filled, half = empty(), Rows(*rows[:known]).window()
    for row in rows:
        filled.add(row.entry(), row.keys(), row.story_id)
    for row in rows[known:]:
        answers(half, replace(probe, ordinal=row.ordinal))
        half.add(row.entry(), row.keys(), row.story_id)
    expected = answers(Rows(*rows).window(), last)
    assert answers(filled, last) == expected
    assert answers(half, last) == expected


@settings(max_examples=150, deadline=None)
@given(rows=histories(), probe=probes(), data=st.data())
def test_changes_leave_what_the_rows_say(rows: list[Row], probe: Row, data: st.DataObject) -> None:
    """After new versions and merges a window equals one loaded from the rows that these leave, loaded early or late."""
    database = Rows(*rows)
    early, late = database.window(), database.window()
    for row in rows:
        early.preload(row.entry())
    ordinal = rows[-1].ordinal
    left = dict(database.rows)
    for _ in range(data.draw(st.integers(1, 4))):
        changed = left[data.draw(st.sampled_from(sorted(left)))]
        stories = sorted({row.story_id for row in left.values()})
        if data.draw(st.booleans()) and len(stories) > 1:
            old, young = stories[0], stories[-1]
            for window in (early, late):
                for row in left.values():
                    window.preload(row.entry())
                window.merge_stories(young, old)
            left = {i: replace(row, story_id=old) if row.story_id == young else row for i, row in left.items()}
            continue
        ordinal += 1
        group_id = 100 + ordinal
        version = replace(changed, ordinal=ordinal, words=data.draw(some_words()), group_id=group_id, text=True)
        for window in (early, late):
            window.discard(changed.article_id)
            window.add(version.entry(), version.keys(), version.story_id)
        left[changed.article_id] = version
    last = replace(probe, ordinal=ordinal + 1)
    expected = answers(Rows(*left.values()).window(), last)
    assert answers(early, last) == expected
    assert answers(late, last) == expected
    database.rows = left
    for window in (early, late):
        window.trim()
        assert answers(window, last) == expected


def article(number: int, published: int | None, ordinal: int | None = None, story_id: int | None = None) -> Row:
    return Row(number, ordinal or number, published, number, story_id or number, True, (1, 2, 3))


def found(rows: list[Row], probe: Row) -> tuple[set[int], set[int]]:
    """The articles that are similar and those that are related to `probe`."""
    window = Rows(*rows).window()
    similar, related = window.similar(probe.entry(), probe.keys(), 99), window.related(probe.entry(), probe.keys(), 99)
    assert all(hits == BANDS for _, hits in similar)
    return {entry.article_id for entry, _ in similar}, {entry.article_id for entry, _ in related}


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


def test_voices_are_the_first_and_the_newest_that_may_be_compared() -> None:
    rows = [article(i, i * DAY, story_id=1) for i in range(1, 31)]
    window = Rows(*rows).window()
    for row in rows:
        window.preload(row.entry())

    def voices(published: int | None) -> list[int]:
        return [text.article_id for text in window.voices_of(1, article(99, published).entry(), 4, 12)]

    assert voices(15 * DAY) == [1, 2, 3, 4, *range(18, 30)]  # the last of thirty is 15 days away
    assert voices(22 * DAY) == [8, 9, 10, 11, *range(19, 31)]
    assert voices(37 * DAY) == list(range(23, 31))
    assert voices(300 * DAY) == []
    assert voices(None) == [1, 2, 3, 4, *range(19, 31)]
    assert window.voices_of(77, article(99, None).entry(), 4, 12) == []


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
    assert [number for number in (1, 2, 3, 4) if window.get(number)] == [3, 4]
    probe = article(9, 2 * DAY, ordinal=2 * IDLE + 1)
    assert answers(window, probe) == answers(database.window(), probe)
    assert len(window) == 4


def test_texts_without_terms_are_found_as_copies_only() -> None:
    row = article(1, 0)
    window = empty()
    window.add(row.entry(), Keys(row.keys().bands), row.story_id)
    assert [entry.article_id for entry, _ in window.similar(article(2, 0).entry(), row.keys(), 5)] == [1]
    assert window.related(article(2, 0).entry(), row.keys(), 5) == []
    assert window.voices_of(1, article(2, 0).entry(), 4, 12) == []
    window.discard(1)
    assert len(window) == 0
