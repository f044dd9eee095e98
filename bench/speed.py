"""How fast: `dedup` as whole processes and its peers in turn, in articles a second of processor time.

    python bench/speed.py [--data FOLDER] [--rounds N] [--quick] [--postgresql URL]

One round measures every system once, A B C, and the next does so again: what else the machine does then falls on all
alike, and a ratio is that of one round. `dedup ingest` and `dedup once` run on a fresh database with the first
articles of a set and then with all of it; the difference leaves start-up out. It includes reading JSON, the inbox,
cleaning, both tiers, evidence and all commits. The peers read JSON before the clock starts and only group copies.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from articles import ArticleSet, beginning, describe, found, generated
from peers import PEERS
from program import Failed, Used, command, fresh_database
from quality import DATA
from tables import Table, spread

WHOLE, COPIES, POSTGRESQL = "dedup", "dedup, copies alone", "dedup on PostgreSQL"
COPIES_ALONE = {"DEDUP_STORIES_ENABLED": "false"}
ROUNDS = 3
FIRST = 4_000
"""Articles of the smaller run; a tenth of a set with fewer than twice as many."""
REPEATS = 8
"""Runs of few articles, at most, of which the one with least CPU counts: what disturbs a start-up only adds."""
SMALLEST_SET = 500
QUICK_SIZE = 4_000
GENERATED_SIZE = 12_000


@dataclass(frozen=True, slots=True)
class Run:
    """One pass over a number of articles: what reading and deciding used, and the seconds of each stage."""

    articles: int
    reading: Used
    deciding: Used
    stages: Mapping[str, float]

    @property
    def cpu(self) -> float:
        """Processor seconds of both commands."""
        return self.reading.cpu + self.deciding.cpu

    @property
    def wall(self) -> float:
        """Seconds of both commands by the wall clock."""
        return self.reading.wall + self.deciding.wall


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds an article, of the processor and, for `dedup`, by the wall clock; its stages, and the most memory
    in MB."""

    cpu: float
    wall: float | None = None
    stages: Mapping[str, float] | None = None
    memory: float | None = None

    @property
    def rate(self) -> float:
        """Articles per processor second."""
        return 1e6 / self.cpu


Costs = Mapping[str, Sequence[Cost]]
"""Of each system its costs, a round each."""


@dataclass(frozen=True, slots=True)
class Speed:
    """The costs on one set, of which the smaller run had `first` articles."""

    name: str
    articles: int
    first: int
    costs: Costs


def measure(articles: ArticleSet, rounds: int, server: str | None = None) -> Speed:
    """Measures all systems in turn, `rounds` times."""
    costs: dict[str, list[Cost]] = defaultdict(list)
    first = FIRST if articles.size >= 2 * FIRST else articles.size // 10
    with tempfile.TemporaryDirectory(prefix="bench-speed-") as scratch:
        folder = Path(scratch)
        few, all_of_it = (beginning(articles, size, folder) for size in (first, articles.size))
        for _ in range(rounds):
            sizes = ((few, first), (all_of_it, articles.size))
            costs[WHOLE].append(_cost(folder, sizes))
            costs[PEERS[0]].append(_peer(PEERS[0], all_of_it))
            costs[COPIES].append(_cost(folder, sizes, COPIES_ALONE))
            costs[PEERS[1]].append(_peer(PEERS[1], all_of_it))
            if server is not None:
                costs[POSTGRESQL].append(_cost(folder, sizes, server=server))
    return Speed(articles.name, articles.size, first, costs)


def _cost(
    folder: Path,
    sizes: Sequence[tuple[Path, int]],
    settings: Mapping[str, str] | None = None,
    server: str | None = None,
) -> Cost:
    few, many = (_repeated(folder, path, size, settings, server) for path, size in sizes)
    share = 1e6 / (many.articles - few.articles)
    deciding = many.deciding.cpu - few.deciding.cpu
    # The program takes the stages by the wall clock; what other work stretches, it stretches alike.
    stretched = deciding / (many.deciding.wall - few.deciding.wall)
    stages = {"read": (many.reading.cpu - few.reading.cpu) * share}
    stages |= {name: (many.stages[name] - few.stages[name]) * stretched * share for name in many.stages}
    return Cost((many.cpu - few.cpu) * share, (many.wall - few.wall) * share, stages, many.deciding.memory)


def _repeated(folder: Path, path: Path, size: int, settings: Mapping[str, str] | None, server: str | None) -> Run:
    repeats = max(1, min(REPEATS, 2 * FIRST // size))
    return min((_run(folder, path, size, settings, server) for _ in range(repeats)), key=lambda run: run.cpu)


def _run(folder: Path, path: Path, size: int, settings: Mapping[str, str] | None, server: str | None) -> Run:
    with fresh_database(folder, server) as url:
        if server is not None:
            command(folder, url, "db", "upgrade", settings=settings)
        _, reading = command(folder, url, "ingest", str(path), settings=settings)
        report, deciding = command(folder, url, "once", settings=settings)
    if report["taken"] != size:
        raise Failed(f"the pass took {report['taken']:,} articles of {size:,}")
    return Run(size, reading, deciding, report["stages"])


def _peer(name: str, path: Path) -> Cost:
    program = Path(__file__).with_name("peers.py")
    done = subprocess.run([sys.executable, program, name, path], stdout=subprocess.PIPE, check=True)
    measured = json.loads(done.stdout)
    return Cost(1e6 * measured["cpu_seconds"] / measured["articles"])


def tables(measured: Sequence[Speed]) -> list[Table]:
    """The costs as tables."""
    return [_rates(measured), _ratios(measured), _stages(measured)]


def _rates(measured: Sequence[Speed]) -> Table:
    rows = [
        (
            f"{one.name}: {system}",
            f"{one.articles:,}",
            spread([cost.rate for cost in costs]),
            spread([cost.cpu for cost in costs]),
            _wall(costs),
            _memory(costs),
        )
        for one in measured
        for system, costs in one.costs.items()
    ]
    starts = ", ".join(f"{one.first:,} of {one.name}" for one in measured)
    return Table(
        "Speed",
        ("set and system", "articles", "articles / CPU s", "CPU µs / article", "articles / s", "memory, MB"),
        rows,
        (
            "Median of the rounds, in parentheses the smallest and the largest. CPU: user and system of all threads of "
            f"the program, start-up left out by the difference between all articles and the first {starts}; of a "
            "PostgreSQL server only the client counts, so compare its articles a second, by the wall clock. The peers "
            "group near-duplicates and do nothing else.",
        ),
    )


def _wall(costs: Sequence[Cost]) -> str:
    walls = [1e6 / cost.wall for cost in costs if cost.wall is not None]
    return spread(walls) if walls else "-"


def _memory(costs: Sequence[Cost]) -> str:
    memory = [cost.memory for cost in costs if cost.memory is not None]
    return f"{max(memory):,.0f}" if memory else "-"


def _ratios(measured: Sequence[Speed]) -> Table:
    rows = []
    for one in measured:
        for system in (WHOLE, COPIES):
            ratios = [
                [own.rate / other.rate for own, other in zip(one.costs[system], one.costs[peer], strict=True)]
                for peer in PEERS
            ]
            rows.append((f"{one.name}: {system}", *(spread(ratio, 2) for ratio in ratios)))
    return Table(
        "Times as fast as a peer",
        ("set and system", *(f"as {peer}" for peer in PEERS)),
        rows,
        ("Articles per CPU second over the peer's in the same round; above 1 `dedup` is ahead.",),
    )


def _stages(measured: Sequence[Speed]) -> Table:
    names = [*_profile(measured[0].costs[WHOLE])]
    profiles = [_profile(costs) for one in measured for costs in (one.costs[WHOLE], one.costs[COPIES])]
    rows = [(name, *(f"{profile[name]:,.0f}" for profile in profiles)) for name in names]
    headings = [f"{one.name}{what}" for one in measured for what in ("", ", copies alone")]
    return Table(
        "Where the time goes, µs an article",
        ("stage", *headings),
        rows,
        (
            "Median of the rounds. read: `dedup ingest`. The others are the stages of a pass as it reports them, by "
            "the wall clock, times the share of the wall clock in which the pass had a processor.",
        ),
    )


def _profile(costs: Sequence[Cost]) -> dict[str, float]:
    profiles = [dict(_with_rest(cost)) for cost in costs]
    return {name: median(profile[name] for profile in profiles) for name in profiles[0]}


def _with_rest(cost: Cost) -> Iterator[tuple[str, float]]:
    stages = cost.stages or {}
    yield from stages.items()
    yield "rest of the pass", cost.cpu - sum(stages.values())
    yield "all, CPU", cost.cpu


def chosen(sets: Sequence[ArticleSet], folder: Path, quick: bool) -> list[ArticleSet]:
    """The sets to take the time of: dated streams that are long enough, or without any a generated one; if `quick`,
    the beginnings of the longest. What is made for this is kept in `folder`."""
    streams = [one for one in sets if one.dated and one.size >= SMALLEST_SET] or [generated(folder, GENERATED_SIZE)]
    if not quick:
        return streams
    longest = [describe(beginning(one, QUICK_SIZE, folder)) for one in streams if one.size >= QUICK_SIZE]
    return longest or streams


def main() -> None:
    """Prints the tables."""
    summary, _, details = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=summary, epilog=details, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_arguments(parser)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        streams = chosen(found(arguments.data), Path(scratch), arguments.quick)
        measured = [measure(one, 1 if arguments.quick else arguments.rounds, arguments.postgresql) for one in streams]
        print("\n\n".join(table.markdown() for table in tables(measured)))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of this measurement."""
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="sets as JSON Lines")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N", help=f"default {ROUNDS}")
    parser.add_argument(
        "--quick", action="store_true", help=f"one round, the first {QUICK_SIZE:,} articles: a look, not a measurement"
    )
    parser.add_argument("--postgresql", metavar="URL", help="also on this server, where the user may make a database")


if __name__ == "__main__":
    main()
