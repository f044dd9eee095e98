"""What the operator's rules leave open: where an article may go, which stories may become one, who must not be parted.

Each step of a decision asks here before it is taken. Where there are no rules the answer costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import chain

from dedup.cluster.constraints import Constraints, closed
from dedup.cluster.stories import Parting
from dedup.decision.batch import Batch
from dedup.decision.roster import Roster
from dedup.decision.rulebook import FREE, Bonds, Rulebook
from dedup.index.segments import Entry
from dedup.kernel.reference.articles import Member
from dedup.store.passes import rules

LINKED = "a rule says that it belongs with another article of the story"


class Restrictions:
    """What the rules in `rulebook` forbid and demand."""

    def __init__(self, batch: Batch, roster: Roster, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self._batch = batch
        self._roster = roster

    @property
    def constraints(self) -> Constraints:
        """The rules that are obeyed."""
        return self.rulebook.constraints

    def bonds(self, article_id: int, source: str, uri: str) -> Bonds:
        """What rules say of an article about to be decided. If any does, its batch must hold nothing else."""
        book = self.rulebook
        if article_id not in book.constraints and not book.awaits(source, uri):
            return FREE
        with self._batch.reading() as connection:
            arrived = book.arrived(article_id, source, uri, partial(rules.stands_for, connection))
            self._batch.changes.meant.update((rule.rule_id, (rule.a.article_id, rule.b.article_id)) for rule in arrived)
            constraints = book.with_arrived(article_id, arrived) if arrived else book.constraints
            linked = constraints.linked(article_id) - {article_id}
            story_of = rules.stories_of(connection, linked | constraints.barred(article_id))
        partner = min(linked & story_of.keys(), default=0)
        story = story_of.get(partner)
        barred = frozenset(story_of[other] for other in story_of.keys() - linked) - {story}
        return Bonds(story, partner, barred)

    def admits(self, bonds: Bonds, story_id: int) -> bool:
        """Whether an article with these bonds may come to a story, which then is one with the story it must be in."""
        if story_id in bonds.barred:
            return False
        return bonds.story is None or story_id == bonds.story or not self.forbids(story_id, bonds.story)

    def forbids(self, one: int, other: int) -> bool:
        """Whether a rule keeps two stories from becoming one."""
        constraints = self.constraints
        if not constraints.has_bars:
            return False
        members = chain.from_iterable(map(self._roster.members, (one, other)))
        return constraints.clash(member.article_id for member in members) is not None

    def kept_together(self, story_id: int, parting: Parting, newcomer: Entry) -> Parting | None:
        """A parting in which nothing leaves that must-links tie to what stays; None where then nothing leaves.

        All of the story stays that does not leave, also what was not compared.
        """
        constraints = self.constraints
        if not constraints.has_links:
            return parting
        members = self._roster.members(story_id, newcomer)
        place = {member.group_id: member.ordinal for member in members if member.text}
        ties = [[place[group] for group in tie] for tie in self.ties(members)]
        parts = closed({*parting.leave, *chain.from_iterable(ties)}, ties)
        leave = {ordinal for part in parts if part.issubset(parting.leave) for ordinal in part}
        stay = sorted({*parting.stay, *parting.leave} - leave)
        return parting._replace(stay=tuple(stay), leave=tuple(sorted(leave))) if leave else None

    def ties(self, members: Iterable[Member]) -> list[frozenset[int]]:
        """The groups that must-links between these members keep in one story; every tie has two or more."""
        group_of = {member.article_id: member.group_id for member in members}
        tied = self.constraints.tied(group_of)
        found = (frozenset(group_of[article_id] for article_id in inside) for inside in tied)
        return [groups for groups in found if len(groups) > 1]
