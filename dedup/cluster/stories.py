"""Which story does a text belong to? Decided by its fit to the voices of the story: their mean and the best of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from dedup.cluster.model import log_odds, probability
from dedup.kernel.reference.arrays import SCALE
from dedup.kernel.reference.chance import Chance
from dedup.kernel.reference.evidence import UNIT
from dedup.kernel.reference.meeting import CHANCE, ISSUE, SILENT, Measures, Weighed
from dedup.named import make
from dedup.sketch.terms import calendar_terms

# Of a long story these texts speak for it: so many that opened it and so many of the newest.
VOICES = (4, 12)
# Texts looked at as candidates, the stories among them that are looked at, and of those the ones weighed whole.
CANDIDATES = 32
# Texts looked at for the background, and the newest ones looked at behind each term of them.
AROUND = 24
BACKGROUND_CHAIN = 16
STORIES_SEEN, STORIES_WEIGHED = 50, 8
# The background of a text: the mean likeness to the 4th to 8th nearest story, none below a cosine of `LEAST_LIKENESS`.
LEAST_LIKENESS = 0.045
BACKGROUND = (3, 5, int(LEAST_LIKENESS * UNIT))
# Where nothing is there to compare with.
NO_BACKGROUND = int(math.sqrt(LEAST_LIKENESS) * SCALE + 0.5)
NEAR_MISSES = 2
# Stories told of that hold another issue of what comes again.
ISSUES = 3
# So much more, in log-odds, two stories must hold together to become one than one must not to fall into two.
MERGE_MARGIN = 1.0
# A near miss is worth a row of evidence when its probability is at least this share of the threshold.
NEAR = 0.5
# Where two texts have hardly anything in common besides the term that counts most, that one is chance: the name of a
# town or a company that two events of one day share. Without it the cosine of the bodies is below .028, or below two
# fifths of itself, or below .1 while each headline has less than .01 in common with the other text. Of the 644 joins
# in the labelled sets with dates that are right two are so. Of headlines alone one name is naturally much, and without
# a date nobody knows the day. Figures and dates are chance, too, and weigh as rare words until the stream has shown
# that they are common: all is chance where they are a third of what the bodies share, and words less than .08 of what
# the headlines share.
ONE_TERM = Chance(
    rest=math.ceil(0.028 * UNIT),
    terms=20,
    share=40,
    little=math.ceil(0.1 * UNIT),
    headlines=math.ceil(2 * 0.01 * UNIT),
    words=67,
    named=math.ceil(2 * 0.08 * UNIT),
)
# So many terms of the headlines are in the other text where two texts speak of one thing; a single one may be chance.
SPOKEN_OF = 2
# Terms in common that are told to people.
SHOWN_TERMS = 12


class Scored(NamedTuple):
    """A story and the probability, 0 to 1, that the text belongs to it.

    `article_id` is the nearest text of the story, `shared` are the terms, uint32, that it shares, strongest first.
    """

    story_id: int
    probability: float
    article_id: int
    shared: bytes


class Parting(NamedTuple):
    """A story falls into two: `stay` keeps its id, `leave` goes, both by the ordinals of their texts.

    `probability` is that both are one event after all, less than `threshold`.
    """

    stay: tuple[int, ...]
    leave: tuple[int, ...]
    probability: float
    threshold: float


class StoryDecision(NamedTuple):
    """`story` is the one to join, or None to open a new one; `near` are the best of the others, likeliest first.

    `other` is a second story that the text shows to be the same as the first. `parting` says that the joined story
    falls into two; `refused` that the first of `near` would have, with the text alone on one side, so that it opens a
    story. `bound` is the story that a rule of the operator puts the text in, whatever the evidence. `issues` are the
    likeliest stories that were passed over because the text is another issue of a recurring report in them; `chance`
    is the likeliest that was likely enough but for a single term in common.
    """

    story: Scored | None
    near: tuple[Scored, ...]
    other: Scored | None = None
    parting: Parting | None = None
    refused: Parting | None = None
    bound: int | None = None
    issues: tuple[Scored, ...] = ()
    chance: Scored | None = None

    @property
    def opens(self) -> bool:
        """Whether the text opens a story."""
        return self.story is None and self.bound is None


ALONE = StoryDecision(None, ())


@cache
def least_log_odds(threshold: float) -> float:
    """The log-odds of the weakest near miss where texts join from the probability `threshold` on."""
    return log_odds(NEAR * threshold)


def decide(
    weighed: Sequence[Weighed], threshold: float, is_one_page: Callable[[int], bool] = lambda _: False,
    is_issue: Callable[[int], bool] = lambda _: False,
) -> StoryDecision:  # fmt: skip
    """The likeliest story if its probability reaches `threshold`; `weighed` come best first, plain tuples allowed.

    A text neither joins nor comes near a story of which it is another issue (`is_issue`, asked about the nearest
    article of a story that is likely enough), nor one with which all it has in common may be one term. Where
    neither headline mentions what is in the other text, `is_one_page` says of the nearest article whether they share
    the lines of a page.
    """
    least = least_log_odds(threshold)
    shown: list[Scored] = []
    issues: list[Scored] = []
    chance, joins = None, False
    for story_id, likely, _, _, apart, article_id, shared in weighed:
        if likely < least or len(shown) == NEAR_MISSES + joins:
            break
        if apart == SILENT and is_one_page(article_id):
            continue
        scored = make(Scored, (story_id, probability(likely), article_id, shared))
        if apart == ISSUE:
            issues.append(scored)
        elif apart == CHANCE:
            chance = chance or scored
        elif scored.probability >= threshold and is_issue(article_id):
            issues.append(scored)
        else:
            shown.append(scored)
            joins = shown[0].probability >= threshold
    story, near = (shown[0], shown[1:]) if joins else (None, shown)
    return make(StoryDecision, (story, tuple(near), None, None, None, None, tuple(issues[:ISSUES]), chance))


@cache
def measures(threshold: float, language: str, *, barred: bool = False) -> Measures:
    """How stories are weighed where texts join from the probability `threshold` on; all of them where some are barred.

    Else only as many as `decide` looks at. `language` is that of the texts.
    """
    looked_at = BACKGROUND_CHAIN, AROUND, STORIES_SEEN, STORIES_WEIGHED
    limits = least_log_odds(threshold), log_odds(threshold), ONE_TERM, SPOKEN_OF
    enough = STORIES_WEIGHED if barred else NEAR_MISSES
    return Measures(*looked_at, *limits, SHOWN_TERMS, enough, calendar_terms(language))


def part(
    one: Sequence[int], other: Sequence[int], unseen: Callable[[], Sequence[int]], likely: float, least: float
) -> Parting:
    """Which of two parts leaves: the smaller one, of equally large ones the younger.

    `unseen` gives the texts of the story that are too far away in time to be compared; they go with the oldest compared
    text, and are asked for only where they matter. `likely` are the log-odds that both parts are one event, `least`
    those that were needed.
    """
    older, younger = sorted((one, other), key=min)
    if len(younger) > len(older):
        older = [*unseen(), *older]
    stay, leave = (older, younger) if len(older) >= len(younger) else (younger, older)
    return Parting(tuple(stay), tuple(leave), probability(likely), probability(least))
