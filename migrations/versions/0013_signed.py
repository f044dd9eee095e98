"""Which signature scheme every article has that can be signed: the archive is not looked through for others again.

Revision 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("state", sa.Column("signed_scheme_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("state", "signed_scheme_id")
