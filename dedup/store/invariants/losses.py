"""Nothing that came is lost."""

from __future__ import annotations

from dedup.store.invariants.invariant import Invariant

LOSSES = (
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
)
