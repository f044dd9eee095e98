"""The window: which articles meet is a rule about the two of them, whatever is in memory and however it came there."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.index.postings import key_terms
from dedup.index.segments import (
    ARRIVALS,
    BLOCK,
    DAY,
    IDLE,
    KINDS,
    RECENT,
    Entry,
    Keys,
    SegmentKey,
    homes,
    is_home,
    is_series,
)
from dedup.index.texts import Bounds, StoryFit, Weights
from dedup.index.window import Window, period_of
from dedup.sketch.kernel import band_keys
from dedup.sketch.reference_arrays import pack32
from dedup.sketch.reference_filling import Stored
from dedup.sketch.skeleton import UNKNOWN, Skeleton
from dedup.sketch.terms import FIELDS, KEY_TERMS, SCALE, SparseVector, TermSketch

# How many of how many rows; the language of all of them.
BANDS, SALT = (3, 2), 77
# Rows that the database gives at once.
PAGE = 3
DUPLICATE_DAYS, STORY_DAYS = 30, 14
VOICES, BACKGROUND = (4, 12), (1, 2, 1_000_000)
WEIGHTS = Weights(-1.0, 4.0, 1.0, 2.0, 1.0, -1.0, -1.0, 0.5, 100.0, 3.0)
LIMITS, BOUNDS = (5, 3), Bounds(-2.0, 3.0, limit=1.0, lone=1.0)


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
    background: int = 0
    skeleton: Skeleton = UNKNOWN
    version: int = 1

    def entry(self) -> Entry:
        return Entry(
            self.article_id,
            self.ordinal,
            self.published,
            "en",
            self.group_id,
            self.text,
            background=self.background,
            skeleton=self.skeleton,
            version=self.version,
        )

    def signature(self) -> bytes:
        """Values of which those of a band are one of five pairs."""
        hashes = pack32(sorted(self.words))
        bands, rows = BANDS
        seeds = [seed for seed in range(bands) for _ in range(rows)]
        return pack32([xxhash.xxh32_intdigest(hashes, seed) % 5 for seed in seeds])

    def sketch(self) -> TermSketch:
        words = sorted(self.words)
        fields = words, words[: len(words) // 2], [word for word in words if word % 3 == 0], words[:1]
        assert len(fields) == len(FIELDS)
        return TermSketch(tuple(map(vector, fields)), pack32(words))

    def keys(self) -> Keys:
        """As `dedup.decision.memory` makes them: an article without a term is found by its signature alone."""
        bands, sketch = band_keys(self.signature(), *BANDS), self.sketch()
        if not sketch.terms:
            return Keys(bands)
        return Keys(bands, *key_terms(*sketch.vectors[0], KEY_TERMS, SALT), sketch.vectors)

    def stored(self, story_id: int, *, signed: bool, told: bool) -> Stored:
        """What the database gives for a segment, with what is asked for."""
        return Stored(
            self.article_id,
            self.ordinal,
            self.published,
            self.group_id,
            story_id,
            self.text,
            self.version,
            *self.skeleton,
            SALT,
            self.signature() if signed else b"",
            self.sketch().to_bytes(self.background) if told and self.text else b"",
        )


def vector(words: Sequence[int]) -> SparseVector:
    """A vector no longer than 1 in which the words weigh differently."""
    whole = SCALE / math.sqrt(max(1, len(words)))
    weights = [int(whole * (5 + word % 6) / 10) for word in words]
    return SparseVector(struct.pack(f"<{len(words)}I", *words), struct.pack(f"<{len(words)}H", *weights))


class Rows:
    """The database of a window: rows by their article, and the stories merged since they were written."""

    def __init__(self, *rows: Row) -> None:
        self.rows = {row.article_id: row for row in rows}
        self.merged: dict[int, int] = {}

    def load(self, key: SegmentKey, signed: bool, told: bool) -> Iterator[list[tuple[object, ...]]]:
        kind, number = key
        page: list[tuple[object, ...]] = []
        for row in sorted(self.rows.values(), key=lambda row: row.ordinal):
            block, period = row.ordinal // BLOCK == number, period_of(row.published)
            inside = {
                "day": period == number,
                "told": period == number and row.text,
                "all": block,
                "undated": block and period is None,
                "recent": row.text and row.ordinal // RECENT == number,
            }
            if inside[kind]:
                story_id = row.story_id
                while story_id in self.merged:
                    story_id = self.merged[story_id]
                page.append(tuple(row.stored(story_id, signed=signed, told=told)))
            if len(page) == PAGE:
                yield page
                page = []
        yield page

    def window(self) -> Window:
        """A window that has seen nothing and loads what it needs."""
        return Window(
            bands=BANDS,
            duplicate_days=DUPLICATE_DAYS,
            story_days=STORY_DAYS,
            voices=VOICES,
            background=BACKGROUND,
            load=self.load,
        )


def empty() -> Window:
    return Rows().window()


def answers(window: Window, probe: Row) -> tuple[object, ...]:
    """All that a decision asks of a window about one article."""
    entry, keys = probe.entry(), probe.keys()
    asks = window.similar, window.related, window.around
    similar, related, around = (list(ask(entry, keys, 40)) for ask in asks)
    everyone = [*similar, *related, *around]
    known = [known_of(window, ordinal) for ordinal in everyone]
    stories = sorted({window.story_of_text(ordinal) for ordinal in related})
    assert stories == sorted({window.story_of(group_id) for group_id in window.groups_of(related)})
    voices = {story_id: window.voices_of(story_id, entry) for story_id in stories}
    issues = [story_id for story_id in stories if window.is_issue(story_id, entry)]
    entry.background, fits = window.weigh(entry, keys.vectors, related, around, WEIGHTS, LIMITS)
    alone = [window.fit(entry, keys.vectors, [ordinal], WEIGHTS) for ordinal in related]
    parts = [window.part(story_id, entry, keys.vectors, WEIGHTS, BOUNDS) for story_id in stories]
    one = [window.are_one(pair, entry, keys.vectors, WEIGHTS, BOUNDS) for pair in pairwise(stories)]
    assert [window.voices_of(story_id, entry) for story_id in stories] == [*voices.values()]
    shared = [window.shared(keys.vectors[field], text, field, 5) for text in related for field in range(len(FIELDS))]
    compared = compared_with(window, probe, everyone)
    told = known, voices, issues, entry.background, fits, alone, parts, one, shared, compared
    return similar, related, around, *told


def known_of(window: Window, ordinal: int) -> tuple[object, ...]:
    """All that a window tells of an article: who it is, where it is, when it was published and under which headline."""
    group_id, *others = window.groups_of([ordinal])
    assert not others
    issues = [window.is_series(issue, ordinal) for issue in EVERY_ISSUE]
    return window.article_of(ordinal), group_id, window.story_of(group_id), issues


def compared_with(window: Window, probe: Row, ordinals: Sequence[int]) -> object:
    """How an article compares with the groups of others, of which each has a set of its own."""
    groups = window.groups_of(ordinals)
    sets = {1_000 + group_id: pack32(range(group_id % 7)) for group_id in groups}
    asked = probe.entry(), pack32(range(4)), ordinals, ({}, sets), 0.5, 5, groups[3:5]
    assert window.compare(*asked) == ([], [group_id for group_id in groups if group_id not in groups[3:5]], [])
    assert window.originals_of(groups) == []
    for group_id in groups:
        window.set_extent(group_id, 1_000 + group_id, 2_000 + group_id, 9)
    assert window.originals_of(groups) == list(sets)
    compared = window.compare(*asked)
    for group_id in groups:
        window.forget_extent(group_id)
    return compared


# An issue of each headline, on two days: what an article was published on, and as, is one of them or not.
EVERY_ISSUE = [
    Entry(0, 0, day * DAY, "en", 0, True, skeleton=Skeleton(publisher, words))
    for day in (-40, 7)
    for publisher in (b"", pack32([7]), pack32([8]))
    for words in (pack32([1, 2, 3]), pack32([1, 2, 3, 4, 5]))
]


@given(ordinal=st.integers(0, 3 * BLOCK), published=st.none() | st.integers(-30 * DAY, 30 * DAY), text=st.booleans())
def test_an_article_is_at_home_in_its_homes_alone(ordinal: int, published: int | None, text: bool) -> None:
    every = {(kind, number) for kind in KINDS for number in range(-6, 3 * BLOCK // RECENT + 2)}
    assert {key for key in every if is_home(key, ordinal, published, text)} == {*homes(ordinal, published, text)}


def some_words(least: int = 1) -> st.SearchStrategy[tuple[int, ...]]:
    return st.sets(st.integers(0, 12), min_size=least, max_size=6).map(lambda found: tuple(sorted(found)))


# Of few publishers and few words, so that some are alike.
skeletons = st.builds(
    Skeleton,
    st.sampled_from([b"", pack32([7]), pack32([8])]),
    st.sets(st.integers(1, 5), max_size=5).map(lambda words: pack32(sorted(words))),
)
dates = st.none() | st.integers(-40 * DAY, 80 * DAY) | st.integers(0, 3).map(lambda weeks: weeks * 7 * DAY)


@st.composite
def histories(draw: st.DrawFn, *, least: int = 1) -> list[Row]:
    """Articles in the order of decisions: each a text of an old or new story, or a copy of an earlier article.

    They have `least` words or more.
    """
    rows: list[Row] = []
    ordinal = 1
    for article_id in range(1, draw(st.integers(2, 14))):
        ordinal += draw(st.sampled_from([1, 1, 1, 1, RECENT, BLOCK, ARRIVALS // 2, ARRIVALS]))
        copied = draw(st.sampled_from(rows)) if rows and draw(st.integers(0, 3)) == 0 else None
        stories = sorted({row.story_id for row in rows})
        new = len(stories) + 1
        group_id = copied.group_id if copied else article_id
        story_id = copied.story_id if copied else draw(st.sampled_from([*stories, new]))
        words, background = draw(some_words(least)), draw(st.sampled_from([0, 9_999, SCALE]))
        told = copied is None, words, background, draw(skeletons)
        rows.append(Row(article_id, ordinal, draw(dates), group_id, story_id, *told))
    return rows


@st.composite
def probes(draw: st.DrawFn) -> Row:
    ordinal = draw(st.sampled_from([20, BLOCK + 3, ARRIVALS + BLOCK]))
    return Row(0, ordinal, draw(dates), 0, 0, False, draw(some_words()), skeleton=draw(skeletons))


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


def check_members(window: Window, rows: Iterable[Row]) -> None:
    """The members of a whole story are the articles that the rows put there, in their groups."""
    expected: dict[int, list[tuple[int, int, int, int, bool]]] = {}
    for row in sorted(rows, key=lambda row: row.article_id):
        told = row.article_id, row.version, row.ordinal, row.group_id, row.text
        expected.setdefault(row.story_id, []).append(told)
    for story_id, members in expected.items():
        if window.is_whole(story_id):
            assert window.members_of(story_id) == members


def is_inside(window: Window, row: Row) -> bool:
    """Whether an article is in memory."""
    try:
        found = window.article_of(row.ordinal)
    except KeyError:
        return False
    assert found == row.article_id
    return True


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
    """`Clusterer.promote`: a new version of an old article makes its copy a text; nothing of the story is in memory."""
    rows = [article(number, number * 20 * DAY, story_id=1) for number in range(1, 5)]
    window = Rows(*rows).window()
    promoted = article(1, 20 * DAY, ordinal=9 * ARRIVALS, story_id=1)
    window.discard(1)
    window.add(promoted.entry(), promoted.keys(), 1, begins=False)
    assert window.texts_of(1) == [9 * ARRIVALS]
    assert not window.is_whole(1)


def article(number: int, published: int | None, ordinal: int | None = None, story_id: int | None = None) -> Row:
    return Row(number, ordinal or number, published, number, story_id or number, True, (1, 2, 3))


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
            told = list(window.around(probe.entry(), probe.keys(), limit))
            assert [*map(window.article_of, told)] == [5, 4, 3, 2][:limit]
    # Those that share more of the strongest terms come first, and those that share none do not come.
    near = [replace(rows[1], words=(1, 2, 3)), replace(rows[3], words=(1, 7)), replace(rows[4], words=(8,))]
    told = list(Rows(*near).window().around(probe.entry(), probe.keys(), 9))
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
