"""The tables. Operators read the views; these may change with a migration.

Times are UTC and whole seconds: ISO 8601 text ending in ``Z`` on SQLite, ``timestamptz`` on PostgreSQL. Ids of
articles, duplicate groups and stories are given out by the writer from the row in `state`, in the order of arrival and
without gaps, so that the same articles get the same ids on every database whatever crashed in between.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from dedup.store.database.moments import UtcTime

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcNow(sa.sql.functions.FunctionElement[datetime]):
    """The database's own clock in the format of `UtcTime`, as the default of a column."""

    inherit_cache = True


@compiles(UtcNow, "sqlite")
def _now_in_sqlite(element: UtcNow, compiler: sa.sql.compiler.SQLCompiler, **_: Any) -> str:
    return "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"


@compiles(UtcNow, "postgresql")
def _now_in_postgresql(element: UtcNow, compiler: sa.sql.compiler.SQLCompiler, **_: Any) -> str:
    return "CURRENT_TIMESTAMP"


inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("id", ID, primary_key=True, autoincrement=True),
    sa.Column("source", sa.Text),
    sa.Column("uri", sa.Text, nullable=False),
    sa.Column("url", sa.Text),
    sa.Column("publisher", sa.Text),
    sa.Column("title", sa.Text),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("content_type", sa.Text),
    sa.Column("language", sa.Text),
    sa.Column("authors", sa.Text),
    sa.Column("published_at", UtcTime),
    # Also what makes counting the rows cheap, however long their bodies are.
    sa.Column("received_at", UtcTime, server_default=UtcNow(), index=True),
    sqlite_autoincrement=True,
)

schemes = sa.Table(
    "schemes",
    metadata,
    sa.Column("scheme_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False, unique=True),
)

config_versions = sa.Table(
    "config_versions",
    metadata,
    sa.Column("config_version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("settings", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
)

stories = sa.Table(
    "stories",
    metadata,
    sa.Column("story_id", ID, primary_key=True, autoincrement=False),
    sa.Column("representative_article_id", ID, nullable=False),
)

duplicate_groups = sa.Table(
    "duplicate_groups",
    metadata,
    sa.Column("duplicate_group_id", ID, primary_key=True, autoincrement=False),
    sa.Column("story_id", ID, sa.ForeignKey("stories.story_id"), nullable=False, index=True),
    # The text that the others were compared with, and the article that stands for them, by the rule of
    # dedup.cluster.standing.
    sa.Column("original_article_id", ID, nullable=False),
    sa.Column("standing_article_id", ID, nullable=False, server_default="0"),
    # Probability that the text belongs to the story, as computed when it joined; 1 for the text that opened it.
    sa.Column("score", sa.Float, nullable=False),
)

articles = sa.Table(
    "articles",
    metadata,
    sa.Column("article_id", ID, primary_key=True, autoincrement=False),
    # Place in the order of decisions; a new version takes a new place.
    sa.Column("ordinal", ID, nullable=False, unique=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("uri", sa.Text, nullable=False),
    sa.Column("url", sa.Text),
    sa.Column("publisher", sa.Text),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("published_at", UtcTime),
    # Number of the stretch of days that published_at lies in; NULL when undated. See dedup.index.segments.
    sa.Column("period", sa.Integer),
    sa.Column("first_seen", UtcTime, nullable=False),
    sa.Column("last_seen", UtcTime, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("word_count", sa.Integer, nullable=False),
    sa.Column(
        "duplicate_group_id", ID, sa.ForeignKey("duplicate_groups.duplicate_group_id"), nullable=False, index=True
    ),
    # Similarity to the group's original; 1 for the original itself.
    sa.Column("jaccard", sa.Float, nullable=False),
    sa.Column("containment", sa.Float, nullable=False),
    sa.Column("scheme_id", sa.Integer, sa.ForeignKey("schemes.scheme_id"), nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    # (128,) uint32 little-endian, loadable as datasketch.MinHash(scheme="affine32", seed=1, hashvalues=...).
    sa.Column("signature", sa.LargeBinary, nullable=False),
    # Weighted terms; see dedup.sketch.terms. Kept for copies too, which may become originals.
    sa.Column("terms", sa.LargeBinary, nullable=False),
    # A withdrawn article stays known, alone in a group and a story of its own that no view shows.
    sa.Column("withdrawn_at", UtcTime),
    # The agency that a syndicated text comes from; see dedup.text.origin.
    sa.Column("origin", sa.Text),
    # What it has in common with other issues of a series; see dedup.sketch.recurring.
    sa.Column("series_key", sa.BigInteger, index=True),
    # Who wrote it, names joined by "; "; see dedup.intake.authors.
    sa.Column("authors", sa.Text),
    sa.UniqueConstraint("source", "uri"),
    sa.Index("ix_articles_period_ordinal", "period", "ordinal"),
    # A story is as new as the newest date in it, or where there is none as its newest article.
    sa.Index("ix_articles_newest", sa.text("coalesce(published_at, first_seen)"), "duplicate_group_id"),
    sa.Index(
        "ix_articles_withdrawn_at",
        "withdrawn_at",
        sqlite_where=sa.text("withdrawn_at IS NOT NULL"),
        postgresql_where=sa.text("withdrawn_at IS NOT NULL"),
    ),
)

texts = sa.Table(
    "texts",
    metadata,
    sa.Column("article_id", ID, sa.ForeignKey("articles.article_id"), primary_key=True, autoincrement=False),
    sa.Column("body_text", sa.Text, nullable=False),
    # The passages that were left out since the site repeats them, a line each; NULL where there was none.
    sa.Column("left_out", sa.Text),
)

# Of the last articles the passages, by which those that a site repeats are known, a row a batch; see
# dedup.store.passes.passages.
passages = sa.Table(
    "passages",
    metadata,
    sa.Column("last_article_id", ID, primary_key=True, autoincrement=False),
    sa.Column("packed", sa.LargeBinary, nullable=False),
)

# What is kept of a text that retention forgot: its shingles, see dedup.sketch.shingles, so that copies stay known; and
# its names, see dedup.sketch.terms, so that issues of a report do.
shingles = sa.Table(
    "shingles",
    metadata,
    sa.Column("article_id", ID, sa.ForeignKey("articles.article_id"), primary_key=True, autoincrement=False),
    sa.Column("hashes", sa.LargeBinary, nullable=False),
    sa.Column("names", sa.LargeBinary),
)

matches = sa.Table(
    "matches",
    metadata,
    sa.Column("article_id", ID, sa.ForeignKey("articles.article_id"), primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("matched_article_id", ID, sa.ForeignKey("articles.article_id"), index=True),
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("score", sa.Float),
    sa.Column("jaccard", sa.Float),
    sa.Column("containment", sa.Float),
    sa.Column("shared_terms", sa.Text),
    sa.Column("threshold", sa.Float, nullable=False),
    sa.Column("config_version", sa.Integer, sa.ForeignKey("config_versions.config_version"), nullable=False),
    sa.Column("decided_at", UtcTime, nullable=False),
)

story_history = sa.Table(
    "story_history",
    metadata,
    sa.Column("history_id", ID, primary_key=True, autoincrement=False),
    sa.Column("story_id", ID, nullable=False, index=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("article_id", ID),
    sa.Column("other_story_id", ID),
    sa.Column("reason", sa.Text, nullable=False),
)

# Changes of who stands for a story, which are a part of its history; see dedup.store.passes.representation.
representations = sa.Table(
    "representations",
    metadata,
    sa.Column("representation_id", ID, primary_key=True, autoincrement=True),
    sa.Column("history_id", ID, nullable=False),
    sa.Column("story_id", ID, nullable=False, index=True),
    sa.Column("article_id", ID, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)

story_redirects = sa.Table(
    "story_redirects",
    metadata,
    sa.Column("old_story_id", ID, primary_key=True, autoincrement=False),
    sa.Column("story_id", ID, sa.ForeignKey("stories.story_id"), nullable=False, index=True),
)

# Publishers that count as one: those in no group are not here. The pass keeps it as configured.
publisher_groups = sa.Table(
    "publisher_groups",
    metadata,
    sa.Column("publisher", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
)

# Publishers whose articles stand before others; see dedup.store.passes.standing.
preferred_publishers = sa.Table(
    "preferred_publishers",
    metadata,
    sa.Column("publisher", sa.Text, primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),
)

# Changed configurations that operators asked to apply to the articles that are there; see dedup.planning.
applications = sa.Table(
    "applications",
    metadata,
    sa.Column("application_id", ID, primary_key=True, autoincrement=True),
    sa.Column("asked_at", UtcTime, nullable=False),
    # Of the configuration that is to be applied; only a program that runs with it takes the row up.
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("since", UtcTime),
    # The plan that was seen; another one is refused.
    sa.Column("plan", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("finished_at", UtcTime),
    sa.Column("config_version", sa.Integer, sa.ForeignKey("config_versions.config_version")),
    sa.Column("articles", ID, nullable=False, server_default="0"),
    sa.Column("merged_stories", ID, nullable=False, server_default="0"),
    sa.Column("new_stories", ID, nullable=False, server_default="0"),
    sa.Column("moved_articles", ID, nullable=False, server_default="0"),
    sqlite_autoincrement=True,
)

rejections = sa.Table(
    "rejections",
    metadata,
    sa.Column("rejection_id", ID, primary_key=True, autoincrement=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("uri", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)

rules = sa.Table(
    "rules",
    metadata,
    sa.Column("rule_id", ID, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.Text, nullable=False),
    # Each end is an article, by its uri and, where several sources have it, its source; or a story.
    sa.Column("a_source", sa.Text),
    sa.Column("a_uri", sa.Text),
    sa.Column("a_story_id", ID),
    sa.Column("b_source", sa.Text),
    sa.Column("b_uri", sa.Text),
    sa.Column("b_story_id", ID),
    sa.Column("note", sa.Text),
    sa.Column("created_at", UtcTime, server_default=UtcNow()),
    # What became of it, in the words of dedup.store.passes.rules; written by the writer alone.
    sa.Column("state", sa.Text, nullable=False, server_default="new"),
    sa.Column("reason", sa.Text),
    sa.Column("a_article_id", ID, sa.ForeignKey("articles.article_id")),
    sa.Column("b_article_id", ID, sa.ForeignKey("articles.article_id")),
    # The first place in the order of decisions that was decided under the rule.
    sa.Column("ordinal", ID),
    sa.Column("decided_at", UtcTime),
    sa.CheckConstraint("kind IN ('must-link', 'cannot-link')", name="kind"),
    sa.CheckConstraint("state IN ('new', 'waiting', 'obeyed', 'refused')", name="state"),
    *(
        sa.CheckConstraint(
            f"(({end}_uri IS NULL) <> ({end}_story_id IS NULL)) AND ({end}_source IS NULL OR {end}_uri IS NOT NULL) "
            f"AND ({end}_story_id IS NULL OR {end}_story_id BETWEEN 1 AND 9223372036854775807)",
            name=f"{end}_is_a_uri_or_a_story",
        )
        for end in ("a", "b")
    ),
    sqlite_autoincrement=True,
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", ID, primary_key=True, autoincrement=True),
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("finished_at", UtcTime),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("taken", sa.Integer, nullable=False, server_default="0"),
    sa.Column("accepted", sa.Integer, nullable=False, server_default="0"),
    sa.Column("updated", sa.Integer, nullable=False, server_default="0"),
    sa.Column("unchanged", sa.Integer, nullable=False, server_default="0"),
    sa.Column("rejected", sa.Integer, nullable=False, server_default="0"),
    sa.Column("new_stories", sa.Integer, nullable=False, server_default="0"),
    sa.Column("merged_stories", sa.Integer, nullable=False, server_default="0"),
    sa.Column("seconds", sa.Float),
    sa.Column("error", sa.Text),
    # What each configured source gave, as a JSON object by name.
    sa.Column("sources", sa.Text),
    sqlite_autoincrement=True,
)

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    # Digest of what is read; when it changes, for another database or query, reading begins anew.
    sa.Column("identity", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    # Where reading has come to, as text; its kind says how to understand it. See dedup.sources.cursor.
    sa.Column("cursor", sa.Text),
    sa.Column("cursor_kind", sa.Text),
    sa.Column("taken", ID, nullable=False, server_default="0"),
    sa.Column("rejected", ID, nullable=False, server_default="0"),
    sa.Column("last_taken_at", UtcTime),
    sa.Column("failing_since", UtcTime),
    sa.Column("error", sa.Text),
)

# Rows of other databases that were taken lately, so that reading them once more changes nothing.
source_rows = sa.Table(
    "source_rows",
    metadata,
    sa.Column("source_name", sa.Text, sa.ForeignKey("sources.name"), primary_key=True),
    sa.Column("key", sa.LargeBinary, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("position", ID, nullable=False),
    sa.Index("ix_source_rows_source_name_position", "source_name", "position"),
)

# One row an instance of the daemon that runs, or that ended without saying so.
instances = sa.Table(
    "instances",
    metadata,
    sa.Column("instance", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("beat_at", UtcTime, nullable=False),
    # Seconds without a sign after which the instance counts as dead.
    sa.Column("silence_seconds", sa.Float, nullable=False),
)

state = sa.Table(
    "state",
    metadata,
    sa.Column("state_id", sa.Integer, primary_key=True, autoincrement=False),
    # Raised by each writer that takes the lock; a writer whose number is no longer here must not commit.
    sa.Column("writer", ID, nullable=False),
    sa.Column("next_article_id", ID, nullable=False),
    sa.Column("next_ordinal", ID, nullable=False),
    sa.Column("next_group_id", ID, nullable=False),
    sa.Column("next_story_id", ID, nullable=False),
    sa.Column("next_history_id", ID, nullable=False),
    sa.Column("config_version", sa.Integer),
    # The signature scheme of all articles of which the text is there, or that came after; NULL while some have another.
    sa.Column("signed_scheme_id", sa.Integer),
    # Stories whose newest article is older than this moment of the stream are shown as closed.
    sa.Column("active_since", UtcTime),
    sa.Column("stale_seconds", sa.Float, nullable=False, server_default="900"),
    sa.CheckConstraint("state_id = 1", name="one_row"),
)
