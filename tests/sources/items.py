"""A table of another program that a source follows, on SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from .conftest import NOON, World, body

QUERY = "SELECT id, link AS url, headline AS title, text AS body, changed AS changed_at FROM items -- all of them\n;"


class Items:
    """A table of another program."""

    def __init__(self, url: str, kind: str) -> None:
        self.url = url
        self.engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        self.kind = kind
        column = {"number": "BIGINT", "time": "timestamptz", "local": "timestamp"}.get(kind, "TEXT")
        self.do(f"CREATE TABLE items (id TEXT PRIMARY KEY, link TEXT, headline TEXT, text TEXT, changed {column})")

    def do(self, statement: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement), values)

    def moment(self, minutes: float) -> Any:
        at = NOON + timedelta(minutes=minutes)
        values = {"number": int(at.timestamp()), "time": at, "local": at.replace(tzinfo=None)}
        return values.get(self.kind) or at.strftime(self.kind)

    def put(self, number: int, minutes: float, text: str | None = None) -> None:
        self.put_all({number: minutes}, text)

    def put_all(self, minutes: Mapping[int, float], text: str | None = None) -> None:
        rows = [
            {"id": f"i{number}", "text": body(number) if text is None else text, "at": self.moment(at)}
            for number, at in minutes.items()
        ]
        insert = "INSERT INTO items VALUES (:id, 'https://quay.example/' || :id, 'Title', :text, :at)"
        with self.engine.begin() as connection:
            connection.execute(sa.text(insert), rows)

    def edit(self, number: int, minutes: float | None, text: str) -> None:
        set_time = "" if minutes is None else ", changed = :at"
        values = {} if minutes is None else {"at": self.moment(minutes)}
        self.do(f"UPDATE items SET text = :text{set_time} WHERE id = :id", id=f"i{number}", text=text, **values)


def follow(world: World, items: Items, **more: Any) -> None:
    world.configure(feed={"kind": "sql", "url": items.url, "query": QUERY, "overlap": 600} | more)
