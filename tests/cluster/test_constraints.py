"""Must-link and cannot-link: transitive, never contradictory, and a refusal shows its chain."""

from __future__ import annotations

from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.cluster.constraints import CANNOT, MUST, Constraints, Rule, closed

ARTICLES = range(8)
PAIRS = list(combinations(ARTICLES, 2))


@st.composite
def some_rules(draw: st.DrawFn) -> list[Rule]:
    given_rules = draw(st.lists(st.tuples(st.sampled_from([MUST, CANNOT]), st.sampled_from(PAIRS), st.booleans())))
    return [
        Rule(number, kind, *(pair[::-1] if turned else pair))
        for number, (kind, pair, turned) in enumerate(given_rules, 1)
    ]


def together(rules: list[Rule]) -> dict[int, int]:
    """The component of each article, the slow way."""
    of = {article: article for article in ARTICLES}
    for rule in rules:
        if rule.kind == MUST:
            old, new = of[rule.a], of[rule.b]
            of = {article: new if root == old else root for article, root in of.items()}
    return of


@given(some_rules())
def test_a_rule_is_taken_unless_it_contradicts_those_before(rules: list[Rule]) -> None:
    made, taken = Constraints(), []
    for rule in rules:
        of = together([*taken, rule])
        clashes = any(of[old.a] == of[old.b] for old in [*taken, rule] if old.kind == CANNOT)
        chain = made.add(rule)
        assert bool(chain) == clashes
        if not clashes:
            taken.append(rule)
            continue
        # The chain leads from one end to the other and says the opposite of the rule.
        here = rule.a
        for link in chain:
            assert link in taken and here in (link.a, link.b)
            here = link.b if here == link.a else link.a
        assert here == rule.b
        assert [link.kind for link in chain].count(CANNOT) == (rule.kind == MUST)
    of = together(taken)
    assert [made.add(rule) for rule in taken] == [()] * len(taken), "once more they change nothing"
    barred = {(of[r.a], of[r.b]) for r in taken if r.kind == CANNOT}
    barred |= {(b, a) for a, b in barred}
    for article in ARTICLES:
        assert made.linked(article) == {other for other in ARTICLES if of[other] == of[article]}
        assert made.barred(article) == {other for other in ARTICLES if (of[article], of[other]) in barred}
    for some in ([0, 1, 2], [3, 4, 5, 6], list(ARTICLES)):
        expected = [r for r in taken if r.kind == CANNOT and {of[r.a], of[r.b]} <= {of[s] for s in some}]
        clash = made.clash(some)
        assert (clash is None) == (not expected)
        assert clash is None or clash in expected
        sizes: dict[int, set[int]] = {}
        for article in some:
            sizes.setdefault(of[article], set()).add(article)
        assert made.tied(some) == sorted((frozenset(s) for s in sizes.values() if len(s) > 1), key=min)


@given(some_rules(), st.randoms(use_true_random=False))
def test_the_order_in_which_rules_were_taken_and_others_far_away_change_nothing(
    rules: list[Rule], random: Random
) -> None:
    made = Constraints()
    taken = [rule for rule in rules if not made.add(rule)]
    other = Constraints(random.sample([*taken, *taken], 2 * len(taken)))
    some = random.sample(ARTICLES, 3)
    near = made.around(some)
    for one in ARTICLES:
        assert other.linked(one) == made.linked(one) and other.barred(one) == made.barred(one)
        if one in some:
            assert near.linked(one) == made.linked(one) and near.barred(one) == made.barred(one)
    for pair in PAIRS:
        assert other.clash(pair) == made.clash(pair)
        for kind in (MUST, CANNOT):
            rule = Rule(99, kind, *pair)
            assert other.contradiction(rule) == made.contradiction(rule)
            if {*pair} <= {*some}:
                assert near.contradiction(rule) == made.contradiction(rule)


@pytest.mark.parametrize("rule", [Rule(1, "same", 1, 2), Rule(1, MUST, 3, 3)])
def test_what_is_no_rule_about_two_articles(rule: Rule) -> None:
    with pytest.raises(ValueError, match="no rule about two articles"):
        Constraints([rule])


def test_parts_that_no_tie_crosses() -> None:
    assert closed([5, 1, 2, 3, 4], [(1, 3), (3, 4), (9, 2)]) == [frozenset({1, 3, 4}), frozenset({2}), frozenset({5})]
    assert closed([1, 2], []) == [frozenset({1}), frozenset({2})]
