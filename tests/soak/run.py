"""One soak: articles, daemons, faults, and what came of it."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from bench.generate import Shape, stream
from dedup.config import Config
from dedup.config.sections import DatabaseSettings
from dedup.errors import DatabaseAway
from dedup.intake.article import Article
from dedup.intake.dates import parse_date
from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.store.passes import inbox

from ..pipeline.conftest import picture
from .daemons import Daemons
from .faults import Fault, faults

PAUSE = (2.0, 6.0)
"""Seconds between two faults."""
LONGEST = 1800.0
"""Seconds that working off the rest may take."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done and seen: `findings` are broken invariants, `differences` decisions other than undisturbed."""

    kind: str
    articles: int
    accepted: int
    faults: dict[str, int]
    events: dict[str, int]
    runs: dict[str, int]
    drained: float
    findings: tuple[str, ...]
    differences: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing was lost, counted twice or decided otherwise."""
        return not self.findings and not self.differences


class Feeder(threading.Thread):
    """Puts articles into the inbox at a steady rate and in order, again where the database did not confirm them."""

    def __init__(self, store: Store, articles: list[Article], rate: float) -> None:
        super().__init__(daemon=True)
        self._store, self._articles, self._rate = store, articles, rate

    def run(self) -> None:
        """Until all are in."""
        start, done = time.monotonic(), 0
        while done < len(self._articles):
            due = min(len(self._articles), int((time.monotonic() - start) * self._rate))
            try:
                with self._store.writing() as connection:
                    inbox.put(connection, self._articles[done:due])
                done = due
            except DatabaseAway:
                time.sleep(0.2)
                continue
            time.sleep(0.25)


def soak(url: str, folder: Path, seconds: float, rate: float, seed: int) -> Outcome:
    """Faults for so many seconds on the empty database `url`, the comparison in `folder`."""
    kind = make_url(url).get_backend_name()
    articles = generated(int(seconds * rate), seed)
    store = Store.open(DatabaseSettings(url=url, timeout_seconds=60), create=True)
    store.upgrade()
    draw = random.Random(seed)
    daemons = Daemons(url, folder)
    try:
        done, drained, codes = disturbed(
            store, articles, daemons, faults(url, folder, daemons, draw), draw, seconds, rate
        )
    finally:
        daemons.kill()
    _say(f"{kind}: all is worked off; comparing")
    found = [f"{finding.name}: {finding.meaning}" for finding in store.check(full=True)]
    # One that meets a database that is away when it starts ends with 75, and is started again as long as this goes on.
    found += [f"a daemon ended with {code}" for code in codes if code not in (0, DatabaseAway.exit_code)]
    with store.reading() as connection:
        runs = dict(connection.execute(sa.text("SELECT outcome, COUNT(*) FROM v_runs GROUP BY outcome")).all())
        accepted = connection.scalar(sa.text("SELECT COUNT(*) FROM v_articles")) or 0
    differences = compared(picture(store), undisturbed(folder, articles))
    store.close()
    return Outcome(
        kind, len(articles), accepted, dict(done), dict(daemons.events()), runs, drained, tuple(found),
        tuple(differences),
    )  # fmt: skip


def disturbed(
    store: Store, articles: list[Article], daemons: Daemons, known: dict[str, Fault], draw: random.Random,
    seconds: float, rate: float,
) -> tuple[Counter[str], float, list[int]]:  # fmt: skip
    """Feeds `articles` under faults; how often each came, the seconds to work off the rest, the daemons' exit codes."""
    kind = store.engine.dialect.name
    feeder = Feeder(store, articles, rate)
    feeder.start()
    done, deck = Counter[str](), list[str]()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(draw.uniform(*PAUSE))
        daemons.tend()
        deck = deck or draw.sample(sorted(known), len(known))
        name = deck.pop()
        _say(f"{kind}: {end - time.monotonic():.0f} s left, {name}")
        known[name]()
        done[name] += 1
    feeder.join()
    start = time.monotonic()
    drain(store, daemons)
    return done, time.monotonic() - start, daemons.stop()


def generated(size: int, seed: int) -> list[Article]:
    """Made-up news; see `bench.generate`."""
    return [
        Article(one.uri, one.body_text, one.source, url=one.url, title=one.title, language=one.language,
                published_at=parse_date(one.published_at), content_type="text/plain")
        for one in islice(stream(seed, Shape(words=120)), size)
    ]  # fmt: skip


def drain(store: Store, daemons: Daemons) -> None:
    """Waits until nothing waits. Raises TimeoutError when the daemons do not get there."""
    end = time.monotonic() + LONGEST
    while time.monotonic() < end:
        daemons.tend()
        with store.reading() as connection:
            left = inbox.count(connection)
        if left == 0:
            return
        time.sleep(1)
    raise TimeoutError(f"{left} articles still wait after {LONGEST:g} s")


def undisturbed(folder: Path, articles: list[Article]) -> dict[str, list[tuple[Any, ...]]]:
    """What one pass of one program decides about `articles` in a database of its own."""
    store = Store.open(DatabaseSettings(url=f"sqlite:///{folder / 'undisturbed.db'}"), create=True)
    store.upgrade()
    with store.writing() as connection:
        inbox.put(connection, articles)
    with store.writer_lock() as lock:
        Pipeline(store, Config(), lock).run_pass()
    seen = picture(store)
    store.close()
    return seen


def compared(found: dict[str, list[Any]], wanted: dict[str, list[Any]]) -> list[str]:
    """One sentence for each kind of decision that differs."""
    return [
        f"{name}: {len(set(found[name]) ^ set(wanted[name]))} rows differ, for example "
        f"{next(iter(set(found[name]) ^ set(wanted[name])), 'a row that is there twice')}"
        for name in wanted
        if found[name] != wanted[name]
    ]


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
