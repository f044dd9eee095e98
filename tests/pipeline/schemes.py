"""Articles of another signature scheme: how they come about, are counted, and are signed again."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from dedup.config import Config
from dedup.decision.memory import scheme_of
from dedup.decision.resigning import resign
from dedup.sketch.terms import TermSketch
from dedup.store import Store

WIDER = replace(Config(), duplicates=replace(Config().duplicates, shingle_words=4))


def schemes(store: Store) -> dict[str, int]:
    with store.reading() as connection:
        query = sa.text("SELECT s.name, COUNT(*) FROM articles a JOIN schemes s USING (scheme_id) GROUP BY s.name")
        return {name: count for name, count in connection.execute(query)}


def sketches(store: Store) -> list[tuple[str, bytes, TermSketch]]:
    """Uri, signature and terms of every article, as they are stored."""
    with store.reading() as connection:
        query = sa.text("SELECT uri, signature, terms FROM articles ORDER BY article_id")
        return [(uri, bytes(values), TermSketch.from_bytes(terms)) for uri, values, terms in connection.execute(query)]


def sign_all(store: Store, config: Config | None = None) -> None:
    """Signs all articles of another scheme at once."""
    config = config or Config()
    with store.writer_lock() as lock:
        resign(store, config, scheme_of(config), lock, lambda _: None)


def make_older(store: Store) -> None:
    """Makes a database look as if another version of the program had signed everything in it."""
    with store.writing() as connection:
        connection.execute(sa.text("DELETE FROM schemes WHERE scheme_id NOT IN (SELECT scheme_id FROM articles)"))
        connection.execute(sa.text("UPDATE schemes SET name = 'w3-xxh32-affine32-128-s1-n1'"))
        connection.execute(
            sa.text("UPDATE articles SET signature = :none, terms = :other"), {"none": bytes(512), "other": b"\x05"}
        )
