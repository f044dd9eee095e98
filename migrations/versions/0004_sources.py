"""Configured sources: where reading has come to, how they are, and what each gave in a run.

Revision 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def big() -> sa.types.TypeEngine:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def utc() -> sa.types.TypeEngine:
    return sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "sources",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("cursor_kind", sa.Text(), nullable=True),
        sa.Column("taken", big(), server_default="0", nullable=False),
        sa.Column("rejected", big(), server_default="0", nullable=False),
        sa.Column("last_taken_at", utc(), nullable=True),
        sa.Column("failing_since", utc(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sources")),
    )
    op.create_table(
        "source_rows",
        sa.Column("source_name", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("position", big(), nullable=False),
        sa.ForeignKeyConstraint(["source_name"], ["sources.name"], name=op.f("fk_source_rows_source_name")),
        sa.PrimaryKeyConstraint("source_name", "key", name=op.f("pk_source_rows")),
    )
    op.create_index("ix_source_rows_source_name_position", "source_rows", ["source_name", "position"], unique=False)
    op.add_column("runs", sa.Column("sources", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("runs") as runs:
        runs.drop_column("sources")
    op.drop_index("ix_source_rows_source_name_position", table_name="source_rows")
    op.drop_table("source_rows")
    op.drop_table("sources")
