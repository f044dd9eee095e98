#!/usr/bin/env python3
"""What a full window costs: microseconds an article, memory, the start of the service, a pass over one new article.

    python bench/scale.py [N] [--archive M] [--days D]    # 1,000,000 articles unless told: an hour or more

All of N generated articles are within the ten days in which stories are told, the last of them in the order of
arrival; or they come in D days: more than 45 show what a service keeps that runs for longer than it looks back.
Measured are 4,000 articles after 20,000 others and 4,000 after N, each in a pass of its own; then the start of `dedup
run` until it says READY, its passes over single articles that arrive one after the other, and what an operator types
meanwhile; with an archive the same once more with M older articles behind them, see `archive.py`.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from archive import put_behind
from articles import write
from generate import Shape, stream
from program import Used, command, fresh_database
from tables import Table

SEED, WORDS = 1, 150
SMALL, SAMPLE = 20_000, 4_000
SINGLE = 6
LAST_PASS = "SELECT coalesce(max(run_id), 0) FROM v_runs WHERE accepted > 0"
PASS_AFTER = "SELECT seconds FROM v_runs WHERE accepted = 1 AND outcome = 'ok' AND run_id > ?"
DAYS = 9
AT_WORK = ("take", "text", "sketch", "decide", "write")
PATIENCE = 600
TYPED = (("status",), ("stories",), ("story", "1"), ("why", "1"))


def passed(folder: Path, url: str, records: Iterator[dict[str, Any]], size: int) -> tuple[dict[str, Any], Used]:
    """Puts the next `size` articles into the database and runs a pass over them."""
    write(folder / "next.jsonl", islice(records, size))
    command(folder, url, "ingest", str(folder / "next.jsonl"))
    report, used = command(folder, url, "once")
    return report, used


def cost(report: dict[str, Any]) -> float:
    """Microseconds an article by the wall clock, without loading."""
    return 1e6 * sum(float(report["stages"][name]) for name in AT_WORK) / int(report["taken"])


@dataclass(frozen=True, slots=True)
class Service:
    """Seconds from the start of the service until it says that it is ready, its most memory in MB, the seconds that its
    passes over one article took, the first of which also reads what tells languages apart, and those until a command
    answers, the second time that it is asked."""

    start: float
    memory: float
    passes: list[float]
    answers: dict[str, float]


def served(folder: Path, url: str, records: Iterator[dict[str, Any]]) -> Service:
    """Starts the service and gives it articles, one after the other."""
    address = folder / "notify"
    address.unlink(missing_ok=True)
    environment = os.environ | {"NOTIFY_SOCKET": str(address), "DEDUP_DATABASE_URL": url, "DEDUP_LOG_LEVEL": "error"}
    environment["DEDUP_SERVICE_INTERVAL_SECONDS"] = "1"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(str(address))
        told.settimeout(PATIENCE)
        start = time.perf_counter()
        service = subprocess.Popen([sys.executable, "-m", "dedup", "run"], cwd=folder, env=environment)
        try:
            while b"READY=1" not in told.recv(4096).split(b"\n"):
                pass
            seconds = time.perf_counter() - start
            passes = [one_by_one(folder, url, record) for record in islice(records, SINGLE)]
            status = Path(f"/proc/{service.pid}/status").read_text()
            memory = re.search(r"VmHWM:\s+(\d+)", status)
            answers = {" ".join(words): [command(folder, url, *words)[1].wall for _ in range(2)][1] for words in TYPED}
            return Service(seconds, int(memory[1]) / 1024 if memory else 0.0, passes, answers)
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait()


def one_by_one(folder: Path, url: str, record: dict[str, Any]) -> float:
    """Puts an article into the inbox; the seconds of the pass of the service that took it."""
    write(folder / "next.jsonl", [record])
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        (before,) = connection.execute(LAST_PASS).fetchone()
        command(folder, url, "ingest", str(folder / "next.jsonl"))
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            took = connection.execute(PASS_AFTER, (before,)).fetchone()
            if took is not None:
                seconds: float = took[0]
                return seconds
            time.sleep(0.05)
    raise SystemExit("the service takes no article")


def rows_of(service: Service) -> list[tuple[str, str]]:
    """The rows of the table that tell of a service."""
    return [
        ("most memory of the service", f"{service.memory:,.0f} MB"),
        ("its start until READY", f"{service.start:,.1f} s"),
        ("its first pass over one article", f"{1e3 * service.passes[0]:,.0f} ms"),
        ("those after it", f"{1e3 * median(service.passes[1:]):,.0f} ms"),
        *((f"dedup {words}, second time", f"{seconds:.1f} s") for words, seconds in service.answers.items()),
    ]


def main() -> None:
    """Prints the table."""
    summary, _, details = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=summary, epilog=details, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("size", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--archive", type=int, default=0, metavar="M", help="older articles, then; default none")
    parser.add_argument("--days", type=int, default=DAYS, metavar="D", help="in which they come; default %(default)s")
    given = parser.parse_args()
    size = given.size
    shape = Shape(per_day=size / given.days, words=WORDS)
    records = (article.record() for article in stream(SEED, shape))
    with tempfile.TemporaryDirectory(prefix="bench-scale-") as name, fresh_database(folder := Path(name)) as url:
        passed(folder, url, records, SMALL)
        few, _ = passed(folder, url, records, SAMPLE)
        _, filled = passed(folder, url, records, size - SMALL - SAMPLE)
        many, used = passed(folder, url, records, SAMPLE)
        services = rows_of(served(folder, url, records))
        if given.archive:
            for done in put_behind(Path(url.removeprefix("sqlite:///")), given.archive):
                print(done, file=sys.stderr)
            services.append((f"with {given.archive:,} older articles", ""))
            services += rows_of(served(folder, url, records))
    rows = [
        (f"an article after {SMALL:,}", f"{cost(few):,.0f} µs"),
        (f"an article after {size:,}", f"{cost(many):,.0f} µs"),
        ("ratio", f"{cost(many) / cost(few):.2f}"),
        (f"most memory of the pass that decided {size - SMALL - SAMPLE:,}", f"{filled.memory:,.0f} MB"),
        ("most memory of the pass after it", f"{used.memory:,.0f} MB"),
        *services,
    ]
    print(Table("A full window", ("what", f"{size:,} in {given.days} days"), rows).markdown())


if __name__ == "__main__":
    main()
