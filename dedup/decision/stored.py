"""Articles that the database holds, as decisions need them: their sets of shingles, their places in the window."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.engine import Connection

from dedup.index.segments import Entry
from dedup.index.window import seconds
from dedup.sketch.minhash import sign_text
from dedup.sketch.scheme import Scheme
from dedup.sketch.skeleton import skeleton_of_title
from dedup.sketch.terms import TermSketch
from dedup.store.passes import rows
from dedup.store.passes.rows import Remembered


def make_shingles(
    connection: Connection, article_ids: Sequence[int], scheme: Scheme, max_words: int
) -> dict[int, bytes]:
    """The shingle sets of articles: made from their texts, or kept of those that were forgotten."""
    made = {
        article_id: sign_text(title, body, scheme, max_words).shingles
        for article_id, (title, body) in rows.clean_texts(connection, article_ids).items()
    }
    forgotten = [article_id for article_id in article_ids if article_id not in made]
    return made | rows.forgotten_shingles(connection, forgotten, scheme.name) if forgotten else made


def entry_of(row: Remembered, terms: TermSketch) -> Entry:
    """The place in the window of an article that the database holds; `terms` are those of its row."""
    return Entry(
        row.article_id,
        row.ordinal,
        seconds(row.published_at),
        row.language,
        row.group_id,
        row.text,
        terms.background,
        skeleton_of_title(row.publisher, row.title),
        row.version,
    )
