"""Who stands for a text and for a story, by a rule; preferred publishers; series.

Revision 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

CLAIM = "m.published_at IS NULL, {moment}, m.article_id"
MOMENT = {
    "sqlite": "CASE WHEN substr(m.published_at, 12) = '00:00:00Z' THEN substr(m.published_at, 1, 11) || '23:59:59Z' "
    "ELSE m.published_at END",
    "postgresql": "CASE WHEN date_trunc('second', m.published_at) = date_trunc('day', m.published_at, 'UTC') "
    "THEN date_trunc('day', m.published_at, 'UTC') + INTERVAL '86399 seconds' "
    "ELSE date_trunc('second', m.published_at) END",
}

# Of each group an article with a title, a complete one before one that was cut, published first, that came first.
ORIGINALS = f"""
UPDATE duplicate_groups SET standing_article_id = c.article_id FROM (
    SELECT r.duplicate_group_id, r.article_id FROM (
        SELECT m.duplicate_group_id, m.article_id,
               ROW_NUMBER() OVER (PARTITION BY m.duplicate_group_id
                                  ORDER BY m.title = '', 5 * m.word_count < 4 * m.longest, {CLAIM}) AS number
        FROM (SELECT a.duplicate_group_id, a.article_id, a.word_count, a.title, a.published_at,
                     MAX(a.word_count) OVER (PARTITION BY a.duplicate_group_id, a.title = '') AS longest
              FROM articles a) m
    ) r WHERE r.number = 1
) c WHERE c.duplicate_group_id = duplicate_groups.duplicate_group_id
"""  # noqa: S608 - constants
REPRESENTATIVES = f"""
UPDATE stories SET representative_article_id = c.article_id FROM (
    SELECT r.story_id, r.article_id FROM (
        SELECT g.story_id, m.article_id,
               ROW_NUMBER() OVER (PARTITION BY g.story_id ORDER BY m.title = '', {CLAIM}) AS number
        FROM duplicate_groups g JOIN articles m ON m.article_id = g.standing_article_id
    ) r WHERE r.number = 1
) c WHERE c.story_id = stories.story_id
"""  # noqa: S608 - constants


def upgrade() -> None:
    op.create_table(
        "preferred_publishers",
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("publisher", name=op.f("pk_preferred_publishers")),
    )
    ident = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "series_issues",
        sa.Column("article_id", ident, autoincrement=False, nullable=False),
        sa.Column("series_id", ident, nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.article_id"], name=op.f("fk_series_issues_article_id")),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_series_issues")),
    )
    op.create_index(op.f("ix_series_issues_series_id"), "series_issues", ["series_id"])
    op.add_column("duplicate_groups", sa.Column("standing_article_id", ident, server_default="0", nullable=False))
    moment = MOMENT[op.get_bind().dialect.name]
    op.get_bind().exec_driver_sql(ORIGINALS.format(moment=moment))
    op.get_bind().exec_driver_sql(REPRESENTATIVES.format(moment=moment))


def downgrade() -> None:
    op.drop_table("series_issues")
    op.drop_column("duplicate_groups", "standing_article_id")
    op.drop_table("preferred_publishers")
