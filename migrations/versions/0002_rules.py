"""The operator's rules: which articles must, and which must not be in one story. Articles may be withdrawn.

Publishers may count as one.

Revision 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
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


def one_name(end: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(
        f"(({end}_uri IS NULL) <> ({end}_story_id IS NULL)) AND ({end}_source IS NULL OR {end}_uri IS NOT NULL) "
        f"AND ({end}_story_id IS NULL OR {end}_story_id BETWEEN 1 AND 9223372036854775807)",
        name=op.f(f"ck_rules_{end}_is_a_uri_or_a_story"),
    )


def upgrade() -> None:
    op.add_column("articles", sa.Column("withdrawn_at", utc(), nullable=True))
    op.create_table(
        "publisher_groups",
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("publisher", name=op.f("pk_publisher_groups")),
    )
    op.create_table(
        "rules",
        sa.Column("rule_id", ident(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("a_source", sa.Text(), nullable=True),
        sa.Column("a_uri", sa.Text(), nullable=True),
        sa.Column("a_story_id", ident(), nullable=True),
        sa.Column("b_source", sa.Text(), nullable=True),
        sa.Column("b_uri", sa.Text(), nullable=True),
        sa.Column("b_story_id", ident(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", utc(), server_default=now(), nullable=True),
        sa.Column("state", sa.Text(), server_default="new", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("a_article_id", ident(), nullable=True),
        sa.Column("b_article_id", ident(), nullable=True),
        sa.Column("ordinal", ident(), nullable=True),
        sa.Column("decided_at", utc(), nullable=True),
        sa.CheckConstraint("kind IN ('must-link', 'cannot-link')", name=op.f("ck_rules_kind")),
        sa.CheckConstraint("state IN ('new', 'waiting', 'obeyed', 'refused')", name=op.f("ck_rules_state")),
        one_name("a"),
        one_name("b"),
        sa.ForeignKeyConstraint(["a_article_id"], ["articles.article_id"], name=op.f("fk_rules_a_article_id")),
        sa.ForeignKeyConstraint(["b_article_id"], ["articles.article_id"], name=op.f("fk_rules_b_article_id")),
        sa.PrimaryKeyConstraint("rule_id", name=op.f("pk_rules")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("rules")
    op.drop_table("publisher_groups")
    op.drop_column("articles", "withdrawn_at")
