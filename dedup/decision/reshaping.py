"""Stories that a rule of the operator makes one, or splits.

A must-link makes two stories one. A cannot-link splits a story: every text goes with the one of the two that it fits
better, and the smaller part leaves. Where other rules forbid that, only what they tie to the two is moved. That may
take several steps; each leaves the stories whole.
"""

from __future__ import annotations

from collections.abc import Set

from dedup.cluster import model, stories
from dedup.cluster.constraints import Rule, closed
from dedup.decision.membership import Cause, Membership
from dedup.decision.memory import Memory
from dedup.decision.regrouping import regroup
from dedup.decision.restrictions import Restrictions
from dedup.decision.roster import Roster
from dedup.decision.stored import entry_of
from dedup.index.segments import ARRIVALS, DAY
from dedup.kernel.chosen import Texts
from dedup.kernel.reference.articles import Member
from dedup.sketch.terms import FIELDS, SparseVector, TermSketch
from dedup.store.passes import rows
from dedup.store.passes.evidence import Evidence
from dedup.store.passes.rules import stories_of

NO_VECTORS = (SparseVector(b"", b""),) * len(FIELDS)


class Reshaping:
    """The steps by which a rule is obeyed. It is in force already, among those of `restrictions`."""

    def __init__(self, memory: Memory, roster: Roster, membership: Membership, restrictions: Restrictions) -> None:
        self._memory = memory
        self._batch = memory.batch
        self._roster = roster
        self._membership = membership
        self._restrictions = restrictions

    def link(self, rule: Rule) -> str | None:
        """A step that brings the two of a must-link together; says in words what was done, None where another step is
        needed.
        """
        one, other = self._stories(rule)
        if one == other:
            return f"they were in one story, {one}"
        if not self._restrictions.forbids(one, other):
            self._evidence(rule.b).linked(rule.a, self._memory.config.stories.threshold)
            old = self._membership.merge(one, other, f"rule {rule.rule_id} says that they are one event")
            return f"story {max(one, other)} was merged into story {old}"
        old, young = sorted((one, other))
        cause = _cause(rule, f"rule {rule.rule_id} ties it to another story")
        if self._carve(young, self._restrictions.constraints.linked(rule.a), cause):
            return None
        barred = self._restrictions.constraints.barred(rule.a)
        for member in self._roster.members(old):
            if member.article_id in barred:
                apart = self._restrictions.constraints.linked(member.article_id)
                assert self._carve(old, apart, cause), "a story holds what two rules keep apart"
                return None
        raise AssertionError(f"nothing keeps stories {old} and {young} apart")

    def unlink(self, rule: Rule) -> str | None:
        """A step that takes the two of a cannot-link apart; returns as `link`."""
        one, other = self._stories(rule)
        if one != other:
            return f"they were in two stories, {one} and {other}"
        members = self._roster.members(one)
        group_of = {member.article_id: member.group_id for member in members}
        seeds = group_of[rule.a], group_of[rule.b]
        parts = closed(group_of.values(), self._restrictions.ties(members))
        if any(set(seeds) <= part for part in parts):
            assert self._isolate(members, self._restrictions.constraints.linked(rule.a)), "nothing ties the two"
            return None
        leaving = self._leaving(members, seeds, parts)
        left, stayed = (rule.a, rule.b) if seeds[0] in leaving else (rule.b, rule.a)
        threshold = self._memory.config.stories.threshold
        reason = f"rule {rule.rule_id} says that they are two events"

        def explain(evidence: Evidence) -> None:
            if evidence.article_id != left:
                evidence.barred(stayed, threshold)

        new = self._membership.part_off(one, leaving, members, Cause(reason, reason, None, explain))
        self._evidence(left).barred(stayed, threshold)
        count = sum(member.group_id in leaving for member in members)
        return f"{count} {'article' if count == 1 else 'articles'} left story {one} for story {new}"

    def _leaving(self, members: list[Member], seeds: tuple[int, int], parts: list[frozenset[int]]) -> frozenset[int]:
        """The groups that leave: the smaller side, of equal ones the younger, where each part keeps together."""
        place = {member.group_id: member for member in members if member.text}
        self._memory.sign_groups(list(place))
        terms, entries = {}, {}
        for group_id, member in place.items():
            with self._batch.reading() as connection:
                row = rows.article(connection, member.article_id)
            # One whose text was forgotten may have terms of another scheme: it fits neither side better.
            comparable = row.scheme_id == self._batch.scheme_id
            terms[group_id] = TermSketch.from_bytes(row.terms) if comparable else TermSketch(NO_VECTORS, b"")
            entries[group_id] = entry_of(row, terms[group_id])
        settings = self._memory.config.stories
        compared = Texts(settings.window_days * DAY, ARRIVALS, stories.VOICES, stories.BACKGROUND)
        for seed in seeds:
            entry = entries[seed]
            compared.add(entry.ordinal, 0, entry.published, entry.background, terms[seed].vectors)
        now = self._batch.changes.counters.next_ordinal
        weights = model.published().weights._replace(pace=self._memory.clock.pace.at(now))

        def fit(group_id: int, seed: int) -> float:
            entry, vectors = entries[group_id], terms[group_id].vectors
            found = compared.fit(
                vectors, entry.ordinal, entry.published, entry.background, [entries[seed].ordinal], weights
            )
            return float(found[1])

        older, younger = sorted(seeds, key=lambda seed: entries[seed].ordinal)
        sides: dict[int, list[int]] = {older: [], younger: []}
        for part in parts:
            lean = sum(fit(group_id, younger) - fit(group_id, older) for group_id in sorted(part - set(seeds)))
            side = younger if younger in part or (older not in part and lean > 0) else older
            sides[side] += (entries[group_id].ordinal for group_id in part)
        leave = stories.part(sorted(sides[older]), sorted(sides[younger]), lambda: (), 0.0, 0.0).leave
        return frozenset(group_id for group_id, entry in entries.items() if entry.ordinal in leave)

    def _carve(self, story_id: int, inside: Set[int], cause: Cause) -> bool:
        """A step that moves these articles, with their copies, into a story of their own; False where they have one."""
        members = self._roster.members(story_id)
        if self._isolate(members, inside):
            return True
        groups = frozenset(member.group_id for member in members if member.article_id in inside)
        if all(member.group_id in groups for member in members):
            return False
        self._membership.part_off(story_id, groups, members, cause)
        return True

    def _isolate(self, members: list[Member], inside: Set[int]) -> bool:
        """A step that leaves one group less in which these articles are together with others that rules name.

        Returns False where there is none. Of such a group the articles leave that do not belong with its original.
        """
        constraints = self._restrictions.constraints
        for original in (member for member in members if member.text):
            ruled = {m.article_id for m in members if m.group_id == original.group_id and m.article_id in constraints}
            if ruled & inside and ruled - inside:
                self._take_out(original, ruled - inside if original.article_id in inside else ruled & inside)
                return True
        return False

    def _take_out(self, original: Member, leaving: Set[int]) -> None:
        """Takes copies out of their group into groups of their own, in the same story."""
        self._memory.sign_groups([original.group_id])
        with self._batch.reading() as connection:
            old = rows.article(connection, original.article_id)
            words = rows.group_members(connection, original.group_id)
        regroup(self._memory, old, {number: count for number, count in words.items() if number in leaving})
        staying = {number: count for number, count in words.items() if number not in leaving}
        self._memory.set_extent(original.group_id, original.article_id, staying)
        self._memory.leave_to_sign(original.group_id, old.scheme_id)

    def _stories(self, rule: Rule) -> tuple[int, int]:
        with self._batch.reading() as connection:
            found = stories_of(connection, (rule.a, rule.b))
        return found[rule.a], found[rule.b]

    def _evidence(self, article_id: int) -> Evidence:
        with self._batch.reading() as connection:
            version = rows.article(connection, article_id).version
        return self._batch.more_evidence(article_id, version)


def _cause(rule: Rule, reason: str) -> Cause:
    return Cause(reason, reason, None, lambda _: None)
