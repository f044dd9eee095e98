#!/usr/bin/env python3
"""What each kind of evidence buys: the story model made anew without it, one at a time.

    python bench/ablation.py [FILE...] [--only NAME...]

Each file is labelled JSONL (or .gz) as for ``bench/train.py``; without any, those of the data folder. Every model is
fitted and its thresholds chosen as ``bench/train.py`` does, on every second threshold, and scored on the files that it
was made from. A feature is left out by making it 0 for every pair, which leaves its coefficient at 0; that of the days,
which is not fitted, is set to 0.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import starmap
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import train
from robustness import labelled, set_name, tell
from tables import Table

from dedup import logs
from dedup.cluster import stories
from dedup.cluster.model import FEATURES
from dedup.config.sections import LogSettings
from dedup.index.segments import Entry, Keys
from dedup.index.window import Window
from dedup.kernel.reference.chance import Chance
from dedup.kernel.reference.evidence import Weights
from dedup.kernel.reference.meeting import Measures, Weighed
from dedup.sketch import frequencies, terms

STEP = 2
"""Every so-manieth threshold of ``bench/train.py`` is tried."""

WEIGH, PART, ARE_ONE = Window.weigh_up, Window.part, Window.are_one


@dataclass(frozen=True, slots=True)
class Ablation:
    """What is left out: a `feature`, or what `patches` (owner, name, value) replace.

    `anew` tells that pairs of texts share something else then.
    """

    name: str
    patches: tuple[tuple[Any, str, Any], ...] = ()
    feature: str | None = None
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """BCubed F1 by set of the model without something."""

    name: str
    f1: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Every set counts the same."""
        return float(np.mean(self.f1))


def nearest_alone(
    window: Window, entry: Entry, keys: Keys, related: Any, weights: Weights, measures: Measures
) -> list[Weighed]:
    """`Window.weigh_up` where the text nearest in content speaks alone for its story; days stay those of the story."""
    alone = []
    # One that is less likely by all texts may be likely by that one.
    everything = measures._replace(least=-math.inf, enough=measures.weighed)
    per_day = Weights(*weights).days  # they come as a plain tuple
    for weighed in starmap(Weighed, WEIGH(window, entry, keys, related, weights, everything)):
        one = window.fit(entry, keys.vectors, [weighed.nearest], weights)
        days = per_day * (math.log1p(weighed.days) - math.log1p(one.days))
        if one.log_odds + days >= measures.least:
            alone.append(weighed._replace(log_odds=one.log_odds + days))
    return sorted(alone, key=lambda weighed: (-weighed.log_odds, weighed.story_id))


def still_one(window: Window, *given: Any) -> bool:
    """`Window.are_one` where `Window.part` is left out: whether two stories are one is asked all the same."""
    with mock.patch.object(Window, "part", PART):
        return ARE_ONE(window, *given)


ABLATIONS = (
    Ablation("nothing"),
    Ablation(
        "the split",
        ((Window, "part", lambda *_: None), (Window, "are_one", still_one)),
    ),
    Ablation("the merge", ((Window, "are_one", lambda *_: False),)),
    *(Ablation(name, feature=name) for name in FEATURES if name not in ("body", "days")),
    Ablation("days", ((train, "DAYS", 0.0),)),
    Ablation("background", ((train, "BACKGROUND", 0.0),), anew=True),
    Ablation(
        "title and lead counted three times",
        ((terms, "EMPHASIS", 0), (terms, "_SHAPE", tuple(0 if n == terms.EMPHASIS else n for n in terms._SHAPE))),
        anew=True,
    ),
    Ablation(
        "a start from general frequencies",
        ((frequencies, "START", 0), (frequencies, "start_counts", lambda _: (b"", b""))),
        anew=True,
    ),
    Ablation("frequencies of the stream", ((frequencies.Frequencies, "add", lambda *_: None),), anew=True),
    Ablation("the mean over a story's texts", ((Window, "weigh_up", nearest_alone),)),
    Ablation("all stories weighed but the likeliest", ((stories, "STORIES_WEIGHED", 1),)),
    Ablation("the guard against chance", ((stories, "ONE_TERM", Chance(0, 0, 0, 0, 0, 0, 0)),)),
)


def without(feature: str | None, seen: train.Examples) -> train.Examples:
    """The examples with a feature made 0 everywhere: the penalty then holds its coefficient at 0."""
    if feature is None:
        return seen
    x = seen.x.copy()
    x[:, FEATURES.index(feature)] = 0.0
    return replace(seen, x=x)


def measure(sets: Sequence[train.Labelled], wanted: Sequence[Ablation]) -> Iterator[Result]:
    """The scores of each model."""
    grid = [run for data in sets for run in train.runs(data)]
    whole: list[train.Examples] = []
    for one in wanted:
        print(f"without {one.name}", file=sys.stderr)
        with ExitStack() as stack:
            stack.enter_context(mock.patch.multiple(train, JOINS=train.JOINS[::STEP], SPLITS=train.SPLITS[::STEP]))
            for owner, name, value in one.patches:
                stack.enter_context(mock.patch.object(owner, name, value))
            if one.anew:
                seen = [train.examples(data) for data in grid]
            else:
                whole = seen = whole or [train.examples(data) for data in grid]
            model = train.fit([without(one.feature, part) for part in seen], grid)
            f1 = (tell(data, model)[0].bcubed_f1 for data in sets)
            yield Result(one.name, tuple(f1))


def table(sets: Sequence[str], results: Sequence[Result]) -> Table:
    """A row for each model; the first result is the one the others are compared with."""
    rows = [
        (
            result.name,
            *(f"{value:.3f}" for value in (*result.f1, result.mean)),
            f"{100 * (result.mean - results[0].mean):+.1f}" if place else "",
        )
        for place, result in enumerate(results)
    ]
    return Table(
        "The story model without ...",
        ("left out", *sets, "mean", "points"),
        rows,
        ("BCubed F1 on the sets that each model was made from. Points: the change of the mean, in hundredths.",),
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="labelled JSONL, also gzipped")
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="leave out only what is called so; may be repeated"
    )
    arguments = parser.parse_args()
    unknown = set(arguments.only) - {one.name for one in ABLATIONS}
    if unknown:
        parser.error(f"--only: choose from {', '.join(repr(one.name) for one in ABLATIONS[1:])}")
    logs.configure(LogSettings(level="warning"), sys.stderr)
    sets = labelled(arguments.files)
    wanted = [one for one in ABLATIONS if not arguments.only or one is ABLATIONS[0] or one.name in arguments.only]
    print(table([set_name(data) for data in sets], list(measure(sets, wanted))).markdown())


if __name__ == "__main__":
    main()
