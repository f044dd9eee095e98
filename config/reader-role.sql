-- A role for people and dashboards that read dedup's views on PostgreSQL and can change nothing. As a superuser:
--
--   psql -d news -f config/reader-role.sql
--   psql -d news -c "CREATE USER alice PASSWORD '...' IN ROLE dedup_reader"
--
-- It may be run again at any time. The reader sees the views and no table, so neither signatures nor the inbox. Its grants
-- outlive `dedup db upgrade`; run it again when a new version of dedup brings new views.

DO $$
DECLARE
    statement text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dedup_reader') THEN
        CREATE ROLE dedup_reader NOLOGIN;
    END IF;
    FOR statement IN
        SELECT format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM dedup_reader', current_schema())
        UNION ALL
        SELECT format('REVOKE CREATE ON SCHEMA %I FROM dedup_reader', current_schema())
        UNION ALL
        SELECT format('GRANT USAGE ON SCHEMA %I TO dedup_reader', current_schema())
        UNION ALL
        SELECT format('GRANT SELECT ON %I.%I TO dedup_reader', schemaname, viewname)
        FROM pg_views WHERE schemaname = current_schema() AND viewname LIKE 'v\_%'
    LOOP
        EXECUTE statement;
    END LOOP;
END
$$;
