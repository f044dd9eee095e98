"""``dedup plan`` and ``dedup apply``: what a changed configuration would do to the stories, and doing it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from rich.console import RenderableType

from dedup import logs, planning
from dedup.cli.choice import since
from dedup.cli.invocation import Invocation
from dedup.cli.output import Advance
from dedup.cli.signals import ended_by_signals
from dedup.cli.wording import cell, count, line, moment, table
from dedup.cluster.overlap import Case
from dedup.config import Config
from dedup.errors import AlreadyRunning
from dedup.planning import Plan, Progress
from dedup.store import Store
from dedup.store.answers import queries
from dedup.store.passes.configurations import settings_in_force
from dedup.store.plans import applications
from dedup.store.plans.applications import Asked

SHOWN_CASES = 10
# Stories named in a case; a case may have hundreds.
_PARTS = 4

# Of each setting that is not the one in force the old and the new value, by ``section.key``.
Settings = dict[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Large:
    """One of the largest cases; `headline` is that of the story with most articles in it now."""

    case: Case
    headline: str


@dataclass(frozen=True, slots=True)
class Summary:
    """A plan in numbers. `config_version` is in force, None before the first pass; `settings` are those that differ.

    `cases` are the stories that change, counted together where they share articles; `largest` the largest of them.
    """

    plan: str
    since: datetime | None
    config_version: int | None
    settings: Settings
    seconds: float
    articles: int
    undated_articles: int
    pinned_groups: int
    stories_before: int
    stories_after: int
    merged_stories: int
    new_stories: int
    moved_articles: int
    regrouped_articles: int
    cases: int
    largest: list[Large]


def plan(invocation: Invocation) -> int:
    """Shows the plan; nothing is changed."""
    begin = time.perf_counter()
    with invocation.store(reads=True) as store:
        number, settings = _in_force(store, invocation.config)
        with (
            ended_by_signals(),
            invocation.output.progress("deciding anew") as advance,
            planning.planned(store, invocation.config, _since(invocation), _now(), _shown_by(advance)) as made,
        ):
            summary = _summary(store, made, number, settings, begin)
    invocation.output.answer(asdict(summary), _shown(summary, invocation, done=False))
    return 0


def apply(invocation: Invocation) -> int:
    """Applies the plan, or asks the program that holds the writer lock to do it at its next pass."""
    config, begin = invocation.config, time.perf_counter()
    with invocation.store() as store:
        logs.configure(config.log, sys.stderr)
        number, settings = _in_force(store, config)
        asked = Asked(None, config.digest(), _since(invocation), invocation.arguments.plan)
        try:
            with (
                ended_by_signals(),
                store.writer_lock() as lock,
                invocation.output.progress("deciding anew") as advance,
            ):
                made = planning.apply(store, config, lock, asked, _now, _shown_by(advance, lock.keep))
        except AlreadyRunning:
            with store.writing() as connection:
                application = applications.ask(connection, asked.digest, asked.since, asked.plan, _now())
            document = {"application_id": application, "state": applications.WAITING, "settings": settings}
            invocation.output.answer(document, _asked(application, settings, invocation))
            return 0
        summary = _summary(store, made, number, settings, begin)
    invocation.output.answer(asdict(summary), _shown(summary, invocation, done=True))
    return 0


def _since(invocation: Invocation) -> datetime | None:
    return since(invocation.arguments.since, _now())


def _now() -> datetime:
    return datetime.now(UTC)


def _shown_by(advance: Advance | None, keep: Callable[[], None] = lambda: None) -> Progress:
    """Hands the progress on to a bar, where there is one, and to those who may stand by: `keep` is a sign of life."""

    def progress(done: int, total: int) -> bool:
        keep()
        if advance is not None:
            advance(done, total)
        return True

    return progress


def _in_force(store: Store, config: Config) -> tuple[int | None, Settings]:
    """The number of the configuration of the last pass, and which settings of `config` differ from it."""
    with store.reading() as connection:
        number, stored = settings_in_force(connection)
    before = {"tokens": {"version": 1}, **json.loads(stored)}  # the first version was not noted
    return number, {
        f"{section}.{key}": (before.get(section, {}).get(key), value)
        for section, values in config.decisions().items()
        for key, value in values.items()
        if number is not None and before.get(section, {}).get(key) != value
    }


def _summary(store: Store, made: Plan, number: int | None, settings: Settings, begin: float) -> Summary:
    difference, counts = made.difference, made.counts
    largest = difference.cases[:SHOWN_CASES]
    standing = [max(case.before, key=lambda old: (case.before[old], -old)) for case in largest]
    with store.reading() as connection:
        resolved = {old: queries.resolve(connection, old) for old in standing}
        headlines = {one.story_id: one.headline for one in queries.some_stories(connection, sorted(resolved.values()))}
    return Summary(
        plan=made.name,
        since=made.since,
        config_version=number,
        settings=settings,
        seconds=round(time.perf_counter() - begin, 1),
        articles=made.articles,
        undated_articles=made.undated,
        pinned_groups=len(made.scope.pinned),
        stories_before=difference.before,
        stories_after=difference.after,
        merged_stories=counts.merged_stories,
        new_stories=counts.new_stories,
        moved_articles=counts.moved_articles,
        regrouped_articles=difference.regrouped,
        cases=len(difference.cases),
        largest=[Large(case, headlines.get(resolved[old], "")) for case, old in zip(largest, standing, strict=True)],
    )


def _shown(summary: Summary, invocation: Invocation, *, done: bool) -> Iterator[RenderableType]:
    since_then = f" since {moment(summary.since)}" if summary.since else ""
    yield line(
        (f"plan {summary.plan}", "bold"),
        f": {count(summary.articles, 'article')}{since_then} decided anew in {summary.seconds:.1f} s",
        f"; {summary.undated_articles:,} of them undated, taken by when they came" if summary.undated_articles else "",
    )
    yield from _settings(summary.config_version, summary.settings)
    if summary.config_version is not None and not summary.settings and summary.largest:
        yield line(
            "The changes have other causes, since a plan decides every article by what is known now: other settings at "
            "the time, rules, new versions and withdrawals that came later, and earlier stories that have merged or "
            "split since."
        )
    if summary.pinned_groups:
        yield line(
            f"{count(summary.pinned_groups, 'duplicate group is', 'duplicate groups are')} not decided anew: "
            "a text of their story, or of one that was one with it, was forgotten, or has copies from before these "
            "articles and an original among them"
        )
    yield ""
    rows = table("what changes" if not done else "what has changed", ("", "number"))
    for name, number in (
        ("stories before", summary.stories_before),
        ("stories after", summary.stories_after),
        ("merged into another", summary.merged_stories),
        ("new", summary.new_stories),
        ("articles that change their story", summary.moved_articles),
        ("articles that change their duplicate group", summary.regrouped_articles),
    ):
        rows.add_row(cell(name), cell(f"{number:,}"))
    yield rows
    yield ""
    if summary.largest:
        yield _cases(summary.largest)
        yield ""
        if summary.cases > len(summary.largest):
            yield line(f"the {len(summary.largest)} largest of {summary.cases:,}; articles in brackets", style="dim")
    if done:
        yield line("Next: ", invocation.hint("stories"))
    elif summary.largest:
        asked = f" --since {summary.since:%Y-%m-%dT%H:%M:%SZ}" if summary.since else ""
        command = invocation.hint(f"apply{asked} --plan {summary.plan}")
        yield line("Do it, once the settings are in the configuration file: ", command)
    else:
        yield line("Nothing would change.")


def _settings(number: int | None, settings: Settings) -> Iterator[RenderableType]:
    if number is None:
        yield line("No pass has been made yet.")
    elif not settings:
        yield line(f"The settings are those in force (configuration {number}).")
    for name, (old, new) in settings.items():
        yield line(f"{name}: {json.dumps(old)} in force (configuration {number}), ", (json.dumps(new), "bold"))


def _cases(largest: Sequence[Large]) -> RenderableType:
    stories = (("stories now", "words"), ("stories then", "words"))
    rows = table("change", ("articles", "number"), *stories, ("headline", "words"))
    for one in largest:
        before = [_part(story, number) for story, number in _most(one.case.before)]
        after = [_part(story, sum(sources.values())) for story, sources in one.case.after]
        rows.add_row(
            cell(one.case.kind), cell(one.case.size), cell(_listed(before)), cell(_listed(after)), cell(one.headline)
        )
    return rows


def _most(articles: Mapping[int, int]) -> list[tuple[int, int]]:
    return sorted(articles.items(), key=lambda item: (-item[1], item[0]))


def _part(story: int | None, articles: int) -> str:
    return f"{'new' if story is None else story} ({articles})"


def _listed(parts: Sequence[str]) -> str:
    more = len(parts) - _PARTS
    return ", ".join(parts[:_PARTS]) + (f" and {more} more" if more > 0 else "")


def _asked(application: int, settings: Settings, invocation: Invocation) -> Iterator[RenderableType]:
    yield line(
        "Another dedup is writing to this database; it was asked to do it at its next pass ",
        (f"(application {application})", "bold"), ".",
    )  # fmt: skip
    if settings:
        yield line("It still has other settings. To load these there: ", ("systemctl reload dedup", "bold"))
    yield line("What became of it is in the view v_applications; how the service is: ", invocation.hint("status"))
