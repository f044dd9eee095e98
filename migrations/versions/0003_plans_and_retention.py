"""Changed configurations applied to stories; texts that are forgotten.

Revision 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def ident() -> sa.types.TypeEngine:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def utc() -> sa.types.TypeEngine:
    return sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "applications",
        sa.Column("application_id", ident(), autoincrement=True, nullable=False),
        sa.Column("asked_at", utc(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("since", utc(), nullable=True),
        sa.Column("plan", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("finished_at", utc(), nullable=True),
        sa.Column("config_version", sa.Integer(), nullable=True),
        sa.Column("articles", ident(), server_default="0", nullable=False),
        sa.Column("merged_stories", ident(), server_default="0", nullable=False),
        sa.Column("new_stories", ident(), server_default="0", nullable=False),
        sa.Column("moved_articles", ident(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["config_version"],
            ["config_versions.config_version"],
            name=op.f("fk_applications_config_version"),
        ),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_applications")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "shingles",
        sa.Column("article_id", ident(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.article_id"], name=op.f("fk_shingles_article_id")),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_shingles")),
    )


def downgrade() -> None:
    op.drop_table("shingles")
    op.drop_table("applications")
