"""Every membership has its evidence, and what that says is so."""

from __future__ import annotations

from dedup.store.invariants.invariant import Invariant

EVIDENCE = (
    Invariant(
        "membership_without_evidence",
        "nothing in v_why says why an article is where it is",
        """SELECT 'article ' || a.article_id AS example FROM articles a
           WHERE NOT EXISTS (SELECT 1 FROM matches m
                             WHERE m.article_id = a.article_id AND m.verdict IN ('joined', 'opened'))""",
    ),
    Invariant(
        "copy_not_verified",
        "an article is a copy in its group, but was never compared with the original of the group",
        """SELECT 'article ' || a.article_id || ', original ' || g.original_article_id AS example
           FROM articles a JOIN duplicate_groups g ON g.duplicate_group_id = a.duplicate_group_id
           WHERE a.article_id <> g.original_article_id
             AND EXISTS (SELECT 1 FROM articles o
                         WHERE o.article_id = g.original_article_id AND o.duplicate_group_id = g.duplicate_group_id)
             AND EXISTS (SELECT 1 FROM matches m
                         WHERE m.article_id = a.article_id AND m.verdict IN ('joined', 'opened'))
             AND NOT EXISTS
                 (SELECT 1 FROM matches m
                  WHERE m.article_id = a.article_id AND m.matched_article_id = g.original_article_id
                    AND m.tier = 'duplicate' AND m.verdict = 'joined'
                    AND m.jaccard IS NOT NULL AND m.containment IS NOT NULL)""",
    ),
    Invariant(
        "text_without_story_evidence",
        "an article is the original of its group, but nothing in v_why says how it came to its story",
        """SELECT 'article ' || a.article_id AS example
           FROM articles a JOIN duplicate_groups g ON g.duplicate_group_id = a.duplicate_group_id
           WHERE a.article_id = g.original_article_id
             AND EXISTS (SELECT 1 FROM matches m
                         WHERE m.article_id = a.article_id AND m.verdict IN ('joined', 'opened'))
             AND NOT EXISTS
                 (SELECT 1 FROM matches m
                  WHERE m.article_id = a.article_id AND m.tier IN ('story', 'rule')
                    AND m.verdict IN ('joined', 'opened'))""",
    ),
    Invariant(
        "copy_below_threshold",
        "an article joined a duplicate group although neither similarity reached its threshold",
        """SELECT 'article ' || m.article_id || ' with ' || m.matched_article_id || ': jaccard ' || m.jaccard
                  || ', containment ' || m.containment AS example
           FROM matches m JOIN config_versions c ON c.config_version = m.config_version
           WHERE m.tier = 'duplicate' AND m.verdict = 'joined' AND m.jaccard < m.threshold
             AND m.containment < COALESCE({setting_containment}, 1)""",
    ),
    Invariant(
        "join_below_threshold",
        "a text joined a story although its score did not reach the threshold",
        """SELECT 'article ' || m.article_id || ': score ' || m.score || ' below ' || m.threshold AS example
           FROM matches m WHERE m.tier = 'story' AND m.verdict = 'joined' AND m.score < m.threshold""",
    ),
    Invariant(
        "similarity_differs",
        "the similarity of a copy to its original is not the one in its evidence",
        """SELECT 'article ' || a.article_id || ': jaccard ' || a.jaccard || ', in v_why ' || m.jaccard AS example
           FROM articles a
           JOIN duplicate_groups g ON g.duplicate_group_id = a.duplicate_group_id
           JOIN matches m ON m.article_id = a.article_id AND m.matched_article_id = g.original_article_id
           WHERE a.article_id <> g.original_article_id AND m.tier = 'duplicate' AND m.verdict = 'joined'
             AND (ABS(m.jaccard - a.jaccard) > 1e-9 OR ABS(m.containment - a.containment) > 1e-9)
             AND NOT EXISTS
                 (SELECT 1 FROM matches n
                  WHERE n.article_id = m.article_id AND n.matched_article_id = m.matched_article_id
                    AND n.tier = m.tier AND n.verdict = m.verdict
                    AND (n.version > m.version OR (n.version = m.version AND n.place > m.place)))""",
    ),
    Invariant(
        "original_unlike_itself",
        "the original of a group is said to be unlike itself",
        """SELECT 'article ' || a.article_id || ': jaccard ' || a.jaccard AS example
           FROM articles a JOIN duplicate_groups g ON g.original_article_id = a.article_id
           WHERE a.duplicate_group_id = g.duplicate_group_id AND (a.jaccard <> 1 OR a.containment <> 1)""",
    ),
    Invariant(
        "evidence_of_future_version",
        "there is evidence of a version that the article does not have yet",
        """SELECT 'article ' || m.article_id || ' version ' || m.version AS example
           FROM matches m JOIN articles a ON a.article_id = m.article_id WHERE m.version > a.version""",
    ),
)
