"""``dedup db``: schema, invariants, snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import RenderableType

from dedup.cli.invocation import Invocation
from dedup.cli.wording import Hint, cell, count, line, table
from dedup.errors import UsageError
from dedup.store import schema
from dedup.store.invariants.check import INDEX_MISSING, Finding, names

BROKEN = 1


def upgrade(invocation: Invocation) -> int:
    """Brings the schema up to date; makes the SQLite file where there is none."""
    with invocation.store(create=True, checked=False) as store:
        with store.reading() as connection:
            anew = schema.made_anew(connection)
        with invocation.output.progress("upgrading"):
            before, after = store.upgrade()
        label = store.label
    if before == after:
        done = f"its {' and '.join(anew)} were made anew" if anew else "nothing to do"
        told = f"{label} has schema {after} already; {done}"
    else:
        anew = []  # with the tables
        told = f"{label}: schema {before or 'none'} -> {after}"
    invocation.output.answer({"database": label, "before": before, "after": after, "made_anew": anew}, [line(told)])
    return 0


def check(invocation: Invocation) -> int:
    """Asks for every invariant; 1 where one is broken, since no fault may do that."""
    full = invocation.arguments.full
    with invocation.store(reads=True) as store, invocation.output.progress("checking") as advance:
        findings = store.check(full=full, progress=advance or (lambda *_: None))
        label = store.label
    checked = names(full=full)
    document = {
        "database": label,
        "ok": not findings,
        "full": full,
        "checked": list(checked),
        "findings": [asdict(finding) for finding in findings],
    }
    invocation.output.answer(document, _findings(document, findings, invocation.hint))
    return BROKEN if findings else 0


def backup(invocation: Invocation) -> int:
    """Writes a snapshot while all goes on."""
    target = invocation.arguments.file
    if target == "-":
        raise UsageError("a snapshot is not written to the standard output; name a file")
    with invocation.store(checked=False) as store:
        where = invocation.place(store, target)
        with invocation.output.progress("saving"):
            size = store.backup(where)
        label = store.label
    document = {"database": label, "file": str(target.absolute()), "bytes": size}
    told = [
        line(f"{label} is saved in {target} ({size:,} bytes)"),
        line("To restore it: stop dedup, copy the file over the database, delete its -wal and -shm files, start it."),
    ]
    invocation.output.answer(document, told)
    return 0


def _findings(document: Mapping[str, Any], findings: Sequence[Finding], hint: Hint) -> Iterator[RenderableType]:
    label, checked = document["database"], len(document["checked"])
    if not findings:
        held = count(checked, "invariant holds", "invariants hold")
        yield line(("All is well: ", "green"), f"{held} in {label}")
        if not document["full"]:
            yield line("To read every page and compare every copy once more: ", hint("db check --full"))
        return
    rows = table("broken", ("rows", "number"), ("what it means", "words"), ("for example", "words"))
    for finding in findings:
        examples = "; ".join(finding.examples)
        rows.add_row(cell(finding.name, "red"), cell(f"{finding.count:,}"), cell(finding.meaning), cell(examples))
    yield rows
    yield ""
    yield line(f"{len(findings)} of {checked} invariants are broken in {label}.")
    if all(finding.name == INDEX_MISSING for finding in findings):
        yield line("Make the indexes anew: ", hint("db upgrade"))
        return
    yield line("Keep a copy for the bug report: ", hint("db backup FILE"), "; then restore a good backup.")
