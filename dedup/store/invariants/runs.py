"""The numbers of all runs agree with what is there."""

from __future__ import annotations

from dedup.store.invariants.invariant import Invariant

RUNS = (
    Invariant(
        "two_open_runs",
        "several runs are open at once; there is one writer, so at most one can be",
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
                 SELECT 'stories', (SELECT SUM(r.new_stories) FROM runs r),
                        (SELECT COUNT(*) FROM story_history h WHERE h.event = 'opened')) f
           WHERE f.counted > f.given
              OR (f.counted < f.given AND EXISTS (SELECT 1 FROM runs r WHERE r.run_id = 1))""",
    ),
)
