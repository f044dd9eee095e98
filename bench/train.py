#!/usr/bin/env python3
"""Makes the story model from labelled articles: ``dedup/cluster/story_model.json``.

    python bench/train.py FILE...                 fits on all files, prints scores, writes the model
    python bench/train.py --validate FILE...      besides, each file scored by models that never saw its stories:
                                                  five folds by story, and all files but this one

Each file is JSONL (or .gz) with a label `story`. Its articles go through the program itself, in their order, as they
are and once more as each of `CHANGES` leaves them, so that the model holds for worse input, too:

1. Every text is compared with its candidates, with all stories as the labels have them; each pair is an example. A
   logistic regression (Newton's method, L2 penalty) weighs the evidence, which may not count against a story, nor days
   for it: a coefficient of the wrong sign is fixed at 0. Every run weighs the same.
2. The thresholds to join and to split are those with the best mean BCubed F1 over the runs.
3. The program's own decisions with them are examples of a second regression, of one slope and one shift, that makes the
   score a probability.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from labels import stories_by_uri
from worse import Change, shortened, undated

from dedup import logs
from dedup.cluster import model as models
from dedup.cluster import stories
from dedup.cluster.model import FEATURES, Model, log_odds, probability
from dedup.cluster.stories import Scored, StoryDecision
from dedup.config import Config
from dedup.config.sections import DatabaseSettings, LogSettings
from dedup.decision.matching import Matcher
from dedup.decision.newcomer import Newcomer
from dedup.evaluation import Scores, score
from dedup.intake.article import Article
from dedup.intake.files import read
from dedup.kernel.reference.evidence import Weights
from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.store.passes import inbox

MODEL = Path(__file__).resolve().parents[1] / "dedup" / "cluster" / "story_model.json"
UNITS = {
    "body": "square root of the cosine of all terms, less the share `background` of both texts' mean background",
    "title": "square root of the cosine of the titles' terms, 0 to 1",
    "cross": "square root of the mean cosine of each title with all terms of the other text, 0 to 1",
    "numbers": "square root of the cosine of the numbers in title and body, 0 to 1",
    "weekday": "1 where each names another day of the week first, in the title or soon after; else 0",
    "days": "log(1 + days between), half a day at least; `patience` days at most where a date is missing",
}
SIGNS = np.array([1.0, 1.0, 1.0, 1.0, -1.0, -1.0])
# Not fitted; bench/STORIES.md has what others give.
BACKGROUND, PATIENCE, CAUTION, LENIENCE, UNDATED = 0.6, 3.0, 1.2, 0.6, 0.4
# Worse input that the model learns from as well.
CHANGES: tuple[Change, ...] = undated, shortened
# Log-odds of the first regression. Round-ups want more for days, since events of one beat follow each other; an event
# told for a week wants less. A join of -2.4 gains a tenth of a point on these sets, where most texts have another one
# of their event, and glues twice as many texts that have none.
DAYS = -3.0
JOINS = (-1.8, -1.5)
SPLITS = (0.05, 0.2, 0.35, 0.5)
# So much less than a split must two parts fit each other where one is a single text: else a text that fits one story
# alone, and it only fairly, is left alone.
LONE = 2.3
FLOOR, CEILING = -12.0, 8.0
# Differences of mean F1 that say nothing.
NOISE = 0.0015
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
    """Pairs of texts: `x` (n, features), `y` (n,) 1 where both are of one story, `story` (n,) labels."""

    x: np.ndarray[Any, np.dtype[np.float64]]
    y: np.ndarray[Any, np.dtype[np.float64]]
    story: np.ndarray[Any, np.dtype[np.str_]]

    def of(self, wanted: Iterable[bool]) -> Examples:
        """The examples that are `wanted`."""
        mask = np.fromiter(wanted, bool)
        return Examples(self.x[mask], self.y[mask], self.story[mask])


def runs(data: Labelled) -> Iterator[Labelled]:
    """A file as it is, and as each of `CHANGES` leaves it unless it changes nothing."""
    yield data
    for change in CHANGES:
        changed = change(data.articles)
        if changed != data.articles:
            yield replace(data, articles=changed)


def load(path: Path) -> Labelled:
    """A labelled file."""
    items = read([path], source="train", max_bytes=20_000_000)
    return Labelled(path, [item for item in items if isinstance(item, Article)], stories_by_uri(path))


def run(data: Labelled, model: Model, kind: type[Matcher] = Matcher) -> dict[str, int]:
    """The story of each uri as the program finds it with a model, where `kind` tells where articles belong."""
    config = Config()
    config = replace(config, stories=replace(config.stories, threshold=model.threshold))
    patches = (
        mock.patch.object(models, "published", lambda: model),
        mock.patch("dedup.decision.clusterer.Matcher", kind),
    )
    with tempfile.TemporaryDirectory() as folder, patches[0], patches[1]:
        store = Store.open(DatabaseSettings(url=f"sqlite:///{folder}/train.db"), create=True)
        try:
            store.upgrade()
            with store.writing() as connection:
                inbox.put(connection, data.articles)
            with store.writer_lock() as lock:
                report = Pipeline(store, config, lock).run_pass()
            if report.rejected:
                raise SystemExit(f"{data.path.name}: {report.rejected} articles were rejected")
            with store.reading() as connection:
                rows = connection.exec_driver_sql("SELECT uri, story_id FROM v_story_articles")
                return {uri: story for uri, story in rows}
        finally:
            store.close()


def examples(data: Labelled) -> Examples:
    """What a pair of texts shares, had all decisions before been right."""
    x, y, labels = [], [], []
    gold: dict[int, str] = {}

    class Taught(Matcher):
        def find_story(self, newcomer: Newcomer, related: Sequence[int], templates: Collection[int]) -> StoryDecision:
            item, entry, terms, keys = newcomer.item, newcomer.entry, newcomer.terms, newcomer.keys
            right = gold[entry.article_id] = data.stories.get(item.uri, item.uri)
            window = self.memory.window
            weights = self.weights_at(entry)._replace(background=BACKGROUND, patience=PATIENCE)
            around = window.around(entry, keys, stories.AROUND, chain=stories.BACKGROUND_CHAIN)
            limits = stories.STORIES_SEEN, 0
            entry.background, _ = window.weigh(entry, terms.vectors, [], around, weights, limits)
            own = None
            for ordinal in related:
                fit = window.fit(entry, terms.vectors, [ordinal], weights)
                x.append((*fit.likeness, np.log1p(fit.days)))
                y.append(gold[window.article_of(ordinal)] == right)
                labels.append(right)
                if y[-1] and own is None:
                    own = Scored(fit.story, 1.0, window.article_of(ordinal), b"")
            return StoryDecision(own, ())

    run(data, _model([0.0] * (1 + len(SIGNS)), 0.0, 0.0), Taught)
    return Examples(np.array(x), np.array(y, float), np.array(labels))


def fit(
    parts: Sequence[Examples],
    grid: Sequence[Labelled],
    thresholds: tuple[float, float] | None = None,
    is_seen: Callable[[str], bool] = lambda _: True,
) -> Model:
    """The model with the least mean loss, every part of the same weight.

    Calibrated on the decisions over `grid` about articles of the stories that may be seen. `thresholds` to join and to
    split are probabilities; those with the best scores over `grid` if not given.
    """
    x = np.concatenate([part.x for part in parts])
    y = np.concatenate([part.y for part in parts])
    weight = np.concatenate([np.full(len(part.y), 1 / max(1.0, part.y.sum())) for part in parts])
    beta = _constrained(x, y, weight / weight.sum())
    join, split = (JOINS[1], SPLITS[1]) if thresholds else _choose(beta, grid)
    slope, shift = _calibration(_model(beta, join, split), grid, is_seen)
    beta = slope * beta
    beta[0] += shift
    join, split = map(log_odds, thresholds) if thresholds else (slope * join + shift, slope * split + shift)
    return _model(beta, join, split, slope, shift)


def _model(beta: Any, join: float, split: float, slope: float = 1.0, shift: float = 0.0) -> Model:
    intercept, *coefficients = [round(float(value), 4) for value in beta]
    weights = Weights(intercept, *coefficients, BACKGROUND, np.inf, PATIENCE)
    thresholds = (round(probability(value), 4) for value in (join, split, split - slope * LONE))
    return Model(
        weights, *thresholds, *(round(slope * cut + shift, 3) for cut in (FLOOR, CEILING)), CAUTION, LENIENCE, UNDATED
    )


def _choose(beta: Any, grid: Sequence[Labelled]) -> tuple[float, float]:
    means: dict[tuple[float, float], float] = {}
    for join in JOINS:
        for split in SPLITS:
            model = _model(beta, join, split)
            mean = float(np.mean([score(data.stories, run(data, model)).bcubed_f1 for data in grid]))
            print(f"  join {join:+.1f} split {split:+.1f} mean F1 {mean:.4f}", file=sys.stderr)
            means[join, split] = mean
    # Of thresholds that are as good the strictest split: what is told wrongly as one is worse than what is told as two.
    join = max(means, key=lambda pair: means[pair])[0]
    return join, max(s for j, s in means if j == join and means[j, s] >= max(means.values()) - NOISE)


def _calibration(model: Model, grid: Sequence[Labelled], is_seen: Callable[[str], bool]) -> tuple[float, float]:
    """Slope and shift that turn the log-odds of the program's own decisions into those of being right."""
    z, y, weight = [], [], []
    for data in grid:
        found: list[tuple[float, float]] = []
        gold: dict[int, str] = {}

        class Watched(Matcher):
            def find_story(
                self, newcomer: Newcomer, related: Sequence[int], templates: Collection[int]
            ) -> StoryDecision:
                item, entry, terms, keys = newcomer.item, newcomer.entry, newcomer.terms, newcomer.keys
                right = gold[entry.ordinal] = data.stories.get(item.uri, item.uri)  # noqa: B023
                window = self.memory.window
                decision = super().find_story(newcomer, related, templates)
                if related and is_seen(right):
                    limits = stories.STORIES_SEEN, stories.STORIES_WEIGHED
                    around = window.around(entry, keys, stories.AROUND, chain=stories.BACKGROUND_CHAIN)
                    weights = self.weights_at(entry)
                    _, fits = window.weigh(entry, terms.vectors, related, around, weights, limits)
                    if fits:
                        story, likely, *_ = fits[0]
                        told = window.texts_of(story)
                        share = np.mean([gold[ordinal] == right for ordinal in told])  # noqa: B023
                        found.append((likely, float(share)))  # noqa: B023
                return decision

        run(data, model, Watched)
        z += [value for value, _ in found]
        y += [share for _, share in found]
        weight += [1 / len(found)] * len(found)
    design = np.column_stack([np.ones(len(z)), z])
    shift, slope = _newton(design, np.array(y), np.array(weight) / sum(weight), 0.0)
    return float(slope), float(shift)


def _constrained(x: Any, y: Any, weight: Any) -> Any:
    """Intercept and coefficients; those that would have the wrong sign are 0, that of the days is `DAYS`."""
    design = np.column_stack([np.ones(len(x)), x])
    free = np.ones(design.shape[1], bool)
    free[-1] = False
    while True:
        whole = np.zeros(design.shape[1])
        whole[-1] = DAYS
        whole[free] = _newton(design[:, free], y, weight, PENALTY, design @ whole)
        wrong = np.flatnonzero(whole[1:] * SIGNS < 0) + 1
        if not len(wrong):
            return whole
        free[wrong] = False


def _newton(design: Any, y: Any, weight: Any, penalty: float, offset: Any = 0.0) -> Any:
    penalties = np.diag([0.0] + [penalty] * (design.shape[1] - 1))
    beta = np.zeros(design.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-(design @ beta + offset)))
        gradient = design.T @ (weight * (p - y)) + penalties @ beta
        hessian = (design.T * (weight * p * (1 - p))) @ design + penalties
        step = np.linalg.solve(hessian, gradient)
        beta -= step
        if np.abs(step).max() < 1e-8:
            break
    return beta


def validate(sets: Sequence[Labelled], seen: Sequence[Sequence[Examples]], final: Model) -> None:
    """Prints the scores of each set by models that never saw the stories that are scored.

    `seen` are the examples of all runs of each set. In the folds the coefficients and their calibration are fitted
    anew, the two thresholds are those of `final`; where a set is left out they are chosen anew, too.
    """
    thresholds = final.threshold, final.split
    grids = [list(runs(data)) for data in sets]
    folds = []
    for number in range(FOLDS):

        def is_seen(story: str, number: int = number) -> bool:
            return _fold(story) != number

        parts = [part.of(map(is_seen, part.story)) for part in _joined(seen)]
        folds.append(fit(parts, _joined(grids), thresholds, is_seen))
    for place, data in enumerate(sets):
        shares: list[tuple[float, float]] = []
        for number, unseen in enumerate(folds):
            inside = {uri for uri, story in data.stories.items() if _fold(story) == number}
            shares += _shares(data.stories, run(data, unseen), inside)
        precision, recall = (float(np.mean(values)) for values in zip(*shares, strict=True))
        f1 = 2 * precision * recall / (precision + recall)
        print(f"{data.path.name:28} cross-validated P {precision:.3f} R {recall:.3f} F1 {f1:.3f}", flush=True)
        others = [other for other in range(len(sets)) if other != place]
        if others:
            model = fit(_joined(seen[other] for other in others), _joined(grids[other] for other in others))
            print(f"{data.path.name:28} left out        {_said(score(data.stories, run(data, model)))}", flush=True)


def _joined(parts: Iterable[Sequence[Any]]) -> list[Any]:
    return [one for part in parts for one in part]


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


def document(model: Model, sets: Sequence[Labelled]) -> dict[str, Any]:
    """The published form of a model."""
    weights = model.weights
    return {
        "intercept": weights.intercept,
        "features": [{"name": name, "unit": UNITS[name], "coefficient": getattr(weights, name)} for name in FEATURES],
        "background": weights.background,
        "patience": PATIENCE,
        "threshold": model.threshold,
        "split": model.split,
        "lone": model.lone,
        "floor": model.floor,
        "ceiling": model.ceiling,
        "caution": model.caution,
        "lenience": model.lenience,
        "undated": model.undated,
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
    logs.configure(LogSettings(level="warning"), sys.stderr)
    sets = [load(path) for path in arguments.files]
    grids = [list(runs(data)) for data in sets]
    seen = [[examples(data) for data in grid] for grid in grids]
    for data, parts in zip(sets, seen, strict=True):
        for found in parts:
            print(f"{data.path.name:28} {len(found.y):6} pairs, {int(found.y.sum())} of one story", file=sys.stderr)
    model = fit(_joined(seen), _joined(grids))
    for data in sets:
        print(f"{data.path.name:28} trained on all  {_said(score(data.stories, run(data, model)))}", flush=True)
    arguments.out.write_text(json.dumps(document(model, sets), indent=2) + "\n", encoding="utf-8")
    print(f"wrote {arguments.out}; [stories] threshold that goes with it: {model.threshold:.2f}")
    if arguments.validate:
        validate(sets, seen, model)


if __name__ == "__main__":
    main()
