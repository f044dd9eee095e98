#!/usr/bin/env python3
"""An archive behind a full window: older articles, as many as are asked for, copied in SQL from those that are there.

    python bench/archive.py DATABASE N     # the file of a SQLite database that no service uses

Each copy is of all articles that are there, with their groups, stories, evidence and history, a year and more before
them; its ids and places in the order of decisions are lower. Of a text the first hundred characters are kept: what is
measured afterwards never reads the rest of an old article. A million take minutes and four gigabytes. There is no way
back: when it is stopped the database is broken.
"""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

SECONDS_OF_PERIOD = 7 * 86_400
YEAR = 53
"""In periods; nothing that is so old is compared with a new article."""
CHARACTERS = 100

# The columns that hold an id, by the kind of id, of all tables that tell of articles.
IDS = {
    "articles": {"article_id": "article", "ordinal": "ordinal", "duplicate_group_id": "group"},
    "texts": {"article_id": "article"},
    "passages": {"last_article_id": "article"},
    "matches": {"article_id": "article", "matched_article_id": "article"},
    "duplicate_groups": {
        "duplicate_group_id": "group", "story_id": "story", "original_article_id": "article",
        "standing_article_id": "article",
    },
    "stories": {"story_id": "story", "representative_article_id": "article"},
    "story_redirects": {"old_story_id": "story", "story_id": "story"},
    "story_history": {
        "history_id": "history", "story_id": "story", "article_id": "article", "other_story_id": "story",
    },
}  # fmt: skip
# What of them an archive has, in this order; a site is remembered by its newest articles alone.
COPIED = ("articles", "texts", "matches", "duplicate_groups", "stories", "story_redirects", "story_history")
NEXT = {
    "article": "next_article_id", "ordinal": "next_ordinal", "group": "next_group_id", "story": "next_story_id",
    "history": "next_history_id",
}  # fmt: skip


def put_behind(path: Path, articles: int) -> Iterator[str]:
    """Puts at least so many articles before those of a database; tells what is done."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        # Of rows that refer to each other one is always there first.
        for pragma in ("foreign_keys=OFF", "synchronous=OFF", "cache_size=-2000000", "journal_mode=OFF"):
            connection.execute(f"PRAGMA {pragma}")
        (there,) = connection.execute("SELECT count(*) FROM articles").fetchone()
        copies = -(-articles // there)
        given = connection.execute(f"SELECT {', '.join(f'{name} - 1' for name in NEXT.values())} FROM state").fetchone()
        steps = dict(zip(NEXT, given, strict=True))
        first, last = connection.execute("SELECT min(period), max(period) FROM articles").fetchone()
        yield f"{there:,} articles make room for {copies} times as many before them"
        connection.execute("BEGIN")
        for table, ids in IDS.items():
            moved = ", ".join(f"{column} = {column} + {copies * steps[kind]}" for column, kind in ids.items())
            connection.execute(f"UPDATE {table} SET {moved}")
        moved = ", ".join(f"{column} = {column} + {copies * steps[kind]}" for kind, column in NEXT.items())
        connection.execute(f"UPDATE state SET {moved}")
        connection.execute("COMMIT")
        for number in range(copies):
            connection.execute("BEGIN")
            for table in COPIED:
                _copy(connection, table, copies - number, steps, last - first + 2)
            connection.execute("COMMIT")
            yield f"{(number + 1) * there:,} older articles"
        connection.execute("PRAGMA journal_mode=WAL")


def _copy(connection: sqlite3.Connection, table: str, back: int, steps: dict[str, int], periods: int) -> None:
    """Copies the rows of the window, to be the `back`-th copy before it, each so many periods before the next."""
    columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    given = {column: f"{column} - {back * steps[kind]}" for column, kind in IDS[table].items()}
    if table == "articles":
        before = YEAR + back * periods
        given["uri"] = f"uri || '#{back}'"
        given["period"] = f"period - {before}"
        seconds = before * SECONDS_OF_PERIOD
        given["published_at"] = f"strftime('%Y-%m-%dT%H:%M:%SZ', published_at, '-{seconds} seconds')"
    if table == "texts":
        given["body_text"] = f"substr(body_text, 1, {CHARACTERS})"
    key = next(iter(IDS[table]))
    kind = IDS[table][key]
    since = f"(SELECT {NEXT[kind]} FROM state) - {steps[kind]}"
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(given.get(name, name) for name in columns)} "
        f"FROM {table} WHERE {key} >= {since} ORDER BY {key}"
    )


def main() -> None:
    """Puts them there."""
    summary, _, details = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=summary, epilog=details, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("database", type=Path)
    parser.add_argument("articles", type=int)
    given = parser.parse_args()
    for told in put_behind(given.database, given.articles):
        print(told, flush=True)


if __name__ == "__main__":
    main()
