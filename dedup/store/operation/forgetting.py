"""Forgetting texts: what remains is enough to know their copies, to decide a new version, and to tell the story.

In place of a text its set of shingles stays, and that of its names: hashes that nobody can read. By them copies are
compared and issues of a report told apart, so every decision is the one that the text would have given, whenever it was
forgotten. (An estimate from the signature would need no room, but be off by 0.04 at a Jaccard similarity of 0.5, and
the wall clock would decide who is a copy.)
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.sketch.minhash import sign_text
from dedup.sketch.scheme import Scheme
from dedup.sketch.terms import names_of
from dedup.store.passes.configurations import settings_in_force
from dedup.store.tables import articles, duplicate_groups, schemes, shingles, state, texts

PAGE = 500


def forget_versions(connection: Connection, versions: Mapping[int, int]) -> int:
    """Forgets the texts of those articles that still have these `versions`, at most `PAGE`; returns how many."""
    connection.execute(sa.select(state.c.writer).with_for_update())
    query = sa.select(articles.c.article_id, articles.c.version).where(articles.c.article_id.in_(list(versions)))
    same = [article_id for article_id, version in connection.execute(query) if versions[article_id] == version]
    return forget(connection, same)


def forget_older(connection: Connection, before: datetime, after: int) -> tuple[int, int | None]:
    """Forgets of the next `PAGE` texts those of duplicate groups in which nothing has come since `before`.

    Begins behind article `after`; returns how many, and the article to go on behind. None where no text is left, and
    behind a page of which every article came since.
    """
    query = (
        sa.select(
            articles.c.article_id, articles.c.duplicate_group_id, articles.c.first_seen < before,
            articles.c.last_seen < before,
        )
        .join(texts)
        .where(texts.c.article_id > after)
        .order_by(texts.c.article_id)
        .limit(PAGE)
    )  # fmt: skip
    page = connection.execute(query).all()
    if not any(came_before for _, _, came_before, _ in page):
        return 0, None
    old = {article_id: group_id for article_id, group_id, _, is_old in page if is_old}
    recent = _recent(connection, {*old.values()}, before)
    return forget(connection, [one for one, group_id in old.items() if group_id not in recent]), page[-1].article_id


def _recent(connection: Connection, group_ids: Collection[int], before: datetime) -> set[int]:
    """Which of these duplicate groups something has come into since `before`."""
    group = duplicate_groups.c.duplicate_group_id
    came = sa.exists().where(articles.c.duplicate_group_id == group, articles.c.last_seen >= before)
    asked = connection.execute(sa.select(group, came).where(group.in_(group_ids)))
    return {group_id for group_id, is_recent in asked if is_recent}


def forget(connection: Connection, article_ids: Iterable[int]) -> int:
    """Forgets the texts of these articles and keeps their shingles; returns how many.

    Texts signed with another scheme than the one in force stay: they are to be signed anew first.
    """
    # Not while the writer writes a new version of one of them.
    connection.execute(sa.select(state.c.writer).with_for_update())
    settings: dict[str, Any] = json.loads(settings_in_force(connection)[1])
    if not settings:
        return 0
    scheme = Scheme(settings["duplicates"]["shingle_words"])
    query = (
        sa.select(articles.c.article_id, articles.c.title, texts.c.body_text, articles.c.language)
        .join(texts)
        .join(schemes, schemes.c.scheme_id == articles.c.scheme_id)
        .where(articles.c.article_id.in_(list(article_ids)), schemes.c.name == scheme.name)
    )
    limit = settings["text"]["max_words"]
    kept = [
        {
            "article_id": article_id,
            "hashes": sign_text(title, body, scheme, limit).shingles,
            "names": names_of(body, language),
        }
        for article_id, title, body, language in connection.execute(query)
    ]
    if not kept:
        return 0
    forgotten = [row["article_id"] for row in kept]
    connection.execute(sa.insert(shingles), kept)
    connection.execute(sa.delete(texts).where(texts.c.article_id.in_(forgotten)))
    return len(kept)
