"""The shapes that break clusterings, made to any size: one text a thousand times, templates, live pages, boilerplate.

    python bench/shapes.py                      # each at its full size and at a quarter: events, series, seconds
    python bench/shapes.py --size 1000 reports  # one of them, smaller

Each article names its event as ``story``; nothing may join two events, and time must grow with the number of articles.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sqlite3
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

START = datetime(2012, 1, 2, 16, 30, tzinfo=UTC)
SEED = 7
Record = dict[str, Any]

_SYLLABLES = [
    onset + vowel
    for onset in (
        "b",
        "br",
        "d",
        "dr",
        "f",
        "g",
        "gr",
        "h",
        "k",
        "l",
        "m",
        "n",
        "p",
        "pl",
        "r",
        "s",
        "st",
        "t",
        "tr",
        "v",
    )
    for vowel in "aeiou"
]
_COMMON = re.findall(
    r"\w+",
    "the of and to in a is that for it as was with be by on not he at are this have from or had an they which one were "
    "all there would who has will more no if out so said what up its about into than them can only other new some time "
    "these two may then first any now such over after also did many before must through back years where much way",
)
_SECTORS = ("banks", "utilities", "retailers", "miners", "carmakers", "airlines", "insurers", "chipmakers", "grocers")
_REASONS = (
    "after the central bank left its rate unchanged", "as oil fell for a third session",
    "on hopes of a settlement in the dock strike", "before inflation figures due later this week",
    "after weak orders from abroad", "as the currency lost ground", "in thin trade ahead of a holiday",
)  # fmt: skip
_FOOT = (
    "The index comprises the forty largest companies listed on the exchange, weighted by the value of the shares that "
    "are freely traded. Prices are delayed by fifteen minutes and are given for information only; this report was put "
    "together from exchange data and is not investment advice."
)


class Words:
    """Made-up words and sentences; the same from the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def name(self) -> str:
        """A word that is none."""
        return "".join(self.random.choices(_SYLLABLES, k=self.random.choice((3, 3, 4))))

    def sentences(self, number: int, own: Sequence[str]) -> list[str]:
        """So many sentences of everyday words among which stand words of an event's `own`."""
        made = []
        for _ in range(number):
            words = self.random.choices(_COMMON, k=12) + self.random.choices(own, k=5)
            self.random.shuffle(words)
            made.append(f"{' '.join(words).capitalize()}.")
        return made


def record(uri: str, title: str, body: str, at: datetime, publisher: str, story: str) -> Record:
    """An article as `dedup ingest` reads it, with its event."""
    return {
        "uri": uri, "source": "shapes", "title": title, "body_text": body, "language": "en", "publisher": publisher,
        "published_at": at.isoformat(), "story": story,
    }  # fmt: skip


def release(size: int, seed: int = SEED) -> Iterator[Record]:
    """Copies of one press release, by as many publishers: whole, with words changed, cut, with lines of the site."""
    words = Words(seed)
    text = words.sentences(18, [words.name() for _ in range(40)])
    title = f"{words.name().capitalize()} {words.name()} opens {words.name()} plant in {words.name().capitalize()}"
    for number in range(size):
        sentences, how = list(text), words.random.random()
        if how < 0.3:
            sentences = sentences[: words.random.randint(9, 17)]
        elif how < 0.6:
            sentences[words.random.randrange(18)] = words.sentences(1, [words.name()])[0]
        elif how < 0.7:
            sentences.append("Read more of our business news and sign up for the letter that we send each morning.")
        at = START + timedelta(seconds=words.random.randrange(2 * 86_400))
        yield record(f"release/{number}", title, " ".join(sentences), at, f"Publisher {number % 4_000}", "release")


def reports(size: int, seed: int = SEED) -> Iterator[Record]:
    """A market report of one publisher a day, from one template: other numbers, other sectors, the same foot."""
    rng = random.Random(seed)
    level = 4_800.0
    for day in range(size):
        change = rng.uniform(-1.9, 1.9)
        level *= 1 + change / 100
        up, down = rng.sample(_SECTORS, 2)
        way = "up" if change > 0 else "down"
        title = f"Calder Exchange close: CX-40 {way} {abs(change):.1f} percent at {level:,.2f}"
        body = (
            f"The CX-40 index of the Calder Exchange closed {way} {abs(change):.1f} percent at {level:,.2f} points "
            f"{rng.choice(_REASONS)}. {up.capitalize()} gained {rng.uniform(0.1, 4):.1f} percent while {down} lost "
            f"{rng.uniform(0.1, 4):.1f} percent. Turnover was {rng.uniform(1, 3):.2f} billion crowns, against an "
            f"average of {rng.uniform(1, 3):.2f} billion over the last month. Of the forty companies in the index "
            f"{rng.randint(5, 35)} rose. {_FOOT}"
        )
        yield record(f"report/{day}", title, body, START + timedelta(days=day), "Ledger & Tide", f"day {day}")


def briefings(size: int, seed: int = SEED) -> Iterator[Record]:
    """A publisher's round-up a day under one heading, each with the news of its day."""
    words = Words(seed)
    for day in range(size):
        own = [words.name() for _ in range(30)]
        title = f"Morning briefing: {' '.join(own[:3]).capitalize()}, {' '.join(own[3:5])}"
        at = START + timedelta(days=day)
        body = " ".join(words.sentences(14, own))
        yield record(f"briefing/{day}", title, body, at, "Kestrel Courier", f"day {day}")


def live_page(size: int, seed: int = SEED) -> Iterator[Record]:
    """A live page of one publisher that grows over two days, each state of it saved under an address of its own."""
    words = Words(seed)
    own = [words.name() for _ in range(60)]
    title = f"Live: {words.name().capitalize()} {words.name()} votes in {words.name().capitalize()}"
    entries = words.sentences(6, own)
    for number in range(size):
        at = START + timedelta(days=2 * number / size)
        entries.append(f"{at:%H:%M} {words.sentences(1, own)[0]}")
        yield record(f"live/{number}", title, " ".join(entries), at, "Portside Daily", "live")


def page_versions(size: int, seed: int = SEED) -> Iterator[Record]:
    """The same live page under one address: versions of one article."""
    for state in live_page(size, seed):
        yield state | {"uri": "live"}


def boilerplate(size: int, seed: int = SEED) -> Iterator[Record]:
    """Other texts, each between the same lines of one site, as long as the text itself."""
    words = Words(seed)
    head = " ".join(words.sentences(4, [words.name() for _ in range(8)]))
    foot = " ".join(words.sentences(4, [words.name() for _ in range(8)]))
    for number in range(size):
        own = [words.name() for _ in range(25)]
        title = " ".join(words.random.sample(own, 5)).capitalize()
        body = f"{head} {' '.join(words.sentences(8, own))} {foot}"
        at = START + timedelta(minutes=7 * number)
        yield record(f"page/{number}", title, body, at, "Kestrel Courier", f"event {number}")


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape, its full size, and whether all of it is one series, to be reported as such."""

    make: Callable[[int, int], Iterator[Record]]
    size: int
    series: bool = False


SHAPES = {
    "release": Shape(release, 10_000),
    "reports": Shape(reports, 5_000, series=True),
    "briefings": Shape(briefings, 1_000, series=True),
    "live": Shape(live_page, 300),
    "versions": Shape(page_versions, 300),
    "boilerplate": Shape(boilerplate, 2_000),
}


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a shape: its articles, texts and stories, the stories that hold several events, the series that
    are reported with their issues, and the CPU seconds of the pass."""

    articles: int
    texts: int
    stories: int
    mixed: int
    series: int
    issues: int
    seconds: float


def measure(records: Sequence[Record], folder: Path) -> Found:
    """Runs the program on `records` in a fresh database."""
    from program import command, fresh_database  # noqa: PLC0415 - not where only the shapes are wanted
    from sqlalchemy.engine import make_url  # noqa: PLC0415

    path = folder / "shape.jsonl"
    path.write_text("".join(f"{json.dumps(one)}\n" for one in records))
    events = {one["uri"]: one["story"] for one in records}
    with fresh_database(folder) as url:
        command(folder, url, "ingest", str(path))
        _, used = command(folder, url, "once")
        with closing(sqlite3.connect(make_url(url).database or "")) as connection:
            placed = connection.execute("SELECT uri, story_id, duplicate_group_id FROM v_story_articles").fetchall()
            series = connection.execute("SELECT issue_count FROM v_series").fetchall()
    inside = defaultdict(set)
    for uri, story, _ in placed:
        inside[story].add(events[uri])
    return Found(
        len(placed), len({text for _, _, text in placed}), len(inside), sum(len(told) > 1 for told in inside.values()),
        len(series), sum(issues for (issues,) in series), used.cpu,
    )  # fmt: skip


def main(words: Sequence[str]) -> int:
    """Measures the shapes that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shapes", nargs="*", help=f"of: {', '.join(SHAPES)}")
    parser.add_argument("--size", type=int, help="articles of each instead of its full size")
    given = parser.parse_args(words)
    unknown = set(given.shapes) - SHAPES.keys()
    if unknown:
        parser.error(f"there is no shape {', '.join(sorted(unknown))}; one of: {', '.join(SHAPES)}")
    wrong = False
    print("| shape | articles | texts | stories | of several events | series (issues) | CPU seconds |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        for name in given.shapes or SHAPES:
            shape = SHAPES[name]
            full = given.size or shape.size
            for size in (full // 4, full):
                found = measure(list(islice(shape.make(size, SEED), size)), Path(folder))
                wrong |= found.mixed > 0 or (found.series, found.issues) != ((1, size) if shape.series else (0, 0))
                print(
                    f"| {name} | {found.articles:,} | {found.texts:,} | {found.stories:,} | {found.mixed:,} "
                    f"| {found.series:,} ({found.issues:,}) | {found.seconds:.1f} |",
                    flush=True,
                )
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
