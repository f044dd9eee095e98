"""``dedup stories`` and ``dedup story``: the clusters, for a person."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice

from rich.console import RenderableType
from sqlalchemy.engine import Connection

from dedup.cli.evidence.standing import why_it_stands
from dedup.cli.invocation import Invocation
from dedup.cli.names import name_of, no_story, nowhere
from dedup.cli.wording import Hint, cell, count, line, moment, share, span, table
from dedup.config.setting import shown
from dedup.errors import UsageError
from dedup.intake.dates import parse_date
from dedup.store.answers import overview, queries, reasons, series
from dedup.store.answers.queries import Placed, Story, Wanted
from dedup.store.answers.reasons import Event, Suspicion
from dedup.store.answers.series import Series
from dedup.store.passes import standing

MIN_ARTICLES = 2
LIMIT = 20
# Articles up to which all stories that match are counted; of more only as many are looked for as are listed.
COUNTED = 64_000
# What a whole number of PostgreSQL holds.
MOST = 2**31 - 1
# Days of a story that are listed, and how wide the bar of the busiest is.
SHOWN_DAYS, WIDEST_BAR = 14, 24
# Authors of an article that are named in the list of a story.
SHOWN_AUTHORS = 3
# What chooses stories, as `dedup.cli.arguments` names it.
_CHOICE = ("since", "min_articles", "language", "publisher", "search", "text")
_AGO = re.compile(r"(\d{1,6})\s*([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def stories(invocation: Invocation) -> int:
    """The list of stories."""
    given = invocation.arguments
    limit = given.limit
    check_number("--limit", limit)
    if given.series:
        refuse_choice(given, "--series")
        with invocation.store(reads=True) as store, store.reading() as connection:
            recurring = series.largest(connection, limit or (None if given.all else LIMIT))
        invocation.output.answer({"series": [asdict(one) for one in recurring]}, _series(recurring, invocation.hint))
        return 0
    wanted = wanted_stories(given, 1 if given.all else MIN_ARTICLES, biggest=given.biggest)
    searches = wanted.search or wanted.text
    progress = invocation.output.progress("searching") if searches else nullcontext()
    with invocation.store(reads=True) as store, store.reading() as connection, progress as advance:
        most = limit or (None if given.all else LIMIT)
        totals = overview.totals(connection)
        matching: int | None
        if most is not None and _only_by_size(wanted):
            ids = queries.story_ids(connection, wanted, most)
            few = wanted.min_articles < MIN_ARTICLES
            matching = totals["stories"] if few else queries.story_count(connection, wanted.min_articles)
        elif most is None or wanted.biggest or wanted.since is not None or totals["articles"] <= COUNTED:
            ids = queries.story_ids(connection, wanted, None, advance)
            matching = len(ids)
        else:
            ids = queries.story_ids(connection, wanted, most + 1, advance)
            matching = len(ids) if len(ids) <= most else None
        found = list(queries.some_stories(connection, ids[:most]))
    document = {"stories": [asdict(story) for story in found], "matching": matching, "all": totals["stories"]}
    invocation.output.answer(document, _list(found, matching, totals, wanted, invocation))
    return 0


def wanted_stories(given: argparse.Namespace, least: int, *, biggest: bool = False) -> Wanted:
    """The stories that flags choose, of at least so many articles where no flag says more. Raises `UsageError`."""
    check_number("--min-articles", given.min_articles)
    return Wanted(
        since=since(given.since, datetime.now(UTC)) if given.since is not None else None,
        min_articles=given.min_articles or least,
        language=given.language,
        publisher=given.publisher,
        search=given.search,
        text=given.text,
        biggest=biggest,
    )


def check_number(flag: str, number: int | None) -> None:
    """Raises `UsageError` for a number of articles or stories that there cannot be."""
    if number is not None and not 1 <= number <= MOST:
        raise UsageError(f"{flag} must lie between 1 and {MOST:,}, not {shown(number)}")


def refuse_choice(given: argparse.Namespace, flag: str) -> None:
    """Raises `UsageError` where stories are chosen by flags that `flag` does not obey."""
    if chosen := [f"--{name.replace('_', '-')}" for name in _CHOICE if getattr(given, name) is not None]:
        raise UsageError(f"{flag} does not go with {', '.join(chosen)}; leave out one or the other")


def since(text: str, now: datetime, flag: str = "--since") -> datetime:
    """The moment of ``--since`` or another flag: a date, or a time before `now`, say ``3d``. Raises `UsageError`."""
    ago = _AGO.fullmatch(text.strip())
    try:
        at = now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}) if ago else parse_date(text)
    except OverflowError:  # before the year 1
        at = None
    if at is None:
        raise UsageError(f"{flag} {text!r} is not a time; write a date such as 2026-03-02, or 90m, 12h, 3d or 2w")
    return at


def _story(connection: Connection, asked: int) -> Story:
    """The story of this number, or the one that it was merged into. Raises `UsageError`."""
    target = queries.redirect(connection, asked)
    found = queries.story(connection, asked if target is None else target)
    if found is None:
        raise no_story(connection, asked)
    return found


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


def _list(
    found: Sequence[Story], matching: int | None, totals: dict[str, int], wanted: Wanted, invocation: Invocation
) -> Iterator[RenderableType]:
    """The table; `matching` is None where there are more than were found, and nobody counted them."""
    hint, narrow = invocation.hint, invocation.output.narrow
    if found:
        names = ("art.", "texts", "publ.") if narrow else ("articles", "texts", "publishers")
        rows = table(
            ("story", "number"), *((name, "number") for name in names), "published", "status", ("headline", "words")
        )
        for one in found:
            style = "dim" if one.status == "closed" else ""
            numbers = (one.story_id, one.article_count, one.text_count, one.publisher_count)
            rows.add_row(
                *(cell(number) for number in numbers),
                cell(span(one.first_published, one.last_published)),
                cell(one.status, style),
                cell(one.headline, "" if narrow else style),
            )
        yield rows
        yield ""
    if not totals["stories"]:
        yield line("There are no stories yet. ", *_beginning(totals, hint))
        return
    if not found:
        yield line(
            f"None of {count(totals['stories'], 'story', 'stories')} matches"
            f"{' and has so many articles; to include single ones: --all' if wanted.min_articles > 1 else ''}."
        )
        return
    if matching is None:
        yield line(f"The newest {len(found):,} such stories; there are more: --limit N, or --all")
    elif len(found) < matching:
        yield line(f"{len(found):,} of {matching:,} {_such(wanted)}; more: --limit N, or --all")
    elif matching < totals["stories"]:
        fewer = f"; the others have fewer than {wanted.min_articles} articles: --all" if _only_by_size(wanted) else ""
        yield line(f"{matching:,} of {count(totals['stories'], 'story', 'stories')}{fewer}")
    yield line("Look into one: ", hint(f"story {found[0].story_id}"))


def _series(found: Sequence[Series], hint: Hint) -> Iterator[RenderableType]:
    if not found:
        yield line("No series is known: it takes three issues, on three days and in three stories.")
        return
    rows = table(
        ("series", "number"), ("issues", "number"), "published", ("publisher", "words"), ("newest headline", "words")
    )
    for one in found:
        numbers = cell(one.series_id), cell(one.issue_count)
        rows.add_row(
            *numbers, cell(span(one.first_published, one.last_published)), cell(one.publisher), cell(one.title)
        )
    yield rows
    yield ""
    yield line("Why is an issue where it is? ", hint(f"why article:{found[0].series_id}"))


def _only_by_size(wanted: Wanted) -> bool:
    """Whether nothing but the number of articles leaves stories out."""
    return wanted == Wanted(min_articles=wanted.min_articles, biggest=wanted.biggest)


def _such(wanted: Wanted) -> str:
    """What all that were looked for have in common."""
    if not _only_by_size(wanted):
        return "such stories"
    return f"stories of {wanted.min_articles} articles or more" if wanted.min_articles > 1 else "stories"


def _beginning(totals: dict[str, int], hint: Hint) -> tuple[str, tuple[str, str]]:
    if totals["waiting"]:
        waiting = count(totals["waiting"], "article waits", "articles wait")
        return f"{waiting}: the daemon takes them, or type: ", hint("once")
    return "Put articles in first: ", hint("ingest PATH")


def _told(page: Page, last: str, hint: Hint, *, narrow: bool) -> Iterator[RenderableType]:
    """`last` names the article that came last."""
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
    by = ", ".join(filter(None, (stands.publisher or stands.source, stands.authors)))
    who = f"article {stands.article_id} ({by})"
    yield line(f"Represented by {who}: {page.representative_reason}.")
    for suspicion in page.suspect:
        yield line((f"Suspect: {suspicion.detail} ({suspicion.reason})", "yellow"))
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
    told = [event for event in page.history if event.event != "joined"]
    rows = table("history (UTC)", "event", ("", "words"))
    for event in told:
        rows.add_row(cell(moment(event.at)), cell(event.event), cell(_event(event)))
    yield rows
    if len(told) < len(page.history):
        yield line(f"and {count(len(page.history) - len(told), 'article')} joined", style="dim")
    if page.merged_stories:
        yield line(f"Stories that lead here: {', '.join(map(str, page.merged_stories))}")
    yield ""
    yield line("Why is an article here? ", hint(f"why {last}"))


def _event(event: Event) -> str:
    about = [
        f"article {event.article_id}" if event.article_id is not None else "",
        f"story {event.other_story_id}" if event.other_story_id is not None else "",
    ]
    return ": ".join(part for part in (", ".join(filter(None, about)), event.reason) if part)


def _named(names: Sequence[str]) -> str:
    """The names of authors, short enough for a column."""
    more = len(names) - SHOWN_AUTHORS
    return "; ".join([*names[:SHOWN_AUTHORS], *([f"and {more} more"] if more > 0 else [])]) or " "


def _days(members: Sequence[Placed]) -> RenderableType | None:
    """How many articles each day brought, and who began it; None for a story of a day."""
    days: dict[str, list[Placed]] = {}
    for member in sorted(members, key=lambda member: (member.published_at or member.first_seen, member.article_id)):
        days.setdefault(moment(member.published_at or member.first_seen)[:10], []).append(member)
    if len(days) < 2:
        return None
    most = max(map(len, days.values()))
    rows = table("day", ("articles", "number"), ("texts", "number"), "", ("first", "words"))
    for day, inside in islice(days.items(), SHOWN_DAYS):
        texts = len({member.duplicate_group_id for member in inside})
        bar = "#" * max(1, round(len(inside) * WIDEST_BAR / most))
        first = inside[0]
        began = f"{moment(first.published_at or first.first_seen)[11:]} {first.publisher or first.source}"
        rows.add_row(cell(day), cell(len(inside)), cell(texts), cell(bar), cell(began))
    if len(days) > SHOWN_DAYS:
        rows.add_row(cell(f"and {len(days) - SHOWN_DAYS} more"), *(cell(" ") for _ in range(4)))
    return rows


def _timeline(members: Sequence[Placed], *, narrow: bool) -> RenderableType:
    """The articles by time, those of one text together; with their authors where there are any, and room for them.

    In a `narrow` window a publisher shares the column of the title, which copies under the same one do not repeat.
    """

    def when(member: Placed) -> tuple[datetime, int]:
        return member.published_at or member.first_seen, member.article_id

    begins: dict[int, tuple[datetime, int]] = {}
    for member in sorted(members, key=when):
        begins.setdefault(member.duplicate_group_id, when(member))
    ordered = sorted(members, key=lambda m: (begins[m.duplicate_group_id], not m.is_original, when(m)))
    names = not narrow and any(member.authors for member in members)
    rows = table(
        ("text", "number"), ("fit", "number"), "published", ("article", "number"), "copy",
        *([] if narrow else [("publisher", "words")]), *([("authors", "words")] if names else []),
        ("publisher: title" if narrow else "title", "words"),
    )  # fmt: skip
    for _, texts in groupby(ordered, key=lambda member: member.duplicate_group_id):
        above = ""
        for place, member in enumerate(texts):
            original = member.is_original
            publisher, title = member.publisher or member.source, member.title or "(no title)"
            if narrow:
                title, above = publisher if title == above else f"{publisher}: {title}", title
            rows.add_row(
                cell(member.duplicate_group_id if place == 0 else " "),
                cell(share(member.score) if place == 0 else " "),
                cell(moment(member.published_at)),
                cell(f"{'*' if member.is_representative else ''}{member.article_id}"),
                cell("original" if original else f"{member.jaccard:.2f} / {member.containment:.2f}"),
                *([] if narrow else [cell(publisher)]),
                *([cell(_named(member.names))] if names else []),
                cell(title, "bold" if original else ""),
            )
    return rows
