"""What must hold in every database at any time, as queries that find the rows that break it.

Each query gives one text a row, the example to show. `{...}` marks where the two databases need different words. The
queries are written so that one broken row is found by one of them, under the name that says most about it.
"""

from __future__ import annotations

from dataclasses import dataclass

from dedup.store import standing

WORDS: dict[str, dict[str, str]] = {
    "sqlite": {
        **standing.WORDS["sqlite"],
        "setting_containment": "json_extract(c.settings, '$.duplicates.containment')",
    },
    "postgresql": {
        **standing.WORDS["postgresql"],
        "setting_containment": "(c.settings::json #>> '{duplicates,containment}')::double precision",
    },
}


@dataclass(frozen=True, slots=True)
class Invariant:
    """`name` for scripts, `meaning` for a person: what a row that `query` finds says about the database."""

    name: str
    meaning: str
    query: str


INVARIANTS: tuple[Invariant, ...] = (
    # Nothing is lost.
    Invariant(
        "article_missing",
        "there are not as many articles as numbers were given out; articles were deleted or lost",
        """SELECT f.numbers || ' numbers given out, ' || f.there || ' articles there' AS example
           FROM (SELECT st.next_article_id - 1 AS numbers, (SELECT COUNT(*) FROM articles) AS there FROM state st) f
           WHERE f.there < f.numbers""",
    ),
    Invariant(
        "text_missing",
        "an article has no text, and nothing is kept of it; its copies are not known",
        """SELECT 'article ' || a.article_id AS example FROM articles a
           WHERE NOT EXISTS (SELECT 1 FROM texts t WHERE t.article_id = a.article_id)
             AND NOT EXISTS (SELECT 1 FROM shingles s WHERE s.article_id = a.article_id)""",
    ),
    Invariant(
        "run_counts",
        "a run took another number of rows from the inbox than it accepted, updated, left unchanged and rejected",
        """SELECT 'run ' || r.run_id || ' took ' || r.taken || ' and accounts for '
                  || (r.accepted + r.updated + r.unchanged + r.rejected) AS example
           FROM runs r WHERE r.taken <> r.accepted + r.updated + r.unchanged + r.rejected""",
    ),
    # Everything has its place, and only one.
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
        "the article that stands for a story is not one of its articles",
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
        """SELECT 'group ' || g.duplicate_group_id || ' has original ' || g.original_article_id AS example
           FROM duplicate_groups g
           WHERE EXISTS (SELECT 1 FROM articles a WHERE a.duplicate_group_id = g.duplicate_group_id)
             AND NOT EXISTS
                 (SELECT 1 FROM articles a
                  LEFT JOIN duplicate_groups o ON o.duplicate_group_id = a.duplicate_group_id
                  WHERE a.article_id = g.original_article_id
                    AND (a.duplicate_group_id = g.duplicate_group_id OR o.duplicate_group_id IS NULL))""",
    ),
    Invariant(
        "standing_outside_group",
        "the article that stands for a text is not one of its copies",
        """SELECT 'group ' || g.duplicate_group_id || ' is told by article ' || g.standing_article_id AS example
           FROM duplicate_groups g
           WHERE EXISTS (SELECT 1 FROM articles a WHERE a.duplicate_group_id = g.duplicate_group_id)
             AND NOT EXISTS
                 (SELECT 1 FROM articles a
                  LEFT JOIN duplicate_groups o ON o.duplicate_group_id = a.duplicate_group_id
                  WHERE a.article_id = g.standing_article_id
                    AND (a.duplicate_group_id = g.duplicate_group_id OR o.duplicate_group_id IS NULL))""",
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
        "another article than the rule says stands for a story",
        f"""SELECT 'story ' || s.story_id || ' shows ' || s.representative_article_id || ', the rule says '
                   || c.article_id AS example
            FROM stories s
            JOIN articles a ON a.article_id = s.representative_article_id
            JOIN duplicate_groups g ON g.duplicate_group_id = a.duplicate_group_id AND g.story_id = s.story_id
            JOIN ({standing.representatives()}) c ON c.story_id = s.story_id
            WHERE c.article_id <> s.representative_article_id""",  # noqa: S608 - constants
    ),
    # Ids last.
    Invariant(
        "counter_behind",
        "a number that was given out would be given out again",
        """SELECT 'next ' || f.kind || ' is ' || f.next || ', highest is ' || f.highest AS example
           FROM (SELECT 'article_id' AS kind, st.next_article_id AS next,
                        (SELECT MAX(a.article_id) FROM articles a) AS highest FROM state st
                 UNION ALL
                 SELECT 'ordinal', st.next_ordinal, (SELECT MAX(a.ordinal) FROM articles a) FROM state st
                 UNION ALL
                 SELECT 'group_id', st.next_group_id,
                        (SELECT MAX(g.duplicate_group_id) FROM duplicate_groups g) FROM state st
                 UNION ALL
                 SELECT 'story_id', st.next_story_id, (SELECT MAX(s.story_id) FROM stories s) FROM state st
                 UNION ALL
                 SELECT 'story_id', st.next_story_id, (SELECT MAX(r.old_story_id) FROM story_redirects r) FROM state st
                 UNION ALL
                 SELECT 'history_id', st.next_history_id, (SELECT MAX(h.history_id) FROM story_history h) FROM state st
                ) f
           WHERE f.next <= f.highest""",
    ),
    Invariant(
        "story_missing",
        "there are not as many stories and redirects as numbers were given out; a story was lost",
        """SELECT f.numbers || ' numbers given out, ' || f.there || ' stories and redirects there' AS example
           FROM (SELECT st.next_story_id - 1 AS numbers,
                        (SELECT COUNT(*) FROM stories)
                        + (SELECT COUNT(*) FROM story_redirects r
                           WHERE NOT EXISTS (SELECT 1 FROM stories s WHERE s.story_id = r.old_story_id)) AS there
                 FROM state st) f
           WHERE f.there < f.numbers""",
    ),
    Invariant(
        "history_missing",
        "there are not as many entries in the history of stories as numbers were given out",
        """SELECT f.numbers || ' numbers given out, ' || f.there || ' entries there' AS example
           FROM (SELECT st.next_history_id - 1 AS numbers, (SELECT COUNT(*) FROM story_history) AS there
                 FROM state st) f
           WHERE f.there < f.numbers""",
    ),
    Invariant(
        "redirect_of_living_story",
        "a story is there and redirects to another one",
        """SELECT 'story ' || r.old_story_id || ' redirects to ' || r.story_id AS example FROM story_redirects r
           WHERE EXISTS (SELECT 1 FROM stories s WHERE s.story_id = r.old_story_id)""",
    ),
    Invariant(
        "redirect_chain",
        "a redirect leads to a story that redirects itself",
        """SELECT 'story ' || r.old_story_id || ' redirects to ' || r.story_id AS example FROM story_redirects r
           WHERE EXISTS (SELECT 1 FROM story_redirects o WHERE o.old_story_id = r.story_id)
             AND NOT EXISTS (SELECT 1 FROM stories s WHERE s.story_id IN (r.story_id, r.old_story_id))""",
    ),
    Invariant(
        "redirect_to_missing_story",
        "a redirect leads nowhere",
        """SELECT 'story ' || r.old_story_id || ' redirects to ' || r.story_id AS example FROM story_redirects r
           WHERE NOT EXISTS (SELECT 1 FROM stories s WHERE s.story_id = r.story_id)
             AND NOT EXISTS (SELECT 1 FROM story_redirects o WHERE o.old_story_id = r.story_id)""",
    ),
    Invariant(
        "redirect_to_younger_story",
        "a merge did not keep the older story",
        """SELECT 'story ' || r.old_story_id || ' redirects to ' || r.story_id AS example
           FROM story_redirects r JOIN stories s ON s.story_id = r.story_id
           WHERE r.story_id > r.old_story_id""",
    ),
    # Every membership has its evidence.
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
    # The operator's rules are obeyed.
    Invariant(
        "must_link_broken",
        "a rule that is obeyed says that two articles belong in one story, and they are in two",
        """SELECT 'rule ' || r.rule_id || ': article ' || r.a_article_id || ' is in story ' || g.story_id
                  || ', article ' || r.b_article_id || ' in story ' || h.story_id AS example
           FROM rules r
           JOIN articles a ON a.article_id = r.a_article_id
           JOIN duplicate_groups g ON g.duplicate_group_id = a.duplicate_group_id
           JOIN articles b ON b.article_id = r.b_article_id
           JOIN duplicate_groups h ON h.duplicate_group_id = b.duplicate_group_id
           WHERE r.state = 'obeyed' AND r.kind = 'must-link' AND g.story_id <> h.story_id
             AND a.withdrawn_at IS NULL AND b.withdrawn_at IS NULL""",
    ),
    Invariant(
        "cannot_link_broken",
        "a rule that is obeyed says that two articles do not belong in one story, and they are in one",
        """SELECT 'rule ' || r.rule_id || ': articles ' || r.a_article_id || ' and ' || r.b_article_id
                  || ' are in story ' || g.story_id AS example
           FROM rules r
           JOIN articles a ON a.article_id = r.a_article_id
           JOIN duplicate_groups g ON g.duplicate_group_id = a.duplicate_group_id
           JOIN articles b ON b.article_id = r.b_article_id
           JOIN duplicate_groups h ON h.duplicate_group_id = b.duplicate_group_id
           WHERE r.state = 'obeyed' AND r.kind = 'cannot-link' AND g.story_id = h.story_id
             AND a.withdrawn_at IS NULL AND b.withdrawn_at IS NULL""",
    ),
    Invariant(
        "rule_without_article",
        "a rule names an article that is not there",
        """SELECT 'rule ' || r.rule_id AS example FROM rules r
           WHERE ((r.state = 'obeyed' OR r.a_article_id IS NOT NULL)
                  AND NOT EXISTS (SELECT 1 FROM articles a WHERE a.article_id = r.a_article_id))
              OR ((r.state = 'obeyed' OR r.b_article_id IS NOT NULL)
                  AND NOT EXISTS (SELECT 1 FROM articles b WHERE b.article_id = r.b_article_id))""",
    ),
    # The database is whole.
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
        "the history tells that another article stands for a story than does",
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
    # All numbers agree.
    Invariant(
        "two_open_runs",
        "several runs are open at once; there is one writer, so but one can be",
        """SELECT f.number || ' runs are open' AS example
           FROM (SELECT COUNT(*) AS number FROM runs r WHERE r.outcome = 'running') f WHERE f.number > 1""",
    ),
    Invariant(
        "run_not_closed",
        "a run has ended and has no end, or is open and has one",
        """SELECT 'run ' || r.run_id || ' (' || r.outcome || ')' AS example FROM runs r
           WHERE (r.outcome = 'running') <> (r.finished_at IS NULL)""",
    ),
    Invariant(
        "runs_disagree",
        "the runs together accepted another number of articles, or opened another number of stories, than there were",
        """SELECT f.what || ': ' || f.counted || ' in v_runs, ' || f.given || ' in all' AS example
           FROM (SELECT 'articles' AS what, (SELECT SUM(r.accepted) FROM runs r) AS counted,
                        st.next_article_id - 1 AS given FROM state st
                 UNION ALL
                 SELECT 'stories', (SELECT SUM(r.new_stories) FROM runs r), st.next_story_id - 1 FROM state st) f
           WHERE f.counted > f.given
              OR (f.counted < f.given AND EXISTS (SELECT 1 FROM runs r WHERE r.run_id = 1))""",
    ),
)
