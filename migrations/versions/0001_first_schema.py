"""The first schema.

Revision 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def ident() -> sa.types.TypeEngine:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def utc() -> sa.types.TypeEngine:
    return sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")


def now() -> sa.TextClause:
    if op.get_bind().dialect.name == "sqlite":
        return sa.text("(strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))")
    return sa.text("CURRENT_TIMESTAMP")


def upgrade() -> None:
    op.create_table(
        "config_versions",
        sa.Column("config_version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("created_at", utc(), nullable=False),
        sa.PrimaryKeyConstraint("config_version", name=op.f("pk_config_versions")),
        sa.UniqueConstraint("digest", name=op.f("uq_config_versions_digest")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", ident(), autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("publisher", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("published_at", utc(), nullable=True),
        sa.Column("received_at", utc(), server_default=now(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_inbox_received_at"), "inbox", ["received_at"], unique=False)
    op.create_table(
        "rejections",
        sa.Column("rejection_id", ident(), autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", utc(), nullable=False),
        sa.PrimaryKeyConstraint("rejection_id", name=op.f("pk_rejections")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "runs",
        sa.Column("run_id", ident(), autoincrement=True, nullable=False),
        sa.Column("started_at", utc(), nullable=False),
        sa.Column("finished_at", utc(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("taken", sa.Integer(), server_default="0", nullable=False),
        sa.Column("accepted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("updated", sa.Integer(), server_default="0", nullable=False),
        sa.Column("unchanged", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rejected", sa.Integer(), server_default="0", nullable=False),
        sa.Column("new_stories", sa.Integer(), server_default="0", nullable=False),
        sa.Column("merged_stories", sa.Integer(), server_default="0", nullable=False),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_runs")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "schemes",
        sa.Column("scheme_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("scheme_id", name=op.f("pk_schemes")),
        sa.UniqueConstraint("name", name=op.f("uq_schemes_name")),
    )
    op.create_table(
        "state",
        sa.Column("state_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("writer", ident(), nullable=False),
        sa.Column("next_article_id", ident(), nullable=False),
        sa.Column("next_ordinal", ident(), nullable=False),
        sa.Column("next_group_id", ident(), nullable=False),
        sa.Column("next_story_id", ident(), nullable=False),
        sa.Column("next_history_id", ident(), nullable=False),
        sa.Column("config_version", sa.Integer(), nullable=True),
        sa.Column("active_since", utc(), nullable=True),
        sa.Column("stale_seconds", sa.Float(), server_default="900", nullable=False),
        sa.CheckConstraint("state_id = 1", name=op.f("ck_state_one_row")),
        sa.PrimaryKeyConstraint("state_id", name=op.f("pk_state")),
    )
    op.create_table(
        "stories",
        sa.Column("story_id", ident(), autoincrement=False, nullable=False),
        sa.Column("representative_article_id", ident(), nullable=False),
        sa.PrimaryKeyConstraint("story_id", name=op.f("pk_stories")),
    )
    op.create_table(
        "story_history",
        sa.Column("history_id", ident(), autoincrement=False, nullable=False),
        sa.Column("story_id", ident(), nullable=False),
        sa.Column("at", utc(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("article_id", ident(), nullable=True),
        sa.Column("other_story_id", ident(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("history_id", name=op.f("pk_story_history")),
    )
    op.create_index(op.f("ix_story_history_story_id"), "story_history", ["story_id"], unique=False)
    op.create_table(
        "duplicate_groups",
        sa.Column("duplicate_group_id", ident(), autoincrement=False, nullable=False),
        sa.Column("story_id", ident(), nullable=False),
        sa.Column("original_article_id", ident(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["story_id"], ["stories.story_id"], name=op.f("fk_duplicate_groups_story_id")),
        sa.PrimaryKeyConstraint("duplicate_group_id", name=op.f("pk_duplicate_groups")),
    )
    op.create_index(op.f("ix_duplicate_groups_story_id"), "duplicate_groups", ["story_id"], unique=False)
    op.create_table(
        "story_redirects",
        sa.Column("old_story_id", ident(), autoincrement=False, nullable=False),
        sa.Column("story_id", ident(), nullable=False),
        sa.ForeignKeyConstraint(["story_id"], ["stories.story_id"], name=op.f("fk_story_redirects_story_id")),
        sa.PrimaryKeyConstraint("old_story_id", name=op.f("pk_story_redirects")),
    )
    op.create_index(op.f("ix_story_redirects_story_id"), "story_redirects", ["story_id"], unique=False)
    op.create_table(
        "articles",
        sa.Column("article_id", ident(), autoincrement=False, nullable=False),
        sa.Column("ordinal", ident(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("publisher", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("published_at", utc(), nullable=True),
        sa.Column("period", sa.Integer(), nullable=True),
        sa.Column("first_seen", utc(), nullable=False),
        sa.Column("last_seen", utc(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("word_count", sa.Integer(), nullable=False),
        sa.Column("duplicate_group_id", ident(), nullable=False),
        sa.Column("jaccard", sa.Float(), nullable=False),
        sa.Column("containment", sa.Float(), nullable=False),
        sa.Column("scheme_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["duplicate_group_id"], ["duplicate_groups.duplicate_group_id"], name=op.f("fk_articles_duplicate_group_id")
        ),
        sa.ForeignKeyConstraint(["scheme_id"], ["schemes.scheme_id"], name=op.f("fk_articles_scheme_id")),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_articles")),
        sa.UniqueConstraint("ordinal", name=op.f("uq_articles_ordinal")),
        sa.UniqueConstraint("source", "uri", name=op.f("uq_articles_source_uri")),
    )
    op.create_index(op.f("ix_articles_duplicate_group_id"), "articles", ["duplicate_group_id"], unique=False)
    op.create_index("ix_articles_period_ordinal", "articles", ["period", "ordinal"], unique=False)
    op.create_table(
        "matches",
        sa.Column("article_id", ident(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("matched_article_id", ident(), nullable=True),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("jaccard", sa.Float(), nullable=True),
        sa.Column("containment", sa.Float(), nullable=True),
        sa.Column("shared_terms", sa.Text(), nullable=True),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("config_version", sa.Integer(), nullable=False),
        sa.Column("decided_at", utc(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.article_id"], name=op.f("fk_matches_article_id")),
        sa.ForeignKeyConstraint(
            ["config_version"], ["config_versions.config_version"], name=op.f("fk_matches_config_version")
        ),
        sa.ForeignKeyConstraint(
            ["matched_article_id"], ["articles.article_id"], name=op.f("fk_matches_matched_article_id")
        ),
        sa.PrimaryKeyConstraint("article_id", "version", "place", name=op.f("pk_matches")),
    )
    op.create_index(op.f("ix_matches_matched_article_id"), "matches", ["matched_article_id"], unique=False)
    op.create_table(
        "texts",
        sa.Column("article_id", ident(), autoincrement=False, nullable=False),
        sa.Column("body_text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.article_id"], name=op.f("fk_texts_article_id")),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_texts")),
    )
    op.execute(
        "INSERT INTO state (state_id, writer, next_article_id, next_ordinal, next_group_id, next_story_id,"
        " next_history_id) VALUES (1, 0, 1, 1, 1, 1, 1)"
    )


def downgrade() -> None:
    op.drop_table("texts")
    op.drop_index(op.f("ix_matches_matched_article_id"), table_name="matches")
    op.drop_table("matches")
    op.drop_index("ix_articles_period_ordinal", table_name="articles")
    op.drop_index(op.f("ix_articles_duplicate_group_id"), table_name="articles")
    op.drop_table("articles")
    op.drop_index(op.f("ix_story_redirects_story_id"), table_name="story_redirects")
    op.drop_table("story_redirects")
    op.drop_index(op.f("ix_duplicate_groups_story_id"), table_name="duplicate_groups")
    op.drop_table("duplicate_groups")
    op.drop_index(op.f("ix_story_history_story_id"), table_name="story_history")
    op.drop_table("story_history")
    op.drop_table("stories")
    op.drop_table("state")
    op.drop_table("schemes")
    op.drop_table("runs")
    op.drop_table("rejections")
    op.drop_index(op.f("ix_inbox_received_at"), table_name="inbox")
    op.drop_table("inbox")
    op.drop_table("config_versions")
