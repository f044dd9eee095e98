"""Who wrote an article, as its source or page says.

Revision 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = ("inbox", "articles")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("authors", sa.Text(), nullable=True))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "authors")
