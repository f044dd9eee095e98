"""``dedup ingest``: files into the inbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from rich.console import RenderableType

from dedup.ahead import ahead
from dedup.cli.invocation import Invocation
from dedup.cli.wording import Hint, count, line, refusals
from dedup.config import Config
from dedup.errors import InputRejected, TemporaryError
from dedup.intake.article import Article
from dedup.intake.dates import utc_now
from dedup.intake.files import OnProgress, batches, read
from dedup.intake.given import Unreadable
from dedup.store import Store
from dedup.store.passes import inbox
from dedup.store.passes.inbox import Rejected

SHOWN_REJECTIONS = 10


@dataclass(slots=True)
class Ingested:
    """What came of reading files: articles taken, rejections by reason, and the first of them."""

    taken: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    first: list[Rejected] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        """Inputs that were not taken."""
        return self.reasons.total()

    def note(self, refused: Iterable[Rejected]) -> None:
        """Counts rejections that were written."""
        for rejected in refused:
            self.reasons[rejected.reason] += 1
            if len(self.first) < SHOWN_REJECTIONS:
                self.first.append(rejected)


def ingest(invocation: Invocation) -> int:
    """Reads files into the inbox; 65 if something in them was rejected."""
    output, settings = invocation.output, invocation.config.ingest
    paths: list[Path | Literal["-"]] = invocation.arguments.paths
    # Before a database is made: raises for what cannot be read.
    read(paths, source=settings.source, max_bytes=settings.max_bytes)
    done = Ingested()
    with invocation.store(create=True) as store:
        try:
            with output.progress("reading") as advance:
                into_inbox(store, paths, invocation.config, done, advance, own=invocation.own)
        except TemporaryError as error:
            raise type(error)(f"{error}. {_so_far(done)}") from error
        except KeyboardInterrupt:
            output.note(_so_far(done))
            raise
        waiting = store.health().pending
    document = {
        "taken": done.taken,
        "rejected": done.rejected,
        "reasons": dict(done.reasons.most_common()),
        "first_rejections": [asdict(rejected) for rejected in done.first],
        "waiting": waiting,
    }
    output.answer(document, _shown(done, waiting, invocation.hint))
    return InputRejected.exit_code if done.rejected else 0


def into_inbox(
    store: Store, paths: Sequence[Path | Literal["-"]], config: Config, done: Ingested,
    on_progress: OnProgress | None = None, *, own: Iterable[Path],
) -> None:  # fmt: skip
    """Puts all articles in `paths` into the inbox of `store`, in their order, a transaction a batch.

    What cannot be used becomes a row in the rejections; `own` are the files of dedup, which no folder has as articles.
    `done` counts what is committed. Raises `DatabaseAway`.
    """
    settings = config.ingest
    items = read(
        paths,
        source=settings.source,
        max_bytes=settings.max_bytes,
        on_progress=on_progress,
        headlines=config.text.min_words == 0,
        own=own,
    )
    # What comes through a pipe is read by this thread, which a signal interrupts.
    for batch in batches(items) if "-" in paths else ahead(batches(items)):
        taken = [item for item in batch if isinstance(item, Article)]
        refused = [Rejected(**asdict(item)) for item in batch if isinstance(item, Unreadable)]
        with store.writing() as connection:
            refused += inbox.put(connection, taken)
            inbox.reject(connection, refused, utc_now())
        done.taken += len(batch) - len(refused)
        done.note(refused)


def _so_far(done: Ingested) -> str:
    return (
        f"{count(done.taken, 'article')} had been taken; run the same command again: what is there changes nothing, "
        "only an article that comes in several versions counts them again"
    )


def _shown(done: Ingested, waiting: int, hint: Hint) -> Iterator[RenderableType]:
    yield line((f"{count(done.taken, 'article')} taken", "bold"), f", {done.rejected:,} rejected")
    if done.rejected:
        yield ""
        yield refusals(done.first)
        if done.rejected > len(done.first):
            reasons = ", ".join(f"{number:,} {reason}" for reason, number in done.reasons.most_common())
            yield line(f"... and {done.rejected - len(done.first):,} more; in all: {reasons}")
        yield line("All of them are in the view v_rejections.")
    yield ""
    if waiting:
        waits = count(waiting, "article waits", "articles wait")
        yield line(f"{waits}: the daemon takes them, or type: ", hint("once"))
    else:
        yield line("Nothing waits. See: ", hint("stories"))
