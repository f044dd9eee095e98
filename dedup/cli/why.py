"""``dedup why``: the evidence, in words."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from shlex import quote
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from sqlalchemy.engine import Connection

from dedup.cli.invocation import Invocation
from dedup.cli.sentences import decided, heading, indented, sentences
from dedup.cli.wording import Hint, count, line, moment
from dedup.config import Config
from dedup.errors import UsageError
from dedup.store import overview, queries, reasons
from dedup.store.queries import Placed, Story
from dedup.store.reasons import Evidence

if TYPE_CHECKING:
    from dedup.cli.comparison import Resemblance

# Articles among whose uris a misspelt one is looked for.
KNOWN_URIS = 20_000


def why(invocation: Invocation) -> int:
    """One article or two."""
    asked, source = invocation.arguments.uris, invocation.arguments.source
    if len(asked) > 2:
        raise UsageError(f"why takes one or two articles, not {len(asked)}; see: dedup why --help")
    with invocation.store() as store, store.reading() as connection:
        found = [_find(connection, name, source) for name in asked]
        if len(found) == 1:
            place = _place(connection, found[0])
            document, shown = asdict(place), _told(place, invocation.hint)
        elif found[0].article_id == found[1].article_id:
            raise UsageError(f"both are article {found[0].article_id}; name two articles, or one alone")
        else:
            pair = _pair(connection, found[0], found[1], invocation.config)
            document, shown = _document(pair), _told_pair(pair, invocation.config)
    invocation.output.answer(document, shown)
    return 0


def _find(connection: Connection, name: str, source: str | None) -> Placed:
    """The article that `name` means. Raises `UsageError` that says where else it may be."""
    found = queries.named(connection, name, source)
    if len(found) == 1:
        return found[0]
    if found:
        sources = ", ".join(article.source for article in found)
        raise UsageError(f"{len(found)} articles are called {name!r}; add --source NAME, one of: {sources}")
    if overview.is_waiting(connection, name):
        raise UsageError(f"{name!r} still waits in the inbox; the daemon takes it, or type: dedup once")
    if (rejected := overview.rejection(connection, name)) is not None:
        raise UsageError(f"{name!r} was rejected on {moment(rejected.at)} UTC: {rejected.detail} ({rejected.reason})")
    if source is not None and (others := queries.named(connection, name, None)):
        raise UsageError(f"source {source!r} has no {name!r}, but {', '.join(other.source for other in others)} has")
    raise UsageError(f"there is no article {name!r}{_alike(name, queries.uris(connection, KNOWN_URIS))}")


def _alike(name: str, uris: Sequence[str]) -> str:
    close = [uri for uri in uris if name.casefold() in uri.casefold()][:3]
    close = close or difflib.get_close_matches(name, uris, n=3)
    return f"; did you mean {' or '.join(close)}?" if close else "; a story lists its articles: dedup story ID"


# One article.


@dataclass(frozen=True, slots=True)
class Place:
    """Where an article is, and why. `matched` are the articles that the evidence names."""

    article: Placed
    story: Story
    original: Placed
    copies: int
    evidence: list[Evidence]
    evidence_of_original: list[Evidence]
    matched: dict[int, Placed]


def _place(connection: Connection, article: Placed) -> Place:
    story = queries.story(connection, article.story_id)
    assert story is not None
    members = queries.members(connection, article.story_id)
    group = [member for member in members if member.duplicate_group_id == article.duplicate_group_id]
    original = next(member for member in group if member.is_original)
    own = reasons.evidence(connection, article.article_id)
    others = [] if article.is_original else reasons.evidence(connection, original.article_id)
    return Place(article, story, original, len(group), own, others, _matched(connection, [*own, *others]))


def _told(place: Place, hint: Hint) -> Iterator[RenderableType]:
    article, story = place.article, place.story
    yield from heading(article)
    yield ""
    yield line((f"Why text {article.duplicate_group_id} ({count(place.copies, 'article')})", "bold"))
    if article.is_original:
        yield indented("It is the original of its group: when it was decided it was a copy of nothing here.")
    yield from sentences((row for row in place.evidence if row.tier == "duplicate"), place.matched, "It")
    yield ""
    size = f"{count(story.article_count, 'article')}, {count(story.text_count, 'text')}"
    yield line((f"Why story {story.story_id} ({size}): {story.headline}", "bold"))
    if article.is_original:
        yield from sentences((row for row in place.evidence if row.tier == "story"), place.matched, "It")
    else:
        yield indented(f"A copy is where its original is, article {place.original.article_id}. That one:")
        rows = (row for row in place.evidence_of_original if row.tier == "story")
        yield from sentences(rows, place.matched, "It")
    yield ""
    yield from decided(place.evidence)
    matched = next((row.matched_article_id for row in place.evidence if row.matched_article_id in place.matched), None)
    if matched is not None:
        both = f"{quote(article.uri)} {quote(place.matched[matched].uri)}"
        yield line("Compare two: ", hint(f"why {both}"))
    else:
        yield line("See the story: ", hint(f"story {story.story_id}"))


# Two articles.


@dataclass(frozen=True, slots=True)
class Pair:
    """How two articles belong together: noted comparisons of the two, what connects them in their story, what only
    came near between their stories, and a comparison on the spot."""

    one: Placed
    other: Placed
    evidence: list[Evidence]
    path: list[Evidence]
    near_misses: list[Evidence]
    matched: dict[int, Placed]
    now: Resemblance


def _pair(connection: Connection, one: Placed, other: Placed, config: Config) -> Pair:
    # Imported here alone: it loads the libraries of the sketch, which takes longer than all else together.
    from dedup.cli.comparison import Compared, compare  # noqa: PLC0415

    direct = reasons.evidence_between(connection, one.article_id, other.article_id)
    way, near = [], []
    if one.story_id == other.story_id:
        way = reasons.path(reasons.evidence_of_story(connection, one.story_id), one.article_id, other.article_id)
    else:
        near = [*_near(connection, one, other), *_near(connection, other, one)]
    known = _matched(connection, [*direct, *way, *near]) | {one.article_id: one, other.article_id: other}
    first, second = (
        Compared(*queries.compared(connection, each.article_id), each.published_at) for each in (one, other)
    )
    return Pair(one, other, direct, way, near, known, compare(first, second, config))


def _near(connection: Connection, article: Placed, there: Placed) -> list[Evidence]:
    """What `article` only came near to in the story of another, without the comparison of the two."""
    inside = {member.article_id for member in queries.members(connection, there.story_id)} - {there.article_id}
    return [row for row in reasons.evidence(connection, article.article_id) if row.matched_article_id in inside]


def _document(pair: Pair) -> dict[str, Any]:
    overlap = pair.now.overlap
    now = asdict(pair.now) | {"jaccard": overlap.jaccard, "containment": overlap.containment}
    del now["overlap"]
    return asdict(pair) | {
        "same_duplicate_group": pair.one.duplicate_group_id == pair.other.duplicate_group_id,
        "same_story": pair.one.story_id == pair.other.story_id,
        "compared_by_the_service": bool(pair.evidence),
        "now": now,
    }


def _told_pair(pair: Pair, config: Config) -> Iterator[RenderableType]:
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
    yield from sentences(pair.evidence, pair.matched)
    if not pair.evidence:
        yield indented("These two were never compared by the service.")
    if pair.path and pair.path != pair.evidence:
        yield indented("What connects them:")
        yield from sentences(pair.path, pair.matched)
    elif one.story_id == other.story_id and not pair.path:
        yield indented("What connected them is gone: an article in between has a new version.")
    if pair.near_misses:
        yield indented("Near misses between the two stories:")
        yield from sentences(pair.near_misses, pair.matched)
    yield ""
    yield line(("Compared now, with the settings in force", "bold"))
    yield from _measures(pair.now, config)


def _measures(now: Resemblance, config: Config) -> Iterator[RenderableType]:
    overlap, copies = now.overlap, config.duplicates
    yield indented(
        f"{'A copy' if now.is_copy else 'No copy'}: {count(overlap.common, 'shingle')} in common, "
        f"of {overlap.size_a:,} and {overlap.size_b:,}; "
        f"Jaccard {overlap.jaccard:.2f} (a copy from {copies.threshold:.2f}), "
        f"containment {overlap.containment:.2f} (a cut copy from {copies.containment:.2f})."
    )
    fits = now.probability >= config.stories.threshold
    days = "of which one is undated" if now.days is None else f"{now.days:.1f} days apart"
    yield indented(
        f"{'One event' if fits else 'Two events'}, if they were alone: probability {now.probability:.2f} "
        f"(one event from {config.stories.threshold:.2f}); "
        f"cosines of body {now.body:.2f}, title {now.title:.2f}, lead {now.lead:.2f}; {days}."
    )
    yield indented(f"Shared terms: {', '.join(now.shared_terms) or 'none'}.")


def _matched(connection: Connection, rows: Iterable[Evidence]) -> dict[int, Placed]:
    """The articles that `rows` name."""
    ids = {number for row in rows for number in (row.article_id, row.matched_article_id) if number is not None}
    return queries.some_articles(connection, sorted(ids))
