"""``dedup export``: stories as JSON Lines, to read elsewhere or to archive."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from rich.console import RenderableType

from dedup.cli.invocation import Invocation
from dedup.cli.output import Advance, as_json
from dedup.cli.stories import since, wanted_stories
from dedup.cli.wording import Hint, count, line
from dedup.errors import TemporaryError, UsageError
from dedup.store import Store, exports, forgetting, queries
from dedup.store.bulk import pages


@dataclass(slots=True)
class Written:
    """What went into the file: how many stories, and the version of each article."""

    stories: int = 0
    versions: dict[int, int] = field(default_factory=dict)


def export(invocation: Invocation) -> int:
    """Writes the stories; with ``--archive`` the database then forgets their texts."""
    given, output = invocation.arguments, invocation.output
    to_stdout = given.file == "-"
    if to_stdout and (output.json or given.archive):
        raise UsageError("the stories go to the standard output; for --json and --archive name a FILE")
    before = since(given.archive, datetime.now(UTC), "--archive") if given.archive else None
    if before is not None and Path(given.file).exists():
        raise UsageError(f"{given.file} is there already, and an archive is never overwritten; name another file")
    with invocation.store() as store, output.progress("exporting") as advance:
        with _target(given.file) as file:
            written = _write(store, file, invocation, before, advance)
        forgotten = 0 if before is None else _forget(store, written.versions)
    if to_stdout:
        return 0
    document = {"file": given.file, "stories": written.stories, "articles": len(written.versions)}
    output.answer(document | {"forgotten_texts": forgotten}, _told(given.file, written, forgotten, invocation.hint))
    return 0


def _write(
    store: Store, file: TextIO, invocation: Invocation, before: datetime | None, advance: Advance | None
) -> Written:
    given, archive = invocation.arguments, before is not None
    written = Written()
    with store.reading() as connection:
        if before is not None:
            ids = exports.with_text(connection, exports.ended(connection, before))
        else:
            ids = queries.story_ids(connection, wanted_stories(given, 1))
        for page in exports.stories(connection, ids, text=archive or given.bodies, evidence=archive):
            for story in page:
                file.write(json.dumps(story, ensure_ascii=False, default=as_json) + "\n")
                written.versions |= {article["article_id"]: article["version"] for article in story["articles"]}
            written.stories += len(page)
            if advance:
                advance(written.stories, len(ids))
    return written


def _forget(store: Store, versions: Mapping[int, int]) -> int:
    """Forgets what is in the archive, unless a new version has come since; page by page, so that no pass waits long."""
    known, forgotten = list(versions), 0
    for page in pages(known, forgetting.PAGE):
        with store.writing() as connection:
            forgotten += forgetting.forget_versions(connection, {number: versions[number] for number in page})
    return forgotten


@contextmanager
def _target(name: str) -> Iterator[TextIO]:
    """The file to write, there under its name once it is whole and safe on the disk; ``-`` is the standard output.

    Raises `TemporaryError` where it cannot be written.
    """
    if name == "-":
        yield sys.stdout
        return
    path = Path(name)
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as raw:
            packed = gzip.GzipFile(filename="", fileobj=raw, mode="wb") if path.suffix == ".gz" else raw
            with io.TextIOWrapper(packed, encoding="utf-8", errors="backslashreplace") as text:
                yield text
                text.flush()
                if packed is not raw:
                    packed.close()
                raw.flush()
                os.fsync(raw.fileno())
        part.replace(path)
    except OSError as error:
        raise TemporaryError(f"{name} cannot be written: {error.strerror}; nothing was forgotten") from error
    finally:
        part.unlink(missing_ok=True)


def _told(name: str, written: Written, forgotten: int, hint: Hint) -> Iterator[RenderableType]:
    yield line(
        f"{count(written.stories, 'story', 'stories')} with {count(len(written.versions), 'article')} are in ",
        (name, "bold"),
    )
    if forgotten:
        yield line(
            f"The texts of {count(forgotten, 'article')} are forgotten in the database; copies of them stay known."
        )
        yield line(
            "To give their room back to the disk, with the service stopped: VACUUM in sqlite3 or psql", style="dim"
        )
    yield line("Next: ", hint("stories"))
