"""Where the articles of the window are found: segments of time, loaded from the database when first needed.

Which pairs may meet is a rule about the two articles alone, never about what happens to be in memory: two dated
articles when their publication lies at most the tier's window apart; if one of them is undated, when at most `ARRIVALS`
decisions lie between them. Segments are loaded whole and in the order of decisions, and dropped when not used for a
while, or when most of what was in them has another place by now; a segment that was filled article by article equals
one that was loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dedup.kernel.chosen import BandIndex, Postings
from dedup.kernel.reference.articles import Held
from dedup.sketch.skeleton import UNKNOWN, Skeleton, alike

DAY = 86_400
PERIOD_DAYS = 7
PERIOD = PERIOD_DAYS * DAY
ARRIVALS = 65_536
BLOCK = 16_384
# Among so many decisions the background of a text is looked for.
RECENT = 8_192
# A segment that no article touched for this many decisions is dropped from memory.
IDLE = 32_768
# So is one of a period out of which so many were taken, more than are left: their memory comes back with that alone.
WORN = 4_096

KINDS = ("day", "told", "undated", "all", "recent")
# ("day", n): the signatures of what was published in the n-th period of `PERIOD`, ("told", n): the texts of it;
# ("undated", n): the undated of the n-th `BLOCK` of decisions; ("all", n): all of that block, for undated newcomers;
# ("recent", n): the texts of the n-th `RECENT` decisions.
SegmentKey = tuple[str, int]
DATED, WITHOUT_SIGNATURES, WITHOUT_TERMS = ("day", "told"), ("told", "recent"), ("day",)


@dataclass(slots=True, eq=False)
class Entry:
    """One article of the window. `published` is in seconds since 1970, None when undated.

    `text` is true for the original of a duplicate group, which alone is evidence for stories. `background`, 0 to
    65,535, is how near a text is to stories that are not its own, frozen when it was decided.
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


def is_series(a: Entry, b: Entry) -> bool:
    """True for two issues of one publisher's recurring report, on different days: two events, however alike."""
    if a.published is None or b.published is None or a.published // DAY == b.published // DAY:
        return False
    return alike(a.skeleton, b.skeleton)


def homes(ordinal: int, published: int | None, text: bool) -> Iterator[SegmentKey]:
    """The segments that an article belongs to; `text` is true where it is found by its terms."""
    block = ordinal // BLOCK
    if published is None:
        yield "undated", block
    else:
        yield "day", published // PERIOD
        if text:
            yield "told", published // PERIOD
    yield "all", block
    if text:
        yield "recent", ordinal // RECENT


def is_home(key: SegmentKey, ordinal: int, published: int | None, text: bool) -> bool:
    """Whether a segment is among the `homes` of an article."""
    kind, number = key
    if kind in DATED:
        return published is not None and published // PERIOD == number and (text or kind == "day")
    if kind == "recent":
        return text and ordinal // RECENT == number
    return ordinal // BLOCK == number and (kind == "all" or published is None)


class Keys(NamedTuple):
    """What an article is found by: band keys of its signature; for a text its strongest terms, and all its vectors.

    `scores` says what each of the terms counts for in a search; see `dedup.kernel.reference.postings.key_terms`.
    """

    bands: bytes
    terms: bytes = b""
    scores: bytes = b""
    vectors: tuple[tuple[bytes, bytes], ...] = ()


# The articles of a segment in the order of decisions, some at a time, as `dedup.kernel.reference.filling.Stored`, with
# their signatures, their terms, or both, as is asked for; what is not may be empty.
Load = Callable[[SegmentKey, bool, bool], Iterable[Sequence[tuple[object, ...]]]]


@dataclass(slots=True)
class Segment:
    """The articles of one segment, found by their ordinals; only texts are in the index of terms."""

    key: SegmentKey
    signatures: BandIndex | None
    terms: Postings | None
    used: int = 0
    taken_out: int = 0

    @property
    def is_worn(self) -> bool:
        """Whether more articles were taken out than are left, and many. Of decisions there are never so many."""
        left = self.signatures if self.signatures is not None else self.terms
        return self.dated and self.taken_out > WORN and self.taken_out > len(left or ())

    @property
    def dated(self) -> bool:
        """Whether the moment of an article is when it was published."""
        return self.key[0] in DATED

    def add(self, entry: Entry, keys: Keys) -> None:
        """Appends an article, whose ordinal is higher than those before."""
        ordinal = entry.ordinal
        moment = entry.published if self.key[0] in DATED and entry.published is not None else ordinal
        if self.signatures is not None:
            self.signatures.add(keys.bands, ordinal, moment)
        if self.terms is not None and keys.terms and entry.text:
            self.terms.add(keys.terms, ordinal, moment)

    def discard(self, ordinal: int) -> None:
        """Takes an article out of both indexes."""
        self.taken_out += 1
        for index in (self.signatures, self.terms):
            if index is not None:
                index.discard(ordinal)


Signatures = tuple[tuple[tuple[BandIndex, ...], int, int], ...]
Terms = tuple[tuple[tuple[Postings, ...], int, int], ...]


@dataclass(slots=True)
class Run:
    """Segments of one kind that follow each other, and the indexes of those that may hold anything.

    `used` is the last decision that asked for them.
    """

    segments: Sequence[Segment]
    signatures: tuple[BandIndex, ...]
    terms: tuple[Postings, ...]
    used: int = 0


@dataclass(slots=True)
class Homes:
    """The segments that an article belongs to, and of each its indexes and whether it is found by its publication.

    `used` is the last decision that added an article to them.
    """

    segments: Sequence[Segment]
    indexes: tuple[tuple[BandIndex | None, Postings | None, bool], ...]
    used: int = 0


class Segments:
    """The segments in memory. Each that is made is read once: `read` fills one, or both of a period."""

    def __init__(self, bands: int, read: Callable[[Sequence[Segment]], None]) -> None:
        self._bands = bands
        self._read = read
        self._now = 0
        self._segments: dict[SegmentKey, Segment] = {}
        # What was asked for, by kind, first and last number; where articles were added, by their segments.
        # The first holds until a segment is dropped, the second until one is made as well.
        self._runs: dict[tuple[str, int, int], Run] = {}
        self._homes: dict[tuple[int | None, int, int | None], Homes] = {}
        # Of dated articles the runs of undated ones, of signatures and of texts where they are asked for, by block, day
        # and whether they are; as the first.
        self._reached: dict[tuple[int, int, bool], tuple[Run, Run, Run | None]] = {}

    def read_periods(self, published: int, reach: int) -> None:
        """Reads the periods within `reach` seconds for signatures and for texts at once, where neither is in memory."""
        for number in range((published - reach) // PERIOD, (published + reach) // PERIOD + 1):
            keys = ("day", number), ("told", number)
            if self._segments.keys().isdisjoint(keys):
                self._make(keys)

    def prepare(self, entry: Entry, text: bool) -> Homes:
        """The segments that an article just decided is to be added to; `text` as in `homes`.

        Those for undated newcomers wait for one.
        """
        self._now = ordinal = entry.ordinal
        day = None if entry.published is None else entry.published // PERIOD
        place = day, ordinal // BLOCK, ordinal // RECENT if text else None
        found = self._homes.get(place)
        if found is None:
            keys = [k for k in homes(ordinal, entry.published, text) if k[0] != "all" or k in self._segments]
            segments = [self._segment(key) for key in keys]
            indexes = tuple((one.signatures, one.terms, one.dated) for one in segments)
            found = self._homes[place] = Homes(segments, indexes)
        found.used = ordinal
        return found

    def discard(self, ordinal: int, published: int | None, text: bool) -> None:
        """Takes an article out of all segments."""
        for key in homes(ordinal, published, text):
            if key in self._segments:
                self._segments[key].discard(ordinal)

    def held(self) -> Held:
        """Which segments are in memory."""
        return Held(*([number for kind, number in self._segments if kind == asked] for asked in KINDS))

    def signatures_near(self, entry: Entry, reach: int) -> Signatures:
        """The indexes that may hold what `entry` may be a copy of, each with the first and last moment of that.

        `reach` is in seconds. The moment of an article is its date in segments of dated articles, in others its
        ordinal.
        """
        return tuple([(run.signatures, low, high) for run, low, high in self._near("day", entry, reach)])

    def terms_near(self, entry: Entry, reach: int) -> Terms:
        """The indexes that may hold what may share a story with `entry`, each with moments; see `signatures_near`."""
        return tuple([(run.terms, low, high) for run, low, high in self._near("told", entry, reach)])

    def texts_near(self, entry: Entry, copies: int, stories: int) -> int | None:
        """How many texts are in what `near` gives, some of them a few days out of reach; None unless all have dates."""
        if entry.published is None:
            return None
        undated, _, told = self._reach(entry, entry.published, copies, stories)
        if told is None or any(map(len, undated.terms)):
            return None
        return sum(map(len, told.terms))

    def near(self, entry: Entry, copies: int, stories: int) -> tuple[Signatures, Terms]:
        """What `signatures_near` gives within `copies` seconds and `terms_near` within `stories`: none if that is 0.

        Both reaches are whole days and always the same, so all articles of one day are near the same segments, which
        are looked up once.
        """
        ordinal, published = entry.ordinal, entry.published
        if published is None:
            return self.signatures_near(entry, copies), self.terms_near(entry, stories) if stories else ()
        undated, day, told = self._reach(entry, published, copies, stories)
        first, last = ordinal - ARRIVALS, ordinal + ARRIVALS
        signatures = (undated.signatures, first, last), (day.signatures, published - copies, published + copies)
        if told is None:
            return signatures, ()
        return signatures, ((undated.terms, first, last), (told.terms, published - stories, published + stories))

    def _reach(self, entry: Entry, published: int, copies: int, stories: int) -> tuple[Run, Run, Run | None]:
        """The runs of undated articles, of signatures and of texts from which `near` takes its indexes."""
        ordinal, asked = entry.ordinal, stories > 0
        place = ordinal // BLOCK, published // DAY, asked
        reached = self._reached.get(place)
        if reached is None:
            (undated, _, _), (day, _, _) = self._near("day", entry, copies)
            told = self._near("told", entry, stories)[1][0] if asked else None
            reached = self._reached[place] = undated, day, told
        undated, day, told = reached
        self._now = max(self._now, ordinal)
        undated.used = day.used = self._now
        if told is not None:
            told.used = self._now
        return reached

    def recent(self, entry: Entry) -> Terms:
        """The indexes of the texts among the last `RECENT` decisions, whenever published, and the ordinals of these."""
        number = entry.ordinal // RECENT
        run = self._run("recent", max(0, number - 1), number)
        return ((run.terms, entry.ordinal - RECENT, entry.ordinal),)

    def _near(self, kind: str, entry: Entry, reach: int) -> list[tuple[Run, int, int]]:
        ordinal, published = entry.ordinal, entry.published
        # What is loaded before anything is decided is used from then on.
        self._now = max(self._now, ordinal)
        first, last = ordinal - ARRIVALS, ordinal + ARRIVALS
        blocks = max(0, first // BLOCK), ordinal // BLOCK
        if published is None:
            return [(self._run("all", *blocks), first, last)]
        low, high = published - reach, published + reach
        return [
            (self._run("undated", *blocks), first, last),
            (self._run(kind, low // PERIOD, high // PERIOD), low, high),
        ]

    def drop_idle(self) -> bool:
        """Drops the segments that were not used lately, and those that are worn; true if there were any."""
        asked: Iterable[Run | Homes] = (*self._runs.values(), *self._homes.values())
        for one in asked:
            for segment in one.segments:
                segment.used = max(segment.used, one.used)
        since = self._now - IDLE
        idle = [key for key, segment in self._segments.items() if segment.used < since or segment.is_worn]
        for key in idle:
            del self._segments[key]
        if idle:
            self._runs.clear()
            self._homes.clear()
            self._reached.clear()
        return bool(idle)

    def _run(self, kind: str, first: int, last: int) -> Run:
        run = self._runs.get((kind, first, last))
        if run is None:
            segments = [self._segment((kind, number)) for number in range(first, last + 1)]
            # Of blocks only the last one still grows.
            grows = [one for one in segments if one.key[1] == last or kind != "undated" or len(one.signatures or ())]
            signatures = tuple(one.signatures for one in grows if one.signatures is not None)
            terms = tuple(one.terms for one in grows if one.terms is not None)
            run = self._runs[kind, first, last] = Run(segments, signatures, terms)
        run.used = self._now
        return run

    def _segment(self, key: SegmentKey) -> Segment:
        segment = self._segments.get(key)
        if segment is None:
            (segment,) = self._make((key,))
        segment.used = self._now
        return segment

    def _make(self, keys: Sequence[SegmentKey]) -> Sequence[Segment]:
        made = [self._empty(key) for key in keys]
        self._segments.update(zip(keys, made, strict=True))
        self._homes.clear()
        self._read(made)
        return made

    def _empty(self, key: SegmentKey) -> Segment:
        signatures = None if key[0] in WITHOUT_SIGNATURES else BandIndex(self._bands)
        terms = None if key[0] in WITHOUT_TERMS else Postings()
        return Segment(key, signatures, terms, self._now)
