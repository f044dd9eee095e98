#!/usr/bin/env python3
"""What stories cost in a full window: microseconds of the processor an article, with them and without.

    python bench/tier.py [N]      # 100,000 articles in the window unless told: some minutes

N generated articles and `AFTER` behind them are within nine days. Two programs take all of them, in one pass each, one
of them with `[stories] enabled = false`. Those behind the first N they take in turn: `CHUNK` articles the one, then the
other, while the first waits. So what else the machine does falls on both alike. The tier is the difference, of all
threads, from the inbox to the commit.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import Any

from articles import write
from generate import Shape, stream
from program import command
from tables import Table

from dedup.cli.main import main as dedup
from dedup.decision.clusterer import Clusterer

SEED, WORDS, DAYS = 1, 260, 9
# After a change of turns the other's memory is in the processor's cache: a chunk is long enough for that to fade.
WINDOW, AFTER, CHUNK = 100_000, 8_000, 500
ON, OFF = "with stories", "copies alone"


def work(window: int) -> None:
    """The pass of one of the two programs. From the `window`-th article on it waits for a line before each chunk and
    prints the nanoseconds that the chunk before took: of the decisions, and of the whole program.
    """
    accept = Clusterer.accept
    number = deciding = before = 0

    def in_turn(self: Clusterer, item: Any) -> None:
        nonlocal number, deciding, before
        if number >= window and (number - window) % CHUNK == 0:
            print(json.dumps([deciding, time.process_time_ns() - before]), flush=True)
            sys.stdin.readline()
            deciding, before = 0, time.process_time_ns()
        number += 1
        start = time.thread_time_ns()
        accept(self, item)
        deciding += time.thread_time_ns() - start

    Clusterer.accept = in_turn  # type: ignore[method-assign]
    dedup(["once"])


@contextmanager
def program(folder: Path, name: str, window: int, articles: Path) -> Iterator[subprocess.Popen[str]]:
    """One of the two, which has the articles in its inbox."""
    url = f"sqlite:///{folder / name.replace(' ', '-')}.db"
    settings = {"DEDUP_STORIES_ENABLED": str(name == ON).lower()}
    command(folder, url, "ingest", str(articles), settings=settings)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DEDUP_")}
    environment |= {"DEDUP_CONFIG": str(folder / "none.toml"), "DEDUP_DATABASE_URL": url, "DEDUP_LOG_LEVEL": "error"}
    words = [sys.executable, __file__, str(window), "--work"]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, env=environment | settings, stdin=pipe, stdout=pipe, text=True) as started:
        try:
            yield started
        finally:
            started.kill()


def told(started: subprocess.Popen[str]) -> tuple[int, int]:
    """What a chunk took, once it is done."""
    assert started.stdout is not None
    deciding, whole = json.loads(started.stdout.readline())
    return deciding, whole


def measure(folder: Path, window: int, articles: Path) -> dict[str, tuple[float, float]]:
    """Microseconds an article of both programs: of the decisions, and in all."""
    with program(folder, ON, window, articles) as on, program(folder, OFF, window, articles) as off:
        both = {ON: on, OFF: off}
        chunks: dict[str, list[tuple[int, int]]] = {ON: [], OFF: []}
        for started in both.values():
            told(started)
        # The last one is not told of: nobody waits behind it.
        for _ in range(AFTER // CHUNK - 1):
            for name, started in both.items():
                assert started.stdin is not None
                started.stdin.write("\n")
                started.stdin.flush()
                chunks[name].append(told(started))
    return {name: (mean([one for one, _ in took]), mean([one for _, one in took])) for name, took in chunks.items()}


def mean(chunks: Sequence[int]) -> float:
    """Microseconds an article, of the nanoseconds that chunks took."""
    return fmean(chunks) / CHUNK / 1e3


def main() -> None:
    """Prints the table."""
    summary, _, details = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=summary, epilog=details, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("window", type=int, nargs="?", default=WINDOW, metavar="N")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        work(given.window)
        return
    size = given.window + AFTER
    records = (article.record() for article in stream(SEED, Shape(per_day=size / DAYS, words=WORDS)))
    with tempfile.TemporaryDirectory(prefix="bench-tier-") as name:
        folder = Path(name)
        write(folder / "all.jsonl", islice(records, size))
        cost = measure(folder, given.window, folder / "all.jsonl")
    rows = [(name, f"{deciding:,.0f}", f"{whole:,.0f}") for name, (deciding, whole) in cost.items()]
    rows.append(("the tier", *(f"{on - off:,.0f}" for on, off in zip(cost[ON], cost[OFF], strict=True))))
    note = f"Means over {AFTER:,} articles behind {given.window:,}."
    print(Table("Stories in a full window, µs of CPU an article", ("", "decisions", "all"), rows, (note,)).markdown())


if __name__ == "__main__":
    main()
