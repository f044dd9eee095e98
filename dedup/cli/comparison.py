"""Two articles compared on the spot, with the measures of the service, for a person who asks why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dedup.cli.spelling import spellings
from dedup.cli.weighing import Sketched, Weighing, numbers_of, weigh
from dedup.cluster import duplicates, model, stories
from dedup.cluster.templates import Told, has_same_figures, is_template
from dedup.config import Config
from dedup.decision.memory import scheme_of
from dedup.index.pace import DECISIONS, STEP, Pace
from dedup.index.segments import ARRIVALS, DAY, Entry, is_series
from dedup.index.window import seconds
from dedup.sketch import figures
from dedup.sketch.minhash import sign
from dedup.sketch.reference_arrays import vector_of
from dedup.sketch.shingles import Overlap, overlap
from dedup.sketch.skeleton import skeleton
from dedup.sketch.terms import BODY, TermSketch
from dedup.store.queries import Content, Placed
from dedup.text.document import Document
from dedup.text.tokens import joined

# Decisions before an article whose dates tell the pace of the stream.
DATES = DECISIONS + STEP


@dataclass(frozen=True, slots=True)
class Compared:
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


def compare(one: Compared, other: Compared, config: Config, pace: float) -> Resemblance:
    """Compares two texts with the settings of `config` and the terms' weights as they were when each was decided.

    `pace` is how many decisions are taken for a day where one has no date.
    """
    common = overlap(_shingles(one, config), _shingles(other, config))
    unlike = _unlike(one, other, config)
    weights = model.published().weights._replace(pace=pace)
    weighing = None if unlike else weigh(_sketched(one), _sketched(other), config.stories.threshold, weights)
    return Resemblance(
        overlap=common,
        is_copy=duplicates.is_copy(common, config.duplicates),
        weighing=weighing,
        words={} if weighing is None else _words(weighing, other, config) | _words(weighing, one, config),
        apart=(*_apart(one, other, common, config), *(() if unlike else _by_terms(one, other, common, config))),
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


def _shingles(side: Compared, config: Config) -> bytes:
    if side.content.shingles is not None:
        return side.content.shingles if side.content.scheme == scheme_of(config).name else b""
    title, body = joined(side.content.title), joined(side.content.body, config.text.max_words)
    return sign(title, body, scheme_of(config)).shingles


def _sketched(side: Compared) -> Sketched:
    return Sketched(side.content.ordinal, side.article.published_at, TermSketch.from_bytes(side.content.terms))


def _words(weighing: Weighing, side: Compared, config: Config) -> dict[int, str]:
    title, body, language = side.content.title, side.content.body, side.article.language
    return spellings(title, body, language, config.text.max_words, numbers_of(weighing.kinds))


def _unlike(one: Compared, other: Compared, config: Config) -> str | None:
    """Says which of the two has terms that this program cannot read."""
    wanted = scheme_of(config).name
    old = [side for side in (one, other) if side.content.scheme != wanted]
    if not old:
        return None
    named = " and ".join(f"article {side.article.article_id}" for side in old)
    schemes = " and ".join(sorted({side.content.scheme for side in old}))
    return (
        f"the terms of {named} were stored by another version or with other settings (scheme {schemes}, needed "
        f"{wanted}); they are made anew before anything is compared with them"
    )


def _apart(one: Compared, other: Compared, common: Overlap, config: Config) -> Iterator[str]:
    """The rules that keep a text from the story of another, whatever the evidence."""
    if not config.stories.enabled:
        yield "stories are switched off: [stories] enabled = false"
    if one.article.language != other.article.language:
        yield f"a story has one language, and these are in {one.article.language} and {other.article.language}"
    first, second = _entry(one), _entry(other)
    days = config.stories.window_days
    if first.published is None or second.published is None:
        if abs(first.ordinal - second.ordinal) > ARRIVALS:
            yield f"one has no date, and more than {ARRIVALS:,} decisions lie between them"
    elif (gap := abs(first.published - second.published)) > days * DAY:
        yield f"they were published {gap / DAY:.1f} days apart, more than {days} ([stories] window_days)"
    if is_series(first, second) and not _is_sent_again(one, other, common, config):
        yield "both are issues of one series: the same publisher and headline, on different days"


def _is_sent_again(one: Compared, other: Compared, common: Overlap, config: Config) -> bool:
    """Whether two texts that may be issues of one series are copies all the same."""
    if not duplicates.is_copy(common, config.duplicates):
        return False
    return duplicates.is_sent_again(common) or has_same_figures(_figures(one, other, config))


def _figures(one: Compared, other: Compared, config: Config) -> figures.Compared:
    """The figures of the newcomer among two, and the other's at the same places."""
    former, newcomer = sorted((one, other), key=lambda side: side.content.ordinal)
    words = joined(newcomer.content.body)
    return figures.compare(words, _shingles(former, config), config.duplicates.shingle_words)


def _by_terms(one: Compared, other: Compared, common: Overlap, config: Config) -> Iterator[str]:
    """Says where the terms tell that two texts are made from one template, or hardly more than one is in common."""
    former, newcomer = sorted((one, other), key=lambda side: side.content.ordinal)
    own, known = _sketched(newcomer).terms, _sketched(former).terms
    may_be = duplicates.may_be_template(common, config.duplicates)
    if _publisher(one) == _publisher(other):
        may_be = may_be or duplicates.may_be_issue(common)
    if may_be:
        found = _figures(one, other, config)
        if is_template(common, found, _document(newcomer), _told(newcomer, own), _told(former, known)):
            yield "both are made from one template: the same sentences with other names and figures"
    mine, theirs = (vector_of(*terms.vectors[BODY]) for terms in (own, known))
    products = [mine[term] * theirs[term] for term in mine.keys() & theirs.keys()]
    if products and stories.is_one_term(sum(products) - max(products)):
        yield "they have hardly more than one term in common, which may be chance"


def _publisher(side: Compared) -> str:
    return side.article.publisher or side.article.source


def _told(side: Compared, terms: TermSketch) -> Told:
    return Told(_publisher(side), seconds(side.article.published_at), terms)


def _document(side: Compared) -> Document:
    title, body, article = side.content.title, side.content.body, side.article
    words = joined(title), joined(body)
    return Document(title, body, article.language, None, article.publisher, article.published_at, *words)


def _entry(side: Compared) -> Entry:
    article = side.article
    known = skeleton(_publisher(side), joined(article.title))
    published = seconds(article.published_at)
    return Entry(
        article.article_id, side.content.ordinal, published, article.language, article.duplicate_group_id,
        text=article.is_measure, skeleton=known,
    )  # fmt: skip
