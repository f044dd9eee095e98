#!/usr/bin/env python3
"""What the lines that sites put around every article cost stories and copies, with and without the memory of them.

    python bench/site_noise.py [FILE...] [--words N...] [--untitled] [--seed N]

Each file is labelled JSONL (or .gz) as for ``bench/train.py``; without any, those of the data folder of which at least
half of the articles come after the first `FIRST_PAGES` of their site (the host of the URL, else the source). Each site
gets a template of N made-up words, in lines of two to nine, of the syllables of one of several languages; half of it
stands above each of its articles, half below.

- **Stories**: BCubed against the labels, of the articles after the first `FIRST_PAGES` of their site; those before are
  in the stream with their noise.
- **Copies**: so that there are some, each fifth article is also published by another site, whole, an hour later; BCubed
  against what is a copy of what, of the same articles.

With ``--untitled`` the headline is no longer given but stands above the text, as in pages that were saved as text.

The clean text is told with ``[text] drop_boilerplate`` as it ships, the noisy one with it and without.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import robustness
import train
from generate import SYLLABLES
from tables import Table

from dedup import logs
from dedup.config import Config
from dedup.config.sections import DatabaseSettings, LogSettings, TextSettings
from dedup.evaluation import Scores, score
from dedup.intake.article import Article
from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.store.answers import queries
from dedup.store.passes import inbox

SEED = 1
WORDS = (50, 100, 200)
FIRST_PAGES = 10
LIMIT = 0.5
"""Points of F1 that noise may cost while the memory is on."""
COPIED = 5
LATER = 20
"""Articles between one and its copy at another site."""
LINE = (2, 9)
_SHAPES = (
    SYLLABLES,
    ("schö", "kreu", "ter", "zwei", "ßen", "lich", "haft", "übr", "ung", "stra", "ber", "äch", "fen", "ge", "ver"),
    ("é", "tion", "ais", "ran", "oû", "ête", "vre", "cou", "leur", "île", "que", "mon", "pré", "dans", "eau"),
    ("ción", "ña", "lla", "ero", "mente", "tra", "do", "que", "par", "sal", "ría", "cam", "pue", "blo"),
    ("szcz", "ał", "nie", "prze", "owa", "ści", "dzi", "kow", "żyć", "mał", "roz", "ień", "tor", "pań"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """Scores of stories and of copies with so many words of noise; `memory` says whether sites are remembered."""

    name: str
    words: int
    memory: bool
    stories: Scores
    copies: Scores


def site_of(one: Article) -> str:
    """Where an article was published."""
    return urlsplit(one.url or "").hostname or one.source or ""


def template(site: str, words: int, seed: int) -> tuple[str, str]:
    """The lines above and below every article of a site, `words` in all."""
    rng = random.Random(f"{seed} {site} {words}")
    syllables = rng.choice(_SHAPES)
    lines: list[str] = []
    left = words
    while left > 0:
        size = min(left, rng.randint(*LINE))
        line = " ".join("".join(rng.choices(syllables, k=rng.randint(2, 4))) for _ in range(size))
        lines.append(line[0].upper() + line[1:])
        left -= size
    return "\n".join(lines[: len(lines) // 2]), "\n".join(lines[len(lines) // 2 :])


def noisy(given: Sequence[Article], words: int, seed: int = SEED) -> list[Article]:
    """The articles as whole pages of their sites."""
    made: dict[str, tuple[str, str]] = {}
    pages = []
    for one in given:
        site = site_of(one)
        above, below = made.setdefault(site, template(site, words, seed))
        pages.append(replace(one, body=f"{above}\n\n{one.body}\n\n{below}" if words else one.body))
    return pages


def untitled(given: Sequence[Article]) -> list[Article]:
    """The articles with their titles in the text."""
    return [replace(one, title=None, body=f"{one.title}\n\n{one.body}" if one.title else one.body) for one in given]


def after_first(given: Sequence[Article], pages: int = FIRST_PAGES) -> set[str]:
    """The uris of the articles that are not among the first `pages` of their site."""
    seen: Counter[str] = Counter()
    late = set()
    for one in given:
        seen[site_of(one)] += 1
        if seen[site_of(one)] > pages:
            late.add(one.uri)
    return late


def syndicated(given: Sequence[Article]) -> tuple[list[Article], dict[str, str]]:
    """The articles, each fifth of them a second time at one of the ten largest sites; and of each its original."""
    sites: dict[str, list[Article]] = defaultdict(list)
    for one in given:
        sites[site_of(one)].append(one)
    largest = sorted(sites, key=lambda site: (-len(sites[site]), site))[:10]
    placed = [(float(place), one) for place, one in enumerate(given)]
    of_whom = {one.uri: one.uri for one in given}
    for place in range(0, len(given), COPIED):
        one = given[place]
        there = largest[place // COPIED % len(largest)]
        if there == site_of(one):
            there = largest[(place // COPIED + 1) % len(largest)]
        date = one.published_at and one.published_at + timedelta(hours=1)
        template = sites[there][0]
        url = f"https://{there}/copy/{place}" if template.url else None
        copy = replace(one, uri=f"copy:{one.uri}", url=url, source=template.source, published_at=date)
        placed.append((place + LATER + 0.5, copy))
        of_whom[copy.uri] = one.uri
    return [one for _, one in sorted(placed, key=lambda pair: pair[0])], of_whom


def decide(given: Sequence[Article], config: Config) -> tuple[dict[str, int], dict[str, int]]:
    """Story and duplicate group of each uri as the program finds them."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(DatabaseSettings(url=f"sqlite:///{folder}/noise.db"), create=True)
        try:
            store.upgrade()
            with store.writing() as connection:
                inbox.put(connection, given)
            with store.writer_lock() as lock:
                report = Pipeline(store, config, lock).run_pass()
            if report.rejected:
                raise SystemExit(f"{report.rejected} articles were rejected")
            with store.reading() as connection:
                stories, groups = queries.clusters(connection)
            # The articles of a set have uris of their own.
            return {uri: number for (_, uri), number in stories.items()}, {uri: n for (_, uri), n in groups.items()}
        finally:
            store.close()


def tell(data: train.Labelled, words: int, seed: int, *, memory: bool) -> Told:
    """The scores of a set with so much noise."""
    config = Config(text=TextSettings(drop_boilerplate=memory))
    late = after_first(data.articles)
    stories, _ = decide(noisy(data.articles, words, seed), config)
    told = score({uri: story for uri, story in data.stories.items() if uri in late}, stories)
    with_copies, of_whom = syndicated(data.articles)
    _, groups = decide(noisy(with_copies, words, seed), config)
    late = after_first(with_copies)
    copies = score({uri: original for uri, original in of_whom.items() if uri in late}, groups)
    return Told(robustness.set_name(data), words, memory, told, copies)


def measure(data: train.Labelled, sizes: Sequence[int], seed: int = SEED) -> Iterator[Told]:
    """The scores of the clean text first, then with each size of noise, without memory and with it."""
    yield tell(data, 0, seed, memory=True)
    for words in sizes:
        yield tell(data, words, seed, memory=False)
        yield tell(data, words, seed, memory=True)


def table(told: Sequence[Told], late: Mapping[str, tuple[int, int]]) -> Table:
    """A row for each measurement; `late` are how many articles of each set are scored, and of how many."""
    rows = []
    clean: dict[str, Told] = {}
    for one in told:
        base = clean.setdefault(one.name, one)
        points = [
            100 * (now.bcubed_f1 - then.bcubed_f1)
            for now, then in ((one.stories, base.stories), (one.copies, base.copies))
        ]
        what = (
            f"{one.words} words of noise, {'with' if one.memory else 'without'} memory" if one.words else "clean text"
        )
        held = ("yes" if min(points) >= -LIMIT else "NO") if one.words and one.memory else ""
        lost = [f"{value:+.1f}" if one.words else "" for value in points]
        f1 = [f"{scores.bcubed_f1:.3f}" for scores in (one.stories, one.copies)]
        rows.append((f"{one.name}: {what}", f1[0], lost[0], f1[1], lost[1], held))
    scored = "; ".join(f"{part:,} of {whole:,} articles of {name}" for name, (part, whole) in late.items())
    return Table(
        "Stories and copies told from pages with site noise",
        ("set and text", "stories F1", "points", "copies F1", "points", "held"),
        rows,
        (
            f"BCubed F1 of the articles after the first {FIRST_PAGES} of their site: {scored}. Points: the change from "
            f"the clean text, in hundredths. Held: with memory no more than {LIMIT} are lost.",
        ),
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="labelled JSONL, also gzipped")
    parser.add_argument("--words", type=int, nargs="+", default=WORDS, metavar="N", help="default 50 100 200")
    parser.add_argument("--untitled", action="store_true", help="with the title in the text alone")
    parser.add_argument("--seed", type=int, default=SEED, metavar="N", help="default %(default)s")
    arguments = parser.parse_args()
    logs.configure(LogSettings(level="warning"), sys.stderr)
    sets = robustness.labelled(arguments.files)
    if arguments.untitled:
        sets = [replace(data, articles=untitled(data.articles)) for data in sets]
    late = {robustness.set_name(data): (len(after_first(data.articles)), len(data.articles)) for data in sets}
    if not arguments.files:
        sets = [data for data in sets if 2 * late[robustness.set_name(data)][0] >= len(data.articles)]
        late = {robustness.set_name(data): late[robustness.set_name(data)] for data in sets}
    print(table([told for data in sets for told in measure(data, arguments.words, arguments.seed)], late).markdown())


if __name__ == "__main__":
    main()
