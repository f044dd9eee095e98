"""What stands under the address of a page: articles that may have been taken from it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.store.database.lenient import as_it_is, shown
from dedup.store.tables import articles, inbox


def below(connection: Connection, source: str, beginning: str, *, unnamed: str) -> list[tuple[str, str]]:
    """Uri and title of what `source` has under uris that begin with `beginning`: articles, then what waits, in order.

    Withdrawn articles are left out, and so is what waits in a broken encoding. `unnamed` is the source of rows that
    give none. Every row that waits is looked at; on PostgreSQL also every uri of the source, where its order of texts
    is that of a language.
    """
    there = _there(source, beginning, connection.dialect.name)
    columns: tuple[sa.ColumnElement[Any], ...] = inbox.c.uri, sa.func.coalesce(inbox.c.title, "")
    waiting = (
        sa.select(*(as_it_is(column, connection.dialect.name) for column in columns))
        .where(sa.func.coalesce(sa.func.nullif(inbox.c.source, ""), unnamed) == source)
        .where(inbox.c.uri.startswith(beginning, autoescape=True))
        .order_by(inbox.c.id)
    )
    rows = [*connection.execute(there), *connection.execute(waiting)]
    texts = [tuple(map(shown, row)) for row in rows]
    return [
        (uri, title or "") for uri, title in texts if uri and uri.startswith(beginning)
    ]  # SQLite's LIKE knows no case


def _there(source: str, beginning: str, dialect: str) -> sa.Select[Any]:
    query = (
        sa.select(articles.c.uri, articles.c.title)
        .where(articles.c.source == source, articles.c.withdrawn_at.is_(None))
        .where(articles.c.uri.startswith(beginning, autoescape=True))
        .order_by(articles.c.article_id)
    )
    if dialect == "sqlite":  # whose LIKE uses no index, and whose order of texts is that of their characters
        behind = beginning[:-1] + chr(ord(beginning[-1]) + 1)
        query = query.where(articles.c.uri >= beginning, articles.c.uri < behind)
    return query
