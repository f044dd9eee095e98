"""The operators' rules as decisions need them: those in force, and those that wait for an article."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from dedup.cluster.constraints import Constraints
from dedup.store.rules import OBEYED, WAITING, End, Fingerprint, StoredRule

# How an end names an article that is not there yet: its source, or None for any, and its uri.
Key = tuple[str | None, str]


class Bonds(NamedTuple):
    """What rules say of one article: the story that it must be in, because `partner` is there, and the barred ones."""

    story: int | None = None
    partner: int = 0
    barred: frozenset[int] = frozenset()


FREE = Bonds()


@dataclass(slots=True)
class Rulebook:
    """`constraints` are the rules that are obeyed; `waiting` those that wait, by the articles that they name.

    Where one of the two is there already it counts as well: it may be withdrawn before the other comes.
    `seen` is the fingerprint of the table when a pass had looked at every rule in it, None before that.
    """

    constraints: Constraints = field(default_factory=Constraints)
    waiting: dict[Key, list[StoredRule]] = field(default_factory=dict)
    seen: Fingerprint | None = None

    @classmethod
    def of(cls, stored: Iterable[StoredRule], seen: Fingerprint | None = None) -> Rulebook:
        """The rules that are obeyed or wait, of all that there are."""
        book = cls(seen=seen)
        for rule in stored:
            constraint = rule.constraint
            if rule.state == OBEYED and constraint is not None:
                book.constraints.add(constraint)
            elif rule.state == WAITING:
                for end in (rule.a, rule.b):
                    if end.uri is not None:
                        book.waiting.setdefault((end.source, end.uri), []).append(rule)
        return book

    def awaits(self, source: str, uri: str) -> bool:
        """Whether a rule that waits names this article, so that it is to be looked at when anything becomes of it."""
        return bool(self.waiting) and ((source, uri) in self.waiting or (None, uri) in self.waiting)

    def awaiting(self, source: str, uri: str) -> list[StoredRule]:
        """The rules that wait and name this article, in the order of their numbers."""
        found = {rule.rule_id: rule for key in _keys(source, uri) for rule in self.waiting.get(key, ())}
        return [rule for _, rule in sorted(found.items())]

    def arrived(
        self, article_id: int, source: str, uri: str, stands_for: Callable[[End], int | None]
    ) -> list[StoredRule]:
        """The rules that waited for this article, in the order of their numbers, about those that they mean now.

        `stands_for` tells who stands for the story that an end names: who did when the rule began to wait may be in
        another story.
        """
        keys = _keys(source, uri)

        def meant(end: End) -> End:
            if end.uri is None:
                return replace(end, article_id=stands_for(end))
            return replace(end, article_id=article_id) if _is(end, keys) and end.article_id is None else end

        return [replace(rule, a=meant(rule.a), b=meant(rule.b)) for rule in self.awaiting(source, uri)]

    def with_arrived(self, arrived: Iterable[StoredRule]) -> Constraints:
        """The rules in force once an article is there: those that waited for it come last."""
        made = Constraints(self.constraints)
        for rule in arrived:
            constraint = rule.constraint
            if constraint is not None and constraint.a != constraint.b:
                made.add(constraint)
        return made


def _keys(source: str, uri: str) -> tuple[Key, Key]:
    return (source, uri), (None, uri)


def _is(end: End, keys: tuple[Key, ...]) -> bool:
    return end.uri is not None and (end.source, end.uri) in keys
