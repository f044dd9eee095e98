"""What sites repeat: the passages of their last articles, and what was left out of a text; the agency of an article.

Revision 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def big() -> sa.types.TypeEngine:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "passages",
        sa.Column("last_article_id", big(), autoincrement=False, nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("last_article_id", name=op.f("pk_passages")),
    )
    op.add_column("texts", sa.Column("left_out", sa.Text(), nullable=True))
    op.add_column("articles", sa.Column("origin", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("articles") as articles:
        articles.drop_column("origin")
    with op.batch_alter_table("texts") as texts:
        texts.drop_column("left_out")
    op.drop_table("passages")
