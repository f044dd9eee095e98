"""The views: the stable interface for everybody who reads, alike on SQLite and PostgreSQL.

They are derived from the tables and hold nothing, so `dedup db upgrade` drops and makes them anew.
`{...}` marks the few places where the two databases need different words.
"""

from __future__ import annotations

from sqlalchemy.engine import Connection

VIEWS: dict[str, str] = {
    "v_articles": """
        SELECT a.article_id, a.source, a.publisher, a.uri, a.url, a.title, t.body_text, a.language,
               a.published_at, a.first_seen, a.last_seen, a.version, a.word_count
        FROM articles a JOIN texts t ON t.article_id = a.article_id""",
    "v_stories": """
        SELECT s.story_id,
               CASE WHEN r.title <> '' THEN r.title
                    ELSE (SELECT substr(t.body_text, 1, 120) FROM texts t WHERE t.article_id = r.article_id) END
                   AS headline,
               s.representative_article_id,
               COUNT(*) AS article_count,
               COUNT(DISTINCT a.duplicate_group_id) AS text_count,
               COUNT(DISTINCT COALESCE(a.publisher, a.source)) AS publisher_count,
               r.language,
               MIN(a.published_at) AS first_published,
               MAX(a.published_at) AS last_published,
               MIN(a.first_seen) AS first_seen,
               MAX(a.first_seen) AS last_seen,
               CASE WHEN MAX(COALESCE(a.published_at, a.first_seen)) >= (SELECT st.active_since FROM state st)
                    THEN 'active' ELSE 'closed' END AS status
        FROM stories s
        JOIN duplicate_groups g ON g.story_id = s.story_id
        JOIN articles a ON a.duplicate_group_id = g.duplicate_group_id
        JOIN articles r ON r.article_id = s.representative_article_id
        GROUP BY s.story_id, r.article_id""",
    "v_story_articles": """
        SELECT g.story_id, a.article_id, a.duplicate_group_id, a.source, a.publisher, a.uri, a.url, a.title,
               a.language, a.published_at, a.first_seen,
               (a.article_id = s.representative_article_id) AS is_representative,
               g.score
        FROM articles a
        JOIN duplicate_groups g ON g.duplicate_group_id = a.duplicate_group_id
        JOIN stories s ON s.story_id = g.story_id""",
    "v_duplicates": """
        SELECT a.duplicate_group_id, g.story_id, a.article_id, a.source, a.uri,
               (a.article_id = g.original_article_id) AS is_original, a.jaccard, a.containment
        FROM articles a JOIN duplicate_groups g ON g.duplicate_group_id = a.duplicate_group_id""",
    "v_why": """
        SELECT m.article_id, m.matched_article_id, m.tier, m.verdict, m.score, m.jaccard, m.containment,
               m.shared_terms, m.threshold, m.config_version, m.decided_at, m.version
        FROM matches m""",
    "v_story_history": """
        SELECT h.history_id, h.story_id, h.at, h.event, h.article_id, h.other_story_id, h.reason
        FROM story_history h""",
    "v_story_redirects": "SELECT r.old_story_id, r.story_id FROM story_redirects r",
    "v_rejections": "SELECT r.rejection_id, r.source, r.uri, r.reason, r.detail, r.at FROM rejections r",
    "v_suspect_stories": """
        SELECT s.story_id, 'one_publisher' AS reason,
               'all ' || s.text_count || ' texts come from one publisher' AS detail
        FROM v_stories s WHERE s.text_count >= 10 AND s.publisher_count = 1
        UNION ALL
        SELECT s.story_id, 'long_span',
               'its articles were published over ' || {days_between} || ' days'
        FROM v_stories s WHERE {days_between} > 60
        UNION ALL
        SELECT g.story_id, 'weak_fit',
               'of ' || COUNT(*) || ' texts the mean score is ' || {mean_score}
        FROM duplicate_groups g GROUP BY g.story_id HAVING COUNT(*) >= 10 AND AVG(g.score) < 0.6""",
    "v_runs": """
        SELECT r.run_id, r.started_at, r.finished_at, r.outcome, r.taken, r.accepted, r.updated, r.unchanged,
               r.rejected, r.new_stories, r.merged_stories, r.seconds, r.error
        FROM runs r""",
    "v_health": """
        SELECT (w.reasons = '') AS ok, w.reasons, w.last_success_at, w.pending, w.oldest_pending_seconds,
               w.schema_version, w.config_version
        FROM (
            SELECT CASE WHEN f.last_outcome = 'failed' THEN 'the last pass failed' ELSE '' END
                   || CASE WHEN f.last_outcome = 'failed' AND f.oldest_pending_seconds > f.stale_seconds
                           THEN '; ' ELSE '' END
                   || CASE WHEN f.oldest_pending_seconds > f.stale_seconds
                           THEN 'an article has waited ' || f.oldest_pending_seconds || ' s' ELSE '' END AS reasons,
                   f.last_success_at, f.pending, f.oldest_pending_seconds, f.schema_version, f.config_version
            FROM (
                SELECT (SELECT r.outcome FROM runs r WHERE r.outcome <> 'running'
                        ORDER BY r.run_id DESC LIMIT 1) AS last_outcome,
                       (SELECT MAX(r.finished_at) FROM runs r WHERE r.outcome IN ('ok', 'stopped')) AS last_success_at,
                       (SELECT COUNT(*) FROM inbox) AS pending,
                       COALESCE((SELECT {oldest_pending_seconds} FROM inbox i), 0) AS oldest_pending_seconds,
                       (SELECT v.version_num FROM alembic_version v) AS schema_version,
                       st.config_version, st.stale_seconds
                FROM state st
            ) f
        ) w""",
}

_WORDS = {
    "sqlite": {
        "days_between": "CAST(julianday(s.last_published) - julianday(s.first_published) AS INTEGER)",
        "mean_score": "ROUND(AVG(g.score), 2)",
        "oldest_pending_seconds": (
            "CAST(ROUND((julianday('now') - julianday(MIN(i.received_at))) * 86400) AS INTEGER)"
        ),
    },
    "postgresql": {
        "days_between": "EXTRACT(DAY FROM s.last_published - s.first_published)",
        "mean_score": "ROUND(AVG(g.score)::numeric, 2)",
        "oldest_pending_seconds": "CAST(EXTRACT(EPOCH FROM clock_timestamp() - MIN(i.received_at)) AS BIGINT)",
    },
}


def create_views(connection: Connection) -> None:
    """Makes every view in the order of `VIEWS`; none may be there."""
    words = _WORDS[connection.dialect.name]
    for name, query in VIEWS.items():
        connection.exec_driver_sql(f"CREATE VIEW {name} AS {query.format(**words)}")


def drop_views(connection: Connection) -> None:
    """Drops every view that is there."""
    for name in reversed(VIEWS):
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")
