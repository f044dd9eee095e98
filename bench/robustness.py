#!/usr/bin/env python3
"""What worse input costs the stories, with the model that ships: scores of labelled sets as they are and changed.

    python bench/robustness.py [FILE...] [--unrelated N]

Each file is labelled JSONL (or .gz) as for ``bench/train.py``; without any, those of the data folder. A set is told
as it is, and then

- without its dates; with each date shifted by up to a day; in a random order of arrival within each day, where
  undated articles keep their places;
- with bodies of at most `WORDS` words;
- among N unrelated articles: those of reuters-stream, filled up with made ones, in their order, their dates spread
  evenly from the set's first date to its last. The set keeps its order: an undated article stays behind the article
  before it. Into a set without any date they are mixed evenly and keep their own dates.

All that is random comes from `SEED`. Scores are over the labelled articles alone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

import articles
import generate
import train
from tables import Table
from worse import SEED, WORDS, Change, shifted, shortened, shuffled, undated

from dedup import logs
from dedup.cluster import model
from dedup.config.sections import LogSettings
from dedup.evaluation import Scores, score
from dedup.intake.article import Article
from dedup.intake.files import read

DATA = Path(__file__).resolve().parents[2] / "shared" / "bench" / "data"
UNRELATED = "reuters-stream.jsonl.gz"
UNRELATED_SIZE = 20_000
# Points of F1 that a change may cost, and that unrelated articles may.
LIMIT, LIMIT_AMONG_OTHERS = 3, 1
MAX_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Told:
    """Scores of one set with one change; `limit` is None for the set as it is, `mixed` is the number of stories that
    hold labelled and unrelated articles, None where there are none of those."""

    name: str
    change: str
    scores: Scores
    limit: int | None = None
    mixed: int | None = None


def among(given: Sequence[Article], others: Sequence[Article]) -> list[Article]:
    """Articles and others in one stream, each in their order; see the module for the dates of the others."""
    dates = [one.published_at for one in given if one.published_at is not None]
    if not dates:
        return interleaved(given, others)
    first, last = min(dates), max(dates)
    placed = []
    now = first
    for one in given:
        now = max(now, one.published_at or now)
        placed.append((now, 0, one))
    for number, other in enumerate(others):
        date = first + (last - first) * ((number + 0.5) / len(others))
        placed.append((date, 1, replace(other, published_at=date)))
    return [one for *_, one in sorted(placed, key=lambda item: item[:2])]


def interleaved(*parts: Sequence[Article]) -> list[Article]:
    """All parts in one stream, each in its order and as dense at the end as at the beginning."""
    placed = [
        ((number + 0.5) / len(part), place, one) for place, part in enumerate(parts) for number, one in enumerate(part)
    ]
    return [one for *_, one in sorted(placed, key=lambda item: item[:2])]


def unrelated(size: int, path: Path = DATA / UNRELATED) -> list[Article]:
    """So many articles of no labelled set: the first of a file, filled up with made ones of the same dates."""
    found = read([path], source="unrelated", max_bytes=MAX_BYTES) if path.exists() else ()
    real = list(islice((one for one in found if isinstance(one, Article)), size))
    made = [_article(one) for one in islice(generate.stream(SEED, generate.Shape()), size - len(real))]
    whole = []
    now = None
    for one in interleaved(real, undated(made) if real else made):
        now = one.published_at or now
        whole.append(replace(one, uri=f"unrelated:{one.uri}", published_at=now))
    return whole


def _article(made: generate.Generated) -> Article:
    return Article(
        made.uri,
        made.body_text,
        source=made.source,
        url=made.url,
        title=made.title,
        content_type="text/plain",
        language=made.language,
        published_at=datetime.fromisoformat(made.published_at),
    )


def labelled(paths: Sequence[Path]) -> list[train.Labelled]:
    """The labelled files, or those of the data folder where none are named."""
    named = paths or [one.path for one in articles.found(DATA) if one.labelled]
    return [train.load(path) for path in named]


def set_name(data: train.Labelled) -> str:
    """A set by the name of its file."""
    return data.path.name.removesuffix(".gz").removesuffix(".jsonl")


def mixed_stories(found: Mapping[str, Hashable], stories: Mapping[str, str]) -> int:
    """How many stories hold labelled articles, those of `stories`, and others."""
    own = {story for uri, story in found.items() if uri in stories}
    return len(own & {story for uri, story in found.items() if uri not in stories})


def measure(data: train.Labelled, others: Sequence[Article]) -> Iterator[Told | str]:
    """The scores with each change, the set as it is first; the name of a change that changes nothing."""
    shipped = model.published()
    changes: dict[str, Change] = {
        "as it is": list,
        "dates removed": undated,
        "dates shifted by up to a day": shifted,
        "random order within each day": shuffled,
        f"bodies cut to {WORDS} words": shortened,
    }
    for name, change in changes.items():
        changed = change(data.articles)
        if name != "as it is" and changed == data.articles:
            yield name
        else:
            scores, _ = tell(replace(data, articles=changed), shipped)
            yield Told(set_name(data), name, scores, None if change is list else LIMIT)
    if others:
        scores, found = tell(replace(data, articles=among(data.articles, others)), shipped)
        # Labels may leave articles of the set out: those are not unrelated.
        of_set = {one.uri for one in data.articles} - data.stories.keys()
        known = {uri: story for uri, story in found.items() if uri not in of_set}
        mixed = mixed_stories(known, data.stories)
        yield Told(set_name(data), f"among {len(others):,} unrelated articles", scores, LIMIT_AMONG_OTHERS, mixed)


def tell(data: train.Labelled, one: model.Model) -> tuple[Scores, dict[str, int]]:
    """Scores of a model on a set, and the story of each uri; complains when the program did not take all articles."""
    found = train.run(data, one)
    scores = score(data.stories, found)
    if scores.missing:
        print(f"{data.path.name}: {scores.missing} labelled articles are in no story: see the log", file=sys.stderr)
    return scores, found


def table(told: Sequence[Told | str]) -> Table:
    """A row for each change."""
    rows = []
    base = 0.0
    name = ""
    for one in told:
        if isinstance(one, str):
            rows.append((f"{name}: {one}", *["-"] * 7))
            continue
        name, f1 = one.name, one.scores.bcubed_f1
        if one.limit is None:
            base = f1
        scores = (one.scores.bcubed_precision, one.scores.bcubed_recall, f1)
        points = 100 * (f1 - base)
        held = "yes" if points >= -(one.limit or 0) else "NO"
        loss = ("", "", "") if one.limit is None else (f"{points:+.1f}", f"-{one.limit}", held)
        mixed = "" if one.mixed is None else f"{one.mixed:,}"
        rows.append((f"{name}: {one.change}", *(f"{value:.3f}" for value in scores), *loss, mixed))
    return Table(
        "Stories told from worse input",
        ("set and change", "P", "R", "F1", "points", "limit", "held", "mixed"),
        rows,
        (
            "P, R, F1: BCubed, over the labelled articles alone. Points: the change of F1, in hundredths. Mixed: the "
            "stories that hold labelled and unrelated articles. A row of dashes: nothing to change, for want of dates.",
        ),
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="labelled JSONL, also gzipped")
    parser.add_argument(
        "--unrelated", type=int, default=UNRELATED_SIZE, metavar="N", help="articles to mix in (default %(default)s)"
    )
    arguments = parser.parse_args()
    logs.configure(LogSettings(level="warning"), sys.stderr)
    sets = labelled(arguments.files)
    others = unrelated(arguments.unrelated)
    print(table([told for data in sets for told in measure(data, others)]).markdown())


if __name__ == "__main__":
    main()
