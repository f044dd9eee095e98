"""The articles that a new one is compared with: LSH over signatures and over terms, in segments of time.

Which pairs may meet is a rule about the two articles alone, never about what happens to be in memory:
two dated articles when their publication lies at most the tier's window apart; if one of them is undated, when at most
`ARRIVALS` decisions lie between them. Segments (stretches of `PERIOD_DAYS` of publication, blocks of `ARRIVALS`
decisions) are loaded from the database when first needed, always whole and in the order of decisions, and dropped when
not used for a while; a segment that was filled article by article equals one that was loaded.
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from dedup.index.bands import TERM_BANDS, BandIndex
from dedup.index.sparse import SparseStore
from dedup.sketch.skeleton import UNKNOWN, Skeleton, alike
from dedup.sketch.terms import FIELDS, SparseVector

DAY = 86_400
PERIOD_DAYS = 7
ARRIVALS = 4_096
PERIOD = PERIOD_DAYS * DAY
# Newest entries looked at behind one band key; bounds the work when thousands of articles share a boilerplate.
CHAIN = 128
# A segment that no article touched for this many decisions is dropped from memory.
IDLE = 32_768

# ("day", n): published in the n-th period; ("all", n): decided in the n-th block; ("undated", n): the undated of those.
SegmentKey = tuple[str, int]


@dataclass(slots=True, eq=False)
class Entry:
    """One article of the window. `published` is in seconds since 1970, None when undated.

    `text` is true for the original of a duplicate group, which alone is evidence for stories. `slot` is the place of
    its vectors, kept by `Window`.
    """

    article_id: int
    ordinal: int
    published: int | None
    language: str
    group_id: int
    text: bool
    skeleton: Skeleton = UNKNOWN
    slot: int = -1


def is_series(a: Entry, b: Entry) -> bool:
    """True for two issues of one publisher's recurring report, on different days: two events, however alike."""
    if a.published is None or b.published is None or a.published // DAY == b.published // DAY:
        return False
    return alike(a.skeleton, b.skeleton)


@dataclass(frozen=True, slots=True)
class Keys:
    """What an article is found by: band keys of its signature, and for a text band keys and vectors of its terms."""

    bands: bytes
    terms: bytes = b""
    vectors: tuple[SparseVector, ...] = ()


@dataclass(slots=True)
class Segment:
    """The articles of one segment, found by their ordinals; only texts are in the index of terms."""

    signatures: BandIndex
    terms: BandIndex
    used: int = 0

    def add(self, key: SegmentKey, entry: Entry, keys: Keys) -> None:
        """Appends an article to the segment of this `key`; its ordinal is higher than those before."""
        moment = entry.published if key[0] == "day" and entry.published is not None else entry.ordinal
        self.signatures.add(keys.bands, entry.ordinal, moment)
        if entry.text and keys.terms:
            self.terms.add(keys.terms, entry.ordinal, moment)

    def discard(self, entry: Entry) -> None:
        """Takes an article out of both indexes."""
        self.signatures.discard(entry.ordinal)
        self.terms.discard(entry.ordinal)


@dataclass(slots=True)
class Told:
    """What is in memory of one story: its groups, and its texts in the order of decisions.

    `earliest` and `latest` enclose the publication of all its texts; `undated` says that one has no date.
    """

    groups: set[int] = field(default_factory=set)
    texts: list[Entry] = field(default_factory=list)
    earliest: float = math.inf
    latest: float = -math.inf
    undated: bool = False

    def add(self, text: Entry) -> None:
        """Adds a text at its place."""
        insort(self.texts, text, key=_ordinal)
        if text.published is None:
            self.undated = True
        else:
            self.earliest = min(self.earliest, text.published)
            self.latest = max(self.latest, text.published)

    def comparable(self, entry: Entry, reach: int) -> bool:
        """True when it is plain that `entry` may be compared with every text."""
        if entry.published is None or self.undated:
            if entry.ordinal - self.texts[0].ordinal > ARRIVALS:
                return False
            if entry.published is None:
                return True
        return entry.published - reach <= self.earliest and self.latest <= entry.published + reach


# The articles of a segment in the order of decisions, each with the story of its group.
Load = Callable[[SegmentKey], Iterable[tuple[Entry, Keys, int]]]


def seconds(moment: datetime | None) -> int | None:
    """Whole seconds since 1970; None for None."""
    return None if moment is None else int(moment.timestamp())


def period_of(published: int | None) -> int | None:
    """The number of the stretch of `PERIOD_DAYS` that `published`, in seconds since 1970, lies in."""
    return None if published is None else published // PERIOD


class Window:
    """LSH over the articles near in time, and their groups and stories. Not thread-safe; the writer owns it."""

    def __init__(self, *, bands: int, duplicate_days: int, story_days: int, load: Load) -> None:
        self._bands = bands
        self._duplicate_seconds = duplicate_days * DAY
        self._story_seconds = story_days * DAY
        self._load = load
        self._now = 0
        self._segments: dict[SegmentKey, Segment] = {}
        self._entries: dict[int, Entry] = {}
        self._decided: dict[int, Entry] = {}
        self._story_of: dict[int, int] = {}
        self._stories: dict[int, Told] = {}
        self._vectors = SparseStore(len(FIELDS))
        # The groups that articles have now, None for those taken out, where the database does not know it yet.
        self._changed: dict[int, int | None] = {}

    def __len__(self) -> int:
        """Articles in memory."""
        return len(self._entries)

    def add(self, entry: Entry, keys: Keys, story_id: int) -> None:
        """Puts the article just decided into its segments; its ordinal is higher than all others'."""
        self._now = entry.ordinal
        segments = [(key, self._segment(key)) for key in _homes(entry)]
        self._know(entry, story_id, keys.vectors)
        for key, segment in segments:
            segment.add(key, entry, keys)

    def discard(self, article_id: int) -> None:
        """Takes an article out, because it has a new version or is no longer a text of its own."""
        self._changed[article_id] = None
        entry = self._entries.pop(article_id, None)
        if entry is None:
            return
        del self._decided[entry.ordinal]
        for key in _homes(entry):
            if key in self._segments:
                self._segments[key].discard(entry)
        if entry.slot >= 0:
            self._stories[self._story_of[entry.group_id]].texts.remove(entry)

    def get(self, article_id: int) -> Entry | None:
        """The entry of an article that is in memory."""
        return self._entries.get(article_id)

    def similar(self, entry: Entry, keys: Keys, limit: int) -> list[tuple[Entry, int]]:
        """Articles that share signature bands with `entry`, and how many: most first, newest first among equals."""
        spans = [(segment.signatures, low, high) for segment, low, high in self._near(entry, self._duplicate_seconds)]
        return self._found(BandIndex.search(spans, keys.bands, CHAIN, limit))

    def related(self, entry: Entry, keys: Keys, limit: int) -> list[tuple[Entry, int]]:
        """Texts that share term bands with `entry`, and how many, ranked as in `similar`."""
        spans = [(segment.terms, low, high) for segment, low, high in self._near(entry, self._story_seconds)]
        return self._found(BandIndex.search(spans, keys.terms, CHAIN, limit))

    def story_of(self, group_id: int) -> int:
        """The story of a group of which an article is in memory."""
        return self._story_of[group_id]

    def stories_of(self, texts: Sequence[Entry]) -> list[int]:
        """The story of each text."""
        story_of = self._story_of
        return [story_of[text.group_id] for text in texts]

    def voices_of(self, story_id: int, entry: Entry, first: int, newest: int) -> list[Entry]:
        """Of the texts of a story that `entry` may be compared with the `first` and the `newest`, oldest first."""
        told = self._stories.get(story_id)
        if told is None or not told.texts:
            return []
        texts, reach = told.texts, self._story_seconds
        if told.comparable(entry, reach):
            return texts[:] if len(texts) <= first + newest else [*texts[:first], *texts[-newest:]]
        opening = list(islice((text for text in texts if _comparable(entry, text, reach)), first + newest + 1))
        if len(opening) <= first + newest:
            return opening
        closing = islice((text for text in reversed(texts) if _comparable(entry, text, reach)), newest)
        return [*opening[:first], *reversed(list(closing))]

    def dots(self, vector: SparseVector, others: Sequence[Entry], place: int) -> list[int]:
        """Dot product of `vector` with the vector at `place` of each other text."""
        return self._vectors.dots(vector, [other.slot for other in others], place)

    def fits(
        self, vectors: Sequence[SparseVector], groups: Sequence[Sequence[Entry]]
    ) -> list[tuple[tuple[int, ...], tuple[int, ...], int]]:
        """Of each group of texts: sum and greatest of the dot products by field, and the nearest by the first field.

        See `dedup.sketch.reference.SparseStore.fits`; the nearest is its place among the texts of all groups.
        """
        slots = [text.slot for group in groups for text in group]
        return self._vectors.fits(vectors, slots, [len(group) for group in groups])

    def shared(self, vector: SparseVector, other: Entry, place: int, limit: int) -> bytes:
        """Hashes of the terms that add most to the dot product with the vector at `place` of a text, most first."""
        return self._vectors.shared(vector, other.slot, place, limit)

    def regroup(self, article_id: int, group_id: int, story_id: int) -> None:
        """A copy is in another group of its story from now on."""
        self._changed[article_id] = group_id
        self._place(group_id, story_id)
        entry = self._entries.get(article_id)
        if entry is not None:
            entry.group_id = group_id

    def drop_group(self, group_id: int) -> None:
        """A group in which no article is left is forgotten."""
        story_id = self._story_of.pop(group_id, None)
        if story_id is not None:
            self._stories[story_id].groups.discard(group_id)

    def merge_stories(self, young: int, old: int) -> None:
        """Everything in story `young` is in `old` from now on."""
        former = self._stories.pop(young, None)
        if former is None:
            return
        told = self._stories.setdefault(old, Told())
        for group_id in former.groups:
            self._story_of[group_id] = old
        told.groups |= former.groups
        for text in former.texts:
            told.add(text)

    def preload(self, entry: Entry) -> None:
        """Loads the segments that an article like `entry` is compared with."""
        self._near(entry, max(self._duplicate_seconds, self._story_seconds))

    def trim(self) -> None:
        """Drops the segments that were not used lately. Call only when everything in memory is committed."""
        self._changed.clear()
        idle = [key for key, segment in self._segments.items() if segment.used < self._now - IDLE]
        if not idle:
            return
        for key in idle:
            del self._segments[key]
        entries, stories, vectors = self._decided, self._story_of, self._vectors
        self._entries, self._decided, self._story_of, self._stories = {}, {}, {}, {}
        self._vectors = SparseStore(len(FIELDS))
        for _, entry in sorted(entries.items()):
            if any(key in self._segments for key in _homes(entry)):
                kept = [vectors.get(entry.slot, place) for place in range(len(FIELDS))] if entry.slot >= 0 else ()
                self._know(entry, stories[entry.group_id], kept)

    def _know(self, entry: Entry, story_id: int, vectors: Sequence[tuple[bytes, bytes]]) -> None:
        self._entries[entry.article_id] = entry
        self._decided[entry.ordinal] = entry
        told = self._place(entry.group_id, story_id)
        if entry.text and vectors:
            entry.slot = self._vectors.add(vectors)
            told.add(entry)

    def _place(self, group_id: int, story_id: int) -> Told:
        self._story_of[group_id] = story_id
        told = self._stories.get(story_id)
        if told is None:
            told = self._stories[story_id] = Told()
        told.groups.add(group_id)
        return told

    def _segment(self, key: SegmentKey) -> Segment:
        segment = self._segments.get(key)
        if segment is None:
            segment = self._segments[key] = Segment(BandIndex(self._bands), BandIndex(TERM_BANDS))
            for entry, keys, story_id in self._load(key):
                self._read(key, segment, entry, keys, story_id)
        segment.used = self._now
        return segment

    def _read(self, key: SegmentKey, segment: Segment, entry: Entry, keys: Keys, story_id: int) -> None:
        """Puts an article as the database has it into a segment, unless it was taken out since."""
        group_id = self._changed.get(entry.article_id, entry.group_id)
        if group_id is None:
            return
        entry.group_id = group_id
        if entry.article_id not in self._entries:
            self._know(entry, story_id, keys.vectors)
        segment.add(key, entry, keys)

    def _near(self, entry: Entry, reach: int) -> list[tuple[Segment, int, int]]:
        """The segments that may hold what `entry` may be compared with, and the moments of those in them that may be.

        The moment of an article is when it was published in the segments of days, its ordinal in those of blocks.
        """
        block, published = entry.ordinal // ARRIVALS, entry.published
        kind = "all" if published is None else "undated"
        first, last = entry.ordinal - ARRIVALS, entry.ordinal + ARRIVALS
        spans = [(self._segment((kind, number)), first, last) for number in range(max(0, block - 1), block + 1)]
        if published is not None:
            low, high = published - reach, published + reach
            periods = range(low // PERIOD, high // PERIOD + 1)
            spans += [(self._segment(("day", number)), low, high) for number in periods]
        return spans

    def _found(self, ranked: list[tuple[int, int]]) -> list[tuple[Entry, int]]:
        return [(self._decided[ordinal], hits) for ordinal, hits in ranked]


def _homes(entry: Entry) -> tuple[SegmentKey, SegmentKey]:
    block = entry.ordinal // ARRIVALS
    period = period_of(entry.published)
    return ("all", block), ("undated", block) if period is None else ("day", period)


def _comparable(a: Entry, b: Entry, reach: int) -> bool:
    if a.published is None or b.published is None:
        return abs(a.ordinal - b.ordinal) <= ARRIVALS
    return abs(a.published - b.published) <= reach


def _ordinal(entry: Entry) -> int:
    return entry.ordinal
