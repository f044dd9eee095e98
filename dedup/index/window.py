"""The articles that a new one is compared with: LSH over signatures and postings of terms, in segments of time.

Which pairs may meet is a rule about the two articles alone, never about what happens to be in memory:
two dated articles when their publication lies at most the tier's window apart; if one of them is undated, when at most
`ARRIVALS` decisions lie between them. Segments (stretches of `PERIOD_DAYS` of publication, blocks of `ARRIVALS`
decisions) are loaded from the database when first needed, always whole and in the order of decisions, and dropped when
not used for a while; a segment that was filled article by article equals one that was loaded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dedup.index.bands import BandIndex
from dedup.index.postings import Postings
from dedup.index.texts import Bounds, StoryFit, Texts, Weights
from dedup.sketch.skeleton import UNKNOWN, Skeleton, alike
from dedup.sketch.terms import SparseVector

DAY = 86_400
PERIOD_DAYS = 7
ARRIVALS = 4_096
# Among so many decisions the background of a text is looked for, behind each term among the newest of a block.
BACKGROUND_DECISIONS = 2 * ARRIVALS
BACKGROUND_CHAIN = 16
PERIOD = PERIOD_DAYS * DAY
# Newest entries looked at behind one band key; bounds the work when thousands of articles share a boilerplate.
CHAIN = 128
# The same behind one term.
TERM_CHAIN = 32
# A segment that no article touched for this many decisions is dropped from memory.
IDLE = 32_768

# ("day", n): published in the n-th period; ("all", n): decided in the n-th block; ("undated", n): the undated of those.
SegmentKey = tuple[str, int]


@dataclass(slots=True, eq=False)
class Entry:
    """One article of the window. `published` is in seconds since 1970, None when undated.

    `text` is true for the original of a duplicate group, which alone is evidence for stories. `background`, 0 to
    65,535, is how near a text is to stories that are not its own, frozen when it was decided. `titled` is true for one
    that has a title.
    """

    article_id: int
    ordinal: int
    published: int | None
    language: str
    group_id: int
    text: bool
    background: int = 0
    skeleton: Skeleton = UNKNOWN
    version: int = 1
    titled: bool = True


def is_series(a: Entry, b: Entry) -> bool:
    """True for two issues of one publisher's recurring report, on different days: two events, however alike."""
    if a.published is None or b.published is None or a.published // DAY == b.published // DAY:
        return False
    return alike(a.skeleton, b.skeleton)


@dataclass(frozen=True, slots=True)
class Keys:
    """What an article is found by: band keys of its signature; for a text its strongest terms, and all its vectors.

    `scores` says what each of the terms counts for in a search; see `dedup.index.postings.key_terms`.
    """

    bands: bytes
    terms: bytes = b""
    scores: bytes = b""
    vectors: tuple[SparseVector, ...] = ()


@dataclass(slots=True)
class Segment:
    """The articles of one segment, found by their ordinals; only texts are in the index of terms."""

    signatures: BandIndex
    terms: Postings
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


# The articles of a segment in the order of decisions, each with the story of its group.
Load = Callable[[SegmentKey], Iterable[tuple[Entry, Keys, int]]]


def seconds(moment: datetime | None) -> int | None:
    """Whole seconds since 1970; None for None."""
    return None if moment is None else int(moment.timestamp())


def period_of(published: int | None) -> int | None:
    """The number of the stretch of `PERIOD_DAYS` that `published`, in seconds since 1970, lies in."""
    return None if published is None else published // PERIOD


class Window:
    """The articles near in time: how they are found, their groups and stories. Not thread-safe; the writer owns it."""

    def __init__(
        self,
        *,
        bands: int,
        duplicate_days: int,
        story_days: int,
        voices: tuple[int, int],
        background: tuple[int, int, int],
        load: Load,
    ) -> None:
        self._bands = bands
        self._duplicate_seconds = duplicate_days * DAY
        self._story_seconds = story_days * DAY
        self._load = load
        self._now = 0
        self._segments: dict[SegmentKey, Segment] = {}
        # What `_near` found, by the numbers of its segments; holds until one is dropped.
        self._found: dict[tuple[int, int | None, int], tuple[list[Segment], list[Segment]]] = {}
        self._entries: dict[int, Entry] = {}
        self._decided: dict[int, Entry] = {}
        self._story_of: dict[int, int] = {}
        self._groups: dict[int, set[int]] = {}
        # The articles of groups that are no originals.
        self._copies: dict[int, list[Entry]] = {}
        self._texts = Texts(self._story_seconds, ARRIVALS, voices, background)
        # Stories that began in memory: nothing of them is in the database alone.
        self._whole: set[int] = set()
        # The groups that articles have now, None for those taken out, where the database does not know it yet.
        self._changed: dict[int, int | None] = {}
        # The stories that groups have now, where the database does not know it yet.
        self._moved: dict[int, int] = {}

    def __len__(self) -> int:
        """Articles in memory."""
        return len(self._entries)

    def add(self, entry: Entry, keys: Keys, story_id: int, *, begins: bool = True) -> None:
        """Puts the article just decided into its segments; its ordinal is higher than all others'.

        A story of which nothing is in memory begins with it, unless `begins` says that more of it is in the database.
        """
        self._now = entry.ordinal
        if begins and story_id not in self._groups:
            self._whole.add(story_id)
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
        if not entry.text:
            self._drop_copy(entry)
        for key in _homes(entry):
            if key in self._segments:
                self._segments[key].discard(entry)
        self._texts.discard(entry.ordinal)

    def get(self, article_id: int) -> Entry | None:
        """The entry of an article that is in memory."""
        return self._entries.get(article_id)

    def rename(self, article_id: int, skeleton: Skeleton, version: int, *, titled: bool) -> None:
        """An article has a new version in which nothing else has changed; no error where it is not in memory."""
        entry = self._entries.get(article_id)
        if entry is None:
            return
        entry.skeleton, entry.version, entry.titled = skeleton, version, titled
        if entry.ordinal in self._texts:
            self._texts.rename(entry.ordinal, skeleton)

    def at(self, ordinal: int) -> Entry:
        """The article with this place in the order of decisions. Raises `KeyError` when it is not in memory."""
        return self._decided[ordinal]

    def similar(self, entry: Entry, keys: Keys, limit: int) -> list[int]:
        """Ordinals of the articles that share most signature bands with `entry`, the newest first among equals."""
        spans = [(segment.signatures, low, high) for segment, low, high in self._near(entry, self._duplicate_seconds)]
        return [ordinal for ordinal, _ in BandIndex.search(spans, keys.bands, CHAIN, limit)]

    def related(self, entry: Entry, keys: Keys, limit: int) -> Sequence[int]:
        """Ordinals of the texts whose terms in common with `entry` score most, the newest first among equals."""
        spans = [(segment.terms, low, high) for segment, low, high in self._near(entry, self._story_seconds)]
        return _ordinals(Postings.search(spans, keys.terms, keys.scores, TERM_CHAIN, limit))

    def around(self, entry: Entry, keys: Keys, limit: int) -> Sequence[int]:
        """The same among the last decisions, whenever they were published: what `entry` has for a background."""
        block = entry.ordinal // ARRIVALS
        spans = [
            (self._segment(("all", number)).terms, entry.ordinal - BACKGROUND_DECISIONS, entry.ordinal)
            for number in range(max(0, block - BACKGROUND_DECISIONS // ARRIVALS), block + 1)
        ]
        return _ordinals(Postings.search(spans, keys.terms, keys.scores, BACKGROUND_CHAIN, limit))

    def story_of(self, group_id: int) -> int:
        """The story of a group of which an article is in memory."""
        return self._story_of[group_id]

    def voices_of(self, story_id: int, entry: Entry) -> list[Entry]:
        """The texts that speak for a story to `entry`, oldest first; see `Texts`."""
        return [self._decided[ordinal] for ordinal in self._texts.voices(story_id, entry.ordinal, entry.published)]

    def is_issue(self, story_id: int, entry: Entry) -> bool:
        """True when a text is but another issue of a series that a story tells of."""
        return self._texts.is_issue(story_id, entry.ordinal, entry.published, entry.skeleton)

    def members_of(self, story_id: int) -> list[Entry]:
        """The articles of a story of which all is in memory, first come first."""
        texts = [self._decided[ordinal] for ordinal in self._texts.texts_of(story_id)]
        copies = [copy for group_id in self._groups[story_id] for copy in self._copies.get(group_id, ())]
        return sorted((*texts, *copies), key=lambda entry: entry.article_id)

    def weigh(
        self,
        entry: Entry,
        vectors: Sequence[SparseVector],
        found: Sequence[int],
        around: Sequence[int],
        weights: Weights,
        limits: tuple[int, int],
        least: float = -math.inf,
    ) -> tuple[int, list[StoryFit]]:
        """The background of a text, told by those `around`, and its fit to the likeliest stories of those `found`.

        See `Texts.weigh`.
        """
        background, fits = self._texts.weigh(
            vectors, entry.ordinal, entry.published, found, around, weights, limits, least
        )
        return background, fits

    def fit(self, entry: Entry, vectors: Sequence[SparseVector], others: Sequence[int], weights: Weights) -> StoryFit:
        """The fit of a text to others, by their ordinals, as if they were a story; see `Texts.fit`."""
        fit = self._texts.fit(vectors, entry.ordinal, entry.published, entry.background, others, weights)
        return StoryFit(*fit)

    def texts_of(self, story_id: int) -> list[int]:
        """The texts of a story that are in memory, by their ordinals, oldest first."""
        return self._texts.texts_of(story_id)

    def is_whole(self, story_id: int) -> bool:
        """True when all of a story is sure to be in memory."""
        return story_id in self._whole

    def know_less(self, story_id: int) -> None:
        """From now on something of a story is in the database alone."""
        self._whole.discard(story_id)

    def part(
        self,
        story_id: int,
        entry: Entry,
        vectors: Sequence[SparseVector],
        weights: Weights,
        bounds: Bounds,
    ) -> tuple[float, list[int], list[int]] | None:
        """Whether a story falls into two once `entry` joins it; see `Texts.part`. Parts are ordinals of texts."""
        return self._texts.part(story_id, vectors, entry.ordinal, entry.published, entry.background, weights, bounds)

    def are_one(
        self,
        stories: tuple[int, int],
        entry: Entry,
        vectors: Sequence[SparseVector],
        weights: Weights,
        bounds: Bounds,
    ) -> bool:
        """True when two stories together, with `entry` in them, do not fall into two: the reverse of `part`."""
        one, other = stories
        lent = self._texts.texts_of(other)
        self._texts.move(lent, one)
        parts = self.part(one, entry, vectors, weights, bounds)
        self._texts.move(lent, other)
        return parts is None

    def shared(self, vector: SparseVector, other: Entry, place: int, limit: int) -> bytes:
        """Hashes of the terms that add most to the dot product with the vector at `place` of a text, most first."""
        return self._texts.shared(vector, other.ordinal, place, limit)

    def regroup(self, article_id: int, group_id: int, story_id: int) -> None:
        """A copy is in another group of its story from now on."""
        self._changed[article_id] = group_id
        self._moved[group_id] = story_id
        self._place(group_id, story_id)
        entry = self._entries.get(article_id)
        if entry is not None:
            self._drop_copy(entry)
            entry.group_id = group_id
            self._copies.setdefault(group_id, []).append(entry)

    def drop_group(self, group_id: int) -> None:
        """A group in which no article is left is forgotten."""
        story_id = self._story_of.pop(group_id, None)
        if story_id is not None:
            self._leave(story_id, group_id)

    def move(self, groups: Iterable[int], texts: Iterable[int], story_id: int) -> None:
        """Groups, and their originals by their ordinals, are in another story from now on."""
        is_new = story_id not in self._groups
        for group_id in groups:
            self._moved[group_id] = story_id
            former = self._story_of.get(group_id)
            if former in self._whole and is_new:
                self._whole.add(story_id)
            elif former not in self._whole:
                self._whole.discard(story_id)
                is_new = False
            if former is not None:
                self._leave(former, group_id)
                self._place(group_id, story_id)
        self._texts.move([ordinal for ordinal in texts if ordinal in self._texts], story_id)

    def merge_stories(self, young: int, old: int) -> None:
        """Everything in story `young` is in `old` from now on."""
        whole = {young, old} <= self._whole
        groups = {*self._groups.get(young, ()), *(group for group, story in self._moved.items() if story == young)}
        self.move(groups, self._texts.texts_of(young), old)
        if not whole:
            self._whole.discard(old)

    def preload(self, entry: Entry) -> None:
        """Loads the segments that an article like `entry` is compared with."""
        self._near(entry, max(self._duplicate_seconds, self._story_seconds))

    def trim(self) -> None:
        """Drops the segments that were not used lately. Call only when everything in memory is committed."""
        self._changed.clear()
        self._moved.clear()
        idle = [key for key, segment in self._segments.items() if segment.used < self._now - IDLE]
        if not idle:
            return
        self._found.clear()
        for key in idle:
            del self._segments[key]
        kept, stories = [], self._story_of
        for _, entry in sorted(self._decided.items()):
            if any(key in self._segments for key in _homes(entry)):
                kept.append(entry)
            else:
                self._whole.discard(stories[entry.group_id])
        self._texts.keep([entry.ordinal for entry in kept if entry.ordinal in self._texts])
        self._entries = {entry.article_id: entry for entry in kept}
        self._decided = {entry.ordinal: entry for entry in kept}
        self._story_of, self._groups, self._copies = {}, {}, {}
        for entry in kept:
            self._place(entry.group_id, stories[entry.group_id])
            if not entry.text:
                self._copies.setdefault(entry.group_id, []).append(entry)

    def _know(self, entry: Entry, story_id: int, vectors: Sequence[SparseVector]) -> None:
        self._entries[entry.article_id] = entry
        self._decided[entry.ordinal] = entry
        self._place(entry.group_id, story_id)
        if not entry.text:
            self._copies.setdefault(entry.group_id, []).append(entry)
        elif vectors:
            self._texts.add(entry.ordinal, story_id, entry.published, entry.background, vectors, entry.skeleton)
        else:
            # A text without a word is not among `texts_of`.
            self._whole.discard(story_id)

    def _place(self, group_id: int, story_id: int) -> None:
        self._story_of[group_id] = story_id
        groups = self._groups.get(story_id)
        if groups is None:
            groups = self._groups[story_id] = set()
        groups.add(group_id)

    def _drop_copy(self, entry: Entry) -> None:
        copies = self._copies[entry.group_id]
        copies.remove(entry)
        if not copies:
            del self._copies[entry.group_id]

    def _leave(self, story_id: int, group_id: int) -> None:
        groups = self._groups[story_id]
        groups.discard(group_id)
        if not groups:
            del self._groups[story_id]

    def _segment(self, key: SegmentKey) -> Segment:
        segment = self._segments.get(key)
        if segment is None:
            segment = self._segments[key] = Segment(BandIndex(self._bands), Postings())
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
            self._know(entry, self._moved.get(group_id, story_id), keys.vectors)
        segment.add(key, entry, keys)

    def _near(self, entry: Entry, reach: int) -> list[tuple[Segment, int, int]]:
        """The segments that may hold what `entry` may be compared with, and the moments of those in them that may be.

        The moment of an article is when it was published in the segments of days, its ordinal in those of blocks.
        """
        block, published = entry.ordinal // ARRIVALS, entry.published
        first, last = entry.ordinal - ARRIVALS, entry.ordinal + ARRIVALS
        if published is None:
            near, _ = self._segments_of(block, None, 0)
            return [(segment, first, last) for segment in near]
        low, high = published - reach, published + reach
        undated, dated = self._segments_of(block, low // PERIOD, high // PERIOD)
        return [(segment, first, last) for segment in undated] + [(segment, low, high) for segment in dated]

    def _segments_of(self, block: int, first: int | None, last: int) -> tuple[list[Segment], list[Segment]]:
        """The segments of this block and the one before, and of the periods from `first` to `last`, if there is one.

        With periods those of blocks hold the undated articles alone.
        """
        key = block, first, last
        found = self._found.get(key)
        if found is None:
            kind, periods = ("all", range(0)) if first is None else ("undated", range(first, last + 1))
            found = (
                [self._segment((kind, number)) for number in range(max(0, block - 1), block + 1)],
                [self._segment(("day", number)) for number in periods],
            )
            self._found[key] = found
        for segments in found:
            for segment in segments:
                segment.used = self._now
        return found


def _ordinals(found: bytes) -> Sequence[int]:
    return memoryview(found).cast("q")


def _homes(entry: Entry) -> tuple[SegmentKey, SegmentKey]:
    block = entry.ordinal // ARRIVALS
    period = period_of(entry.published)
    return ("all", block), ("undated", block) if period is None else ("day", period)
