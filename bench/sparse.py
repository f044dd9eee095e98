#!/usr/bin/env python3
"""Stories in a stream of few articles, as an archive or a small newsroom has them, with the model that ships.

    python bench/sparse.py [FILE...] [--events N]

Each file is labelled JSONL (or .gz) as for ``bench/train.py``; without any, those of the data folder. Its events are
taken `SPAN_DAYS` apart, so that hardly anything else is within reach of a text:

- *three of each*: up to N events of three articles or more, three articles of each, as far apart in time as they were.
  All that is within reach is of one event, so only recall is asked;
- *one of two, one of three*: one article each of events drawn at random, two or three of them within two days. No two
  are of one event, so only precision is asked.

TF-IDF (``bench/tfidf.py``, tuned on a set of round-ups) stands beside them. What is random is drawn with each of
`SEEDS`; the scores are means.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import robustness
import tfidf
import train
from tables import Table

from dedup import logs
from dedup.cluster import model
from dedup.config.sections import LogSettings
from dedup.evaluation import Scores, score
from dedup.intake.article import Article

SEEDS = (1, 2, 3)
EVENTS = 100
START = datetime(2012, 1, 1, tzinfo=UTC)
SPAN_DAYS = 25
# Hours after the first article of a span at which others of it come.
HOURS = (0, 8, 20, 30, 44)


@dataclass(frozen=True, slots=True)
class Sparse:
    """A stream of few articles made of a labelled set: what it `holds`, and the articles with their labels."""

    holds: str
    data: train.Labelled


def events_of(data: train.Labelled) -> dict[str, list[Article]]:
    """The articles of each event, in the order of the file."""
    events: dict[str, list[Article]] = defaultdict(list)
    for one in data.articles:
        if one.uri in data.stories:
            events[data.stories[one.uri]].append(one)
    return events


def streams(data: train.Labelled, seed: int, most: int = EVENTS) -> Iterator[Sparse]:
    """The streams of few articles that a set gives; none of a kind for which it has too few events."""
    rng = random.Random(seed)
    events = events_of(data)
    names = sorted(events)
    large = [name for name in names if len(events[name]) >= 3]
    triples = [rng.sample(events[name], 3) for name in rng.sample(large, min(most, len(large)))]
    if triples:
        yield Sparse("three of each", _told(data, [_as_they_came(three, rng) for three in triples]))
    drawn = rng.sample(names, len(names))
    for size, number in ((2, "two"), (3, "three")):
        groups = [drawn[place : place + size] for place in range(0, len(drawn) - size + 1, size)]
        singles = [[(rng.choice(events[name]), rng.choice(HOURS) / 24) for name in group] for group in groups]
        if singles:
            yield Sparse(f"one of {number}", _told(data, singles))


def _as_they_came(articles: Sequence[Article], rng: random.Random) -> list[tuple[Article, float]]:
    """Articles and the days after the first of them; without a date some hours."""
    first = min((one.published_at for one in articles if one.published_at), default=START)
    return [
        (one, (one.published_at - first) / timedelta(days=1) if one.published_at else rng.choice(HOURS) / 24)
        for one in articles
    ]


def _told(data: train.Labelled, spans: Sequence[Sequence[tuple[Article, float]]]) -> train.Labelled:
    """The articles of each span with dates of their own, in the order of these."""
    dated = [
        replace(one, published_at=START + timedelta(days=SPAN_DAYS * number + days))
        for number, span in enumerate(spans)
        for one, days in span
    ]
    dated.sort(key=lambda one: (one.published_at, one.uri))
    return replace(data, articles=dated, stories={one.uri: data.stories[one.uri] for one in dated})


def beside(data: train.Labelled) -> Mapping[str, int]:
    """The story of each uri as TF-IDF tells them."""
    records = [
        {"uri": one.uri, "title": one.title or "", "body_text": one.body, "published_at": str(one.published_at)}
        for one in data.articles
    ]
    return tfidf.cluster(tfidf.compare(records))


def table(sets: Sequence[train.Labelled], most: int) -> Table:
    """A row for each kind of stream of each set and each of the two that tell its stories."""
    shipped = model.published()
    rows = []
    for data in sets:
        found: dict[tuple[str, str], list[Scores]] = defaultdict(list)
        for seed in SEEDS:
            for stream in streams(data, seed, most):
                gold = stream.data.stories
                found[stream.holds, "dedup"].append(score(gold, train.run(stream.data, shipped)))
                found[stream.holds, "TF-IDF"].append(score(gold, beside(stream.data)))
        for (holds, system), scores in found.items():
            means = (
                sum(getattr(one, f"bcubed_{which}") for one in scores) / len(scores)
                for which in ("precision", "recall", "f1")
            )
            rows.append((f"{robustness.set_name(data)}, {holds}: {system}", *(f"{value:.3f}" for value in means)))
    note = f"BCubed, means of {len(SEEDS)} draws. Three of each asks for recall, the others for precision."
    return Table("Stories in a stream of few articles", ("set and stream", "P", "R", "F1"), rows, (note,))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="labelled JSONL, also gzipped")
    parser.add_argument(
        "--events", type=int, default=EVENTS, metavar="N", help="events of three articles at most (default %(default)s)"
    )
    arguments = parser.parse_args()
    logs.configure(LogSettings(level="warning"), sys.stderr)
    print(table(robustness.labelled(arguments.files), arguments.events).markdown())


if __name__ == "__main__":
    main()
