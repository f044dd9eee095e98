"""Whether all that two texts have in common may be chance: one name, or figures and dates.

A part of the definition in `dedup.kernel.reference`: the compiled kernel matches it bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import NamedTuple

from dedup.kernel.reference.evidence import BODY, NUMBERS, TITLE, dot_of


class Common(NamedTuple):
    """What two texts have in common, in dot products; `terms` are those of the shorter body.

    `bodies` is that of the bodies, `rest` the same without the term that adds most, `words` without figures and dates
    (numbers, the names of days and months), and `other_words` without the word that adds most, either. What each
    headline shares with the other body, both added up, is `headlines` without the first and `named` without figures
    and dates.
    """

    bodies: int
    rest: int
    headlines: int
    words: int
    other_words: int
    named: int
    terms: int


class Chance(NamedTuple):
    """Where all that two texts share may be chance.

    Dot products, but for `terms` and for `share` and `words`, per cent, 0 to 100. It may be so where there is less than
    `rest` besides the term that adds most, and of bodies of at least so many `terms` in two cases more:

    - Words are less than the share `words` of all, since the others are figures and dates. And there is less than
      `rest` besides the word that adds most, or words are less than `named` of what the headlines share.
    - The days between are known, and besides the term that adds most there is less than `share` of all, or less than
      `little` while of what the headlines share there is less than `headlines`.
    """

    rest: int
    terms: int
    share: int
    little: int
    headlines: int
    words: int
    named: int

    def is_all(self, common: Common, *, dated: bool) -> bool:
        """Whether it is so of what two texts have in common; `dated` where the days between are known."""
        if common.rest < self.rest or common.terms < self.terms:
            return common.rest < self.rest
        if 100 * common.words < self.words * common.bodies and (
            common.other_words < self.rest or common.named < self.named
        ):
            return True
        return dated and (
            100 * common.rest < self.share * common.bodies
            or (common.rest < self.little and common.headlines < self.headlines)
        )


def common_of(mine: Sequence[dict[int, int]], theirs: Sequence[dict[int, int]], calendar: Set[int]) -> Common:
    """What the vectors of two texts have in common, each the weights of a field by term.

    `calendar` are the terms of the names of days and months.
    """
    products = {term: weight * theirs[BODY][term] for term, weight in mine[BODY].items() if term in theirs[BODY]}
    ranked = sorted(products, key=lambda term: (-products[term], term))
    dates = (mine[NUMBERS].keys() & theirs[BODY].keys()) | (products.keys() & calendar)
    strongest, first_word = ranked[:1], [term for term in ranked if term not in dates][:1]
    headlines = (mine[TITLE], theirs[BODY]), (theirs[TITLE], mine[BODY])

    def bodies_without(left_out: Set[int]) -> int:
        return sum(product for term, product in products.items() if term not in left_out)

    def headlines_without(left_out: Set[int]) -> int:
        return sum(dot_of({h: w for h, w in title.items() if h not in left_out}, body) for title, body in headlines)

    return Common(
        bodies=bodies_without(set()),
        rest=bodies_without({*strongest}),
        headlines=headlines_without({*strongest}),
        words=bodies_without(dates),
        other_words=bodies_without({*dates, *first_word}),
        named=headlines_without(dates),
        terms=min(len(mine[BODY]), len(theirs[BODY])),
    )
