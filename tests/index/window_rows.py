"""Articles as a database would hold them, the window that is loaded from them, and what it answers."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import xxhash
from hypothesis import strategies as st

from dedup.cluster.stories import BACKGROUND_CHAIN
from dedup.index.segments import (
    ARRIVALS,
    BLOCK,
    DAY,
    RECENT,
    Entry,
    Keys,
    SegmentKey,
)
from dedup.index.window import CHAIN, TERM_CHAIN, Window, ordinals_of, period_of
from dedup.kernel.chosen import BandIndex, Postings, band_keys, key_terms
from dedup.kernel.reference.arrays import pack32
from dedup.kernel.reference.evidence import Bounds, Vector, Weights
from dedup.kernel.reference.filling import Stored
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


class AskedWindow(Window):
    """The window with each step of a decision by itself; a decision takes several of them in one call."""

    def similar(self, entry: Entry, keys: Keys, limit: int) -> list[int]:
        """Ordinals of the articles that share most signature bands with `entry`, the newest first among equals."""
        spans = self._segments.signatures_near(entry, self._duplicate_seconds)
        return [ordinal for ordinal, _ in BandIndex.search(spans, keys.bands, CHAIN, limit)]

    def related(self, entry: Entry, keys: Keys, limit: int) -> Sequence[int]:
        """Ordinals of the texts whose terms in common with `entry` score most, the newest first among equals."""
        spans = self._segments.terms_near(entry, self._story_seconds)
        return ordinals_of(Postings.search(spans, keys.terms, keys.scores, TERM_CHAIN, limit))

    def bytes_of(self, kinds: Sequence[str]) -> int:
        """Memory of the indexes of the segments of these kinds."""
        held = [segment for (kind, _), segment in self._segments._segments.items() if kind in kinds]
        indexes = (index for segment in held for index in (segment.signatures, segment.terms) if index is not None)
        return sum(index.nbytes for index in indexes)

    def voices_of(self, story_id: int, entry: Entry) -> list[int]:
        """The voices of a story that `entry` may be compared with, by their ordinals, oldest first; see `Texts`."""
        return self._texts.voices(story_id, entry.ordinal, entry.published)

    def is_issue(self, story_id: int, entry: Entry) -> bool:
        """True when a text is another issue of a recurring report that is in the story."""
        if entry.published is None or not entry.skeleton.words:
            return False
        return self._texts.is_issue(story_id, entry.ordinal, entry.published, entry.skeleton)

    def is_series(self, entry: Entry, ordinal: int) -> bool:
        """True when `entry` and the article `ordinal` are issues of one recurring report, of different days."""
        return self._articles.is_series(ordinal, entry.published, entry.skeleton)

    def shared(self, vector: Vector, other: int, place: int, limit: int) -> bytes:
        """Hashes of the terms that add most to the dot product with the vector at `place` of a text, most first."""
        return self._texts.shared(vector, other, place, limit)


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

    def window(self) -> AskedWindow:
        """A window that has seen nothing and loads what it needs."""
        return AskedWindow(
            bands=BANDS,
            duplicate_days=DUPLICATE_DAYS,
            story_days=STORY_DAYS,
            voices=VOICES,
            background=BACKGROUND,
            load=self.load,
        )


def empty() -> AskedWindow:
    return Rows().window()


def answers(window: AskedWindow, probe: Row) -> tuple[object, ...]:
    """All that a decision asks of a window about one article."""
    entry, keys = probe.entry(), probe.keys()
    asks = window.similar, window.related, partial(window.around, chain=BACKGROUND_CHAIN)
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
    return similar, related, around, window.rivals(entry), *told


def known_of(window: AskedWindow, ordinal: int) -> tuple[object, ...]:
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


def is_inside(window: Window, row: Row) -> bool:
    """Whether an article is in memory."""
    try:
        found = window.article_of(row.ordinal)
    except KeyError:
        return False
    assert found == row.article_id
    return True


def article(number: int, published: int | None, ordinal: int | None = None, story_id: int | None = None) -> Row:
    return Row(number, ordinal or number, published, number, story_id or number, True, (1, 2, 3))


def check_members(window: Window, rows: Iterable[Row]) -> None:
    """The members of a whole story are the articles that the rows put there, in their groups."""
    expected: dict[int, list[tuple[int, int, int, int, bool]]] = {}
    for row in sorted(rows, key=lambda row: row.article_id):
        told = row.article_id, row.version, row.ordinal, row.group_id, row.text
        expected.setdefault(row.story_id, []).append(told)
    for story_id, members in expected.items():
        if window.is_whole(story_id):
            assert window.members_of(story_id) == members
