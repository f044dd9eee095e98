"""What people list first is found by an index: the newest articles, and those that were withdrawn.

Revision 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.text("coalesce(published_at, first_seen)")
    op.create_index("ix_articles_newest", "articles", [moment, "duplicate_group_id"])
    withdrawn = sa.text("withdrawn_at IS NOT NULL")
    op.create_index(
        op.f("ix_articles_withdrawn_at"), "articles", ["withdrawn_at"],
        sqlite_where=withdrawn, postgresql_where=withdrawn,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index(op.f("ix_articles_withdrawn_at"), "articles")
    op.drop_index("ix_articles_newest", "articles")
