"""Ids last: none is given out twice, and none that was given out is gone."""

from __future__ import annotations

from dedup.store.invariants.invariant import Invariant

IDS = (
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
)
