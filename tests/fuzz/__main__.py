"""Thousands of inputs for every parser, of which none may escape: it finds something in them or refuses them.

    make fuzz                                        # 10,000 inputs a parser
    make fuzz FUZZ="--inputs 500 --seed 7"           # fewer, and the same inputs as another time
    make fuzz FUZZ="--parser WARC --parser WACZ"     # these alone

The slowest input of each, and one that something escapes on, is left in .run/fuzz; the latter belongs into
tests/fuzz/worst once it is mended.
"""

from __future__ import annotations

import argparse
import faulthandler
import logging
import random
import re
import sys
import time
import traceback
import warnings
from pathlib import Path

from bench.tables import Table
from dedup import logs
from dedup.config.sections import LogSettings

from .parsers import PARSERS
from .run import fuzz

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / "bench" / "FUZZ.md"
KEPT = ROOT / ".run" / "fuzz"
HEAD = """# Fuzzing

The last run of `make fuzz`: inputs that hypothesis made for every parser, most of them whole samples with some damage.
What is found in a file is cleaned and signed as well. An *escape* is any error that is not one of dedup's own, an input
that takes ten seconds, or something that no database could hold."""


def main() -> int:
    """Fuzzes each parser and writes the report; 1 where something escaped."""
    summary, _, details = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description=summary, epilog=details,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    names = [known.name for known in PARSERS]
    parser.add_argument("--inputs", type=int, default=10_000, help="for each parser (default 10,000)")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="of the inputs")
    parser.add_argument("--parser", choices=names, action="append", help="default all")
    parser.add_argument("--report", type=Path, default=REPORT, help="where the table goes (default bench/FUZZ.md)")
    given = parser.parse_args()
    faulthandler.enable()
    warnings.simplefilter("ignore")
    logs.configure(LogSettings(level="error"), sys.stderr)
    logging.disable()
    sys.stderr.write(f"seed {given.seed}\n")
    rows, sound = [], True
    for known in PARSERS:
        if given.parser and known.name not in given.parser:
            continue
        start = time.process_time()
        outcome = fuzz(known, given.inputs, given.seed)
        seconds = time.process_time() - start
        escape = "none" if outcome.error is None else type(outcome.error).__name__
        numbers = outcome.inputs, outcome.found, 1000 * outcome.slowest, seconds
        rows.append((known.name, *(f"{number:,.0f}" for number in numbers), escape))
        sys.stderr.write(f"{known.name}: {outcome.inputs:,} inputs in {seconds:.0f} s\n")
        keep(f"{known.name} slowest", outcome.slowest_on)
        if outcome.error is not None:
            sound = False
            traceback.print_exception(outcome.error)
            file = keep(f"{known.name} escaped", outcome.escaped)
            sys.stderr.write(f"{known.name}: something escaped on the input in {file}\n")
    columns = ("parser", "inputs", "something found in", "slowest, ms of CPU", "seconds of CPU", "escapes")
    table = Table(f"Seed {given.seed}, {time.strftime('%Y-%m-%d', time.gmtime())}", columns, rows).markdown()
    given.report.write_text(f"{HEAD}\n\n{table}\n", encoding="utf-8")
    sys.stdout.write(f"{table}\n")
    return 0 if sound else 1


def keep(name: str, data: object) -> Path:
    """Leaves an input in a file."""
    KEPT.mkdir(parents=True, exist_ok=True)
    file = KEPT / re.sub(r"\W+", "-", name)
    file.write_bytes(data if isinstance(data, bytes) else repr(data).encode("utf-8", "backslashreplace"))
    return file


if __name__ == "__main__":
    raise SystemExit(main())
