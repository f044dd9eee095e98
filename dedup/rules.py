"""The operator's rules, taken up one after another: what each is about, whether it can be, and what became of it.

Rules are obeyed in the order of their numbers, between two batches of articles. One that contradicts those obeyed
before it is refused with the chain that contradicts; one about an article that is not there waits for it. Each step
towards obeying one is a transaction of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import structlog

from dedup import logs
from dedup.cluster.constraints import MUST, Constraints, Rule
from dedup.decision.clusterer import Clusterer
from dedup.decision.rulebook import Rulebook
from dedup.errors import DedupError
from dedup.store.passes import rules
from dedup.store.passes.rules import NEW, OBEYED, REFUSED, WAITING, Settled, StoredRule, articles_of
from dedup.tally import Tally
from dedup.writer import Writer

log = structlog.get_logger()

Named = Mapping[int, StoredRule]
"""Rules by their numbers."""
TRIES = 2
"""How often a rule is tried that breaks on a fault of dedup's own."""


def obey_rules(
    writer: Writer,
    tally: Tally,
    stop: threading.Event,
    beat: Callable[[], None],
    arrived: tuple[str, str] | None = None,
) -> None:
    """Obeys the rules that are new, and those that waited for the article `arrived`, in the order of their numbers.

    `arrived` is its source and uri. `beat` is called after each rule; once `stop` is set the others are left to the
    next call. Raises `DatabaseAway`, `LockLost`.
    """
    book = writer.load().restrictions.rulebook
    again: Collection[int] = () if arrived is None else [rule.rule_id for rule in book.awaiting(*arrived)]
    seen = book.seen
    with writer.store.reading() as connection:
        if seen == rules.fingerprint(connection):
            if arrived is None:
                return
            # The articles that they mean were written with the one that arrived.
            asked = rules.read(connection, again)
            writer.rules |= {rule.rule_id: rule for rule in asked}
            for rule in asked:
                book.note(rule)
        else:
            asked = rules.read(connection)
            writer.rules = {rule.rule_id: rule for rule in asked}
            if arrived is None and seen is None:
                again = writer.rules  # what waited when this program was not there may have come since
            writer.load().restrictions.rulebook = Rulebook.of(asked)
            seen = len(asked), max(writer.rules, default=0), 0
    known = writer.rules
    for rule in asked:
        if rule.state == NEW or (rule.state == WAITING and rule.rule_id in again):
            if stop.is_set():
                seen = None
                break
            known[rule.rule_id] = now = _obey(writer, rule, known, tally)
            writer.load().restrictions.rulebook.note(now)
            beat()
    writer.rules = known
    writer.load().restrictions.rulebook.seen = seen


def _obey(writer: Writer, rule: StoredRule, known: Named, tally: Tally) -> StoredRule:
    """Obeys a rule, in as many steps as it takes; returns what it is then, as far as decisions need it."""
    settled = None
    while settled is None:
        settled = _attempt(writer, rule, known, tally)
        if settled is not None and (settled.state, settled.reason) == (rule.state, rule.reason):
            return rule
        made = writer.load().batch.changes
        writer.write(made, tally, settled)
        if settled is None:
            rule = _meaning(rule, *made.meant[rule.rule_id])
    if settled.state != rule.state:
        fields = {"kind": rule.kind, "state": settled.state, "reason": settled.reason}
        log.info("rule.settled", rule_id=rule.rule_id, **fields)
    return replace(_meaning(rule, settled.a, settled.b), state=settled.state, reason=settled.reason)


def _meaning(rule: StoredRule, a: int | None, b: int | None) -> StoredRule:
    return replace(rule, a=replace(rule.a, article_id=a), b=replace(rule.b, article_id=b))


def _attempt(writer: Writer, rule: StoredRule, known: Named, tally: Tally) -> Settled | None:
    """A step towards obeying a rule. One that breaks on a fault of dedup's own twice is refused; others go on."""
    reason = ""
    for _ in range(TRIES):
        clusterer = writer.begin()
        try:
            with tally.stages["decide"], clusterer.memory.deciding():
                return _step(clusterer, rule, known)
        except (DedupError, MemoryError):
            raise
        except Exception as error:
            log.exception("rule.failed", rule_id=rule.rule_id)
            writer.drop()
            reason = f"obeying it failed with {logs.told(error)}"
    return Settled(rule.rule_id, REFUSED, reason, None, None)


def _step(clusterer: Clusterer, rule: StoredRule, known: Named) -> Settled | None:
    """A step towards obeying a rule, as the changes of a batch; None where the next batch must take another.

    `known` are all the rules, for the words of a refusal.
    """
    with clusterer.batch.reading() as connection:
        found = [articles_of(connection, end) for end in (rule.a, rule.b)]
    restrictions, reshaping = clusterer.restrictions, clusterer.reshaping
    book = restrictions.rulebook
    settled = settle(rule, found, book.constraints, known)
    if settled.state != OBEYED or settled.a is None or settled.b is None:
        return settled
    constraint = Rule(rule.rule_id, rule.kind, settled.a, settled.b)
    # Where this comes to nothing, all that is in memory is dropped.
    book.constraints.add(constraint)
    done = (reshaping.link if rule.kind == MUST else reshaping.unlink)(constraint)
    if done is None:
        # Who stands for a story may leave it in this step, and is meant in the next one all the same.
        clusterer.batch.changes.meant[rule.rule_id] = settled.a, settled.b
        return None
    return replace(settled, reason=done)


def settle(rule: StoredRule, found: Sequence[Sequence[int]], constraints: Constraints, known: Named) -> Settled:
    """Whether a rule can be obeyed; `found` are the articles that either end may mean, `constraints` those in force.

    What becomes of a story is looked at when the rule is new and when the article for which it waits is there, and not
    in between: whoever looks there more often, as a program that began anew, must come to the same.
    """
    ends = rule.a, rule.b
    a, b = (numbers[0] if len(numbers) == 1 else None for numbers in found)
    missing = [end for end, numbers in zip(ends, found, strict=True) if not numbers and end.uri is not None]
    waits = rule.state == WAITING and bool(missing)
    state, reason = OBEYED, ""
    for end, numbers in zip(ends, found, strict=True):
        if len(numbers) > 1:
            state, reason = REFUSED, f"several sources have {end}; name the source as well"
        elif not numbers and end.uri is None and not waits:
            state, reason = REFUSED, f"there is no {end}, or all of it was withdrawn"
        elif not numbers and end.uri is not None and not end.uri.strip():
            state, reason = REFUSED, "a uri is empty, and no article has such a one"
    if state != REFUSED and missing:
        state, reason = WAITING, f"not there yet: {' and '.join(str(end) for end in missing)}"
        a, b = (None if end.uri is None else number for end, number in zip(ends, (a, b), strict=True))
    elif a is not None and b is not None:
        if a == b:
            state, reason = REFUSED, f"both are article {a}; a rule is about two"
        elif chain := constraints.contradiction(Rule(rule.rule_id, rule.kind, a, b)):
            state, reason = REFUSED, contradiction(chain, known)
    return Settled(rule.rule_id, state, reason, a, b)


def contradiction(chain: Sequence[Rule], known: Named) -> str:
    """Says which rules contradict one, in order from its one end to the other, and how they are taken away."""
    told = "; ".join(sentence(known[rule.rule_id]) for rule in chain)
    which, number = ("it", chain[0].rule_id) if len(chain) == 1 else ("one of them", "ID")
    return f"it contradicts what is obeyed ({told}). To take {which} back: dedup rules --remove {number}"


def sentence(rule: StoredRule) -> str:
    """A rule in words."""
    return f"rule {rule.rule_id}: {rule.a} must{'' if rule.kind == MUST else ' not'} be with {rule.b}"
