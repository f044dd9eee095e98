"""The names in a text that was forgotten, by which it is told from another issue of its report.

Revision 0012. Of texts that were forgotten before nothing is known.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shingles", sa.Column("names", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("shingles", "names")
