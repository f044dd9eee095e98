"""``dedup once``: one pass."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

import structlog
from rich.console import RenderableType

from dedup import logs
from dedup.cli.ingest import SHOWN_REJECTIONS
from dedup.cli.invocation import Invocation
from dedup.cli.output import Advance
from dedup.cli.signals import Stop, stopped_by_signals
from dedup.cli.wording import Hint, cell, count, line, refusals, table
from dedup.config.sources import check_urls
from dedup.errors import InputRejected, TemporaryError
from dedup.pipeline import Pipeline
from dedup.service import report
from dedup.sources.collector import settling
from dedup.store import Store
from dedup.store.answers import overview
from dedup.store.answers.overview import Rejection
from dedup.store.operation.lock import WriterLock
from dedup.store.passes import inbox
from dedup.tally import PassReport

log = structlog.get_logger()

# Articles of another signature scheme that one call signs after its pass; the rest is left to the next.
SIGNED_AT_ONCE = 20_000
# How long it waits for files that may still be written to; the default of `settle_seconds` is half of it.
MOST_SECONDS = 10.0


def once(invocation: Invocation) -> int:
    """One pass; 75 if a source could not be read, 65 if something was rejected, 128 and the number of a signal if one
    ended it early."""
    output = invocation.output
    check_urls(invocation.config.sources)
    with invocation.store(create=True) as store:
        logs.configure(invocation.config.log, sys.stderr)
        with store.writer_lock() as lock, stopped_by_signals() as stop, output.progress("clustering") as advance:
            with store.reading() as connection:
                before = overview.newest_rejection(connection)
            _await_files(invocation, stop)
            pipeline = Pipeline(store, invocation.config, lock, collect=True)
            beat = _beat(store, pipeline, lock, advance)
            done = pipeline.run_pass(stop.event, beat)
            pipeline.sign_some(SIGNED_AT_ONCE, lambda: not stop.event.is_set(), beat)
        with store.reading() as connection:
            refused = done.rejected + sum(source["rejected"] for source in done.sources.values())
            rejected = overview.rejections_after(connection, before, SHOWN_REJECTIONS) if refused else []
    log.info("pass.finished", **report.fields(done))
    logs.leave_run()
    document = asdict(done) | {"first_rejections": [asdict(one) for one in rejected]}
    output.answer(document, _shown(done, refused, rejected, invocation.hint))
    if stop.signal:
        return 128 + stop.signal
    if any(source["error"] for source in done.sources.values()):
        return TemporaryError.exit_code
    return InputRejected.exit_code if refused else 0


def _await_files(invocation: Invocation, stop: Stop) -> None:
    """Waits until files that have just come into a spool folder count as whole, where that takes no longer than
    `MOST_SECONDS`."""
    seconds = settling(invocation.config)
    if seconds > MOST_SECONDS:
        invocation.output.note(
            f"the newest file in a spool folder, which may still be written to, is left for {seconds:,.0f} s more"
        )
    elif seconds:
        stop.event.wait(seconds)


def _beat(store: Store, pipeline: Pipeline, lock: WriterLock, advance: Advance | None) -> Callable[[], None]:
    """What to do after each batch: a sign of life, since a daemon may stand by, and progress.

    What waits is counted again only when all that did has been taken: a long inbox takes longer to count than to read a
    batch of it.
    """
    if advance is None:
        return lock.keep
    show, total = advance, 0

    def beat() -> None:
        nonlocal total
        lock.keep()
        taken = pipeline.recorded.taken
        if taken >= total:
            with store.reading() as connection:
                total = taken + inbox.count(connection)
        show(taken, total)

    return beat


def _shown(done: PassReport, refused: int, rejected: Sequence[Rejection], hint: Hint) -> Iterator[RenderableType]:
    yield line(
        (f"pass {done.run_id}", "bold"), f": {count(done.taken, 'article')} taken in {done.seconds:.1f} s",
        "" if done.outcome == "ok" else " (stopped early, the rest waits)",
    )  # fmt: skip
    if done.taken:
        rows = table("what became of them", ("", "number"))
        for name, number in (
            ("new articles", done.accepted),
            ("new versions of articles", done.updated),
            ("already there, unchanged", done.unchanged),
            ("rejected", done.rejected),
            ("new stories", done.new_stories),
            ("stories merged into another", done.merged_stories),
        ):
            rows.add_row(cell(name), cell(f"{number:,}", "yellow" if name == "rejected" and number else ""))
        yield ""
        yield rows
    if done.sources:
        gave = table("source", ("read", "number"), ("taken", "number"), ("rejected", "number"), ("trouble", "words"))
        for name, source in done.sources.items():
            numbers = (cell(f"{source[key]:,}") for key in ("read", "taken", "rejected"))
            gave.add_row(cell(name), *numbers, cell(source["error"], "bold red"))
        yield ""
        yield gave
    yield ""
    if rejected:
        yield refusals(rejected)
        more = f"... and {refused - len(rejected):,} more. " if refused > len(rejected) else ""
        yield line(f"{more}All rejections are in the view v_rejections.")
        yield ""
    if done.pending:
        yield line(f"{count(done.pending, 'article waits', 'articles wait')}. Next: ", hint("once"))
    else:
        yield line("Next: ", hint("stories"))
