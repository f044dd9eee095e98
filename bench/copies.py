"""What is a copy by an exact measure, and how well groups of copies agree with it.

Two texts of one group must resemble each other and two that resemble each other must be in one group; in between,
from `LOW` to `HIGH`, either may be right. The measure is the Jaccard similarity of the sets of word 5-grams.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from articles import text_of

SHINGLE_WORDS = 5
FEWEST_SHINGLES = 20
"""Shorter texts are left out: by so few words chance decides."""
HIGH, LOW, CONTAINED = 0.7, 0.2, 0.5

_WORD = re.compile(r"\w+")

Shingles = frozenset[str]


@dataclass(frozen=True, slots=True)
class CopyScores:
    """`pairs` that must share a group and how many do (`found`); pairs that do share one (`grouped`) and how many
    of them must not (`wrong`)."""

    articles: int
    pairs: int
    found: int
    grouped: int
    wrong: int

    @property
    def recall(self) -> float:
        """Share of the pairs found."""
        return self.found / self.pairs if self.pairs else 1.0

    @property
    def precision(self) -> float:
        """Share of the grouped pairs that are not wrong."""
        return 1 - self.wrong / self.grouped if self.grouped else 1.0


def shingled(records: Sequence[Mapping[str, Any]]) -> dict[str, Shingles]:
    """The word 5-grams of each uri that has enough of them."""
    made = {str(record["uri"]): _shingles(text_of(dict(record))) for record in records}
    return {uri: shingles for uri, shingles in made.items() if len(shingles) >= FEWEST_SHINGLES}


def compare(texts: Mapping[str, Shingles], groups: Mapping[str, Hashable]) -> CopyScores:
    """Scores groups; an article that has none is alone in its own."""
    own: dict[str, Hashable] = {uri: (1, groups[uri]) if uri in groups else (0, uri) for uri in texts}
    pairs = found = 0
    for one, other in copies(texts):
        pairs += 1
        found += own[one] == own[other]
    members = defaultdict(list)
    for uri, group in own.items():
        members[group].append(uri)
    grouped = wrong = 0
    for uris in members.values():
        for one, other in combinations(uris, 2):
            grouped += 1
            wrong += _differ(texts[one], texts[other])
    return CopyScores(len(texts), pairs, found, grouped, wrong)


def copies(texts: Mapping[str, Shingles], least: float = HIGH) -> Iterator[tuple[str, str]]:
    """All pairs with a Jaccard similarity of at least `least`.

    Exact, without comparing all pairs: two sets that similar share one of the rarest shingles of each, of which
    ``n - ceil(least * n) + 1`` suffice for a set of n (prefix filtering; Bayardo, Ma and Srikant, "Scaling Up All
    Pairs Similarity Search", 2007).
    """
    commonness = Counter(shingle for shingles in texts.values() for shingle in shingles)
    posted: dict[str, list[str]] = defaultdict(list)
    for uri, shingles in texts.items():
        size = len(shingles)
        prefix = sorted(shingles, key=lambda one: (commonness[one], one))[: size - math.ceil(least * size) + 1]
        # A shingle that only this text has leads to no other.
        shared = [shingle for shingle in prefix if commonness[shingle] > 1]
        for other in {candidate for shingle in shared for candidate in posted[shingle]}:
            common = len(shingles & texts[other])
            if common >= least * (size + len(texts[other]) - common):
                yield other, uri
        for shingle in shared:
            posted[shingle].append(uri)


def _shingles(text: str) -> Shingles:
    words = _WORD.findall(text.lower())
    return frozenset(" ".join(words[place : place + SHINGLE_WORDS]) for place in range(len(words) - SHINGLE_WORDS + 1))


def _differ(one: Shingles, other: Shingles) -> bool:
    common = len(one & other)
    return common < LOW * (len(one) + len(other) - common) and common < CONTAINED * min(len(one), len(other))
