"""Who came to stand for a story in the place of whom, as a part of its history.

Revision 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def big() -> sa.types.TypeEngine:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "representations",
        sa.Column("representation_id", big(), autoincrement=True, nullable=False),
        sa.Column("history_id", big(), nullable=False),
        sa.Column("story_id", big(), nullable=False),
        sa.Column("article_id", big(), nullable=False),
        sa.Column("at", sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("representation_id", name=op.f("pk_representations")),
    )
    op.create_index(op.f("ix_representations_story_id"), "representations", ["story_id"])


def downgrade() -> None:
    op.drop_table("representations")
