"""The database is whole: what a row names is there, and what it holds can be."""

from __future__ import annotations

from dedup.store.invariants.invariant import Invariant

INTEGRITY = (
    Invariant(
        "foreign_keys",
        "a row names another row that is not there",
        """SELECT 'text of article ' || t.article_id AS example FROM texts t
           WHERE NOT EXISTS (SELECT 1 FROM articles a WHERE a.article_id = t.article_id)
           UNION ALL
           SELECT 'shingles of article ' || s.article_id FROM shingles s
           WHERE NOT EXISTS (SELECT 1 FROM articles a WHERE a.article_id = s.article_id)
           UNION ALL
           SELECT 'evidence of article ' || m.article_id FROM matches m
           WHERE NOT EXISTS (SELECT 1 FROM articles a WHERE a.article_id = m.article_id)
           UNION ALL
           SELECT 'evidence of article ' || m.article_id || ' names article ' || m.matched_article_id FROM matches m
           WHERE m.matched_article_id IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM articles a WHERE a.article_id = m.matched_article_id)
           UNION ALL
           SELECT 'evidence of article ' || m.article_id || ' names configuration ' || m.config_version FROM matches m
           WHERE NOT EXISTS (SELECT 1 FROM config_versions c WHERE c.config_version = m.config_version)
           UNION ALL
           SELECT 'article ' || a.article_id || ' names scheme ' || a.scheme_id FROM articles a
           WHERE NOT EXISTS (SELECT 1 FROM schemes s WHERE s.scheme_id = a.scheme_id)
           UNION ALL
           SELECT 'a row of source ' || r.source_name FROM source_rows r
           WHERE NOT EXISTS (SELECT 1 FROM sources s WHERE s.name = r.source_name)
           UNION ALL
           SELECT 'the configuration in force is ' || st.config_version FROM state st
           WHERE st.config_version IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM config_versions c WHERE c.config_version = st.config_version)""",
    ),
    Invariant(
        "history_of_unknown_story",
        "the history tells of a story that neither is there nor redirects",
        """SELECT 'entry ' || h.history_id || ' of story ' || h.story_id AS example FROM story_history h
           WHERE NOT EXISTS (SELECT 1 FROM stories s WHERE s.story_id = h.story_id)
             AND NOT EXISTS (SELECT 1 FROM story_redirects r WHERE r.old_story_id = h.story_id)""",
    ),
    Invariant(
        "represented_otherwise",
        "the history names another representative of a story than the story has",
        """SELECT 'story ' || s.story_id || ': article ' || s.representative_article_id || ', by the history '
                  || p.article_id AS example
           FROM stories s JOIN representations p ON p.story_id = s.story_id
           WHERE p.article_id <> s.representative_article_id
             AND p.representation_id = (SELECT MAX(n.representation_id) FROM representations n
                                        WHERE n.story_id = s.story_id)""",
    ),
    Invariant(
        "mixed_schemes",
        "articles with signatures of different schemes, which cannot be compared, are in one duplicate group",
        """SELECT 'group ' || a.duplicate_group_id AS example
           FROM articles a GROUP BY a.duplicate_group_id HAVING COUNT(DISTINCT a.scheme_id) > 1""",
    ),
    Invariant(
        "signature_size",
        "a signature does not have 128 values of 4 bytes",
        """SELECT 'article ' || a.article_id || ': ' || length(a.signature) || ' bytes' AS example
           FROM articles a WHERE length(a.signature) <> 512""",
    ),
    Invariant(
        "share_out_of_range",
        "a score or similarity does not lie between 0 and 1",
        """SELECT 'article ' || a.article_id AS example FROM articles a
           WHERE NOT (a.jaccard BETWEEN 0 AND 1 AND a.containment BETWEEN 0 AND 1)
           UNION ALL
           SELECT 'group ' || g.duplicate_group_id FROM duplicate_groups g WHERE NOT g.score BETWEEN 0 AND 1
           UNION ALL
           SELECT 'evidence of article ' || m.article_id FROM matches m
           WHERE NOT (COALESCE(m.score, 0) BETWEEN 0 AND 1 AND COALESCE(m.jaccard, 0) BETWEEN 0 AND 1
                      AND COALESCE(m.containment, 0) BETWEEN 0 AND 1)""",
    ),
)
