"""``dedup db``: schema, invariants, snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from rich.console import RenderableType

from dedup.cli.invocation import Invocation
from dedup.cli.wording import cell, count, line, table
from dedup.store.check import Finding, names

BROKEN = 1


def upgrade(invocation: Invocation) -> int:
    """Brings the schema up to date; makes the SQLite file where there is none."""
    with invocation.store(create=True, checked=False) as store:
        before, after = store.upgrade()
        label = store.label
    if before == after:
        told = f"{label} has schema {after} already; nothing to do"
    else:
        told = f"{label}: schema {before or 'none'} -> {after}"
    invocation.output.answer({"database": label, "before": before, "after": after}, [line(told)])
    return 0


def check(invocation: Invocation) -> int:
    """Asks for every invariant; 1 where one is broken, since no fault may do that."""
    full = invocation.arguments.full
    with invocation.store() as store:
        findings = store.check(full=full)
        label = store.label
    checked = names(full=full)
    document = {
        "database": label,
        "ok": not findings,
        "checked": list(checked),
        "findings": [asdict(finding) for finding in findings],
    }
    invocation.output.answer(document, _findings(label, checked, findings, full))
    return BROKEN if findings else 0


def backup(invocation: Invocation) -> int:
    """Writes a snapshot while all goes on."""
    target = invocation.arguments.file
    with invocation.store(checked=False) as store:
        size = store.backup(target)
        label = store.label
    document = {"database": label, "file": str(target.absolute()), "bytes": size}
    told = [
        line(f"{label} is saved in {target} ({size:,} bytes)"),
        line("To restore it: stop dedup, copy the file over the database, delete its -wal and -shm files, start dedup."),
    ]
    invocation.output.answer(document, told)
    return 0


def _findings(
    label: str, checked: Sequence[str], findings: Sequence[Finding], full: bool
) -> Iterator[RenderableType]:
    if not findings:
        yield line(("All is well: ", "green"), f"{count(len(checked), 'invariant holds', 'invariants hold')} in {label}")
        if not full:
            yield line("To read every page and compare every copy once more: ", ("dedup db check --full", "bold"))
        return
    rows = table("broken", ("rows", "number"), ("what it means", "words"), ("for example", "words"))
    for finding in findings:
        rows.add_row(
            cell(finding.name, "red"), cell(f"{finding.count:,}"), cell(finding.meaning), cell("; ".join(finding.examples))
        )
    yield rows
    yield ""
    yield line(f"{len(findings)} of {len(checked)} invariants are broken in {label}.")
    yield line("Keep a copy for the bug report: ", ("dedup db backup FILE", "bold"), "; then restore the last good backup.")
