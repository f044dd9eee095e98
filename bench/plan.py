#!/usr/bin/env python3
"""How long `dedup plan` takes over a generated stream, and how long a pass takes meanwhile.

    python bench/plan.py [N]      # 100,000 articles unless told

Half a thousand articles more wait in the inbox when the plan begins; a pass takes them while it runs. Both read and
write one database, so the pass must end long before the plan does.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from generate import Shape, stream
from program import command, fresh_database
from tables import Table

SEED = 1
MEANWHILE = 500
THRESHOLD = "0.4"


def main(words: Sequence[str]) -> int:
    """Prints the table."""
    size = int(words[0]) if words else 100_000
    with tempfile.TemporaryDirectory(prefix="bench-plan-") as name, fresh_database(folder := Path(name)) as url:
        articles = stream(SEED, Shape())
        for part, number in (("before", size), ("meanwhile", MEANWHILE)):
            with (folder / f"{part}.jsonl").open("w", encoding="utf-8") as lines:
                lines.writelines(f"{json.dumps(one.record())}\n" for one in islice(articles, number))
        command(folder, url, "ingest", str(folder / "before.jsonl"))
        _, deciding = command(folder, url, "once")
        command(folder, url, "ingest", str(folder / "meanwhile.jsonl"))
        (folder / "pass").mkdir()
        with ThreadPoolExecutor() as at_once:
            plan = at_once.submit(command, folder, url, "plan", "--story-threshold", THRESHOLD, "--since", "2000-01-01")
            made_pass = at_once.submit(command, folder / "pass", url, "once")
            (report, used), (taken, passed) = plan.result(), made_pass.result()
    rows = [
        ("the pass over all", f"{size:,}", f"{deciding.cpu:.1f}", f"{deciding.wall:.1f}", f"{deciding.memory:,.0f}"),
        ("the plan", f"{report['articles']:,}", f"{used.cpu:.1f}", f"{used.wall:.1f}", f"{used.memory:,.0f}"),
        ("a pass meanwhile", f"{taken['taken']:,}", f"{passed.cpu:.1f}", f"{passed.wall:.1f}", f"{passed.memory:,.0f}"),
    ]
    print(Table("A plan", ("what", "articles", "CPU s", "s", "MB"), rows).markdown())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
