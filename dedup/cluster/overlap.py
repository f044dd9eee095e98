"""Two clusterings of the same articles: which cluster keeps which id, and what has changed.

An id goes to the cluster that has most of its articles. Where stories become one, the oldest of their ids lives on, as
in every merge, and the others lead to it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Place(NamedTuple):
    """Where an article is: the numbers of its duplicate group and of its story."""

    group: int
    story: int


@dataclass(frozen=True, slots=True)
class Carried:
    """`ids` gives for each new cluster the old id that it carries on, None for one of its own.

    `gone` gives for each old cluster that none carries on the new one that has most of its articles.
    """

    ids: dict[int, int | None]
    gone: dict[int, int]


@dataclass(frozen=True, slots=True)
class Changed:
    """A story that is to be: its number there, the live id that it carries on or None, its articles, first come first.

    `sources` counts its articles by the live story that has them now.
    """

    story: int
    carries: int | None
    articles: tuple[int, ...]
    sources: dict[int, int]


@dataclass(frozen=True, slots=True)
class Case:
    """Stories that change together. `before` gives the articles of each live story among those that were compared.

    `after` gives the stories that they become: the live id carried on, None for a new story, and the articles of each
    live story that it takes. `kind` is ``merge`` for several that become one, ``split`` for one that becomes several,
    ``move`` for several that exchange articles, ``copies`` where only duplicate groups within a story change.
    `moved` is how many articles change their story, without those whose whole story is merged into another.
    """

    kind: str
    before: dict[int, int]
    after: tuple[tuple[int | None, dict[int, int]], ...]
    moved: int

    @property
    def size(self) -> int:
        """The articles that do not stay in the largest part: how much a person would see change."""
        largest = max(max(sources.values()) for _, sources in self.after)
        return sum(self.before.values()) - largest


@dataclass(frozen=True, slots=True)
class Difference:
    """What two clusterings do not have in common.

    `changed` are the stories to be that no live story equals, those with the oldest articles first, `groups` the live
    ids that the duplicate groups in them carry on, None for a new one. `merged` gives for each live story that ends the
    story to be that it leads to, `moved` for each article that changes its story otherwise the live story it leaves.
    `regrouped` counts the articles that change their duplicate group. `before` and `after` count the stories compared.
    """

    before: int
    after: int
    changed: tuple[Changed, ...]
    groups: dict[int, int | None]
    merged: dict[int, int]
    moved: dict[int, int]
    regrouped: int
    cases: tuple[Case, ...]

    @property
    def opened(self) -> int:
        """The stories that carry on no live one."""
        return sum(story.carries is None for story in self.changed)


def compare(live: Mapping[int, Place], planned: Mapping[int, Place]) -> Difference:
    """What changes when the articles go from their `live` to their `planned` places; both are of the same articles.

    The articles of a live group or story that are not compared count for nothing.
    """
    groups = carry({a: p.group for a, p in live.items()}, {a: p.group for a, p in planned.items()})
    stories = _oldest_lives_on(carry({a: p.story for a, p in live.items()}, {a: p.story for a, p in planned.items()}))
    before = Counter(place.story for place in live.values())
    after = Counter(place.story for place in planned.values())
    # Equal to a live story: it has all of its articles, and every one is in the group that it is in now.
    same = {story for story, old in stories.ids.items() if old is not None and before[old] == after[story]}
    regrouped = 0
    for article, place in planned.items():
        same_group = groups.ids[place.group] == live[article].group
        regrouped += not same_group
        if not same_group or stories.ids[place.story] != live[article].story:
            same.discard(place.story)
    articles: defaultdict[int, list[int]] = defaultdict(list)
    for article in sorted(planned):
        if planned[article].story not in same:
            articles[planned[article].story].append(article)
    changed = tuple(
        Changed(story, stories.ids[story], tuple(inside), dict(Counter(live[article].story for article in inside)))
        for story, inside in articles.items()
    )
    moved = {
        article: live[article].story
        for story in changed
        for article in story.articles
        if live[article].story != story.carries and stories.gone.get(live[article].story) != story.story
    }
    return Difference(
        before=len(before),
        after=len(after),
        changed=changed,
        groups={planned[a].group: groups.ids[planned[a].group] for story in changed for a in story.articles},
        merged=stories.gone,
        moved=moved,
        regrouped=regrouped,
        cases=_cases(changed, stories.gone, before),
    )


def carry(live: Mapping[int, int], planned: Mapping[int, int]) -> Carried:
    """Hands the ids of `live` clusters on to the `planned` ones, the greatest overlaps first, each id once.

    Among equal overlaps the older id comes first, then the cluster with the older article; both mappings give the
    cluster of each article.
    """
    first: dict[int, int] = {}
    for article in sorted(planned):
        first.setdefault(planned[article], article)
    overlaps = Counter((live[article], cluster) for article, cluster in planned.items())
    ranked = sorted(overlaps, key=lambda pair: (-overlaps[pair], pair[0], first[pair[1]]))
    ids: dict[int, int | None] = dict.fromkeys(first)
    carried: dict[int, int] = {}
    for old, new in ranked:
        if old not in carried and ids[new] is None:
            carried[old], ids[new] = new, old
    gone: dict[int, int] = {}
    for old, new in ranked:
        if old not in carried:
            gone.setdefault(old, new)
    return Carried(ids, gone)


def _oldest_lives_on(carried: Carried) -> Carried:
    """`carried`, but where clusters become one the oldest of their ids is carried on, and the others lead to it."""
    ids, gone = dict(carried.ids), dict(carried.gone)
    for old in sorted(gone):
        new = gone[old]
        heir = ids[new]
        if heir is not None and old < heir:
            del gone[old]
            ids[new], gone[heir] = old, new
    return Carried(ids, gone)


def _cases(changed: Iterable[Changed], merged: Mapping[int, int], before: Mapping[int, int]) -> tuple[Case, ...]:
    """The stories that share articles before or after, together, the largest change first."""
    leads: dict[int, int] = {}

    def root(old: int) -> int:
        while leads.setdefault(old, old) != old:
            leads[old] = old = leads[leads[old]]
        return old

    together: defaultdict[int, list[Changed]] = defaultdict(list)
    stories = list(changed)
    for story in stories:
        first, *others = map(root, story.sources)
        for other in others:
            leads[root(other)] = root(first)
    for story in stories:
        together[root(next(iter(story.sources)))].append(story)
    cases = [_case(members, merged, before) for members in together.values()]
    return tuple(sorted(cases, key=lambda case: (-case.size, min(case.before))))


def _case(members: list[Changed], merged: Mapping[int, int], before: Mapping[int, int]) -> Case:
    olds = sorted({old for story in members for old in story.sources})
    moved = sum(
        number
        for story in members
        for old, number in story.sources.items()
        if old != story.carries and merged.get(old) != story.story
    )
    after = sorted(members, key=lambda story: (story.carries is None, -len(story.articles), story.articles[0]))
    return Case(
        _kind(len(olds), len(members)),
        {old: before[old] for old in olds},
        tuple((story.carries, dict(sorted(story.sources.items()))) for story in after),
        moved,
    )


def _kind(before: int, after: int) -> str:
    if after > 1:
        return "split" if before == 1 else "move"
    return "copies" if before == 1 else "merge"
