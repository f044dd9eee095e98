"""How well stories and copies are told: `dedup` and plain TF-IDF against labels and against exact similarity.

python bench/quality.py [--data FOLDER]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import copies
import tfidf
from articles import GENERATED, ArticleSet, found, generated
from copies import CopyScores
from program import clusters
from tables import Table

from dedup.evaluation import Scores, score

DATA = Path(__file__).resolve().parents[2] / "shared" / "bench" / "data"
GENERATED_SIZE = 4_000
MOST_COMPARED = 6_000
"""Articles of a set that TF-IDF compares, each with each."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Scores of one set. The stories, and with them the peer's scores, are None where nothing is labelled; the peer's
    also where a set is too large for it. `peer_best` has its threshold tuned on these very labels."""

    name: str
    articles: int
    copies: CopyScores
    stories: Scores | None = None
    peer: Scores | None = None
    peer_best: Scores | None = None


def measure(articles: ArticleSet) -> Quality:
    """Scores one set."""
    records = articles.records()
    with tempfile.TemporaryDirectory(prefix="bench-quality-") as folder:
        stories, groups, _ = clusters(Path(folder), [articles.path])
    copied = copies.compare(copies.shingled(records), groups)
    labels = {str(record["uri"]): str(record["story"]) for record in records if record.get("story") is not None}
    if not labels:
        return Quality(articles.name, articles.size, copied)
    own = score(labels, stories)
    if articles.size > MOST_COMPARED:
        return Quality(articles.name, articles.size, copied, own)
    compared = tfidf.compare(records)
    peer = score(labels, tfidf.cluster(compared))
    return Quality(articles.name, articles.size, copied, own, peer, tfidf.best(compared, labels)[0])


def tables(measured: Sequence[Quality]) -> list[Table]:
    """The scores as tables."""
    return [_stories(measured), _copies(measured)]


def _stories(measured: Sequence[Quality]) -> Table:
    rows = [
        row
        for one in measured
        for name, scores in (
            ("dedup", one.stories), ("TF-IDF", one.peer), ("TF-IDF, best threshold", one.peer_best)
        )
        if scores is not None
        for row in [(f"{one.name}: {name}", *_numbers(scores))]
    ]  # fmt: skip
    return Table(
        "Stories",
        ("set and system", "articles", "events", "found", "P", "R", "F1", "pairs P", "pairs R", "pairs F1", "ARI"),
        rows,
        (
            "P, R, F1: BCubed precision, recall and F1, then the same over pairs; ARI: adjusted Rand index. "
            "TF-IDF is the cosine of the whole text and the days between, its threshold tuned on one set of round-ups; "
            "with the best threshold it is tuned on the very labels that it is scored by, which no stream allows.",
        ),
    )


def _numbers(scores: Scores) -> Iterator[str]:
    yield from (f"{number:,}" for number in (scores.items, scores.gold, scores.found))
    yield from (f"{part:.3f}" for part in (scores.bcubed_precision, scores.bcubed_recall, scores.bcubed_f1))
    yield from (f"{part:.3f}" for part in (scores.pair_precision, scores.pair_recall, scores.pair_f1))
    yield f"{scores.adjusted_rand:.3f}"


def _copies(measured: Sequence[Quality]) -> Table:
    rows = [
        (
            one.name,
            *(f"{number:,}" for number in (one.copies.articles, one.copies.pairs, one.copies.found)),
            f"{one.copies.recall:.3f}",
            *(f"{number:,}" for number in (one.copies.grouped, one.copies.wrong)),
            f"{one.copies.precision:.3f}",
        )
        for one in measured
    ]
    return Table(
        "Copies",
        ("set", "articles", "true pairs", "found", "recall", "grouped pairs", "wrong", "precision"),
        rows,
        (
            f"True: Jaccard similarity of word 5-grams of at least {copies.HIGH}. Wrong: in one group with less than "
            f"{copies.LOW}, and less than half of the shorter text in common. Articles of fewer than "
            f"{copies.FEWEST_SHINGLES} 5-grams are left out.",
        ),
    )


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="labelled sets as JSON Lines")
    folder = parser.parse_args().data
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        sets = found(folder)
        if not sets:
            print(f"{folder} has no sets; a generated stream, {GENERATED}, takes their place\n")
            sets = [generated(Path(scratch), GENERATED_SIZE)]
        print("\n\n".join(table.markdown() for table in tables([measure(one) for one in sets])))


if __name__ == "__main__":
    main()
