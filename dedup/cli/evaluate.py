"""``dedup eval``: clusters labelled articles in a scratch database and scores the result."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from rich.console import RenderableType
from rich.text import Text
from sqlalchemy.engine import URL

from dedup import logs
from dedup.cli.ingest import Ingested, into_inbox
from dedup.cli.invocation import Invocation
from dedup.cli.signals import ended_by_signals
from dedup.cli.wording import cell, line, table
from dedup.config import Config
from dedup.config.sections import LogSettings
from dedup.config.special import is_special
from dedup.errors import InputRejected, UsageError
from dedup.evaluation import Labels, Scores, read_labels, score, with_sources
from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.store.answers import queries
from dedup.store.database.scratch import scratch_folder

Paths = Sequence[Path | Literal["-"]]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The scores of one set of labelled articles; `seconds` are those of the pass. `copies` is None without labels."""

    name: str
    articles: int
    rejected: int
    seconds: float
    stories: Scores
    copies: Scores | None


def evaluate(invocation: Invocation) -> int:
    """Scores each file, or with ``--labels`` all paths together; 65 if something in them was rejected."""
    config, output = invocation.config, invocation.output
    logs.configure(LogSettings(level="warning"), sys.stderr)
    done = []
    with ended_by_signals(), output.progress("scoring") as advance:
        sets = _sets(invocation.arguments.files, invocation.arguments.labels, config.ingest.source)
        for number, (name, paths, labels) in enumerate(sets, 1):
            done.append(cluster(name, paths, labels, config, invocation.own))
            if advance:
                advance(number, len(sets))
    output.answer({"files": [asdict(one) for one in done]}, _shown(done, narrow=output.narrow))
    return InputRejected.exit_code if any(one.rejected for one in done) else 0


def cluster(name: str, paths: Paths, labels: Labels, config: Config, own: Iterable[Path] = ()) -> Evaluation:
    """Ingests `paths` into a database of their own, without dedup's `own` files; runs one pass and scores it."""
    with scratch_folder("eval") as folder:
        url = URL.create("sqlite", database=str(folder / "scratch.db")).render_as_string()
        config = replace(config, database=replace(config.database, url=url))
        store = Store.open(config.database, create=True, scratch=True)
        try:
            store.upgrade()
            given = Ingested()
            into_inbox(store, paths, config, given, own=own)
            with store.writer_lock() as lock:
                report = Pipeline(store, config, lock).run_pass()
            with store.reading() as connection:
                stories, groups = queries.clusters(connection)
        finally:
            store.close()
    return Evaluation(
        name=name,
        articles=len(stories),
        rejected=given.rejected + report.rejected,
        seconds=report.seconds,
        stories=score(with_sources(labels.stories, stories), stories),
        copies=score(with_sources(labels.copies, groups), groups) if labels.copies else None,
    )


def _sets(files: Sequence[Path], labels: Path | None, source: str) -> list[tuple[str, Paths, Labels]]:
    """Name, paths and labels of each set to score; `source` is that of articles that name none.

    Raises `UsageError` where there is no label, and for articles with labels that come through a pipe.
    """
    if labels is not None:
        sets: list[tuple[str, Paths, Labels]] = [(labels.name, files, read_labels(labels))]
    else:
        for file in files:
            if is_special(file):
                raise UsageError(
                    f"{file} can be read only once, and labelled articles are read twice; name a file, or one of "
                    "labels with --labels"
                )
        sets = [(file.name, [file], read_labels(file, source)) for file in files]
    for name, _, known in sets:
        if not known.stories:
            raise UsageError(
                f'{name}: no article has a label; add "story" to each line, or name a file of labels with --labels'
            )
    return sets


def _shown(done: Sequence[Evaluation], *, narrow: bool) -> Iterator[RenderableType]:
    yield from _tables("stories", [(one.name, one.stories) for one in done], narrow=narrow)
    if copies := [(one.name, one.copies) for one in done if one.copies is not None]:
        yield from _tables("duplicate groups", copies, narrow=narrow)
    for one in done:
        yield line(
            f"{one.name}: {one.articles:,} articles in {one.seconds:.1f} s, {one.rejected:,} rejected, "
            f"{one.stories.missing:,} labelled ones missing (each counts as a story of its own)",
            style="dim",
        )
    yield line(
        "precision (P), recall (R), F1: BCubed over articles, then over pairs; ARI: adjusted Rand index", style="dim"
    )


def _tables(what: str, scores: Sequence[tuple[str, Scores]], *, narrow: bool) -> Iterator[RenderableType]:
    """The scores of each set, over articles and over pairs: in a `narrow` window one table below the other."""
    articles, pairs = ("labelled", "gold", "found", "P", "R", "F1"), ("pairs P", "pairs R", "pairs F1", "ARI")
    for columns in (articles, pairs) if narrow else (articles + pairs,):
        rows = table((what, "words"), *((column, "number") for column in columns))
        for name, one in scores:
            cells = _cells(one)
            rows.add_row(cell(name), *(cells[column] for column in columns))
        yield rows
        yield ""


def _cells(one: Scores) -> dict[str, Text]:
    counts = {"labelled": one.items, "gold": one.gold, "found": one.found}
    shares = {
        "P": one.bcubed_precision, "R": one.bcubed_recall, "F1": one.bcubed_f1,
        "pairs P": one.pair_precision, "pairs R": one.pair_recall, "pairs F1": one.pair_f1, "ARI": one.adjusted_rand,
    }  # fmt: skip
    return {name: cell(f"{number:,}") for name, number in counts.items()} | {
        name: cell(f"{part:.4f}", "bold" if name == "F1" else "") for name, part in shares.items()
    }
