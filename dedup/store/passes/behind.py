"""The pages that wait behind a batch: what may be read before it is taken."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.store.database.lenient import as_it_is, shown
from dedup.store.tables import articles, inbox

BYTES = 16 * 2**20
"""Bodies that are given at once, in UTF-8: bounds the memory that they need, some four times as much."""


def bodies(
    connection: Connection, last: int, limit: int, *, source: str, max_bytes: int
) -> list[tuple[bytes, str | None]]:  # fmt: skip
    """Body, in UTF-8, and content type of rows behind the inbox's id `last`, oldest first.

    At most `limit` rows and `BYTES`. Left out is what nobody may ask to be read: plain text by its type, a body over
    `max_bytes`, an article that is known, which may have come again as it was. `source` is the name of articles that
    give none. SQLite lets in bodies in a broken encoding, which are rejected when their turn comes.
    """
    found: list[tuple[bytes, str | None]] = []
    room = BYTES
    rows = connection.execute(
        _statement(connection.dialect.name).execution_options(stream_results=True),
        {"last": last, "limit": limit, "source": source, "most": max_bytes},
    )
    with rows:
        for body, content_type in rows:
            room -= len(body)
            if room < 0:
                break
            found.append((body if isinstance(body, bytes) else body.encode(), shown(content_type)))
    return found


def _statement(dialect: str) -> sa.Select[Any]:
    following = sa.select(inbox.c.id).where(inbox.c.id > sa.bindparam("last")).order_by(inbox.c.id)
    first = following.limit(sa.bindparam("limit", type_=sa.Integer)).subquery()
    # A span of ids is walked through as the rows lie; bodies in a subquery would be copied.
    span = inbox.c.id > sa.bindparam("last"), inbox.c.id <= sa.select(sa.func.max(first.c.id)).scalar_subquery()
    named = sa.func.coalesce(sa.func.nullif(inbox.c.source, ""), sa.bindparam("source", type_=sa.Text))
    # Neither is read ahead: a new version is decided by itself, and what came again as it was is not read at all.
    known = sa.exists().where(articles.c.source == named, articles.c.uri == inbox.c.uri)
    body, content_type = (as_it_is(column, dialect) for column in (inbox.c.body, inbox.c.content_type))
    octets = (sa.func.octet_length if dialect == "postgresql" else sa.func.length)(body)
    plain = sa.func.coalesce(inbox.c.content_type, "").like("text/plain%")
    return (
        sa.select(body, content_type).where(*span, octets <= sa.bindparam("most"), ~plain, ~known).order_by(inbox.c.id)
    )
