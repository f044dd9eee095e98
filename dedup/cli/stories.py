"""``dedup stories``: the list of stories, or of series, for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict

from rich.console import RenderableType

from dedup.cli.choice import check_number, refuse_choice, wanted_stories
from dedup.cli.invocation import Invocation
from dedup.cli.wording import Hint, cell, count, line, span, table
from dedup.store.answers import overview, queries, search, series
from dedup.store.answers.queries import Story
from dedup.store.answers.search import Wanted
from dedup.store.answers.series import Series

MIN_ARTICLES = 2
LIMIT = 20
# Articles up to which all stories that match are counted; of more only as many are looked for as are listed.
COUNTED = 64_000


def stories(invocation: Invocation) -> int:
    """The list of stories."""
    given = invocation.arguments
    check_number("--limit", given.limit)
    most = given.limit or (None if given.all else LIMIT)
    if given.series:
        refuse_choice(given, "--series")
        with invocation.store(reads=True) as store, store.reading() as connection:
            recurring = series.largest(connection, most)
        invocation.output.answer({"series": [asdict(one) for one in recurring]}, _series(recurring, invocation.hint))
        return 0
    wanted = wanted_stories(given, 1 if given.all else MIN_ARTICLES, biggest=given.biggest)
    searches = wanted.search or wanted.text
    progress = invocation.output.progress("searching") if searches else nullcontext()
    with invocation.store(reads=True) as store, store.reading() as connection, progress as advance:
        totals = overview.totals(connection)
        matching: int | None
        if most is not None and _only_by_size(wanted):
            ids = search.story_ids(connection, wanted, most)
            few = wanted.min_articles < MIN_ARTICLES
            matching = totals["stories"] if few else search.story_count(connection, wanted.min_articles)
        elif most is None or wanted.biggest or wanted.since is not None or totals["articles"] <= COUNTED:
            ids = search.story_ids(connection, wanted, None, advance)
            matching = len(ids)
        else:
            ids = search.story_ids(connection, wanted, most + 1, advance)
            matching = len(ids) if len(ids) <= most else None
        found = list(queries.some_stories(connection, ids[:most]))
    document = {"stories": [asdict(story) for story in found], "matching": matching, "all": totals["stories"]}
    invocation.output.answer(document, _list(found, matching, totals, wanted, invocation))
    return 0


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
