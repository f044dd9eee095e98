"""The peer for stories: TF-IDF cosine of the whole text and the days between, clustered one after another.

    python bench/tfidf.py FILE             tunes the two numbers below on a labelled file

An article joins the story whose members it resembles most on average, if that is enough, else it opens one. A pair's
similarity is the cosine less `DAY_WEIGHT` times log(1 + days between); without a date the days count as `UNDATED_DAYS`.
Terms are lower-case words of two letters or more, weighted by (1 + log frequency) * idf; idf comes from the articles so
far, over a start of `START` articles that hold each word as often as English in general does (wordfreq).
"""

from __future__ import annotations

import argparse
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import wordfreq
from articles import published, read, text_of
from numpy.typing import NDArray
from scipy.sparse import csr_array

from dedup.evaluation import Scores, score

THRESHOLD = 0.14
"""Least similarity to a story; tuned on one set of editors' round-ups."""
DAY_WEIGHT = 0.12
"""What a unit of log(1 + days between) takes off; tuned with it."""
UNDATED_DAYS = 2.0
START, START_WORDS = 500, 300
WINDOW_DAYS = 14.0

THRESHOLDS = tuple(round(0.05 + 0.01 * step, 2) for step in range(36))
DAY_WEIGHTS = (0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2)

_WORD = re.compile(r"[^\W_]{2,}")

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Compared:
    """Articles of a stream compared with each other: `cosine` (n, n) float32 from 0 to 1, `days` (n, n) float32."""

    uris: Sequence[str]
    cosine: Matrix
    days: Matrix

    def similarity(self, day_weight: float) -> Matrix:
        """The similarity of every pair, (n, n) float32."""
        near = self.cosine - np.float32(day_weight) * np.log1p(self.days)
        # What lies further apart is never one story, as in every stream that forgets.
        near[self.days > WINDOW_DAYS] = -1.0
        return near


def compare(records: Sequence[dict[str, Any]]) -> Compared:
    """Compares articles in their order. Takes 8 bytes for each pair, so some thousands at most."""
    vectors = _vectors(records)
    cosine = (vectors @ vectors.T).toarray().astype(np.float32)
    return Compared([record["uri"] for record in records], cosine, _days(records))


def cluster(compared: Compared, threshold: float = THRESHOLD, day_weight: float = DAY_WEIGHT) -> dict[str, int]:
    """The story of each uri."""
    near = compared.similarity(day_weight)
    stories = np.zeros(len(near), np.int64)
    sizes: list[int] = []
    for number, row in enumerate(near):
        best = -1
        if sizes:
            means = np.bincount(stories[:number], weights=row[:number], minlength=len(sizes)) / sizes
            best = int(means.argmax())
            if means[best] < threshold:
                best = -1
        if best < 0:
            best = len(sizes)
            sizes.append(0)
        stories[number] = best
        sizes[best] += 1
    return dict(zip(compared.uris, stories.tolist(), strict=True))


def best(
    compared: Compared, labels: dict[str, str], day_weights: Sequence[float] = (DAY_WEIGHT,)
) -> tuple[Scores, float, float]:
    """The scores at the threshold and day weight with the highest BCubed F1 on these very labels, and the two."""
    tried = (
        (score(labels, cluster(compared, threshold, day_weight)), threshold, day_weight)
        for day_weight in day_weights
        for threshold in THRESHOLDS
    )
    return max(tried, key=lambda one: one[0].bcubed_f1)


def _vectors(records: Sequence[dict[str, Any]]) -> csr_array:
    """A unit vector for each article, a row each, float32, with the idf of its arrival."""
    seen: Counter[str] = Counter()
    columns: dict[str, int] = {}
    values: list[float] = []
    places: list[int] = []
    ends = [0]
    for number, record in enumerate(records, 1):
        counts = Counter(_WORD.findall(text_of(record).lower()))
        seen.update(counts.keys())
        weights = [
            (1 + math.log(times)) * math.log((number + START + 1) / (seen[word] + START * _usual(word) + 1))
            for word, times in counts.items()
        ]
        length = math.sqrt(sum(weight * weight for weight in weights)) or 1.0
        values += [weight / length for weight in weights]
        places += [columns.setdefault(word, len(columns)) for word in counts]
        ends.append(len(places))
    return csr_array((np.array(values, np.float32), places, ends), shape=(len(records), len(columns)))


@cache
def _usual(word: str) -> float:
    """The chance that an English article of `START_WORDS` words holds `word`."""
    return -math.expm1(-START_WORDS * wordfreq.word_frequency(word, "en"))


def _days(records: Sequence[dict[str, Any]]) -> Matrix:
    """Days between every two articles, (n, n) float32."""
    dates = [published(record) for record in records]
    day = np.array([date.timestamp() / 86_400 if date else math.nan for date in dates])
    between = np.abs(day[:, None] - day[None, :])
    between[np.isnan(between)] = UNDATED_DAYS
    return between.astype(np.float32)


def main() -> None:
    """Prints the threshold and the day weight that are best on a file."""
    summary, _, details = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=summary, epilog=details, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="JSON Lines with stories, gzipped or not")
    records = list(read(parser.parse_args().file))
    labels = {record["uri"]: record["story"] for record in records if record.get("story") is not None}
    scores, threshold, day_weight = best(compare(records), labels, DAY_WEIGHTS)
    print(f"threshold {threshold}, day weight {day_weight}: BCubed F1 {scores.bcubed_f1:.4f}")


if __name__ == "__main__":
    main()
