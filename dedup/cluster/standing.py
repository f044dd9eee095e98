"""Which article stands for a text, as its original, and for a story, as its representative.

Original of a duplicate group is, in this order: one with a title, one that was not cut, one of a preferred publisher,
the one published first, the one that came first. The representative of a story is one of its originals, by the same
rule. Only the articles that are there matter, not the order in which they came.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dedup.named import make

# An article with less than this share (as a fraction) of the words of the longest of its group was cut; of articles
# with a title the longest that has one, since a page that was saved whole has words that are not the article's.
COMPLETE = (4, 5)
NOT_PREFERRED = 2**31 - 1
UNDATED = 2**62
DAY = 86_400


class Claim(NamedTuple):
    """What an article is ranked by; the least claim stands.

    `place` is that of its publisher among the preferred ones, from 0 on; `published` is in seconds since 1970.
    """

    untitled: bool
    place: int
    published: int
    article_id: int


class Copy(NamedTuple):
    """An article of a duplicate group, of so many `words`."""

    claim: Claim
    words: int


class Text(NamedTuple):
    """Who stands for a duplicate group, and the words of the longest of those that have a title, or none, as it has."""

    original: Copy
    longest: int


def claim(article_id: int, title: str, place: int | None, published: int | None) -> Claim:
    """The claim of an article; `place` is None for a publisher that is not preferred, `published` where undated."""
    return make(Claim, (not title, NOT_PREFERRED if place is None else place, moment(published), article_id))


def moment(published: int | None) -> int:
    """When an article counts as published: where only its day is known, at midnight UTC, in the last second of it."""
    if published is None:
        return UNDATED
    return published + DAY - 1 if published % DAY == 0 else published


def is_cut(words: int, longest: int) -> bool:
    """True for an article of so many words, where the longest of its group has `longest`."""
    part, whole = COMPLETE
    return whole * words < part * longest


def text_of(copies: Iterable[Copy]) -> Text:
    """Who stands for the group of these articles. Raises `ValueError` where there are none."""
    ranked = sorted(copies)
    if len(ranked) == 1:  # as nearly always
        return make(Text, (ranked[0], ranked[0].words))
    alike = [copy for copy in ranked if copy.claim.untitled == ranked[0].claim.untitled] if ranked else []
    longest = max(copy.words for copy in alike)
    return Text(next(copy for copy in alike if not is_cut(copy.words, longest)), longest)


def succeeded(text: Text, left: Sequence[Copy], entered: Sequence[Copy]) -> Text | None:
    """Who stands for a group once some articles left it, and others are in it; one that has changed is among both.

    None where that depends on the others that are in it: then all must be asked.
    """
    original, before = text
    untitled = original.claim.untitled
    if any(copy.claim.untitled < untitled for copy in entered):
        return text_of(entered)  # none of the others has a title
    alike = [copy for copy in entered if copy.claim.untitled == untitled]
    stays = all(copy.claim.article_id != original.claim.article_id for copy in left)
    most = max((copy.words for copy in alike), default=0)
    longest = max(before, most)
    is_long = most >= before or (stays and original.words == before)
    if not is_long and any(copy.words == before and copy.claim.untitled == untitled for copy in left):
        return None  # it was perhaps the only one so long, and others may be complete now
    rivals = [*alike, original] if stays else alike
    best = min((copy for copy in rivals if not is_cut(copy.words, longest)), default=None)
    # The others come behind the one that stood, or are cut.
    if best is None or (best.claim > original.claim and not is_cut(before, longest)):
        return None
    return Text(best, longest)


def reason(first: Claim, others: Iterable[Claim]) -> str:
    """Why `first` ranks before the others: in what it differs from the next of them; empty where there are none."""
    following = min(others, default=None)
    if following is None:
        return ""
    if first.untitled != following.untitled:
        return "it alone has a title"
    if first.place != following.place:
        return "its publisher is preferred"
    if first.published != following.published:
        return "it alone has a date" if following.published == UNDATED else "it was published first"
    return "it came first, and none was published before it"
