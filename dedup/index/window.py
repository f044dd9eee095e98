"""The articles that a new one is compared with: who they are, what groups and stories they are in, how they are found.

Where they are found is in `dedup.index.segments`; the texts of stories and their evidence are defined in
`dedup.kernel.reference.texts`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import starmap

from dedup.ahead import behind
from dedup.index.segments import (
    ARRIVALS,
    BLOCK,
    DAY,
    PERIOD,
    RECENT,
    Entry,
    Keys,
    Load,
    Segment,
    SegmentKey,
    Segments,
    is_home,
)
from dedup.kernel.chosen import Articles, Postings, Texts, enter, fill, meet, weigh_up
from dedup.kernel.reference.articles import Compared, Member
from dedup.kernel.reference.evidence import Bounds, StoryFit, Vector, Weights
from dedup.kernel.reference.filling import Stored
from dedup.kernel.reference.meeting import Given, Measures, Met, Search, Weighed
from dedup.named import make
from dedup.sketch.skeleton import Skeleton
from dedup.sketch.terms import KEY_TERMS
from dedup.weak import weakly

# The newest articles that are looked at of those with one band key, and of those with one term: bounds the work when
# thousands share a boilerplate or a hot word.
CHAIN, TERM_CHAIN = 128, 32


def seconds(moment: datetime | None) -> int | None:
    """Whole seconds since 1970; None for None."""
    return None if moment is None else int(moment.timestamp())


def period_of(published: int | None) -> int | None:
    """The number of the stretch of `PERIOD_DAYS` that `published`, in seconds since 1970, lies in."""
    return None if published is None else published // PERIOD


class Window:
    """The articles near in time: how they are found, their groups and stories. Not thread-safe; the writer owns it.

    `bands` are how many of how many rows a signature has; `size` gives how many articles a segment may have that `load`
    loads, 0 for few.
    """

    def __init__(
        self,
        *,
        bands: tuple[int, int],
        duplicate_days: int,
        story_days: int,
        voices: tuple[int, int],
        background: tuple[int, int, int],
        load: Load,
        size: Callable[[SegmentKey], int] = lambda _: 0,
    ) -> None:
        self._duplicate_seconds = duplicate_days * DAY
        self._story_seconds = story_days * DAY
        self._load = load
        self._size = size
        self._bands = bands
        self._segments = Segments(bands[0], weakly(self._fill))
        self._articles = Articles((PERIOD, BLOCK, RECENT))
        self._texts = Texts(self._story_seconds, ARRIVALS, voices, background)
        # The groups that articles have now, None for those taken out, where the database does not know it yet.
        self._changed: dict[int, int | None] = {}
        # The stories that groups have now, where the database does not know it yet.
        self._moved: dict[int, int] = {}
        # The skeletons and versions that articles have now, where the database does not know it yet.
        self._renamed: dict[int, tuple[Skeleton, int]] = {}
        # The articles that the database does not know yet, in the order of decisions.
        self._unstored: dict[int, tuple[Entry, Keys]] = {}

    def __len__(self) -> int:
        """Articles in memory."""
        return len(self._articles)

    def add(self, entry: Entry, keys: Keys, story_id: int, *, begins: bool = True) -> None:
        """Puts the article just decided into its segments; its ordinal is higher than all others'.

        A story of which nothing is in memory begins with it, unless `begins` says that more of it is in the database.
        """
        homes = self._segments.prepare(entry, entry.text and keys.terms != b"")
        place = entry.article_id, entry.group_id, story_id, entry.text, entry.version, begins
        enter(self._articles, self._texts, homes.indexes, _newcomer(entry, keys), *place)
        self._unstored[entry.article_id] = entry, keys

    def discard(self, article_id: int) -> None:
        """Takes an article out, because it has a new version or is no longer a text of its own."""
        self._changed[article_id] = None
        self._renamed.pop(article_id, None)
        self._unstored.pop(article_id, None)
        known = self._articles.discard(article_id)
        if known is not None:
            self._segments.discard(*known)
            self._texts.discard(known[0])

    def rename(self, article_id: int, skeleton: Skeleton, version: int) -> None:
        """Notes a new version of an article that changes nothing else; no error where it is not in memory."""
        self._renamed[article_id] = skeleton, version
        ordinal = self._articles.rename(article_id, skeleton, version)
        if ordinal is not None and ordinal in self._texts:
            self._texts.rename(ordinal, skeleton)

    def article_of(self, ordinal: int) -> int:
        """The article with this place in the order of decisions. Raises `KeyError` when it is not in memory."""
        return self._articles.article_of(ordinal)

    def told_of(self, article_id: int) -> tuple[bytes, int | None] | None:
        """Who published an article, as its skeleton has it, and when; None where it is not in memory."""
        return self._articles.told_of(article_id)

    def meet(
        self,
        entry: Entry,
        keys: Keys,
        shingles: bytes,
        sets: tuple[Mapping[int, bytes], Mapping[int, bytes]],
        search: Search,
        limits: tuple[float, int],
    ) -> Met:
        """The articles that an article may be a copy of, compared, and the texts that may report the same event."""
        near = self._segments.near(entry, self._duplicate_seconds, self._story_seconds if keys.terms else 0)
        return meet(self._articles, _newcomer(entry, keys), shingles, sets, near, search, limits)

    def weigh_up(
        self, entry: Entry, keys: Keys, related: Sequence[int], weights: Sequence[float], measures: Measures
    ) -> list[Weighed]:
        """The fit of a text to the likeliest stories of the texts `related`, best first, each a plain tuple.

        Notes the background of the text in `entry`.
        """
        recent = self._segments.recent(entry)
        entry.background, weighed = weigh_up(
            self._articles, self._texts, _newcomer(entry, keys), related, recent, weights, measures
        )
        return weighed

    def around(self, entry: Entry, keys: Keys, limit: int, *, chain: int) -> Sequence[int]:
        """Ordinals of the texts among the last decisions whose terms in common with `entry` score most.

        They are its background, whenever they were published. Behind each term the newest `chain` texts are looked at.
        """
        recent = self._segments.recent(entry)
        return ordinals_of(Postings.search(recent, keys.terms, keys.scores, chain, limit))

    def compare(
        self,
        entry: Entry,
        shingles: bytes,
        ordinals: Sequence[int],
        sets: tuple[Mapping[int, bytes], Mapping[int, bytes]],
        share: float,
        enough: int,
        without: Collection[int] = (),
    ) -> tuple[Sequence[Compared], list[int], list[int]]:
        """Compares `entry` with the groups of the articles `ordinals`; see `Articles.compare`. The tuples are plain."""
        published, skeleton = entry.published, entry.skeleton
        return self._articles.compare(shingles, ordinals, published, skeleton, sets, share, enough, without)

    def rivals(self, entry: Entry) -> int | None:
        """About how many texts are near enough in time to share a story with `entry`, in any language.

        None where nobody knows, since it has no date, or one of them has none.
        """
        return self._segments.texts_near(entry, self._duplicate_seconds, self._story_seconds)

    def groups_of(self, ordinals: Sequence[int]) -> list[int]:
        """The groups of these articles, each once, in their order."""
        return self._articles.groups_of(ordinals)

    def originals_of(self, groups: Iterable[int]) -> list[int]:
        """The originals of those of the groups of which they are known."""
        extents = (self._articles.extent(group_id) for group_id in groups)
        return [extent[0] for extent in extents if extent is not None]

    def set_extent(self, group_id: int, original: int, longest: int, words: int) -> None:
        """Notes the original and the longest article of a group, of so many words."""
        self._articles.set_extent(group_id, original, longest, words)

    def longest_of(self, group_id: int) -> int | None:
        """The longest article of a group, where that is known."""
        extent = self._articles.extent(group_id)
        return None if extent is None else extent[1]

    def forget_extent(self, group_id: int) -> None:
        """Forgets the original and the longest article of a group: `longest_of` does not know them any more."""
        self._articles.forget_extent(group_id)

    def lengthen(self, group_id: int, article_id: int, words: int) -> None:
        """Notes an article of so many words that came to a group."""
        self._articles.lengthen(group_id, article_id, words)

    def story_of(self, group_id: int) -> int:
        """The story of a group of which an article is in memory."""
        return self._articles.story_of(group_id)

    def story_of_text(self, ordinal: int) -> int:
        """The story of a text in memory. Raises `KeyError`."""
        return self._texts.story_of(ordinal)

    def members_of(self, story_id: int) -> list[Member]:
        """The articles of a story of which all is in memory, first come first."""
        return [make(Member, member) for member in self._articles.members_of(story_id)]

    def weigh(
        self,
        entry: Entry,
        vectors: Sequence[Vector],
        found: Sequence[int],
        around: Sequence[int],
        weights: Weights,
        limits: tuple[int, int],
        least: float = -math.inf,
    ) -> tuple[int, list[StoryFit]]:
        """The background of a text among those `around`, and its fit to the likeliest stories of those `found`.

        See `Texts.weigh`.
        """
        background, fits = self._texts.weigh(
            vectors, entry.ordinal, entry.published, found, around, weights, limits, least
        )
        return background, fits

    def fit(self, entry: Entry, vectors: Sequence[Vector], others: Sequence[int], weights: Weights) -> StoryFit:
        """The fit of a text to others, by their ordinals, as if they were a story; see `Texts.fit`."""
        fit = self._texts.fit(vectors, entry.ordinal, entry.published, entry.background, others, weights)
        return StoryFit(*fit)

    def texts_of(self, story_id: int) -> list[int]:
        """The texts of a story that are in memory, by their ordinals, oldest first."""
        return self._texts.texts_of(story_id)

    def is_whole(self, story_id: int) -> bool:
        """True when all of a story is sure to be in memory."""
        return self._articles.is_whole(story_id)

    def know_less(self, story_id: int) -> None:
        """Notes that a part of a story is in the database alone, so that `is_whole` is false of it."""
        self._articles.know_less(story_id)

    def part(
        self,
        story_id: int,
        entry: Entry,
        vectors: Sequence[Vector],
        weights: Weights,
        bounds: Bounds,
    ) -> tuple[float, list[int], list[int]] | None:
        """Whether a story falls into two once `entry` joins it; see `Texts.part`. Parts are ordinals of texts."""
        return self._texts.part(story_id, vectors, entry.ordinal, entry.published, entry.background, weights, bounds)

    def are_one(
        self,
        stories: tuple[int, int],
        entry: Entry,
        vectors: Sequence[Vector],
        weights: Weights,
        bounds: Bounds,
    ) -> bool:
        """True when two stories together, with `entry` in them, do not fall into two: the reverse of `part`."""
        place = entry.ordinal, entry.published, entry.background
        return self._texts.is_one(stories, vectors, *place, weights, bounds)

    def regroup(self, article_id: int, group_id: int, story_id: int) -> None:
        """Puts a copy into another group of its story."""
        self._changed[article_id] = group_id
        self._moved[group_id] = story_id
        self._articles.place(group_id, story_id)
        self._articles.regroup(article_id, group_id)

    def drop_group(self, group_id: int) -> None:
        """Forgets a group in which no article is left."""
        self._articles.drop_group(group_id)

    def move(self, groups: Iterable[int], texts: Iterable[int], story_id: int) -> None:
        """Puts groups, with their originals, `texts` by their ordinals, into another story."""
        moved = [*groups]
        self._moved.update(dict.fromkeys(moved, story_id))
        self._articles.move(moved, story_id)
        self._texts.move([ordinal for ordinal in texts if ordinal in self._texts], story_id)

    def merge_stories(self, young: int, old: int) -> None:
        """Puts all that is in story `young` into `old`."""
        whole = self.is_whole(young) and self.is_whole(old)
        moved = (group for group, story in self._moved.items() if story == young)
        self.move({*self._articles.groups_in(young), *moved}, self._texts.texts_of(young), old)
        if not whole:
            self._articles.know_less(old)

    def preload(self, entry: Entry, *, stories: bool = True) -> None:
        """Loads the segments that an article like `entry` is compared with; no texts without `stories`."""
        if stories and entry.published is not None:
            self._segments.read_periods(entry.published, min(self._duplicate_seconds, self._story_seconds))
        self._segments.signatures_near(entry, self._duplicate_seconds)
        if stories:
            self._segments.terms_near(entry, self._story_seconds)
            self._segments.recent(entry)

    def trim(self) -> None:
        """Drops segments that were not used lately or are worn. Call only when everything in memory is committed."""
        self._changed.clear()
        self._moved.clear()
        self._renamed.clear()
        self._unstored.clear()
        if not self._segments.drop_idle():
            return
        self._texts.keep(ordinals_of(self._articles.keep(self._segments.held())))

    def _fill(self, segments: Sequence[Segment]) -> None:
        """Puts into new segments what the database has, unless it was taken out since, and what it does not have.

        There is one, or there are the two of a period: the first has all of its articles.
        """
        key, dated = segments[0].key, segments[0].dated
        signatures = next((one.signatures for one in segments if one.signatures is not None), None)
        terms = next((one.terms for one in segments if one.terms is not None), None)
        texts = None if terms is None else self._texts
        if signatures is not None:
            signatures.reserve(self._size(key))

        def put(page: Sequence[tuple[object, ...]]) -> None:
            fill(page, dated, self._articles, texts, signatures, terms, self._bands, KEY_TERMS)

        behind(put, self._pages(key, signed=signatures is not None, told=terms is not None))
        if dated:
            return  # what an article was added to is in memory until the database knows it
        for entry, keys in self._unstored.values():
            for segment in segments:
                if is_home(segment.key, entry.ordinal, entry.published, entry.text):
                    segment.add(entry, keys)

    def _pages(self, key: SegmentKey, *, signed: bool, told: bool) -> Iterator[Sequence[tuple[object, ...]]]:
        """A segment as the database and the present batch have it."""
        for page in self._load(key, signed, told):
            yield [*self._as_they_are(page)] if self._changed or self._moved or self._renamed else page

    def _as_they_are(self, page: Iterable[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
        """Rows of the database as the present batch has changed them."""
        for row in starmap(Stored, page):
            group_id = self._changed.get(row.article_id, row.group_id)
            if group_id is not None:
                story_id = self._moved.get(group_id, row.story_id)
                (publisher, words), version = self._renamed.get(
                    row.article_id, ((row.publisher, row.words), row.version)
                )
                yield row._replace(
                    group_id=group_id, story_id=story_id, publisher=publisher, words=words, version=version
                )


def ordinals_of(found: bytes) -> Sequence[int]:
    """The ordinals that an index gives, int64, as numbers."""
    return memoryview(found).cast("q")


def _newcomer(entry: Entry, keys: Keys) -> Given:
    return (entry.ordinal, entry.published, entry.skeleton, entry.background, *keys)
