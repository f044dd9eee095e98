-- Entries of Miniflux. An entry that its user deleted is gone; older versions keep it, emptied.
SELECT CAST(e.id AS text) AS uri, e.url, e.title, e.content AS body, 'text/html' AS content_type, e.published_at,
       e.author, CASE WHEN e.url = '' THEN f.title END AS publisher, e.changed_at
FROM entries e
JOIN feeds f ON f.id = e.feed_id
JOIN users u ON u.id = e.user_id
WHERE CAST(e.status AS text) <> 'removed' AND {user} IN ('', u.username)
