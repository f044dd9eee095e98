"""``dedup story``: one story, for a person: its texts with their copies, its days, its history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from operator import attrgetter

from rich.console import RenderableType
from sqlalchemy.engine import Connection

from dedup.cli.evidence.standing import why_it_stands
from dedup.cli.invocation import Invocation
from dedup.cli.names import name_of, no_story, nowhere
from dedup.cli.wording import Hint, cell, count, line, moment, share, span, table
from dedup.store.answers import queries, reasons
from dedup.store.answers.queries import Placed, Story
from dedup.store.answers.reasons import Event, Suspicion
from dedup.store.passes import standing

# Days that are listed, and how wide the bar of the busiest is.
SHOWN_DAYS, WIDEST_BAR = 14, 24
# Authors of an article that are named.
SHOWN_AUTHORS = 3
_BY_TIME = attrgetter("at", "article_id")


@dataclass(frozen=True, slots=True)
class Page:
    """All about one story; `asked_for` is another number where that story was merged into this one.

    `representative_reason` says in words why its representative is the one.
    """

    asked_for: int
    story: Story
    representative_reason: str
    merged_stories: list[int]
    articles: list[Placed]
    history: list[Event]
    suspect: list[Suspicion]


def story(invocation: Invocation) -> int:
    """One story with all that is in it."""
    asked = invocation.arguments.id
    if abs(asked) >= 2**63:  # so far no database counts, nor can it be asked
        raise nowhere(asked)
    with invocation.store(reads=True) as store, store.reading() as connection:
        found = _story(connection, asked)
        members = queries.members(connection, found.story_id)
        page = Page(
            asked_for=asked,
            story=found,
            representative_reason=why_it_stands(members, standing.preferred(connection)),
            merged_stories=queries.merged_into(connection, found.story_id),
            articles=members,
            history=reasons.history(connection, found.story_id),
            suspect=reasons.suspicions(connection, found.story_id),
        )
        last = name_of(connection, max(members, key=lambda member: member.article_id))
    invocation.output.answer(asdict(page), _told(page, last, invocation.hint, narrow=invocation.output.narrow))
    return 0


def _story(connection: Connection, asked: int) -> Story:
    """The story of this number, or the one that it was merged into. Raises `UsageError`."""
    found = queries.story(connection, queries.resolve(connection, asked))
    if found is None:
        raise no_story(connection, asked)
    return found


def _told(page: Page, last: str, hint: Hint, *, narrow: bool) -> Iterator[RenderableType]:
    """The page for a person; `last` names the article that came last."""
    yield from _heading(page)
    yield ""
    yield _timeline(page.articles, narrow=narrow)
    yield ""
    yield line(
        "text: copies of one text; fit: how likely it belongs here; copy: Jaccard and containment with the first",
        style="dim",
    )
    yield line("*: the representative of the story; times are UTC", style="dim")
    yield ""
    if (days := _days(page.articles)) is not None:
        yield days
        yield ""
    yield from _history(page.history)
    if page.merged_stories:
        yield line(f"Stories that lead here: {', '.join(map(str, page.merged_stories))}")
    yield ""
    yield line("Why is an article here? ", hint(f"why {last}"))


def _heading(page: Page) -> Iterator[RenderableType]:
    found = page.story
    if found.story_id != page.asked_for:
        yield line((f"Story {page.asked_for} was merged into story {found.story_id}.", "yellow"))
        yield ""
    yield line((f"Story {found.story_id}: {found.headline}", "bold"))
    yield line(
        f"{count(found.article_count, 'article')}, {count(found.text_count, 'text')}, "
        f"{count(found.publisher_count, 'publisher')}; {found.language}; "
        f"{span(found.first_published, found.last_published)}; {found.status}"
    )
    stands = next(member for member in page.articles if member.is_representative)
    by = ", ".join(filter(None, (stands.outlet, stands.authors)))
    who = f"article {stands.article_id} ({by})"
    yield line(f"Represented by {who}: {page.representative_reason}.")
    for suspicion in page.suspect:
        yield line((f"Suspect: {suspicion.detail} ({suspicion.reason})", "yellow"))


def _history(history: Sequence[Event]) -> Iterator[RenderableType]:
    told = [event for event in history if event.event != "joined"]
    rows = table("history (UTC)", "event", ("", "words"))
    for event in told:
        rows.add_row(cell(moment(event.at)), cell(event.event), cell(_event(event)))
    yield rows
    if len(told) < len(history):
        yield line(f"and {count(len(history) - len(told), 'article')} joined", style="dim")


def _event(event: Event) -> str:
    about = [
        f"article {event.article_id}" if event.article_id is not None else "",
        f"story {event.other_story_id}" if event.other_story_id is not None else "",
    ]
    return ": ".join(part for part in (", ".join(filter(None, about)), event.reason) if part)


def _authors(names: Sequence[str]) -> str:
    """The names of authors, short enough for a column."""
    more = len(names) - SHOWN_AUTHORS
    return "; ".join([*names[:SHOWN_AUTHORS], *([f"and {more} more"] if more > 0 else [])]) or " "


def _days(members: Sequence[Placed]) -> RenderableType | None:
    """How many articles each day brought, and who began it; None for a story of a day."""
    days: dict[str, list[Placed]] = {}
    for member in sorted(members, key=_BY_TIME):
        days.setdefault(moment(member.at)[:10], []).append(member)
    if len(days) < 2:
        return None
    most = max(map(len, days.values()))
    rows = table("day", ("articles", "number"), ("texts", "number"), "", ("first", "words"))
    for day, inside in islice(days.items(), SHOWN_DAYS):
        texts = len({member.duplicate_group_id for member in inside})
        bar = "#" * max(1, round(len(inside) * WIDEST_BAR / most))
        began = f"{moment(inside[0].at)[11:]} {inside[0].outlet}"
        rows.add_row(cell(day), cell(len(inside)), cell(texts), cell(bar), cell(began))
    if len(days) > SHOWN_DAYS:
        rows.add_row(cell(f"and {len(days) - SHOWN_DAYS} more"), *(cell(" ") for _ in range(4)))
    return rows


def _timeline(members: Sequence[Placed], *, narrow: bool) -> RenderableType:
    """The articles by time, those of one text together; with their authors where there are any, and room for them.

    In a `narrow` window a publisher shares the column of the title, which copies under the same one do not repeat.
    """
    texts: dict[int, list[Placed]] = {}
    for member in sorted(members, key=_BY_TIME):
        texts.setdefault(member.duplicate_group_id, []).append(member)
    names = not narrow and any(member.authors for member in members)
    rows = table(
        ("text", "number"), ("fit", "number"), "published", ("article", "number"), "copy",
        *([] if narrow else [("publisher", "words")]), *([("authors", "words")] if names else []),
        ("publisher: title" if narrow else "title", "words"),
    )  # fmt: skip
    for copies in texts.values():
        above = ""
        for place, member in enumerate(sorted(copies, key=lambda copy: not copy.is_original)):
            original, publisher, title = member.is_original, member.outlet, member.title or "(no title)"
            if narrow:
                title, above = publisher if title == above else f"{publisher}: {title}", title
            rows.add_row(
                cell(member.duplicate_group_id if place == 0 else " "),
                cell(share(member.score) if place == 0 else " "),
                cell(moment(member.published_at)),
                cell(f"{'*' if member.is_representative else ''}{member.article_id}"),
                cell("original" if original else f"{member.jaccard:.2f} / {member.containment:.2f}"),
                *([] if narrow else [cell(publisher)]),
                *([cell(_authors(member.names))] if names else []),
                cell(title, "bold" if original else ""),
            )
    return rows
