"""The articles of the window, their duplicate groups, and the stories of these.

A part of the definition in `dedup.kernel.reference`: the compiled kernel answers every question alike.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from dedup.kernel.reference.arrays import pack64, unpack32
from dedup.kernel.reference.evidence import DAY, UNKNOWN, Skeleton, alike, check_place, checked_skeleton
from dedup.kernel.reference.signatures import overlap


class Member(NamedTuple):
    """An article of a story; `text` is true for the original of its group."""

    article_id: int
    version: int
    ordinal: int
    group_id: int
    text: bool


class Extent(NamedTuple):
    """The original and the longest article of a duplicate group (the first of equally long ones), and its words."""

    original: int
    longest: int
    words: int


class Compared(NamedTuple):
    """A set of shingles compared with that of a group's original, as `overlap` has it.

    `longest` is the longest article of the group. `series` is true when the group holds another day's issue of what may
    be the same recurring report.
    """

    group_id: int
    original: int
    longest: int
    series: bool
    common: int
    size_a: int
    size_b: int
    jaccard: float
    containment: float


class Held(NamedTuple):
    """Which segments are in memory, by the numbers of their stretches: of days, with signatures alone or with texts; of
    undated articles, of all, and of recent texts."""

    days: Collection[int] = ()
    told: Collection[int] = ()
    undated: Collection[int] = ()
    all: Collection[int] = ()
    recent: Collection[int] = ()


@dataclass(slots=True)
class _Article:
    article_id: int
    ordinal: int
    published: int | None
    group_id: int
    text: bool
    skeleton: Skeleton
    version: int


@dataclass(slots=True)
class _Group:
    story_id: int | None = None
    extent: Extent | None = None
    articles: dict[int, None] = field(default_factory=dict)


class Articles:
    """Articles by their id and by their `ordinal` (place in the order of decisions, 0 to 2**48 - 1).

    Of a story it is known whether it is *whole*: that nothing of it is missing here. `stretches` are the seconds of
    publication that make up a segment, the decisions of a block and those of a recent one; see `keep`. Ids lie above
    -2**63 and below 2**63 - 1, versions and numbers of words are below 2**32, dates at most 2**52 seconds from 1970:
    what puts in others raises `ValueError`. Not for several threads. The length is the number of articles.
    """

    def __init__(self, stretches: tuple[int, int, int]) -> None:
        period, block, recent = stretches
        if min(period, block, recent) < 1:
            raise ValueError("stretches must be 1 or more")
        self._period, self._block, self._recent = period, block, recent
        self._articles: dict[int, _Article] = {}
        self._decided: dict[int, _Article] = {}
        self._groups: dict[int, _Group] = {}
        self._stories: dict[int, dict[int, None]] = {}
        self._whole: set[int] = set()

    def add(
        self,
        article_id: int,
        ordinal: int,
        published: int | None,
        group_id: int,
        story_id: int,
        text: bool,
        skeleton: Skeleton = UNKNOWN,
        version: int = 1,
        begins: bool = False,
    ) -> None:
        """Adds an article, with its group and story. Raises `ValueError` where its id or ordinal is taken.

        `begins` says that a story of which nothing is here begins with it, and so is whole.
        """
        check_ids(article_id, group_id, story_id)
        check_small(version)
        check_place(ordinal, published)
        told = checked_skeleton(skeleton)
        if article_id in self._articles or ordinal in self._decided:
            raise ValueError(f"article and ordinal must be new, not {article_id} and {ordinal}")
        if begins and story_id not in self._stories:
            self._whole.add(story_id)
        article = _Article(article_id, ordinal, published, group_id, text, told, version)
        self._articles[article_id] = self._decided[ordinal] = article
        self.place(group_id, story_id)
        self._groups[group_id].articles[article_id] = None

    def discard(self, article_id: int) -> tuple[int, int | None, bool] | None:
        """Takes an article out; returns its ordinal, its date, and whether it is a text. None where it is not here."""
        article = self._articles.pop(article_id, None)
        if article is None:
            return None
        del self._decided[article.ordinal]
        del self._groups[article.group_id].articles[article_id]
        return article.ordinal, article.published, article.text

    def rename(self, article_id: int, skeleton: Skeleton, version: int) -> int | None:
        """Gives an article another publisher, headline and version; returns its ordinal, None where it is not here."""
        check_small(version)
        told = checked_skeleton(skeleton)
        article = self._articles.get(article_id)
        if article is None:
            return None
        article.skeleton, article.version = told, version
        return article.ordinal

    def article_of(self, ordinal: int) -> int:
        """The article with this place in the order of decisions. Raises `KeyError`."""
        return self._decided[ordinal].article_id

    def told_of(self, article_id: int) -> tuple[bytes, int | None] | None:
        """Who published an article, as its skeleton has it, uint32, and when; None where it is not here."""
        article = self._articles.get(article_id)
        if article is None:
            return None
        return int.from_bytes(article.skeleton[0], "little").to_bytes(4, "little"), article.published

    def is_series(self, ordinal: int, published: int | None, skeleton: Skeleton) -> bool:
        """True when an article and this one are two days' issues of one recurring report. Raises `KeyError`."""
        told = checked_skeleton(skeleton)
        return self._is_series(self._decided[ordinal], published, told)

    def groups_of(self, ordinals: Iterable[int]) -> list[int]:
        """The groups of these articles, each once, in their order. Raises `KeyError`."""
        return list(dict.fromkeys(self._decided[ordinal].group_id for ordinal in ordinals))

    def story_of(self, group_id: int) -> int:
        """The story of a group. Raises `KeyError` for one that is in none here."""
        group = self._groups.get(group_id)
        if group is None or group.story_id is None:
            raise KeyError(group_id)
        return group.story_id

    def groups_in(self, story_id: int) -> list[int]:
        """The groups of a story that are here, ascending."""
        return sorted(self._stories.get(story_id, ()))

    def members_of(self, story_id: int) -> list[Member]:
        """The articles of a story that are here, first come first."""
        ids = sorted(a for group_id in self._stories.get(story_id, ()) for a in self._groups[group_id].articles)
        found = (self._articles[article_id] for article_id in ids)
        return [Member(a.article_id, a.version, a.ordinal, a.group_id, a.text) for a in found]

    def is_whole(self, story_id: int) -> bool:
        """True when all of a story is sure to be here."""
        return story_id in self._whole

    def know_less(self, story_id: int) -> None:
        """From now on something of a story is not here."""
        self._whole.discard(story_id)

    def place(self, group_id: int, story_id: int) -> None:
        """Puts a group, which may be new, into a story."""
        check_ids(group_id, story_id)
        group = self._groups.setdefault(group_id, _Group())
        if group.story_id != story_id:
            self._leave(group_id, group)
            group.story_id = story_id
            self._stories.setdefault(story_id, {})[group_id] = None

    def regroup(self, article_id: int, group_id: int) -> None:
        """Puts an article, if it is here, into another group that is here. Raises `KeyError` for one that is not."""
        group, article = self._groups[group_id], self._articles.get(article_id)
        if article is not None:
            del self._groups[article.group_id].articles[article_id]
            article.group_id = group_id
            group.articles[article_id] = None

    def move(self, group_ids: Iterable[int], story_id: int) -> None:
        """Puts groups that are here into another story, which stays or becomes whole where all come from whole ones."""
        check_ids(story_id)
        is_new = story_id not in self._stories
        for group_id in group_ids:
            group = self._groups.get(group_id)
            former = None if group is None else group.story_id
            if former in self._whole and is_new:
                self._whole.add(story_id)
            elif former not in self._whole:
                self._whole.discard(story_id)
                is_new = False
            if former is not None:
                self.place(group_id, story_id)

    def drop_group(self, group_id: int) -> None:
        """Forgets a group in which no article is left."""
        group = self._groups.get(group_id)
        if group is not None and not group.articles:
            self._leave(group_id, self._groups.pop(group_id))

    def extent(self, group_id: int) -> Extent | None:
        """The extent of a group, where it is known."""
        group = self._groups.get(group_id)
        return None if group is None else group.extent

    def set_extent(self, group_id: int, original: int, longest: int, words: int) -> None:
        """Notes the extent of a group, which may be new and in no story yet."""
        check_ids(group_id, original, longest)
        check_small(words)
        self._groups.setdefault(group_id, _Group()).extent = Extent(original, longest, words)

    def forget_extent(self, group_id: int) -> None:
        """The extent of a group is not known any more; no error where it was not."""
        group = self._groups.get(group_id)
        if group is not None:
            group.extent = None

    def lengthen(self, group_id: int, article_id: int, words: int) -> None:
        """Notes another article of a group, which is the longest where it has more `words` than that."""
        check_ids(article_id)
        check_small(words)
        group = self._groups.get(group_id)
        if group is not None and group.extent is not None and words > group.extent.words:
            group.extent = Extent(group.extent.original, article_id, words)

    def compare(
        self,
        shingles: bytes,
        ordinals: Iterable[int],
        published: int | None,
        skeleton: Skeleton,
        sets: tuple[Mapping[int, bytes], Mapping[int, bytes]],
        share: float,
        enough: int,
        without: Collection[int] = (),
    ) -> tuple[list[Compared], list[int], list[int]]:
        """Compares an article with the original of each group that any of the articles `ordinals` is in.

        Left out are the groups `without` and those that are far: fewer than `enough` shingles in common, and less than
        a `share` of the larger set. `sets` are the sets of shingles by article, looked up one after the other. Also
        returns the groups whose extent is not known and the originals whose set is in neither; these are left out.
        Raises `KeyError` for an article that is not here.
        """
        unpack32(shingles)
        told = checked_skeleton(skeleton)
        series: dict[int, bool] = {}
        for article in [self._decided[ordinal] for ordinal in ordinals]:
            is_series = self._is_series(article, published, told)
            series[article.group_id] = series.get(article.group_id, False) or is_series
        found: list[Compared] = []
        unknown: list[int] = []
        missing: list[int] = []
        for group_id, is_series in series.items():
            extent = self._groups[group_id].extent
            if group_id in without:
                continue
            if extent is None:
                unknown.append(group_id)
                continue
            other = sets[0].get(extent.original)
            if other is None:
                other = sets[1].get(extent.original)
            if other is None:
                missing.append(extent.original)
                continue
            both = overlap(shingles, other)
            common, larger = both[0], max(both[1], both[2])
            if common >= enough or (larger and common / larger >= share):
                found.append(Compared(group_id, extent.original, extent.longest, is_series, *both))
        return found, unknown, missing

    def keep(self, held: Held) -> bytes:
        """Takes out the articles that are in none of the segments `held`; returns the ordinals of the texts left.

        An article is in the stretch of its publication, or undated in that of its ordinal, in the block of its ordinal,
        and a text in the recent one of its ordinal. A text is left where a segment that has texts holds it. Stories
        that lose one are not whole any more. Groups without an article are forgotten. What is returned is an array of
        int64, ascending.
        """
        days, told, undated, blocks, recent = map(frozenset, held)
        left = []
        for article in [*self._articles.values()]:
            dated, block = article.published is not None, article.ordinal // self._block
            period = None if article.published is None else article.published // self._period
            there = block in blocks or (period in days if dated else block in undated)
            near = block in blocks or (period in told if dated else block in undated)
            is_told = article.text and (near or article.ordinal // self._recent in recent)
            story_id = self._groups[article.group_id].story_id
            if story_id is not None and not (is_told or (there and not article.text)):
                self._whole.discard(story_id)
            if is_told:
                left.append(article.ordinal)
            elif not there:
                self.discard(article.article_id)
        for group_id in [group_id for group_id, group in self._groups.items() if not group.articles]:
            self._leave(group_id, self._groups.pop(group_id))
        return pack64(sorted(left))

    def __contains__(self, article_id: object) -> bool:
        return isinstance(article_id, int) and article_id in self._articles

    def __len__(self) -> int:
        return len(self._articles)

    @property
    def nbytes(self) -> int:
        """Memory taken, in bytes; here an estimate."""
        return sum(map(sys.getsizeof, (self._articles, self._decided, self._groups, self._stories)))

    def _leave(self, group_id: int, group: _Group) -> None:
        """Takes a group out of its story; one without a group is forgotten."""
        if group.story_id is None:
            return
        groups = self._stories[group.story_id]
        del groups[group_id]
        if not groups:
            del self._stories[group.story_id]
            self._whole.discard(group.story_id)
        group.story_id = None

    def _is_series(self, article: _Article, published: int | None, skeleton: Skeleton) -> bool:
        if article.published is None or published is None or article.published // DAY == published // DAY:
            return False
        mine, theirs = (int.from_bytes(given[0], "little") for given in (article.skeleton, skeleton))
        return mine == theirs and alike(article.skeleton[1], skeleton[1])


def skeleton_of(articles: Articles, article_id: int) -> Skeleton:
    """Who published an article, and its headline. Raises `KeyError`."""
    return articles._articles[article_id].skeleton


def check_ids(*numbers: int) -> None:
    """Raises `ValueError` for a number that is no id."""
    if not all(-(2**63) < number < 2**63 - 1 for number in numbers):
        raise ValueError(f"ids must be above -2**63 and below 2**63 - 1, not {numbers}")


def check_small(number: int) -> None:
    """Raises `ValueError` for a version or a number of words that is out of range."""
    if not 0 <= number < 2**32:
        raise ValueError(f"versions and numbers of words must be below 2**32, not {number}")
