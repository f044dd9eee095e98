#!/usr/bin/env python3
"""What a full window costs: microseconds an article, memory, the start of the service, a pass over one new article.

    python bench/scale.py [N]      # 1,000,000 articles unless told: an hour or more

All of N generated articles are within the ten days in which stories are told, the last of them in the order of
arrival. Measured are 4,000 articles after 20,000 others and 4,000 after N, each in a pass of its own; then the start of
`dedup run` until it says READY, and a pass over one article.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from articles import write
from generate import Shape, stream
from program import Used, command, fresh_database
from tables import Table

SEED, WORDS = 1, 150
SMALL, SAMPLE = 20_000, 4_000
DAYS = 9
AT_WORK = ("take", "text", "sketch", "decide", "write")
PATIENCE = 600


def passed(folder: Path, url: str, records: Iterator[dict[str, Any]], size: int) -> tuple[dict[str, Any], Used]:
    """Puts the next `size` articles into the database and runs a pass over them."""
    write(folder / "next.jsonl", islice(records, size))
    command(folder, url, "ingest", str(folder / "next.jsonl"))
    report, used = command(folder, url, "once")
    return report, used


def cost(report: dict[str, Any]) -> float:
    """Microseconds an article by the wall clock, without loading."""
    return 1e6 * sum(report["stages"][name] for name in AT_WORK) / int(report["taken"])


def ready(folder: Path, url: str) -> float:
    """Seconds from the start of the service until it says that it is ready."""
    address = folder / "notify"
    environment = os.environ | {"NOTIFY_SOCKET": str(address), "DEDUP_DATABASE_URL": url, "DEDUP_LOG_LEVEL": "error"}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(str(address))
        told.settimeout(PATIENCE)
        start = time.perf_counter()
        service = subprocess.Popen([sys.executable, "-m", "dedup", "run"], cwd=folder, env=environment)
        try:
            while b"READY=1" not in told.recv(4096).split(b"\n"):
                pass
            return time.perf_counter() - start
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait()


def main() -> None:
    """Prints the table."""
    summary, _, details = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=summary, epilog=details, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("size", type=int, nargs="?", default=1_000_000)
    size = parser.parse_args().size
    shape = Shape(per_day=size / DAYS, words=WORDS)
    records = (article.record() for article in stream(SEED, shape))
    with tempfile.TemporaryDirectory(prefix="bench-scale-") as name, fresh_database(folder := Path(name)) as url:
        passed(folder, url, records, SMALL)
        few, _ = passed(folder, url, records, SAMPLE)
        passed(folder, url, records, size - SMALL - SAMPLE)
        many, used = passed(folder, url, records, SAMPLE)
        start = ready(folder, url)
        one, _ = passed(folder, url, records, 1)
    rows = [
        (f"an article after {SMALL:,}", f"{cost(few):,.0f} µs"),
        (f"an article after {size:,}", f"{cost(many):,.0f} µs"),
        ("ratio", f"{cost(many) / cost(few):.2f}"),
        (f"memory with {size:,} in the window", f"{used.memory:,.0f} MB"),
        ("start until READY", f"{start:,.1f} s"),
        ("of it loading", f"{many['stages']['load']:,.1f} s"),
        ("a pass over one article, without loading", f"{cost(one) / 1e3:,.1f} ms"),
    ]
    print(Table("A full window", ("what", json.dumps(size)), rows).markdown())


if __name__ == "__main__":
    main()
