"""The operators' rules as decisions need them: those in force, and those that wait for an article."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from dedup.cluster.constraints import Constraints
from dedup.store.passes.rules import OBEYED, WAITING, End, Fingerprint, StoredRule

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
    waiting: dict[Key, dict[int, StoredRule]] = field(default_factory=dict)
    seen: Fingerprint | None = None

    @classmethod
    def of(cls, stored: Iterable[StoredRule], seen: Fingerprint | None = None) -> Rulebook:
        """The rules that are obeyed or wait, of all that there are."""
        book = cls(seen=seen)
        for rule in stored:
            constraint = rule.constraint
            if rule.state == OBEYED and constraint is not None:
                book.constraints.add(constraint)
            else:
                book.note(rule)
        return book

    def note(self, rule: StoredRule) -> None:
        """Notes what a rule is now, whether it waits or no longer does; one that is obeyed is in `constraints`."""
        for end in (rule.a, rule.b):
            if end.uri is None:
                continue
            key = end.source, end.uri
            if rule.state == WAITING:
                self.waiting.setdefault(key, {})[rule.rule_id] = rule
            elif rule.rule_id in (waiting := self.waiting.get(key, {})):
                del waiting[rule.rule_id]
                if not waiting:
                    del self.waiting[key]

    def awaits(self, source: str, uri: str) -> bool:
        """Whether a rule that waits names this article, so that it is to be looked at when anything becomes of it."""
        return bool(self.waiting) and ((source, uri) in self.waiting or (None, uri) in self.waiting)

    def awaiting(self, source: str, uri: str) -> list[StoredRule]:
        """The rules that wait and name this article, in the order of their numbers."""
        found = {number: rule for key in _keys(source, uri) for number, rule in self.waiting.get(key, {}).items()}
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
            is_arrived = end.article_id is None and (end.source, end.uri) in keys
            return replace(end, article_id=article_id) if is_arrived else end

        return [replace(rule, a=meant(rule.a), b=meant(rule.b)) for rule in self.awaiting(source, uri)]

    def with_arrived(self, article_id: int, arrived: Iterable[StoredRule]) -> Constraints:
        """The rules in force about an article once it is there: those that waited for it come last."""
        between = [rule.constraint for rule in arrived]
        new = [rule for rule in between if rule is not None and rule.a != rule.b]
        made = self.constraints.around([article_id, *(end for rule in new for end in (rule.a, rule.b))])
        for rule in new:
            made.add(rule)
        return made


def _keys(source: str, uri: str) -> tuple[Key, Key]:
    return (source, uri), (None, uri)
