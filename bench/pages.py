"""HTML pages: how much of their articles is found, how often title and date are right, and how many go in a second.

    python bench/pages.py [FOLDER] [--rounds N] [--times N]

FOLDER holds pages (`*.html`, gzipped or not) and `ground-truth.json`, the bodies of their articles as a person marked
them: `{name: {"articleBody": text}}`. All goes through `dedup ingest` and `dedup once` on a fresh database. Bodies are
compared as bags of word 4-grams: F1 of the mean precision and the mean recall. A title or date counts on a page that
states one in its Open Graph or JSON-LD; a day off is wrong.
"""

from __future__ import annotations

import argparse
import gzip
import html
import json
import re
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from statistics import mean

from program import Used, command, fresh_database
from quality import DATA
from sqlalchemy.engine import make_url
from tables import Table, spread

from dedup.intake.dates import parse_date

FOLDER = DATA.parent / "html"
_PROPERTY = r"<meta\b[^>]*\b(?:property|name|itemprop)\s*=\s*[\"']?{name}\b[^>]*"
_CONTENT = re.compile(r"""\bcontent\s*=\s*("[^"]*"|'[^']*')""")
_JSON = r'"{name}"\s*:\s*"((?:[^"\\]|\\.)*)"'


def four_grams(text: str) -> Counter[tuple[str, ...]]:
    """The bag of word 4-grams of `text`; of fewer words the one that there is."""
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[at : at + 4]) for at in range(max(len(words) - 3, min(len(words), 1))))


def scores(truth: Mapping[str, str], found: Mapping[str, str]) -> tuple[float, float, float]:
    """F1 of the means, mean precision and mean recall of the bodies `found` against the true ones, by name."""
    precisions, recalls = [], []
    for name, body in truth.items():
        true, own = four_grams(body), four_grams(found.get(name, ""))
        shared = (true & own).total()
        precisions.append(shared / own.total() if own else 0.0)
        recalls.append(shared / true.total() if true else 1.0)
    precision, recall = mean(precisions), mean(recalls)
    return 2 * precision * recall / (precision + recall), precision, recall


def stated(markup: str, properties: Sequence[str], key: str) -> list[str]:
    """What a page states in its elements meta of these names and under `key` in its JSON-LD."""
    values = [
        content[1].strip("\"'")
        for name in properties
        for tag in re.findall(_PROPERTY.format(name=re.escape(name)), markup, re.IGNORECASE)
        if (content := _CONTENT.search(tag))
    ]
    return [*values, *re.findall(_JSON.format(name=key), markup)]


def title_is_right(markup: str, title: str) -> bool | None:
    """Whether `title` is one that the page states, but for the name of the site; None where it states none."""
    said = [_words(value) for value in stated(markup, ("og:title",), "headline")]
    own = _words(title)
    return any(own and (own in one or one in own) for one in said if one) if any(said) else None


def day_is_right(markup: str, published: datetime | None) -> bool | None:
    """Whether `published` is within a day of a moment that the page states; None where it states none."""
    values = stated(markup, ("article:published_time", "datePublished", "og:article:published_time"), "datePublished")
    said = [moment for value in values if (moment := parse_date(value)) is not None]
    if not said:
        return None
    return published is not None and any(abs((published - moment).total_seconds()) < 86_400 for moment in said)


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", html.unescape(html.unescape(text)).casefold()))


def quality(folder: Path, scratch: Path) -> Table:
    """Bodies, titles and dates as the views give them."""
    truth = {name: page["articleBody"] for name, page in json.loads((folder / "ground-truth.json").read_text()).items()}
    with fresh_database(scratch) as url:
        command(scratch, url, "ingest", str(folder))
        command(scratch, url, "once")
        with closing(sqlite3.connect(make_url(url).database or "")) as connection:
            rows = connection.execute("SELECT uri, title, body_text, published_at FROM v_articles").fetchall()
    found = {uri.partition(".")[0]: (title, body, parse_date(published)) for uri, title, body, published in rows}
    f1, precision, recall = scores(truth, {name: body for name, (_, body, _) in found.items()})
    titles, days = [], []
    for name in truth:
        markup = _markup(folder, name)
        title, _, published = found.get(name, ("", "", None))
        titles += [right for right in [title_is_right(markup, title)] if right is not None]
        days += [right for right in [day_is_right(markup, published)] if right is not None]
    row = (
        str(len(truth)), f"{f1:.4f}", f"{precision:.4f}", f"{recall:.4f}",
        f"{sum(titles)} of {len(titles)}", f"{sum(days)} of {len(days)}",
    )  # fmt: skip
    return Table("Main text", ("pages", "F1", "precision", "recall", "titles right", "days right"), [row])


def _markup(folder: Path, name: str) -> str:
    path = next(folder.glob(f"{name}.html*"))
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode(errors="replace")


def speed(folder: Path, scratch: Path, rounds: int, times: int) -> Table:
    """Pages a second of both commands, from every page `times` times beside a run over each once.

    That is subtracted: it starts the workers and loads what is known of each language.
    """
    pages = sorted(folder.glob("*.html*"))
    once, all_of_them = scratch / "each-once", scratch / "all"
    for place, chosen in ((once, pages), (all_of_them, pages * (times + 1))):
        place.mkdir()
        for number, page in enumerate(chosen):
            shutil.copyfile(page, place / f"{number:06}-{page.name}")
    count = len(pages) * times
    cpu: dict[str, list[float]] = {"ingest": [], "once": []}
    wall: dict[str, list[float]] = {"ingest": [], "once": []}
    memory = 0.0
    for _ in range(rounds):
        small, large = _run(once, scratch), _run(all_of_them, scratch)
        for name, costs in cpu.items():
            costs.append((large[name].cpu - small[name].cpu) / count)
            wall[name].append((large[name].wall - small[name].wall) / count)
        memory = max(memory, large["once"].memory)
    both = [sum(pair) for pair in zip(*cpu.values(), strict=True)]
    seconds = [sum(pair) for pair in zip(*wall.values(), strict=True)]
    row = (
        f"{count:,}", *(spread([1e3 * one for one in cpu[name]], 1) for name in cpu),
        spread([1 / one for one in both]), spread([1 / one for one in seconds]), f"{memory:,.0f}",
    )  # fmt: skip
    columns = ("pages", "ingest, CPU ms", "once, CPU ms", "pages / CPU s", "pages / s", "largest process, MB")
    notes = (
        "CPU: user and system of the program and its workers; start-up, and what each language takes to be loaded, is "
        "left out by the difference to a run over each page once. Pages a second by the wall clock "
        "are of all cores that the program may use, and of what else the machine does.",
    )
    return Table("Speed", columns, [row], notes)


def _run(folder: Path, scratch: Path) -> dict[str, Used]:
    with fresh_database(scratch) as url:
        return {"ingest": command(scratch, url, "ingest", str(folder))[1], "once": command(scratch, url, "once")[1]}


def main() -> None:
    """Prints the tables."""
    summary, _, details = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=summary, epilog=details, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--times", type=int, default=4, metavar="N", help="each page so often, under other names")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        print(quality(arguments.folder, Path(scratch)).markdown(), end="\n\n")
        print(speed(arguments.folder, Path(scratch), arguments.rounds, arguments.times).markdown())


if __name__ == "__main__":
    main()
