"""The operator's rules as constraints on a clustering: must-link and cannot-link (Wagstaff and Cardie, 2000).

Must-links are transitive: the articles that they connect are one component. A cannot-link between two articles keeps
their whole components apart. A rule that contradicts those taken before it is refused, with the chain that contradicts.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dedup.cluster.paths import shortest_path

MUST, CANNOT = "must-link", "cannot-link"


class Rule(NamedTuple):
    """A rule about two articles, by their numbers; `kind` is `MUST` or `CANNOT`."""

    rule_id: int
    kind: str
    a: int
    b: int


class Constraints:
    """Rules that do not contradict one another: a union-find over articles, and which components are apart.

    What it tells is the same in whatever order they were taken.
    """

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._roots: dict[int, int] = {}
        self._components: dict[int, set[int]] = {}
        # Of each article its must-links, in the order of their numbers; of each component the cannot-link of the lowest
        # number to each other one, by their roots.
        self._links: dict[int, list[Rule]] = {}
        self._bars: dict[int, dict[int, Rule]] = {}
        self._taken: set[int] = set()
        for rule in rules:
            self.add(rule)

    def __contains__(self, article_id: object) -> bool:
        return article_id in self._roots

    def add(self, rule: Rule) -> tuple[Rule, ...]:
        """Takes a rule; or leaves it and returns the rules that contradict it, in order from `rule.a` to `rule.b`.

        One that was taken before changes nothing. Raises `ValueError` for another kind, and a rule about one article.
        """
        if rule.kind not in (MUST, CANNOT) or rule.a == rule.b:
            raise ValueError(f"no rule about two articles: {rule}")
        if rule.rule_id in self._taken:
            return ()
        if chain := self.contradiction(rule):
            return chain
        one, other = self._root(rule.a), self._root(rule.b)
        if rule.kind == MUST:
            for end in (rule.a, rule.b):
                insort(self._links.setdefault(end, []), rule)
            if one != other:
                self._join(one, other)
        else:
            self._bar(one, other, rule)
        self._taken.add(rule.rule_id)
        return ()

    def contradiction(self, rule: Rule) -> tuple[Rule, ...]:
        """The rules that say the opposite of `rule`, in order from its one end to the other; none where none do."""
        if rule.a not in self._roots or rule.b not in self._roots:
            return ()
        one, other = self._roots[rule.a], self._roots[rule.b]
        if rule.kind == CANNOT:
            return self._path(rule.a, rule.b) if one == other else ()
        bar = self._bars.get(one, {}).get(other)
        if bar is None:
            return ()
        near, far = (bar.a, bar.b) if self._roots[bar.a] == one else (bar.b, bar.a)
        return (*self._path(rule.a, near), bar, *self._path(far, rule.b))

    def linked(self, article_id: int) -> frozenset[int]:
        """The articles that must be in one story with this one, itself included."""
        root = self._roots.get(article_id)
        return frozenset((article_id,) if root is None else self._components[root])

    def barred(self, article_id: int) -> frozenset[int]:
        """The articles that must not be in one story with this one."""
        root = self._roots.get(article_id)
        if root is None:
            return frozenset()
        return frozenset().union(*(self._components[other] for other in self._bars.get(root, ())))

    def around(self, article_ids: Iterable[int]) -> Constraints:
        """The rules that concern these articles: of the components that they are in, and of those apart from them."""
        near = {self._roots[article_id] for article_id in article_ids if article_id in self._roots}
        bars = {rule for root in near for rule in self._bars.get(root, {}).values()}
        far = {self._roots[end] for bar in bars for end in (bar.a, bar.b)}
        inside = (article_id for root in near | far for article_id in self._components[root])
        return Constraints({*bars, *(rule for article_id in inside for rule in self._links.get(article_id, ()))})

    def clash(self, article_ids: Iterable[int]) -> Rule | None:
        """A cannot-link that is broken when all these articles are in one story; the one of the lowest number."""
        roots = {self._roots[article_id] for article_id in article_ids if article_id in self._roots}
        broken = [rule for root in roots for other, rule in self._bars.get(root, {}).items() if other in roots]
        return min(broken, default=None)

    def tied(self, article_ids: Iterable[int]) -> list[frozenset[int]]:
        """Which of these articles must-links keep together: sets of two and more, one for each component, in order."""
        found: dict[int, set[int]] = {}
        for article_id in article_ids:
            if article_id in self._roots:
                found.setdefault(self._roots[article_id], set()).add(article_id)
        return sorted((frozenset(inside) for inside in found.values() if len(inside) > 1), key=min)

    @property
    def has_links(self) -> bool:
        """Whether any rule is a must-link."""
        return bool(self._links)

    @property
    def has_bars(self) -> bool:
        """Whether any rule is a cannot-link."""
        return bool(self._bars)

    def _root(self, article_id: int) -> int:
        """The root of an article's component, which begins with it where it was not known."""
        root = self._roots.setdefault(article_id, article_id)
        self._components.setdefault(root, {root})
        return root

    def _join(self, one: int, other: int) -> None:
        """Makes two components one: the smaller joins the larger, with all that it is apart from."""
        large, small = sorted((one, other), key=lambda root: -len(self._components[root]))
        moved = self._components.pop(small)
        self._components[large] |= moved
        self._roots |= dict.fromkeys(moved, large)
        for there, rule in self._bars.pop(small, {}).items():
            del self._bars[there][small]
            self._bar(large, there, rule)

    def _bar(self, one: int, other: int, rule: Rule) -> None:
        """Keeps two components apart."""
        bars = self._bars.setdefault(one, {}), self._bars.setdefault(other, {})
        bars[0][other] = bars[1][one] = min(rule, bars[0].get(other, rule))

    def _path(self, start: int, end: int) -> tuple[Rule, ...]:
        """The fewest must-links that lead from one article to another of its component."""

        def links(here: int) -> Iterator[tuple[int, Rule]]:
            return ((rule.b if rule.a == here else rule.a, rule) for rule in self._links.get(here, ()))

        return shortest_path(links, start, end)


def closed(groups: Iterable[int], ties: Iterable[Iterable[int]]) -> list[frozenset[int]]:
    """`groups` in the fewest parts such that none of the `ties` crosses from one to another, in order of their first.

    A tie that names something else than `groups` counts for those of them that it names.
    """
    parts = {group: {group} for group in groups}
    for tie in ties:
        inside = [group for group in tie if group in parts]
        together = set().union(*(parts[group] for group in inside))
        for group in together:
            parts[group] = together
    return sorted({frozenset(part) for part in parts.values()}, key=min)
