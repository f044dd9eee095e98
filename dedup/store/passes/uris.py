"""Articles by their uri, whatever their source: an index finds them, as a source and a uri together are unique."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.store.database.distinct import each
from dedup.store.tables import ID, articles

# There are few sources, and no index has uris alone.
_OF_ANY_SOURCE = sa.text(
    f"{each('source')} SELECT a.article_id FROM there CROSS JOIN articles a "  # noqa: S608 - names of our own
    "WHERE a.source = there.value AND a.uri = :uri"
).columns(article_id=ID)
_OF_SOURCE = sa.select(articles.c.article_id).where(
    articles.c.source == sa.bindparam("source"), articles.c.uri == sa.bindparam("uri")
)


def called(connection: Connection, uri: str, source: str | None) -> list[int]:
    """The numbers of the articles of this uri, ascending, withdrawn ones too; of all sources where `source` is None."""
    if source is None:
        return sorted(connection.scalars(_OF_ANY_SOURCE, {"uri": uri}))
    return list(connection.scalars(_OF_SOURCE, {"source": source, "uri": uri}))
