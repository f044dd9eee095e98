"""The articles that a new one is compared with: LSH over signatures and over terms, in segments of time.

Which pairs may meet is a rule about the two articles alone, never about what happens to be in memory:
two dated articles when their publication lies at most the tier's window apart; if one of them is undated, when at most
`ARRIVALS` decisions lie between them. Segments (stretches of `PERIOD_DAYS` of publication, blocks of `ARRIVALS`
decisions) are loaded from the database when first needed, always whole and in the order of decisions, and dropped when
not used for a while; a segment that was filled article by article equals one that was loaded.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from dedup.index.bands import TERM_BANDS, BandIndex
from dedup.index.sparse import SparseStore
from dedup.sketch.terms import SparseVector

DAY = 86_400
PERIOD_DAYS = 7
ARRIVALS = 4_096
# Newest entries looked at behind one band key; bounds the work when thousands of articles share a boilerplate.
CHAIN = 128
# A segment that no article touched for this many decisions is dropped from memory.
IDLE = 32_768

# ("day", n): published in the n-th period; ("all", n): decided in the n-th block; ("undated", n): of those, the undated.
SegmentKey = tuple[str, int]


@dataclass(slots=True, eq=False)
class Entry:
    """One article of the window. `published` is in seconds since 1970, None when undated.

    `text` is true for the original of a duplicate group, which alone is evidence for stories. `slots` and `vectors`
    are places in the index, kept by `Window`.
    """

    article_id: int
    ordinal: int
    published: int | None
    language: str
    group_id: int
    text: bool
    slots: dict[SegmentKey, tuple[int, int]] = field(default_factory=dict)
    vectors: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Keys:
    """What an article is found by: band keys of its signature, and for a text band keys and vectors of its terms."""

    bands: bytes
    terms: bytes = b""
    vectors: tuple[SparseVector, ...] = ()


@dataclass(slots=True)
class Segment:
    """The articles of one segment, in the order of decisions; `texts` are those that are evidence for stories."""

    signatures: BandIndex
    terms: BandIndex
    entries: list[Entry] = field(default_factory=list)
    texts: list[Entry] = field(default_factory=list)
    used: int = 0

    def add(self, key: SegmentKey, entry: Entry, keys: Keys) -> None:
        """Appends an article and notes its places in it."""
        slot = self.signatures.add(keys.bands)
        self.entries.append(entry)
        text_slot = -1
        if entry.text:
            text_slot = self.terms.add(keys.terms)
            self.texts.append(entry)
        entry.slots[key] = (slot, text_slot)

    def discard(self, places: tuple[int, int]) -> None:
        """Takes the article at `places` out of both indexes."""
        slot, text_slot = places
        self.signatures.discard(slot)
        if text_slot >= 0:
            self.terms.discard(text_slot)


# The articles of a segment in the order of decisions, each with the story of its group.
Load = Callable[[SegmentKey], Iterable[tuple[Entry, Keys, int]]]


def seconds(moment: datetime | None) -> int | None:
    """Whole seconds since 1970; None for None."""
    return None if moment is None else int(moment.timestamp())


def period_of(published: int | None) -> int | None:
    """The number of the stretch of `PERIOD_DAYS` that `published`, in seconds since 1970, lies in."""
    return None if published is None else published // (PERIOD_DAYS * DAY)


class Window:
    """LSH over the articles near in time, and the groups and stories they are in. Not thread-safe; the writer owns it."""

    def __init__(self, *, bands: int, duplicate_days: int, story_days: int, load: Load) -> None:
        self._bands = bands
        self._duplicate_seconds = duplicate_days * DAY
        self._story_seconds = story_days * DAY
        self._load = load
        self._now = 0
        self._segments: dict[SegmentKey, Segment] = {}
        self._entries: dict[int, Entry] = {}
        self._story_of: dict[int, int] = {}
        self._groups_of: dict[int, set[int]] = {}
        self._texts_of: dict[int, list[Entry]] = {}
        self._vectors = SparseStore()

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
        entry = self._entries.pop(article_id, None)
        if entry is None:
            return
        for key, places in entry.slots.items():
            self._segments[key].discard(places)
        if entry.text:
            self._texts_of[self._story_of[entry.group_id]].remove(entry)

    def get(self, article_id: int) -> Entry | None:
        """The entry of an article that is in memory."""
        return self._entries.get(article_id)

    def similar(self, entry: Entry, keys: Keys, limit: int) -> list[tuple[Entry, int]]:
        """Articles that share signature bands with `entry`, and how many: most first, newest first among equals."""
        return self._query(entry, keys, limit, self._duplicate_seconds, terms=False)

    def related(self, entry: Entry, keys: Keys, limit: int) -> list[tuple[Entry, int]]:
        """Texts that share term bands with `entry`, and how many, ranked as in `similar`."""
        return self._query(entry, keys, limit, self._story_seconds, terms=True)

    def story_of(self, group_id: int) -> int:
        """The story of a group of which an article is in memory."""
        return self._story_of[group_id]

    def voices_of(self, story_id: int, entry: Entry, first: int, newest: int) -> list[Entry]:
        """Of the texts of a story that `entry` may be compared with the `first` and the `newest`, oldest first."""
        texts = self._texts_of.get(story_id, [])
        comparable = (text for text in texts if _comparable(entry, text, self._story_seconds))
        if len(texts) <= first + newest:
            return list(comparable)
        opening = list(islice(comparable, first))
        backwards = (text for text in reversed(texts) if _comparable(entry, text, self._story_seconds))
        closing = list(islice((text for text in backwards if text.ordinal > opening[-1].ordinal), newest))
        return opening + closing[::-1]

    def dots(self, vector: SparseVector, others: list[Entry], place: int) -> list[tuple[int, int]]:
        """Dot product and number of shared terms of `vector` with the vector at `place` of each other text."""
        return self._vectors.dots(vector.hashes, vector.weights, [other.vectors[place] for other in others])

    def vector(self, entry: Entry, place: int) -> tuple[bytes, bytes]:
        """Hashes and weights of the vector at `place` of a text."""
        return self._vectors.get(entry.vectors[place])

    def regroup(self, article_id: int, group_id: int, story_id: int) -> None:
        """A copy is in another group of its story from now on."""
        self._story_of[group_id] = story_id
        self._groups_of.setdefault(story_id, set()).add(group_id)
        entry = self._entries.get(article_id)
        if entry is not None:
            entry.group_id = group_id

    def drop_group(self, group_id: int) -> None:
        """A group in which no article is left is forgotten."""
        story_id = self._story_of.pop(group_id, None)
        if story_id is not None:
            self._groups_of[story_id].discard(group_id)

    def merge_stories(self, young: int, old: int) -> None:
        """Everything in story `young` is in `old` from now on."""
        groups = self._groups_of.pop(young, set())
        for group_id in groups:
            self._story_of[group_id] = old
        self._groups_of.setdefault(old, set()).update(groups)
        texts = self._texts_of.setdefault(old, [])
        for text in self._texts_of.pop(young, ()):
            insort(texts, text, key=_ordinal)

    def preload(self, entry: Entry) -> None:
        """Loads the segments that an article like `entry` is compared with."""
        for _ in self._near(entry, max(self._duplicate_seconds, self._story_seconds)):
            pass

    def trim(self) -> None:
        """Drops the segments that were not used lately. Call only when everything in memory is committed."""
        idle = [key for key, segment in self._segments.items() if segment.used < self._now - IDLE]
        if not idle:
            return
        for key in idle:
            for entry in self._segments.pop(key).entries:
                entry.slots.pop(key, None)
        kept = sorted((entry for entry in self._entries.values() if entry.slots), key=_ordinal)
        stories, vectors = self._story_of, self._vectors
        self._entries, self._story_of, self._groups_of, self._texts_of = {}, {}, {}, {}
        self._vectors = SparseStore()
        for entry in kept:
            self._know(entry, stories[entry.group_id], [SparseVector(*vectors.get(slot)) for slot in entry.vectors])

    def _know(self, entry: Entry, story_id: int, vectors: Iterable[SparseVector]) -> None:
        self._entries[entry.article_id] = entry
        self._story_of[entry.group_id] = story_id
        self._groups_of.setdefault(story_id, set()).add(entry.group_id)
        if entry.text:
            entry.vectors = tuple(self._vectors.add(vector.hashes, vector.weights) for vector in vectors)
            insort(self._texts_of.setdefault(story_id, []), entry, key=_ordinal)

    def _segment(self, key: SegmentKey) -> Segment:
        segment = self._segments.get(key)
        if segment is None:
            segment = self._segments[key] = Segment(BandIndex(self._bands), BandIndex(TERM_BANDS))
            for entry, keys, story_id in self._load(key):
                known = self._entries.get(entry.article_id)
                if known is None:
                    self._know(entry, story_id, keys.vectors)
                segment.add(key, known or entry, keys)
        segment.used = self._now
        return segment

    def _near(self, entry: Entry, reach: int) -> Iterator[tuple[Segment, bool]]:
        """The segments that may hold what `entry` may be compared with, and whether all they hold may be."""
        block = entry.ordinal // ARRIVALS
        kind = "all" if entry.published is None else "undated"
        for number in (block - 1, block):
            if number >= 0:
                yield self._segment((kind, number)), number == block
        if entry.published is not None:
            length = PERIOD_DAYS * DAY
            for number in range((entry.published - reach) // length, (entry.published + reach) // length + 1):
                inside = entry.published - reach <= number * length and (number + 1) * length <= entry.published + reach
                yield self._segment(("day", number)), inside

    def _query(self, entry: Entry, keys: Keys, limit: int, reach: int, *, terms: bool) -> list[tuple[Entry, int]]:
        found: list[tuple[int, int, Entry]] = []
        wanted = keys.terms if terms else keys.bands
        for segment, inside in self._near(entry, reach):
            index, members = (segment.terms, segment.texts) if terms else (segment.signatures, segment.entries)
            for slot, hits in index.query(wanted, CHAIN, limit):
                other = members[slot]
                if inside or _comparable(entry, other, reach):
                    found.append((-hits, -other.ordinal, other))
        found.sort()
        return [(other, -hits) for hits, _, other in found[:limit]]


def _homes(entry: Entry) -> list[SegmentKey]:
    block = entry.ordinal // ARRIVALS
    period = period_of(entry.published)
    return [("all", block), ("undated", block) if period is None else ("day", period)]


def _comparable(a: Entry, b: Entry, reach: int) -> bool:
    if a.published is None or b.published is None:
        return abs(a.ordinal - b.ordinal) <= ARRIVALS
    return abs(a.published - b.published) <= reach


def _ordinal(entry: Entry) -> int:
    return entry.ordinal
