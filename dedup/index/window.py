"""The articles that a new one is compared with: who they are, what groups and stories they are in, how they are found.

Where they are found is in `dedup.index.segments`; the texts of stories and their evidence are in `dedup.index.texts`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime

from dedup.index.bands import BandIndex
from dedup.index.postings import Postings
from dedup.index.segments import ARRIVALS, DAY, PERIOD, Entry, Keys, Load, Segment, Segments
from dedup.index.texts import Bounds, StoryFit, Texts, Weights
from dedup.sketch.skeleton import Skeleton
from dedup.sketch.terms import SparseVector
from dedup.weak import weakly

# Newest entries looked at behind one band key; bounds the work when thousands of articles share a boilerplate.
CHAIN = 128
# The same behind one term, and where a background is looked for.
TERM_CHAIN = 32
BACKGROUND_CHAIN = 16


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
        self._duplicate_seconds = duplicate_days * DAY
        self._story_seconds = story_days * DAY
        self._load = load
        self._segments = Segments(bands, weakly(self._fill))
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
        # The articles that the database does not know yet.
        self._unstored: dict[int, tuple[Entry, Keys]] = {}

    def __len__(self) -> int:
        """Articles in memory."""
        return len(self._entries)

    def add(self, entry: Entry, keys: Keys, story_id: int, *, begins: bool = True) -> None:
        """Puts the article just decided into its segments; its ordinal is higher than all others'.

        A story of which nothing is in memory begins with it, unless `begins` says that more of it is in the database.
        """
        if begins and story_id not in self._groups:
            self._whole.add(story_id)
        segments = self._segments.prepare(entry)
        self._know(entry, story_id, keys.vectors)
        for segment in segments:
            segment.add(entry, keys)
        self._unstored[entry.article_id] = entry, keys

    def discard(self, article_id: int) -> None:
        """Takes an article out, because it has a new version or is no longer a text of its own."""
        self._changed[article_id] = None
        self._unstored.pop(article_id, None)
        entry = self._entries.pop(article_id, None)
        if entry is None:
            return
        del self._decided[entry.ordinal]
        if not entry.text:
            self._drop_copy(entry)
        self._segments.discard(entry)
        self._texts.discard(entry.ordinal)

    def get(self, article_id: int) -> Entry | None:
        """The entry of an article that is in memory."""
        return self._entries.get(article_id)

    def rename(self, article_id: int, skeleton: Skeleton, version: int) -> None:
        """An article has a new version in which nothing else has changed; no error where it is not in memory."""
        entry = self._entries.get(article_id)
        if entry is None:
            return
        entry.skeleton, entry.version = skeleton, version
        if entry.ordinal in self._texts:
            self._texts.rename(entry.ordinal, skeleton)

    def at(self, ordinal: int) -> Entry:
        """The article with this place in the order of decisions. Raises `KeyError` when it is not in memory."""
        return self._decided[ordinal]

    def similar(self, entry: Entry, keys: Keys, limit: int) -> list[int]:
        """Ordinals of the articles that share most signature bands with `entry`, the newest first among equals."""
        near = self._segments.near(entry, self._duplicate_seconds)
        spans = [(one.signatures, low, high) for segments, low, high in near for one in segments]
        return [ordinal for ordinal, _ in BandIndex.search(spans, keys.bands, CHAIN, limit)]

    def related(self, entry: Entry, keys: Keys, limit: int) -> Sequence[int]:
        """Ordinals of the texts whose terms in common with `entry` score most, the newest first among equals."""
        near = self._segments.near(entry, self._story_seconds)
        spans = [(one.terms, low, high) for segments, low, high in near for one in segments]
        return _ordinals(Postings.search(spans, keys.terms, keys.scores, TERM_CHAIN, limit))

    def around(self, entry: Entry, keys: Keys, limit: int) -> Sequence[int]:
        """The same among the last decisions, whenever they were published: what `entry` has for a background."""
        segments, low, high = self._segments.recent(entry)
        spans = [(one.terms, low, high) for one in segments]
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
        self._segments.near(entry, max(self._duplicate_seconds, self._story_seconds))
        self._segments.recent(entry)

    def trim(self) -> None:
        """Drops the segments that were not used lately. Call only when everything in memory is committed."""
        self._changed.clear()
        self._moved.clear()
        self._unstored.clear()
        if not self._segments.drop_idle():
            return
        kept, stories = [], self._story_of
        for _, entry in sorted(self._decided.items()):
            if self._segments.holds(entry):
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

    def _fill(self, segment: Segment) -> None:
        """Puts into a new segment what the database has, unless it was taken out since, and what it does not have."""
        for entry, keys, story_id in self._load(segment.key):
            group_id = self._changed.get(entry.article_id, entry.group_id)
            if group_id is None:
                continue
            entry.group_id = group_id
            if entry.article_id not in self._entries:
                self._know(entry, self._moved.get(group_id, story_id), keys.vectors)
            segment.add(entry, keys)
        for entry, keys in self._unstored.values():
            if segment.key in self._segments.homes(entry):
                segment.add(entry, keys)


def _ordinals(found: bytes) -> Sequence[int]:
    return memoryview(found).cast("q")
