"""Measures all: speed against the peers, quality against labels. Prints the tables and writes them to RESULTS.md.

make bench                              all of it, some minutes
make bench BENCH='--quick'              a look: one round, the first articles of each set; writes nothing
python bench/run.py --help
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import quality
import speed
from articles import ArticleSet, found, generated
from tables import Table

RESULTS = Path(__file__).with_name("RESULTS.md")
VERSIONS = ("dedup", "datasketch", "rensa", "numpy", "SQLAlchemy")


def main() -> None:
    """Runs all measurements."""
    summary, _, details = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=summary, epilog=details, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    speed.add_arguments(parser)
    parser.add_argument("--only", choices=("speed", "quality"), help="one half, which writes nothing")
    arguments = parser.parse_args()
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        sets = found(arguments.data)
        origin = ""
        if not sets:
            origin = (
                "There was no folder of articles to measure, so a generated stream took its place: "
                "its speed is realistic, its quality only shows that nothing is broken."
            )
            _say(f"{arguments.data} has no sets. {origin}")
        made = []
        if arguments.only != "quality":
            made += _speed(sets, arguments, Path(scratch))
        if arguments.only != "speed":
            made += _quality(sets or [generated(Path(scratch), quality.GENERATED_SIZE)], arguments.quick)
    page = "\n".join(_page(made, origin))
    print(page)
    _say(f"{time.perf_counter() - begun:.0f} s in all")
    if arguments.quick or arguments.only:
        _say(f"{RESULTS.name} stays as it was: this was not the whole measurement")
    else:
        RESULTS.write_text(page, encoding="utf-8")
        _say(f"written to {RESULTS}")


def _speed(sets: Sequence[ArticleSet], arguments: argparse.Namespace, scratch: Path) -> list[Table]:
    measured = []
    for one in speed.chosen(sets, scratch, arguments.quick):
        _say(f"speed: {one.name}, {one.size:,} articles")
        measured.append(speed.measure(one, 1 if arguments.quick else arguments.rounds, arguments.postgresql))
    return speed.tables(measured)


def _quality(sets: Sequence[ArticleSet], quick: bool) -> list[Table]:
    measured = []
    for one in sets:
        if quick and one.size > quality.MOST_COMPARED:
            continue
        _say(f"quality: {one.name}, {one.size:,} articles")
        measured.append(quality.measure(one))
    return quality.tables(measured)


def _page(tables: Sequence[Table], origin: str) -> Iterator[str]:
    yield "# Results"
    yield ""
    yield f"Written by `make bench`; [README.md](README.md) explains how to read it. {origin}".rstrip()
    yield ""
    yield f"- {datetime.now(UTC):%Y-%m-%d}, `bench/run.py{_flags()}`"
    yield f"- {len(os.sched_getaffinity(0))} cores, {_processor()}, Linux {platform.release().partition('-')[0]}"
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in VERSIONS)
    yield f"- Python {platform.python_version()}, {versions}, commit {_commit()}"
    for table in tables:
        yield ""
        yield table.markdown()
    yield ""


def _flags() -> str:
    """The flags as they were given, with dots for the places that they name."""
    given = ["..." if "/" in flag else flag for flag in sys.argv[1:]]
    return f" {' '.join(given)}" if given else ""


def _commit() -> str:
    """The commit that was measured; ``-dirty`` when the checkout has changes, so that nobody can measure it again."""
    git = ["git", "-C", str(RESULTS.parent), "describe", "--always", "--dirty", "--exclude=*"]
    try:
        done = subprocess.run(git, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


def _processor() -> str:
    """The model of the processor, as far as Linux knows it."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
