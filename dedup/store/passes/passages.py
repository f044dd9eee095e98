"""The passages of the last articles, from which `dedup.index.sites` is made at each start: a row a batch.

A row an article would cost as much as all the rest of the memory. Articles follow each other as number (uint64), site
and count of hashes (uint32 each), all little-endian, and the hashes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.index.sites import REACH, Passages
from dedup.store.database.bulk import insert
from dedup.store.tables import passages

_ARTICLE = struct.Struct("<QII")
_HASH_BYTES = 4
_OUT_OF_REACH = sa.delete(passages).where(passages.c.last_article_id < sa.bindparam("since"))


def write(connection: Connection, found: Mapping[int, Passages], next_article: int) -> None:
    """Adds the passages of new articles, by their numbers, ascending, and forgets those that are out of reach."""
    if not found:
        return
    parts: list[bytes] = []
    for number, (site, hashes) in found.items():
        parts += _ARTICLE.pack(number, site, len(hashes) // _HASH_BYTES), hashes
    insert(connection, passages, ("last_article_id", "packed"), [(max(found), b"".join(parts))])
    connection.execute(_OUT_OF_REACH, {"since": next_article - REACH})


def read(connection: Connection, since: int) -> Iterator[tuple[int, Passages]]:
    """The passages of articles from number `since` on, in the order of their numbers."""
    reaching = passages.c.last_article_id >= since
    query = sa.select(passages.c.packed).where(reaching).order_by(passages.c.last_article_id)
    for packed in connection.scalars(query):
        place = 0
        while place < len(packed):
            number, site, count = _ARTICLE.unpack_from(packed, place)
            start = place + _ARTICLE.size
            place = start + _HASH_BYTES * count
            if number >= since:
                yield number, Passages(site, packed[start:place])
