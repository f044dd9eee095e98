"""The ids that SQLite gives to new rows, each higher than all before it, and what to say when none is left."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from dedup.errors import DatabaseAway

HIGHEST = 2**63 - 1
"""The highest id there is: once a row had it, SQLite gives none any more."""

_USED_UP = sa.text("SELECT 1 FROM sqlite_sequence WHERE name = 'inbox' AND seq >= :highest")
# What is still there gets the next id; the one after that is given to what comes.
_MEND = (
    "UPDATE inbox SET id = (SELECT coalesce(max(id), 0) + 1 FROM inbox WHERE id < {highest}) WHERE id = {highest}; "
    "UPDATE sqlite_sequence SET seq = (SELECT coalesce(max(id), 0) FROM inbox) WHERE name = 'inbox'"
)


def used_up(engine: Engine) -> DatabaseAway | None:
    """The error to tell where a row can no longer be put into the inbox for want of a number; None where it can.

    SQLite has one text for this and for a full disk. The inbox is the one table whose numbers others may choose.
    """
    try:
        with engine.connect().execution_options(dedup_begin="") as connection:
            found = connection.execute(_USED_UP, {"highest": HIGHEST}).first()
    except DBAPIError:
        return None  # a full disk, or worse: that is told
    if found is None:
        return None
    mend = _MEND.format(highest=HIGHEST)
    return DatabaseAway(
        f"a row was put into the inbox with the id {HIGHEST}, the highest there is, so SQLite has no id for the next "
        "one and says that the disk is full. Give no id where you insert, and have ids begin anew: "
        f'sqlite3 {engine.url.database} "{mend}"'
    )
