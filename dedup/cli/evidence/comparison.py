"""Two articles compared on the spot, with the measures of the service, for a person who asks why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from dedup.cli.evidence.spelling import spellings
from dedup.cli.evidence.weighing import Sketched, Weighing, numbers_of, vectors_of, weigh
from dedup.cluster import duplicates, model, stories
from dedup.cluster.issues import tell_apart
from dedup.cluster.pairs import Pair, Publication, has_same_figures
from dedup.cluster.templates import is_template
from dedup.config import Config
from dedup.decision.memory import scheme_of
from dedup.index.pace import DECISIONS, STEP, Pace
from dedup.index.segments import ARRIVALS, DAY, Entry, is_series
from dedup.index.window import seconds
from dedup.kernel.reference.arrays import unpack32
from dedup.kernel.reference.chance import common_of
from dedup.sketch import figures
from dedup.sketch.minhash import sign
from dedup.sketch.shingles import Overlap, overlap
from dedup.sketch.skeleton import hash_of, skeleton
from dedup.sketch.terms import TermSketch, calendar_terms
from dedup.store.answers.queries import Content, Placed
from dedup.text.document import Document, stored_document

# Decisions before an article whose dates tell the pace of the stream.
DATES = DECISIONS + STEP


@dataclass(frozen=True, slots=True)
class Subject:
    """An article and what the database holds of it for a comparison."""

    article: Placed
    content: Content


@dataclass(frozen=True, slots=True)
class Resemblance:
    """How alike two texts are.

    `weighing` is the story model's part, None where one of them has terms of another scheme: then `unlike` says so.
    `words` is the spelling of its terms. `apart` are the rules by which the service never lets the one join the other.
    """

    overlap: Overlap
    is_copy: bool
    weighing: Weighing | None
    words: Mapping[int, str]
    apart: tuple[str, ...]
    unlike: str | None

    def document(self) -> dict[str, Any]:
        """For ``--json``: `body` to `background` are the values of the kinds, 0 to 1."""
        weighing = self.weighing
        values: dict[str, Any] = dict.fromkeys(("body", "title", "cross", "numbers", "weekday", "background", "days"))
        if weighing is not None:
            values |= {kind.name: kind.value for kind in weighing.kinds if kind.name != "days" or weighing.dated}
        return {
            "jaccard": self.overlap.jaccard,
            "containment": self.overlap.containment,
            "is_copy": self.is_copy,
            **values,
            "probability": weighing and weighing.probability,
            "threshold": weighing and weighing.threshold,
            "is_one_event": weighing and weighing.fits,
            "log_odds": weighing and weighing.log_odds,
            "intercept": weighing and weighing.start,
            "kinds": [
                {
                    "kind": kind.name,
                    "value": kind.value,
                    "contribution": kind.contribution,
                    "at_threshold": kind.at_threshold,
                    "terms": [
                        {"term": self.words[term.number], "share": term.share}
                        for term in kind.terms
                        if term.number in self.words
                    ],
                }
                for kind in (weighing.kinds if weighing else ())
            ],
            "shared_terms": [
                self.words[term.number]
                for term in (weighing["body"].terms if weighing else ())
                if term.number in self.words
            ],
            "kept_apart": list(self.apart),
            "not_weighed": self.unlike,
        }


class _Side:
    """One of two texts under the settings of `config`; what several comparisons need of it is made once."""

    def __init__(self, subject: Subject, config: Config) -> None:
        self.article, self.content = subject.article, subject.content
        self.publisher = self.article.outlet
        self.published = seconds(self.article.published_at)
        self._config = config

    @cached_property
    def document(self) -> Document:
        """Its text and tokens; a forgotten text has no body."""
        content, article, most = self.content, self.article, self._config.text.max_words
        given = content.title, content.body, article.language, article.publisher, article.published_at
        return stored_document(*given, max_words=most)

    @cached_property
    def shingles(self) -> bytes:
        """The set of its shingles: the stored one of a forgotten text, empty where that has another scheme."""
        scheme = scheme_of(self._config)
        if self.content.shingles is not None:
            return self.content.shingles if self.content.scheme == scheme.name else b""
        return sign(self.document.title_tokens, self.document.body_tokens, scheme).shingles

    @cached_property
    def terms(self) -> TermSketch:
        """Its weighted terms; they mean something only where its scheme is the program's."""
        return TermSketch.from_bytes(self.content.terms)

    def sketched(self) -> Sketched:
        """Its terms and its place in the order of decisions, for the story model."""
        return Sketched(self.content.ordinal, self.article.published_at, self.terms)

    def publication(self) -> Publication:
        """Who published it, when, and its terms, for the question of templates."""
        return Publication(hash_of(self.publisher), self.published, lambda: self.terms)

    def entry(self) -> Entry:
        """The article as the window has it."""
        known = skeleton(self.publisher, self.document.title_tokens)
        return Entry(
            self.article.article_id, self.content.ordinal, self.published, self.article.language,
            self.article.duplicate_group_id, text=self.article.is_measure, skeleton=known,
        )  # fmt: skip


_Sides = tuple[_Side, _Side]


def compare(one: Subject, other: Subject, config: Config, pace: float) -> Resemblance:
    """Compares two texts with the settings of `config` and the terms' weights as they were when each was decided.

    `pace` is how many decisions are taken for a day where one has no date.
    """
    sides = _Side(one, config), _Side(other, config)
    first, second = sides
    common = overlap(first.shingles, second.shingles)
    unlike = _unlike(sides, scheme_of(config).name)
    weights = model.published().weights._replace(pace=pace)
    weighing = None if unlike else weigh(first.sketched(), second.sketched(), config.stories.threshold, weights)
    return Resemblance(
        overlap=common,
        is_copy=duplicates.is_copy(common, config.duplicates),
        weighing=weighing,
        words={} if weighing is None else _words(weighing, second) | _words(weighing, first),
        apart=(*_apart(sides, common, config), *(() if unlike else _by_terms(sides, common, config))),
        unlike=unlike,
    )


def pace(dates: Iterable[tuple[int, datetime]], ordinal: int, config: Config) -> float:
    """The pace of the stream as the newer of two articles, of this `ordinal`, was decided.

    `dates` are those of the articles from `DATES` decisions before it on, each with its place.
    """
    found = Pace(config.stories.undated_per_day)
    for place, published in dates:
        found.add(place, seconds(published))
    return found.at(ordinal)


def _words(weighing: Weighing, side: _Side) -> dict[int, str]:
    return spellings(side.document, numbers_of(weighing.kinds))


def _unlike(sides: _Sides, wanted: str) -> str | None:
    """Says which of the two has terms that this program, whose scheme is `wanted`, cannot read."""
    old = [side for side in sides if side.content.scheme != wanted]
    if not old:
        return None
    named = " and ".join(f"article {side.article.article_id}" for side in old)
    schemes = " and ".join(sorted({side.content.scheme for side in old}))
    return (
        f"the terms of {named} were stored by another version or with other settings (scheme {schemes}, needed "
        f"{wanted}); they are made anew before anything is compared with them"
    )


def _apart(sides: _Sides, common: Overlap, config: Config) -> Iterator[str]:
    """The rules that keep a text from the story of another, whatever the evidence."""
    if not config.stories.enabled:
        yield "stories are switched off: [stories] enabled = false"
    one, other = (side.article.language for side in sides)
    if one != other:
        yield f"a story has one language, and these are in {one} and {other}"
    first, second = (side.entry() for side in sides)
    days = config.stories.window_days
    if first.published is None or second.published is None:
        if abs(first.ordinal - second.ordinal) > ARRIVALS:
            yield f"one has no date, and more than {ARRIVALS:,} decisions lie between them"
    elif (gap := abs(first.published - second.published)) > days * DAY:
        yield f"they were published {gap / DAY:.1f} days apart, more than {days} ([stories] window_days)"
    if is_series(first, second) and not _is_sent_again(sides, common, config):
        yield "both are issues of one series: the same publisher and headline, on different days"


def _is_sent_again(sides: _Sides, common: Overlap, config: Config) -> bool:
    """Whether two texts that may be issues of one series are copies all the same."""
    if not duplicates.is_copy(common, config.duplicates):
        return False
    return duplicates.is_sent_again(common) or has_same_figures(_figures(*_in_order(sides), config))


def _by_terms(sides: _Sides, common: Overlap, config: Config) -> Iterator[str]:
    """The rules by terms: the two texts are made from one template, or may have all in common by chance."""
    former, newcomer = _in_order(sides)
    may_be = duplicates.may_be_template(common, config.duplicates)
    if former.publisher == newcomer.publisher:
        may_be = may_be or duplicates.may_be_issue(common, newcomer.document.body_tokens, newcomer.document.language)
    if may_be:
        found = _figures(former, newcomer, config)
        pair = Pair(common, found, newcomer.document, newcomer.publication(), former.publication())
        if (reason := tell_apart(pair)) is not None:
            yield f"both are issues of what comes again: {reason}"
        elif is_template(pair):
            yield "both are made from one template: the same sentences with other names and figures"
    calendar = {*unpack32(calendar_terms(newcomer.document.language))}
    shared = common_of(vectors_of(newcomer.terms), vectors_of(former.terms), calendar)
    dated = all(side.published is not None for side in sides)
    if shared.bodies and stories.ONE_TERM.is_all(shared, dated=dated):
        yield "they have hardly more than one term, or than figures and dates, in common, which may be chance"


def _in_order(sides: _Sides) -> _Sides:
    """The two in the order of decisions."""
    one, other = sides
    return sides if one.content.ordinal <= other.content.ordinal else (other, one)


def _figures(former: _Side, newcomer: _Side, config: Config) -> figures.FigurePlaces:
    """The figures of the newcomer, and the other's at the same places."""
    return figures.compare(newcomer.document.body_tokens, former.shingles, config.duplicates.shingle_words)
