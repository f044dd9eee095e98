"""``dedup status``: what the service is doing, and how it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from rich.console import RenderableType
from rich.table import Table

from dedup import __version__
from dedup.cli.invocation import Invocation
from dedup.cli.wording import Hint, age, cell, count, line, moment
from dedup.kernel import chosen as kernel
from dedup.store import Store
from dedup.store.answers import overview
from dedup.store.answers.overview import Run
from dedup.store.database import room
from dedup.store.operation import sources as records
from dedup.store.operation.health import Health, read_health
from dedup.store.operation.held import Sessions, holder, sessions, trouble
from dedup.store.operation.instances import LEADER, Instance, all_instances
from dedup.store.operation.sources import SourceState
from dedup.store.plans import applications
from dedup.store.plans.applications import Wish

UNWELL = 1

_SET_TO_BE_READ = "the database is set to read-only (default_transaction_read_only)"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a look found: how the service is, its last pass, what was asked of it last, who is connected, and what keeps
    a leader from writing, empty for nothing; `now` was the moment of it."""

    health: Health
    last: Run | None
    wish: Wish | None
    others: Sessions
    idle: str
    now: datetime


def status(invocation: Invocation) -> int:
    """Prints it; with ``--check`` 1 when the service is not well."""
    now = datetime.now(UTC)
    with invocation.store(reads=True) as store:
        with store.reading() as connection:
            health = read_health(connection)
            runs = overview.last_runs(connection, 1)
            totals = overview.totals(connection)
            suspects = overview.suspect_count(connection)
            sources = [state for state in records.states(connection).values() if state.active]
            instances = all_instances(connection)
            wish = applications.last(connection)
        writer, others = holder(store.engine), sessions(store.engine)
        idle = _idle(instances, writer, others)
        health = _with_signs(health, store, writer, idle)
        database = store.label
    last = runs[0] if runs else None
    document = {
        "version": __version__,
        "database": database,
        "schema_version": health.schema_version,
        "config_version": health.config_version,
        "writer": writer,
        "instances": [asdict(instance) | {"connected": _connected(instance, others)} for instance in instances],
        "health": asdict(health),
        "last_run": asdict(last) if last else None,
        "sources": [_source(state) for state in sources],
        "application": asdict(wish) if wish else None,
        "totals": totals | {"suspect_stories": suspects},
        "kernel": {"compiled": kernel.COMPILED, "reason": kernel.FALLBACK_REASON},
    }
    seen = _Seen(health, last, wish, others, idle, now)
    invocation.output.answer(document, _shown(document, seen, invocation.hint))
    return UNWELL if invocation.arguments.check and not health.ok else 0


def _connected(instance: Instance, others: Sessions) -> bool | None:
    return None if others.connected is None else instance.instance in others.connected


def _idle(instances: Sequence[Instance], writer: int | None, others: Sessions) -> str:
    """What keeps a leader from writing that runs, since it is connected, and does not hold the lock; empty for none."""
    if writer is not None:
        return ""
    for instance in instances:
        if instance.role == LEADER and _connected(instance, others):
            why = f": {_SET_TO_BE_READ}" if others.read_only else ""
            return f"{LEADER} {instance.instance} is connected and cannot write{why}; its log says more"
    return ""


def _not_known(others: Sessions) -> str:
    """Why nobody can tell from here whether a daemon runs; empty where one can."""
    if others.copy:
        return "not known here: this server is a copy of another one, and who works there is seen there alone"
    return f"not known: {_SET_TO_BE_READ}, so nobody can give a sign of life" if others.read_only else ""


def _with_signs(health: Health, store: Store, writer: int | None, idle: str) -> Health:
    """`health` with what the database cannot say when nothing can be written into it."""
    says = trouble(store.engine, writer)
    told = [f"process {writer} says: {says}"] if says and says != "; ".join(health.reasons) else []
    told += [idle] if idle else []
    reasons = (*health.reasons, *(reason for reason in (room.shortage(store.path), *told) if reason))
    return replace(health, ok=not reasons, reasons=reasons)


def _shown(document: Mapping[str, Any], seen: _Seen, hint: Hint) -> Iterator[RenderableType]:
    totals, health, last = document["totals"], seen.health, seen.last
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column()
    rows.add_row(cell("database"), cell(f"{document['database']}, schema {health.schema_version}"))
    rows.add_row(cell("service"), cell(_doing(document["writer"], seen)))
    for instance in document["instances"]:
        rows.add_row(cell("instance"), cell(*_instance(instance, document["writer"], seen.others)))
    well = ("well", "green") if health.ok else (f"not well: {'; '.join(health.reasons)}", "bold red")
    rows.add_row(cell("health"), cell(*well))
    rows.add_row(cell("last pass"), cell(_told(last, seen.now)))
    if last is not None and last.error:
        rows.add_row(cell(""), cell(last.error, "red"))
    if health.last_success_at is not None and last is not None and last.outcome not in ("ok", "stopped"):
        rows.add_row(cell("last good"), cell(f"{moment(health.last_success_at)} UTC"))
    for number, source in enumerate(document["sources"]):
        rows.add_row(cell(" " if number else "sources"), cell(*_fed(source)))
    waits = f", the oldest for {age(health.oldest_pending_seconds)}" if health.pending else ""
    rows.add_row(cell("waiting"), cell(f"{count(health.pending, 'article')}{waits}"))
    rows.add_row(
        cell("holds"),
        cell(
            f"{count(totals['articles'], 'article')}, {count(totals['texts'], 'text')}, "
            f"{count(totals['stories'], 'story', 'stories')} ({totals['suspect_stories']:,} suspect), "
            f"{count(totals['rejections'], 'rejection')}"
        ),
    )
    if seen.wish is not None and seen.wish.state != applications.DONE:
        rows.add_row(cell("apply"), cell(*_wished(seen.wish)))
    if totals["to_resign"]:
        left = f"{count(totals['to_resign'], 'article')} left to sign anew after a change of scheme"
        rows.add_row(cell("signing"), cell(left, "yellow"))
    fallback = f"Python, some hundred times slower: {kernel.FALLBACK_REASON}"
    rows.add_row(cell("kernel"), cell("compiled") if kernel.COMPILED else cell(fallback, "yellow"))
    configured = f", configuration {health.config_version}" if health.config_version is not None else ""
    rows.add_row(cell("version"), cell(f"dedup {__version__}{configured}"))
    yield rows
    yield ""
    if health.pending and document["writer"] is None and not seen.idle and not _not_known(seen.others):
        yield line("Articles wait and nothing takes them. Next: ", hint("once"), ", or start the daemon")
    elif totals["articles"]:
        yield line("Next: ", hint("stories"))
    elif not health.pending:
        yield line("Next: ", hint("ingest PATH"))


def _source(state: SourceState) -> dict[str, Any]:
    kept = asdict(state)
    shown = ("name", "kind", "taken", "rejected", "last_taken_at", "failing_since", "error")
    return {name: kept[name] for name in shown} | {"ok": state.error is None}


def _fed(source: Mapping[str, Any]) -> tuple[str, str]:
    """A source in a line, and its style."""
    gave = f"{source['name']} ({source['kind']}): {count(source['taken'], 'article')}, {source['rejected']:,} rejected"
    if source["error"]:
        return f"{gave}; away since {moment(source['failing_since'])} UTC: {source['error']}", "bold red"
    last = source["last_taken_at"]
    return (f"{gave}, last {moment(last)} UTC" if last else f"{gave}; nothing yet"), ""


def _wished(wish: Wish) -> tuple[str, str]:
    """What became of a configuration that was to be applied, and its style."""
    what = f"number {wish.application_id}, asked for {moment(wish.asked_at)} UTC,"
    reason = f": {wish.detail}" if wish.detail else ""
    return (f"{what} waits{reason}", "") if wish.finished_at is None else (f"{what} was refused{reason}", "yellow")


def _instance(instance: Mapping[str, Any], writer: int | None, others: Sessions) -> tuple[str, str]:
    """What an instance does, and its style. One that ends in order takes its row back, and a leader holds the lock."""
    name, silence = f"{instance['role']} {instance['instance']}", age(instance["silent_seconds"])
    if instance["role"] == LEADER and instance["alive"] and writer is None and not others.copy:
        gone = "not connected now" if others.read_only else "ended unexpectedly"
        what = "connected, without the lock" if instance["connected"] else gone
        return f"{name}: {what}; last sign of life {silence} ago", "red"
    if instance["alive"]:
        return f"{name}: {instance['status']}", ""
    return f"{name}: silent for {silence}{', and connected' if instance['connected'] else ''}", "red"


def _doing(writer: int | None, seen: _Seen) -> str:
    if writer is None and (told := seen.idle or _not_known(seen.others)):
        return told
    last = seen.last
    unfinished = last if last is not None and last.outcome == "running" else None
    if writer is not None:
        return f"process {writer} works{f' on pass {unfinished.run_id}' if unfinished else ', between two passes'}"
    if unfinished is not None:
        return f"not running; it ended in the middle of pass {unfinished.run_id}, the next pass goes on from there"
    return "not running: no daemon and no `dedup once` works on this database"


def _told(last: Run | None, now: datetime) -> str:
    if last is None:
        return "none yet"
    if last.finished_at is None:
        return f"pass {last.run_id} since {moment(last.started_at)} UTC: {count(last.taken, 'article')} so far"
    ended = f"{moment(last.finished_at)} UTC ({age((now - last.finished_at).total_seconds())} ago)"
    took = "" if last.seconds is None else f" after {last.seconds:.1f} s"
    return (
        f"pass {last.run_id} ended {last.outcome}{took}, {ended}: {last.taken:,} taken, {last.accepted:,} new, "
        f"{last.updated:,} updated, {last.rejected:,} rejected, {count(last.new_stories, 'new story', 'new stories')}"
    )
