"""``dedup export``: stories as JSON Lines, to read elsewhere or to archive."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import RenderableType

from dedup.cli.choice import refuse_choice, since, wanted_stories
from dedup.cli.invocation import Invocation
from dedup.cli.output import Advance, as_json
from dedup.cli.wording import Hint, count, line
from dedup.errors import UsageError
from dedup.store import Store
from dedup.store.answers import exports, search
from dedup.store.database.bulk import pages
from dedup.store.database.target import written
from dedup.store.operation import forgetting

Write = Callable[[str], object]
"""Called with each line."""


@dataclass(slots=True)
class Written:
    """What went into the file: how many stories and articles; of an archive the version of each article."""

    stories: int = 0
    articles: int = 0
    versions: dict[int, int] = field(default_factory=dict)


def export(invocation: Invocation) -> int:
    """Writes the stories; with ``--archive`` the database then forgets their texts."""
    given, output = invocation.arguments, invocation.output
    to_stdout = given.file == "-"
    if to_stdout and (output.json or given.archive is not None):
        raise UsageError("the stories go to the standard output; for --json and --archive name a FILE")
    if given.archive is not None:
        refuse_choice(given, "--archive")
    before = since(given.archive, datetime.now(UTC), "--archive")
    with invocation.store(reads=before is None) as store, output.progress("exporting") as advance:
        where = None if to_stdout else invocation.place(store, given.file)
        if before is not None and where is not None and where.exists():
            raise UsageError(f"{given.file} is there already, and an archive is never overwritten; name another file")
        with nullcontext(output.write) if where is None else _lines(given.file, where) as write:
            done = _write(store, write, invocation, before, advance)
        forgotten = 0 if before is None else _forget(store, done.versions)
    if to_stdout:
        return 0
    document = {"file": str(given.file), "stories": done.stories, "articles": done.articles}
    output.answer(document | {"forgotten_texts": forgotten}, _told(document, forgotten, invocation.hint))
    return 0


def _write(
    store: Store, write: Write, invocation: Invocation, before: datetime | None, advance: Advance | None
) -> Written:
    given, archive = invocation.arguments, before is not None
    done = Written()
    with store.reading() as connection:
        if before is not None:
            ids = exports.with_text(connection, exports.ended(connection, before))
        else:
            ids = search.story_ids(connection, wanted_stories(given, 1))
        for page in exports.stories(connection, ids, text=archive or given.bodies, evidence=archive):
            for story in page:
                write(json.dumps(story, ensure_ascii=False, default=as_json) + "\n")
                done.articles += len(story["articles"])
                if archive:
                    done.versions |= {article["article_id"]: article["version"] for article in story["articles"]}
            done.stories += len(page)
            if advance:
                advance(done.stories, len(ids))
    return done


def _forget(store: Store, versions: Mapping[int, int]) -> int:
    """Forgets what is in the archive, unless a new version has come since; page by page, so that no pass waits long."""
    known, forgotten = list(versions), 0
    for page in pages(known, forgetting.PAGE):
        with store.writing() as connection:
            forgotten += forgetting.forget_versions(connection, {number: versions[number] for number in page})
    return forgotten


@contextmanager
def _lines(name: Path, where: Path) -> Iterator[Write]:
    """The file `where`, gzipped where `name`, what a person called it, says so. Raises as `written` does."""
    with written(where) as raw:
        packed: Any = gzip.GzipFile(filename="", fileobj=raw, mode="wb") if name.suffix == ".gz" else nullcontext(raw)
        with packed as file:
            yield lambda text: file.write(text.encode(errors="backslashreplace"))


def _told(document: Mapping[str, Any], forgotten: int, hint: Hint) -> Iterator[RenderableType]:
    yield line(
        f"{count(document['stories'], 'story', 'stories')} with {count(document['articles'], 'article')} are in ",
        (document["file"], "bold"),
    )
    if forgotten:
        yield line(
            f"The texts of {count(forgotten, 'article')} are forgotten in the database; copies of them stay known."
        )
        yield line(
            "To give their room back to the disk, with the service stopped: VACUUM in sqlite3 or psql", style="dim"
        )
    yield line("Next: ", hint("stories"))
