"""The views: the stable interface for everybody who reads, alike on SQLite and PostgreSQL.

They are derived from the tables and hold nothing, so `dedup db upgrade` makes them anew when they differ from these.
`{...}` marks the few places where the two databases need different words.
"""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

# Suspect is a story in which so many texts repeat a headline, or that has so many texts of the last decisions.
TEMPLATE_TEXTS = 5
FAST_TEXTS, FAST_DECISIONS = 100, 1_024
# A series has so many issues, on as many days and in as many stories. Where the heading alone is the same it has more,
# and hardly more than one a day: what a publisher calls a running topic by, or who is quoted, comes as events come.
ISSUES, HEADING_ISSUES, DAILY = 3, 5, 2


def _without_digits(column: str) -> str:
    for digit in "0123456789":
        column = f"replace({column}, '{digit}', '')"
    return column


VIEWS: dict[str, str] = {
    "v_articles": """
        SELECT a.article_id, a.source, a.publisher, a.uri, a.url, a.title, t.body_text, a.language,
               a.published_at, a.first_seen, a.last_seen, a.version, a.word_count, a.origin, t.left_out, a.authors
        FROM articles a LEFT JOIN texts t ON t.article_id = a.article_id
        WHERE a.withdrawn_at IS NULL""",
    "v_withdrawn": """
        SELECT a.article_id, a.source, a.publisher, a.uri, a.url, a.title, a.language, a.published_at, a.first_seen,
               a.version, a.withdrawn_at
        FROM articles a{read_only}
        WHERE a.withdrawn_at IS NOT NULL""",
    "v_stories": """
        SELECT s.story_id,
               CASE WHEN r.title <> '' THEN r.title
                    ELSE COALESCE((SELECT replace(substr(t.body_text, 1, 120), '\n', ' ') FROM texts t
                                   WHERE t.article_id = r.article_id), '') END
                   AS headline,
               s.representative_article_id,
               COUNT(*) AS article_count,
               COUNT(DISTINCT a.duplicate_group_id) AS text_count,
               COUNT(DISTINCT COALESCE(o.owner, a.publisher, a.source)) AS publisher_count,
               r.language,
               MIN(a.published_at) AS first_published,
               MAX(a.published_at) AS last_published,
               MIN(a.first_seen) AS first_seen,
               MAX(a.first_seen) AS last_seen,
               CASE WHEN MAX(COALESCE(a.published_at, a.first_seen)) < (SELECT st.active_since FROM state st)
                    THEN 'closed' ELSE 'active' END AS status
        FROM stories s
        JOIN duplicate_groups g ON g.story_id = s.story_id
        JOIN articles a ON a.duplicate_group_id = g.duplicate_group_id
        LEFT JOIN publisher_groups o ON o.publisher = COALESCE(a.publisher, a.source)
        JOIN articles r ON r.article_id = s.representative_article_id
        WHERE a.withdrawn_at IS NULL
        GROUP BY s.story_id, r.article_id""",
    "v_story_articles": """
        SELECT g.story_id, a.article_id, a.duplicate_group_id, a.source, a.publisher, a.uri, a.url, a.title,
               a.language, a.published_at, a.first_seen,
               (a.article_id = s.representative_article_id) AS is_representative,
               g.score
        FROM articles a
        JOIN duplicate_groups g ON g.duplicate_group_id = a.duplicate_group_id
        JOIN stories s ON s.story_id = g.story_id
        WHERE a.withdrawn_at IS NULL""",
    "v_duplicates": """
        SELECT a.duplicate_group_id, g.story_id, a.article_id, a.source, a.uri,
               (a.article_id = g.standing_article_id) AS is_original, a.jaccard, a.containment,
               g.original_article_id AS compared_article_id
        FROM articles a JOIN duplicate_groups g ON g.duplicate_group_id = a.duplicate_group_id
        WHERE a.withdrawn_at IS NULL""",
    # Few headlines come again: the index tells which, and only their articles are looked at.
    "v_series": f"""
        SELECT n.series_id, COALESCE(l.publisher, l.source) AS publisher, l.title, n.issue_count, n.story_count,
               n.first_published, n.last_published,
               CASE WHEN n.series_key < 0 THEN 'heading' ELSE 'headline' END AS known_by
        FROM (
            SELECT a.series_key, MIN(a.article_id) AS series_id, MAX(a.article_id) AS newest,
                   COUNT(*) AS issue_count, COUNT(DISTINCT g.story_id) AS story_count,
                   MIN(a.published_at) AS first_published, MAX(a.published_at) AS last_published
            FROM articles a
            JOIN duplicate_groups g ON g.duplicate_group_id = a.duplicate_group_id
            WHERE a.withdrawn_at IS NULL AND a.published_at IS NOT NULL AND a.series_key IN (
                SELECT r.series_key FROM articles r WHERE r.series_key IS NOT NULL
                GROUP BY r.series_key HAVING COUNT(*) >= {ISSUES})
            GROUP BY a.series_key
            HAVING COUNT(DISTINCT {{day}}) >= CASE WHEN a.series_key < 0 THEN {HEADING_ISSUES} ELSE {ISSUES} END
               AND COUNT(DISTINCT g.story_id) >= CASE WHEN a.series_key < 0 THEN {HEADING_ISSUES} ELSE {ISSUES} END
               AND (a.series_key > 0
                    OR COUNT(DISTINCT a.duplicate_group_id) <= {DAILY} * COUNT(DISTINCT {{day}}))
        ) n
        JOIN articles l ON l.article_id = n.newest""",  # noqa: S608 - constants
    "v_series_issues": """
        SELECT s.series_id, a.article_id, g.story_id, a.title, a.published_at
        FROM v_series s
        JOIN articles f ON f.article_id = s.series_id
        JOIN articles a ON a.series_key = f.series_key
        JOIN duplicate_groups g ON g.duplicate_group_id = a.duplicate_group_id
        WHERE a.withdrawn_at IS NULL AND a.published_at IS NOT NULL""",
    "v_why": """
        SELECT m.article_id, m.matched_article_id, m.tier, m.verdict, m.score, m.jaccard, m.containment,
               m.shared_terms, m.threshold, m.config_version, m.decided_at, m.version
        FROM matches m{read_only}""",
    "v_story_history": """
        SELECT h.history_id, h.story_id, h.at, h.event, h.article_id, h.other_story_id, h.reason
        FROM story_history h
        UNION ALL
        SELECT p.history_id, p.story_id, p.at, 'represented', p.article_id, NULL, p.reason
        FROM representations p""",
    "v_story_redirects": "SELECT r.old_story_id, r.story_id FROM story_redirects r{read_only}",
    "v_rejections": "SELECT r.rejection_id, r.source, r.uri, r.reason, r.detail, r.at FROM rejections r{read_only}",
    # One pass over the articles; each story then meets every reason, and keeps those that have a detail to tell.
    # Recent is what was decided last: the wall clock says nothing in a backfill.
    "v_suspect_stories": f"""
        SELECT x.story_id, x.reason, x.detail
        FROM (
            SELECT s.story_id, w.reason,
                   CASE w.reason
                       WHEN 'one_publisher' THEN CASE WHEN s.text_count >= 10 AND s.publisher_count = 1
                           THEN 'all ' || s.text_count || ' texts come from one publisher' END
                       WHEN 'long_span' THEN CASE WHEN s.days > 60
                           THEN 'its articles were published over ' || s.days || ' days' END
                       WHEN 'weak_fit' THEN CASE WHEN s.text_count >= 10 AND s.mean_score < 0.6
                           THEN 'of ' || s.text_count || ' texts the mean score is ' || {{two_digits}} END
                       WHEN 'fast_growing' THEN CASE WHEN s.recent >= {FAST_TEXTS}
                           THEN s.recent || ' texts of the last {FAST_DECISIONS:,} decisions are in it' END
                       WHEN 'template' THEN CASE WHEN s.titled - s.headlines >= {TEMPLATE_TEXTS}
                           THEN (s.titled - s.headlines) || ' texts repeat a headline of their publisher but for '
                                || 'its numbers' END
                   END AS detail
            FROM (
                SELECT g.story_id,
                       COUNT(DISTINCT a.duplicate_group_id) AS text_count,
                       COUNT(DISTINCT COALESCE(o.owner, a.publisher, a.source)) AS publisher_count,
                       {{days_between}} AS days,
                       AVG(CASE WHEN a.article_id = g.original_article_id THEN g.score END) AS mean_score,
                       SUM(CASE WHEN a.article_id = g.original_article_id
                                 AND a.ordinal >= (SELECT st.next_ordinal FROM state st) - {FAST_DECISIONS}
                                THEN 1 ELSE 0 END) AS recent,
                       SUM(CASE WHEN a.article_id = g.original_article_id AND a.title <> '' THEN 1 ELSE 0 END)
                           AS titled,
                       COUNT(DISTINCT CASE WHEN a.article_id = g.original_article_id AND a.title <> ''
                                      THEN COALESCE(a.publisher, a.source) || ' ' || {_without_digits("a.title")} END)
                           AS headlines
                FROM duplicate_groups g
                JOIN articles a ON a.duplicate_group_id = g.duplicate_group_id
                LEFT JOIN publisher_groups o ON o.publisher = COALESCE(a.publisher, a.source)
                GROUP BY g.story_id
            ) s
            CROSS JOIN (
                SELECT 'one_publisher' AS reason UNION ALL SELECT 'long_span' UNION ALL SELECT 'weak_fit'
                UNION ALL SELECT 'fast_growing' UNION ALL SELECT 'template'
            ) w
        ) x
        WHERE x.detail IS NOT NULL""",  # noqa: S608 - constants
    "v_rules": """
        SELECT r.rule_id, r.kind, r.state, r.reason, r.a_source, r.a_uri, r.a_story_id, r.a_article_id,
               r.b_source, r.b_uri, r.b_story_id, r.b_article_id, r.note, {created_at} AS created_at, r.decided_at,
               r.ordinal
        FROM rules r{read_only}""",
    "v_runs": """
        SELECT r.run_id, r.started_at, r.finished_at, r.outcome, r.taken, r.accepted, r.updated, r.unchanged,
               r.rejected, r.new_stories, r.merged_stories, r.seconds, r.error, r.sources
        FROM runs r{read_only}""",
    "v_configurations": """
        SELECT c.config_version, (c.config_version = (SELECT st.config_version FROM state st)) AS in_force,
               c.created_at, c.digest, c.settings
        FROM config_versions c{read_only}""",
    "v_applications": """
        SELECT a.application_id, a.asked_at, a.state, a.detail, a.digest, a.since, a.plan, a.finished_at,
               a.config_version, a.articles, a.merged_stories, a.new_stories, a.moved_articles
        FROM applications a{read_only}""",
    "v_sources": """
        SELECT s.name AS source, s.kind, s.active, (s.failing_since IS NULL) AS ok, s.error, s.failing_since,
               s.taken, s.rejected, s.last_taken_at, s.cursor AS read_up_to
        FROM sources s{read_only}""",
    "v_instances": """
        SELECT x.instance, x.role, (x.silent_seconds <= x.silence_seconds) AS alive, x.status, x.version,
               x.started_at, x.beat_at, x.silent_seconds
        FROM (
            SELECT n.instance, n.role, n.status, n.version, n.started_at, n.beat_at, n.silence_seconds,
                   {silent_seconds} AS silent_seconds
            FROM instances n
        ) x""",
    "v_health": """
        SELECT (w.reasons = '') AS ok, w.reasons, w.last_success_at, w.pending, w.oldest_pending_seconds,
               w.schema_version, w.config_version
        FROM (
            SELECT substr(
                       CASE WHEN f.last_outcome = 'failed' THEN '; the last pass failed' ELSE '' END
                       || CASE WHEN f.oldest_pending_seconds > f.stale_seconds
                               THEN '; an article has waited ' || f.oldest_pending_seconds || ' s' ELSE '' END
                       || CASE WHEN f.leader_silent_seconds IS NOT NULL
                               THEN '; the daemon has given no sign of life for ' || f.leader_silent_seconds || ' s'
                               ELSE '' END
                        || COALESCE('; ' || f.away, ''), 3) AS reasons,
                   f.last_success_at, f.pending, f.oldest_pending_seconds, f.schema_version, f.config_version
            FROM (
                SELECT (SELECT r.outcome FROM runs r WHERE r.outcome <> 'running' OR r.taken > 0
                        ORDER BY r.run_id DESC LIMIT 1) AS last_outcome,
                       (SELECT r.finished_at FROM runs r WHERE r.outcome IN ('ok', 'stopped')
                        ORDER BY r.run_id DESC LIMIT 1) AS last_success_at,
                       (SELECT COUNT(*) FROM inbox) AS pending,
                       COALESCE((SELECT {oldest_pending_seconds} FROM inbox i
                                 WHERE i.received_at >= '1970-01-01' AND i.received_at < '2101-01-01'), 0)
                           AS oldest_pending_seconds,
                       (SELECT {joined_sources} FROM (
                            SELECT s.name, 'source ' || s.name || ': ' || s.error AS told
                            FROM sources s WHERE s.active AND s.failing_since IS NOT NULL ORDER BY s.name) o) AS away,
                       (SELECT n.silent_seconds FROM v_instances n WHERE n.role = 'leader' AND NOT n.alive
                        ORDER BY n.silent_seconds LIMIT 1) AS leader_silent_seconds,
                       (SELECT v.version_num FROM alembic_version v) AS schema_version,
                       st.config_version, st.stale_seconds
                FROM state st
            ) f
        ) w""",
}

# A printed number of seconds has no fraction, and is never negative when a clock was set back.
_WORDS = {
    "sqlite": {
        "read_only": "",
        "created_at": "r.created_at",
        "day": "substr(a.published_at, 1, 10)",
        "days_between": "CAST(julianday(MAX(a.published_at)) - julianday(MIN(a.published_at)) AS INTEGER)",
        "joined_sources": "group_concat(o.told, '; ')",
        "two_digits": "printf('%.2f', s.mean_score)",
        "silent_seconds": "MAX(0, CAST(ROUND((julianday('now') - julianday(n.beat_at)) * 86400) AS INTEGER))",
        "oldest_pending_seconds": (
            "MAX(0, CAST(ROUND((julianday('now') - julianday(MIN(i.received_at))) * 86400) AS INTEGER))"
        ),
    },
    "postgresql": {
        # A view of a single table would take changes there. The second one costs nothing: the planner leaves it out.
        "read_only": " CROSS JOIN (SELECT 1) read_only",
        # In whole seconds, as that of its decision, which would else lie before it.
        "created_at": "date_trunc('second', r.created_at)",
        "day": "date_trunc('day', a.published_at, 'UTC')",
        "days_between": "CAST(EXTRACT(DAY FROM MAX(a.published_at) - MIN(a.published_at)) AS INTEGER)",
        "joined_sources": "string_agg(o.told, '; ' ORDER BY o.name)",
        "two_digits": "to_char(s.mean_score, 'FM0.00')",
        "silent_seconds": "GREATEST(0, CAST(EXTRACT(EPOCH FROM clock_timestamp() - n.beat_at) AS BIGINT))",
        "oldest_pending_seconds": (
            "GREATEST(0, CAST(EXTRACT(EPOCH FROM clock_timestamp() - MIN(i.received_at)) AS BIGINT))"
        ),
    },
}


def outdated(connection: Connection) -> list[str]:
    """Names of the views that are missing or were made by another version of this program."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'view'"
    else:
        query = (
            "SELECT c.relname, obj_description(c.oid, 'pg_class') FROM pg_class c "
            "WHERE c.relkind = 'v' AND pg_table_is_visible(c.oid)"
        )
    found = {row[0]: row[1] for row in connection.execute(sa.text(query))}
    wanted = {name: _definition(connection, name) for name in VIEWS}
    if connection.dialect.name == "postgresql":
        wanted = {name: _mark(definition) for name, definition in wanted.items()}
    return [name for name, mark in wanted.items() if found.get(name) != mark]


def create(connection: Connection, make: str = "CREATE") -> None:
    """Makes every view in the order of `VIEWS`; none may be there."""
    for name in VIEWS:
        definition = _definition(connection, name)
        connection.exec_driver_sql(definition.replace("CREATE", make, 1))
        if connection.dialect.name == "postgresql":
            # PostgreSQL does not keep the text of a view; the mark tells which text it was made of.
            connection.exec_driver_sql(f"COMMENT ON VIEW {name} IS '{_mark(definition)}'")


def replace(connection: Connection) -> bool:
    """Makes every view anew in its place, so that what others have built on it stays.

    Returns False, with nothing changed, where that cannot be done: SQLite needs no such care, and PostgreSQL replaces
    no view that has other columns.
    """
    if connection.dialect.name == "sqlite":
        return False
    try:
        with connection.begin_nested():
            create(connection, "CREATE OR REPLACE")
    except DBAPIError:
        return False
    return True


def drop(connection: Connection) -> None:
    """Drops every view that is there."""
    for name in reversed(VIEWS):
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")


def granted(connection: Connection) -> list[str]:
    """The rights that the owner of the views gave to others, as the statements that give them; none on SQLite."""
    if connection.dialect.name == "sqlite":
        return []
    query = """
        SELECT c.relname,
               format('GRANT %s%s ON %I TO %s%s', g.privilege_type, '(' || quote_ident(o.part) || ')', c.relname,
                      CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
                      CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
        FROM pg_class c
        CROSS JOIN LATERAL (
            SELECT NULL AS part, c.relacl AS acl
            UNION ALL SELECT a.attname, a.attacl FROM pg_attribute a WHERE a.attrelid = c.oid
        ) o
        CROSS JOIN LATERAL aclexplode(o.acl) g
        WHERE c.relkind = 'v' AND pg_table_is_visible(c.oid) AND g.grantee <> c.relowner"""
    return [statement for view, statement in connection.execute(sa.text(query)) if view in VIEWS]


def grant(connection: Connection, rights: list[str]) -> None:
    """Gives the rights that were `granted` again, on views that were made anew."""
    for statement in rights:
        connection.exec_driver_sql(statement)


def _definition(connection: Connection, name: str) -> str:
    return f"CREATE VIEW {name} AS {VIEWS[name].format(**_WORDS[connection.dialect.name]).strip()}"


def _mark(definition: str) -> str:
    return f"dedup {hashlib.sha256(definition.encode()).hexdigest()[:16]}"
