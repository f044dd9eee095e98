"""Every article has its place in one group and one story, and who stands for these is one of theirs."""

from __future__ import annotations

from dedup.store.invariants.invariant import Invariant
from dedup.store.passes import standing


def _outside_group(column: str, words: str) -> str:
    """The groups that have articles, of which the one in `column` is none; said in these `words`."""
    return f"""SELECT 'group ' || g.duplicate_group_id || ' {words} ' || g.{column} AS example
           FROM duplicate_groups g
           WHERE EXISTS (SELECT 1 FROM articles a WHERE a.duplicate_group_id = g.duplicate_group_id)
             AND NOT EXISTS
                 (SELECT 1 FROM articles a
                  LEFT JOIN duplicate_groups o ON o.duplicate_group_id = a.duplicate_group_id
                  WHERE a.article_id = g.{column}
                    AND (a.duplicate_group_id = g.duplicate_group_id OR o.duplicate_group_id IS NULL))"""  # noqa: S608 - constants


PLACES = (
    Invariant(
        "article_twice",
        "several articles have the same source and uri",
        """SELECT a.source || ' ' || a.uri || ': ' || COUNT(*) || ' articles' AS example
           FROM articles a GROUP BY a.source, a.uri HAVING COUNT(*) > 1""",
    ),
    Invariant(
        "article_without_group",
        "an article is in no duplicate group, so in no story either",
        """SELECT 'article ' || a.article_id || ' of group ' || a.duplicate_group_id AS example FROM articles a
           WHERE NOT EXISTS
                 (SELECT 1 FROM duplicate_groups g WHERE g.duplicate_group_id = a.duplicate_group_id)""",
    ),
    Invariant(
        "group_without_article",
        "a duplicate group is empty",
        """SELECT 'group ' || g.duplicate_group_id AS example FROM duplicate_groups g
           WHERE NOT EXISTS (SELECT 1 FROM articles a WHERE a.duplicate_group_id = g.duplicate_group_id)""",
    ),
    Invariant(
        "group_without_story",
        "a duplicate group is in no story",
        """SELECT 'group ' || g.duplicate_group_id || ' of story ' || g.story_id AS example FROM duplicate_groups g
           WHERE NOT EXISTS (SELECT 1 FROM stories s WHERE s.story_id = g.story_id)""",
    ),
    Invariant(
        "story_without_article",
        "a story is empty; v_stories does not show it",
        """SELECT 'story ' || s.story_id AS example FROM stories s
           WHERE NOT EXISTS (SELECT 1 FROM duplicate_groups g WHERE g.story_id = s.story_id)""",
    ),
    Invariant(
        "representative_outside_story",
        "the representative of a story is not one of its articles",
        """SELECT 'story ' || s.story_id || ' has representative ' || s.representative_article_id AS example
           FROM stories s
           WHERE EXISTS (SELECT 1 FROM duplicate_groups g WHERE g.story_id = s.story_id)
             AND NOT EXISTS
                 (SELECT 1 FROM articles a
                  LEFT JOIN duplicate_groups g ON g.duplicate_group_id = a.duplicate_group_id
                  LEFT JOIN stories o ON o.story_id = g.story_id
                  WHERE a.article_id = s.representative_article_id
                    AND (o.story_id = s.story_id OR o.story_id IS NULL))""",
    ),
    Invariant(
        "withdrawn_with_others",
        "a withdrawn article is not alone in its story",
        """SELECT 'article ' || a.article_id || ' in story ' || g.story_id AS example
           FROM articles a JOIN duplicate_groups g ON g.duplicate_group_id = a.duplicate_group_id
           WHERE a.withdrawn_at IS NOT NULL
             AND EXISTS (SELECT 1 FROM duplicate_groups h
                         JOIN articles b ON b.duplicate_group_id = h.duplicate_group_id
                         WHERE h.story_id = g.story_id AND b.article_id <> a.article_id)""",
    ),
    Invariant(
        "original_outside_group",
        "the original of a duplicate group is not one of its articles",
        _outside_group("original_article_id", "has original"),
    ),
    Invariant(
        "standing_outside_group",
        "the article that is shown as the original of a text is not one of its copies",
        _outside_group("standing_article_id", "is told by article"),
    ),
    Invariant(
        "original_against_the_rule",
        "another article than the rule says is shown as the original of a text",
        f"""SELECT 'group ' || g.duplicate_group_id || ' shows ' || g.standing_article_id || ', the rule says '
                   || c.article_id AS example
            FROM duplicate_groups g
            JOIN articles s ON s.article_id = g.standing_article_id AND s.duplicate_group_id = g.duplicate_group_id
            JOIN ({standing.originals()}) c ON c.duplicate_group_id = g.duplicate_group_id
            WHERE c.article_id <> g.standing_article_id""",  # noqa: S608 - constants
    ),
    Invariant(
        "representative_against_the_rule",
        "the representative of a story is another article than the rule says",
        f"""SELECT 'story ' || s.story_id || ' shows ' || s.representative_article_id || ', the rule says '
                   || c.article_id AS example
            FROM stories s
            JOIN articles a ON a.article_id = s.representative_article_id
            JOIN duplicate_groups g ON g.duplicate_group_id = a.duplicate_group_id AND g.story_id = s.story_id
            JOIN ({standing.representatives()}) c ON c.story_id = s.story_id
            WHERE c.article_id <> s.representative_article_id""",  # noqa: S608 - constants
    ),
)
