-- Articles of Tiny Tiny RSS. date_updated, in UTC, is set when an article comes, is edited, or is still in its feed.
SELECT CAST(e.id AS text) AS uri, e.link AS url, e.title, e.content AS body, 'text/html' AS content_type,
       e.updated AS published_at, e.author, e.date_updated AS changed_at
FROM ttrss_entries e
WHERE EXISTS (
    SELECT 1 FROM ttrss_user_entries o JOIN ttrss_users u ON u.id = o.owner_uid
    WHERE o.ref_id = e.id AND {user} IN ('', u.login)
)
