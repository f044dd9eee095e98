"""A newcomer among the articles of the window: whom it meets, how it fits their stories, how it is entered.

A part of the definition in `dedup.kernel.reference`: each function is a step of a decision, which the compiled kernel
does in one call.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from dedup.kernel.reference.arrays import ascending, pack64, unpack32
from dedup.kernel.reference.articles import Articles, Compared
from dedup.kernel.reference.bands import BandIndex
from dedup.kernel.reference.chance import Chance, Common
from dedup.kernel.reference.evidence import BODY, TITLE, Skeleton, StoryFit, Vector, Weights, check_place
from dedup.kernel.reference.postings import Postings
from dedup.kernel.reference.texts import Texts

# A newcomer, as below, and what it is among the plain tuples that the compiled kernel takes as well.
Given = tuple[int, int | None, Skeleton, int, bytes, bytes, bytes, Sequence[Vector]]
Sets = tuple[Mapping[int, bytes], Mapping[int, bytes]]
Bands = Sequence[tuple[tuple[BandIndex, ...], int, int]]
Terms = Sequence[tuple[tuple[Postings, ...], int, int]]

NEAR, ISSUE, CHANCE, SILENT = range(4)


class Newcomer(NamedTuple):
    """An article that is being decided: its place in the order of decisions, its date and headline, and its search
    keys.

    Without `vectors` it is no text; `background` is that of a text, once it is known.
    """

    ordinal: int
    published: int | None
    skeleton: Skeleton
    background: int
    bands: bytes
    terms: bytes
    scores: bytes
    vectors: Sequence[Vector]


class Search(NamedTuple):
    """How many entries are looked at behind one key, and how many candidates are wanted, by signatures and by terms.

    The first `compared` of the candidates by terms are compared as copies, too.
    """

    chain: int
    limit: int
    term_chain: int
    term_limit: int
    compared: int


class Met(NamedTuple):
    """The articles compared and the texts related to a newcomer, int64 ordinals, the most promising first.

    Behind them what `Articles.compare` returns for the first.
    """

    ordinals: bytes
    related: bytes
    found: Sequence[Compared]
    unknown: list[int]
    missing: list[int]


class Measures(NamedTuple):
    """How stories are weighed: where a background is looked for (see `Texts.weigh`), and the least log-odds of a story
    in the result.

    From `joining` log-odds on a text and the nearest one of the story are examined: whether what they share may be
    `chance`, and whether the headlines have `spoken` terms in the other's body. The result has up to `shown` common
    terms of each story, and no story after the `enough`-th that nothing keeps the text apart from, besides the first if
    it is examined. `calendar` are the terms of the names of days and months, uint32 ascending.
    """

    chain: int
    around: int
    seen: int
    weighed: int
    least: float
    joining: float
    chance: Chance
    spoken: int
    shown: int
    enough: int
    calendar: bytes


class Weighed(NamedTuple):
    """A story, the log-odds that a text belongs to it, and the days to its nearest text in time.

    `nearest` is the ordinal of the most similar text, `article_id` its article, `shared` the terms that both have,
    uint32, strongest first. `apart` is `ISSUE` where the newcomer is another issue of a recurring report in the story.
    For a story that is likely enough to be joined it is `CHANCE` where all that is in common may be one term, and
    `SILENT` where neither headline mentions what is in the other text. Else it is `NEAR`.
    """

    story_id: int
    log_odds: float
    days: float
    nearest: int
    apart: int
    article_id: int
    shared: bytes


def meet(
    articles: Articles,
    newcomer: Given,
    shingles: bytes,
    sets: Sets,
    near: tuple[Bands, Terms],
    search: Search,
    limits: tuple[float, int],
) -> Met:
    """Finds the articles that share bands or terms with a newcomer and compares it with their groups.

    `near` are the stretches of the indexes in which it may be; `limits` are those of `Articles.compare`. Raises
    `KeyError` for an article in an index that is not among `articles`, `ValueError` for what is out of range.
    """
    newcomer = Newcomer(*newcomer)
    check_place(newcomer.ordinal, newcomer.published)
    _check_counts(search)
    similar = [rank for rank, _ in BandIndex.search(near[0], newcomer.bands, search.chain, search.limit)]
    related = b""
    if newcomer.terms:
        related = Postings.search(near[1], newcomer.terms, newcomer.scores, search.term_chain, search.term_limit)
    ordinals = [*similar, *_ordinals(related)[: search.compared]]
    compared = articles.compare(shingles, ordinals, newcomer.published, newcomer.skeleton, sets, *limits)
    return Met(pack64(ordinals), related, *compared)


def weigh_up(
    articles: Articles,
    texts: Texts,
    newcomer: Given,
    related: Iterable[int],
    recent: Terms,
    weights: Sequence[float],
    measures: Measures,
) -> tuple[int, list[Weighed]]:
    """The background of a newcomer, and the likeliest stories of the texts `related`, best first.

    `recent` are the stretches in which a background is looked for. Raises `KeyError` for a text that is not there,
    `ValueError` for what is out of range.
    """
    newcomer = Newcomer(*newcomer)
    _check_counts((*measures[:4], measures.spoken, measures.shown, measures.enough))
    ascending(measures.calendar)
    chance = Chance(*measures.chance)
    if not (0 <= chance.share <= 100 and 0 <= chance.words <= 100):
        raise ValueError("a share must be 0 to 100 per cent")
    chain, limit, *limits = measures[:4]
    around = _ordinals(Postings.search(recent, newcomer.terms, newcomer.scores, chain, limit))
    ordinal, published, skeleton = newcomer[:3]
    background, fits = texts.weigh(
        newcomer.vectors, ordinal, published, related, around, Weights(*weights), (limits[0], limits[1]), measures.least
    )
    weighed: list[Weighed] = []
    left, joins = measures.enough, False
    for fit in map(StoryFit._make, fits):
        story, log_odds, _, days, _, nearest = fit
        if left == 0:
            break
        shared = texts.shared(newcomer.vectors[BODY], nearest, BODY, measures.shown)
        apart = _apart(texts, newcomer, skeleton, fit, measures)
        if apart == NEAR:
            left -= joins or log_odds < measures.joining
            joins = True
        weighed.append(Weighed(story, log_odds, days, nearest, apart, articles.article_of(nearest), shared))
    return background, weighed


def _apart(texts: Texts, newcomer: Newcomer, skeleton: Skeleton, fit: StoryFit, measures: Measures) -> int:
    if skeleton[1] and texts.is_issue(fit.story, newcomer.ordinal, newcomer.published, skeleton):
        return ISSUE
    if fit.log_odds < measures.joining:
        return NEAR
    nearest = fit.nearest
    body, title = newcomer.vectors[BODY], newcomer.vectors[TITLE]
    if measures.chance.is_all(Common(*texts.common(newcomer.vectors, nearest, measures.calendar)), dated=fit.dated):
        return CHANCE
    mine = texts.shared(title, nearest, BODY, measures.spoken)
    theirs = texts.shared(body, nearest, TITLE, measures.spoken)
    return NEAR if len({*unpack32(mine), *unpack32(theirs)}) >= measures.spoken else SILENT


def enter(
    articles: Articles,
    texts: Texts,
    homes: Collection[tuple[BandIndex | None, Postings | None, bool]],
    newcomer: Given,
    article_id: int,
    group_id: int,
    story_id: int,
    text: bool,
    version: int,
    begins: bool,
) -> None:
    """Puts a newcomer among the articles, a text among the texts, and both into the indexes of `homes`.

    Each home says whether the moment of an article is its publication, where that is known, rather than its ordinal.
    `begins` as in `Articles.add`; where a `text` has no vectors, more of its story is in the database. Raises
    `ValueError` as the methods ``add`` of all these do; what was added before stays.
    """
    ordinal, published, skeleton, background, bands, terms, _, vectors = newcomer
    articles.add(article_id, ordinal, published, group_id, story_id, text, skeleton, version, begins)
    if text and vectors:
        texts.add(ordinal, story_id, published, background, vectors, skeleton)
    elif text:
        articles.know_less(story_id)
    for signatures, postings, dated in homes:
        moment = published if dated and published is not None else ordinal
        if signatures is not None:
            signatures.add(bands, ordinal, moment)
        if postings is not None and text and terms:
            postings.add(terms, ordinal, moment)


def _check_counts(counts: Iterable[int]) -> None:
    if min(counts) < 0:
        raise ValueError("chain, limit and what else is counted must not be negative")


def _ordinals(found: bytes) -> Sequence[int]:
    return memoryview(found).cast("q")
