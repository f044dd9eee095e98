"""Is this article a copy of one that is there? Decided by exact set similarity, never by the sketch alone.

Groups do not chain: a member must be a copy of the group's original, and must not be a stranger to its longest text,
so that a brief which two long articles contain does not tie them together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dedup.config.sections import DuplicateSettings
from dedup.sketch.shingles import Overlap
from dedup.text.words.tokens import Tokens, are_characters

# Fewer common shingles than this say nothing about containment: a caption or a dateline is in many texts.
CONTAINED_SHINGLES = 20
# A member may differ from the longest text of its group, but not more than this (Jaccard, or containment).
STRANGER_JACCARD = 0.25
STRANGER_CONTAINMENT = 0.6
NEAR_MISSES = 2
# Two issues of a recurring report share their template; only a text sent again shares this much, or, where a live page
# grew, holds this much of what it was.
SERIES_JACCARD = 0.75
SERIES_CONTAINMENT = 0.95
# Two other figures in the same sentences are so many other shingles of each text at least.
OTHER_FIGURES = 6
# Issues of one desk's template in which sentences change, too, or are left out since the site repeats them, share this
# much.
DESK_JACCARD = 0.08
# Of scripts without spaces a shingle is three characters, hardly more than a word. There a publisher's issues share .18
# and more, and its reports of one event up to .15. So it is in languages that put a space behind each syllable.
DESK_JACCARD_OF_CHARACTERS = 0.16
SYLLABIC = frozenset(("vi",))
# Texts of which neither headline speaks of anything in the other, and that share so much, share the lines of a page.
PAGE_JACCARD = 0.15


class Comparison(NamedTuple):
    """The new article and article `article_id`, compared exactly."""

    article_id: int
    overlap: Overlap


class GroupComparison(NamedTuple):
    """The new article against one duplicate group: its original and its longest text.

    `series` is true when the group holds another day's issue of what may be the same recurring report, `template` when
    its original and the new article were made from one template.
    """

    group_id: int
    original: Comparison
    longest: Comparison
    series: bool = False
    template: bool = False


class DuplicateDecision(NamedTuple):
    """`group` is the group that the article joins, or None; `near` are the best of the others, closest first.

    `issue` is the closest group that it would have joined, were it not another issue of the same series or made from
    the same template; `templates` are the originals, by their ids, that share a template with it.
    """

    group: GroupComparison | None
    near: tuple[GroupComparison, ...]
    issue: GroupComparison | None = None
    templates: frozenset[int] = frozenset()


NOBODY = DuplicateDecision(None, ())


def is_copy(overlap: Overlap, settings: DuplicateSettings) -> bool:
    """True when the two texts are the same, edited, or one is cut from the other."""
    if overlap.jaccard >= settings.threshold:
        return True
    return overlap.common >= CONTAINED_SHINGLES and overlap.containment >= settings.containment


def is_stranger(overlap: Overlap) -> bool:
    """True when the two texts have too little in common to be in one group, whatever else connects them."""
    return overlap.jaccard < STRANGER_JACCARD and overlap.containment < STRANGER_CONTAINMENT


def _joins(group: GroupComparison, settings: DuplicateSettings) -> bool:
    if group.template or (group.series and not is_sent_again(group.original.overlap)):
        return False
    return is_copy(group.original.overlap, settings) and not is_stranger(group.longest.overlap)


def may_be_issue(overlap: Overlap, tokens: Tokens, language: str) -> bool:
    """True when two texts of one publisher share enough to ask whether they were made from one template.

    `tokens` are those of either. Reports of one event in different words share less, whoever publishes them.
    """
    if overlap.jaccard < DESK_JACCARD or is_sent_again(overlap):
        return False
    return overlap.jaccard >= DESK_JACCARD_OF_CHARACTERS or not (language in SYLLABIC or are_characters(tokens))


def may_be_template(overlap: Overlap, settings: DuplicateSettings) -> bool:
    """True when two texts share enough of their wording to ask whether they were made from one template.

    See `dedup.cluster.templates`.
    """
    if overlap.jaccard < settings.threshold / 2:
        return False
    return min(overlap.size_a, overlap.size_b) - overlap.common >= OTHER_FIGURES or not is_sent_again(overlap)


def is_sent_again(overlap: Overlap) -> bool:
    """True when so much is the same that one text was sent again, unless its figures show that it was not."""
    if overlap.jaccard >= SERIES_JACCARD:
        return True
    return overlap.common >= CONTAINED_SHINGLES and overlap.containment >= SERIES_CONTAINMENT


def is_page_mate(overlap: Overlap) -> bool:
    """True when two texts about different things share the lines of a page."""
    return overlap.jaccard >= PAGE_JACCARD


def matters(overlap: Overlap, settings: DuplicateSettings) -> bool:
    """True when the two texts are copies or near enough to one another to be worth a row of evidence."""
    # Most candidates are far from it, which the numbers alone tell.
    larger = max(overlap.size_a, overlap.size_b)
    if overlap.common < CONTAINED_SHINGLES and (not larger or overlap.common / larger < settings.threshold / 2):
        return False
    return overlap.jaccard >= settings.threshold / 2 or is_copy(overlap, settings)


def decide(candidates: Sequence[GroupComparison], settings: DuplicateSettings) -> DuplicateDecision:
    """The closest group that the article is a copy of.

    Closest is the highest Jaccard similarity to the original, then containment, then the group that is there longest.
    """
    ranked = sorted(
        candidates, key=lambda c: (-c.original.overlap.jaccard, -c.original.overlap.containment, c.group_id)
    )
    joins = [c for c in ranked if _joins(c, settings)]
    group = joins[0] if joins else None
    kept_off = (c for c in ranked if (c.series or c.template) and c not in joins)
    issues = [c for c in kept_off if is_copy(c.original.overlap, settings)]
    issue = issues[0] if issues else None
    others = (c for c in ranked if c is not group and c is not issue)
    near = [c for c in others if c.original.overlap.jaccard >= settings.threshold / 2]
    templates = frozenset(c.original.article_id for c in ranked if c.template)
    return DuplicateDecision(group, tuple(near[:NEAR_MISSES]), issue, templates)
