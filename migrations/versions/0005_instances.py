"""The heartbeats of the daemon's instances.

Revision 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def utc() -> sa.types.TypeEngine:
    return sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "instances",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("started_at", utc(), nullable=False),
        sa.Column("beat_at", utc(), nullable=False),
        sa.Column("silence_seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("instance", name=op.f("pk_instances")),
    )


def downgrade() -> None:
    op.drop_table("instances")
