"""The operator's rules are obeyed."""

from __future__ import annotations

from dedup.store.invariants.invariant import Invariant

# Rules that are obeyed, about articles that are there: `a` in group `g` and `b` in group `h`.
_OBEYED = """FROM rules r
           JOIN articles a ON a.article_id = r.a_article_id
           JOIN duplicate_groups g ON g.duplicate_group_id = a.duplicate_group_id
           JOIN articles b ON b.article_id = r.b_article_id
           JOIN duplicate_groups h ON h.duplicate_group_id = b.duplicate_group_id
           WHERE r.state = 'obeyed' AND a.withdrawn_at IS NULL AND b.withdrawn_at IS NULL"""

RULES = (
    Invariant(
        "must_link_broken",
        "a rule that is obeyed says that two articles belong in one story, and they are in two",
        f"""SELECT 'rule ' || r.rule_id || ': article ' || r.a_article_id || ' is in story ' || g.story_id
                  || ', article ' || r.b_article_id || ' in story ' || h.story_id AS example
           {_OBEYED} AND r.kind = 'must-link' AND g.story_id <> h.story_id""",
    ),
    Invariant(
        "cannot_link_broken",
        "a rule that is obeyed says that two articles do not belong in one story, and they are in one",
        f"""SELECT 'rule ' || r.rule_id || ': articles ' || r.a_article_id || ' and ' || r.b_article_id
                  || ' are in story ' || g.story_id AS example
           {_OBEYED} AND r.kind = 'cannot-link' AND g.story_id = h.story_id""",
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
)
