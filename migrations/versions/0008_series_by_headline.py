"""Series are told by what their headlines have in common, whatever was decided: a number in each article's row.

Revision 0008.
"""

import sqlalchemy as sa
from alembic import op

from dedup.sketch.recurring import series_key

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PAGE = 1_000


def upgrade() -> None:
    op.drop_table("series_issues")
    op.add_column("articles", sa.Column("series_key", sa.BigInteger(), nullable=True))
    _fill(op.get_bind())
    op.create_index(op.f("ix_articles_series_key"), "articles", ["series_key"])


def _fill(connection: sa.engine.Connection) -> None:
    """Gives the articles that are there their number: a page after the other, since there may be millions."""
    articles = sa.table(
        "articles",
        sa.column("article_id", sa.BigInteger),
        sa.column("publisher", sa.Text),
        sa.column("source", sa.Text),
        sa.column("title", sa.Text),
        sa.column("series_key", sa.BigInteger),
    )
    key = articles.c.article_id
    name = sa.func.coalesce(articles.c.publisher, articles.c.source)
    page = sa.select(key, name, articles.c.title).where(key > sa.bindparam("last")).order_by(key).limit(PAGE)
    update = sa.update(articles).where(key == sa.bindparam("which")).values(series_key=sa.bindparam("number"))
    last = -1
    while found := connection.execute(page, {"last": last}).all():
        numbers = [{"which": which, "number": series_key(publisher, title)} for which, publisher, title in found]
        if told := [row for row in numbers if row["number"] is not None]:
            connection.execute(update, told)
        last = found[-1].article_id


def downgrade() -> None:
    op.drop_index(op.f("ix_articles_series_key"), "articles")
    op.drop_column("articles", "series_key")
    ident = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "series_issues",
        sa.Column("article_id", ident, autoincrement=False, nullable=False),
        sa.Column("series_id", ident, nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.article_id"], name=op.f("fk_series_issues_article_id")),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_series_issues")),
    )
    op.create_index(op.f("ix_series_issues_series_id"), "series_issues", ["series_id"])
