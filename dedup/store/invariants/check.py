"""Does everything hold that must hold? `dedup db check` asks, and every test of faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from dedup.store import missing, schema
from dedup.store.database.faults import damaged
from dedup.store.invariants import INVARIANTS, WORDS, verify
from dedup.store.invariants.invariant import Invariant

EXAMPLES = 5

Progress = Callable[[int, int], None]
"""Called with how much was looked at and how much there is in all: checks, and articles if they are read."""

INDEX_MISSING = "index_missing"
_TABLE_DIFFERS = "table_differs"
_STATE_MISSING = Invariant(
    "state_missing",
    "the row that holds the next numbers and the writer is gone; restore a backup",
    "SELECT 'there are ' || COUNT(*) || ' rows in state' AS example FROM state HAVING COUNT(*) <> 1",
)
_UNENFORCED = Invariant(
    "integrity",
    "PostgreSQL does not enforce what the schema promises; see the names below",
    """SELECT 'index ' || c.relname || ' is not valid' AS example
       FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
       WHERE NOT (i.indisvalid AND i.indisready) AND pg_table_is_visible(c.oid)
       UNION ALL
       SELECT 'constraint ' || n.conname || ' was not validated'
       FROM pg_constraint n JOIN pg_class c ON c.oid = n.conrelid
       WHERE NOT n.convalidated AND pg_table_is_visible(c.oid)
       UNION ALL
       SELECT DISTINCT 'foreign keys of ' || c.relname || ' are switched off'
       FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
       WHERE t.tgisinternal AND t.tgenabled NOT IN ('O', 'A') AND pg_table_is_visible(c.oid)
       UNION ALL
       SELECT d.checksum_failures || ' pages were damaged on the disk'
       FROM pg_stat_database d WHERE d.datname = current_database() AND d.checksum_failures > 0""",
)
_DAMAGED = Invariant(
    "integrity",
    "the database is damaged; stop the service and restore a backup",
    "SELECT integrity_check AS example FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not be. `count` rows break the invariant `name`; `examples` are the first of them."""

    name: str
    meaning: str
    count: int
    examples: tuple[str, ...]


def names(*, full: bool = False) -> tuple[str, ...]:
    """What `check` looks at, in its order."""
    schema_checks = ("schema_at_head", _TABLE_DIFFERS, INDEX_MISSING)
    quick = ("state_missing", *(invariant.name for invariant in INVARIANTS))
    return (*schema_checks, "integrity", *quick, *_VERIFIED) if full else (*schema_checks, *quick)


def check(connection: Connection, *, full: bool = False, progress: Progress = lambda *_: None) -> list[Finding]:
    """What is wrong with the database, in the order of `names`; empty when nothing is.

    Quick checks read indexes and rows. `full` also reads every page of a SQLite file, or asks PostgreSQL what it does
    not enforce, and signs every text and compares every copy with its original once more.
    A database with another schema, or without one of its tables or columns, or one that is damaged where a check reads
    it, has that one finding, since nothing else can be asked.
    """
    try:
        problem = schema.problem(connection)
        if problem is not None:
            return [Finding("schema_at_head", "the schema is not the one of this program", 1, (str(problem),))]
        if lacking := missing.columns(connection):
            meaning = "a table or column of the schema is gone or has another name; rename it back, or restore a backup"
            return [Finding(_TABLE_DIFFERS, meaning, len(lacking), tuple(lacking[:EXAMPLES]))]
        return list(_findings(connection, full, progress))
    except DBAPIError as error:
        if not damaged(error):
            raise
        return [Finding(_DAMAGED.name, _DAMAGED.meaning, 1, (str(error.orig),))]


def _findings(connection: Connection, full: bool, progress: Progress) -> Iterator[Finding]:
    if lacking := [f"{index.name} of {index.table}" for index in missing.indexes(connection)]:
        meaning = "an index is gone, and what it is for is slow; type: dedup db upgrade"
        yield Finding(INDEX_MISSING, meaning, len(lacking), tuple(lacking[:EXAMPLES]))
    quick = [_STATE_MISSING, *INVARIANTS]
    if full:
        # Damage first: what else would be found follows from it.
        quick.insert(0, _DAMAGED if connection.dialect.name == "sqlite" else _UNENFORCED)
    asked = len(quick)
    total = asked + (verify.count(connection) if full else 0)
    for done, invariant in enumerate(quick, start=1):
        yield from _ask(connection, invariant)
        progress(done, total)
    if full:
        found: dict[str, list[verify.Difference]] = {name: [] for name in _VERIFIED}
        for difference in verify.differences(connection, lambda articles: progress(asked + articles, total)):
            found[difference.name].append(difference)
        for name, different in found.items():
            if different:
                examples = tuple(difference.example for difference in different[:EXAMPLES])
                yield Finding(name, _VERIFIED[name], len(different), examples)


def _ask(connection: Connection, invariant: Invariant) -> Iterator[Finding]:
    query = invariant.query.format(**WORDS[connection.dialect.name])
    counted = f"SELECT f.example, COUNT(*) OVER () AS number FROM ({query}) f LIMIT {EXAMPLES}"  # noqa: S608 - constants
    rows = connection.execute(sa.text(counted)).all()
    if rows:
        yield Finding(invariant.name, invariant.meaning, rows[0].number, tuple(str(row.example) for row in rows))


_VERIFIED = {
    "series_differs": "the number by which an article is found as an issue of a series is not that of its headline",
    "signature_differs": "the signature of an article is not that of its text; it is not found by its copies",
    "copy_differs": "the similarity of a copy to its original is not what their texts give",
}
