"""``dedup why``: the evidence, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from rich.console import RenderableType
from sqlalchemy.engine import Connection

from dedup.cli.evidence import pair
from dedup.cli.evidence.connections import origin
from dedup.cli.evidence.sentences import decided, heading, indented, sentences, thresholds
from dedup.cli.invocation import Invocation
from dedup.cli.names import find, name_of
from dedup.cli.wording import Hint, count, line, moment
from dedup.errors import UsageError
from dedup.store.answers import queries, reasons
from dedup.store.answers.queries import Placed, Story
from dedup.store.answers.reasons import Event, Evidence

# Lines that were left out of a text and are shown.
SHOWN_LINES = 3


def why(invocation: Invocation) -> int:
    """One article or two."""
    asked, source = invocation.arguments.uris, invocation.arguments.source
    if len(asked) > 2:
        raise UsageError(f"why takes one or two articles, not {len(asked)}; see: dedup why --help")
    with invocation.store(reads=True) as store, store.reading() as connection:
        found = [find(connection, name, source) for name in asked]
        if len(found) == 1:
            place = _place(connection, found[0])
            names = [name_of(connection, article) for article in _compared(place)]
            document, shown = asdict(place), _told(place, names, invocation.hint)
        elif found[0].article_id == found[1].article_id:
            raise UsageError(f"both are article {found[0].article_id}; name two articles, or one alone")
        else:
            both = pair.pair(connection, found[0], found[1], invocation.config)
            document, shown = pair.document(both), pair.told(both, invocation.config, invocation.hint)
    invocation.output.answer(document, shown)
    return 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where an article is, and why. `matched` are the articles that the evidence names.

    `compared` is the one that the copies of its text were compared with. `origin` is how the story began where it was
    part of another one; `left_out` what its text lost as boilerplate.
    """

    article: Placed
    story: Story
    original: Placed
    compared: Placed
    copies: int
    evidence: list[Evidence]
    evidence_of_original: list[Evidence]
    matched: dict[int, Placed]
    origin: Event | None
    left_out: list[str]


def _place(connection: Connection, article: Placed) -> Place:
    story = queries.story(connection, article.story_id)
    assert story is not None
    members = queries.members(connection, article.story_id)
    group = [member for member in members if member.duplicate_group_id == article.duplicate_group_id]
    original = next(member for member in group if member.is_original)
    compared = next(member for member in group if member.is_measure)
    own = reasons.evidence(connection, article.article_id)
    others = [] if article.is_measure else reasons.evidence(connection, compared.article_id)
    numbers = {number for row in (*own, *others) for number in row.articles}
    matched, began = queries.some_articles(connection, sorted(numbers)), origin(connection, article.story_id)
    left_out = queries.left_out(connection, article.article_id)
    return Place(article, story, original, compared, len(group), own, others, matched, began, left_out)


def _compared(place: Place) -> list[Placed]:
    """The article and the first one that its evidence names; empty where it names none."""
    matched = next((row.matched_article_id for row in place.evidence if row.matched_article_id in place.matched), None)
    return [] if matched is None else [place.article, place.matched[matched]]


def _told(place: Place, names: Sequence[str], hint: Hint) -> Iterator[RenderableType]:
    """`names` are those of the two articles to compare."""
    article, story, usual = place.article, place.story, thresholds([*place.evidence, *place.evidence_of_original])
    yield from heading(article)
    if place.left_out:
        shown = ", ".join(f"“{one}”" for one in place.left_out[:SHOWN_LINES])
        more = ", …" if len(place.left_out) > SHOWN_LINES else ""
        what = count(len(place.left_out), "line")
        yield indented(f"Its text is without {what} that its site repeats: {shown}{more}")
    yield ""
    yield line((f"Why text {article.duplicate_group_id} ({count(place.copies, 'article')})", "bold"))
    if article.is_measure:
        yield indented("When it was decided it was a copy of nothing here; copies are compared with it.")
    yield from sentences((row for row in place.evidence if row.tier == "duplicate"), place.matched, usual, "It")
    if place.copies > 1:
        yield indented(
            "It is shown as the original." if article.is_original
            else f"Shown as the original is article {place.original.article_id}."
        )  # fmt: skip
    yield ""
    size = f"{count(story.article_count, 'article')}, {count(story.text_count, 'text')}"
    yield line((f"Why story {story.story_id} ({size}): {story.headline}", "bold"))
    if place.origin is not None:
        yield indented(f"The story began on {moment(place.origin.at)} UTC: {place.origin.reason}.")
    if article.is_measure:
        yield from sentences((row for row in place.evidence if row.tier != "duplicate"), place.matched, usual, "It")
    else:
        yield from sentences((row for row in place.evidence if row.tier == "rule"), place.matched, usual, "It")
        yield indented(f"A copy is where its text is, with article {place.compared.article_id}. That one:")
        rows = (row for row in place.evidence_of_original if row.tier != "duplicate")
        yield from sentences(rows, place.matched, usual, "It")
    yield ""
    yield from decided(place.evidence)
    if names:
        yield line("Compare two: ", hint(f"why {' '.join(names)}"))
    else:
        yield line("See the story: ", hint(f"story {story.story_id}"))
