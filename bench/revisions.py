#!/usr/bin/env python3
"""Edits, withdrawals and a random order: are the stories those of a fresh run over what is there in the end?

    python bench/revisions.py [FILE...] [--seed N] [--rounds N]

Each file is labelled JSONL (or .gz); without any, roundups-dev and ecbplus-dev of the data folder. The articles come in
a random order. Of one in twenty an early version comes first, with another headline and a third of the text still to be
written, and its final text at a random later time; one in fifty is withdrawn at a random later time. A fresh database
gets the final texts that are left, in the order in which they came. Both are scored against the labels, and one against
the other.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa
from labels import stories_by_uri
from tables import Table

from dedup import logs
from dedup.config import Config
from dedup.config.sections import DatabaseSettings, LogSettings
from dedup.evaluation import Scores, score
from dedup.intake.article import WITHDRAWN, Article
from dedup.intake.files import read
from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.store.passes import inbox

SETS = ("roundups-dev.jsonl.gz", "ecbplus-dev.jsonl.gz")
EDITED, WITHDRAWN_SHARE = 0.05, 0.02
WRITTEN = 2 / 3
PAGE = 256


@dataclass(frozen=True, slots=True)
class Agreement:
    """Scores of the articles that are left: after edits and withdrawals, fresh, and of the first against the second."""

    name: str
    lived: Scores
    fresh: Scores
    alike: Scores
    edits: int
    withdrawals: int

    @property
    def points(self) -> float:
        """Points of BCubed F1 by which edits and withdrawals differ from the fresh run."""
        return 100 * (self.lived.bcubed_f1 - self.fresh.bcubed_f1)


def compare(name: str, given: Sequence[Article], labels: Mapping[str, str], seed: int) -> Agreement:
    """Tells the articles in both ways; `labels` are their stories by uri."""
    deliveries, edits, withdrawals = lived(given, random.Random(seed))
    left = {one.uri: one for one in deliveries}
    order = {one.uri: place for place, one in enumerate(deliveries)}
    final = sorted((one for one in left.values() if not one.is_withdrawal), key=lambda one: order[one.uri])
    stories, anew = told(deliveries), told(final)
    gold = {uri: story for uri, story in labels.items() if uri in anew}
    scores = score(gold, stories), score(gold, anew), score(anew, stories)
    return Agreement(name, *scores, edits, withdrawals)


def lived(given: Sequence[Article], rng: random.Random) -> tuple[list[Article], int, int]:
    """The deliveries in a random order, and how many of them are final texts of early versions and withdrawals."""
    shuffled = rng.sample(given, len(given))
    at: list[tuple[float, Article]] = []
    edits = withdrawals = 0
    for place, one in enumerate(shuffled):
        came, later, chance = place / len(shuffled), rng.uniform(place / len(shuffled), 1), rng.random()
        if chance < EDITED:
            edits += 1
            at += [(came, early(one)), (later, one)]
        else:
            at.append((came, one))
            if chance > 1 - WITHDRAWN_SHARE:
                withdrawals += 1
                gone = Article(one.uri, "", source=one.source, content_type=WITHDRAWN)
                at.append((max(later, came + 1e-9), gone))
    return [one for _, one in sorted(at, key=lambda pair: pair[0])], edits, withdrawals


def early(article: Article) -> Article:
    """A first version: another headline, and only the beginning of the text."""
    words = article.body.split(" ")
    begun = " ".join(words[: max(30, int(WRITTEN * len(words)))])
    return replace(article, title=f"Developing: {article.title}" if article.title else "", body=begun)


def told(deliveries: Sequence[Article]) -> dict[str, int]:
    """The stories of the articles, by uri, in a fresh database."""
    with tempfile.TemporaryDirectory(prefix="bench-revisions-") as folder:
        url = f"sqlite:///{Path(folder, 'dedup.db')}"
        with closing(Store.open(DatabaseSettings(url=url), create=True)) as store:
            store.upgrade()
            for start in range(0, len(deliveries), PAGE):
                with store.writing() as connection:
                    inbox.put(connection, deliveries[start : start + PAGE])
            with store.writer_lock() as lock:
                Pipeline(store, Config(), lock).run_pass()
            with store.reading() as connection:
                query = sa.text("SELECT uri, story_id FROM v_story_articles")
                return {uri: story_id for uri, story_id in connection.execute(query)}


def table(found: Sequence[Agreement]) -> Table:
    """The scores as a table."""
    rows = [
        (
            one.name, f"{one.edits}", f"{one.withdrawals}", f"{one.lived.bcubed_f1:.3f}", f"{one.fresh.bcubed_f1:.3f}",
            f"{one.points:+.2f}", f"{one.alike.bcubed_f1:.3f}",
        )
        for one in found
    ]  # fmt: skip
    columns = ("set", "edits", "withdrawals", "F1 lived", "F1 fresh", "points", "one against the other")
    return Table("Edits and withdrawals in a random order", columns, rows, ["Scores are BCubed F1."])


def main(words: Sequence[str]) -> int:
    """Prints the table; 1 where a set differs by more than a point in the mean of its rounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args(words)
    logs.configure(LogSettings(level="error"), sys.stderr)
    data = Path(__file__).resolve().parents[2] / "shared" / "bench" / "data"
    found = []
    for path in given.files or [data / name for name in SETS]:
        items = [item for item in read([path], source="bench", max_bytes=20_000_000) if isinstance(item, Article)]
        labels = stories_by_uri(path)
        rounds = range(given.seed, given.seed + given.rounds)
        found += [compare(path.name.partition(".")[0], items, labels, seed) for seed in rounds]
    print(table(found).markdown())
    names = {one.name for one in found}
    means = [sum(one.points for one in found if one.name == name) / given.rounds for name in names]
    return int(any(abs(mean) > 1 for mean in means))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
