"""Two daemons under random faults for minutes, compared at the end with a run that nothing disturbed.

    make soak                               # ten minutes on each kind of database
    make soak SOAK="--minutes 2 --seed 7"   # shorter, and the same faults as another time

Articles come at a steady rate, one of the daemons leads and the other stands by. Every few seconds a fault is drawn: a
daemon is killed, stopped, frozen or told to read its configuration again; the database is locked, its disk is full, its
sessions are ended, or the server crashes. When the time is over all that waits is worked off, `dedup db check --full`
looks at every row, and everything that was decided is compared with one pass over the same articles.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.tables import Table
from dedup import logs
from dedup.config.sections import LogSettings

from ..postgres import serve
from .run import Outcome, soak

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / "bench" / "SOAK.md"
HEAD = """# Soak

The last run of `make soak` on each database: two daemons, one of which stands by, under random faults. `tests/soak`
says what each fault is. Passes are counted by their outcome in `v_runs`; one that was killed is `aborted`."""


def main() -> int:
    """Soaks each database and writes the report; 1 where something was lost, counted twice or decided otherwise."""
    summary, _, details = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m tests.soak", description=summary, epilog=details,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--minutes", type=float, default=10.0, help="of faults on each database (default 10)")
    parser.add_argument("--rate", type=float, default=200.0, help="articles a second (default 200)")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="of faults and articles")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append", help="default both")
    parser.add_argument("--report", type=Path, default=REPORT, help="where the table goes (default bench/SOAK.md)")
    given = parser.parse_args()
    logs.configure(LogSettings(level="error"), sys.stderr)
    sys.stderr.write(f"seed {given.seed}\n")
    sound = True
    for kind in given.database or ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory(prefix="dedup-soak-") as name, database(kind, Path(name)) as url:
            outcome = soak(url, Path(name), given.minutes * 60, given.rate, given.seed)
        text = section(outcome, given.minutes, given.rate, given.seed)
        write(given.report, {kind: text})
        sys.stdout.write(f"{text}\n")
        sound &= outcome.sound
    return 0 if sound else 1


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'dedup.db'}"
        return
    with serve() as server, server.database() as name:
        # The tests' server is quick because it forgets in a crash what it has just confirmed.
        server.execute(f"ALTER DATABASE {name} SET synchronous_commit = on")
        yield server.url(name)


def section(outcome: Outcome, minutes: float, rate: float, seed: int) -> str:
    """What was done to the daemons on one database, and what came of it."""
    rows = [
        ("minutes of faults", f"{minutes:g}"),
        ("articles", f"{outcome.articles:,}"),
        ("articles a second", f"{rate:g}"),
        *((f"fault: {kind}", str(number)) for kind, number in sorted(outcome.faults.items())),
        ("takeovers by the standby", str(outcome.events.get("service.leading", 0))),
        ("times degraded", str(outcome.events.get("service.degraded", 0))),
        *((f"passes: {how}", str(number)) for how, number in sorted(outcome.runs.items())),
        ("seconds to work off the rest", f"{outcome.drained:.0f}"),
        ("articles in the views", f"{outcome.accepted:,}"),
        ("invariants broken", str(len(outcome.findings))),
        ("decided as in an undisturbed run", "no" if outcome.differences else "yes"),
    ]
    day = time.strftime("%Y-%m-%d", time.gmtime())
    wrong = [f"- {text}" for text in (*outcome.findings, *outcome.differences)]
    return Table(f"{outcome.kind}, seed {seed}, {day}", ("", "number"), rows, wrong).markdown()


def write(path: Path, sections: dict[str, str]) -> None:
    """Puts `sections`, by database, in the place of those that the page has."""
    kept = path.read_text(encoding="utf-8").split("\n### ")[1:] if path.exists() else []
    known = {text.partition(",")[0]: f"### {text.strip()}" for text in kept} | sections
    path.write_text("\n\n".join((HEAD, *(known[kind] for kind in sorted(known)))) + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
