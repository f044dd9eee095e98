#!/usr/bin/env python3
"""Makes the story model from labelled articles: ``dedup/cluster/story_model.json``.

    python bench/train.py FILE...                 fits on all files, prints scores, writes the model
    python bench/train.py --validate FILE...      besides, each file scored by models that never saw its stories:
                                                  five folds by story, and all files but this one

Each file is JSONL (or .gz) with a label `story`. The articles go through the program itself, in their order, with every
decision taken from the labels; what the model would have weighed is written down as an example. The fit is a logistic
regression by Newton's method with an L2 penalty; evidence may not count against a story nor days for it (a coefficient
of the wrong sign is fixed at 0). Every file weighs the same. The threshold is the one with the best mean BCubed F1.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from dedup import clusterer, memory
from dedup.cluster import model as models
from dedup.cluster.model import FEATURES, Model
from dedup.cluster.stories import Scored, StoryDecision, features
from dedup.config import Config, DatabaseSettings
from dedup.evaluation import Scores, read_labels, score
from dedup.intake.article import Article
from dedup.intake.files import read
from dedup.pipeline import Pipeline
from dedup.store import Store, inbox

MODEL = Path(__file__).resolve().parents[1] / "dedup" / "cluster" / "story_model.json"
UNITS = {
    "body": "square root of the mean of average and best cosine of all weighted terms, 0 to 1",
    "lead": "the same of title and first 50 words, 0 to 1",
    "title": "the same of the title, 0 to 1",
    "days": "log(1 + days to the story's nearest text); 1 day when a date is missing",
}
SIGNS = np.array([1.0, 1.0, 1.0, -1.0])
THRESHOLDS = (0.3, 0.33, 0.36, 0.4, 0.44, 0.48, 0.52)
FOLDS = 5
PENALTY = 1e-5


@dataclass(frozen=True, slots=True)
class Labelled:
    """One file: its articles in order, and the story of each uri."""

    path: Path
    articles: list[Article]
    stories: dict[str, str]


@dataclass(frozen=True, slots=True)
class Examples:
    """What the model weighs: `x` (n, features), `y` (n,) 1 where the story was the right one, `story` (n,) labels."""

    x: np.ndarray[Any, np.dtype[np.float64]]
    y: np.ndarray[Any, np.dtype[np.float64]]
    story: np.ndarray[Any, np.dtype[np.str_]]

    def of(self, wanted: Iterable[bool]) -> Examples:
        """The examples that are `wanted`."""
        mask = np.fromiter(wanted, bool)
        return Examples(self.x[mask], self.y[mask], self.story[mask])


def load(path: Path) -> Labelled:
    """A labelled file."""
    items = read([path], source="train", max_bytes=20_000_000)
    return Labelled(path, [item for item in items if isinstance(item, Article)], read_labels(path).stories)


def run(data: Labelled, model: Model, threshold: float) -> dict[str, int]:
    """The story of each uri as the program finds it with a model and a threshold."""
    config = Config()
    config = replace(config, stories=replace(config.stories, threshold=threshold))
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(models, "published", lambda: model):
        store = Store.open(DatabaseSettings(url=f"sqlite:///{folder}/train.db"), create=True)
        try:
            store.upgrade()
            with store.writing() as connection:
                inbox.put(connection, data.articles)
            with store.writer_lock() as lock:
                Pipeline(store, config, lock).run_pass()
            with store.reading() as connection:
                rows = connection.exec_driver_sql("SELECT uri, story_id FROM v_story_articles")
                return {uri: story for uri, story in rows}
        finally:
            store.close()


def examples(data: Labelled) -> Examples:
    """What the model would have weighed at each decision, had all decisions before been right."""
    x, y, labels = [], [], []
    gold: dict[int, str] = {}

    class Taught(clusterer.Clusterer):
        def accept(self, item: memory.Prepared) -> None:
            gold[self.changes.counters.next_article_id] = data.stories.get(item.uri, item.uri)
            super().accept(item)

        def find_story(self, entry: Any, terms: Any, related: Any) -> StoryDecision:
            right = gold[entry.article_id]
            story = None
            with mock.patch.object(clusterer.stories, "decide", lambda fits, *_: fits):
                fits: Any = super().find_story(entry, terms, related)
            for fit in fits if isinstance(fits, list) else []:
                x.append(features(fit))
                y.append(gold[fit.nearest.article_id] == right)
                labels.append(right)
                if y[-1]:
                    story = Scored(fit, 1.0)
            return StoryDecision(story, ())

    with mock.patch("dedup.pipeline.Clusterer", Taught):
        run(data, models.published(), 0.5)
    return Examples(np.array(x), np.array(y, float), np.array(labels))


def fit(parts: Sequence[Examples]) -> Model:
    """The model with the least mean loss, every part of the same weight."""
    x = np.concatenate([part.x for part in parts])
    y = np.concatenate([part.y for part in parts])
    weight = np.concatenate([np.full(len(part.y), 1 / max(1.0, part.y.sum())) for part in parts])
    weight /= weight.sum()
    design = np.column_stack([np.ones(len(x)), x])
    free = np.ones(design.shape[1], bool)
    while True:
        beta = _newton(design[:, free], y, weight)
        whole = np.zeros(design.shape[1])
        whole[free] = beta
        wrong = np.flatnonzero(whole[1:] * SIGNS < 0) + 1
        if not len(wrong):
            return Model(round(float(whole[0]), 4), tuple(round(float(b), 4) for b in whole[1:]))
        free[wrong] = False


def _newton(design: Any, y: Any, weight: Any) -> Any:
    penalty = np.diag([0.0] + [PENALTY] * (design.shape[1] - 1))
    beta = np.zeros(design.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-(design @ beta)))
        gradient = design.T @ (weight * (p - y)) + penalty @ beta
        hessian = (design.T * (weight * p * (1 - p))) @ design + penalty
        step = np.linalg.solve(hessian, gradient)
        beta -= step
        if np.abs(step).max() < 1e-8:
            break
    return beta


def choose(sets: Sequence[Labelled], model: Model) -> float:
    """The threshold with the best mean BCubed F1 over the sets."""
    means = {t: float(np.mean([score(d.stories, run(d, model, t)).bcubed_f1 for d in sets])) for t in THRESHOLDS}
    return max(means, key=lambda threshold: means[threshold])


def validate(sets: Sequence[Labelled], seen: Sequence[Examples], threshold: float) -> None:
    """Prints the scores of each set by models that never saw the stories that are scored."""
    for place, data in enumerate(sets):
        shares: list[tuple[float, float]] = []
        for number in range(FOLDS):
            unseen = fit([part.of(_fold(story) != number for story in part.story) for part in seen])
            inside = {uri for uri, story in data.stories.items() if _fold(story) == number}
            shares += _shares(data.stories, run(data, unseen, threshold), inside)
        precision, recall = (float(np.mean(values)) for values in zip(*shares, strict=True))
        f1 = 2 * precision * recall / (precision + recall)
        print(f"{data.path.name:28} cross-validated P {precision:.3f} R {recall:.3f} F1 {f1:.3f}")
        others = [part for other, part in enumerate(seen) if other != place]
        if others:
            print(
                f"{data.path.name:28} left out        {_said(score(data.stories, run(data, fit(others), threshold)))}"
            )


def _shares(gold: Mapping[str, str], found: Mapping[str, int], wanted: set[str]) -> Iterator[tuple[float, float]]:
    """BCubed precision and recall of each wanted article, among all articles."""
    both = Counter((gold[uri], found[uri]) for uri in gold)
    labels, clusters = Counter(gold.values()), Counter(found[uri] for uri in gold)
    for uri in wanted:
        common = both[gold[uri], found[uri]]
        yield common / clusters[found[uri]], common / labels[gold[uri]]


def _fold(story: str) -> int:
    return zlib.crc32(story.encode()) % FOLDS


def _said(scores: Scores) -> str:
    return f"P {scores.bcubed_precision:.3f} R {scores.bcubed_recall:.3f} F1 {scores.bcubed_f1:.3f}"


def document(model: Model, threshold: float, sets: Sequence[Labelled]) -> dict[str, Any]:
    """The published form of a model."""
    return {
        "intercept": model.intercept,
        "features": [
            {"name": name, "unit": UNITS[name], "coefficient": coefficient}
            for name, coefficient in zip(FEATURES, model.coefficients, strict=True)
        ],
        "threshold": threshold,
        "made_by": "python bench/train.py " + " ".join(data.path.name for data in sets),
        "made_on": datetime.now(UTC).date().isoformat(),
        "trained_on": {data.path.name: hashlib.sha256(data.path.read_bytes()).hexdigest() for data in sets},
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="labelled JSONL, also gzipped")
    parser.add_argument("--validate", action="store_true", help="score each file by models that never saw its stories")
    parser.add_argument("--out", type=Path, default=MODEL, help="where the model goes (default: into the program)")
    arguments = parser.parse_args()
    sets = [load(path) for path in arguments.files]
    seen = [examples(data) for data in sets]
    for data, found in zip(sets, seen, strict=True):
        print(f"{data.path.name:28} {len(found.y):6} examples, {int(found.y.sum())} of them right", file=sys.stderr)
    model = fit(seen)
    threshold = choose(sets, model)
    for data in sets:
        print(f"{data.path.name:28} trained on all  {_said(score(data.stories, run(data, model, threshold)))}")
    if arguments.validate:
        validate(sets, seen, threshold)
    text = json.dumps(document(model, threshold, sets), indent=2) + "\n"
    arguments.out.write_text(text, encoding="utf-8")
    print(f"wrote {arguments.out}; [stories] threshold that goes with it: {threshold}")


if __name__ == "__main__":
    main()
