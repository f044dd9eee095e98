"""``dedup why`` for two articles: how they belong together, or why they are apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from sqlalchemy.engine import Connection

from dedup.cli.evidence.connections import Departure, Gone, Ties, departures, ties
from dedup.cli.evidence.measures import measures
from dedup.cli.evidence.sentences import Named, Thresholds, heading, indented, named, sentences, thresholds
from dedup.cli.wording import Hint, line, moment
from dedup.config import Config
from dedup.store.answers import queries, reasons
from dedup.store.answers.queries import Placed
from dedup.store.answers.reasons import Evidence
from dedup.store.passes import stream

if TYPE_CHECKING:
    from dedup.cli.evidence.comparison import Resemblance


@dataclass(frozen=True, slots=True)
class Pair:
    """How two articles belong together.

    `evidence` are noted comparisons of the two, `ties` what connects them in their story; of two stories `near_misses`
    are what only came near between them, and `departures` how the two came apart. `now` is a comparison on the spot.
    """

    one: Placed
    other: Placed
    evidence: list[Evidence]
    ties: Ties
    near_misses: list[Evidence]
    departures: list[Departure]
    matched: Named
    usual: Thresholds
    now: Resemblance


def pair(connection: Connection, one: Placed, other: Placed, config: Config) -> Pair:
    """Collects what is known of two articles."""
    # Imported here alone: it loads the libraries of the sketch, which takes longer than all else together.
    from dedup.cli.evidence.comparison import DATES, Subject, compare, pace  # noqa: PLC0415

    direct = reasons.evidence_between(connection, one.article_id, other.article_id)
    own = [row for each in (one, other) for row in reasons.evidence(connection, each.article_id)]
    tied, near, apart = Ties(), [], []
    if one.story_id == other.story_id:
        tied = ties(connection, one, other)
    else:
        near = [*_near(connection, one, other, own), *_near(connection, other, one, own)]
        apart = departures(connection, one, other)
    shown = [*direct, *tied.path, *tied.former_path, *near]
    numbers = {number for row in shown for number in row.articles}
    numbers |= {departure.shown_by for departure in apart if departure.shown_by is not None}
    known = queries.some_articles(connection, sorted(numbers)) | {one.article_id: one, other.article_id: other}
    first, second = (Subject(each, queries.content(connection, each.article_id)) for each in (one, other))
    newest = max(first.content.ordinal, second.content.ordinal)
    dated = one.published_at is not None and other.published_at is not None
    dates = [] if dated else stream.dates_between(connection, newest - DATES, newest)
    now = compare(first, second, config, pace(dates, newest, config))
    return Pair(one, other, direct, tied, near, apart, known, thresholds([*own, *shown]), now)


def _near(connection: Connection, article: Placed, there: Placed, own: list[Evidence]) -> list[Evidence]:
    """The near misses of `article` in the story of another, without the comparison of these two."""
    inside = {member.article_id for member in queries.members(connection, there.story_id)} - {there.article_id}
    return [row for row in own if row.article_id == article.article_id and row.matched_article_id in inside]


def document(pair: Pair) -> dict[str, Any]:
    """The facts for ``--json``."""
    return {
        "one": asdict(pair.one),
        "other": asdict(pair.other),
        "evidence": [asdict(row) for row in pair.evidence],
        **asdict(pair.ties),
        "near_misses": [asdict(row) for row in pair.near_misses],
        "departures": [asdict(departure) for departure in pair.departures],
        "matched": {number: asdict(article) for number, article in pair.matched.items()},
        "same_duplicate_group": pair.one.duplicate_group_id == pair.other.duplicate_group_id,
        "same_story": pair.one.story_id == pair.other.story_id,
        "compared_by_the_service": bool(pair.evidence),
        "now": pair.now.document(),
    }


def told(pair: Pair, config: Config, hint: Hint) -> Iterator[RenderableType]:
    """The facts for a person."""
    one, other = pair.one, pair.other
    yield from heading(one)
    yield from heading(other)
    yield ""
    if one.duplicate_group_id == other.duplicate_group_id:
        yield line((f"Copies of one text: text {one.duplicate_group_id} of story {one.story_id}", "bold"))
    elif one.story_id == other.story_id:
        yield line((f"Two texts of one story, {one.story_id}", "bold"))
    else:
        yield line((f"Two stories, {one.story_id} and {other.story_id}", "bold"))
    yield from sentences(pair.evidence, pair.matched, pair.usual)
    if not pair.evidence:
        yield indented("These two were never compared by the service.")
    if one.story_id == other.story_id:
        yield from _ties(pair)
    for departure in pair.departures:
        yield indented(_departure(departure, pair.matched))
    if pair.near_misses:
        yield indented("Near misses between the two stories:")
        yield from sentences(pair.near_misses, pair.matched, pair.usual)
    yield ""
    yield line(("Compared now, with the settings in force", "bold"))
    yield from measures(pair.now, config)
    yield ""
    if pair.now.weighing is None:
        yield line("To have the terms made anew: ", hint("once"))
    if one.story_id == other.story_id:
        yield line("See the story and its history: ", hint(f"story {one.story_id}"))
    else:
        yield line("See the stories: ", hint(f"story {one.story_id}"), " and ", hint(f"story {other.story_id}"))


def _ties(pair: Pair) -> Iterator[RenderableType]:
    found = pair.ties
    if found.path:
        if any(row not in pair.evidence for row in found.path):
            yield indented("What connects them:")
            yield from sentences(found.path, pair.matched, pair.usual)
        return
    if not found.former_path:
        yield indented("What connected them is no longer noted; the history of the story tells what happened to it.")
        return
    yield indented("What connected them is not in the story any more. It was:")
    yield from sentences(found.former_path, pair.matched, pair.usual)
    for gone in found.gone:
        yield indented(_gone(gone, pair.matched))


def _gone(gone: Gone, known: Named) -> str:
    article = named(gone.article_id, known)
    return f"{article[:1].upper()}{article[1:]} is in story {gone.story_id} now: {gone.reason}."


def _departure(departure: Departure, known: Named) -> str:
    there = "" if departure.to_story_id is None else f" for story {departure.to_story_id}"
    shown = "" if departure.shown_by is None else f"; {named(departure.shown_by, known)} showed it"
    return (
        f"Article {departure.article_id} left story {departure.story_id}{there} on {moment(departure.at)} UTC: "
        f"{departure.reason}{shown}."
    )
