#!/usr/bin/env python3
"""How often the story that a text belongs to is among the stories that are looked at, whatever is decided then.

    python bench/candidates.py [FILE...] [--window N]

Each file is labelled JSONL (or .gz) as for ``bench/train.py``; without any, those of the data folder. The articles go
through the program's copies, terms and index in their order, but the labels say what is one story. *Asked* are the
texts (no copies) with an earlier text of their event that they may be compared with; *looked at* and *weighed* are the
shares of those whose event is among the stories that `Texts.weigh` looks at and weighs. Each set is asked twice:

- alone;
- with about N other articles in the window of each, every text of them a story of its own: those of reuters-stream,
  filled up with made ones. To get there all dates, those of the set too, are laid into `SPAN_DAYS` days in their
  order; of N others `AHEAD` come before the set and `AMONG` between its articles, so that there are fewer than N in
  the window at first and more at last. An undated text sees no more than `ARRIVALS` decisions, so that for a set
  without dates N is no more than that.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from statistics import fmean
from typing import Any

from robustness import among, labelled, set_name, unrelated
from tables import Table
from train import Labelled

from dedup import logs
from dedup.cluster import stories
from dedup.cluster.model import published
from dedup.config import Config
from dedup.config.sections import DatabaseSettings, LogSettings
from dedup.decision.clusterer import Clusterer
from dedup.decision.memory import Memory
from dedup.decision.newcomer import Prepared
from dedup.decision.rulebook import Rulebook
from dedup.index.segments import ARRIVALS, DAY, Entry
from dedup.intake.article import Article
from dedup.intake.dates import utc_now
from dedup.kernel.reference.evidence import StoryFit
from dedup.sketch.minhash import sign
from dedup.sketch.terms import TermSketch
from dedup.store import Store
from dedup.text.clean import clean

WINDOW = 100_000
SPAN_DAYS = 8
AHEAD, AMONG = 0.75, 0.5


@dataclass(frozen=True, slots=True)
class Asked:
    """What one labelled text found: `others` are the unrelated articles that it may be compared with, `known` tells
    that an earlier text of its event is among the comparable ones; the numbers are of stories."""

    others: int
    known: bool
    looked_at: int
    weighed: int
    is_looked_at: bool
    is_weighed: bool


class Taught(Clusterer):
    """Finds copies and candidates; which texts are one story it is told. Writes nothing."""

    def __init__(self, store: Store, config: Config, labels: Mapping[str, str]) -> None:
        super().__init__(Memory(store, config, utc_now(), lambda _: None), Rulebook())
        self._labels = labels
        self._stories: dict[str, int] = {}
        self._texts_told: defaultdict[int, list[Entry]] = defaultdict(list)
        self._dates: list[int] = []
        self._undated: list[int] = []
        self._ordinals: list[int] = []
        self.asked: list[Asked] = []

    def accept(self, item: Prepared) -> None:
        """Puts an article into the window; asks first, when it is a labelled text."""
        memory, counters = self.memory, self.batch.changes.counters
        newcomer = self.newcomer(counters.take_article_id(), item)
        entry, terms = newcomer.entry, newcomer.terms
        label = self._labels.get(item.uri)
        copy, related = self.matcher.find_group(newcomer)
        group = copy.group
        if group is not None:
            story = memory.window.story_of(group.group_id)
            self.membership.join_group(newcomer, group)
        else:
            entry.group_id, entry.text = counters.take_group_id(), True
            words = item.document.word_count
            memory.window.set_extent(entry.group_id, entry.article_id, entry.article_id, words)
            story = self._story(label)
            if label is not None:
                self.asked.append(self._ask(entry, terms, related, story))
                self._texts_told[story].append(entry)
        if label is None:
            self._count(entry)
        memory.note_terms(entry.article_id, terms.to_bytes(entry.background))
        memory.remember(newcomer, story)

    def _story(self, label: str | None) -> int:
        if label is None:
            return self.batch.changes.counters.take_story_id()
        if label not in self._stories:
            self._stories[label] = self.batch.changes.counters.take_story_id()
        return self._stories[label]

    def _ask(self, entry: Entry, terms: TermSketch, related: Sequence[int], story: int) -> Asked:
        told = dict.fromkeys(self.memory.window.story_of_text(ordinal) for ordinal in related)
        looked_at = list(told)[: stories.STORIES_SEEN]
        weighed: list[int] = []
        if related:
            limits = stories.STORIES_SEEN, stories.STORIES_WEIGHED
            _, fits = self.memory.window.weigh(entry, terms.vectors, related, [], published().weights, limits)
            weighed = [StoryFit(*fit).story for fit in fits]
        reach = self.memory.config.stories.window_days
        return Asked(
            self._comparable_others(entry, reach * DAY),
            any(comparable(entry, other, reach) for other in self._texts_told[story]),
            len(looked_at),
            len(weighed),
            story in looked_at,
            story in weighed,
        )

    def _count(self, entry: Entry) -> None:
        self._ordinals.append(entry.ordinal)
        if entry.published is None:
            self._undated.append(entry.ordinal)
        else:
            insort(self._dates, entry.published)

    def _comparable_others(self, entry: Entry, reach: int) -> int:
        if entry.published is None:
            return _within(self._ordinals, entry.ordinal, ARRIVALS)
        return _within(self._dates, entry.published, reach) + _within(self._undated, entry.ordinal, ARRIVALS)


def _within(ascending: Sequence[int], middle: int, reach: int) -> int:
    return bisect_right(ascending, middle + reach) - bisect_left(ascending, middle - reach)


def comparable(one: Entry, other: Entry, days: int) -> bool:
    """Whether two texts may be compared as one story: the rule of `dedup.index.segments`."""
    if one.published is None or other.published is None:
        return abs(one.ordinal - other.ordinal) <= ARRIVALS
    return abs(one.published - other.published) <= days * DAY


def compressed(given: Sequence[Article], days: float = SPAN_DAYS) -> list[Article]:
    """The dates of the articles laid into the first `days` days after the first of them, distances in proportion."""
    dates = [one.published_at for one in given if one.published_at is not None]
    if not dates:
        return list(given)
    first, last = min(dates), max(dates)
    share = min(1.0, timedelta(days=days) / max(last - first, timedelta(seconds=1)))
    return [
        replace(one, published_at=first + (one.published_at - first) * share) if one.published_at else one
        for one in given
    ]


def crowded(given: Sequence[Article], others: Sequence[Article], window: int) -> list[Article]:
    """A set with about `window` of the others in the window of each of its articles; see the module."""
    dates = [one.published_at for one in given if one.published_at is not None]
    if not dates:
        window = min(window, ARRIVALS)
    early, late = others[: int(window * AHEAD)], others[int(window * AHEAD) : sizes(window)]
    if dates:
        step = timedelta(days=SPAN_DAYS) / max(1, len(early))
        early = [replace(one, published_at=min(dates) + step * place) for place, one in enumerate(early)]
    return [*early, *among(compressed(given), late)]


def sizes(window: int) -> int:
    """How many others are needed for so many in the window."""
    return int(window * AHEAD) + int(window * AMONG)


def ask(articles: Iterable[Article], labels: Mapping[str, str]) -> list[Asked]:
    """What each labelled text found."""
    config = Config()
    with empty_store() as store:
        taught = Taught(store, config, labels)
        for article in articles:
            document = clean(article, config.text, config.ingest.max_bytes)
            signature = sign(document.title_tokens, document.body_tokens, taught.memory.scheme)
            taught.accept(Prepared(article.source or "", article.uri, document, signature, b""))
        return taught.asked


@contextmanager
def empty_store() -> Iterator[Store]:
    """A database without articles, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-candidates-") as folder:
        store = Store.open(DatabaseSettings(url=f"sqlite:///{folder}/none.db"), create=True)
        try:
            store.upgrade()
            yield store
        finally:
            store.close()


def row(name: str, asked: Sequence[Asked]) -> tuple[str, ...]:
    """One line of the table."""
    known = [one for one in asked if one.known]

    def mean(values: Iterable[Any]) -> float:
        return fmean(values) if known else float("nan")

    return (
        name,
        f"{mean(one.others for one in known):,.0f}",
        f"{len(known):,}",
        f"{mean(one.is_looked_at for one in known):.3f}",
        f"{mean(one.is_weighed for one in known):.3f}",
        f"{mean(one.looked_at for one in known):.1f}",
        f"{mean(one.weighed for one in known):.1f}",
    )


def table(rows: Sequence[tuple[str, ...]]) -> Table:
    """All lines."""
    return Table(
        "Candidates for stories",
        ("set", "others", "asked", "looked at", "weighed", "stories looked at", "stories weighed"),
        rows,
        (
            "Others: unrelated articles that may be compared with a text, a mean. Asked: texts with an earlier text of "
            "their event that they may be compared with; then the shares of them whose event is among the stories "
            f"looked at ({stories.STORIES_SEEN} at most, of {stories.CANDIDATES} texts) and weighed "
            f"({stories.STORIES_WEIGHED} at most), and the mean numbers of those.",
        ),
    )


def measure(data: Labelled, others: Sequence[Article], window: int) -> Iterator[tuple[str, ...]]:
    """A set alone and among others."""
    yield row(f"{set_name(data)}: alone", ask(data.articles, data.stories))
    if window:
        crowd = crowded(data.articles, others, window)
        yield row(f"{set_name(data)}: in a full window", ask(crowd, data.stories))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="labelled JSONL, also gzipped")
    parser.add_argument(
        "--window", type=int, default=WINDOW, metavar="N", help="other articles in the window (default %(default)s)"
    )
    arguments = parser.parse_args()
    logs.configure(LogSettings(level="warning"), sys.stderr)
    sets = labelled(arguments.files)
    others = unrelated(sizes(arguments.window))
    print(table([one for data in sets for one in measure(data, others, arguments.window)]).markdown())


if __name__ == "__main__":
    main()
