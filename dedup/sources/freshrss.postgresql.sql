-- Entries of FreshRSS. lastSeen is set when an entry comes, is edited, or is still in its feed.
SELECT e.id AS uri, REPLACE(e.link, '&amp;', '&') AS url, e.title, e.content AS body, 'text/html' AS content_type,
       e.date AS published_at, e.author, CASE WHEN e.link = '' THEN f.name END AS publisher, e."lastSeen" AS changed_at
FROM "{prefix}entry" e
LEFT JOIN "{prefix}feed" f ON f.id = e.id_feed
